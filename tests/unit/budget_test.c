/* What is spent of budgets: by many at once, by those who are killed, with
 * clocks that jump, and in a file that is damaged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#include "base/count.h"
#include "base/file.h"
#include "budget_bed.h"

#define PLACE_FILE "below/budgets"
#include "place.h"

/* -- periods --------------------------------------------------------------- */

static void periods_begin_and_end(void **state)
{
	static const struct {
		enum budget_every e;
		int64_t ms;
		uint32_t period;
		int64_t begins;
	} t[] = {
		{ BUDGET_DAY, 0, 0, 0 },
		{ BUDGET_DAY, -5, 0, 0 },
		{ BUDGET_DAY, DAY_MS - 1, 0, 0 },
		{ BUDGET_DAY, DAY_MS, 1, DAY_MS },
		{ BUDGET_MONTH, 0, 0, 0 },
		{ BUDGET_MONTH, 31 * DAY_MS - 1, 0, 0 },
		{ BUDGET_MONTH, 31 * DAY_MS, 1, 31 * DAY_MS },
		/* 2024-02-29 and 2024-03-01 */
		{ BUDGET_MONTH, 1709251199000, 649, 1706745600000 },
		{ BUDGET_MONTH, 1709251200000, 650, 1709251200000 },
		{ BUDGET_MONTH, 1795219200000, 682, 1793491200000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(t); i++) {
		assert_int_equal(budget_period(t[i].e, t[i].ms), t[i].period);
		assert_int_equal(budget_begins_ms(t[i].e, t[i].period),
				 t[i].begins);
	}
	for (uint32_t n = 0; n < 3000; n++)
		for (int e = BUDGET_DAY; e <= BUDGET_MONTH; e++)
			assert_int_equal(budget_period(e, budget_begins_ms(e,
								n)), n);
}

/* -- one after the other --------------------------------------------------- */

static void only_the_last_goes_beyond(void **state)
{
	struct budget_turn t = { .place = NULL };
	int gone = 0;

	(void)state;
	while (take(&alice, T0, 3 * USD, 10 * USD, &t) == BUDGET_GO) {
		budget_settle(&t, 3 * USD);
		gone++;
	}
	assert_int_equal(gone, 4);
	assert_int_equal(look(&alice, T0).spent, 12 * USD);
	assert_int_equal(take(&alice, T0, 1, 10 * USD, &t), BUDGET_FULL);
	/* No limit, or a higher one, as after a reload. */
	assert_int_equal(take(&alice, T0, 1, BUDGET_NO_LIMIT, &t), BUDGET_GO);
	budget_settle(&t, 0);
	assert_int_equal(take(&alice, T0, 1, 13 * USD, &t), BUDGET_GO);
}

static void what_is_reserved_counts(void **state)
{
	struct budget_turn t[4];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(take(&alice, T0, 6 * USD, 10 * USD, &t[i]),
				 BUDGET_GO);
	assert_int_equal(take(&alice, T0, 1, 10 * USD, &t[2]), BUDGET_WAIT);
	assert_int_equal(look(&alice, T0).spent, 12 * USD);
	assert_int_equal(look(&alice, T0).held, 12 * USD);
	budget_settle(&t[0], 1 * USD);
	assert_int_equal(look(&alice, T0).spent, 7 * USD);
	assert_int_equal(take(&alice, T0, 6 * USD, 10 * USD, &t[2]), BUDGET_GO);
	budget_settle(&t[1], 9 * USD); /* more than was reserved */
	budget_settle(&t[2], 6 * USD);
	assert_int_equal(look(&alice, T0).spent, 16 * USD);
	assert_int_equal(look(&alice, T0).held, 0);
	assert_int_equal(take(&alice, T0, 1, 10 * USD, &t[3]), BUDGET_FULL);
}

static void settled_once(void **state)
{
	struct budget_turn t;

	(void)state;
	take(&alice, T0, 5, BUDGET_NO_LIMIT, &t);
	budget_settle(&t, 3);
	assert_null(t.place);
	budget_settle(&t, 3);
	assert_int_equal(look(&alice, T0).spent, 3);
}

static const int64_t sizes[] = {
	INT64_MIN, INT64_MIN + 1, -USD, -1, 0, 1, USD, BUDGET_MOST - 1,
	BUDGET_MOST, BUDGET_MOST + 1, INT64_MAX - 1, INT64_MAX,
};

/* Whatever is reserved and said to have been spent: nothing becomes less, or
 * negative, and nothing comes round. */
static void negative_and_huge_amounts(void **state)
{
	struct budget_turn t;
	int64_t before, after;

	(void)state;
	spend(&alice, T0, 7 * USD);
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (size_t k = 0; k < COUNT_OF(sizes); k++) {
			before = look(&alice, T0).spent;
			assert_int_equal(take(&alice, T0, sizes[i],
					      BUDGET_NO_LIMIT, &t), BUDGET_GO);
			assert_true(look(&alice, T0).spent > before ||
				    before == BUDGET_MOST);
			budget_settle(&t, sizes[k]);
			after = look(&alice, T0).spent;
			assert_true(after >= before && after <= BUDGET_MOST);
			assert_true(after > before || sizes[k] <= 0 ||
				    before == BUDGET_MOST);
		}
	assert_int_equal(look(&alice, T0).spent, BUDGET_MOST);
}

static void limits_of_any_size(void **state)
{
	struct budget_turn t;

	(void)state;
	spend(&alice, T0, BUDGET_MOST);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		int says = take(&alice, T0, 1, sizes[i], &t);

		if (says == BUDGET_GO)
			budget_settle(&t, 0);
		assert_int_equal(says, sizes[i] < 0 || sizes[i] > BUDGET_MOST ?
					       BUDGET_GO : BUDGET_FULL);
	}
}

