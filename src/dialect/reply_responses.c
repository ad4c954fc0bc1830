#include <stdio.h>

#include "dialect/reply_rows.h"

/*
 * SSE -> JSON: the last event holds the whole answer.
 */

int take_responses(struct merge *m, const struct json *doc)
{
	uint32_t type = json_get(doc, 0, "type");
	uint32_t response = json_get(doc, 0, "response"), i;

	if (!json_string_is(doc, type, "response.completed") &&
	    !json_string_is(doc, type, "response.incomplete"))
		return 0;
	if (!json_is(doc, response, JSON_OBJECT))
		return -1;
	for (i = json_first(doc, response); i;
	     i = json_next(doc, response, i))
		merge_set(merge_member_of(m, doc, i), doc, i + 1);
	return 0;
}

/* The watch has seen to it that the last event came. */
int finish_responses(struct merge *m)
{
	return merge_find(m, "output") ? 0 : -1;
}

/*
 * JSON -> SSE.
 */

/* Longer ids are left out of the events that repeat them. */
#define ID_MAX 512

struct stream {
	struct buf *out;
	const struct json *doc;
	size_t seq;
	uint32_t id;   /* of the item in hand */
	size_t output; /* its index */
	const char *place_name; /* "content_index" inside a part, or NULL */
	size_t place;
};

/* Something whose text comes by a delta: a content part, a part of a
 * reasoning summary, or an item itself. */
struct spoken {
	const char *type;   /* of the part or item */
	const char *member; /* the one that streams */
	const char *event;  /* what .delta and .done are added to */
	bool logprobs;      /* its events carry them */
};

static const struct spoken parts[] = {
	{ "output_text", "text", "response.output_text", true },
	{ "refusal", "refusal", "response.refusal", false },
	{ "reasoning_text", "text", "response.reasoning_text", false },
};

static const struct spoken summaries[] = {
	{ "summary_text", "text", "response.reasoning_summary_text", false },
};

static const struct spoken items[] = {
	{ "function_call", "arguments", "response.function_call_arguments",
	  false },
	{ "custom_tool_call", "input", "response.custom_tool_call_input",
	  false },
	{ "mcp_call", "arguments", "response.mcp_call_arguments", false },
	{ "code_interpreter_call", "code",
	  "response.code_interpreter_call_code", false },
};

/* Arrays of parts an item may have. */
static const struct part_list {
	const char *member, *index, *added, *done;
	const struct spoken *row;
	size_t n;
} lists[] = {
	{ "summary", "summary_index", "response.reasoning_summary_part.added",
	  "response.reasoning_summary_part.done", summaries,
	  COUNT_OF(summaries) },
	{ "content", "content_index", "response.content_part.added",
	  "response.content_part.done", parts, COUNT_OF(parts) },
};

/* The row for an object, by its type, when the member is a string. */
static const struct spoken *spoken_of(const struct json *doc, uint32_t obj,
				      const struct spoken *row, size_t n)
{
	uint32_t type = json_get(doc, obj, "type");
	size_t i;

	for (i = 0; i < n; i++) {
		if (json_string_is(doc, type, row[i].type) &&
		    json_is(doc, json_get(doc, obj, row[i].member),
			    JSON_STRING))
			return &row[i];
	}
	return NULL;
}

/* {"type":...,"sequence_number":N */
static struct event numbered_open(struct stream *s, const char *type)
{
	struct event e = event_open_typed(s->out, type);

	buf_printf(s->out, ",\"sequence_number\":%zu", s->seq++);
	return e;
}

/* The same and where in the answer: the item, and the part if in one. */
static struct event placed_open(struct stream *s, const char *type)
{
	struct event e = numbered_open(s, type);

	write_pair(s->out, "item_id", s->doc, s->id, "\"\"");
	buf_printf(s->out, ",\"output_index\":%zu", s->output);
	if (s->place_name)
		buf_printf(s->out, ",\"%s\":%zu", s->place_name, s->place);
	return e;
}

static void stream_close(struct stream *s, struct event *e)
{
	buf_putc(s->out, '}');
	event_close(e);
}

static void spoken_event(struct stream *s, const struct spoken *row,
			 uint32_t obj, const char *ending, const char *member)
{
	char type[64];
	struct event e;

	snprintf(type, sizeof(type), "%s.%s", row->event, ending);
	e = placed_open(s, type);
	write_pair(s->out, member, s->doc,
		   json_get(s->doc, obj, row->member), "\"\"");
	if (row->logprobs)
		write_pair(s->out, "logprobs", s->doc,
			   json_get(s->doc, obj, "logprobs"), "[]");
	stream_close(s, &e);
}

static void annotations_write(struct stream *s, uint32_t part)
{
	uint32_t list = json_get(s->doc, part, "annotations"), i;
	struct event e;
	size_t n = 0;

	for (i = json_item(s->doc, list); i; i = json_next(s->doc, list, i)) {
		e = placed_open(s, "response.output_text.annotation.added");
		buf_printf(s->out, ",\"annotation_index\":%zu", n++);
		write_pair(s->out, "annotation", s->doc, i, "");
		stream_close(s, &e);
	}
}

