/*
 * Inside the tiers: an entry as one item of memcached, or as several.
 *
 *   "entry" 0   | form W | born | expires | the bytes                 one
 *
 *   "entry" 0   | form M | born | expires | set | parts | length      several
 *   "part" 1    | bytes, of length `length`, under key x set
 *   "part" 2    | ...
 *
 * `set` is 16 random bytes of one writing, so that parts of two never meet.
 * All lie on the node that the first name lives on: one node decides whether
 * there is an answer. What of a former writing is left behind expires.
 */
#ifndef STORE_PARTS_H
#define STORE_PARTS_H

#include "store/reach.h"

/* 1 with the bytes in a; 0 for all else. */
int parts_get(struct tier_walk *w, struct arena *a, const struct key *k,
	      const struct key *owner, int64_t now_ms, struct entry *e_r);

/* 0 or -1. What was there before may be there still. */
int parts_put(struct tier_walk *w, struct arena *a, const struct key *k,
	      const struct key *owner, const struct entry *e,
	      int64_t now_ms);

void parts_drop(struct tier_walk *w, struct arena *a, const struct key *k,
		const struct key *owner);

#endif
