#include "dialect/reply.h"

#include "base/splice.h"
#include "dialect/reply_rows.h"

static const struct reply_row rows[] = {
	[SHAPE_CHAT] = { watch_choices, facts_choices, take_chat,
			 finish_chat, expand_chat, true },
	[SHAPE_RESPONSES] = { watch_responses, facts_responses,
			      take_responses, finish_responses,
			      expand_responses, false },
	[SHAPE_COMPLETION] = { watch_choices, facts_choices, take_completion,
			       finish_completion, expand_completion, true },
	[SHAPE_EMBEDDING] = { .watch = watch_nothing,
			      .facts = facts_embedding },
	[SHAPE_MESSAGES] = { watch_messages, facts_messages, take_messages,
			     finish_messages, expand_messages, false },
	[SHAPE_COUNT] = { .watch = watch_nothing, .facts = facts_count },
	[SHAPE_MODELS] = { .watch = watch_nothing, .facts = facts_models },
	[SHAPE_OTHER] = { .watch = watch_nothing, .facts = facts_other },
};

const struct reply_row *reply_row(enum shape shape)
{
	return &rows[shape];
}

bool shape_streams(enum shape shape)
{
	return rows[shape].take != NULL;
}

/* Gives fn every event of a stored stream; what fn returned, or -1. */
static int each_event(struct str sse, struct arena *a, sse_fn *fn, void *ctx)
{
	struct sse s;

	sse_init(&s, a, sse.n, fn, ctx);
	return sse_feed(&s, sse);
}

/* -- SSE -> SSE, without what include_usage adds --------------------------- */

static bool is_usage_chunk(const struct json *doc, uint32_t usage)
{
	uint32_t choices = json_get(doc, 0, "choices");

	return json_is(doc, usage, JSON_OBJECT) &&
	       json_is(doc, choices, JSON_ARRAY) && !json_item(doc, choices);
}

static void event_without(struct buf *out, const struct sse_event *e,
			  const struct json *doc, uint32_t usage,
			  struct arena *tmp)
{
	uint32_t name = usage - 1;
	struct splices cut;
	struct event copy;

	splices_init(&cut, tmp);
	splice_cut(&cut, doc, 0, &name, 1);
	copy = event_open(out, e->type.n ? arena_cstr(tmp, e->type) : NULL);
	buf_str(out, splices_apply(&cut, doc->text));
	event_close(&copy);
}

void reply_event(struct buf *out, enum shape shape, const struct sse_event *e,
		 bool usage, struct arena *tmp)
{
	struct json_error err;
	struct json doc;
	uint32_t said = 0;

	/* Most events of most streams say nothing of usage: no need to
	 * read them. */
	if (!usage && rows[shape].usage_chunks &&
	    memmem(e->data.p, e->data.n, "\"usage\"", 7) &&
	    json_parse(&doc, tmp, e->data, &err) == 0)
		said = json_get(&doc, 0, "usage");
	if (!said)
		buf_str(out, e->raw);
	else if (json_is(&doc, said, JSON_NULL))
		event_without(out, e, &doc, said, tmp);
	else if (!is_usage_chunk(&doc, said))
		buf_str(out, e->raw);
	arena_reset(tmp);
}

struct replay {
	struct buf *out;
	enum shape shape;
	struct arena *tmp;
};

static int replay_event(void *ctx, const struct sse_event *e)
{
	struct replay *r = ctx;

	reply_event(r->out, r->shape, e, false, r->tmp);
	return 0;
}

int reply_replay(struct buf *out, enum shape shape, struct str sse,
		 bool usage)
{
	struct arena *own, *tmp;
	struct replay r;
	int rc;

	if (usage || !rows[shape].usage_chunks) {
		buf_str(out, sse);
		return 0;
	}
	own = arena_new();
	tmp = arena_new();
	r = (struct replay){ out, shape, tmp };
	rc = each_event(sse, own, replay_event, &r);
	arena_free(&own);
	arena_free(&tmp);
	return rc;
}

/* SSE -> JSON. */
struct assembly {
	const struct reply_row *row;
	struct reply_watch watch;
	struct merge reply;
	struct arena *tmp; /* reset after each event */
};

static int assembly_event(void *ctx, const struct sse_event *e)
{
	struct assembly *as = ctx;
	struct json_error err;
	struct json doc;
	int rc = json_parse(&doc, as->tmp, e->data, &err);

	watch_read(&as->watch, e, rc < 0 ? NULL : &doc);
	if (as->watch.failed || as->watch.after_end)
		return -1;
	rc = rc < 0 ? 0 : as->row->take(&as->reply, &doc);
	arena_reset(as->tmp);
	return rc;
}

/* The JSON text in the arena `own`; 0, or -1 when it makes no reply. */
static int assemble(struct assembly *as, struct arena *own, enum shape shape,
		    struct str sse, struct str *json_r)
{
	struct reply_facts facts;
	struct buf json;

	as->row = &rows[shape];
	watch_init(&as->watch, shape, as->tmp);
	merge_init(&as->reply, own);
	merge_set_kind(&as->reply, MERGE_OBJECT);
	if (each_event(sse, own, assembly_event, as) < 0 ||
	    !as->watch.ended || as->row->finish(&as->reply) < 0)
		return -1;
	buf_init(&json, own);
	merge_write(&json, &as->reply);
	arena_reset(as->tmp);
	if (facts_of_json(&facts, as->tmp, shape, buf_view(&json)) < 0)
		return -1;
	*json_r = buf_view(&json);
	return 0;
}

int reply_assemble(struct buf *out, enum shape shape, struct str sse)
{
	struct assembly as;
	struct arena *own;
	struct str json;
	int rc;

	if (!shape_streams(shape))
		return -1;
	own = arena_new();
	as.tmp = arena_new();
	rc = assemble(&as, own, shape, sse, &json);
	if (rc == 0)
		buf_str(out, json);
	arena_free(&as.tmp);
	arena_free(&own);
	return rc;
}

int reply_expand(struct buf *out, enum shape shape, struct str json,
		 bool usage)
{
	struct reply_facts facts;
	struct json_error err;
	struct arena *own;
	struct json doc;
	size_t at = out->n;
	int rc;

	if (!shape_streams(shape))
		return -1;
	own = arena_new();
	rc = json_parse(&doc, own, json, &err);
	if (rc == 0)
		rc = facts_of_doc(&facts, shape, &doc);
	if (rc == 0)
		rc = rows[shape].expand(out, &doc, usage);
	if (rc < 0 && out->n > at) {
		out->n = at;
		out->p[at] = '\0';
	}
	arena_free(&own);
	return rc;
}
