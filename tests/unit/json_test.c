#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/json.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

/* Parses a copy of exactly the right size, so that sanitizers see a read
 * past the end. NULL, or the error. */
static const char *parse_str(struct json *doc, struct str text)
{
	struct json_error err = { 0, NULL };
	char *copy = malloc(text.n ? text.n : 1);
	int rc;

	memcpy(copy, text.p, text.n);
	rc = json_parse(doc, a, (struct str){ copy, text.n }, &err);
	if (rc < 0)
		assert_true(err.at <= text.n);
	free(copy);
	doc->text = text;
	return rc < 0 ? err.what : NULL;
}

static struct json parsed(const char *text)
{
	struct json doc;
	const char *what = parse_str(&doc, str_c(text));

	if (what)
		fail_msg("%s: %s", text, what);
	return doc;
}

/* Every document of JSONTestSuite, by the rule its name begins with. */

static size_t unhex(const char *hex, char *out)
{
	unsigned byte;
	size_t n = 0;

	while (sscanf(hex + 2 * n, "%2x", &byte) == 1)
		out[n++] = (char)byte;
	return n;
}

static void check_suite_line(char *line)
{
	char *hex = strchr(line, '\t');
	struct json doc;
	struct str text;
	const char *what;
	char rule = line[0];

	assert_non_null(hex);
	*hex++ = '\0';
	text.p = hex;
	text.n = unhex(hex, hex);
	what = parse_str(&doc, text);
	/* Refused by design. */
	if (strncmp(line, "y_object_duplicated_key", 23) == 0)
		rule = 'n';
	if (rule == 'y' && what)
		fail_msg("%s refused: %s", line, what);
	if (rule == 'n' && !what)
		fail_msg("%s accepted", line);
	arena_reset(a);
}

static void test_suite(void **state)
{
	const char *dir = getenv("srcdir");
	char path[4096], line[8192];
	size_t n = 0;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/fixtures/json_suite.txt",
		 dir ? dir : ".");
	f = fopen(path, "r");
	if (!f)
		fail_msg("cannot read %s", path);
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '#')
			continue;
		check_suite_line(line);
		n++;
	}
	fclose(f);
	assert_true(n > 300);
}

static struct str repeated(const char *head, const char *unit, size_t times,
			   const char *tail)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, head);
	for (size_t i = 0; i < times; i++)
		buf_puts(&b, unit);
	buf_puts(&b, tail);
	return buf_view(&b);
}

static void test_depth(void **state)
{
	struct json doc;
	struct str deep[2];

	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		size_t n = JSON_MAX_DEPTH + extra;
		struct str inner = repeated("", "[", n, "");

		deep[extra] = repeated(inner.p, "]", n, "");
	}
	assert_null(parse_str(&doc, deep[0]));
	assert_int_equal(doc.n, JSON_MAX_DEPTH);
	assert_string_equal(parse_str(&doc, deep[1]), "nested too deeply");
	/* The two documents of the suite that are too long to carry. */
	assert_non_null(parse_str(&doc, repeated("", "[", 100000, "")));
	assert_non_null(parse_str(&doc, repeated("", "[{\"\":", 50000, "\n")));
}

