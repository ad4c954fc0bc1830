/* Who waits for requests, and who takes the place of one that is held up. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>

#include "door/crew.h"

#define FEW 2
#define MAX 6
#define MS 1000 /* in us */

/* A thread that does as it is told. */
static struct member {
	struct hand hand;
	pthread_t thread;
	sem_t go;
	_Atomic char what; /* (j)oin, (t)urn, (b)egin, (w)ork, (e)nd, (a)way,
			    * (l)eave; */
	_Atomic int did;   /* and so many of them are done */
} all[MAX];

static struct crew crew;
static int hired;
static bool fails;
static int64_t now_us;

/* Uses a few ms of a processor. */
static void work(clockid_t clock)
{
	struct timespec from, t;

	clock_gettime(clock, &from);
	do {
		clock_gettime(clock, &t);
	} while ((t.tv_sec - from.tv_sec) * 1000000000 + t.tv_nsec -
		 from.tv_nsec < 4 * MS * 1000);
}

static void *live(void *arg)
{
	struct member *m = arg;

	for (;; m->did++) {
		sem_wait(&m->go);
		switch (m->what) {
		case 'j': crew_join(&crew, &m->hand); break;
		case 't': crew_turn(&m->hand); break;
		case 'b': crew_begin(&m->hand); break;
		case 'w': work(m->hand.clock); break;
		case 'e': crew_end(&m->hand); break;
		case 'a': crew_away(&m->hand); break;
		case 'l': crew_leave(&m->hand); return NULL;
		}
	}
}

static int hire(void *ctx)
{
	struct member *m = &all[hired];

	(void)ctx;
	if (fails)
		return -1;
	hired++;
	memset(m, 0, sizeof(*m));
	sem_init(&m->go, 0, 0);
	return pthread_create(&m->thread, NULL, live, m);
}

static void tell(int i, char what)
{
	all[i].what = what;
	sem_post(&all[i].go);
}

static void does(int i, const char *what)
{
	for (; *what; what++) {
		int did = all[i].did;

		tell(i, *what);
		while (all[i].did == did)
			sched_yield();
	}
}

static int parked(void)
{
	int n;

	pthread_mutex_lock(&crew.lock);
	n = crew.parked;
	pthread_mutex_unlock(&crew.lock);
	return n;
}

/* It wants a turn, and is not given one; now so many wait for theirs. */
static void parks(int i, int n)
{
	tell(i, 't');
	while (parked() != n)
		sched_yield();
}

/* It had been, and was called. */
static void is_on(int i, int did)
{
	while (all[i].did == did)
		sched_yield();
	assert_int_equal(all[i].did, did + 1);
}

static bool is_at_work(int i)
{
	return all[i].hand.since > 1; /* neither off nor free */
}

static int setup(void **state)
{
	(void)state;
	fails = false;
	hired = 0;
	now_us = 0;
	return crew_init(&crew, FEW, MAX, hire, NULL);
}

static int teardown(void **state)
{
	(void)state;
	crew_stop(&crew);
	for (int i = 0; i < hired; i++) {
		does(i, !all[i].hand.crew ? "j" : is_at_work(i) ? "e" : "");
		tell(i, 'l');
		pthread_join(all[i].thread, NULL);
		sem_destroy(&all[i].go);
	}
	assert_int_equal(crew.threads, 0);
	assert_int_equal(crew.on, 0);
	assert_int_equal(crew.at_work, 0);
	crew_fini(&crew);
	return 0;
}

static bool is_woken(void)
{
	struct pollfd f = { crew.wake_fd, POLLIN, 0 };

	return poll(&f, 1, 0) == 1;
}

/* 5 ms later. */
static int look(void)
{
	now_us += 5 * MS;
	return crew_look(&crew, now_us);
}

static void expect(int on, int at_work, int threads)
{
	assert_int_equal(crew.on, on);
	assert_int_equal(crew.at_work, at_work);
	assert_int_equal(crew.threads, threads);
	assert_int_equal(hired, threads);
}

/* Two who are on, and at work. */
static void two_at_work(void)
{
	assert_int_equal(crew_hire(&crew), 0);
	does(0, "jtb");
	expect(2, 1, 2); /* nobody was free: another is hired */
	assert_false(is_woken());
	does(1, "jtb");
	expect(2, 2, 2); /* they may be done at once */
	assert_true(is_woken());
}

