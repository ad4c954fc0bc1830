#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#define PLACE_FILE "table.tok"
#include "base/count.h"
#include "base/file.h"
#include "thrift/token.h"
#include "unit/place.h"

#define LARGEST ((size_t)8 << 20)

static const char *const files[] = {
	[TOKEN_O200K] = "data/o200k_base.tok",
	[TOKEN_CL100K] = "data/cl100k_base.tok",
};

static const char *source(const char *file)
{
	static char path[600];
	const char *dir = getenv("srcdir");

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : ".", file);
	return path;
}

static struct token_table *table[TOKEN_SETS];

static int open_all(void **state)
{
	char err[600];

	(void)state;
	for (int i = 0; i < TOKEN_SETS; i++) {
		table[i] = token_open(source(files[i]), err, sizeof(err));
		if (!table[i]) {
			print_error("%s\n", err);
			return -1;
		}
	}
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	for (int i = 0; i < TOKEN_SETS; i++)
		token_close(&table[i]);
	return 0;
}

/* -- the reference's counts ------------------------------------------------ */

static struct str read_all(struct arena *a, const char *path)
{
	char err[600];
	struct str s;

	if (file_read(&s, a, path, LARGEST, err, sizeof(err)) < 0)
		fail_msg("%s", err);
	return s;
}

static size_t hex(const char *p, size_t n)
{
	char digits[3] = "";

	assert_true(n >= 2);
	memcpy(digits, p, 2);
	return strtoul(digits, NULL, 16);
}

/* \xHH is a byte. */
static struct str unescape(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0, i;

	for (i = 0; i < s.n; i++) {
		if (s.p[i] == '\\') {
			out[n++] = (char)hex(s.p + i + 2, s.n - i - 2);
			i += 3;
		} else {
			out[n++] = s.p[i];
		}
	}
	return (struct str){ out, n };
}

static void check(struct arena *a, struct str line)
{
	char *end;
	size_t want[TOKEN_SETS];
	struct str text;

	want[TOKEN_O200K] = strtoul(line.p, &end, 10);
	want[TOKEN_CL100K] = strtoul(end, &end, 10);
	assert_int_equal(*end, '\t');
	text = unescape(a, str_from(line, (size_t)(end + 1 - line.p)));
	for (int i = 0; i < TOKEN_SETS; i++) {
		if (token_count(table[i], text) != want[i])
			fail_msg("%s: %zu, not %zu: %.*s", files[i],
				 token_count(table[i], text), want[i],
				 (int)line.n, line.p);
	}
}

static void test_counts(void **state)
{
	struct arena *a = arena_new();
	struct str all = read_all(a, source("tests/fixtures/tokens.txt"));
	struct str line;
	size_t lines = 0;
	const char *end;

	(void)state;
	for (; all.n; lines++) {
		end = memchr(all.p, '\n', all.n);
		assert_non_null(end);
		line = (struct str){ all.p, (size_t)(end - all.p) };
		check(a, line);
		all = str_from(all, line.n + 1);
	}
	assert_true(lines > 500);
	arena_free(&a);
}

/* Where gpt-tokenizer, which tokens.txt is from, is not tiktoken: JavaScript
 * takes U+FEFF for a blank and U+0085 for none, and its 's is ASCII. Counted
 * with tiktoken; a surrogate is what json_string() makes of a lone one. */
static const struct {
	const char *text;
	size_t o200k, cl100k;
} apart[] = {
	{ "xS'\xc5\xbf's" "t\xc3\xa9 ", 8, 9 },
	{ " \xef\xbb\xbf" "1", 2, 2 },
	{ "a \xc2\x85" "b \xc2\x85 1", 9, 9 },
	{ "\xed\xa0\x80", 1, 1 },
	{ "a\xed\xa0\x80\xed\xbf\xbf" "b", 3, 3 },
};

static void test_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(apart); i++) {
		assert_int_equal(token_count(table[TOKEN_O200K],
					     str_c(apart[i].text)),
				 apart[i].o200k);
		assert_int_equal(token_count(table[TOKEN_CL100K],
					     str_c(apart[i].text)),
				 apart[i].cl100k);
	}
}

/*
 * A megabyte of one thing, which is a piece far longer than what is merged
 * pair by pair, or nothing but pieces of one kind. A quadratic way would not
 * end; that it is linear is shown by bench/tokens. Counted with tiktoken (the
 * spaces of o200k_base in parts, for all of them overflow its stack).
 */
