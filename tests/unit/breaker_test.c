/* When an upstream is asked, tried again, or left alone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/count.h"
#include "kill_help.h"
#include "store/breaker.h"

#define T0 1000000 /* some time after the machine started */
#define THREADS 8

/* random 0 takes nothing off the back-off: 1000, 2000, 4000, 4000. */
static const struct breaker_conf conf = {
	.row = 3, .percent = 50, .least = 10, .window_ms = 6000,
	.first_ms = 1000, .most_ms = 4000, .probe_ms = 2000,
};

/* --- one after the other --- */

/*
 * Requests are called by letters: who begins (is told what) and how it
 * ended. A..D keep their turn from one step to another.
 */
enum event { USE = BREAKER_USE, PROBE = BREAKER_PROBE, OPEN = BREAKER_OPEN,
	     GOOD, BAD, LET };

struct step {
	int64_t ms; /* after T0; 0 ends a story */
	char who;
	enum event event;
};

struct story {
	const char *what;
	struct step step[24];
};

#define FAIL(ms) { ms, 'D', USE }, { ms, 'D', BAD }
#define FINE(ms) { ms, 'D', USE }, { ms, 'D', GOOD }

static const struct story stories[] = {
	{ "new", { { 1, 'A', USE } } },
	{ "two in a row are not three",
	  { FAIL(1), FAIL(1), { 2, 'A', USE } } },
	{ "three in a row", { FAIL(1), FAIL(2), FAIL(3), { 3, 'A', OPEN } } },
	{ "however far apart",
	  { FAIL(1), FAIL(100000), FAIL(900000), { 900000, 'A', OPEN } } },
	{ "a success between",
	  { FAIL(1), FAIL(2), FINE(3), FAIL(4), FAIL(5), { 6, 'A', USE } } },
	{ "one prober, when its time has come",
	  { FAIL(1), FAIL(1), FAIL(1), { 1000, 'A', OPEN },
	    { 1001, 'A', PROBE }, { 1001, 'B', OPEN }, { 3000, 'B', OPEN } } },
	{ "a good probe",
	  { FAIL(1), FAIL(1), FAIL(1), { 1001, 'A', PROBE },
	    { 1500, 'A', GOOD }, { 1500, 'B', USE }, FAIL(1501), FAIL(1501),
	    { 1502, 'B', USE } } },
	{ "bad probes",
	  { FAIL(1), FAIL(1), FAIL(1), { 1001, 'A', PROBE },
	    { 1101, 'A', BAD }, { 3100, 'B', OPEN }, { 3101, 'B', PROBE },
	    { 3101, 'B', BAD }, { 7100, 'A', OPEN }, { 7101, 'A', PROBE },
	    { 7101, 'A', BAD }, { 11100, 'A', OPEN }, { 11101, 'A', PROBE } } },
	{ "the back-off begins anew after a good probe",
	  { FAIL(1), FAIL(1), FAIL(1), { 1001, 'A', PROBE },
	    { 1001, 'A', BAD }, { 3001, 'A', PROBE }, { 3001, 'A', GOOD },
	    FAIL(3002), FAIL(3002), FAIL(3002), { 4001, 'B', OPEN },
	    { 4002, 'B', PROBE } } },
	{ "a probe that says nothing",
	  { FAIL(1), FAIL(1), FAIL(1), { 1001, 'A', PROBE },
	    { 1001, 'A', LET }, { 1001, 'B', PROBE }, { 1001, 'C', OPEN } } },
	{ "a clock that was read a while ago",
	  { FAIL(1), FAIL(1), FAIL(1), { 1001, 'A', PROBE },
	    { 900, 'B', OPEN } } },
	{ "a prober that dies",
	  { FAIL(1), FAIL(1), FAIL(1), { 1001, 'A', PROBE },
	    { 3000, 'B', OPEN }, { 3001, 'B', PROBE }, { 3001, 'C', OPEN } } },
	{ "it was only slow: it says no more, for better or worse",
	  { FAIL(1), FAIL(1), FAIL(1), { 1001, 'A', PROBE },
	    { 3001, 'B', PROBE }, { 3002, 'A', BAD }, { 3003, 'A', GOOD },
	    { 3004, 'A', LET }, { 5000, 'C', OPEN }, { 5000, 'B', GOOD },
	    { 5000, 'C', USE } } },
	{ "slow, and nobody else has set out",
	  { FAIL(1), FAIL(1), FAIL(1), { 1001, 'A', PROBE },
	    { 9001, 'A', GOOD }, { 9001, 'B', USE } } },
	{ "failures from before do not make it longer",
	  { { 1, 'A', USE }, { 1, 'B', USE }, FAIL(1), FAIL(1), FAIL(1),
	    { 2, 'A', BAD }, { 900, 'B', BAD }, { 1001, 'C', PROBE } } },
	{ "nor while it is tried",
	  { { 1, 'A', USE }, FAIL(1), FAIL(1), FAIL(1), { 1001, 'C', PROBE },
	    { 1002, 'A', BAD }, { 1003, 'C', GOOD }, { 1003, 'B', USE } } },
	{ "nor open it again",
	  { { 1, 'A', USE }, { 1, 'B', USE }, FAIL(1), FAIL(1), FAIL(1),
	    { 1001, 'C', PROBE }, { 1002, 'C', GOOD }, FAIL(1003),
	    { 1003, 'A', BAD }, { 1004, 'B', BAD }, { 1005, 'C', USE } } },
	{ "a success from before says nothing",
	  { { 1, 'A', USE }, { 1, 'B', USE }, FAIL(1), FAIL(1), FAIL(1),
	    { 2, 'A', GOOD }, { 3, 'C', OPEN }, { 1001, 'C', PROBE },
	    { 1002, 'B', GOOD }, { 1003, 'D', OPEN } } },
	{ "nor does it end a row that began later",
	  { { 1, 'A', USE }, FAIL(1), FAIL(1), FAIL(1), { 1001, 'C', PROBE },
	    { 1001, 'C', GOOD }, FAIL(1002), FAIL(1003), { 1004, 'A', GOOD },
	    FAIL(1005), { 1006, 'B', OPEN } } },
	{ "who was told to do without says nothing",
	  { FAIL(1), FAIL(1), FAIL(1), { 2, 'A', OPEN }, { 2, 'A', GOOD },
	    { 3, 'A', LET }, { 3, 'B', OPEN } } },
};

