#include "fake/out.h"

#include <sys/socket.h>

#include "fake/record.h"

static void client_left(struct out *o)
{
	o->client_left = true;
	o->state = OUT_DEAD;
}

static void send_raw(struct out *o, struct str s)
{
	if (o->state != OUT_DEAD && http_send(o->fd, s.p, s.n) < 0)
		client_left(o);
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

static void send_split(struct out *o, struct str s)
{
	size_t n = o->s->split > 0 ? (size_t)o->s->split : s.n, take;

	while (s.n) {
		take = n < s.n ? n : s.n;
		send_chunk(o, (struct str){ s.p, take });
		s = str_from(s, take);
	}
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
	if (o->s->status > 0 && o->s->retry_after >= 0)
		buf_printf(&b, "Retry-After: %d\r\n", o->s->retry_after);
	if (o->s->close)
		buf_puts(&b, "Connection: close\r\n");
	buf_printf(&b, "%s\r\n\r\n", framing);
	send_raw(o, buf_view(&b));
}

static void reset(struct out *o)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(o->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	o->state = OUT_DEAD;
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
	send_split(o, buf_view(&b));
}

void out_gate(struct out *o)
{
	const struct script *s = o->s;
	int at = o->pieces++;

	if (o->state != OUT_OPEN)
		return;
	if (s->hold > 0 && at == s->hold &&
	    record_hold(o->fd, record_releases()) < 0) {
		client_left(o);
	} else if (s->slow > 0 && http_linger(o->fd, s->slow) < 0) {
		client_left(o);
	} else if (at == s->cut) {
		o->state = OUT_DEAD;
	} else if (at == s->rst) {
		reset(o);
	} else if (at == s->stall) {
		http_linger(o->fd, -1);
		client_left(o);
	} else if (o->streaming && at == s->cleancut) {
		o->state = OUT_MUTED;
	} else if (o->streaming && at == s->errorevent) {
		event_write(o, o->error_name, str_c(o->error_json));
		if (o->state == OUT_OPEN)
			o->state = OUT_MUTED;
	}
}

void out_body(struct out *o, int status, const char *type, struct str body)
{
	struct str rest = body;
	size_t slice = body.n / 5 + 1, take;

	if (o->s->badjson)
		rest = body = STR("{\"id\": \"broken\", \"choices\": [{");
	send_head(o, status, type,
		  arena_printf(o->a, "Content-Length: %zu", body.n));
	while (rest.n && o->state == OUT_OPEN) {
		out_gate(o);
		take = slice < rest.n ? slice : rest.n;
		if (o->state == OUT_OPEN)
			send_raw(o, (struct str){ rest.p, take });
		rest = str_from(rest, take);
	}
}

void out_start(struct out *o)
{
	o->streaming = true;
	send_head(o, 200, "text/event-stream; charset=utf-8",
		  "Cache-Control: no-cache\r\nTransfer-Encoding: chunked");
}

void out_event(struct out *o, const char *name, struct str json)
{
	if (o->state == OUT_OPEN)
		event_write(o, name, json);
}

void out_end(struct out *o)
{
	send_raw(o, STR("0\r\n\r\n"));
}
