/*
 * Numbers on the board, each of which is read and written whole. Any of them
 * may be damage, or a time of another boot.
 */
#ifndef STORE_WORD_H
#define STORE_WORD_H

#include <stdbool.h>
#include <stdint.h>

#define word_get(p) __atomic_load_n((p), __ATOMIC_SEQ_CST)
#define word_put(p, v) __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define word_add(p, v) __atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST)

/* Was it `from`, and is it `to` now? */
#define word_swap(p, from, to)                                            \
	({                                                                \
		__typeof__(*(p)) from_ = (from);                          \
		__atomic_compare_exchange_n((p), &from_, (to), false,     \
					    __ATOMIC_SEQ_CST,             \
					    __ATOMIC_SEQ_CST);            \
	})

/* Whoever reads the clock and is held up before it looks at the board finds
 * times there that are later than its own. */
#define WORD_AHEAD_MS 2000

/* Is it a time that somebody wrote, less than so many ms ago? */
static inline bool word_lately(int64_t then_ms, int64_t now_ms, int64_t ms)
{
	return then_ms > 0 && then_ms - WORD_AHEAD_MS <= now_ms &&
	       now_ms - then_ms < ms;
}

/* Is it a time to come that somebody wrote, no more than so many ms ahead? */
static inline bool word_ahead(int64_t then_ms, int64_t now_ms, int64_t ms)
{
	return now_ms < then_ms && then_ms - now_ms <= ms + WORD_AHEAD_MS;
}

#endif
