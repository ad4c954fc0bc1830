/* GreedyDual-Size-Frequency: who is worth least for its room goes; who stays
 * is measured against whoever went last (Cherkasova, HPL-98-69). */
#include "cmd/curve_own.h"

/* older is the place in the row, newer the number of hits. */
static void set(struct curve_cache *c, uint32_t place, uint32_t id)
{
	c->row[place] = id;
	c->seat[id].older = place;
}

static double rank_at(const struct curve_cache *c, uint32_t place)
{
	return c->seat[c->row[place]].rank;
}

/* Moves id to where it belongs, from where it is. */
static void settle(struct curve_cache *c, uint32_t id)
{
	uint32_t i = c->seat[id].older, kid;
	double rank = c->seat[id].rank;

	for (; i > 1 && rank_at(c, i / 2) > rank; i /= 2)
		set(c, i, c->row[i / 2]);
	for (; (kid = 2 * i) <= c->row_n; i = kid) {
		if (kid < c->row_n && rank_at(c, kid + 1) < rank_at(c, kid))
			kid++;
		if (rank_at(c, kid) >= rank)
			break;
		set(c, i, c->row[kid]);
	}
	set(c, i, id);
}

static void rank(struct curve_cache *c, uint32_t id, picousd worth)
{
	struct curve_seat *s = &c->seat[id];

	s->rank = c->floor + (double)s->newer * (double)worth / s->chunks;
}

void curve_heap_put(struct curve_cache *c, uint32_t id, picousd worth)
{
	struct curve_seat *s = &c->seat[id];

	c->row = curve_grow(c->row, &c->row_room, c->row_n + 2u,
			    sizeof(*c->row));
	s->in = 1;
	s->newer = 1;
	rank(c, id, worth);
	c->used += s->chunks;
	set(c, ++c->row_n, id);
	settle(c, id);
}

void curve_heap_hit(struct curve_cache *c, uint32_t id, picousd worth)
{
	c->seat[id].newer++;
	rank(c, id, worth);
	settle(c, id);
}

void curve_heap_cut(struct curve_cache *c, uint32_t id)
{
	uint32_t last = c->row[c->row_n--], place = c->seat[id].older;

	c->seat[id].in = 0;
	c->used -= c->seat[id].chunks;
	if (last == id)
		return;
	set(c, place, last);
	settle(c, last);
}

uint32_t curve_heap_pick(struct curve_cache *c)
{
	c->floor = rank_at(c, 1);
	return c->row[1];
}
