#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <stdlib.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "cmd/report.h"

static struct report *make(const char *by)
{
	struct report_wish w = { .top = 3, .entries = 3, .charts = true };

	assert_int_equal(report_by_parse(&w.by, by), 0);
	return report_new(&w);
}

static int setup(void **state)
{
	*state = make("day,model");
	return 0;
}

static int teardown(void **state)
{
	report_free((struct report **)state);
	return 0;
}

/* A line as larder writes it; more is further members with their comma. */
static void give(struct report *r, const char *day, const char *model,
		 const char *cache, const char *more)
{
	char line[4096];
	int n = snprintf(line, sizeof(line),
			 "{\"time\":\"%sT01:02:03.004Z\",\"endpoint\":"
			 "\"chat/completions\",\"cache\":\"%s\","
			 "\"gen_ai.request.model\":\"%s\"%s",
			 day, cache, model, more);

	snprintf(line + n, sizeof(line) - (size_t)n, ",\"crc\":\"%08x\"}",
		 crc32c(0, line, (size_t)n));
	report_line(r, str_c(line));
}

static const struct report_sum *sum(struct report *r, const char *day,
				    const char *model)
{
	const struct report_group *const *list;
	size_t n;

	list = report_table_groups(report_view(r, 1)->main, &n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->name[0], day) == 0 &&
		    strcmp(list[i]->name[1], model) == 0)
			return &list[i]->sum;
	return NULL;
}

static const struct report_sum *total(struct report *r)
{
	return report_view(r, 1)->total;
}

#define TOKENS ",\"gen_ai.usage.input_tokens\":100," \
	       "\"gen_ai.usage.output_tokens\":10"
#define OK ",\"status\":200" TOKENS

static void test_sums(void **state)
{
	struct report *r = *state;
	const struct report_sum *s;

	give(r, "2026-11-20", "a", "miss", OK ",\"cost_usd\":0.0000123");
	give(r, "2026-11-20", "a", "local", OK ",\"saved_usd\":0.0000123");
	give(r, "2026-11-20", "a", "memcached", OK ",\"cost_usd\":0,"
	     "\"saved_usd\":\"0.000000000001\"");
	give(r, "2026-11-20", "a", "semantic", OK);
	give(r, "2026-11-20", "a", "stale", OK ",\"error.type\":\"504\"");
	give(r, "2026-11-20", "a", "collapsed", OK);
	give(r, "2026-11-20", "a", "bypass", OK ",\"cost_usd\":1e-3");
	give(r, "2026-11-20", "a", "miss", ",\"status\":502,"
	     "\"error.type\":\"upstream\"");
	give(r, "2026-11-20", "b", "miss", OK);
	give(r, "2026-11-21", "a", "miss", OK ",\"cost_usd\":2");
	s = sum(r, "2026-11-20", "a");
	assert_int_equal(s->requests, 8);
	assert_int_equal(s->hits, 5);
	for (int i = 0; i < REPORT_PINNED; i++)
		assert_int_equal(s->tier[i], 1);
	assert_int_equal(s->cacheable, 6);
	assert_int_equal(s->misses, 2);
	assert_int_equal(s->bypasses, 1);
	assert_int_equal(s->errors, 1);
	assert_int_equal(report_sum_input(s), 200);
	assert_int_equal(s->tokens[USAGE_OUTPUT], 20);
	assert_int_equal(s->unpriced, 0);
	assert_true(s->cost == 1012300000);
	assert_true(s->saved == 12300001);
	s = sum(r, "2026-11-20", "b");
	assert_int_equal(s->unpriced, 1);
	assert_false(report_sum_cost_known(s));
	assert_null(sum(r, "2026-11-21", "b"));
	assert_int_equal(total(r)->requests, 10);
	assert_int_equal(total(r)->cacheable, 8);
	assert_int_equal(report_sum_input(total(r)), 400);
	assert_true(total(r)->cost == 2001012300000);
	assert_int_equal(report_feed_damaged(report_view(r, 1)->feed), 0);
	assert_string_equal(report_view(r, 1)->first, "2026-11-20");
	assert_string_equal(report_view(r, 1)->last, "2026-11-21");
}

