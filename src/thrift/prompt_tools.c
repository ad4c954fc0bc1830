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

static struct str text_of(const struct tally *t, uint32_t v)
{
	if (json_is(t->doc, v, JSON_STRING))
		return t->a ? json_string(t->doc, v, t->a) :
			      json_inner(t->doc, v);
	return json_span(t->doc, v);
}

/* A description without the dot at its end. */
static struct str undotted(const struct tally *t, uint32_t v)
{
	struct str s = text_of(t, v);

	if (s.n && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

/* -- schemas --------------------------------------------------------------- */

static void properties(struct tally *t, uint32_t list);
static void schema(struct tally *t, uint32_t v);

static void enumeration(struct tally *t, uint32_t list)
{
	size_t n = json_count(t->doc, list);
	uint32_t i;

	if (!json_is(t->doc, list, JSON_ARRAY)) {
		tally_rest(t, list);
		return;
	}
	if (n)
		t->beside += n * ENUM_ITEM + ENUM;
	for (i = json_first(t->doc, list); i; i = json_next(t->doc, list, i))
		tally_value(t, i);
}

/* What a schema is put together of (anyOf, $defs) has no row: it counts as it
 * stands. */
#define SCHEMA_ROWS                                                     \
	{ "type", NULL }, { "required", NULL }, { "$schema", NULL },    \
	{ "enum", enumeration }, { "properties", properties },          \
	{ "items", schema }

static const struct tally_row schema_rows[] = {
	SCHEMA_ROWS, { "description", tally_value },
};

/* Of a property's schema the line has the description. */
static const struct tally_row property_rows[] = {
	SCHEMA_ROWS, { "description", NULL },
};

static void schema(struct tally *t, uint32_t v)
{
	tally_members(t, v, schema_rows, COUNT_OF(schema_rows));
}

static void property(struct tally *t, uint32_t name)
{
	const struct json *doc = t->doc;
	uint32_t v = name + 1;
	struct str line[5] = { text_of(t, name), STR(":"), STR(""), STR(":"),
			       STR("") };

	t->beside += PROPERTY;
	if (!json_is(doc, v, JSON_OBJECT)) {
		tally_line(t, line, 1);
		tally_rest(t, v);
		return;
	}
	line[2] = text_of(t, json_get(doc, v, "type"));
	line[4] = undotted(t, json_get(doc, v, "description"));
	tally_line(t, line, COUNT_OF(line));
	tally_members(t, v, property_rows, COUNT_OF(property_rows));
}

static void properties(struct tally *t, uint32_t list)
{
	uint32_t i;

	if (!json_is(t->doc, list, JSON_OBJECT)) {
		tally_rest(t, list);
		return;
	}
	if (json_first(t->doc, list))
		t->beside += PROPERTIES;
	for (i = json_first(t->doc, list); i; i = json_next(t->doc, list, i))
		property(t, i);
}

/* -- tools ----------------------------------------------------------------- */

static void function(struct tally *t, uint32_t f);

static const struct tally_row tool_rows[] = {
	{ "type", NULL },	    { "name", NULL },
	{ "description", NULL },    { "strict", NULL },
	{ "cache_control", NULL },  { "function", function },
	{ "custom", function },	    { "parameters", schema },
	{ "input_schema", schema },
};

/* {"type": "function", "function": {...}}, or what is inside. The provider's
 * own tools have no name; what they cost is not known. */
static void function(struct tally *t, uint32_t f)
{
	const struct json *doc = t->doc;
	struct str line[3] = { STR(""), STR(":"), STR("") };

	if (!json_is(doc, f, JSON_OBJECT)) {
		tally_rest(t, f);
		return;
	}
	line[0] = text_of(t, json_get(doc, f, "name"));
	line[2] = undotted(t, json_get(doc, f, "description"));
	if (line[0].n || line[2].n) {
		t->beside += token_set_of(t->ask->model) == TOKEN_CL100K ?
				     FUNCTION_CL100K : FUNCTION_O200K;
		tally_line(t, line, COUNT_OF(line));
	}
	tally_members(t, f, tool_rows, COUNT_OF(tool_rows));
}

void tally_tools(struct tally *t, uint32_t tools)
{
	bool claude = strcmp(family_name(t->family), "claude") == 0;
	uint32_t i;

	if (!json_is(t->doc, tools, JSON_ARRAY)) {
		tally_rest(t, tools);
		return;
	}
	if (!json_first(t->doc, tools))
		return;
	t->guessed = true;
	for (i = json_first(t->doc, tools); i;
	     i = json_next(t->doc, tools, i)) {
		if (claude)
			tally_value(t, i);
		else
			function(t, i);
	}
	t->beside += claude ? CLAUDE_TOOLS : FUNCTIONS_END;
}