static void take_step(const struct story *s, const struct step *p,
		      struct board_breaker *b, struct breaker_turn *t)
{
	int64_t now = T0 + p->ms;
	int use;

	if (p->event == GOOD) {
		breaker_good(b, &conf, t, now);
	} else if (p->event == BAD) {
		breaker_bad(b, &conf, t, now, 0);
	} else if (p->event == LET) {
		breaker_let(b, t);
	} else {
		assert_int_equal(breaker_is_open(b, &conf, now),
				 p->event == OPEN);
		use = (int)breaker_use(b, &conf, now, t);
		if (use != (int)p->event || use != (int)t->as)
			fail_msg("%s: %c at %lld: %d, not %d", s->what, p->who,
				 (long long)p->ms, use, p->event);
	}
}

static void upstreams_are_left_alone_and_tried_again(void **state)
{
	struct board_breaker b;
	struct breaker_turn turn[4];
	const struct step *p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(stories); i++) {
		b = (struct board_breaker){ .id = 1 };
		for (p = stories[i].step; p->ms; p++)
			take_step(&stories[i], p, &b, &turn[p->who - 'A']);
	}
}

/* --- so many of a hundred --- */

struct share {
	const char *what;
	int good, bad, again_ms, more_good, more_bad;
	bool opens;
};

