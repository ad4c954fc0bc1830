#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <stdio.h>
#include <stdlib.h>

#include "base/count.h"
#include "base/hash.h"
#include "price_bed.h"

static const char table[] =
	"{\"sample_spec\": {\"input_cost_per_token\": 1,"
	" \"output_cost_per_token\": 1, \"mode\": \"one of: a, b\"},"
	"\"gpt-4o\": {\"input_cost_per_token\": 2.5e-06,"
	" \"output_cost_per_token\": 1e-05,"
	" \"cache_read_input_token_cost\": 0.00000125,"
	" \"max_tokens\": \"many\", \"supports\": {\"x\": [1]}},"
	"\"claude\": {\"input_cost_per_token\": 3e-06,"
	" \"output_cost_per_token\": 1.5e-05,"
	" \"cache_read_input_token_cost\": 3e-07,"
	" \"cache_creation_input_token_cost\": 3.75e-06,"
	" \"cache_creation_input_token_cost_above_1hr\": 6e-06},"
	"\"azure/gpt-4o\": {\"input_cost_per_token\": 5e-06,"
	" \"output_cost_per_token\": 2e-05},"
	"\"dated-2024-08-06\": {\"input_cost_per_token\": 7e-06,"
	" \"output_cost_per_token\": 0.0},"
	"\"dated\": {\"input_cost_per_token\": 1e-06,"
	" \"output_cost_per_token\": 0.0},"
	"\"free\": {\"input_cost_per_token\": 0.0,"
	" \"output_cost_per_token\": 0},"
	"\"embed\": {\"input_cost_per_token\": 2e-08,"
	" \"output_cost_per_token\": 0.0},"
	"\"tiny\": {\"input_cost_per_token\": 4e-13,"
	" \"output_cost_per_token\": 5e-13},"
	"\"noise\": {\"input_cost_per_token\": 9.999999999999999e-08,"
	" \"output_cost_per_token\": 0},"
	"\"halves\": {\"input_cost_per_token\": 1e-06},"
	"\"negative\": {\"input_cost_per_token\": -1e-06,"
	" \"output_cost_per_token\": 1e-06},"
	"\"gold\": {\"input_cost_per_token\": 9,"
	" \"output_cost_per_token\": 9},"
	"\"image\": {\"output_cost_per_image\": 1},"
	"\"text\": {\"input_cost_per_token\": \"1e-06\"},"
	"\"odd\": 5}";

#define UNKNOWN PRICE_UNKNOWN
#define BIG 1000000000

#define TOKENS(in, out, cache_r, cache_w, hour) { .input = (in), \
	.output = (out), .cache_read = (cache_r), .cache_write = (cache_w), \
	.cache_write_1h = (hour) }

