/* What an attempt came to, once its last byte is there or will not come. */
#include "base/count.h"
#include "base/log.h"
#include "dialect/error.h"
#include "serve/meter.h"
#include "serve/relay.h"
#include "serve/share.h"
#include "serve/wait.h"

static const struct {
	int status;
	const char *code, *text;
} ends[] = {
	[NET_NO_CONNECT] = { 502, "upstream_unreachable",
			     "The upstream could not be reached" },
	[NET_NO_FIRST_BYTE] = { 504, "upstream_timeout",
				"The upstream did not answer in time" },
	[NET_STALLED] = { 504, "upstream_stalled",
			  "The upstream stopped in the middle of its "
			  "answer" },
	[NET_TOO_LONG] = { 504, "upstream_too_long",
			   "The upstream's answer took longer than "
			   "total_timeout allows" },
	[NET_BROKEN] = { 502, "upstream_broken",
			 "The upstream's answer ended too early, or is "
			 "damaged" },
	[NET_REFUSED] = { 502, "upstream_refused",
			  "The upstream's answer is not one that can be "
			  "passed on" },
	[NET_STOPPED] = { 503, "stopping",
			  "larder is being stopped and could not wait for "
			  "the upstream any longer" },
};

static void failed(struct relay *y, enum net_end end, const char *why)
{
	struct req *r = y->r;

	r->out.end = end;
	log_seldom("[upstream %s] %s: %s", r->out.by->upstream->item.name,
		   ends[end].text, why);
	fail(&r->fail, ends[end].status, ends[end].code, "%s.",
	     ends[end].text);
}

/* -- what an upstream says instead of an answer ---------------------------- */

/*
 * A redirect would carry credentials to a host the configuration does not
 * name; a 401 or 403 to our own key is not the caller's fault, and its text
 * may quote the key or the account.
 */
static const struct {
	int status;
	bool ours; /* only when it is larder's key */
	int as;
	const char *code, *text;
} own_words[] = {
	{ 401, true, 502, "upstream_credentials",
	  "The upstream did not accept larder's own key; check key_file" },
	{ 402, true, 502, "upstream_credit",
	  "Larder's account with the upstream has no credit" },
	{ 403, true, 403, "upstream_forbids",
	  "The upstream does not allow larder's account what this request "
	  "asks for" },
	{ 301, false, 502, "upstream_redirects",
	  "The upstream answered with a redirect; check url" },
};

static void judge_status(struct req *r)
{
	int status = r->out.status >= 300 && r->out.status < 400 ?
			     301 : r->out.status;

	for (size_t i = 0; i < COUNT_OF(own_words); i++)
		if (own_words[i].status == status &&
		    (r->who.client || !own_words[i].ours))
			fail_operator(&r->fail, own_words[i].as,
				      own_words[i].code, "%s: [upstream %s].",
				      own_words[i].text,
				      r->out.by->upstream->item.name);
}

/* The words of an error document, into out.said. 1, 0 when it is another
 * document, -1 when it is none. */
static int read_error(struct relay *y, struct str bytes, int status)
{
	struct fail *f = arena_zalloc(y->r->a, sizeof(*f));
	struct json_error err;
	struct json doc;

	y->r->out.said = f;
	if (json_parse(&doc, y->r->a, bytes, &err) < 0)
		return -1;
	return error_read(f, y->r->a, &doc, status) == 0;
}

/* An error in the place of an answer, with a status of its own. */
static void take_error(struct relay *y)
{
	struct fetched *o = &y->r->out;

	o->status = o->said->status;
	o->whole = false;
	if (!y->r->fail.status)
		y->r->fail = *o->said;
}

/* Of another status than 200. What the caller's SDK can read goes on as it
 * is (by reply); a page of HTML, or another dialect's, does not. */
static void judge_error(struct relay *y)
{
	struct fetched *o = &y->r->out;
	int rc;

	if (y->r->fail.status || shape_unread(o->shape))
		return;
	rc = read_error(y, o->bytes, o->status);
	if (rc == 1 && y->translate)
		take_error(y);
	if (rc == 1 || (rc == 0 && !y->translate))
		return;
	fail(&y->r->fail, o->status >= 400 ? o->status : 502,
	     "upstream_error", "The upstream answered with status %d and no "
	     "error that could be passed on.", o->status);
}

/* -- the forms of an answer ------------------------------------------------ */

/* An error event in the place of the first of an answer. */
static void finish_early(struct relay *y, enum net_end end, const char *why)
{
	struct fetched *o = &y->r->out;

	o->bytes = buf_view(&y->early);
	if (y->early.n && read_error(y, o->bytes, 0) == 1) {
		o->end = NET_DONE;
		take_error(y);
		return;
	}
	failed(y, end == NET_DONE || end == NET_REFUSED ? NET_BROKEN : end,
	       why);
}

/* A stream that was held back to its end, or until it was known to be weak.
 * Of the latter nobody is told. */
static void finish_held(struct relay *y)
{
	struct fetched *o = &y->r->out;

	o->end = NET_DONE;
	o->whole = !y->weak;
	o->storable = o->whole && !y->rec.over && !y->watch.after_end;
	o->bytes = buf_view(&y->rec.bytes);
	if (y->weak)
		share_all(y->r);
}

