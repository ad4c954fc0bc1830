#include "serve/spend.h"
#include "serve/spend_rule.h"

struct look {
	int64_t wall_ms;
	void (*line)(void *ctx, const struct spend_line *l);
	void *ctx;
};

static void show(const struct look *k, const struct budget_rule *b,
		 const struct budget_state *s)
{
	struct spend_line l = {
		.rule = b, .tenant = s->label, .spent = s->spent,
		.held = s->held, .unpriced = s->unpriced,
		.blocked = b->on_budget == BUDGET_BLOCK &&
			   s->spent >= b->limit,
	};

	l.since_ms = l.blocked ? s->full_ms : 0;
	l.renewed_ms = spend_rule_ends_ms(b, budget_period(
			(enum budget_every)b->every, k->wall_ms));
	k->line(k->ctx, &l);
}

static void show_all(const struct look *k, const struct budget_rule *b,
		     const struct secrets *secret, struct budget_place *p)
{
	enum budget_every e = (enum budget_every)b->every;
	struct budget_state s = { 0 };
	struct budget_who w;
	bool shown = false;

	spend_rule_who(secret, b, "", &w);
	for (size_t i = 0; p && i < BUDGET_PLACES; i++) {
		if (__atomic_load_n(&p[i].of, __ATOMIC_RELAXED) != w.of)
			continue;
		budget_look(&p[i], e, k->wall_ms, &s);
		if (b->per_tenant == (s.label[0] != '\0'))
			show(k, b, &s);
		shown = true;
	}
	if (!shown && !b->per_tenant)
		show(k, b, &(struct budget_state){ 0 });
}

void spend_each(const struct settings *conf, const struct secrets *secret,
		struct budget_book *book, int64_t wall_ms,
		void (*line)(void *ctx, const struct spend_line *l),
		void *ctx)
{
	const struct budget_rule *b = conf->budgets.item;
	const struct look k = { wall_ms, line, ctx };

	for (size_t i = 0; i < conf->budgets.n; i++)
		show_all(&k, &b[i], secret,
			 book ? budget_places(book) : NULL);
}
