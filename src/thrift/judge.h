/*
 * Is a cheap model's answer good enough, or shall a better one be asked? From
 * the answer alone: why it ended, whether it says anything, refuses, is JSON
 * of the schema that was asked for, and how sure the model was. (The words to
 * ask another model with are in thrift/opinion.h.)
 *
 * Of several choices the first is judged. An answer that calls tools is good
 * whatever else it says.
 */
#ifndef THRIFT_JUDGE_H
#define THRIFT_JUDGE_H

#include "base/arena.h"
#include "base/conf.h"
#include "base/json.h"
#include "dialect/shape.h"
#include "dialect/sse.h"

enum weak { /* why an answer is weak, in the order they are looked for */
	WEAK_NOT,
	WEAK_EMPTY,
	WEAK_REFUSAL,
	WEAK_JSON,    /* JSON was asked for, and this is none */
	WEAK_SCHEMA,  /* it is, but not of the schema */
	WEAK_LENGTH,  /* cut by its limit */
	WEAK_LOGPROB, /* unsure: a low mean logprob */
	WEAK_JUDGE,   /* a judge said so; nothing here does */
	WEAKS
};

const char *weak_word(enum weak w); /* "empty", "refusal", ... */
/* The bits (1 << enum weak) of a weak_on list; -1 when a word is unknown,
 * which is then in *bad_r. "judge" is no word of it. */
int weak_bits(const struct conf_words *on, const char **bad_r);

struct judge_ask {
	enum shape shape;         /* the answer's */
	const struct json *doc;   /* the request, in that shape; outlives it */
	unsigned on;              /* bits of what makes it weak */
	double min_logprob;       /* mean of the answer's tokens */
};

struct judge;
struct judge *judge_new(struct arena *a, const struct judge_ask *q);

enum judge_says { JUDGE_WAIT, JUDGE_GOOD, JUDGE_WEAK };
/*
 * A stream under way. GOOD: nothing that may still come makes it weak; of
 * what is known only at the end `length` is not waited for, and `logprob`
 * only when there are any with the first text. With WEAK_JUDGE on it is never
 * GOOD before the end. tmp is reset.
 */
enum judge_says judge_event(struct judge *j, const struct sse_event *e,
			    struct arena *tmp);

/* A whole answer at once: one JSON document, or the events of a stream. */
void judge_whole(struct judge *j, struct str answer, bool events);

/* At the end, or of what has come so far when that was WEAK: WEAK_NOT when it
 * is good. */
enum weak judge_end(struct judge *j);

/* Its visible text; complete only when WEAK_JUDGE is on. Empty, when it calls
 * tools. */
struct str judge_text(const struct judge *j);

#endif
