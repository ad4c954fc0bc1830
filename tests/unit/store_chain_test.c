/* A shard from within: the bytes of flights, and making it whole again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/lock.h"
#include "store/shm.h"
#include "store_help.h"

struct chained {
	struct store *s;
	struct shm m;
	struct shard sh;
	struct key k;
};

static void chained_open(struct chained *c, struct room *r)
{
	c->s = room_open(r, MB);
	assert_non_null(c->s);
	c->k = key_n(1);
	assert_int_equal(room_map(r, &c->m), 0);
	shard_at(&c->sh, c->m.base, &c->m.g, 0);
	assert_int_equal(lock_enter(&c->sh), 0);
	c->sh.flight[0].key = c->sh.flight[1].key = c->k;
	c->sh.flight[0].state = c->sh.flight[1].state = FLIGHT_FLYING;
}

static void chained_close(struct chained *c)
{
	lock_leave(&c->sh);
	shm_unmap(&c->m);
	store_close(&c->s);
}

static struct store_stats stats_of(const struct chained *c)
{
	struct store_stats st;

	store_stats(c->s, &st);
	return st;
}

/* As a follower does; and with places that are not where they should be. */
static void read_on(struct chained *c, const char *in, uint64_t all)
{
	const struct chain *f = &c->sh.flight[0].chain;
	struct chain_at at = { 0, 0 }, bad;
	char out[700];
	uint64_t x = 5, from, n;

	for (from = 0; from < all; from += n) {
		n = 1 + stir(&x) % sizeof(out);
		n = n < all - from ? n : all - from;
		bad = (struct chain_at){ (uint32_t)stir(&x) % 100,
					 (uint32_t)stir(&x) % 100 };
		assert_int_equal(shard_chain_read_on(&c->sh, f, &c->k, from,
						     out, n, &bad), 0);
		assert_memory_equal(out, in + from, n);
		assert_int_equal(shard_chain_read_on(&c->sh, f, &c->k, from,
						     out, n, &at), 0);
		assert_memory_equal(out, in + from, n);
		assert_memory_equal(&at, &bad, sizeof(at));
	}
}

/* Bytes told in pieces of all sizes come out in pieces of all sizes. */
static void chains_give_back_what_was_added(void **state)
{
	enum { ALL = 40000 };
	static char in[ALL], out[ALL];
	struct chained c;
	struct chain *f;
	uint64_t x = 3, at, n;

	chained_open(&c, *state);
	f = &c.sh.flight[0].chain;
	value_fill(in, ALL, 1, 1);
	for (at = 0; at < ALL; at += n) {
		n = stir(&x) % 3 ? stir(&x) % 60 : stir(&x) % 3000;
		n = n < ALL - at ? n : ALL - at;
		assert_int_equal(shard_chain_add(&c.sh, f, &c.k,
						 (struct str){ in + at, n },
						 1500), 0);
		assert_int_equal(f->length, at + n);
	}
	for (at = 0; at < ALL; at += n) {
		n = stir(&x) % 2500;
		n = n < ALL - at ? n : ALL - at;
		assert_int_equal(shard_chain_read(&c.sh, f, &c.k, at, out + at,
						  n), 0);
	}
	assert_memory_equal(in, out, ALL);
	read_on(&c, in, ALL);
	assert_int_equal(shard_check(&c.sh), 0);
	assert_int_equal(shard_chain_read(&c.sh, f, &c.k, 1, out, ALL), -1);
	assert_int_equal(shard_chain_read(&c.sh, f, &c.k, ALL + 1, out, 1),
			 -1);
	f->length = f->length / 504 * 504; /* cut where a chunk ends */
	assert_int_equal(shard_chain_read(&c.sh, f, &c.k, 0, out, 1), -1);
	f->length = ALL;
	assert_int_equal(shard_chain_read(&c.sh, f, &c.k, 0, out, 1), 0);
	c.k.b[31] ^= 1; /* another question */
	assert_int_equal(shard_chain_read(&c.sh, f, &c.k, 0, out, 1), -1);
	assert_int_equal(shard_chain_free(&c.sh, f), 0);
	assert_int_equal(shard_chain_free(&c.sh, f), 0);
	assert_int_equal(f->length, 0);
	assert_int_equal(c.sh.head->loose, 0);
	assert_int_equal(shard_check(&c.sh), 0);
	chained_close(&c);
}

/* Flights push out entries, but have only half of the chunks, and then a
 * value of the largest size still finds room. */
static void chains_leave_half(void **state)
{
	static char p[5000];
	struct room *r = *state;
	struct chained c;
	uint64_t n;
	int got = 0;

	chained_open(&c, r);
	lock_leave(&c.sh);
	for (n = 0; n < 400; n++)
		assert_int_equal(put_n(c.s, n, 1, 3000), 0);
	assert_int_equal(lock_enter(&c.sh), 0);
	for (n = 0; got == 0; n++)
		got = shard_chain_add(&c.sh, &c.sh.flight[n % 2].chain, &c.k,
				      (struct str){ p, sizeof(p) }, 1500);
	assert_int_equal(got, -2);
	assert_in_range(n * sizeof(p), MB / 4, MB / 2);
	assert_int_equal(shard_check(&c.sh), 0);
	lock_leave(&c.sh);
	assert_int_equal(put_n(c.s, 1000, 1, store_max_value(c.s)), 0);
	assert_int_equal(get_n(c.s, r->a, 1000), 1);
	assert_int_equal(store_check(c.s), 0);
	assert_int_equal(stats_of(&c).damaged, 0);
	assert_int_equal(lock_enter(&c.sh), 0);
	chained_close(&c);
}

