/*
 * S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction",
 * SOSP 2023): a small FIFO for newcomers, a main FIFO with second chances for
 * those hit often enough in there, and a ghost row of names only, of those
 * that left small unproven; who is asked for again while a ghost goes to main
 * at once.
 *
 * The paper counts objects. Here small and main are measured in chunks, the
 * ghosts in entries.
 */
#include <stdlib.h>

#include "sim.h"

enum { S3_SMALL = 1, S3_MAIN, S3_GHOST };

struct s3 {
	struct links k;
	struct list small, main, ghost;
	struct ghosts sets;
	uint64_t small_room;
	unsigned chances;
};

void s3_make(struct cache *c)
{
	struct s3 *s = c->own = sim_zeros(1, sizeof(*s));

	links_make(&s->k, c->t);
	list_make(&s->small);
	list_make(&s->main);
	list_make(&s->ghost);
	ghosts_make(&s->sets, c->room * c->k->ghost / 100, c->k->ways);
	s->small_room = c->room * c->k->small / 100;
}

void s3_unmake(struct cache *c)
{
	struct s3 *s = c->own;

	links_free(&s->k);
	ghosts_free(&s->sets);
	free(s);
}

static void s3_haunt(struct cache *c, uint32_t id)
{
	struct s3 *s = c->own;
	uint64_t most = (uint64_t)(s->main.count + s->small.count) *
			c->k->ghost / 100;

	if (c->k->ways) {
		ghosts_add(&s->sets, id);
		return;
	}
	list_push(&s->ghost, &s->k, c->t, id, S3_GHOST);
	while (s->ghost.count > most)
		list_cut(&s->ghost, &s->k, c->t, s->ghost.tail);
}

static int s3_recall(struct cache *c, uint32_t id)
{
	struct s3 *s = c->own;

	if (c->k->ways)
		return ghosts_take(&s->sets, id);
	if (s->k.in[id] != S3_GHOST)
		return 0;
	list_cut(&s->ghost, &s->k, c->t, id);
	return 1;
}

static int s3_small_is_full(const struct cache *c)
{
	const struct s3 *s = c->own;
	uint64_t room = s->small_room;

	if (!s->small.count)
		return 0;
	if (c->k->larger == 3)
		room += c->t->chunks[s->small.tail];
	return s->small.chunks >= room || !s->main.count;
}

/* Looks at the oldest of one queue: on to main's newest end, or out. */
static void s3_look(struct cache *c)
{
	struct s3 *s = c->own;
	int newcomer = s3_small_is_full(c);
	struct list *from = newcomer ? &s->small : &s->main;
	uint32_t id = from->tail;

	c->steps++;
	list_cut(from, &s->k, c->t, id);
	if (s->k.hits[id] >= (newcomer ? c->k->enough : 1) &&
	    (!c->k->chances || s->chances < c->k->chances)) {
		if (newcomer && !c->k->keep)
			s->k.hits[id] = 0;
		else
			s->k.hits[id]--;
		s->chances++;
		list_push(&s->main, &s->k, c->t, id, S3_MAIN);
		return;
	}
	s->chances = 0;
	sim_evicted(c, id);
	if (newcomer)
		s3_haunt(c, id);
}

/* All that a crash leaves of the order: none. */
static void s3_shuffle(struct cache *c, struct list *l, int name, uint64_t seed)
{
	struct s3 *s = c->own;
	uint32_t n = l->count, *all = sim_zeros(n, sizeof(*all)), i, j, id;

	for (i = 0; l->count; i++) {
		all[i] = l->tail;
		list_cut(l, &s->k, c->t, l->tail);
	}
	for (i = n; i > 0; i--) {
		j = (uint32_t)(sim_mix(seed + i) % i);
		id = all[j];
		all[j] = all[i - 1];
		list_push(l, &s->k, c->t, id, name);
	}
	free(all);
}

int s3_access(struct cache *c, uint32_t id, size_t now)
{
	struct s3 *s = c->own;
	uint32_t need = c->t->chunks[id];
	int to = S3_SMALL;

	if (c->k->crash && now % c->k->crash == c->k->crash - 1) {
		s3_shuffle(c, &s->small, S3_SMALL, now);
		s3_shuffle(c, &s->main, S3_MAIN, now);
	}
	if (s->k.in[id] == S3_SMALL || s->k.in[id] == S3_MAIN) {
		if (s->k.hits[id] < c->k->top)
			s->k.hits[id]++;
		return 1;
	}
	if (s3_recall(c, id)) {
		to = S3_MAIN;
	} else if (need > s->small_room && c->k->larger == 2) {
		s3_haunt(c, id);
		return 0;
	} else if (need > s->small_room && c->k->larger == 1) {
		to = S3_MAIN;
	}
	while (c->used + need > c->room)
		s3_look(c);
	s->k.hits[id] = 0;
	list_push(to == S3_MAIN ? &s->main : &s->small, &s->k, c->t, id, to);
	c->used += need;
	return 0;
}