#define MILLION ((size_t)1 << 20)
static const struct {
	const char *of;
	bool random; /* characters drawn from it, else again and again */
	size_t o200k, cl100k;
} longs[] = {
	{ "a", false, 131072, 131072 },
	{ " ", false, 8192, 8192 },
	{ "\n", false, 65536, 32768 },
	{ "-", false, 16384, 16384 },
	{ "=-", false, 65536, 65536 },
	{ "/*", false, 524288, 524288 },
	{ "ab", false, 262144, 524288 },
	{ "Ab", false, 524288, 524288 },
	{ "\xea\xb0\x80", false, 349525, 349525 },
	{ "\xf0\x9f\x98\x80", false, 262144, 524288 },
	{ "=-*/#.~_", true, 636772, 630260 },
	{ "abcdefghijklmnopqrstuvwxyz", true, 543898, 566653 },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	  true, 716042, 752325 },
};

static struct str megabyte(char *room, const char *of, bool random)
{
	size_t n = strlen(of), size = random ? MILLION : MILLION / n * n, i;
	uint64_t seed = 5;

	for (i = 0; i < size; i++) {
		seed = seed * 48271 % 2147483647;
		room[i] = of[(random ? seed : i) % n];
	}
	return (struct str){ room, size };
}

static void test_long(void **state)
{
	char *room = malloc(MILLION);
	struct str text;

	(void)state;
	assert_non_null(room);
	for (size_t i = 0; i < COUNT_OF(longs); i++) {
		text = megabyte(room, longs[i].of, longs[i].random);
		assert_int_equal(token_count(table[TOKEN_O200K], text),
				 longs[i].o200k);
		assert_int_equal(token_count(table[TOKEN_CL100K], text),
				 longs[i].cl100k);
	}
	free(room);
}

/* No reading behind the end: every prefix in a room of its own size, and
 * counts that a prefix more cannot make smaller by much. */
static void test_bounds(void **state)
{
	static const char text[] =
		"I'll count 12345 \xed\x95\x9c\xea\xb5\xad\xec\x96\xb4 "
		"\xf0\x9f\x98\x80's\r\n\r\n  \xe4\xb8\xad""ABC!! \xc3\xa9\xff";
	size_t n, was = 0, now;
	char *room;

	(void)state;
	for (n = 0; n < sizeof(text); n++) {
		room = malloc(n ? n : 1);
		assert_non_null(room);
		memcpy(room, text, n);
		for (int i = 0; i < TOKEN_SETS; i++)
			now = token_count(table[i], (struct str){ room, n });
		assert_true(now <= n && now + 4 >= was);
		was = now;
		free(room);
	}
}

/* -- damage ---------------------------------------------------------------- */

static void put(struct place *p, const uint8_t *bytes, size_t n)
{
	struct str s = { (const char *)bytes, n };

	assert_int_equal(file_put(p->path, s, false), 0);
}

static void refused(struct place *p, const char *why)
{
	struct token_table *t = token_open(p->path, p->err, sizeof(p->err));

	assert_null(t);
	if (!strstr(p->err, why) || !strstr(p->err, p->path))
		fail_msg("%s, not: %s", p->err, why);
}

static void test_refused(void **state)
{
	struct place *p = *state;
	struct str s = read_all(p->a, source(files[TOKEN_CL100K]));
	uint8_t *bytes = (uint8_t *)(uintptr_t)s.p;
	size_t i;

	refused(p, "No such file");
	put(p, bytes, 0);
	refused(p, "no table of tokens");
	put(p, bytes, 100);
	refused(p, "no table of tokens");
	put(p, bytes, s.n - 1);
	refused(p, "lost its end");
	for (i = 0; i < 128; i += i < 24 ? 1 : 7) {
		if (i >= 12 && i < 16)
			continue; /* nothing is there */
		bytes[i] ^= 0x10;
		put(p, bytes, 4096);
		refused(p, i < 8 ? "no table" : i >= 16 && i < 20 ? "version" :
			       "damaged");
		bytes[i] ^= 0x10;
	}
}

