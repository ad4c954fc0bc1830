#include "store/flights.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/lock.h"
#include "store/point.h"

/* The shard's lock is tried for longer here than for an entry: without it a
 * question is asked twice, or its answer lost to those who wait. But each try
 * after the first is 20 ms more that a request waits (lock.h). */
#define TRIES 3

#define BEAT_MS 100 /* one that moves all the time needs no more beats */

static void nap(void)
{
	const struct timespec t = { 0, LOCK_WAIT_MS * 1000000L };

	nanosleep(&t, NULL);
}

bool flight_inherited(const struct flight *f)
{
	return f->pid != getpid();
}

bool flight_still(const struct flight *f)
{
	return f->slot->serial == f->serial &&
	       memcmp(&f->slot->key, &f->key, sizeof(f->key)) == 0;
}

void flight_spoilt(struct flight *f)
{
	memset(&f->slot->chain, 0, sizeof(f->slot->chain));
	flights_set(f->slot, FLIGHT_LOST);
	lock_damaged(&f->at.shard);
	flights_news(f->slot);
	flights_wake(f->slot);
}

static enum flight_role follow(struct flight *f, struct flight_slot *slot,
			       int64_t not_before_ms)
{
	if (lead_keeps(&slot->lead) || slot->began_ms < not_before_ms)
		return FLIGHT_ALONE;
	__atomic_add_fetch(&slot->followers, 1, __ATOMIC_RELAXED);
	POINT("flight: joined");
	f->slot = slot;
	f->serial = slot->serial;
	return FLIGHT_FOLLOW;
}

/* As flights_find(), but a flight that is stuck is there no longer. */
static int find(struct flight *f, struct flight_slot **slot_r)
{
	int done = flights_find(&f->at, &f->key, slot_r), over;

	if (done != 1)
		return done;
	over = flights_give_up(&f->at, *slot_r);
	return over < 0 ? -1 : !over;
}

static enum flight_role join(struct flight *f, int64_t not_before_ms)
{
	struct flight_slot *slot;
	int done = find(f, &slot);

	if (done == 1)
		return follow(f, slot, not_before_ms);
	if (done == 0)
		done = flights_begin(&f->at, &f->key, &slot);
	if (done < 0)
		lock_damaged(&f->at.shard);
	if (done != 1)
		return FLIGHT_ALONE;
	f->slot = slot;
	f->serial = slot->serial;
	return FLIGHT_LEAD;
}

static enum flight_role join_locked(struct flight *f, int64_t not_before_ms)
{
	enum flight_role role;
	int tries = 0;

	while (lock_enter(&f->at.shard) < 0) {
		if (++tries == TRIES)
			return FLIGHT_ALONE;
		nap();
	}
	role = join(f, not_before_ms);
	lock_leave(&f->at.shard);
	POINT("flight: shard left");
	if (role == FLIGHT_LEAD)
		lead_keep(&f->lead, &f->slot->lead);
	return role;
}

enum flight_role flight_join(struct store *s, struct arena *a,
			     const struct key *k, int64_t not_before_ms,
			     struct flight **f_r)
{
	static const enum board_count counted[] = {
		[FLIGHT_LEAD] = BOARD_FLIGHT_LEADS,
		[FLIGHT_FOLLOW] = BOARD_FLIGHT_FOLLOWS,
		[FLIGHT_ALONE] = BOARD_FLIGHT_ALONE,
	};
	struct flight *f;
	enum flight_role role;

	if (!s)
		return FLIGHT_ALONE;
	f = arena_zalloc(a, sizeof(*f));
	f->a = a;
	f->key = *k;
	f->pid = getpid();
	f->at.board = store_board(s);
	store_shard(s, k, &f->at.shard);
	buf_init(&f->kept, a);
	role = join_locked(f, not_before_ms);
	board_count(f->at.board, counted[role]);
	if (role != FLIGHT_ALONE)
		*f_r = f;
	return role;
}

void flight_leave(struct flight **fp)
{
	struct flight *f = *fp;
	struct flight_slot *slot;

	*fp = NULL;
	if (!f || flight_inherited(f) || lock_enter(&f->at.shard) < 0)
		return;
	slot = f->slot;
	if (flight_still(f) && slot->followers)
		__atomic_sub_fetch(&slot->followers, 1, __ATOMIC_RELAXED);
	POINT("flight: one less");
	if (flight_still(f) && !slot->followers &&
	    flights_state(slot) != FLIGHT_FLYING &&
	    flights_clear(&f->at, slot) < 0)
		lock_damaged(&f->at.shard);
	lock_leave(&f->at.shard);
}

/* -- the leader ----------------------------------------------------------- */

/* The flight is over for all but its leader. */
static int give_way(struct flight *f)
{
	f->gone = true;
	if (!f->slot->followers)
		return flights_clear(&f->at, f->slot);
	f->slot->ended_ms = clock_mono_ms();
	POINT("flight: giving way");
	flights_set(f->slot, FLIGHT_OUSTED);
	POINT("flight: ousted");
	return shard_chain_free(&f->at.shard, &f->slot->chain);
}

