/*
 * A byte string that grows in an arena. Always NUL-terminated, so b->p can
 * be given to C string functions when it holds no NUL of its own.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdint.h>

#include "base/arena.h"

struct buf {
	struct arena *a;
	char *p;
	size_t n, cap;
};

/* Empty; allocates nothing until the first byte. */
void buf_init(struct buf *b, struct arena *a);

/* Where n more bytes (and the NUL) have room, for who reads them from
 * elsewhere; valid until the next append. buf_took() says how many came. */
char *buf_room(struct buf *b, size_t n);

static inline void buf_took(struct buf *b, size_t n)
{
	b->n += n;
	b->p[b->n] = '\0';
}

static inline void buf_add(struct buf *b, const void *p, size_t n)
{
	char *to = b->n + n < b->cap ? b->p + b->n : buf_room(b, n);

	if (n)
		memcpy(to, p, n);
	buf_took(b, n);
}

static inline void buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* In decimal. */
void buf_int(struct buf *b, int64_t v);

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
