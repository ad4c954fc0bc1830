/* Events of Anthropic's messages. */
#include "dialect/delta_read.h"

static void usage_take(struct translate *t, const struct json *doc,
		       uint32_t usage)
{
	if (json_is(doc, usage, JSON_OBJECT))
		facts_usage(&t->facts, SHAPE_MESSAGES, doc, usage);
}

static int start_take(struct translate *t, const struct json *doc)
{
	uint32_t message = json_get(doc, 0, "message");

	if (!json_is(doc, message, JSON_OBJECT) || t->begun ||
	    json_item(doc, json_get(doc, message, "content")))
		return -1;
	delta_name(t, doc, json_get(doc, message, "id"),
		   json_get(doc, message, "model"));
	usage_take(t, doc, json_get(doc, message, "usage"));
	delta_begin(t);
	return 0;
}

/* -- blocks ---------------------------------------------------------------- */

/* What kind a block is, and where what it says at its beginning is. */
static const struct block_row {
	const char *type;
	enum block_kind kind;
	const char *member;
} blocks[] = {
	{ "text", BLOCK_TEXT, "text" },
	{ "thinking", BLOCK_THINK, "thinking" },
	{ "redacted_thinking", BLOCK_REDACTED, "data" },
	{ "tool_use", BLOCK_CALL, NULL },
};

static const struct block_row *block_row(const struct json *doc,
					 uint32_t from)
{
	uint32_t type = json_get(doc, from, "type");
	size_t i;

	for (i = 0; i < COUNT_OF(blocks); i++) {
		if (json_string_is(doc, type, blocks[i].type))
			return &blocks[i];
	}
	return NULL;
}

/* Some servers give a tool's input with its beginning and never again. It is
 * used when no piece of it comes. */
static int input_keep(struct translate *t, struct block *b,
		      const struct json *doc, uint32_t from)
{
	uint32_t input = json_get(doc, from, "input");
	struct str id = json_inner(doc, json_get(doc, from, "id"));
	struct str name = json_inner(doc, json_get(doc, from, "name"));

	b->id = arena_str(t->a, id);
	b->name = arena_str(t->a, name);
	buf_init(&t->heard->input, t->a);
	if (input && !json_is(doc, input, JSON_OBJECT) &&
	    !json_is(doc, input, JSON_NULL))
		return -1;
	if (json_is(doc, input, JSON_OBJECT) && json_first(doc, input))
		buf_str(&t->heard->input, delta_quote(t->tmp,
					       json_span(doc, input)));
	return name.n ? 0 : -1;
}

static int input_use(struct translate *t)
{
	struct str input = buf_view(&t->heard->input);

	t->heard->input.n = 0;
	if (!input.n || t->last->kind != BLOCK_CALL || t->last->bytes)
		return 0;
	return delta_piece(t, t->last, input, STR(""));
}

static void notes_take(struct translate *t, struct block *b,
		       const struct json *doc, uint32_t list)
{
	uint32_t i;

	for (i = json_item(doc, list); i; i = json_next(doc, list, i)) {
		if (json_is(doc, i, JSON_OBJECT))
			delta_note(t, b, doc, i);
	}
}

static int block_start_take(struct translate *t, const struct json *doc)
{
	uint32_t from = json_get(doc, 0, "content_block");
	const struct block_row *row;
	struct block *b;
	struct str text;
	int64_t index;

	if (!t->begun || !json_is(doc, from, JSON_OBJECT) ||
	    !json_int(doc, json_get(doc, 0, "index"), &index) ||
	    delta_at(t, index) || input_use(t) < 0)
		return -1;
	row = block_row(doc, from);
	if (!row)
		return -1;
	b = delta_open(t, row->kind);
	if (delta_put(t, index, b) < 0)
		return -1;
	if (!row->member)
		return input_keep(t, b, doc, from);
	if (delta_string(doc, json_get(doc, from, row->member), &text) < 0)
		return -1;
	delta_sign(b, json_inner(doc, json_get(doc, from, "signature")));
	notes_take(t, b, doc, json_get(doc, from, "citations"));
	return delta_piece(t, b, text, STR(""));
}

