/* Tool calls in chunks of chat completions. */
#include "dialect/delta_read.h"

struct call {
	struct str id, name, arguments;
	bool custom;
};

/* Some servers give the arguments as the object they are. */
static int arguments_read(struct translate *t, const struct json *doc,
			  uint32_t v, struct str *text_r)
{
	if (json_is(doc, v, JSON_OBJECT)) {
		*text_r = delta_quote(t->tmp, json_span(doc, v));
		return 0;
	}
	return delta_string(doc, v, text_r);
}

static int call_parse(struct translate *t, const struct json *doc,
		      uint32_t item, struct call *c)
{
	uint32_t of = json_get(doc, item, "function");

	c->custom = !json_is(doc, of, JSON_OBJECT) &&
		    json_is(doc, json_get(doc, item, "custom"), JSON_OBJECT);
	if (c->custom)
		of = json_get(doc, item, "custom");
	if (!json_is(doc, of, JSON_OBJECT))
		return -1;
	if (delta_string(doc, json_get(doc, item, "id"), &c->id) < 0 ||
	    delta_string(doc, json_get(doc, of, "name"), &c->name) < 0)
		return -1;
	return arguments_read(t, doc,
			      json_get(doc, of, c->custom ? "input" :
							    "arguments"),
			      &c->arguments);
}

/* Does it begin a call although its index is another's, or not there? */
static bool call_is_new(const struct block *b, const struct call *c,
			size_t place, bool counted)
{
	if (!b)
		return true;
	if (!c->name.n)
		return false;
	if (c->id.n && b->id.n)
		return !str_eq(c->id, b->id);
	return !counted && (place || b->bytes || !str_eq(c->name, b->name));
}

/* The block a piece of a call belongs to, NULL when it names an index that
 * none can have. */
static struct block *call_block(struct translate *t, const struct json *doc,
				uint32_t item, const struct call *c,
				size_t place)
{
	int64_t index;
	bool counted = json_int(doc, json_get(doc, item, "index"), &index);
	struct block *b;

	if (!counted)
		index = t->heard->ncall ? (int64_t)t->heard->ncall - 1 : 0;
	b = delta_at(t, index);
	if (!call_is_new(b, c, place, counted))
		return b;
	if (!counted)
		index = (int64_t)t->heard->ncall;
	b = delta_open(t, c->custom ? BLOCK_CUSTOM : BLOCK_CALL);
	if (delta_put(t, index, b) < 0)
		return NULL;
	if ((size_t)index >= t->heard->ncall)
		t->heard->ncall = (size_t)index + 1;
	return b;
}

/* Names come once, in pieces, or again and again. No tool's is as long as a
 * hostile server could make one. */
#define TOOL_NAME_MAX 512

static int call_name(struct translate *t, struct block *b, struct str name)
{
	if (!name.n || str_eq(name, b->name))
		return 0;
	if (b->open || b->name.n + name.n > TOOL_NAME_MAX)
		return -1;
	b->name = str_c(arena_printf(t->a, "%.*s%.*s", (int)b->name.n,
				     b->name.n ? b->name.p : "", (int)name.n,
				     name.p));
	return 0;
}

static int call_take(struct translate *t, struct block *b,
		     const struct call *c)
{
	if (!b || call_name(t, b, c->name) < 0)
		return -1;
	if (!b->id.n && c->id.n && !b->open)
		b->id = arena_str(t->a, c->id);
	return delta_piece(t, b, c->arguments, STR(""));
}

int delta_read_calls(struct translate *t, const struct json *doc,
		     uint32_t list)
{
	size_t place = 0;
	struct call c;
	uint32_t i;

	if (list && !json_is(doc, list, JSON_ARRAY) &&
	    !json_is(doc, list, JSON_NULL))
		return -1;
	for (i = json_item(doc, list); i; i = json_next(doc, list, i)) {
		if (!json_is(doc, i, JSON_OBJECT) ||
		    call_parse(t, doc, i, &c) < 0 ||
		    call_take(t, call_block(t, doc, i, &c, place++), &c) < 0)
			return -1;
	}
	return 0;
}

int delta_read_function(struct translate *t, const struct json *doc,
			uint32_t of)
{
	struct call c = { .custom = false };

	if (!of || json_is(doc, of, JSON_NULL))
		return 0;
	if (!json_is(doc, of, JSON_OBJECT) ||
	    delta_string(doc, json_get(doc, of, "name"), &c.name) < 0 ||
	    arguments_read(t, doc, json_get(doc, of, "arguments"),
			   &c.arguments) < 0)
		return -1;
	if (!c.name.n && !c.arguments.n) /* some have empty ones of all */
		return 0;
	return call_take(t, call_block(t, doc, of, &c, 0), &c);
}
