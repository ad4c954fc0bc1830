/*
 * Items of a responses stream: which block they are, and what of them is
 * said only when they are over.
 */
#include "dialect/delta_read.h"

int64_t delta_index(const struct json *doc, const char *name)
{
	int64_t index;

	if (!json_int(doc, json_get(doc, 0, name), &index) || index < 0 ||
	    index > INT32_MAX)
		return 0;
	return index;
}

/* The item an event is about: the last one when it does not say. */
int64_t delta_item(const struct translate *t, const struct json *doc)
{
	int64_t index = t->heard->ncall ? (int64_t)t->heard->ncall - 1 : 0;

	json_int(doc, json_get(doc, 0, "output_index"), &index);
	return index;
}

static const struct item_row {
	const char *type;
	bool call;
	enum block_kind kind;
	const char *member;
} items[] = {
	{ "message", false, BLOCK_TEXT, NULL },
	{ "reasoning", false, BLOCK_THINK, NULL },
	{ "function_call", true, BLOCK_CALL, "arguments" },
	{ "custom_tool_call", true, BLOCK_CUSTOM, "input" },
};

static const struct item_row *item_row(const struct json *doc, uint32_t item)
{
	uint32_t type;
	size_t i;

	if (!json_is(doc, item, JSON_OBJECT))
		return NULL;
	type = json_get(doc, item, "type");
	for (i = 0; i < COUNT_OF(items); i++) {
		if (json_string_is(doc, type, items[i].type))
			return &items[i];
	}
	return NULL;
}

static struct block *call_open(struct translate *t, const struct json *doc,
			       uint32_t item, const struct item_row *row)
{
	struct str id = json_inner(doc, json_get(doc, item, "call_id"));
	struct str name = json_inner(doc, json_get(doc, item, "name"));
	struct block *b;

	if (!name.n)
		return NULL;
	b = delta_open(t, row->kind);
	b->id = arena_str(t->a, id);
	b->name = arena_str(t->a, name);
	return delta_put(t, delta_item(t, doc), b) < 0 ? NULL : b;
}

int delta_item_added(struct translate *t, const struct json *doc)
{
	uint32_t item = json_get(doc, 0, "item");
	const struct item_row *row = item_row(doc, item);

	t->heard->ncall++;
	if (!row || delta_at(t, delta_item(t, doc)))
		return -1;
	if (row->call && !call_open(t, doc, item, row))
		return -1;
	return 0;
}

/* The parts of reasoning are one block, with an empty line between. */
static int think_part(struct translate *t, struct block *b, int64_t key)
{
	if (b->key == key)
		return 0;
	b->key = key;
	return b->bytes ? delta_piece(t, b, STR("\\n\\n"), STR("")) : 0;
}

/* The block of an item's part, which begins with its first piece. */
struct block *delta_part(struct translate *t, const struct json *doc,
			 enum block_kind kind, int64_t key)
{
	int64_t index = delta_item(t, doc);
	struct block *b = delta_at(t, index);

	if (kind == BLOCK_CALL || kind == BLOCK_CUSTOM)
		return b && b->kind == kind ? b : NULL;
	if (b && kind == BLOCK_THINK)
		return b->kind == kind && think_part(t, b, key) == 0 ? b :
								       NULL;
	if (b && b->kind == kind && b->key == key)
		return b;
	if (b && ((b->kind != BLOCK_TEXT && b->kind != BLOCK_REFUSAL) ||
		  delta_close(t, b) < 0))
		return NULL;
	b = delta_open(t, kind);
	b->key = key;
	return delta_put(t, index, b) < 0 ? NULL : b;
}

/* -- what is over ---------------------------------------------------------- */

static void notes_take(struct translate *t, struct block *b,
		       const struct json *doc, uint32_t list)
{
	uint32_t i;

	if (b->note)
		return;
	for (i = json_item(doc, list); i; i = json_next(doc, list, i)) {
		if (json_is(doc, i, JSON_OBJECT))
			delta_note(t, b, doc, i);
	}
}

