/* Prompts whose beginning changes, and what it costs (thrift/advise.h). */
#include "cmd/route.h"

#include <stdlib.h>

#include "serve/size.h"
#include "thrift/advise.h"

struct route_advice {
	struct site *site;
	struct arena *a; /* of one request, or of what is told */
	struct advise *advise;
};

struct route_advice *route_advice_new(struct site *s)
{
	struct route_advice *v = calloc(1, sizeof(*v));

	if (!v)
		abort();
	v->site = s;
	v->a = arena_new();
	v->advise = advise_new();
	return v;
}

void route_advice_free(struct route_advice **v)
{
	if (!*v)
		return;
	advise_free(&(*v)->advise);
	arena_free(&(*v)->a);
	free(*v);
	*v = NULL;
}

/* -- counting -------------------------------------------------------------- */

struct counter {
	const struct token_table *table; /* NULL: an estimate */
	unsigned family;
};

static size_t count_text(void *ctx, struct str text)
{
	const struct counter *c = ctx;

	return c->table ? token_count(c->table, text) :
		family_tokens(NULL, c->family, family_weight(text));
}

/* The model the rules choose, the first of two. */
static struct target target_of(struct route_advice *v,
			       const struct route_line *l)
{
	const struct route_ask ask = route_plan_ask(l);
	struct route_choice c;
	struct target t = { 0 };

	route_choose(v->site->route, &ask, &c);
	t.model = c.rule ? str_c(c.model) : l->chat.model_name;
	t.section = settings_model(&v->site->conf, t.model);
	if (t.section)
		t.model = str_c(t.section->name);
	return t;
}

void route_advice_add(struct route_advice *v, const struct route_line *l)
{
	const struct target t = target_of(v, l);
	struct counter c = { size_table(v->site, &t), family_of(t.model) };
	struct prompt p;

	arena_reset(v->a);
	size_count(&p, v->a, v->site, &t, &l->chat, NULL);
	advise_add(v->advise, &(struct advise_ask){
		.tenant = l->tenant, .model = t.model, .chat = &l->chat,
		.tokens = p.total, .count = count_text, .ctx = &c,
		.last = l->chat.nturn ? p.turn[l->chat.nturn - 1] :
					count_text(&c, l->chat.last_user) });
}

/* -- telling --------------------------------------------------------------- */

static const struct {
	const char *word, *what, *mend;
} kinds[] = {
	[ADVISE_TIME] = { "time", "a time", "say it at the end of the last "
			  "user message, or only the day" },
	[ADVISE_DATE] = { "date", "a date", "say it at the end of the last "
			  "user message" },
	[ADVISE_UUID] = { "uuid", "a UUID", "leave it out, or say it at the "
			  "end of the last user message" },
	[ADVISE_ID] = { "id", "an id", "leave it out, or say it at the end "
			"of the last user message" },
	[ADVISE_NUMBER] = { "number", "a number", "say it at the end of the "
			    "last user message" },
	[ADVISE_TEXT] = { "text", "text that changes", "say it at the end of "
			  "the last user message, or behind all that stays "
			  "the same" },
	[ADVISE_ORDER] = { "order", "the order of tools", "send them sorted "
			   "by name" },
	[ADVISE_MEMBERS] = { "members", "how tools are written (the order of "
			     "members, or blanks)", "write them with sorted "
			     "members, or once for all requests" },
};

/* What reading it from the cache would have saved. */
static picousd price_lost(struct route_advice *v, struct str model, size_t n)
{
	const struct prices *p = site_prices(v->site);
	const char *name = arena_cstr(v->a, model);
	const struct usage paid = { .input = (int64_t)n },
		read = { .input = (int64_t)n, .cache_read = (int64_t)n };
	picousd all, some;

	if (!p)
		return PRICE_UNKNOWN;
	all = price_of(p, name, &paid);
	some = price_of(p, name, &read);
	return all == PRICE_UNKNOWN || some == PRICE_UNKNOWN ? PRICE_UNKNOWN :
							       all - some;
}

