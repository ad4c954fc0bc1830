/* What may be in the file: another boot's locks, another layout, anything. No
 * crash, and no byte that was not put under that key. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "store/lock.h"
#include "store/shm.h"
#include "store_help.h"

#define SHARD_AT (LAYOUT_HEAD + LAYOUT_BOARD) /* the first */

static char *read_image(const struct room *r, size_t n)
{
	char *p = malloc(n);
	int fd = open(r->path, O_RDONLY);

	assert_non_null(p);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, p, n, 0), n);
	close(fd);
	return p;
}

static void write_image(const struct room *r, const char *p, size_t n)
{
	int fd = open(r->path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, p, n, 0), n);
	close(fd);
}

static struct geometry geometry_of(size_t size)
{
	struct geometry g;

	assert_int_equal(layout_geometry(&g, size), 0);
	return g;
}

/* The bytes of the file while somebody held the lock of its only shard. */
static char *image_with_lock_held(struct room *r, size_t n)
{
	struct shm m;
	struct shard s;
	char *p;

	assert_int_equal(room_map(r, &m), 0);
	shard_at(&s, m.base, &m.g, 0);
	assert_int_equal(lock_enter(&s), 0);
	p = read_image(r, n);
	lock_leave(&s);
	shm_unmap(&m);
	return p;
}

enum after { SAME_BOOT, REBOOT, REBOOT_TORN, COPY };

static void lock_held_in_image(struct room *r, enum after after)
{
	const struct geometry g = geometry_of(MB);
	struct store *s = room_open(r, MB);
	struct store_stats st;
	char *p;

	assert_int_equal(put_n(s, 1, 1, 5000), 0);
	store_close(&s);
	p = image_with_lock_held(r, g.size);
	if (after == REBOOT || after == REBOOT_TORN)
		p[offsetof(struct slab_head, boot)] ^= 1;
	if (after == REBOOT_TORN)
		p[SHARD_AT + g.link_at + 4 * 2] ^= 1;
	if (after == COPY)
		rename(r->path, strcat(strcpy(r->err, r->dir), "/other"));
	write_image(r, p, g.size);
	free(p);

	s = room_open(r, MB);
	assert_non_null(s);
	assert_int_equal(get_n(s, r->a, 1), after == SAME_BOOT	 ? -1 :
					    after == REBOOT_TORN ? 0 :
								   1);
	store_stats(s, &st);
	assert_int_equal(st.lock_timeouts, after == SAME_BOOT);
	assert_int_equal(st.damaged, after == REBOOT_TORN);
	if (after != SAME_BOOT) {
		assert_int_equal(put_n(s, 2, 1, 5000), 0);
		assert_int_equal(store_check(s), 0);
	}
	store_close(&s);
}

/* The control: without a reboot the lock in the image is believed. */
static void held_lock_same_boot(void **state)
{
	lock_held_in_image(*state, SAME_BOOT);
}

static void held_lock_reboot(void **state)
{
	lock_held_in_image(*state, REBOOT);
}

static void held_lock_reboot_torn(void **state)
{
	lock_held_in_image(*state, REBOOT_TORN);
}

static void held_lock_copied_file(void **state)
{
	lock_held_in_image(*state, COPY);
}

/* Another layout, or a first page of zeros with the second mark left, is
 * ours to replace; without any mark it is not. */
