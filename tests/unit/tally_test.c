/* What the sums on the board were, and what a damaged board is taken for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#undef fail /* base/fail.h has its own */
#include <stdio.h>
#include <stdlib.h>

#include "serve/tally.h"

#define QUARTER 1994444LL /* any */
#define NOW (QUARTER * TALLY_QUARTER_MS + 1000)

static struct tally *fresh(void)
{
	struct tally *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	return t;
}

/* At the beginning of that quarter there were n requests. */
static void note(struct tally *t, int64_t quarter, uint64_t n)
{
	size_t i = (size_t)quarter % TALLY_PAST;

	t->past[i].slot = quarter;
	memset(&t->past[i].was, 0, sizeof(t->past[i].was));
	t->past[i].was.cache[TALLY_LOCAL] = n;
}

static uint64_t then(const struct tally *t, int64_t quarter)
{
	struct tally_pulse was;

	tally_then(t, NOW, quarter * TALLY_QUARTER_MS + 5, &was);
	return was.cache[TALLY_LOCAL];
}

static void of_the_past(void **state)
{
	struct tally *t = fresh();

	(void)state;
	t->pulse.cache[TALLY_LOCAL] = 100;
	assert_int_equal(then(t, QUARTER - 4), 100); /* no note: none came */
	note(t, QUARTER, 90);
	note(t, QUARTER - 2, 40);
	note(t, QUARTER - 50, 10);
	assert_int_equal(then(t, QUARTER), 90);
	assert_int_equal(then(t, QUARTER - 1), 90); /* as the next one */
	assert_int_equal(then(t, QUARTER - 2), 40);
	assert_int_equal(then(t, QUARTER - 49), 40);
	assert_int_equal(then(t, QUARTER - 50), 10);
	assert_int_equal(then(t, QUARTER - 100000), 10);
	assert_int_equal(then(t, QUARTER + 1), 100);
	/* Being written by one who died; of another day. */
	t->past[(QUARTER - 2) % TALLY_PAST].slot = -(QUARTER - 2);
	assert_int_equal(then(t, QUARTER - 2), 90);
	t->past[(QUARTER - 2) % TALLY_PAST].slot = QUARTER - 2 - TALLY_PAST;
	assert_int_equal(then(t, QUARTER - 2), 90);
	free(t);
}

static void never_below_nothing(void **state)
{
	struct tally_pulse a = { .cost = 5, .saved = 9 }, b = { .cost = 7 };

	(void)state;
	tally_less(&a, &b);
	assert_int_equal(a.cost, 0);
	assert_int_equal(a.saved, 9);
}

static void of_the_last_minute(void **state)
{
	struct tally *t = fresh();
	int64_t slot = NOW / 5000, ms;

	(void)state;
	t->pulse.cache[TALLY_MISS] = 50;
	assert_int_equal(tally_lately(t, NOW, &ms), 0);
	t->now[(slot - 12) % TALLY_NOW].slot = slot - 12;
	t->now[(slot - 12) % TALLY_NOW].requests = 20;
	t->now[(slot - 3) % TALLY_NOW].slot = slot - 3;
	t->now[(slot - 3) % TALLY_NOW].requests = 41;
	assert_int_equal(tally_lately(t, NOW, &ms), 30);
	assert_in_range(ms, 60000, 65000);
	t->now[(slot - 12) % TALLY_NOW].slot -= TALLY_NOW;
	assert_int_equal(tally_lately(t, NOW, &ms), 9);
	t->now[(slot - 3) % TALLY_NOW].requests = 99; /* damage */
	assert_int_equal(tally_lately(t, NOW, &ms), 0);
	free(t);
}

#define ADDED 20000

static void *adds(void *of)
{
	struct tally *t = of;

	for (int i = 0; i < ADDED; i++)
		__atomic_fetch_add(&t->pulse.cache[TALLY_MISS], 1,
				   __ATOMIC_RELAXED);
	return NULL;
}

/* The sums grow while they are read (what ThreadSanitizer would not forgive:
 * to read them as if they did not). */
static void while_it_counts(void **state)
{
	struct tally *t = fresh();
	uint64_t was = 0, n = 0;
	pthread_t id;
	int64_t ms;

	(void)state;
	t->now[(NOW / 5000 - 3) % TALLY_NOW].slot = NOW / 5000 - 3;
	assert_int_equal(pthread_create(&id, NULL, adds, t), 0);
	for (; n < ADDED; was = n) {
		n = tally_lately(t, NOW, &ms);
		assert_in_range(n, was, ADDED);
	}
	pthread_join(id, NULL);
	assert_int_equal(tally_requests(&t->pulse), ADDED);
	free(t);
}

static void quantiles(void **state)
{
	struct tally_hist h = { 0 };

	(void)state;
	assert_int_equal(tally_at(&h, &tally_ms, 500), -1);
	h.n[4] = 100; /* above 10, up to 20 */
	assert_int_equal(tally_at(&h, &tally_ms, 500), 15);
	assert_int_equal(tally_at(&h, &tally_ms, 1000), 20);
	h.n[17] = 100;
	assert_int_equal(tally_at(&h, &tally_ms, 500), 20);
	assert_int_equal(tally_at(&h, &tally_ms, 990), 81920);
	memset(h.n, 0xff, sizeof(h.n));
	assert_in_range(tally_at(&h, &tally_ms, 500), 0, 81920);
}

/* A place whose name is not the one it is found by is nobody's. */
static void damaged_names(void **state)
{
	struct arena *a = arena_new();
	struct tally_model m = { .id = 1 };
	struct tally_names n;

	(void)state;
	assert_false(tally_names(&m, a, &n));
	memset(m.name, 'x', sizeof(m.name));
	assert_false(tally_names(&m, a, &n));
	memcpy(m.name, "chat\nup\nm", 10);
	assert_false(tally_names(&m, a, &n));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_the_past),
		cmocka_unit_test(never_below_nothing),
		cmocka_unit_test(of_the_last_minute),
		cmocka_unit_test(while_it_counts),
		cmocka_unit_test(quantiles),
		cmocka_unit_test(damaged_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
