#include "serve/spend_bound.h"

#include "base/count.h"
#include "dialect/output_cap.h"
#include "serve/size.h"
#include "serve/spend_price.h"

#define CHOICES_MOST 128
#define PROMPTS_MOST 4096
#define OUTPUT_MOST 131072 /* of a model of which nobody says more, */
#define INPUT_MOST 131072  /* and of what is not in the request */

/* -- the answer ------------------------------------------------------------ */

static int64_t number(const struct req *r, const char *name, int64_t most)
{
	uint32_t v = json_get(&r->doc, 0, name);
	int64_t n = 1;

	if (v && !json_is(&r->doc, v, JSON_NULL) && !json_int(&r->doc, v, &n))
		return most; /* some servers read "5", too */
	return n < 1 ? 1 : n > most ? most : n;
}

/* Legacy completions: each text, or list of tokens, is answered. */
static int64_t prompts(const struct req *r)
{
	uint32_t list = json_get(&r->doc, 0, "prompt"), first;
	int64_t n;

	if (!json_is(&r->doc, list, JSON_ARRAY))
		return 1;
	first = json_first(&r->doc, list);
	n = (int64_t)json_count(&r->doc, list);
	if (n < 1 || json_is(&r->doc, first, JSON_NUMBER))
		return 1;
	return n > PROMPTS_MOST ? PROMPTS_MOST : n;
}

/* Answers, all of which are billed, those of best_of that nobody sees, too. */
static int64_t choices(const struct req *r)
{
	int64_t n, best;

	if (r->chat.shape != SHAPE_CHAT && r->chat.shape != SHAPE_COMPLETION)
		return 1;
	n = number(r, "n", CHOICES_MOST);
	if (r->chat.shape == SHAPE_CHAT)
		return n;
	best = number(r, "best_of", CHOICES_MOST);
	return (best > n ? best : n) * prompts(r);
}

static int64_t lower(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What a model may say at most, and no caller makes it say more. */
static int64_t most_of(const struct spend_price *by)
{
	return by->window.output > 0 ? by->window.output : OUTPUT_MOST;
}

/* Of one answer. What thinks unbounded may think for as long as it can. */
static int64_t most_output(const struct req *r, const struct spend_price *by,
			   int reserve)
{
	const struct model *m = r->plan.target->section;
	int64_t cap = output_cap_most(&r->chat);

	if (r->chat.shape == SHAPE_EMBEDDING)
		return 0;
	if (m && m->max_output_tokens > 0 &&
	    (cap < 0 || cap > m->max_output_tokens))
		cap = m->max_output_tokens;
	if (cap < 0)
		cap = by->window.reasons ? most_of(by) : reserve;
	return lower(cap, most_of(by));
}

/* -- the prompt ------------------------------------------------------------ */

/* A quarter more than an estimate. */
static int64_t most_input(struct req *r)
{
	int64_t n = r->fit.tokens;

	if (n < 0)
		n = (int64_t)r->asked.body.n / 4;
	if (n < 1) /* else a dear one would look as if it were free */
		n = 1;
	return size_table(r->site, r->plan.target) ? n : n + n / 4;
}

/* Is there more of it at the provider? */
static bool goes_on(const struct req *r)
{
	static const char *const names[] = { "previous_response_id",
					     "conversation", "prompt" };
	uint32_t v;

	for (size_t i = 0;
	     r->chat.shape == SHAPE_RESPONSES && i < COUNT_OF(names); i++) {
		v = json_get(&r->doc, 0, names[i]);
		if (v && !json_is(&r->doc, v, JSON_NULL))
			return true;
	}
	return false;
}

/* As much as the model can read, then. */
static int64_t unseen(const struct req *r, const struct spend_price *by,
		      int64_t input)
{
	int64_t most = by->window.input > 0 ? by->window.input : INPUT_MOST;

	return goes_on(r) && most > input ? most - input : 0;
}

/* -- their price ----------------------------------------------------------- */

static picousd dearer(picousd a, picousd b)
{
	return a > b ? a : b; /* PRICE_UNKNOWN is below all */
}

/* Of all ways in which it may be billed the dearest. */
static picousd dearest(struct req *r, const struct usage *plain)
{
	struct usage u = *plain;
	picousd most = spend_price_of(r, &u);

	u.cache_write = u.input;
	most = dearer(most, spend_price_of(r, &u));
	u.cache_write_1h = u.input;
	most = dearer(most, spend_price_of(r, &u));
	u = *plain;
	u.tier = USAGE_PRIORITY;
	if (json_get(&r->doc, 0, "service_tier"))
		most = dearer(most, spend_price_of(r, &u));
	u = *plain;
	u.reasoning = u.output;
	most = dearer(most, spend_price_of(r, &u));
	u = *plain;
	u.audio_in = u.input;
	u.audio_out = u.output;
	if (json_get(&r->doc, 0, "audio"))
		most = dearer(most, spend_price_of(r, &u));
	return most;
}

static void fill(struct req *r, struct spend_bound *x, int reserve)
{
	const struct spend_price *by = spend_price(r);
	int64_t input = most_input(r), one = most_output(r, by, reserve);
	struct usage u = { .input = input };

	x->known = !by->guessed;
	x->asked = spend_price_of(r, &u);
	u.output = lower(one, reserve);
	x->begun = spend_price_of(r, &u);
	u.input += unseen(r, by, input);
	u.output = one * choices(r);
	x->most = dearest(r, &u);
}

void spend_bound(struct req *r, int reserve)
{
	struct spend_bound *x = &r->spend.bound;

	*x = (struct spend_bound){ .known = true };
	if (shape_is_free(r->asked.endpoint.shape))
		return;
	if (shape_unread(r->asked.endpoint.shape))
		x->most = PRICE_UNKNOWN;
	else
		fill(r, x, reserve);
	x->known = x->known && x->most != PRICE_UNKNOWN;
}

int64_t spend_most_output(struct req *r)
{
	return most_of(spend_price(r)) * choices(r);
}
