/* What budgets have come to: each of them, and the tenants who have spent
 * most of theirs. */
#include "serve/status_walk.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "serve/spend.h"
#include "serve/spend_rule.h"

#define FULL_MOST 999999 /* tenths of a percent that are still told apart */

/* -- looking --------------------------------------------------------------- */

/* A budget, and of one that is per tenant all of them together. */
struct budget_sum {
	struct spend_line line;
	unsigned tenants, blocked, shown;
};

struct budget_tenant {
	struct spend_line line;
	char name[BUDGET_LABEL + 1];
};

struct walk_budgets {
	const struct budget_rule *rule; /* the first */
	struct budget_sum *sum;         /* of each rule */
	struct budget_tenant tenant[WALK_TENANTS]; /* the fullest first */
	size_t n;
};

static bool fuller(const struct spend_line *a, const struct spend_line *b)
{
	return (__int128)a->spent * b->rule->limit >
	       (__int128)b->spent * a->rule->limit;
}

static void keep(struct walk_budgets *b, const struct spend_line *l)
{
	size_t at = b->n;
	struct budget_tenant *t;

	while (at && fuller(l, &b->tenant[at - 1].line))
		at--;
	if (at == WALK_TENANTS)
		return;
	b->n += b->n < WALK_TENANTS;
	t = &b->tenant[at];
	memmove(t + 1, t, (b->n - 1 - at) * sizeof(*t));
	t->line = *l;
	t->line.tenant = NULL; /* which goes with whoever told us */
	snprintf(t->name, sizeof(t->name), "%s", l->tenant);
}

/* Who has spent nothing is nobody's business: so a stranger's made-up
 * credential is on no page. */
static void add(void *ctx, const struct spend_line *l)
{
	struct walk_budgets *b = ctx;
	struct budget_sum *s = &b->sum[l->rule - b->rule];

	if (!l->rule->per_tenant) {
		s->line = *l;
		return;
	}
	s->line.spent = price_sum(s->line.spent, l->spent);
	s->line.held = price_sum(s->line.held, l->held);
	s->line.unpriced = price_sum(s->line.unpriced, l->unpriced);
	s->blocked += l->blocked;
	if (!l->spent && !l->unpriced)
		return;
	s->tenants++;
	keep(b, l);
}

static int64_t renewed_ms(const struct budget_rule *r, int64_t wall_ms)
{
	return spend_rule_ends_ms(r, budget_period(
			(enum budget_every)r->every, wall_ms));
}

static void count_shown(struct walk_budgets *b)
{
	for (size_t i = 0; i < b->n; i++)
		b->sum[b->tenant[i].line.rule - b->rule].shown++;
}

void walk_budgets_read(struct walk *w)
{
	const struct status_of *of = w->of;
	const struct conf_items *all = &of->conf->budgets;
	struct walk_budgets *b;

	if (!all->n || !of->secret)
		return;
	b = arena_new_n(w->a, struct walk_budgets, 1);
	b->rule = all->item;
	b->sum = arena_new_n(w->a, struct budget_sum, all->n);
	for (size_t i = 0; i < all->n; i++)
		b->sum[i].line = (struct spend_line){ .rule = &b->rule[i],
			.renewed_ms = renewed_ms(&b->rule[i], of->wall_ms) };
	spend_each(of->conf, of->secret, of->book, of->wall_ms, add, b);
	count_shown(b);
	w->budgets = b;
}

size_t walk_budgets_n(const struct walk *w)
{
	return w->budgets ? w->of->conf->budgets.n : 0;
}

size_t walk_budget_tenants_n(const struct walk *w)
{
	return w->budgets ? w->budgets->n : 0;
}

/* -- showing --------------------------------------------------------------- */

static const char *usd(struct walk *w, picousd v)
{
	char *text = arena_alloc(w->a, 32);

	price_text(v, text);
	return text;
}

static void add_words(struct buf *b, const char *what,
		      const struct conf_words *words)
{
	for (size_t i = 0; i < words->n; i++)
		buf_printf(b, "%s%s", i ? ", " : what, words->word[i]);
}

/* "each tenant, calls of model big". */
static const char *whose(struct walk *w, const struct budget_rule *r)
{
	struct buf b;

	buf_init(&b, w->a);
	if (r->tenant.n)
		add_words(&b, r->per_tenant ? "each of " : "", &r->tenant);
	else
		buf_puts(&b, r->per_tenant ? "each tenant" : "everybody");
	add_words(&b, ", model ", &r->model);
	add_words(&b, ", upstream ", &r->upstream);
	return arena_cstr(w->a, buf_view(&b));
}

