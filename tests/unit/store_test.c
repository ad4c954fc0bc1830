/* What the store promises one caller: bytes in, the same bytes out. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>

#include "store/board.h"
#include "store/shard.h"
#include "store/sum.h"
#include "store_help.h"

static struct store *opened(struct room *r, size_t size)
{
	struct store *s = room_open(r, size);

	if (!s)
		print_error("%s\n", r->err);
	assert_non_null(s);
	return s;
}

static struct store_stats stats_of(struct store *s)
{
	struct store_stats st;

	store_stats(s, &st);
	return st;
}

/* Instead of the C library's: what was to be written where. */
static struct flushed {
	const char *p;
	size_t n;
	int flags, answer;
} flushed;

int msync(void *p, size_t n, int flags)
{
	flushed.p = p;
	flushed.n = n;
	flushed.flags = flags;
	return flushed.answer;
}

static void purges_are_flushed(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	const char *board = (const char *)store_board(s);

	assert_int_equal(store_flush(s), 0);
	assert_int_equal(flushed.flags, MS_SYNC);
	assert_int_equal((uintptr_t)flushed.p % (size_t)getpagesize(), 0);
	assert_true(flushed.p <= board - LAYOUT_HEAD);
	assert_true(flushed.p + flushed.n >= board + sizeof(struct board));
	flushed.answer = -1;
	assert_int_equal(store_flush(s), -1);
	store_close(&s);
}

/* Until then it would pass for fresh. */
static void who_is_born_too_early_is_absent(void **state)
{
	static const struct {
		int64_t born_ms;
		int there;
	} cases[] = {
		{ INT64_MIN, 1 },
		{ 0, 1 },
		{ 1000000, 1 },
		{ 1000000 + STORE_EARLY_MS, 1 },
		{ 1000000 + STORE_EARLY_MS + 1, 0 },
		{ INT64_MAX, 0 },
	};
	struct room *r = *state;
	struct store *s = opened(r, MB);
	struct entry in = { 0, INT64_MAX, STR("hello") }, out;
	struct key k = key_n(1);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		in.born_ms = cases[i].born_ms;
		assert_int_equal(store_put(s, &k, &in), 0);
		assert_int_equal(store_get(s, r->a, &k, 1000000, &out),
				 cases[i].there);
	}
	/* The clock gets there. */
	assert_int_equal(store_get(s, r->a, &k, INT64_MAX - 1, &out), 1);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

static void gives_back_what_was_put(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	struct key k = key_n(1);
	struct entry in = { 10, 20, STR("hello") }, out = { 7, 7, STR("x") };

	assert_int_equal(store_get(s, r->a, &k, 15, &out), 0);
	assert_int_equal(out.born_ms, 7); /* untouched by a miss */
	assert_int_equal(store_put(s, &k, &in), 0);
	assert_int_equal(store_get(s, r->a, &k, 15, &out), 1);
	assert_true(str_is(out.bytes, "hello"));
	assert_int_equal(out.born_ms, 10);
	assert_int_equal(out.expires_ms, 20);

	in.bytes = STR("other");
	assert_int_equal(store_put(s, &k, &in), 0);
	assert_int_equal(store_get(s, r->a, &k, 15, &out), 1);
	assert_true(str_is(out.bytes, "other"));
	assert_int_equal(stats_of(s).entries, 1);

	store_drop(s, &k);
	store_drop(s, &k);
	assert_int_equal(store_get(s, r->a, &k, 15, &out), 0);
	assert_int_equal(stats_of(s).entries, 0);
	assert_int_equal(stats_of(s).used, 0);
	assert_int_equal(stats_of(s).puts, 2);
	assert_int_equal(stats_of(s).gets, 4);
	assert_int_equal(stats_of(s).hits, 2);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
	assert_null(s);
	store_close(&s);
}