static void print_place(struct route_advice *v, const struct advise_place *p,
			FILE *out)
{
	fprintf(out, "  %s", kinds[p->kind].what);
	if (p->kind < ADVISE_ORDER)
		fprintf(out, " in the %s, from byte %zu on:\n    ...%s[[%s]]"
			"%s...\n", p->tools ? "tools" : "system text",
			p->at + 1, route_shown(v->a, p->before),
			route_shown(v->a, p->piece),
			route_shown(v->a, p->after));
	else
		fputc('\n', out);
	fprintf(out, "    new in %zu requests", p->changes);
	if (p->lost)
		fprintf(out, ", which cost them %zu tokens of cache", p->lost);
	fprintf(out, "\n    %s\n", kinds[p->kind].mend);
}

static void print_lost(struct route_advice *v, const struct advise_group *g,
		       FILE *out)
{
	picousd cost = price_lost(v, g->model, g->lost);

	if (!g->lost) {
		fprintf(out, "  lost: nothing; the prompts are below the %d "
			"tokens from which providers keep them\n",
			ADVISE_LEAST);
		return;
	}
	fprintf(out, "  lost: %zu tokens that could have been read from the "
		"provider's cache", g->lost);
	if (cost != PRICE_UNKNOWN)
		fprintf(out, ", which cost USD %s more",
			route_money(v->a, cost));
	fputc('\n', out);
}

static void print_group(struct route_advice *v, const struct advise_group *g,
			FILE *out)
{
	fprintf(out, "%zu requests alike for %s", g->requests,
		route_shown(v->a, g->model));
	if (g->tenant.n)
		fprintf(out, ", of %s", route_shown(v->a, g->tenant));
	fputc('\n', out);
	for (size_t i = 0; i < g->nplaces; i++)
		print_place(v, &g->place[i], out);
	print_lost(v, g, out);
}

static void put_place(struct buf *b, const struct advise_place *p)
{
	buf_printf(b, "{\"kind\":\"%s\",\"in\":\"%s\",\"at\":%zu,"
		   "\"changes\":%zu,\"lost_tokens\":%zu,\"before\":",
		   kinds[p->kind].word, p->tools ? "tools" : "system", p->at,
		   p->changes, p->lost);
	buf_json(b, p->before);
	buf_puts(b, ",\"piece\":");
	buf_json(b, p->piece);
	buf_puts(b, ",\"after\":");
	buf_json(b, p->after);
	buf_puts(b, ",\"advice\":");
	buf_json(b, str_c(kinds[p->kind].mend));
	buf_putc(b, '}');
}

static void json_group(struct route_advice *v, const struct advise_group *g,
		       FILE *out)
{
	const char *money = route_money(v->a, price_lost(v, g->model,
							 g->lost));
	struct buf b;

	buf_init(&b, v->a);
	buf_puts(&b, "{\"model\":");
	buf_json(&b, g->model);
	buf_puts(&b, ",\"tenant\":");
	buf_json(&b, g->tenant);
	buf_printf(&b, ",\"requests\":%zu,\"lost_tokens\":%zu,"
		   "\"lost_cost\":%s,\"places\":[", g->requests, g->lost,
		   *money == '?' ? "null" : money);
	for (size_t i = 0; i < g->nplaces; i++) {
		buf_puts(&b, i ? "," : "");
		put_place(&b, &g->place[i]);
	}
	fprintf(out, "%s]}\n", b.p);
}

void route_advice_print(struct route_advice *v, bool as_json, FILE *out)
{
	const struct advise_group *g;
	size_t n = advise_groups(v->advise, &g);

	arena_reset(v->a);
	for (size_t i = 0; i < n; i++)
		(as_json ? json_group : print_group)(v, &g[i], out);
	if (as_json)
		return;
	if (!n)
		fputs("no prompt whose beginning keeps changing\n", out);
	if (advise_missed(v->advise))
		fprintf(out, "%zu requests were not compared: too many kinds "
			"of prompts\n", advise_missed(v->advise));
}