static const struct {
	const char *model;
	struct usage u;
	picousd cost;
} costs[] = {
	{ "gpt-4o", TOKENS(1000, 100, -1, -1, -1), 3500000000 },
	{ "gpt-4o", TOKENS(1000, 100, 0, 0, -1), 3500000000 },
	{ "gpt-4o", TOKENS(1000, 0, 400, -1, -1), 2000000000 },
	/* No price for writes: the input price. */
	{ "gpt-4o", TOKENS(1000, 0, 400, 100, -1), 2000000000 },
	{ "claude", TOKENS(1000, 10, 600, 300, -1),
	  100 * 3000000LL + 600 * 300000LL + 300 * 3750000LL +
	  10 * 15000000LL },
	/* An hour's writes, and never more of them than writes. */
	{ "claude", TOKENS(1000, 10, 600, 300, 200),
	  100 * 3000000LL + 600 * 300000LL + 100 * 3750000LL +
	  200 * 6000000LL + 10 * 15000000LL },
	{ "claude", TOKENS(1000, 0, 0, 1000, 5000), 6000000000 },
	{ "claude", TOKENS(1000, 0, 0, -1, 1000), 3000000000 },
	{ "gpt-4o", TOKENS(1000, 0, 400, 100, 100), 2000000000 },
	/* More cached than there was: never a negative rest. */
	{ "claude", TOKENS(10, 0, 600, 0, -1), 3000000 },
	{ "gpt-4o", TOKENS(0, 0, 0, 0, -1), 0 },
	{ "free", TOKENS(1000, 1000, -1, -1, -1), 0 },
	{ "embed", TOKENS(8, -1, -1, -1, -1), 160000 },
	/* Rounded once, at the end. */
	{ "tiny", TOKENS(1, 0, -1, -1, -1), 0 },
	{ "tiny", TOKENS(1, 1, -1, -1, -1), 1 },
	{ "tiny", TOKENS(0, 1, -1, -1, -1), 1 },
	{ "tiny", TOKENS(10, 0, -1, -1, -1), 4 },
	{ "noise", TOKENS(1000, 0, -1, -1, -1), 100000000 },
	/* Unknown is not 0. */
	{ "nobody", TOKENS(1, 1, -1, -1, -1), UNKNOWN },
	{ "sample_spec", TOKENS(1, 1, -1, -1, -1), UNKNOWN },
	{ "image", TOKENS(1, 1, -1, -1, -1), UNKNOWN },
	{ "text", TOKENS(1, 1, -1, -1, -1), UNKNOWN },
	{ "odd", TOKENS(1, 1, -1, -1, -1), UNKNOWN },
	{ "", TOKENS(1, 1, -1, -1, -1), UNKNOWN },
	{ "gpt-4o", TOKENS(-1, 1, -1, -1, -1), UNKNOWN },
	{ "gpt-4o", TOKENS(1, -1, -1, -1, -1), UNKNOWN },
	{ "halves", TOKENS(1, 1, -1, -1, -1), UNKNOWN },
	{ "halves", TOKENS(1, 0, -1, -1, -1), 1000000 },
	{ "negative", TOKENS(1, 1, -1, -1, -1), UNKNOWN },
	{ "negative", TOKENS(0, 1, -1, -1, -1), 1000000 },
	/* Names. */
	{ "openai/gpt-4o", TOKENS(2, 0, -1, -1, -1), 5000000 },
	{ "openrouter/openai/gpt-4o", TOKENS(2, 0, -1, -1, -1), 5000000 },
	{ "azure/gpt-4o", TOKENS(2, 0, -1, -1, -1), 10000000 },
	{ "x/azure/gpt-4o", TOKENS(2, 0, -1, -1, -1), 10000000 },
	{ "gpt-4o-2024-08-06", TOKENS(2, 0, -1, -1, -1), 5000000 },
	{ "openai/gpt-4o-20240806", TOKENS(2, 0, -1, -1, -1), 5000000 },
	{ "azure/gpt-4o-2024-08-06", TOKENS(2, 0, -1, -1, -1), 10000000 },
	{ "dated-2024-08-06", TOKENS(1, 0, -1, -1, -1), 7000000 },
	{ "dated-2025-08-06", TOKENS(1, 0, -1, -1, -1), 1000000 },
	{ "dated-2025-8-06", TOKENS(1, 0, -1, -1, -1), UNKNOWN },
	{ "dated-2025080", TOKENS(1, 0, -1, -1, -1), UNKNOWN },
	{ "-20250806", TOKENS(1, 0, -1, -1, -1), UNKNOWN },
	{ "gpt-4o/", TOKENS(1, 0, -1, -1, -1), UNKNOWN },
	{ "GPT-4o", TOKENS(1, 0, -1, -1, -1), UNKNOWN },
	/* Absurd counts are cut, and no sum overflows. */
	{ "gpt-4o", TOKENS(BIG, BIG, -1, -1, -1), 12500LL * 1000000000000 },
	{ "gpt-4o", TOKENS(INT64_MAX, 0, -1, -1, -1), 2500LL * 1000000000000 },
	{ "gold", TOKENS(BIG, INT64_MAX, -1, -1, -1), INT64_MAX },
	{ "gpt-4o", TOKENS(5, 0, INT64_MAX, INT64_MAX, -1), 5 * 1250000LL },
	{ "gpt-4o", TOKENS(INT64_MAX, 0, INT64_MAX, INT64_MAX, -1),
	  1250LL * 1000000000000 },
};