static void test_a_few(void **state)
{
	(void)state;
	two_at_work();
	does(0, "et");
	does(1, "etb");
	expect(2, 1, 2);
	does(1, "e");
	expect(2, 0, 2);
}

/* Who waits for an upstream does not count, and is one too many when it comes
 * back. */
static void test_away(void **state)
{
	int did;

	(void)state;
	two_at_work();
	does(0, "aa"); /* asks another */
	expect(2, 1, 3);
	does(0, "e");
	expect(2, 1, 3);
	did = all[0].did;
	parks(0, 1);
	does(2, "jtb");
	expect(2, 2, 3);
	assert_int_equal(all[0].did, did);
	does(1, "a"); /* it is called, nobody is hired */
	is_on(0, did);
	expect(2, 1, 3);
	does(0, "b");
	does(0, "a");
	does(2, "a");
	expect(1, 0, 4); /* one is free already */
	does(3, "jt");
	does(0, "et"); /* and here is room for it */
	expect(2, 0, 4);
}

/* Nobody says anything, and they do not get done. */
static void test_held_up(void **state)
{
	(void)state;
	two_at_work();
	does(0, "w");
	assert_true(look() > 0);
	for (int i = 0; i < 2; i++) {
		does(0, "w");
		assert_true(look() > 0);
		expect(2, 2, 2);
	}
	does(0, "w");
	assert_true(look() > 0); /* both for 20 ms */
	expect(1, 0, 3);
	assert_int_equal(crew.extra, 0);
	does(2, "jtb");
	expect(2, 1, 4);
	does(0, "ae"); /* it is so already */
	expect(2, 1, 4);
	parks(0, 1);
	does(3, "j");
	does(1, "e");
	parks(1, 2);
	does(2, "a");
	does(3, "b"); /* nobody is free: one of them is called */
	expect(2, 1, 4);
	assert_int_equal(parked(), 1);
}

/* They are held up one behind the other, so that at every other look one has
 * just got its place. */
static void test_staggered(void **state)
{
	(void)state;
	assert_int_equal(crew_hire(&crew), 0);
	does(0, "jtb");
	does(1, "jt");
	look();
	look();
	does(1, "b");
	look();
	assert_int_equal(crew.extra, 0);
	look(); /* the first is off, and yet all had been at work */
	assert_int_equal(crew.extra, 1);
}

/* Requests are done all the time, and yet each thread waits most of it. */
static void test_little(void **state)
{
	int looks = 0;

	(void)state;
	two_at_work();
	look();
	expect(2, 2, 2);
	for (int i = 0; i < 2; i++)
		does(i, "etb");
	look(); /* nothing was used since the last one */
	assert_int_equal(crew.extra, 1);
	expect(3, 2, 3);
	does(2, "jtb");
	for (int i = 0; i < 4; i++) {
		for (int m = 0; m < 3; m++)
			does(m, "etb");
		look();
	}
	assert_int_equal(crew.extra, 3);
	expect(4, 3, 4);
	/* They are not needed any more. */
	for (int m = 0; m < 3; m++)
		does(m, "et");
	while (look() > 0)
		assert_in_range(++looks, 1, 1000);
	assert_int_equal(crew.extra, 0);
	expect(4, 0, 4); /* who is free steps back when it comes again */
	does(0, "be");
	parks(0, 1);
	does(1, "be");
	parks(1, 2);
	does(2, "bet");
	expect(2, 0, 4);
}

/* Who is one too many and steps back may leave nobody who is free. */
static void test_step_back(void **state)
{
	(void)state;
	two_at_work();
	look();
	look();
	assert_int_equal(crew.extra, 1);
	does(2, "jt");
	for (int m = 0; m < 2; m++)
		does(m, "et");
	while (look() > 0)
		;
	expect(3, 0, 3);
	does(0, "b");
	does(2, "be");
	does(1, "b");
	expect(3, 2, 3);
	assert_false(is_woken());
	parks(2, 1);
	assert_true(is_woken());
}

