/* Where marks are put on prompts, and what is learned for that. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/count.h"
#include "thrift/mark.h"

#define T0 1700000000000
#define MINUTE 60000

static struct mark_board board;

static struct mark_ask ask_at(int64_t ms)
{
	return (struct mark_ask){
		.board = &board,
		.terms = { 100, 1250, 2000, 1024, true },
		.who = 7, .now_ms = T0 + ms, .max = MARKS_MAX,
	};
}

static int fresh(void **state)
{
	(void)state;
	memset(&board, 0, sizeof(board));
	return 0;
}

/* --- a conversation, as serve puts it --- */

struct talk {
	size_t system, end; /* tokens */
	unsigned turn;
	bool known, system_known;
	char memory[MARK_MEMORY], system_memory[MARK_MEMORY];
	struct mark_point p[3]; /* of the last request: system, earlier end,
				 * end */
};

static void plan(const struct mark_ask *q, struct talk *t, size_t more)
{
	size_t n = 0, i;

	memset(t->p, 0, sizeof(t->p));
	t->p[0] = (struct mark_point){ .tokens = t->system, .system = true,
				       .known = t->system_known };
	memcpy(t->p[0].memory, t->system_memory, MARK_MEMORY);
	t->p[1] = (struct mark_point){ .tokens = t->end, .turn = t->turn,
				       .known = t->known };
	memcpy(t->p[1].memory, t->memory, MARK_MEMORY);
	t->turn += t->known ? 2 : 1;
	t->end = (t->known ? t->end : t->system) + more;
	t->p[2] = (struct mark_point){ .tokens = t->end, .turn = t->turn,
				       .last = true };
	n = t->known ? 0 : 1; /* no earlier end: the slot is not used */
	if (n)
		t->p[1] = t->p[0];
	mark_plan(q, t->p + n, 3 - n);
	mark_sent(q, t->p + n, 3 - n);
	if (n)
		t->p[0] = t->p[1], t->p[1] = (struct mark_point){ 0 };
	for (i = 0; i < 3; i++)
		if (t->p[i].remember)
			assert_true(t->p[i].keep_ms > 0);
	memcpy(t->memory, t->p[2].memory, MARK_MEMORY);
	t->known = t->p[2].remember;
	memcpy(t->system_memory, t->p[0].memory, MARK_MEMORY);
	t->system_known = t->p[0].remember;
}

/* n conversations of so many turns, one begun every `every` ms. */
static struct talk talks(int64_t from, int n, int64_t every, int turns,
			 int64_t gap, size_t more)
{
	struct talk t[256];
	int64_t ms, end = n * every + turns * gap;
	struct mark_ask q;
	int i;

	assert_true(n <= (int)COUNT_OF(t));
	memset(t, 0, sizeof(t));
	for (ms = 0; ms < end; ms += 1000)
		for (i = 0; i < n; i++)
			if (ms >= i * every && (ms - i * every) % gap == 0 &&
			    (ms - i * every) / gap < turns) {
				q = ask_at(from + ms);
				plan(&q, &t[i], more);
			}
	return t[n - 1];
}

/* --- at first --- */

static void test_begins(void **state)
{
	static const struct {
		const char *what;
		size_t system, more;
		unsigned max;
		bool marked, end;
	} rows[] = {
		{ "long system text", 3000, 100, 4, true, true },
		{ "system text too short", 1023, 100, 4, false, true },
		{ "all too short", 500, 500, 4, false, false },
		{ "none may be set", 3000, 100, 0, false, false },
		{ "one may be set", 3000, 100, 1, false, true },
	};
	struct mark_ask q;
	struct talk t;
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		fresh(state);
		q = ask_at(0);
		q.max = rows[i].max;
		t = (struct talk){ .system = rows[i].system };
		plan(&q, &t, rows[i].more);
		if ((t.p[0].mark != MARK_NONE) != rows[i].marked ||
		    (t.p[2].mark != MARK_NONE) != rows[i].end)
			fail_msg("%s", rows[i].what);
		assert_int_not_equal(t.p[0].mark, MARK_1H);
		assert_int_equal(t.p[2].remember,
				 rows[i].system + rows[i].more >= 1024);
	}
}

