#include "serve/spend_bound.h"

#include "dialect/output_cap.h"
#include "serve/size.h"

#define CHOICES_MOST 128
#define OUTPUT_MOST 131072 /* no model says more, whatever it is allowed */

static int64_t choices(const struct req *r)
{
	int64_t n = 1;

	if (r->chat.shape == SHAPE_CHAT || r->chat.shape == SHAPE_COMPLETION)
		json_int(&r->doc, json_get(&r->doc, 0, "n"), &n);
	return n < 1 ? 1 : n > CHOICES_MOST ? CHOICES_MOST : n;
}

static int64_t most_output(const struct req *r, int reserve)
{
	const struct model *m = r->plan.target->section;
	int64_t cap = output_cap(&r->chat);
	int64_t most = m ? m->max_output_tokens : 0;

	if (r->chat.shape == SHAPE_EMBEDDING)
		return 0;
	if (most > 0 && (cap < 0 || cap > most))
		cap = most;
	if (cap > OUTPUT_MOST)
		cap = OUTPUT_MOST;
	return (cap < 0 ? reserve : cap) * choices(r);
}

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

static picousd dearer(picousd a, picousd b)
{
	return a > b ? a : b; /* PRICE_UNKNOWN is below all */
}

/* Of all ways in which it may be billed the dearest. */
static picousd dearest(struct req *r, const struct prices *p, int64_t input,
		       int64_t output)
{
	const struct usage plain = { .input = input, .output = output };
	struct usage u = plain;
	const char *model = arena_cstr(r->a, r->plan.target->model);
	picousd most = price_of(p, model, &u);

	u.cache_write = input;
	most = dearer(most, price_of(p, model, &u));
	u.cache_write_1h = input;
	most = dearer(most, price_of(p, model, &u));
	u = plain;
	u.tier = USAGE_PRIORITY;
	if (json_get(&r->doc, 0, "service_tier"))
		most = dearer(most, price_of(p, model, &u));
	u = plain;
	u.reasoning = output;
	return dearer(most, price_of(p, model, &u));
}

static bool is_free(const struct req *r)
{
	enum shape s = r->asked.endpoint.shape;

	return s == SHAPE_COUNT || s == SHAPE_MODELS;
}

picousd spend_bound(struct req *r, int reserve)
{
	const struct prices *p = site_prices(r->site);

	if (is_free(r))
		return 0;
	if (!p || shape_unread(r->asked.endpoint.shape))
		return PRICE_UNKNOWN;
	return dearest(r, p, most_input(r), most_output(r, reserve));
}
