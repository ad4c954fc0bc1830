#include "thrift/schema.h"

#include "base/buf.h"
#include "base/count.h"
#include "base/utf8.h"
#include "thrift/schema_check.h"

#define DEPTH_MAX 600

/* -- keywords -------------------------------------------------------------- */

static bool holds(struct check *c, uint32_t s, uint32_t v);

/* k: the keyword's value; s: the schema it stands in. */
typedef bool keyword(struct check *c, uint32_t k, uint32_t s, uint32_t v);

static bool is_of(struct check *c, uint32_t type, uint32_t v)
{
	static const struct {
		const char *name;
		unsigned types;
	} rows[] = {
		{ "null", 1u << JSON_NULL },
		{ "boolean", 1u << JSON_FALSE | 1u << JSON_TRUE },
		{ "number", 1u << JSON_NUMBER },
		{ "integer", 1u << JSON_NUMBER },
		{ "string", 1u << JSON_STRING },
		{ "array", 1u << JSON_ARRAY },
		{ "object", 1u << JSON_OBJECT },
	};
	int64_t whole;
	double n = 0;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (!json_string_is(c->s, type, rows[i].name))
			continue;
		if (!(rows[i].types & 1u << json_type(c->v, v)))
			return false;
		if (strcmp(rows[i].name, "integer") != 0)
			return true;
		if (!schema_number(c, c->v, v, &n))
			return true;
		/* what is huge has no fraction */
		return n < -9e15 || n > 9e15 || json_int(c->v, v, &whole);
	}
	return true;
}

static bool key_type(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	uint32_t i;

	if (schema_is(c->v, v, JSON_NULL) &&
	    json_bool(c->s, json_get(c->s, s, "nullable"), false))
		return true;
	if (!schema_is(c->s, k, JSON_ARRAY))
		return is_of(c, k, v);
	for (i = json_first(c->s, k); i; i = json_next(c->s, k, i))
		if (schema_spent(c, 1) || is_of(c, i, v))
			return true;
	return false;
}

static bool key_enum(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	uint32_t i;

	(void)s;
	if (!schema_is(c->s, k, JSON_ARRAY))
		return true;
	for (i = json_first(c->s, k); i; i = json_next(c->s, k, i))
		if (schema_equal(c, i, v))
			return true;
	return false;
}

static bool key_const(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	(void)s;
	return schema_equal(c, k, v);
}

static bool key_any_of(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	uint32_t i;

	(void)s;
	if (!schema_is(c->s, k, JSON_ARRAY))
		return true;
	for (i = json_first(c->s, k); i; i = json_next(c->s, k, i))
		if (holds(c, i, v))
			return true;
	return false;
}

static bool key_all_of(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	uint32_t i;

	(void)s;
	if (!schema_is(c->s, k, JSON_ARRAY))
		return true;
	for (i = json_first(c->s, k); i && !schema_spent(c, 0);
	     i = json_next(c->s, k, i))
		if (!holds(c, i, v))
			return false;
	return true;
}

/* -- of objects ------------------------------------------------------------ */

static bool key_required(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	uint32_t i;

	(void)s;
	if (!schema_is(c->v, v, JSON_OBJECT) || !schema_is(c->s, k, JSON_ARRAY))
		return true;
	for (i = json_first(c->s, k); i && !schema_spent(c, 1);
	     i = json_next(c->s, k, i))
		if (schema_is(c->s, i, JSON_STRING) &&
		    !schema_member(c, c->v, v, schema_text(c, c->s, i)))
			return schema_spent(c, 0);
	return true;
}

/* Each member of the value by the schema of that name, or by what is said of
 * all others (which patternProperties would have a say in). */
static bool key_members(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	uint32_t props = json_get(c->s, s, "properties"), i, by;
	uint32_t rest = json_get(c->s, s, "additionalProperties");

	(void)k;
	if (!schema_is(c->v, v, JSON_OBJECT))
		return true;
	if (json_get(c->s, s, "patternProperties"))
		rest = 0;
	for (i = json_first(c->v, v); i; i = json_next(c->v, v, i)) {
		by = 0;
		if (props)
			by = schema_member(c, c->s, props,
					   schema_text(c, c->v, i));
		if (schema_spent(c, 1))
			return true;
		if (!by)
			by = rest;
		if (by && !holds(c, by, i + 1))
			return false;
	}
	return true;
}

