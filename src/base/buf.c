#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

void buf_init(struct buf *b, struct arena *a)
{
	*b = (struct buf){ .a = a };
}

#define FIRST 64 /* most are short, and many live as long as a stream */

/* A little where it is, or twice as much elsewhere; then the old bytes stay in
 * the arena. */
char *buf_room(struct buf *b, size_t n)
{
	size_t need = b->n + n + 1, cap = b->cap + b->cap / 4;
	char *p;

	if (need <= b->cap)
		return b->p + b->n;
	if (cap < need)
		cap = need;
	if (b->cap && arena_extend(b->a, b->p, b->cap, cap)) {
		b->cap = cap;
		return b->p + b->n;
	}
	cap = b->cap ? b->cap * 2 : FIRST;
	if (cap < need)
		cap = need;
	p = arena_alloc(b->a, cap);
	if (b->n)
		memcpy(p, b->p, b->n);
	b->p = p;
	b->cap = cap;
	return p + b->n;
}

void buf_int(struct buf *b, int64_t v)
{
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char text[20], *p = text + sizeof(text);

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (v < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	vsnprintf(buf_room(b, (size_t)n), (size_t)n + 1, fmt, again);
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
