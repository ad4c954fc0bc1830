#include "fake/out.h"

#include <sys/socket.h>
#include <time.h>

#include "fake/record.h"

void out_left(struct out *o)
{
	o->client_left = true;
	o->state = OUT_DEAD;
}

static void send_raw(struct out *o, struct str s)
{
	if (o->state != OUT_DEAD && http_send(o->fd, s.p, s.n) < 0)
		out_left(o);
}

static void send_chunk(struct out *o, struct str s)
{
	struct buf b;

	buf_init(&b, o->a);
	buf_printf(&b, "%zx\r\n", s.n);
	buf_str(&b, s);
	buf_puts(&b, "\r\n");
	send_raw(o, buf_view(&b));
}

/* How long a stream says it is, when it lies; else 0: it is chunked. */
static int claimed(const struct out *o)
{
	return o->s->saysmore > 0 ? 1 << 20 :
	       o->s->saysless > 0 ? o->s->saysless : 0;
}

/* A part of the body, in the framing that the head promised. */
static void send_part(struct out *o, struct str s)
{
	size_t n = o->s->drip > 0 ? 1 :
		   o->s->split > 0 ? (size_t)o->s->split : s.n, take;

	while (s.n && o->state != OUT_DEAD) {
		if (o->s->drip > 0 && http_linger(o->fd, o->s->drip) < 0) {
			out_left(o);
			return;
		}
		take = n < s.n ? n : s.n;
		if (o->streaming && !claimed(o))
			send_chunk(o, (struct str){ s.p, take });
		else
			send_raw(o, (struct str){ s.p, take });
		s = str_from(s, take);
	}
}

static void retry_headers(struct buf *b, const struct script *s)
{
	time_t at = time(NULL) + s->retry_date;
	struct tm tm;
	char date[64];

	if (s->status <= 0)
		return;
	if (s->retry_after >= 0)
		buf_printf(b, "Retry-After: %d\r\n", s->retry_after);
	if (s->retry_ms >= 0)
		buf_printf(b, "retry-after-ms: %d\r\n", s->retry_ms);
	if (s->retry_date >= 0 && gmtime_r(&at, &tm) &&
	    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm))
		buf_printf(b, "Retry-After: %s\r\n", date);
	if (s->should_retry >= 0)
		buf_printf(b, "x-should-retry: %s\r\n",
			   s->should_retry ? "true" : "false");
}

void out_reset(struct out *o)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(o->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	o->state = OUT_DEAD;
}

static void send_head(struct out *o, int status, const char *type,
		      const char *framing)
{
	struct buf b;

	buf_init(&b, o->a);
	if (o->s->hints)
		buf_puts(&b, "HTTP/1.1 103 Early Hints\r\n"
			     "Link: </hint>\r\n\r\n");
	buf_printf(&b, "HTTP/1.1 %d Scripted\r\nContent-Type: %s\r\n%s", status,
		   type, o->headers ? o->headers : "");
	retry_headers(&b, o->s);
	if (o->s->close)
		buf_puts(&b, "Connection: close\r\n");
	buf_printf(&b, "%s\r\n\r\n", framing);
	send_raw(o, buf_view(&b));
	if (o->s->resethead) {
		out_reset(o);
	} else if (o->s->hanghead) {
		http_linger(o->fd, -1);
		out_left(o);
	}
}

static void event_write(struct out *o, const char *name, struct str json)
{
	const char *eol = o->s->crlf ? "\r\n" : "\n";
	struct buf b;

	buf_init(&b, o->a);
	if (o->s->comments)
		buf_printf(&b, ": between%s%s:%s", eol, eol, eol);
	if (name)
		buf_printf(&b, o->s->nospace ? "event:%s%s" : "event: %s%s",
			   name, eol);
	buf_puts(&b, o->s->nospace ? "data:" : "data: ");
	buf_str(&b, json);
	buf_printf(&b, "%s%s", eol, eol);
	send_part(o, buf_view(&b));
}

static void error_event(struct out *o)
{
	event_write(o, o->error_name, str_c(o->error_json));
	if (o->state == OUT_OPEN)
		o->state = OUT_MUTED;
}

void out_gate(struct out *o)
{
	const struct script *s = o->s;
	int at = o->pieces++;

	if (o->state != OUT_OPEN)
		return;
	if (s->hold > 0 && at == s->hold &&
	    record_hold(o->fd, record_releases()) < 0) {
		out_left(o);
	} else if (s->slow > 0 && http_linger(o->fd, s->slow) < 0) {
		out_left(o);
	} else if (at == s->cut) {
		o->state = OUT_DEAD;
	} else if (at == s->rst) {
		out_reset(o);
	} else if (at == s->stall) {
		http_linger(o->fd, -1);
		out_left(o);
	} else if (o->streaming && at == s->cleancut) {
		o->state = OUT_MUTED;
	} else if (o->streaming && at == s->errorevent) {
		error_event(o);
	} else if (o->streaming && at == s->badevent) {
		event_write(o, o->error_name ? "content_block_delta" : NULL,
			    STR("{\"type\":\"content_blo"));
	}
}

void out_body(struct out *o, int status, const char *type, struct str body)
{
	struct str rest = body;
	size_t slice = body.n / 5 + 1, take, says;

	if (o->s->badjson)
		rest = body = STR("{\"id\": \"broken\", \"choices\": [{");
	says = o->s->saysmore > 0 ? body.n + (size_t)o->s->saysmore : body.n;
	if (o->s->saysless > 0 && (size_t)o->s->saysless < body.n)
		says -= (size_t)o->s->saysless;
	send_head(o, status, type,
		  arena_printf(o->a, "Content-Length: %zu", says));
	while (rest.n && o->state == OUT_OPEN) {
		out_gate(o);
		take = slice < rest.n ? slice : rest.n;
		if (o->state == OUT_OPEN)
			send_part(o, (struct str){ rest.p, take });
		rest = str_from(rest, take);
	}
	if (says > body.n)
		o->state = OUT_DEAD;
}

void out_start(struct out *o)
{
	o->streaming = true;
	send_head(o, 200, "text/event-stream; charset=utf-8",
		  claimed(o) ?
			arena_printf(o->a, "Content-Length: %d", claimed(o)) :
			"Cache-Control: no-cache\r\n"
			"Transfer-Encoding: chunked");
	if (o->s->errorfirst)
		error_event(o);
}

void out_event(struct out *o, const char *name, struct str json)
{
	if (o->state == OUT_OPEN)
		event_write(o, name, json);
}

void out_end(struct out *o)
{
	if (!claimed(o))
		send_raw(o, STR("0\r\n\r\n"));
	else if (o->s->saysmore > 0)
		o->state = OUT_DEAD;
}
