/* Local slab, then memcached: what is found where, and what trouble costs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/count.h"
#include "tier_bed.h"

static void slab_alone(void **state)
{
	struct bed *b = *state;
	struct key k = key_n(1);
	struct host h;
	struct entry e;

	host_open(&h, slab(b), 0, HOUR_MS, SITE);
	assert_false(tier_shared(h.t));
	assert_int_equal(get(&h, b->a, 1, &e), 0);
	assert_int_equal(put(&h, b->a, 1, STR("text")), 0);
	assert_int_equal(get(&h, b->a, 1, &e), 1);
	assert_true(str_is(e.bytes, "text"));
	assert_int_equal(tier_get_shared(&h.w, b->a, &k, &owner,
					 clock_wall_ms(), &e), 0);
	assert_int_equal(tier_lease_take(&h.w, b->a, &k), -1);
	assert_int_equal(tier_sync(&h.w, b->a, true), 0);
	tier_drop(&h.w, b->a, &k, &owner);
	assert_int_equal(get(&h, b->a, 1, &e), 0);
	assert_int_equal(fake.opened, 0);
	host_close(&h);
}

static void found_elsewhere_is_promoted(void **state)
{
	struct bed *b = *state;
	struct key k = key_n(1);
	struct entry in = entry_of(STR("text")), e;
	struct host one, two;
	enum tier_where where;
	unsigned before;

	bare_open(&one);
	host_open(&two, slab(b), 3, HOUR_MS, SITE);
	assert_int_equal(tier_put(&one.w, b->a, &k, &owner, &in), 0);
	assert_int_equal(tier_get(&two.w, b->a, &k, &owner, in.born_ms, &e,
				  &where), 1);
	assert_int_equal(where, TIER_MEMCACHED);
	before = asked();
	memset(&e, 0, sizeof(e));
	assert_int_equal(tier_get(&two.w, b->a, &k, &owner, in.born_ms, &e,
				  &where), 1);
	assert_int_equal(where, TIER_LOCAL);
	assert_int_equal(asked(), before);
	assert_true(str_is(e.bytes, "text"));
	assert_int_equal(e.born_ms, in.born_ms);
	assert_int_equal(e.expires_ms, in.expires_ms);
	assert_int_equal(counted(&two, BOARD_MEMC_HITS), 1);
	assert_int_equal(counted(&one, BOARD_MEMC_PUTS), 1);
	host_close(&one);
	host_close(&two);
}

/* What is in memcached may be older: played back, or not overwritten when the
 * node was away. */
static void the_newer_answer_stays(void **state)
{
	static const struct {
		int64_t born_by; /* memcached's, against the slab's */
		int64_t lives_ms; /* the slab's */
		const char *given;
	} cases[] = {
		{ -1000, HOUR_MS, "slab" },
		{ 0, HOUR_MS, "slab" },
		{ 1, HOUR_MS, "memcached" },
		{ -1000, 0, "memcached" }, /* that is all there is */
	};
	struct bed *b = *state;
	struct host one, two;
	struct entry theirs, ours, e;
	enum tier_where where;
	struct key k;
	size_t i;

	bare_open(&one);
	host_open(&two, slab(b), 3, HOUR_MS, SITE);
	for (i = 0; i < COUNT_OF(cases); i++) {
		k = key_n(i);
		ours = entry_of(STR("slab"));
		theirs = entry_of(STR("memcached"));
		theirs.born_ms = ours.born_ms + cases[i].born_by;
		ours.expires_ms = ours.born_ms + cases[i].lives_ms;
		assert_int_equal(tier_put(host_walk(&one), b->a, &k, &owner,
					  &theirs), 0);
		assert_int_equal(store_put(two.s, &k, &ours), 0);
		assert_int_equal(tier_get_shared(host_walk(&two), b->a, &k,
						 &owner, ours.born_ms, &e), 1);
		assert_true(str_is(e.bytes, cases[i].given));
		assert_int_equal(tier_get(host_walk(&two), b->a, &k, &owner,
					  ours.born_ms, &e, &where), 1);
		assert_int_equal(where, TIER_LOCAL);
		assert_true(str_is(e.bytes, cases[i].given));
	}
	host_close(&one);
	host_close(&two);
}

