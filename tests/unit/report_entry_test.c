#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <stdio.h>
#include <stdlib.h>

#include "base/crc32c.h"
#include "cmd/report_scan.h"

#define TIME "\"time\":\"2026-11-20T01:02:03.004Z\""

static const struct reading {
	const char *line;
	enum report_fault fault;
} readings[] = {
	{ "", REPORT_EMPTY },
	{ " \t\r", REPORT_EMPTY },
	{ "{" TIME "}", REPORT_RIGHT },
	{ " {" TIME "}\r", REPORT_RIGHT },
	{ "          {" TIME "}", REPORT_RIGHT },
	{ "{\"time\":\"2024-02-29T00:00:00Z\",\"status\":null}",
	  REPORT_RIGHT },
	{ "{\"time\":\"2026-11-20T23:59:60.9999Z\"}", REPORT_RIGHT },
	{ "{" TIME ",\"gen_ai.request.model\":5}", REPORT_RIGHT },
	{ "{" TIME ",\"other\":{\"a\":[1,{}]}}", REPORT_RIGHT },
	{ "{" TIME ",\"pid\":1.5e3}", REPORT_RIGHT },
	{ "{" TIME ",\"ttl_ms\":-1234}", REPORT_RIGHT }, /* a stale one */
	{ "{" TIME ",\"ttl_ms\":-12.5}", REPORT_FOREIGN },
	{ "x", REPORT_FOREIGN },
	{ "[]", REPORT_FOREIGN },
	{ "{}", REPORT_FOREIGN },
	{ "\"a\"", REPORT_FOREIGN },
	{ "{\"time\":5}", REPORT_FOREIGN },
	{ "{\"a\":1}", REPORT_FOREIGN },
	{ "{\"time\":\"2026-11-20\"}", REPORT_FOREIGN },
	{ "{\"time\":\"2026-11-20T01:02:03\"}", REPORT_FOREIGN },
	{ "{\"time\":\"2026-11-20T01:02:03.0x4Z\"}", REPORT_FOREIGN },
	{ "{\"time\":\"2026-11-20 01:02:03Z\"}", REPORT_FOREIGN },
	{ "{\"time\":\"2026-02-29T01:02:03Z\"}", REPORT_FOREIGN },
	{ "{\"time\":\"2026-13-01T01:02:03Z\"}", REPORT_FOREIGN },
	{ "{\"time\":\"2026-12-01T24:02:03Z\"}", REPORT_FOREIGN },
	{ "{" TIME ",\"cost_usd\":-1}", REPORT_FOREIGN },
	{ "{" TIME ",\"cost_usd\":\"much\"}", REPORT_FOREIGN },
	{ "{" TIME ",\"cost_usd\":1e30}", REPORT_FOREIGN },
	{ "{" TIME ",\"status\":\"200\"}", REPORT_FOREIGN },
	{ "{" TIME ",\"gen_ai.usage.input_tokens\":-5}", REPORT_FOREIGN },
	{ "{" TIME ",\"gen_ai.usage.output_tokens\":1.5}", REPORT_FOREIGN },
	{ "{", REPORT_TORN },
	{ "{" TIME, REPORT_TORN },
	{ "{" TIME ",\"status\":2", REPORT_TORN },
	{ "1:02:03.004Z\",\"status\":200}", REPORT_TORN },
	{ "{" TIME "{" TIME "}", REPORT_TORN },
	{ "{" TIME ",}", REPORT_TORN },
	{ "{" TIME "},", REPORT_TORN },
	{ "{" TIME ",\"status\":0200}", REPORT_TORN },
	{ "{" TIME "," TIME "}", REPORT_TORN },
	{ "{" TIME ",\"a\":1,\"a\":2}", REPORT_TORN },
	{ "{" TIME ",\"tag\":\"\xff\"}", REPORT_TORN },
	{ "{" TIME ",\"crc\":\"00000000\"}", REPORT_CHECKSUM },
	{ "{" TIME ",\"crc\":5}", REPORT_CHECKSUM },
	{ "{" TIME ",\"crc\":\"00000000\",\"a\":1}", REPORT_CHECKSUM },
	{ "{\"crc\":\"00000000\"}", REPORT_CHECKSUM },
	{ "{" TIME ",\"status\":-5,\"crc\":\"00000000\"}", REPORT_CHECKSUM },
};

static int setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free((struct arena **)state);
	return 0;
}

