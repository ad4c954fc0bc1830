/*
 * Bounded history: which messages of a request may go. System and developer
 * messages, the first user message if it is pinned, the last keep_last
 * messages and the last user message stay; a tool call and its results stay
 * or go together; what remains starts with a user message, and user and
 * assistant alternate in it if they did before.
 *
 * Prefix-stable: when the history has grown past max_tokens (the high-water
 * mark) it is cut in one step down to keep_tokens (the low-water mark), and
 * then left alone until it has grown past the former again. So the
 * conversation is gone through from its beginning, and where it is cut
 * follows from it alone: one turn after the other sends the same prefix, and
 * the provider's cache goes on hitting.
 *
 * What must stay may be more than keep_tokens, or max_tokens. Then as much
 * goes as may, but no cut is made for less than a quarter of the step
 * between the two: it would change the prefix turn by turn. Nothing goes from
 * a request whose history the provider keeps (previous_response_id,
 * conversation).
 *
 * TRIM_AUTO cuts when that is cheaper for the turns expected to come. With n
 * requests seen in what is kept, n more are expected: that a thing of unknown
 * life lasts about as long again is the best guess one can make of it. Each
 * of them reads what a cut would take away at `read`; the first after a cut
 * writes what is left anew at `write` instead. A history twice as long as
 * max_tokens is cut in any case.
 */
#ifndef THRIFT_TRIM_H
#define THRIFT_TRIM_H

#include "dialect/chat.h"

enum trim_method {
	TRIM_OFF,
	TRIM_DROP,
	TRIM_SUMMARISE, /* cuts where TRIM_DROP does; see dialect/summary.h */
	TRIM_AUTO, /* drops where that lowers the bill expected */
};

struct trim_conf { /* [history] */
	int max_tokens;  /* of the whole prompt; 0: no bound */
	int keep_tokens; /* what a cut leaves; 0: half of max_tokens */
	int keep_last;
	bool pin_first;
	int method;
	const char *summary_model;
	int summary_tokens;
};

struct trim_ask {
	const struct trim_conf *conf;
	const struct chat *chat;
	const size_t *turn; /* tokens of each turn */
	size_t fixed;       /* tokens outside the turns */
	/* For TRIM_AUTO: what a token read from and written to the provider's
	 * cache costs, in thousandths of a fresh one (100 and 1250; 1000 and
	 * 1000 where there is no cache). */
	int read, write;
};

struct trim {
	uint32_t *gone; /* tokens of the dropped messages, document order */
	size_t n;
	size_t tokens;  /* that they are */
	size_t from;    /* the first turn behind them all; 0 when n is 0 */
};

/* Decides; nothing is dropped (n = 0) when the prompt is within bounds or
 * nothing may go. Arrays come from a. Time is linear (n log n for
 * SHAPE_RESPONSES). */
void trim_plan(struct trim *t, struct arena *a, const struct trim_ask *ask);

#endif