/* All at work, and that is what they do: more would not help. */
static void test_at_work(void **state)
{
	(void)state;
	two_at_work();
	for (int i = 0; i < 40; i++) {
		does(i % 2, "w");
		for (int m = 0; m < 2; m++)
			does(m, "etb");
		assert_true(look() > 0);
	}
	assert_int_equal(crew.extra, 0);
	expect(2, 2, 2);
}

/* Nobody looks where there is no crowd, until there is one. */
static void test_calm(void **state)
{
	int looks = 0;

	(void)state;
	two_at_work();
	look();
	assert_false(is_woken());
	does(1, "et");
	while (look() > 0) {
		does(0, "etb");
		assert_in_range(++looks, 1, 1000);
	}
	assert_false(crew.watched);
	does(1, "b");
	assert_true(is_woken());
	assert_true(look() > 0);
}

/* All that were parked come to see what there is to do yet. */
static void test_stop(void **state)
{
	int did[2];

	(void)state;
	two_at_work();
	does(0, "a");
	does(1, "a");
	does(2, "jtb");
	does(3, "jt");
	for (int i = 0; i < 2; i++) {
		does(i, "e");
		did[i] = all[i].did;
		parks(i, i + 1);
	}
	crew_stop(&crew);
	is_on(0, did[0]);
	is_on(1, did[1]);
	expect(4, 1, 4);
	does(0, "bet"); /* nor is anybody from now on */
	expect(4, 1, 4);
}

/* All is being answered: who has left for that is not replaced. */
static void test_done(void **state)
{
	(void)state;
	two_at_work();
	does(0, "e");
	crew_stop(&crew);
	tell(0, 'l');
	pthread_join(all[0].thread, NULL);
	while (crew.threads > 1)
		sched_yield();
	for (int i = 0; i < 20; i++)
		look();
	assert_int_equal(hired, 2);
	does(1, "e");
	assert_int_equal(hired, 2);
	tell(1, 'l');
	pthread_join(all[1].thread, NULL);
	hired = 0;
}

static void test_no_thread(void **state)
{
	(void)state;
	fails = true;
	assert_int_equal(crew_hire(&crew), -1);
	fails = false;
	crew_hire(&crew);
	fails = true;
	does(0, "jtb");
	does(0, "a");
	expect(0, 0, 1);
	assert_true(is_woken()); /* or nobody would come */
	fails = false; /* and there is memory again */
	look();
	expect(1, 0, 2);
	does(1, "j");
	does(0, "e");
}

/* -- on their own ---------------------------------------------------------- */

#define REQUESTS 20000
#define HIRED_MAX 64

static pthread_t worker[HIRED_MAX];
static _Atomic int begun;

/* Each request is one of 16 kinds. */
static void *serve(void *arg)
{
	struct hand h;
	int n;

	(void)arg;
	crew_join(&crew, &h);
	while ((n = begun++) < REQUESTS) {
		crew_turn(&h);
		crew_begin(&h);
		if (n % 16 == 0)
			crew_away(&h);
		if (n % 16 < 4)
			sched_yield();
		crew_end(&h);
	}
	crew_leave(&h);
	return NULL;
}

static int hire_one(void *ctx)
{
	(void)ctx;
	return hired == HIRED_MAX ||
	       pthread_create(&worker[hired], NULL, serve, NULL) != 0 ?
		-1 : (hired++, 0);
}

/* While the main thread looks all the time, so that some are held up. */
static void test_many(void **state)
{
	(void)state;
	hired = begun = 0;
	assert_int_equal(crew_init(&crew, FEW, MAX, hire_one, NULL), 0);
	assert_int_equal(crew_hire(&crew), 0);
	while (crew.threads)
		look();
	for (int i = 0; i < hired; i++)
		pthread_join(worker[i], NULL);
	assert_true(hired >= FEW);
	assert_int_equal(crew.on, 0);
	assert_int_equal(crew.at_work, 0);
	assert_int_equal(crew.parked, 0);
	crew_fini(&crew);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_a_few), WITH(test_away), WITH(test_held_up),
		WITH(test_staggered), WITH(test_step_back),
		WITH(test_little), WITH(test_at_work), WITH(test_calm),
		WITH(test_stop), WITH(test_done),
		WITH(test_no_thread), cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
