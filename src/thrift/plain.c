#include "thrift/plain.h"

#include "base/count.h"
#include "dialect/chat_has.h"

struct str plain_text(const struct chat *c)
{
	return c->shape == SHAPE_COMPLETION ? c->prompt : c->last_user;
}

/* -- members that ask for more --------------------------------------------- */

/* As good as absent. An empty object is not: it may switch something on. */
static bool is_nothing(const struct json *doc, uint32_t v)
{
	return !v || json_is(doc, v, JSON_NULL) ||
	       json_is(doc, v, JSON_FALSE) ||
	       (json_is(doc, v, JSON_ARRAY) && !json_first(doc, v)) ||
	       (json_is(doc, v, JSON_STRING) && !json_inner(doc, v).n);
}

static bool is_number(const struct json *doc, uint32_t v, int64_t want)
{
	int64_t n;

	return is_nothing(doc, v) || (json_int(doc, v, &n) && n == want);
}

static bool is_one(const struct json *doc, uint32_t v)
{
	return is_number(doc, v, 1);
}

static bool is_zero(const struct json *doc, uint32_t v)
{
	return is_number(doc, v, 0);
}

/* Of a form: {"type": "text"}. */
static bool is_text_form(const struct json *doc, uint32_t v)
{
	return is_nothing(doc, v) ||
	       (json_is(doc, v, JSON_OBJECT) &&
		json_string_is(doc, json_get(doc, v, "type"), "text"));
}

/* Of modalities: ["text"]. */
static bool is_text_only(const struct json *doc, uint32_t v)
{
	return is_nothing(doc, v) ||
	       (json_is(doc, v, JSON_ARRAY) && json_count(doc, v) == 1 &&
		json_string_is(doc, json_first(doc, v), "text"));
}

static const struct {
	enum shape shape;
	const char *member, *inner;
	bool (*harmless)(const struct json *doc, uint32_t v);
} members[] = {
	{ SHAPE_CHAT, "n", NULL, is_one },
	{ SHAPE_CHAT, "response_format", NULL, is_text_form },
	{ SHAPE_CHAT, "modalities", NULL, is_text_only },
	{ SHAPE_CHAT, "audio", NULL, is_nothing },
	{ SHAPE_CHAT, "logprobs", NULL, is_nothing },
	{ SHAPE_CHAT, "web_search_options", NULL, is_nothing },
	{ SHAPE_CHAT, "store", NULL, is_nothing },
	{ SHAPE_RESPONSES, "text", "format", is_text_form },
	{ SHAPE_RESPONSES, "prompt", NULL, is_nothing },
	{ SHAPE_RESPONSES, "previous_response_id", NULL, is_nothing },
	{ SHAPE_RESPONSES, "include", NULL, is_nothing },
	{ SHAPE_RESPONSES, "top_logprobs", NULL, is_zero },
	{ SHAPE_RESPONSES, "store", NULL, is_nothing },
	{ SHAPE_MESSAGES, "output_format", NULL, is_nothing },
	{ SHAPE_MESSAGES, "output_config", "format", is_nothing },
	{ SHAPE_MESSAGES, "mcp_servers", NULL, is_nothing },
	{ SHAPE_MESSAGES, "container", NULL, is_nothing },
	{ SHAPE_COMPLETION, "n", NULL, is_one },
	{ SHAPE_COMPLETION, "best_of", NULL, is_one },
	{ SHAPE_COMPLETION, "echo", NULL, is_nothing },
	{ SHAPE_COMPLETION, "suffix", NULL, is_nothing },
	{ SHAPE_COMPLETION, "logprobs", NULL, is_nothing },
};

static bool asks_no_more(const struct chat *c)
{
	uint32_t v;

	for (size_t i = 0; i < COUNT_OF(members); i++) {
		if (members[i].shape != c->shape)
			continue;
		v = json_get(c->doc, 0, members[i].member);
		if (v && members[i].inner)
			v = json_is(c->doc, v, JSON_OBJECT) ?
				    json_get(c->doc, v, members[i].inner) : 0;
		if (!members[i].harmless(c->doc, v))
			return false;
	}
	return true;
}

/* "none", or {"type": "none"}. */
static bool says_none(const struct json *doc, const char *member)
{
	uint32_t v = json_get(doc, 0, member);

	if (json_is(doc, v, JSON_OBJECT))
		v = json_get(doc, v, "type");
	return json_string_is(doc, v, "none");
}

static bool may_call(const struct chat *c)
{
	return chat_has_tools(c) && !says_none(c->doc, "tool_choice") &&
	       !says_none(c->doc, "function_call");
}

/* -- messages -------------------------------------------------------------- */

static bool is_text_part(const struct json *doc, uint32_t part)
{
	uint32_t type = json_get(doc, part, "type");

	return json_is(doc, part, JSON_OBJECT) &&
	       json_is(doc, json_get(doc, part, "text"), JSON_STRING) &&
	       (json_string_is(doc, type, "text") ||
		json_string_is(doc, type, "input_text"));
}

static bool is_text_message(const struct json *doc, uint32_t message)
{
	uint32_t content = json_get(doc, message, "content"), i;

	if (json_is(doc, content, JSON_STRING))
		return true;
	if (!json_is(doc, content, JSON_ARRAY))
		return false;
	for (i = json_first(doc, content); i; i = json_next(doc, content, i))
		if (!is_text_part(doc, i))
			return false;
	return true;
}

static bool is_one_question(const struct chat *c)
{
	size_t users = 0;

	for (size_t i = 0; i < c->nturn; i++) {
		if (c->turn[i].role == ROLE_SYSTEM)
			continue;
		if (c->turn[i].role != ROLE_USER || users++ ||
		    !is_text_message(c->doc, c->turn[i].tok))
			return false;
	}
	return true;
}

bool plain_is(const struct chat *c)
{
	if (c->shape != SHAPE_CHAT && c->shape != SHAPE_RESPONSES &&
	    c->shape != SHAPE_MESSAGES && c->shape != SHAPE_COMPLETION)
		return false;
	return is_one_question(c) && !c->stateful && asks_no_more(c) &&
	       !may_call(c);
}
