/*
 * Is a question simple or complex? Asked of a cheap model, as a chat
 * completion of a few tokens: what it is asked, and what its answer says. The
 * question is a stranger's text: it is set between marks that it cannot
 * contain, called data before and behind, and can at worst change one word.
 */
#ifndef THRIFT_CLASSIFY_H
#define THRIFT_CLASSIFY_H

#include "base/buf.h"

/* Of a longer message the head and the tail are shown. */
#define CLASSIFY_HEAD 1500 /* bytes */
#define CLASSIFY_TAIL 500

/* Appends the body of the request. The same question makes the same body. */
void classify_body(struct buf *b, struct str model, struct str question);

enum classify_word {
	CLASSIFY_UNCLEAR, /* neither, or both */
	CLASSIFY_SIMPLE,
	CLASSIFY_COMPLEX,
};

/* What a chat completion answers; UNCLEAR as well for what is none. */
enum classify_word classify_read(struct arena *a, struct str json);

/* The word in a text, whatever its case and whatever stands around it. */
enum classify_word classify_text(struct str text);

#endif
