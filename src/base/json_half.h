/* The beginning of a JSON document that was cut short, as a document. */
#ifndef BASE_JSON_HALF_H
#define BASE_JSON_HALF_H

#include "base/buf.h"

/*
 * Appends `half` to out as far as its last whole value, or into a string that
 * is a value, and closes what is open there. What comes out is a document if
 * what went in was the beginning of one: json_parse() says so. False, and
 * nothing appended, when that begins with no object or array or nests deeper
 * than JSON_MAX_DEPTH.
 */
bool json_half(struct buf *out, struct str half);

#endif
