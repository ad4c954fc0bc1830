#include "cmd/report_column.h"

#include <stdio.h>

#include "base/count.h"

struct column {
	const char *name;
	void (*put)(const struct report_sum *s, size_t at, char *out);
	size_t at;      /* in struct report_sum */
};

static void put_number(char *out, int64_t n)
{
	snprintf(out, REPORT_MONEY_TEXT, "%lld", (long long)n);
}

static const void *field(const struct report_sum *s, size_t at)
{
	return (const char *)s + at;
}

static void put_count(const struct report_sum *s, size_t at, char *out)
{
	put_number(out, *(const int64_t *)field(s, at));
}

static void put_money(const struct report_sum *s, size_t at, char *out)
{
	report_money_exact(*(const report_money *)field(s, at), out);
}

static void put_cost(const struct report_sum *s, size_t at, char *out)
{
	if (report_sum_cost_known(s))
		put_money(s, at, out);
	else
		out[0] = '\0';
}

static void put_input(const struct report_sum *s, size_t at, char *out)
{
	(void)at;
	put_number(out, report_sum_input(s));
}

/* Ten-thousandths, rounded. */
static void put_rate(const struct report_sum *s, size_t at, char *out)
{
	__int128 n = (__int128)s->hits * 10000;

	(void)at;
	out[0] = '\0';
	if (!s->cacheable)
		return;
	n = (n + s->cacheable / 2) / s->cacheable;
	snprintf(out, REPORT_MONEY_TEXT, "%d.%04d", (int)(n / 10000),
		 (int)(n % 10000));
}

static void put_quantile(const struct report_sum *s, size_t at, char *out,
			 int thousandths)
{
	int64_t ms = report_sketch_at(field(s, at), thousandths);

	out[0] = '\0';
	if (ms >= 0)
		put_number(out, ms);
}

static void put_p50(const struct report_sum *s, size_t at, char *out)
{
	put_quantile(s, at, out, 500);
}

static void put_p95(const struct report_sum *s, size_t at, char *out)
{
	put_quantile(s, at, out, 950);
}

static void put_p99(const struct report_sum *s, size_t at, char *out)
{
	put_quantile(s, at, out, 990);
}

#define AT(field) offsetof(struct report_sum, field)
#define COUNT(name) { #name, put_count, AT(name) }
#define TIER(name, which) { "hits_" name, put_count, AT(tier[which]) }
#define TOKENS(name, which) { name "_tokens", put_count, AT(tokens[which]) }
#define SAVED(name, which) \
	{ "saved_by_" name "_usd", put_money, AT(saved_by[which]) }
#define QUANTILES(name) \
	{ #name "_p50_ms", put_p50, AT(name) }, \
	{ #name "_p95_ms", put_p95, AT(name) }, \
	{ #name "_p99_ms", put_p99, AT(name) }

static const struct column columns[] = {
	COUNT(requests), COUNT(asides), COUNT(cacheable), COUNT(hits),
	{ "hit_rate", put_rate, 0 },
	TIER("local", REPORT_LOCAL), TIER("memcached", REPORT_MEMCACHED),
	TIER("semantic", REPORT_SEMANTIC), TIER("stale", REPORT_STALE),
	TIER("collapsed", REPORT_COLLAPSED), TIER("pinned", REPORT_PINNED),
	COUNT(misses), COUNT(bypasses), COUNT(errors), COUNT(aborted),
	COUNT(fallbacks), COUNT(calls),
	{ "input_tokens", put_input, 0 },
	TOKENS("fresh_input", USAGE_FRESH),
	TOKENS("cache_read", USAGE_READ),
	TOKENS("cache_write_5m", USAGE_WRITE_5M),
	TOKENS("cache_write_1h", USAGE_WRITE_1H),
	TOKENS("output", USAGE_OUTPUT),
	TOKENS("reasoning", USAGE_REASONING),
	{ "cost_usd", put_cost, AT(cost) },
	{ "saved_usd", put_money, AT(saved) },
	SAVED("cache", REPORT_SAVED_CACHE),
	SAVED("collapsed", REPORT_SAVED_COLLAPSED),
	SAVED("routing", REPORT_SAVED_ROUTING),
	SAVED("history", REPORT_SAVED_HISTORY),
	SAVED("prompt_cache", REPORT_SAVED_PROMPT_CACHE),
	SAVED("together", REPORT_SAVED_TOGETHER),
	COUNT(unpriced), COUNT(estimated), COUNT(maybe_billed),
	QUANTILES(latency), QUANTILES(ttfb),
};

const char *report_column_name(int column)
{
	return columns[column].name;
}

void report_column_text(int column, const struct report_sum *s,
			char out[REPORT_MONEY_TEXT])
{
	columns[column].put(s, columns[column].at, out);
}

_Static_assert(COUNT_OF(columns) == REPORT_COLUMNS, "a new column");
