/* What the requests of a file come to. */
#include "cmd/route.h"

#define MONEY_FULL INT64_MAX

static void count_model(struct route_total *t, struct str name)
{
	struct route_count *old = t->model;

	for (size_t i = 0; i < t->nmodels; i++)
		if (str_eq(old[i].name, name)) {
			old[i].n++;
			return;
		}
	if (t->nmodels == t->room) {
		t->room = t->room ? 2 * t->room : 16;
		t->model = arena_new_n(t->a, struct route_count, t->room);
		if (t->nmodels)
			memcpy(t->model, old, t->nmodels * sizeof(*old));
	}
	t->model[t->nmodels++] = (struct route_count){ arena_str(t->a, name),
						       1 };
}

static void add_money(picousd *sum, picousd v)
{
	if (__builtin_add_overflow(*sum, v, sum))
		*sum = MONEY_FULL;
}

/* The least is the first of two; the most is both in a cascade and the dearer
 * one where a classifier says which. */
static void add_cost(struct route_total *t, const struct route_plan *p)
{
	picousd one = p->leg[0].input, two = p->leg[1].input, least, most;

	if (one == PRICE_UNKNOWN || (p->n > 1 && two == PRICE_UNKNOWN)) {
		t->unpriced++;
		return;
	}
	least = most = one;
	if (p->choice.way == ROUTE_CASCADE)
		add_money(&most, two);
	else if (p->n > 1 && two < one)
		least = two;
	else if (p->n > 1)
		most = two;
	add_money(&t->least, least);
	add_money(&t->most, most);
}

static void add_saved(struct route_total *t, const struct route_plan *p)
{
	picousd v = route_plan_saved(p);

	if (v == PRICE_UNKNOWN)
		t->unsaved++;
	else
		add_money(&t->saved, v);
}

/* Nothing is spent, and nothing saved, by what is refused. */
void route_total_add(struct route_total *t, const struct route_plan *p)
{
	t->requests++;
	t->pinned += p->pinned;
	if (p->pinned) {
		add_saved(t, p);
		return;
	}
	if (p->leg[0].refused) {
		t->refused++;
		return;
	}
	add_saved(t, p);
	t->either += p->n > 1;
	t->tokens += p->leg[0].tokens;
	t->gone += p->leg[0].gone;
	t->gone_tokens += p->leg[0].gone_tokens;
	add_cost(t, p);
	for (size_t i = 0; i < p->n; i++)
		count_model(t, p->leg[i].name);
}

/* -- telling --------------------------------------------------------------- */

static void print_costs(const struct route_total *t, FILE *out)
{
	fprintf(out, "  %zu tokens of prompt", t->tokens);
	if (t->gone)
		fprintf(out, ", of which %zu in %zu messages are trimmed",
			t->gone_tokens, t->gone);
	fprintf(out, "\n  prompts cost %s", route_money(t->a, t->least));
	if (t->most != t->least)
		fprintf(out, " to %s", route_money(t->a, t->most));
	if (t->unpriced)
		fprintf(out, ", without %zu whose price is not known",
			t->unpriced);
	fprintf(out, "\n  saved of them: %s", route_money(t->a, t->saved));
	if (t->unsaved)
		fprintf(out, ", not counting %zu of which it is not known",
			t->unsaved);
	fputc('\n', out);
}

void route_total_print(const struct route_total *t, FILE *out)
{
	fprintf(out, "total: %zu requests", t->requests);
	if (t->pinned)
		fprintf(out, ", %zu answered by [answers]", t->pinned);
	if (t->refused)
		fprintf(out, ", %zu refused", t->refused);
	if (t->broken)
		fprintf(out, ", %zu broken lines left out", t->broken);
	fputc('\n', out);
	for (size_t i = 0; i < t->nmodels; i++)
		fprintf(out, "  %zu to %s\n", t->model[i].n,
			route_shown(t->a, t->model[i].name));
	if (t->either)
		fprintf(out, "  (%zu of them counted for both of two models)\n",
			t->either);
	print_costs(t, out);
}

void route_total_json(const struct route_total *t, FILE *out)
{
	struct buf b;

	buf_init(&b, t->a);
	buf_printf(&b, "{\"total\":{\"requests\":%zu,\"broken\":%zu,"
		   "\"refused\":%zu,\"pinned\":%zu,\"prompt_tokens\":%zu,"
		   "\"trimmed_messages\":%zu,\"trimmed_tokens\":%zu,"
		   "\"models\":{", t->requests, t->broken, t->refused,
		   t->pinned, t->tokens, t->gone, t->gone_tokens);
	for (size_t i = 0; i < t->nmodels; i++) {
		buf_puts(&b, i ? "," : "");
		buf_json(&b, t->model[i].name);
		buf_printf(&b, ":%zu", t->model[i].n);
	}
	buf_printf(&b, "},\"prompt_cost_least\":%s,\"prompt_cost_most\":%s,"
		   "\"unpriced\":%zu,\"saved_prompt_cost\":%s,"
		   "\"saved_unknown\":%zu}}", route_money(t->a, t->least),
		   route_money(t->a, t->most), t->unpriced,
		   route_money(t->a, t->saved), t->unsaved);
	fprintf(out, "%s\n", b.p);
}
