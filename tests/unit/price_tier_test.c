#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "base/count.h"
#include "base/hash.h"
#include "price_bed.h"

/* -- names of prices ------------------------------------------------------- */

#define NONE PRICE_KINDS

static const struct {
	const char *name;
	enum price_kind kind;
	enum usage_tier tier;
	uint32_t above;
} names[] = {
	{ "input_cost_per_token", PRICE_INPUT, 0, 0 },
	{ "output_cost_per_token_batches", PRICE_OUTPUT, USAGE_BATCH, 0 },
	{ "cache_read_input_token_cost_flex", PRICE_READ, USAGE_FLEX, 0 },
	{ "cache_creation_input_token_cost", PRICE_WRITE, 0, 0 },
	{ "cache_creation_input_token_cost_above_1hr", PRICE_WRITE_1H, 0, 0 },
	{ "cache_creation_input_token_cost_above_200k_tokens", PRICE_WRITE, 0,
	  200000 },
	{ "cache_creation_input_token_cost_above_1hr_above_200k_tokens",
	  PRICE_WRITE_1H, 0, 200000 },
	{ "input_cost_per_token_above_128k_tokens", PRICE_INPUT, 0, 128000 },
	{ "input_cost_per_token_above_272k_tokens_priority", PRICE_INPUT,
	  USAGE_PRIORITY, 272000 },
	{ "input_cost_per_token_priority_above_272k_tokens", PRICE_INPUT,
	  USAGE_PRIORITY, 272000 },
	{ "output_cost_per_token_above_7_tokens", PRICE_OUTPUT, 0, 7 },
	{ "output_cost_per_reasoning_token", PRICE_REASONING, 0, 0 },
	{ "input_cost_per_audio_token_batches", PRICE_AUDIO_IN, USAGE_BATCH,
	  0 },
	{ "cache_read_input_audio_token_cost", PRICE_AUDIO_READ, 0, 0 },
	{ "output_cost_per_audio_token", PRICE_AUDIO_OUT, 0, 0 },
	{ "input_cost_per_image_token", PRICE_IMAGE_IN, 0, 0 },
	{ "output_cost_per_image_token", PRICE_IMAGE_OUT, 0, 0 },
	{ "output_cost_per_image", PRICE_IMAGE, 0, 0 },
	{ "input_cost_per_token_ultrafast", NONE, 0, 0 },
	{ "input_cost_per_token_cache_hit", NONE, 0, 0 },
	{ "cache_creation_input_token_cost_above_12hr", NONE, 0, 0 },
	{ "input_cost_per_token_above_k_tokens", NONE, 0, 0 },
	{ "input_cost_per_token_above_200k", NONE, 0, 0 },
	{ "input_cost_per_token_above_99999999999999999999k_tokens", NONE, 0,
	  0 },
	{ "input_cost_per_token_above_1k_tokens_above_2k_tokens", NONE, 0, 0 },
	{ "input_cost_per_token_flex_priority", NONE, 0, 0 },
	{ "input_cost_per_image", NONE, 0, 0 },
	{ "input_cost_per_character", NONE, 0, 0 },
	{ "input_cost_per_toke", NONE, 0, 0 },
	{ "output_cost_per_image_1K", NONE, 0, 0 },
	{ "", NONE, 0, 0 },
};

static void test_names(void **state)
{
	struct price_sort sort;
	bool known;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		sort = (struct price_sort){ .above = 77 };
		known = price_sort_read(str_c(names[i].name), &sort);
		if (known != (names[i].kind != NONE))
			print_error("%s\n", names[i].name);
		assert_int_equal(known, names[i].kind != NONE);
		assert_int_equal(sort.above, known ? names[i].above : 77);
		if (!known)
			continue;
		assert_int_equal(sort.kind, names[i].kind);
		assert_int_equal(sort.tier, names[i].tier);
	}
}

static void test_words(void **state)
{
	(void)state;
	assert_int_equal(usage_tier_of(STR("default")), USAGE_STANDARD);
	assert_int_equal(usage_tier_of(STR("")), USAGE_STANDARD);
	assert_int_equal(usage_tier_of(STR("flexible")), USAGE_STANDARD);
	assert_int_equal(usage_tier_of(STR("fast")), USAGE_PRIORITY);
	assert_string_equal(usage_tier_name(USAGE_STANDARD), "");
	for (int t = USAGE_BATCH; t <= USAGE_FLEX; t++)
		assert_int_equal(usage_tier_of(str_c(usage_tier_name(t))), t);
}

/* -- bills ----------------------------------------------------------------- */

