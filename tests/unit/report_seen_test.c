#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "cmd/report_marks.h"
#include "cmd/report_once.h"
#include "cmd/report_seen.h"

static int setup(void **state)
{
	*state = report_seen_new();
	return 0;
}

static int teardown(void **state)
{
	report_seen_free((struct report_seen **)state);
	return 0;
}

static struct str name(char out[24], unsigned run)
{
	return (struct str){ out, (size_t)snprintf(out, 24, "%08x", run) };
}

static enum report_seen_as line(void **state, const char *run, int64_t seq,
				const char *crc)
{
	const struct report_entry e = { .run = str_c(run), .seq = seq,
					.crc = str_c(crc) };

	return report_seen_entry(*state, &e);
}

/* A line of that process and number, which is always the same. */
static bool again(void **state, struct str run, int64_t seq)
{
	const struct report_entry e = { .run = run, .seq = seq,
					.crc = STR("\"00000000\"") };
	enum report_seen_as as = report_seen_entry(*state, &e);

	assert_true(as == REPORT_SEEN_NEW || as == REPORT_SEEN_AGAIN);
	return as == REPORT_SEEN_AGAIN;
}

static void test_order(void **state)
{
	static const int order[] = { 5, 1, 3, 2, 4, 9, 8, 6, 7, 0 };
	size_t n = sizeof(order) / sizeof(*order);

	for (size_t i = 0; i < n; i++)
		assert_false(again(state, STR("a"), order[i]));
	for (size_t i = 0; i < n; i++) {
		assert_true(again(state, STR("a"), order[i]));
		assert_false(again(state, STR("b"), order[i]));
	}
	assert_false(again(state, STR("a"), 10));
	assert_false(again(state, STR("a"), INT64_MAX));
	assert_true(again(state, STR("a"), INT64_MAX));
	assert_false(again(state, STR("a"), INT64_MAX - 1));
}

/* As many processes as are promised, a hundred lines each, in any order
 * within ten. */
static void test_many_runs(void **state)
{
	char text[24];
	int n = 0;

	for (int twice = 0; twice < 2; twice++)
		for (unsigned run = 0; run < 20000; run++)
			for (int64_t i = 0; i < 100; i++)
				n += again(state, name(text, run),
					   i / 10 * 10 + i * 7 % 10);
	assert_int_equal(n, 2000000);
	assert_false(report_seen_doubt(*state).forgotten);
}

/* Under CGI every line is of a process of its own. */
static void test_cgi(void **state)
{
	char text[24];

	for (int twice = 0; twice < 2; twice++)
		for (unsigned run = 0; run < 500000; run++)
			assert_int_equal(again(state,
					name(text, run), 1), twice);
	assert_false(report_seen_doubt(*state).forgotten);
}

/* Who writes a line with the number of another and has it read first does
 * not hide that one; and copies of both are copies. */
static void test_other(void **state)
{
	static const int64_t seqs[] = { 1, 2, 1000, 1001, INT64_MAX };

	for (size_t i = 0; i < sizeof(seqs) / sizeof(*seqs); i++) {
		assert_int_equal(line(state, "a", seqs[i], "\"00000000\""),
				 REPORT_SEEN_NEW);
		assert_int_equal(line(state, "a", seqs[i], "\"12345678\""),
				 REPORT_SEEN_OTHER);
		assert_int_equal(line(state, "a", seqs[i], "\"12345679\""),
				 REPORT_SEEN_OTHER);
		for (int twice = 0; twice < 2; twice++) {
			assert_int_equal(line(state, "a", seqs[i],
				"\"12345678\""), REPORT_SEEN_AGAIN);
			assert_int_equal(line(state, "a", seqs[i],
				"\"00000000\""), REPORT_SEEN_AGAIN);
			assert_int_equal(line(state, "a", seqs[i],
				"\"12345679\""), REPORT_SEEN_AGAIN);
		}
	}
}

static void test_bare(void **state)
{
	assert_int_equal(line(state, "a", 1, ""), REPORT_SEEN_BARE);
	assert_int_equal(line(state, "a", 1, "\"00000000\""),
			 REPORT_SEEN_NEW); /* it was not remembered */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(line(state, "", 1, ""), REPORT_SEEN_NEW);
		assert_int_equal(line(state, "a", -1, ""), REPORT_SEEN_NEW);
	}
}

/* Nothing is ever taken for a duplicate, however much is forgotten; and it is
 * said that something was. */
static void test_forgotten(void **state)
{
	char text[24];

	for (unsigned run = 0; run < REPORT_ONCE_MOST; run++)
		assert_false(again(state, name(text, run), 1));
	assert_false(report_seen_doubt(*state).forgotten);
	for (unsigned run = 0; run < 300000; run++)
		assert_false(again(state, name(text, ~run), 1));
	assert_true(report_seen_doubt(*state).forgotten);
}

static void test_forgotten_runs(void **state)
{
	char text[24];

	for (unsigned run = 0; run < 65536; run++)
		assert_false(again(state, name(text, run), 16));
	assert_false(report_seen_doubt(*state).forgotten);
	assert_false(again(state, STR("one more"), 16));
	assert_true(report_seen_doubt(*state).forgotten);
	assert_true(again(state, STR("one more"), 16));
	for (unsigned run = 100; run < 200000; run++) {
		assert_false(again(state, name(text, ~run), 16));
		assert_true(again(state, STR("one more"), 16));
	}
}

static void test_gaps(void **state)
{
	for (int64_t i = 0; i < 300000; i += 2) /* a gap behind each */
		assert_false(again(state, STR("gaps"), i));
	assert_true(report_seen_doubt(*state).forgotten);
	for (int64_t i = 1; i < 300000; i += 2)
		assert_false(again(state, STR("gaps"), i));
}

/* Of more lines than it has room for the checksums of, the numbers do. */
static void test_no_checksum(void **state)
{
	const int64_t n = (int64_t)REPORT_MARKS_BLOCKS * REPORT_MARKS_LINES;

	for (int64_t i = 1; i <= n + 1000; i++)
		assert_int_equal(line(state, "a", i, "\"00000000\""),
				 REPORT_SEEN_NEW);
	assert_int_equal(line(state, "a", 2, "\"00000000\""),
			 REPORT_SEEN_AGAIN);
	assert_int_equal(report_seen_doubt(*state).unproven, 1);
	assert_int_equal(line(state, "a", n, "\"00000000\""),
			 REPORT_SEEN_AGAIN);
	assert_int_equal(line(state, "a", n, "\"00000001\""),
			 REPORT_SEEN_OTHER);
	assert_int_equal(report_seen_doubt(*state).unproven, 1);
	assert_false(report_seen_doubt(*state).forgotten);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order), TEST(test_many_runs), TEST(test_cgi),
		TEST(test_other), TEST(test_bare), TEST(test_forgotten),
		TEST(test_forgotten_runs), TEST(test_gaps),
		TEST(test_no_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
