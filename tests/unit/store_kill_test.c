/*
 * Many at once, and some of them die: threads, processes, holders of a lock
 * that are killed or stopped, and a storm of kills.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>

#include "kill_help.h"

static struct store_stats stats_of(struct store *s)
{
	struct store_stats st;

	store_stats(s, &st);
	return st;
}

/* Puts, gets and drops on few keys, so that everybody meets everybody. -1
 * when a read was wrong. */
static int mingle(struct store *s, uint64_t seed, unsigned times)
{
	struct arena *a = arena_new();
	uint64_t x = seed, n;
	struct key k;
	int wrong = 0;

	while (times-- > 0 && !wrong) {
		n = stir(&x) % 40;
		k = key_n(n);
		if (stir(&x) % 4 == 0)
			put_n(s, n, x, VALUE_MIN + stir(&x) % 30000);
		else if (stir(&x) % 16 == 0)
			store_drop(s, &k);
		else
			wrong = get_n(s, a, n) == -2;
	}
	arena_free(&a);
	return -wrong;
}

struct mingler {
	pthread_t thread;
	struct store *s;
	uint64_t seed;
	int result;
};

static void *mingle_thread(void *arg)
{
	struct mingler *m = arg;

	m->result = mingle(m->s, m->seed, 3000);
	return NULL;
}

static void threads_share_one_store(void **state)
{
	struct mingler m[4];
	struct store *s = room_open(*state, MB);
	size_t i;

	for (i = 0; i < 4; i++) {
		m[i] = (struct mingler){ .s = s, .seed = i + 1 };
		assert_int_equal(pthread_create(&m[i].thread, NULL,
						mingle_thread, &m[i]), 0);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(m[i].thread, NULL);
		assert_int_equal(m[i].result, 0);
	}
	assert_int_equal(store_check(s), 0);
	assert_int_equal(stats_of(s).damaged, 0);
	assert_true(stats_of(s).hits > 0);
	store_close(&s);
}

static void processes_share_one_file(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	pid_t pid[4];
	size_t i;

	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			struct store *mine = room_open(r, MB);

			_exit(mine && mingle(mine, i + 9, 3000) == 0 ? 0 : 1);
		}
	}
	for (i = 0; i < 4; i++)
		exits_with(pid[i], 0);
	assert_int_equal(store_check(s), 0);
	assert_int_equal(stats_of(s).damaged, 0);
	assert_int_equal(stats_of(s).recoveries, 0);
	store_close(&s);
}

static void a_stopped_holder_is_bypassed(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	pid_t pid;
	int i;

	assert_int_equal(put_n(s, 1, 1, 5000), 0);
	pid = holder(r);
	for (i = 1; i <= 20; i++) {
		assert_int_equal(get_n(s, r->a, 1), -1);
		assert_int_equal(put_n(s, 2, 1, 100), -1);
		assert_int_equal(stats_of(s).lock_timeouts, 2 * i);
		assert_int_equal(stats_of(s).lock_waits, 2 * i);
	}
	kill(pid, SIGCONT);
	exits_with(pid, 0);
	assert_int_equal(get_n(s, r->a, 1), 1); /* nothing was lost */
	assert_int_equal(stats_of(s).recoveries, 0);
	store_close(&s);
}

/* Its stderr is full, so that whoever writes to it stands still. */
static void mend_and_say_so(struct room *r)
{
	struct shard s;
	struct shm m;
	int fd[2];

	if (pipe2(fd, O_NONBLOCK) < 0 ||
	    room_map(r, &m) < 0)
		_exit(1);
	while (write(fd[1], "full", 4) > 0)
		;
	fcntl(fd[1], F_SETFL, 0);
	dup2(fd[1], STDERR_FILENO);
	shard_at(&s, m.base, &m.g, 0);
	if (lock_enter(&s) < 0)
		_exit(2);
	lock_damaged(&s);
	lock_leave(&s);
	_exit(0);
}

