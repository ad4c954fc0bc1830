/*
 * larder's slab chunk by chunk, as it was before it had queues: an entry is a
 * chain of chunks, a hand goes round the chunks, what was freed last is used
 * first, and an entry's age is only where it lies. Nothing to mend after a
 * crash.
 *
 * slab_clock: a mark for each hit entry, taken away when the hand passes.
 *
 * slab_hands: S3-FIFO (s3.c) with two hands in place of two FIFOs. One stops
 * at newcomers, one at the proven. A byte for each chunk says which it is and
 * how often it was hit.
 */
#include <stdlib.h>

#include "sim.h"

#define SLAB_HEAD 1
#define SLAB_MAIN 2
#define SLAB_HITS 4 /* and upwards */

struct slab {
	uint8_t *kind;
	uint32_t *link, *owner; /* of each chunk, from 1 */
	uint32_t *first;	/* of each object; 0 not in here */
	uint32_t free, fresh, chunks;
	uint32_t hand[2];
	uint64_t small, small_room;
	struct ghosts ghosts;
};

void slab_make(struct cache *c)
{
	struct slab *s = c->own = sim_zeros(1, sizeof(*s));

	s->chunks = (uint32_t)c->room;
	s->kind = sim_zeros(c->room + 1, 1);
	s->link = sim_zeros(c->room + 1, sizeof(*s->link));
	s->owner = sim_zeros(c->room + 1, sizeof(*s->owner));
	s->first = sim_zeros(c->t->objects, sizeof(*s->first));
	s->small_room = c->room * c->k->small / 100;
	ghosts_make(&s->ghosts, c->room * c->k->ghost / 100, c->k->ways);
}

void slab_unmake(struct cache *c)
{
	struct slab *s = c->own;

	free(s->kind);
	free(s->link);
	free(s->owner);
	free(s->first);
	ghosts_free(&s->ghosts);
	free(s);
}

static void slab_evict(struct cache *c, uint32_t i)
{
	struct slab *s = c->own;
	uint32_t id = s->owner[i], next;

	if (!(s->kind[i] & SLAB_MAIN))
		s->small -= c->t->chunks[id];
	s->first[id] = 0;
	for (; i; i = next) {
		next = s->link[i];
		s->kind[i] = 0;
		s->link[i] = s->free;
		s->free = i;
	}
	sim_evicted(c, id);
}

static int slab_hit(struct cache *c, uint32_t id)
{
	struct slab *s = c->own;
	uint32_t i = s->first[id];

	if (i && s->kind[i] / SLAB_HITS < c->k->top)
		s->kind[i] = (uint8_t)(s->kind[i] + SLAB_HITS);
	return i != 0;
}

/* The next entry of that kind, or 0 after one round. */
static uint32_t slab_next(struct cache *c, int kind)
{
	struct slab *s = c->own;
	uint32_t *hand = &s->hand[kind & SLAB_MAIN ? 1 : 0], n;

	for (n = 0; n < s->fresh; n++) {
		c->steps++;
		*hand = *hand >= s->fresh ? 1 : *hand + 1;
		if ((s->kind[*hand] & (SLAB_HEAD | SLAB_MAIN)) == kind)
			return *hand;
	}
	return 0;
}

/* Looks at one of the proven, or, in a CLOCK, at one of all. */
static int slab_second(struct cache *c, int kind)
{
	struct slab *s = c->own;
	uint32_t i = slab_next(c, kind);

	if (i && s->kind[i] >= SLAB_HITS)
		s->kind[i] = (uint8_t)(s->kind[i] - SLAB_HITS);
	else if (i)
		slab_evict(c, i);
	return i != 0;
}

/* Looks at one newcomer: on to main, or out. */
static int slab_newcomer(struct cache *c)
{
	struct slab *s = c->own;
	uint32_t i = slab_next(c, SLAB_HEAD);

	if (i && s->kind[i] / SLAB_HITS >= c->k->enough) {
		s->kind[i] = SLAB_HEAD | SLAB_MAIN;
		s->small -= c->t->chunks[s->owner[i]];
	} else if (i) {
		ghosts_add(&s->ghosts, s->owner[i]);
		slab_evict(c, i);
	}
	return i != 0;
}

static void slab_look(struct cache *c)
{
	struct slab *s = c->own;

	if (!c->k->small)
		slab_second(c, SLAB_HEAD);
	else if (s->small >= s->small_room)
		slab_newcomer(c);
	else if (!slab_second(c, SLAB_HEAD | SLAB_MAIN))
		slab_newcomer(c);
}

static uint32_t slab_take(struct cache *c)
{
	struct slab *s = c->own;
	uint32_t i;

	if (!s->free && s->fresh < s->chunks)
		return ++s->fresh;
	while (!s->free)
		slab_look(c);
	i = s->free;
	s->free = s->link[i];
	return i;
}

static void slab_add(struct cache *c, uint32_t id, int kind)
{
	struct slab *s = c->own;
	uint32_t first = slab_take(c), last = first, n;

	for (n = 1; n < c->t->chunks[id]; n++) {
		s->link[last] = slab_take(c);
		last = s->link[last];
	}
	s->link[last] = 0;
	s->kind[first] = (uint8_t)kind;
	s->owner[first] = id;
	s->first[id] = first;
	if (!(kind & SLAB_MAIN))
		s->small += c->t->chunks[id];
	c->used += c->t->chunks[id];
}

int slab_access(struct cache *c, uint32_t id, size_t now)
{
	struct slab *s = c->own;
	int known;

	(void)now;
	if (slab_hit(c, id))
		return 1;
	known = c->k->small && ghosts_take(&s->ghosts, id);
	slab_add(c, id, SLAB_HEAD | (known ? SLAB_MAIN : 0));
	return 0;
}