/* Every table holds the same sums. */
static void test_tables(void **state)
{
	struct report *r = *state;
	const struct report_view *v;
	const struct report_group *const *list;
	size_t n;

	give(r, "2026-11-20", "a", "miss", OK ",\"cost_usd\":1,"
	     "\"tenant\":\"t\"");
	give(r, "2026-11-21", "b", "miss", OK ",\"cost_usd\":2,"
	     "\"tenant\":\"t\"");
	v = report_view(r, 1);
	list = report_table_groups(v->tenant, &n);
	assert_int_equal(n, 1);
	assert_string_equal(list[0]->name[0], "t");
	assert_true(list[0]->sum.cost == v->total->cost);
	assert_int_equal(v->total->cost / 1000000000000, 3);
}

static void test_buckets(void **state)
{
	struct report *r = *state;
	const struct report_sum *s;

	give(r, "2026-11-20", "a", "miss", ",\"status\":200,"
	     "\"gen_ai.usage.input_tokens\":1000,"
	     "\"gen_ai.usage.output_tokens\":50,"
	     "\"gen_ai.usage.cache_read.input_tokens\":300,"
	     "\"gen_ai.usage.cache_creation.input_tokens\":200,"
	     "\"cache_write_1h_tokens\":80,\"reasoning_tokens\":20");
	/* Parts are never more than the whole. */
	give(r, "2026-11-20", "a", "miss", ",\"status\":200,"
	     "\"gen_ai.usage.input_tokens\":10,"
	     "\"gen_ai.usage.cache_read.input_tokens\":30,"
	     "\"gen_ai.usage.cache_creation.input_tokens\":30");
	s = total(r);
	assert_int_equal(s->tokens[USAGE_FRESH], 500);
	assert_int_equal(s->tokens[USAGE_READ], 310);
	assert_int_equal(s->tokens[USAGE_WRITE_5M], 120);
	assert_int_equal(s->tokens[USAGE_WRITE_1H], 80);
	assert_int_equal(s->tokens[USAGE_OUTPUT], 50);
	assert_int_equal(s->tokens[USAGE_REASONING], 20);
	assert_int_equal(report_sum_input(s), 1010);
}

static const struct saving {
	const char *cache, *more;
	int64_t by[REPORT_SAVERS]; /* picodollars */
} savings[] = {
	{ "local", "\"saved_usd\":1e-12,\"saved_by\":\"cache\"", { 1 } },
	{ "collapsed", "\"saved_usd\":2e-12,\"saved_by\":\"cache\"",
	  { [REPORT_SAVED_COLLAPSED] = 2 } },
	{ "miss", "\"saved_usd\":3e-12,\"saved_by\":\"routing\"",
	  { [REPORT_SAVED_ROUTING] = 3 } },
	{ "miss", "\"saved_usd\":-3e-12,\"saved_by\":\"prompt_cache\"",
	  { [REPORT_SAVED_PROMPT_CACHE] = -3 } },
	{ "miss", "\"saved_usd\":9e-12,\"saved_by\":\"routing,history\"",
	  { [REPORT_SAVED_TOGETHER] = 9 } },
	{ "miss", "\"saved_usd\":9e-12,\"saved_by\":\"routing,history\","
	  "\"saved_routing_usd\":11e-12,\"saved_history_usd\":-2e-12",
	  { [REPORT_SAVED_ROUTING] = 11, [REPORT_SAVED_HISTORY] = -2 } },
	{ "miss", "\"saved_usd\":9e-12,\"saved_by\":\"routing,history\","
	  "\"saved_routing_usd\":4e-12",
	  { [REPORT_SAVED_ROUTING] = 4, [REPORT_SAVED_TOGETHER] = 5 } },
};

static void test_savings(void **state)
{
	const struct report_sum *s;
	struct report *r;
	char more[512];
	report_money all;

	(void)state;
	for (size_t i = 0; i < sizeof(savings) / sizeof(*savings); i++) {
		r = make("day");
		snprintf(more, sizeof(more), ",\"status\":200,%s",
			 savings[i].more);
		give(r, "2026-11-20", "a", savings[i].cache, more);
		s = total(r);
		all = 0;
		for (int k = 0; k < REPORT_SAVERS; k++) {
			assert_true(s->saved_by[k] == savings[i].by[k]);
			all += s->saved_by[k];
		}
		assert_true(all == s->saved);
		report_free(&r);
	}
}