/* A part as it is at its end: what of it was not heard. */
int delta_part_whole(struct translate *t, const struct json *doc,
		     uint32_t part, int64_t key)
{
	uint32_t type = json_get(doc, part, "type");
	bool refusal = json_string_is(doc, type, "refusal");
	uint32_t logprobs = json_get(doc, part, "logprobs");
	struct str text;
	struct block *b;

	if (!refusal && !json_string_is(doc, type, "output_text"))
		return -1;
	b = delta_part(t, doc, refusal ? BLOCK_REFUSAL : BLOCK_TEXT, key);
	if (!b || delta_string(doc, json_get(doc, part, refusal ? "refusal" :
								  "text"),
			       &text) < 0)
		return -1;
	if (b->closed)
		return 0;
	if (!b->bytes &&
	    delta_piece(t, b, text, refusal ? STR("") :
					      delta_items(doc, logprobs)) < 0)
		return -1;
	notes_take(t, b, doc, json_get(doc, part, "annotations"));
	return delta_close(t, b);
}

/* A message none of whose parts was heard. */
static int message_whole(struct translate *t, const struct json *doc,
			 uint32_t item)
{
	uint32_t list = json_get(doc, item, "content"), i;
	int64_t key = 0;

	for (i = json_item(doc, list); i; i = json_next(doc, list, i)) {
		if (!json_is(doc, i, JSON_OBJECT) ||
		    delta_part_whole(t, doc, i, key++) < 0)
			return -1;
	}
	return 0;
}

/* Summaries nobody heard. */
static int think_whole(struct translate *t, const struct json *doc,
		       uint32_t item)
{
	static const char *const lists[] = { "summary", "content" };
	int64_t key = 0;
	struct block *b;
	struct str text;
	uint32_t list, i;
	size_t k;

	for (k = 0; k < COUNT_OF(lists); k++) {
		list = json_get(doc, item, lists[k]);
		for (i = json_item(doc, list); i;
		     i = json_next(doc, list, i)) {
			if (!json_is(doc, i, JSON_OBJECT) ||
			    delta_string(doc, json_get(doc, i, "text"),
					 &text) < 0)
				return -1;
			if (!text.n)
				continue;
			b = delta_part(t, doc, BLOCK_THINK, key++);
			if (!b || delta_piece(t, b, text, STR("")) < 0)
				return -1;
		}
	}
	return 0;
}

static int think_done(struct translate *t, const struct json *doc,
		      uint32_t item)
{
	int64_t index = delta_item(t, doc);
	struct block *b = delta_at(t, index);
	struct str sign;

	if ((!b && think_whole(t, doc, item) < 0) ||
	    delta_string(doc, json_get(doc, item, "encrypted_content"),
			 &sign) < 0)
		return -1;
	b = delta_at(t, index);
	if (!b && sign.n)
		b = delta_part(t, doc, BLOCK_THINK, 0);
	if (!b)
		return sign.n ? -1 : 0;
	if (b->kind != BLOCK_THINK)
		return -1;
	delta_sign(b, sign);
	return delta_close(t, b);
}

int delta_item_done(struct translate *t, const struct json *doc, uint32_t item)
{
	const struct item_row *row = item_row(doc, item);
	struct block *b = delta_at(t, delta_item(t, doc));
	struct str text;

	if (!row)
		return -1;
	if (row->kind == BLOCK_THINK)
		return think_done(t, doc, item);
	if (!row->call)
		return b ? delta_close(t, b) : message_whole(t, doc, item);
	if (!b)
		b = call_open(t, doc, item, row);
	if (!b || b->kind != row->kind ||
	    delta_string(doc, json_get(doc, item, row->member), &text) < 0)
		return -1;
	if (!b->bytes && delta_piece(t, b, text, STR("")) < 0)
		return -1;
	return delta_close(t, b);
}
