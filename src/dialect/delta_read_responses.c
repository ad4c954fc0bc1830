/*
 * Events of OpenAI's responses. An item of the output is one block, but for
 * messages, whose parts are one each; delta_at finds by the item's index the
 * block that is being written.
 */
#include "dialect/delta_read.h"

/* Parts of a reasoning item's content, behind those of its summary. */
#define KEY_CONTENT ((int64_t)1 << 32)

static int response_take(struct translate *t, const struct json *doc)
{
	uint32_t response = json_get(doc, 0, "response"), created;

	if (!json_is(doc, response, JSON_OBJECT))
		return -1;
	delta_name(t, doc, json_get(doc, response, "id"),
		   json_get(doc, response, "model"));
	created = json_get(doc, response, "created_at");
	if (!t->created)
		json_int(doc, created, &t->created);
	delta_begin(t);
	return 0;
}

/* -- pieces ---------------------------------------------------------------- */

static const struct piece_row {
	const char *event;  /* .delta and .done behind it */
	enum block_kind kind;
	const char *member; /* of the .done */
	const char *part;   /* counts the parts */
	int64_t key;
} pieces[] = {
	{ "response.output_text", BLOCK_TEXT, "text", "content_index", 0 },
	{ "response.refusal", BLOCK_REFUSAL, "refusal", "content_index", 0 },
	{ "response.function_call_arguments", BLOCK_CALL, "arguments", NULL,
	  0 },
	{ "response.custom_tool_call_input", BLOCK_CUSTOM, "input", NULL, 0 },
	{ "response.reasoning_summary_text", BLOCK_THINK, "text",
	  "summary_index", 0 },
	{ "response.reasoning_text", BLOCK_THINK, "text", "content_index",
	  KEY_CONTENT },
};

/* Has any of the part been heard? */
static bool part_heard(const struct block *b, int64_t key)
{
	return b && b->bytes && b->key == key;
}

/* Whole texts are for those who have not heard the pieces. */
static int piece_take(struct translate *t, const struct json *doc,
		      const struct piece_row *row, bool done)
{
	uint32_t v = json_get(doc, 0, done ? row->member : "delta");
	int64_t key = row->key;
	struct str text, logprobs = STR("");
	struct block *b;

	if (delta_string(doc, v, &text) < 0)
		return -1;
	if (!text.n)
		return 0;
	if (row->part)
		key += delta_index(doc, row->part);
	if (done && part_heard(delta_at(t, delta_item(t, doc)), key))
		return 0;
	b = delta_part(t, doc, row->kind, key);
	if (!b)
		return -1;
	if (row->kind == BLOCK_TEXT)
		logprobs = delta_items(doc, json_get(doc, 0, "logprobs"));
	return delta_piece(t, b, text, logprobs);
}

/* -- parts ----------------------------------------------------------------- */

/* Parts of reasoning are over when their item is. */
static int part_done(struct translate *t, const struct json *doc)
{
	uint32_t part = json_get(doc, 0, "part");

	if (!json_is(doc, part, JSON_OBJECT))
		return -1;
	if (json_string_is(doc, json_get(doc, part, "type"),
			   "reasoning_text"))
		return 0;
	return delta_part_whole(t, doc, part,
				delta_index(doc, "content_index"));
}

static int part_added(struct translate *t, const struct json *doc)
{
	static const char *const known[] = { "output_text", "refusal",
					     "reasoning_text" };
	uint32_t part = json_get(doc, 0, "part");
	size_t i;

	(void)t;
	for (i = 0; json_is(doc, part, JSON_OBJECT) && i < COUNT_OF(known);
	     i++) {
		if (json_string_is(doc, json_get(doc, part, "type"),
				   known[i]))
			return 0;
	}
	return -1;
}

static int note_added(struct translate *t, const struct json *doc)
{
	uint32_t note = json_get(doc, 0, "annotation");
	struct block *b = delta_at(t, delta_item(t, doc));

	if (json_is(doc, note, JSON_OBJECT) && b && b->kind == BLOCK_TEXT)
		delta_note(t, b, doc, note);
	return 0;
}

static int item_done(struct translate *t, const struct json *doc)
{
	return delta_item_done(t, doc, json_get(doc, 0, "item"));
}

/* -- the end --------------------------------------------------------------- */

/* An answer of which nothing was heard before its last event. */
static int output_take(struct translate *t, const struct json *doc,
		       uint32_t output)
{
	uint32_t i;

	if (t->nbegun)
		return 0;
	for (i = json_item(doc, output); i; i = json_next(doc, output, i)) {
		t->heard->ncall++;
		if (delta_item_done(t, doc, i) < 0)
			return -1;
	}
	return 0;
}

static int response_done(struct translate *t, const struct json *doc)
{
	uint32_t response = json_get(doc, 0, "response"), v;
	struct str reason;

	if (response_take(t, doc) < 0 ||
	    facts_of_response(&t->facts, doc, response) < 0 ||
	    output_take(t, doc, json_get(doc, response, "output")) < 0)
		return -1;
	v = json_get(doc, response, "usage");
	v = json_is(doc, v, JSON_OBJECT) ?
		    json_get(doc, v, "output_tokens_details") : 0;
	if (json_is(doc, v, JSON_OBJECT))
		json_int(doc, json_get(doc, v, "reasoning_tokens"),
			 &t->reasoning);
	t->finish = FINISH_STOP;
	if (json_string_is(doc, json_get(doc, response, "status"),
			   "incomplete")) {
		v = json_get(doc, response, "incomplete_details");
		v = json_is(doc, v, JSON_OBJECT) ?
			    json_get(doc, v, "reason") : 0;
		reason = json_inner(doc, v);
		t->finish = finish_read(SHAPE_RESPONSES, reason);
	}
	return delta_end(t);
}

static int response_failed(struct translate *t, const struct json *doc)
{
	delta_error(t, doc);
	return 0;
}

static const struct {
	const char *type;
	int (*take)(struct translate *t, const struct json *doc);
} events[] = {
	{ "response.created", response_take },
	{ "response.in_progress", response_take },
	{ "response.output_item.added", delta_item_added },
	{ "response.content_part.added", part_added },
	{ "response.output_text.annotation.added", note_added },
	{ "response.content_part.done", part_done },
	{ "response.output_item.done", item_done },
	{ "response.completed", response_done },
	{ "response.incomplete", response_done },
	{ "response.failed", response_failed },
	{ "response.cancelled", response_failed },
};

/* The row of a type without its ending. */
static const struct piece_row *piece_row(struct str type, const char *ending,
					 size_t n)
{
	size_t i;

	if (type.n < n || memcmp(type.p + type.n - n, ending, n) != 0)
		return NULL;
	type.n -= n;
	for (i = 0; i < COUNT_OF(pieces); i++) {
		if (str_is(type, pieces[i].event))
			return &pieces[i];
	}
	return NULL;
}

/* Of the events that are not known, those with nothing in them are none of
 * ours (response.queued). */
int delta_read_responses(struct translate *t, const struct json *doc)
{
	uint32_t type = json_get(doc, 0, "type");
	struct str name = json_inner(doc, type);
	const struct piece_row *delta = piece_row(name, ".delta", 6);
	const struct piece_row *done = piece_row(name, ".done", 5);
	size_t i;

	if (delta || done)
		return piece_take(t, doc, delta ? delta : done, !delta);
	for (i = 0; i < COUNT_OF(events); i++) {
		if (json_string_is(doc, type, events[i].type))
			return events[i].take(t, doc);
	}
	return json_get(doc, 0, "delta") ? -1 : 0;
}
