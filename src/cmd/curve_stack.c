/*
 * LRU of every size at once (Mattson et al., 1970): an answer is in a cache
 * exactly if it and all that was asked for since fit in there. A tree over
 * the order of last use says how much that is (Bennett and Kruskal, 1975).
 */
#include "cmd/curve_own.h"

#include <assert.h>
#include <stdlib.h>

/* Not touched before use: who keeps many may have few. */
void curve_stack_init(struct curve_stack *s, uint32_t most)
{
	*s = (struct curve_stack){ .places = 2 * most + 64 };
	s->sum = calloc(s->places + 1u, sizeof(*s->sum));
	s->owner = calloc(s->places + 1u, sizeof(*s->owner));
	if (!s->sum || !s->owner)
		abort();
}

void curve_stack_fini(struct curve_stack *s)
{
	free(s->sum);
	free(s->owner);
	free(s->place);
	free(s->chunks);
}

static void add(struct curve_stack *s, uint32_t at, uint64_t n)
{
	for (; at <= s->places; at += at & -at)
		s->sum[at] += n; /* n may be a negative one, modulo 2^64 */
}

static uint64_t upto(const struct curve_stack *s, uint32_t at)
{
	uint64_t n = 0;

	for (; at; at -= at & -at)
		n += s->sum[at];
	return n;
}

void curve_stack_drop(struct curve_stack *s, uint32_t id)
{
	uint32_t at = s->place[id];

	if (!at)
		return;
	add(s, at, -(uint64_t)s->chunks[id]);
	s->owner[at] = CURVE_NOBODY;
	s->place[id] = 0;
}

static void sit(struct curve_stack *s, uint32_t at, uint32_t id)
{
	assert(at <= s->places);
	s->owner[at] = id;
	s->place[id] = at;
	add(s, at, s->chunks[id]);
}

/* All places are given out, half of them and more to nobody now: no more ids
 * are in use than `most` and one. */
static void close_ranks(struct curve_stack *s)
{
	uint32_t to = 0, id;

	memset(s->sum, 0, (s->places + 1u) * sizeof(*s->sum));
	for (uint32_t at = 1; at <= s->used; at++) {
		id = s->owner[at];
		if (id != CURVE_NOBODY)
			sit(s, ++to, id);
	}
	s->used = to;
}

uint64_t curve_stack_touch(struct curve_stack *s, uint32_t id,
			   uint32_t chunks)
{
	uint64_t far = CURVE_NEW;

	s->place = curve_grow(s->place, &s->place_room, id + 1u,
			      sizeof(*s->place));
	s->chunks = curve_grow(s->chunks, &s->chunks_room, id + 1u,
			       sizeof(*s->chunks));
	if (s->place[id]) {
		far = upto(s, s->used) - upto(s, s->place[id]) + chunks;
		curve_stack_drop(s, id);
	}
	s->chunks[id] = chunks;
	if (s->used == s->places)
		close_ranks(s);
	sit(s, ++s->used, id);
	return far;
}
