#include "serve/spend.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/alarm.h"
#include "serve/spend_bound.h"
#include "store/le.h"

/* -- which budgets --------------------------------------------------------- */

static bool lists(const struct conf_words *w, struct str name)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_is(name, w->word[i]))
			return true;
	return false;
}

/* One without names is not for those whom another section names. */
static bool is_for(const struct settings *s, const struct budget_rule *b,
		   struct str tenant)
{
	const struct budget_rule *other = s->budgets.item;

	if (b->tenant.n)
		return lists(&b->tenant, tenant);
	for (size_t i = 0; b->per_tenant && i < s->budgets.n; i++)
		if (other[i].every == b->every &&
		    lists(&other[i].tenant, tenant))
			return false;
	return true;
}

static bool applies(const struct req *r, const struct budget_rule *b)
{
	const struct target *t = r->plan.target;

	if (b->model.n && !lists(&b->model, target_name(t)) &&
	    !lists(&b->model, t->model))
		return false;
	if (b->upstream.n &&
	    !lists(&b->upstream, str_c(t->upstream->item.name)))
		return false;
	return is_for(&r->site->conf, b, str_c(r->who.name));
}

bool spend_counts(const struct req *r)
{
	const struct settings *s = &r->site->conf;
	const struct budget_rule *b = s->budgets.item;

	for (size_t i = 0; r->site->book && i < s->budgets.n; i++)
		if (applies(r, &b[i]))
			return true;
	return false;
}

/* -- their places ---------------------------------------------------------- */

static uint64_t hash_who(const struct secrets *s, const struct budget_rule *b,
			 const char *what, const char *tenant)
{
	struct hash h;
	struct key k;
	uint64_t id;

	hash_begin(&h, &s->tenant);
	hash_field(&h, str_c(what));
	hash_field(&h, str_c(b->item.name));
	hash_field(&h, b->every == BUDGET_DAY ? STR("day") : STR("month"));
	hash_field(&h, str_c(tenant));
	hash_end(&h, &k);
	id = le_get(k.b, 8);
	return id ? id : 1;
}

static void who_of(const struct secrets *s, const struct budget_rule *b,
		   const char *tenant, struct budget_who *w)
{
	*w = (struct budget_who){
		.id = hash_who(s, b, "budget", tenant),
		.of = hash_who(s, b, "budgets", ""),
		.label = tenant,
		.every = (enum budget_every)b->every,
	};
}

/* -- refusals -------------------------------------------------------------- */

static const char *word_of(const struct budget_rule *b)
{
	return b->every == BUDGET_DAY ? "day" : "month";
}

static void renewed(const struct budget_rule *b, int64_t wall_ms,
		    int64_t *ms_r, char at[25])
{
	enum budget_every e = (enum budget_every)b->every;

	*ms_r = budget_begins_ms(e, budget_period(e, wall_ms) + 1);
	clock_rfc3339(*ms_r, at);
}

/* Whatever is under way may leave something. */
static int refuse_for_now(struct req *r, const struct budget_rule *b)
{
	fail(&r->fail, 429, "budget_exceeded",
	     "What is left of the budget %s (%s USD a %s) is reserved by "
	     "calls under way; try again.", b->item.name, b->limit_said,
	     word_of(b));
	r->fail.retry_after_s = 1;
	return -1;
}

static int refuse_spent(struct req *r, const struct budget_rule *b,
			const struct budget_place *p)
{
	struct budget_state s;
	char spent[32], at[25];
	int64_t ms;

	budget_look(p, (enum budget_every)b->every, r->wall_ms, &s);
	price_text(s.spent, spent);
	renewed(b, r->wall_ms, &ms, at);
	fail_operator(&r->fail, 429, "budget_exceeded",
		      "The budget %s is spent: %s of %s USD a %s. It is "
		      "renewed at %.19sZ. (Answers that larder has are still "
		      "given.)", b->item.name, spent, b->limit_said,
		      word_of(b), at);
	r->fail.retry_after_s = (int)((ms - r->wall_ms + 999) / 1000);
	return -1;
}

static int refuse_unpriced(struct req *r, const struct budget_rule *b)
{
	return fail_operator(&r->fail, 429, "budget_unpriced",
			     "The price of this model is not known, and the "
			     "budget %s is only for those whose price is.",
			     b->item.name);
}

/* -- a call ---------------------------------------------------------------- */

static void undo(struct spend *s)
{
	for (; s->n; s->n--)
		budget_settle(&s->hold[s->n - 1].turn, 0);
}

/* What costs nothing goes even when all is spent. */
static int64_t limit_of(const struct req *r, const struct budget_rule *b)
{
	return b->on_budget == BUDGET_BLOCK && r->spend.bound != 0 ?
		       b->limit : BUDGET_NO_LIMIT;
}

