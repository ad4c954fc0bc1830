/*
 * What a tier is made of, for its own files: tier.c on top, parts.c, lease.c
 * and sync.c beneath it, reach.c at the bottom.
 */
#ifndef STORE_TIER_OWN_H
#define STORE_TIER_OWN_H

#include "store/node.h"
#include "store/tier.h"

struct tier {
	struct arena *home; /* this and what it points to */
	struct store *store;
	struct board *board;
	const struct memc_ops *ops; /* a test's; NULL: the module's */
	struct tier_conf conf;
	struct board_node **node;   /* as conf.server; NULL: board is full */
	struct seal seal;
	uint64_t id;                /* at random; tells tiers apart */
};

struct tier_lane {
	struct arena *home; /* this */
	const struct memc_ops *ops;
	struct memc *m; /* NULL: not opened, or not to be had */
	uint64_t tier;  /* whose servers m knows; 0 none */
	struct {
		struct key key;
		uint8_t token[16];
		uint64_t keeps;  /* since it was taken */
		int64_t kept_ms; /* monotonic */
		bool held;
		uint8_t seen[24]; /* of another's, last time, */
		int64_t seen_ms;  /* and since when */
	} lease;
};

/*
 * reach.c: one operation on one node, on the request's budget and on the
 * node's record. Whether the node may be asked at all is sync.c's business.
 */

/* Loads the module and makes the handle, once. 0, or -1 where memcached is
 * not to be had, which is logged. */
int reach_open(struct tier_walk *w);
void reach_close(struct tier_lane *l);

struct reach_call {
	enum reach_op { REACH_GET, REACH_SET, REACH_ADD, REACH_DROP } op;
	size_t node;
	struct str name;
	struct str value;  /* SET, ADD */
	int64_t life_s;    /* SET, ADD */
	int64_t limit_us;  /* 0: all that is left of the budget */
	size_t expect;     /* bytes to be moved, about: with too little time
			    * for them a time-out is no fault of the node */
};

#define REACH_LEAST_US 1000 /* one does not wait for less */

/* After reach_open(). MEMC_FAILED also when it was not asked because the
 * budget is spent. *value_r only for GET and DONE. */
enum memc_end reach_call(struct tier_walk *w, const struct reach_call *c,
			 struct str *value_r);

/* The node did not do its part. What it was told of generations while it is
 * off nobody knows: it must be asked before it is used again. */
void reach_blame(const struct tier *t, size_t node);

/*
 * sync.c: may a node be asked? Only one whose generations have been taken
 * over since it was last away, and lately: it could bring back what was
 * purged meanwhile.
 */
enum sync {
	SYNC_OUT, /* no */
	SYNC_OK,
	SYNC_NEW, /* yes, but generations of ours changed just now: not for a
		   * key from before, which may be of an old one */
};

/* Before a key is asked for; do without unless SYNC_OK, which is counted. */
enum sync sync_enter(struct tier_walk *w, struct arena *a, size_t node);

/*
 * parts.c: an entry as one item of memcached, or as several.
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