static void a_wipe_loses_flights(void **state)
{
	struct chained c;
	const struct flight_slot *f;
	uint32_t news;

	chained_open(&c, *state);
	f = c.sh.flight;
	news = f[0].news;
	assert_int_equal(shard_chain_add(&c.sh, &c.sh.flight[0].chain, &c.k,
					 STR("told"), 1500), 0);
	assert_int_equal(shard_rebuild(&c.sh), 0);
	assert_int_equal(f[0].state, FLIGHT_FLYING);
	assert_int_equal(f[0].chain.length, 4);
	shard_wipe(&c.sh);
	assert_int_equal(f[0].state, FLIGHT_LOST);
	assert_int_equal(f[0].news, news + 1);
	assert_int_equal(f[0].chain.length, 0);
	assert_int_equal(f[1].state, FLIGHT_FLYING); /* had nothing to lose */
	assert_int_equal(f[2].state, FLIGHT_FREE);
	assert_int_equal(stats_of(&c).lost, 1);
	assert_int_equal(shard_check(&c.sh), 0);
	chained_close(&c);
}

/* All of it, in whatever state the index is. */
static void a_rebuild_keeps_all(void **state)
{
	struct room *r = *state;
	struct chained c;
	uint64_t n;

	chained_open(&c, r);
	lock_leave(&c.sh);
	for (n = 0; n < 150; n++)
		assert_int_equal(put_n(c.s, n, 1, VALUE_MIN + n * 40), 0);
	for (n = 0; n < 150; n += 3)
		assert_int_equal(put_n(c.s, n, 2, VALUE_MIN + n * 20), 0);
	assert_int_equal(lock_enter(&c.sh), 0);
	memset(c.sh.bucket, 0xff, sizeof(*c.sh.bucket) * c.sh.buckets);
	memset(&c.sh.head->small, 0xff, 2 * sizeof(struct queue));
	c.sh.head->free = c.sh.head->entries = c.sh.head->used = 12345678;
	assert_int_equal(shard_check(&c.sh), -1);
	assert_int_equal(shard_rebuild(&c.sh), 0);
	assert_int_equal(shard_check(&c.sh), 0);
	lock_leave(&c.sh);
	for (n = 0; n < 150; n++)
		assert_int_equal(get_n(c.s, r->a, n), 1);
	assert_int_equal(stats_of(&c).entries, 150);
	assert_int_equal(lock_enter(&c.sh), 0);
	chained_close(&c);
}

/* Two entries of one key do not come from us; they go together, and do not
 * hinder each other's leaving when room is needed. */
static void twins_do_no_harm(void **state)
{
	struct room *r = *state;
	struct chained c;
	uint64_t round;
	struct key k = key_n(2);

	chained_open(&c, r);
	for (round = 0; round < 2; round++) {
		lock_leave(&c.sh);
		assert_int_equal(put_n(c.s, 1, 1, 100), 0);
		assert_int_equal(put_n(c.s, 2, 1, 100), 0);
		assert_int_equal(lock_enter(&c.sh), 0);
		shard_slot(&c.sh, *shard_bucket(&c.sh, &c.k))->key = k;
		assert_int_equal(shard_rebuild(&c.sh), 0);
		assert_int_equal(c.sh.head->entries, 2);
		lock_leave(&c.sh);
		if (round == 0)
			store_drop(c.s, &k);
		for (; round && stats_of(&c).evictions < 3; round++)
			assert_int_equal(put_n(c.s, 10 + round, 1, 90000), 0);
		assert_int_equal(get_n(c.s, r->a, 2), 0);
		assert_int_equal(stats_of(&c).damaged, 0);
		assert_int_equal(store_check(c.s), 0);
		assert_int_equal(lock_enter(&c.sh), 0);
	}
	chained_close(&c);
}

/* Its flights are over, and the chunks they had are there again. */
static void a_reboot_ends_flights(void **state)
{
	struct room *r = *state;
	struct chained c;

	chained_open(&c, r);
	assert_int_equal(shard_chain_add(&c.sh, &c.sh.flight[0].chain, &c.k,
					 STR("told"), 1500), 0);
	lock_leave(&c.sh);
	assert_int_equal(put_n(c.s, 1, 1, 3000), 0);
	((struct slab_head *)c.m.base)->boot[0] ^= 1;
	store_close(&c.s);
	c.s = room_open(r, MB);
	assert_int_equal(c.sh.flight[0].state, FLIGHT_FREE);
	assert_int_equal(c.sh.flight[0].chain.length, 0);
	assert_int_equal(get_n(c.s, r->a, 1), 1);
	assert_int_equal(c.sh.head->loose, 0);
	assert_int_equal(store_check(c.s), 0);
	assert_int_equal(stats_of(&c).damaged, 0);
	assert_int_equal(lock_enter(&c.sh), 0);
	chained_close(&c);
}

#define IN_ROOM(f) cmocka_unit_test_setup_teardown(f, room_make, room_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(chains_give_back_what_was_added),
		IN_ROOM(chains_leave_half),
		IN_ROOM(a_wipe_loses_flights),
		IN_ROOM(a_rebuild_keeps_all),
		IN_ROOM(twins_do_no_harm),
		IN_ROOM(a_reboot_ends_flights),
	};

	return cmocka_run_group_tests_name("store_chain", tests, NULL, NULL);
}