/* In micro-USD a token, so that a bill can be read. */
static const char table[] =
	"{\"long\": {\"input_cost_per_token\": 1e-6,"
	" \"output_cost_per_token\": 10e-6,"
	" \"cache_read_input_token_cost\": 0.1e-6,"
	" \"input_cost_per_token_above_128k_tokens\": 2e-6,"
	" \"output_cost_per_token_above_128k_tokens\": 20e-6,"
	" \"cache_read_input_token_cost_above_128k_tokens\": 0.2e-6,"
	" \"input_cost_per_token_above_272k_tokens\": 3e-6,"
	" \"output_cost_per_reasoning_token\": 5e-6},"
	"\"grok\": {\"litellm_provider\": \"xai\","
	" \"input_cost_per_token\": 1e-6, \"output_cost_per_token\": 0,"
	" \"input_cost_per_token_above_128k_tokens\": 2e-6},"
	"\"ranges\": {\"tiered_pricing\": ["
	"  {\"range\": [0, 32000.0], \"input_cost_per_token\": 1e-6,"
	"   \"output_cost_per_token\": 2e-6},"
	"  {\"range\": [32e3, 128000], \"input_cost_per_token\": 3e-6,"
	"   \"output_cost_per_token\": 4e-6}, 7, {\"range\": []},"
	"  {\"range\": [-1], \"input_cost_per_token\": 9}]},"
	"\"tiers\": {\"input_cost_per_token\": 4e-6,"
	" \"output_cost_per_token\": 40e-6,"
	" \"cache_read_input_token_cost\": 1e-6,"
	" \"cache_creation_input_token_cost\": 6e-6,"
	" \"cache_creation_input_token_cost_above_1hr\": 8e-6,"
	" \"output_cost_per_reasoning_token\": 50e-6,"
	" \"input_cost_per_token_above_200k_tokens\": 5e-6,"
	" \"input_cost_per_token_priority\": 7e-6,"
	" \"output_cost_per_token_priority\": 70e-6,"
	" \"input_cost_per_token_above_200k_tokens_priority\": 9e-6,"
	" \"input_cost_per_token_batches\": 3e-6,"
	" \"input_cost_per_token_flex\": 2.5e-6,"
	" \"cache_read_input_token_cost_flex\": 0.5e-6},"
	"\"modes\": {\"input_cost_per_token\": 1e-6,"
	" \"output_cost_per_token\": 2e-6,"
	" \"cache_read_input_token_cost\": 0.1e-6,"
	" \"cache_read_input_audio_token_cost\": 0.3e-6,"
	" \"input_cost_per_audio_token\": 3e-6,"
	" \"output_cost_per_audio_token\": 6e-6,"
	" \"input_cost_per_image_token\": 4e-6,"
	" \"output_cost_per_image_token\": 8e-6,"
	" \"output_cost_per_reasoning_token\": 5e-6,"
	" \"output_cost_per_image\": 100e-6},"
	"\"plain\": {\"input_cost_per_token\": 1e-6,"
	" \"output_cost_per_token\": 2e-6},"
	"\"painter\": {\"output_cost_per_image\": 40000e-6}}";

#define K 1000
#define UNKNOWN PRICE_UNKNOWN