static const struct {
	const char *text;
	size_t at;
	const char *what;
} wrong[] = {
	{ "", 0, "unexpected end" },
	{ " \n", 2, "unexpected end" },
	{ "[1", 2, "unexpected end" },
	{ "{\"a\":1", 6, "unexpected end" },
	{ "{\"a\":", 5, "unexpected end" },
	{ "[1 2]", 3, "comma expected" },
	{ "[1,]", 3, "value expected" },
	{ "[01]", 2, "comma expected" },
	{ "{\"a\":1,}", 7, "member name expected" },
	{ "{a:1}", 1, "member name expected" },
	{ "{\"a\" 1}", 5, "colon expected" },
	{ "[1}", 2, "comma expected" },
	{ "nul", 0, "value expected" },
	{ "[1.]", 3, "digit expected" },
	{ "-", 1, "digit expected" },
	{ "[1e+]", 4, "digit expected" },
	{ "\"abc", 4, "string without an end" },
	{ "\"a\tb\"", 2, "control character in a string" },
	{ "\"0123456789\x01\"", 11, "control character in a string" },
	{ "\"a\x7f\xc3\x28\"", 3, "invalid UTF-8" },
	{ "\"\xed\xa0\x80\"", 1, "invalid UTF-8" },
	{ "\"\xe0\x80\xaf\"", 1, "invalid UTF-8" },
	{ "\"\xe4\xbd\xa0\xe4\xbd\"", 4, "invalid UTF-8" },
	{ "\"\xe4\xbd", 1, "invalid UTF-8" },
	{ "\"\xf4\x90\x80\x80\"", 1, "invalid UTF-8" },
	{ "\"\\x\"", 1, "invalid escape" },
	{ "\"\\", 1, "invalid escape" },
	{ "\"\\u12g4\"", 1, "invalid \\u escape" },
	{ "\"\\u12", 1, "invalid \\u escape" },
	{ "\xef\xbb\xbf{}", 0, "value expected" },
	{ "{} {}", 3, "text behind the document" },
	{ "{\"a\":1,\"a\":1}", 13, "duplicate member name" },
	{ "{\"a\":1,\"\\u0061\":1}", 18, "duplicate member name" },
	{ "{\"\\u0000\":1,\"\\u0000\":1}", 23, "duplicate member name" },
	{ "{\"\":1,\"\":1}", 11, "duplicate member name" },
	{ "[{\"\\ud83d\\ude00\":{},\"\xf0\x9f\x98\x80\":1}]", 29,
	  "duplicate member name" },
};

static void test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct json_error err;
		struct json doc;

		assert_int_equal(json_parse(&doc, a, str_c(wrong[i].text),
					    &err), -1);
		if (strcmp(err.what, wrong[i].what) || err.at != wrong[i].at)
			fail_msg("%s: %s at %zu", wrong[i].text, err.what,
				 err.at);
	}
}

static void test_too_long(void **state)
{
	struct json_error err;
	struct json doc;

	(void)state;
	/* The bytes are not looked at. */
	assert_int_equal(json_parse(&doc, a, (struct str){ "1", UINT32_MAX },
				    &err), -1);
	assert_string_equal(err.what, "text too long");
}

static void test_not_duplicates(void **state)
{
	(void)state;
	parsed("{\"a\":1,\"A\":1,\"a\\u0000\":1,\"\":1,\"\\u00e4\":1,"
	       "\"a\\u0308\":1}");
	parsed("[{\"a\":1},{\"a\":1}]");
	parsed("{\"a\":{\"a\":{\"a\":1}}}");
	parsed("{\"\\ud800\":1,\"\\udc00\":1,\"\\ud800\\ud800\":1}");
}

/* Each special byte at each place of a word, and characters across them. */
static void test_string_bytes(void **state)
{
	char text[64];
	struct json doc;

	(void)state;
	for (size_t at = 0; at < 20; at++) {
		for (int c = 0; c < 256; c++) {
			bool plain = c >= 0x20 && c < 0x80 && c != '"' &&
				     c != '\\';
			struct str s = { text, 24 };

			memset(text, 'x', sizeof(text));
			text[0] = text[23] = '"';
			text[1 + at] = (char)c;
			if (!plain)
				assert_non_null(parse_str(&doc, s));
			else
				assert_null(parse_str(&doc, s));
			arena_reset(a);
		}
		memset(text, 'x', sizeof(text));
		text[0] = text[25] = '"';
		memcpy(text + 1 + at, "\xf0\x9f\x98\x80", 4);
		assert_null(parse_str(&doc, (struct str){ text, 26 }));
	}
}

static void test_tokens(void **state)
{
	struct json doc = parsed(" {\"a\" : [1, {}, []], "
				 "\"b\":{\"c\":null} } ");
	uint32_t list = json_get(&doc, 0, "a"), i;

	(void)state;
	assert_int_equal(doc.n, 10);
	assert_true(str_is(json_span(&doc, list), "[1, {}, []]"));
	assert_int_equal(json_count(&doc, 0), 2);
	assert_int_equal(json_count(&doc, list), 3);
	i = json_first(&doc, list);
	assert_true(json_is(&doc, i, JSON_NUMBER));
	i = json_next(&doc, list, i);
	assert_true(json_is(&doc, i, JSON_OBJECT));
	assert_int_equal(json_first(&doc, i), 0);
	assert_int_equal(json_count(&doc, i), 0);
	i = json_next(&doc, list, i);
	assert_true(json_is(&doc, i, JSON_ARRAY));
	assert_int_equal(json_next(&doc, list, i), 0);
	i = json_first(&doc, 0);
	assert_int_equal(i + 1, list);
	i = json_next(&doc, 0, i);
	assert_true(json_string_is(&doc, i, "b"));
	assert_int_equal(json_next(&doc, 0, i), 0);
	assert_true(json_is(&doc, json_get(&doc, i + 1, "c"), JSON_NULL));
	assert_int_equal(json_type(&doc, 0), JSON_OBJECT);
}