static bool is_held(const struct relay *y)
{
	const struct reply_watch *w = &y->watch;

	return y->judge && !y->leaks &&
	       (y->weak || (w->ended && !w->failed && !w->malformed));
}

/* A stream that broke: an error event and no terminator, never a clean end. */
static void finish_live(struct relay *y, enum net_end end, const char *why)
{
	struct fetched *o = &y->r->out;
	const struct reply_watch *w = &y->watch;
	struct buf b;

	o->whole = w->ended && !w->failed && !w->malformed;
	o->unfinished = w->ended && !o->whole;
	if (o->whole) /* whatever came of the connection then */
		o->end = NET_DONE;
	o->storable = o->whole && !y->rec.over && !w->after_end;
	o->bytes = buf_view(&y->rec.bytes);
	if (w->failed && !w->malformed) /* for the log: the caller knows */
		fail(&y->r->fail, 502, "upstream_error",
		     "The upstream's stream said that it failed.");
	if (w->failed ? !req_among_strangers(y->r) && !w->malformed : w->ended)
		share_all(y->r);
	if (((w->ended || w->failed) && !w->malformed) || o->aborted)
		return; /* the caller knows, or does not care */
	failed(y, end, why);
	buf_init(&b, y->r->a);
	error_event(&b, y->r->plan.shape, &y->r->fail, y->r->asked.id);
	relay_pass_on(y, buf_view(&b));
}

/* What is no JSON at all is no answer; an error object is one in the place of
 * an answer; what is another document is for the caller to read and for
 * nobody to keep. */
static void judge_json(struct relay *y)
{
	struct fetched *o = &y->r->out;
	int rc;

	o->storable = facts_of_json(&o->facts, y->r->a, o->shape,
				    o->bytes) == 0;
	if (o->storable || shape_unread(o->shape))
		return;
	rc = read_error(y, o->bytes, 0);
	if (rc == 1) { /* who fails after all may have said what it took */
		facts_of_other(&o->facts, y->r->a, o->shape, o->bytes);
		take_error(y);
		return;
	}
	o->whole = rc == 0 && !y->translate;
	if (!o->whole)
		failed(y, NET_BROKEN, "a reply that is no JSON of its kind");
}

static int feed_watch(void *ctx, const struct sse_event *e)
{
	struct relay *y = ctx;

	watch_event(&y->watch, e);
	return 0;
}

/* A stream nobody asked for: it counts only when it is whole. */
static void judge_stream(struct relay *y)
{
	struct fetched *o = &y->r->out;

	sse_init(&y->sse, y->r->a, y->r->site->conf.larder.max_reply,
		 feed_watch, y);
	sse_feed(&y->sse, o->bytes);
	o->whole = y->watch.ended && !y->watch.failed;
	o->facts = y->watch.facts;
	o->storable = o->whole && !y->watch.after_end;
	if (!o->whole)
		failed(y, NET_BROKEN, "a stream without its end");
}

/* Bytes that went on as they came: a caller of half of them must notice. */
static void finish_raw(struct relay *y, enum net_end end, const char *why)
{
	const struct door *d = y->r->door;

	y->r->out.whole = end == NET_DONE;
	if (y->r->out.whole || y->r->out.aborted)
		return;
	failed(y, end, why);
	if (d->cut)
		d->cut(y->r->door);
}

static void finish_collected(struct relay *y, enum net_end end,
			     const char *why)
{
	struct req *r = y->r;
	struct fetched *o = &r->out;

	if (end != NET_DONE) {
		failed(y, end, why);
		return;
	}
	o->bytes = buf_view(&y->rec.bytes);
	if (relay_holds_key(y, o->bytes)) {
		failed(y, NET_REFUSED, "it quotes larder's key");
		return;
	}
	o->whole = true;
	if (o->status != 200)
		judge_error(y);
	else if (o->form == FORM_SSE)
		judge_stream(y);
	else
		judge_json(y);
}

/* Why a transfer ended, where a callback of ours or the end of the bytes says
 * more than the module can. */
static enum net_end real_end(const struct relay *y, enum net_end end)
{
	bool own = end == NET_TOO_LONG || end == NET_NO_CONNECT;

	if ((y->caller_gone && end == NET_REFUSED) ||
	    (own && wait_out_of_time(y->r))) /* larder's, not the upstream's */
		return NET_CALLER_GONE;
	if (y->watch.malformed || (y->live && end == NET_DONE &&
				   !y->watch.ended))
		return NET_BROKEN;
	return end;
}

void relay_finish(struct relay *y, enum net_end end, const char *why)
{
	struct fetched *o = &y->r->out;

	if (y->live && end == NET_DONE && sse_end(&y->sse) && !y->watch.ended)
		y->watch.malformed = true; /* an event that was not finished */
	end = o->end = real_end(y, end);
	o->facts = y->watch.facts;
	if (end == NET_CALLER_GONE || y->caller_gone)
		o->aborted = true;
	if (o->answered)
		judge_status(y->r); /* says more than a broken body does */
	if (y->live && y->begun)
		finish_live(y, end, why);
	else if (y->raw && y->begun)
		finish_raw(y, end, why);
	else if (end == NET_CALLER_GONE)
		wait_left(y->r);
	else if (is_held(y))
		finish_held(y);
	else if (y->live)
		finish_early(y, end, why);
	else
		finish_collected(y, end, why);
	meter_fill(y);
}
