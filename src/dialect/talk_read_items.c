#include "dialect/talk_read.h"

/* The conversation as responses have it: items, and parts in them. */

/* What a message or a result consists of. */

static int image_read(struct talk_reader *r, struct talk_list *to,
		      const struct talk_got *g)
{
	struct talk_part *p;

	if (g->id)
		return talk_lose(&r->t, g->id, TALK_FAR_FILE);
	if (talk_need(r, g->self, g->image, "image_url") < 0)
		return -1;
	p = talk_part(&r->t, to, TALK_IMAGE, g->self);
	p->value = g->detail;
	return talk_address(r, p, g->image);
}

static int file_read(struct talk_reader *r, struct talk_list *to,
		     const struct talk_got *g)
{
	uint32_t v = g->file_data ? g->file_data : g->file_url;
	struct talk_part *p;

	if (g->id)
		return talk_lose(&r->t, g->id, TALK_FAR_FILE);
	if (talk_need(r, g->self, v, "file_data") < 0)
		return -1;
	p = talk_part(&r->t, to, TALK_FILE, g->self);
	p->name = json_inner(r->t.doc, g->name);
	if (talk_address(r, p, v) < 0)
		return -1;
	return g->file_data && p->url.p
		? talk_wrong(&r->t, v, "a data: URL in base64") : 0;
}

/* annotations and logprobs are about an answer, and no part of it. */
static const struct talk_row text_rows[] = {
	TALK_ROW_TYPE,
	{ "text", TALK_STRING, TALK_AT(text) },
	{ "annotations", TALK_ANY, TALK_IDLE },
	{ "logprobs", TALK_ANY, TALK_IDLE },
};
static const struct talk_row refusal_rows[] = {
	TALK_ROW_TYPE, { "refusal", TALK_STRING, TALK_AT(refusal) },
};
static const struct talk_row image_rows[] = {
	TALK_ROW_TYPE,
	{ "image_url", TALK_STRING, TALK_AT(image) },
	{ "detail", TALK_STRING, TALK_AT(detail) },
	{ "file_id", TALK_STRING, TALK_AT(id) },
};
static const struct talk_row file_rows[] = {
	TALK_ROW_TYPE,
	{ "filename", TALK_STRING, TALK_AT(name) },
	{ "file_data", TALK_STRING, TALK_AT(file_data) },
	{ "file_url", TALK_STRING, TALK_AT(file_url) },
	{ "file_id", TALK_STRING, TALK_AT(id) },
};
static const struct talk_row audio_rows[] = {
	TALK_ROW_TYPE, { "input_audio", TALK_OBJECT, TALK_AT(audio) },
};

static const struct talk_type parts[] = {
	{ "input_text", text_rows, COUNT_OF(text_rows), talk_read_text },
	{ "output_text", text_rows, COUNT_OF(text_rows), talk_read_text },
	{ "refusal", refusal_rows, COUNT_OF(refusal_rows), talk_read_refusal },
	{ "input_image", image_rows, COUNT_OF(image_rows), image_read },
	{ "input_file", file_rows, COUNT_OF(file_rows), file_read },
	{ "input_audio", audio_rows, COUNT_OF(audio_rows), talk_read_audio },
};

/* Items. to is not used: they become turns. */

/* The assistant's turn that goes on, or a new one. */
static struct talk_turn *assistant_turn(struct talk_reader *r, uint32_t tok)
{
	struct talk_turn *last = talk_last(r);

	if (last && last->role == TALK_ASSISTANT)
		return last;
	r->said = r->called = false;
	return talk_turn(r, TALK_ASSISTANT, tok);
}

/* Text behind text is a message of its own, text among calls is not: their
 * results must follow the message that holds them all. */
static struct talk_turn *said_turn(struct talk_reader *r, uint32_t tok)
{
	struct talk_turn *turn = assistant_turn(r, tok);

	if (r->said && !r->called)
		turn = talk_turn(r, TALK_ASSISTANT, tok);
	r->said = true;
	return turn;
}

static struct talk_turn *turn_of(struct talk_reader *r,
				 const struct talk_got *g)
{
	static const struct {
		const char *name;
		enum talk_role role;
	} roles[] = {
		{ "user", TALK_USER_TURN },
		{ "system", TALK_SYSTEM },
		{ "developer", TALK_SYSTEM },
	};
	size_t i;

	if (json_string_is(r->t.doc, g->role, "assistant"))
		return said_turn(r, g->self);
	for (i = 0; i < COUNT_OF(roles); i++) {
		if (json_string_is(r->t.doc, g->role, roles[i].name))
			return talk_turn(r, roles[i].role, g->self);
	}
	talk_wrong(&r->t, g->role, "user, system, developer or assistant");
	return NULL;
}

static int message_read(struct talk_reader *r, struct talk_list *to,
			const struct talk_got *g)
{
	struct talk_turn *turn;

	(void)to;
	if (talk_need(r, g->self, g->role, "role") < 0 ||
	    talk_need(r, g->self, g->content, "content") < 0)
		return -1;
	turn = turn_of(r, g);
	return turn ? talk_content(r, g->content, parts, COUNT_OF(parts),
				   &turn->list)
		    : -1;
}

