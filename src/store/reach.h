/*
 * Inside the tiers: one operation on one memcached node, on the request's
 * budget and on the node's record. Whether the node may be asked at all is
 * sync.h's business.
 */
#ifndef STORE_REACH_H
#define STORE_REACH_H

#include <sys/types.h>

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
	pid_t pid;      /* connections are never inherited */
	struct {
		struct key key;
		uint8_t token[16];
		int64_t kept_ms; /* monotonic */
		bool held;
	} lease;
};

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

/* The most of its life memcached is told, which takes more for a date. */
#define REACH_LIFE_MAX_S 2592000

#endif