static void who_cannot_speak_holds_nobody_up(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	int64_t until = clock_mono_ms() + PATIENCE_MS;
	pid_t pid;

	assert_int_equal(put_n(s, 1, 1, 5000), 0);
	pid = fork_tied();
	if (pid == 0)
		mend_and_say_so(r);
	while (stats_of(s).damaged == 0 && clock_mono_ms() < until)
		sched_yield();
	while (get_n(s, r->a, 1) != 1 && clock_mono_ms() < until)
		sched_yield();
	assert_int_equal(get_n(s, r->a, 1), 1);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	dies_killed(pid);
	assert_int_equal(stats_of(s).recoveries, 0);
	store_close(&s);
}

static void a_killed_holder_takes_nothing_along(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	pid_t pid;

	assert_int_equal(put_n(s, 1, 1, 5000), 0);
	pid = holder(r);
	dies_killed(pid);
	assert_int_equal(get_n(s, r->a, 1), 1);
	assert_int_equal(stats_of(s).recoveries, 1);
	assert_int_equal(stats_of(s).dropped, 0);
	assert_int_equal(stats_of(s).lock_timeouts, 0);
	assert_int_equal(put_n(s, 1, 1, 5000), 0);
	assert_int_equal(get_n(s, r->a, 1), 1);
	assert_int_equal(stats_of(s).recoveries, 1);
	assert_int_equal(store_check(s), 0);
	store_close(&s);
}

#define KILLS 300 /* in both storms, unless LARDER_KILLS says otherwise */
#define WORKERS 6
#define KILL_MS 20 /* that one may take, on a busy machine */
#define STORM_KEYS 24
#define CALM_FROM 1000 /* keys that nobody writes once the storm begins */
#define CALM_KEYS 300
#define CALM_READS 100

/* What the workers tell, in memory that outlives them. */
struct told {
	_Atomic uint64_t wrong, hits, calm_hits, calm_misses, worst_ms;
	_Atomic uint64_t done[WORKERS];
};

static void note_wait(struct told *t, int64_t since)
{
	uint64_t ms = (uint64_t)(clock_mono_ms() - since);

	if (ms > t->worst_ms)
		t->worst_ms = ms;
}

static void storm_read(struct store *s, struct arena *a, struct told *t,
		       uint64_t *x)
{
	int got = get_n(s, a, stir(x) % STORM_KEYS);

	t->hits += got == 1;
	t->wrong += got == -2;
	for (int i = 0; i < CALM_READS; i++) {
		got = get_n(s, a, CALM_FROM + stir(x) % CALM_KEYS);
		t->calm_misses += got == 0; /* -1: no lock to be had */
		t->calm_hits += got == 1;
		t->wrong += got == -2;
	}
}

/* Long values, made beforehand: most of the time goes into copying under
 * the lock, which is where a kill should find them. */
static void storm_work(struct room *r, size_t size, struct told *t,
		       unsigned me, uint64_t seed)
{
	enum { LONG = 300000, MADE = 6 };
	struct store *s = room_open(r, size);
	struct arena *a = arena_new();
	struct key k[MADE];
	struct entry e[MADE];
	uint64_t x = seed, i, n;
	int64_t since;

	for (i = 0; i < MADE; i++) {
		char *p = malloc(LONG);

		n = stir(&x) % STORM_KEYS;
		k[i] = key_n(n);
		value_fill(p, LONG, n, x);
		e[i] = (struct entry){ 1000, 2000, { p, LONG } };
	}
	for (;; t->done[me]++) {
		since = clock_mono_ms();
		store_put(s, &k[t->done[me] % MADE], &e[t->done[me] % MADE]);
		note_wait(t, since);
		if (t->done[me] % 4)
			continue;
		storm_read(s, a, t, &x);
	}
}

static pid_t storm_worker(struct room *r, size_t size, struct told *t,
			  unsigned me, uint64_t seed)
{
	pid_t pid;

	t->done[me] = 0;
	pid = fork_tied();
	if (pid == 0)
		storm_work(r, size, t, me, seed);
	return pid;
}

