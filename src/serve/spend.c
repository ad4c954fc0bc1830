#include "serve/spend.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/alarm.h"
#include "serve/spend_bound.h"
#include "serve/spend_price.h"
#include "serve/spend_refuse.h"
#include "serve/spend_rule.h"
#include "serve/trust.h"

/* How often one looks again for a place that went to another meanwhile. */
#define TRIES 8

bool spend_counts(struct req *r)
{
	const struct settings *s = &r->site->conf;
	const struct budget_rule *b = s->budgets.item;

	for (size_t i = 0; r->site->book && i < s->budgets.n; i++)
		if (spend_rule_applies(r, &b[i]))
			return true;
	return false;
}

static void who_of(const struct req *r, const struct budget_rule *b,
		   struct budget_who *w_r)
{
	spend_rule_who(&r->site->secret, b, b->per_tenant ?
		       r->who.account : "",
		       w_r);
}

/* Is there something to tell of that nobody was told? Also who is refused
 * asks: where all is spent nobody else comes any more. */
static void look_for_news(struct req *r, const struct budget_rule *b,
			  struct budget_place *p, uint32_t period)
{
	int64_t from, to;

	if (budget_news(p, (enum budget_every)b->every, period,
			clock_wall_ms(), &from, &to))
		alarm_note(r, b, period, from, to);
}

/* -- a call ---------------------------------------------------------------- */

static void undo(struct spend *s)
{
	for (; s->n; s->n--) {
		(void)budget_settle(&s->hold[s->n - 1].turn, 0);
		(void)budget_settle(&s->hold[s->n - 1].queue, 0);
	}
}

/* What costs nothing goes even when all is spent. */
static int64_t limit_of(const struct req *r, const struct budget_rule *b)
{
	return b->on_budget == BUDGET_BLOCK && r->spend.bound.most != 0 ?
		       b->limit : BUDGET_NO_LIMIT;
}

/* Of a budget of many a stranger holds nothing that would keep others out: a
 * credential is easily made up. */
static int64_t amount_of(const struct req *r, const struct budget_rule *b)
{
	if (r->spend.bound.most == PRICE_UNKNOWN ||
	    (r->spend.stranger && !b->per_tenant))
		return 0;
	return r->spend.bound.most;
}

/* Nor does it take a place of its own, of which there are so many. */
static struct budget_place *place_of(const struct req *r,
				     const struct budget_rule *b,
				     const struct budget_who *w)
{
	struct budget_place *all = budget_places(r->site->book);

	if (r->spend.stranger && b->per_tenant)
		return budget_seen(all, w, clock_wall_ms());
	return budget_find(all, w, clock_wall_ms());
}

static enum budget_says reserve(const struct req *r, struct spend_hold *h)
{
	const struct budget_rule *b = h->rule;
	enum budget_says says = BUDGET_LOST;
	struct budget_who w;

	who_of(r, b, &w);
	for (int i = 0; says == BUDGET_LOST && i < TRIES; i++) {
		h->place = place_of(r, b, &w);
		if (!h->place)
			break;
		says = budget_reserve(&h->turn, h->place, &w, clock_wall_ms(),
				      amount_of(r, b), limit_of(r, b));
	}
	return says;
}

/* Nobody knows yet who they are, and none of them has reserved anything: so
 * there are only so many of them under way at once. */
static bool queues(struct req *r, struct spend_hold *h)
{
	const struct budget_rule *b = h->rule;
	enum budget_says says = BUDGET_LOST;
	struct budget_place *p;
	struct budget_who w;

	if (!r->spend.stranger || limit_of(r, b) < 0 ||
	    r->spend.bound.most == PRICE_UNKNOWN)
		return false;
	spend_rule_strangers(&r->site->secret, b, &w);
	for (int i = 0; says == BUDGET_LOST && i < TRIES; i++) {
		p = budget_find(budget_places(r->site->book), &w,
				clock_wall_ms());
		if (!p)
			break;
		says = budget_reserve(&h->queue, p, &w, clock_wall_ms(),
				      r->spend.bound.most,
				      spend_rule_queue(b));
	}
	return says != BUDGET_GO;
}

static int no_place(struct req *r, const struct budget_rule *b)
{
	log_seldom("[budget %s]: more than %d tenants spend; one is %s",
		   b->item.name, BUDGET_PLACES, limit_of(r, b) < 0 ?
		   "not counted" : "refused");
	return limit_of(r, b) < 0 ? 0 : spend_refuse_uncounted(r, b);
}

static int hold(struct req *r, const struct budget_rule *b)
{
	struct spend_hold *h = &r->spend.hold[r->spend.n];

	*h = (struct spend_hold){ .rule = b };
	switch (reserve(r, h)) {
	case BUDGET_WAIT:
		look_for_news(r, b, h->place, h->turn.period);
		return spend_refuse_wait(r, b);
	case BUDGET_FULL:
		look_for_news(r, b, h->place, h->turn.period);
		return spend_refuse_full(r, b, h->place, h->turn.period);
	case BUDGET_LOST:
		h->place = NULL;
		if (!r->spend.stranger || !b->per_tenant)
			return no_place(r, b);
		break;
	case BUDGET_GO:
		break;
	}
	r->spend.n++;
	return queues(r, h) ? spend_refuse_wait(r, b) : 0;
}