static void part_write(struct stream *s, const struct part_list *list,
		       uint32_t part)
{
	const struct spoken *row = spoken_of(s->doc, part, list->row, list->n);
	struct swap swaps[] = { { row ? row->member : "", "\"\"" },
				{ "annotations", "[]" },
				{ "logprobs", "[]" } };
	struct event e = placed_open(s, list->added);

	buf_puts(s->out, ",\"part\":");
	write_object(s->out, s->doc, part, swaps, row ? COUNT_OF(swaps) : 0);
	stream_close(s, &e);
	if (row) {
		spoken_event(s, row, part, "delta", "delta");
		annotations_write(s, part);
		spoken_event(s, row, part, "done", row->member);
	}
	e = placed_open(s, list->done);
	write_pair(s->out, "part", s->doc, part, "");
	stream_close(s, &e);
}

static void parts_write(struct stream *s, uint32_t item)
{
	uint32_t list, i;
	size_t k;

	for (k = 0; k < COUNT_OF(lists); k++) {
		list = json_get(s->doc, item, lists[k].member);
		s->place_name = lists[k].index;
		s->place = 0;
		for (i = json_item(s->doc, list); i;
		     i = json_next(s->doc, list, i)) {
			if (json_is(s->doc, i, JSON_OBJECT))
				part_write(s, &lists[k], i);
			s->place++;
		}
	}
	s->place_name = NULL;
}

/* Only these two have parts that come by events of their own. */
static bool has_parts(const struct json *doc, uint32_t item)
{
	uint32_t type = json_get(doc, item, "type");

	return json_string_is(doc, type, "message") ||
	       json_string_is(doc, type, "reasoning");
}

/* The item as it is before its text came. */
static void added_write(struct stream *s, uint32_t item,
			const struct spoken *row)
{
	struct swap swaps[4];
	size_t n = 0;
	struct event e;

	if (json_is(s->doc, json_get(s->doc, item, "status"), JSON_STRING))
		swaps[n++] = (struct swap){ "status", "\"in_progress\"" };
	if (row)
		swaps[n++] = (struct swap){ row->member, "\"\"" };
	if (has_parts(s->doc, item)) {
		swaps[n++] = (struct swap){ "content", "[]" };
		swaps[n++] = (struct swap){ "summary", "[]" };
	}
	e = numbered_open(s, "response.output_item.added");
	buf_printf(s->out, ",\"output_index\":%zu,\"item\":", s->output);
	write_object(s->out, s->doc, item, swaps, n);
	stream_close(s, &e);
}

static void item_write(struct stream *s, uint32_t item)
{
	const struct spoken *row = spoken_of(s->doc, item, items,
					     COUNT_OF(items));
	struct event e;

	s->id = json_get(s->doc, item, "id");
	if (json_span(s->doc, s->id).n > ID_MAX)
		s->id = 0;
	added_write(s, item, row);
	if (has_parts(s->doc, item))
		parts_write(s, item);
	if (row) {
		spoken_event(s, row, item, "delta", "delta");
		spoken_event(s, row, item, "done", row->member);
	}
	e = numbered_open(s, "response.output_item.done");
	buf_printf(s->out, ",\"output_index\":%zu", s->output);
	write_pair(s->out, "item", s->doc, item, "");
	stream_close(s, &e);
}

/* The response before anything came. */
static void early_write(struct stream *s, const char *type)
{
	static const struct swap early[] = {
		{ "status", "\"in_progress\"" },  { "output", "[]" },
		{ "usage", "null" },		  { "output_text", NULL },
		{ "incomplete_details", "null" }, { "completed_at", "null" },
	};
	struct event e = numbered_open(s, type);

	buf_puts(s->out, ",\"response\":");
	write_object(s->out, s->doc, 0, early, COUNT_OF(early));
	stream_close(s, &e);
}

/* usage: the last event says it to everybody. */
int expand_responses(struct buf *out, const struct json *doc, bool usage)
{
	struct stream s = { .out = out, .doc = doc };
	uint32_t output = json_get(doc, 0, "output"), i;
	bool cut = json_string_is(doc, json_get(doc, 0, "status"),
				  "incomplete");
	struct event e;

	(void)usage;
	early_write(&s, "response.created");
	early_write(&s, "response.in_progress");
	for (i = json_item(doc, output); i; i = json_next(doc, output, i)) {
		if (!json_is(doc, i, JSON_OBJECT))
			return -1;
		item_write(&s, i);
		s.output++;
	}
	e = numbered_open(&s, cut ? "response.incomplete" :
				    "response.completed");
	buf_puts(out, ",\"response\":");
	write_object(out, doc, 0, NULL, 0);
	stream_close(&s, &e);
	return 0;
}
