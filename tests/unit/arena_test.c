#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"

static const size_t sizes[] = {
	0, 1, 15, 16, 17, 1000, 16383, 16384, 16385, 40000, 3000000, 1, 7,
};
enum { N = sizeof(sizes) / sizeof(sizes[0]) };

/* Aligned, apart from one another, and still there after the last. */
static void test_alloc(void **state)
{
	struct arena *a = arena_new();
	unsigned char *p[N];
	size_t sum = 0;

	(void)state;
	for (int round = 0; round < 3; round++) {
		sum = 0;
		for (size_t i = 0; i < N; i++) {
			p[i] = arena_alloc(a, sizes[i]);
			assert_non_null(p[i]);
			assert_int_equal((uintptr_t)p[i] % 16, 0);
			memset(p[i], (int)i + 1, sizes[i]);
			sum += sizes[i];
		}
		for (size_t i = 0; i < N; i++)
			for (size_t j = 0; j < sizes[i]; j++)
				if (p[i][j] != i + 1)
					fail_msg("%zu at %zu", i, j);
		assert_int_equal(arena_used(a), sum);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(&a);
	assert_null(a);
	arena_free(&a);
}

/* Zeroed also where an earlier life wrote. */
static void test_zeroed(void **state)
{
	struct arena *a = arena_new();
	uint32_t *n;

	(void)state;
	memset(arena_alloc(a, 4000), 0xff, 4000);
	arena_reset(a);
	n = arena_new_n(a, uint32_t, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(n[i], 0);
	arena_free(&a);
}

static void test_strings(void **state)
{
	struct arena *a = arena_new();
	struct str s = arena_str(a, (struct str){ "a\0bc", 3 });

	(void)state;
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "a\0b\0", 4);
	assert_string_equal(arena_strdup(a, "copy"), "copy");
	assert_string_equal(arena_strdup(a, NULL), "");
	assert_string_equal(arena_cstr(a, (struct str){ "part", 2 }), "pa");
	assert_string_equal(arena_cstr(a, (struct str){ NULL, 0 }), "");
	assert_string_equal(arena_printf(a, "%s=%d", "x", 5), "x=5");
	assert_int_equal(strlen(arena_printf(a, "%05000d", 1)), 5000);
	arena_free(&a);
}

/* The last one grows where it is, while its block has room; an arena of
 * mallocs lets none grow. */
static void test_extend(void **state)
{
	struct arena *a = arena_new_small(1000); /* no multiple of 16 */
	char *first = arena_alloc(a, 20), *last = arena_alloc(a, 10);

	(void)state;
	assert_false(arena_extend(a, first, 20, 40));
	assert_false(arena_extend(a, last, 10, SIZE_MAX));
	assert_false(arena_extend(a, last, 10, 1000));
	assert_int_equal(arena_used(a), 30);
	if (arena_extend(a, last, 10, 900)) {
		assert_int_equal(arena_used(a), 920);
		assert_false(arena_extend(a, last, 900, 977));
		assert_true(arena_extend(a, last, 900, 960));
	}
	memset(last, 'l', 10);
	memset(arena_alloc(a, 100), 'x', 100);
	assert_int_equal(last[9], 'l');
	assert_false(arena_extend(a, last, 960, 970));
	arena_free(&a);
}

/* What was there before the mark stays. */
static void test_mark(void **state)
{
	struct arena *a = arena_new();
	char *kept = arena_strdup(a, "kept");
	struct arena_mark m = arena_mark(a);

	(void)state;
	for (int round = 0; round < 3; round++) {
		memset(arena_alloc(a, 100), 'x', 100);
		memset(arena_alloc(a, 100000), 'x', 100000);
		arena_back(a, &m);
		assert_int_equal(arena_used(a), 5);
		assert_string_equal(kept, "kept");
	}
	arena_strdup(a, "next");
	assert_string_equal(kept, "kept");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extend),
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