/* A failure comes last, since only failures open. Never three in a row. */
static const struct share shares[] = {
	{ "half of ten", 5, 5, 0, 0, 0, true },
	{ "half of nine", 4, 4, 0, 0, 0, false },
	{ "less than half", 6, 5, 0, 0, 0, false },
	{ "in two cells", 3, 3, 4900, 2, 2, true },
	{ "the first of them are too old", 3, 3, 6000, 2, 2, false },
	{ "old successes do not count", 50, 2, 6000, 5, 5, true },
	{ "young ones do", 50, 2, 4900, 5, 5, false },
};

static bool spread(struct board_breaker *b, const struct breaker_conf *c,
		   int64_t ms, int good, int bad)
{
	struct breaker_turn t = { .as = BREAKER_USE };
	bool opened = false;

	while (good > 0 || bad > 0) {
		if (good-- > 0)
			breaker_good(b, c, &t, ms);
		if (good < bad && bad > 0) {
			opened = breaker_bad(b, c, &t, ms, 0);
			bad--;
		}
	}
	return opened;
}

/* T0 is where a cell begins. */
static void a_share_of_failures_opens(void **state)
{
	struct breaker_conf c = conf;
	size_t i;

	(void)state;
	c.row = 1000;
	for (i = 0; i < COUNT_OF(shares); i++) {
		const struct share *s = &shares[i];
		struct board_breaker b = { .id = 1 };
		bool opened = spread(&b, &c, T0, s->good, s->bad);

		if (s->again_ms)
			opened = spread(&b, &c, T0 + s->again_ms,
					s->more_good, s->more_bad);
		if (opened != s->opens)
			fail_msg("%s: %d", s->what, opened);
		assert_int_equal(opened, b.opened);
	}
}

static void no_percent_no_share(void **state)
{
	struct board_breaker b = { .id = 1 };
	struct breaker_conf c = conf;

	(void)state;
	c.row = 1000;
	c.percent = 0;
	assert_false(spread(&b, &c, T0, 0, 999));
	assert_true(spread(&b, &c, T0, 0, 1));
}

/* What closed begins with nothing behind it. */
static void a_good_probe_forgets_the_window(void **state)
{
	struct board_breaker b = { .id = 1 };
	struct breaker_conf c = conf;
	struct breaker_turn t;

	(void)state;
	c.row = 1000;
	assert_true(spread(&b, &c, T0, 5, 5));
	assert_int_equal(BREAKER_PROBE, breaker_use(&b, &c, T0 + 1000, &t));
	breaker_good(&b, &c, &t, T0 + 1000);
	breaker_use(&b, &c, T0 + 1000, &t);
	assert_false(breaker_bad(&b, &c, &t, T0 + 1001, 0));
	assert_int_equal(1, b.row);
}

/* A cell that is full keeps the share, not the numbers. */
static void many_calls_keep_their_share(void **state)
{
	struct board_breaker b = { .id = 1 };
	struct breaker_conf c = conf;
	struct breaker_turn t = { .as = BREAKER_USE };
	int i;

	(void)state;
	c.row = 1000000;
	for (i = 0; i < 300000; i++) {
		breaker_good(&b, &c, &t, T0);
		if (i % 2)
			assert_false(breaker_bad(&b, &c, &t, T0, 0));
	}
	for (i = 0; i < 60000; i++)
		if (breaker_bad(&b, &c, &t, T0, 0))
			break;
	assert_in_range(i, 1000, 40000);
}

/* --- off, and how it looks --- */

static void off_is_off(void **state)
{
	struct board_breaker b = { .id = 1 };
	struct breaker_conf c = conf;
	struct breaker_state s;
	struct breaker_turn t;
	int i;

	(void)state;
	c.row = 0;
	for (i = 0; i < 100; i++) {
		assert_int_equal(BREAKER_USE, breaker_use(&b, &c, T0, &t));
		assert_false(breaker_bad(&b, &c, &t, T0, 0));
		assert_int_equal(BREAKER_USE, breaker_use(NULL, &conf, T0,
							  &t));
		assert_false(breaker_bad(NULL, &conf, &t, T0, 0));
		breaker_good(NULL, &conf, &t, T0);
		breaker_let(NULL, &t);
	}
	assert_false(breaker_is_open(NULL, &conf, T0));
	b.shut = (T0 + 500) * 2;
	assert_false(breaker_is_open(&b, &c, T0));
	breaker_look(NULL, &conf, T0, &s);
	assert_false(s.open);
}

