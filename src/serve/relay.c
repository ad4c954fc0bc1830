#include "serve/relay.h"

#include <poll.h>

#include "base/clock.h"
#include "serve/cascade.h"
#include "serve/head.h"
#include "serve/share.h"
#include "serve/ticket.h"
#include "serve/wait.h"

#define TICK_MS 1000
#define STALLED_MAX 10
#define STATUS_MAX 599 /* HTTP has no others */
#define ERROR_MAX (1u << 20) /* more is no error message */
/* Most events need no more, and streams are many. */
#define EVENT_ROOM 1024
#define EVENT_PIECE 2048
#define EVENT_STREAM "text/event-stream"

/* -- the two ends ---------------------------------------------------------- */

static int record(struct sink *s, struct str bytes)
{
	struct recording *rec = (struct recording *)s;

	rec->came += bytes.n;
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
		wait_beat(y->r);
		ticket_beat(y->r);
		if (++y->stalled >= STALLED_MAX)
			return false;
	}
	return true;
}

int relay_pass_on(struct relay *y, struct str bytes)
{
	if (!y->caller_gone && bytes.n && !reads(y))
		y->caller_gone = y->r->out.dropped = true;
	if (!y->caller_gone && sink_write(y->to, bytes) < 0)
		y->caller_gone = true;
	y->r->sent.at_ms = clock_mono_ms();
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

/* From here on the caller has some of this answer and can get no other. */
static int begin(struct relay *y, const char *type, int64_t length)
{
	y->begun = true;
	if (!y->r->sent.status &&
	    head_send(y->r, y->r->out.status, type, length) < 0)
		y->caller_gone = true;
	y->r->sent.begun = true;
	return go_on(y);
}

static int begin_raw(struct relay *y)
{
	y->raw = true;
	if (y->r->sent.status) /* the head of a stream, to keep it alive */
		return -1;
	return begin(y, arena_cstr(y->r->a, y->r->out.type), y->length);
}

static void tell_begin(struct relay *y)
{
	share_head(y->r, true);
	ticket_answers(y->r);
}

/* Some servers hold the head back until a first byte of body. */
static int begin_stream(struct relay *y)
{
	if (begin(y, HEAD_STREAM, -1) < 0)
		return -1;
	return relay_pass_on(y, STR(": larder\n\n"));
}

/* -- what comes from the upstream ------------------------------------------ */

static int on_head(void *ctx, int status, const struct net_header *h,
		   size_t n)
{
	struct relay *y = ctx;
	struct fetched *o = &y->r->out;

	relay_head(y, h, n);
	o->answered = true;
	o->status = status;
	o->form = str_istarts(o->type, STR(EVENT_STREAM)) ? FORM_SSE :
							    FORM_JSON;
	if (y->packed || y->leaks || status > STATUS_MAX)
		return -1;
	if (status != 200) {
		y->rec.max = y->rec.max < ERROR_MAX ? y->rec.max : ERROR_MAX;
		return 0;
	}
	y->live = o->form == FORM_SSE && y->r->plan.stream &&
		  shape_streams(o->shape);
	if (y->live)
		y->judge = cascade_judge(y->r);
	return o->shape == SHAPE_OTHER ? begin_raw(y) : 0;
}

/* An event as the caller sees it, in y->shown. */
static int make_shown(struct relay *y, const struct sse_event *e)
{
	y->shown.n = 0;
	if (y->translate)
		return translate_event(y->translate, e, &y->shown, y->scratch);
	reply_event(&y->shown, y->watch.shape, e, y->r->plan.usage,
		    y->scratch);
	return 0;
}

/* -- held back ------------------------------------------------------------- */

/* Is there room to hold one more? What is too large goes on unjudged. */
static bool may_hold(const struct relay *y, const struct sse_event *e)
{
	return y->rec.bytes.n + e->raw.n <= y->rec.max &&
	       y->held.n + y->shown.n <= y->rec.max;
}

/* From here on it is a stream like any other. */
static int let_go(struct relay *y)
{
	y->judge = NULL;
	tell_begin(y);
	if (begin_stream(y) < 0)
		return -1;
	share_bytes(y->r, buf_view(&y->rec.bytes));
	if (y->r->out.collapsed)
		y->rec.bytes.n = 0;
	return relay_pass_on(y, buf_view(&y->held));
}

/* One that is weak is still read to its end where others wait for it: who
 * wants no stream can judge nothing less. */
static int hold(struct relay *y, const struct sse_event *e)
{
	enum judge_says says;

	ticket_answers(y->r);
	sink_write(&y->rec.sink, e->raw);
	buf_str(&y->held, buf_view(&y->shown));
	says = judge_event(y->judge, e, y->scratch);
	if (says == JUDGE_GOOD)
		return let_go(y);
	y->weak = says == JUDGE_WEAK && !share_wanted(y->r);
	return y->weak ? -1 : go_on(y);
}

/* -- event by event -------------------------------------------------------- */

static void tell(struct relay *y, const struct sse_event *e)
{
	if (!y->watch.failed || !req_among_strangers(y->r))
		share_bytes(y->r, e->raw); /* else one account's own trouble */
}

static void tell_first(struct relay *y, const struct sse_event *e)
{
	tell_begin(y);
	tell(y, e);
}

/* The caller has it before those who might follow. But who follows already
 * shall not wait for him, nor for what a connection does not take at once. */
static int on_first(struct relay *y, const struct sse_event *e)
{
	bool waits = share_wanted(y->r) || y->shown.n > EVENT_ROOM;
	int rc;

	if (waits)
		tell_first(y, e);
	rc = begin_stream(y);
	if (rc == 0)
		rc = relay_pass_on(y, buf_view(&y->shown));
	if (waits)
		return rc;
	if (rc == 0)
		rc = show(y);
	tell_first(y, e);
	return rc;
}

static int on_event(void *ctx, const struct sse_event *e)
{
	struct relay *y = ctx;

	y->leaks |= relay_holds_key(y, e->raw);
	if (y->leaks)
		return -1;
	watch_event(&y->watch, e);
	if (y->watch.after_end)
		return 0; /* noise behind the end is for nobody */
	if (y->watch.malformed || make_shown(y, e) < 0) {
		y->watch.malformed = true;
		return -1;
	}
	if (!y->begun && y->watch.failed) {
		buf_str(&y->early, e->data);
		return -1;
	}
	if (y->judge && may_hold(y, e))
		return hold(y, e);
	if (y->judge && let_go(y) < 0)
		return -1;
	if (!y->r->out.collapsed) /* its leader stores it */
		sink_write(&y->rec.sink, e->raw);
	if (!y->begun)
		return on_first(y, e);
	tell(y, e);
	return relay_pass_on(y, buf_view(&y->shown));
}

static int pass_raw(struct relay *y, struct str bytes)
{
	if (relay_seam_holds_key(y, bytes))
		return -1;
	return relay_pass_on(y, bytes) < 0 ? -1 : show(y);
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
	/* Nor can it be turned into another shape. */
	if (y->translate || begin_raw(y) < 0 ||
	    pass_raw(y, buf_view(&y->rec.bytes)) < 0)
		return -1;
	return pass_raw(y, bytes);
}

/* Comments of the upstream are no sign of life to the caller. */
static int alive(struct relay *y)
{
	if (!y->raw && !y->caller_gone && wait_keep_alive(y->r) < 0)
		y->caller_gone = true;
	return show(y);
}

static int on_data(void *ctx, struct str bytes)
{
	struct relay *y = ctx;

	wait_beat(y->r);
	ticket_beat(y->r);
	if (y->live)
		return sse_feed(&y->sse, bytes) < 0 ? -1 : alive(y);
	if (y->raw) {
		y->rec.came += bytes.n;
		return pass_raw(y, bytes);
	}
	return collect(y, bytes);
}

/* Keeps the web server's timers alive, and finds out who has left. An
 * upstream that keeps its connection open behind the end is not waited for. */
static int on_tick(void *ctx)
{
	struct relay *y = ctx;

	wait_beat(y->r);
	ticket_beat(y->r);
	if (go_on(y) < 0 || (y->live && y->watch.ended))
		return -1;
	return alive(y);
}

void relay_init(struct relay *y, struct req *r, const struct target *by)
{
	r->out = (struct fetched){ .by = by, .shape = by->shape };
	*y = (struct relay){ .r = r, .to = &r->door->out };
	y->scratch = arena_new_small(EVENT_ROOM);
	y->rec.sink.write = record;
	y->rec.max = r->site->conf.larder.max_reply;
	buf_init(&y->rec.bytes, r->a);
	buf_init(&y->shown, r->a);
	buf_init(&y->held, r->a);
	sse_init(&y->sse, r->a, r->site->conf.larder.max_reply, on_event, y);
	buf_init(&y->early, r->a);
	buf_init(&y->seam, r->a);
	watch_init(&y->watch, by->shape, y->scratch);
	if (by->shape != r->plan.shape)
		y->translate = translate_new(r->a, by->shape, r->plan.shape,
					     r->plan.usage);
}

void relay_fini(struct relay *y)
{
	arena_free(&y->scratch);
}

void relay_attach(struct relay *y, struct net_call *c)
{
	int64_t alive_ms = y->r->site->conf.larder.keep_alive_ms;
	const struct door *d = y->r->door;

	c->gone_fd = d->gone_fd;
	c->gone_events = d->gone_events;
	c->stop_fd = y->r->lane->stop_fd;
	c->tick_ms = TICK_MS;
	if (alive_ms > 0 && alive_ms < TICK_MS)
		c->tick_ms = alive_ms;
	c->piece = y->r->plan.stream ? EVENT_PIECE : 0;
	c->ctx = y;
	c->head = on_head;
	c->data = on_data;
	c->tick = on_tick;
	c->gone = on_gone;
}
