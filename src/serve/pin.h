/* A pinned answer (thrift/pinned.h) as the reply of a model would be. */
#ifndef SERVE_PIN_H
#define SERVE_PIN_H

#include <stdint.h>

#include "base/buf.h"
#include "dialect/shape.h"

struct pin {
	struct str model, text; /* JSON strings, with their quotes */
	const char *id;         /* what is behind its prefix */
	int64_t created_s;
};

/* Appends a whole reply of that shape, which is one of those that
 * pinned_find() has an answer for. */
void pin_write(struct buf *out, enum shape shape, const struct pin *p);

#endif
