/* Used by the scanner and its readers: the plain bytes of a string, many at
 * once. */
#ifndef BASE_JSON_PLAIN_H
#define BASE_JSON_PLAIN_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A string goes on behind any byte but these. */
static inline bool json_is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

#ifdef __SSE2__ /* any x86-64 */
#include <emmintrin.h>

#define JSON_STEP 16

static inline __m128i json_load(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* A bit for each of the sixteen bytes at p that is not plain. */
static inline unsigned json_special(const char *p)
{
	__m128i v = json_load(p), control = _mm_set1_epi8(0x1f);
	__m128i is = _mm_cmpeq_epi8(_mm_min_epu8(v, control), v);

	is = _mm_or_si128(is, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
	is = _mm_or_si128(is, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
	return (unsigned)_mm_movemask_epi8(is);
}

/* Copies the sixteen bytes at p; a bit for each that is a backslash. */
static inline unsigned json_copy_step(char *out, const char *p)
{
	__m128i v = json_load(p);

	_mm_storeu_si128((__m128i *)(void *)out, v);
	v = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
	return (unsigned)_mm_movemask_epi8(v);
}

static inline size_t json_first_special(unsigned bits)
{
	return (size_t)__builtin_ctz(bits);
}
#else

#define JSON_STEP 8
#define JSON_EACH(c) (0x0101010101010101u * (uint64_t)(c))

/*
 * The high bit of each of the eight bytes at p that is not plain. A
 * subtraction borrows from the byte above, so bits above the lowest may be
 * set for nothing; none is when there is no such byte.
 */
static inline uint64_t json_special(const char *p)
{
	uint64_t w, control, quote, slash;

	memcpy(&w, p, sizeof(w));
	w = le64toh(w);
	control = (w - JSON_EACH(0x20)) & ~w;
	quote = w ^ JSON_EACH('"');
	slash = w ^ JSON_EACH('\\');
	quote = (quote - JSON_EACH(1)) & ~quote;
	slash = (slash - JSON_EACH(1)) & ~slash;
	return (control | quote | slash) & JSON_EACH(0x80);
}

static inline size_t json_first_special(uint64_t bits)
{
	return (size_t)__builtin_ctzll(bits) >> 3;
}

/* Copies the eight bytes at p; the high bit of the first that is a
 * backslash, and perhaps of others behind it. */
static inline uint64_t json_copy_step(char *out, const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	memcpy(out, &w, sizeof(w));
	w = le64toh(w) ^ JSON_EACH('\\');
	return (w - JSON_EACH(1)) & ~w & JSON_EACH(0x80);
}
#endif

/* The first byte from p on that is not plain, or end. */
static inline const char *json_skip_plain(const char *p, const char *end)
{
	while (end - p >= JSON_STEP) {
		__typeof__(json_special(p)) bits = json_special(p);

		if (bits)
			return p + json_first_special(bits);
		p += JSON_STEP;
	}
	while (p < end && json_is_plain(*p))
		p++;
	return p;
}

/* Copies the n bytes at p as far as a backslash, and may write what is behind
 * it into the n bytes of out, too; returns how many are in front of it. */
static inline size_t json_copy_plain(char *out, const char *p, size_t n)
{
	size_t at = 0;

	for (; n - at >= JSON_STEP; at += JSON_STEP) {
		__typeof__(json_copy_step(out, p)) bits =
			json_copy_step(out + at, p + at);

		if (bits)
			return at + json_first_special(bits);
	}
	for (; at < n && p[at] != '\\'; at++)
		out[at] = p[at];
	return at;
}

#endif
