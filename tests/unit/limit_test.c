/* Who may ask an upstream now, who waits, and in which order. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/count.h"
#include "kill_help.h"
#include "store/limit.h"
#include "store/rate.h"

#define T0 100000000 /* some time after the machine started */
#define MINUTE_MS 60000

/* --- so many at once --- */

static const struct limit_conf two = { .concurrent = 2, .queue = 3 };

/* Requests are called by letters, small ones of tenant 1, capitals of 2. */
enum event { GO = LIMIT_GO, WAIT = LIMIT_WAIT, FULL = LIMIT_FULL, DONE, LEAVE,
	     BEAT };

struct step {
	int64_t ms; /* after T0; 0 ends a story */
	char who;
	enum event event;
};

struct story {
	const char *what;
	struct step step[24];
};

static const struct story stories[] = {
	{ "two at once", { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT } } },
	{ "the next when one is done",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 2, 'a', DONE },
	    { 3, 'c', GO }, { 4, 'a', WAIT } } },
	{ "three may wait",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 1, 'd', WAIT },
	    { 1, 'e', WAIT }, { 1, 'f', FULL }, { 2, 'd', LEAVE },
	    { 2, 'f', WAIT }, { 2, 'd', FULL } } },
	{ "who comes later does not overtake",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 2, 'a', DONE },
	    { 3, 'd', WAIT }, { 4, 'c', GO }, { 5, 'b', DONE },
	    { 6, 'd', GO } } },
	{ "nor one that waits too",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 1, 'd', WAIT },
	    { 2, 'a', DONE }, { 3, 'd', WAIT }, { 4, 'c', GO } } },
	{ "another tenant, which had no turn yet, must wait but goes first",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 2, 'a', DONE },
	    { 3, 'D', WAIT }, { 4, 'c', WAIT }, { 5, 'D', GO },
	    { 6, 'b', DONE }, { 7, 'c', GO } } },
	{ "where there is room for both the second need not wait",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 1, 'd', WAIT },
	    { 2, 'a', DONE }, { 2, 'b', DONE }, { 3, 'd', GO },
	    { 3, 'e', WAIT }, { 4, 'c', GO } } },
	{ "tenants in turn, first who had none yet",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 1, 'd', WAIT },
	    { 2, 'E', WAIT }, { 3, 'F', WAIT }, { 4, 'a', DONE },
	    { 5, 'c', WAIT }, { 5, 'F', WAIT }, { 5, 'E', GO },
	    { 6, 'b', DONE }, { 7, 'd', WAIT }, { 7, 'F', WAIT },
	    { 8, 'c', GO }, { 9, 'E', DONE }, { 10, 'd', WAIT },
	    { 10, 'F', GO } } },
	{ "a full queue makes room for one whose turn is sooner",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 1, 'd', WAIT },
	    { 1, 'e', WAIT }, { 2, 'F', WAIT }, { 3, 'd', WAIT },
	    { 4, 'e', FULL }, { 5, 'e', FULL }, { 6, 'G', WAIT },
	    { 7, 'd', FULL }, { 8, 'c', WAIT }, { 8, 'H', FULL } } },
	{ "who leaves holds up nobody",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 1, 'd', WAIT },
	    { 2, 'a', DONE }, { 2, 'c', LEAVE }, { 3, 'd', GO } } },
	{ "leaving and done do nothing to others",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 2, 'a', LEAVE },
	    { 2, 'c', DONE }, { 2, 'd', LEAVE }, { 2, 'e', DONE },
	    { 3, 'c', WAIT }, { 3, 'a', DONE }, { 3, 'a', DONE },
	    { 4, 'c', GO }, { 4, 'd', WAIT } } },
	{ "a dead holder's slot comes back",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 9000, 'b', BEAT },
	    { 10000, 'c', WAIT }, { 10001, 'c', GO }, { 10002, 'd', WAIT } } },
	{ "a holder that was only slow cannot give it away",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 9000, 'b', BEAT },
	    { 10001, 'c', GO }, { 10002, 'a', BEAT }, { 10003, 'a', DONE },
	    { 10004, 'd', WAIT }, { 18999, 'd', WAIT }, { 19000, 'd', GO } } },
	{ "it is slow but nobody wanted it",
	  { { 1, 'a', GO }, { 40000, 'a', BEAT }, { 40001, 'b', GO },
	    { 40002, 'c', WAIT } } },
	{ "who waits and is dead is passed over",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 2, 'd', WAIT },
	    { 500, 'd', WAIT }, { 900, 'a', DONE }, { 1000, 'd', WAIT },
	    { 1001, 'd', GO } } },
	{ "and if it was only slow, goes as soon as it can",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 2, 'd', WAIT },
	    { 2, 'e', WAIT }, { 500, 'd', WAIT }, { 500, 'e', WAIT },
	    { 1200, 'f', WAIT }, { 1201, 'g', FULL }, { 1202, 'd', WAIT },
	    { 1202, 'd', LEAVE }, { 1203, 'c', WAIT }, { 1204, 'a', DONE },
	    { 1205, 'e', WAIT }, { 1206, 'c', GO } } },
	{ "a beat keeps one that waits",
	  { { 1, 'a', GO }, { 1, 'b', GO }, { 1, 'c', WAIT }, { 1, 'd', WAIT },
	    { 900, 'c', BEAT }, { 900, 'd', BEAT }, { 1500, 'a', DONE },
	    { 1501, 'd', WAIT }, { 1502, 'c', GO } } },
};