/* A copy without anything behind it, so that sanitizers see its end. */
static enum report_fault read_copy(struct report_entry *e, struct arena *a,
				   struct str line)
{
	char *copy = malloc(line.n + 1);
	enum report_fault fault;

	memcpy(copy, line.p, line.n);
	copy = realloc(copy, line.n ? line.n : 1);
	fault = report_entry_read(e, a, (struct str){ copy, line.n });
	free(copy);
	return fault;
}

static void test_faults(void **state)
{
	struct report_entry e;

	for (size_t i = 0; i < sizeof(readings) / sizeof(*readings); i++)
		if (read_copy(&e, *state, str_c(readings[i].line)) !=
		    readings[i].fault)
			fail_msg("%s", readings[i].line);
}

static void test_long(void **state)
{
	char *line = malloc(REPORT_LONGEST_LINE + 1);
	struct report_entry e;

	memset(line, ' ', REPORT_LONGEST_LINE + 1);
	memcpy(line, "{" TIME, strlen("{" TIME));
	line[REPORT_LONGEST_LINE - 1] = '}';
	assert_int_equal(report_entry_read(&e, *state, (struct str){
		line, REPORT_LONGEST_LINE }), REPORT_RIGHT);
	line[REPORT_LONGEST_LINE] = '}';
	assert_int_equal(report_entry_read(&e, *state, (struct str){
		line, REPORT_LONGEST_LINE + 1 }), REPORT_TOO_LONG);
	free(line);
}

/* Any one bit that changes is noticed. */
static void test_crc(void **state)
{
	const char body[] = "{" TIME ",\"status\":200,\"tag\":\"a b\"";
	char line[160], bad[160];
	struct report_entry e;
	size_t n;

	n = (size_t)snprintf(line, sizeof(line), "%s,\"crc\":\"%08x\"}", body,
			     crc32c(0, body, strlen(body)));
	assert_int_equal(read_copy(&e, *state, (struct str){ line, n }),
			 REPORT_RIGHT);
	for (size_t i = 0; i < 8 * strlen(body); i++) {
		memcpy(bad, line, n);
		bad[i / 8] = (char)(bad[i / 8] ^ 1 << i % 8);
		assert_int_not_equal(read_copy(&e, *state,
					       (struct str){ bad, n }),
				     REPORT_RIGHT);
	}
}

/* -- the fast way and the strict one --------------------------------------- */

static const char *const pieces[] = {
	TIME, "\"seq\":12", "\"run\":\"0123456789abcdef\"", "\"pid\":4194304",
	"\"tenant\":\"t\xc3\xa9\"", "\"cache\":\"miss\"", "\"status\":200",
	"\"cost_usd\":0.0000125", "\"cost_usd\":\"3\"", "\"saved_usd\":-1.5",
	"\"cost_usd\":999999.999999999999", "\"saved_usd\":1e-7",
	"\"cost_usd\":1000000.5", "\"cost_usd\":0.0000000000001",
	"\"gen_ai.usage.input_tokens\":1234",
	"\"gen_ai.usage.output_tokens\":1e3",
	"\"gen_ai.usage.cache_read.input_tokens\":999999999999999999",
	"\"ttl_ms\":-5", "\"ttl_ms\":--5",
	"\"duration_ms\":0", "\"ttfb_ms\":00", "\"stream\":true",
	"\"client_aborted\":true", "\"estimated\":false", "\"estimated\":1",
	"\"tag\":\"a\\u00e9\\n\"", "\"tag\":\"\"", "\"tag\":null",
	"\"a\":\"b\"", "\"b\":1.25", "\"c\":-1", "\"d\":false", "\"e\":[1]",
	"\"f\":tru", "\"g\":1.", "\"\":1", "\"h\":", "\"i\" :1",
	"\"gen_ai.provider.name\":\"openai\"", "\"key\":\"0123456789abcdef\"",
	"\"error.type\":\"a longer text than sixteen bytes, \xe2\x82\xac\"",
};

static uint32_t seed = 1;

