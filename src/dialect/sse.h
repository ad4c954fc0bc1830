/*
 * Server-sent events, incrementally (WHATWG HTML, "event stream"): bytes in
 * any pieces, CR, LF or CRLF, one event out each time its blank line comes.
 */
#ifndef DIALECT_SSE_H
#define DIALECT_SSE_H

#include "base/buf.h"

struct sse_event {
	struct str type; /* "" when there was no event: line */
	struct str data; /* data: lines joined with LF */
	struct str raw;  /* the event's lines as they came, with LF ends and
			  * the blank line: what is relayed and stored.
			  * Comment lines are not in it. */
};

/* Called for each event; views are valid during the call. Non-zero stops
 * the parser: sse_feed returns it. */
typedef int sse_fn(void *ctx, const struct sse_event *e);

struct sse {
	struct buf line, data, raw;
	struct buf type;
	bool cr, any_data, started;
	size_t max; /* one event's bytes; more is an error */
	sse_fn *fn;
	void *ctx;
};

void sse_init(struct sse *s, struct arena *a, size_t max, sse_fn *fn,
	      void *ctx);

/* 0, what fn returned, or -1 when an event is larger than max. Memory does
 * not grow with the number of events. */
int sse_feed(struct sse *s, struct str bytes);

/* At the end of input: 1 when an unfinished event was left over (it is not
 * delivered), else 0. */
int sse_end(struct sse *s);

#endif
