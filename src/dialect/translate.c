#include "dialect/translate.h"

#include "dialect/delta_read.h"
#include "dialect/delta_write.h"

/* What each shape reads and writes; the others cannot be translated. */
static const struct row {
	enum shape shape;
	int (*read)(struct translate *t, const struct json *doc);
	const struct delta_writer *write;
} rows[] = {
	{ SHAPE_CHAT, delta_read_chat, &delta_write_chat },
	{ SHAPE_MESSAGES, delta_read_messages, &delta_write_messages },
	{ SHAPE_RESPONSES, delta_read_responses, &delta_write_responses },
};

static const struct row *row_of(enum shape shape)
{
	size_t i;

	for (i = 0; i < COUNT_OF(rows); i++) {
		if (rows[i].shape == shape)
			return &rows[i];
	}
	return NULL;
}

struct translate *translate_new(struct arena *a, enum shape from,
				enum shape to, bool usage)
{
	struct translate *t = arena_new_n(a, struct translate, 1);
	const struct row *row = row_of(to);

	t->a = a;
	t->from = from;
	t->to = to;
	t->usage = usage;
	t->failed = !row || !row_of(from);
	t->write = row ? row->write : NULL;
	t->reasoning = -1;
	facts_init(&t->facts);
	t->heard = arena_new_n(a, struct delta_heard, 1);
	buf_init(&t->heard->input, a);
	t->said = arena_new_n(a, struct delta_said, 1);
	return t;
}

static bool is_error(const struct sse_event *e, const struct json *doc)
{
	uint32_t error = json_get(doc, 0, "error");

	return (error && !json_is(doc, error, JSON_NULL)) ||
	       str_is(e->type, "error") ||
	       json_string_is(doc, json_get(doc, 0, "type"), "error") ||
	       json_string_is(doc, json_get(doc, 0, "object"), "error");
}

static int event_take(struct translate *t, const struct sse_event *e,
		      struct str data)
{
	struct json_error err;
	struct json doc;

	if (str_is(data, REPLY_DONE))
		return t->from == SHAPE_CHAT ? delta_read_chat(t, NULL) : -1;
	if (json_parse(&doc, t->tmp, data, &err) < 0 ||
	    json_type(&doc, 0) != JSON_OBJECT) {
		if (!str_is(e->type, "error"))
			return -1;
		delta_error(t, NULL);
		return 0;
	}
	if (is_error(e, &doc)) {
		delta_error(t, &doc);
		return 0;
	}
	return row_of(t->from)->read(t, &doc);
}

/* What comes behind the end, or behind an error, is not shown. */
int translate_event(struct translate *t, const struct sse_event *e,
		    struct buf *out, struct arena *tmp)
{
	struct str data = str_trim(e->data);
	size_t at = out->n;

	if (t->failed)
		return -1;
	if (!data.n || t->ended || t->error)
		return 0;
	t->out = out;
	t->tmp = tmp;
	t->failed = event_take(t, e, data) < 0 || t->flooded;
	if (t->failed && out->n > at) {
		out->n = at;
		out->p[at] = '\0';
	}
	arena_reset(tmp);
	return t->failed ? -1 : 0;
}

/* -- whole ones ------------------------------------------------------------ */

struct whole {
	struct translate *t;
	struct reply_watch watch;
	struct buf *out;
	struct arena *tmp;
};

static int whole_event(void *ctx, const struct sse_event *e)
{
	struct whole *w = ctx;

	watch_event(&w->watch, e);
	if (w->watch.failed || w->watch.after_end)
		return -1;
	return translate_event(w->t, e, w->out, w->tmp);
}

int translate_stream(struct buf *out, enum shape from, enum shape to,
		     struct str sse, bool usage)
{
	struct arena *own = arena_new(), *tmp = arena_new();
	struct whole w = { .out = out, .tmp = tmp };
	size_t at = out->n;
	struct sse s;
	int rc = -1;

	w.t = translate_new(own, from, to, usage);
	watch_init(&w.watch, from, tmp);
	sse_init(&s, own, sse.n, whole_event, &w);
	if (sse_feed(&s, sse) == 0 && w.watch.ended && w.t->ended)
		rc = 0;
	if (rc < 0 && out->n > at) {
		out->n = at;
		out->p[at] = '\0';
	}
	arena_free(&tmp);
	arena_free(&own);
	return rc;
}

int translate_reply(struct buf *out, enum shape from, enum shape to,
		    struct str json)
{
	struct arena *own = arena_new();
	struct buf sse, other;
	int rc;

	buf_init(&sse, own);
	buf_init(&other, own);
	rc = reply_expand(&sse, from, json, true);
	if (rc == 0)
		rc = translate_stream(&other, from, to, buf_view(&sse), true);
	if (rc == 0)
		rc = reply_assemble(out, to, buf_view(&other));
	arena_free(&own);
	return rc;
}
