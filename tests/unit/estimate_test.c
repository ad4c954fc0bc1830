#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/count.h"
#include "cmd/estimate.h"

#define PLACE_FILE "usage.log"
#include "log_line.h"
#include "place.h"

#define USD INT64_C(1000000000000)

/* -- the arithmetic -------------------------------------------------------- */

static picousd at_million(const void *ctx, const struct usage *u)
{
	return forecast_at_million(ctx, u);
}

static picousd unknown(const void *ctx, const struct usage *u)
{
	(void)ctx;
	(void)u;
	return PRICE_UNKNOWN;
}

/* 3 USD a million in, 15 out, 0.30 read, 3.75 written. */
static const struct forecast_million sonnet = {
	3 * USD, 15 * USD, 3 * USD / 10, 15 * USD / 4,
};

/* 1,000 requests of 2,000 + 1,000 tokens and 100: 10.50 USD at full price. By
 * hand: a call costs 0.0105, with its beginning read 0.0051, written 0.012. */
static const struct {
	const char *what;
	struct forecast_ask ask;
	struct forecast_guess guess;
	int64_t full, provider, calls, asides, cache, prompt, history;
} cases[] = {
	{ "nothing repeats", { .prefix_min = 1024 }, { 0, 0 },
	  10500000, 10500000, 10500000, 0, 0, 0, 0 },
	{ "half repeat and hit", { .prefix_min = 1024, .repeats = 500000 },
	  { 1000000, 0 }, 10500000, 10500000, 5250000, 0, 5250000, 0, 0 },
	{ "of the half, four in five hit",
	  { .prefix_min = 1024, .repeats = 500000 }, { 800000, 0 },
	  10500000, 10500000, 6300000, 0, 4200000, 0, 0 },
	{ "all beginnings are read", { .prefix_min = 1024 }, { 0, 1000000 },
	  10500000, 5100000, 5100000, 0, 0, 5400000, 0 },
	{ "half are read, half written", { .prefix_min = 1024 },
	  { 0, 500000 }, 10500000, 8550000, 8550000, 0, 0, 1950000, 0 },
	{ "too short to be kept", { .prefix_min = 4096 }, { 0, 1000000 },
	  10500000, 10500000, 10500000, 0, 0, 0, 0 },
	{ "history is trimmed", { .prefix_min = 1024, .trimmed = 400 },
	  { 0, 0 }, 10500000, 10500000, 9300000, 0, 0, 0, 1200000 },
	{ "a tenth ask a judge",
	  { .prefix_min = 1024, .asides = 100000,
	    .aside = { .input = 1000, .output = 0 } },
	  { 0, 0 }, 10500000, 10500000, 10500000, 300000, 0, 0, 0 },
	{ "all of it",
	  { .prefix_min = 1024, .repeats = 500000, .trimmed = 400,
	    .asides = 100000, .aside = { .input = 1000, .output = 0 } },
	  { 1000000, 1000000 },
	  10500000, 5100000, 1950000, 150000, 5250000, 2700000, 600000 },
};

/* Micro-USD in the table above. */
static void assert_money(forecast_money v, int64_t micro)
{
	assert_int_equal((int64_t)(v / 1000000), micro);
	assert_true(v % 1000000 == 0);
}

static void test_by_hand(void **state)
{
	const struct forecast_prices p = { at_million, at_million, &sonnet };
	struct forecast_ask a;
	struct forecast f;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		print_message("%s\n", cases[i].what);
		a = cases[i].ask;
		a.requests = 1000;
		a.system = 2000;
		a.input = 1000;
		a.output = 100;
		a.hosting = USD;
		assert_int_equal(forecast_make(&f, &a, &cases[i].guess, &p),
				 0);
		assert_money(f.full, cases[i].full);
		assert_money(f.provider, cases[i].provider);
		assert_money(f.calls, cases[i].calls);
		assert_money(f.asides, cases[i].asides);
		assert_money(f.saved_cache, cases[i].cache);
		assert_money(f.saved_prompt_cache, cases[i].prompt);
		assert_money(f.saved_history, cases[i].history);
		assert_true(f.larder == f.calls + f.asides + USD);
	}
}

