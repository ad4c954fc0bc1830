#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_BLOCK 16384
#define NEXT_BLOCK 4096
#define LARGEST_BLOCK (1 << 20)
#define ALIGN 16

/*
 *   arena -> [ block | bytes .... ] -> [ block | bytes ... ] -> NULL
 *            newest                    the first, kept by reset
 */
struct block {
	struct block *next;
	size_t size; /* of the bytes behind this header */
	_Alignas(ALIGN) char bytes[];
};

struct arena {
	struct block *top;
	size_t at;   /* next free byte in top */
	size_t used; /* handed out since the last reset */
};

static void out_of_memory(size_t n)
{
	fprintf(stderr, "larder: out of memory (%zu bytes)\n", n);
	abort();
}

#ifndef ARENA_MALLOC
static size_t aligned(size_t n)
{
	return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}
#endif

static void push_block(struct arena *a, size_t size)
{
	struct block *b = malloc(sizeof(*b) + size);

	if (!b)
		out_of_memory(size);
	b->next = a->top;
	b->size = size;
	a->top = b;
	a->at = 0;
}

struct arena *arena_new_small(size_t n)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		out_of_memory(sizeof(*a));
#ifndef ARENA_MALLOC
	push_block(a, aligned(n));
#else
	(void)n;
#endif
	return a;
}

struct arena *arena_new(void)
{
	return arena_new_small(FIRST_BLOCK);
}

static void pop_blocks(struct arena *a, const struct block *keep)
{
	struct block *next;

	for (; a->top && a->top != keep; a->top = next) {
		next = a->top->next;
		free(a->top);
	}
}

void arena_free(struct arena **a)
{
	if (!*a)
		return;
	pop_blocks(*a, NULL);
	free(*a);
	*a = NULL;
}

void arena_reset(struct arena *a)
{
	const struct block *first = a->top;

	while (first && first->next)
		first = first->next;
#ifdef ARENA_MALLOC
	first = NULL;
#endif
	pop_blocks(a, first);
	a->at = 0;
	a->used = 0;
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->top, a->at, a->used };
}

void arena_back(struct arena *a, const struct arena_mark *m)
{
	pop_blocks(a, m->top);
	a->at = m->at;
	a->used = m->used;
}

#ifdef ARENA_MALLOC
static void *take(struct arena *a, size_t n)
{
	push_block(a, n);
	return a->top->bytes;
}

bool arena_extend(struct arena *a, const void *p, size_t bytes, size_t to)
{
	(void)a, (void)p, (void)bytes, (void)to;
	return false; /* its bounds are watched */
}
#else
/* A quarter of what is used: a thousand requests wait at once, and what they do
 * not use is memory all the same once the heap has given it to others before. */
static size_t next_size(const struct arena *a)
{
	size_t want = a->used / 4, twice = a->top->size * 2;

	if (want < NEXT_BLOCK)
		want = NEXT_BLOCK;
	if (want > LARGEST_BLOCK)
		want = LARGEST_BLOCK;
	return twice < want ? twice : want;
}

static void *take(struct arena *a, size_t n)
{
	size_t room = aligned(n);
	void *p;

	if (room > a->top->size - a->at) {
		size_t want = next_size(a);

		push_block(a, room > want ? room : want);
	}
	p = a->top->bytes + a->at;
	a->at += room;
	return p;
}

bool arena_extend(struct arena *a, const void *p, size_t bytes, size_t to)
{
	size_t had = aligned(bytes), room;

	if (had > a->at || p != a->top->bytes + a->at - had)
		return false;
	room = (a->top->size - a->at + had) & ~(size_t)(ALIGN - 1);
	if (to > room)
		return false;
	a->at += aligned(to) - had;
	a->used += to - bytes;
	return true;
}
#endif

void *arena_alloc(struct arena *a, size_t n)
{
	if (n > SIZE_MAX / 4)
		out_of_memory(n);
	a->used += n;
	return take(a, n ? n : 1);
}

void *arena_zalloc(struct arena *a, size_t n)
{
	return memset(arena_alloc(a, n), 0, n);
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct str){ p, s.n };
}

char *arena_cstr(struct arena *a, struct str s)
{
	return (char *)arena_str(a, s).p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_cstr(a, str_c(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