static int act(struct board_limit *p, const struct limit_conf *c,
	       const struct step *s, struct limit_turn *t)
{
	uint64_t tenant = s->who < 'a' ? 2 : 1;

	if (s->event == DONE)
		limit_done(t, c, -1);
	else if (s->event == LEAVE)
		limit_leave(t);
	else if (s->event == BEAT)
		limit_beat(t, T0 + s->ms);
	else
		return (int)limit_ask(p, c, tenant, 0, T0 + s->ms, t);
	return (int)s->event;
}

static void turns_are_taken(void **state)
{
	const struct step *s;
	size_t i;
	int says;

	(void)state;
	for (i = 0; i < COUNT_OF(stories); i++) {
		struct board_limit p = { .id = 1 };
		struct limit_turn turn[8] = { { .place = NULL } };

		for (s = stories[i].step; s->ms; s++) {
			says = act(&p, &two, s, &turn[(s->who | 32) - 'a']);
			if (says != (int)s->event)
				fail_msg("%s: %c at %lld: %d, not %d",
					 stories[i].what, s->who,
					 (long long)s->ms, says, s->event);
		}
	}
}

static void without_limits_all_go(void **state)
{
	struct limit_conf none = { .queue = 0 };
	struct board_limit p = { .id = 1 };
	struct limit_turn t = { .place = NULL };

	(void)state;
	assert_int_equal(LIMIT_GO, limit_ask(&p, &none, 1, 9, T0, &t));
	limit_beat(&t, T0);
	limit_done(&t, &none, 9);
	assert_int_equal(LIMIT_GO, limit_ask(NULL, &two, 1, 9, T0, &t));
	limit_leave(&t);
	limit_done(&t, &two, 9);
}

static void no_queue_no_waiting(void **state)
{
	struct limit_conf c = { .concurrent = 1 };
	struct board_limit p = { .id = 1 };
	struct limit_turn a = { .place = NULL }, b = { .place = NULL };

	(void)state;
	assert_int_equal(LIMIT_GO, limit_ask(&p, &c, 1, 0, T0, &a));
	assert_int_equal(LIMIT_FULL, limit_ask(&p, &c, 1, 0, T0, &b));
	limit_done(&a, &c, -1);
	assert_int_equal(LIMIT_GO, limit_ask(&p, &c, 1, 0, T0, &b));
}

static void more_than_there_is_room_for(void **state)
{
	struct limit_conf c = { .concurrent = 9999, .queue = 9999 };
	struct limit_turn t[LIMIT_CONCURRENT + LIMIT_QUEUE + 1] = {
		{ .place = NULL }
	};
	struct board_limit p = { .id = 1 };
	struct limit_state s;
	int i;

	(void)state;
	for (i = 0; i < (int)COUNT_OF(t); i++)
		assert_int_equal(limit_ask(&p, &c, 1, 0, T0, &t[i]),
				 i < LIMIT_CONCURRENT ? LIMIT_GO :
				 i < LIMIT_CONCURRENT + LIMIT_QUEUE ?
				 LIMIT_WAIT : LIMIT_FULL);
	limit_look(&p, &c, T0, &s);
	assert_int_equal(LIMIT_CONCURRENT, s.running);
	assert_int_equal(LIMIT_QUEUE, s.waiting);
}

/* --- tenants in turn --- */

struct guest {
	struct limit_turn turn;
	uint64_t tenant;
	bool gone;
};

/* One goes, then another; who waits asks in any order. Writes down the
 * tenants in the order in which they went. */
static int serve(struct board_limit *p, const struct limit_conf *c,
		 struct guest *g, int n, int64_t *now, uint64_t *went)
{
	uint64_t x = 99;
	int left = n, served = 0, i;

	for (i = 0; i < n; i++)
		left -= g[i].gone;
	while (left > 0) {
		i = (int)(stir(&x) % (unsigned)n);
		*now += 1;
		if (g[i].gone)
			continue;
		if (limit_ask(p, c, g[i].tenant, 0, *now, &g[i].turn) !=
		    LIMIT_GO) {
			for (i = 0; i < n; i++) /* all are awake */
				limit_beat(&g[i].turn, *now);
			continue;
		}
		went[served++] = g[i].tenant;
		g[i].gone = true;
		limit_done(&g[i].turn, c, -1);
		left--;
	}
	return served;
}

static void arrive(struct board_limit *p, const struct limit_conf *c,
		   struct guest *g, uint64_t tenant, int64_t now)
{
	g->tenant = tenant;
	assert_int_equal(LIMIT_WAIT, limit_ask(p, c, tenant, 0, now,
					       &g->turn));
}

