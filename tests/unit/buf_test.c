#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/buf.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

static void test_empty(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, a);
	assert_int_equal(buf_view(&b).n, 0);
	assert_non_null(buf_view(&b).p);
	buf_add(&b, "", 0);
	assert_int_equal(b.p[0], '\0');
}

/* Every length over several growths, with the NUL behind. */
static void test_grows(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, a);
	for (size_t i = 0; i < 3000; i++) {
		buf_putc(&b, (char)('a' + i % 26));
		assert_int_equal(b.n, i + 1);
		assert_true(b.n < b.cap);
		assert_int_equal(b.p[b.n], '\0');
	}
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(b.p[i], 'a' + (int)(i % 26));
}

static void test_one_large_piece(void **state)
{
	char *big = arena_alloc(a, 100000);
	struct buf b;

	(void)state;
	memset(big, 'x', 100000);
	buf_init(&b, a);
	buf_puts(&b, "<");
	buf_add(&b, big, 100000);
	buf_str(&b, STR(">"));
	assert_int_equal(b.n, 100002);
	assert_int_equal(b.p[1], 'x');
	assert_string_equal(b.p + 100000, "x>");
}

static void test_printf(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, a);
	buf_printf(&b, "%d-%s;", 42, "x");
	buf_printf(&b, "%0300d", 7);
	assert_int_equal(b.n, 305);
	assert_memory_equal(b.p, "42-x;0", 6);
	assert_string_equal(b.p + 303, "07");
}

static void test_int(void **state)
{
	static const int64_t many[] = { 0, 7, 10, -1, 1234567890,
					INT64_MAX, INT64_MIN };
	char want[32];
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++) {
		buf_init(&b, a);
		buf_int(&b, many[i]);
		snprintf(want, sizeof(want), "%lld", (long long)many[i]);
		assert_string_equal(b.p, want);
	}
}

/* As who reads from a socket does. */
static void test_room(void **state)
{
	struct buf b;
	char *exact;

	(void)state;
	buf_init(&b, a);
	exact = buf_room(&b, 5000);
	for (int i = 0; i < 5; i++) {
		memset(buf_room(&b, 1000), 'a' + i, 1000);
		buf_took(&b, 1000);
	}
	assert_ptr_equal(b.p, exact); /* there was room for all */
	assert_int_equal(b.n, 5000);
	assert_int_equal(b.p[4999], 'e');
	assert_int_equal(strlen(b.p), 5000);
	memset(buf_room(&b, 7), 'f', 7);
	buf_took(&b, 6); /* fewer than there was room for */
	assert_int_equal(strlen(b.p), 5006);
	assert_int_equal(b.p[0], 'a');
}

static const struct {
	struct str s;
	const char *want;
} rows[] = {
	{ { "", 0 }, "\"\"" },
	{ { "plain", 5 }, "\"plain\"" },
	{ { "a\"b\\c/", 6 }, "\"a\\\"b\\\\c/\"" },
	{ { "\b\f\n\r\t", 5 }, "\"\\b\\f\\n\\r\\t\"" },
	{ { "\0\x1f\x7f", 3 }, "\"\\u0000\\u001f\\u007f\"" },
	{ { "\xc3\xa9\xf0\x9f\x98\x80", 6 },
	  "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
	{ { "a\xff" "b", 3 }, "\"a\xef\xbf\xbd" "b\"" },
	{ { "\xc3", 1 }, "\"\xef\xbf\xbd\"" },
	{ { "\xed\xa0\x80", 3 },
	  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static void test_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, a);
		buf_json(&b, rows[i].s);
		assert_string_equal(b.p, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_one_large_piece),
		cmocka_unit_test(test_printf),
		cmocka_unit_test(test_int),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
