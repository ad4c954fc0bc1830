/*
 * Answers without a model: pairs of questions and answers from a JSONL file,
 * a question found exactly after Unicode normalisation (NFKC), case folding
 * and the joining of blanks; punctuation at its end does not count (fold.h).
 *
 *   {"question": ["What are your hours?", "When are you open?"],
 *    "answer": "We are open from 9 to 5.", "models": ["gpt-4o"]}
 *
 * question and models are strings or arrays of them; models may be absent:
 * for all of them that have no answer of their own to it.
 */
#ifndef THRIFT_PINNED_H
#define THRIFT_PINNED_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "dialect/chat.h"

struct pinned; /* read-only once made */

/* NULL with one line in err_r that names file, line and fix. */
struct pinned *pinned_load(const char *path, char *err_r, size_t err_n);
void pinned_free(struct pinned **p);

/* A hash of the file as it was read. */
const struct key *pinned_id(const struct pinned *p);

/*
 * The answer to a request, or NULL: a JSON string as it stands in the file,
 * quotes included. Only a conversation of one user message (system messages
 * beside it) that is nothing but text, asks for no tools, no other form than
 * text and no more than one choice, has one; and the text of a completion.
 * A long question costs nothing.
 */
const struct str *pinned_find(const struct pinned *p, struct arena *a,
			      const struct chat *c);

#endif