static size_t counts(struct token_table *t)
{
	static const char text[] =
		"The quick brown fox, 12345 \xed\x95\x9c\xea\xb5\xad\xec\x96"
		"\xb4 xqzkvwjqpxhqzkvwjqpxhqzkvwjqpxhqzkvwjqpxhqzkvwjqpxhqzkv"
		"wjqpxhqzkvwjqpxhqzkvwjqpxh                             "
		"=====----======------=====---=========---------======----===";

	return token_count(t, STR(text));
}

/* Damage behind the head may make counts wrong and is told by token_sound();
 * the sanitizers see that it does no worse. */
static void test_damaged(void **state)
{
	struct place *p = *state;
	struct str s = read_all(p->a, source(files[TOKEN_CL100K]));
	uint8_t *bytes = (uint8_t *)(uintptr_t)s.p;
	struct token_table *t;
	unsigned seed = 1;
	size_t i, k, n;

	for (i = 0; i < 12; i++) {
		n = i < 4 ? 1u << (4 * i) : s.n - 128;
		for (k = 0; k < n; k++) {
			seed = seed * 1103515245 + 12345;
			bytes[128 + (i < 4 ? (seed >> 4) % (s.n - 128) : k)] ^=
				i % 3 == 1 ? 0xff : (uint8_t)(seed >> 16) | 1;
		}
		put(p, bytes, s.n);
		t = token_open(p->path, p->err, sizeof(p->err));
		if (!t)
			continue; /* a class that is not there */
		assert_false(token_sound(t));
		counts(t);
		token_close(&t);
	}
}

/* Classes that are all there, and everything else of one value. */
static void test_even(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x3f, 0x40, 0xff };
	struct place *p = *state;
	struct str s = read_all(p->a, source(files[TOKEN_O200K]));
	uint8_t *bytes = (uint8_t *)(uintptr_t)s.p;
	struct token_table *t;
	size_t i;

	for (i = 0; i < COUNT_OF(values); i++) {
		memset(bytes + 128 + 0x1100, values[i], s.n - 128 - 0x1100);
		put(p, bytes, s.n);
		t = token_open(p->path, p->err, sizeof(p->err));
		assert_non_null(t);
		assert_true(counts(t) > 0);
		token_close(&t);
	}
}

static void test_sound(void **state)
{
	(void)state;
	for (int i = 0; i < TOKEN_SETS; i++)
		assert_true(token_sound(table[i]));
}

/* -- models ---------------------------------------------------------------- */

static void test_models(void **state)
{
	static const struct {
		const char *model;
		int set;
	} models[] = {
		{ "gpt-4o", TOKEN_O200K },
		{ "gpt-4o-mini-2024-07-18", TOKEN_O200K },
		{ "openai/gpt-4.1-nano", TOKEN_O200K },
		{ "chatgpt-4o-latest", TOKEN_O200K },
		{ "gpt-5", TOKEN_O200K },
		{ "gpt-5.1-codex", TOKEN_O200K },
		{ "o1", TOKEN_O200K },
		{ "o3-mini", TOKEN_O200K },
		{ "o4-mini-2025-04-16", TOKEN_O200K },
		{ "openai.gpt-oss-120b-1:0", TOKEN_O200K },
		{ "ft:gpt-4o-mini:me::x", TOKEN_O200K },
		{ "GPT-4o", TOKEN_O200K },
		{ "gpt-4", TOKEN_CL100K },
		{ "gpt-4-turbo", TOKEN_CL100K },
		{ "azure/eu/gpt-4-32k-0613", TOKEN_CL100K },
		{ "gpt-3.5-turbo-0125", TOKEN_CL100K },
		{ "gpt-35-turbo", TOKEN_CL100K },
		{ "ft:gpt-3.5-turbo:me", TOKEN_CL100K },
		{ "text-embedding-3-small", TOKEN_CL100K },
		{ "text-embedding-ada-002", TOKEN_CL100K },
		{ "text-embedding-004", -1 },
		{ "gpt-2", -1 },
		{ "gpt-4all", -1 },
		{ "o10", -1 },
		{ "o1x", -1 },
		{ "claude-sonnet-4-6", -1 },
		{ "openai/", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(models); i++) {
		if (token_set_of(str_c(models[i].model)) != models[i].set)
			fail_msg("%s", models[i].model);
	}
	assert_int_equal(token_set_of((struct str){ NULL, 0 }), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_sound),
		PLACE_TEST(test_refused),
		PLACE_TEST(test_damaged),
		PLACE_TEST(test_even),
		cmocka_unit_test(test_models),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