/* Not twice where both are said. */
static bool key_others(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	return json_get(c->s, s, "properties") || key_members(c, k, s, v);
}

/* -- of arrays ------------------------------------------------------------- */

/* The first items by a row of schemas; returns the first behind them. */
static uint32_t front_items(struct check *c, uint32_t row, uint32_t v,
			    bool *ok)
{
	uint32_t i = json_first(c->v, v), by = json_first(c->s, row);

	for (; i && by && !schema_spent(c, 1); i = json_next(c->v, v, i)) {
		*ok = *ok && holds(c, by, i);
		by = json_next(c->s, row, by);
	}
	return i;
}

static bool key_items(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	uint32_t front = json_get(c->s, s, "prefixItems"), i;
	bool ok = true;

	if (!schema_is(c->v, v, JSON_ARRAY))
		return true;
	if (schema_is(c->s, k, JSON_ARRAY)) { /* as it was before prefixItems */
		front_items(c, k, v, &ok);
		return ok;
	}
	i = json_is(c->s, front, JSON_ARRAY) ?
		    front_items(c, front, v, &ok) : json_first(c->v, v);
	for (; ok && i && !schema_spent(c, 0); i = json_next(c->v, v, i))
		ok = holds(c, k, i);
	return ok;
}

static bool key_front(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	bool ok = true;

	(void)s;
	if (schema_is(c->v, v, JSON_ARRAY) && schema_is(c->s, k, JSON_ARRAY))
		front_items(c, k, v, &ok);
	return ok;
}

/* -- bounds ---------------------------------------------------------------- */

static double limit(struct check *c, uint32_t k, double dflt)
{
	double n = dflt;

	schema_number(c, c->s, k, &n);
	return n;
}

/* How long a string or an array is; -1 when the value is no such thing. */
static double length(struct check *c, uint32_t v, enum json_type t)
{
	size_t n;

	if (!schema_is(c->v, v, t))
		return -1;
	if (t == JSON_STRING)
		return (double)utf8_count(schema_text(c, c->v, v));
	n = json_count(c->v, v);
	schema_spent(c, n);
	return (double)n;
}

static bool at_least(struct check *c, uint32_t k, double n)
{
	return n < 0 || n >= limit(c, k, 0);
}

static bool at_most(struct check *c, uint32_t k, double n)
{
	return n < 0 || n <= limit(c, k, n);
}

static bool key_min_items(struct check *c, uint32_t k, uint32_t s,
			  uint32_t v)
{
	(void)s;
	return at_least(c, k, length(c, v, JSON_ARRAY));
}

static bool key_max_items(struct check *c, uint32_t k, uint32_t s,
			  uint32_t v)
{
	(void)s;
	return at_most(c, k, length(c, v, JSON_ARRAY));
}

static bool key_min_length(struct check *c, uint32_t k, uint32_t s,
			   uint32_t v)
{
	(void)s;
	return at_least(c, k, length(c, v, JSON_STRING));
}

static bool key_max_length(struct check *c, uint32_t k, uint32_t s,
			   uint32_t v)
{
	(void)s;
	return at_most(c, k, length(c, v, JSON_STRING));
}

/* How the value compares with a limit: -1, 0, 1; 2: not at all. */
static int compare(struct check *c, uint32_t k, uint32_t v)
{
	double n, most;

	if (!schema_is(c->v, v, JSON_NUMBER) ||
	    !schema_number(c, c->v, v, &n) ||
	    !schema_number(c, c->s, k, &most))
		return 2;
	return n < most ? -1 : n > most;
}

static bool key_minimum(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	(void)s;
	return compare(c, k, v) != -1;
}

static bool key_maximum(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	(void)s;
	return compare(c, k, v) != 1;
}

static bool key_above(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	int rc = compare(c, k, v);

	(void)s;
	return rc > 0;
}

static bool key_below(struct check *c, uint32_t k, uint32_t s, uint32_t v)
{
	int rc = compare(c, k, v);

	(void)s;
	return rc == -1 || rc == 2;
}

/* -- one schema ------------------------------------------------------------ */

