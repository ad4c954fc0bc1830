#include "cmd/curve_own.h"

#include <stdio.h>
#include <stdlib.h>

void *curve_grow(void *p, size_t *room, size_t n, size_t size)
{
	size_t to = *room ? *room : 1024;

	if (n <= *room)
		return p;
	while (to < n)
		to *= 2;
	p = reallocarray(p, to, size);
	if (!p) {
		fputs("larder: no memory\n", stderr);
		abort();
	}
	memset((char *)p + *room * size, 0, (to - *room) * size);
	*room = to;
	return p;
}

uint64_t curve_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

void curve_set_init(struct curve_set *s, uint32_t most)
{
	*s = (struct curve_set){ .most = most };
	s->slot = curve_grow(NULL, &s->slots, 1024, sizeof(*s->slot));
}

void curve_set_fini(struct curve_set *s)
{
	free(s->slot);
	free(s->key);
	free(s->value);
	free(s->spare);
}

/* The first digits choose who is followed, the last ones the slot. */
bool curve_set_follows(const struct curve_set *s, uint64_t mixed)
{
	return s->thin == 0 || mixed >> (64 - s->thin) == 0;
}

static size_t slot_of(const struct curve_set *s, uint64_t mixed)
{
	size_t at = mixed & (s->slots - 1);

	while (s->slot[at] && s->key[s->slot[at] - 1] != mixed)
		at = (at + 1) & (s->slots - 1);
	return at;
}

/* Every number below top that is not spare, into a table of that size. */
static void fill(struct curve_set *s, const bool *gone)
{
	memset(s->slot, 0, s->slots * sizeof(*s->slot));
	for (uint32_t id = 0; id < s->top; id++)
		if (!gone[id])
			s->slot[slot_of(s, s->key[id])] = id + 1;
}

static bool *spares(const struct curve_set *s)
{
	size_t room = 0;
	bool *gone = curve_grow(NULL, &room, s->top + 1, sizeof(*gone));

	for (size_t i = 0; i < s->n_spare; i++)
		gone[s->spare[i]] = true;
	return gone;
}

static void widen(struct curve_set *s)
{
	bool *gone = spares(s);

	s->slot = curve_grow(s->slot, &s->slots, s->slots * 2,
			     sizeof(*s->slot));
	fill(s, gone);
	free(gone);
}

static uint32_t number(struct curve_set *s)
{
	s->n++;
	if (s->n_spare)
		return s->spare[--s->n_spare];
	s->key = curve_grow(s->key, &s->rooms[0], s->top + 1u,
			    sizeof(*s->key));
	s->value = curve_grow(s->value, &s->rooms[1], s->top + 1u,
			      sizeof(*s->value));
	return s->top++;
}

uint32_t curve_set_at(struct curve_set *s, uint64_t mixed, bool *new_r)
{
	size_t at = slot_of(s, mixed);
	uint32_t id;

	*new_r = !s->slot[at];
	if (s->slot[at])
		return s->slot[at] - 1;
	if (s->n > s->most && s->thin == CURVE_THINNEST) {
		*new_r = false;
		return CURVE_NOBODY;
	}
	id = number(s);
	s->key[id] = mixed;
	s->value[id] = 0;
	s->slot[at] = id + 1;
	if (s->n * 2u > s->slots)
		widen(s);
	return id;
}

bool curve_set_full(const struct curve_set *s)
{
	return s->n > s->most && s->thin < CURVE_THINNEST;
}

void curve_set_thin(struct curve_set *s, void (*drop)(void *ctx, uint32_t id),
		    void *ctx)
{
	bool *gone = spares(s);

	s->thin++;
	for (uint32_t id = 0; id < s->top; id++) {
		if (gone[id] || curve_set_follows(s, s->key[id]))
			continue;
		gone[id] = true;
		s->spare = curve_grow(s->spare, &s->rooms[2], s->n_spare + 1,
				      sizeof(*s->spare));
		s->spare[s->n_spare++] = id;
		s->n--;
		if (drop)
			drop(ctx, id);
	}
	fill(s, gone);
	free(gone);
}
