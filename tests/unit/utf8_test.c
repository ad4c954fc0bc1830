#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/utf8.h"

static const struct {
	const char *bytes;
	size_t n, len;
} rows[] = {
	{ "", 0, 0 },
	{ "a", 1, 1 },
	{ "\0", 1, 1 },
	{ "\x7f", 1, 1 },
	{ "\x80", 1, 0 },
	{ "\xc0\x80", 2, 0 }, /* overlong */
	{ "\xc1\xbf", 2, 0 },
	{ "\xc2\x80", 2, 2 },
	{ "\xc2", 1, 0 },
	{ "\xc2\x41", 2, 0 },
	{ "\xdf\xbf", 2, 2 },
	{ "\xe0\x9f\xbf", 3, 0 }, /* overlong */
	{ "\xe0\xa0\x80", 3, 3 },
	{ "\xe2\x82\xac", 3, 3 },
	{ "\xe2\x82\xac", 2, 0 },
	{ "\xe2\x82\x28", 3, 0 },
	{ "\xed\x9f\xbf", 3, 3 },
	{ "\xed\xa0\x80", 3, 0 }, /* surrogate */
	{ "\xee\x80\x80", 3, 3 },
	{ "\xf0\x8f\xbf\xbf", 4, 0 }, /* overlong */
	{ "\xf0\x90\x80\x80", 4, 4 },
	{ "\xf0\x9f\x98\x80", 3, 0 },
	{ "\xf4\x8f\xbf\xbf", 4, 4 },
	{ "\xf4\x90\x80\x80", 4, 0 }, /* past U+10FFFF */
	{ "\xf5\x80\x80\x80", 4, 0 },
	{ "\xff", 1, 0 },
};

static void test_len(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (utf8_len(rows[i].bytes, rows[i].n) != rows[i].len)
			fail_msg("row %zu", i);
}

/* Every code point that is written is read back, surrogates are not. */
static void test_put(void **state)
{
	char out[4];

	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		size_t n = utf8_put(out, c);
		bool surrogate = c >= 0xd800 && c < 0xe000;

		assert_int_equal(n, c < 0x80 ? 1 : c < 0x800 ? 2 :
				    c < 0x10000 ? 3 : 4);
		assert_int_equal(utf8_len(out, n), surrogate ? 0 : n);
	}
	assert_int_equal(utf8_put(out, 0x1f600), 4);
	assert_memory_equal(out, "\xf0\x9f\x98\x80", 4);
}

static void test_count(void **state)
{
	(void)state;
	assert_int_equal(utf8_count(STR("")), 0);
	assert_int_equal(utf8_count(STR("abc")), 3);
	assert_int_equal(utf8_count(STR("a\xc3\xa9\xf0\x9f\x98\x80")), 3);
	assert_int_equal(utf8_count(STR("\xf0\x9f\x98")), 3);
}

static bool valid_slowly(const char *p, size_t n)
{
	size_t len;

	for (; n; p += len, n -= len) {
		len = utf8_len(p, n);
		if (!len)
			return false;
	}
	return true;
}

/* Runs of every kind of sequence, whole and damaged, short and long, at every
 * place of a block. */
static void test_valid(void **state)
{
	static const struct str piece[] = {
		{ "a", 1 }, { "\0", 1 }, { "\x7f", 1 }, { "\xc2\x80", 2 },
		{ "\xdf\xbf", 2 }, { "\xe0\xa0\x80", 3 },
		{ "\xed\x9f\xbf", 3 }, { "\xef\xbf\xbf", 3 },
		{ "\xf0\x90\x80\x80", 4 }, { "\xf4\x8f\xbf\xbf", 4 },
		{ "0123456789abcdef0123456789abcdef0123456789abcdef"
		  "0123456789abcdef", 64 },
	};
	static const unsigned char odd[] = { 0x80, 0x8f, 0x90, 0x9f, 0xa0,
		0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0,
		0xf1, 0xf4, 0xf5, 0xf8, 0xff, 0x41, 0x00 };
	unsigned short seed[3] = { 41, 42, 43 };
	size_t valid = 0;
	char text[512];

	(void)state;
	for (int round = 0; round < 200000; round++) {
		size_t n = 0, of = (size_t)nrand48(seed) % 400;

		while (n < of) {
			struct str s = piece[nrand48(seed) % 11];

			memcpy(text + n, s.p, s.n);
			n += s.n;
		}
		if (n && round % 2)
			text[(size_t)nrand48(seed) % n] =
				(char)odd[nrand48(seed) % 22];
		n -= n && round % 3 == 0;
		assert_int_equal(utf8_valid(text, n), valid_slowly(text, n));
		valid += utf8_valid(text, n);
	}
	assert_true(valid > 50000 && valid < 190000);
}

/* A sequence that is not whole is seen wherever it stands, even when nothing
 * but ASCII is around it. */
static void test_unfinished(void **state)
{
	static const struct str piece[] = {
		{ "\xc3", 1 }, { "\xe4", 1 }, { "\xe4\xbd", 2 },
		{ "\xf0", 1 }, { "\xf0\x9f", 2 }, { "\xf0\x9f\x98", 3 },
		{ "\x80", 1 },
	};
	char text[200];

	(void)state;
	for (size_t k = 0; k < sizeof(piece) / sizeof(piece[0]); k++) {
		for (size_t at = 0; at + piece[k].n <= sizeof(text); at++) {
			memset(text, 'x', sizeof(text));
			memcpy(text + at, piece[k].p, piece[k].n);
			assert_false(utf8_valid(text, sizeof(text)));
			assert_false(utf8_valid(text, at + piece[k].n));
			assert_true(utf8_valid(text, at));
		}
	}
}

/* Nor is it made whole by what stands some blocks behind it. */
static void test_torn(void **state)
{
	char text[256];

	(void)state;
	for (size_t at = 0; at < 64; at++) {
		for (size_t gap = 1; gap < 130; gap++) {
			memset(text, 'x', sizeof(text));
			memcpy(text + at, "\xe4\xbd", 2);
			text[at + 2 + gap] = '\xa0';
			assert_false(utf8_valid(text, sizeof(text)));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_len),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
