/* Stepped trimming is larder's own (thrift/trim.c), asked with the pieces as
 * turns. Blocks of a trace, whose roles nobody knows, are a user's. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "bill.h"
#include "thrift/trim.h"

#define KEEP_LAST 4

static enum role role_of(const struct load *l, const struct piece *p,
			 bool first)
{
	if (p->part == PART_SYSTEM || (l->blocks && first))
		return ROLE_SYSTEM;
	return p->part == PART_ASSISTANT ? ROLE_ASSISTANT :
	       p->part == PART_TOOL ? ROLE_TOOL : ROLE_USER;
}

static void view(struct chat *c, struct arena *a, const struct load *l,
		 const struct call *call)
{
	const struct piece *p = &l->piece[call->first];
	struct turn *t;
	size_t i;

	*c = (struct chat){ .shape = SHAPE_MESSAGES, .nturn = call->n };
	c->turn = arena_new_n(a, struct turn, call->n);
	for (i = 0; i < call->n; i++) {
		t = &c->turn[i];
		t->tok = (uint32_t)i;
		t->role = role_of(l, &p[i], !i);
		t->results = p[i].part == PART_TOOL;
		t->calls = i + 1 < call->n && p[i + 1].part == PART_TOOL;
	}
}

void step_gone(const struct load *l, const struct call *call,
	       const struct cut *cut, bool *gone)
{
	const struct trim_conf conf = {
		.max_tokens = (int)cut->high,
		.keep_tokens = (int)cut->low,
		.keep_last = l->blocks ? 1 : KEEP_LAST,
		.method = TRIM_DROP,
	};
	struct arena *a = arena_new();
	size_t *tokens = arena_new_n(a, size_t, call->n), i;
	struct trim_ask ask = { .conf = &conf, .turn = tokens,
				.read = 1000, .write = 1000 };
	struct trim t;
	struct chat c;

	view(&c, a, l, call);
	for (i = 0; i < call->n; i++)
		tokens[i] = l->piece[call->first + i].tokens;
	ask.chat = &c;
	trim_plan(&t, a, &ask);
	for (i = 0; i < t.n; i++)
		gone[t.gone[i]] = true;
	arena_free(&a);
}
