/*
 * A byte string that grows in an arena. Always NUL-terminated, so b->p can
 * be given to C string functions when it holds no NUL of its own.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"

struct buf {
	struct arena *a;
	char *p;
	size_t n, cap;
};

/* Empty; allocates nothing until the first byte. */
void buf_init(struct buf *b, struct arena *a);

void buf_add(struct buf *b, const void *p, size_t n);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline void buf_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

static inline void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/* Appends s as a quoted JSON string. Bytes that are not UTF-8 become
 * U+FFFD, so the result is always valid JSON. */
void buf_json(struct buf *b, struct str s);

/* What is in it now; valid until the next append. */
static inline struct str buf_view(const struct buf *b)
{
	return (struct str){ b->p ? b->p : "", b->n };
}

#endif
