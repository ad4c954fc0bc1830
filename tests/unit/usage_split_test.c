#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "dialect/usage.h"

#define U(in, read, write, hour, out, think) { .input = (in), \
	.cache_read = (read), .cache_write = (write), \
	.cache_write_1h = (hour), .output = (out), .reasoning = (think) }

static const struct {
	struct usage usage;
	int64_t part[USAGE_PARTS]; /* fresh, read, 5m, 1h, output, reasoning */
} splits[] = {
	{ U(-1, -1, -1, -1, -1, -1), { 0, 0, 0, 0, 0, 0 } },
	{ U(100, -1, -1, -1, 10, -1), { 100, 0, 0, 0, 10, 0 } },
	{ U(100, 60, 30, 10, 10, 7), { 10, 60, 20, 10, 10, 7 } },
	/* What is more than the whole is cut to it. */
	{ U(100, 160, 30, 10, 10, 70), { 0, 100, 0, 0, 10, 10 } },
	{ U(100, 60, 60, 50, 10, 0), { 0, 60, 0, 40, 10, 0 } },
	{ U(100, 0, 10, 50, 0, 5), { 90, 0, 0, 10, 0, 0 } },
	{ U(-1, 5, 5, 5, -1, 5), { 0, 0, 0, 0, 0, 0 } },
	{ U(INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX),
	  { 0, INT64_MAX, 0, 0, INT64_MAX, INT64_MAX } },
	{ U(INT64_MIN, INT64_MIN, 1, 1, INT64_MIN, 1), { 0, 0, 0, 0, 0, 0 } },
};

static void test_splits(void **state)
{
	int64_t part[USAGE_PARTS];

	(void)state;
	for (size_t i = 0; i < sizeof(splits) / sizeof(*splits); i++) {
		usage_split(part, &splits[i].usage);
		for (int k = 0; k < USAGE_PARTS; k++)
			if (part[k] != splits[i].part[k])
				fail_msg("split %zu: part %d is %lld", i, k,
					 (long long)part[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_splits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
