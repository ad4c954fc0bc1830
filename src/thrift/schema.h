/*
 * Is a JSON value one of a JSON Schema? Of the schema what structured outputs
 * allow is looked at; any other keyword counts as met, and so does what would
 * take too long: a no is always a true one.
 *
 * type, enum, const, properties, required, additionalProperties, items,
 * prefixItems, minItems, maxItems, minLength, maxLength, minimum, maximum,
 * exclusiveMinimum, exclusiveMaximum, anyOf, oneOf (as anyOf), allOf, and
 * $ref within the schema.
 */
#ifndef THRIFT_SCHEMA_H
#define THRIFT_SCHEMA_H

#include "base/json.h"

/* A value within a document; at 0: the whole of it. */
struct schema_at {
	const struct json *doc;
	uint32_t at;
};

/* a: for names with escapes in them. Time and depth are bounded. */
bool schema_holds(struct schema_at schema, struct schema_at value,
		  struct arena *a);

#endif
