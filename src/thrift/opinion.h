/*
 * What a cheap model is asked for one word about: is a message simple or
 * complex, is an answer weak or good? A chat completion of a few tokens. The
 * texts are strangers': they are set between marks that they cannot contain,
 * called data before and behind, and can at worst change one word.
 */
#ifndef THRIFT_OPINION_H
#define THRIFT_OPINION_H

#include "base/buf.h"

enum opinion {
	OPINION_UNCLEAR, /* neither word, or both */
	OPINION_SIMPLE,
	OPINION_COMPLEX,
	OPINION_WEAK,
	OPINION_GOOD,
};

struct opinion_ask;
extern const struct opinion_ask opinion_size;    /* of: a message */
extern const struct opinion_ask opinion_quality; /* of: a question, the
						  * answer */

/* Appends the body of the request. Long texts are cut in the middle; the same
 * ones make the same body. */
void opinion_body(struct buf *b, const struct opinion_ask *ask,
		  struct str model, const struct str *of);

/* The word in what it answers, whatever its case and whatever stands around
 * it; "not simple" says neither. */
enum opinion opinion_said(const struct opinion_ask *ask, struct str said);

#endif
