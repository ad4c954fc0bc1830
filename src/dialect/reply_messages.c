#include "dialect/reply_rows.h"

/* SSE -> JSON: a row for each type of event. */

static int start_take(struct merge *m, const struct json *doc)
{
	uint32_t message = json_get(doc, 0, "message"), i;
	uint32_t content = json_in(doc, message, "content");
	struct merge *to;

	if (!json_is(doc, content, JSON_ARRAY) || json_item(doc, content) ||
	    merge_find(m, "content"))
		return -1;
	for (i = json_first(doc, message); i;
	     i = json_next(doc, message, i)) {
		to = merge_member_of(m, doc, i);
		if (i + 1 == content)
			merge_set_kind(to, MERGE_ARRAY);
		else
			merge_value(to, doc, i + 1, MERGE_REPLACE);
	}
	return 0;
}

/* The block an event is about, in *block_r; 0, or -1 when the event names
 * none. A new block is NONE. */
static int block_of(struct merge *m, const struct json *doc,
		    struct merge **block_r)
{
	uint32_t index = json_get(doc, 0, "index");
	struct merge *content = merge_find(m, "content");
	int64_t order;

	if (!content || content->kind != MERGE_ARRAY ||
	    !json_int(doc, index, &order))
		return -1;
	*block_r = merge_item(content, json_span(doc, index), order);
	return 0;
}

static int block_start_take(struct merge *m, const struct json *doc)
{
	uint32_t from = json_get(doc, 0, "content_block"), i;
	struct merge *block, *to;

	if (block_of(m, doc, &block) < 0 || block->kind != MERGE_NONE ||
	    !json_is(doc, from, JSON_OBJECT))
		return -1;
	merge_set_kind(block, MERGE_OBJECT);
	for (i = json_first(doc, from); i; i = json_next(doc, from, i)) {
		to = merge_member_of(block, doc, i);
		if (json_string_is(doc, i, "citations"))
			merge_value(to, doc, i + 1, MERGE_APPEND);
		else
			merge_set(to, doc, i + 1);
	}
	return 0;
}

static void citation_take(struct merge *block, const struct json *doc,
			  uint32_t citation)
{
	struct merge *list = merge_member(block, "citations");

	if (list->kind != MERGE_ARRAY)
		merge_set_kind(list, MERGE_ARRAY);
	merge_set(merge_item(list, (struct str){ NULL, 0 }, 0), doc,
		  citation);
}

/* A delta's members go to the block's of the same name; partial_json waits
 * there for the end. */
static int block_delta_take(struct merge *m, const struct json *doc)
{
	uint32_t delta = json_get(doc, 0, "delta");
	uint32_t citation = json_in(doc, delta, "citation");
	struct merge *block;

	if (block_of(m, doc, &block) < 0 || block->kind != MERGE_OBJECT ||
	    !json_is(doc, delta, JSON_OBJECT))
		return -1;
	if (citation)
		citation_take(block, doc, citation);
	else
		merge_value(block, doc, delta, MERGE_APPEND);
	return 0;
}

static int delta_take(struct merge *m, const struct json *doc)
{
	uint32_t delta = json_get(doc, 0, "delta"), i;

	if (!merge_find(m, "content"))
		return -1;
	for (i = json_first(doc, 0); i; i = json_next(doc, 0, i)) {
		if (!json_string_is(doc, i, "type") && i + 1 != delta &&
		    !json_string_is(doc, i, "content"))
			merge_value(merge_member_of(m, doc, i), doc, i + 1,
				    MERGE_REPLACE);
	}
	if (!json_is(doc, delta, JSON_OBJECT))
		return 0;
	for (i = json_first(doc, delta); i; i = json_next(doc, delta, i)) {
		if (!json_string_is(doc, i, "content"))
			merge_value(merge_member_of(m, doc, i), doc, i + 1,
				    MERGE_REPLACE);
	}
	return 0;
}

