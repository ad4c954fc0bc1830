/* Keyed BLAKE2b-256 (libsodium) and what is made of it. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <sodium/crypto_generichash.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define HASH_BYTES 32

/* 32 bytes: a cache key, a hash of a credential, a derived secret. */
struct key {
	uint8_t b[HASH_BYTES];
};

/* A running hash. Small appends are gathered before they reach libsodium. */
struct hash {
	crypto_generichash_state st;
	size_t n;
	char gather[1024];
};

/* Call once in each process before anything else here; 0, or -1 when
 * libsodium cannot start (no entropy). */
int hash_setup(void);

void hash_begin(struct hash *h, const struct key *secret);
void hash_add(struct hash *h, const void *p, size_t n);
void hash_end(struct hash *h, struct key *out_r);

/* Adds the length (8 bytes, little endian) and then the bytes, so that two
 * neighbouring fields can never be read as one another. */
void hash_field(struct hash *h, struct str s);

/* Adds 16 bytes in place of many, at a third of the price: their Poly1305
 * (libsodium) under a secret. To who neither knows that nor ever sees one, two
 * texts of up to n bytes have the same by a chance of at most
 * 8 * ceil(n / 16) / 2^106 (Bernstein, The Poly1305-AES message-authentication
 * code, theorem 3.3): 2^-90 for 100 KB. */
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