/* Where there is no room others may give some, or this flight goes. */
static int add(struct flight *f, struct str part)
{
	int64_t now_ms = clock_wall_ms();
	int done, room;

	for (;;) {
		done = shard_chain_add(&f->at.shard, &f->slot->chain, &f->key,
				       part, now_ms);
		if (done == -3)
			return give_way(f);
		if (done != -2)
			return done;
		room = flights_make_room(&f->at);
		if (room < 0)
			return -1;
		if (!flight_still(f)) {
			f->gone = true;
			return 0;
		}
		if (!room)
			return give_way(f);
	}
}

/* Appends a part in one hold of the lock: 0, or -1 when it was not had. */
static int tell(struct flight *f, struct str part)
{
	const struct shard *s = &f->at.shard;
	bool heard = false;

	if (lock_enter(s) < 0)
		return -1;
	if (!flight_still(f) || flights_state(f->slot) != FLIGHT_FLYING) {
		f->gone = true;
	} else {
		heard = f->slot->followers != 0;
		if (add(f, part) < 0) {
			f->gone = true;
			flight_spoilt(f);
		}
		POINT("flight: told");
		flights_news(f->slot);
	}
	lock_leave(s);
	POINT("flight: told, nobody woken");
	if (heard)
		flights_wake(f->slot);
	return 0;
}

/* What is left of the bytes when the lock is not to be had. */
static struct str tell_all(struct flight *f, struct str bytes)
{
	size_t n;

	for (; bytes.n && !f->gone; bytes = str_from(bytes, n)) {
		n = bytes.n < FLIGHT_PIECE ? bytes.n : FLIGHT_PIECE;
		if (tell(f, (struct str){ bytes.p, n }) < 0)
			return bytes;
	}
	return (struct str){ "", 0 };
}

static void tell_kept(struct flight *f)
{
	struct str left = tell_all(f, buf_view(&f->kept));

	if (left.n)
		memmove(f->kept.p, left.p, left.n);
	f->kept.n = left.n;
}

/* Ends it without the lock. Its chunks go back to the shard when another
 * joins. */
static void lose(struct flight *f)
{
	uint32_t flying = FLIGHT_FLYING;

	f->gone = true;
	POINT("flight: losing");
	if (!__atomic_compare_exchange_n(&f->slot->state, &flying, FLIGHT_LOST,
					 false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED))
		return;
	flights_news(f->slot);
	flights_wake(f->slot);
}

void flight_tell(struct flight *f, struct str bytes)
{
	if (flight_inherited(f) || f->gone || !bytes.n)
		return;
	flight_beat(f);
	if (f->kept.n)
		tell_kept(f);
	if (!f->kept.n)
		bytes = tell_all(f, bytes);
	if (f->gone)
		return;
	if (bytes.n > shard_max_value(f->at.shard.chunks) - f->kept.n)
		lose(f);
	else if (bytes.n)
		buf_str(&f->kept, bytes);
}

void flight_beat(struct flight *f)
{
	int64_t now = clock_mono_ms(), last;

	if (f->gone)
		return;
	last = __atomic_load_n(&f->slot->beat_ms, __ATOMIC_RELAXED);
	if ((last <= now && last > now - BEAT_MS) || flight_inherited(f))
		return;
	__atomic_store_n(&f->slot->beat_ms, now, __ATOMIC_RELAXED);
}

/* Who we are is asked only where somebody follows, which is seldom. */
unsigned flight_followers(const struct flight *f)
{
	unsigned n = f->gone ? 0 : __atomic_load_n(&f->slot->followers,
						   __ATOMIC_RELAXED);

	return n && !flight_inherited(f) ? n : 0;
}

/* Under the lock; true when somebody is to be woken. */
static bool landed(struct flight *f, enum flight_end how)
{
	static const enum flight_state state[] = {
		[FLIGHT_WHOLE] = FLIGHT_LANDED,
		[FLIGHT_STORED] = FLIGHT_LANDED_STORED,
		[FLIGHT_BROKEN] = FLIGHT_LOST,
	};

	if (!flight_still(f) || flights_state(f->slot) != FLIGHT_FLYING)
		return false;
	if (!f->slot->followers) {
		if (flights_clear(&f->at, f->slot) < 0)
			lock_damaged(&f->at.shard);
		return false;
	}
	f->slot->ended_ms = clock_mono_ms();
	POINT("flight: landing");
	flights_set(f->slot, state[how]);
	POINT("flight: landed");
	flights_news(f->slot);
	return true;
}

static int land(struct flight *f, enum flight_end how)
{
	bool heard;

	tell_kept(f);
	if (f->kept.n)
		return -1;
	if (f->gone)
		return 0;
	if (lock_enter(&f->at.shard) < 0)
		return -1;
	heard = landed(f, how);
	lock_leave(&f->at.shard);
	POINT("flight: landed, nobody woken");
	if (heard)
		flights_wake(f->slot);
	return 0;
}

void flight_end(struct flight **fp, enum flight_end how)
{
	struct flight *f = *fp;
	int tries = 0;

	*fp = NULL;
	if (!f || flight_inherited(f))
		return;
	while (land(f, how) < 0) {
		if (++tries == TRIES || !flight_followers(f)) {
			lose(f);
			break;
		}
		nap();
	}
	lead_give(&f->lead);
}
