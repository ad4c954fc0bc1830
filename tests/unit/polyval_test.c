/* POLYVAL beside the vectors of its RFC, and beside one that is slow. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/polyval.h"

#define N POLYVAL_BYTES

/* a * x: bits go up, and x^128 is x^127 + x^126 + x^121 + 1. */
static void times_x(uint8_t a[N])
{
	int top = a[N - 1] >> 7;

	for (int i = N - 1; i > 0; i--)
		a[i] = (uint8_t)(a[i] << 1 | a[i - 1] >> 7);
	a[0] = (uint8_t)(a[0] << 1);
	if (top) {
		a[0] ^= 1;
		a[N - 1] ^= 0xc2;
	}
}

/* The opposite: what is odd has the field's polynomial added first. */
static void by_x(uint8_t a[N])
{
	int odd = a[0] & 1;

	if (odd) {
		a[0] ^= 1;
		a[N - 1] ^= 0xc2;
	}
	for (int i = 0; i < N - 1; i++)
		a[i] = (uint8_t)(a[i] >> 1 | a[i + 1] << 7);
	a[N - 1] = (uint8_t)(a[N - 1] >> 1 | odd << 7);
}

/* a * b * x^-128 */
static void dot(uint8_t a[N], const uint8_t b[N])
{
	uint8_t t[N], sum[N] = { 0 };

	memcpy(t, b, N);
	for (int i = 0; i < 128; i++, times_x(t))
		for (int k = 0; k < N && a[i / 8] >> i % 8 & 1; k++)
			sum[k] ^= t[k];
	for (int i = 0; i < 128; i++)
		by_x(sum);
	memcpy(a, sum, N);
}

static void slow(uint8_t out[N], const uint8_t key[N], const uint8_t *p,
		 size_t n)
{
	memset(out, 0, N);
	for (size_t i = 0; i < n; i += N) {
		for (size_t k = 0; k < N && i + k < n; k++)
			out[k] ^= p[i + k];
		dot(out, key);
	}
}

/* RFC 8452, appendix A. */
static void test_known(void **state)
{
	static const uint8_t key[N] = {
		0x25, 0x62, 0x93, 0x47, 0x58, 0x92, 0x42, 0x76,
		0x1d, 0x31, 0xf8, 0x26, 0xba, 0x4b, 0x75, 0x7b };
	static const uint8_t text[2 * N] = {
		0x4f, 0x4f, 0x95, 0x66, 0x8c, 0x83, 0xdf, 0xb6,
		0x40, 0x17, 0x62, 0xbb, 0x2d, 0x01, 0xa2, 0x62,
		0xd1, 0xa2, 0x4d, 0xdd, 0x27, 0x21, 0xd0, 0x06,
		0xbb, 0xe4, 0x5f, 0x20, 0xd3, 0xc9, 0xf3, 0x62 };
	static const uint8_t want[N] = {
		0xf7, 0xa3, 0xb4, 0x7b, 0x84, 0x61, 0x19, 0xfa,
		0xe5, 0xb7, 0x86, 0x6c, 0xf5, 0xe5, 0xb7, 0x7e };
	uint8_t got[N];

	(void)state;
	slow(got, key, text, sizeof(text));
	assert_memory_equal(got, want, N);
	if (!polyval_can())
		skip();
	polyval(got, key, text, sizeof(text));
	assert_memory_equal(got, want, N);
}

/* Each length, at each place in memory. */
static void test_lengths(void **state)
{
	uint8_t key[N], text[500], got[N], want[N];
	uint32_t x = 1;

	(void)state;
	if (!polyval_can())
		skip();
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
	for (size_t n = 0; n < sizeof(text) - N; n++) {
		const uint8_t *p = text + n % N;

		memcpy(key, text + sizeof(text) - N - n % 200, N);
		slow(want, key, p, n);
		polyval(got, key, p, n);
		assert_memory_equal(got, want, N);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