static const struct {
	const char *name;
	keyword *holds;
} keywords[] = {
	{ "type", key_type }, { "enum", key_enum }, { "const", key_const },
	{ "anyOf", key_any_of }, { "oneOf", key_any_of },
	{ "allOf", key_all_of }, { "required", key_required },
	{ "properties", key_members },
	{ "additionalProperties", key_others },
	{ "items", key_items }, { "prefixItems", key_front },
	{ "minItems", key_min_items }, { "maxItems", key_max_items },
	{ "minLength", key_min_length }, { "maxLength", key_max_length },
	{ "minimum", key_minimum }, { "maximum", key_maximum },
	{ "exclusiveMinimum", key_above },
	{ "exclusiveMaximum", key_below },
};

/* ~1 is a slash and ~0 a tilde. */
static struct str unescaped(struct arena *a, struct str step)
{
	char *out = arena_alloc(a, step.n + 1);
	size_t n = 0, i;

	for (i = 0; i < step.n; i++) {
		out[n] = step.p[i];
		if (step.p[i] == '~' && i + 1 < step.n)
			out[n] = step.p[++i] == '1' ? '/' : '~';
		n++;
	}
	return (struct str){ out, n };
}

/* Where "#/a/b" leads. False: elsewhere, or nowhere. */
static bool follow(struct check *c, struct str ref, uint32_t *at_r)
{
	const char *slash;
	struct str step;

	if (!str_starts(ref, STR("#")) || memchr(ref.p, '%', ref.n))
		return false;
	*at_r = c->root;
	for (ref = str_from(ref, 1); ref.n; ref = str_from(ref, step.n)) {
		if (ref.p[0] != '/')
			return false;
		ref = str_from(ref, 1);
		slash = memchr(ref.p, '/', ref.n);
		step = slash ? (struct str){ ref.p, (size_t)(slash - ref.p) } :
			       ref;
		*at_r = schema_member(c, c->s, *at_r, unescaped(c->a, step));
		if (!*at_r) /* a step into an array is not followed either */
			return false;
	}
	return true;
}

static bool holds_ref(struct check *c, uint32_t ref, uint32_t v)
{
	uint32_t to;

	return !schema_is(c->s, ref, JSON_STRING) ||
	       !follow(c, schema_text(c, c->s, ref), &to) || holds(c, to, v);
}

static bool holds_all(struct check *c, uint32_t s, uint32_t v)
{
	uint32_t k = json_get(c->s, s, "$ref");
	size_t i;

	if (k) /* beside it others once counted for nothing */
		return holds_ref(c, k, v);
	for (i = 0; i < COUNT_OF(keywords); i++) {
		k = json_get(c->s, s, keywords[i].name);
		if (k && !keywords[i].holds(c, k, s, v))
			return false;
	}
	return true;
}

static bool holds(struct check *c, uint32_t s, uint32_t v)
{
	bool yes;

	if (c->depth >= DEPTH_MAX || schema_spent(c, 1))
		return true;
	if (schema_is(c->s, s, JSON_FALSE))
		return false;
	if (!schema_is(c->s, s, JSON_OBJECT))
		return true;
	/* Each keyword is looked for among all members. */
	if (schema_spent(c, json_count(c->s, s)))
		return true;
	c->depth++;
	yes = holds_all(c, s, v);
	c->depth--;
	return yes || schema_spent(c, 0);
}

/* A number or a string that is the whole document, as one within another:
 * index 0 has no text. */
static int wrap(struct schema_at *value, struct json *doc, struct arena *a)
{
	struct str text = value->doc->text;
	struct json_error err;
	struct buf b;

	buf_init(&b, a);
	buf_putc(&b, '[');
	buf_str(&b, text);
	buf_putc(&b, ']');
	if (json_parse(doc, a, buf_view(&b), &err) < 0)
		return -1;
	*value = (struct schema_at){ doc, 1 };
	return 0;
}

bool schema_holds(struct schema_at schema, struct schema_at value,
		  struct arena *a)
{
	struct check c;
	struct json doc;

	if (!value.at && !schema_is(value.doc, 0, JSON_OBJECT) &&
	    !schema_is(value.doc, 0, JSON_ARRAY) && wrap(&value, &doc, a) < 0)
		return true;
	c = (struct check){ .s = schema.doc, .v = value.doc,
			    .root = schema.at, .a = a };
	return holds(&c, schema.at, value.at);
}
