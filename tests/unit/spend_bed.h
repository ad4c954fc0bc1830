/* Budgets in the corridor: a call to m costs 0.00002 USD, one to big ten times
 * that. */
#ifndef UNIT_SPEND_BED_H
#define UNIT_SPEND_BED_H

#include "corridor_bed.h"

#include "base/clock.h"
#include "serve/spend.h"

#define UP(name, more) "[upstream " name "]\nurl = https://" name ".test/v1\n" \
	BED_ONCE more
#define MODELS UP("openai", "models = any\n") \
	UP("anthropic", "dialect = anthropic\nmodels = any\n")
/* Without a bound an answer may have ten tokens. */
#define BUDGET(name, limit, more) "[budget " name "]\nlimit = " limit \
	"\nreserve_tokens = 10\n" more
#define BLOCK "on_budget = block\n"
#define CALL 20000000ll /* that many 10^-12 USD */

static struct bed bed, *const b = &bed;

static inline void configure(const char *rest)
{
	bed_reconfigure(b, &(struct bed_conf){
		.larder = arena_printf(b->a, "budget_file = %s/budgets",
				       b->dir),
		.rest = rest });
}

static inline void opens(const char *rest)
{
	bed_open(b, &bed_plain);
	configure(rest);
	b->answer = bed_says_count;
}

/* A question that was not asked before. */
static inline int asks(const char *auth, const char *more)
{
	static int n;

	return bed_chat(b, auth, arena_printf(b->a, "{\"model\":\"m\",%s"
		"\"messages\":[{\"role\":\"user\",\"content\":\"q %d\"}]}",
		more, n++));
}

static inline picousd logged(const char *name)
{
	const char *v = bed_log(b, name);
	picousd p = -1;

	if (v)
		assert_int_equal(price_parse(str_c(v), &p), 1);
	return p;
}

/* -- what a book says ------------------------------------------------------ */

struct shown {
	const char *budget, *tenant;
	struct spend_line line;
	int n;
};

static inline void pick(void *ctx, const struct spend_line *l)
{
	struct shown *s = ctx;

	if (strcmp(l->rule->item.name, s->budget) == 0 &&
	    strcmp(l->tenant, s->tenant) == 0) {
		s->line = *l;
		s->n++;
	}
}

static inline struct spend_line of(const char *budget, const char *tenant)
{
	struct shown s = { .budget = budget, .tenant = tenant };

	spend_each(&b->site->conf, &b->site->secret, b->site->book,
		   clock_wall_ms(), pick, &s);
	assert_true(s.n <= 1);
	return s.line;
}

/* The place of the only budget; strangers queue in one of hours. */
static inline struct budget_place *only(struct budget_who *w_r)
{
	struct budget_place *p = budget_places(b->site->book);

	while (!p->id || p->every == BUDGET_HOUR)
		p++;
	*w_r = (struct budget_who){ p->id, p->of, "", BUDGET_DAY };
	return p;
}

/* Its credential is accepted from here on. */
static inline void is_no_stranger(void)
{
	b->answer = bed_says_count;
	assert_int_equal(asks(NULL, ""), 200);
}

#endif
