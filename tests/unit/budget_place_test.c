/* Whose place is whose, when there are more than there is room for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "budget_bed.h"
#include "store/budget_known.h"

static void names_that_meet(void **state)
{
	struct budget_who w = { .of = 5, .label = "x" };

	(void)state;
	for (uint64_t i = 0; i < 20; i++) {
		w.id = 2047 + i * BUDGET_PLACES;
		spend(&w, T0, (int64_t)i + 1);
	}
	for (uint64_t i = 0; i < 20; i++) {
		w.id = 2047 + i * BUDGET_PLACES;
		assert_int_equal(look(&w, T0).spent, i + 1);
	}
}

static void labels_are_printable(void **state)
{
	static const char longest[] =
		"0123456789012345678901234567890123456789012345678901234567890"
		"123456789";
	struct budget_who w = { 8, 5, longest, BUDGET_DAY };

	(void)state;
	assert_int_equal(strncmp(look(&w, T0).label, longest, BUDGET_LABEL), 0);
	assert_int_equal(strlen(look(&w, T0).label), BUDGET_LABEL);
	w = (struct budget_who){ 9, 5, "a\n\x7f\xffz", BUDGET_DAY };
	assert_string_equal(look(&w, T0).label, "a???z");
}

static void fill(int64_t ms, int64_t cost)
{
	struct budget_who w = { .of = 5, .label = "one of many" };

	for (w.id = 1; w.id <= BUDGET_PLACES; w.id++)
		spend(&w, ms, cost);
}

static const struct budget_who late = { 99999, 6, "late", BUDGET_DAY };

static struct budget_who nth_of_many(uint64_t id)
{
	return (struct budget_who){ id, 5, "one of many", BUDGET_DAY };
}

static void more_than_there_are_places(void **state)
{
	const struct budget_who first = nth_of_many(1);

	(void)state;
	fill(T0, USD);
	assert_null(budget_find(book, &late, T0));
	assert_null(budget_seen(book, &late, T0));
	assert_int_equal(look(&first, T0 + 30 * 60000).spent, USD);
	spend(&late, T0 + HOUR_MS + 1, 2 * USD);
	assert_int_equal(look(&late, T0 + HOUR_MS + 2).spent, 2 * USD);
	assert_string_equal(look(&late, T0 + HOUR_MS + 2).label, "late");
	assert_int_equal(look(&first, T0 + HOUR_MS + 2).spent, USD);
	assert_ptr_equal(budget_seen(book, &late, T0 + HOUR_MS + 2),
			 budget_find(book, &late, T0 + HOUR_MS + 2));
}

static void to_look_takes_no_place(void **state)
{
	(void)state;
	assert_null(budget_seen(book, &alice, T0));
	assert_int_equal(book[alice.id].id, 0);
	spend(&alice, T0, USD);
	assert_ptr_equal(budget_seen(book, &alice, T0), &book[alice.id]);
}

/* Whoever has spent nothing goes before who has, however long that one was
 * silent: so no number of them makes anybody's sum go. */
static void strangers_displace_nobody(void **state)
{
	struct budget_who w = { .of = 5, .label = "stranger" };
	struct budget_turn t;

	(void)state;
	fill(T0, USD);
	book[500].spent = 0;
	for (w.id = 10000; w.id < 10000 + 3 * BUDGET_PLACES; w.id++) {
		take(&w, T0 + 5 * HOUR_MS, USD, 9 * USD, &t);
		budget_settle(&t, 0);
	}
	for (uint64_t id = 1; id <= BUDGET_PLACES; id++) {
		w = nth_of_many(id);
		if (id != 500)
			assert_int_equal(look(&w, T0 + 5 * HOUR_MS).spent, USD);
	}
}

/* What was spent yesterday is nothing today. */
static void sums_of_yesterday_go(void **state)
{
	struct budget_who w = nth_of_many(700);

	(void)state;
	fill(T0 + 11 * HOUR_MS + 30 * 60000, USD);
	w.every = BUDGET_MONTH;
	book[w.id % BUDGET_PLACES].id = 0;
	spend(&w, T0 + 11 * HOUR_MS, USD);
	assert_null(budget_find(book, &late, T0 + 11 * HOUR_MS + 30 * 60000));
	/* Within the hour, but behind midnight: a month's sum stays. */
	for (uint64_t id = 5000; id < 5000 + BUDGET_PLACES - 1; id++) {
		struct budget_who new = nth_of_many(id);

		spend(&new, T0 + 12 * HOUR_MS, USD);
	}
	assert_int_equal(look(&w, T0 + 12 * HOUR_MS).spent, USD);
	assert_null(budget_find(book, &late, T0 + 12 * HOUR_MS));
}

