#include "base/count.h"
#include "thrift/prompt_walk.h"

/*
 * What OpenAI's cookbook says of tools, checked there with gpt-4o, gpt-4 and
 * gpt-3.5-turbo. It knows of flat parameters; what is nested is counted the
 * same way here, and what a schema has besides as it stands.
 */
#define FUNCTION_O200K 7
#define FUNCTION_CL100K 10
#define PROPERTIES 3
#define PROPERTY 3
#define ENUM -3
#define ENUM_ITEM 3
#define FUNCTIONS_END 12

/* Anthropic's instructions about tools, by its own table. */
#define CLAUDE_TOOLS 346

/* A description without the dot at its end. */
static struct str undotted(const struct tally *t, uint32_t v)
{
	struct str s = t->a ? json_string(t->doc, v, t->a) :
			      json_inner(t->doc, v);

	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

static struct str text_of(const struct tally *t, uint32_t v)
{
	if (json_is(t->doc, v, JSON_STRING))
		return t->a ? json_string(t->doc, v, t->a) :
			      json_inner(t->doc, v);
	return json_span(t->doc, v);
}

static void properties(struct tally *t, uint32_t schema);

static void enumeration(struct tally *t, uint32_t list)
{
	size_t n = json_count(t->doc, list);
	uint32_t i;

	if (!json_is(t->doc, list, JSON_ARRAY) || n == 0)
		return;
	t->beside += n * ENUM_ITEM + ENUM;
	for (i = json_first(t->doc, list); i; i = json_next(t->doc, list, i))
		tally_value(t, i);
}

static void property(struct tally *t, uint32_t name)
{
	const struct json *doc = t->doc;
	uint32_t v = name + 1, items;
	struct str line[5] = { text_of(t, name), STR(":"), STR(""), STR(":"),
			       STR("") };

	t->beside += PROPERTY;
	if (!json_is(doc, v, JSON_OBJECT)) {
		tally_line(t, line, 1);
		return;
	}
	line[2] = text_of(t, json_get(doc, v, "type"));
	line[4] = undotted(t, json_get(doc, v, "description"));
	tally_line(t, line, COUNT_OF(line));
	enumeration(t, json_get(doc, v, "enum"));
	properties(t, v);
	items = json_get(doc, v, "items");
	if (json_is(doc, items, JSON_OBJECT)) {
		enumeration(t, json_get(doc, items, "enum"));
		properties(t, items);
	}
}

/* The properties of a schema of objects, and what it is put together of. */
static void properties(struct tally *t, uint32_t schema)
{
	static const char *const others[] = { "anyOf", "oneOf", "allOf",
					      "$defs", "definitions" };
	const struct json *doc = t->doc;
	uint32_t list = json_get(doc, schema, "properties"), i;
	size_t k;

	if (json_is(doc, list, JSON_OBJECT) && json_first(doc, list)) {
		t->beside += PROPERTIES;
		for (i = json_first(doc, list); i; i = json_next(doc, list, i))
			property(t, i);
	}
	for (k = 0; k < COUNT_OF(others); k++)
		tally_value(t, json_get(doc, schema, others[k]));
}

/* {"type": "function", "function": {...}} or what is inside. */
static void function(struct tally *t, uint32_t tool)
{
	const struct json *doc = t->doc;
	uint32_t f = json_get(doc, tool, "function"), schema;
	struct str line[3] = { STR(""), STR(":"), STR("") };

	if (!json_is(doc, f, JSON_OBJECT))
		f = tool;
	line[0] = text_of(t, json_get(doc, f, "name"));
	line[2] = undotted(t, json_get(doc, f, "description"));
	if (!line[0].n)
		return; /* the provider's own: not known */
	t->beside += token_set_of(t->ask->model) == TOKEN_CL100K ?
			     FUNCTION_CL100K : FUNCTION_O200K;
	tally_line(t, line, COUNT_OF(line));
	schema = json_get(doc, f, "parameters");
	if (!schema)
		schema = json_get(doc, f, "input_schema");
	if (json_is(doc, schema, JSON_OBJECT))
		properties(t, schema);
}

void tally_tools(struct tally *t, uint32_t tools)
{
	bool claude = strcmp(family_name(t->family), "claude") == 0;
	uint32_t i;

	if (!json_is(t->doc, tools, JSON_ARRAY) ||
	    !json_first(t->doc, tools))
		return;
	t->guessed = true;
	for (i = json_first(t->doc, tools); i;
	     i = json_next(t->doc, tools, i)) {
		if (claude)
			tally_value(t, i);
		else if (json_is(t->doc, i, JSON_OBJECT))
			function(t, i);
	}
	t->beside += claude ? CLAUDE_TOOLS : FUNCTIONS_END;
}
