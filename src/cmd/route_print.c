/* A plan for people to read. */
#include "cmd/route.h"

#include "base/utf8.h"

#define SHOWN_BYTES 80

const char *route_shown(struct arena *a, struct str s)
{
	struct buf b;
	size_t len;

	buf_init(&b, a);
	while (s.n && b.n < SHOWN_BYTES) {
		len = utf8_len(s.p, s.n);
		if (!len || (len == 1 && (s.p[0] < ' ' || s.p[0] > '~')) ||
		    (len == 2 && s.p[0] == '\xc2' && s.p[1] < '\xa0'))
			buf_putc(&b, '?');
		else
			buf_add(&b, s.p, len);
		s = str_from(s, len ? len : 1);
	}
	if (s.n)
		buf_putc(&b, '+');
	return b.n ? b.p : "";
}

const char *route_money(struct arena *a, picousd v)
{
	char text[32];

	if (v == PRICE_UNKNOWN)
		return "?";
	price_text(v, text);
	return arena_strdup(a, text);
}

/* -- one model ------------------------------------------------------------- */

static void print_prompt(const struct route_leg *leg, FILE *out)
{
	fprintf(out, "    prompt: %zu tokens%s", leg->tokens,
		leg->exact ? "" : ", estimated");
	if (leg->gone)
		fprintf(out, "; %zu messages of %zu tokens are dropped",
			leg->gone, leg->gone_tokens);
	if (leg->summary)
		fprintf(out, ", a summary of at most %zu takes their place",
			leg->summary);
	fputc('\n', out);
}

static void print_cost(const struct route_leg *leg, struct arena *a, FILE *out)
{
	if (leg->input == PRICE_UNKNOWN) {
		fputs("    cost: not known, the price table does not have "
		      "it\n", out);
		return;
	}
	fprintf(out, "    cost: %s for the prompt", route_money(a, leg->input));
	if (leg->thousand != PRICE_UNKNOWN)
		fprintf(out, ", %s per 1,000 tokens of answer",
			route_money(a, leg->thousand));
	if (leg->answer != PRICE_UNKNOWN)
		fprintf(out, ", %s at most", route_money(a, leg->answer));
	fputc('\n', out);
}

static void print_leg(const struct route_leg *leg, const char *when,
		      struct arena *a, FILE *out)
{
	fprintf(out, "  %s%s%s", when, *when ? ": " : "",
		route_shown(a, leg->name));
	if (leg->at.upstream)
		fprintf(out, " at [upstream %s]", leg->at.upstream->item.name);
	fputc('\n', out);
	print_prompt(leg, out);
	if (leg->refused) {
		fprintf(out, "    refused: %s\n", leg->refused);
		return;
	}
	if (leg->most > 0)
		fprintf(out, "    answer: at most %lld tokens\n",
			(long long)leg->most);
	print_cost(leg, a, out);
}

/* -- one request ----------------------------------------------------------- */

static void print_rule(const struct route_plan *p, FILE *out)
{
	const struct route_choice *c = &p->choice;

	if (p->pinned) {
		fputs("  answered by [answers]; no model is asked\n", out);
		return;
	}
	if (!c->rule)
		return;
	fprintf(out, "  by [route %s]", c->rule->item.name);
	if (*c->why)
		fprintf(out, ": %s", c->why);
	if (c->way == ROUTE_CLASSIFY)
		fprintf(out, ": %s is asked whether it is simple or complex; "
			"%s when it cannot say", c->rule->classifier,
			c->otherwise);
	if (c->way == ROUTE_CASCADE)
		fputs(": the second is asked when the first one's answer is "
		      "weak", out);
	fputc('\n', out);
}

static void print_saved(const struct route_plan *p, struct arena *a,
			FILE *out)
{
	picousd prompt = route_plan_saved(p);
	picousd thousand = route_plan_saved_thousand(p);

	if ((!p->moved && !p->pinned) || prompt == PRICE_UNKNOWN ||
	    p->leg[0].refused)
		return;
	fprintf(out, "  saves %s of the prompt", route_money(a, prompt));
	if (thousand != PRICE_UNKNOWN && thousand)
		fprintf(out, " and %s per 1,000 tokens of answer",
			route_money(a, thousand));
	fprintf(out, ", compared with %s as it came\n",
		route_shown(a, p->asked.name));
}

static void print_unmet(const struct route_line *l, const struct site *s,
			struct arena *a, FILE *out)
{
	const struct route_rule *rule = s->conf.routes.item;
	const struct route_ask ask = route_plan_ask(l);
	const char *why;

	for (size_t i = 0; i < s->conf.routes.n; i++) {
		why = route_unmet(s->route, i, a, &ask);
		if (!why)
			return;
		fprintf(out, "  not [route %s]: %s\n", rule[i].item.name,
			route_shown(a, str_c(why)));
	}
}

void route_print(const struct route_line *l, const struct route_plan *p,
		 const struct site *s, struct arena *a, bool why, FILE *out)
{
	fprintf(out, "line %zu: %s, %s\n", l->number,
		shape_path(l->chat.shape), route_shown(a, p->asked.name));
	if (why)
		print_unmet(l, s, a, out);
	print_rule(p, out);
	for (size_t i = 0; i < p->n && !p->pinned; i++)
		print_leg(&p->leg[i], route_when(p, i), a, out);
	print_saved(p, a, out);
}
