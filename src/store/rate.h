/*
 * A token bucket in one atomic number (GCRA): the time, in nanoseconds, when
 * it will be full again. It fills evenly, so many a minute, and holds a sixth
 * of that. It may be overdrawn, by no more than a minute's worth. Any value
 * of the number is harmless.
 */
#ifndef STORE_RATE_H
#define STORE_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* What n are worth in time, rounded up; a minute at most. per_minute 0: there
 * is no bucket, and nothing costs anything. */
int64_t rate_cost_ns(int64_t per_minute, int64_t n);

/* Is there enough, for those who go before and for this one? What is larger
 * than the bucket fits when that is full and nobody goes before. */
bool rate_fits(const int64_t *full_ns, int64_t ahead_ns, int64_t cost_ns,
	       int64_t now_ns);
/* If it fits it is taken. */
bool rate_take(int64_t *full_ns, int64_t ahead_ns, int64_t cost_ns,
	       int64_t now_ns);

/* What was taken too little, or, below 0, too much. */
void rate_settle(int64_t *full_ns, int64_t more_ns, int64_t now_ns);

/* How many could be taken at once, how long until one can, until all can. */
struct rate_state {
	int64_t left, one_ns, full_ns;
};
void rate_look(const int64_t *full_ns, int64_t per_minute, int64_t now_ns,
	       struct rate_state *s_r);

#endif
