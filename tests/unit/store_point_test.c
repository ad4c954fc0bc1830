/*
 * Killed at every point: each scenario is run by a child that kills itself
 * at the k-th labelled point it passes, for every k there is. Whatever was
 * committed before must still be there and right; only what the interrupted
 * operation was removing (seen by letting it finish once) may be missing.
 *
 * Compiled with the store's sources and STORE_POINTS.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "store/lock.h"
#include "store/point.h"
#include "store/shm.h"
#include "store_help.h"

#define KEYS 24     /* 0..: what a scenario may put; all are read after it */
#define NONE UINT64_MAX
#define FLIGHTS 2
#define LABELS 100

/* A fork takes 20 ms there; every point is for the other builds. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STEP 13
#else
#define STEP 1
#endif

/* -- the points ----------------------------------------------------------- */

/* In memory that outlives the child. */
static struct told {
	uint64_t passed, die_at; /* 0: not at all */
	const char *where;
	const char *label[LABELS];
} *told;

static bool counting;

void store_point(const char *label)
{
	size_t i;

	if (!counting)
		return;
	told->where = label;
	for (i = 0; i < LABELS; i++) {
		if (!told->label[i])
			told->label[i] = label;
		if (strcmp(told->label[i], label) == 0)
			break;
	}
	if (++told->passed == told->die_at)
		raise(SIGKILL);
}

/* -- one slab, seen from above and from below ----------------------------- */

struct bench {
	struct room *r;
	struct store *s;
	struct shm m;
	struct shard sh;
	char *before; /* all of it, when the scenario begins */
};

/* What is to be found there. */
struct seen {
	uint64_t put[KEYS]; /* NONE: nothing */
	uint64_t length[FLIGHTS];
	uint32_t state[FLIGHTS];
};

static void bench_open(struct bench *b, struct room *r)
{
	b->r = r;
	b->s = room_open(r, MB);
	assert_non_null(b->s);
	assert_int_equal(room_map(r, &b->m), 0);
	shard_at(&b->sh, b->m.base, &b->m.g, 0);
	b->before = malloc(b->m.g.size);
	assert_non_null(b->before);
}

static void bench_close(struct bench *b)
{
	free(b->before);
	shm_unmap(&b->m);
	store_close(&b->s);
}

static void flight_begin(struct bench *b, uint32_t i)
{
	b->sh.flight[i].key = key_n(1000 + i);
	b->sh.flight[i].state = FLIGHT_FLYING;
}

/* Bytes of a flight say where they stand. */
static int flight_add(struct bench *b, uint32_t i, size_t n)
{
	struct flight_slot *f = &b->sh.flight[i];
	struct key k = key_n(1000 + i);
	char *p = malloc(n);
	size_t at;
	int r;

	for (at = 0; at < n; at++)
		p[at] = (char)((f->chain.length + at) * 31 + i);
	if (lock_enter(&b->sh) < 0)
		return -1;
	r = shard_chain_add(&b->sh, &f->chain, &k, (struct str){ p, n }, 1500);
	lock_leave(&b->sh);
	free(p);
	return r;
}

static int flight_free(struct bench *b, uint32_t i)
{
	int r;

	if (lock_enter(&b->sh) < 0)
		return -1;
	b->sh.flight[i].state = FLIGHT_FREE;
	r = shard_chain_free(&b->sh, &b->sh.flight[i].chain);
	lock_leave(&b->sh);
	return r;
}

/* All bytes that it says it has are the right ones. */
static uint64_t flight_length(struct bench *b, uint32_t i)
{
	const struct chain c = b->sh.flight[i].chain;
	struct key k = key_n(1000 + i);
	char *p = malloc(c.length + 1);
	uint64_t at;

	assert_int_equal(shard_chain_read(&b->sh, &c, &k, 0, p, c.length), 0);
	for (at = 0; at < c.length; at++)
		assert_int_equal(p[at], (char)(at * 31 + i));
	free(p);
	return c.length;
}

/* Which put of that key is there; a wrong value fails. Time stands before
 * anything expires. */
static uint64_t put_seen(struct bench *b, uint64_t n)
{
	struct key k = key_n(n);
	struct entry e;
	uint64_t put;
	int got;

	arena_reset(b->r->a);
	got = store_get(b->s, b->r->a, &k, 500, &e);
	assert_in_range(got, 0, 1);
	if (!got)
		return NONE;
	assert_true(value_good(e.bytes, n));
	memcpy(&put, e.bytes.p + 8, sizeof(put));
	return put;
}

static void look(struct bench *b, struct seen *seen_r)
{
	uint32_t i;

	for (i = 0; i < KEYS; i++)
		seen_r->put[i] = put_seen(b, i);
	for (i = 0; i < FLIGHTS; i++) {
		seen_r->length[i] = flight_length(b, i);
		seen_r->state[i] = b->sh.flight[i].state;
	}
}

/* In a child that dies at that point, or never at 0. What it died of, or 0
 * when it succeeded. */