/* What costs nothing, or nobody knows what it was, is not unpriced. */
static void test_unpriced(void **state)
{
	struct report *r = *state;

	give(r, "2026-11-20", "", "miss", OK);
	give(r, "2026-11-20", "a", "miss", ",\"status\":429");
	give(r, "2026-11-20", "a", "local", OK);
	report_line(r, STR("{\"time\":\"2026-11-20T00:00:00Z\",\"cache\":"
			   "\"bypass\",\"gen_ai.request.model\":\"a\","
			   "\"endpoint\":\"messages/count_tokens\"}"));
	assert_int_equal(total(r)->requests, 4);
	assert_int_equal(total(r)->unpriced, 0);
	assert_non_null(sum(r, "2026-11-20", "-"));
	/* A call whose usage never came is. */
	give(r, "2026-11-20", "a", "miss", ",\"status\":200");
	assert_int_equal(total(r)->unpriced, 1);
}

/* Billed, but no request of anybody's. */
static void test_asides(void **state)
{
	struct report *r = *state;
	const struct report_sum *s;

	give(r, "2026-11-20", "a", "miss", OK ",\"cost_usd\":1,"
	     "\"saved_usd\":1,\"purpose\":\"summary\",\"duration_ms\":5");
	give(r, "2026-11-20", "a", "local", OK ",\"saved_usd\":1,"
	     "\"saved_by\":\"cache\",\"purpose\":\"summary\"");
	s = total(r);
	assert_int_equal(s->asides, 2);
	assert_int_equal(s->requests, 0);
	assert_int_equal(s->hits, 0);
	assert_int_equal(s->calls, 1);
	assert_int_equal(report_sum_input(s), 100);
	assert_true(s->cost == 1000000000000);
	assert_true(s->saved == 0);
	assert_int_equal(s->latency.n, 0);
}

static void test_counts(void **state)
{
	struct report *r = *state;
	const struct report_sum *s;

	give(r, "2026-11-20", "a", "miss", OK ",\"estimated\":true,"
	     "\"fallback_from\":\"b\",\"maybe_billed\":2,"
	     "\"duration_ms\":100,\"ttfb_ms\":10");
	give(r, "2026-11-20", "a", "miss", ",\"status\":499,"
	     "\"client_aborted\":true,\"duration_ms\":100");
	s = total(r);
	assert_int_equal(s->estimated, 1);
	assert_int_equal(s->fallbacks, 1);
	assert_int_equal(s->maybe_billed, 2);
	assert_int_equal(s->aborted, 1);
	assert_int_equal(s->errors, 0);
	assert_int_equal(report_sketch_at(&s->latency, 500), 100);
	assert_int_equal(report_sketch_at(&s->ttfb, 990), 10);
}

/* The same line again, from whatever file. */
static void test_duplicates(void **state)
{
	struct report *r = *state;
	const char one[] = ",\"run\":\"abc\",\"seq\":1,\"cost_usd\":1" OK;

	give(r, "2026-11-20", "a", "miss", one);
	give(r, "2026-11-20", "a", "miss", one);
	give(r, "2026-11-20", "a", "miss", ",\"run\":\"abd\",\"seq\":1" OK);
	give(r, "2026-11-20", "a", "miss", ",\"run\":\"abc\",\"seq\":2" OK);
	give(r, "2026-11-20", "a", "miss", ",\"seq\":2" OK); /* an old log */
	give(r, "2026-11-20", "a", "miss", ",\"seq\":2" OK);
	assert_int_equal(total(r)->requests, 5);
	assert_int_equal(report_view(r, 1)->feed->duplicates, 1);
	assert_true(total(r)->cost == 1000000000000);
}

/* A line with the number of another does not hide it, and one that has lost
 * its checksum is none of larder's. */