/* 0 says absent, and no getter of a value minds. */
static void test_absent(void **state)
{
	struct json doc = parsed("\"root\""), num = parsed("7");
	struct json yes = parsed("true"), obj = parsed("{\"x\":1}");
	int64_t n = 5;
	double d = 5;

	(void)state;
	assert_int_equal(json_get(&obj, 0, "y"), 0);
	assert_int_equal(json_get(&obj, json_get(&obj, 0, "x"), "x"), 0);
	assert_int_equal(json_get(&doc, 0, "y"), 0);
	assert_int_equal(json_first(&num, 0), 0);
	assert_int_equal(json_next(&obj, 0, 0), 0);
	assert_false(json_is(&doc, 0, JSON_STRING));
	assert_int_equal(json_span(&doc, 0).n, 0);
	assert_int_equal(json_inner(&doc, 0).n, 0);
	assert_int_equal(json_string(&doc, 0, a).n, 0);
	assert_false(json_string_is(&doc, 0, "root"));
	assert_false(json_string_is(&doc, 0, ""));
	assert_false(json_bool(&yes, 0, false));
	assert_true(json_bool(&obj, 0, true));
	assert_int_equal(json_int(&num, 0, &n), 0);
	assert_int_equal(json_double(&num, 0, &d), 0);
	assert_true(n == 5 && d == 5);
}

#define BYTES(lit) { (lit), sizeof(lit) - 1 }

static const struct {
	const char *text;
	struct str want;
} strings[] = {
	{ "[\"\"]", BYTES("") },
	{ "[\"plain\"]", BYTES("plain") },
	{ "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", BYTES("\"\\/\b\f\n\r\t") },
	{ "[\"a\\u0000b\"]", BYTES("a\0b") },
	{ "[\"\\n\"]", BYTES("\n") },
	{ "[\"abcdefgh\\n\"]", BYTES("abcdefgh\n") },
	{ "[\"\\nabcdefgh\"]", BYTES("\nabcdefgh") },
	{ "[\"\\u00e9\\u00E9\\u20ac\"]",
	  BYTES("\xc3\xa9\xc3\xa9\xe2\x82\xac") },
	{ "[\"\\ud83d\\ude00\"]", BYTES("\xf0\x9f\x98\x80") },
	{ "[\"\\uDBFF\\uDFFF\"]", BYTES("\xf4\x8f\xbf\xbf") },
	{ "[\"\\ud83d\"]", BYTES("\xed\xa0\xbd") },
	{ "[\"\\ud83dx\"]", BYTES("\xed\xa0\xbdx") },
	{ "[\"\\ud83d\\ue000\"]", BYTES("\xed\xa0\xbd\xee\x80\x80") },
	{ "[\"\\ud83d\\n\"]", BYTES("\xed\xa0\xbd\n") },
	{ "[\"\\ud83d\\ud83d\\ude00\"]",
	  BYTES("\xed\xa0\xbd\xf0\x9f\x98\x80") },
	{ "[\"\\ude00\\ud83d\"]", BYTES("\xed\xb8\x80\xed\xa0\xbd") },
	{ "[\"01234567890123456789012345678901234567890123456789012345678"
	  "9\\n01234567890123456789\"]",
	  BYTES("01234567890123456789012345678901234567890123456789012345678"
		"9\n01234567890123456789") },
};

static void test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		struct json doc = parsed(strings[i].text);
		struct str want = strings[i].want, inner, got;
		bool has_nul = memchr(want.p, 0, want.n);
		char piece[4];
		size_t n, at = 0;

		got = json_string(&doc, 1, a);
		assert_int_equal(got.n, want.n);
		assert_true(str_eq(got, want));
		assert_int_equal(json_string_is(&doc, 1, want.p), !has_nul);
		assert_false(json_string_is(&doc, 1, "pla"));
		assert_false(json_string_is(&doc, 1, "plainer"));
		inner = json_inner(&doc, 1);
		for (; (n = json_decode(&inner, piece, 4)); at += n)
			assert_memory_equal(piece, want.p + at, n);
		assert_int_equal(at, want.n);
	}
}