static void unpriced_calls_are_counted(void **state)
{
	struct budget_turn t;

	(void)state;
	take(&alice, T0, 0, USD, &t);
	budget_unpriced(t.place, t.period);
	budget_settle(&t, 0);
	assert_int_equal(look(&alice, T0).unpriced, 1);
	assert_int_equal(look(&alice, T0).spent, 0);
	assert_int_equal(look(&alice, T0 + DAY_MS).unpriced, 0);
}

/* -- clocks ---------------------------------------------------------------- */

static void a_day_begins_anew(void **state)
{
	struct budget_turn t;

	(void)state;
	for (int64_t ms = T0; ms < T0 + 40 * DAY_MS; ms += DAY_MS) {
		assert_int_equal(take(&alice, ms, USD, USD, &t), BUDGET_GO);
		budget_settle(&t, 5 * USD);
		assert_int_equal(take(&alice, ms, USD, USD, &t), BUDGET_FULL);
	}
}

/* Whatever number of days nobody came: none of them is today. */
static void idle_for_days(void **state)
{
	static const struct budget_who by[] = {
		{ 3, 9, "", BUDGET_DAY }, { 4, 9, "", BUDGET_MONTH },
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		int64_t ms = T0;

		for (int n = 1; n < 50; n++) {
			spend(&by[i], ms, n * USD);
			assert_int_equal(look(&by[i], ms).spent, n * USD);
			ms += n * DAY_MS * (i ? 31 : 1);
			assert_int_equal(look(&by[i], ms).spent, 0);
		}
	}
}

static void a_call_over_midnight(void **state)
{
	const int64_t night = 20001 * DAY_MS;
	struct budget_turn t, u;

	(void)state;
	take(&alice, night - 5, 4 * USD, 10 * USD, &t);
	take(&alice, night - 5, 4 * USD, 10 * USD, &u);
	budget_settle(&u, 4 * USD); /* nobody has spent since */
	assert_int_equal(look(&alice, night - 1).spent, 8 * USD);
	spend(&alice, night + 5, USD);
	budget_settle(&t, 9 * USD);
	assert_int_equal(look(&alice, night + 9).spent, USD);
	assert_int_equal(look(&alice, night + 9).held, 0);
}