static void test_costs(void **state)
{
	char err[256] = "";
	struct prices *p = price_bed_load(table, err, sizeof(err));
	char long_name[5000];
	picousd cost;
	int wrong = 0;

	(void)state;
	assert_string_equal(err, "");
	assert_non_null(p);
	for (size_t i = 0; i < sizeof(costs) / sizeof(*costs); i++) {
		cost = price_of(p, costs[i].model, &costs[i].u);
		if (cost == costs[i].cost)
			continue;
		print_error("%s (row %zu): %lld, not %lld\n", costs[i].model,
			    i, (long long)cost, (long long)costs[i].cost);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	memset(long_name, '/', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	assert_true(price_of(p, long_name, &costs[0].u) == UNKNOWN);
	prices_free(&p);
	assert_null(p);
	prices_free(&p);
}

/* The table larder comes with, in cents a million tokens. */
static void test_shipped(void **state)
{
	static const struct {
		const char *model;
		struct usage u;
		int cents;
	} shipped[] = {
		{ "gpt-4o-2024-08-06", TOKENS(1000000, 0, -1, -1, -1), 250 },
		{ "gpt-4o", TOKENS(1000000, 0, 1000000, -1, -1), 125 },
		{ "gpt-4o-mini", TOKENS(1000000, 1000000, -1, -1, -1), 75 },
		{ "gpt-4.1", TOKENS(1000000, 1000000, -1, -1, -1), 1000 },
		{ "gpt-4.1", TOKENS(1000000, 0, 1000000, -1, -1), 50 },
		{ "claude-haiku-4-5-20251001",
		  TOKENS(0, 1000000, -1, -1, -1), 500 },
		{ "claude-opus-4-7", TOKENS(1000000, 1000000, 0, 0, -1),
		  3000 },
		{ "claude-sonnet-4-6", TOKENS(1000000, 0, 0, 1000000, -1),
		  375 },
		{ "claude-sonnet-4-6",
		  TOKENS(1000000, 0, 0, 1000000, 1000000), 600 },
		{ "gemini/gemini-2.5-flash", TOKENS(1000000, 0, -1, -1, -1),
		  30 },
		{ "gemini-2.5-pro", TOKENS(200000, 0, -1, -1, -1), 25 },
		{ "gemini-2.5-pro", TOKENS(1000000, 1000000, -1, -1, -1),
		  1750 },
		{ "deepseek-v3.2", TOKENS(1000000, 1000000, -1, -1, -1), 70 },
	};
	const char *dir = getenv("srcdir");
	char path[4096], err[256] = "";
	struct prices *p;

	(void)state;
	snprintf(path, sizeof(path), "%s/data/prices.json", dir ? dir : ".");
	p = prices_load(path, err, sizeof(err));
	assert_string_equal(err, "");
	for (size_t i = 0; i < sizeof(shipped) / sizeof(*shipped); i++)
		assert_true(price_of(p, shipped[i].model, &shipped[i].u) ==
			    shipped[i].cents * 10000000000LL);
	prices_free(&p);
}

static void test_id(void **state)
{
	char err[256];
	struct prices *a = price_bed_load("{}", err, sizeof(err));
	struct prices *b = price_bed_load("{ }", err, sizeof(err));
	struct prices *c = price_bed_load("{}", err, sizeof(err));

	(void)state;
	assert_int_equal(strlen(prices_id(a)), 16);
	assert_int_equal(strspn(prices_id(a), "0123456789abcdef"), 16);
	assert_string_not_equal(prices_id(a), prices_id(b));
	assert_string_equal(prices_id(a), prices_id(c));
	assert_true(price_of(a, "m", &costs[0].u) == UNKNOWN);
	prices_free(&a);
	prices_free(&b);
	prices_free(&c);
}

static void test_bad_tables(void **state)
{
	char err[256] = "";

	(void)state;
	assert_null(price_bed_load("{\"a\": }", err, sizeof(err)));
	assert_non_null(strstr(err, ": byte 7: "));
	assert_null(price_bed_load("[]", err, sizeof(err)));
	assert_non_null(strstr(err, ": not an object of models"));
	assert_null(price_bed_load("", err, sizeof(err)));
	assert_null(prices_load("/nowhere/prices.json", err, sizeof(err)));
	assert_string_equal(err, "/nowhere/prices.json: No such file or "
			    "directory");
}

static const struct {
	picousd v;
	const char *text;
} texts[] = {
	{ 0, "0" },
	{ 1, "0.000000000001" },
	{ 12300000, "0.0000123" },
	{ 1000000000000, "1" },
	{ 10000000000000, "10" },
	{ 1500000000000, "1.5" },
	{ -1500000000000, "-1.5" },
	{ -1, "-0.000000000001" },
	{ INT64_MAX, "9223372.036854775807" },
	{ -INT64_MAX, "-9223372.036854775807" },
};

static void test_text(void **state)
{
	picousd v;
	char out[32];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		price_text(texts[i].v, out);
		assert_string_equal(out, texts[i].text);
		v = 7;
		assert_int_equal(price_parse(str_c(texts[i].text), &v), 1);
		assert_true(v == texts[i].v);
	}
}

static void test_parse(void **state)
{
	static const char *const bad[] = {
		"", "-", "+1", ".5", "1.", "1.2.3", "1e", "1e+", "e5", " 1",
		"1 ", "0x1", "nan", "1,5", "9223373", "-9223373", "1e99999",
		"1e999999999999999999999", "0.0000000000001", "1e-13",
		"1.0000000000005", "01", "00.1", "\"1\"",
	};
	static const struct {
		const char *text;
		picousd v;
	} good[] = {
		{ "0.0", 0 }, { "-0", 0 }, { "0e999999999999", 0 },
		{ "1.2300000000000000000000000000000000000000",
		  1230000000000 },
		{ "1.23e-05", 12300000 }, { "123E-7", 12300000 },
		{ "1e+3", 1000000000000000 }, { "1e-12", 1 },
		{ "10e-13", 1 },
	};
	picousd v = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(price_parse(str_c(bad[i]), &v), 0);
		assert_int_equal(v, 7);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(price_parse(str_c(good[i].text), &v), 1);
		assert_true(v == good[i].v);
	}
}

