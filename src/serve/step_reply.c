/*
 * Gives the caller the answer in the form it wants, whatever form the answer
 * has; or the refusal in its dialect. A stream that was relayed is over.
 */
#include "dialect/error.h"
#include "serve/answer.h"
#include "serve/head.h"
#include "serve/steps.h"

#define JSON_TYPE "application/json"
#define STREAM_TYPE "text/event-stream; charset=utf-8"

static void whole(struct req *r, int status, const char *type,
		  struct str body)
{
	if (head_send(r, status, type, (int64_t)body.n) == 0 &&
	    body.n)
		sink_write(&r->door->out, body);
}

static void refuse(struct req *r)
{
	struct buf b;

	buf_init(&b, r->a);
	error_json(&b, r->asked.dialect, &r->fail, r->asked.id);
	whole(r, r->fail.status, JSON_TYPE, buf_view(&b));
}

static int cannot_convert(struct req *r)
{
	return fail(&r->fail, 502, "upstream_broken",
		    "The upstream's answer is not one this endpoint gives.");
}

/* The bytes in the form the caller wants. 0, or -1. */
static int convert(struct req *r, struct buf *b, enum shape s,
		   enum reply_form form, struct str bytes)
{
	if (r->plan.stream && shape_streams(s))
		return form == FORM_SSE ?
			reply_replay(b, s, bytes, r->plan.usage) :
			reply_expand(b, s, bytes, r->plan.usage);
	if (form == FORM_SSE)
		return reply_assemble(b, s, bytes);
	b->p = (char *)bytes.p;
	b->n = bytes.n;
	return 0;
}

/* An answer of status 200, from the cache or fresh. */
static void answer(struct req *r, enum shape s, enum reply_form form,
		   struct str bytes)
{
	struct buf b;

	buf_init(&b, r->a);
	if (convert(r, &b, s, form, bytes) < 0) {
		answer_drop(r); /* or it would fail until its end */
		cannot_convert(r);
		refuse(r);
	} else if (r->plan.stream && shape_streams(s)) {
		if (head_send(r, 200, STREAM_TYPE, -1) == 0)
			sink_write(&r->door->out, buf_view(&b));
	} else {
		whole(r, 200, JSON_TYPE, buf_view(&b));
	}
}

/* What is no 200, or no business of larder's, goes on as it came. */
static void pass(struct req *r)
{
	const struct fetched *o = &r->out;

	whole(r, o->status, o->type.n ? arena_cstr(r->a, o->type) : JSON_TYPE,
	      o->bytes);
}

enum go step_reply(struct req *r)
{
	if (r->sent.status)
		return GO_ON;
	if (r->fail.status)
		refuse(r);
	else if (r->hit.found)
		answer(r, r->hit.shape, r->hit.form, r->hit.bytes);
	else if (r->out.storable)
		answer(r, r->out.shape, r->out.form, r->out.bytes);
	else if (r->out.answered)
		pass(r);
	else
		whole(r, 200, "text/plain", STR("ok\n")); /* health */
	return GO_ON;
}
