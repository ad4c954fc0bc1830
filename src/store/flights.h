/*
 * What flights are made of, for their own files: which slot of a shard is
 * whose (flights.c), and one's part in it (flight.c, flight_hear.c). All of it
 * but the news wants the shard's lock held; -1 means what it means in shard.h.
 */
#ifndef STORE_FLIGHTS_H
#define STORE_FLIGHTS_H

#include <sys/types.h>

#include "store/board.h"
#include "store/flight.h"
#include "store/lead.h"
#include "store/shard.h"

#define FLIGHTS_KEEP_MS 60000 /* for followers that are behind */

struct flights {
	struct shard shard;
	struct board *board;
};

/* 1 and the flight for k whose leader lives or cannot be told dead; 0: there
 * is none. Slots met on the way that nobody needs any more become free, with
 * them flights whose leader died: their followers find another serial. */
int flights_find(const struct flights *t, const struct key *k,
		 struct flight_slot **slot_r);

/* 1 and a new flight for k, its `lead` just tried (lead.h); 0: no slot. */
int flights_begin(const struct flights *t, const struct key *k,
		  struct flight_slot **slot_r);

/*
 * Chunks are short: 1 when some are free now. In this order go what nobody
 * needs; the longest flight that nobody follows, perhaps the caller's own,
 * whose leader goes on alone without noticing; the one that ended first, for
 * followers that died are counted for a minute. 0: all others are followed.
 */
int flights_make_room(const struct flights *t);

/* Ousts a flight whose leader shows no life: who joins next begins another
 * elsewhere, and the leader goes on alone without noticing. 1: the slot is
 * free now. 0: he is well, or it is this thread. */
int flights_give_up(const struct flights *t, struct flight_slot *slot);

/* Did its leader die? 1: yes, the slot is free now. 0: no. */
int flights_bury(const struct flights *t, struct flight_slot *slot);

/* Nobody needs it any more: gives its chunks back. */
int flights_clear(const struct flights *t, struct flight_slot *slot);

/* The leader has shown no life for FLIGHT_STUCK_MS; needs no lock. */
int flights_stuck(const struct flight_slot *slot);

/* States change without the lock in one place (flight.c, lose). */
static inline uint32_t flights_state(const struct flight_slot *slot)
{
	return __atomic_load_n(&slot->state, __ATOMIC_RELAXED);
}

static inline void flights_set(struct flight_slot *slot,
			       enum flight_state state)
{
	__atomic_store_n(&slot->state, (uint32_t)state, __ATOMIC_RELAXED);
}

/* Something changed: under the lock. Then, best without it, the waking. */
void flights_news(struct flight_slot *slot);
void flights_wake(struct flight_slot *slot);

/* The number to wait on, read before one looks at the slot. */
uint32_t flights_seen(const struct flight_slot *slot);
void flights_wait(const struct flight_slot *slot, uint32_t seen,
		  int64_t wait_ms);

/* -- a part in one -------------------------------------------------------- */

/* Copied in one hold of the shard's lock. */
#define FLIGHT_PIECE (256u << 10)

struct flight {
	struct flights at;
	struct flight_slot *slot;
	struct arena *a;
	struct key key;
	uint64_t serial;
	pid_t pid; /* in a child that inherited it, it is nobody's */

	/* The leader's. */
	struct lead lead;
	struct buf kept; /* what the followers have yet to get */
	bool gone;       /* it is over for all but its leader */

	/* A follower's. */
	uint64_t given;
	struct chain_at where; /* that was */
	char *piece;
	size_t piece_n, piece_size;
};

/* Needs no lock. */
bool flight_inherited(const struct flight *f);

/* Is the slot still this flight's? */
bool flight_still(const struct flight *f);

/* Damage in this flight's own chunks. They go, or the next to join would
 * find the same; what else of the shard is whole stays. */
void flight_spoilt(struct flight *f);

#endif
