/*
 * A strict JSON scanner (RFC 8259, UTF-8 checked, no byte order mark) that
 * copies nothing: it lays a flat list of tokens over the text, and whoever
 * wants to change the text splices spans of it. Duplicate member names are
 * an error, compared by their decoded bytes.
 *
 * Tokens stand in document order; an object's are name, value, name, ...
 * A value is called by its index. Index 0 is the whole document and never a
 * member, so 0 also says "absent", and every getter of a value takes 0 and
 * answers with an empty or default value. What looks inside an object or
 * array (json_get, json_first, json_next, json_count) takes 0 as the whole
 * document: check an inner object before looking into it.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

#define JSON_MAX_DEPTH 256
#define JSON_MAX_TOKENS (1 << 23) /* of 12 bytes each */

struct json_tok {
	uint32_t at, end; /* bytes [at, end) of the text, quotes included */
	uint32_t next : 24; /* index of the first token behind this value */
	uint32_t type : 7;  /* enum json_type */
	uint32_t escaped : 1; /* a string with a backslash in it */
};

struct json {
	struct str text;
	struct json_tok *tok;
	uint32_t n;
};

struct json_error {
	size_t at;        /* byte offset */
	const char *what; /* static, e.g. "duplicate member name" */
};

/*
 * Scans the whole of text (which must outlive doc; at most 4 GiB - 1).
 * 0, or -1 with *err_r filled and doc undefined. Time is O(n log n) in the
 * worst case (sorting the names of one object), memory 12 bytes a token
 * and what the list of them left behind as it grew: some ten bytes a byte
 * of a text of nothing but tokens.
 */
int json_parse(struct json *doc, struct arena *a, struct str text,
	       struct json_error *err_r);

/* The same with at most max_tokens values and names, for texts of strangers:
 * `[1,1,1,...` makes six times its size of tokens. */
int json_parse_upto(struct json *doc, struct arena *a, struct str text,
		    size_t max_tokens, struct json_error *err_r);

/* The value of a member of obj, or 0: absent, or obj is no object. The
 * whole document when obj is 0. */
uint32_t json_find(const struct json *doc, uint32_t obj, struct str name);
static inline uint32_t json_get(const struct json *doc, uint32_t obj,
				const char *name)
{
	return json_find(doc, obj, str_c(name));
}

/*
 * Walks an array's items or an object's names:
 *   for (i = json_first(doc, v); i; i = json_next(doc, v, i))
 * In an object i is a name (a string) and i + 1 its value.
 */
uint32_t json_first(const struct json *doc, uint32_t v);
uint32_t json_next(const struct json *doc, uint32_t parent, uint32_t i);

/* How many items (array) or members (object); 0 for anything else. */
size_t json_count(const struct json *doc, uint32_t v);

/* JSON_NULL for index 0 when the document itself is not meant. */
static inline enum json_type json_type(const struct json *doc, uint32_t v)
{
	return (enum json_type)doc->tok[v].type;
}

static inline bool json_is(const struct json *doc, uint32_t v,
			   enum json_type t)
{
	return v && doc->tok[v].type == t;
}

/* The text of a value as it stands, quotes included; empty for 0. */
struct str json_span(const struct json *doc, uint32_t v);

/* A string's bytes between the quotes, escapes as they stand; empty for
 * anything that is no string. */
struct str json_inner(const struct json *doc, uint32_t v);

/* A string's decoded bytes (a lone surrogate escape becomes three bytes
 * that no valid text contains; \u0000 is a NUL byte). No copy is made when
 * nothing is escaped. Empty for anything that is no string. */
struct str json_string(const struct json *doc, uint32_t v, struct arena *a);

/* Is v a string whose decoded bytes are s? Allocates nothing. */
bool json_string_eq(const struct json *doc, uint32_t v, struct str s);
static inline bool json_string_is(const struct json *doc, uint32_t v,
				  const char *s)
{
	return json_string_eq(doc, v, str_c(s));
}

/* True or false; anything else gives dflt. */
bool json_bool(const struct json *doc, uint32_t v, bool dflt);

/* A number that is a whole one within int64_t (1, 1.0, 1e3): 1 and *out_r
 * set; anything else 0 and *out_r untouched. */
int json_int(const struct json *doc, uint32_t v, int64_t *out_r);

/* Any number as a double (infinite when too large for one): 1, else 0 and
 * *out_r untouched. */
int json_double(const struct json *doc, uint32_t v, double *out_r);

/* What stands between a string's quotes, valid as the scanner leaves it,
 * with its escapes decoded. */
struct str json_unescape(struct str inner, struct arena *a);

/* The same piece by piece: takes from *inner what decodes to at most n
 * bytes (n >= 4), writes them and says how many; 0 when nothing is left. */
size_t json_decode(struct str *inner, char *out, size_t n);

/* The digits of a valid number: -12.50e+03 is -, "12", "50", +, "03". */
struct json_digits {
	bool negative, exp_negative;
	struct str whole, frac, exp;
};
void json_split_number(struct str lexeme, struct json_digits *out_r);

#endif
