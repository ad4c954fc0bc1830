/* Refusals in the caller's dialect. */
#ifndef DIALECT_ERROR_H
#define DIALECT_ERROR_H

#include "base/buf.h"
#include "base/fail.h"
#include "base/json.h"
#include "dialect/shape.h"

/* {"error":{message,type,param,code}} or {"type":"error","error":{type,
 * message},"request_id"}. The type follows from the status as the provider
 * has it (401 authentication_error, 429 rate_limit_error, 529 ...). */
void error_json(struct buf *out, enum dialect d, const struct fail *f,
		const char *request_id);

/* The same as an event in the middle of a stream of that shape: `data:
 * {"error":...}`, `event: error`, or the Responses API's error event. No
 * terminator follows it. */
void error_event(struct buf *out, enum shape s, const struct fail *f,
		 const char *request_id);

/*
 * The other way: what an upstream's error document says, of either dialect
 * or a gateway's or framework's. status: the HTTP status it came with; one
 * below 400 (200 with an error in it, an event in a stream) is made out of its
 * words. f->code and f->param are short plain words in a, or NULL; a prompt
 * too long for the model always has the code context_length_exceeded. 0, or
 * -1 with *f as it was when doc is no error.
 */
int error_read(struct fail *f, struct arena *a, const struct json *doc,
	       int status);

/* Does it say that the prompt is too long for the model? */
bool error_is_context(const struct json *doc);

#endif