static void the_clock_goes_back(void **state)
{
	const int64_t night = 20001 * DAY_MS;
	struct budget_turn t;

	(void)state;
	spend(&alice, night + 2000, 3 * USD);
	/* What was spent is not forgotten, nor is today's limit twice. */
	assert_int_equal(take(&alice, night - 1000, USD, 3 * USD, &t),
			 BUDGET_FULL);
	spend(&alice, night - 1000, 2 * USD);
	assert_int_equal(look(&alice, night - 1000).spent, 5 * USD);
	assert_int_equal(look(&alice, night + 3000).spent, 5 * USD);
	/* A year: whatever happens, it goes on. */
	spend(&alice, night - 365 * DAY_MS, USD);
	assert_int_equal(look(&alice, night - 365 * DAY_MS).spent, USD);
	spend(&alice, night + 365 * DAY_MS, USD);
	assert_int_equal(look(&alice, night + 365 * DAY_MS).spent, USD);
	spend(&alice, 0, USD);
	spend(&alice, -1, USD);
}

/* An empty place has the mark of each sixteenth day. */
static void the_first_on_any_day(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 40; n++) {
		struct budget_who w = { 1000 + n, 5, "", BUDGET_DAY };
		int64_t ms = T0 + (int64_t)n * DAY_MS;

		spend(&w, ms, USD);
		assert_int_equal(look(&w, ms).spent, USD);
		assert_int_equal(look(&w, ms + DAY_MS).spent, 0);
	}
}

/* -- alarms ---------------------------------------------------------------- */

static void news_are_told_once(void **state)
{
	struct budget_place *p = budget_find(book, &alice, T0);
	struct budget_turn t;
	int64_t from, to;

	(void)state;
	assert_false(budget_news(p, BUDGET_DAY, 20000, T0, &from, &to));
	take(&alice, T0, 9 * USD, BUDGET_NO_LIMIT, &t);
	assert_false(budget_news(p, BUDGET_DAY, 20000, T0, &from, &to)); /* reserved */
	budget_settle(&t, 2 * USD);
	assert_true(budget_news(p, BUDGET_DAY, 20000, T0, &from, &to));
	assert_true(from == 0 && to == 2 * USD);
	assert_false(budget_news(p, BUDGET_DAY, 20000, T0, &from, &to));
	spend(&alice, T0, USD);
	assert_true(budget_news(p, BUDGET_DAY, 20000, T0, &from, &to));
	assert_true(from == 2 * USD && to == 3 * USD);
	spend(&alice, T0 + DAY_MS, USD);
	assert_true(budget_news(p, BUDGET_DAY, 20001, T0 + DAY_MS, &from, &to));
	assert_true(from == 0 && to == USD);
	assert_false(budget_news(p, BUDGET_DAY, 20000, T0, &from, &to));
}

/* Of a process that died nobody gives anything back. Within the hour that is
 * as good as spent, however many others come meanwhile. */
static void the_dead_have_spent_it(void **state)
{
	struct budget_turn t;
	int64_t from, to, ms = 0;
	int says;

	(void)state;
	take(&alice, T0, 9 * USD, 5 * USD, &t);
	assert_int_equal(take(&alice, T0 + 1, 1, 5 * USD, &t), BUDGET_WAIT);
	for (says = BUDGET_WAIT; says == BUDGET_WAIT; ms += 60000) {
		take(&alice, T0 + ms, 1, BUDGET_NO_LIMIT, &t);
		says = take(&alice, T0 + ms, 1, 5 * USD, &t);
	}
	assert_int_equal(says, BUDGET_FULL);
	assert_in_range(ms, HOUR_MS / 2, HOUR_MS + 60000);
	assert_true(budget_news(budget_find(book, &alice, T0 + ms), BUDGET_DAY,
				20000, T0 + ms, &from, &to));
	assert_in_range(to, 9 * USD, 9 * USD + 100);
}

