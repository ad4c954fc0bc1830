#include "serve/relay.h"

#include <poll.h>
#include <stdlib.h>

#include "base/count.h"
#include "base/log.h"
#include "dialect/error.h"
#include "serve/head.h"
#include "serve/share.h"

#define TICK_MS 1000
#define STALLED_MAX 10
#define KEEP_ALIVE_TICKS 10
#define HEADER_MAX 256 /* of one that is passed on, and of all */
#define HEADERS_MAX 2048
#define EVENT_STREAM "text/event-stream"

/* -- the two ends ---------------------------------------------------------- */

static int record(struct sink *s, struct str bytes)
{
	struct recording *rec = (struct recording *)s;

	if (rec->bytes.n + bytes.n > rec->max)
		rec->over = true;
	if (!rec->over)
		buf_str(&rec->bytes, bytes);
	return 0;
}

/* 0 when somebody is left for whom to go on, else -1. */
static int go_on(const struct relay *y)
{
	const struct larder_conf *c = &y->r->site->conf.larder;

	if (!y->caller_gone || share_wanted(y->r))
		return 0;
	/* Who follows has nothing to finish. */
	return c->on_client_abort == ABORT_CANCEL || y->r->out.collapsed ? -1 :
									   0;
}

/* Those who follow shall not wait for the leader's own caller: one that does
 * not read for so long in all gets no more than an error event (by reply). */
static bool reads(struct relay *y)
{
	struct pollfd p = { y->r->door->out_fd, POLLOUT, 0 };

	if (p.fd < 0)
		return true;
	while (share_wanted(y->r)) {
		if (poll(&p, 1, TICK_MS) != 0)
			return true;
		share_beat(y->r);
		if (++y->stalled >= STALLED_MAX)
			return false;
	}
	return true;
}

/* Writes unless the caller has left. 0, or -1 when the call shall stop. */
static int pass_on(struct relay *y, struct str bytes)
{
	if (!y->caller_gone && bytes.n && !reads(y))
		y->caller_gone = y->r->out.dropped = true;
	if (!y->caller_gone && sink_write(y->to, bytes) < 0)
		y->caller_gone = true;
	return go_on(y);
}

static int on_gone(void *ctx)
{
	struct relay *y = ctx;

	y->caller_gone = true;
	return go_on(y);
}

static int show(struct relay *y)
{
	if (!y->caller_gone && sink_flush(y->to) < 0)
		y->caller_gone = true;
	return go_on(y);
}

static void begin_live(struct relay *y, const char *type, int64_t length)
{
	if (head_send(y->r, y->r->out.status, type, length) < 0)
		y->caller_gone = true;
	y->r->out.relayed = true;
}

/* -- what comes from the upstream ------------------------------------------ */

static bool passes(struct str name)
{
	static const char *const heads[] = {
		"x-request-id", "request-id", "retry-after", "x-should-retry",
		"x-ratelimit-", "anthropic-ratelimit-",
		"openai-processing-ms", "openai-version",
	};

	for (size_t i = 0; i < COUNT_OF(heads); i++)
		if (str_istarts(name, str_c(heads[i])))
			return true;
	return false;
}

static bool printable(struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return false;
	return true;
}

/* Some servers quote a request's headers in what they say of it. */
static bool holds_key(const struct relay *y, struct str bytes)
{
	struct str key = site_upstream_key(y->r->site,
					   y->r->out.by->upstream);

	return key.n >= 8 && bytes.n >= key.n &&
	       memmem(bytes.p, bytes.n, key.p, key.n);
}

static void keep_headers(struct relay *y, const struct net_header *h,
			 size_t n)
{
	struct fetched *o = &y->r->out;
	int64_t room = HEADERS_MAX;

	o->header = arena_new_n(y->r->a, struct net_header, n + 1);
	o->nheader = 0;
	o->type = STR("");
	y->length = -1;
	y->packed = y->leaks = false;
	for (size_t i = 0; i < n; i++) {
		if (!printable(h[i].value))
			continue;
		if (str_ieq(h[i].name, STR("content-type")))
			o->type = arena_str(y->r->a, h[i].value);
		if (str_ieq(h[i].name, STR("content-length")))
			y->length = atoll(arena_cstr(y->r->a, h[i].value));
		if (str_ieq(h[i].name, STR("content-encoding")))
			y->packed = !str_ieq(h[i].value, STR("identity"));
		if (!passes(h[i].name) || h[i].value.n > HEADER_MAX)
			continue;
		room -= (int64_t)(h[i].name.n + h[i].value.n);
		if (room < 0) /* nginx takes 4 KB of head and no more */
			continue;
		y->leaks |= holds_key(y, h[i].value);
		o->header[o->nheader++] = (struct net_header){
			arena_str(y->r->a, h[i].name),
			arena_str(y->r->a, h[i].value),
		};
	}
}