/* Pieces of blocks. member NULL: one that is no text. */
static const struct piece_row {
	const char *type;
	enum block_kind kind;
	const char *member;
} pieces[] = {
	{ "text_delta", BLOCK_TEXT, "text" },
	{ "thinking_delta", BLOCK_THINK, "thinking" },
	{ "input_json_delta", BLOCK_CALL, "partial_json" },
	{ "signature_delta", BLOCK_THINK, NULL },
	{ "citations_delta", BLOCK_TEXT, NULL },
};

static int piece_take(struct translate *t, struct block *b,
		      const struct json *doc, uint32_t delta,
		      const struct piece_row *row)
{
	uint32_t citation = json_get(doc, delta, "citation");
	struct str text;

	if (!row->member) {
		delta_sign(b, json_inner(doc, json_get(doc, delta,
						       "signature")));
		if (json_is(doc, citation, JSON_OBJECT))
			delta_note(t, b, doc, citation);
		return 0;
	}
	if (delta_string(doc, json_get(doc, delta, row->member), &text) < 0)
		return -1;
	return delta_piece(t, b, text, STR(""));
}

static int block_delta_take(struct translate *t, const struct json *doc)
{
	uint32_t delta = json_get(doc, 0, "delta");
	struct block *b;
	int64_t index;
	size_t i;

	if (!json_is(doc, delta, JSON_OBJECT) ||
	    !json_int(doc, json_get(doc, 0, "index"), &index))
		return -1;
	b = delta_at(t, index);
	for (i = 0; b && i < COUNT_OF(pieces); i++) {
		if (b->kind == pieces[i].kind &&
		    json_string_is(doc, json_get(doc, delta, "type"),
				   pieces[i].type))
			return piece_take(t, b, doc, delta, &pieces[i]);
	}
	return -1;
}

static int block_stop_take(struct translate *t, const struct json *doc)
{
	struct block *b = NULL;
	int64_t index;

	if (json_int(doc, json_get(doc, 0, "index"), &index))
		b = delta_at(t, index);
	if (!b || input_use(t) < 0)
		return -1;
	return delta_close(t, b);
}

/* -- the end --------------------------------------------------------------- */

static int delta_take(struct translate *t, const struct json *doc)
{
	uint32_t delta = json_get(doc, 0, "delta");
	struct str reason = STR(""), stop = STR("");

	usage_take(t, doc, json_get(doc, 0, "usage"));
	if (!json_is(doc, delta, JSON_OBJECT))
		return 0;
	if (delta_string(doc, json_get(doc, delta, "stop_reason"),
			 &reason) < 0 ||
	    delta_string(doc, json_get(doc, delta, "stop_sequence"),
			 &stop) < 0)
		return -1;
	if (reason.n && t->finish == FINISH_NONE)
		t->finish = finish_read(SHAPE_MESSAGES, reason);
	if (stop.n)
		t->stop_sequence = arena_str(t->a, stop);
	return 0;
}

static int stop_take(struct translate *t, const struct json *doc)
{
	(void)doc;
	if (!t->begun || input_use(t) < 0)
		return -1;
	return delta_end(t);
}

static const struct {
	const char *type;
	int (*take)(struct translate *t, const struct json *doc);
} events[] = {
	{ "message_start", start_take },
	{ "content_block_start", block_start_take },
	{ "content_block_delta", block_delta_take },
	{ "content_block_stop", block_stop_take },
	{ "message_delta", delta_take },
	{ "message_stop", stop_take },
};

/* Of the events that are not known, those with nothing in them are none of
 * ours (ping). */
int delta_read_messages(struct translate *t, const struct json *doc)
{
	uint32_t type = json_get(doc, 0, "type");
	size_t i;

	for (i = 0; i < COUNT_OF(events); i++) {
		if (json_string_is(doc, type, events[i].type))
			return events[i].take(t, doc);
	}
	return json_get(doc, 0, "delta") || json_get(doc, 0, "content_block") ?
		       -1 :
		       0;
}