static const struct limit_conf one = { .concurrent = 1, .queue = 64 };

static void sixty_do_not_hold_up_one(void **state)
{
	struct board_limit p = { .id = 1 };
	struct guest g[61] = { { .gone = false } };
	struct limit_turn first = { .place = NULL };
	uint64_t went[61];
	int64_t now = T0;
	int i;

	(void)state;
	assert_int_equal(LIMIT_GO, limit_ask(&p, &one, 9, 0, now, &first));
	for (i = 0; i < 60; i++)
		arrive(&p, &one, &g[i], 1, now);
	arrive(&p, &one, &g[60], 2, now);
	limit_done(&first, &one, -1);
	assert_int_equal(61, serve(&p, &one, g, 61, &now, went));
	assert_int_equal(1, went[0]);
	assert_int_equal(2, went[1]);
}

/* Also when some of the sixty have gone before, round after round. */
static void nor_one_that_comes_later(void **state)
{
	struct board_limit p = { .id = 1 };
	struct guest g[62] = { { .gone = false } };
	struct limit_turn first = { .place = NULL };
	uint64_t went[62];
	int64_t now = T0;
	int i;

	(void)state;
	assert_int_equal(LIMIT_GO, limit_ask(&p, &one, 9, 0, now, &first));
	for (i = 0; i < 20; i++)
		arrive(&p, &one, &g[i], 1, now);
	limit_done(&first, &one, -1);
	assert_int_equal(20, serve(&p, &one, g, 20, &now, went));
	assert_int_equal(LIMIT_GO, limit_ask(&p, &one, 9, 0, now, &first));
	for (i = 20; i < 60; i++)
		arrive(&p, &one, &g[i], 1, now);
	arrive(&p, &one, &g[60], 2, now);
	arrive(&p, &one, &g[61], 2, now);
	limit_done(&first, &one, -1);
	assert_int_equal(42, serve(&p, &one, g, 62, &now, went));
	assert_int_equal(2, went[0]);
	assert_int_equal(1, went[1]);
	assert_int_equal(2, went[2]);
}

static void many_tenants_go_round(void **state)
{
	struct board_limit p = { .id = 1 };
	struct guest g[60] = { { .gone = false } };
	struct limit_turn first = { .place = NULL };
	uint64_t went[60];
	int64_t now = T0;
	int i, seen = 0;

	(void)state;
	assert_int_equal(LIMIT_GO, limit_ask(&p, &one, 9, 0, now, &first));
	for (i = 0; i < 60; i++) /* ten of each of six, one after another */
		arrive(&p, &one, &g[i], 1 + (uint64_t)i / 10, now);
	limit_done(&first, &one, -1);
	assert_int_equal(60, serve(&p, &one, g, 60, &now, went));
	for (i = 0; i < 60; i++) {
		if (i % 6 == 0)
			seen = 0;
		seen |= 1 << went[i];
		if (i % 6 == 5)
			assert_int_equal(0x7e, seen);
	}
}

/* Who asks one at a time, all the time, is no better off than who asks for
 * all at once. */
static void one_at_a_time_is_not_favoured(void **state)
{
	struct board_limit p = { .id = 1 };
	struct guest many[40] = { { .gone = false } };
	struct limit_turn single = { .place = NULL }, run = { .place = NULL };
	int64_t now = T0;
	int i, went[2] = { 0, 0 };

	(void)state;
	assert_int_equal(LIMIT_GO, limit_ask(&p, &one, 9, 0, now, &run));
	for (i = 0; i < 40; i++)
		arrive(&p, &one, &many[i], 1, now);
	while (went[0] < 20) {
		limit_ask(&p, &one, 2, 0, ++now, &single);
		limit_done(&run, &one, -1);
		for (i = 0; i < 40; i++) {
			if (many[i].gone || limit_ask(&p, &one, 1, 0, now,
						      &many[i].turn))
				continue;
			many[i].gone = true;
			run = many[i].turn;
			went[0]++;
		}
		if (single.wait && !limit_ask(&p, &one, 2, 0, now, &single)) {
			run = single;
			single = (struct limit_turn){ .place = NULL };
			went[1]++;
		}
	}
	assert_in_range(went[1], 19, 21);
}

/* --- so many a minute --- */

