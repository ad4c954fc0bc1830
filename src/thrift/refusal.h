/*
 * Does an answer begin like a refusal ("I'm sorry, but I can't help with
 * that")? By phrases, in the languages of which they are known; looked for at
 * the front alone, so that most answers are cleared by their first words.
 */
#ifndef THRIFT_REFUSAL_H
#define THRIFT_REFUSAL_H

#include <stdbool.h>

#include "base/str.h"

#define REFUSAL_CHARS 200 /* of an answer that are looked at */

struct refusal {
	char head[REFUSAL_CHARS * 4]; /* in small letters, blanks joined */
	size_t n, chars;
	bool full;
};

enum refusal_look { REFUSAL_NO, REFUSAL_MAYBE, REFUSAL_YES };

/* More of the text. All zeros is a good beginning. */
void refusal_add(struct refusal *f, struct str text);

/* MAYBE: more of it is needed. At the end that is a no. */
enum refusal_look refusal_look(const struct refusal *f);

#endif
