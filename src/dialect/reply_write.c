#include "dialect/reply_rows.h"

struct event event_open(struct buf *out, const char *type)
{
	if (type) {
		buf_puts(out, "event: ");
		buf_puts(out, type);
		buf_putc(out, '\n');
	}
	buf_puts(out, "data: ");
	return (struct event){ out, out->n };
}

struct event event_open_typed(struct buf *out, const char *type)
{
	struct event e = event_open(out, type);

	buf_puts(out, "{\"type\":\"");
	buf_puts(out, type);
	buf_putc(out, '"');
	return e;
}

void event_close(struct event *e)
{
	char *p = e->out->p;
	size_t i;

	for (i = e->at; i < e->out->n; i++) {
		if (p[i] == '\n' || p[i] == '\r')
			p[i] = ' ';
	}
	buf_puts(e->out, "\n\n");
}

static const struct swap *swap_of(const struct json *doc, uint32_t name,
				  const struct swap *swap, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (json_string_is(doc, name, swap[i].name))
			return &swap[i];
	}
	return NULL;
}

bool write_members(struct buf *out, const struct json *doc, uint32_t obj,
		   const struct swap *swap, size_t n, bool first)
{
	const struct swap *s;
	bool any = false;
	uint32_t i;

	if (json_type(doc, obj) != JSON_OBJECT)
		return false;
	for (i = json_first(doc, obj); i; i = json_next(doc, obj, i)) {
		s = swap_of(doc, i, swap, n);
		if (s && !s->with)
			continue;
		if (any || !first)
			buf_putc(out, ',');
		any = true;
		buf_str(out, json_span(doc, i));
		buf_putc(out, ':');
		if (s)
			buf_puts(out, s->with);
		else
			buf_str(out, json_span(doc, i + 1));
	}
	return any;
}

void write_object(struct buf *out, const struct json *doc, uint32_t obj,
		  const struct swap *swap, size_t n)
{
	buf_putc(out, '{');
	write_members(out, doc, obj, swap, n, true);
	buf_putc(out, '}');
}

void write_pair(struct buf *out, const char *name, const struct json *doc,
		uint32_t v, const char *dflt)
{
	buf_puts(out, ",\"");
	buf_puts(out, name);
	buf_puts(out, "\":");
	if (v)
		buf_str(out, json_span(doc, v));
	else
		buf_puts(out, dflt);
}
