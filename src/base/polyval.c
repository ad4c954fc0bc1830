#include "base/polyval.h"

#if defined __x86_64__ && defined __GNUC__
#include <immintrin.h>
#include <string.h>

#include "base/cpu.h"

#define CLMUL __attribute__((target("pclmul")))
#define BLOCK POLYVAL_BYTES
#define WIDE 8 /* blocks that are reduced together */

bool polyval_can(void)
{
	return CPU_HAS(PCLMULQDQ, "pclmul");
}

/* A sum of products of polynomials, 256 bits, as Karatsuba has it: what
 * belongs between the two is mid + low + high. */
struct sum {
	__m128i low, mid, high;
};

CLMUL static __m128i halves(__m128i a)
{
	return a ^ _mm_shuffle_epi32(a, 0x4e);
}

CLMUL static void add_product(struct sum *s, __m128i a, __m128i b)
{
	s->low ^= _mm_clmulepi64_si128(a, b, 0x00);
	s->high ^= _mm_clmulepi64_si128(a, b, 0x11);
	s->mid ^= _mm_clmulepi64_si128(halves(a), halves(b), 0x00);
}

/* Times x^-64: the lower half of it goes, by a multiple of the field's
 * x^128 + x^127 + x^126 + x^121 + 1. */
CLMUL static __m128i fold(__m128i a)
{
	const __m128i poly = _mm_set_epi64x(0, (long long)(0xc2ULL << 56));

	return _mm_shuffle_epi32(a, 0x4e) ^ _mm_clmulepi64_si128(a, poly, 0);
}

/* Times x^-128, as dot() of the RFC has it. */
CLMUL static __m128i reduce(const struct sum *s)
{
	__m128i mid = s->mid ^ s->low ^ s->high;
	__m128i low = s->low ^ _mm_slli_si128(mid, 8);

	return s->high ^ _mm_srli_si128(mid, 8) ^ fold(fold(low));
}

CLMUL static __m128i dot(__m128i a, __m128i b)
{
	struct sum s = { 0 };

	add_product(&s, a, b);
	return reduce(&s);
}

/* n blocks, at most WIDE of them, the first with what there was before; by[i]
 * is the key's power for i more. */
CLMUL static __m128i add_blocks(__m128i acc, const __m128i *by,
				const uint8_t *p, size_t n)
{
	struct sum s = { 0 };
	__m128i block;

	for (size_t i = 0; i < n; i++) {
		block = _mm_loadu_si128((const __m128i *)p + i);
		if (i == 0)
			block ^= acc;
		add_product(&s, block, by[n - 1 - i]);
	}
	return reduce(&s);
}

CLMUL void polyval(uint8_t out_r[BLOCK], const uint8_t key[BLOCK],
		   const void *text, size_t n)
{
	const uint8_t *p = text;
	uint8_t last[BLOCK] = { 0 };
	__m128i by[WIDE], acc = _mm_setzero_si128();

	by[0] = _mm_loadu_si128((const __m128i *)key);
	for (int i = 1; i < WIDE; i++)
		by[i] = dot(by[i - 1], by[0]);
	for (; n >= WIDE * BLOCK; p += WIDE * BLOCK, n -= WIDE * BLOCK)
		acc = add_blocks(acc, by, p, WIDE);
	if (n >= BLOCK)
		acc = add_blocks(acc, by, p, n / BLOCK);
	if (n % BLOCK) {
		memcpy(last, p + n / BLOCK * BLOCK, n % BLOCK);
		acc = add_blocks(acc, by, last, 1);
	}
	_mm_storeu_si128((__m128i *)out_r, acc);
}
#else
bool polyval_can(void)
{
	return false;
}

void polyval(uint8_t out_r[POLYVAL_BYTES], const uint8_t key[POLYVAL_BYTES],
	     const void *p, size_t n)
{
	(void)out_r;
	(void)key;
	(void)p;
	(void)n;
}
#endif
