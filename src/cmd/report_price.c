#include "cmd/report.h"

#include "base/count.h"

#define LONGEST_NAME 512

/* PRICE_UNKNOWN also for no name. */
static picousd price(const struct prices *p, struct str model,
		     const struct usage *u)
{
	char name[LONGEST_NAME];

	if (!model.n || model.n >= sizeof(name))
		return PRICE_UNKNOWN;
	memcpy(name, model.p, model.n);
	name[model.n] = '\0';
	return price_of(p, name, u);
}

/* By the name that gave the logged cost, that of the answer, that of the
 * question: the first the table knows. */
static picousd price_call(const struct report_entry *e,
			  const struct prices *p, const struct usage *u)
{
	picousd c = price(p, e->priced_as, u);

	if (c == PRICE_UNKNOWN)
		c = price(p, e->response_model, u);
	if (c == PRICE_UNKNOWN)
		c = price(p, e->dim[REPORT_MODEL], u);
	return c;
}

static bool has_word(struct str list, const char *word)
{
	struct str s;

	while (str_cut(&list, ',', &s))
		if (str_is(s, word))
			return true;
	return false;
}

/* -- savings --------------------------------------------------------------- */

static picousd less(picousd a, picousd b)
{
	return a == PRICE_UNKNOWN || b == PRICE_UNKNOWN ? PRICE_UNKNOWN : a - b;
}

static picousd routing(const struct report_entry *e, const struct prices *p,
		       picousd cost)
{
	return less(price(p, e->dim[REPORT_MODEL], &e->usage), cost);
}

static picousd history(const struct report_entry *e, const struct prices *p,
		       picousd cost)
{
	const struct usage trimmed = { .input = e->trimmed_tokens };

	(void)cost;
	return price_call(e, p, &trimmed);
}

static picousd prompt_cache(const struct report_entry *e,
			    const struct prices *p, picousd cost)
{
	struct usage fresh = e->usage;

	fresh.cache_read = fresh.cache_write = fresh.cache_write_1h = 0;
	return less(price_call(e, p, &fresh), cost);
}

static const struct part {
	const char *word;
	picousd (*price)(const struct report_entry *e, const struct prices *p,
			 picousd cost);
	size_t at;
} parts[] = {
	{ "routing", routing, offsetof(struct report_entry, saved_routing) },
	{ "history", history, offsetof(struct report_entry, saved_history) },
	{ "prompt_cache", prompt_cache,
	  offsetof(struct report_entry, saved_prompt_cache) },
};

/* By each that the line names; false when one of them has no price. */
static bool reprice_parts(struct report_entry *e, const struct prices *p,
			  picousd cost)
{
	bool all = true, any = false;
	picousd sum = 0, *v;

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		v = (picousd *)((char *)e + parts[i].at);
		*v = PRICE_UNKNOWN;
		if (!has_word(e->saved_by, parts[i].word))
			continue;
		*v = parts[i].price(e, p, cost);
		all &= *v != PRICE_UNKNOWN;
		any |= *v != PRICE_UNKNOWN;
		sum = price_sum(sum, *v != PRICE_UNKNOWN ? *v : 0);
	}
	e->saved = any ? sum : PRICE_UNKNOWN;
	return all && any;
}

/* -- a line ---------------------------------------------------------------- */

/* By its own tokens. PRICE_UNKNOWN also where there are none. */
static picousd price_line(const struct report_entry *e, const struct prices *p)
{
	return e->usage.input < 0 && e->usage.output < 0 ?
		       PRICE_UNKNOWN : price_call(e, p, &e->usage);
}

/* A hit costs nothing itself. What weak and failed calls took is left out, and
 * so is all of it where its own tokens have no price. */
static void reprice_cost(struct report_entry *e, picousd own,
			 report_money *left)
{
	report_money known = report_entry_known(e);
	bool was_known = e->cost != PRICE_UNKNOWN;

	e->cost = PRICE_UNKNOWN;
	if ((e->miss || e->bypass) && own != PRICE_UNKNOWN) {
		known = report_entry_known(e);
		e->cost = own;
	} else if (e->tier >= 0 && was_known) {
		e->cost = 0;
	}
	e->weak_cost = e->spilt = PRICE_UNKNOWN;
	*left += known;
}

void report_reprice(struct report_entry *e, const struct prices *p,
		    struct report_left *left)
{
	picousd own = price_line(e, p);
	report_money cost = 0;
	bool fine = true;

	reprice_cost(e, own, &cost);
	if (e->saved != PRICE_UNKNOWN && e->tier >= 0) {
		e->saved = own;
		fine = own != PRICE_UNKNOWN;
	} else if (e->saved != PRICE_UNKNOWN) {
		fine = reprice_parts(e, p, e->cost);
	}
	left->lines += cost != 0 || !fine;
	left->cost += cost;
}
