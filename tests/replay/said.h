/*
 * What a reply says, read a second time and in another way than larder reads
 * it: text, reasoning, refusals and tool calls put together from their
 * pieces, how it ended and what it used. Replies of different shapes that say
 * the same are equal here.
 */
#ifndef REPLAY_SAID_H
#define REPLAY_SAID_H

#include "base/buf.h"
#include "dialect/shape.h"

enum said_how {
	SAID_WHOLE,
	SAID_CUT,    /* ends before its terminator */
	SAID_FAILED, /* an error among its events, or no JSON */
};

/* SAID_PROOF: what only its maker reads, behind reasoning. */
enum said_kind {
	SAID_TEXT, SAID_REASONING, SAID_REFUSAL, SAID_TOOL, SAID_PROOF,
	SAID_KINDS
};

/* What was said in pieces under one number. */
struct said_part {
	enum said_kind kind;
	int64_t choice, index;
	struct str id, name; /* of a tool call */
	struct buf text;
};

enum { SAID_INPUT, SAID_OUTPUT, SAID_READ, SAID_WRITTEN, SAID_BUCKETS };

struct said {
	struct arena *a;
	enum shape shape;
	enum said_how how;
	struct said_part *part;
	size_t n, room;
	struct buf reasons;  /* why it ended, as it says so, with commas */
	const char *finish;  /* the first choice's, in words all shapes share */
	uint64_t open, ended; /* choices seen without and with one */
	struct str model;
	int64_t usage[SAID_BUCKETS]; /* -1: not said; input has the cache's */
	struct buf others;   /* kinds of parts that are none of these */
	size_t events;       /* with data; the terminator is one of them */
	size_t *end;         /* where each of them ends */
	size_t done;         /* where the terminator ends */
	bool after_end;      /* there are more behind it, but for a [DONE]
			      * that nobody needs */
	struct said *last;   /* what a stream of responses says at its end
			      * of all it has said, or NULL */
};

/* Everything lives in a. */
void said_stream(struct said *s, struct arena *a, enum shape shape,
		 struct str sse);

/* 0, or -1 when it is no reply of this shape. */
int said_json(struct said *s, struct arena *a, enum shape shape,
	      struct str json);

/* What the two do not agree on, NULL when they do. Shapes may differ. */
const char *said_differ(const struct said *x, const struct said *y);

/* The parts of one kind, ids and names of tools included: what said_differ
 * looks at, for people to see. */
struct str said_text(const struct said *s, enum said_kind kind);

#endif
