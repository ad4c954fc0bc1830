#include "base/blake2b.h"

#include <endian.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

static const uint64_t iv[8] = {
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
	0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
	0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

INLINE uint64_t turned(uint64_t x, int n)
{
	return x >> n | x << (64 - n);
}

/* Word i of a block. It is in the first cache anyway: sixteen more variables
 * would only push others out of the registers. */
INLINE uint64_t word(const char *block, int i)
{
	uint64_t w;

	memcpy(&w, block + 8 * i, sizeof(w));
	return le64toh(w);
}

INLINE void mix(uint64_t *a, uint64_t *b, uint64_t *c, uint64_t *d,
		uint64_t x, uint64_t y)
{
	*a += *b + x;
	*d = turned(*d ^ *a, 32);
	*c += *d;
	*b = turned(*b ^ *c, 24);
	*a += *b + y;
	*d = turned(*d ^ *a, 16);
	*c += *d;
	*b = turned(*b ^ *c, 63);
}

/* Columns, then diagonals, by the words of m in the order of s. */
INLINE void mix_all(uint64_t v[16], const char *m, const uint8_t s[16])
{
#define MIX(i, a, b, c, d) \
	mix(v + a, v + b, v + c, v + d, word(m, s[i]), word(m, s[i + 1]))
	MIX(0, 0, 4, 8, 12);
	MIX(2, 1, 5, 9, 13);
	MIX(4, 2, 6, 10, 14);
	MIX(6, 3, 7, 11, 15);
	MIX(8, 0, 5, 10, 15);
	MIX(10, 1, 6, 11, 12);
	MIX(12, 2, 7, 8, 13);
	MIX(14, 3, 4, 9, 14);
#undef MIX
}

INLINE void mix_rounds(uint64_t v[16], const char *m)
{
	static const uint8_t sigma[12][16] = {
		{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
		{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
		{ 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 },
		{ 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
		{ 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 },
		{ 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
		{ 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 },
		{ 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
		{ 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 },
		{ 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
		{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
		{ 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
	};

	/* Not a loop: what is taken from sigma is then known beforehand. */
	mix_all(v, m, sigma[0]);
	mix_all(v, m, sigma[1]);
	mix_all(v, m, sigma[2]);
	mix_all(v, m, sigma[3]);
	mix_all(v, m, sigma[4]);
	mix_all(v, m, sigma[5]);
	mix_all(v, m, sigma[6]);
	mix_all(v, m, sigma[7]);
	mix_all(v, m, sigma[8]);
	mix_all(v, m, sigma[9]);
	mix_all(v, m, sigma[10]);
	mix_all(v, m, sigma[11]);
}

/* Blocks of `step` bytes each. */
static void compress(struct blake2b *s, const char *m, size_t blocks,
		     size_t step, uint64_t last)
{
	uint64_t *h = s->h;

	for (; blocks; blocks--, m += BLAKE2B_BLOCK) {
		uint64_t v[16] = {
			h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7],
			iv[0], iv[1], iv[2], iv[3],
			iv[4] ^ (s->n += step), iv[5], iv[6] ^ last, iv[7],
		};

		mix_rounds(v, m);
		/* A loop would be made vectors of, by way of memory. */
		h[0] ^= v[0] ^ v[8];
		h[1] ^= v[1] ^ v[9];
		h[2] ^= v[2] ^ v[10];
		h[3] ^= v[3] ^ v[11];
		h[4] ^= v[4] ^ v[12];
		h[5] ^= v[5] ^ v[13];
		h[6] ^= v[6] ^ v[14];
		h[7] ^= v[7] ^ v[15];
	}
}

void blake2b_begin(struct blake2b *s, size_t key, size_t out)
{
	memcpy(s->h, iv, sizeof(iv));
	s->h[0] ^= 0x01010000 ^ key << 8 ^ out;
	s->n = 0;
}

void blake2b_blocks(struct blake2b *s, const void *p, size_t n)
{
	compress(s, p, n, BLAKE2B_BLOCK, 0);
}

void blake2b_last(struct blake2b *s, const void *p, size_t used)
{
	compress(s, p, 1, used, UINT64_MAX);
	for (int i = 0; i < 8; i++)
		s->h[i] = htole64(s->h[i]);
}