static void damaged_heads(void **state)
{
	static const struct {
		size_t at, n;
		int opens, keeps;
	} cases[] = {
		{ 0, 1, 1, 0 },
		{ offsetof(struct slab_head, layout), 1, 1, 0 },
		{ offsetof(struct slab_head, size), 8, 1, 0 },
		{ offsetof(struct slab_head, chunks), 4, 1, 0 },
		{ offsetof(struct slab_head, boot), 40, 1, 1 },
		{ offsetof(struct slab_head, inode), 8, 1, 1 },
		{ offsetof(struct slab_head, magic_again), 8, 1, 1 },
		{ 0, sizeof(struct slab_head), 0, 0 },
	};
	struct room *r = *state;
	const struct geometry g = geometry_of(MB);
	struct store *s;
	char *p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = room_open(r, MB);
		assert_int_equal(put_n(s, 1, 1, 5000), 0);
		store_close(&s);
		p = read_image(r, g.size);
		memset(p + cases[i].at, 0xa5, cases[i].n);
		write_image(r, p, g.size);
		free(p);
		s = room_open(r, MB);
		assert_int_equal(s != NULL, cases[i].opens);
		if (s)
			assert_int_equal(get_n(s, r->a, 1), cases[i].keeps);
		store_close(&s);
	}
	assert_non_null(strstr(r->err, "is not a larder cache"));
}

/* A lock held by nobody, of every kind there is: glibc has assertions on
 * kinds that we never make, and an assertion would end the worker. */
static void locks_of_every_kind(void **state)
{
#ifdef __GLIBC__
	const uint32_t nobody = 0x003ffffe;
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	pthread_mutex_t *m;
	struct shm map;
	int kind, ours;

	assert_int_equal(room_map(r, &map), 0);
	m = &((struct shard_head *)(map.base + SHARD_AT))->lock;
	ours = m->__data.__kind;
	for (kind = 0; kind < 512; kind++) {
		m->__data.__kind = kind;
		memcpy(&m->__data.__lock, &nobody, sizeof(nobody));
		assert_int_equal(get_n(s, r->a, 1), -1);
	}
	m->__data.__kind = ours;
	m->__data.__lock = 0;
	assert_int_equal(put_n(s, 1, 1, 100), 0);
	shm_unmap(&map);
	store_close(&s);
#else
	skip();
#endif
}

static void cut_file(void **state)
{
	static const off_t lengths[] = { 0, 1, 100, 4096, MB / 2 };
	struct room *r = *state;
	struct store *s;
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		unlink(r->path);
		s = room_open(r, MB);
		store_close(&s);
		assert_int_equal(truncate(r->path, lengths[i]), 0);
		s = room_open(r, MB);
		assert_int_equal(s != NULL,
				 lengths[i] == 0 || lengths[i] >= 4096);
		store_close(&s);
	}
}

#define DAMAGES "2000" /* unless LARDER_DAMAGES says otherwise */
#define KEYS 60
#define FLIGHTS 4
#define TOLD 3000 /* bytes of each */

/* Where damage falls: mostly on what is read as numbers. */
static size_t aim(const struct geometry *g, uint64_t *x)
{
	static const struct shard_head *const h;
	const struct {
		size_t odds, at, n;
	} part[] = {
		{ 2, 0, g->size },
		{ 1, 0, sizeof(struct slab_head) },
		{ 1, LAYOUT_HEAD, LAYOUT_BOARD },
		{ 2, SHARD_AT + sizeof(h->lock), sizeof(*h) - sizeof(h->lock) },
		/* The lock seldom: a word that names nobody costs 20 ms. */
		{ 1, SHARD_AT, sizeof(h->lock) },
		{ 3, SHARD_AT + g->flight_at,
		  FLIGHTS * sizeof(struct flight_slot) },
		{ 2, SHARD_AT + g->bucket_at, 4ul * g->buckets },
		{ 1, SHARD_AT + g->ghost_at, 4ul * g->ghosts },
		{ 4, SHARD_AT + g->link_at, 4 * 900 },
		{ 4, SHARD_AT + g->kind_at, 900 },
		{ 6, SHARD_AT + g->chunk_at, 900 * LAYOUT_CHUNK },
	};
	size_t i, all = 0, w;

	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		all += part[i].odds;
	for (i = 0, w = stir(x) % all; w >= part[i].odds; i++)
		w -= part[i].odds;
	return part[i].at + stir(x) % part[i].n;
}