static const struct {
	const char *text;
	int is;
	int64_t want;
} ints[] = {
	{ "[0]", 1, 0 },
	{ "[-0]", 1, 0 },
	{ "[0.0e99999999999999999999999]", 1, 0 },
	{ "[1]", 1, 1 },
	{ "[1.0]", 1, 1 },
	{ "[1e3]", 1, 1000 },
	{ "[10e-1]", 1, 1 },
	{ "[1200e-2]", 1, 12 },
	{ "[0.00012E+5]", 1, 12 },
	{ "[0.00012E+4]", 0, 0 },
	{ "[1.5]", 0, 0 },
	{ "[1e-1]", 0, 0 },
	{ "[9007199254740993]", 1, 9007199254740993 },
	{ "[9223372036854775807]", 1, INT64_MAX },
	{ "[9223372036854775808]", 0, 0 },
	{ "[-9223372036854775808]", 1, INT64_MIN },
	{ "[-9223372036854775809]", 0, 0 },
	{ "[92233720368547758070e-1]", 1, INT64_MAX },
	{ "[1e18]", 1, 1000000000000000000 },
	{ "[1e19]", 0, 0 },
	{ "[1e99999999999999999999999]", 0, 0 },
	{ "[1e-99999999999999999999999]", 0, 0 },
	{ "[\"1\"]", 0, 0 },
	{ "[true]", 0, 0 },
	{ "[[1]]", 0, 0 },
};

static void test_ints(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
		struct json doc = parsed(ints[i].text);
		int64_t got = 4711;

		if (json_int(&doc, 1, &got) != ints[i].is ||
		    got != (ints[i].is ? ints[i].want : 4711))
			fail_msg("%s: %lld", ints[i].text, (long long)got);
	}
}

static void test_doubles_and_bools(void **state)
{
	struct json doc = parsed("[0.7,-1.25e2,1e400,true,false,null]");
	double d = 0;

	(void)state;
	assert_true(json_double(&doc, 1, &d) && d == 0.7);
	assert_true(json_double(&doc, 2, &d) && d == -125);
	assert_true(json_double(&doc, 3, &d) && isinf(d));
	assert_false(json_double(&doc, 4, &d));
	assert_true(json_bool(&doc, 4, false));
	assert_false(json_bool(&doc, 5, true));
	assert_true(json_bool(&doc, 6, true));
	assert_false(json_bool(&doc, 1, false));
}

/* Objects of very many names: time must not grow with their square. */

enum { MANY = 100000 };

static double cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static void put_name(struct buf *b, const char *head, int i,
		     const char *tail)
{
	buf_printf(b, "\"%s%08d%s\":1", head, i, tail);
}

static const char *parse_many(const char *head, const char *tail,
			      bool repeat_one)
{
	double began = cpu_seconds();
	struct json doc;
	struct buf b;
	const char *what;

	buf_init(&b, a);
	for (int i = 0; i < MANY; i++) {
		buf_putc(&b, i ? ',' : '{');
		put_name(&b, head, i, tail);
	}
	if (repeat_one) {
		buf_putc(&b, ',');
		put_name(&b, head, MANY / 2, tail);
	}
	buf_putc(&b, '}');
	what = parse_str(&doc, buf_view(&b));
	/* Comparing each with each takes far longer; this takes 0.1 s. */
	assert_true(cpu_seconds() - began < 5);
	arena_reset(a);
	return what;
}

/* Names of one length with a long beginning in common: what a comparison
 * by length, first bytes or a sum of bytes cannot tell apart. */
