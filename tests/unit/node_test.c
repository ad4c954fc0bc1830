/* When a memcached node is asked, tried again, or left alone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/count.h"
#include "store/node.h"

#define T0 1000000 /* some time after the machine started */
#define THREADS 8

static uint64_t stir(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* --- one after the other --- */

/* What node_use() must say, or how an answer went. */
enum event { USE = NODE_USE, PROBE = NODE_PROBE, OFF = NODE_OFF, GOOD, BAD };

struct step {
	int64_t ms; /* after T0 */
	enum event event;
};

struct story {
	const char *what;
	uint64_t random;
	struct step step[16]; /* ends with all zeros */
};

/* random 0 takes nothing off the back-off: 500, 1000, 2000, 2000. */
static const struct story stories[] = {
	{ "new", 0,
	  { { 1, USE } } },
	{ "one failure is none", 0,
	  { { 1, BAD }, { 1, USE }, { 20000, BAD }, { 20001, USE } } },
	{ "two within ten seconds", 0,
	  { { 1, BAD }, { 10001, BAD }, { 10001, OFF } } },
	{ "two at once", 0,
	  { { 1, BAD }, { 1, BAD }, { 2, OFF } } },
	{ "the second reported first", 0,
	  { { 3, BAD }, { 1, BAD }, { 3, OFF } } },
	{ "success between does not excuse", 0,
	  { { 1, BAD }, { 2, GOOD }, { 3, BAD }, { 4, OFF } } },
	{ "one prober after half a second", 0,
	  { { 1, BAD }, { 1, BAD }, { 500, OFF }, { 501, PROBE }, { 501, OFF },
	    { 502, OFF } } },
	{ "a clock that was read a while ago", 0,
	  { { 1, BAD }, { 1, BAD }, { 600, PROBE }, { 550, OFF } } },
	{ "a quarter less at most", 125,
	  { { 1, BAD }, { 1, BAD }, { 375, OFF }, { 376, PROBE } } },
	{ "a good probe", 0,
	  { { 1, BAD }, { 1, BAD }, { 501, PROBE }, { 510, GOOD },
	    { 510, USE }, { 511, BAD }, { 512, USE } } },
	{ "a bad probe", 0,
	  { { 1, BAD }, { 1, BAD }, { 501, PROBE }, { 521, BAD },
	    { 1520, OFF }, { 1521, PROBE }, { 1521, BAD }, { 3520, OFF },
	    { 3521, PROBE }, { 3521, BAD }, { 5520, OFF }, { 5521, PROBE },
	    { 5521, BAD }, { 7520, OFF }, { 7521, PROBE } } },
	{ "back-off begins anew after a return", 0,
	  { { 1, BAD }, { 1, BAD }, { 501, PROBE }, { 501, BAD },
	    { 1501, PROBE }, { 1501, GOOD }, { 1502, BAD }, { 1502, BAD },
	    { 2001, OFF }, { 2002, PROBE } } },
	{ "a prober that dies", 0,
	  { { 1, BAD }, { 1, BAD }, { 600, PROBE }, { 2599, OFF },
	    { 2600, PROBE }, { 2600, OFF } } },
	{ "failures of questions from before do not count twice", 0,
	  { { 1, BAD }, { 1, BAD }, { 2, BAD }, { 3, BAD }, { 20, BAD },
	    { 500, OFF }, { 501, PROBE } } },
	{ "answers to questions from before are no probe", 0,
	  { { 1, BAD }, { 1, BAD }, { 2, GOOD }, { 3, OFF } } },
};

static void play(const struct story *s)
{
	struct board_node n = { .id = 1 };
	const struct step *p;
	int use;

	for (p = s->step; p->ms; p++) {
		if (p->event == GOOD) {
			node_good(&n, T0 + p->ms);
		} else if (p->event == BAD) {
			node_bad(&n, T0 + p->ms, s->random);
		} else {
			use = (int)node_use(&n, T0 + p->ms);
			if (use != (int)p->event)
				fail_msg("%s: at %lld: %d, not %d", s->what,
					 (long long)p->ms, use, p->event);
		}
	}
}

static void nodes_are_left_alone_and_tried_again(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(stories); i++)
		play(&stories[i]);
}

static void deaths_are_counted_once(void **state)
{
	struct board_node n = { .id = 1 };

	(void)state;
	node_bad(&n, T0, 0);
	node_bad(&n, T0, 0);
	assert_int_equal(NODE_PROBE, node_use(&n, T0 + 500));
	node_bad(&n, T0 + 500, 0);
	assert_int_equal(1, n.deaths);
}

static void backoff_stays_in_its_bounds(void **state)
{
	uint64_t x = 88172645463325252ULL;
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		struct board_node n = { .id = 1, .offs = stir(&x) % 6 };
		int64_t most = n.offs < 2 ? 500LL << n.offs : 2000;

		node_bad(&n, T0, stir(&x));
		node_bad(&n, T0, stir(&x));
		assert_in_range(n.off_until_ms - T0, most * 3 / 4, most);
	}
}

/* --- a board that lies --- */

static int64_t wild(uint64_t *x)
{
	static const int64_t bad[] = { 0, 1, -1, INT64_MAX, INT64_MIN, T0,
				       T0 + 1, T0 - 1, T0 + 2000, T0 + 2001,
				       T0 + 100000 };
	uint64_t n = stir(x);

	return n % 4 ? bad[n / 4 % COUNT_OF(bad)] : (int64_t)stir(x);
}