/* How many were killed; until one of them died in there, if it takes more. */
static uint64_t storm(struct room *r, struct store *s, struct told *t)
{
	const uint64_t want = kills_wanted(KILLS) / 2;
	const size_t size = stats_of(s).size;
	int64_t until = clock_mono_ms() + PATIENCE_MS +
			(int64_t)want * KILL_MS;
	pid_t pid[WORKERS];
	uint64_t x = 4711, kills;
	unsigned i;

	for (i = 0; i < WORKERS; i++)
		pid[i] = storm_worker(r, size, t, i, stir(&x));
	for (kills = 0; (kills < want || stats_of(s).recoveries == 0) &&
			clock_mono_ms() < until; kills++) {
		i = (unsigned)(stir(&x) % WORKERS);
		kill_one(pid[i], &t->done[i], 3, 1000000, &x);
		pid[i] = storm_worker(r, size, t, i, stir(&x));
	}
	for (i = 0; i < WORKERS; i++)
		dies_killed(pid[i]);
	return kills;
}

static unsigned calm_survivors(struct room *r, struct store *s)
{
	unsigned n = 0;
	uint64_t i;

	for (i = 0; i < CALM_KEYS; i++)
		n += get_n(s, r->a, CALM_FROM + i) == 1;
	return n;
}

/* What is wrong in any storm. */
static void after_the_storm(struct room *r, struct store *s, struct told *t,
			    uint64_t kills)
{
	struct store_stats st;
	uint64_t i;

	for (i = 0; i < STORM_KEYS; i++)
		assert_in_range(get_n(s, r->a, i) + 1, 0, 2);
	assert_int_equal(store_check(s), 0);
	assert_int_equal(put_n(s, 1, 1, 300000), 0);
	assert_int_equal(get_n(s, r->a, 1), 1);
	st = stats_of(s);
	print_message("%u kills, %u holders among them, %u right reads, "
		      "%u dropped, worst put %u ms\n",
		      (unsigned)kills, (unsigned)st.recoveries,
		      (unsigned)(t->hits + t->calm_hits),
		      (unsigned)st.dropped, (unsigned)t->worst_ms);
	assert_int_equal(t->wrong, 0);
	assert_int_equal(st.damaged, 0);
	assert_true(kills >= kills_wanted(KILLS) / 4);
	assert_true(st.recoveries > 0);
	assert_true(t->hits > 0);
	assert_true(t->worst_ms < PATIENCE_MS / 2);
}

/* All of it is too much, so that the killed are evicting as well. */
static void a_storm_of_kills(void **state)
{
	struct room *r = *state;
	struct told *t = shared(sizeof(struct told));
	struct store *s = room_open(r, 4 * MB);

	after_the_storm(r, s, t, storm(r, s, t));
	assert_true(stats_of(s).evictions > 0);
	store_close(&s);
	munmap(t, sizeof(*t));
}

/* There is room for all: whoever dies in there takes none along but what it
 * was writing. */
static void bystanders_survive_a_storm(void **state)
{
	struct room *r = *state;
	struct told *t = shared(sizeof(struct told));
	struct store *s = room_open(r, 16 * MB);
	uint64_t i;

	for (i = 0; i < CALM_KEYS; i++)
		assert_int_equal(put_n(s, CALM_FROM + i, 1,
				       VALUE_MIN + i * 31), 0);
	after_the_storm(r, s, t, storm(r, s, t));
	assert_int_equal(stats_of(s).evictions, 0);
	assert_int_equal(stats_of(s).dropped, 0);
	assert_int_equal(calm_survivors(r, s), CALM_KEYS);
	assert_int_equal(t->calm_misses, 0);
	store_close(&s);
	munmap(t, sizeof(*t));
}

#define IN_ROOM(f) cmocka_unit_test_setup_teardown(f, room_make, room_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(threads_share_one_store),
		IN_ROOM(processes_share_one_file),
		IN_ROOM(a_stopped_holder_is_bypassed),
		IN_ROOM(who_cannot_speak_holds_nobody_up),
		IN_ROOM(a_killed_holder_takes_nothing_along),
		IN_ROOM(a_storm_of_kills),
		IN_ROOM(bystanders_survive_a_storm),
	};

	return cmocka_run_group_tests_name("store_kill", tests, NULL, NULL);
}
