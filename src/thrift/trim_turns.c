#include "thrift/trim_turns.h"

#include <stdlib.h>

/*
 * Does turn i continue the unit that `last` belongs to? Results belong to
 * what they answer, calls in a row are one (parallel) call. The items of a
 * /responses output (reasoning, text, calls) refer to one another, so there
 * a run of assistant items is one unit, and any of them may be what the
 * results behind it answer (an item_reference does not say).
 */
static bool continues(const struct chat *c, size_t last, size_t i)
{
	const struct turn *a = &c->turn[last], *b = &c->turn[i];
	bool run = c->shape == SHAPE_RESPONSES && !a->results &&
		   a->role == ROLE_ASSISTANT;

	if (b->results)
		return a->calls || a->results || run;
	if (run && b->role == ROLE_ASSISTANT)
		return true;
	return a->calls && b->calls && !a->results;
}

static void find_units(struct trim_at *at, const struct chat *c)
{
	size_t n = c->nturn, last;

	for (size_t i = 0; i < n; i++) {
		at[i].unit = (uint32_t)i;
		last = at[i].prev;
		if (!trim_is_system(c, i) && last < n && continues(c, last, i))
			at[i].unit = at[last].unit;
	}
}

/*
 * With /responses a result may stand anywhere behind its call: all between
 * them is one unit then.
 */
struct half {
	struct str id;
	uint32_t i;
};

static int compare_halves(const void *a, const void *b)
{
	const struct half *x = a, *y = b;
	size_t n = x->id.n < y->id.n ? x->id.n : y->id.n;
	int d = n ? memcmp(x->id.p, y->id.p, n) : 0;

	if (d || x->id.n != y->id.n)
		return d ? d : x->id.n < y->id.n ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

static struct str id_of(const struct chat *c, struct arena *a, size_t i)
{
	static const char *const names[2][2] = {
		{ "call_id", "id" }, { "call_id", "approval_request_id" },
	};
	const char *const *name = names[c->turn[i].results];
	uint32_t tok = c->turn[i].tok;
	struct str id = json_string(c->doc, json_get(c->doc, tok, name[0]), a);

	return id.n ? id :
		json_string(c->doc, json_get(c->doc, tok, name[1]), a);
}

/* Calls and results by id, those of one id in their order. */
static struct half *halves(struct arena *a, const struct chat *c, size_t *n)
{
	struct half *h = arena_new_n(a, struct half, c->nturn);

	*n = 0;
	for (size_t i = 0; i < c->nturn; i++) {
		if (!c->turn[i].calls && !c->turn[i].results)
			continue;
		h[*n] = (struct half){ id_of(c, a, i), (uint32_t)i };
		*n += h[*n].id.n > 0;
	}
	qsort(h, *n, sizeof(*h), compare_halves);
	return h;
}

/* far[i]: the last result that answers a call in the unit that begins at i. */
static void find_far(uint32_t *far, struct arena *a, const struct trim_at *at,
		     const struct chat *c)
{
	const struct half *call = NULL, *h;
	size_t n;

	h = halves(a, c, &n);
	for (; n; n--, h++) {
		if (!c->turn[h->i].results)
			call = h;
		else if (call && str_eq(call->id, h->id) &&
			 far[at[call->i].unit] < h->i)
			far[at[call->i].unit] = h->i;
	}
}

static void join_far(struct trim_at *at, struct arena *a,
		     const struct chat *c)
{
	uint32_t *far = arena_new_n(a, uint32_t, c->nturn);
	uint32_t begin = 0, end = 0;

	find_far(far, a, at, c);
	for (uint32_t i = 0; i < c->nturn; i++) {
		uint32_t unit = at[i].unit;

		if (trim_is_system(c, i))
			continue;
		if (i > end && unit == i)
			begin = i;
		at[i].unit = begin;
		if (end < far[unit])
			end = far[unit];
	}
}

static void find_before(struct trim_at *at, const struct chat *c,
			const size_t *tokens)
{
	uint32_t n = (uint32_t)c->nturn;

	at[0].prev = at[0].user = at[0].plain = n;
	for (uint32_t i = 0; i < n; i++) {
		bool system = trim_is_system(c, i);
		bool user = trim_is_user(c, i);

		at[i + 1].all = at[i].all + tokens[i];
		at[i + 1].system = at[i].system + (system ? tokens[i] : 0);
		at[i + 1].prev = system ? at[i].prev : i;
		at[i + 1].user = user ? i : at[i].user;
		at[i + 1].plain = user || trim_is_words(c, i) ? i :
								at[i].plain;
	}
}

static void find_behind(struct trim_at *at, const struct chat *c)
{
	uint32_t n = (uint32_t)c->nturn;

	at[n].next = at[n].unit = n;
	for (uint32_t i = n; i-- > 0;)
		at[i].next = trim_is_system(c, i) ? at[i + 1].next : i;
}

static void count_answers(struct trim_at *at, const struct chat *c)
{
	for (size_t i = 0; i < c->nturn; i++)
		at[i + 1].answers = at[i].answers +
			(at[i].unit == i && !c->turn[i].results &&
			 c->turn[i].role == ROLE_ASSISTANT);
}

struct trim_at *trim_turns(struct arena *a, const struct chat *c,
			   const size_t *tokens)
{
	struct trim_at *at = arena_new_n(a, struct trim_at, c->nturn + 1);

	find_before(at, c, tokens);
	find_behind(at, c);
	find_units(at, c);
	if (c->shape == SHAPE_RESPONSES)
		join_far(at, a, c);
	count_answers(at, c);
	return at;
}