/* Marks of half hours come round after eight hours; nobody is taken for who
 * reserved then. And none is of the day before. */
static void old_reservations_do_not_come_back(void **state)
{
	const struct budget_who bob = { 78, 5, "bob", BUDGET_DAY };
	struct budget_turn t;

	(void)state;
	take(&alice, T0, 9 * USD, BUDGET_NO_LIMIT, &t);
	for (int i = 4; i < 24; i++)
		assert_int_equal(look(&alice, T0 + i * HOUR_MS / 2).held, 0);
	budget_settle(&t, USD); /* it lived after all */
	take(&bob, T0, 9 * USD, BUDGET_NO_LIMIT, &t);
	assert_int_equal(look(&bob, T0 + 8 * HOUR_MS).held, 0);
	assert_int_equal(look(&alice, T0 + 11 * HOUR_MS).spent, USD);
	take(&alice, 20001 * DAY_MS - 9, 9 * USD, BUDGET_NO_LIMIT, &t);
	spend(&alice, 20001 * DAY_MS + 9, 3 * USD);
	assert_int_equal(look(&alice, 20001 * DAY_MS + 9).held, 0);
}

/* Reservations that are more than can be counted together: all of it is taken
 * back, and what was spent is told. */
static void too_much_reserved(void **state)
{
	struct budget_place *p = budget_find(book, &alice, T0);
	struct budget_turn t[3];
	int64_t from, to;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(take(&alice, T0, BUDGET_MOST / 3 * 2,
				      BUDGET_NO_LIMIT, &t[i]), BUDGET_GO);
	assert_int_equal(look(&alice, T0).spent, BUDGET_MOST);
	for (int i = 0; i < 3; i++)
		assert_true(budget_settle(&t[i], USD));
	assert_int_equal(look(&alice, T0).spent, 3 * USD);
	assert_int_equal(look(&alice, T0).held, 0);
	assert_true(budget_news(p, BUDGET_DAY, 20000, T0, &from, &to));
	assert_int_equal(to, 3 * USD);
}

/* -- damage ---------------------------------------------------------------- */

static void any_number_is_harmless(void **state)
{
	uint64_t x = 4, *w = (uint64_t *)book;
	struct budget_state s;
	struct budget_turn t;
	int64_t from, to;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct budget_who who = { stir(&x) | 1, 5, "me", stir(&x) & 1 };
		struct budget_place *p = &book[who.id % BUDGET_PLACES];
		int64_t ms = T0 + (int64_t)(stir(&x) % (90 * DAY_MS));

		for (size_t k = 0; k < sizeof(*p) / 8; k++)
			w[(size_t)(p - book) * 24 + k] =
				stir(&x) >> (i % 5 * 15);
		if (i & 1)
			p->id = who.id;
		p = budget_find(book, &who, ms);
		if (!p)
			continue;
		if (budget_reserve(&t, p, &who, ms, (int64_t)stir(&x),
				   (int64_t)stir(&x)) == BUDGET_GO) {
			p->spent = i % 3 ? p->spent : stir(&x);
			budget_settle(&t, (int64_t)stir(&x));
		}
		budget_news(p, who.every, budget_period(who.every, ms), ms,
			    &from, &to);
		budget_look(p, who.every, ms, &s);
		assert_true(s.spent >= 0 && s.spent <= BUDGET_MOST);
		assert_true(s.held >= 0 && s.held <= s.spent);
		assert_true(s.unpriced >= 0);
	}
}

/* -- the file -------------------------------------------------------------- */

static struct budget_book *reopen(struct place *p, bool as_is)
{
	p->err[0] = '\0';
	return budget_open(p->path, as_is, p->err, sizeof(p->err));
}

