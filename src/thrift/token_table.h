/*
 * A table of tokens as it lies in its file (data/tokens.mjs makes it), and
 * the look-ups in it. Private to token*.c.
 *
 * All numbers are little-endian, sections begin at multiples of 64:
 *
 *   head      128 bytes: magic, checksums, where the sections are, the
 *             SHA-256 of the vocabulary it was made from
 *   classes   for each 256 code points the number of a block; the blocks:
 *             a byte of KIND_* bits for each code point
 *   suffixes  a bitmap: hashes of the ends of tokens, of some lengths
 *   tags      a hash table of groups of eight: a byte of the hash, 0 is free
 *   ranks     the same places' ranks, three bytes each
 *   records   in the order tokens were learned: length, length of the left
 *             one of the two tokens it is merged of (0: a single byte),
 *             bytes
 *   joints    a bitmap of pairs of bytes between two characters: where a
 *             token has a part of one of the two and something of the other;
 *             and one of characters below 65536 that are tokens
 *
 * A token's rank is the place of its record plus 1: 0 is none, and what was
 * learned earlier (and is merged first) has the lower one.
 *
 * A damaged file may make counts wrong, never lead out of the file: sizes
 * are checked when it is opened, places and lengths where they are used.
 */
#ifndef THRIFT_TOKEN_TABLE_H
#define THRIFT_TOKEN_TABLE_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "thrift/token.h"

#define TOKEN_LONGEST 255 /* bytes; a table may have less */
#define TOKEN_GROUP 8
#define TOKEN_PROBES 32 /* groups */
#define TOKEN_RANK_BITS 22
#define TOKEN_BLOCKS 0x1100 /* of 256 code points */
#define TOKEN_JOINTS 8192   /* bytes of each bitmap */

enum { /* kinds of code points, as the pre-tokenisers tell them apart */
	KIND_LETTER = 1,
	KIND_UPPER = 2, /* Lu Lt Lm Lo M */
	KIND_LOWER = 4, /* Ll Lm Lo M */
	KIND_NUMBER = 8,
	KIND_SPACE = 16,
	KIND_NEWLINE = 32,
	KIND_END = 64, /* of the text; in no table */
};

struct token_table {
	const uint8_t *map;
	size_t size;
	enum token_set set;
	const uint8_t *classes, *suffixes, *records;
	const uint8_t *tags, *ranks;
	const uint8_t *joints, *wholes;
	const uint8_t *ascii; /* the block of the first code points */
	uint32_t ngroups, nrecords;
	unsigned suffix_bits;
	size_t longest; /* token, in bytes */
};

static inline uint64_t token_word(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return le64toh(w);
}

static inline uint32_t token_half(const uint8_t *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof(w));
	return le32toh(w);
}

static inline uint64_t token_mix(uint64_t h, uint64_t w)
{
	h = (h ^ w) * 0x9fb21c651e98df25u;
	return h ^ h >> 32;
}

/* n is not 0. */
static inline uint64_t token_hash(const uint8_t *p, size_t n)
{
	uint64_t h = n;

	if (n >= 8) {
		for (; n > 8; n -= 8, p += 8)
			h = token_mix(h, token_word(p));
		return token_mix(h, token_word(p + n - 8));
	}
	if (n >= 4)
		return token_mix(h, token_half(p) |
				    (uint64_t)token_half(p + n - 4) << 32);
	return token_mix(h, p[0] | (uint64_t)p[n >> 1] << 8 |
			    (uint64_t)p[n - 1] << 16);
}

/* The record of a rank; there are more than 256 bytes behind it. */
static inline const uint8_t *token_record(const struct token_table *t,
					  uint32_t rank)
{
	return t->records + rank - 1;
}

/* Are the n bytes of a record those at p? As memcmp(), but in place. */
static inline bool token_same(const uint8_t *record, const uint8_t *p,
			      size_t n)
{
	if (n >= 8) {
		for (; n > 8; n -= 8, record += 8, p += 8) {
			if (token_word(record) != token_word(p))
				return false;
		}
		return token_word(record + n - 8) == token_word(p + n - 8);
	}
	if (n >= 4)
		return token_half(record) == token_half(p) &&
		       token_half(record + n - 4) == token_half(p + n - 4);
	return record[0] == p[0] && record[n >> 1] == p[n >> 1] &&
	       record[n - 1] == p[n - 1];
}

#define TOKEN_ONES 0x0101010101010101u
#define TOKEN_TOPS 0x8080808080808080u

/* The top bit of each byte of w that is 0; perhaps of some above it too. */
static inline uint64_t token_zeros(uint64_t w)
{
	return (w - TOKEN_ONES) & ~w & TOKEN_TOPS;
}

/* A rank as it lies in the table; 0 when there is no such record. */
static inline uint32_t token_rank(const struct token_table *t,
				  const uint8_t *at)
{
	uint32_t rank = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;

	return rank - 1 < t->nrecords ? rank : 0;
}

/* The rank in this place, if it is that of these bytes; or 0. */
static inline uint32_t token_try(const struct token_table *t, size_t place,
				 const uint8_t *p, size_t n)
{
	uint32_t rank = token_rank(t, t->ranks + 3 * place);
	const uint8_t *record = token_record(t, rank);

	return rank && record[0] == n && token_same(record + 2, p, n) ? rank :
									0;
}

/* The rank of these bytes, whose hash is h, or 0. */
static inline uint32_t token_find_as(const struct token_table *t,
				     const uint8_t *p, size_t n, uint64_t h)
{
	uint64_t tag = (h & 255) ? (h & 255) * TOKEN_ONES : TOKEN_ONES;
	uint64_t tags, same;
	size_t group = (h >> 32) * t->ngroups >> 32;
	uint32_t rank;
	int probes;

	for (probes = 0; probes < TOKEN_PROBES; probes++) {
		tags = token_word(t->tags + TOKEN_GROUP * group);
		for (same = token_zeros(tags ^ tag); same; same &= same - 1) {
			rank = token_try(t, TOKEN_GROUP * group +
					    (size_t)__builtin_ctzll(same) / 8,
					 p, n);
			if (rank)
				return rank;
		}
		if (token_zeros(tags))
			return 0;
		if (++group == t->ngroups)
			group = 0;
	}
	return 0;
}

/* The rank of these bytes (n > 0), or 0. */
static inline uint32_t token_find(const struct token_table *t,
				  const uint8_t *p, size_t n)
{
	return n > t->longest ? 0 : token_find_as(t, p, n, token_hash(p, n));
}

static inline bool token_bit(const uint8_t *map, size_t bit)
{
	return map[bit >> 3] >> (bit & 7) & 1;
}

/* Some end of a token of n bytes? May say yes of others. */
static inline bool token_may_end(const struct token_table *t,
				 const uint8_t *p, size_t n)
{
	uint64_t bit = token_hash(p, n) >> (64 - t->suffix_bits);

	return token_bit(t->suffixes, bit);
}

/* Are three bytes here a character, as most beyond ASCII are? Not all are told
 * from what is no UTF-8 so quickly. */
static inline bool token_three(const uint8_t *p, const uint8_t *end)
{
	return end - p >= 3 && p[0] > 0xe0 && p[0] < 0xf0 && p[0] != 0xed &&
	       (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80;
}

static inline unsigned token_kind(const struct token_table *t, uint32_t c)
{
	const uint8_t *blocks = t->classes + TOKEN_BLOCKS;

	return blocks[(size_t)t->classes[c >> 8] * 256 + (c & 255)];
}

#endif