static void test_unlike(void **state)
{
	struct report *r = *state;

	report_line(r, STR("{\"time\":\"2026-11-20T00:00:00Z\",\"run\":\"a\","
			   "\"seq\":1,\"cache\":\"miss\",\"cost_usd\":0}"));
	assert_int_equal(report_view(r, 1)->feed->fault[REPORT_CHECKSUM], 1);
	give(r, "2026-11-20", "a", "miss", ",\"run\":\"a\",\"seq\":1,"
	     "\"cost_usd\":0" OK);
	for (int twice = 0; twice < 2; twice++)
		give(r, "2026-11-20", "a", "miss", ",\"run\":\"a\","
		     "\"seq\":1,\"cost_usd\":1" OK);
	assert_int_equal(report_view(r, 1)->feed->unlike, 1);
	assert_int_equal(report_view(r, 1)->feed->duplicates, 1);
	assert_true(total(r)->cost == 1000000000000);
	assert_false(report_view(r, 1)->doubt.forgotten);
}

#define MOST "999999999999999999"

/* Numbers that no log of larder's has add up to the most there is. */
static void test_too_much(void **state)
{
	struct report *r = *state;

	for (int i = 0; i < 100; i++)
		give(r, "2026-11-20", "a", "miss", ",\"dropped\":" MOST
		     ",\"maybe_billed\":" MOST
		     ",\"gen_ai.usage.input_tokens\":" MOST
		     ",\"gen_ai.usage.output_tokens\":" MOST ",\"size\":" MOST
		     ",\"cost_usd\":999999.999999999999,\"key\":"
		     "\"0123456789abcdef\",\"status\":200");
	assert_int_equal(report_view(r, 1)->feed->dropped, INT64_MAX);
	assert_int_equal(total(r)->maybe_billed, INT64_MAX);
	assert_int_equal(report_sum_input(total(r)), INT64_MAX);
	assert_int_equal(total(r)->tokens[USAGE_OUTPUT], INT64_MAX);
	assert_true(total(r)->cost == (report_money)999999999999999999 * 100);
}

/* So do times; a key that comes again and again over thousands of years. */
static void test_too_long(void **state)
{
	struct report *r = *state;
	struct report_keys_total t;
	struct report_key k;

	for (int i = 0; i < 100000; i++)
		give(r, i % 2 ? "9999-12-31" : "1970-01-01", "a", "miss",
		     ",\"size\":" MOST ",\"key\":\"0123456789abcdef\"" OK);
	assert_int_equal(report_keys_worst(report_view(r, 1)->keys, 1, &k), 1);
	assert_int_equal(k.kept_ms, INT64_MAX);
	assert_true(k.byte_ms > 0);
	report_keys_total(report_view(r, 1)->keys, &t);
	assert_true(t.byte_ms > 0);
}

/* Alarms are in the log, too; and what could not be written is told by the
 * next line that could. */
static void test_events(void **state)
{
	struct report *r = *state;

	give(r, "2026-11-20", "a", "miss", ",\"event\":\"budget\"" OK);
	give(r, "2026-11-20", "a", "miss", ",\"dropped\":3" OK);
	assert_int_equal(total(r)->requests, 1);
	assert_int_equal(report_view(r, 1)->feed->events, 1);
	assert_int_equal(report_view(r, 1)->feed->dropped, 3);
	assert_int_equal(report_view(r, 1)->feed->taken, 1);
}

static const struct within {
	const char *since, *until;
	int requests; /* of those at 01:02:03.004 on the 19th to the 22nd */
} withins[] = {
	{ NULL, NULL, 4 },
	{ "2026-11-20", "2026-11-21", 2 },
	{ "2026-11-20T01", "2026-11-21T01", 2 },
	{ "2026-11-20T02", "2026-11-21T00", 0 },
	{ "2026-11-20T01:02", "2026-11-21T01:02Z", 2 },
	{ "2026-11-20T01:02:03Z", "2026-11-21T01:02:03", 2 },
	{ "2026-11-20T01:02:04", "2026-11-21T01:02:02", 0 },
	{ "2026-11-22", NULL, 1 },
	{ NULL, "2026-11-19", 1 },
};