static int call_read(struct talk_reader *r, struct talk_list *to,
		     const struct talk_got *g)
{
	struct talk_turn *turn;
	struct talk_part *p;

	(void)to;
	if (talk_need(r, g->self, g->call_id, "call_id") < 0 ||
	    talk_need(r, g->self, g->name, "name") < 0 ||
	    talk_need(r, g->self, g->arguments, "arguments") < 0)
		return -1;
	turn = assistant_turn(r, g->self);
	r->called = true;
	p = talk_part(&r->t, &turn->list, TALK_CALL, g->self);
	p->id = json_inner(r->t.doc, g->call_id);
	p->name = json_inner(r->t.doc, g->name);
	p->value = g->arguments;
	return 0;
}

static int output_read(struct talk_reader *r, struct talk_list *to,
		       const struct talk_got *g)
{
	struct talk_part *p;

	(void)to;
	if (talk_need(r, g->self, g->call_id, "call_id") < 0 ||
	    talk_need(r, g->self, g->output, "output") < 0)
		return -1;
	p = talk_part(&r->t, &talk_turn(r, TALK_USER_TURN, g->self)->list,
		      TALK_RESULT, g->self);
	p->id = json_inner(r->t.doc, g->call_id);
	return talk_content(r, g->output, parts, COUNT_OF(parts), &p->inside);
}

/* The text of a list of {"text":...}, which is one behind the other. */
static struct str texts_of(struct talk_reader *r, uint32_t list)
{
	const struct json *doc = r->t.doc;
	struct buf b;
	uint32_t i;

	buf_init(&b, r->t.a);
	if (!list)
		return STR("");
	for (i = json_first(doc, list); i; i = json_next(doc, list, i))
		buf_str(&b, json_inner(doc, json_get(doc, i, "text")));
	return buf_view(&b);
}

static int reasoning_read(struct talk_reader *r, struct talk_list *to,
			  const struct talk_got *g)
{
	struct str sign = json_inner(r->t.doc, g->sealed);
	uint32_t text = g->content ? g->content : g->summary;

	(void)to;
	if (str_starts(sign, STR(TALK_SIGNED)))
		talk_reasoning(r, &assistant_turn(r, g->self)->list, g->self,
			       texts_of(r, text), sign, false);
	return 0;
}

static int reference_read(struct talk_reader *r, struct talk_list *to,
			  const struct talk_got *g)
{
	(void)to;
	return talk_refuse(&r->t, g->self, "it is kept by another provider");
}

/* What the provider notes on items: it says nothing to another. */
#define ID_ROW { "id", TALK_ANY, TALK_IDLE }
#define STATUS_ROW { "status", TALK_ANY, TALK_IDLE }

static const struct talk_row message_rows[] = {
	TALK_ROW_TYPE, ID_ROW, STATUS_ROW,
	{ "phase", TALK_ANY, TALK_IDLE },
	{ "role", TALK_STRING, TALK_AT(role) },
	{ "content", TALK_STRING | TALK_ARRAY, TALK_AT(content) },
};
static const struct talk_row call_rows[] = {
	TALK_ROW_TYPE, ID_ROW, STATUS_ROW,
	{ "call_id", TALK_STRING, TALK_AT(call_id) },
	{ "name", TALK_STRING, TALK_AT(name) },
	{ "arguments", TALK_STRING, TALK_AT(arguments) },
};
static const struct talk_row output_rows[] = {
	TALK_ROW_TYPE, ID_ROW, STATUS_ROW,
	{ "call_id", TALK_STRING, TALK_AT(call_id) },
	{ "output", TALK_STRING | TALK_ARRAY, TALK_AT(output) },
};
static const struct talk_row reasoning_rows[] = {
	TALK_ROW_TYPE, ID_ROW, STATUS_ROW,
	{ "summary", TALK_ARRAY, TALK_AT(summary) },
	{ "content", TALK_ARRAY, TALK_AT(content) },
	{ "encrypted_content", TALK_STRING, TALK_AT(sealed) },
};
static const struct talk_row reference_rows[] = { TALK_ROW_TYPE, ID_ROW };

static const struct talk_type items[] = {
	{ "message", message_rows, COUNT_OF(message_rows), message_read },
	{ "function_call", call_rows, COUNT_OF(call_rows), call_read },
	{ "function_call_output", output_rows, COUNT_OF(output_rows),
	  output_read },
	{ "reasoning", reasoning_rows, COUNT_OF(reasoning_rows),
	  reasoning_read },
	{ "item_reference", reference_rows, COUNT_OF(reference_rows),
	  reference_read },
};

/* A message need not say that it is one. */
static int item_read(struct talk_reader *r, uint32_t item)
{
	struct talk_got g = { .self = item };

	if (!json_is(r->t.doc, item, JSON_OBJECT) ||
	    json_is(r->t.doc, json_get(r->t.doc, item, "type"), JSON_STRING))
		return talk_typed(r, item, items, COUNT_OF(items), NULL);
	if (talk_take(r, item, message_rows, COUNT_OF(message_rows), &g) < 0)
		return -1;
	return message_read(r, NULL, &g);
}

int talk_read_items(struct talk_reader *r)
{
	uint32_t input = r->top.turns, system = r->top.system, i;

	if (system)
		talk_words(r, &talk_turn(r, TALK_SYSTEM, system)->list,
			   TALK_TEXT, system);
	if (json_is(r->t.doc, input, JSON_STRING))
		return talk_words(r, &talk_turn(r, TALK_USER_TURN,
						input)->list,
				  TALK_TEXT, input);
	for (i = json_first(r->t.doc, input); i;
	     i = json_next(r->t.doc, input, i)) {
		if (item_read(r, i) < 0)
			return -1;
	}
	return 0;
}
