/* What the policies are made of: rows of objects over arrays, ghosts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

void *sim_zeros(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (p)
		return p;
	fprintf(stderr, "sim: no memory\n");
	exit(1);
}

/* The finaliser of splitmix64. */
uint64_t sim_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

void list_make(struct list *l)
{
	l->head = l->tail = NOBODY;
	l->count = 0;
	l->chunks = 0;
}

void links_make(struct links *k, const struct trace *t)
{
	k->newer = sim_zeros(t->objects, sizeof(*k->newer));
	k->older = sim_zeros(t->objects, sizeof(*k->older));
	k->in = sim_zeros(t->objects, 1);
	k->hits = sim_zeros(t->objects, 1);
}

void links_free(struct links *k)
{
	free(k->newer);
	free(k->older);
	free(k->in);
	free(k->hits);
}

void list_push(struct list *l, struct links *k, const struct trace *t,
	       uint32_t id, int name)
{
	k->newer[id] = NOBODY;
	k->older[id] = l->head;
	if (l->head == NOBODY)
		l->tail = id;
	else
		k->newer[l->head] = id;
	l->head = id;
	k->in[id] = (uint8_t)name;
	l->count++;
	l->chunks += t->chunks[id];
}

void list_cut(struct list *l, struct links *k, const struct trace *t,
	      uint32_t id)
{
	uint32_t newer = k->newer[id], older = k->older[id];

	if (newer == NOBODY)
		l->head = older;
	else
		k->older[newer] = older;
	if (older == NOBODY)
		l->tail = newer;
	else
		k->newer[older] = newer;
	k->in[id] = 0;
	l->count--;
	l->chunks -= t->chunks[id];
}

void sim_evicted(struct cache *c, uint32_t id)
{
	c->used -= c->t->chunks[id];
	c->evictions++;
	if (c->steps - c->before > c->most)
		c->most = c->steps - c->before;
	c->before = c->steps;
}

void ghosts_make(struct ghosts *g, uint64_t n, uint32_t ways)
{
	g->ways = ways ? ways : 1;
	g->sets = (uint32_t)(n / g->ways) + 1;
	g->mark = sim_zeros((size_t)g->sets * g->ways, sizeof(*g->mark));
}

void ghosts_free(struct ghosts *g)
{
	free(g->mark);
}

static uint32_t *ghosts_set(struct ghosts *g, uint32_t id, uint32_t *mark_r)
{
	uint64_t h = sim_mix(id + 1);

	*mark_r = (uint32_t)h | 1;
	return g->mark + (size_t)((h >> 32) % g->sets) * g->ways;
}

void ghosts_add(struct ghosts *g, uint32_t id)
{
	uint32_t mark, *set = ghosts_set(g, id, &mark);

	memmove(set + 1, set, (g->ways - 1) * sizeof(*set));
	set[0] = mark;
}

int ghosts_take(struct ghosts *g, uint32_t id)
{
	uint32_t mark, *set = ghosts_set(g, id, &mark), i;

	for (i = 0; i < g->ways; i++)
		if (set[i] == mark) {
			set[i] = 0;
			return 1;
		}
	return 0;
}
