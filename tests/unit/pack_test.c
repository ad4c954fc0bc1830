#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/pack.h"

#define COUNT(x) (sizeof(x) / sizeof(*(x)))

static const int64_t nums[] = { 0, 1, -1, 255, 256, INT64_MAX, INT64_MIN };

static struct str record(struct arena *a)
{
	static const struct key k = { { 1, 2, 3, [31] = 255 } };
	struct buf b;

	buf_init(&b, a);
	for (size_t i = 0; i < COUNT(nums); i++)
		pack_num(&b, nums[i]);
	pack_str(&b, STR("a\0b"));
	pack_key(&b, &k);
	pack_str(&b, STR(""));
	pack_str(&b, STR("word"));
	return buf_view(&b);
}

/* Reads a record; false when it went bad. */
static bool read_record(struct str bytes)
{
	struct unpack u = { .rest = bytes };
	char word[5];
	struct key k;
	bool same = true;

	for (size_t i = 0; i < COUNT(nums); i++)
		same &= unpack_num(&u) == nums[i];
	same &= str_eq(unpack_str(&u), STR("a\0b"));
	unpack_key(&u, &k);
	same &= k.b[0] == 1 && k.b[2] == 3 && k.b[31] == 255;
	same &= unpack_str(&u).n == 0;
	unpack_cstr(&u, word, sizeof(word));
	if (u.bad) {
		assert_int_equal(word[0], '\0');
		assert_true(unpack_num(&u) == 0);
		assert_int_equal(unpack_str(&u).n, 0);
		return false;
	}
	assert_true(same);
	assert_string_equal(word, "word");
	assert_int_equal(u.rest.n, 0);
	return true;
}

/* Every beginning of a record is bad, and read without running over. */
static void test_cut(void **state)
{
	struct arena *a = arena_new();
	struct str whole = record(a);

	(void)state;
	for (size_t n = 0; n < whole.n; n++)
		assert_false(read_record(arena_str(a, (struct str){
			whole.p, n })));
	assert_true(read_record(whole));
	arena_free(&a);
}

/* Lengths that lie. */
static void test_lengths(void **state)
{
	static const int64_t said[] = { 5, INT64_MAX, INT64_MIN, -1, -8 };
	struct arena *a = arena_new();
	struct unpack u;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < COUNT(said); i++) {
		buf_init(&b, a);
		pack_num(&b, said[i]);
		buf_puts(&b, "four");
		u = (struct unpack){ .rest = buf_view(&b) };
		assert_int_equal(unpack_str(&u).n, 0);
		assert_true(u.bad);
	}
	arena_free(&a);
}

static void test_little_endian(void **state)
{
	struct arena *a = arena_new();
	struct buf b;

	(void)state;
	buf_init(&b, a);
	pack_num(&b, 0x0102030405060708);
	assert_int_equal(b.n, 8);
	assert_memory_equal(b.p, "\10\7\6\5\4\3\2\1", 8);
	arena_free(&a);
}

static void test_cstr_fits(void **state)
{
	struct arena *a = arena_new();
	struct unpack u;
	struct buf b;
	char out[4];

	(void)state;
	buf_init(&b, a);
	pack_str(&b, STR("abcd"));
	u = (struct unpack){ .rest = buf_view(&b) };
	unpack_cstr(&u, out, sizeof(out)); /* no room for the NUL */
	assert_true(u.bad);
	assert_string_equal(out, "");
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_little_endian),
		cmocka_unit_test(test_cstr_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