static int on_head(void *ctx, int status, const struct net_header *h,
		   size_t n)
{
	struct relay *y = ctx;
	struct fetched *o = &y->r->out;

	keep_headers(y, h, n);
	o->answered = true;
	o->status = status;
	o->form = str_istarts(o->type, STR(EVENT_STREAM)) ? FORM_SSE :
							    FORM_JSON;
	if (y->packed || y->leaks)
		return -1;
	if (status != 200)
		return 0;
	y->live = o->form == FORM_SSE && y->r->plan.stream &&
		  shape_streams(y->r->asked.endpoint.shape);
	y->raw = y->r->asked.endpoint.shape == SHAPE_OTHER;
	if (y->raw)
		begin_live(y, arena_cstr(y->r->a, o->type), y->length);
	if (!y->live)
		return 0;
	share_head(y->r, true);
	begin_live(y, EVENT_STREAM "; charset=utf-8", -1);
	/* Some servers hold the head back until a first byte of body. */
	return pass_on(y, STR(": larder\n\n")) < 0 ? -1 : show(y);
}

static int on_event(void *ctx, const struct sse_event *e)
{
	struct relay *y = ctx;

	y->leaks |= holds_key(y, e->raw);
	if (y->leaks)
		return -1;
	watch_event(&y->watch, e);
	if (y->watch.after_end)
		return 0; /* noise behind the end is for nobody */
	if (!y->watch.failed || !share_strangers(y->r))
		share_bytes(y->r, e->raw); /* else one account's own trouble */
	if (!y->r->out.collapsed) /* its leader stores it */
		sink_write(&y->rec.sink, e->raw);
	y->shown.n = 0;
	reply_event(&y->shown, y->watch.shape, e, y->r->plan.usage,
		    y->scratch);
	return pass_on(y, buf_view(&y->shown));
}

/* A body that is not a live stream: whole in memory, or, when it is larger
 * than that may be, on to the caller as it is. */
static int collect(struct relay *y, struct str bytes)
{
	struct fetched *o = &y->r->out;

	sink_write(&y->rec.sink, bytes);
	if (!y->rec.over)
		return 0;
	/* A stream would have to be assembled, and an error is judged before
	 * the caller may see its text. */
	if (o->form == FORM_SSE || o->status != 200)
		return -1;
	y->raw = true;
	begin_live(y, arena_cstr(y->r->a, o->type), y->length);
	if (pass_on(y, buf_view(&y->rec.bytes)) < 0)
		return -1;
	return pass_on(y, bytes);
}

static int on_data(void *ctx, struct str bytes)
{
	struct relay *y = ctx;

	y->quiet = 0;
	share_beat(y->r);
	if (y->live)
		return sse_feed(&y->sse, bytes) < 0 ? -1 : show(y);
	if (y->raw)
		return pass_on(y, bytes) < 0 ? -1 : show(y);
	return collect(y, bytes);
}

/* Keeps the web server's timers alive, and finds out who has left. An
 * upstream that keeps its connection open behind the end is not waited for. */
static int on_tick(void *ctx)
{
	struct relay *y = ctx;

	share_beat(y->r);
	if (go_on(y) < 0)
		return -1;
	if (!y->live)
		return 0;
	if (y->watch.ended)
		return -1;
	if (++y->quiet % KEEP_ALIVE_TICKS)
		return 0;
	return pass_on(y, STR(": keep-alive\n\n")) < 0 ? -1 : show(y);
}

void relay_init(struct relay *y, struct req *r, const struct target *by)
{
	enum shape shape = r->asked.endpoint.shape;

	r->out = (struct fetched){ .by = by, .shape = shape };
	*y = (struct relay){ .r = r, .to = &r->door->out };
	y->scratch = arena_new();
	y->rec.sink.write = record;
	y->rec.max = r->site->conf.larder.max_reply;
	buf_init(&y->rec.bytes, r->a);
	buf_init(&y->shown, r->a);
	sse_init(&y->sse, r->a, r->site->conf.larder.max_reply, on_event, y);
	watch_init(&y->watch, shape, y->scratch);
}