static void keys_differ_by_any_byte(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	struct key k = key_n(1), other;
	struct entry in = { 10, 20, STR("mine") }, out;
	size_t i;

	assert_int_equal(store_put(s, &k, &in), 0);
	for (i = 0; i < sizeof(k.b); i++) {
		other = k;
		other.b[i] ^= 1;
		assert_int_equal(store_get(s, r->a, &other, 15, &out), 0);
	}
	assert_int_equal(store_get(s, r->a, &k, 15, &out), 1);
	store_close(&s);
}

static void expires(void **state)
{
	static const struct {
		int64_t now;
		int found;
	} cases[] = { { -5, 1 }, { 19, 1 }, { 20, 0 }, { 19, 0 } };
	struct room *r = *state;
	struct store *s = opened(r, MB);
	struct key k = key_n(1);
	struct entry in = { 10, 20, STR("hello") }, out;
	size_t i;

	assert_int_equal(store_put(s, &k, &in), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(store_get(s, r->a, &k, cases[i].now, &out),
				 cases[i].found);
	assert_int_equal(stats_of(s).expired, 1);
	assert_int_equal(stats_of(s).used, 0);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

/* What is removed is what had expired at the time the caller named: not by
 * the wall clock, and no other. Who then comes with a time before that finds
 * neither the entry nor the one that has its chunks now. */
static void a_time_past_revives_nothing(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	struct key k = key_n(1);
	struct entry out;

	assert_int_equal(put_n(s, 1, 1, 5000), 0);
	assert_int_equal(put_n(s, 2, 1, 5000), 0);
	assert_int_equal(store_get(s, r->a, &k, INT64_MIN, &out), 1);
	assert_int_equal(store_get(s, r->a, &k, 1999, &out), 1);
	assert_int_equal(stats_of(s).expired, 0);
	assert_int_equal(store_get(s, r->a, &k, 2000, &out), 0);
	assert_int_equal(stats_of(s).expired, 1);
	assert_int_equal(stats_of(s).entries, 1);
	assert_int_equal(get_n(s, r->a, 1), 0);
	assert_int_equal(put_n(s, 3, 1, 5000), 0); /* in its chunks */
	assert_int_equal(get_n(s, r->a, 1), 0);
	assert_int_equal(get_n(s, r->a, 2), 1);
	assert_int_equal(get_n(s, r->a, 3), 1);
	assert_int_equal(stats_of(s).expired, 1);
	assert_int_equal(stats_of(s).damaged, 0);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

static void any_length(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, SMALL);
	const size_t most = store_max_value(s);
	const size_t lengths[] = { 16,  17,  439,  440,	 441,	   951,
				   952, 953, 5000, 65536, most - 1, most };
	struct entry none = { 1000, 2000, { NULL, 0 } }, out;
	struct key k = key_n(99);
	size_t i;

	assert_in_range(most, MB / 5 * 2, MB / 2);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_int_equal(put_n(s, 5, i, lengths[i]), 0);
		assert_int_equal(get_n(s, r->a, 5), 1);
		assert_int_equal(store_check(s), 0);
	}
	assert_int_equal(put_n(s, 5, 0, most + 1), -1);
	assert_int_equal(stats_of(s).refused, 1);
	assert_int_equal(get_n(s, r->a, 5), 1); /* the old one stays */
	assert_int_equal(store_put(s, &k, &none), 0);
	assert_int_equal(store_get(s, r->a, &k, 1500, &out), 1);
	assert_int_equal(out.bytes.n, 0);
	store_close(&s);
}

/* Ten times what fits, of all sizes: what is still there is right, the
 * newest is there, and not one chunk goes missing. */
static void overfilled(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	uint64_t n, x = 42, put = 0, hits = 0;
	size_t len;

	for (n = 0; put < 10 * MB; n++, put += len) {
		len = VALUE_MIN + stir(&x) % (n % 50 ? 6000 : 150000);
		assert_int_equal(put_n(s, n, n, len), 0);
		assert_int_equal(get_n(s, r->a, n), 1);
	}
	while (n-- > 0) {
		int got = get_n(s, r->a, n);

		assert_in_range(got, 0, 1);
		hits += (uint64_t)got;
	}
	assert_int_equal(hits, stats_of(s).entries);
	assert_true(stats_of(s).evictions > 0);
	assert_true(stats_of(s).used > MB / 2);
	assert_int_equal(stats_of(s).damaged, 0);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

static void replacing_loses_nothing(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	uint64_t i, x = 7;

	for (i = 0; i < 5000; i++)
		assert_int_equal(put_n(s, i % 3, i,
				       VALUE_MIN + stir(&x) % 100000), 0);
	assert_int_equal(store_check(s), 0);
	assert_int_equal(stats_of(s).entries, 3);
	assert_int_equal(stats_of(s).evictions, 0);
	for (i = 0; i < 3; i++) {
		struct key k = key_n(i);

		store_drop(s, &k);
	}
	assert_int_equal(stats_of(s).used, 0);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

/* One key is asked for again and again while others only come. */
static void what_is_used_stays(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	uint64_t n;

	assert_int_equal(put_n(s, 0, 0, 3000), 0);
	for (n = 1; n < 3000; n++) {
		assert_int_equal(put_n(s, n, n, 3000), 0);
		assert_int_equal(get_n(s, r->a, 0), 1);
	}
	assert_int_equal(get_n(s, r->a, 1), 0);
	store_close(&s);
}

/* Half of it has expired by the time of the newcomers: none of the others,
 * all of them asked for lately, has to go. */
static void expired_go_first(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	struct entry e = { 1000, 0, STR("soon") }, out;
	struct store_stats st;
	struct key k;
	uint64_t n, last;

	for (n = 0; stats_of(s).evictions == 0; n++) {
		k = key_n(n);
		e.expires_ms = n % 2 ? 9000 : 1001;
		assert_int_equal(store_put(s, &k, &e), 0);
	}
	st = stats_of(s);
	for (last = n, n = 1; n < last; n += 2) {
		k = key_n(n);
		assert_int_equal(store_get(s, r->a, &k, 1000, &out), 1);
	}
	e = (struct entry){ 2000, 9000, STR("new") };
	for (n = 0; n < st.entries / 4; n++) {
		k = key_n(1000000 + n);
		assert_int_equal(store_put(s, &k, &e), 0);
	}
	assert_int_equal(stats_of(s).expired - st.expired, st.entries / 4);
	assert_int_equal(stats_of(s).evictions, st.evictions);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

/* A scan of things asked for once, ten times as much as fits, pushes out
 * little of what was asked for twice. */
static void a_scan_passes_through(void **state)
{
	enum { KEPT = 100, SCAN = 5000 };
	struct room *r = *state;
	struct store *s = opened(r, MB);
	uint64_t n, hits = 0;

	for (n = 0; n < KEPT; n++) {
		assert_int_equal(put_n(s, n, n, 2000), 0);
		assert_int_equal(get_n(s, r->a, n), 1);
	}
	for (n = 0; n < SCAN; n++)
		assert_int_equal(put_n(s, 1000 + n, n, 2000), 0);
	for (n = 0; n < KEPT; n++)
		hits += get_n(s, r->a, n) == 1;
	assert_true(hits >= KEPT * 9 / 10);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

/* A key that had to go and comes back is asked for again: it then stays
 * while others pass through. */
static void who_comes_back_stays(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	uint64_t n;

	assert_int_equal(put_n(s, 0, 0, 3000), 0);
	for (n = 1; n < 400; n++)
		assert_int_equal(put_n(s, n, n, 3000), 0);
	assert_int_equal(get_n(s, r->a, 0), 0);
	assert_int_equal(put_n(s, 0, 1, 3000), 0);
	for (n = 0; n < 1000; n++)
		assert_int_equal(put_n(s, 100000 + n, n, 3000), 0);
	assert_int_equal(get_n(s, r->a, 0), 1);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

/* Larger than the share of newcomers, and still there when as much as that
 * has come in behind it. */
static void a_large_value_gets_its_chance(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	const size_t large = store_max_value(s);
	uint64_t n;

	for (n = 1; n < 400; n++)
		assert_int_equal(put_n(s, n, n, 3000), 0);
	assert_int_equal(put_n(s, 0, 0, large), 0);
	for (n = 1; n < MB / 10 / 3000; n++)
		assert_int_equal(put_n(s, 1000 + n, n, 3000), 0);
	assert_int_equal(get_n(s, r->a, 0), 1);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

/* -- all entries ---------------------------------------------------------- */

struct census {
	uint64_t seen[100], end_at, all;
};

static int count_one(void *ctx, const struct key *k, const struct entry *e)
{
	struct census *c = ctx;
	struct key want;
	uint64_t n;

	memcpy(&n, e->bytes.p, sizeof(n));
	assert_in_range(n, 0, 99);
	want = key_n(n);
	assert_memory_equal(k, &want, sizeof(want));
	assert_true(value_good(e->bytes, n));
	c->seen[n]++;
	return ++c->all == c->end_at;
}

static void each_entry_is_shown_once(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, 128 * MB); /* two shards */
	struct census c = { { 0 }, 0, 0 };
	struct store_stats before, after;
	struct entry late = { 1000, 1001, STR("too late") };
	struct key k = key_n(5000);
	uint64_t n;

	store_each(s, r->a, 1500, count_one, &c);
	assert_int_equal(c.all, 0);
	for (n = 0; n < 100; n++)
		assert_int_equal(put_n(s, n, n, VALUE_MIN + n * 100), 0);
	assert_int_equal(store_put(s, &k, &late), 0);
	before = stats_of(s);
	store_each(s, r->a, 1500, count_one, &c);
	after = stats_of(s);
	assert_int_equal(c.all, 100);
	for (n = 0; n < 100; n++)
		assert_int_equal(c.seen[n], 1);
	assert_int_equal(after.gets, before.gets);
	assert_int_equal(after.hits, before.hits);
	assert_int_equal(after.entries, 101);
	c = (struct census){ { 0 }, 7, 0 };
	store_each(s, r->a, 1500, count_one, &c);
	assert_int_equal(c.all, 7);
	store_close(&s);
}

static int drop_it(void *ctx, const struct key *k, const struct entry *e)
{
	(void)e;
	store_drop(ctx, k);
	return 0;
}

/* The lock is not held while an entry is shown. */
static void what_is_shown_may_be_dropped(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB);
	uint64_t n;

	for (n = 0; n < 50; n++)
		assert_int_equal(put_n(s, n, n, 1000), 0);
	store_each(s, r->a, 1500, drop_it, s);
	assert_int_equal(stats_of(s).entries, 0);
	assert_int_equal(stats_of(s).lock_waits, 0);
	store_close(&s);
}

static void the_board_is_shared_and_stays(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, MB), *t = opened(r, MB);
	size_t i;

	assert_int_equal((uintptr_t)store_board(s) % 8, 0);
	for (i = 0; i < BOARD_GENS; i++)
		assert_int_equal(store_board(s)->gen[i], 0);
	store_board(s)->gen[BOARD_GENS - 1] = 77;
	store_board(s)->count[BOARD_COUNTS - 1] = 78;
	assert_int_equal(store_board(t)->gen[BOARD_GENS - 1], 77);
	store_close(&s);
	store_close(&t);
	s = opened(r, MB);
	assert_int_equal(store_board(s)->count[BOARD_COUNTS - 1], 78);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

/* How large a value a slab of that size takes, and in how many shards. */
static void geometries(void **state)
{
	static const struct {
		uint64_t mb, most_mb; /* at least so much */
		uint32_t shards;
	} cases[] = {
		{ 1, 0, 1 },	   { 16, 7, 1 },      { 64, 31, 1 },
		{ 127, 61, 1 },	   { 128, 31, 2 },    { 255, 62, 2 },
		{ 256, 31, 4 },	   { 1024, 31, 16 },  { 4096, 31, 64 },
		{ 65536, 500, 64 }, { 1ull << 30, 4096, 64 },
	};
	struct geometry g;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(layout_geometry(&g, cases[i].mb << 20), 0);
		assert_int_equal(g.shards, cases[i].shards);
		assert_true(shard_max_value(g.chunks) >=
			    cases[i].most_mb << 20);
		assert_true(shard_max_value(g.chunks) <= g.shard_size / 2);
		assert_true(g.size <= cases[i].mb << 20);
	}
	assert_int_equal(layout_geometry(&g, MB - 1), -1);
}

/* The longest answer that larder keeps unless told otherwise, with what it
 * writes around it, and the longest there can be: two fit side by side. */
static void long_values(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, 40 * MB);
	const size_t most = store_max_value(s), reply = 16 * MB + 65536;
	uint64_t n;

	assert_true(most >= reply);
	for (n = 0; n < 5; n++) {
		assert_int_equal(put_n(s, n, n, n < 3 ? reply : most), 0);
		assert_int_equal(get_n(s, r->a, n), 1);
	}
	assert_int_equal(get_n(s, r->a, 3), 1);
	assert_int_equal(stats_of(s).entries, 2);
	assert_int_equal(stats_of(s).evictions, 3);
	assert_int_equal(put_n(s, 6, 0, most + 1), -1);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

static void many_shards(void **state)
{
	struct room *r = *state;
	struct store *s = opened(r, 128 * MB);
	uint64_t n;

	for (n = 0; n < 4000; n++)
		assert_int_equal(put_n(s, n, n, 1000), 0);
	for (n = 0; n < 4000; n++)
		assert_int_equal(get_n(s, r->a, n), 1);
	assert_int_equal(stats_of(s).entries, 4000);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

/* Every bit of a value, and its length, is under the checksum. */
static void sums_differ(void **state)
{
	char p[200] = { 0 };
	uint64_t whole = sum64(1, p, sizeof(p));
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(p) * 8; i++) {
		p[i / 8] = (char)(1u << i % 8);
		assert_true(sum64(1, p, sizeof(p)) != whole);
		p[i / 8] = 0;
	}
	for (n = 0; n < sizeof(p); n++)
		assert_true(sum64(1, p, n) != whole);
	assert_true(sum64(2, p, sizeof(p)) != whole);
	assert_true(sum64(1, p, sizeof(p)) == whole);
}

#define IN_ROOM(f) cmocka_unit_test_setup_teardown(f, room_make, room_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(gives_back_what_was_put),
		IN_ROOM(purges_are_flushed),
		IN_ROOM(who_is_born_too_early_is_absent),
		IN_ROOM(keys_differ_by_any_byte),
		IN_ROOM(expires),
		IN_ROOM(a_time_past_revives_nothing),
		IN_ROOM(any_length),
		IN_ROOM(overfilled),
		IN_ROOM(replacing_loses_nothing),
		IN_ROOM(what_is_used_stays),
		IN_ROOM(expired_go_first),
		IN_ROOM(a_scan_passes_through),
		IN_ROOM(who_comes_back_stays),
		IN_ROOM(a_large_value_gets_its_chance),
		IN_ROOM(each_entry_is_shown_once),
		IN_ROOM(what_is_shown_may_be_dropped),
		IN_ROOM(the_board_is_shared_and_stays),
		cmocka_unit_test(geometries),
		IN_ROOM(long_values),
		IN_ROOM(many_shards),
		cmocka_unit_test(sums_differ),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
