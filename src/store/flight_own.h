/*
 * What a part in a flight is made of. Only for flight.c and flight_hear.c.
 */
#ifndef STORE_FLIGHT_OWN_H
#define STORE_FLIGHT_OWN_H

#include <sys/types.h>

#include "store/flight.h"
#include "store/flights.h"
#include "store/lead.h"

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
	bool gone;       /* the slot is another flight's, or broken */

	/* A follower's. */
	uint64_t given;
	struct chain_at where; /* that was */
	char *piece;
	size_t piece_n, piece_size;
};

bool flight_inherited(const struct flight *f);

/* The others want the shard's lock. Is the slot still this flight's? */
bool flight_still(const struct flight *f);

/* Damage in this flight's own chunks. They go, or the next to join would
 * find the same; what else of the shard is whole stays. */
void flight_spoilt(struct flight *f);

#endif
