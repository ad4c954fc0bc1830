#include "store/flights.h"

#include <limits.h>
#include <linux/futex.h>
#include <sodium/randombytes.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/point.h"

#define PROBES 8
#define SWEPT 4       /* slots elsewhere that each search looks at */
#define AHEAD_MS 1000 /* a clock that runs so far ahead is damage */

void flights_news(struct flight_slot *slot)
{
	__atomic_add_fetch(&slot->news, 1, __ATOMIC_RELEASE);
}

void flights_wake(struct flight_slot *slot)
{
	syscall(SYS_futex, &slot->news, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

uint32_t flights_seen(const struct flight_slot *slot)
{
	return __atomic_load_n(&slot->news, __ATOMIC_ACQUIRE);
}

void flights_wait(const struct flight_slot *slot, uint32_t seen,
		  int64_t wait_ms)
{
	const struct timespec wait = { wait_ms / 1000,
				       wait_ms % 1000 * 1000000 };

	syscall(SYS_futex, &slot->news, FUTEX_WAIT, seen, &wait, NULL, 0);
}

/* Is that moment within the last `ms`? One that never was is not. */
static bool lately(int64_t when, int64_t ms)
{
	int64_t now = clock_mono_ms();

	return when > now - ms && when <= now + AHEAD_MS;
}

static bool beats(const struct flight_slot *slot, int64_t ms)
{
	return lately(__atomic_load_n(&slot->beat_ms, __ATOMIC_RELAXED), ms);
}

int flights_stuck(const struct flight_slot *slot)
{
	return !beats(slot, FLIGHT_STUCK_MS);
}

int flights_clear(const struct flights *t, struct flight_slot *slot)
{
	bool heard = slot->followers != 0;

	slot->serial = 0;
	__atomic_store_n(&slot->followers, 0, __ATOMIC_RELAXED);
	flights_set(slot, FLIGHT_FREE);
	POINT("flight: freed");
	if (shard_chain_free(&t->shard, &slot->chain) < 0)
		return -1;
	flights_news(slot);
	if (heard)
		flights_wake(slot);
	POINT("flight: cleared");
	return 0;
}

int flights_bury(const struct flights *t, struct flight_slot *slot)
{
	int done;

	if (lead_try(&slot->lead) != 1)
		return 0;
	POINT("flight: found dead");
	board_count(t->board, BOARD_FLIGHT_ORPHANS);
	done = flights_clear(t, slot);
	lead_drop(&slot->lead);
	return done < 0 ? -1 : 1;
}

int flights_give_up(const struct flights *t, struct flight_slot *slot)
{
	if (lead_keeps(&slot->lead) || !flights_stuck(slot))
		return 0;
	POINT("flight: found stuck");
	return flights_clear(t, slot) < 0 ? -1 : 1;
}

/* Frees the slot when nobody needs it. A leader that has not moved for so
 * long may be stopped, or its lock damaged; it will find its place gone. */
static int reap(const struct flights *t, struct flight_slot *slot)
{
	switch (flights_state(slot)) {
	case FLIGHT_FREE:
		return 0;
	case FLIGHT_FLYING:
		if (beats(slot, FLIGHTS_KEEP_MS))
			return flights_bury(t, slot) < 0 ? -1 : 0;
		break;
	default:
		if (slot->followers && lately(slot->ended_ms, FLIGHTS_KEEP_MS))
			return 0;
	}
	return flights_clear(t, slot);
}

/* Where the places for a key begin, by bytes that chose neither the shard nor
 * the bucket. */
static uint32_t home(const struct shard *s, const struct key *k)
{
	uint32_t h;

	memcpy(&h, k->b + 16, sizeof(h));
	return h % s->flights;
}

static struct flight_slot *slot_at(const struct shard *s, uint32_t i)
{
	return &s->flight[i % s->flights];
}

/* Makes free what nobody needs among n slots, not the same each time. */
static int sweep(const struct flights *t, uint32_t n)
{
	const struct shard *s = &t->shard;
	uint32_t at = (uint32_t)clock_mono_ms() * n;

	for (; n; n--, at++)
		if (reap(t, slot_at(s, at)) < 0)
			return -1;
	return 0;
}

int flights_find(const struct flights *t, const struct key *k,
		 struct flight_slot **slot_r)
{
	struct flight_slot *slot;
	uint32_t i;

	if (sweep(t, SWEPT) < 0)
		return -1;
	for (i = 0; i < PROBES; i++) {
		slot = slot_at(&t->shard, home(&t->shard, k) + i);
		if (reap(t, slot) < 0)
			return -1;
		if (flights_state(slot) != FLIGHT_FLYING ||
		    memcmp(&slot->key, k, sizeof(*k)) != 0)
			continue;
		*slot_r = slot;
		return 1;
	}
	return 0;
}

/* A number that nobody has seen before and that no damage can make. */
static uint64_t new_serial(void)
{
	uint64_t n;

	do
		randombytes_buf(&n, sizeof(n));
	while (!n);
	return n;
}

static void fill(struct flight_slot *slot, const struct key *k)
{
	slot->key = *k;
	slot->serial = new_serial();
	slot->began_ms = clock_wall_ms();
	slot->ended_ms = 0;
	__atomic_store_n(&slot->beat_ms, clock_mono_ms(), __ATOMIC_RELAXED);
	__atomic_store_n(&slot->followers, 0, __ATOMIC_RELAXED);
	POINT("flight: filled");
	flights_set(slot, FLIGHT_FLYING);
	POINT("flight: begun");
}

/* 1 and a free slot, ours to begin a flight in. */
static int take(const struct flights *t, uint32_t at,
		struct flight_slot **slot_r)
{
	struct flight_slot *slot;
	uint32_t i;

	for (i = 0; i < PROBES; i++) {
		slot = slot_at(&t->shard, at + i);
		if (flights_state(slot) != FLIGHT_FREE ||
		    lead_try(&slot->lead) != 1)
			continue;
		POINT("flight: taken");
		*slot_r = slot;
		/* It has no chunks, unless it is damaged. */
		if (shard_chain_free(&t->shard, &slot->chain) == 0)
			return 1;
		lead_drop(&slot->lead);
		return -1;
	}
	return 0;
}

/* Forgets the one of n flights that ended first. 0: none of them has. */
static int forget(const struct flights *t, uint32_t at, uint32_t n)
{
	struct flight_slot *slot, *first = NULL;

	for (; n; n--, at++) {
		slot = slot_at(&t->shard, at);
		if (flights_state(slot) != FLIGHT_FREE &&
		    flights_state(slot) != FLIGHT_FLYING &&
		    (!first || slot->ended_ms < first->ended_ms))
			first = slot;
	}
	if (!first)
		return 0;
	return flights_clear(t, first) < 0 ? -1 : 1;
}

/* 0: there is none. */
static int oust(const struct flights *t)
{
	struct flight_slot *slot = t->shard.flight, *longest = NULL;
	const struct flight_slot *end = slot + t->shard.flights;

	for (; slot < end; slot++)
		if (flights_state(slot) == FLIGHT_FLYING && !slot->followers &&
		    slot->chain.length > (longest ? longest->chain.length : 0))
			longest = slot;
	if (!longest)
		return 0;
	return flights_clear(t, longest) < 0 ? -1 : 1;
}

int flights_make_room(const struct flights *t)
{
	const struct shard *s = &t->shard;
	uint32_t had = shard_peek(&s->head->loose);
	int done = sweep(t, s->flights);

	if (done < 0 || shard_peek(&s->head->loose) < had)
		return done < 0 ? -1 : 1;
	done = oust(t);
	return done ? done : forget(t, 0, s->flights);
}

int flights_begin(const struct flights *t, const struct key *k,
		  struct flight_slot **slot_r)
{
	uint32_t at = home(&t->shard, k), i;
	int done = 0;

	for (i = 0; i <= PROBES && done == 0; i++) {
		done = take(t, at, slot_r);
		if (done == 0 && forget(t, at, PROBES) != 1)
			break;
	}
	if (done == 1)
		fill(*slot_r, k);
	return done;
}
