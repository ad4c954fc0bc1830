/*
 * Policies that put a number on every object and evict the least.
 *
 * GDSF and LFU-DA (Cherkasova, "Improving WWW Proxies Performance with
 * Greedy-Dual-Size-Frequency Caching Policy", HPL-98-69; Dilley and Arlitt,
 * 1999): hits by size, or hits, above the number of whoever was evicted last.
 *
 * MIN (Belady, "A study of replacement algorithms", 1966) sees the future:
 * the one asked for last goes, be it the newcomer. With objects of one size
 * nothing can do better; with several sizes it is only a yardstick.
 */
#include <stdlib.h>

#include "sim.h"

struct heap {
	uint32_t *row, n;
	uint32_t *at;	/* place in row, from 1; 0 is not in here */
	double *worth;
	uint32_t *hits;
	double floor; /* L */
};

void heap_make(struct cache *c)
{
	struct heap *h = c->own = sim_zeros(1, sizeof(*h));

	h->row = sim_zeros((size_t)c->t->objects + 2, sizeof(*h->row));
	h->at = sim_zeros(c->t->objects, sizeof(*h->at));
	h->worth = sim_zeros(c->t->objects, sizeof(*h->worth));
	h->hits = sim_zeros(c->t->objects, sizeof(*h->hits));
}

void heap_unmake(struct cache *c)
{
	struct heap *h = c->own;

	free(h->row);
	free(h->at);
	free(h->worth);
	free(h->hits);
	free(h);
}

static void heap_set(struct heap *h, uint32_t place, uint32_t id)
{
	h->row[place] = id;
	h->at[id] = place;
}

/* Moves id to where it belongs, from where it is. */
static void heap_settle(struct heap *h, uint32_t id)
{
	uint32_t i = h->at[id], kid;
	double w = h->worth[id];

	for (; i > 1 && h->worth[h->row[i / 2]] > w; i /= 2)
		heap_set(h, i, h->row[i / 2]);
	for (; (kid = 2 * i) <= h->n; i = kid) {
		if (kid < h->n &&
		    h->worth[h->row[kid + 1]] < h->worth[h->row[kid]])
			kid++;
		if (h->worth[h->row[kid]] >= w)
			break;
		heap_set(h, i, h->row[kid]);
	}
	heap_set(h, i, id);
}

static void heap_evict(struct cache *c)
{
	struct heap *h = c->own;
	uint32_t id = h->row[1], last = h->row[h->n--];

	h->floor = h->worth[id];
	h->at[id] = 0;
	if (last != id) {
		heap_set(h, 1, last);
		heap_settle(h, last);
	}
	c->steps++;
	sim_evicted(c, id);
}

static void heap_add(struct cache *c, uint32_t id)
{
	struct heap *h = c->own;

	heap_set(h, ++h->n, id);
	heap_settle(h, id);
	c->used += c->t->chunks[id];
}

static int heap_access(struct cache *c, uint32_t id, double size)
{
	struct heap *h = c->own;
	int hit = h->at[id] != 0;

	if (!hit)
		while (c->used + c->t->chunks[id] > c->room)
			heap_evict(c);
	h->hits[id] = hit ? h->hits[id] + 1 : 1;
	h->worth[id] = h->floor + h->hits[id] / size;
	if (hit)
		heap_settle(h, id);
	else
		heap_add(c, id);
	return hit;
}

int gdsf_access(struct cache *c, uint32_t id, size_t now)
{
	(void)now;
	return heap_access(c, id, c->t->chunks[id]);
}

int lfuda_access(struct cache *c, uint32_t id, size_t now)
{
	(void)now;
	return heap_access(c, id, 1);
}

int min_access(struct cache *c, uint32_t id, size_t now)
{
	struct heap *h = c->own;
	int hit = h->at[id] != 0;

	h->worth[id] = -(double)c->t->next[now];
	if (hit)
		heap_settle(h, id);
	else if (c->t->next[now] != NEVER)
		heap_add(c, id);
	while (c->used > c->room)
		heap_evict(c);
	return hit;
}