static void show_rule(struct walk *w, const struct budget_rule *r)
{
	const char *who = whose(w, r);

	walk_word(w, "for", who, arena_printf(w->a, "for %s", who));
	walk_word(w, "every", spend_rule_word(r), NULL);
	walk_word(w, "on_budget", r->on_budget == BUDGET_BLOCK ? "block" :
		  "warn", NULL);
	walk_money(w, "limit_usd", r->limit, NULL);
}

static void show_unpriced(struct walk *w, const struct spend_line *l)
{
	walk_number(w, "unpriced_calls", (uint64_t)l->unpriced, l->unpriced ?
		    arena_printf(w->a, "%" PRId64 " call%s of unknown price",
				 l->unpriced, l->unpriced == 1 ? "" : "s") :
		    NULL);
}

static void show_held(struct walk *w, const struct spend_line *l)
{
	walk_money(w, "held_usd", l->held, l->held ?
		   arena_printf(w->a, "%s reserved by calls under way",
				usd(w, l->held)) : NULL);
}

static void show_blocked(struct walk *w, const struct spend_line *l)
{
	char *at = arena_alloc(w->a, 25);

	clock_rfc3339(l->since_ms, at);
	walk_show(w, "blocked", STATUS_YES_NO, l->blocked, !l->blocked ? NULL :
		  !l->since_ms ? "calls are refused" :
		  arena_printf(w->a, "calls are refused since %.16sZ", at));
	walk_word(w, "blocked_since", l->since_ms ? at : NULL, NULL);
}

/* Spent, reserved and left are the limit. */
static void show_amounts(struct walk *w, const struct spend_line *l)
{
	picousd limit = l->rule->limit, left = limit - l->spent;
	__int128 full = (__int128)l->spent * 1000 / limit;

	walk_money(w, "spent_usd", l->spent - l->held,
		   arena_printf(w->a, "%s of %s USD a %s spent",
				usd(w, l->spent - l->held),
				l->rule->limit_said, spend_rule_word(l->rule)));
	show_held(w, l);
	walk_money(w, "left_usd", left, left >= 0 ?
		   arena_printf(w->a, "%s left", usd(w, left)) :
		   arena_printf(w->a, "%s too much", usd(w, -left)));
	walk_show(w, "full_percent", STATUS_PERCENT,
		  full > FULL_MOST ? FULL_MOST : (uint64_t)full, NULL);
	show_unpriced(w, l);
	show_blocked(w, l);
}

/* Of one that each tenant has to itself. */
static void show_sum(struct walk *w, const struct budget_sum *s)
{
	const struct spend_line *l = &s->line;
	unsigned more = s->tenants - s->shown;

	walk_money(w, "spent_usd", l->spent - l->held,
		   arena_printf(w->a, "%s USD spent by %u tenant%s, who may "
				"spend %s a %s each",
				usd(w, l->spent - l->held), s->tenants,
				s->tenants == 1 ? "" : "s",
				l->rule->limit_said, spend_rule_word(l->rule)));
	walk_number(w, "tenants", s->tenants, NULL);
	walk_number(w, "tenants_blocked", s->blocked, s->blocked ?
		    arena_printf(w->a, "%u refused calls", s->blocked) :
		    NULL);
	walk_number(w, "tenants_more", more, more ?
		    arena_printf(w->a, "%u not shown below", more) : NULL);
	show_held(w, l);
	show_unpriced(w, l);
}

static void show_renewed(struct walk *w, const struct spend_line *l)
{
	char *at = arena_alloc(w->a, 25);
	int64_t ms = l->renewed_ms - w->of->wall_ms;

	clock_rfc3339(l->renewed_ms, at);
	walk_word(w, "renewed", at, arena_printf(w->a, "renewed at %.16sZ",
						 at));
	walk_number(w, "renewed_ms", ms > 0 ? (uint64_t)ms : 0, NULL);
}

void walk_budgets(struct walk *w)
{
	const struct budget_sum *s;

	for (size_t i = 0; i < walk_budgets_n(w); i++) {
		s = &w->budgets->sum[i];
		w->eye->item(w->ctx, s->line.rule->item.name);
		show_rule(w, s->line.rule);
		if (s->line.rule->per_tenant)
			show_sum(w, s);
		else
			show_amounts(w, &s->line);
		show_renewed(w, &s->line);
		w->eye->item_end(w->ctx);
	}
}

void walk_budget_tenants(struct walk *w)
{
	const struct budget_tenant *t;

	for (size_t i = 0; i < walk_budget_tenants_n(w); i++) {
		t = &w->budgets->tenant[i];
		w->eye->item(w->ctx, t->line.rule->item.name);
		walk_word(w, "tenant", t->name,
			  arena_printf(w->a, "tenant %s", t->name));
		walk_word(w, "every", spend_rule_word(t->line.rule), NULL);
		walk_money(w, "limit_usd", t->line.rule->limit, NULL);
		show_amounts(w, &t->line);
		w->eye->item_end(w->ctx);
	}
}
