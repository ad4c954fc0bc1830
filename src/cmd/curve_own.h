/* What the parts of curve.c know of each other. */
#ifndef CMD_CURVE_OWN_H
#define CMD_CURVE_OWN_H

#include "cmd/curve.h"

#define CURVE_NOBODY UINT32_MAX
#define CURVE_NEW UINT64_MAX

/* One question in 2^32 is followed at least: weights stay far below 2^63. */
#define CURVE_THINNEST 32

/* Memory that grows: at least n items of `size`, new ones zeroed; the process
 * ends when there is none. */
void *curve_grow(void *p, size_t *room, size_t n, size_t size);

/* The finaliser of splitmix64: every digit hangs on every digit. */
uint64_t curve_mix(uint64_t x);

/* An answer as the slab stores it: slot in front, and the memo that leads to
 * it. */
uint32_t curve_chunks(uint64_t bytes);

/* -- numbers by key, bounded (curve_set.c) --------------------------------- */

/*
 * A map of keys to numbers. Followed are the keys whose mixed bits begin with
 * `thin` zeros; when there are too many, one zero more, up to CURVE_THINNEST.
 * Numbers are given out from 0, those of who was dropped again.
 */
struct curve_set {
	uint32_t *slot;  /* number + 1; 0 is free */
	uint64_t *key;   /* by number, mixed */
	uint64_t *value; /* by number: the caller's */
	uint32_t *spare; /* numbers to give out again */
	size_t slots, rooms[3], n_spare;
	uint32_t n, top, most; /* followed; numbers in use end below; bound */
	unsigned thin;
};

void curve_set_init(struct curve_set *s, uint32_t most);
void curve_set_fini(struct curve_set *s);
bool curve_set_follows(const struct curve_set *s, uint64_t mixed);

/* The number of a followed key; *new_r says that it was given just now.
 * CURVE_NOBODY when it is new, there are more than allowed already, and none
 * can be thinned out: so there are never more than `most` and one. */
uint32_t curve_set_at(struct curve_set *s, uint64_t mixed, bool *new_r);

/* Are there more than allowed? Then curve_set_thin() until there are not:
 * calls drop() for each number that goes. */
bool curve_set_full(const struct curve_set *s);
void curve_set_thin(struct curve_set *s, void (*drop)(void *ctx, uint32_t id),
		    void *ctx);

/* -- stack distances (curve_stack.c) --------------------------------------- */

struct curve_stack {
	uint64_t *sum;     /* Fenwick tree over places, from 1 */
	uint32_t *owner;   /* of a place, or NOBODY */
	uint32_t *place;   /* of an id; 0: none */
	uint32_t *chunks;  /* of an id */
	size_t place_room, chunks_room;
	uint32_t places, used; /* in all; given out */
};

void curve_stack_init(struct curve_stack *s, uint32_t most);
void curve_stack_fini(struct curve_stack *s);

/* id is asked for: the chunks of all that was asked for since the last time,
 * its own included; CURVE_NEW when it was not there. */
uint64_t curve_stack_touch(struct curve_stack *s, uint32_t id,
			   uint32_t chunks);
void curve_stack_drop(struct curve_stack *s, uint32_t id);

/* -- one cache (curve_cache.c, curve_heap.c) ------------------------------- */

struct curve_seat {
	uint32_t newer, older; /* neighbours; in a heap, place and hits */
	uint32_t chunks;
	uint8_t in, hits;      /* which queue, 0 none */
	int64_t until_ms;
	double rank;           /* heap: the least goes first. No money. */
};

struct curve_queue {
	uint32_t newest, oldest;
	uint64_t chunks;
};

struct curve_cache {
	enum curve_policy policy;
	struct curve_seat *seat; /* by id */
	size_t seats;
	uint64_t room, used;     /* chunks */
	struct curve_queue small, main;
	uint32_t *ghost;         /* sets of ids, and one */
	uint32_t ghosts;
	uint32_t *row;           /* heap, from 1 */
	size_t row_room;
	uint32_t row_n;
	double floor;
};

void curve_cache_init(struct curve_cache *c, enum curve_policy policy,
		      uint64_t bytes);
void curve_cache_fini(struct curve_cache *c);

/* id is asked for: 1 hit, 0 miss, after which it is in there if it fits. */
int curve_cache_ask(struct curve_cache *c, uint32_t id, uint32_t chunks,
		    const struct curve_ask *ask, int64_t ttl);
void curve_cache_drop(struct curve_cache *c, uint32_t id);

/* Half the room; what does not fit any more goes. To be called when the set
 * that ids are of has been thinned, and who went has been dropped. */
void curve_cache_halve(struct curve_cache *c, const struct curve_set *set);

void curve_heap_put(struct curve_cache *c, uint32_t id, picousd worth);
void curve_heap_hit(struct curve_cache *c, uint32_t id, picousd worth);
void curve_heap_cut(struct curve_cache *c, uint32_t id);

/* The one to go next, which is the measure of those that come. */
uint32_t curve_heap_pick(struct curve_cache *c);

/* -- all of it ------------------------------------------------------------- */

struct curve {
	struct curve_plan plan;
	struct curve_set set;   /* questions; value: chunks */
	struct curve_set apart; /* of each tenant */
	struct curve_set alike; /* value: the tenant, or SEVERAL */
	struct curve_set tenants;
	struct curve_stack stack;
	struct curve_cache cache[CURVE_POLICIES][CURVE_SIZES];
	struct curve_point size[CURVE_POLICIES][CURVE_SIZES];
	struct curve_point life[CURVE_LIVES];
	int64_t *born;          /* of an id in each of the lives */
	size_t born_room;
	struct curve_point all; /* of those followed, as if none was a hit */
	struct curve_total total;
};

#endif