static void test_since_until(void **state)
{
	static const char *const days[] = { "2026-11-19", "2026-11-20",
					    "2026-11-21", "2026-11-22" };
	struct report_wish w = { 0 };
	struct report *r;

	(void)state;
	assert_int_equal(report_by_parse(&w.by, "hour"), 0);
	for (size_t i = 0; i < sizeof(withins) / sizeof(*withins); i++) {
		w.since = withins[i].since;
		w.until = withins[i].until;
		r = report_new(&w);
		for (int k = 0; k < 4; k++)
			give(r, days[k], "a", "miss", OK);
		assert_int_equal(total(r)->requests, withins[i].requests);
		assert_int_equal(report_view(r, 1)->feed->elsewhen,
				 4 - withins[i].requests);
		report_free(&r);
	}
}

static void test_time_span(void **state)
{
	static const char *const wrong[] = {
		"", "yesterday", "2026-1-1", "2026-02-29", "2026-11-21T",
		"2026-11-21T24", "2026-11-21T03:60", "2026-11-21 03",
		"2026-11-21T03:04:05.678Z", "2026-11-21+01",
	};
	int64_t first = 7, last = 7;

	(void)state;
	assert_true(report_time_span("1970-01-01", &first, &last));
	assert_int_equal(first, 0);
	assert_int_equal(last, 86399999);
	assert_true(report_time_span("2026-11-21T03", &first, &last));
	assert_int_equal(first, INT64_C(1795230000000));
	assert_int_equal(last - first, 3599999);
	first = 7;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(report_time_span(wrong[i], &first, &last));
	assert_int_equal(first, 7);
}

static void test_by(void **state)
{
	static const char *const wrong[] = { "", ",", "days", "day,day",
					     "day,model,colour" };
	struct report_by by = { .n = 99 };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(report_by_parse(&by, wrong[i]), -1);
	assert_int_equal(by.n, 99);
	assert_int_equal(report_by_parse(&by, "tag, cache,day,hour,model,"
					 "tenant,upstream,route,endpoint"), 0);
	assert_int_equal(by.n, REPORT_DIMS);
	assert_int_equal(by.dim[1], REPORT_CACHE);
}

/* In the order of the names, column by column; missing ones as "-". */
static void test_order(void **state)
{
	struct report *r = make("cache,tag");
	const struct report_group *const *list;
	size_t n;

	(void)state;
	give(r, "2026-11-20", "a", "miss", OK ",\"tag\":\"z\"");
	give(r, "2026-11-20", "a", "local", OK ",\"tag\":\"z\"");
	give(r, "2026-11-20", "a", "miss", OK);
	give(r, "2026-11-20", "a", "miss", OK ",\"tag\":\"a\"");
	list = report_table_groups(report_view(r, 1)->main, &n);
	assert_int_equal(n, 4);
	assert_string_equal(list[0]->name[0], "local");
	assert_string_equal(list[1]->name[1], "-");
	assert_string_equal(list[2]->name[1], "a");
	assert_string_equal(list[3]->name[1], "z");
	report_free(&r);
}

/* A name for each line: the table grows, and finds all of them again. */
static void test_many_groups(void **state)
{
	struct report *r = make("tag");
	const struct report_group *const *list;
	char more[128];
	size_t n;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(more, sizeof(more), ",\"tag\":\"t%d\"" OK, i % 10000);
		give(r, "2026-11-20", "a", "miss", more);
	}
	list = report_table_groups(report_view(r, 1)->main, &n);
	assert_int_equal(n, 10000);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(list[i]->sum.requests, 2);
	report_free(&r);
}

/* -- stored answers ------------------------------------------------------- */

static void give_key(struct report *r, int64_t key, const char *hour,
		     const char *cache, const char *more)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "{\"time\":\"2026-11-20T%s:00:00Z"
			 "\",\"cache\":\"%s\",\"status\":200,\"key\":"
			 "\"%016llx\"%s}", hour, cache,
			 (unsigned long long)key, more);

	report_line(r, (struct str){ line, (size_t)n });
}

#define SIZE ",\"size\":1000,\"ttl_ms\":7200000"

