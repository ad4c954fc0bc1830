/*
 * FIFO, LRU, CLOCK and SIEVE: one row of objects, newest at the head.
 *
 * CLOCK is second chance: the oldest is let off once for each hit counted
 * (at most knobs.top) and becomes the newest again. SIEVE (Zhang et al.,
 * "SIEVE is Simpler than LRU", NSDI 2024) leaves who is let off where it is
 * and moves its hand on towards the newest.
 */
#include <stdlib.h>

#include "sim.h"

struct queue {
	struct links k;
	struct list row;
	uint32_t hand;
};

void queue_make(struct cache *c)
{
	struct queue *q = c->own = sim_zeros(1, sizeof(*q));

	links_make(&q->k, c->t);
	list_make(&q->row);
	q->hand = NOBODY;
}

void queue_unmake(struct cache *c)
{
	struct queue *q = c->own;

	links_free(&q->k);
	free(q);
}

static void queue_evict(struct cache *c, uint32_t id)
{
	struct queue *q = c->own;

	list_cut(&q->row, &q->k, c->t, id);
	sim_evicted(c, id);
}

static void queue_add(struct cache *c, uint32_t id)
{
	struct queue *q = c->own;

	q->k.hits[id] = 0;
	list_push(&q->row, &q->k, c->t, id, 1);
	c->used += c->t->chunks[id];
}

static int queue_full(const struct cache *c, uint32_t id)
{
	return c->used + c->t->chunks[id] > c->room;
}

int fifo_access(struct cache *c, uint32_t id, size_t now)
{
	struct queue *q = c->own;

	(void)now;
	if (q->k.in[id])
		return 1;
	while (queue_full(c, id)) {
		c->steps++;
		queue_evict(c, q->row.tail);
	}
	queue_add(c, id);
	return 0;
}

int lru_access(struct cache *c, uint32_t id, size_t now)
{
	struct queue *q = c->own;

	if (!q->k.in[id])
		return fifo_access(c, id, now);
	list_cut(&q->row, &q->k, c->t, id);
	list_push(&q->row, &q->k, c->t, id, 1);
	return 1;
}

int clock_access(struct cache *c, uint32_t id, size_t now)
{
	struct queue *q = c->own;
	uint32_t old;

	(void)now;
	if (q->k.in[id]) {
		if (q->k.hits[id] < c->k->top)
			q->k.hits[id]++;
		return 1;
	}
	while (queue_full(c, id)) {
		c->steps++;
		old = q->row.tail;
		if (!q->k.hits[old]) {
			queue_evict(c, old);
			continue;
		}
		q->k.hits[old]--;
		list_cut(&q->row, &q->k, c->t, old);
		list_push(&q->row, &q->k, c->t, old, 1);
	}
	queue_add(c, id);
	return 0;
}

int sieve_access(struct cache *c, uint32_t id, size_t now)
{
	struct queue *q = c->own;
	uint32_t at;

	(void)now;
	if (q->k.in[id]) {
		q->k.hits[id] = 1;
		return 1;
	}
	while (queue_full(c, id)) {
		c->steps++;
		at = q->hand == NOBODY ? q->row.tail : q->hand;
		q->hand = q->k.newer[at];
		if (q->k.hits[at])
			q->k.hits[at] = 0;
		else
			queue_evict(c, at);
	}
	queue_add(c, id);
	return 0;
}
