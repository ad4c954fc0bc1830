/* A table has bounded room, whatever is in the log. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/report_table.h"

static const char others[] = "(others)";

static int setup(void **state)
{
	const struct report_by by = { .n = 1, .dim = { REPORT_TENANT } };

	*state = report_table_new(&by);
	return 0;
}

static int teardown(void **state)
{
	report_table_free((struct report_table **)state);
	return 0;
}

/* A request of tenant "t<number>"; cost 0: it was refused. */
static void give(struct report_table *t, int number, picousd cost, int64_t ms)
{
	char name[16];
	struct report_entry e = {
		.dim[REPORT_TENANT] = { name, (size_t)snprintf(name,
					sizeof(name), "t%d", number) },
		.status = cost ? 200 : 401, .cost = cost, .tier = -1,
		.miss = true, .saved = PRICE_UNKNOWN, .duration_ms = ms,
		.ttfb_ms = ms,
	};

	report_table_add(t, &e);
}

static const struct report_sum *sum(struct report_table *t, const char *name)
{
	const struct report_group *g = report_table_find(t, &name);

	return g ? &g->sum : NULL;
}

static size_t groups(struct report_table *t)
{
	size_t n;

	report_table_groups(t, &n);
	return n;
}

/* Strangers with a made-up key each do not push out those who pay; and there
 * is an end of those, too. */
static void test_many(void **state)
{
	struct report_sum total;
	int64_t n = 3 * REPORT_MOST_GROUPS;

	for (int i = 0; i < n; i++)
		give(*state, i, 0, 5);
	assert_int_equal(groups(*state), REPORT_MOST_GROUPS / 2 + 1);
	assert_int_equal(sum(*state, others)->requests,
			 n - REPORT_MOST_GROUPS / 2);
	give(*state, 1000000, 7, 5);
	give(*state, 1000000, 0, 5);
	assert_true(sum(*state, "t1000000")->cost == 7);
	assert_int_equal(sum(*state, "t1000000")->requests, 2);
	assert_int_equal(sum(*state, "t0")->requests, 1);
	for (int i = 0; i < n; i++)
		give(*state, i, 1, 5);
	assert_int_equal(groups(*state), REPORT_MOST_GROUPS);
	report_table_total(*state, &total);
	assert_int_equal(total.requests, 2 * n + 2);
	assert_true(total.cost == n + 7);
	assert_int_equal(total.latency.n, 2 * n + 2);
	report_sum_free(&total);
}

/* Nor are names of 60 KB kept without end. */
static void test_long_names(void **state)
{
	const size_t len = 60000;
	char *name = malloc(len);
	struct report_entry e = { .dim[REPORT_TENANT] = { name, len },
				  .cost = 1, .tier = -1, .duration_ms = -1,
				  .ttfb_ms = -1, .saved = PRICE_UNKNOWN };

	memset(name, 'x', len);
	for (int i = 0; i < 2000; i++) {
		snprintf(name, len, "%d", i);
		report_table_add(*state, &e);
	}
	assert_true(groups(*state) <= REPORT_MOST_BYTES / 2 / len + 1);
	assert_true(sum(*state, others)->requests > 1000);
	free(name);
}

/* Times of very many kinds in very many groups: of some groups they are not
 * known any more, but in all they are. */
static void test_many_times(void **state)
{
	const int ntenants = 10000, times = 700;
	struct report_sum total;
	int64_t unknown = 0;
	const struct report_group *const *list;
	size_t n;

	for (int i = 0; i < times; i++)
		for (int k = 0; k < ntenants; k++)
			give(*state, k, 1, (int64_t)1 << (i % 31));
	for (int i = 0; i < times; i++)
		for (int k = 0; k < ntenants; k++)
			give(*state, k, 1, 128 + i * i);
	list = report_table_groups(*state, &n);
	assert_int_equal(n, ntenants);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(list[i]->sum.requests, 2 * times);
		unknown += report_sketch_at(&list[i]->sum.latency, 500) < 0;
	}
	assert_true(unknown > 100 && unknown < ntenants);
	report_table_total(*state, &total);
	assert_int_equal(total.latency.n, 2 * times * ntenants);
	assert_int_equal(report_sketch_at(&total.latency, 1), 1);
	assert_int_equal(report_sketch_at(&total.ttfb, 1000),
			 report_sketch_round((int64_t)1 << 30));
	report_sum_free(&total);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_many), TEST(test_long_names), TEST(test_many_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
