/* Feeding streams to a translation, and looking at what comes of them. */
#ifndef TESTS_TRANSLATE_FEED_H
#define TESTS_TRANSLATE_FEED_H

#include "base/json.h"
#include "dialect/error.h"
#include "dialect/reply.h"
#include "dialect/translate.h"
#include "translate_help.h"

static const enum shape shapes[] = { SHAPE_CHAT, SHAPE_MESSAGES,
				     SHAPE_RESPONSES };

static void parse(struct json *doc, struct str text)
{
	struct json_error err;

	assert_int_equal(json_parse(doc, a, text, &err), 0);
}

static uint32_t path(const struct json *doc, uint32_t v, const char *name)
{
	v = json_get(doc, v, name);
	assert_int_not_equal(v, 0);
	return v;
}

/* -- what a stream must look like ------------------------------------------ */

/* What has been seen of a stream, and what comes next. */
struct frame {
	enum shape shape;
	struct reply_watch watch;
	size_t n;         /* events */
	int64_t next;     /* block, item */
	bool open, ended, usage;
	struct str id;    /* of the open item */
	struct buf text;  /* of the open part */
	struct buf items; /* that are done */
};

static bool is_type(const struct json *doc, const char *type)
{
	return json_string_is(doc, json_get(doc, 0, "type"), type);
}

static int64_t number(const struct json *doc, const char *name)
{
	int64_t n = -1;

	assert_int_equal(json_int(doc, path(doc, 0, name), &n), 1);
	return n;
}

static void frame_chat(struct frame *f, const struct json *doc)
{
	uint32_t choices = path(doc, 0, "choices"), usage, delta;
	uint32_t choice = json_first(doc, choices);

	assert_true(json_string_is(doc, path(doc, 0, "object"),
				   "chat.completion.chunk"));
	path(doc, 0, "id");
	path(doc, 0, "created");
	path(doc, 0, "model");
	usage = json_get(doc, 0, "usage");
	assert_true(f->usage || !usage);
	if (!choice) {
		assert_true(json_is(doc, usage, JSON_OBJECT));
		return;
	}
	assert_false(json_is(doc, usage, JSON_OBJECT));
	delta = path(doc, choice, "delta");
	if (f->n == 0)
		path(doc, delta, "role");
	else
		assert_int_equal(json_get(doc, delta, "role"), 0);
	assert_false(f->open); /* nothing behind the reason */
	f->open = json_is(doc, path(doc, choice, "finish_reason"),
			  JSON_STRING);
}

/* One block at a time, in order. */
static void frame_messages(struct frame *f, const struct json *doc)
{
	if (f->n == 0) {
		assert_true(is_type(doc, "message_start"));
	} else if (is_type(doc, "content_block_start")) {
		assert_false(f->open);
		assert_int_equal(number(doc, "index"), f->next);
		f->open = true;
	} else if (is_type(doc, "content_block_delta")) {
		assert_true(f->open);
		assert_int_equal(number(doc, "index"), f->next);
	} else if (is_type(doc, "content_block_stop")) {
		assert_true(f->open);
		assert_int_equal(number(doc, "index"), f->next++);
		f->open = false;
	} else if (is_type(doc, "message_delta")) {
		assert_false(f->open);
	} else {
		assert_true(is_type(doc, "message_stop"));
		f->ended = true;
	}
}

static void frame_item(struct frame *f, const struct json *doc)
{
	uint32_t item = path(doc, 0, "item");

	assert_int_equal(number(doc, "output_index"), f->next);
	if (is_type(doc, "response.output_item.added")) {
		assert_false(f->open);
		f->id = arena_str(a, json_inner(doc, path(doc, item, "id")));
		f->open = true;
		return;
	}
	assert_true(is_type(doc, "response.output_item.done") && f->open);
	assert_true(str_eq(f->id, json_inner(doc, path(doc, item, "id"))));
	if (f->items.n)
		buf_putc(&f->items, ',');
	buf_str(&f->items, json_span(doc, item));
	f->next++;
	f->open = false;
}

/* Deltas make up what their .done says, in the item that is open. */
static void frame_piece(struct frame *f, const struct json *doc)
{
	static const char *const members[] = { "text", "refusal", "arguments",
					       "input" };
	uint32_t delta = json_get(doc, 0, "delta"), v;

	assert_true(f->open);
	assert_int_equal(number(doc, "output_index"), f->next);
	assert_true(str_eq(f->id, json_inner(doc, path(doc, 0, "item_id"))));
	if (delta)
		buf_str(&f->text, json_inner(doc, delta));
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		v = json_get(doc, 0, members[i]);
		if (!v)
			continue;
		assert_true(str_eq(json_inner(doc, v), buf_view(&f->text)));
		f->text.n = 0;
	}
}