void relay_fini(struct relay *y)
{
	arena_free(&y->scratch);
}

void relay_attach(struct relay *y, struct net_call *c)
{
	const struct door *d = y->r->door;

	c->gone_fd = d->gone_fd;
	c->gone_events = d->gone_events;
	c->stop_fd = y->r->lane->stop_fd;
	c->tick_ms = TICK_MS;
	c->ctx = y;
	c->head = on_head;
	c->data = on_data;
	c->tick = on_tick;
	c->gone = on_gone;
}

/* -- the end --------------------------------------------------------------- */

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
	[NET_BROKEN] = { 502, "upstream_broken",
			 "The upstream's answer ended too early" },
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

	log_seldom("[upstream %s] %s: %s", r->out.by->upstream->item.name,
		   ends[end].text, why);
	fail(&r->fail, ends[end].status, ends[end].code, "%s.",
	     ends[end].text);
}

/* What is not passed on event by event is told when it is known to be good. */
static void tell_collected(struct relay *y, enum net_end end)
{
	struct req *r = y->r;

	if (y->live || y->raw)
		return;
	/* These are its own; who waits takes its place. */
	if (end == NET_CALLER_GONE || end == NET_STOPPED)
		return;
	if (!r->out.whole) {
		share_none(r, end == NET_DONE ? NET_BROKEN : end);
		return;
	}
	share_head(r, r->out.storable);
	share_bytes(r, r->out.bytes);
	share_all(r);
}

/* A stream that broke: an error event and no terminator, never a clean end. */
static void finish_live(struct relay *y, enum net_end end, const char *why)
{
	struct fetched *o = &y->r->out;
	const struct reply_watch *w = &y->watch;
	struct buf b;

	if (end == NET_DONE && (sse_end(&y->sse) || !w->ended))
		end = NET_BROKEN;
	o->whole = w->ended && !w->failed;
	o->facts = w->facts;
	o->storable = o->whole && !y->rec.over && !w->after_end;
	o->bytes = buf_view(&y->rec.bytes);
	if (w->failed) /* for the log: the caller has seen it */
		fail(&y->r->fail, 502, "upstream_error",
		     "The upstream's stream said that it failed.");
	if (w->failed ? !share_strangers(y->r) : w->ended)
		share_all(y->r);
	if (w->ended || w->failed || o->aborted)
		return; /* the caller knows, or does not care */
	failed(y, end, why);
	buf_init(&b, y->r->a);
	error_event(&b, y->r->asked.endpoint.shape, &y->r->fail,
		    y->r->asked.id);
	pass_on(y, buf_view(&b));
}

/* What is no JSON at all is no answer; what is, but no reply of its kind, is
 * for the caller to read and for nobody to keep. */
static void judge_json(struct relay *y)
{
	struct fetched *o = &y->r->out;
	struct json_error err;
	struct json doc;

	o->storable = facts_of_json(&o->facts, y->r->a, o->shape,
				    o->bytes) == 0;
	if (o->storable || shape_unread(o->shape) ||
	    json_parse(&doc, y->r->a, o->bytes, &err) == 0)
		return;
	o->whole = false;
	failed(y, NET_BROKEN, "a reply that is no JSON");
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
	if (holds_key(y, o->bytes)) {
		failed(y, NET_REFUSED, "it quotes larder's key");
		return;
	}
	o->whole = true;
	if (o->status != 200)
		return;
	if (o->form == FORM_SSE)
		judge_stream(y);
	else
		judge_json(y);
}

void relay_finish(struct relay *y, enum net_end end, const char *why)
{
	struct fetched *o = &y->r->out;

	o->facts = y->watch.facts;
	if (y->caller_gone && end == NET_REFUSED)
		end = NET_CALLER_GONE; /* a callback ended it for that */
	if (end == NET_CALLER_GONE || y->caller_gone)
		o->aborted = true;
	if (y->live)
		finish_live(y, end, why);
	else if (y->raw)
		finish_raw(y, end, why);
	else if (end == NET_CALLER_GONE)
		fail(&y->r->fail, 499, "client_closed_request",
		     "The caller left before the answer came.");
	else
		finish_collected(y, end, why);
	tell_collected(y, end);
}