static void test_unknown(void **state)
{
	const struct forecast_prices p = { at_million, unknown, &sonnet };
	const struct forecast_guess g = { 0, 0 };
	struct forecast_ask a = { .requests = 1 };
	struct forecast f;

	(void)state;
	assert_int_equal(forecast_make(&f, &a, &g, &p), 0);
	a.asides = 1;
	assert_int_equal(forecast_make(&f, &a, &g, &p), -1);
}

/* The most that the command takes does not overflow. */
static void test_largest(void **state)
{
	const struct forecast_million dear = {
		10000 * USD, 10000 * USD, PRICE_UNKNOWN, PRICE_UNKNOWN,
	};
	const struct forecast_prices p = { at_million, at_million, &dear };
	const struct forecast_guess g = { 0, 1000000 };
	const struct forecast_ask a = {
		.requests = 1000000000, .system = 2000000, .input = 2000000,
		.output = 2000000, .asides = 1000000,
		.aside = { .input = 2000000, .output = 2000000 },
	};
	struct forecast f;

	(void)state;
	assert_int_equal(forecast_make(&f, &a, &g, &p), 0);
	assert_true(f.full == (forecast_money)60000 * 1000000000 * USD);
	assert_true(f.calls == f.full);
	assert_true(f.asides == (forecast_money)40000 * 1000000000 * USD);
}

static void test_share(void **state)
{
	(void)state;
	assert_int_equal(forecast_share(0, 5), 0);
	assert_int_equal(forecast_share(300, 100), 6667);
	assert_int_equal(forecast_share(100, 300), -20000);
	assert_int_equal(forecast_share(100, 0), 10000);
	assert_int_equal(forecast_share(1, (forecast_money)1 << 100),
			 -INT64_MAX);
}

/* -- tables ---------------------------------------------------------------- */

/* What a printer prints, in memory. */
static char *printed(void (*print)(const struct estimate_table *t, FILE *out),
		     const struct estimate_table *t)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	print(t, f);
	fclose(f);
	return text;
}

/* At the prices that are in the tree, on which these shares do not hang. */
static void test_scenarios(void **state)
{
	static const char should[] =
		"model,requests,system_tokens,repeats_percent,"
		"published_percent,simple_percent,low_percent,likely_percent,"
		"high_percent,full_usd,likely_usd\n"
		"\"deepseek-v3.2\",1500000,600,75.00,68.20,75.00,67.50,73.50,"
		"75.00,";
	struct estimate_table t;
	struct prices *p;
	char why[256], path[512], *csv;

	(void)state;
	snprintf(path, sizeof(path), "%s/data/prices.json",
		 getenv("srcdir") ? getenv("srcdir") : ".");
	p = prices_load(path, why, sizeof(why));
	assert_non_null(p);
	estimate_table_init(&t, arena_new(), "scenarios");
	assert_int_equal(estimate_of_scenarios(&t, p), 0);
	csv = printed(estimate_print_csv, &t);
	assert_memory_equal(csv, should, sizeof(should) - 1);
	assert_non_null(strstr(csv, "\n\"gemini-2.5-flash\",800000,400,65.00,"
				    "58.70,65.00,58.50,63.70,65.00,"));
	assert_non_null(strstr(csv, "\n\"gpt-4.1\",300000,1200,82.00,74.50,"
				    "82.00,73.80,"));
	free(csv);
	arena_free(&t.a);
	prices_free(&p);
}

static void test_table(void **state)
{
	struct estimate_table t;
	char *text;

	(void)state;
	estimate_table_init(&t, arena_new(), "list");
	estimate_column(&t, "NAME", "name");
	estimate_column(&t, NULL, "share");
	estimate_column(&t, "USD", "usd");
	estimate_text(&t, "a\"b\x1b[1m");
	estimate_put(&t, ESTIMATE_PERCENT, -5);
	estimate_put(&t, ESTIMATE_MONEY, 3 * USD / 2 + 1);
	estimate_text(&t, "=c");
	estimate_none(&t);
	estimate_none(&t);
	text = printed(estimate_print_text, &t);
	assert_string_equal(text, "NAME        USD\n"
				  "a\"b?[1m  1.5000\n"
				  "=c            -\n");
	free(text);
	text = printed(estimate_print_csv, &t);
	assert_string_equal(text, "name,share,usd\n"
				  "\"a\"\"b\x1b[1m\",-0.05,1.500000000001\n"
				  "\"'=c\",,\n");
	free(text);
	text = printed(estimate_print_json, &t);
	assert_string_equal(text, "{\"list\":[\n {\"name\":\"a\\\"b\\u001b[1m"
				  "\",\"share\":-0.05,\"usd\":1.500000000001"
				  "},\n {\"name\":\"=c\"}\n]}\n");
	free(text);
	arena_free(&t.a);
}

