#include "thrift/route.h"

#include <stdio.h>
#include <stdlib.h>

#include "thrift/route_rule.h"

/* Messages of fewer characters are for the small model. */
#define SHORT_CHARS 100

struct route {
	struct arena *a;
	struct route_ready *ready;
	size_t n;
};

/* -- making ---------------------------------------------------------------- */

struct route *route_new(const struct route_rule *rules, size_t n,
			char *err_r, size_t err_n)
{
	struct route *r = calloc(1, sizeof(*r));

	if (!r) {
		snprintf(err_r, err_n, "no memory");
		return NULL;
	}
	r->a = arena_new();
	r->ready = arena_new_n(r->a, struct route_ready, n + 1);
	for (r->n = 0; r->n < n; r->n++) {
		r->ready[r->n].rule = &rules[r->n];
		if (route_ready(&r->ready[r->n], r->a, err_r, err_n) < 0) {
			r->n++;
			route_free(&r);
			return NULL;
		}
	}
	return r;
}

void route_free(struct route **r)
{
	if (!*r)
		return;
	for (size_t i = 0; i < (*r)->n; i++)
		route_pattern_free((*r)->ready[i].pattern);
	arena_free(&(*r)->a);
	free(*r);
	*r = NULL;
}

/* -- choosing -------------------------------------------------------------- */

/* Is there an answer to be judged, or to be worth a question about it? */
static bool is_answered(const struct route_ask *ask)
{
	return ask->chat->shape != SHAPE_EMBEDDING &&
	       ask->chat->shape != SHAPE_COUNT;
}

static void choose_use(struct route_choice *c, const struct route_ready *q,
		       const struct route_ask *ask)
{
	c->way = q->better && is_answered(ask) ? ROUTE_CASCADE : ROUTE_MODEL;
	c->model = q->model;
	c->better = c->way == ROUTE_CASCADE ? q->better : NULL;
	c->best = q->better;
}

static void choose_one(struct route_choice *c, const char *model,
		       const char *why)
{
	c->way = ROUTE_MODEL;
	c->model = model;
	c->why = why;
}

/* Small or large. Where no user says anything there is nothing to go by. */
static void choose_size(struct route_choice *c, const struct route_rule *r,
			struct route_look *l)
{
	const char *otherwise = r->otherwise ? r->otherwise : r->large;

	c->best = r->large;
	if (!l->any) {
		choose_one(c, otherwise, "");
	} else if (route_look_chars(l) < SHORT_CHARS) {
		choose_one(c, r->small, "short");
	} else if (route_look_has(l, TRAIT_CODE)) {
		choose_one(c, r->large, "code");
	} else if (route_look_has(l, TRAIT_MATH)) {
		choose_one(c, r->large, "math");
	} else if (!r->classifier || !is_answered(l->ask)) {
		choose_one(c, otherwise, "");
	} else {
		c->way = ROUTE_CLASSIFY;
		c->model = r->small;
		c->better = r->large;
		c->otherwise = otherwise;
	}
}

void route_choose(const struct route *r, const struct route_ask *ask,
		  struct route_choice *choice_r)
{
	const struct route_ready *q;
	struct route_look l;

	*choice_r = (struct route_choice){ .why = "" };
	if (!r->n)
		return;
	route_look(&l, ask);
	for (q = r->ready; q < r->ready + r->n; q++)
		if (route_holds(q, &l, NULL))
			break;
	choice_r->timed = l.timed;
	if (q == r->ready + r->n)
		return;
	choice_r->rule = q->rule;
	if (q->model)
		choose_use(choice_r, q, ask);
	else
		choose_size(choice_r, q->rule, &l);
}

const struct route_weak *route_weak(const struct route *r,
				    const struct route_rule *rule)
{
	return &r->ready[rule - r->ready->rule].weak;
}

/* The rules before it take from the same purse. */
const char *route_unmet(const struct route *r, size_t i, struct arena *a,
			const struct route_ask *ask)
{
	struct route_look l;
	struct buf why;

	route_look(&l, ask);
	for (size_t k = 0; k < i; k++)
		route_holds(&r->ready[k], &l, NULL);
	buf_init(&why, a);
	return route_holds(&r->ready[i], &l, &why) ? NULL : why.p;
}
