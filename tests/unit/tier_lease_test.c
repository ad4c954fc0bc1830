/* Of all hosts one asks. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tier_bed.h"

struct leased {
	struct host one, two;
	struct key k;
	struct arena *a;
};

static void lease_open(struct leased *q, struct arena *a)
{
	host_open(&q->one, NULL, 1, HOUR_MS, SITE);
	host_open(&q->two, NULL, 1, HOUR_MS, SITE);
	q->k = key_n(5);
	q->a = a;
}

static void lease_close(struct leased *q)
{
	host_close(&q->one);
	host_close(&q->two);
}

static int take(struct leased *q, struct host *h)
{
	return tier_lease_take(host_walk(h), q->a, &q->k);
}

static struct fake_item *lease_item(struct leased *q)
{
	size_t node = 0;

	return item_of(&q->one, "lease", 5, &node);
}

static void one_host_has_it(void **state)
{
	struct bed *b = *state;
	struct leased q;

	lease_open(&q, b->a);
	assert_int_equal(take(&q, &q.one), 1);
	assert_int_equal(take(&q, &q.two), 0);
	tier_lease_give(&q.two.w, b->a, &q.k); /* not its to give */
	assert_int_equal(take(&q, &q.two), 0);
	tier_lease_give(&q.one.w, b->a, &q.k);
	assert_int_equal(take(&q, &q.two), 1);
	tier_lease_give(&q.one.w, b->a, &q.k); /* given already */
	assert_int_equal(take(&q, &q.one), 0);
	lease_close(&q);
}

/* What is asked in the course of a request does not lose that its own. */
static void one_at_a_time(void **state)
{
	struct bed *b = *state;
	struct key other = key_n(6);
	struct leased q;

	lease_open(&q, b->a);
	assert_int_equal(take(&q, &q.one), 1);
	assert_int_equal(tier_lease_take(host_walk(&q.one), b->a, &other), -1);
	tier_lease_give(&q.one.w, b->a, &other);
	assert_int_equal(take(&q, &q.two), 0);
	tier_lease_give(&q.one.w, b->a, &q.k);
	assert_int_equal(tier_lease_take(host_walk(&q.one), b->a, &other), 1);
	lease_close(&q);
}

static void a_dead_host_has_it_for_a_while(void **state)
{
	struct bed *b = *state;
	struct leased q;

	lease_open(&q, b->a);
	assert_int_equal(take(&q, &q.one), 1);
	fake.now_s += LEASE_S - 1;
	assert_int_equal(take(&q, &q.two), 0);
	fake.now_s += 1;
	assert_int_equal(take(&q, &q.two), 1);
	/* The first is back from the dead, and must not spoil it. */
	q.one.l->lease.kept_ms = 0;
	tier_lease_keep(&q.one.w, b->a, &q.k);
	tier_lease_give(&q.one.w, b->a, &q.k);
	assert_int_equal(take(&q, &q.one), 0);
	lease_close(&q);
}

/* A lease that is played back, or on a node that has stopped, ends too. */
static void one_that_is_not_kept_ends(void **state)
{
	struct bed *b = *state;
	struct leased q;

	lease_open(&q, b->a);
	assert_int_equal(take(&q, &q.one), 1);
	assert_int_equal(take(&q, &q.two), 0);
	q.two.l->lease.seen_ms -= 2 * LEASE_S * 1000;
	assert_int_equal(take(&q, &q.two), -1);
	q.one.l->lease.kept_ms = 0;
	tier_lease_keep(&q.one.w, b->a, &q.k);
	assert_int_equal(take(&q, &q.two), 0);
	lease_close(&q);
}

static void keeping_has_its_own_time(void **state)
{
	struct bed *b = *state;
	struct leased q;
	unsigned before;

	lease_open(&q, b->a);
	assert_int_equal(take(&q, &q.one), 1);
	before = asked();
	tier_lease_keep(&q.one.w, b->a, &q.k); /* too early */
	assert_int_equal(asked(), before);
	fake.now_s += LEASE_S - 1;
	q.one.l->lease.kept_ms = 0;
	q.one.w.left_us = 0;
	tier_lease_keep(&q.one.w, b->a, &q.k);
	assert_int_equal(asked(), before + 2);
	assert_int_equal(q.one.w.left_us, 0);
	assert_int_equal(lease_item(&q)->until_s, fake.now_s + LEASE_S);
	/* Lost by the node: taken again. */
	fake_empty(&fake, 0);
	q.one.l->lease.kept_ms = 0;
	tier_lease_keep(&q.one.w, b->a, &q.k);
	assert_non_null(lease_item(&q));
	tier_lease_give(&q.one.w, b->a, &q.k);
	assert_null(lease_item(&q));
	lease_close(&q);
}

/* 4 ms are over soon where the processors have much to do. */
static void late_with_a_lease_is_not_dead(void **state)
{
	struct bed *b = *state;
	struct leased q;
	int i;

	lease_open(&q, b->a);
	for (i = 0; i < 3; i++) {
		fake.fate[0] = FATE_FINE;
		fake_empty(&fake, 0);
		assert_int_equal(take(&q, &q.one), 1);
		fake.fate[0] = FATE_LATE;
		q.one.l->lease.kept_ms = 0;
		tier_lease_keep(&q.one.w, b->a, &q.k);
		tier_lease_give(&q.one.w, b->a, &q.k);
	}
	assert_int_equal(counted(&q.one, BOARD_MEMC_FAILS), 6);
	assert_int_equal(q.one.t->node[0]->off_until_ms, 0);
	lease_close(&q);
}

static void no_lease_no_waiting(void **state)
{
	struct bed *b = *state;
	struct fake_item *it;
	struct leased q;

	lease_open(&q, b->a);
	assert_int_equal(take(&q, &q.one), 1);
	it = lease_item(&q);
	it->bytes[40] ^= 1; /* not sealed by any of ours */
	assert_int_equal(take(&q, &q.two), -1);
	assert_int_equal(counted(&q.two, BOARD_MEMC_FORGED), 1);
	fake.fate[0] = FATE_BROKEN;
	assert_int_equal(take(&q, &q.two), -1);
	fake.fate[0] = FATE_REFUSED;
	assert_int_equal(take(&q, &q.two), -1);
	lease_close(&q);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BED_TEST(one_host_has_it),
		BED_TEST(one_at_a_time),
		BED_TEST(a_dead_host_has_it_for_a_while),
		BED_TEST(one_that_is_not_kept_ends),
		BED_TEST(keeping_has_its_own_time),
		BED_TEST(late_with_a_lease_is_not_dead),
		BED_TEST(no_lease_no_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
