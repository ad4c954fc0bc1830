/*
 * What a reply says, and its two forms. A stored reply is either one JSON
 * document or a list of server-sent events, as the upstream gave it; either
 * form can be turned into the other without losing tool calls, reasoning,
 * refusals, logprobs, choices, usage or members larder does not know.
 * String contents and numbers are carried over as they stand in the text.
 */
#ifndef DIALECT_REPLY_H
#define DIALECT_REPLY_H

#include <stdint.h>

#include "base/buf.h"
#include "dialect/shape.h"
#include "dialect/sse.h"
#include "dialect/usage.h"

struct reply_facts {
	struct usage usage;
	char model[96];  /* as the reply names it; "" when it does not */
	char finish[96]; /* finish reasons, comma-separated */
	char cost[24];   /* what it cost, as the reply says: a JSON number of
			  * dollars, or of ticks; "" when it does not */
	bool cost_ticks; /* of 1e-10 dollars */
};

void facts_init(struct reply_facts *f);

/* Facts of a whole JSON reply. 0, or -1 when it is not a reply of this
 * shape (no JSON, an error object, no choices/content/output/data) and must
 * not be stored. */
int facts_of_json(struct reply_facts *f, struct arena *a, enum shape shape,
		  struct str json);

/* What a document that is no reply of this shape says all the same: a model,
 * and what was used. f keeps what it does not. */
void facts_of_other(struct reply_facts *f, struct arena *a, enum shape shape,
		    struct str json);

/* Follows a stream event by event. */
struct reply_watch {
	enum shape shape;
	struct arena *a; /* reset after each event */
	struct reply_facts facts;
	uint64_t seen[2], finished[2]; /* choices by index, 0 to 127 */
	bool ended;      /* its proper terminator has come */
	bool failed;     /* an error event, an event that is no JSON, or one
			  * that only a failed answer has, or the
			  * terminator before every choice had its
			  * finish reason */
	bool malformed;  /* failed by an event that is no JSON object */
	bool after_end;  /* something came behind the terminator */
};

void watch_init(struct reply_watch *w, enum shape shape, struct arena *own);

void watch_event(struct reply_watch *w, const struct sse_event *e);

/*
 * Appends an event as a caller sees it. Without `usage`, what
 * stream_options.include_usage adds is left out: the chunk that has nothing
 * else, and the usage:null member of all others. tmp is reset.
 */
void reply_event(struct buf *out, enum shape shape, const struct sse_event *e,
		 bool usage, struct arena *tmp);

/* SSE -> SSE: all events, as reply_event has them. */
int reply_replay(struct buf *out, enum shape shape, struct str sse,
		 bool usage);

/* SSE -> JSON. 0, or -1 when the events do not make a whole reply: an error
 * among them, no proper terminator, something behind it. */
int reply_assemble(struct buf *out, enum shape shape, struct str sse);

/* JSON -> SSE with the proper terminator. 0, or -1 when it is no reply of
 * this shape. On -1 out is as it was. */
int reply_expand(struct buf *out, enum shape shape, struct str json,
		 bool usage);

/* Does this shape have a streaming form at all? */
bool shape_streams(enum shape shape);

#endif
