#include "dialect/talk_read.h"

/* The conversation as chat completions have it: messages, and parts in
 * them. */

/* Parts of a message. */

static int image_read(struct talk_reader *r, struct talk_list *to,
		      const struct talk_got *g)
{
	static const struct talk_row rows[] = {
		{ "url", TALK_STRING, TALK_AT(url) },
		{ "detail", TALK_STRING, TALK_AT(detail) },
	};
	struct talk_part *p;
	struct talk_got in;

	if (talk_inside(r, g, g->image, "image_url", rows, COUNT_OF(rows),
			&in) < 0 ||
	    talk_need(r, g->image, in.url, "url") < 0)
		return -1;
	p = talk_part(&r->t, to, TALK_IMAGE, g->self);
	p->value = in.detail;
	return talk_address(r, p, in.url);
}

static int file_read(struct talk_reader *r, struct talk_list *to,
		     const struct talk_got *g)
{
	static const struct talk_row rows[] = {
		{ "filename", TALK_STRING, TALK_AT(name) },
		{ "file_data", TALK_STRING, TALK_AT(file_data) },
		{ "file_id", TALK_STRING, TALK_AT(id) },
	};
	struct talk_part *p;
	struct talk_got in;

	if (talk_inside(r, g, g->file, "file", rows, COUNT_OF(rows), &in) < 0)
		return -1;
	if (in.id)
		return talk_lose(&r->t, in.id, TALK_FAR_FILE);
	if (talk_need(r, g->file, in.file_data, "file_data") < 0)
		return -1;
	p = talk_part(&r->t, to, TALK_FILE, g->self);
	p->name = json_inner(r->t.doc, in.name);
	if (talk_address(r, p, in.file_data) < 0)
		return -1;
	if (p->url.p)
		return talk_wrong(&r->t, in.file_data,
				  "a data: URL in base64");
	return 0;
}

static const struct talk_row text_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "text", TALK_STRING, TALK_AT(text) },
};
static const struct talk_row refusal_rows[] = {
	TALK_ROW_TYPE, { "refusal", TALK_STRING, TALK_AT(refusal) },
};
static const struct talk_row image_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "image_url", TALK_OBJECT, TALK_AT(image) },
};
static const struct talk_row file_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "file", TALK_OBJECT, TALK_AT(file) },
};
static const struct talk_row audio_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "input_audio", TALK_OBJECT, TALK_AT(audio) },
};

static const struct talk_type parts[] = {
	{ "text", text_rows, COUNT_OF(text_rows), talk_read_text },
	{ "image_url", image_rows, COUNT_OF(image_rows), image_read },
	{ "file", file_rows, COUNT_OF(file_rows), file_read },
	{ "input_audio", audio_rows, COUNT_OF(audio_rows), talk_read_audio },
	{ "refusal", refusal_rows, COUNT_OF(refusal_rows), talk_read_refusal },
};

static int content_read(struct talk_reader *r, uint32_t content,
			struct talk_list *to)
{
	return talk_content(r, content, parts, COUNT_OF(parts), to);
}

/* Calls. */

static int call_read(struct talk_reader *r, struct talk_list *to,
		     const struct talk_got *g)
{
	static const struct talk_row rows[] = {
		{ "name", TALK_STRING, TALK_AT(name) },
		{ "arguments", TALK_STRING, TALK_AT(arguments) },
	};
	struct talk_part *p;
	struct talk_got in;

	if (talk_need(r, g->self, g->id, "id") < 0 ||
	    talk_inside(r, g, g->function, "function", rows, COUNT_OF(rows),
			&in) < 0 ||
	    talk_need(r, g->function, in.name, "name") < 0 ||
	    talk_need(r, g->function, in.arguments, "arguments") < 0)
		return -1;
	p = talk_part(&r->t, to, TALK_CALL, g->self);
	p->id = json_inner(r->t.doc, g->id);
	p->name = json_inner(r->t.doc, in.name);
	p->value = in.arguments;
	return 0;
}

/* index: what merged streams leave in a call. */
static const struct talk_row call_rows[] = {
	TALK_ROW_TYPE,
	{ "id", TALK_STRING, TALK_AT(id) },
	{ "function", TALK_OBJECT, TALK_AT(function) },
	{ "index", TALK_NUMBER, TALK_IDLE },
};

static const struct talk_type calls[] = {
	{ "function", call_rows, COUNT_OF(call_rows), call_read },
};

/* Reasoning, as LiteLLM hands it out and takes it back. */

static int thinking_read(struct talk_reader *r, struct talk_list *to,
			 const struct talk_got *g)
{
	talk_reasoning(r, to, g->self, json_inner(r->t.doc, g->thinking),
		       json_inner(r->t.doc, g->signature), false);
	return 0;
}

static int redacted_read(struct talk_reader *r, struct talk_list *to,
			 const struct talk_got *g)
{
	talk_reasoning(r, to, g->self, STR(""), json_inner(r->t.doc, g->data),
		       true);
	return 0;
}

