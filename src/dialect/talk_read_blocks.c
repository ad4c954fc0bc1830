#include "dialect/talk_read.h"

/* The conversation as messages have it: system text, and blocks. */

/* Where the bytes of an image or a document are. */

static int base64_read(struct talk_reader *r, struct talk_list *to,
		       const struct talk_got *g, enum talk_kind kind)
{
	struct talk_part *p;

	if (talk_need(r, g->self, g->media_type, "media_type") < 0 ||
	    talk_need(r, g->self, g->data, "data") < 0)
		return -1;
	p = talk_part(&r->t, to, kind, g->self);
	p->media = json_inner(r->t.doc, g->media_type);
	p->text = json_inner(r->t.doc, g->data);
	return 0;
}

static int url_read(struct talk_reader *r, struct talk_list *to,
		    const struct talk_got *g, enum talk_kind kind)
{
	if (talk_need(r, g->self, g->url, "url") < 0)
		return -1;
	talk_part(&r->t, to, kind, g->self)->url =
		json_inner(r->t.doc, g->url);
	return 0;
}

static int image_base64(struct talk_reader *r, struct talk_list *to,
			const struct talk_got *g)
{
	return base64_read(r, to, g, TALK_IMAGE);
}

static int image_url(struct talk_reader *r, struct talk_list *to,
		     const struct talk_got *g)
{
	return url_read(r, to, g, TALK_IMAGE);
}

static int file_base64(struct talk_reader *r, struct talk_list *to,
		       const struct talk_got *g)
{
	return base64_read(r, to, g, TALK_FILE);
}

static int file_url(struct talk_reader *r, struct talk_list *to,
		    const struct talk_got *g)
{
	return url_read(r, to, g, TALK_FILE);
}

static int file_text(struct talk_reader *r, struct talk_list *to,
		     const struct talk_got *g)
{
	if (talk_need(r, g->self, g->data, "data") < 0)
		return -1;
	return talk_words(r, to, TALK_PLAIN, g->data);
}

static const struct talk_row data_rows[] = {
	TALK_ROW_TYPE,
	{ "media_type", TALK_STRING, TALK_AT(media_type) },
	{ "data", TALK_STRING, TALK_AT(data) },
};
static const struct talk_row url_rows[] = {
	TALK_ROW_TYPE, { "url", TALK_STRING, TALK_AT(url) },
};
static const struct talk_type image_sources[] = {
	{ "base64", data_rows, COUNT_OF(data_rows), image_base64 },
	{ "url", url_rows, COUNT_OF(url_rows), image_url },
};
static const struct talk_type file_sources[] = {
	{ "base64", data_rows, COUNT_OF(data_rows), file_base64 },
	{ "url", url_rows, COUNT_OF(url_rows), file_url },
	{ "text", data_rows, COUNT_OF(data_rows), file_text },
};

/* Blocks. */

static int image_read(struct talk_reader *r, struct talk_list *to,
		      const struct talk_got *g)
{
	if (talk_need(r, g->self, g->source, "source") < 0)
		return -1;
	return talk_typed(r, g->source, image_sources,
			  COUNT_OF(image_sources), to);
}

static int document_read(struct talk_reader *r, struct talk_list *to,
			 const struct talk_got *g)
{
	static const struct talk_row rows[] = {
		{ "enabled", TALK_BOOL, TALK_AT(enabled) },
	};
	struct talk_got in = { .self = g->citations };
	uint32_t n = to->n;

	if (talk_need(r, g->self, g->source, "source") < 0 ||
	    (g->citations &&
	     talk_take(r, g->citations, rows, COUNT_OF(rows), &in) < 0))
		return -1;
	if (json_bool(r->t.doc, in.enabled, false) &&
	    talk_lose(&r->t, g->citations, "it cites no documents") < 0)
		return -1;
	if (talk_typed(r, g->source, file_sources, COUNT_OF(file_sources),
		       to) < 0)
		return -1;
	if (to->n > n)
		to->part[n].name = json_inner(r->t.doc, g->title);
	return 0;
}

static int use_read(struct talk_reader *r, struct talk_list *to,
		    const struct talk_got *g)
{
	struct talk_part *p;

	if (talk_need(r, g->self, g->id, "id") < 0 ||
	    talk_need(r, g->self, g->name, "name") < 0 ||
	    talk_need(r, g->self, g->input, "input") < 0)
		return -1;
	p = talk_part(&r->t, to, TALK_CALL, g->self);
	p->id = json_inner(r->t.doc, g->id);
	p->name = json_inner(r->t.doc, g->name);
	p->value = g->input;
	return 0;
}

static int thinking_read(struct talk_reader *r, struct talk_list *to,
			 const struct talk_got *g)
{
	struct talk_part *p = talk_part(&r->t, to, TALK_THINKING, g->self);

	p->text = json_inner(r->t.doc, g->thinking);
	p->sign = json_inner(r->t.doc, g->signature);
	return 0;
}

static int redacted_read(struct talk_reader *r, struct talk_list *to,
			 const struct talk_got *g)
{
	talk_part(&r->t, to, TALK_REDACTED, g->self)->sign =
		json_inner(r->t.doc, g->data);
	return 0;
}