/* Whatever is on the board: asked every 10 ms, somebody may try it before
 * the longest back-off and the longest probe are over. */
static void damage_never_turns_a_node_off_for_long(void **state)
{
	uint64_t x = 2463534242ULL;
	int i, ms;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct board_node n = {
			.id = 1, .off_until_ms = wild(&x),
			.probe_ms = wild(&x), .window_ms = wild(&x),
			.fails = (uint64_t)wild(&x),
			.offs = (uint64_t)wild(&x),
		};

		if (stir(&x) % 4 == 0)
			node_bad(&n, T0, stir(&x));
		for (ms = 0; node_use(&n, T0 + ms) == NODE_OFF; ms += 10)
			assert_true(ms <= 4000);
		node_good(&n, T0 + ms);
		assert_int_equal(NODE_USE, node_use(&n, T0 + ms));
	}
}

/* A failure that cannot have been lately is none. */
static void damage_is_no_failure(void **state)
{
	static const int64_t never[] = { INT64_MIN, -1, 0, T0 - 10001,
					 T0 + 10001, INT64_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(never); i++) {
		struct board_node n = { .id = 1, .window_ms = never[i] };

		node_bad(&n, T0, 0);
		assert_int_equal(NODE_USE, node_use(&n, T0));
		node_bad(&n, T0, 0);
		assert_int_equal(NODE_OFF, node_use(&n, T0));
	}
}

/* --- whose place --- */

static void each_name_has_a_place(void **state)
{
	struct board *b = calloc(1, sizeof(*b));
	struct board_node *place[BOARD_NODES];
	char name[32];
	int i, j;

	(void)state;
	for (i = 0; i < BOARD_NODES; i++) {
		snprintf(name, sizeof(name), "10.0.0.%d:11211", i);
		place[i] = node_find(b, name);
		assert_non_null(place[i]);
		for (j = 0; j < i; j++)
			assert_ptr_not_equal(place[i], place[j]);
	}
	assert_null(node_find(b, "one too many"));
	for (i = 0; i < BOARD_NODES; i++) {
		snprintf(name, sizeof(name), "10.0.0.%d:11211", i);
		assert_ptr_equal(place[i], node_find(b, name));
	}
	free(b);
}

/* --- many at once --- */

struct crowd {
	pthread_barrier_t start;
	struct board *board;
	struct board_node *node;
	int64_t now_ms;
	int probes; /* atomic */
};

struct member {
	struct crowd *crowd;
	struct board_node *found[16];
};

static void go(void *(*run)(void *), struct crowd *c, struct member *m)
{
	pthread_t t[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		m[i].crowd = c;
		assert_int_equal(0, pthread_create(&t[i], NULL, run, &m[i]));
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
}

static void *find_all(void *arg)
{
	struct member *m = arg;
	char name[32];
	int i;

	pthread_barrier_wait(&m->crowd->start);
	for (i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		m->found[i] = node_find(m->crowd->board, name);
	}
	return NULL;
}

static void threads_agree_on_places(void **state)
{
	struct member m[THREADS];
	struct crowd c = { .board = NULL };
	int round, i, j;

	(void)state;
	pthread_barrier_init(&c.start, NULL, THREADS);
	for (round = 0; round < 50; round++) {
		c.board = calloc(1, sizeof(*c.board));
		go(find_all, &c, m);
		for (i = 1; i < THREADS; i++)
			for (j = 0; j < 16; j++)
				assert_ptr_equal(m[0].found[j],
						 m[i].found[j]);
		free(c.board);
	}
	pthread_barrier_destroy(&c.start);
}

/* All fail at once, then all want to try it, again and again. */
static void *fail_and_try(void *arg)
{
	struct crowd *c = ((struct member *)arg)->crowd;
	int i;

	pthread_barrier_wait(&c->start);
	node_bad(c->node, c->now_ms, 0);
	pthread_barrier_wait(&c->start);
	for (i = 0; i < 100; i++)
		if (node_use(c->node, c->now_ms + 600) == NODE_PROBE)
			__atomic_fetch_add(&c->probes, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void there_is_one_death_and_one_prober(void **state)
{
	struct member m[THREADS];
	struct crowd c = { .now_ms = T0 };
	int round;

	(void)state;
	pthread_barrier_init(&c.start, NULL, THREADS);
	for (round = 0; round < 200; round++) {
		struct board_node n = { .id = 1 };

		c.node = &n;
		c.probes = 0;
		go(fail_and_try, &c, m);
		assert_int_equal(1, c.probes);
		assert_int_equal(1, n.deaths);
		assert_int_equal(1, n.offs);
	}
	pthread_barrier_destroy(&c.start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_are_left_alone_and_tried_again),
		cmocka_unit_test(deaths_are_counted_once),
		cmocka_unit_test(backoff_stays_in_its_bounds),
		cmocka_unit_test(damage_never_turns_a_node_off_for_long),
		cmocka_unit_test(damage_is_no_failure),
		cmocka_unit_test(each_name_has_a_place),
		cmocka_unit_test(threads_agree_on_places),
		cmocka_unit_test(there_is_one_death_and_one_prober),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
