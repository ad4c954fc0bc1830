/* A value on its way through a schema. Private to the schema*.c files. */
#ifndef THRIFT_SCHEMA_CHECK_H
#define THRIFT_SCHEMA_CHECK_H

#include "base/json.h"

struct check {
	const struct json *s, *v; /* the schema, the value */
	uint32_t root;            /* of the schema */
	struct arena *a;
	int depth;
	int64_t steps;
};

/* Counts steps. True when there were too many: everything holds from here
 * on. */
bool schema_spent(struct check *c, size_t steps);

/* json_is() for which index 0 is the whole document. */
static inline bool schema_is(const struct json *doc, uint32_t v,
			     enum json_type t)
{
	return json_type(doc, v) == t;
}

/* A string's bytes; those with an escape in them are decoded. */
struct str schema_text(struct check *c, const struct json *doc,
		       uint32_t v);

/* Any number, unless too much was spent. */
bool schema_number(struct check *c, const struct json *doc, uint32_t v,
		   double *n_r);

/* The value of the member called so, or 0. */
uint32_t schema_member(struct check *c, const struct json *doc,
		       uint32_t obj, struct str name);

/* Are a value of the schema's document and one of the other the same? What
 * nests deeper than JSON_MAX_DEPTH is no document. */
bool schema_equal(struct check *c, uint32_t s, uint32_t v);

#endif
