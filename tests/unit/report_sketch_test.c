#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "cmd/report_sketch.h"

/* What is said of a value that is alone. */
static int64_t shown_as(int64_t ms)
{
	struct report_sketch s = { 0 };

	report_sketch_add(&s, ms);
	ms = report_sketch_at(&s, 500);
	report_sketch_free(&s);
	return ms;
}

static void test_close(void **state)
{
	int64_t v, shown;

	(void)state;
	for (v = 0; v < 128; v++)
		assert_int_equal(shown_as(v), v);
	for (v = 128; v < INT32_MAX; v += 1 + v / 1000) {
		shown = shown_as(v);
		assert_true(llabs(shown - v) * 100 <= v);
	}
	assert_int_equal(shown_as(-5), 0);
	assert_int_equal(shown_as(INT64_MAX),
			 shown_as(INT32_MAX));
}

/* Sorting says the same, to the bucket. */
static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t quantile(int64_t *list, int64_t n, int thousandths)
{
	int64_t rank = (n * thousandths + 999) / 1000;

	qsort(list, (size_t)n, sizeof(*list), compare);
	return shown_as(list[rank ? rank - 1 : 0]);
}

static void test_quantiles(void **state)
{
	static const int points[] = { 0, 1, 500, 950, 990, 999, 1000 };
	struct report_sketch whole = { 0 }, part[3] = { 0 }, merged = { 0 };
	int64_t list[5000], v, n = 5000;
	uint32_t seed = 1;

	(void)state;
	for (int64_t i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		v = seed >> (8 + seed % 24);
		list[i] = v;
		report_sketch_add(&whole, v);
		report_sketch_add(&part[i % 3], v);
	}
	for (int i = 2; i >= 0; i--)
		report_sketch_merge(&merged, &part[i]);
	assert_int_equal(merged.n, n);
	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		assert_int_equal(report_sketch_at(&whole, points[i]),
				 quantile(list, n, points[i]));
		assert_int_equal(report_sketch_at(&merged, points[i]),
				 report_sketch_at(&whole, points[i]));
	}
	report_sketch_free(&whole);
	report_sketch_free(&merged);
	for (int i = 0; i < 3; i++)
		report_sketch_free(&part[i]);
}

static void test_few(void **state)
{
	struct report_sketch s = { 0 };

	(void)state;
	assert_int_equal(report_sketch_at(&s, 500), -1);
	report_sketch_add(&s, 7);
	for (int q = 0; q <= 1000; q++)
		assert_int_equal(report_sketch_at(&s, q), 7);
	report_sketch_add(&s, 9);
	assert_int_equal(report_sketch_at(&s, 500), 7);
	assert_int_equal(report_sketch_at(&s, 501), 9);
	report_sketch_free(&s);
}

/* A value or two take little room, far from one another as they may be. */
static void test_small(void **state)
{
	struct report_sketch s = { 0 };

	(void)state;
	assert_int_equal(report_sketch_bytes(&s), 0);
	report_sketch_add(&s, 0);
	report_sketch_add(&s, INT64_MAX);
	assert_true(report_sketch_bytes(&s) <= 32);
	assert_int_equal(report_sketch_at(&s, 500), 0);
	assert_int_equal(report_sketch_at(&s, 501),
			 shown_as(INT64_MAX));
	for (int64_t ms = 1; ms < INT32_MAX; ms += 1 + ms / 200)
		report_sketch_add(&s, ms);
	assert_true(report_sketch_bytes(&s) <= 16384);
	report_sketch_free(&s);
}

/* What gave its values away does not say a quantile of the rest. */
static void test_move(void **state)
{
	struct report_sketch s = { 0 }, to = { 0 }, sum = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		report_sketch_add(&s, i);
	report_sketch_add(&to, 5000);
	report_sketch_move(&s, &to);
	assert_int_equal(report_sketch_bytes(&s), 0);
	assert_int_equal(to.n, 1001);
	assert_int_equal(report_sketch_at(&to, 500),
			 shown_as(500));
	report_sketch_add(&s, 7);
	assert_int_equal(report_sketch_at(&s, 500), -1);
	report_sketch_merge(&sum, &s);
	assert_int_equal(report_sketch_at(&sum, 500), -1);
	report_sketch_move(&s, &to);
	assert_int_equal(to.n, 1002);
	report_sketch_free(&to);
	report_sketch_free(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