static void looking_tells_all_and_changes_nothing(void **state)
{
	struct board_breaker b = { .id = 1 };
	struct breaker_state s;
	struct breaker_turn t;
	int i;

	(void)state;
	for (i = 1; i <= 3; i++) {
		breaker_look(&b, &conf, T0, &s);
		assert_false(s.open);
		assert_int_equal(i - 1, s.row);
		breaker_use(&b, &conf, T0, &t);
		assert_int_equal(i == 3, breaker_bad(&b, &conf, &t, T0, 0));
	}
	breaker_look(&b, &conf, T0 + 300, &s);
	assert_true(s.open && !s.tried);
	assert_int_equal(700, s.open_ms);
	breaker_look(&b, &conf, T0 + 1000, &s);
	assert_true(s.open && !s.tried);
	assert_int_equal(0, s.open_ms);
	assert_int_equal(BREAKER_PROBE, breaker_use(&b, &conf, T0 + 1000, &t));
	breaker_look(&b, &conf, T0 + 1001, &s);
	assert_true(s.open && s.tried);
	assert_int_equal(0, s.open_ms);
	assert_false(breaker_bad(&b, &conf, &t, T0 + 1002, 0));
	breaker_look(&b, &conf, T0 + 1002, &s);
	assert_int_equal(2000, s.open_ms);
	assert_int_equal(1, s.opened); /* it was kept open, not opened */
	assert_int_equal(4, s.row);
}

static void backoff_stays_in_its_bounds(void **state)
{
	uint64_t x = 88172645463325252ULL, times, i;
	int64_t most, ms;

	(void)state;
	for (i = 0; i < 10000; i++) {
		times = stir(&x) % 8;
		most = times < 4 ? 2000LL << times : 32000;
		ms = breaker_pause_ms(2000, 32000, times, stir(&x));
		assert_in_range(ms, most * 3 / 4, most);
	}
	assert_int_equal(32000, breaker_pause_ms(2000, 32000, UINT64_MAX, 0));
	assert_int_equal(0, breaker_pause_ms(0, 0, 5, UINT64_MAX));
	assert_int_equal(500, breaker_pause_ms(900, 500, 0, 0));
	assert_in_range(breaker_pause_ms(1, INT64_MAX, 70, 7), INT64_MAX - 7,
			INT64_MAX);
}

/* --- a board that lies --- */

static int64_t wild(uint64_t *x)
{
	static const int64_t bad[] = { 0, 1, -1, INT64_MAX, INT64_MIN, T0 * 2,
				       T0 * 2 + 1, T0 * 2 + 8000,
				       T0 * 2 + 8001, T0 * 2 + 8002,
				       T0 * 2 + 4001, T0 * 2 + 4003,
				       T0 * 20, T0 * 20 + 1 };
	uint64_t n = stir(x);

	return n % 4 ? bad[n / 4 % COUNT_OF(bad)] : (int64_t)stir(x);
}

/* Whatever is on the board: asked every 10 ms, somebody may try it before
 * the longest time that it is open is over, and what clocks may differ by;
 * then it works. */
