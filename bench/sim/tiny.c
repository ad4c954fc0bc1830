/*
 * W-TinyLFU (Einziger, Friedman, Manes, "TinyLFU: A Highly Efficient Cache
 * Admission Policy", ACM ToS 2017): newcomers pass a window of 1 % by LRU;
 * who falls out of it enters the main part, a segmented LRU, only when a
 * sketch of all requests says it is asked for more often than the entries it
 * would push out ("Lightweight Robust Size Aware Cache Management", 2021).
 */
#include <stdlib.h>

#include "sim.h"

enum { TINY_WINDOW = 1, TINY_TRIAL, TINY_SAFE };

#define TINY_ROWS 4
#define TINY_TOP 15

struct tiny {
	struct links k;
	struct list window, trial, safe;
	uint64_t window_room, safe_room;
	uint8_t *sketch; /* TINY_ROWS of width */
	uint64_t width, adds;
};

void tiny_make(struct cache *c)
{
	struct tiny *s = c->own = sim_zeros(1, sizeof(*s));

	links_make(&s->k, c->t);
	list_make(&s->window);
	list_make(&s->trial);
	list_make(&s->safe);
	s->window_room = c->room * c->k->small / 100;
	s->safe_room = (c->room - s->window_room) * 80 / 100;
	for (s->width = 64; s->width < c->room; s->width *= 2)
		;
	s->sketch = sim_zeros(TINY_ROWS * s->width, 1);
}

void tiny_unmake(struct cache *c)
{
	struct tiny *s = c->own;

	links_free(&s->k);
	free(s->sketch);
	free(s);
}

static uint8_t *tiny_cell(struct tiny *s, uint32_t id, uint64_t row)
{
	uint64_t h = sim_mix(id + (row << 32));

	return &s->sketch[row * s->width + (h & (s->width - 1))];
}

static unsigned tiny_count(struct tiny *s, uint32_t id)
{
	unsigned least = TINY_TOP;
	uint64_t row;

	for (row = 0; row < TINY_ROWS; row++)
		if (*tiny_cell(s, id, row) < least)
			least = *tiny_cell(s, id, row);
	return least;
}

static void tiny_note(struct tiny *s, uint32_t id)
{
	uint64_t row, i;

	for (row = 0; row < TINY_ROWS; row++)
		if (*tiny_cell(s, id, row) < TINY_TOP)
			++*tiny_cell(s, id, row);
	if (++s->adds < 10 * s->width)
		return;
	for (i = 0; i < TINY_ROWS * s->width; i++)
		s->sketch[i] /= 2;
	s->adds /= 2;
}

static int tiny_hit(struct cache *c, uint32_t id)
{
	struct tiny *s = c->own;
	uint32_t old;

	if (s->k.in[id] == TINY_WINDOW) {
		list_cut(&s->window, &s->k, c->t, id);
		list_push(&s->window, &s->k, c->t, id, TINY_WINDOW);
		return 1;
	}
	list_cut(s->k.in[id] == TINY_SAFE ? &s->safe : &s->trial, &s->k, c->t,
		 id);
	list_push(&s->safe, &s->k, c->t, id, TINY_SAFE);
	while (s->safe.chunks > s->safe_room && s->safe.tail != id) {
		old = s->safe.tail;
		list_cut(&s->safe, &s->k, c->t, old);
		list_push(&s->trial, &s->k, c->t, old, TINY_TRIAL);
	}
	return 1;
}

static void tiny_out(struct cache *c, uint32_t id)
{
	struct tiny *s = c->own;

	list_cut(s->k.in[id] == TINY_WINDOW  ? &s->window
		 : s->k.in[id] == TINY_TRIAL ? &s->trial
					     : &s->safe,
		 &s->k, c->t, id);
	sim_evicted(c, id);
}

/* The oldest of the window meets those it would push out of main. */
static void tiny_duel(struct cache *c, uint64_t over)
{
	struct tiny *s = c->own;
	uint32_t id = s->window.tail, loser = s->trial.tail;
	uint64_t gain = 0, sum = 0;

	if (loser == NOBODY)
		loser = s->safe.tail;
	for (; loser != NOBODY && gain < over; loser = s->k.newer[loser]) {
		sum += tiny_count(s, loser);
		gain += c->t->chunks[loser];
		c->steps++;
	}
	if (gain < over || tiny_count(s, id) <= sum) {
		tiny_out(c, id);
		return;
	}
	for (gain = 0; gain < over;) {
		loser = s->trial.count ? s->trial.tail : s->safe.tail;
		gain += c->t->chunks[loser];
		tiny_out(c, loser);
	}
	list_cut(&s->window, &s->k, c->t, id);
	list_push(&s->trial, &s->k, c->t, id, TINY_TRIAL);
}

int tiny_access(struct cache *c, uint32_t id, size_t now)
{
	struct tiny *s = c->own;
	uint32_t old;

	(void)now;
	tiny_note(s, id);
	if (s->k.in[id])
		return tiny_hit(c, id);
	list_push(&s->window, &s->k, c->t, id, TINY_WINDOW);
	c->used += c->t->chunks[id];
	while (s->window.chunks > s->window_room && s->window.count) {
		if (c->used > c->room) {
			tiny_duel(c, c->used - c->room);
			continue;
		}
		old = s->window.tail;
		list_cut(&s->window, &s->k, c->t, old);
		list_push(&s->trial, &s->k, c->t, old, TINY_TRIAL);
	}
	for (; c->used > c->room; c->steps++)
		tiny_out(c, s->trial.count ? s->trial.tail : s->safe.tail);
	return 0;
}
