/* Refusals in the caller's dialect. */
#ifndef DIALECT_ERROR_H
#define DIALECT_ERROR_H

#include "base/buf.h"
#include "base/fail.h"
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

#endif
