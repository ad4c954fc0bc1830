/*
 * Gives the caller the answer in the form it wants, whatever form the answer
 * has; or the refusal in its dialect. A stream that was relayed is over.
 */
#include "dialect/error.h"
#include "serve/form.h"
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

/* An answer of status 200 in its caller's form. */
static void answer(struct req *r, enum shape s, struct str bytes)
{
	if (!form_streams(&r->plan, s))
		whole(r, 200, JSON_TYPE, bytes);
	else if (head_send(r, 200, STREAM_TYPE, -1) == 0)
		sink_write(&r->door->out, bytes);
}

static void answer_fresh(struct req *r)
{
	struct str bytes = r->out.bytes;

	if (form_convert(r->a, &r->plan, r->out.shape, r->out.form,
			 &bytes) == 0) {
		answer(r, r->out.shape, bytes);
		return;
	}
	fail(&r->fail, 502, "upstream_broken",
	     "The upstream's answer is not one this endpoint gives.");
	refuse(r);
}

/* What is no 200, or no business of larder's, goes on as it came. */
static void pass(struct req *r)
{
	const struct fetched *o = &r->out;

	whole(r, o->status, o->type.n ? arena_cstr(r->a, o->type) : JSON_TYPE,
	      o->bytes);
}

/* A stream that others had to go on without this caller. */
static void end_dropped(struct req *r)
{
	struct buf b;

	fail(&r->fail, 504, "client_too_slow",
	     "The caller did not read the stream for too long.");
	buf_init(&b, r->a);
	error_event(&b, r->asked.endpoint.shape, &r->fail, r->asked.id);
	sink_write(&r->door->out, buf_view(&b));
}

enum go step_reply(struct req *r)
{
	if (r->out.dropped)
		end_dropped(r);
	if (r->sent.status)
		return GO_ON;
	if (req_from_cache(r)) /* also when fetch failed, and has a spare */
		answer(r, r->hit.shape, r->hit.bytes);
	else if (r->fail.status)
		refuse(r);
	else if (r->out.storable)
		answer_fresh(r);
	else if (r->out.answered)
		pass(r);
	else
		whole(r, 200, "text/plain", STR("ok\n")); /* health */
	return GO_ON;
}