static void costs_are_exact(void **state)
{
	static const struct {
		int64_t per_minute, n, ns;
	} cost[] = {
		{ 0, 5, 0 }, { 60, 0, 0 }, { 60, -1, 0 }, { 60, 1, 1000000000 },
		{ 60, 59, 59000000000 }, { 60, 60, 60000000000 },
		{ 60, 61, 60000000000 }, { 60, INT64_MAX, 60000000000 },
		{ 7, 1, 8571428572 }, { 100000000, 1, 600 },
		{ 2000000000, 1, 30 }, { 2147483648, 1, 28 },
		{ 2147483648, 1000000000, 27939677239 },
		{ 2147483648, 2147483647, 59999999973 },
		{ INT64_MAX, 1, 1 }, { INT64_MAX, INT64_MAX, 60000000000 },
		{ -5, 1, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(cost); i++)
		assert_int_equal(rate_cost_ns(cost[i].per_minute, cost[i].n),
				 cost[i].ns);
}

/* What is larger than the bucket goes when that is full, and first. */
static void buckets_are_shared(void **state)
{
	const int64_t s = 1000000000, now = 1000 * s;
	static const struct {
		int64_t owed_s, ahead_s, cost_s;
		bool fits;
	} row[] = {
		{ 0, 0, 10, true },  { 0, 0, 11, true },  { 0, 1, 9, true },
		{ 0, 1, 10, false }, { 0, 1, 11, false }, { 1, 0, 9, true },
		{ 1, 0, 10, false }, { 10, 0, 0, true },  { 11, 0, 0, false },
		{ 0, 60, 0, false }, { -999, 1, 10, false },
	};
	int64_t full;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(row); i++) {
		full = now + row[i].owed_s * s;
		assert_int_equal(row[i].fits,
				 rate_fits(&full, row[i].ahead_s * s,
					   row[i].cost_s * s, now));
		assert_int_equal(row[i].fits,
				 rate_take(&full, row[i].ahead_s * s,
					   row[i].cost_s * s, now));
	}
}

/* As many as want, every so many ms for a minute, after a sleep. */
static int64_t minute_of(const struct limit_conf *c, int64_t tokens,
			 int64_t every_ms, int64_t start_ms)
{
	struct board_limit p = { .id = 1, .requests_ns = start_ms,
				 .tokens_ns = start_ms };
	struct limit_turn t = { .place = NULL };
	int64_t ms, sum = 0;

	for (ms = 0; ms < MINUTE_MS; ms += every_ms)
		while (limit_ask(&p, c, 1, tokens, T0 + ms, &t) == LIMIT_GO) {
			limit_done(&t, c, -1);
			sum++;
		}
	return sum;
}

static void requests_a_minute(void **state)
{
	static const int64_t rate[] = { 6, 7, 13, 60, 61, 500, 999, 3500,
					10000, 77777, 1000000 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rate); i++) {
		struct limit_conf c = { .requests = rate[i] };
		int64_t n = minute_of(&c, 0, 20, 0);

		if (n > rate[i] + rate[i] / 6 + 1 ||
		    n * 100 < rate[i] * 95)
			fail_msg("%lld a minute: %lld", (long long)rate[i],
				 (long long)n);
	}
}

static void tokens_a_minute(void **state)
{
	static const struct {
		int64_t rate, each;
	} row[] = { { 1000, 7 }, { 40000, 333 }, { 90000, 14999 },
		    { 2000000, 1234 }, { 2147483647, 1234567 },
		    { 60, 1 }, { 6, 1 } };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(row); i++) {
		struct limit_conf c = { .tokens = row[i].rate };
		int64_t n = minute_of(&c, row[i].each, 20, 0) * row[i].each;

		if (n > row[i].rate + row[i].rate / 6 + row[i].each ||
		    n * 100 < row[i].rate * 95)
			fail_msg("%lld a minute: %lld",
				 (long long)row[i].rate, (long long)n);
	}
}

/* A queue does not slow it down: 48 ask every 20 ms, each at its own time. */
static void a_queue_keeps_the_rate(void **state)
{
	struct limit_conf c = { .requests = 30000, .queue = 64 };
	struct board_limit p = { .id = 1 };
	struct limit_turn t[48] = { { .place = NULL } };
	int64_t ms;
	int n = 0, i;

	(void)state;
	for (ms = 0; ms < MINUTE_MS; ms++) {
		for (i = (int)(ms % 20); i < 48; i += 20) {
			if (limit_ask(&p, &c, (uint64_t)i % 3, 0, T0 + ms,
				      &t[i]) != LIMIT_GO)
				continue;
			limit_done(&t[i], &c, -1);
			n++;
		}
	}
	/* 48 every 20 ms would be 144000. */
	assert_in_range(n, 30000 * 95 / 100, 35000 + 1);
}

/* Very slow rates still let somebody through. */
static void less_than_one_at_once(void **state)
{
	struct limit_conf c = { .requests = 2 };
	struct board_limit p = { .id = 1 };
	struct limit_turn t = { .place = NULL };
	struct limit_state s;

	(void)state;
	limit_look(&p, &c, T0, &s);
	assert_int_equal(1, s.requests_left);
	assert_int_equal(LIMIT_GO, limit_ask(&p, &c, 1, 0, T0, &t));
	limit_done(&t, &c, -1);
	assert_int_equal(LIMIT_FULL, limit_ask(&p, &c, 1, 0, T0 + 29999, &t));
	limit_look(&p, &c, T0 + 10000, &s);
	assert_int_equal(0, s.requests_left);
	assert_int_equal(20000, s.retry_ms);
	assert_int_equal(20000, s.requests_full_ms);
	assert_int_equal(LIMIT_GO, limit_ask(&p, &c, 1, 0, T0 + 30000, &t));
}

