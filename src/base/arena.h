/*
 * Memory that dies together: a request allocates from its arena and one
 * reset frees it all. No allocation returns NULL: inputs are bounded at the
 * door (max_body, max_reply), so running out is a bug or a machine without
 * memory, and the process ends with a message.
 *
 * An arena belongs to one thread. Built with --enable-arena-malloc every
 * allocation is a malloc of its own, so sanitizers see its bounds.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;

/* A new, empty arena; the caller owns it. */
struct arena *arena_new(void);
/* The same, of which little is expected: its first block is of n bytes. */
struct arena *arena_new_small(size_t n);

/* Frees everything and sets *a to NULL. NULL inside is fine. */
void arena_free(struct arena **a);

/* Forgets all allocations, keeps the first block for the next request. */
void arena_reset(struct arena *a);

/* What is allocated between these two is forgotten by the second. */
struct arena_mark {
	const struct block *top;
	size_t at, used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_back(struct arena *a, const struct arena_mark *m);

/* n bytes, aligned for any type, contents undefined. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc));

/* Makes p, of so many bytes, larger where it is. False when it is not the last
 * that was allocated, or its block is full: then nothing has changed. */
bool arena_extend(struct arena *a, const void *p, size_t bytes, size_t to);

/* n bytes of zero. */
void *arena_zalloc(struct arena *a, size_t n) __attribute__((malloc));

/* A room for n items of `type`, zeroed. */
#define arena_new_n(a, type, n) ((type *)arena_zalloc((a), sizeof(type) * (n)))

/* NUL-terminated copies. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_cstr(struct arena *a, struct str s);
char *arena_printf(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A copy of the bytes (NUL-terminated behind them as well). */
struct str arena_str(struct arena *a, struct str s);

/* Bytes handed out since the last reset; for tests and limits. */
size_t arena_used(const struct arena *a);

#endif
