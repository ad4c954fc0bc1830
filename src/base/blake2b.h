/*
 * The compression of BLAKE2b (RFC 7693, 3.2); hash.c has the rest. In plain C
 * that keeps its sixteen words in registers: measured on a Zen 5 it takes half
 * the time of libsodium 1.0.18's AVX2, for four words at once wait longer for
 * one another than one by one.
 */
#ifndef BASE_BLAKE2B_H
#define BASE_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

#define BLAKE2B_BLOCK 128

struct blake2b {
	uint64_t h[8];
	uint64_t n; /* bytes in all blocks so far; a key's block is one */
};

/* Before the first block, for a hash of out bytes (1 to 64); a key of key
 * bytes (0: none) is the first block, with zeros behind it. */
void blake2b_begin(struct blake2b *s, size_t key, size_t out);

/* n blocks, none of them the last. */
void blake2b_blocks(struct blake2b *s, const void *p, size_t n);

/* The last: `used` bytes, and behind them zeros to a whole block. Then the
 * hash is in s->h, each word little endian. */
void blake2b_last(struct blake2b *s, const void *p, size_t used);

#endif