/* --- what was used in the end --- */

static const struct limit_conf budget = { .requests = 60, .tokens = 60000,
					  .queue = 64 };

static void looks(const struct board_limit *p, int64_t ms, int64_t requests,
		  int64_t tokens)
{
	struct limit_state s;

	limit_look(p, &budget, ms, &s);
	assert_int_equal(requests, s.requests_left);
	assert_int_equal(tokens, s.tokens_left);
}

static void guesses_are_put_right(void **state)
{
	static const struct {
		int64_t guess, used, requests, tokens;
	} row[] = {
		{ 4000, 4000, 9, 6000 }, { 4000, -1, 9, 6000 },
		{ 4000, 1000, 9, 9000 }, { 4000, 9000, 9, 1000 },
		{ 4000, 0, 10, 10000 },  { 4000, 30000, 9, 0 },
		{ 0, 500, 9, 9500 },     { -7, 500, 9, 9500 },
		{ 1000000000, 500, 9, 9500 }, { 1000000000, 0, 10, 10000 },
		{ 1000000000, -1, 9, 0 },
	};
	struct limit_turn t = { .place = NULL };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(row); i++) {
		struct board_limit p = { .id = 1 };

		looks(&p, T0, 10, 10000);
		assert_int_equal(LIMIT_GO, limit_ask(&p, &budget, 1,
						     row[i].guess, T0, &t));
		limit_done(&t, &budget, row[i].used);
		looks(&p, T0, row[i].requests, row[i].tokens);
		/* A minute later nothing is owed, nor lent. */
		looks(&p, T0 + MINUTE_MS, 10, 10000);
	}
}

/* Long after it was taken, the bucket full since: what was used more is
 * missed now. */
static void late_corrections_count(void **state)
{
	struct board_limit p = { .id = 1 };
	struct limit_turn t = { .place = NULL };

	(void)state;
	assert_int_equal(LIMIT_GO, limit_ask(&p, &budget, 1, 1000, T0, &t));
	limit_beat(&t, T0 + 300000);
	looks(&p, T0 + 300000, 10, 10000);
	limit_done(&t, &budget, 9000);
	looks(&p, T0 + 300000, 10, 2000);
	assert_int_equal(LIMIT_GO, limit_ask(&p, &budget, 1, 1000,
					     T0 + 300000, &t));
	limit_beat(&t, T0 + 600000);
	limit_done(&t, &budget, 0); /* nothing to give back any more */
	looks(&p, T0 + 600000, 10, 10000);
}

static void what_is_owed_is_a_minute_at_most(void **state)
{
	struct board_limit p = { .id = 1 };
	struct limit_turn t[5] = { { .place = NULL } };
	struct limit_state s;
	int i;

	(void)state;
	for (i = 0; i < 5; i++)
		assert_int_equal(LIMIT_GO, limit_ask(&p, &budget, 1, 0, T0,
						     &t[i]));
	for (i = 0; i < 5; i++)
		limit_done(&t[i], &budget, i ? 2000000000 : 45000);
	limit_look(&p, &budget, T0, &s);
	assert_int_equal(MINUTE_MS, s.tokens_full_ms);
	/* Told by one whose clock is behind, it is no more, and no less. */
	assert_int_equal(LIMIT_WAIT, limit_ask(&p, &budget, 1, 0, T0 - 1500,
					       &t[0]));
	assert_int_equal(LIMIT_WAIT, limit_ask(&p, &budget, 1, 0, T0 + 49999,
					       &t[0]));
	assert_int_equal(LIMIT_GO, limit_ask(&p, &budget, 1, 0, T0 + 50000,
					     &t[0]));
}

static void larger_than_the_bucket(void **state)
{
	struct board_limit p = { .id = 1 };
	struct limit_turn a = { .place = NULL }, b = a, c = a;

	(void)state;
	assert_int_equal(LIMIT_GO, limit_ask(&p, &budget, 9, 1000, T0, &a));
	assert_int_equal(LIMIT_WAIT, limit_ask(&p, &budget, 1, 30000, T0,
					       &b));
	/* What would fit waits behind it. */
	assert_int_equal(LIMIT_WAIT, limit_ask(&p, &budget, 2, 10, T0, &c));
	assert_int_equal(LIMIT_WAIT, limit_ask(&p, &budget, 1, 30000, T0 + 999,
					       &b));
	assert_int_equal(LIMIT_WAIT, limit_ask(&p, &budget, 2, 10, T0 + 999,
					       &c));
	assert_int_equal(LIMIT_GO, limit_ask(&p, &budget, 1, 30000, T0 + 1000,
					     &b));
	assert_int_equal(LIMIT_WAIT, limit_ask(&p, &budget, 2, 10, T0 + 1000,
					       &c));
	limit_beat(&c, T0 + 1900);
	limit_done(&b, &budget, 100);
	assert_int_equal(LIMIT_GO, limit_ask(&p, &budget, 2, 10, T0 + 1900,
					     &c));
}