/* Three keys: of no use, of some, and one that was pushed out and is back. */
static void test_keys(void **state)
{
	struct report *r = *state;
	const struct report_view *v;
	struct report_keys_total t;
	struct report_key list[5];

	give_key(r, 1, "00", "miss", SIZE);
	give_key(r, 2, "00", "miss", SIZE);
	give_key(r, 2, "01", "local", ",\"saved_usd\":1,\"saved_by\":\"cache\"");
	give_key(r, 3, "00", "miss", SIZE);
	give_key(r, 3, "01", "miss", SIZE);
	give_key(r, 4, "01", "miss", ""); /* not stored */
	give_key(r, 5, "10", "bypass", "");
	v = report_view(r, 1);
	report_keys_total(v->keys, &t);
	assert_int_equal(t.keys, 3);
	assert_int_equal(t.never_hit, 2);
	assert_int_equal(t.one_in, 1);
	assert_int_equal(report_keys_worst(v->keys, 5, list), 3);
	assert_string_equal(list[0].key, "0000000000000003");
	assert_int_equal(list[0].kept_ms, 3 * 3600000);
	assert_int_equal(list[0].stored, 2);
	assert_string_equal(list[1].key, "0000000000000001");
	assert_int_equal(list[1].kept_ms, 2 * 3600000);
	assert_string_equal(list[2].key, "0000000000000002");
	assert_int_equal(list[2].hits, 1);
	assert_true(list[2].saved == 1000000000000);
	assert_int_equal(report_keys_worst(v->keys, 1, list), 1);
}

/* Too many for its memory: every second, every fourth are followed. */
static void test_many_keys(void **state)
{
	struct report *r = *state;
	struct report_keys_total t;

	for (int64_t i = 0; i < 250000; i++)
		give_key(r, (int64_t)((uint64_t)i * 0x9e3779b97f4a7c15), "00",
			 "miss", SIZE);
	give_key(r, 1, "10", "bypass", "");
	report_keys_total(report_view(r, 1)->keys, &t);
	assert_int_equal(t.one_in, 4);
	assert_true(t.keys > 62000 && t.keys < 63000);
}

/* -- by other prices ------------------------------------------------------- */

static const char table[] =
	"{\"big\":{\"input_cost_per_token\":1e-5,"
	"\"output_cost_per_token\":2e-5},"
	"\"small\":{\"input_cost_per_token\":1e-6,"
	"\"output_cost_per_token\":2e-6,"
	"\"cache_read_input_token_cost\":1e-7},"
	"\"gold\":{\"input_cost_per_token\":9,"
	"\"output_cost_per_token\":0,"
	"\"cache_read_input_token_cost\":1e-7}}";

