#include "serve/bill.h"

#include "serve/meter.h"

const char *const bill_saver_word[BILL_SAVERS] = {
	"cache", "collapsed", "routing", "history", "prompt_cache",
};

/* -- what it cost ---------------------------------------------------------- */

/* Is r->out what the line tells of, and a call of this request's own? */
static bool tells_own(const struct req *r)
{
	return !req_from_cache(r) && !r->out.collapsed && r->out.answered;
}

/* A call that was refused cost nothing. */
static bool is_refusal(const struct req *r)
{
	return r->out.status != 200 && r->out.cost == PRICE_UNKNOWN;
}

/* What calls cost that failed after some of an answer; but for the one that
 * the line tells of, whose cost is its own. */
static picousd spilt(const struct req *r)
{
	return r->tries.spilt -
	       (r->out.spilt && tells_own(r) ? r->out.cost : 0);
}

/* Each call is in one of three: the answer, what was weak, what was spilt. Of
 * a request that was refused and had none of them nothing is said. */
picousd bill_cost(const struct req *r)
{
	bool own = tells_own(r) && !is_refusal(r);
	bool others = req_from_cache(r) ||
		      (r->out.answered && r->out.collapsed);

	if (!own && !others && !r->weak.calls && !spilt(r))
		return PRICE_UNKNOWN;
	return price_sum(price_sum(own ? r->out.cost : 0, r->weak.cost),
			 spilt(r));
}

/* As much of that as is known. */
static picousd known(const struct req *r, picousd cost)
{
	if (cost != PRICE_UNKNOWN)
		return cost;
	return price_sum(spilt(r), r->weak.cost == PRICE_UNKNOWN ? 0 :
							       r->weak.cost);
}

/* -- savings --------------------------------------------------------------- */

/* What the same tokens would have cost on the model that was asked for. */
static picousd routing_saved(struct req *r)
{
	const struct prices *p = site_prices(r->site);
	picousd asked, paid = price_sum(r->out.cost, r->weak.cost);

	if (!p || !r->plan.route.n || paid == PRICE_UNKNOWN)
		return 0;
	asked = price_of(p, arena_cstr(r->a, r->plan.requested),
			 &r->out.facts.usage);
	return asked == PRICE_UNKNOWN ? 0 : asked - paid;
}

/* Of other tokens of the call, by the name that it was priced by. */
static picousd same_price(const struct req *r, const struct usage *u)
{
	return r->out.priced_as ? price_of(site_prices(r->site),
					   r->out.priced_as, u) :
				  PRICE_UNKNOWN;
}

/* What the dropped messages would have cost as fresh input. */
static picousd history_saved(struct req *r)
{
	const struct usage u = { .input = r->fit.trimmed_tokens };
	picousd c;

	if (!u.input || !r->out.whole)
		return 0;
	c = same_price(r, &u);
	return c == PRICE_UNKNOWN ? 0 : c;
}

/* What reading from the provider's cache was worth, less what writing to it
 * cost; of larder's own marks only. */
static picousd prompt_cache_saved(struct req *r)
{
	struct usage u = r->out.facts.usage;
	picousd fresh;

	if (!r->fit.marks || r->out.cost == PRICE_UNKNOWN)
		return 0;
	u.cache_read = u.cache_write = u.cache_write_1h = 0;
	fresh = same_price(r, &u);
	return fresh == PRICE_UNKNOWN ? 0 : fresh - r->out.cost;
}

/* Below 0: it cost. */
static picousd (*const saved_by[BILL_SAVERS])(struct req *r) = {
	[BILL_BY_ROUTING] = routing_saved,
	[BILL_BY_HISTORY] = history_saved,
	[BILL_BY_PROMPT_CACHE] = prompt_cache_saved,
};

static bool saved_all(const struct req *r)
{
	return req_from_cache(r) || (r->out.collapsed && r->out.whole);
}

void bill_make(struct req *r, struct bill *x)
{
	*x = (struct bill){ .cost = bill_cost(r) };
	x->known = known(r, x->cost);
	if (saved_all(r))
		x->saved[req_from_cache(r) ? BILL_BY_CACHE :
					     BILL_BY_COLLAPSED] =
			req_from_cache(r) ? r->hit.cost : r->out.cost;
	else if (!r->fail.status && r->out.whole && r->out.status == 200)
		for (size_t i = 0; i < BILL_SAVERS; i++)
			if (saved_by[i])
				x->saved[i] = saved_by[i](r);
}

/* -- members --------------------------------------------------------------- */

static void parts(struct line *l, const struct bill *x)
{
	static const char *const names[BILL_SAVERS] = {
		[BILL_BY_ROUTING] = "saved_routing_usd",
		[BILL_BY_HISTORY] = "saved_history_usd",
		[BILL_BY_PROMPT_CACHE] = "saved_prompt_cache_usd",
	};

	for (size_t i = 0; i < BILL_SAVERS; i++)
		if (x->saved[i] && names[i])
			line_money(l, names[i], x->saved[i]);
}

static void savings(struct req *r, const struct bill *x, struct line *l)
{
	struct buf by;
	picousd sum = 0;
	int n = 0;

	buf_init(&by, r->a);
	for (size_t i = 0; i < BILL_SAVERS; i++) {
		if (!x->saved[i])
			continue;
		buf_printf(&by, "%s%s", n++ ? "," : "", bill_saver_word[i]);
		sum = price_sum(sum, x->saved[i]);
	}
	if (saved_all(r) && !n) /* what cost nothing */
		buf_puts(&by, bill_saver_word[req_from_cache(r) ?
				BILL_BY_CACHE : BILL_BY_COLLAPSED]);
	if (by.n)
		line_money(l, "saved_usd", sum);
	line_str(l, "saved_by", buf_view(&by));
	if (n > 1)
		parts(l, x);
}

static bool is_priced_oddly(const struct req *r)
{
	return r->out.priced_as && !r->out.collapsed && !req_from_cache(r) &&
	       strcmp(r->out.priced_as, r->out.facts.model) != 0;
}

void bill_write(struct req *r, const struct bill *x, struct line *l)
{
	line_money(l, "cost_usd", x->cost);
	if (r->weak.calls)
		line_money(l, "weak_cost_usd", r->weak.cost);
	if (spilt(r))
		line_money(l, "spilt_usd", spilt(r));
	if (!req_from_cache(r) && r->out.answered)
		line_money(l, "provider_cost_usd", meter_said(&r->out.facts));
	if (is_priced_oddly(r) && x->cost != PRICE_UNKNOWN)
		line_str(l, "priced_as", str_c(r->out.priced_as));
	savings(r, x, l);
	if (r->out.answered && site_prices(r->site))
		line_str(l, "price_table",
			 str_c(prices_id(site_prices(r->site))));
	if (r->spend.any)
		line_money(l, "budget_usd", r->spend.settled);
}