static void damage_never_keeps_it_open_for_long(void **state)
{
	uint64_t x = 2463534242ULL;
	struct breaker_turn t;
	int i, j, ms;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct board_breaker b = {
			.id = 1, .shut = wild(&x), .shuts = (uint64_t)wild(&x),
			.opened = (uint64_t)wild(&x),
			.row = (uint64_t)wild(&x),
		};

		for (j = 0; j < BOARD_CELLS; j++)
			b.cell[j] = (uint64_t)wild(&x);
		breaker_use(&b, &conf, T0, &t);
		if (stir(&x) % 4 == 0)
			breaker_bad(&b, &conf, &t, T0, stir(&x));
		else if (t.as == BREAKER_PROBE)
			continue;
		for (ms = 0; breaker_use(&b, &conf, T0 + ms, &t) ==
			     BREAKER_OPEN; ms += 10)
			assert_true(ms < 6000);
		breaker_good(&b, &conf, &t, T0 + ms);
		assert_int_equal(BREAKER_USE,
				 breaker_use(&b, &conf, T0 + ms, &t));
	}
}

/* The machine starts again, and its clock at nothing. */
static void another_boots_times_do_not_count(void **state)
{
	struct board_breaker b = { .id = 1 };
	struct breaker_turn t = { .as = BREAKER_USE };

	(void)state;
	spread(&b, &conf, T0, 0, 3);
	assert_true(breaker_is_open(&b, &conf, T0));
	assert_int_equal(BREAKER_PROBE, breaker_use(&b, &conf, 5000, &t));
	assert_int_equal(BREAKER_OPEN, breaker_use(&b, &conf, 5000, &t));
}

/* Who opened it was killed before it could count that. */
static void an_opening_that_was_not_counted(void **state)
{
	struct board_breaker b = { .id = 1 };
	struct breaker_turn t;

	(void)state;
	breaker_use(&b, &conf, T0, &t);
	b.row = 3;
	b.shut = (T0 + 1000) * 2;
	assert_false(breaker_bad(&b, &conf, &t, T0, 0));
	assert_int_equal(3, b.row);
	breaker_good(&b, &conf, &t, T0);
	assert_int_equal(3, b.row);
	assert_true(breaker_is_open(&b, &conf, T0));
}

/* The number of a cell's time goes round after 2^32 of them. */
static void cells_outlive_their_numbers(void **state)
{
	struct board_breaker b = { .id = 1 };
	struct breaker_conf c = conf;
	int64_t round = (1LL << 32) * (conf.window_ms / BOARD_CELLS);

	(void)state;
	c.row = 1000;
	assert_false(spread(&b, &c, round - 1000, 4, 4));
	assert_true(spread(&b, &c, round, 1, 1));
	b = (struct board_breaker){ .id = 1 };
	c.window_ms = 0; /* nonsense, but no crash */
	assert_true(spread(&b, &c, T0, 5, 5));
}

/* --- whose place --- */

static void name(struct key *k, int i)
{
	char text[32];

	snprintf(text, sizeof(text), "upstream %d", i);
	hash_of(k, NULL, str_c(text));
}

static void each_has_a_place(void **state)
{
	struct board *b = calloc(1, sizeof(*b));
	struct board_breaker *place[BOARD_BREAKERS];
	struct key k;
	int i, j;

	(void)state;
	for (i = 0; i < BOARD_BREAKERS; i++) {
		name(&k, i);
		assert_null(breaker_seen(b, &k));
		place[i] = breaker_find(b, &k);
		assert_non_null(place[i]);
		for (j = 0; j < i; j++)
			assert_ptr_not_equal(place[i], place[j]);
	}
	name(&k, BOARD_BREAKERS);
	assert_null(breaker_find(b, &k));
	assert_null(breaker_seen(b, &k));
	for (i = 0; i < BOARD_BREAKERS; i++) {
		name(&k, i);
		assert_ptr_equal(place[i], breaker_find(b, &k));
		assert_ptr_equal(place[i], breaker_seen(b, &k));
	}
	free(b);
}

