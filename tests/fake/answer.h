/*
 * What the fake says, before a dialect dresses it. All strings are the
 * insides of JSON strings, escaped, so that an emoji's two surrogate escapes
 * can fall into two pieces.
 */
#ifndef FAKE_ANSWER_H
#define FAKE_ANSWER_H

#include "fake/ask.h"
#include "fake/script.h"

#define ANSWER_MAX_PIECES 512

struct answer_call {
	struct str id, name, whole;
	struct str part[4]; /* the arguments in fragments */
};

struct answer {
	struct str whole, piece[ANSWER_MAX_PIECES];
	size_t npiece;
	struct str think; /* empty: no reasoning */
	struct answer_call call[2];
	size_t ncall; /* > 0: calls instead of text */
	int64_t in, out, cached, written, written_hour;
};

/* What request number `n` is answered, as choice `choice`. */
void answer_make(struct answer *r, struct arena *a, const struct ask *q,
		 const struct script *s, unsigned n, unsigned choice);

#endif
