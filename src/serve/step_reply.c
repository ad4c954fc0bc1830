/*
 * Gives the caller the answer in the form it wants, whatever form the answer
 * has; or the refusal in its dialect. A stream that was relayed is over; one
 * of which only the head was sent, to keep it alive, goes on here.
 */
#include "dialect/error.h"
#include "serve/admin.h"
#include "serve/form.h"
#include "serve/head.h"
#include "serve/steps.h"

#define JSON_TYPE "application/json"

static void whole(struct req *r, int status, const char *type,
		  struct str body)
{
	if (head_send(r, status, type, (int64_t)body.n) == 0 &&
	    body.n)
		sink_write(&r->door->out, body);
}

/* In the middle of a stream. */
static void refuse_event(struct req *r)
{
	struct buf b;

	buf_init(&b, r->a);
	error_event(&b, r->plan.shape, &r->fail, r->asked.id);
	sink_write(&r->door->out, buf_view(&b));
}

static void refuse(struct req *r)
{
	struct buf b;

	if (r->sent.status) {
		refuse_event(r);
		return;
	}
	buf_init(&b, r->a);
	error_json(&b, r->asked.dialect, &r->fail, r->asked.id);
	whole(r, r->fail.status, JSON_TYPE, buf_view(&b));
}

/* An answer of status 200 in its caller's form. */
static void answer(struct req *r, struct str bytes)
{
	if (!form_streams(&r->plan))
		whole(r, 200, JSON_TYPE, bytes);
	else if (r->sent.status || head_send(r, 200, HEAD_STREAM, -1) == 0)
		sink_write(&r->door->out, bytes);
}

static void answer_fresh(struct req *r)
{
	struct str bytes = r->out.bytes;

	if (form_convert(r->a, &r->plan, r->out.shape, r->out.form,
			 &bytes) == 0) {
		answer(r, bytes);
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

/* What is no answer, behind the head of a stream. */
static void refuse_odd(struct req *r)
{
	if (r->out.said && r->out.said->status)
		r->fail = *r->out.said;
	fail(&r->fail, 502, "upstream_broken",
	     "The upstream's answer is not one this endpoint gives.");
	refuse_event(r);
}

/* A stream that others had to go on without this caller. */
static void end_dropped(struct req *r)
{
	fail(&r->fail, 504, "client_too_slow",
	     "The caller did not read the stream for too long.");
	refuse_event(r);
}

/* Not an answer of anybody's: how larder itself is. */
static void show_larder(struct req *r)
{
	struct buf b;
	const char *type;

	if (r->asked.endpoint.kind == ENDPOINT_HEALTH) {
		whole(r, 200, "text/plain", STR("ok\n"));
		return;
	}
	buf_init(&b, r->a);
	type = admin_page(r, &b);
	whole(r, 200, type, buf_view(&b));
}

enum go step_reply(struct req *r)
{
	if (r->out.dropped)
		end_dropped(r);
	if (r->sent.begun)
		return GO_ON;
	if (req_from_cache(r)) /* also when fetch failed, and has a spare */
		answer(r, r->hit.bytes);
	else if (r->fail.status)
		refuse(r);
	else if (r->out.storable)
		answer_fresh(r);
	else if (r->out.answered && !r->sent.status)
		pass(r);
	else if (r->out.answered)
		refuse_odd(r);
	else
		show_larder(r);
	return GO_ON;
}