static void damage(char *p, const struct geometry *g, uint64_t *x)
{
	unsigned times = 1 + (unsigned)(stir(x) % 8), shape;
	size_t at, n;

	while (times-- > 0) {
		shape = (unsigned)(stir(x) % 4);
		at = aim(g, x);
		n = shape == 0 ? 1 : shape == 1 ? 4 : stir(x) % 4096;
		if (n > g->size - at)
			n = g->size - at;
		if (shape == 0)
			p[at] ^= (char)(1u << stir(x) % 8);
		else if (shape == 1) /* a number that may well be in range */
			memcpy(p + at / 4 * 4,
			       &(uint32_t){ (uint32_t)(stir(x) % 1000) },
			       at / 4 * 4 + 4 <= g->size ? 4 : 0);
		else if (shape == 2)
			memset(p + at, 0, n);
		else
			memmove(p + at, p + stir(x) % (g->size - n), n);
	}
}

static void fill_keys(struct store *s)
{
	uint64_t i;

	for (i = 0; i < 3 * KEYS; i++)
		put_n(s, i % KEYS, i, VALUE_MIN + i * 7919 % 12000);
}

static void fill_flights(struct room *r)
{
	struct shard s;
	struct shm m;
	struct key k;
	char p[TOLD];
	uint32_t i;

	assert_int_equal(room_map(r, &m), 0);
	shard_at(&s, m.base, &m.g, 0);
	assert_int_equal(lock_enter(&s), 0);
	for (i = 0; i < FLIGHTS; i++) {
		k = s.flight[i].key = key_n(1000 + i);
		s.flight[i].state = FLIGHT_FLYING;
		value_fill(p, TOLD, 1000 + i, 1);
		assert_int_equal(shard_chain_add(&s, &s.flight[i].chain, &k,
						 (struct str){ p, TOLD },
						 1500), 0);
	}
	lock_leave(&s);
	shm_unmap(&m);
}

/* What follows from -1 there, in the store. */
static int mended(const struct shard *s, int result)
{
	if (result == -1)
		lock_damaged(s);
	return result;
}

/* A follower's reading, from anywhere to the end: what was told for its own
 * question, or nothing. */
static unsigned read_flight(const struct shard *s, const struct chain *c,
			    uint64_t n, uint64_t from)
{
	struct key k = key_n(n);
	char want[TOLD], got[TOLD];
	uint64_t end = c->length < TOLD ? c->length : TOLD;

	if (end <= from ||
	    mended(s, shard_chain_read(s, c, &k, from, got, end - from)) < 0)
		return 0;
	value_fill(want, TOLD, n, 1);
	assert_int_equal(c->length, TOLD);
	assert_memory_equal(got, want + from, TOLD - from);
	return 1;
}

/* How many flights could still be read. */
static unsigned use_flights(const struct shard *s, uint64_t *x)
{
	char more[TOLD] = { 0 };
	struct str bytes = { more, 0 };
	struct chain *c;
	unsigned good = 0;
	struct key k;
	uint64_t i;

	for (i = 0; i < FLIGHTS; i++) {
		k = key_n(1000 + i);
		c = &s->flight[i].chain;
		if (lock_enter(s) < 0)
			return 0;
		good += read_flight(s, c, 1000 + i, stir(x) % TOLD);
		bytes.n = stir(x) % TOLD;
		mended(s, shard_chain_add(s, c, &k, bytes, 1500));
		lock_leave(s);
	}
	return good;
}

static void free_flights(const struct shard *s)
{
	uint32_t i;

	if (lock_enter(s) < 0)
		return;
	for (i = 0; i < s->flights; i++)
		mended(s, shard_chain_free(s, &s->flight[i].chain));
	lock_leave(s);
}

static void use_entries(struct room *r, struct store *s, uint64_t *x)
{
	uint64_t i;

	for (i = 0; i < KEYS; i++)
		assert_in_range(get_n(s, r->a, stir(x) % KEYS) + 1, 0, 2);
	for (i = 0; i < 8; i++)
		put_n(s, stir(x) % KEYS, i, VALUE_MIN + stir(x) % 200000);
	for (i = 0; i < KEYS; i++)
		assert_in_range(get_n(s, r->a, i) + 1, 0, 2);
	for (i = 0; i < KEYS; i += 7) {
		struct key k = key_n(i);

		store_drop(s, &k);
	}
}

