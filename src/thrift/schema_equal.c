/* Names and values, compared by what they say. */
#include "thrift/schema_check.h"

#define STEPS_MAX 1000000 /* a tenth of a second */

bool schema_spent(struct check *c, size_t steps)
{
	c->steps += (int64_t)steps;
	return c->steps > STEPS_MAX;
}

static bool object_in(const struct json *doc, uint32_t v)
{
	return v && schema_is(doc, v, JSON_OBJECT);
}

struct str schema_text(struct check *c, const struct json *doc, uint32_t v)
{
	size_t n = json_inner(doc, v).n;

	schema_spent(c, doc->tok[v].escaped ? 8 + n : n / 8);
	return json_string(doc, v, c->a);
}

bool schema_number(struct check *c, const struct json *doc, uint32_t v,
		   double *n_r)
{
	return !schema_spent(c, json_span(doc, v).n) &&
	       json_double(doc, v, n_r);
}

uint32_t schema_member(struct check *c, const struct json *doc, uint32_t obj,
		       struct str name)
{
	uint32_t i;

	if (!object_in(doc, obj) && (obj || !schema_is(doc, 0, JSON_OBJECT)))
		return 0;
	for (i = json_first(doc, obj); i; i = json_next(doc, obj, i)) {
		if (schema_spent(c, 1))
			return 0;
		if (!doc->tok[i].escaped ? str_eq(json_inner(doc, i), name) :
					   str_eq(schema_text(c, doc, i), name))
			return i + 1;
	}
	return 0;
}

/* -- equality -------------------------------------------------------------- */

static bool equal_objects(struct check *c, uint32_t s, uint32_t v)
{
	size_t n = json_count(c->s, s), others = json_count(c->v, v);
	uint32_t i, other;

	if (schema_spent(c, n + others) || n != others)
		return schema_spent(c, 0);
	for (i = json_first(c->s, s); i; i = json_next(c->s, s, i)) {
		other = schema_member(c, c->v, v, schema_text(c, c->s, i));
		if (!other || !schema_equal(c, i + 1, other))
			return schema_spent(c, 0);
	}
	return true;
}

static bool equal_arrays(struct check *c, uint32_t s, uint32_t v)
{
	uint32_t i = json_first(c->s, s), j = json_first(c->v, v);

	while (i && j) {
		if (!schema_equal(c, i, j))
			return false;
		if (schema_spent(c, 0))
			return true;
		i = json_next(c->s, s, i);
		j = json_next(c->v, v, j);
	}
	return !i && !j;
}

static bool equal_numbers(struct check *c, uint32_t s, uint32_t v)
{
	double x = 0, y = 0;

	schema_number(c, c->s, s, &x);
	schema_number(c, c->v, v, &y);
	return (x >= y && x <= y) || schema_spent(c, 0);
}

bool schema_equal(struct check *c, uint32_t s, uint32_t v)
{
	if (schema_spent(c, 1))
		return true;
	if (json_type(c->s, s) != json_type(c->v, v))
		return false;
	switch (json_type(c->s, s)) {
	case JSON_NUMBER:
		return equal_numbers(c, s, v);
	case JSON_STRING:
		return str_eq(schema_text(c, c->s, s), schema_text(c, c->v, v));
	case JSON_ARRAY:
		return equal_arrays(c, s, v);
	case JSON_OBJECT:
		return equal_objects(c, s, v);
	case JSON_NULL: case JSON_FALSE: case JSON_TRUE:
		break;
	}
	return true;
}