static uint32_t next(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static size_t make_line(char *line)
{
	size_t n = 1, len, most = 1 + next(14);
	const char *piece;

	line[0] = '{';
	for (size_t i = 0; i < most; i++) {
		piece = pieces[i ? next(sizeof(pieces) / sizeof(*pieces)) : 0];
		len = strlen(piece);
		if (i)
			line[n++] = ',';
		memcpy(line + n, piece, len);
		n += len;
	}
	line[n++] = '}';
	return n;
}


static bool alike(const struct report_entry *a, const struct report_entry *b)
{
	for (int i = 0; i < REPORT_DIMS; i++)
		if (!str_eq(a->dim[i], b->dim[i]))
			return false;
	return str_eq(a->run, b->run) && str_eq(a->key, b->key) &&
	       str_eq(a->error, b->error) && a->seq == b->seq &&
	       a->ms == b->ms && a->status == b->status &&
	       a->cost == b->cost && a->saved == b->saved &&
	       memcmp(&a->usage, &b->usage, sizeof(a->usage)) == 0 &&
	       a->duration_ms == b->duration_ms && a->ttl_ms == b->ttl_ms &&
	       a->ttfb_ms == b->ttfb_ms && a->estimated == b->estimated &&
	       a->aborted == b->aborted && a->tier == b->tier &&
	       a->miss == b->miss;
}

/* A blank behind the first brace is nothing the fast way takes. */
static void test_alike(void **state)
{
	struct report_entry fast, strict;
	char line[4096], spaced[4096];
	enum report_fault x, y;
	int read = 0;
	size_t n;

	for (int i = 0; i < 20000; i++) {
		arena_reset(*state);
		n = make_line(line);
		if (next(4) == 0)
			line[next((uint32_t)n)] = (char)(' ' + next(95));
		memcpy(spaced + 1, line, n);
		spaced[0] = '{';
		spaced[1] = ' ';
		if (line[0] != '{')
			continue;
		x = report_entry_read(&fast, *state, (struct str){ line, n });
		y = report_entry_read(&strict, *state,
				      (struct str){ spaced, n + 1 });
		if (x != y || (x == REPORT_RIGHT && !alike(&fast, &strict)))
			fail_msg("%.*s: %d, %d", (int)n, line, x, y);
		read += x == REPORT_RIGHT;
	}
	assert_true(read > 1000);
}

/* What larder writes goes the fast way, in any order. */
static void test_fast(void **state)
{
	static const char *const lines[] = {
		"{" TIME ",\"seq\":1,\"pid\":4194304,\"status\":200}",
		"{\"status\":200,\"tenant\":\"\xc3\xa9t\xc3\xa9\"," TIME
		",\"cost_usd\":0.0000125,\"stream\":false}",
		"{\"of_another\":\"x\",\"other\":true,\"third\":-1.5," TIME
		"}",
	};
	static const char *const slow[] = {
		"{ \"a\":1}", "{\"a\":\"\\n\"}", "{\"a\":null}", "{\"a\":{}}",
		"{\"status\":200,\"status\":200}", "{\"a\":1", "{}", "",
	};
	struct report_entry e;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_true(report_scan(&e, str_c(lines[i])));
	for (size_t i = 0; i < sizeof(slow) / sizeof(*slow); i++)
		assert_false(report_scan(&e, str_c(slow[i])));
}

static void test_values(void **state)
{
	struct report_entry e;

	assert_int_equal(read_copy(&e, *state, STR(
		"{\"cost_usd\":0.000000000001,\"saved_usd\":-12.5," TIME
		",\"service_tier\":\"priority\",\"cache\":\"stale\","
		"\"estimated\":true,\"gen_ai.usage.input_tokens\":7}")),
		REPORT_RIGHT);
	assert_int_equal(e.cost, 1);
	assert_int_equal(e.saved, -12500000000000);
	assert_int_equal(e.ms, INT64_C(1795136523004));
	assert_int_equal(e.usage.tier, USAGE_PRIORITY);
	assert_int_equal(e.usage.input, 7);
	assert_int_equal(e.usage.output, -1);
	assert_int_equal(e.tier, REPORT_STALE);
	assert_true(e.estimated);
	assert_int_equal(e.status, -1);
	assert_true(e.weak_cost == PRICE_UNKNOWN);
}

static void test_days(void **state)
{
	(void)state;
	assert_true(report_is_day(STR("2000-02-29")));
	assert_false(report_is_day(STR("1900-02-29")));
	assert_false(report_is_day(STR("2026-11-31")));
	assert_false(report_is_day(STR("2026-00-01")));
	assert_false(report_is_day(STR("2026-1-1")));
	assert_false(report_is_day(STR("2026-11-2x")));
	assert_false(report_is_day(STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alike, setup, teardown),
		cmocka_unit_test(test_fast),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test(test_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
