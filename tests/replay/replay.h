/*
 * Recordings of providers' replies, played to larder: what is tried with
 * each, and what came of it.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "dialect/reply.h"
#include "said.h"

/* How many of what was tried; shared with the process that adds them up. */
struct score {
	enum said_how how;
	size_t bytes, events;
	size_t splits;    /* offsets at which a stream was cut in two pieces */
	size_t runs;      /* whole streams fed in pieces */
	size_t cuts;      /* offsets behind which nothing came any more */
	size_t asks;      /* requests through the corridor */
	size_t forms;     /* made JSON of events or events of JSON */
	size_t crossed;   /* made one of another shape */
	size_t refused;   /* could not be, and said so */
	size_t failures, odd;
	bool done;
};

struct job {
	const char *path, *name; /* name: the path's last part */
	enum shape shape;
	bool stream, quick;
	struct str bytes;
	struct said said;
	struct arena *a;
	struct score *score;
};

/* Counts and prints it. One line for each kind of failure is enough: a check
 * stops at its first. */
void job_fails(struct job *j, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What is not as it should be in the recording, or cannot be in this form. */
void job_odd(struct job *j, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Offsets to try of n: all of them, or when that is too much about `most`,
 * the first and the last among them. */
struct offsets {
	size_t n, step;
};
static inline struct offsets offsets_of(size_t n, size_t most)
{
	return (struct offsets){ n, n > most ? n / most + 1 : 1 };
}
static inline size_t offset_next(const struct offsets *o, size_t at)
{
	size_t left = o->n - at;

	return at + (left > o->step ? o->step : 1);
}

/* Re-chunked and cut: parser, watch, relay and recording (split.c). */
void check_splits(struct job *j);

/* One reply in both forms (forms.c). */
void check_forms(struct job *j);

/* In the other shapes (cross.c). */
void check_crossed(struct job *j);

/* said_differ without what no translation keeps: made ids, paragraphs of
 * reasoning, how a refusal is told from a text. */
const char *crossed_differ(const struct said *got, const struct said *want);

/* Through the corridor: callers, cache and log; and callers who speak
 * another shape than the upstream (walk.c). */
void check_walks(struct job *j);

#endif