/* What is cached is read, and all that is new is written behind it. */
static void test_second_turn(void **state)
{
	struct talk t = { .system = 2000 };
	struct mark_ask q = ask_at(0);

	(void)state;
	plan(&q, &t, 500);
	q = ask_at(MINUTE);
	plan(&q, &t, 500);
	assert_int_equal(t.p[0].mark, MARK_5M);
	assert_int_equal(t.p[1].mark, MARK_5M);
	assert_int_equal(t.p[2].mark, MARK_5M);
	q = ask_at(2 * MINUTE);
	q.max = 1; /* what is read comes first */
	plan(&q, &t, 500);
	assert_int_equal(t.p[1].mark, MARK_5M);
	assert_int_equal(t.p[2].mark, MARK_NONE);
}

/* --- learned --- */

static void test_asked_once(void **state)
{
	struct talk t;

	(void)state;
	t = talks(0, 200, 2000, 1, MINUTE, 8000);
	assert_int_equal(t.p[2].mark, MARK_NONE);
	assert_true(t.p[2].remember); /* to see whether that changes */
	/* It does. */
	t = talks(20 * MINUTE, 60, 10000, 8, MINUTE, 8000);
	assert_int_equal(t.p[2].mark, MARK_5M);
	/* And back. */
	talks(50 * MINUTE, 250, 2000, 1, MINUTE, 8000);
	talks(70 * MINUTE, 250, 2000, 1, MINUTE, 8000);
	t = talks(90 * MINUTE, 250, 2000, 1, MINUTE, 8000);
	assert_int_equal(t.p[2].mark, MARK_NONE);
}

static void test_life(void **state)
{
	static const struct {
		const char *what;
		int64_t gap;
		bool hour;
		enum mark_life life;
	} rows[] = {
		{ "a minute", MINUTE, true, MARK_5M },
		{ "six minutes", 6 * MINUTE, true, MARK_1H },
		{ "six minutes, no hour", 6 * MINUTE, false, MARK_NONE },
		{ "half an hour", 30 * MINUTE, true, MARK_1H },
		{ "two hours", 120 * MINUTE, true, MARK_NONE },
	};
	struct mark_ask q;
	struct talk t;
	size_t i;
	int k, r;

	for (i = 0; i < COUNT_OF(rows); i++) {
		fresh(state);
		for (r = 0; r < 60; r++) {
			t = (struct talk){ .system = 100 };
			for (k = 0; k < 8; k++) {
				q = ask_at((int64_t)(r * 20 + k) *
					   rows[i].gap);
				q.terms.hour = rows[i].hour;
				if (rows[i].gap > 60 * MINUTE)
					t.known = false;
				plan(&q, &t, 2000);
			}
		}
		if (t.p[2].mark != rows[i].life)
			fail_msg("%s: %d", rows[i].what, (int)t.p[2].mark);
	}
}

/* However much is sent at a time, what is known of it stays known. */
static void test_much(void **state)
{
	struct mark_ask q;
	struct talk t;
	int i, marked = 0;

	(void)state;
	for (i = 0; i < 200000; i++) {
		q = ask_at(i * 50);
		t = (struct talk){ .system = 100 };
		plan(&q, &t, 40000);
		marked += i > 100000 && t.p[2].mark != MARK_NONE;
	}
	assert_int_equal(marked, 0);
}