/* Made by a clock that was an hour ahead. */
static void born_in_the_future_is_absent(void **state)
{
	struct bed *b = *state;
	struct entry in = entry_of(STR("text")), e;
	struct key k = key_n(1);
	enum tier_where where;
	struct host one, two;
	int64_t now = in.born_ms;

	bare_open(&one);
	host_open(&two, slab(b), 3, HOUR_MS, SITE);
	in.born_ms = now + STORE_EARLY_MS + 1;
	in.expires_ms = now + 2 * HOUR_MS;
	assert_int_equal(tier_put(&one.w, b->a, &k, &owner, &in), 0);
	assert_int_equal(tier_get(&two.w, b->a, &k, &owner, now, &e, &where),
			 0);
	/* Nor does such a one of the slab keep out what is right. */
	in.bytes = STR("ahead");
	in.born_ms = now + HOUR_MS;
	assert_int_equal(store_put(two.s, &k, &in), 0);
	in.bytes = STR("right");
	in.born_ms = now + STORE_EARLY_MS;
	assert_int_equal(tier_put(&one.w, b->a, &k, &owner, &in), 0);
	assert_int_equal(tier_get(&two.w, b->a, &k, &owner, now, &e, &where),
			 1);
	assert_int_equal(where, TIER_MEMCACHED);
	assert_true(str_is(e.bytes, "right"));
	assert_int_equal(store_get(two.s, b->a, &k, now, &e), 1);
	assert_true(str_is(e.bytes, "right"));
	host_close(&one);
	host_close(&two);
}

static void drop_takes_both(void **state)
{
	struct bed *b = *state;
	struct key k = key_n(1);
	struct host h;
	struct entry e;

	host_open(&h, slab(b), 3, HOUR_MS, SITE);
	assert_int_equal(put(&h, b->a, 1, STR("text")), 0);
	tier_drop(host_walk(&h), b->a, &k, &owner);
	assert_int_equal(get(&h, b->a, 1, &e), 0);
	host_close(&h);
}

static void nobody_elses(void **state)
{
	struct bed *b = *state;
	struct key k = key_n(1), stranger = key_n(1002);
	struct host h, other;
	struct entry e;

	bare_open(&h);
	host_open(&other, NULL, 3, HOUR_MS, SITE + 1);
	assert_int_equal(put(&h, b->a, 1, STR("text")), 0);
	assert_int_equal(tier_get_shared(&h.w, b->a, &k, &stranger,
					 clock_wall_ms(), &e), 0);
	assert_int_equal(get(&h, b->a, 2, &e), 0);
	assert_int_equal(get(&other, b->a, 1, &e), 0); /* another secret */
	assert_int_equal(get(&h, b->a, 1, &e), 1);
	host_close(&h);
	host_close(&other);
}

static void lives_as_long_as_it_should(void **state)
{
	static const struct {
		int64_t rest_ms;
		long long life_s; /* or one less: a second may have passed */
	} cases[] = {
		{ 1500, 2 },
		{ 60000, 61 },
		{ INT64_C(2592000000), 2592000 },
		{ INT64_MAX / 2, 2592000 },
	};
	struct bed *b = *state;
	struct host h;
	struct entry e, out;
	struct key k;
	size_t i, node;

	bare_open(&h);
	for (i = 0; i < COUNT_OF(cases); i++) {
		k = key_n(i);
		e = entry_of(STR("text"));
		e.expires_ms = e.born_ms + cases[i].rest_ms;
		assert_int_equal(tier_put(host_walk(&h), b->a, &k, &owner,
					  &e), 0);
		assert_in_range(entry_item(&h, i, &node)->life_s,
				cases[i].life_s - 1, cases[i].life_s);
		assert_int_equal(tier_get_shared(&h.w, b->a, &k, &owner,
						 e.expires_ms - 1, &out), 1);
		assert_int_equal(tier_get_shared(&h.w, b->a, &k, &owner,
						 e.expires_ms, &out), 0);
	}
	e.expires_ms = e.born_ms;
	assert_int_equal(tier_put(host_walk(&h), b->a, &k, &owner, &e), -1);
	host_close(&h);
}

/* --- time and trouble --- */

static void no_time_no_question(void **state)
{
	struct bed *b = *state;
	struct key k = key_n(1);
	struct entry in = entry_of(STR("text")), e;
	enum tier_where where;
	struct host h;

	bare_open(&h);
	h.w.left_us = 999;
	assert_int_equal(tier_get(&h.w, b->a, &k, &owner, in.born_ms, &e,
				  &where), 0);
	assert_int_equal(tier_put(&h.w, b->a, &k, &owner, &in), -1);
	h.w.left_us = INT64_MIN;
	tier_drop(&h.w, b->a, &k, &owner);
	assert_int_equal(asked(), 0);
	assert_int_equal(counted(&h, BOARD_MEMC_SKIPS), 3);
	assert_int_equal(counted(&h, BOARD_MEMC_FAILS), 0);
	host_close(&h);
}

static void a_hung_node_costs_the_budget_once(void **state)
{
	struct bed *b = *state;
	struct host h;
	struct entry e;
	unsigned before;

	host_open(&h, NULL, 1, HOUR_MS, SITE);
	assert_int_equal(put(&h, b->a, 1, STR("text")), 0);
	h.budget_us = 20000;
	each_node(FATE_LATE);
	assert_int_equal(get(&h, b->a, 1, &e), 0);
	assert_true(h.w.left_us <= 1000);
	assert_int_equal(get(&h, b->a, 1, &e), 0);
	before = asked();
	assert_int_equal(get(&h, b->a, 1, &e), 0); /* it is off now */
	assert_int_equal(h.w.left_us, h.budget_us);
	assert_int_equal(asked(), before);
	assert_int_equal(counted(&h, BOARD_MEMC_FAILS), 2);
	assert_int_equal(counted(&h, BOARD_MEMC_SKIPS), 1);
	host_close(&h);
}

