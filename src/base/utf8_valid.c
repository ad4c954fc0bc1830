/*
 * Is all of a text UTF-8? Plainly, a sequence at a time; or, where the
 * processor can look up 32 bytes in a table at once, by the method of
 * Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction Per
 * Byte" (2020): all that can be wrong with two neighbours shows in the high
 * half of the first, its low half, and the high half of the second. Three
 * tables say which faults each half allows; what all three allow is there.
 */
#include "base/utf8.h"

static bool by_sequence(const char *p, size_t n)
{
	const char *end = p + n;
	uint64_t w;
	size_t len;

	while (p < end) {
		for (; end - p >= 8; p += 8) {
			memcpy(&w, p, sizeof(w));
			if (w & 0x8080808080808080)
				break;
		}
		if (p == end)
			break;
		len = utf8_len(p, (size_t)(end - p));
		if (!len)
			return false;
		p += len;
	}
	return true;
}

#if defined __x86_64__ && defined __GNUC__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE AVX2 static inline __attribute__((always_inline))

/* What is wrong with a byte and the one before it. */
enum {
	SHORT = 1,     /* a lead, and no tail */
	LONG = 2,      /* ASCII, and a tail */
	OVER_3 = 4,    /* e0 80..9f */
	LARGE = 8,     /* f4 90..bf, and above */
	SURROGATE = 16, /* ed a0..bf */
	OVER_2 = 32,   /* c0, c1, and a tail */
	OVER_4 = 64,   /* f0 80..8f; and f5 and above, 80..8f */
	TAILS = 128,   /* two tails: not wrong if a lead is before them */
	ANY = SHORT | LONG | TAILS, /* whatever the lead's low half */
};
#define ROW(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))
#define EIGHT(x) x, x, x, x, x, x, x, x

/* By each byte and the one before it. */
INLINE __m256i faults_of(__m256i now, __m256i before)
{
	const char lead = LONG, over_4 = (char)(ANY | LARGE | OVER_4);
	const __m256i lead_high = ROW(
		EIGHT(lead), (char)TAILS, (char)TAILS, (char)TAILS,
		(char)TAILS, SHORT | OVER_2, SHORT, SHORT | OVER_3 | SURROGATE,
		SHORT | LARGE | OVER_4);
	const __m256i lead_low = ROW(
		(char)(ANY | OVER_2 | OVER_3 | OVER_4), (char)(ANY | OVER_2),
		(char)ANY, (char)ANY, (char)(ANY | LARGE), EIGHT(over_4),
		over_4 | SURROGATE, over_4, over_4);
	const __m256i tail_high = ROW(
		EIGHT(SHORT),
		(char)(LONG | TAILS | OVER_2 | OVER_3 | OVER_4),
		(char)(LONG | TAILS | OVER_2 | OVER_3 | LARGE),
		(char)(LONG | TAILS | OVER_2 | SURROGATE | LARGE),
		(char)(LONG | TAILS | OVER_2 | SURROGATE | LARGE),
		SHORT, SHORT, SHORT, SHORT);
	const __m256i half = _mm256_set1_epi8(15);
	__m256i a = _mm256_and_si256(_mm256_srli_epi16(before, 4), half);
	__m256i b = _mm256_and_si256(before, half);
	__m256i c = _mm256_and_si256(_mm256_srli_epi16(now, 4), half);

	a = _mm256_shuffle_epi8(lead_high, a);
	b = _mm256_shuffle_epi8(lead_low, b);
	c = _mm256_shuffle_epi8(tail_high, c);
	return _mm256_and_si256(a, _mm256_and_si256(b, c));
}

/* Not zero when a sequence that ends in now, or should, is wrong: where the
 * lead of three is two bytes before, or that of four three, and nowhere else,
 * TAILS is right. */
INLINE __m256i block_faults(__m256i now, __m256i last)
{
	/* What stands sixteen bytes before each half. */
	__m256i by_16 = _mm256_permute2x128_si256(last, now, 0x21);
	__m256i third = _mm256_subs_epu8(_mm256_alignr_epi8(now, by_16, 14),
					 _mm256_set1_epi8(0xe0 - 0x80));
	__m256i fourth = _mm256_subs_epu8(_mm256_alignr_epi8(now, by_16, 13),
					  _mm256_set1_epi8(0xf0 - 0x80));
	__m256i due = _mm256_and_si256(_mm256_or_si256(third, fourth),
				       _mm256_set1_epi8((char)TAILS));

	return _mm256_xor_si256(due, faults_of(now,
			_mm256_alignr_epi8(now, by_16, 15)));
}

INLINE __m256i load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* What is behind the end is as if it were NUL bytes, before which no
 * sequence may be unfinished. */
AVX2 static bool by_block(const char *p, size_t n)
{
	const char *end = p + n;
	__m256i last = _mm256_setzero_si256(), wrong = last, now;
	char tail[32] = { 0 };

	for (; end - p >= 32; p += 32) {
		now = load(p);
		if (!_mm256_movemask_epi8(_mm256_or_si256(now, last)))
			continue; /* ASCII behind ASCII */
		wrong = _mm256_or_si256(wrong, block_faults(now, last));
		last = now;
	}
	if (p < end)
		memcpy(tail, p, (size_t)(end - p));
	wrong = _mm256_or_si256(wrong, block_faults(load(tail), last));
	return _mm256_testz_si256(wrong, wrong);
}

bool utf8_valid(const char *p, size_t n)
{
	return n >= 64 && __builtin_cpu_supports("avx2") ? by_block(p, n) :
							   by_sequence(p, n);
}
#else
bool utf8_valid(const char *p, size_t n)
{
	return by_sequence(p, n);
}
#endif
