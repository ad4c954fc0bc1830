#include "dialect/chat.h"

#include "base/buf.h"
#include "base/count.h"

/* What each shape calls things. */
struct shape_row {
	const char *turns;  /* the array of messages or items */
	const char *system; /* text outside the turns */
	const char *prompt; /* text that is no conversation */
	bool text_turns;    /* the turns may be one string instead */
	bool no_model;
};

static const struct shape_row shapes[] = {
	[SHAPE_CHAT] = { .turns = "messages" },
	[SHAPE_RESPONSES] = { .turns = "input", .system = "instructions",
			      .prompt = "input", .text_turns = true },
	[SHAPE_COMPLETION] = { .prompt = "prompt" },
	[SHAPE_EMBEDDING] = { .prompt = "input" },
	[SHAPE_MESSAGES] = { .turns = "messages", .system = "system" },
	[SHAPE_COUNT] = { .turns = "messages", .system = "system" },
	[SHAPE_MODELS] = { .no_model = true },
	[SHAPE_OTHER] = { .no_model = true },
};

static int refuse(struct fail *f, const char *code, const char *param,
		  const char *text)
{
	if (!f->status)
		f->param = param;
	return fail(f, 400, code, "%s", text);
}

static enum role role_of(const struct json *doc, uint32_t role)
{
	static const struct {
		const char *name;
		enum role role;
	} roles[] = {
		{ "system", ROLE_SYSTEM }, { "developer", ROLE_SYSTEM },
		{ "user", ROLE_USER },	   { "assistant", ROLE_ASSISTANT },
		{ "tool", ROLE_TOOL },	   { "function", ROLE_TOOL },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(roles); i++) {
		if (json_string_is(doc, role, roles[i].name))
			return roles[i].role;
	}
	return ROLE_ASSISTANT;
}

static bool has_block(const struct json *doc, uint32_t content,
		      const char *type)
{
	uint32_t i;

	if (!json_is(doc, content, JSON_ARRAY))
		return false;
	for (i = json_first(doc, content); i; i = json_next(doc, content, i)) {
		if (json_string_is(doc, json_get(doc, i, "type"), type))
			return true;
	}
	return false;
}

/* A message of chat or messages, or one among the items of responses. */
static void message_read(struct turn *t, const struct json *doc)
{
	uint32_t content = json_get(doc, t->tok, "content");
	uint32_t calls = json_get(doc, t->tok, "tool_calls");

	t->role = role_of(doc, json_get(doc, t->tok, "role"));
	if (t->role == ROLE_USER && has_block(doc, content, "tool_result"))
		t->role = ROLE_TOOL;
	t->results = t->role == ROLE_TOOL;
	if (t->role != ROLE_ASSISTANT)
		return;
	t->calls = (json_is(doc, calls, JSON_ARRAY) &&
		    json_first(doc, calls)) ||
		   json_is(doc, json_get(doc, t->tok, "function_call"),
			   JSON_OBJECT) ||
		   has_block(doc, content, "tool_use");
}

static bool ends_with(struct str s, struct str tail)
{
	return s.n >= tail.n && str_eq(str_from(s, s.n - tail.n), tail);
}

/*
 * An item of responses. Whatever has a call_id is one half of a call; the
 * provider's own tools (web search and such) have none and need no answer.
 */
static void item_read(struct turn *t, struct arena *a, const struct json *doc)
{
	uint32_t type = json_get(doc, t->tok, "type");
	struct str name = json_string(doc, type, a);
	bool approval = json_get(doc, t->tok, "approval_request_id") != 0;

	if (!type || str_is(name, "message")) {
		message_read(t, doc);
		return;
	}
	t->role = ROLE_ASSISTANT;
	if (ends_with(name, STR("_output")) || approval) {
		t->role = ROLE_TOOL;
		t->results = true;
	} else {
		t->calls = json_get(doc, t->tok, "call_id") != 0 ||
			   str_is(name, "mcp_approval_request");
	}
}

/* A reasoning item belongs to what follows it: in front of a call it is
 * part of the call. */
static void reasoning_bind(struct chat *c)
{
	size_t i = c->nturn;
	uint32_t type;

	while (i-- > 1) {
		type = json_get(c->doc, c->turn[i - 1].tok, "type");
		if (c->turn[i].calls &&
		    json_string_is(c->doc, type, "reasoning"))
			c->turn[i - 1].calls = true;
	}
}

/* The text of a string, or of the text blocks of an array one behind the
 * other, decoded. */
static struct str text_of(const struct json *doc, struct arena *a, uint32_t v)
{
	struct str text = json_string(doc, v, a);
	struct buf b;
	uint32_t i;

	if (!json_is(doc, v, JSON_ARRAY))
		return text;
	buf_init(&b, a);
	for (i = json_first(doc, v); i; i = json_next(doc, v, i))
		buf_str(&b, json_string(doc, json_get(doc, i, "text"), a));
	return buf_view(&b);
}

