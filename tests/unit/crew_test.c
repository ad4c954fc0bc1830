/* When a process gets another thread. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>

#include "door/crew.h"

#define FEW 2
#define MAX 6
#define MS 1000 /* in us */

static struct crew crew;
static struct hand hand[MAX];
static int64_t now_us, cpu_us;
static bool fails;

static int hire(void *ctx)
{
	(void)ctx;
	return fails ? -1 : 0;
}

static int setup(void **state)
{
	(void)state;
	fails = false;
	for (int i = 0; i < MAX; i++)
		hand[i] = (struct hand){ .crew = &crew };
	if (crew_init(&crew, FEW, MAX, hire, NULL) < 0)
		return -1;
	crew_hire(&crew);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	crew_fini(&crew);
	return 0;
}

static bool is_woken(void)
{
	struct pollfd f = { crew.wake_fd, POLLIN, 0 };

	return poll(&f, 1, 0) == 1;
}

/* A look 5 ms later, in which so many ms of a processor were used. */
static int look(int ms)
{
	now_us += 5 * MS;
	cpu_us += ms * MS;
	return crew_look(&crew, cpu_us, now_us);
}

static void begin(int from, int to)
{
	for (int i = from; i < to; i++)
		crew_begin(&hand[i]);
}

static void end(int from, int to)
{
	for (int i = from; i < to; i++)
		crew_end(&hand[i]);
}

static void test_a_few(void **state)
{
	(void)state;
	assert_int_equal(crew.threads, 1);
	begin(0, 1);
	assert_int_equal(crew.threads, 2);
	assert_false(is_woken());
	begin(1, 2);
	assert_int_equal(crew.threads, 2); /* they may be done at once */
	assert_true(is_woken());
	end(0, 2);
	assert_int_equal(crew.busy, 0);
}

/* Who waits for an upstream is replaced there and then. */
static void test_away(void **state)
{
	(void)state;
	for (int i = 0; i < MAX; i++) {
		begin(i, i + 1);
		crew_away(&hand[i]);
		crew_away(&hand[i]); /* asks another */
		assert_int_equal(crew.away, i + 1);
		assert_int_equal(crew.threads,
				 i + 1 + FEW < MAX ? i + 1 + FEW : MAX);
	}
	end(0, MAX);
	assert_int_equal(crew.away, 0);
	begin(0, 1);
	assert_int_equal(crew.threads, MAX);
	end(0, 1);
}

/* All are at work, and nobody works: one more at each look, for good. */
static void test_held_up(void **state)
{
	(void)state;
	begin(0, 2);
	assert_true(look(0) > 0);
	assert_int_equal(crew.threads, 2);
	assert_true(look(0) > 0);
	assert_int_equal(crew.threads, 2); /* it may have been chance */
	assert_true(look(0) > 0);
	assert_int_equal(crew.threads, 3);
	assert_true(look(0) > 0); /* one is free */
	assert_int_equal(crew.threads, 3);
	begin(2, 3);
	look(1);
	look(1);
	assert_int_equal(crew.threads, 4);
	for (int i = 3; i < MAX; i++) {
		begin(i, i + 1);
		look(0);
		look(0);
		look(0);
	}
	assert_int_equal(crew.threads, MAX);
	end(0, MAX);
}

/* Those that work are done soon, if it is they who do. */
static void test_at_work(void **state)
{
	(void)state;
	begin(0, 2);
	look(0);
	for (int i = 0; i < 10; i++)
		assert_true(look(2) > 0);
	assert_int_equal(crew.threads, 2);
	look(2);
	assert_int_equal(crew.threads, 3);
	begin(2, 3);
	for (int i = 0; i < 10; i++)
		look(5);
	assert_int_equal(crew.threads, 4);
	end(0, 3);
}

/* Nobody looks where there is no crowd, until there is one. */
static void test_calm(void **state)
{
	int looks = 0;

	(void)state;
	begin(0, 2);
	assert_true(is_woken());
	look(0);
	assert_false(is_woken());
	end(1, 2);
	while (look(0) > 0)
		assert_in_range(++looks, 1, 1000);
	assert_false(crew.watched);
	begin(1, 2);
	assert_true(is_woken());
	assert_true(look(0) > 0);
	end(0, 2);
}

static void test_no_thread(void **state)
{
	(void)state;
	fails = true;
	begin(0, 1);
	crew_away(&hand[0]);
	assert_int_equal(crew.threads, 1);
	look(0);
	look(0);
	look(0);
	assert_int_equal(crew.threads, 1);
	fails = false; /* and there is memory again */
	look(0);
	assert_int_equal(crew.threads, 2);
	end(0, 1);
	assert_int_equal(crew_leave(&crew), 1);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_a_few), WITH(test_away), WITH(test_held_up),
		WITH(test_at_work), WITH(test_calm), WITH(test_no_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