/* A configuration that changes often leaves places behind. */
static void what_nobody_uses_is_given_to_another(void **state)
{
	struct board *b = calloc(1, sizeof(*b));
	struct board_row r = { b->breaker, sizeof(*b->breaker),
			       BOARD_BREAKERS };
	struct board_breaker *p, *old;
	uint64_t id;

	(void)state;
	for (id = 1; id <= BOARD_BREAKERS; id++) {
		p = board_lease(&r, id, T0 + (int64_t)id);
		p->row = id;
	}
	old = board_seen(&r, 1);
	assert_null(board_lease(&r, 1000, T0 + 3600000));
	p = board_lease(&r, 1000, T0 + 3600001);
	assert_ptr_equal(p, old);
	assert_int_equal(0, p->row);
	assert_ptr_equal(p, board_lease(&r, 1000, T0 + 3600001));
	assert_null(board_seen(&r, 1));
	assert_null(board_lease(&r, 1, T0 + 3600001));
	/* Asking for it keeps it. */
	p = board_lease(&r, 2, T0 + 3600001);
	assert_ptr_not_equal(p, board_lease(&r, 1, T0 + 3600003));
	assert_int_equal(2, p->id);
	/* Another boot: nobody is known to have used any. */
	assert_non_null(board_lease(&r, 2000, 5000));
	free(b);
}

/* --- many at once, in threads and in processes --- */

#define ROUNDS 200

struct crowd {
	pthread_barrier_t start;
	struct board_breaker b;
	struct breaker_conf conf;
	int64_t now_ms, steps; /* of those so many a millisecond */
	int pace;
	int probes, opened, inside, most, told; /* atomic */
};

static void count(int *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_SEQ_CST);
}

static void *fail_together(void *arg)
{
	struct crowd *c = arg;
	struct breaker_turn t;
	int i;

	breaker_use(&c->b, &conf, c->now_ms, &t);
	for (i = 0; i < 3; i++)
		if (breaker_bad(&c->b, &conf, &t, c->now_ms, 0))
			count(&c->opened);
	return NULL;
}

static void *try_together(void *arg)
{
	struct crowd *c = arg;
	struct breaker_turn t;
	int i;

	pthread_barrier_wait(&c->start);
	for (i = 0; i < 100; i++)
		if (breaker_use(&c->b, &conf, c->now_ms + 1000, &t) ==
		    BREAKER_PROBE)
			count(&c->probes);
	return NULL;
}

static void go(void *(*run)(void *), struct crowd *c)
{
	pthread_t t[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		assert_int_equal(0, pthread_create(&t[i], NULL, run, c));
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
}

static void there_is_one_opening_and_one_prober(void **state)
{
	int round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		struct crowd c = { .now_ms = T0, .b.id = 1 };

		go(fail_together, &c);
		assert_int_equal(1, c.opened);
		assert_int_equal(1, c.b.opened);
		assert_int_equal(1, c.b.shuts);
		pthread_barrier_init(&c.start, NULL, THREADS);
		go(try_together, &c);
		pthread_barrier_destroy(&c.start);
		assert_int_equal(1, c.probes);
	}
}

static void probe(struct crowd *c)
{
	int in = __atomic_add_fetch(&c->inside, 1, __ATOMIC_SEQ_CST);

	if (in > 1)
		__atomic_store_n(&c->most, in, __ATOMIC_SEQ_CST);
	count(&c->probes);
	sched_yield();
	__atomic_sub_fetch(&c->inside, 1, __ATOMIC_SEQ_CST);
}

/* Everything at once, with time that goes on: probes end well, badly, or say
 * nothing. */
static void churn(struct crowd *c, uint64_t x, int steps)
{
	struct breaker_turn t;
	int64_t now;
	int i;

	for (i = 0; i < steps; i++) {
		now = T0 + __atomic_add_fetch(&c->steps, 1, __ATOMIC_SEQ_CST) /
			   c->pace;
		if (breaker_use(&c->b, &c->conf, now, &t) == BREAKER_OPEN)
			continue;
		count(&c->told);
		if (t.as == BREAKER_PROBE)
			probe(c);
		if (stir(&x) % 8 < 6)
			breaker_bad(&c->b, &c->conf, &t, now, stir(&x));
		else if (stir(&x) % 2)
			breaker_good(&c->b, &c->conf, &t, now);
		else
			breaker_let(&c->b, &t);
	}
}

