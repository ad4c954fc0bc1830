#include "cmd/report_sum.h"

#include <stdio.h>

#include "base/count.h"

const char *const report_saver_name[REPORT_SAVERS] = {
	"cache", "collapsed", "routing", "history", "prompt_cache",
	"together",
};

const char *const report_tokens_name[USAGE_PARTS] = {
	"fresh_input", "cache_read", "cache_write_5m", "cache_write_1h",
	"output", "reasoning",
};

static void add_count(int64_t *sum, int64_t n)
{
	if (n > 0 && __builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

/* -- tokens ---------------------------------------------------------------- */

static void add_tokens(int64_t sum[USAGE_PARTS], const struct usage *u)
{
	int64_t part[USAGE_PARTS];

	usage_split(part, u);
	for (size_t i = 0; i < USAGE_PARTS; i++)
		add_count(&sum[i], part[i]);
}

int64_t report_sum_input(const struct report_sum *s)
{
	int64_t sum = 0;

	for (int i = USAGE_FRESH; i < USAGE_OUTPUT; i++)
		add_count(&sum, s->tokens[i]);
	return sum;
}

/* -- savings --------------------------------------------------------------- */

static void save(struct report_sum *s, enum report_saver by, picousd v)
{
	if (v == PRICE_UNKNOWN)
		return;
	s->saved += v;
	s->saved_by[by] += v;
}

/* Several savers at once: what the line does not say of each is left. */
static void save_parts(struct report_sum *s, const struct report_entry *e)
{
	const picousd part[] = { e->saved_routing, e->saved_history,
				 e->saved_prompt_cache };
	report_money rest = e->saved;

	for (size_t i = 0; i < COUNT_OF(part); i++) {
		if (part[i] == PRICE_UNKNOWN)
			continue;
		s->saved_by[REPORT_SAVED_ROUTING + i] += part[i];
		rest -= part[i];
	}
	s->saved_by[REPORT_SAVED_TOGETHER] += rest;
	s->saved += e->saved;
}

static void add_saved(struct report_sum *s, const struct report_entry *e)
{
	if (e->saved == PRICE_UNKNOWN)
		return;
	if (e->tier == REPORT_COLLAPSED) {
		save(s, REPORT_SAVED_COLLAPSED, e->saved);
		return;
	}
	for (int i = 0; i < REPORT_SAVED_TOGETHER; i++)
		if (str_is(e->saved_by, report_saver_name[i])) {
			save(s, (enum report_saver)i, e->saved);
			return;
		}
	save_parts(s, e);
}

/* -- a line ---------------------------------------------------------------- */

/* What was billed, whoever asked. */
static void add_bill(struct report_sum *s, const struct report_entry *e)
{
	if (e->miss || e->bypass)
		add_tokens(s->tokens, &e->usage);
	if (report_entry_called(e)) {
		s->calls++;
		s->unpriced += e->cost == PRICE_UNKNOWN;
		s->estimated += e->estimated;
	}
	s->cost += report_entry_known(e);
	add_count(&s->maybe_billed, e->maybe_billed);
}

static void add_request(struct report_sum *s, const struct report_entry *e)
{
	bool failed = e->tier < 0 && !e->aborted &&
		      (e->status >= 400 || e->error.n);

	s->requests++;
	if (e->tier >= 0) {
		s->hits++;
		s->tier[e->tier]++;
	}
	s->misses += e->miss;
	s->bypasses += e->bypass;
	s->aborted += e->aborted;
	s->errors += failed;
	s->cacheable += e->tier >= 0 ||
			(e->miss && e->status < 400 && !e->error.n);
	s->fallbacks += e->fallback_from.n != 0;
	if (e->duration_ms >= 0)
		report_sketch_add(&s->latency, e->duration_ms);
	if (e->ttfb_ms >= 0)
		report_sketch_add(&s->ttfb, e->ttfb_ms);
	add_saved(s, e);
}

void report_sum_add(struct report_sum *s, const struct report_entry *e)
{
	add_bill(s, e);
	if (e->purpose.n)
		s->asides++;
	else
		add_request(s, e);
}

/* Every count of struct report_sum, to be added up. */
#define COUNT(field) offsetof(struct report_sum, field)
static const size_t counts[] = {
	COUNT(requests), COUNT(asides), COUNT(cacheable), COUNT(hits),
	COUNT(misses), COUNT(bypasses), COUNT(errors), COUNT(aborted),
	COUNT(fallbacks), COUNT(calls), COUNT(unpriced), COUNT(estimated),
	COUNT(maybe_billed),
};

void report_sum_merge(struct report_sum *s, const struct report_sum *other)
{
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		add_count((int64_t *)((char *)s + counts[i]),
			  *(const int64_t *)((const char *)other +
					     counts[i]));
	for (int i = 0; i < REPORT_TIERS; i++)
		s->tier[i] += other->tier[i];
	for (int i = 0; i < USAGE_PARTS; i++)
		add_count(&s->tokens[i], other->tokens[i]);
	s->cost += other->cost;
	s->saved += other->saved;
	for (int i = 0; i < REPORT_SAVERS; i++)
		s->saved_by[i] += other->saved_by[i];
	report_sketch_merge(&s->latency, &other->latency);
	report_sketch_merge(&s->ttfb, &other->ttfb);
}

void report_sum_free(struct report_sum *s)
{
	report_sketch_free(&s->latency);
	report_sketch_free(&s->ttfb);
}

void report_sum_move_times(struct report_sum *s, struct report_sum *to)
{
	report_sketch_move(&s->latency, &to->latency);
	report_sketch_move(&s->ttfb, &to->ttfb);
}

bool report_sum_cost_known(const struct report_sum *s)
{
	return s->cost || !s->unpriced || s->calls > s->unpriced;
}

/* -- money as text --------------------------------------------------------- */

static report_money power_of_ten(int n)
{
	report_money v = 1;

	while (n--)
		v *= 10;
	return v;
}

/* Most significant digit first; returns where they end. */
static char *put_digits(char *to, report_money v)
{
	char digits[40];
	int n = 0;

	do
		digits[n++] = (char)('0' + (int)(v % 10));
	while (v /= 10);
	while (n)
		*to++ = digits[--n];
	return to;
}

void report_money_round(report_money v, int places,
			char out[REPORT_MONEY_TEXT])
{
	report_money unit = power_of_ten(12 - places);
	report_money tens = power_of_ten(places);
	bool negative = v < 0;

	v = ((negative ? -v : v) + unit / 2) / unit;
	if (negative && v)
		*out++ = '-';
	out = put_digits(out, v / tens);
	*out = '\0';
	if (places)
		snprintf(out, 14, ".%0*lld", places, (long long)(v % tens));
}

void report_money_exact(report_money v, char out[REPORT_MONEY_TEXT])
{
	size_t n;

	report_money_round(v, 12, out);
	n = strlen(out);
	while (out[n - 1] == '0')
		n--;
	n -= out[n - 1] == '.';
	out[n] = '\0';
}

int report_money_places(const struct report_sum *total)
{
	static const report_money usd = 1000000000000;
	report_money most = total->cost;

	if (most < total->saved)
		most = total->saved;
	return most >= 1000 * usd ? 2 : most >= usd ? 4 : 6;
}
