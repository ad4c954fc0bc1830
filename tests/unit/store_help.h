/*
 * What the tests of the store share: a directory of their own, and values
 * that say which key and which put they belong to, so that a foreign, torn
 * or stale byte shows without asking anybody else.
 */
#ifndef STORE_HELP_H
#define STORE_HELP_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "store/shm.h"
#include "store/store.h"

#define MB (1u << 20)
/* A slab whose one shard has 884 KB, however large the board is. */
#define SMALL (LAYOUT_HEAD + LAYOUT_BOARD + 884u * 1024)

struct room {
	char dir[PATH_MAX / 4];
	char path[PATH_MAX / 2];
	struct arena *a;
	char err[512];
};

static inline int room_make(void **state)
{
	struct room *r = calloc(1, sizeof(*r));
	const char *top = getenv("TMPDIR");

	if (!r)
		return -1;
	snprintf(r->dir, sizeof(r->dir), "%s/store-XXXXXX",
		 top ? top : P_tmpdir);
	if (!mkdtemp(r->dir))
		return -1;
	snprintf(r->path, sizeof(r->path), "%s/cache.slab", r->dir);
	r->a = arena_new();
	*state = r;
	return 0;
}

static inline void room_remove(const struct room *r, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	remove(path);
}

static inline int room_clear(void **state)
{
	static const char *const left[] = {
		"cache.slab", "cache.slab.lock", "cache.slab.new", "other",
		"a/b/cache.slab", "a/b/cache.slab.lock", "a/b", "a", "full",
	};
	struct room *r = *state;
	size_t i;

	for (i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		room_remove(r, left[i]);
	arena_free(&r->a);
	i = rmdir(r->dir) != 0; /* a file left behind is a failure */
	free(r);
	return i ? -1 : 0;
}

static inline struct store *room_open(struct room *r, size_t size)
{
	struct store_conf c = { .path = r->path, .size = size };

	r->err[0] = '\0';
	return store_open(&c, r->err, sizeof(r->err));
}

/* The file behind one of a MB. */
static inline int room_map(struct room *r, struct shm *m_r)
{
	struct store_conf c = { .path = r->path, .size = MB };

	return shm_map(m_r, &c, r->err, sizeof(r->err));
}

/* 0 when there is no file. */
static inline ino_t room_inode(const struct room *r)
{
	struct stat st;

	return lstat(r->path, &st) == 0 ? st.st_ino : 0;
}

static inline uint64_t stir(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static inline struct key key_n(uint64_t n)
{
	uint64_t x = n, w;
	struct key k;
	size_t i;

	for (i = 0; i < sizeof(k.b); i += 8) {
		w = stir(&x);
		memcpy(k.b + i, &w, 8);
	}
	return k;
}

/* The first 16 bytes name key and put, the rest follows from them. */
#define VALUE_MIN 16

static inline void value_fill(char *p, size_t n, uint64_t key, uint64_t put)
{
	uint64_t x = key * 1000003 + put * 17 + n, w;
	size_t i, part;

	memcpy(p, &key, 8);
	memcpy(p + 8, &put, 8);
	for (i = VALUE_MIN; i < n; i += part) {
		part = n - i < 8 ? n - i : 8;
		w = stir(&x);
		memcpy(p + i, &w, part);
	}
}

static inline int value_good(struct str v, uint64_t key)
{
	uint64_t said[2], x, w;
	size_t i, part;

	if (v.n < VALUE_MIN)
		return 0;
	memcpy(said, v.p, sizeof(said));
	if (said[0] != key)
		return 0;
	x = key * 1000003 + said[1] * 17 + v.n;
	for (i = VALUE_MIN; i < v.n; i += part) {
		part = v.n - i < 8 ? v.n - i : 8;
		w = stir(&x);
		if (memcmp(v.p + i, &w, part) != 0)
			return 0;
	}
	return 1;
}

static inline int put_n(struct store *s, uint64_t n, uint64_t put, size_t len)
{
	struct key k = key_n(n);
	char *p = malloc(len);
	struct entry e = { 1000, 2000, { p, len } };
	int r;

	if (!p)
		return -1;
	value_fill(p, len, n, put);
	r = store_put(s, &k, &e);
	free(p);
	return r;
}

/* As store_get() at a time when nothing has expired, but -2 for a wrong
 * value. */
static inline int get_n(struct store *s, struct arena *a, uint64_t n)
{
	struct key k = key_n(n);
	struct entry e;
	int r;

	arena_reset(a);
	r = store_get(s, a, &k, 1500, &e);
	if (r == 1 && (!value_good(e.bytes, n) || e.born_ms != 1000 ||
		       e.expires_ms != 2000))
		return -2;
	return r;
}

#endif
