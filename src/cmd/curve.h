/*
 * What other caches would have done with a run of requests: one pass, in the
 * order they were made, for a curve over sizes (several policies), one over
 * lifetimes, and what is known of another scope.
 *
 * Memory is bounded. When there are more questions than `keep`, only every
 * second of them is followed, then every fourth, ..., chosen by their keys
 * (SHARDS: Waldspurger et al., FAST 2015), in caches that are smaller by as
 * much; what is seen of those counts twice, four times, .... What is known
 * of all (asks, worth) stays exact. Points then are estimates with an error.
 *
 * LRU without a lifetime goes by stack distances: one tree answers for every
 * size. Other caches are simulated one by one. Room is counted in chunks as
 * larder's slab has it (store/layout.h).
 */
#ifndef CMD_CURVE_H
#define CMD_CURVE_H

#include <stddef.h>

#include "thrift/price.h"

typedef __int128 curve_money; /* picodollars: no number of lines is too many */

enum curve_policy {
	CURVE_LRU,
	CURVE_S3FIFO, /* as larder has it (store/evict.h) */
	CURVE_GDSF,   /* GreedyDual-Size-Frequency; what a call costs is its
		       * cost, a chunk its size */
	CURVE_POLICIES
};
extern const char *const curve_policy_name[CURVE_POLICIES];

#define CURVE_SIZES 16
#define CURVE_LIVES 16
#define CURVE_GROUPS 64 /* parts of the sample, for the error */
#define CURVE_FOREVER INT64_MAX

struct curve_plan {
	uint64_t size[CURVE_SIZES]; /* bytes, ascending */
	size_t sizes;
	int64_t life[CURVE_LIVES];  /* ms; each with a cache without end */
	size_t lives;
	int64_t ttl;                /* of answers in caches of a size */
	bool policy[CURVE_POLICIES];
	uint32_t keep;              /* questions to follow at most, >= 16 */
};

/* A request that a cache could have answered. */
struct curve_ask {
	/* Numbers that whoever made the log cannot choose (a keyed hash): one
	 * who can, chooses what is followed, and what that takes of time. */
	uint64_t key;    /* the question */
	uint64_t tenant; /* who asks */
	uint64_t alike;  /* what the same question of another tenant surely
			  * has in common with this one */
	int64_t ms;      /* when; not far from in order */
	uint64_t bytes;  /* of the answer */
	bool guessed;    /* bytes is: what was said before stands */
	picousd worth;   /* what a call costs, >= 0 */
};

/* One cache that might have been; see curve_read(). */
struct curve_point {
	bool sampled;     /* some of what is counted stands for others, too */
	int64_t missed;   /* asks that would have gone to a provider */
	curve_money bill; /* what they would have cost; of these, by group: */
	int64_t missed_of[CURVE_GROUPS];
	curve_money bill_of[CURVE_GROUPS];
};

struct curve;

/* The plan is copied. */
struct curve *curve_new(const struct curve_plan *plan);
void curve_free(struct curve **c);
void curve_add(struct curve *c, const struct curve_ask *ask);

struct curve_total {
	int64_t asks;
	curve_money worth;  /* of all asks: the bill without a cache */
	int64_t one_in;     /* of questions are followed; 1: all, exact */
	int64_t questions;  /* different ones; an estimate unless one_in 1 */
	uint64_t bytes;     /* that all their answers fill; likewise */
	int64_t tenants;    /* that asked; at most CURVE_TENANTS are told
			     * from each other */
	struct curve_point ever;    /* a cache without end, for ever */
	struct curve_point apart;   /* the same, but no tenant has what
				     * another has asked */
	struct curve_point shared;  /* the same, and every tenant has what
				     * another might have asked: at best */
};
#define CURVE_TENANTS 65536
void curve_total(const struct curve *c, struct curve_total *t_r);

/* Of plan.size[i] under a policy of the plan; of plan.life[i]. */
const struct curve_point *curve_size(const struct curve *c,
				     enum curve_policy policy, size_t i);
const struct curve_point *curve_life(const struct curve *c, size_t i);

/*
 * What a point says. Exact when all questions are followed. Else what is seen
 * of some is set right by what is known of all, as far as the two go along
 * (a regression estimate), and the errors are twice the standard error, from
 * how the groups of the sample differ: picodollars, and asks.
 */
struct curve_reading {
	int64_t missed;
	curve_money bill;
	double missed_error, bill_error;
};
struct curve_reading curve_read(const struct curve *c,
				const struct curve_point *p);

/* The square root; 0 of what is below 0. */
double curve_root(double x);

#endif