/* What does not fit one bucket takes nothing from another. */
static void all_or_nothing(void **state)
{
	struct limit_conf c = { .concurrent = 2, .requests = 60,
				.tokens = 60000, .queue = 64 };
	struct board_limit p = { .id = 1 };
	struct limit_turn a = { .place = NULL }, b = a;
	struct limit_state s;
	int i;

	(void)state;
	assert_int_equal(LIMIT_GO, limit_ask(&p, &c, 1, 9000, T0, &a));
	for (i = 0; i < 30; i++)
		assert_int_equal(LIMIT_WAIT, limit_ask(&p, &c, 1, 2000,
						       T0, &b));
	limit_look(&p, &c, T0, &s);
	assert_int_equal(9, s.requests_left);
	assert_int_equal(1000, s.tokens_left);
	assert_int_equal(1, s.running);
	assert_int_equal(1, s.waiting);
	assert_int_equal(0, s.retry_ms);
}

static void people_are_told_when(void **state)
{
	struct limit_conf c = { .requests = 60 };
	struct board_limit p = { .id = 1 };
	struct limit_turn t = { .place = NULL };
	struct limit_state s;
	int i;

	(void)state;
	limit_look(NULL, &c, T0, &s);
	assert_int_equal(10, s.requests_left);
	assert_int_equal(0, s.tokens_left);
	for (i = 0; i < 10; i++) {
		assert_int_equal(LIMIT_GO, limit_ask(&p, &c, 1, 0, T0, &t));
		limit_done(&t, &c, -1);
	}
	limit_look(&p, &c, T0 + 300, &s);
	assert_int_equal(0, s.requests_left);
	assert_int_equal(9700, s.requests_full_ms);
	assert_int_equal(700, s.retry_ms);
	assert_int_equal(LIMIT_FULL, limit_ask(&p, &c, 1, 0, T0 + 999, &t));
	assert_int_equal(LIMIT_GO, limit_ask(&p, &c, 1, 0, T0 + 1000, &t));
}

/* --- a board that lies --- */

static void scramble(struct board_limit *p, uint64_t *x)
{
	static const int64_t bad[] = { 0, 1, -1, INT64_MAX, INT64_MIN, T0,
				       -T0, T0 + 2000, T0 + 2001, T0 - 29999,
				       T0 * 1000000LL,
				       (T0 + 62000) * 1000000LL,
				       (T0 + 62001) * 1000000LL };
	uint64_t *word = (uint64_t *)p, n;
	size_t i;

	for (i = 0; i < sizeof(*p) / 8; i++) {
		n = stir(x);
		word[i] = n % 4 ? (uint64_t)bad[n / 4 % COUNT_OF(bad)] : n;
	}
}

/* Whatever is on the board: who asks every 20 ms goes when that is a minute
 * and what clocks may differ by ago, and others after it. */
static void damage_holds_up_nobody_for_long(void **state)
{
	struct limit_conf c = { .concurrent = 3, .requests = 600,
				.tokens = 6000, .queue = 5 };
	struct limit_turn t[6];
	struct board_limit p;
	uint64_t x = 2463534242ULL;
	int i, j, ms, went;

	(void)state;
	for (i = 0; i < 100; i++) {
		scramble(&p, &x);
		memset(t, 0, sizeof(t));
		for (ms = went = 0; went < 3 && ms < 63000; ms += 20)
			for (j = 0; j < 3; j++)
				if (t[j].run)
					limit_beat(&t[j], T0 + ms);
				else if (limit_ask(&p, &c, (uint64_t)j, 5,
						   T0 + ms, &t[j]) == LIMIT_GO)
					went++;
		assert_int_equal(3, went);
		assert_int_not_equal(LIMIT_GO, limit_ask(&p, &c, 9, 5, T0 + ms,
							 &t[3]));
	}
}

static void another_boots_times_do_not_count(void **state)
{
	struct limit_turn t = { .place = NULL };
	struct board_limit p = { .id = 1 };
	struct limit_state s;
	int i;

	(void)state;
	p.requests_ns = p.tokens_ns = (T0 + 59000) * 1000000LL;
	for (i = 0; i < BOARD_RUN; i++)
		p.run_ms[i] = T0;
	for (i = 0; i < BOARD_WAIT; i++)
		p.wait[i].beat_ms = T0;
	limit_look(&p, &budget, 5000, &s);
	assert_int_equal(0, s.running);
	assert_int_equal(0, s.waiting);
	assert_int_equal(10, s.requests_left);
	assert_int_equal(LIMIT_GO, limit_ask(&p, &two, 1, 0, 5000, &t));
	limit_done(&t, &two, -1);
	assert_int_equal(LIMIT_GO, limit_ask(&p, &budget, 1, 1, 5000, &t));
}

/* One that waits was held up while it wrote, and wrote into what was
 * another's by then. */
