#include "thrift/trim.h"

/*
 *   S U A U A c r r A c r | A U A        c calls, r results
 *   ^ stays                 ^ window: the last keep_last turns stay
 *         ^ anchor: the last user turn before the window
 *
 * Units go oldest first. A unit is one turn, or a call with its results. As
 * long as the anchor is ahead, dropping goes on until a user turn comes
 * first, so the anchor is where it ends at the latest. If that is not
 * enough, the anchor stays and the units behind it go: in a long run of tool
 * calls the task itself is not forgotten, and a user turn still comes first.
 * A window that begins with a user turn needs no anchor.
 */
struct view {
	const struct chat *c;
	size_t *unit;  /* of each turn: where its unit begins */
	size_t window; /* where what stays whatever happens begins */
	size_t anchor; /* nturn: none */
	size_t strict; /* before it, dropping may end at a user turn only */
};

static bool is_system(const struct chat *c, size_t i)
{
	return c->turn[i].role == ROLE_SYSTEM;
}

static bool is_user(const struct chat *c, size_t i)
{
	return c->turn[i].role == ROLE_USER && !c->turn[i].results;
}

/* The first turn at or behind i that is no system turn, or nturn. */
static size_t skip_system(const struct chat *c, size_t i)
{
	while (i < c->nturn && is_system(c, i))
		i++;
	return i;
}

/*
 * Does turn i continue the unit that `last` belongs to? Results belong to
 * what they answer, calls in a row are one (parallel) call. The items of a
 * /responses output (reasoning, text, calls) refer to one another, so there
 * a run of assistant items is one unit.
 */
static bool continues(const struct chat *c, size_t last, size_t i)
{
	const struct turn *a = &c->turn[last], *b = &c->turn[i];

	if (b->results)
		return a->calls || a->results;
	if (c->shape == SHAPE_RESPONSES && !a->results &&
	    a->role == ROLE_ASSISTANT && b->role == ROLE_ASSISTANT)
		return true;
	return a->calls && b->calls && !a->results;
}

static void find_units(struct view *v, struct arena *a)
{
	const struct chat *c = v->c;
	size_t last = c->nturn;

	v->unit = arena_new_n(a, size_t, c->nturn);
	for (size_t i = 0; i < c->nturn; i++) {
		v->unit[i] = i;
		if (is_system(c, i))
			continue;
		if (last < c->nturn && continues(c, last, i))
			v->unit[i] = v->unit[last];
		last = i;
	}
}

/* At least one turn that is no system turn stays, and no unit is cut. */
static void find_window(struct view *v, int keep_last)
{
	const struct chat *c = v->c;
	size_t keep = keep_last > 1 ? (size_t)keep_last : 1, last = c->nturn;

	while (last && is_system(c, last - 1))
		last--;
	v->window = keep < c->nturn ? c->nturn - keep : 0;
	if (last && v->window > last - 1)
		v->window = last - 1;
	last = skip_system(c, v->window);
	if (last < c->nturn && v->unit[last] < v->window)
		v->window = v->unit[last];
}

/* Without any user turn before the window there is nothing to be strict
 * about. */
static void find_anchor(struct view *v)
{
	const struct chat *c = v->c;
	size_t first = skip_system(c, v->window);

	v->anchor = c->nturn;
	v->strict = v->window;
	if (first < c->nturn && is_user(c, first))
		return;
	while (v->strict && !is_user(c, v->strict - 1))
		v->strict--;
	if (v->strict)
		v->anchor = --v->strict;
}

static size_t sum_bytes(const struct chat *c)
{
	size_t sum = c->system_bytes;

	for (size_t i = 0; i < c->nturn; i++)
		sum += c->turn[i].bytes;
	return sum;
}

/* May turn i be the first that remains? */
static bool may_begin(const struct view *v, size_t i)
{
	return v->unit[i] == i && (i >= v->strict || is_user(v->c, i));
}

static void drop(struct trim *t, const struct view *v, size_t max_tokens)
{
	const struct chat *c = v->c;
	size_t all = sum_bytes(c), left = all;

	for (size_t i = skip_system(c, 0); i < v->window;
	     i = skip_system(c, i + 1)) {
		if (trim_tokens(left) <= max_tokens && may_begin(v, i))
			break;
		if (i == v->anchor)
			continue;
		t->gone[t->n++] = c->turn[i].tok;
		left -= c->turn[i].bytes;
	}
	t->tokens = trim_tokens(all) - trim_tokens(left);
}

void trim_plan(struct trim *t, struct arena *a, const struct trim_conf *conf,
	       const struct chat *c)
{
	struct view v = { .c = c };

	*t = (struct trim){ 0 };
	if (conf->method == TRIM_OFF || conf->max_tokens <= 0 || !c->nturn ||
	    trim_tokens(sum_bytes(c)) <= (size_t)conf->max_tokens)
		return;
	find_units(&v, a);
	find_window(&v, conf->keep_last);
	find_anchor(&v);
	t->gone = arena_new_n(a, uint32_t, c->nturn);
	drop(t, &v, (size_t)conf->max_tokens);
}