static int see_right(void *ctx, const struct key *k, const struct entry *e)
{
	struct key want;
	uint64_t n;

	(void)ctx;
	assert_true(e->bytes.n >= VALUE_MIN);
	memcpy(&n, e->bytes.p, sizeof(n));
	want = key_n(n);
	assert_memory_equal(k, &want, sizeof(want));
	assert_true(value_good(e->bytes, n));
	return 0;
}

/* Reads and writes what is there; every hit must be right, and what a check
 * has mended is whole. How many flights could be read. */
static unsigned use_damaged(struct room *r, struct store *s, uint64_t *x)
{
	struct shard sh;
	struct shm m;
	unsigned good = 0;
	int lost;

	if (room_map(r, &m) < 0)
		return 0;
	shard_at(&sh, m.base, &m.g, 0);
	good = use_flights(&sh, x);
	use_entries(r, s, x);
	store_each(s, r->a, 1500, see_right, NULL);
	free_flights(&sh);
	store_check(s);
	lost = lock_enter(&sh); /* when the lock itself is beyond use */
	if (lost == 0)
		lock_leave(&sh);
	assert_int_equal(store_check(s), lost ? 1 : 0);
	shm_unmap(&m);
	return good;
}

static uint64_t damages_wanted(void)
{
	const char *n = getenv("LARDER_DAMAGES");

	return strtoull(n ? n : DAMAGES, NULL, 10);
}

/* All that happened in the rounds. */
struct toll {
	uint64_t opened, found, flights;
};

static void damaged_once(struct room *r, const char *whole, char *p,
			 const struct geometry *g, uint64_t *x,
			 struct toll *toll)
{
	struct store_stats st;
	struct store *s;

	write_image(r, p, g->size);
	s = room_open(r, MB);
	if (!s) {
		unlink(r->path);
		write_image(r, whole, g->size);
		return;
	}
	toll->flights += use_damaged(r, s, x);
	store_stats(s, &st);
	toll->found += st.damaged > 0;
	toll->opened++;
	store_close(&s);
}

static void damaged_anywhere(void **state)
{
	struct room *r = *state;
	const struct geometry g = geometry_of(MB);
	const uint64_t rounds = damages_wanted();
	struct store *s = room_open(r, MB);
	struct toll toll = { 0, 0, 0 };
	uint64_t x = 20261121, round;
	char *whole, *p = malloc(g.size);

	fill_keys(s);
	store_close(&s);
	fill_flights(r);
	whole = read_image(r, g.size);
	assert_non_null(p);
	for (round = 0; round < rounds; round++) {
		memcpy(p, whole, g.size);
		/* The rest pass as asleep: found by the check. */
		if (round % 4)
			((struct slab_head *)p)->inode = room_inode(r);
		damage(p, &g, &x);
		damaged_once(r, whole, p, &g, &x, &toll);
	}
	print_message("%u damages, %u could be opened, %u of them were found, "
		      "%u flights read\n",
		      (unsigned)rounds, (unsigned)toll.opened,
		      (unsigned)toll.found, (unsigned)toll.flights);
	assert_true(toll.opened > rounds / 2);
	assert_true(toll.found > rounds / 4);
	assert_true(toll.flights > rounds);
	free(whole);
	free(p);
}

#define IN_ROOM(f) cmocka_unit_test_setup_teardown(f, room_make, room_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(held_lock_same_boot),
		IN_ROOM(held_lock_reboot),
		IN_ROOM(held_lock_reboot_torn),
		IN_ROOM(held_lock_copied_file),
		IN_ROOM(damaged_heads),
		IN_ROOM(locks_of_every_kind),
		IN_ROOM(cut_file),
		IN_ROOM(damaged_anywhere),
	};

	return cmocka_run_group_tests_name("store_damage", tests, NULL, NULL);
}
