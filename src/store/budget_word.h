/*
 * An amount and what it is of in one word: | mark 4 | amount 60 |. The mark is
 * the last four bits of the number of a period, or of a slice of one. A part
 * of budget*.c.
 */
#ifndef STORE_BUDGET_WORD_H
#define STORE_BUDGET_WORD_H

#include "store/budget.h"
#include "store/word.h"

#define BUDGET_MARKS 16
#define BUDGET_AMOUNT ((uint64_t)BUDGET_MOST)

/* What is reserved is kept by half hours (see struct budget_place). */
#define BUDGET_SLICE_MS (30 * 60000)

static inline uint64_t budget_word(uint32_t of, int64_t n)
{
	uint64_t v = n < 0 ? 0 :
		     n > BUDGET_MOST ? BUDGET_AMOUNT : (uint64_t)n;

	return (uint64_t)(of % BUDGET_MARKS) << 60 | v;
}

static inline bool budget_word_is(uint64_t w, uint32_t of)
{
	return w >> 60 == of % BUDGET_MARKS;
}

static inline int64_t budget_word_amount(uint64_t w, uint32_t of)
{
	return budget_word_is(w, of) ? (int64_t)(w & BUDGET_AMOUNT) : 0;
}

/* The period to count in, when it is `now` by the clock. */
static inline uint32_t budget_word_period(uint64_t w, uint32_t now)
{
	return (w & BUDGET_AMOUNT) && budget_word_is(w, now + 1) ? now + 1 :
								   now;
}

/* Was it used so long ago, or is it to be so late, that the marks of its
 * periods could be taken for others? */
bool budget_is_old(const struct budget_place *p, enum budget_every e,
		   int64_t now_ms);

#endif
