/*
 * Records in the cache: whole numbers as 8 bytes little endian, strings with
 * their length before them. What is read is hostile: a reader that runs over
 * the end goes bad and gives zeros and empty strings from there on.
 */
#ifndef SERVE_PACK_H
#define SERVE_PACK_H

#include "base/buf.h"
#include "base/hash.h"

void pack_num(struct buf *b, int64_t v);
void pack_str(struct buf *b, struct str s);
void pack_key(struct buf *b, const struct key *k);

struct unpack {
	struct str rest;
	bool bad;
};

int64_t unpack_num(struct unpack *u);
struct str unpack_str(struct unpack *u);
void unpack_key(struct unpack *u, struct key *out);
/* Copies a string that must fit with its NUL; else goes bad. */
void unpack_cstr(struct unpack *u, char *out, size_t size);

#endif