/* Those who are only slow are not to count as dead here, so there is less
 * time in all than clocks may differ by. */
static void be_patient(struct crowd *c)
{
	c->pace = 16;
	c->conf = conf;
	c->conf.first_ms = 5;
	c->conf.most_ms = 20;
	c->conf.probe_ms = 1000000;
}

static void *churn_thread(void *arg)
{
	churn(arg, (uint64_t)(uintptr_t)&arg | 1, 2000);
	return NULL;
}

static void threads_probe_one_at_a_time(void **state)
{
	struct crowd c = { .b.id = 1 };

	(void)state;
	be_patient(&c);
	go(churn_thread, &c);
	assert_true(c.probes > 5);
	assert_int_equal(0, c.most);
	assert_true(c.told > c.probes);
}

static void processes_probe_one_at_a_time(void **state)
{
	struct crowd *c = shared(sizeof(*c));
	pid_t pid[4];
	int i;

	(void)state;
	be_patient(c);
	for (i = 0; i < 4; i++) {
		pid[i] = fork_tied();
		if (pid[i] == 0) {
			churn(c, (uint64_t)i + 1, 5000);
			_exit(0);
		}
	}
	for (i = 0; i < 4; i++)
		exits_with(pid[i], 0);
	assert_true(c->probes > 5);
	assert_int_equal(0, c->most);
	munmap(c, sizeof(*c));
}

/* Killed anywhere, a process leaves what others get along with. */
static void the_killed_hold_up_nobody(void **state)
{
	struct crowd *c = shared(sizeof(*c));
	uint64_t x = 4711, done;
	struct breaker_turn t;
	unsigned i, n = kills_wanted(40);
	int64_t now;
	pid_t pid;

	(void)state;
	c->pace = 1;
	c->conf = conf;
	for (i = 0; i < n; i++) {
		c->told = 0;
		pid = fork_tied();
		if (pid == 0) {
			churn(c, i + 1, 1 << 30);
			_exit(0);
		}
		do {
			sched_yield();
			done = (uint64_t)__atomic_load_n(&c->told,
							 __ATOMIC_SEQ_CST);
		} while (done < 20 + stir(&x) % 20);
		dies_killed(pid);
		c->inside = 0;
		c->steps += 4000; /* the most of both times */
		now = T0 + c->steps;
		breaker_use(&c->b, &conf, now, &t);
		assert_int_not_equal(BREAKER_OPEN, t.as);
		breaker_good(&c->b, &conf, &t, now);
		breaker_use(&c->b, &conf, now, &t);
		assert_int_equal(BREAKER_USE, t.as);
	}
	munmap(c, sizeof(*c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upstreams_are_left_alone_and_tried_again),
		cmocka_unit_test(a_share_of_failures_opens),
		cmocka_unit_test(no_percent_no_share),
		cmocka_unit_test(a_good_probe_forgets_the_window),
		cmocka_unit_test(many_calls_keep_their_share),
		cmocka_unit_test(off_is_off),
		cmocka_unit_test(looking_tells_all_and_changes_nothing),
		cmocka_unit_test(backoff_stays_in_its_bounds),
		cmocka_unit_test(damage_never_keeps_it_open_for_long),
		cmocka_unit_test(another_boots_times_do_not_count),
		cmocka_unit_test(an_opening_that_was_not_counted),
		cmocka_unit_test(cells_outlive_their_numbers),
		cmocka_unit_test(each_has_a_place),
		cmocka_unit_test(what_nobody_uses_is_given_to_another),
		cmocka_unit_test(there_is_one_opening_and_one_prober),
		cmocka_unit_test(threads_probe_one_at_a_time),
		cmocka_unit_test(processes_probe_one_at_a_time),
		cmocka_unit_test(the_killed_hold_up_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