static const struct {
	const char *model;
	struct usage u;
	int64_t nano; /* USD */
} bills[] = {
	/* Above the threshold the whole call costs more, not only what is
	 * above, and tokens from the cache count. */
	{ "long", { .input = 128 * K, .output = K }, 138000 * K },
	{ "long", { .input = 128 * K + 1, .output = K }, 276002 * K },
	{ "long", { .input = 128 * K + 1, .cache_read = 128 * K },
	  2 * K + 128 * 200 * K },
	/* The highest that was passed, kind by kind. */
	{ "long", { .input = 272 * K, .output = 1 }, 544020 * K },
	{ "long", { .input = 272 * K + 1, .output = 1 },
	  3 * (272 * K + 1) * (int64_t)K + 20 * K },
	/* Reasoning is output, and so it is above. */
	{ "long", { .input = 1, .output = 10, .reasoning = 4 }, 81 * K },
	{ "long", { .input = 200 * K, .output = 10, .reasoning = 4 },
	  400200 * K },
	{ "grok", { .input = 128 * K - 1 }, 127999 * K },
	{ "grok", { .input = 128 * K }, 256000 * K },
	{ "ranges", { .input = 32 * K, .output = 1 }, 32002 * K },
	{ "ranges", { .input = 32 * K + 1, .output = 1 }, 96007 * K },
	{ "ranges", { .input = 900 * K, .output = 0 }, 2700000LL * K },
	{ "ranges", { .input = 0, .output = 1 }, 2 * K },
	/* Tiers, and what holds where one says nothing. */
	{ "tiers", { .input = 10, .output = 1 }, 80 * K },
	{ "tiers", { .input = 10, .output = 1, .tier = USAGE_PRIORITY },
	  140 * K },
	{ "tiers", { .input = 10, .output = 1, .tier = USAGE_FLEX }, 65 * K },
	{ "tiers", { .input = 10, .output = 1, .tier = USAGE_BATCH },
	  50 * K },
	{ "tiers", { .input = 10, .cache_read = 10, .tier = USAGE_FLEX },
	  5 * K },
	{ "tiers", { .input = 10, .cache_read = 10, .tier = USAGE_PRIORITY },
	  10 * K },
	{ "tiers", { .input = 10, .cache_read = 10, .tier = USAGE_BATCH },
	  30 * K },
	{ "tiers", { .input = 10, .cache_write = 10, .cache_write_1h = 4,
		     .tier = USAGE_BATCH }, 34 * K },
	{ "tiers", { .input = 300 * K, .tier = USAGE_PRIORITY },
	  2700000LL * K },
	{ "tiers", { .input = 300 * K, .tier = USAGE_FLEX }, 1500000 * K },
	{ "tiers", { .input = 300 * K, .tier = USAGE_BATCH }, 750000 * K },
	{ "tiers", { .output = 2, .reasoning = 1 }, 90 * K },
	{ "tiers", { .output = 2, .reasoning = 1, .tier = USAGE_PRIORITY },
	  140 * K },
	{ "tiers", { .output = 2, .reasoning = 1, .tier = USAGE_FLEX },
	  90 * K },
	{ "tiers", { .output = 2, .reasoning = 1, .tier = USAGE_BATCH },
	  45 * K },
	/* Audio and images are parts, and no token is paid twice. */
	{ "modes", { .input = 100, .audio_in = 30, .image_in = 20 },
	  (50 + 30 * 3 + 20 * 4) * K },
	{ "modes", { .input = 100, .audio_in = 90, .image_in = 20 },
	  (90 * 3 + 10 * 4) * K },
	{ "modes", { .input = 100, .cache_read = 50, .audio_in = 40,
		     .audio_read = 10 },
	  (20 + 30 * 3) * K + 40 * 100 + 10 * 300 },
	{ "modes", { .input = 100, .cache_read = 5, .audio_in = 100,
		     .audio_read = 50 }, 95 * 3 * K + 5 * 300 },
	{ "modes", { .output = 100, .audio_out = 30, .image_out = 20,
		     .reasoning = 10 },
	  (40 * 2 + 30 * 6 + 20 * 8 + 10 * 5) * K },
	{ "modes", { .output = 10, .reasoning = 90, .audio_out = 90 },
	  50 * K },
	{ "modes", { .output = 10, .images = 3 }, 320 * K },
	{ "modes", { .output = 10, .images = 3, .image_out = 10 }, 80 * K },
	{ "modes", { .input = INT64_MAX, .audio_in = INT64_MAX },
	  3000000000LL * K },
	{ "plain", { .input = 100, .output = 10, .audio_in = 30,
		     .image_in = 20, .cache_read = 5, .audio_read = 5,
		     .reasoning = 2, .audio_out = 2, .image_out = 2 },
	  120 * K },
	{ "plain", { .input = 10, .output = 10, .images = 2 }, UNKNOWN },
	{ "painter", { .input = -1, .output = -1, .images = 2 },
	  80000 * K },
	{ "painter", { .input = 1, .output = 1, .images = 2 }, UNKNOWN },
	{ "painter", { .input = -1, .output = -1 }, UNKNOWN },
};

static void test_bills(void **state)
{
	char err[256] = "";
	struct prices *p = price_bed_load(table, err, sizeof(err));
	int wrong = 0;
	picousd cost, want;

	(void)state;
	assert_string_equal(err, "");
	for (size_t i = 0; i < COUNT_OF(bills); i++) {
		cost = price_of(p, bills[i].model, &bills[i].u);
		want = bills[i].nano == UNKNOWN ? UNKNOWN :
						  bills[i].nano * 1000;
		if (cost == want)
			continue;
		print_error("%s (row %zu): %lld, not %lld\n", bills[i].model,
			    i, (long long)cost, (long long)want);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	prices_free(&p);
}

/* A model with more prices than there are kinds of them has none. */
static void test_too_many(void **state)
{
	char err[256] = "", *json = malloc(64 * 1024);
	struct usage u = { .input = 1, .output = 1 };
	struct prices *p;
	int n;

	(void)state;
	assert_non_null(json);
	n = sprintf(json, "{\"few\": {\"input_cost_per_token\": 1e-6,"
		    " \"output_cost_per_token\": 1e-6}, \"many\": {"
		    "\"output_cost_per_token\": 1e-6");
	for (int i = 0; i < 300; i++)
		n += sprintf(json + n,
			     ",\"input_cost_per_token_above_%d_tokens\":1", i);
	sprintf(json + n, "}}");
	p = price_bed_load(json, err, sizeof(err));
	assert_string_equal(err, "");
	assert_true(price_of(p, "few", &u) == 2000000);
	assert_true(price_of(p, "many", &u) == UNKNOWN);
	prices_free(&p);
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_bills),
		cmocka_unit_test(test_too_many),
	};

	if (hash_setup() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
