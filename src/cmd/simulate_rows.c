#include "base/count.h"
#include "cmd/simulate.h"

#include <inttypes.h>

static struct simulate_row row_of(const struct simulate *s,
				  const struct curve_total *t,
				  const struct curve_point *p)
{
	struct curve_reading r = curve_read(s->curve, p);

	return (struct simulate_row){
		.ttl = CURVE_FOREVER,
		.asks = t->asks,
		.hits = t->asks - r.missed,
		.bill = r.bill,
		.saved = t->worth - r.bill,
		.hits_error = r.missed_error,
		.bill_error = r.bill_error,
	};
}

typedef void give(void *ctx, const struct simulate_row *r);

static void give_sizes(const struct simulate *s, const struct curve_total *t,
		       give *row, void *ctx)
{
	struct simulate_row r;

	for (size_t i = 0; i < s->plan.sizes; i++)
		for (int p = 0; p < CURVE_POLICIES; p++) {
			if (!s->plan.policy[p])
				continue;
			r = row_of(s, t, curve_size(s->curve,
						    (enum curve_policy)p, i));
			r.what = "size";
			r.policy = curve_policy_name[p];
			r.size = s->plan.size[i];
			r.ttl = s->plan.ttl;
			row(ctx, &r);
		}
}

static void give_lives(const struct simulate *s, const struct curve_total *t,
		       give *row, void *ctx)
{
	struct simulate_row r;

	for (size_t i = 0; i < s->plan.lives; i++) {
		r = row_of(s, t, curve_life(s->curve, i));
		r.what = "ttl";
		r.ttl = s->plan.life[i];
		row(ctx, &r);
	}
	r = row_of(s, t, &t->ever);
	r.what = "ttl";
	row(ctx, &r);
}

static void give_scopes(const struct simulate *s, const struct curve_total *t,
			give *row, void *ctx)
{
	struct simulate_row r = row_of(s, t, &t->apart);

	r.what = "scope";
	r.scope = "tenant";
	row(ctx, &r);
	r = row_of(s, t, &t->shared);
	r.what = "scope";
	r.scope = "site";
	row(ctx, &r);
}

void simulate_rows(const struct simulate *s, give *row, void *ctx)
{
	struct simulate_row none = { .what = "none", .ttl = CURVE_FOREVER };
	struct simulate_row actual = { .what = "actual",
				       .ttl = CURVE_FOREVER };
	struct curve_total t;

	curve_total(s->curve, &t);
	none.asks = actual.asks = t.asks;
	none.bill = t.worth;
	actual.hits = s->hits;
	actual.bill = s->billed;
	actual.saved = t.worth - s->billed;
	row(ctx, &none);
	row(ctx, &actual);
	give_sizes(s, &t, row, ctx);
	give_lives(s, &t, row, ctx);
	give_scopes(s, &t, row, ctx);
}

/* -- words ----------------------------------------------------------------- */

struct unit {
	uint64_t n;
	const char *name;
};

static void put_word(uint64_t v, const struct unit *unit, size_t n,
		     char out[SIMULATE_WORD])
{
	size_t i = 0;

	while (i + 1 < n && (v == 0 || v % unit[i].n != 0))
		i++;
	snprintf(out, SIMULATE_WORD, "%" PRIu64 "%s", v / unit[i].n,
		 unit[i].name);
}

void simulate_size_word(uint64_t bytes, char out[SIMULATE_WORD])
{
	static const struct unit unit[] = {
		{ 1u << 30, "G" }, { 1u << 20, "M" }, { 1u << 10, "K" },
		{ 1, "" },
	};

	put_word(bytes, unit, COUNT_OF(unit), out);
}

void simulate_time_word(int64_t ms, char out[SIMULATE_WORD])
{
	static const struct unit unit[] = {
		{ 86400000, "d" }, { 3600000, "h" }, { 60000, "m" },
		{ 1000, "s" }, { 1, "ms" },
	};

	if (ms == CURVE_FOREVER)
		snprintf(out, SIMULATE_WORD, "ever");
	else
		put_word((uint64_t)ms, unit, COUNT_OF(unit), out);
}
