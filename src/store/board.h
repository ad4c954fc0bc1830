/*
 * The board: 390 KB of the slab with single numbers that all processes
 * of the host read and write without a lock: generations (gens.h), what is
 * known of memcached nodes (node.h) and of upstreams (breaker.h, limit.h),
 * counts. Each number is atomic and any value of it is harmless, so a writer
 * may die at any point. Without a slab a process has a board of its own.
 */
#ifndef STORE_BOARD_H
#define STORE_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

#define BOARD_GENS 16384 /* a place for each name that is purged */
#define BOARD_NODES 64
#define BOARD_BREAKERS 128
#define BOARD_LIMITS 16
#define BOARD_CELLS 6   /* that a breaker's window is made of */
#define BOARD_RUN 256   /* calls under way at once, at most */
#define BOARD_WAIT 64   /* requests that wait for their turn, at most */
#define BOARD_THRIFT 8192 /* numbers of who learns from the traffic */
#define BOARD_TALLY 12928 /* sums of what requests came to */
#define BOARD_SERVED 64 /* tenants whose last turn is known; more share */

/* A memcached node, found by the hash of its name. Monotonic times. */
struct board_node {
	uint64_t id;           /* 0: nobody's */
	int64_t off_until_ms;  /* not to be asked before; 0: it is in use */
	int64_t probe_ms;      /* when somebody set out to try it again */
	int64_t synced_ms;     /* when generations were last exchanged */
	int64_t window_ms;     /* when it last failed */
	uint64_t fails;        /* since it was last in use */
	uint64_t offs;         /* in a row, for the back-off */
	uint64_t deaths;       /* since the slab was made */
};

/* A circuit breaker. */
struct board_breaker {
	uint64_t id;           /* 0: nobody's */
	int64_t used_ms;       /* about when somebody last looked for it */
	int64_t shut;          /* 0: closed; else twice the time until which
				* it is open, plus 1 while it is tried */
	uint64_t shuts;        /* in a row, for the back-off */
	uint64_t opened;       /* since the slab was made */
	uint64_t row;          /* failures since the last success */
	uint64_t of;           /* not 0: one account's share of that id's */
	uint64_t cell[BOARD_CELLS]; /* whose time, calls, failures */
};

/* One who waits for a turn at an upstream. */
struct board_wait {
	int64_t beat_ms;       /* when it last asked; 0: nobody; negative
				* while the others are being written */
	uint64_t tenant;
	uint64_t round, order; /* who goes first */
	int64_t tokens;        /* that it wants */
};

/* How much an upstream is asked. */
struct board_limit {
	uint64_t id;           /* 0: nobody's */
	int64_t used_ms;       /* about when somebody last looked for it */
	int64_t requests_ns;   /* when that bucket will be full again */
	int64_t tokens_ns;
	uint64_t round;        /* that is being served */
	uint64_t order;        /* of the last who came */
	int64_t run_ms[BOARD_RUN]; /* beats; 0: nobody's slot */
	struct board_wait wait[BOARD_WAIT];
	uint64_t served[BOARD_SERVED]; /* the round of a tenant's last turn */
};

enum board_count {
	BOARD_MEMC_GETS,
	BOARD_MEMC_HITS,
	BOARD_MEMC_PUTS,
	BOARD_MEMC_FAILS,     /* time-outs and broken connections */
	BOARD_MEMC_SKIPS,     /* not asked: node off, or budget spent */
	BOARD_MEMC_FORGED,    /* values that did not open */
	BOARD_MEMC_PARTIAL,   /* manifests with a part missing */
	BOARD_FLIGHT_LEADS,
	BOARD_FLIGHT_FOLLOWS,
	BOARD_FLIGHT_ORPHANS, /* leaders that died */
	BOARD_FLIGHT_ALONE,
	BOARD_STALE_ERROR,    /* stale answers served as upstreams failed */
	BOARD_STALE_REFRESH,  /* and while one was asked again */
	BOARD_PURGED,         /* answers found, but purged */
	BOARD_RETRIES,        /* calls made again */
	BOARD_FALLBACKS,      /* requests that another model answered */
	BOARD_BREAKER_OPENED,
	BOARD_BREAKER_SKIPS,  /* not asked: the breaker was open */
	BOARD_LIMIT_WAITS,    /* requests that waited for their turn */
	BOARD_LIMIT_REFUSED,  /* and that were refused one */
	BOARD_UPSTREAM_CALLS,
	BOARD_UPSTREAM_FAILS,
	BOARD_MAYBE_BILLED,   /* calls made again though they may have cost */
	BOARD_LOG_DROPS,      /* lines of the usage log that were lost */
	BOARD_COUNT_N,
	BOARD_COUNTS = 64 /* places for them */
};

struct board {
	uint64_t gen[BOARD_GENS];
	struct board_node node[BOARD_NODES];
	uint64_t count[BOARD_COUNTS];
	struct board_breaker breaker[BOARD_BREAKERS];
	struct board_limit limit[BOARD_LIMITS];
	uint64_t thrift[BOARD_THRIFT]; /* their own business (serve/learn.h) */
	uint64_t tally[BOARD_TALLY];   /* the same (serve/tally.h) */
};

static inline void board_count(struct board *b, enum board_count c)
{
	__atomic_fetch_add(&b->count[c], 1, __ATOMIC_RELAXED);
}

/* n places of that size, each of which begins with its id. */
struct board_row {
	void *first;
	size_t size;
	unsigned n;
};

/* What a place is found by: a piece of the key, never 0. */
uint64_t board_id(const struct key *k);

/* The place of that id, or NULL: nobody has taken one. */
void *board_seen(const struct board_row *r, uint64_t id);
/* It is taken if need be; NULL when all are others'. */
void *board_place(const struct board_row *r, uint64_t id);
/*
 * The same for places whose second number is when they were last used: when
 * all are taken, one is taken from who has not used it for an hour, all its
 * numbers 0 again. A configuration that changes often would otherwise run out
 * of them.
 */
void *board_lease(const struct board_row *r, uint64_t id, int64_t mono_ms);

#endif