static int turns_read(struct chat *c, struct arena *a, struct fail *f)
{
	const struct json *doc = c->doc;
	struct turn *t = arena_new_n(a, struct turn,
				     json_count(doc, c->turns));
	const char *name = shapes[c->shape].turns;
	uint32_t i, user = 0;

	c->turn = t;
	for (i = json_first(doc, c->turns); i;
	     i = json_next(doc, c->turns, i), t++) {
		if (!json_is(doc, i, JSON_OBJECT)) {
			return refuse(f, "invalid_type", name,
				      arena_printf(a, "%s[%zu] must be an "
						   "object with a role and "
						   "content",
						   name,
						   (size_t)(t - c->turn)));
		}
		t->tok = i;
		if (c->shape == SHAPE_RESPONSES)
			item_read(t, a, doc);
		else
			message_read(t, doc);
		if (t->role == ROLE_USER)
			user = i;
	}
	c->nturn = (size_t)(t - c->turn);
	if (c->shape == SHAPE_RESPONSES)
		reasoning_bind(c);
	if (user)
		c->last_user = text_of(doc, a, json_get(doc, user, "content"));
	return 0;
}

/* The conversation: an array, or with Responses one user's text. */
static int turns_find(struct chat *c, struct arena *a, struct fail *f)
{
	const struct shape_row *row = &shapes[c->shape];
	uint32_t v = json_get(c->doc, 0, row->turns);

	if (json_is(c->doc, v, JSON_ARRAY)) {
		c->turns = v;
		return turns_read(c, a, f);
	}
	if (!row->text_turns)
		return refuse(f, "invalid_type", row->turns,
			      "messages must be an array of message objects");
	if (v && !json_is(c->doc, v, JSON_STRING))
		return refuse(f, "invalid_type", row->turns,
			      "input must be a string or an array of items");
	c->last_user = json_string(c->doc, v, a);
	return 0;
}

/* One text, given as such or as the only one of an array. */
static struct str prompt_of(const struct json *doc, struct arena *a,
			    uint32_t v)
{
	if (json_is(doc, v, JSON_ARRAY))
		v = json_count(doc, v) == 1 ? json_first(doc, v) : 0;
	return json_string(doc, v, a);
}

static int model_read(struct chat *c, struct arena *a, struct fail *f)
{
	uint32_t model = json_get(c->doc, 0, "model");

	if (shapes[c->shape].no_model && !json_is(c->doc, model, JSON_STRING))
		return 0;
	if (!model)
		return refuse(f, "missing_required_parameter", "model",
			      "you must provide a model parameter");
	if (json_inner(c->doc, model).n == 0)
		return refuse(f, "invalid_type", "model",
			      "model must be a string that names a model");
	c->model = model;
	c->model_name = json_string(c->doc, model, a);
	return 0;
}

static int stream_read(struct chat *c, struct fail *f)
{
	uint32_t stream = json_get(c->doc, 0, "stream");
	uint32_t options = json_get(c->doc, 0, "stream_options");

	c->stream = json_bool(c->doc, stream, false);
	c->stream_options = options;
	if (json_is(c->doc, options, JSON_OBJECT))
		c->include_usage = json_bool(
			c->doc, json_get(c->doc, options, "include_usage"),
			false);
	else if (options && !json_is(c->doc, options, JSON_NULL))
		return refuse(f, "invalid_type", "stream_options",
			      "stream_options must be an object or null");
	if (!stream || json_is(c->doc, stream, JSON_NULL) ||
	    json_is(c->doc, stream, JSON_TRUE) ||
	    json_is(c->doc, stream, JSON_FALSE))
		return 0;
	return refuse(f, "invalid_type", "stream",
		      "stream must be true or false");
}

static void sampling_read(struct chat *c)
{
	double t;

	if (!json_double(c->doc, json_get(c->doc, 0, "temperature"), &t))
		return;
	c->sampled = t > 0;
	c->greedy = t == 0;
}

static bool is_stateful(const struct json *doc)
{
	uint32_t conversation = json_get(doc, 0, "conversation");

	return (conversation && !json_is(doc, conversation, JSON_NULL)) ||
	       json_bool(doc, json_get(doc, 0, "background"), false);
}

static int view(struct chat *c, struct arena *a, struct fail *f)
{
	const struct shape_row *row = &shapes[c->shape];
	const struct json *doc = c->doc;

	if (json_type(doc, 0) != JSON_OBJECT)
		return refuse(f, "invalid_json", NULL,
			      "the body must be a JSON object");
	if (model_read(c, a, f) < 0 || stream_read(c, f) < 0)
		return -1;
	c->cache = json_get(doc, 0, "cache");
	sampling_read(c);
	c->stateful = is_stateful(doc);
	if (row->system)
		c->system = json_get(doc, 0, row->system);
	if (row->prompt)
		c->prompt = prompt_of(doc, a, json_get(doc, 0, row->prompt));
	return row->turns ? turns_find(c, a, f) : 0;
}

int chat_view(struct chat *c, struct arena *a, const struct json *doc,
	      enum shape shape, struct fail *f)
{
	struct chat seen = { .shape = shape, .doc = doc };

	seen.model_name = seen.last_user = seen.prompt = STR("");
	if (view(&seen, a, f) < 0)
		return -1;
	*c = seen;
	return 0;
}