static const struct talk_row thinking_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "thinking", TALK_STRING, TALK_AT(thinking) },
	{ "signature", TALK_STRING, TALK_AT(signature) },
};
static const struct talk_row redacted_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "data", TALK_STRING, TALK_AT(data) },
};
static const struct talk_type blocks[] = {
	{ "thinking", thinking_rows, COUNT_OF(thinking_rows), thinking_read },
	{ "redacted_thinking", redacted_rows, COUNT_OF(redacted_rows),
	  redacted_read },
};

/*
 * Messages. What is idle in an assistant's: reasoning that bears no mark of
 * ours is another provider's private state, annotations are about an answer
 * and no part of it, and a tool's name stands in its call.
 */

#define ROLE_ROW { "role", TALK_STRING, TALK_IDLE }
#define CONTENT_ROW \
	{ "content", TALK_STRING | TALK_ARRAY, TALK_AT(content) }

static const struct talk_row said_rows[] = {
	ROLE_ROW, CONTENT_ROW, TALK_ROW_CACHE,
};
static const struct talk_row result_rows[] = {
	ROLE_ROW, CONTENT_ROW, TALK_ROW_CACHE,
	{ "tool_call_id", TALK_STRING, TALK_AT(call_id) },
	{ "name", TALK_STRING, TALK_IDLE },
};
static const struct talk_row assistant_rows[] = {
	ROLE_ROW, CONTENT_ROW, TALK_ROW_CACHE,
	{ "refusal", TALK_STRING, TALK_AT(refusal) },
	{ "tool_calls", TALK_ARRAY, TALK_AT(calls) },
	{ "thinking_blocks", TALK_ARRAY, TALK_AT(blocks) },
	{ "reasoning_content", TALK_ANY, TALK_IDLE },
	{ "reasoning", TALK_ANY, TALK_IDLE },
	{ "reasoning_details", TALK_ANY, TALK_IDLE },
	{ "annotations", TALK_ANY, TALK_IDLE },
	{ "provider_specific_fields", TALK_ANY, TALK_IDLE },
};

static int said_read(struct talk_reader *r, struct talk_turn *turn,
		     const struct talk_got *g)
{
	if (talk_need(r, g->self, g->content, "content") < 0)
		return -1;
	return content_read(r, g->content, &turn->list);
}

static int result_read(struct talk_reader *r, struct talk_turn *turn,
		       const struct talk_got *g)
{
	struct talk_part *p;

	if (talk_need(r, g->self, g->call_id, "tool_call_id") < 0 ||
	    talk_need(r, g->self, g->content, "content") < 0)
		return -1;
	p = talk_part(&r->t, &turn->list, TALK_RESULT, g->self);
	p->id = json_inner(r->t.doc, g->call_id);
	return content_read(r, g->content, &p->inside);
}

static int assistant_read(struct talk_reader *r, struct talk_turn *turn,
			  const struct talk_got *g)
{
	struct talk_list *to = &turn->list;

	if (talk_content(r, g->blocks, blocks, COUNT_OF(blocks), to) < 0 ||
	    content_read(r, g->content, to) < 0)
		return -1;
	if (g->refusal)
		talk_words(r, to, TALK_REFUSAL, g->refusal);
	return talk_content(r, g->calls, calls, COUNT_OF(calls), to);
}

static const struct role {
	const char *name;
	enum talk_role role;
	const struct talk_row *rows;
	size_t n;
	int (*read)(struct talk_reader *r, struct talk_turn *turn,
		    const struct talk_got *g);
} roles[] = {
	{ "system", TALK_SYSTEM, said_rows, COUNT_OF(said_rows), said_read },
	{ "developer", TALK_SYSTEM, said_rows, COUNT_OF(said_rows),
	  said_read },
	{ "user", TALK_USER_TURN, said_rows, COUNT_OF(said_rows), said_read },
	{ "assistant", TALK_ASSISTANT, assistant_rows,
	  COUNT_OF(assistant_rows), assistant_read },
	{ "tool", TALK_USER_TURN, result_rows, COUNT_OF(result_rows),
	  result_read },
};

static int message_read(struct talk_reader *r, uint32_t msg)
{
	struct talk_got g = { .self = msg };
	uint32_t role = json_get(r->t.doc, msg, "role");
	const struct role *row;
	size_t i;

	if (!json_is(r->t.doc, msg, JSON_OBJECT))
		return talk_wrong(&r->t, msg, "an object");
	if (talk_need(r, msg, role, "role") < 0)
		return -1;
	for (i = 0; i < COUNT_OF(roles); i++) {
		row = &roles[i];
		if (!json_string_is(r->t.doc, role, row->name))
			continue;
		if (talk_take(r, msg, row->rows, row->n, &g) < 0)
			return -1;
		return row->read(r, talk_turn(r, row->role, msg), &g);
	}
	return talk_wrong(&r->t, role, "system, developer, user, assistant or "
				   "tool");
}

int talk_read_parts(struct talk_reader *r)
{
	uint32_t list = r->top.turns, i;

	for (i = json_first(r->t.doc, list); i;
	     i = json_next(r->t.doc, list, i)) {
		if (message_read(r, i) < 0)
			return -1;
	}
	return 0;
}