static void test_many_names(void **state)
{
	static const struct {
		const char *head, *tail;
	} name[] = {
		{ "", "" },
		{ "\\u0061", "" },
		{ "", "\\n" },
		{ "the same long beginning of each and every name ", "" },
		{ "", " and the same long end of each and every name" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		assert_null(parse_many(name[i].head, name[i].tail, false));
		assert_string_equal(parse_many(name[i].head, name[i].tail,
					       true),
				    "duplicate member name");
	}
}

/* The seventeenth name is the first that is found by sorting. */
static void test_names_around_the_limit(void **state)
{
	(void)state;
	for (int n = 14; n < 20; n++) {
		for (int twin = 0; twin <= n; twin++) {
			struct json doc;
			struct buf b;

			buf_init(&b, a);
			for (int i = 0; i < n; i++)
				buf_printf(&b, "%c\"k%d\":0", i ? ',' : '{', i);
			buf_printf(&b, ",\"\\u006b%d\":0}", twin);
			if (twin < n)
				assert_non_null(parse_str(&doc, buf_view(&b)));
			else
				assert_null(parse_str(&doc, buf_view(&b)));
		}
	}
}

/* The list of tokens grows to what the text foretells, be it right or not:
 * all numbers; then a string; the string first; no more than are allowed. */
static void test_little_memory(void **state)
{
	static const struct {
		size_t head, numbers, tail, most;
		bool taken;
	} row[] = {
		{ 0, 500000, 0, JSON_MAX_TOKENS, true },
		{ 0, 500000, 1000000, JSON_MAX_TOKENS, true },
		{ 1000000, 500000, 0, JSON_MAX_TOKENS, true },
		{ 0, 500000, 0, 100000, false },
		{ 0, 500000, 1000000, 100000, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t before, used;
		struct json_error err;
		struct json doc;
		struct buf b;

		buf_init(&b, a);
		buf_printf(&b, "[\"%*s\"", (int)row[i].head, "");
		for (size_t n = 0; n < row[i].numbers; n++)
			buf_add(&b, ",1", 2);
		buf_printf(&b, ",\"%*s\"]", (int)row[i].tail, "");
		before = arena_used(a);
		assert_int_equal(json_parse_upto(&doc, a, buf_view(&b),
						 row[i].most, &err),
				 row[i].taken ? 0 : -1);
		used = arena_used(a) - before;
		assert_true(used < 11 * b.n);
		assert_true(used < 2 * sizeof(struct json_tok) * row[i].most +
				   b.n / 2);
		arena_reset(a);
	}
}

/* Bytes changed at random: never a crash, and what is accepted has tokens
 * that lie in the text and inside their parents. */
static void check_spans(const struct json *doc, uint32_t v)
{
	const struct json_tok *t = &doc->tok[v];
	uint32_t from = t->at;

	for (uint32_t i = json_first(doc, v); i; i = json_next(doc, v, i)) {
		assert_true(doc->tok[i].at > from);
		if (t->type == JSON_OBJECT)
			check_spans(doc, i + 1);
		else
			check_spans(doc, i);
		from = doc->tok[i].end - 1;
	}
	assert_true(from < t->end && t->end <= doc->text.n);
}

static void test_random_damage(void **state)
{
	static const char sample[] =
		"{\"a\":[1,-2.5e+3,\"x\\u00e9\\n\xc3\xa9\",{\"b\":null}],"
		"\"\\ud83d\\ude00\":{\"c\":true,\"d\":[[],{}],\"e\":\"\"}}";
	static const char alphabet[] = "{}[]:,\"\\u0e-+.tfn \xc3\xed\x80";
	unsigned short seed[3] = { 1, 2, 3 };
	size_t accepted = 0;

	(void)state;
	for (int round = 0; round < 50000; round++) {
		char text[sizeof(sample)];
		struct json doc;
		size_t n = sizeof(sample) - 1;

		memcpy(text, sample, sizeof(sample));
		for (long k = nrand48(seed) % 4; k; k--)
			text[(size_t)nrand48(seed) % n] =
				alphabet[(size_t)nrand48(seed) %
					 sizeof(alphabet)];
		if (nrand48(seed) % 4 == 0)
			n = (size_t)nrand48(seed) % n;
		if (!parse_str(&doc, (struct str){ text, n })) {
			check_spans(&doc, 0);
			accepted++;
		}
		arena_reset(a);
	}
	assert_true(accepted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suite),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_not_duplicates),
		cmocka_unit_test(test_string_bytes),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_ints),
		cmocka_unit_test(test_doubles_and_bools),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_names_around_the_limit),
		cmocka_unit_test(test_little_memory),
		cmocka_unit_test(test_random_damage),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
