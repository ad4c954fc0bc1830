/*
 * One cache, simulated. LRU is one queue; S3-FIFO is that of the slab with
 * its numbers (store/evict.h, where it is drawn), on one shard: one hit
 * proves, and there is a ghost for two to four chunks.
 */
#include "cmd/curve_own.h"

#include <stdlib.h>

#include "store/evict.h"
#include "store/layout.h"

enum { OUT, SMALL, MAIN };

/* The memo that leads to it fills a chunk of its own. */
uint32_t curve_chunks(uint64_t bytes)
{
	uint64_t n = (bytes + sizeof(struct slot) + LAYOUT_CHUNK - 1) /
			     LAYOUT_CHUNK + 1;

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static uint32_t ghosts_for(uint64_t room)
{
	uint32_t n = EVICT_WAYS;

	while ((uint64_t)n * 4 <= room && n < 1u << 30)
		n *= 2;
	return n;
}

/* Not touched before use: there may be many more than questions. */
static uint32_t *ghosts_new(uint32_t n)
{
	uint32_t *ghost = calloc(n, sizeof(*ghost));

	if (!ghost)
		abort();
	return ghost;
}

void curve_cache_init(struct curve_cache *c, enum curve_policy policy,
		      uint64_t bytes)
{
	*c = (struct curve_cache){
		.policy = policy,
		.room = bytes / LAYOUT_CHUNK,
		.small = { CURVE_NOBODY, CURVE_NOBODY, 0 },
		.main = { CURVE_NOBODY, CURVE_NOBODY, 0 },
	};
	if (policy != CURVE_S3FIFO)
		return;
	c->ghosts = ghosts_for(c->room);
	c->ghost = ghosts_new(c->ghosts);
}

void curve_cache_fini(struct curve_cache *c)
{
	free(c->seat);
	free(c->ghost);
	free(c->row);
}

/* -- ghosts ---------------------------------------------------------------- */

/* By ids, in the order of first asks, so that what is exact is the same
 * whatever the keys are. */
static uint32_t *ghosts_of(const struct curve_cache *c, uint32_t id)
{
	return &c->ghost[(curve_mix(id) >> 8) &
			 (c->ghosts / EVICT_WAYS - 1) * (uint64_t)EVICT_WAYS];
}

static void remember(const struct curve_cache *c, uint32_t id)
{
	uint32_t *set = ghosts_of(c, id);

	memmove(set + 1, set, (EVICT_WAYS - 1) * sizeof(*set));
	set[0] = id + 1;
}

static bool recall(const struct curve_cache *c, uint32_t id)
{
	uint32_t *set = ghosts_of(c, id);

	for (int i = 0; i < EVICT_WAYS; i++)
		if (set[i] == id + 1) {
			set[i] = 0;
			return true;
		}
	return false;
}

/* -- queues ---------------------------------------------------------------- */

static struct curve_queue *queue_of(struct curve_cache *c, uint32_t id)
{
	return c->seat[id].in == MAIN ? &c->main : &c->small;
}

static void push(struct curve_cache *c, uint32_t id, uint8_t in)
{
	struct curve_seat *s = &c->seat[id];
	struct curve_queue *q;

	s->in = in;
	q = queue_of(c, id);
	s->newer = CURVE_NOBODY;
	s->older = q->newest;
	if (q->newest == CURVE_NOBODY)
		q->oldest = id;
	else
		c->seat[q->newest].newer = id;
	q->newest = id;
	q->chunks += s->chunks;
	c->used += s->chunks;
}

static void cut(struct curve_cache *c, uint32_t id)
{
	struct curve_queue *q = queue_of(c, id);
	struct curve_seat *s = &c->seat[id];

	if (s->newer == CURVE_NOBODY)
		q->newest = s->older;
	else
		c->seat[s->newer].older = s->older;
	if (s->older == CURVE_NOBODY)
		q->oldest = s->newer;
	else
		c->seat[s->older].newer = s->newer;
	q->chunks -= s->chunks;
	c->used -= s->chunks;
	s->in = OUT;
}

void curve_cache_drop(struct curve_cache *c, uint32_t id)
{
	if (id >= c->seats || c->seat[id].in == OUT)
		return;
	if (c->policy == CURVE_GDSF)
		curve_heap_cut(c, id);
	else
		cut(c, id);
}

/* -- who goes -------------------------------------------------------------- */

static bool small_is_full(const struct curve_cache *c)
{
	uint32_t id = c->small.oldest;

	return id != CURVE_NOBODY &&
	       c->small.chunks >= c->room / EVICT_SHARE + c->seat[id].chunks;
}

/* Was hit: to main's newest end; from there it comes back one hit poorer. */
static void let_off(struct curve_cache *c, uint32_t id)
{
	struct curve_seat *s = &c->seat[id];

	s->hits = s->in == MAIN ? (uint8_t)(s->hits - 1) : 0;
	cut(c, id);
	push(c, id, MAIN);
}

static uint32_t oldest(const struct curve_cache *c)
{
	return small_is_full(c) || c->main.oldest == CURVE_NOBODY ?
		       c->small.oldest : c->main.oldest;
}

static uint32_t pick_fifo(struct curve_cache *c, int64_t now)
{
	uint32_t id = oldest(c);

	for (int i = 0; i < EVICT_CHANCES; i++) {
		if (!c->seat[id].hits || c->seat[id].until_ms <= now)
			break;
		let_off(c, id);
		id = oldest(c);
	}
	if (c->seat[id].in == SMALL)
		remember(c, id);
	return id;
}

static void make_room(struct curve_cache *c, uint64_t need, int64_t now)
{
	while (c->used && c->used + need > c->room)
		curve_cache_drop(c, c->policy == CURVE_GDSF ?
					    curve_heap_pick(c) :
				    c->policy == CURVE_LRU ?
					    c->small.oldest :
					    pick_fifo(c, now));
}

/* -- a request ------------------------------------------------------------- */

static void hit(struct curve_cache *c, uint32_t id, picousd worth)
{
	struct curve_seat *s = &c->seat[id];

	if (c->policy == CURVE_GDSF) {
		curve_heap_hit(c, id, worth);
	} else if (c->policy == CURVE_LRU) {
		cut(c, id);
		push(c, id, SMALL);
	} else if (s->hits < 3) {
		s->hits++;
	}
}

static void put(struct curve_cache *c, uint32_t id, picousd worth, bool again)
{
	c->seat[id].hits = 0;
	if (c->policy == CURVE_GDSF)
		curve_heap_put(c, id, worth);
	else if (c->policy == CURVE_LRU)
		push(c, id, SMALL);
	else
		push(c, id, recall(c, id) || again ? MAIN : SMALL);
}

static int64_t later(int64_t ms, int64_t ttl)
{
	bool ever = ttl == CURVE_FOREVER ||
		    (ms > 0 && ttl > CURVE_FOREVER - ms);

	return ever ? CURVE_FOREVER : ms + ttl;
}

/* A value may fill half of a shard. An answer that was there but is too old
 * is put again as one that is wanted; what it is now comes with a miss only. */
int curve_cache_ask(struct curve_cache *c, uint32_t id, uint32_t chunks,
		    const struct curve_ask *ask, int64_t ttl)
{
	struct curve_seat *s;
	bool was;

	c->seat = curve_grow(c->seat, &c->seats, id + 1u, sizeof(*c->seat));
	s = &c->seat[id];
	was = s->in != OUT;
	if (was && s->until_ms > ask->ms) {
		hit(c, id, ask->worth);
		return 1;
	}
	if (was)
		curve_cache_drop(c, id);
	if (chunks > c->room / 2)
		return 0;
	make_room(c, chunks, ask->ms);
	s->chunks = chunks;
	s->until_ms = later(ask->ms, ttl);
	put(c, id, ask->worth, was);
	return 0;
}

/* The ghosts of those who are not followed any more would crowd the rest, and
 * their ids are given out again. */
static void halve_ghosts(struct curve_cache *c, const struct curve_set *set)
{
	uint32_t *old = c->ghost;
	uint32_t n = c->ghosts;

	c->ghosts = ghosts_for(c->room);
	c->ghost = ghosts_new(c->ghosts);
	for (uint32_t i = n; i-- > 0;) /* the oldest of a set first */
		if (old[i] && curve_set_follows(set, set->key[old[i] - 1]))
			remember(c, old[i] - 1);
	free(old);
}

void curve_cache_halve(struct curve_cache *c, const struct curve_set *set)
{
	c->room /= 2;
	if (c->ghost)
		halve_ghosts(c, set);
	make_room(c, 0, INT64_MIN);
}