static void the_file_outlives_us(void **state)
{
	struct place *p = *state;
	struct budget_book *b = reopen(p, false);
	struct stat st;

	assert_string_equal(p->err, "");
	book = budget_places(b);
	spend(&alice, T0, 7 * USD);
	budget_close(&b);
	assert_null(b);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_blocks * 512 >= st.st_size); /* it has its room */
	b = reopen(p, true);
	book = budget_places(b);
	assert_int_equal(look(&alice, T0).spent, 7 * USD);
	budget_close(&b);
}

static void a_visitor_makes_none(void **state)
{
	struct place *p = *state;

	assert_null(reopen(p, true));
	assert_int_equal(access(p->path, F_OK), -1);
}

static void not_ours(void **state)
{
	static const char *const text[] = {
		"somebody's letter, and longer than the head of a book",
		"larderB\n", "larderB\n\2\0\0\0",
	};
	struct place *p = *state;
	struct budget_book *b;
	struct str now;
	char err[200];

	for (size_t i = 0; i < COUNT_OF(text); i++) {
		file_mkdirs(p->path, 0700);
		assert_int_equal(file_put(p->path, str_c(text[i]), false), 0);
		assert_null(reopen(p, false));
		assert_non_null(strstr(p->err, p->path));
		assert_non_null(strstr(p->err, "move it away"));
		assert_int_equal(file_read(&now, p->a, p->path, 4096, err,
					   sizeof(err)), 0);
		assert_true(str_is(now, text[i])); /* it is left alone */
	}
	unlink(p->path);
	b = reopen(p, false);
	assert_non_null(b);
	budget_close(&b);
	assert_int_equal(chmod(p->path, 0644), 0);
	assert_null(reopen(p, false));
	assert_non_null(strstr(p->err, "chmod 600"));
	chmod(p->path, 0600);
	assert_int_equal(truncate(p->path, 9000), 0);
	assert_null(reopen(p, false)); /* it would be a SIGBUS */
}

static void no_links(void **state)
{
	struct place *p = *state;
	char other[500];

	snprintf(other, sizeof(other), "%s/other", p->dir);
	file_mkdirs(p->path, 0700);
	assert_int_equal(symlink(other, p->path), 0);
	assert_null(reopen(p, false));
	assert_int_equal(access(other, F_OK), -1);
	unlink(p->path);
	assert_int_equal(mkfifo(p->path, 0600), 0);
	assert_null(reopen(p, false)); /* and does not hang */
}

/* -- many at once ---------------------------------------------------------- */

#define RACERS 16

struct racer { /* in shared memory */
	_Atomic int64_t settled, calls;
	_Atomic int64_t pending; /* reserved at most, by a call under way */
	_Atomic int64_t told;    /* how much of it was news */
};

static struct race {
	int64_t limit, attempts;
	struct racer racer[RACERS];
} *race;

static void run(struct racer *me, uint64_t x)
{
	struct budget_place *p;
	struct budget_turn t;
	int64_t cost, from, to;

	for (int64_t i = 0; i < race->attempts; i++) {
		cost = (int64_t)(stir(&x) % 1000);
		me->pending = cost + 500;
		p = budget_find(book, &alice, T0);
		if (p && budget_reserve(&t, p, &alice, T0, cost + 500,
					race->limit) == BUDGET_GO) {
			budget_settle(&t, cost);
			me->settled += cost;
			me->calls++;
			if (budget_news(p, BUDGET_DAY, 20000, T0, &from, &to))
				me->told += to - from;
		}
		me->pending = 0;
	}
}

static int64_t settled(void)
{
	int64_t sum = 0;

	for (int i = 0; i < RACERS; i++)
		sum += race->racer[i].settled;
	return sum;
}

static void race_setup(int64_t limit, int64_t attempts)
{
	race = shared(sizeof(*race));
	race->limit = limit;
	race->attempts = attempts;
}

/* No call is lost, and no more than one goes beyond. Whoever comes last finds
 * all of it to be news. */
