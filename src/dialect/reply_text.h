/*
 * All that a model wrote in a reply: text, reasoning, refusals, calls with
 * their arguments, of every choice; to be counted, not to be read. What it
 * is called by (ids, types, signatures) is left out.
 */
#ifndef DIALECT_REPLY_TEXT_H
#define DIALECT_REPLY_TEXT_H

#include "base/buf.h"
#include "base/json.h"
#include "dialect/shape.h"

/* Appends that of one event of a stream, or of a whole reply. tmp is for
 * strings with escapes and may be reset then. */
void reply_text(struct buf *out, enum shape shape, const struct json *doc,
		bool event, struct arena *tmp);

/* Appends all strings in v, however deep. */
void reply_text_all(struct buf *out, const struct json *doc, uint32_t v,
		    struct arena *tmp);

#endif
