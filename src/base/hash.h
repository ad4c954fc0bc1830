/* Keyed BLAKE2b-256 and what is made of it. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blake2b.h"
#include "base/str.h"

#define HASH_BYTES 32

/* 32 bytes: a cache key, a hash of a credential, a derived secret. */
struct key {
	uint8_t b[HASH_BYTES];
};

/* A running hash, and the bytes that are not yet in it: a block is hashed
 * when there is one byte more. */
struct hash {
	struct blake2b st;
	size_t n;
	char block[BLAKE2B_BLOCK];
};

/* Call once in each process before anything else here; 0, or -1 when
 * libsodium cannot start (no entropy). */
int hash_setup(void);

/* A secret that many hashes begin with: its block is hashed once. */
struct hash_secret {
	struct key key;
	struct blake2b begun;
};
void hash_secret_set(struct hash_secret *s_r, const struct key *secret);

void hash_begin(struct hash *h, const struct key *secret);
void hash_end(struct hash *h, struct key *out_r);

/* The same as hash_begin() with its key; something must be added. */
static inline void hash_begin_with(struct hash *h, const struct hash_secret *s)
{
	h->st = s->begun;
	h->n = 0;
}

/* For hash_add: more than there is room for. */
void hash_pour(struct hash *h, const char *p, size_t n);

/* What is longer than a block is hashed from where it lies. */
static inline void hash_add(struct hash *h, const void *p, size_t n)
{
	if (n > sizeof(h->block) - h->n) {
		hash_pour(h, p, n);
		return;
	}
	if (n)
		memcpy(h->block + h->n, p, n);
	h->n += n;
}

static inline void hash_byte(struct hash *h, char c)
{
	if (h->n == sizeof(h->block))
		hash_pour(h, &c, 1);
	else
		h->block[h->n++] = c;
}

/* Adds the length (8 bytes, little endian) and then the bytes, so that two
 * neighbouring fields can never be read as one another. */
void hash_field(struct hash *h, struct str s);

/* Adds 24 bytes in place of many, at a fifth of the price: their length, and
 * their POLYVAL (base/polyval.h) or, where the processor cannot, Poly1305
 * (libsodium) under a secret. To who neither knows that nor ever sees one, two
 * texts of up to n bytes have the same by a chance of at most ceil(n / 16) /
 * 2^128: 2^-115 for 100 KB; by Poly1305 of 8 * ceil(n / 16) / 2^106 (Bernstein,
 * The Poly1305-AES message-authentication code, theorem 3.3). The same only on
 * processors of one kind: nothing that leaves the host may be made of it. */
void hash_short(struct hash *h, const struct key *secret, struct str s);

/* One shot. */
void hash_of(struct key *out_r, const struct key *secret, struct str s);

/* A secret of its own for each purpose, from the site secret. */
void hash_derive(struct key *out_r, const struct key *secret,
		 const char *purpose);

/* Takes the same time whatever differs. */
bool key_eq(const struct key *a, const struct key *b);

/* The first n bytes as 2n lower-case hex digits and a NUL. */
void key_hex(const struct key *k, size_t n, char *out);

#endif
