/*
 * Is it worth keeping a prompt's beginning in the provider's cache? Writing
 * costs more than sending (1.25 times for 5 minutes, twice for an hour),
 * reading a tenth; what is never read again is money lost. So it is learned:
 * of prefixes like this one (how long, which turn, whose), how many were read
 * again, and how soon.
 *
 * What is learned lives in memory the caller gives (the board): single atomic
 * numbers, any value of which is harmless. What was sent when is remembered
 * by the caller as well, a few bytes for each prefix.
 */
#ifndef THRIFT_MARK_H
#define THRIFT_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARK_CELLS 4096
#define MARK_MEMORY 16 /* bytes remembered of a prefix */
#define MARKS_MAX 4

struct mark_board {
	uint64_t cell[MARK_CELLS]; /* all 0: nothing learned */
};

enum mark_life { MARK_NONE, MARK_5M, MARK_1H };

/* What a provider's cache costs and takes, in thousandths of the price of a
 * fresh input token. */
struct mark_terms {
	int read, write_5m, write_1h; /* 100, 1250, 2000 */
	size_t min_tokens;            /* of a prefix: 1024 ... 4096 */
	bool hour;                    /* takes the 1-hour life at all */
};

/* A place where a prefix of the request may end: behind tools and system,
 * behind each turn that an earlier request may have ended with, at the end.
 * In document order, the last one being the end. Of earlier ends only the
 * deepest known one counts; those that are not known may be left out. */
struct mark_point {
	size_t tokens;       /* of the prompt up to here */
	bool system;         /* nothing but tools and system text */
	bool last;           /* the whole prompt */
	unsigned turn;       /* how many turns (messages) it has */
	bool known;          /* memory holds what was remembered of it */
	char memory[MARK_MEMORY];
	enum mark_life mark; /* mark_plan(): put one here */
	/* mark_sent() fills these: */
	bool remember;       /* keep memory (as it is now) for keep_ms */
	int64_t keep_ms;
};

struct mark_ask {
	struct mark_board *board;
	struct mark_terms terms;
	uint64_t who;   /* hash of tenant and model */
	int64_t now_ms; /* wall clock */
	unsigned max;   /* marks that may be set, 0..MARKS_MAX */
};

/* Decides. A mark of the longer life never stands behind one of the
 * shorter. */
void mark_plan(const struct mark_ask *ask, struct mark_point *p, size_t n);

/* The provider has taken it, with those marks: learns from it what became of
 * earlier ones, whether these were marked or not. Once for a plan. */
void mark_sent(const struct mark_ask *ask, struct mark_point *p, size_t n);

#endif
