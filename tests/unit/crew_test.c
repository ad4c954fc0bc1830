/* Who waits for requests, and who takes the place of one that is held up. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>

#include "door/crew.h"

#define FEW 2
#define MAX 5

static struct member {
	struct hand hand;
	pthread_t thread;
	sem_t go;         /* on with it: */
	_Atomic char does; /* (t)urn, (b)egin, (e)nd, (a)way, (l)eave */
	_Atomic int did;
} all[MAX];

static struct crew crew;
static _Atomic int hired;

static void *live(void *arg)
{
	struct member *m = arg;

	for (;;) {
		sem_wait(&m->go);
		switch (m->does) {
		case 't': crew_turn(&m->hand); break;
		case 'b': crew_begin(&m->hand); break;
		case 'e': crew_end(&m->hand); break;
		case 'a': crew_away(&m->hand); break;
		case 'l': crew_leave(&m->hand); return NULL;
		}
		m->did++;
	}
}

/* Each comes and wants a turn. */
static int hire(void *ctx)
{
	struct member *m = &all[hired++];

	(void)ctx;
	m->hand = (struct hand){ .crew = &crew };
	m->did = -1;
	sem_init(&m->go, 0, 1);
	m->does = 't';
	return pthread_create(&m->thread, NULL, live, m);
}

static void tell(int i, char what)
{
	all[i].does = what;
	sem_post(&all[i].go);
}

/* It is at it, or waits for its turn. */
static void settles(int i, int did, int off)
{
	while (all[i].did != did || crew.off != off)
		sched_yield();
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

static int setup(void **state)
{
	(void)state;
	hired = 0;
	return crew_init(&crew, FEW, MAX, hire, NULL);
}

static int teardown(void **state)
{
	(void)state;
	crew_stop(&crew);
	for (int i = 0; i < hired; i++) {
		tell(i, 'l');
		pthread_join(all[i].thread, NULL);
		sem_destroy(&all[i].go);
	}
	assert_int_equal(crew.threads, 0);
	crew_fini(&crew);
	return 0;
}

static bool is_woken(void)
{
	struct pollfd f = { crew.wake_fd, POLLIN, 0 };

	return poll(&f, 1, 0) == 1;
}

/* Two who are on, and at work. */
static void two_at_work(void)
{
	crew_hire(&crew);
	settles(0, 0, 0);
	does(0, "b"); /* all are at work: another is hired */
	assert_int_equal(hired, 2);
	settles(1, 0, 0);
	does(1, "b");
	assert_int_equal(hired, 2);
}

static void test_a_few(void **state)
{
	(void)state;
	two_at_work();
	assert_int_equal(crew.on, 2);
	assert_true(is_woken());
	does(0, "et");
	does(1, "et");
	assert_int_equal(crew.on, 2);
	assert_int_equal(crew.at_work, 0);
	crew_hire(&crew);
	settles(2, -1, 1); /* no turn for it */
	assert_int_equal(crew.on, 2);
}

/* Who waits for an upstream is replaced; when it is done it is one too many. */
static void test_away(void **state)
{
	int did;

	(void)state;
	two_at_work();
	does(0, "a");
	assert_int_equal(hired, 3);
	settles(2, 0, 0);
	assert_int_equal(crew.on, 2);
	does(0, "e");
	did = all[0].did;
	tell(0, 't');
	settles(0, did, 1);
	does(1, "a");
	settles(0, did + 1, 0); /* whom it had hired is not needed */
	assert_int_equal(hired, 3);
	assert_int_equal(crew.on, 2);
}

/* Nobody says anything, and nobody is done. */
static void test_held_up(void **state)
{
	(void)state;
	two_at_work();
	assert_true(crew_look(&crew) > 0); /* the first look is a beginning */
	assert_true(crew_look(&crew) > 0);
	assert_int_equal(hired, 3);
	settles(2, 0, 0);
	assert_int_equal(crew.on, 3);
	does(2, "b");
	crew_look(&crew);
	assert_int_equal(hired, 4);
	settles(3, 0, 0);
	assert_int_equal(crew.extra, 2);
	/* They are free again: those that are too many step back. */
	does(0, "e");
	tell(0, 't'); /* and is not done with it */
	settles(0, all[0].did, 1);
	does(1, "e");
	tell(1, 't');
	settles(1, all[1].did, 2);
	assert_int_equal(crew.on, 2);
	assert_int_equal(crew.extra, 0);
}

/* As long as somebody gets done there is no hurry. */
static void test_progress(void **state)
{
	(void)state;
	two_at_work();
	crew_look(&crew);
	for (int i = 0; i < 10; i++) {
		does(1, "etb");
		crew_look(&crew);
	}
	assert_int_equal(hired, 2);
	assert_int_equal(crew.extra, 0);
}

/* Nobody looks where there is no crowd, until there is one. */
static void test_calm(void **state)
{
	int looks = 0;

	(void)state;
	two_at_work();
	assert_true(is_woken());
	crew_look(&crew);
	assert_false(is_woken());
	does(1, "et");
	while (crew_look(&crew) > 0)
		assert_in_range(++looks, 1, 1000);
	assert_false(crew.watched);
	does(1, "b");
	assert_true(is_woken());
	assert_true(crew_look(&crew) > 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_a_few), WITH(test_away), WITH(test_held_up),
		WITH(test_progress), WITH(test_calm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