/* -- besides prices -------------------------------------------------------- */

#define WINDOW(more) "{\"m\":{\"input_cost_per_token\":1e-6" more "}}"

static const struct {
	const char *table;
	struct price_window is;
} windows[] = {
	{ WINDOW(""), { 0, 0, false } },
	{ WINDOW(",\"max_input_tokens\":272000,\"max_output_tokens\":128000,"
		 "\"supports_reasoning\":true"), { 272000, 128000, true } },
	{ WINDOW(",\"max_input_tokens\":8192.0,\"max_output_tokens\":4e3"),
	  { 8192, 4000, false } },
	{ WINDOW(",\"max_input_tokens\":\"many\",\"max_output_tokens\":null,"
		 "\"supports_reasoning\":1"), { 0, 0, false } },
	{ WINDOW(",\"max_input_tokens\":-5,\"max_output_tokens\":1e12"),
	  { 0, 0, false } },
	/* Of old tables, either's: not said. */
	{ WINDOW(",\"max_tokens\":4096"), { 0, 0, false } },
};

static void test_windows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(windows); i++) {
		struct price_window w = { -1, -1, false };
		char err[200] = "";
		struct prices *p = price_bed_load(windows[i].table, err,
						  sizeof(err));

		assert_string_equal(err, "");
		assert_true(price_window(p, "openai/m", &w));
		assert_int_equal(w.input, windows[i].is.input);
		assert_int_equal(w.output, windows[i].is.output);
		assert_int_equal(w.reasons, windows[i].is.reasons);
		w.input = 77;
		assert_false(price_window(p, "none", &w));
		assert_int_equal(w.input, 77);
		prices_free(&p);
	}
}

static void test_sums(void **state)
{
	static const picousd most = INT64_MAX;
	static const picousd sums[][3] = {
		{ 1, 2, 3 }, { 1, -2, -1 }, { 0, 0, 0 },
		{ most, 1, most }, { most, most, most }, { most, -1, most - 1 },
		{ -most, -most, -most }, { -most, -1, -most },
		{ UNKNOWN, 1, UNKNOWN }, { UNKNOWN, -1, UNKNOWN },
		{ UNKNOWN, UNKNOWN, UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sums); i++) {
		assert_true(price_sum(sums[i][0], sums[i][1]) == sums[i][2]);
		assert_true(price_sum(sums[i][1], sums[i][0]) == sums[i][2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_costs),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_bad_tables),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_sums),
	};

	if (hash_setup() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
