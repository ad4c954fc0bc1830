#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

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

static void test_order(void **state)
{
	static const int order[] = { 5, 1, 3, 2, 4, 9, 8, 6, 7, 0 };
	size_t n = sizeof(order) / sizeof(*order);

	for (size_t i = 0; i < n; i++)
		assert_false(report_seen_before(*state, STR("a"), order[i]));
	for (size_t i = 0; i < n; i++) {
		assert_true(report_seen_before(*state, STR("a"), order[i]));
		assert_false(report_seen_before(*state, STR("b"), order[i]));
	}
	assert_false(report_seen_before(*state, STR("a"), 10));
	assert_false(report_seen_before(*state, STR("a"), INT64_MAX));
	assert_true(report_seen_before(*state, STR("a"), INT64_MAX));
	assert_false(report_seen_before(*state, STR("a"), INT64_MAX - 1));
}

/* As many processes as are promised, a hundred lines each, in any order
 * within ten. */
static void test_many_runs(void **state)
{
	char text[24];
	int again = 0;

	for (int twice = 0; twice < 2; twice++)
		for (unsigned run = 0; run < 20000; run++)
			for (int64_t i = 0; i < 100; i++)
				again += report_seen_before(*state,
					name(text, run),
					i / 10 * 10 + i * 7 % 10);
	/* Which are together in a set is chance: few are pushed out. */
	assert_true(again > 1990000 && again <= 2000000);
}

/* Nothing is ever taken for a duplicate, however much is forgotten. */
static void test_forgotten(void **state)
{
	char text[24];

	for (unsigned run = 0; run < 300000; run++)
		assert_false(report_seen_before(*state, name(text, run), 1));
	for (int64_t i = 0; i < 300000; i += 2) /* a gap behind each */
		assert_false(report_seen_before(*state, STR("gaps"), i));
	for (int64_t i = 1; i < 300000; i += 2)
		assert_false(report_seen_before(*state, STR("gaps"), i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_runs, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_forgotten, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