static int take(struct req *r, const struct budget_rule *b)
{
	const struct spend_bound *x = &r->spend.bound;

	if (!x->known && b->block_unpriced)
		return spend_refuse_unpriced(r, b);
	return hold(r, b);
}

/* The most that any of them reserves for an answer without a bound. */
static int reserved_tokens(struct req *r)
{
	const struct budget_rule *b = r->site->conf.budgets.item;
	int most = 0;

	for (size_t i = 0; i < r->site->conf.budgets.n; i++)
		if (b[i].reserve > most && spend_rule_applies(r, &b[i]))
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
	s->stranger = trust_is_stranger(r, &r->plan);
	spend_bound(r, reserved_tokens(r));
	if (!s->hold)
		s->hold = arena_new_n(r->a, struct spend_hold,
				      r->site->conf.budgets.n);
	for (size_t i = 0; i < r->site->conf.budgets.n; i++)
		if (spend_rule_applies(r, &b[i]) && take(r, &b[i]) < 0) {
			undo(s);
			return -1;
		}
	return 0;
}

/* -- and its bill ---------------------------------------------------------- */

/* Nothing came. A provider that fails bills its prompt at most, and one whom
 * nobody waited for what it had said by then; of a credential that it may not
 * know, nothing. */
static picousd unanswered(const struct req *r)
{
	const struct spend *s = &r->spend;
	enum net_end end = r->out.end;

	if (s->stranger)
		return 0;
	if (!s->bound.known)
		return PRICE_UNKNOWN;
	return r->out.aborted || end == NET_CALLER_GONE ||
			       end == NET_STOPPED ?
		       s->bound.begun : s->bound.asked;
}

/* An answer came, and nobody said what it cost: as far as its tokens are
 * known, those; else what it may have cost. */
static picousd uncosted(struct req *r)
{
	const struct usage *u = &r->out.facts.usage;
	picousd known = u->input >= 0 ? spend_price_of(r, u) : PRICE_UNKNOWN;

	if (!r->spend.bound.known)
		return PRICE_UNKNOWN;
	return known != PRICE_UNKNOWN ? known : r->spend.bound.most;
}

/* What budgets have a call for that was made. */
static picousd counted(struct req *r, const struct verdict *v)
{
	const struct fetched *o = &r->out;

	if (o->cost != PRICE_UNKNOWN)
		return o->cost > 0 ? o->cost : 0;
	if (!v->billed && !o->whole)
		return 0;
	if (!o->answered)
		return unanswered(r);
	if (o->status != 200)
		return 0;
	return uncosted(r);
}

/* Spent after all: by who was a stranger until the answer came, or whose place
 * has gone to another meanwhile. */
static void spend_late(struct req *r, struct spend_hold *h, picousd cost)
{
	enum budget_says says = BUDGET_LOST;
	struct budget_place *all = budget_places(r->site->book);
	struct budget_who w;

	who_of(r, h->rule, &w);
	for (int i = 0; says != BUDGET_GO && i < TRIES; i++) {
		h->place = budget_find(all, &w, clock_wall_ms());
		if (!h->place)
			break;
		says = budget_reserve(&h->turn, h->place, &w, clock_wall_ms(),
				      cost, BUDGET_NO_LIMIT);
		if (says == BUDGET_GO && !budget_settle(&h->turn, cost))
			says = BUDGET_LOST;
	}
	if (says == BUDGET_GO)
		return;
	h->place = NULL;
	log_seldom("[budget %s]: more than %d tenants spend; one is not "
		   "counted", h->rule->item.name, BUDGET_PLACES);
}

static void settle_one(struct req *r, struct spend_hold *h, picousd cost)
{
	bool kept = budget_settle(&h->turn, cost) && h->place;

	(void)budget_settle(&h->queue, 0);

	if (!kept && cost > 0)
		spend_late(r, h, cost);
	else if (!kept)
		h->place = NULL; /* another's by now */
	if (!h->place)
		return;
	if (cost == PRICE_UNKNOWN)
		budget_unpriced(h->place, h->turn.period);
	else
		look_for_news(r, h->rule, h->place, h->turn.period);
}

void spend_settle(struct req *r, const struct verdict *v)
{
	struct spend *s = &r->spend;
	picousd cost;

	if (!v) {
		undo(s);
		return;
	}
	if (r->site->book)
		spend_price_learn(r);
	if (!s->n)
		return;
	cost = counted(r, v);
	for (size_t i = 0; i < s->n; i++)
		settle_one(r, &s->hold[i], cost);
	s->n = 0;
	if (cost != PRICE_UNKNOWN)
		s->settled = price_sum(s->settled, cost);
}
