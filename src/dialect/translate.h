/*
 * Conversations of one shape in another: chat completions, messages and
 * responses, requests and replies. What is text or a number is carried over as
 * it stands; what the other shape has no word for is refused by name, or left
 * out where that is allowed, but never lost in silence.
 */
#ifndef DIALECT_TRANSLATE_H
#define DIALECT_TRANSLATE_H

#include "base/buf.h"
#include "base/fail.h"
#include "base/json.h"
#include "dialect/shape.h"
#include "dialect/sse.h"

/* Can a request of one be made one of the other? Not from a shape to itself. */
bool translate_can(enum shape from, enum shape to);

struct translate_ask {
	enum shape from, to;
	struct str model;   /* as the new request names it */
	bool stream;        /* the new request asks for a stream, with usage */
	bool lossy;         /* leave out what cannot be said, and list it */
	int64_t max_tokens; /* for a shape that must have a limit (messages),
			     * when the request has none */
};

/*
 * Appends the request doc (which has passed chat_view) in another shape. The
 * members `cache` and `stream` of doc are the caller's business and are not
 * carried. 0, or -1 with *f filled (400; param names the member as a path
 * such as messages[2].content[0].type, in out's arena). With lossy, what was
 * left out is appended to dropped, names separated by ", ".
 */
int translate_request(struct buf *out, const struct json *doc,
		      const struct translate_ask *q, struct buf *dropped,
		      struct fail *f);

/* A stream under way, made event by event. */
struct translate;

/* usage: the caller asked for stream_options.include_usage (chat). Lives in
 * a. */
struct translate *translate_new(struct arena *a, enum shape from,
				enum shape to, bool usage);

/*
 * Appends what the caller sees of an event: any number of whole events, in
 * the order and framing the shape's SDKs want; its proper terminator only
 * behind a proper end. An error event becomes one of the other shape. 0, or
 * -1 when the event is none a stream of `from` has (the caller then ends the
 * stream with error_event); out is as it was. tmp is reset.
 */
int translate_event(struct translate *t, const struct sse_event *e,
		    struct buf *out, struct arena *tmp);

/* SSE -> SSE, a whole and good stream. 0, or -1 with out as it was. */
int translate_stream(struct buf *out, enum shape from, enum shape to,
		     struct str sse, bool usage);

/* A whole good reply, JSON -> JSON. 0, or -1 with out as it was. */
int translate_reply(struct buf *out, enum shape from, enum shape to,
		    struct str json);

#endif