/* citations on a text are about an answer, and no part of it. */
static const struct talk_row text_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "text", TALK_STRING, TALK_AT(text) },
	{ "citations", TALK_ANY, TALK_IDLE },
};
static const struct talk_row image_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "source", TALK_OBJECT, TALK_AT(source) },
};
static const struct talk_row document_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "source", TALK_OBJECT, TALK_AT(source) },
	{ "title", TALK_STRING, TALK_AT(title) },
	{ "citations", TALK_OBJECT, TALK_AT(citations) },
};

static const struct talk_type result_types[] = {
	{ "text", text_rows, COUNT_OF(text_rows), talk_read_text },
	{ "image", image_rows, COUNT_OF(image_rows), image_read },
	{ "document", document_rows, COUNT_OF(document_rows),
	  document_read },
};

static int result_read(struct talk_reader *r, struct talk_list *to,
		       const struct talk_got *g)
{
	struct talk_part *p;

	if (talk_need(r, g->self, g->id, "tool_use_id") < 0)
		return -1;
	p = talk_part(&r->t, to, TALK_RESULT, g->self);
	p->id = json_inner(r->t.doc, g->id);
	p->error = json_bool(r->t.doc, g->is_error, false);
	return talk_content(r, g->content, result_types,
			    COUNT_OF(result_types), &p->inside);
}

static const struct talk_row result_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "tool_use_id", TALK_STRING, TALK_AT(id) },
	{ "content", TALK_STRING | TALK_ARRAY, TALK_AT(content) },
	{ "is_error", TALK_BOOL, TALK_AT(is_error) },
};
/* caller: which side asked for it; here it is always the model. */
static const struct talk_row use_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "id", TALK_STRING, TALK_AT(id) },
	{ "name", TALK_STRING, TALK_AT(name) },
	{ "input", TALK_OBJECT, TALK_AT(input) },
	{ "caller", TALK_ANY, TALK_IDLE },
};
static const struct talk_row thinking_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "thinking", TALK_STRING, TALK_AT(thinking) },
	{ "signature", TALK_STRING, TALK_AT(signature) },
};
static const struct talk_row redacted_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "data", TALK_STRING, TALK_AT(data) },
};

static const struct talk_type system_types[] = {
	{ "text", text_rows, COUNT_OF(text_rows), talk_read_text },
};
static const struct talk_type user_types[] = {
	{ "text", text_rows, COUNT_OF(text_rows), talk_read_text },
	{ "image", image_rows, COUNT_OF(image_rows), image_read },
	{ "document", document_rows, COUNT_OF(document_rows),
	  document_read },
	{ "tool_result", result_rows, COUNT_OF(result_rows), result_read },
};
static const struct talk_type assistant_types[] = {
	{ "text", text_rows, COUNT_OF(text_rows), talk_read_text },
	{ "thinking", thinking_rows, COUNT_OF(thinking_rows),
	  thinking_read },
	{ "redacted_thinking", redacted_rows, COUNT_OF(redacted_rows),
	  redacted_read },
	{ "tool_use", use_rows, COUNT_OF(use_rows), use_read },
};

/* Messages. */

static const struct role {
	const char *name;
	enum talk_role role;
	const struct talk_type *types;
	size_t n;
} roles[] = {
	{ "user", TALK_USER_TURN, user_types, COUNT_OF(user_types) },
	{ "assistant", TALK_ASSISTANT, assistant_types,
	  COUNT_OF(assistant_types) },
	{ "system", TALK_SYSTEM, system_types, COUNT_OF(system_types) },
};

/* Turns of the assistant's one behind the other are one. */
static struct talk_list *turn_of(struct talk_reader *r, enum talk_role role,
				 uint32_t msg)
{
	struct talk_turn *last = talk_last(r);

	if (last && role == TALK_ASSISTANT && last->role == role)
		return &last->list;
	return &talk_turn(r, role, msg)->list;
}

static int message_read(struct talk_reader *r, uint32_t msg)
{
	static const struct talk_row rows[] = {
		{ "role", TALK_STRING, TALK_AT(role) },
		{ "content", TALK_STRING | TALK_ARRAY, TALK_AT(content) },
	};
	struct talk_got g = { .self = msg };
	size_t i;

	if (talk_take(r, msg, rows, COUNT_OF(rows), &g) < 0 ||
	    talk_need(r, msg, g.role, "role") < 0 ||
	    talk_need(r, msg, g.content, "content") < 0)
		return -1;
	for (i = 0; i < COUNT_OF(roles); i++) {
		if (json_string_is(r->t.doc, g.role, roles[i].name))
			return talk_content(r, g.content, roles[i].types,
					    roles[i].n,
					    turn_of(r, roles[i].role, msg));
	}
	return talk_wrong(&r->t, g.role, "user or assistant");
}

int talk_read_blocks(struct talk_reader *r)
{
	uint32_t list = r->top.turns, system = r->top.system, i;
	struct talk_turn *last;

	if (system &&
	    talk_content(r, system, system_types, COUNT_OF(system_types),
			 &talk_turn(r, TALK_SYSTEM, system)->list) < 0)
		return -1;
	for (i = json_first(r->t.doc, list); i;
	     i = json_next(r->t.doc, list, i)) {
		if (message_read(r, i) < 0)
			return -1;
	}
	last = talk_last(r);
	r->t.prefill = last && last->role == TALK_ASSISTANT;
	return 0;
}
