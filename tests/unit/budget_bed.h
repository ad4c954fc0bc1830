/* A book without a file, and how it is spent from. */
#ifndef UNIT_BUDGET_BED_H
#define UNIT_BUDGET_BED_H

#include "kill_help.h"
#include "store/budget.h"

#define DAY_MS 86400000ll
#define HOUR_MS 3600000ll
#define T0 (20000 * DAY_MS + 12 * HOUR_MS) /* noon of day 20000 */
#define USD 1000000000000ll

static struct budget_place *book; /* of a test that has no file */

static inline int book_setup(void **state)
{
	(void)state;
	book = shared(BUDGET_PLACES * sizeof(*book));
	return 0;
}

static inline int book_teardown(void **state)
{
	(void)state;
	return munmap(book, BUDGET_PLACES * sizeof(*book));
}

#define BOOK_TEST(name) \
	cmocka_unit_test_setup_teardown(name, book_setup, book_teardown)

static const struct budget_who alice = { 77, 5, "alice", BUDGET_DAY };

static inline enum budget_says take(const struct budget_who *w, int64_t ms,
			     int64_t amount, int64_t limit,
			     struct budget_turn *t)
{
	struct budget_place *p = budget_find(book, w, ms);

	assert_non_null(p);
	return budget_reserve(t, p, w, ms, amount, limit);
}

static inline struct budget_state look(const struct budget_who *w, int64_t ms)
{
	struct budget_state s;

	budget_look(budget_find(book, w, ms), w->every, ms, &s);
	return s;
}

/* Spends it at once. */
static inline void spend(const struct budget_who *w, int64_t ms, int64_t cost)
{
	struct budget_turn t;

	assert_int_equal(take(w, ms, cost, BUDGET_NO_LIMIT, &t), BUDGET_GO);
	budget_settle(&t, cost);
}

#endif