/* Of those who have spent the one who was silent for longest goes; not who is
 * blocked, nor a sum of all. */
static void who_goes_first(void **state)
{
	const struct budget_who shared = { 3, 5, "", BUDGET_DAY };
	const struct budget_who blocked = nth_of_many(4);
	const struct budget_who silent = nth_of_many(1700);
	const int64_t now = T0 + 5 * HOUR_MS;
	struct budget_turn t;

	(void)state;
	spend(&shared, T0, USD);
	spend(&blocked, T0, USD);
	assert_int_equal(take(&blocked, T0, USD, USD, &t), BUDGET_FULL);
	spend(&silent, T0 + 60000, USD);
	for (uint64_t id = 1; id <= BUDGET_PLACES; id++) {
		struct budget_who w = nth_of_many(id);

		if (id != 3 && id != 4 && id != 1700)
			spend(&w, T0 + HOUR_MS, USD);
	}
	spend(&late, now, 2 * USD);
	assert_int_equal(look(&shared, now).spent, USD);
	assert_int_equal(look(&blocked, now).spent, USD);
	assert_null(budget_seen(book, &silent, now));
	assert_int_equal(look(&late, now).spent, 2 * USD);
	for (uint64_t id = 20000; id < 20000 + 2 * BUDGET_PLACES; id++) {
		struct budget_who w = nth_of_many(id);

		if (budget_find(book, &w, now))
			spend(&w, now, USD);
	}
	assert_int_equal(look(&shared, now).spent, USD);
	assert_int_equal(look(&blocked, now).spent, USD);
}

/* Who has reserved keeps its place, for an hour. */
static void displaced_while_it_calls(void **state)
{
	struct budget_turn t;

	(void)state;
	take(&alice, T0, 0, 99 * USD, &t);
	fill(T0, 9 * USD);
	assert_null(budget_find(book, &late, T0));
	book[alice.id].used_ms -= HOUR_MS; /* the one who goes first, then */
	spend(&late, T0 + HOUR_MS / 2, 3 * USD);
	/* It settles nobody else's, and learns of it. */
	assert_false(budget_settle(&t, USD));
	assert_int_equal(look(&late, T0 + HOUR_MS / 2).spent, 3 * USD);
}

/* A place that went to another between finding it and reserving. */
static void lost_before_it_reserves(void **state)
{
	struct budget_place *p = budget_find(book, &alice, T0);
	struct budget_turn t;

	(void)state;
	p->id = late.id;
	assert_int_equal(budget_reserve(&t, p, &alice, T0, USD, 9 * USD),
			 BUDGET_LOST);
	assert_null(t.place);
	assert_true(budget_settle(&t, USD));
	assert_int_equal(p->spent & BUDGET_MOST, 0);
	assert_int_equal((p->held[0] | p->held[1]) & BUDGET_MOST, 0);
}

/* Whoever dies while a place changes hands leaves it to others, in time. */
static void dead_in_between(void **state)
{
	struct budget_place *p = &book[44];

	(void)state;
	fill(T0, USD);
	p->id = 0xffffull << 48 | (uint64_t)T0;
	p->spent = 0;
	assert_null(budget_find(book, &late, T0 + 1000));
	assert_ptr_equal(budget_find(book, &late, T0 + 61000), p);
}

#define NEWCOMERS 40
#define THREADS 4

static void *come(void *arg)
{
	struct budget_who w = { .of = 6, .label = "new", .every = BUDGET_DAY };
	struct budget_turn t;

	for (w.id = 30000; w.id < 30000 + NEWCOMERS; w.id++) {
		struct budget_place *p;

		do
			p = budget_find(book, &w, T0 + *(int64_t *)arg);
		while (!p || budget_reserve(&t, p, &w, T0 + 9 * HOUR_MS, USD,
					    BUDGET_NO_LIMIT) != BUDGET_GO ||
		       !budget_settle(&t, USD));
	}
	return NULL;
}

static int places_of(uint64_t id)
{
	int n = 0;

	for (size_t i = 0; i < BUDGET_PLACES; i++)
		n += book[i].id == id;
	return n;
}

