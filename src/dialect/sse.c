#include "dialect/sse.h"

#define BOM "\xef\xbb\xbf"

void sse_init(struct sse *s, struct arena *a, size_t max, sse_fn *fn,
	      void *ctx)
{
	*s = (struct sse){ .max = max, .fn = fn, .ctx = ctx };
	buf_init(&s->line, a);
	buf_init(&s->data, a);
	buf_init(&s->raw, a);
	buf_init(&s->type, a);
}

/* Forgets the event but keeps the room it took. */
static void event_clear(struct sse *s)
{
	s->data.n = 0;
	s->raw.n = 0;
	s->type.n = 0;
	s->any_data = false;
}

static int event_deliver(struct sse *s)
{
	struct sse_event e;
	int rc;

	if (!s->any_data) {
		event_clear(s);
		return 0;
	}
	buf_putc(&s->raw, '\n');
	e.type = buf_view(&s->type);
	e.data = buf_view(&s->data);
	e.raw = buf_view(&s->raw);
	rc = s->fn(s->ctx, &e);
	event_clear(s);
	return rc;
}

static void field_take(struct sse *s, struct str name, struct str value)
{
	if (str_is(name, "data")) {
		if (s->any_data)
			buf_putc(&s->data, '\n');
		buf_str(&s->data, value);
		s->any_data = true;
	} else if (str_is(name, "event")) {
		s->type.n = 0;
		buf_str(&s->type, value);
	}
}

/* One line without its end. */
static int line_take(struct sse *s, struct str line)
{
	struct str name = line, value = { "", 0 };
	const char *colon;

	if (!s->started && str_starts(line, STR(BOM)))
		line = name = str_from(line, 3);
	s->started = true;
	if (line.n == 0)
		return event_deliver(s);
	if (line.p[0] == ':')
		return 0;
	if (line.n > s->max || s->raw.n > s->max - line.n)
		return -1;
	buf_str(&s->raw, line);
	buf_putc(&s->raw, '\n');
	colon = memchr(line.p, ':', line.n);
	if (colon) {
		name.n = (size_t)(colon - line.p);
		value = str_from(line, name.n + 1);
		if (value.n && value.p[0] == ' ')
			value = str_from(value, 1);
	}
	field_take(s, name, value);
	return 0;
}

/* Up to the first CR or LF, or the end; one pass, whatever ends lines. */
static size_t line_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '\n' && s.p[n] != '\r')
		n++;
	return n;
}

/* A line that ends in these bytes, with what came of it before. */
static int line_end(struct sse *s, struct str tail)
{
	int rc;

	if (s->line.n == 0)
		return line_take(s, tail);
	buf_str(&s->line, tail);
	rc = line_take(s, buf_view(&s->line));
	s->line.n = 0;
	return rc;
}

int sse_feed(struct sse *s, struct str bytes)
{
	struct str piece;
	int rc;

	while (bytes.n) {
		if (s->cr && bytes.p[0] == '\n') {
			s->cr = false;
			bytes = str_from(bytes, 1);
			continue;
		}
		s->cr = false;
		piece = (struct str){ bytes.p, line_length(bytes) };
		if (piece.n > s->max || s->line.n > s->max - piece.n)
			return -1;
		if (piece.n == bytes.n) {
			buf_str(&s->line, piece);
			return 0;
		}
		s->cr = bytes.p[piece.n] == '\r';
		bytes = str_from(bytes, piece.n + 1);
		rc = line_end(s, piece);
		if (rc)
			return rc;
	}
	return 0;
}

int sse_end(struct sse *s)
{
	struct str line = buf_view(&s->line);

	if (!s->started && str_starts(line, STR(BOM)))
		line = str_from(line, 3);
	return s->raw.n || (line.n && line.p[0] != ':');
}