static int act_in_child(struct bench *b, int (*act)(struct bench *b),
			uint64_t die_at)
{
	pid_t pid;
	int status;

	told->passed = 0;
	told->die_at = die_at;
	pid = fork();
	if (pid == 0) {
		counting = true;
		_exit(act(b) < 0 ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status);
	return WEXITSTATUS(status) ? -1 : 0;
}

/* -- scenarios ------------------------------------------------------------ */

enum { TARGET = 20 }; /* the key that a scenario works on */

static void put_many(struct bench *b, uint64_t from, uint64_t to, size_t n)
{
	for (; from < to; from++)
		assert_int_equal(put_n(b->s, from, 1, n), 0);
}

static void hit_many(struct bench *b, uint64_t from, uint64_t to)
{
	for (; from < to; from++)
		assert_int_equal(get_n(b->s, b->r->a, from), 1);
}

static void drop(struct bench *b, uint64_t n)
{
	struct key k = key_n(n);

	store_drop(b->s, &k);
}

static void some(struct bench *b)
{
	put_many(b, 0, 3, 100);
	put_many(b, 3, 6, 2000);
}

static void some_and_holes(struct bench *b)
{
	put_many(b, 6, 9, 1500);
	some(b);
	drop(b, 7);
	drop(b, 8);
}

static void some_and_target(struct bench *b)
{
	some(b);
	put_many(b, TARGET, TARGET + 1, 1200);
	put_many(b, 6, 8, 100);
}

/* Under the feet of the next put lies what was removed. */
static void over_a_hole(struct bench *b)
{
	put_many(b, 0, 4, 100);
	drop(b, 2);
}

static void over_what_was_wiped(struct bench *b)
{
	put_many(b, 0, 8, 100);
	assert_int_equal(lock_enter(&b->sh), 0);
	shard_wipe(&b->sh);
	lock_leave(&b->sh);
	put_many(b, 8, 9, 100);
}

/* Entries of 50 chunks, then of one, until there is no room. */
static void full(struct bench *b)
{
	const struct shard_head *h = b->sh.head;
	uint64_t n = 0;

	put_many(b, 0, 15, 50 * 512 - 72);
	for (; b->sh.chunks - h->used - h->loose > 50; n++)
		put_many(b, 100 + n, 101 + n, 50 * 512 - 72);
	for (; h->used + h->loose < b->sh.chunks; n++)
		put_many(b, 100 + n, 101 + n, 440);
}

static void full_and_hit(struct bench *b)
{
	full(b);
	hit_many(b, 1, 8);
}

static void full_and_expiring(struct bench *b)
{
	struct key k = key_n(TARGET);
	char v[VALUE_MIN];
	struct entry e = { 0, 1000, { v, sizeof(v) } };

	value_fill(v, sizeof(v), TARGET, 1);
	assert_int_equal(store_put(b->s, &k, &e), 0);
	full(b);
}

static void torn(struct bench *b)
{
	some_and_holes(b);
	put_many(b, TARGET, TARGET + 1, 1200);
	b->sh.link[3] = 1; /* of some entry's chain */
	b->sh.kind[5] ^= KIND_TAIL;
}

static int put_small(struct bench *b)
{
	return put_n(b->s, TARGET, 2, 100);
}

static int put_long(struct bench *b)
{
	return put_n(b->s, TARGET, 2, 2500);
}

/* By somebody who died of it, with the lock in his hands. */
static void half_put(struct bench *b)
{
	some_and_holes(b);
	assert_int_equal(act_in_child(b, put_long, 20), SIGKILL);
}

static int come_in(struct bench *b)
{
	if (lock_enter(&b->sh) < 0)
		return -1;
	lock_leave(&b->sh);
	return 0;
}

static int put_wide(struct bench *b)
{
	return put_n(b->s, TARGET, 2, 100 * 512);
}

static int get_late(struct bench *b)
{
	struct key k = key_n(TARGET);
	struct entry e;

	return store_get(b->s, b->r->a, &k, 9000, &e);
}

static int drop_target(struct bench *b)
{
	drop(b, TARGET);
	return 0;
}

static int add_a_little(struct bench *b)
{
	return flight_add(b, 0, 10);
}

static int add_a_lot(struct bench *b)
{
	return flight_add(b, 0, 3000);
}

static int free_flight(struct bench *b)
{
	return flight_free(b, 0);
}

static int mend(struct bench *b)
{
	if (lock_enter(&b->sh) < 0)
		return -1;
	shard_rebuild(&b->sh);
	lock_leave(&b->sh);
	return 0;
}

static int wipe(struct bench *b)
{
	if (lock_enter(&b->sh) < 0)
		return -1;
	shard_wipe(&b->sh);
	lock_leave(&b->sh);
	return 0;
}

static const struct scenario {
	const char *name;
	void (*prepare)(struct bench *b);
	int (*act)(struct bench *b);
	size_t told; /* bytes that flight 0 has before; flight 1 has 1300 */
} scenarios[] = {
	{ "a small put", some, put_small, 0 },
	{ "a long put", some, put_long, 0 },
	{ "a put into holes", some_and_holes, put_long, 100 },
	{ "a put over a hole", over_a_hole, put_small, 0 },
	{ "a put after a wipe", over_what_was_wiped, put_long, 0 },
	{ "replacing by less", some_and_target, put_small, 0 },
	{ "replacing by more", some_and_target, put_long, 0 },
	{ "a put that evicts", full, put_small, 0 },
	{ "a put that evicts many", full, put_wide, 0 },
	{ "a put that lets off", full_and_hit, put_wide, 0 },
	{ "a put over what expired", full_and_expiring, put_wide, 0 },
	{ "a drop", some_and_target, drop_target, 0 },
	{ "a get of what expired", some_and_target, get_late, 0 },
	{ "first bytes of a flight", some, add_a_little, 0 },
	{ "a few bytes more", some_and_holes, add_a_little, 700 },
	{ "many bytes more", some_and_holes, add_a_lot, 700 },
	{ "bytes that evict", full_and_hit, add_a_lot, 504 },
	{ "the end of a flight", some_and_holes, free_flight, 2000 },
	{ "a rebuild", torn, mend, 700 },
	{ "a rebuild of what is full", full_and_hit, mend, 700 },
	{ "a recovery", half_put, come_in, 700 },
	{ "a wipe", some, wipe, 700 },
};

/* -- killing -------------------------------------------------------------- */

static void prepare(struct bench *b, const struct scenario *sc)
{
	flight_begin(b, 0);
	flight_begin(b, 1);
	if (sc->told)
		assert_int_equal(flight_add(b, 0, sc->told), 0);
	assert_int_equal(flight_add(b, 1, 1300), 0);
	sc->prepare(b);
	memcpy(b->before, b->m.base, b->m.g.size);
}

/* As it was before, and the scenario begun; die_at 0 lets it end. */
static void run(struct bench *b, const struct scenario *sc, uint64_t die_at)
{
	memcpy(b->m.base, b->before, b->m.g.size);
	assert_int_equal(act_in_child(b, sc->act, die_at),
			 die_at ? SIGKILL : 0);
}

/* Neither what it was nor what the whole operation makes of it: a loss. The
 * key it works on may also be gone for now. */
static void compare(const struct seen *was, const struct seen *done,
		    const struct seen *is)
{
	uint32_t i;

	for (i = 0; i < KEYS; i++)
		if (is->put[i] != was->put[i] && is->put[i] != done->put[i] &&
		    (i != TARGET || is->put[i] != NONE))
			fail_msg("key %u: put %d, was %d, should become %d",
				 i, (int)is->put[i], (int)was->put[i],
				 (int)done->put[i]);
	for (i = 0; i < FLIGHTS; i++)
		if ((is->length[i] != was->length[i] ||
		     is->state[i] != was->state[i]) &&
		    (is->length[i] != done->length[i] ||
		     is->state[i] != done->state[i]) &&
		    (i != 0 || is->length[i] != 0 ||
		     is->state[i] != FLIGHT_LOST))
			fail_msg("flight %u: %d bytes, was %d", i,
				 (int)is->length[i], (int)was->length[i]);
}

static void still_usable(struct bench *b)
{
	put_many(b, 21, 24, 5000);
	hit_many(b, 21, 24);
	put_many(b, 300, 302, 100 * 512);
	hit_many(b, 300, 302);
	assert_int_equal(flight_add(b, 1, 1000), 0);
	flight_length(b, 1);
	assert_int_equal(store_check(b->s), 0);
}

static void killed_at(struct bench *b, const struct scenario *sc, uint64_t k,
		      const struct seen *was, const struct seen *done)
{
	struct store_stats after;
	struct seen is;

	run(b, sc, k);
	assert_int_equal(store_check(b->s), 0);
	look(b, &is);
	compare(was, done, &is);
	store_stats(b->s, &after);
	assert_int_equal(after.damaged, 0);
	assert_int_equal(after.recoveries, 1);
	if (sc->act != wipe)
		still_usable(b);
}

static uint64_t killed_everywhere(struct room *r, const struct scenario *sc)
{
	struct seen was, done;
	struct bench b;
	uint64_t k, last;

	bench_open(&b, r);
	prepare(&b, sc);
	if (sc->prepare == torn) /* only what can be mended was there */
		run(&b, sc, 0);
	look(&b, &was);
	run(&b, sc, 0);
	last = told->passed;
	look(&b, &done);
	assert_int_equal(store_check(b.s), 0);
	for (k = 1; k <= last; k += STEP)
		killed_at(&b, sc, k, &was, &done);
	bench_close(&b);
	unlink(r->path);
	return last;
}

static void killed_at_every_point(void **state)
{
	struct room *r = *state;
	uint64_t kills = 0, n, i;

	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(told != MAP_FAILED);
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		n = killed_everywhere(r, &scenarios[i]);
		print_message("%-26s %u\n", scenarios[i].name, (unsigned)n);
		assert_true(n > 0);
		kills += n;
	}
	for (i = 0; i < LABELS && told->label[i]; i++)
		;
	print_message("%u kills at %u labels\n", (unsigned)kills,
		      (unsigned)i);
	assert_true(i >= 25);
	munmap(told, sizeof(*told));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(killed_at_every_point,
						room_make, room_clear),
	};

	return cmocka_run_group_tests_name("store_point", tests, NULL, NULL);
}
