/* Generations only rise, and two hosts that talk have the same ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/count.h"
#include "store/gens.h"

#define NOW INT64_C(1790000000000)
#define HOUR INT64_C(3600000)

struct bench {
	struct arena *a;
	struct board one, two;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	if (!b)
		return -1;
	b->a = arena_new();
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	arena_free(&b->a);
	free(b);
	return 0;
}

static struct str packed(struct bench *b, const struct board *from)
{
	struct buf out;

	buf_init(&out, b->a);
	gens_pack(from, &out);
	return buf_view(&out);
}

static void names_are_apart(void **state)
{
	static const struct {
		enum gens_kind kind;
		const char *name;
	} names[] = {
		{ GENS_ALL, "" },        { GENS_MODEL, "gpt-4o" },
		{ GENS_TENANT, "gpt-4o" }, { GENS_TAG, "gpt-4o" },
		{ GENS_KEY, "gpt-4o" },  { GENS_MODEL, "gpt-4o-mini" },
		{ GENS_TAG, "" },
	};
	struct bench *b = *state;
	size_t i, j;

	for (i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(gens_of(&b->one, names[i].kind,
					 str_c(names[i].name)), 0);
	for (i = 0; i < COUNT_OF(names); i++) {
		gens_raise(&b->one, names[i].kind, str_c(names[i].name),
			   NOW);
		for (j = 0; j < COUNT_OF(names); j++)
			assert_int_equal(gens_of(&b->one, names[j].kind,
						 str_c(names[j].name)),
					 j <= i ? NOW : 0);
	}
}

static uint64_t raised(struct bench *b, int64_t now_ms)
{
	gens_raise(&b->one, GENS_TAG, STR("t"), now_ms);
	return gens_of(&b->one, GENS_TAG, STR("t"));
}

/* A purge of one is seldom one of another: 6 in 100000 are to be expected. */
static void names_seldom_share(void **state)
{
	struct bench *b = *state;
	unsigned shared = 0, i;
	char name[16];

	gens_raise(&b->one, GENS_KEY, STR("purged"), NOW);
	for (i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		shared += gens_of(&b->one, GENS_KEY, str_c(name)) != 0;
	}
	assert_in_range(shared, 1, 13);
}

static void raising_is_more(void **state)
{
	struct bench *b = *state;

	assert_int_equal(raised(b, NOW), NOW);
	assert_int_equal(raised(b, NOW), NOW + 1);
	assert_int_equal(raised(b, NOW - 50), NOW + 2);
	assert_int_equal(raised(b, NOW + 9), NOW + 9);
	assert_int_equal(raised(b, NOW + 9 - HOUR), NOW + 9 - HOUR);
}

static void no_clock_is_too_odd(void **state)
{
	static const int64_t odd[] = { 0, -1, INT64_MIN, INT64_MAX - HOUR };
	struct bench *b = *state;
	uint64_t was, is;
	size_t i;

	for (i = 0; i < COUNT_OF(odd); i++) {
		was = gens_of(&b->one, GENS_TAG, STR("t"));
		is = raised(b, odd[i]);
		assert_int_not_equal(is, 0);
		assert_int_not_equal(is, was);
	}
	memset(b->one.gen, 0xff, sizeof(b->one.gen));
	assert_int_equal(raised(b, NOW), NOW);
}

static void the_larger_wins(void **state)
{
	struct bench *b = *state;
	struct str from_one, from_two;

	gens_raise(&b->one, GENS_TAG, STR("a"), NOW - 10);
	gens_raise(&b->two, GENS_TAG, STR("a"), NOW);
	gens_raise(&b->one, GENS_TAG, STR("b"), NOW);
	gens_raise(&b->two, GENS_TAG, STR("b"), NOW - 10);
	gens_raise(&b->one, GENS_MODEL, STR("c"), NOW);
	gens_raise(&b->two, GENS_ALL, STR(""), NOW);
	assert_int_not_equal(gens_sum(&b->one), gens_sum(&b->two));
	from_one = packed(b, &b->one);
	from_two = packed(b, &b->two);
	assert_int_equal(gens_merge(&b->one, from_two, NOW), 0);
	assert_int_equal(gens_merge(&b->two, from_one, NOW), 0);
	assert_int_equal(gens_of(&b->one, GENS_TAG, STR("a")), NOW);
	assert_int_equal(gens_of(&b->one, GENS_TAG, STR("b")), NOW);
	assert_int_equal(gens_of(&b->two, GENS_MODEL, STR("c")), NOW);
	assert_int_equal(gens_of(&b->one, GENS_ALL, STR("")), NOW);
	assert_memory_equal(b->one.gen, b->two.gen, sizeof(b->one.gen));
	assert_int_equal(gens_sum(&b->one), gens_sum(&b->two));
	assert_true(str_eq(packed(b, &b->one), packed(b, &b->two)));
}