/* Many look for the same new one at once: it gets one place. */
static void one_place_each(void **state)
{
	int64_t after = 9 * HOUR_MS;
	pthread_t t[THREADS];

	(void)state;
	for (int round = 0; round < 50; round++) {
		memset(book, 0, BUDGET_PLACES * sizeof(*book));
		fill(T0, USD);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&t[i], NULL, come,
							&after), 0);
		for (int i = 0; i < THREADS; i++)
			pthread_join(t[i], NULL);
		for (uint64_t id = 30000; id < 30000 + NEWCOMERS; id++) {
			struct budget_who w = { id, 6, "new", BUDGET_DAY };

			assert_int_equal(places_of(id), 1);
			assert_int_equal(look(&w, T0 + after).spent,
					 THREADS * USD);
		}
	}
}

static void ids_of_any_number(void **state)
{
	(void)state;
	assert_int_equal(budget_id(0), 1);
	assert_int_equal(budget_id(5), 5);
	assert_true(budget_id(UINT64_MAX) < 0xffffull << 48);
	assert_true(budget_id(1ull << 63) != 0);
}

/* Since the first refusal of a period; until it goes again, or is
 * another's. */
static void full_since_when(void **state)
{
	static const struct budget_who other = { 78, 5, "bob", BUDGET_DAY };
	struct budget_turn t;

	(void)state;
	spend(&alice, T0, 10 * USD);
	assert_int_equal(look(&alice, T0).full_ms, 0);
	for (int i = 1; i < 4; i++)
		assert_int_equal(take(&alice, T0 + i, 1, 10 * USD, &t),
				 BUDGET_FULL);
	assert_int_equal(look(&alice, T0 + 9).full_ms, T0 + 1);
	assert_int_equal(take(&alice, T0 + 10, 1, BUDGET_NO_LIMIT, &t),
			 BUDGET_GO); /* of a call that costs nothing */
	assert_int_equal(look(&alice, T0 + 10).full_ms, T0 + 1);
	assert_int_equal(take(&alice, T0 + 11, 1, 20 * USD, &t), BUDGET_GO);
	assert_int_equal(look(&alice, T0 + 11).full_ms, 0);
	assert_int_equal(take(&alice, T0 + 12, 1, 10 * USD, &t), BUDGET_FULL);
	assert_int_equal(look(&alice, T0 + 12).full_ms, T0 + 12);
	assert_int_equal(look(&alice, T0 + DAY_MS).full_ms, 0);
	assert_int_equal(look(&other, T0 + 12).full_ms, 0);
}

/* -- who is known ---------------------------------------------------------- */

static void known_for_an_hour(void **state)
{
	uint64_t known[BUDGET_KNOWN] = { 0 };
	const uint64_t id = 0x123456789abcdef0;

	(void)state;
	assert_false(budget_knows(known, id, T0));
	budget_know(known, id, T0);
	budget_know(known, id, T0);
	assert_true(budget_knows(known, id, T0));
	assert_true(budget_knows(known, id, T0 + HOUR_MS));
	assert_false(budget_knows(known, id, T0 + HOUR_MS + 20 * 60000));
	assert_false(budget_knows(known, id, T0 - HOUR_MS));
	assert_false(budget_knows(known, id + 1, T0));
	budget_know(known, id, T0 + HOUR_MS);
	assert_true(budget_knows(known, id, T0 + 2 * HOUR_MS));
	budget_unknow(known, id);
	assert_false(budget_knows(known, id, T0 + HOUR_MS));
}

/* Of those who meet whoever was known for longest is forgotten. */
static void more_known_than_there_is_room_for(void **state)
{
	uint64_t known[BUDGET_KNOWN] = { 0 };

	(void)state;
	for (uint64_t id = 1; id <= 9; id++)
		budget_know(known, id, T0 + (int64_t)id * 300000);
	for (uint64_t id = 1; id <= 9; id++)
		assert_int_equal(budget_knows(known, id, T0 + 9 * 300000),
				 id > 1);
	memset(known, 0xff, sizeof(known));
	budget_know(known, 5, T0);
	assert_true(budget_knows(known, 5, T0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOOK_TEST(names_that_meet),
		BOOK_TEST(labels_are_printable),
		BOOK_TEST(more_than_there_are_places),
		BOOK_TEST(to_look_takes_no_place),
		BOOK_TEST(strangers_displace_nobody),
		BOOK_TEST(sums_of_yesterday_go),
		BOOK_TEST(who_goes_first),
		BOOK_TEST(displaced_while_it_calls),
		BOOK_TEST(lost_before_it_reserves),
		BOOK_TEST(dead_in_between),
		BOOK_TEST(full_since_when),
		BOOK_TEST(one_place_each),
		cmocka_unit_test(ids_of_any_number),
		cmocka_unit_test(known_for_an_hour),
		cmocka_unit_test(more_known_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