/* With next to no time left, silence is no proof of death. */
static void too_little_time_is_no_fault(void **state)
{
	struct bed *b = *state;
	struct key k = key_n(1);
	struct host h;
	struct entry e;
	int i;

	host_open(&h, NULL, 1, HOUR_MS, SITE);
	assert_int_equal(put(&h, b->a, 1, STR("text")), 0);
	each_node(FATE_LATE);
	for (i = 0; i < 4; i++) {
		h.w.left_us = 2000;
		assert_int_equal(tier_get_shared(&h.w, b->a, &k, &owner,
						 clock_wall_ms(), &e), 0);
	}
	each_node(FATE_FINE);
	assert_int_equal(get(&h, b->a, 1, &e), 1);
	each_node(FATE_BROKEN); /* this is */
	for (i = 0; i < 2; i++) {
		h.w.left_us = 2000;
		tier_get_shared(&h.w, b->a, &k, &owner, clock_wall_ms(), &e);
	}
	each_node(FATE_FINE);
	assert_int_equal(get(&h, b->a, 1, &e), 0);
	host_close(&h);
}

static void no_handle_is_no_memcached(void **state)
{
	struct bed *b = *state;
	struct host h;
	struct entry e;

	fake.no_handle = true;
	host_open(&h, slab(b), 3, HOUR_MS, SITE);
	assert_int_equal(put(&h, b->a, 1, STR("text")), 0);
	assert_int_equal(get(&h, b->a, 1, &e), 1);
	assert_int_equal(get(&h, b->a, 2, &e), 0);
	assert_int_equal(tier_sync(host_walk(&h), b->a, true), 3);
	assert_int_equal(fake.opened, 1); /* once was enough */
	host_close(&h);
}

static void a_lane_goes_with_the_times(void **state)
{
	struct bed *b = *state;
	struct host one, two;
	struct entry e;

	bare_open(&one);
	bare_open(&two);
	assert_int_equal(put(&one, b->a, 1, STR("text")), 0);
	two.w.l = one.l; /* the configuration was read again */
	assert_int_equal(get(&two, b->a, 1, &e), 1);
	assert_int_equal(get(&two, b->a, 1, &e), 1);
	assert_int_equal(fake.opened, 2);
	host_close(&one);
	host_close(&two);
}

static void refusals_are_misses(void **state)
{
	struct bed *b = *state;
	struct host h;
	struct entry e;

	bare_open(&h);
	assert_int_equal(put(&h, b->a, 1, STR("text")), 0);
	each_node(FATE_REFUSED);
	assert_int_equal(get(&h, b->a, 1, &e), 0);
	assert_int_equal(put(&h, b->a, 1, STR("more")), -1);
	each_node(FATE_LOST);
	assert_int_equal(put(&h, b->a, 2, STR("gone")), 0);
	each_node(FATE_FINE);
	assert_int_equal(get(&h, b->a, 2, &e), 0);
	assert_int_equal(get(&h, b->a, 1, &e), 1);
	host_close(&h);
}

static void forgeries_are_counted(void **state)
{
	struct bed *b = *state;
	struct fake_item *it;
	struct host h;
	struct entry e;
	size_t node;

	bare_open(&h);
	assert_int_equal(put(&h, b->a, 1, STR("text")), 0);
	it = entry_item(&h, 1, &node);
	it->bytes[it->n / 2] ^= 1;
	assert_int_equal(get(&h, b->a, 1, &e), 0);
	assert_int_equal(counted(&h, BOARD_MEMC_FORGED), 1);
	fake_put(&fake, node, it->name, "", 0);
	assert_int_equal(get(&h, b->a, 1, &e), 0);
	assert_int_equal(counted(&h, BOARD_MEMC_FORGED), 2);
	host_close(&h);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BED_TEST(slab_alone),
		BED_TEST(found_elsewhere_is_promoted),
		BED_TEST(the_newer_answer_stays),
		BED_TEST(born_in_the_future_is_absent),
		BED_TEST(drop_takes_both),
		BED_TEST(nobody_elses),
		BED_TEST(lives_as_long_as_it_should),
		BED_TEST(no_time_no_question),
		BED_TEST(a_hung_node_costs_the_budget_once),
		BED_TEST(too_little_time_is_no_fault),
		BED_TEST(no_handle_is_no_memcached),
		BED_TEST(a_lane_goes_with_the_times),
		BED_TEST(refusals_are_misses),
		BED_TEST(forgeries_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