/* -- logs ------------------------------------------------------------------ */

static void put_day(FILE *f, int day)
{
	char line[512];

	snprintf(line, sizeof(line) - 19,
		 "{\"time\":\"2026-11-%02dT00:00:00.000Z\",\"run\":\"r\","
		 "\"seq\":%d,\"status\":200,"
		 "\"endpoint\":\"/v1/chat/completions\",\"cache\":\"%s\","
		 "\"gen_ai.request.model\":\"m\","
		 "\"gen_ai.usage.input_tokens\":10,"
		 "\"gen_ai.usage.output_tokens\":4,\"%s\":0.01", day, day,
		 day % 2 ? "miss" : "local",
		 day % 2 ? "cost_usd" : "saved_usd");
	log_line_close(line);
	fprintf(f, "%s\n", line);
}

/* Ten days, each with a miss of a cent and a hit that saved one, but for the
 * last instant; all of it twice; an alarm; and a line that is none. */
static void test_logs(void **state)
{
	struct place *at = *state;
	char *const list[] = { at->path };
	struct estimate_table t;
	FILE *f = fopen(at->path, "w");
	char *csv;

	for (int i = 0; i < 22; i++)
		put_day(f, i % 11 + 1);
	fputs("{\"time\":\"2026-11-05T00:00:00.000Z\",\"event\":\"budget\"}\n"
	      "{\"time\":\n", f);
	fclose(f);
	estimate_table_init(&t, at->a, "models");
	assert_int_equal(estimate_of_logs(&t, list, 1), 0);
	csv = printed(estimate_print_csv, &t);
	assert_non_null(strstr(csv, "\n\"m\",33,45.45,10,4,0.33,0.15,45.45,"
				    "0.18,,\n"));
	assert_non_null(strstr(csv, "\n\"TOTAL\",33,45.45,10,4,0.33,0.15,"
				    "45.45,0.18,0.0"));
	assert_non_null(strstr(t.note, "11 lines, 1 damaged, 11 there before)"));
	free(csv);
}

/* What a line may say at most, often: the table says something, and there is
 * no end that is gone beyond. */
static void test_hostile(void **state)
{
	struct place *at = *state;
	char *const list[] = { at->path };
	struct estimate_table t;
	FILE *f = fopen(at->path, "w");
	char *csv;

	for (int day = 1; day <= 30; day++)
		fprintf(f, "{\"time\":\"%s-11-%02dT00:00:00.000Z\","
			"\"status\":200,\"cache\":\"miss\","
			"\"gen_ai.request.model\":\"=1+1\","
			"\"gen_ai.usage.input_tokens\":999999999999999999,"
			"\"gen_ai.usage.output_tokens\":999999999999999999,"
			"\"dropped\":999999999999999999,"
			"\"saved_usd\":-999999,\"cost_usd\":%s}\n",
			day % 3 ? "2026" : "0001", day,
			day == 7 ? "999999.000000000001" : "999999");
	fclose(f);
	estimate_table_init(&t, at->a, "models");
	assert_int_equal(estimate_of_logs(&t, list, 1), 0);
	csv = printed(estimate_print_csv, &t);
	assert_non_null(strstr(csv, "\n\"'=1+1\",0,0.00,"));
	free(csv);
	free(printed(estimate_print_text, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_table),
		PLACE_TEST(test_logs),
		PLACE_TEST(test_hostile),
	};

	return cmocka_run_group_tests_name("estimate", tests, NULL, NULL);
}
