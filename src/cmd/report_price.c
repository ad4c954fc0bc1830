#include "cmd/report.h"

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

/* Puts the difference of two prices into its part; what is not known stays
 * as it was logged. */
static void set_part(picousd *part, picousd without, picousd with)
{
	if (without != PRICE_UNKNOWN && with != PRICE_UNKNOWN)
		*part = without - with;
}

/* With one saver alone the log has no parts. */
static void reprice_parts(struct report_entry *e, const struct prices *p)
{
	const struct usage trimmed = { .input = e->trimmed_tokens };
	struct usage fresh = e->usage;
	picousd *const part[] = { &e->saved_routing, &e->saved_history,
				  &e->saved_prompt_cache };
	picousd sum = 0;

	fresh.cache_read = fresh.cache_write = fresh.cache_write_1h = 0;
	if (has_word(e->saved_by, "routing"))
		set_part(&e->saved_routing,
			 price(p, e->dim[REPORT_MODEL], &e->usage), e->cost);
	if (has_word(e->saved_by, "history"))
		set_part(&e->saved_history, price_call(e, p, &trimmed), 0);
	if (has_word(e->saved_by, "prompt_cache"))
		set_part(&e->saved_prompt_cache, price_call(e, p, &fresh),
			 e->cost);
	for (size_t i = 0; i < sizeof(part) / sizeof(*part); i++)
		if (*part[i] != PRICE_UNKNOWN)
			sum += *part[i];
	e->saved = sum;
}

void report_reprice(struct report_entry *e, const struct prices *p)
{
	picousd c = price_call(e, p, &e->usage);

	if (e->tier >= 0) {
		if (e->saved != PRICE_UNKNOWN && c != PRICE_UNKNOWN)
			e->saved = c;
		return;
	}
	if (!report_entry_called(e))
		return;
	e->cost = c;
	if (c != PRICE_UNKNOWN && e->weak_cost != PRICE_UNKNOWN)
		e->cost += e->weak_cost; /* its tokens are not logged */
	if (e->saved != PRICE_UNKNOWN && c != PRICE_UNKNOWN)
		reprice_parts(e, p);
}