static void two_never_wait_for_each_other(void **state)
{
	struct limit_turn run = { .place = NULL }, t[3] = { { NULL } };
	struct board_limit p = { .id = 1 };
	int i;

	(void)state;
	assert_int_equal(LIMIT_GO, limit_ask(&p, &one, 9, 0, T0, &run));
	for (i = 0; i < 3; i++)
		assert_int_equal(LIMIT_WAIT, limit_ask(&p, &one, 1, 0, T0,
						       &t[i]));
	p.wait[2].round = p.wait[2].order = 0;
	limit_done(&run, &one, -1);
	for (i = 0; i < 3; i++)
		limit_ask(&p, &one, 1, 0, T0 + 20, &t[i]);
	assert_int_equal(LIMIT_GO, limit_ask(&p, &one, 1, 0, T0 + 40, &t[0]));
}

/* A tenant is not put off for ever by a number that cannot be. */
static void rounds_are_not_believed_blindly(void **state)
{
	struct limit_turn t = { .place = NULL };
	struct board_limit p = { .id = 1, .round = 5 };

	(void)state;
	p.run_ms[0] = T0;
	p.wait[7] = (struct board_wait){ .beat_ms = T0, .tenant = 1,
					 .round = 1u << 30 };
	assert_int_equal(LIMIT_WAIT, limit_ask(&p, &one, 1, 0, T0, &t));
	assert_int_equal(5, t.round);
}

/* --- many at once, in threads and in processes --- */

#define THREADS 8
#define PROCESSES 4
#define AT_ONCE 3

struct crowd {
	struct board_limit p;
	struct limit_conf conf;
	int64_t steps;           /* atomic; so many a millisecond: */
	int pace;
	int inside[THREADS];     /* atomic */
	int most;                /* atomic */
	_Atomic uint64_t turns;
	int64_t used;            /* atomic: tokens */
	int left, full, next;    /* atomic */
};

static int64_t tick(struct crowd *c)
{
	int64_t steps = __atomic_add_fetch(&c->steps, 1, __ATOMIC_SEQ_CST);

	return T0 + steps / c->pace;
}

static void is_inside(struct crowd *c, int me)
{
	int n = 0, i;

	__atomic_store_n(&c->inside[me], 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < THREADS; i++)
		n += __atomic_load_n(&c->inside[i], __ATOMIC_SEQ_CST);
	if (n > __atomic_load_n(&c->most, __ATOMIC_SEQ_CST))
		__atomic_store_n(&c->most, n, __ATOMIC_SEQ_CST);
	sched_yield();
	__atomic_store_n(&c->inside[me], 0, __ATOMIC_SEQ_CST);
}

/* Asks again until it has a turn, or now and then leaves. */
static void churn(struct crowd *c, int me, int steps)
{
	struct limit_turn t = { .place = NULL };
	uint64_t x = (uint64_t)me + 1;
	int64_t tokens;
	int i;

	for (i = 0; i < steps; i++) {
		tokens = 1 + (int64_t)(stir(&x) % 99);
		switch (limit_ask(&c->p, &c->conf, (uint64_t)me % 3, 50,
				  tick(c), &t)) {
		case LIMIT_GO:
			is_inside(c, me);
			c->turns++;
			__atomic_fetch_add(&c->used, tokens, __ATOMIC_SEQ_CST);
			limit_beat(&t, tick(c));
			limit_done(&t, &c->conf, tokens);
			break;
		case LIMIT_WAIT:
			if (stir(&x) % 64 == 0)
				limit_leave(&t);
			sched_yield();
			break;
		case LIMIT_FULL:
			__atomic_fetch_add(&c->full, 1, __ATOMIC_SEQ_CST);
			break;
		}
	}
	limit_leave(&t);
}

static void *churn_thread(void *arg)
{
	struct crowd *c = arg;

	churn(c, __atomic_fetch_add(&c->next, 1, __ATOMIC_SEQ_CST), 4000);
	return NULL;
}

/* All is given back: so many turns at once, and none more. */
static void all_is_free(struct crowd *c, int64_t now)
{
	struct limit_turn t[AT_ONCE + 1] = { { .place = NULL } };
	struct limit_state s;
	int i;

	limit_look(&c->p, &c->conf, now, &s);
	assert_int_equal(0, s.running);
	assert_int_equal(0, s.waiting);
	for (i = 0; i <= AT_ONCE; i++)
		assert_int_equal(limit_ask(&c->p, &c->conf, 1, 1, now, &t[i]),
				 i < AT_ONCE ? LIMIT_GO : LIMIT_WAIT);
	limit_leave(&t[AT_ONCE]);
	for (i = 0; i < AT_ONCE; i++)
		limit_done(&t[i], &c->conf, 0);
}

static void threads_keep_to_the_limit(void **state)
{
	struct crowd c = { .pace = 64, .conf = { .concurrent = AT_ONCE,
						 .queue = 4 } };
	pthread_t t[THREADS];
	int i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(0, pthread_create(&t[i], NULL, churn_thread,
						   &c));
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_in_range(c.most, 1, AT_ONCE);
	assert_true(c.turns > 1000);
	all_is_free(&c, tick(&c));
}