static int hold(struct req *r, const struct budget_rule *b)
{
	struct spend_hold *h = &r->spend.hold[r->spend.n];
	int64_t bound = r->spend.bound == PRICE_UNKNOWN ? 0 : r->spend.bound;
	struct budget_who w;

	who_of(&r->site->secret, b, b->per_tenant ? r->who.name : "", &w);
	h->rule = b;
	h->place = budget_find(budget_places(r->site->book), &w,
			       clock_wall_ms());
	if (!h->place) {
		log_seldom("[budget %s]: more than %d tenants spend; one is "
			   "not counted", b->item.name, BUDGET_PLACES);
		return 0;
	}
	switch (budget_reserve(&h->turn, h->place, &w, clock_wall_ms(), bound,
			       limit_of(r, b))) {
	case BUDGET_WAIT:
		return refuse_for_now(r, b);
	case BUDGET_FULL:
		return refuse_spent(r, b, h->place);
	case BUDGET_GO:
		break;
	}
	r->spend.n++;
	return 0;
}

static int take(struct req *r, const struct budget_rule *b)
{
	if (r->spend.bound == PRICE_UNKNOWN && b->block_unpriced)
		return refuse_unpriced(r, b);
	return hold(r, b);
}

/* The most that any of them reserves for an answer without a bound. */
static int reserved_tokens(const struct req *r)
{
	const struct budget_rule *b = r->site->conf.budgets.item;
	int most = 0;

	for (size_t i = 0; i < r->site->conf.budgets.n; i++)
		if (applies(r, &b[i]) && b[i].reserve > most)
			most = b[i].reserve;
	return most;
}

int spend_take(struct req *r)
{
	const struct budget_rule *b = r->site->conf.budgets.item;
	struct spend *s = &r->spend;

	s->n = 0;
	if (!spend_counts(r))
		return 0;
	s->any = true;
	s->bound = spend_bound(r, reserved_tokens(r));
	if (!s->hold)
		s->hold = arena_new_n(r->a, struct spend_hold,
				      r->site->conf.budgets.n);
	for (size_t i = 0; i < r->site->conf.budgets.n; i++)
		if (applies(r, &b[i]) && take(r, &b[i]) < 0) {
			undo(s);
			return -1;
		}
	return 0;
}

/* -- and its bill ---------------------------------------------------------- */

/* Of a call that was made. What nobody says, but may be billed, is as much as
 * it can be. */
static picousd bill(const struct req *r, const struct verdict *v)
{
	const struct fetched *o = &r->out;

	if (o->cost != PRICE_UNKNOWN)
		return o->cost > 0 ? o->cost : 0;
	if (!v->billed && !o->whole)
		return 0;
	if (o->answered && o->status != 200)
		return 0;
	return r->spend.bound;
}

static void settle_one(struct req *r, struct spend_hold *h, picousd cost)
{
	uint32_t period = h->turn.period;
	int64_t from, to;

	budget_settle(&h->turn, cost == PRICE_UNKNOWN ? 0 : cost);
	if (cost == PRICE_UNKNOWN)
		budget_unpriced(h->place, period);
	else if (budget_news(h->place, period, clock_wall_ms(), &from, &to))
		alarm_note(r, h->rule, from, to);
}

void spend_settle(struct req *r, const struct verdict *v)
{
	struct spend *s = &r->spend;
	picousd cost;

	if (!v) {
		undo(s);
		return;
	}
	if (!s->n)
		return;
	cost = bill(r, v);
	for (size_t i = 0; i < s->n; i++)
		settle_one(r, &s->hold[i], cost);
	s->n = 0;
	if (cost == PRICE_UNKNOWN)
		return;
	if (__builtin_add_overflow(s->settled, cost, &s->settled))
		s->settled = INT64_MAX;
}

/* -- for those who look ---------------------------------------------------- */

struct look {
	int64_t wall_ms;
	void (*line)(void *ctx, const struct spend_line *l);
	void *ctx;
};

static void show(const struct look *k, const struct budget_rule *b,
		 const struct budget_state *s)
{
	char at[25];
	struct spend_line l = {
		.rule = b, .tenant = s->label, .spent = s->spent,
		.held = s->held, .unpriced = s->unpriced,
		.blocked = b->on_budget == BUDGET_BLOCK &&
			   s->spent >= b->limit,
	};

	renewed(b, k->wall_ms, &l.renewed_ms, at);
	k->line(k->ctx, &l);
}

static void show_all(const struct look *k, const struct budget_rule *b,
		     const struct secrets *secret, struct budget_place *p)
{
	enum budget_every e = (enum budget_every)b->every;
	struct budget_state s = { 0 };
	struct budget_who w;
	bool shown = false;

	who_of(secret, b, "", &w);
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