static void sum_of_none_is_0(void **state)
{
	struct bench *b = *state;
	uint64_t sum;

	assert_int_equal(gens_sum(&b->one), 0);
	assert_int_equal(packed(b, &b->one).n, 1);
	assert_int_equal(gens_merge(&b->two, packed(b, &b->one), NOW), 0);
	gens_raise(&b->one, GENS_KEY, STR("k"), NOW);
	sum = gens_sum(&b->one);
	assert_int_not_equal(sum, 0);
	gens_raise(&b->one, GENS_KEY, STR("k"), NOW);
	assert_int_not_equal(gens_sum(&b->one), sum);
}

static void all_at_once_fit(void **state)
{
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < BOARD_GENS; i++)
		b->one.gen[i] = (uint64_t)NOW - i;
	assert_int_equal(gens_merge(&b->two, packed(b, &b->one), NOW), 0);
	assert_memory_equal(b->one.gen, b->two.gen, sizeof(b->one.gen));
}

/* A pair: two bytes of place, eight of number. */
#define PAIR(place) place "\1\0\0\0\0\0\0\0"

static void refuses_what_is_none(void **state)
{
	static const struct str cases[] = {
		{ "", 0 },
		STR("\1"),
		STR("\1" PAIR("\5\0")),
		STR("\3" PAIR("\5\0") "x"),
		STR("\3\5\0\1\0\0\0\0\0\0"),          /* cut */
		STR("\3" PAIR("\5\0") PAIR("\5\0")),   /* twice */
		STR("\3" PAIR("\5\0") PAIR("\4\0")),   /* falling */
		STR("\3" PAIR("\5\0") PAIR("\0\x40")), /* place 16384 */
		STR("\3" PAIR("\xff\xff")),
	};
	struct bench *b = *state;
	size_t i;

	for (i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(gens_merge(&b->one, cases[i], NOW), -1);
	assert_int_equal(gens_sum(&b->one), 0);
	assert_int_equal(gens_merge(&b->one, STR("\3" PAIR("\5\0")), NOW),
			 0);
	assert_int_equal(b->one.gen[5], 1);
}

static void the_future_is_not_believed(void **state)
{
	struct bench *b = *state;

	b->two.gen[7] = (uint64_t)(NOW + HOUR);
	b->two.gen[8] = (uint64_t)(NOW + HOUR + 1);
	b->two.gen[9] = UINT64_MAX;
	assert_int_equal(gens_merge(&b->one, packed(b, &b->two), NOW), 0);
	assert_int_equal(b->one.gen[7], NOW + HOUR);
	assert_int_equal(b->one.gen[8], 0);
	assert_int_equal(b->one.gen[9], 0);
}

/* Nor is our own: it would hide every later purge of the others. */
static void damage_is_purged(void **state)
{
	struct bench *b = *state;

	b->one.gen[7] = UINT64_MAX;
	b->one.gen[8] = (uint64_t)(NOW + HOUR + 1);
	b->two.gen[8] = (uint64_t)(NOW + 5);
	assert_int_equal(gens_merge(&b->one, packed(b, &b->two), NOW), 0);
	assert_int_equal(b->one.gen[7], NOW);
	assert_int_equal(b->one.gen[8], NOW + 5);
}

#define THREADS 4
#define RAISES 5000

static void *raise_many(void *ctx)
{
	struct board *b = ctx;
	int i;

	for (i = 0; i < RAISES; i++)
		gens_raise(b, GENS_TAG, STR("t"), NOW);
	return NULL;
}

static void none_is_lost(void **state)
{
	struct bench *b = *state;
	pthread_t t[THREADS];
	size_t i;

	gens_raise(&b->one, GENS_TAG, STR("t"), NOW);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, raise_many,
						&b->one), 0);
	for (i = 0; i < 1000; i++)
		gens_merge(&b->one, packed(b, &b->two), NOW);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(gens_of(&b->one, GENS_TAG, STR("t")),
			 NOW + THREADS * RAISES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(names_are_apart),
		TEST(names_seldom_share),
		TEST(raising_is_more),
		TEST(no_clock_is_too_odd),
		TEST(the_larger_wins),
		TEST(sum_of_none_is_0),
		TEST(all_at_once_fit),
		TEST(refuses_what_is_none),
		TEST(the_future_is_not_believed),
		TEST(damage_is_purged),
		TEST(none_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