static void start(struct crowd *c, pid_t *pid, int n, int steps)
{
	int i;

	for (i = 0; i < n; i++) {
		pid[i] = fork_tied();
		if (pid[i] == 0) {
			churn(c, i, steps);
			_exit(0);
		}
	}
}

static void processes_keep_to_the_limit(void **state)
{
	struct crowd *c = shared(sizeof(*c));
	pid_t pid[PROCESSES + 1];
	int i;

	(void)state;
	c->pace = 64;
	c->conf = (struct limit_conf){ .concurrent = AT_ONCE, .queue = 4,
				       .requests = 6000000,
				       .tokens = 300000000 };
	start(c, pid, PROCESSES + 1, 5000);
	for (i = 0; i <= PROCESSES; i++)
		exits_with(pid[i], 0);
	assert_in_range(c->most, 1, AT_ONCE);
	assert_true(c->turns > 1000);
	all_is_free(c, tick(c));
	munmap(c, sizeof(*c));
}

/* A minute of many, whose time is what they ask: never more than was said,
 * in requests or, by what was used in the end, in tokens. */
static void processes_keep_to_the_rate(void **state)
{
	static const struct limit_conf conf[] = {
		{ .requests = 1200, .queue = 64 },
		{ .tokens = 60000, .queue = 64 },
	};
	struct crowd *c = shared(sizeof(*c));
	pid_t pid[PROCESSES];
	int64_t ms, got, rate;
	int i, j;

	(void)state;
	for (i = 0; i < (int)COUNT_OF(conf); i++) {
		memset(c, 0, sizeof(*c));
		c->conf = conf[i];
		c->pace = 12;
		start(c, pid, PROCESSES, 30000);
		for (j = 0; j < PROCESSES; j++)
			exits_with(pid[j], 0);
		ms = c->steps / c->pace;
		got = i ? c->used : (int64_t)c->turns;
		rate = i ? conf[i].tokens : conf[i].requests;
		assert_true(got <= rate / 6 + rate * ms / MINUTE_MS +
				   (i ? PROCESSES * 100 : 1));
		assert_true(got >= rate * ms / MINUTE_MS * 95 / 100);
	}
	munmap(c, sizeof(*c));
}

/* Killed anywhere, among others that go on. */
static void the_killed_hold_up_nobody(void **state)
{
	struct crowd *c = shared(sizeof(*c));
	unsigned i, n = kills_wanted(25);
	uint64_t x = 4711;
	pid_t pid[PROCESSES];
	int j;

	(void)state;
	c->pace = 64;
	for (i = 0; i < n; i++) {
		c->conf = (struct limit_conf){ .concurrent = AT_ONCE,
					       .queue = 4,
					       .requests = 6000000 };
		c->turns = 0;
		start(c, pid, PROCESSES, 1 << 30);
		for (j = 0; j < PROCESSES; j++) {
			/* The dead may hold all there is. */
			kill_one(pid[j], &c->turns, j ? 0 : 20, 300000, &x);
			__atomic_store_n(&c->inside[j], 0, __ATOMIC_SEQ_CST);
		}
		assert_in_range(c->most, 1, AT_ONCE);
		c->steps += LIMIT_DEAD_MS * c->pace;
		all_is_free(c, tick(c));
	}
	munmap(c, sizeof(*c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_are_taken),
		cmocka_unit_test(without_limits_all_go),
		cmocka_unit_test(no_queue_no_waiting),
		cmocka_unit_test(more_than_there_is_room_for),
		cmocka_unit_test(sixty_do_not_hold_up_one),
		cmocka_unit_test(nor_one_that_comes_later),
		cmocka_unit_test(many_tenants_go_round),
		cmocka_unit_test(one_at_a_time_is_not_favoured),
		cmocka_unit_test(costs_are_exact),
		cmocka_unit_test(buckets_are_shared),
		cmocka_unit_test(requests_a_minute),
		cmocka_unit_test(tokens_a_minute),
		cmocka_unit_test(a_queue_keeps_the_rate),
		cmocka_unit_test(less_than_one_at_once),
		cmocka_unit_test(guesses_are_put_right),
		cmocka_unit_test(late_corrections_count),
		cmocka_unit_test(what_is_owed_is_a_minute_at_most),
		cmocka_unit_test(larger_than_the_bucket),
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(people_are_told_when),
		cmocka_unit_test(damage_holds_up_nobody_for_long),
		cmocka_unit_test(another_boots_times_do_not_count),
		cmocka_unit_test(two_never_wait_for_each_other),
		cmocka_unit_test(rounds_are_not_believed_blindly),
		cmocka_unit_test(threads_keep_to_the_limit),
		cmocka_unit_test(processes_keep_to_the_limit),
		cmocka_unit_test(processes_keep_to_the_rate),
		cmocka_unit_test(the_killed_hold_up_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
