/* A table has bounded room, whatever is in the log. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/report_table.h"

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

/* cost 0: it was refused. */
static void give_to(struct report_table *t, const char *name, picousd cost,
		    int64_t ms)
{
	struct report_entry e = {
		.dim[REPORT_TENANT] = str_c(name),
		.status = cost ? 200 : 401, .cost = cost, .tier = -1,
		.miss = true, .saved = PRICE_UNKNOWN, .duration_ms = ms,
		.ttfb_ms = ms,
	};

	report_table_add(t, &e);
}

/* A request of tenant "t<number>". */
static void give(struct report_table *t, int number, picousd cost, int64_t ms)
{
	char name[16];

	snprintf(name, sizeof(name), "t%d", number);
	give_to(t, name, cost, ms);
}

/* Strangers, until there is no room for another, and a few more. */
#define FEW 100
static void crowd(struct report_table *t)
{
	for (int i = 0; i < REPORT_MOST_GROUPS / 2 + FEW; i++)
		give(t, i, 0, 5);
}

/* Of the group of that name, or of what has no group; NULL: there is none. */
static const struct report_sum *find(struct report_table *t, const char *name,
				     bool others)
{
	const struct report_group *const *list;
	size_t n;

	list = report_table_groups(t, &n);
	for (size_t i = 0; i < n; i++)
		if (list[i]->others == others &&
		    strcmp(list[i]->name[0], name) == 0)
			return &list[i]->sum;
	return NULL;
}

static const struct report_sum *sum(struct report_table *t, const char *name)
{
	return find(t, name, false);
}

static const struct report_sum *rest(struct report_table *t)
{
	return find(t, "(others)", true);
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
	assert_int_equal(rest(*state)->requests, n - REPORT_MOST_GROUPS / 2);
	give(*state, 1000000, 7, 5);
	give(*state, 1000000, 0, 5);
	assert_true(sum(*state, "t1000000")->cost == 7);
	assert_int_equal(sum(*state, "t1000000")->requests, 2);
	assert_int_equal(sum(*state, "t0")->requests, 1);
	for (int i = 0; i < n; i++)
		give(*state, -i - 1, 1, 5);
	assert_int_equal(groups(*state), REPORT_MOST_GROUPS + 1);
	report_table_total(*state, &total);
	assert_int_equal(total.requests, 2 * n + 2);
	assert_true(total.cost == n + 7);
	assert_int_equal(total.latency.n, 2 * n + 2);
	report_sum_free(&total);
}

/* What is in a row is all there is of that name: one that came when there was
 * no room has none later. */
static void test_late(void **state)
{
	crowd(*state);
	for (int i = 0; i < 60; i++)
		give_to(*state, "acme", 0, 5);
	give_to(*state, "acme", 7, 5);
	give_to(*state, "new", 7, 5);
	give_to(*state, "new", 0, 5);
	assert_null(sum(*state, "acme"));
	assert_int_equal(rest(*state)->requests, FEW + 61);
	assert_true(rest(*state)->cost == 7);
	assert_int_equal(sum(*state, "new")->requests, 2);
	assert_int_equal(report_table_doubt(*state).lumped, FEW + 61);
}

/* Who pays nobody knows how much pays, too. */
static void test_unpriced(void **state)
{
	struct report_entry e = {
		.dim = { [REPORT_TENANT] = STR("known in part"),
			 [REPORT_MODEL] = STR("m"),
			 [REPORT_ENDPOINT] = STR("chat/completions") },
		.status = 502, .cost = PRICE_UNKNOWN, .weak_cost = 5,
		.spilt = PRICE_UNKNOWN, .saved = PRICE_UNKNOWN, .tier = -1,
		.miss = true, .duration_ms = -1, .ttfb_ms = -1,
	};

	crowd(*state);
	report_table_add(*state, &e);
	assert_true(sum(*state, "known in part")->cost == 5);
	e.dim[REPORT_TENANT] = STR("not known");
	e.weak_cost = PRICE_UNKNOWN;
	e.status = 200;
	report_table_add(*state, &e);
	assert_int_equal(sum(*state, "not known")->unpriced, 1);
	e.dim[REPORT_TENANT] = STR("failed");
	e.status = 502;
	report_table_add(*state, &e);
	assert_null(sum(*state, "failed"));
}

/* One may be called as the rest is. */
static void test_others(void **state)
{
	const struct report_group *list[3];

	give_to(*state, "(others)", 3, 5);
	assert_int_equal(report_table_doubt(*state).lumped, 0);
	crowd(*state);
	give_to(*state, "late", 0, 5);
	give_to(*state, "late", 1000, 5);
	give_to(*state, "(others)", 0, 5);
	assert_int_equal(sum(*state, "(others)")->requests, 2);
	assert_int_equal(rest(*state)->requests, FEW + 1 + 2);
	assert_int_equal(report_table_dearest(*state, 3, list), 3);
	assert_string_equal(list[0]->name[0], "(others)");
	assert_false(list[0]->others || list[1]->others || list[2]->others);
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
	assert_true(rest(*state)->requests > 1000);
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
	assert_true(report_table_doubt(*state).timeless);
	assert_int_equal(report_table_doubt(*state).lumped, 0);
	report_table_total(*state, &total);
	assert_int_equal(total.latency.n, 2 * times * ntenants);
	assert_int_equal(report_sketch_at(&total.latency, 1), 1);
	assert_in_range(report_sketch_at(&total.ttfb, 1000),
			(int64_t)1 << 30, ((int64_t)1 << 30) / 100 * 101);
	report_sum_free(&total);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_many), TEST(test_late), TEST(test_unpriced),
		TEST(test_others), TEST(test_long_names),
		TEST(test_many_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