/* Somebody who is always answered in time is told from one who never is. */
static void test_whose(void **state)
{
	struct mark_ask q;
	struct talk once, t = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 400; i++) {
		q = ask_at(i * 30000);
		q.who = 1;
		once = (struct talk){ 0 };
		plan(&q, &once, 4000);
		q.who = 2;
		if (i % 8 == 0)
			t = (struct talk){ 0 };
		plan(&q, &t, 4000);
	}
	assert_int_equal(once.p[2].mark, MARK_NONE);
	t = (struct talk){ 0 };
	q.who = 2;
	plan(&q, &t, 4000);
	assert_int_equal(t.p[2].mark, MARK_5M);
}

/* What was written for 5 minutes is not read after ten. */
static void test_gone(void **state)
{
	struct talk t = { .system = 100 };
	struct mark_ask q = ask_at(0);

	(void)state;
	plan(&q, &t, 4000);
	assert_int_equal(t.p[2].mark, MARK_5M);
	q = ask_at(10 * MINUTE);
	q.max = 1; /* would go to what is read */
	plan(&q, &t, 100);
	assert_int_equal(t.p[1].mark, MARK_NONE);
}

/* --- whatever memory holds --- */

static uint64_t chance;

static uint64_t roll(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance;
}

static void soil(void *at, size_t n)
{
	unsigned char *b = at;

	while (n--)
		*b++ = (unsigned char)roll();
}

static void judge(const struct mark_ask *q, const struct mark_point *p,
		  size_t n)
{
	bool five = false;
	unsigned marks = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i].mark == MARK_NONE)
			continue;
		marks++;
		assert_in_range(p[i].mark, MARK_5M, MARK_1H);
		assert_true(p[i].tokens >= q->terms.min_tokens);
		assert_false(five && p[i].mark == MARK_1H);
		assert_true(q->terms.hour || p[i].mark == MARK_5M);
		five = five || p[i].mark == MARK_5M;
	}
	assert_true(marks <= q->max);
}

static void test_damage(void **state)
{
	struct mark_point p[10];
	struct mark_ask q;
	size_t n, i;
	int r;

	(void)state;
	chance = 88172645463325252;
	for (r = 0; r < 20000; r++) {
		if (r % 100 == 0)
			soil(&board, sizeof(board));
		q = ask_at((int64_t)(roll() % 100000000));
		q.terms.hour = roll() % 2;
		q.max = (unsigned)(roll() % 6);
		q.who = roll();
		n = 1 + roll() % COUNT_OF(p);
		soil(p, sizeof(p));
		for (i = 0; i < n; i++) {
			p[i].tokens = (i ? p[i - 1].tokens : 0) +
				      roll() % 5000;
			p[i].system = i < 2 && i + 1 < n;
			p[i].last = i + 1 == n;
			p[i].known = roll() % 2;
			/* Often a time that could be true. */
			if (roll() % 2)
				memcpy(p[i].memory, &(uint32_t){
					(uint32_t)(q.now_ms / 1000 -
						   roll() % 4000) }, 4);
		}
		mark_plan(&q, p, n);
		mark_sent(&q, p, n);
		q.max = q.max < MARKS_MAX ? q.max : MARKS_MAX;
		judge(&q, p, n);
	}
}

/* A damaged board learns again. */
static void test_heals(void **state)
{
	struct talk t;
	int i;

	(void)state;
	chance = 1234567;
	soil(&board, sizeof(board));
	for (i = 0; i < 30; i++)
		t = talks(i * 30 * MINUTE, 200, 2000, 1, MINUTE, 8000);
	assert_int_equal(t.p[2].mark, MARK_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_begins, fresh),
		cmocka_unit_test_setup(test_second_turn, fresh),
		cmocka_unit_test_setup(test_asked_once, fresh),
		cmocka_unit_test_setup(test_life, fresh),
		cmocka_unit_test_setup(test_whose, fresh),
		cmocka_unit_test_setup(test_much, fresh),
		cmocka_unit_test_setup(test_gone, fresh),
		cmocka_unit_test_setup(test_damage, fresh),
		cmocka_unit_test_setup(test_heals, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
