/* The canonical form of a request body: what of it is left out, and which
 * forms of it meet. */
#include "dialect/canon_walk.h"

#include "base/count.h"

#define BIT(shape) (1u << (shape))
#define NAME(lit) { (lit), sizeof(lit) - 1 }
#define ANTHROPIC (BIT(SHAPE_MESSAGES) | BIT(SHAPE_COUNT))

/* A content, or Anthropic's system: [{"type":"text","text":"x"}] is "x". */
static void add_content(struct canon *c, uint32_t v)
{
	const char *type = c->ask->shape == SHAPE_RESPONSES ? "input_text" :
							      "text";
	uint32_t block, text;

	if (json_is(c->doc, v, JSON_ARRAY) && json_count(c->doc, v) == 1) {
		block = json_first(c->doc, v);
		text = json_get(c->doc, block, "text");
		if (json_is(c->doc, text, JSON_STRING) &&
		    json_count(c->doc, block) == 2 &&
		    json_string_is(c->doc, json_get(c->doc, block, "type"),
				   type))
			v = text;
	}
	canon_value(c, v);
}

/* A Responses message whose "type":"message" says nothing new. */
static bool is_easy_message(const struct canon *c, uint32_t v)
{
	return json_string_is(c->doc, json_get(c->doc, v, "type"),
			      "message") &&
	       json_get(c->doc, v, "role") &&
	       json_get(c->doc, v, "content") &&
	       json_count(c->doc, v) == 3;
}

static void add_turn_member(struct canon *c, const struct canon_member *m)
{
	if (!str_is(canon_name(m), "content")) {
		canon_member(c, m);
		return;
	}
	canon_bytes(c, canon_name(m));
	add_content(c, m->value);
}

static void add_easy_member(struct canon *c, const struct canon_member *m)
{
	if (!str_is(canon_name(m), "type"))
		add_turn_member(c, m);
}

/* An item of messages or input. */
static void add_turn(struct canon *c, uint32_t v)
{
	if (!json_is(c->doc, v, JSON_OBJECT))
		canon_value(c, v);
	else if (c->ask->shape == SHAPE_RESPONSES && is_easy_message(c, v))
		canon_members(c, v, add_easy_member);
	else
		canon_members(c, v, add_turn_member);
}

static void add_turns(struct canon *c, uint32_t v)
{
	canon_items(c, v, add_turn);
}

/* Clients that stream ask with one member of a tool for its arguments in
 * finer pieces. */
static void add_tool_member(struct canon *c, const struct canon_member *m)
{
	if (!str_is(canon_name(m), "eager_input_streaming"))
		canon_member(c, m);
}

static void add_tool(struct canon *c, uint32_t v)
{
	if (json_is(c->doc, v, JSON_OBJECT))
		canon_members(c, v, add_tool_member);
	else
		canon_value(c, v);
}

static void add_tools(struct canon *c, uint32_t v)
{
	canon_items(c, v, add_tool);
}

/* input: "x" is input: [{"role":"user","content":"x"}]. */
static void add_input(struct canon *c, uint32_t v)
{
	if (!json_is(c->doc, v, JSON_STRING)) {
		add_turns(c, v);
		return;
	}
	canon_tag(c, '[');
	canon_tag(c, '{');
	canon_bytes(c, STR("role")); /* shorter, hence first */
	canon_bytes(c, STR("user"));
	canon_bytes(c, STR("content"));
	canon_value(c, v);
	canon_tag(c, '}');
	canon_tag(c, ']');
}

static bool is_one(const struct canon *c, uint32_t v)
{
	int64_t x;

	return json_int(c->doc, v, &x) && x == 1;
}

static bool is_true(const struct canon *c, uint32_t v)
{
	return json_is(c->doc, v, JSON_TRUE);
}

static bool is_auto(const struct canon *c, uint32_t v)
{
	return json_string_is(c->doc, v, "auto");
}

static bool is_type_auto(const struct canon *c, uint32_t v)
{
	return json_is(c->doc, v, JSON_OBJECT) &&
	       json_count(c->doc, v) == 1 &&
	       is_auto(c, json_get(c->doc, v, "type"));
}

/* Explicit values that say what absence says. */
static const struct {
	struct str name;
	unsigned shapes;
	bool (*is)(const struct canon *c, uint32_t v);
} defaults[] = {
	{ NAME("n"), BIT(SHAPE_CHAT) | BIT(SHAPE_COMPLETION), is_one },
	{ NAME("tool_choice"), BIT(SHAPE_CHAT) | BIT(SHAPE_RESPONSES),
	  is_auto },
	{ NAME("tool_choice"), ANTHROPIC, is_type_auto },
	{ NAME("parallel_tool_calls"),
	  BIT(SHAPE_CHAT) | BIT(SHAPE_RESPONSES), is_true },
};

/* Members with forms that meet. */
static const struct {
	struct str name;
	unsigned shapes;
	void (*add)(struct canon *c, uint32_t v);
} folded[] = {
	{ NAME("messages"), BIT(SHAPE_CHAT) | ANTHROPIC, add_turns },
	{ NAME("system"), ANTHROPIC, add_content },
	{ NAME("tools"), ANTHROPIC, add_tools },
	{ NAME("input"), BIT(SHAPE_RESPONSES), add_input },
};

/* What does not change the answer, or not what it says. */
static const struct str left_out[] = {
	NAME("stream"), NAME("stream_options"), NAME("user"),
	NAME("metadata"), NAME("safety_identifier"),
	NAME("prompt_cache_key"), NAME("service_tier"), NAME("cache"),
};

static bool is_left_out(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(left_out); i++)
		if (str_eq(name, left_out[i]))
			return true;
	return false;
}

static bool is_ignored(const struct canon *c, struct str name)
{
	for (size_t i = 0; i < c->ask->nignore; i++)
		if (str_is(name, c->ask->ignore[i]))
			return true;
	return false;
}

static bool is_default(const struct canon *c, const struct canon_member *m)
{
	for (size_t i = 0; i < COUNT_OF(defaults); i++)
		if (defaults[i].shapes & BIT(c->ask->shape) &&
		    str_eq(canon_name(m), defaults[i].name) &&
		    defaults[i].is(c, m->value))
			return true;
	return false;
}

static void add_top_member(struct canon *c, const struct canon_member *m)
{
	struct str name = canon_name(m);

	if (is_left_out(name) || is_ignored(c, name) || is_default(c, m))
		return;
	for (size_t i = 0; i < COUNT_OF(folded); i++) {
		if (folded[i].shapes & BIT(c->ask->shape) &&
		    str_eq(name, folded[i].name)) {
			canon_bytes(c, canon_name(m));
			folded[i].add(c, m->value);
			return;
		}
	}
	canon_member(c, m);
}

void canon_hash(struct hash *h, struct arena *a, const struct json *doc,
		const struct canon_ask *q)
{
	struct canon c = { .h = h, .a = a, .doc = doc, .ask = q };

	if (json_type(doc, 0) == JSON_OBJECT)
		canon_members(&c, 0, add_top_member);
	else
		canon_value(&c, 0);
}