static const struct {
	const char *type;
	int (*take)(struct merge *m, const struct json *doc);
} events[] = {
	{ "message_start", start_take },
	{ "content_block_start", block_start_take },
	{ "content_block_delta", block_delta_take },
	{ "message_delta", delta_take },
};

/* Other events (ping, the stops, new ones) say nothing of the message. */
int take_messages(struct merge *m, const struct json *doc)
{
	uint32_t type = json_get(doc, 0, "type");
	size_t i;

	for (i = 0; i < COUNT_OF(events); i++) {
		if (json_string_is(doc, type, events[i].type))
			return events[i].take(m, doc);
	}
	return 0;
}

/* The pieces of a tool's input, which are JSON text in JSON strings. */
static int input_finish(struct merge *block)
{
	struct merge *partial = merge_find(block, "partial_json"), *input;
	struct json_error err;
	struct json check;
	struct str text;

	if (!partial || partial->kind != MERGE_STRING)
		return 0;
	partial->kind = MERGE_NONE;
	text = str_trim(json_unescape(buf_view(&partial->text), block->a));
	input = merge_member(block, "input");
	if (text.n) {
		if (json_parse(&check, block->a, text, &err) < 0)
			return -1;
		merge_set_text(input, MERGE_RAW, text);
	} else if (input->kind == MERGE_NONE) {
		merge_set_text(input, MERGE_RAW, STR("{}"));
	}
	return 0;
}

int finish_messages(struct merge *m)
{
	struct merge *content = merge_find(m, "content");
	size_t i;

	if (!content)
		return -1;
	for (i = 0; i < content->n; i++) {
		if (input_finish(content->child[i].to) < 0)
			return -1;
	}
	return 0;
}

/* JSON -> SSE. */

/* A member of a block that comes by a delta, and what stands for it in
 * content_block_start. */
static const struct streamed {
	const char *block, *member, *empty;
	const char *delta, *part;
	enum json_type type;
	bool as_text; /* JSON text inside a string */
} streamed[] = {
	{ "text", "text", "\"\"", "text_delta", "text", JSON_STRING, false },
	{ "thinking", "thinking", "\"\"", "thinking_delta", "thinking",
	  JSON_STRING, false },
	{ "thinking", "signature", "\"\"", "signature_delta", "signature",
	  JSON_STRING, false },
	{ "tool_use", "input", "{}", "input_json_delta", "partial_json",
	  JSON_OBJECT, true },
	{ "server_tool_use", "input", "{}", "input_json_delta",
	  "partial_json", JSON_OBJECT, true },
	{ "mcp_tool_use", "input", "{}", "input_json_delta", "partial_json",
	  JSON_OBJECT, true },
};

static struct event block_event(struct buf *out, const char *type,
				size_t index)
{
	struct event e = event_open_typed(out, type);

	buf_printf(out, ",\"index\":%zu", index);
	return e;
}

static void delta_write(struct buf *out, const struct streamed *s,
			const struct json *doc, uint32_t v, size_t index)
{
	struct event e = block_event(out, "content_block_delta", index);

	buf_printf(out, ",\"delta\":{\"type\":\"%s\",\"%s\":", s->delta,
		   s->part);
	if (s->as_text)
		buf_json(out, json_span(doc, v));
	else
		buf_str(out, json_span(doc, v));
	buf_puts(out, "}}");
	event_close(&e);
}

static void citations_write(struct buf *out, const struct json *doc,
			    uint32_t list, size_t index)
{
	struct event e;
	uint32_t i;

	for (i = json_item(doc, list); i; i = json_next(doc, list, i)) {
		e = block_event(out, "content_block_delta", index);
		buf_puts(out, ",\"delta\":{\"type\":\"citations_delta\"");
		write_pair(out, "citation", doc, i, "");
		buf_puts(out, "}}");
		event_close(&e);
	}
}