static void frame_responses(struct frame *f, const struct json *doc)
{
	uint32_t response = json_get(doc, 0, "response");
	struct str output;

	assert_int_equal(number(doc, "sequence_number"), f->n);
	if (json_get(doc, 0, "item")) {
		frame_item(f, doc);
	} else if (!response) {
		frame_piece(f, doc);
	} else if (f->n < 2) {
		assert_true(is_type(doc, f->n ? "response.in_progress" :
						"response.created"));
	} else {
		assert_false(f->open);
		output = json_span(doc, path(doc, response, "output"));
		assert_true(str_eq((struct str){ output.p + 1, output.n - 2 },
				   buf_view(&f->items)));
		f->ended = true;
	}
}

static int frame_event(void *ctx, const struct sse_event *e)
{
	struct frame *f = ctx;
	struct json doc;

	assert_false(f->ended);
	watch_event(&f->watch, e);
	if (str_is(e->data, "[DONE]")) {
		assert_true(f->shape == SHAPE_CHAT && f->open);
		f->ended = true;
		return 0;
	}
	parse(&doc, e->data);
	if (f->shape == SHAPE_CHAT)
		assert_int_equal(e->type.n, 0);
	else
		assert_true(is_type(&doc, arena_cstr(a, e->type)));
	if (f->shape == SHAPE_CHAT)
		frame_chat(f, &doc);
	else if (f->shape == SHAPE_MESSAGES)
		frame_messages(f, &doc);
	else
		frame_responses(f, &doc);
	f->n++;
	return 0;
}

/* Looks at a stream, whole or what there is of it. */
static void frame_check(struct frame *f, enum shape shape, struct str sse,
			bool usage)
{
	struct arena *own = arena_new();
	struct sse s;

	*f = (struct frame){ .shape = shape, .usage = usage };
	buf_init(&f->text, a);
	buf_init(&f->items, a);
	watch_init(&f->watch, shape, own);
	sse_init(&s, a, sse.n, frame_event, f);
	assert_int_equal(sse_feed(&s, sse), 0);
	assert_int_equal(sse_end(&s), 0);
	arena_free(&own);
}

/* -- event by event -------------------------------------------------------- */

struct feed {
	struct translate *t;
	struct arena *own, *tmp;
	struct buf *out;
	struct reply_watch watch;
	int rc;
};

static int feed_event(void *ctx, const struct sse_event *e)
{
	struct feed *f = ctx;
	size_t before = f->out->n;

	watch_event(&f->watch, e);
	if (f->rc == 0)
		f->rc = translate_event(f->t, e, f->out, f->tmp);
	if (f->rc < 0)
		assert_int_equal(f->out->n, before);
	return 0;
}

/* All events of a stream, as a caller is shown them. 0 or -1; what the source
 * was like is in *w_r. */
static int feed(struct buf *out, enum shape from, enum shape to,
		struct str sse, struct reply_watch *w_r)
{
	struct feed f = { .out = out, .own = arena_new(),
			  .tmp = arena_new() };
	struct sse s;

	f.t = translate_new(f.own, from, to, true);
	watch_init(&f.watch, from, f.tmp);
	sse_init(&s, a, sse.n, feed_event, &f);
	sse_feed(&s, sse);
	*w_r = f.watch;
	arena_free(&f.tmp);
	arena_free(&f.own);
	return f.rc;
}

/* The end of a good stream is shown, and of no other. An error event in it
 * breaks the order, so what follows it is not looked at. */
static void check_feed(enum shape from, enum shape to, struct str sse)
{
	struct reply_watch w;
	struct frame f;
	struct buf out, again;
	int rc;

	buf_init(&out, a);
	buf_init(&again, a);
	rc = feed(&out, from, to, sse, &w);
	if (memmem(out.p ? out.p : "", out.n, "\"error\":{", 9)) {
		assert_true(w.failed);
		return;
	}
	frame_check(&f, to, buf_view(&out), true);
	assert_int_equal(f.watch.ended, rc == 0 && w.ended && !w.failed);
	assert_false(f.watch.failed);
	rc = translate_stream(&again, from, to, sse, true);
	assert_int_equal(rc == 0, f.watch.ended && !w.after_end);
	if (rc == 0)
		assert_true(str_eq(buf_view(&out), buf_view(&again)));
	else
		assert_int_equal(again.n, 0);
}

#endif
