#include "dialect/chat_has.h"

#include "base/count.h"
#include "base/utf8.h"

bool chat_has_tools(const struct chat *c)
{
	static const char *const names[] = { "tools", "functions" };
	uint32_t v;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		v = json_get(c->doc, 0, names[i]);
		if (json_is(c->doc, v, JSON_ARRAY) && json_first(c->doc, v))
			return true;
	}
	return false;
}

/* -- images ---------------------------------------------------------------- */

static bool is_image(const struct json *doc, uint32_t block)
{
	static const char *const types[] = { "image_url", "input_image",
					     "image", "computer_screenshot" };
	uint32_t type = json_get(doc, block, "type");

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (json_string_is(doc, type, types[i]))
			return true;
	return false;
}

/* In a block, in an array of them, or in the results of tools in there. What
 * a tool was asked has a form of its own and is not looked into. */
static bool holds_image(const struct json *doc, uint32_t v, int levels)
{
	static const char *const inner[] = { "content", "output" };
	uint32_t i;

	if (json_is(doc, v, JSON_ARRAY)) {
		for (i = json_first(doc, v); i; i = json_next(doc, v, i))
			if (holds_image(doc, i, levels))
				return true;
		return false;
	}
	if (!json_is(doc, v, JSON_OBJECT))
		return false;
	if (is_image(doc, v))
		return true;
	for (size_t n = 0; levels && n < COUNT_OF(inner); n++)
		if (holds_image(doc, json_get(doc, v, inner[n]), levels - 1))
			return true;
	return false;
}

bool chat_has_images(const struct chat *c)
{
	for (size_t i = 0; i < c->nturn; i++)
		if (holds_image(c->doc, c->turn[i].tok, 2))
			return true;
	return false;
}

/* -- JSON ------------------------------------------------------------------ */

/* The object that says what form the answer is to have; 0 when there is
 * none. */
static uint32_t find_format(const struct chat *c)
{
	static const struct {
		enum shape shape;
		const char *outer, *inner;
	} at[] = {
		{ SHAPE_CHAT, "response_format", NULL },
		{ SHAPE_RESPONSES, "text", "format" },
		{ SHAPE_MESSAGES, "output_config", "format" },
		{ SHAPE_MESSAGES, "output_format", NULL },
		{ SHAPE_COUNT, "output_config", "format" },
		{ SHAPE_COUNT, "output_format", NULL },
	};
	uint32_t v;

	for (size_t i = 0; i < COUNT_OF(at); i++) {
		if (at[i].shape != c->shape)
			continue;
		v = json_get(c->doc, 0, at[i].outer);
		if (v && at[i].inner)
			v = json_get(c->doc, v, at[i].inner);
		if (v)
			return v;
	}
	return 0;
}

enum chat_json chat_has_json(const struct chat *c)
{
	uint32_t format = find_format(c);
	uint32_t type = format ? json_get(c->doc, format, "type") : 0;

	if (json_string_is(c->doc, type, "json_schema"))
		return CHAT_JSON_SCHEMA;
	return json_string_is(c->doc, type, "json_object") ? CHAT_JSON_ANY :
							     CHAT_JSON_NOT;
}

/* -- characters ------------------------------------------------------------ */

/* The document is valid UTF-8, so each byte that is no tail begins one. */
static size_t count_bytes(const char *p, size_t n)
{
	size_t chars = 0;

	for (size_t i = 0; i < n; i++)
		chars += ((unsigned char)p[i] & 0xc0) != 0x80;
	return chars;
}

static size_t count_inner(struct str inner)
{
	char piece[256];
	size_t chars = 0, n;

	if (!memchr(inner.p, '\\', inner.n))
		return count_bytes(inner.p, inner.n);
	while ((n = json_decode(&inner, piece, sizeof(piece))))
		chars += count_bytes(piece, n);
	return chars;
}

/* Members whose strings a model reads or wrote. */
static bool is_text(const struct json *doc, uint32_t name)
{
	static const char *const names[] = {
		"content", "text", "arguments", "name", "input", "output",
		"thinking", "summary", "reasoning_content", "refusal",
		"reasoning", "tool_calls", "function", "function_call",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (json_string_is(doc, name, names[i]))
			return true;
	return false;
}

/* It has names of its own and counts as it stands. */
static bool is_tool_input(const struct json *doc, uint32_t name)
{
	return json_string_is(doc, name, "input") &&
	       json_is(doc, name + 1, JSON_OBJECT);
}

static size_t count_value(const struct json *doc, uint32_t v)
{
	size_t n = 0;
	struct str span;
	uint32_t i;

	if (json_is(doc, v, JSON_STRING))
		return count_inner(json_inner(doc, v));
	if (json_is(doc, v, JSON_ARRAY)) {
		for (i = json_first(doc, v); i; i = json_next(doc, v, i))
			n += count_value(doc, i);
	} else if (json_is(doc, v, JSON_OBJECT)) {
		for (i = json_first(doc, v); i; i = json_next(doc, v, i)) {
			span = json_span(doc, i + 1);
			if (is_tool_input(doc, i))
				n += count_bytes(span.p, span.n);
			else if (is_text(doc, i))
				n += count_value(doc, i + 1);
		}
	}
	return n;
}

size_t chat_chars(const struct chat *c)
{
	size_t n = utf8_count(c->prompt);

	if (c->system)
		n += count_value(c->doc, c->system);
	for (size_t i = 0; i < c->nturn; i++)
		n += count_value(c->doc, c->turn[i].tok);
	return n;
}