static void block_write(struct buf *out, const struct json *doc,
			uint32_t block, size_t index)
{
	struct swap swaps[COUNT_OF(streamed) + 1];
	const struct streamed *row[COUNT_OF(streamed)];
	uint32_t value[COUNT_OF(streamed)], citations;
	uint32_t type = json_get(doc, block, "type");
	size_t i, n = 0;
	struct event e;

	for (i = 0; i < COUNT_OF(streamed); i++) {
		value[n] = json_get(doc, block, streamed[i].member);
		if (!json_string_is(doc, type, streamed[i].block) ||
		    !json_is(doc, value[n], streamed[i].type))
			continue;
		row[n] = &streamed[i];
		swaps[n++] = (struct swap){ streamed[i].member,
					    streamed[i].empty };
	}
	citations = json_get(doc, block, "citations");
	swaps[n] = (struct swap){ "citations", "[]" };
	e = block_event(out, "content_block_start", index);
	buf_puts(out, ",\"content_block\":");
	write_object(out, doc, block, swaps,
		     json_item(doc, citations) ? n + 1 : n);
	buf_putc(out, '}');
	event_close(&e);
	for (i = 0; i < n; i++)
		delta_write(out, row[i], doc, value[i], index);
	citations_write(out, doc, citations, index);
	e = block_event(out, "content_block_stop", index);
	buf_putc(out, '}');
	event_close(&e);
}

static const char *start_usage(struct buf *out, const struct json *doc,
			       uint32_t usage)
{
	static const struct swap zero[] = { { "output_tokens", "0" } };
	struct buf b;

	if (!json_is(doc, usage, JSON_OBJECT))
		return "{\"input_tokens\":0,\"output_tokens\":0}";
	buf_init(&b, out->a);
	write_object(&b, doc, usage, zero, COUNT_OF(zero));
	return b.p;
}

/* Everything but the blocks and the end. */
static void start_write(struct buf *out, const struct json *doc)
{
	uint32_t usage = json_get(doc, 0, "usage");
	struct swap swaps[] = {
		{ "content", "[]" },
		{ "stop_reason", "null" },
		{ "stop_sequence", "null" },
		{ "usage", start_usage(out, doc, usage) },
	};
	struct event e = event_open_typed(out, "message_start");

	buf_puts(out, ",\"message\":{");
	write_members(out, doc, 0, swaps, COUNT_OF(swaps), true);
	if (!usage)
		write_pair(out, "usage", doc, 0, swaps[3].with);
	buf_puts(out, "}}");
	event_close(&e);
}

/* SDKs take a message without a reason for a broken one: a server that gave
 * none is given "end_turn". */
static void end_write(struct buf *out, const struct json *doc)
{
	uint32_t reason = json_get(doc, 0, "stop_reason");
	uint32_t output = json_in(doc, json_get(doc, 0, "usage"),
				  "output_tokens");
	struct event e = event_open_typed(out, "message_delta");

	if (!json_is(doc, reason, JSON_STRING))
		reason = 0;
	buf_puts(out, ",\"delta\":{\"stop_reason\":");
	if (reason)
		buf_str(out, json_span(doc, reason));
	else
		buf_puts(out, "\"end_turn\"");
	write_pair(out, "stop_sequence", doc,
		   json_get(doc, 0, "stop_sequence"), "null");
	buf_puts(out, "},\"usage\":{\"output_tokens\":");
	if (output)
		buf_str(out, json_span(doc, output));
	else
		buf_putc(out, '0');
	buf_puts(out, "}}");
	event_close(&e);
	e = event_open_typed(out, "message_stop");
	buf_putc(out, '}');
	event_close(&e);
}

/* usage: message_start and message_delta say it to everybody. */
int expand_messages(struct buf *out, const struct json *doc, bool usage)
{
	uint32_t content = json_get(doc, 0, "content"), i;
	size_t index = 0;

	(void)usage;
	start_write(out, doc);
	for (i = json_item(doc, content); i; i = json_next(doc, content, i)) {
		if (!json_is(doc, i, JSON_OBJECT))
			return -1;
		block_write(out, doc, i, index++);
	}
	end_write(out, doc);
	return 0;
}
