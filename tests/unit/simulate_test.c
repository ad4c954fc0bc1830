#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/count.h"
#include "cmd/simulate.h"

#include "log_line.h"

static const struct curve_plan plan = {
	.size = { 2560, 1 << 20 }, .sizes = 2,
	.life = { 60000, 86400000 }, .lives = 2,
	.ttl = CURVE_FOREVER,
	.policy = { true, true, true },
	.keep = 1000,
};

static int setup(void **state)
{
	struct simulate *s = calloc(1, sizeof(*s));

	simulate_init(s, &plan, 1);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	simulate_fini(*state);
	free(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void give(struct simulate *s, const char *minute, const char *cache,
		 const char *more)
{
	char line[1024];

	snprintf(line, sizeof(line) - 19, "{\"time\":\"2026-11-20T%s:00.000Z\","
		 "\"endpoint\":\"/v1/chat/completions\",\"cache\":\"%s\","
		 "\"gen_ai.request.model\":\"m\"%s", minute, cache, more);
	log_line_close(line);
	simulate_line(s, str_c(line));
}

#define OK ",\"status\":200,\"gen_ai.usage.input_tokens\":7"
#define KEY(k) OK ",\"tenant\":\"t\",\"key\":\"" k "\""

/* A question that a cache would have kept and this one did not, one that was
 * a hit, and lines that are neither. */
static void a_log(struct simulate *s)
{
	give(s, "10:00", "miss", KEY("aa") ",\"cost_usd\":0.25,\"size\":900");
	give(s, "10:05", "local", KEY("aa") ",\"cost_usd\":0,\"size\":900,"
	     "\"saved_usd\":0.25");
	give(s, "11:00", "miss", KEY("bb") ",\"cost_usd\":1,\"size\":900");
	give(s, "12:00", "miss", KEY("aa") ",\"cost_usd\":0.5,\"size\":900");
	give(s, "12:00", "bypass", OK ",\"cost_usd\":3");
	give(s, "12:00", "pinned", KEY("pp"));
	give(s, "12:00", "miss", ",\"status\":502,\"key\":\"cc\"");
	give(s, "12:01", "miss", KEY("dd") ",\"size\":900");
	give(s, "10:01", "miss", KEY("ee") ",\"cost_usd\":0.125");
	simulate_line(s, str_c("{\"time\":"));
	simulate_line(s, str_c("  "));
}

static char *printed(const struct simulate *s,
		     void (*print)(const struct simulate *s, FILE *out))
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	print(s, f);
	fclose(f);
	return text;
}

static void test_counts(void **state)
{
	struct simulate *s = *state;
	struct curve_total t;

	a_log(s);
	curve_total(s->curve, &t);
	assert_int_equal(t.asks, 6);
	assert_true(t.worth == INT64_C(2125000000000));
	assert_int_equal(simulate_lines(s), 10);
	assert_int_equal(s->uncached, 2);
	assert_int_equal(s->failed, 1);
	assert_int_equal(report_feed_damaged(&s->feed), 1);
	assert_int_equal(s->unpriced, 1);
	assert_int_equal(s->guessed, 1);
	assert_int_equal(s->backwards, 1);
	assert_int_equal(s->hits, 1);
	assert_true(s->billed == INT64_C(1875000000000));
	assert_int_equal(t.questions, 4);
	assert_true(t.ever.bill == INT64_C(1375000000000));
}

/* A log and its rotated copy: what is there twice was asked once. An alarm and
 * a stream that was cut are no answers to keep. */
static void test_twice(void **state)
{
	static const char *const more[] = {
		KEY("aa") ",\"cost_usd\":0.25,\"run\":\"r\",\"seq\":1",
		KEY("bb") ",\"cost_usd\":0.25,\"run\":\"r\",\"seq\":2",
		KEY("aa") ",\"cost_usd\":0.25,\"run\":\"s\",\"seq\":1",
		",\"event\":\"budget\",\"run\":\"s\",\"seq\":2",
		KEY("cc") ",\"error.type\":\"cut\",\"run\":\"s\",\"seq\":3",
	};
	struct simulate *s = *state;
	struct curve_total t;

	for (int twice = 0; twice < 2; twice++)
		for (size_t i = 0; i < COUNT_OF(more); i++)
			give(s, "10:00", "miss", more[i]);
	curve_total(s->curve, &t);
	assert_int_equal(t.asks, 3);
	assert_int_equal(t.questions, 2);
	assert_int_equal(s->feed.duplicates, 5);
	assert_int_equal(s->feed.events, 1);
	assert_int_equal(s->failed, 1);
	assert_int_equal(s->uncached, 0);
	assert_int_equal(simulate_lines(s), 10);
}

/* More questions than are followed, by this seed. */
static char *sampled(uint32_t seed)
{
	char *text, key[128];
	struct simulate s;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	simulate_init(&s, &plan, seed);
	for (int i = 0; i < 6000; i++) {
		snprintf(key, sizeof(key), OK ",\"key\":\"%d\",\"cost_usd\":1,"
			 "\"size\":900", i % 3000 / (i % 2 + 1));
		give(&s, "10:00", "miss", key);
	}
	simulate_csv(&s, f);
	fclose(f);
	simulate_fini(&s);
	return text;
}

/* The seed chooses, so that who makes the log does not. */
static void test_seed(void **state)
{
	char *a = sampled(1), *again = sampled(1), *b = sampled(2);

	(void)state;
	assert_string_equal(a, again);
	assert_string_not_equal(a, b);
	free(a);
	free(again);
	free(b);
}

static void test_csv(void **state)
{
	static const char *const should[] = {
		"what,policy,scope,size_bytes,ttl_ms,requests,hits,bill_usd,"
		"saved_usd,hits_error,bill_error_usd\n",
		"\nnone,,,,,6,0,2.125,0,0,0.000000000000\n",
		"\nactual,,,,,6,1,1.875,0.25,0,0.000000000000\n",
		"\nsize,lru,,2560,,6,1,1.875,0.25,",
		"\nsize,s3fifo,,2560,,6,0,2.125,0,",
		"\nsize,gdsf,,1048576,,6,2,1.375,0.75,",
		"\nttl,,,,60000,6,0,2.125,0,",
		"\nttl,,,,86400000,6,2,1.375,0.75,",
		"\nttl,,,,,6,2,1.375,0.75,",
		"\nscope,,tenant,,,6,2,1.375,0.75,",
	};
	struct simulate *s = *state;
	char *text;

	a_log(s);
	text = printed(s, simulate_csv);
	for (size_t i = 0; i < COUNT_OF(should); i++)
		if (!strstr(text, should[i]))
			fail_msg("no %s in\n%s", should[i], text);
	free(text);
}

static void test_text(void **state)
{
	static const char *const should[] = {
		"6 requests from 2026-11-20 10:00 to 2026-11-20 12:01 (UTC), "
		"of 1 tenant:\n4 questions, whose answers fill 0.0 MB.\n",
		"\nas it was     16.67        1.8750  ##..................  12 %\n",
		"\nSIZE          HIT %       lru USD  HIT %    s3fifo USD"
		"  HIT %      gdsf USD  SAVED (s3fifo)\n",
		"\n1m             0.00        2.1250  ....................   0 %\n",
		"\n2 went past the cache and are not looked at.\n",
		"\n1 damaged line was left out.\n",
		"With one tenant all scopes are the same.\n",
	};
	struct simulate *s = *state;
	char *text;

	a_log(s);
	text = printed(s, simulate_text);
	for (size_t i = 0; i < COUNT_OF(should); i++)
		if (!strstr(text, should[i]))
			fail_msg("no %s in\n%s", should[i], text);
	free(text);
}

/* Nothing at all is no crash and no division by zero. */
static void test_nothing(void **state)
{
	struct simulate *s = *state;
	char *text = printed(s, simulate_text);

	assert_string_equal(text, "No request here could have been answered "
				  "by a cache.\n");
	free(text);
	text = printed(s, simulate_json);
	assert_non_null(strstr(text, "\"rows\":[\n {\"what\":\"none\","
				     "\"requests\":0,\"hits\":0,\"bill_usd\":0,"
				     "\"saved_usd\":0,"));
	free(text);
}

static void test_words(void **state)
{
	static const struct {
		uint64_t bytes;
		int64_t ms;
		const char *size, *time;
	} rows[] = {
		{ 1, 1, "1", "1ms" },
		{ 1024, 1000, "1K", "1s" },
		{ 64u << 20, 900000, "64M", "15m" },
		{ UINT64_C(3) << 30, 5400000, "3G", "90m" },
		{ (1u << 20) + 1, 259200000, "1048577", "3d" },
		{ 0, CURVE_FOREVER, "0", "ever" },
	};
	char word[SIMULATE_WORD];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		simulate_size_word(rows[i].bytes, word);
		assert_string_equal(word, rows[i].size);
		simulate_time_word(rows[i].ms, word);
		assert_string_equal(word, rows[i].time);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_counts),
		TEST(test_twice),
		cmocka_unit_test(test_seed),
		TEST(test_csv),
		TEST(test_text),
		TEST(test_nothing),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("simulate", tests, NULL, NULL);
}
