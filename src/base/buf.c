#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/utf8.h"

void buf_init(struct buf *b, struct arena *a)
{
	*b = (struct buf){ .a = a };
}

/* Room for n more bytes and the NUL. The old bytes stay in the arena. */
static void grow(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	char *p;

	if (b->n + n < b->cap)
		return;
	while (cap <= b->n + n)
		cap *= 2;
	p = arena_alloc(b->a, cap);
	if (b->n)
		memcpy(p, b->p, b->n);
	b->p = p;
	b->cap = cap;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	grow(b, n);
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	grow(b, (size_t)n);
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
	va_end(again);
	b->n += (size_t)n;
}

static void add_escaped(struct buf *b, unsigned char c)
{
	static const char short_of[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	const char *s;

	for (s = short_of; *s; s += 2) {
		if ((unsigned char)s[0] == c) {
			buf_putc(b, '\\');
			buf_putc(b, s[1]);
			return;
		}
	}
	buf_printf(b, "\\u%04x", c);
}

void buf_json(struct buf *b, struct str s)
{
	size_t at = 0, from = 0, len;

	buf_putc(b, '"');
	while (at < s.n) {
		unsigned char c = (unsigned char)s.p[at];

		len = c < 0x80 ? 1 : utf8_len(s.p + at, s.n - at);
		if (len && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
			at += len;
			continue;
		}
		buf_add(b, s.p + from, at - from);
		if (len)
			add_escaped(b, c);
		else
			buf_puts(b, "\xef\xbf\xbd");
		from = ++at;
	}
	buf_add(b, s.p + from, at - from);
	buf_putc(b, '"');
}
