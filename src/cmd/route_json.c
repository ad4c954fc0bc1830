/* A plan for programs to read. */
#include "cmd/route.h"

/* ,"name":"text", or null for an empty one. */
static void put_text(struct buf *b, const char *name, struct str s)
{
	buf_printf(b, ",\"%s\":", name);
	if (s.n)
		buf_json(b, s);
	else
		buf_puts(b, "null");
}

static void put_count(struct buf *b, const char *name, size_t n)
{
	buf_printf(b, ",\"%s\":%zu", name, n);
}

static void put_bool(struct buf *b, const char *name, bool yes)
{
	buf_printf(b, ",\"%s\":%s", name, yes ? "true" : "false");
}

static void put_money(struct buf *b, const char *name, picousd v)
{
	char text[32] = "null";

	if (v != PRICE_UNKNOWN)
		price_text(v, text);
	buf_printf(b, ",\"%s\":%s", name, text);
}

static void put_leg(struct buf *b, const struct route_leg *leg,
		    const char *when)
{
	buf_puts(b, "{\"model\":");
	buf_json(b, leg->name);
	put_text(b, "when", str_c(when));
	put_text(b, "name", leg->at.model);
	put_text(b, "upstream", leg->at.upstream ?
		 str_c(leg->at.upstream->item.name) : STR(""));
	put_text(b, "endpoint", str_c(shape_path(leg->at.shape)));
	put_text(b, "refused", str_c(leg->refused));
	put_count(b, "prompt_tokens", leg->tokens);
	put_bool(b, "exact", leg->exact);
	put_count(b, "trimmed_messages", leg->gone);
	put_count(b, "trimmed_tokens", leg->gone_tokens);
	put_count(b, "max_summary_tokens", leg->summary);
	if (leg->most >= 0)
		put_count(b, "max_output_tokens", (size_t)leg->most);
	else
		buf_puts(b, ",\"max_output_tokens\":null");
	put_money(b, "prompt_cost", leg->input);
	put_money(b, "cost_per_1000_output", leg->thousand);
	put_money(b, "most_output_cost", leg->answer);
	buf_putc(b, '}');
}

static void put_unmet(struct buf *b, const struct route_line *l,
		      const struct site *s, struct arena *a)
{
	const struct route_rule *rule = s->conf.routes.item;
	const struct route_ask ask = route_plan_ask(l);
	const char *why;

	buf_puts(b, ",\"unmet\":[");
	for (size_t i = 0; i < s->conf.routes.n; i++) {
		why = route_unmet(s->route, i, a, &ask);
		if (!why)
			break;
		buf_puts(b, i ? ",{\"rule\":" : "{\"rule\":");
		buf_json(b, str_c(rule[i].item.name));
		put_text(b, "why", str_c(why));
		buf_putc(b, '}');
	}
	buf_putc(b, ']');
}

static void put_choice(struct buf *b, const struct route_choice *c)
{
	static const char *const ways[] = {
		[ROUTE_NONE] = "none", [ROUTE_MODEL] = "model",
		[ROUTE_CASCADE] = "cascade", [ROUTE_CLASSIFY] = "classify",
	};

	put_text(b, "rule", str_c(c->rule ? c->rule->item.name : NULL));
	put_text(b, "way", str_c(ways[c->way]));
	put_text(b, "why", str_c(c->why));
	put_text(b, "classifier", str_c(c->way == ROUTE_CLASSIFY ?
					c->rule->classifier : NULL));
	put_text(b, "else", str_c(c->otherwise));
}

void route_json(const struct route_line *l, const struct route_plan *p,
		const struct site *s, struct arena *a, bool why, FILE *out)
{
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "{\"line\":%zu", l->number);
	put_text(&b, "endpoint", str_c(shape_path(l->chat.shape)));
	put_text(&b, "requested", p->asked.name);
	put_text(&b, "tenant", l->tenant);
	put_text(&b, "tag", l->tag);
	put_bool(&b, "pinned", p->pinned);
	put_choice(&b, &p->choice);
	buf_puts(&b, ",\"models\":[");
	for (size_t i = 0; i < p->n; i++) {
		buf_puts(&b, i ? "," : "");
		put_leg(&b, &p->leg[i], route_when(p, i));
	}
	buf_putc(&b, ']');
	put_money(&b, "saved_prompt_cost", route_plan_saved(p));
	put_money(&b, "saved_per_1000_output", route_plan_saved_thousand(p));
	if (why)
		put_unmet(&b, l, s, a);
	fprintf(out, "%s}\n", b.p);
}