static void sixteen_processes(void **state)
{
	static const int64_t limits[] = { BUDGET_NO_LIMIT, 1000000, 20000, 1 };
	pid_t pid[RACERS];

	(void)state;
	for (size_t k = 0; k < COUNT_OF(limits); k++) {
		struct budget_state s;
		int64_t told = 0;

		race_setup(limits[k], 6250);
		memset(book, 0, BUDGET_PLACES * sizeof(*book));
		for (int i = 0; i < RACERS; i++) {
			pid[i] = fork_tied();
			if (pid[i] == 0) {
				run(&race->racer[i], (uint64_t)i + 1);
				_exit(0);
			}
		}
		for (int i = 0; i < RACERS; i++)
			exits_with(pid[i], 0);
		s = look(&alice, T0);
		assert_int_equal(s.spent, settled());
		assert_int_equal(s.held, 0);
		assert_true(limits[k] < 0 || s.spent < limits[k] + 1000);
		assert_true(limits[k] < 0 || limits[k] > 3000000 ||
			    s.spent >= limits[k] - 1000 * RACERS);
		for (int i = 0; i < RACERS; i++)
			told += race->racer[i].told;
		assert_int_equal(told, s.spent);
		munmap(race, sizeof(*race));
	}
}

/* Never less than what was settled, never more than what the dead had
 * reserved beside it. */
static void some_are_killed(void **state)
{
	unsigned kills = kills_wanted(60);
	int64_t dead = 0;
	uint64_t x = 12345;

	(void)state;
	race_setup(BUDGET_NO_LIMIT, INT64_MAX);
	for (unsigned i = 0; i < kills; i++) {
		struct racer *me = &race->racer[i % RACERS];
		_Atomic uint64_t *calls = (_Atomic uint64_t *)&me->calls;
		struct budget_state s;
		int64_t before = settled();
		pid_t pid[2];

		for (int k = 0; k < 2; k++) {
			pid[k] = fork_tied();
			if (pid[k] == 0) {
				run(&race->racer[(i + (unsigned)k) % RACERS],
				    x + (uint64_t)k);
				_exit(0);
			}
		}
		kill_one(pid[0], calls, *calls + 3, 200000, &x);
		dies_killed(pid[1]);
		assert_true(settled() > before);
		for (int k = 0; k < RACERS; k++) {
			dead += race->racer[k].pending;
			race->racer[k].pending = 0;
		}
		s = look(&alice, T0);
		assert_true(s.spent >= settled());
		assert_true(s.spent <= settled() + dead);
	}
	munmap(race, sizeof(*race));
}

static void *thread(void *arg)
{
	run(arg, (uint64_t)(uintptr_t)arg);
	return NULL;
}

/* The same, where a checker of threads can see it. */
static void in_threads(void **state)
{
	pthread_t t[4];

	(void)state;
	race_setup(300000, 3000);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, thread,
						&race->racer[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(look(&alice, T0).spent, settled());
	assert_true(settled() < 301000);
	munmap(race, sizeof(*race));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(periods_begin_and_end),
		BOOK_TEST(only_the_last_goes_beyond),
		BOOK_TEST(what_is_reserved_counts),
		BOOK_TEST(settled_once),
		BOOK_TEST(negative_and_huge_amounts),
		BOOK_TEST(limits_of_any_size),
		BOOK_TEST(unpriced_calls_are_counted),
		BOOK_TEST(a_day_begins_anew),
		BOOK_TEST(idle_for_days),
		BOOK_TEST(a_call_over_midnight),
		BOOK_TEST(the_clock_goes_back),
		BOOK_TEST(the_first_on_any_day),
		BOOK_TEST(news_are_told_once),
		BOOK_TEST(the_dead_have_spent_it),
		BOOK_TEST(old_reservations_do_not_come_back),
		BOOK_TEST(too_much_reserved),
		BOOK_TEST(any_number_is_harmless),
		PLACE_TEST(the_file_outlives_us),
		PLACE_TEST(a_visitor_makes_none),
		PLACE_TEST(not_ours),
		PLACE_TEST(no_links),
		BOOK_TEST(sixteen_processes),
		BOOK_TEST(some_are_killed),
		BOOK_TEST(in_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