static const struct repriced {
	const char *model, *cache, *more;
	const char *cost, *saved; /* USD */
	int unpriced;
	const char *left;         /* USD of what is logged; NULL: none */
} repriced[] = {
	{ "small", "miss", OK ",\"cost_usd\":7", "0.00012", "0", 0, NULL },
	{ "small", "miss", OK, "0.00012", "0", 0, NULL }, /* was not known */
	{ "none", "miss", OK ",\"cost_usd\":7", "0", "0", 1, "7" },
	{ "x", "miss", OK ",\"gen_ai.response.model\":\"big\"", "0.0012", "0",
	  0, NULL },
	{ "x", "miss", OK ",\"gen_ai.response.model\":\"big\","
	  "\"priced_as\":\"small\"", "0.00012", "0", 0, NULL },
	{ "small", "local", OK ",\"saved_usd\":7,\"saved_by\":\"cache\"", "0",
	  "0.00012", 0, NULL },
	{ "big", "miss", OK ",\"gen_ai.response.model\":\"small\","
	  "\"cost_usd\":7,\"saved_usd\":9,\"saved_by\":\"routing\"",
	  "0.00012", "0.00108", 0, NULL },
	{ "big", "miss", OK ",\"gen_ai.response.model\":\"small\","
	  "\"saved_usd\":9,\"saved_by\":\"routing,history\","
	  "\"trimmed_tokens\":50", "0.00012", "0.00113", 0, NULL },
	{ "small", "miss", OK ",\"saved_usd\":9,\"saved_by\":"
	  "\"prompt_cache\",\"gen_ai.usage.cache_read.input_tokens\":100",
	  "0.00003", "0.00009", 0, NULL },
	/* Nothing stays in the sums that is of the other table. */
	{ "none", "local", OK ",\"saved_usd\":7,\"saved_by\":\"cache\"", "0",
	  "0", 0, "0" },
	{ "none", "miss", OK ",\"gen_ai.response.model\":\"small\","
	  "\"cost_usd\":7,\"saved_usd\":9,\"saved_by\":\"routing,history\","
	  "\"trimmed_tokens\":50", "0.00012", "0.00005", 0, "0" },
	{ "small", "miss", OK ",\"cost_usd\":7,\"weak_cost_usd\":1",
	  "0.00012", "0", 0, "1" },
	{ "small", "miss", OK ",\"cost_usd\":7,\"weak_cost_usd\":1,"
	  "\"spilt_usd\":2", "0.00012", "0", 0, "3" },
	{ "none", "miss", OK ",\"weak_cost_usd\":1,\"spilt_usd\":2", "0", "0",
	  1, "3" },
	{ "small", "miss", OK ",\"weak_cost_usd\":1,\"spilt_usd\":2",
	  "0.00012", "0", 0, "3" },
	{ "small", "stale", OK ",\"cost_usd\":2,\"spilt_usd\":2,"
	  "\"saved_usd\":7,\"saved_by\":\"cache\"", "0", "0.00012", 0, "2" },
	/* The caller left, a stream broke: tokens were counted here. */
	{ "small", "miss", ",\"status\":499" TOKENS ",\"cost_usd\":7",
	  "0.00012", "0", 0, NULL },
	{ "small", "miss", OK ",\"error.type\":\"x\",\"cost_usd\":7",
	  "0.00012", "0", 0, NULL },
	{ "none", "miss", ",\"status\":499" TOKENS ",\"cost_usd\":7", "0",
	  "0", 0, "7" },
	/* Cut, and then refused: no tokens. */
	{ "small", "miss", ",\"status\":502,\"cost_usd\":7,\"spilt_usd\":7",
	  "0", "0", 0, "7" },
	{ "small", "miss", ",\"status\":502", "0", "0", 0, NULL },
	/* No sum goes round. */
	{ "gold", "miss", OK ",\"saved_usd\":9,\"saved_by\":"
	  "\"history,prompt_cache\",\"trimmed_tokens\":1000000000,"
	  "\"gen_ai.usage.cache_read.input_tokens\":100", "0.00001",
	  "9223372.036854775807", 0, NULL },
};

static struct prices *load(void)
{
	char path[] = "/tmp/larder-prices.XXXXXX", why[512] = "";
	int fd = mkstemp(path);
	struct prices *p;

	assert_true(write(fd, table, strlen(table)) == (int)strlen(table));
	close(fd);
	p = prices_load(path, why, sizeof(why));
	unlink(path);
	assert_string_equal(why, "");
	return p;
}

static void test_reprice(void **state)
{
	struct prices *p = load();
	struct report_wish w = { .prices = p };
	char text[REPORT_MONEY_TEXT];
	const struct repriced *c;
	struct report *r;

	(void)state;
	report_by_parse(&w.by, "model");
	for (size_t i = 0; i < sizeof(repriced) / sizeof(*repriced); i++) {
		c = &repriced[i];
		r = report_new(&w);
		give(r, "2026-11-20", c->model, c->cache, c->more);
		report_money_exact(total(r)->cost, text);
		assert_string_equal(text, c->cost);
		report_money_exact(total(r)->saved, text);
		assert_string_equal(text, c->saved);
		assert_int_equal(total(r)->unpriced, c->unpriced);
		assert_int_equal(report_view(r, 1)->left.lines,
				 c->left != NULL);
		report_money_exact(report_view(r, 1)->left.cost, text);
		assert_string_equal(text, c->left ? c->left : "0");
		report_free(&r);
	}
	prices_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sums, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tables, setup, teardown),
		cmocka_unit_test_setup_teardown(test_buckets, setup, teardown),
		cmocka_unit_test(test_savings),
		cmocka_unit_test_setup_teardown(test_unpriced, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_asides, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_duplicates, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_unlike, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_much, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_too_long, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_events, setup, teardown),
		cmocka_unit_test(test_since_until),
		cmocka_unit_test(test_time_span),
		cmocka_unit_test(test_by),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_many_groups),
		cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_keys, setup,
						teardown),
		cmocka_unit_test(test_reprice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
