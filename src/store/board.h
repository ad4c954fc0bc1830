/*
 * The board: 136 KB of the slab with single numbers that all processes
 * of the host read and write without a lock: generations (gens.h), what is
 * known of memcached nodes (node.h), counts. Each number is atomic and any
 * value of it is harmless, so a writer may die at any point. Without a slab
 * a process has a board of its own.
 */
#ifndef STORE_BOARD_H
#define STORE_BOARD_H

#include <stdint.h>

#define BOARD_GENS 16384 /* a place for each name that is purged */
#define BOARD_NODES 64

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

enum board_count {
	BOARD_ASKED,          /* requests that the cache has a part in */
	BOARD_HIT_LOCAL,      /* answered from the slab, fresh */
	BOARD_HIT_MEMCACHED,
	BOARD_HIT_STALE,
	BOARD_COLLAPSED,      /* answered by another request's call */
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
	BOARD_COUNT_N,
	BOARD_COUNTS = 32 /* places for them */
};

struct board {
	uint64_t gen[BOARD_GENS];
	struct board_node node[BOARD_NODES];
	uint64_t count[BOARD_COUNTS];
};

static inline void board_count(struct board *b, enum board_count c)
{
	__atomic_fetch_add(&b->count[c], 1, __ATOMIC_RELAXED);
}

#endif
