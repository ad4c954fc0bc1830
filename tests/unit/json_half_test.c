#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_half.h"

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

/* Of a copy of exactly the right size, so that sanitizers see a read past the
 * end. NULL: it cannot. */
static const char *mend(const char *half, size_t n)
{
	char *copy = malloc(n ? n : 1);
	struct buf out;
	bool done;

	memcpy(copy, half, n);
	buf_init(&out, a);
	done = json_half(&out, (struct str){ copy, n });
	free(copy);
	return done ? arena_cstr(a, buf_view(&out)) : NULL;
}

static const struct {
	const char *half, *whole; /* NULL: false */
} halves[] = {
	{ "{", "{}" },
	{ "[", "[]" },
	{ "{\"a\"", "{}" },
	{ "{\"a\":", "{}" },
	{ "{\"a\":\"x", "{\"a\":\"x\"}" },
	{ "{\"a\":\"x\"", "{\"a\":\"x\"}" },
	{ "{\"a\":\"x\",\"b", "{\"a\":\"x\"}" },
	{ "{\"a\":12", "{}" }, /* of how many digits? */
	{ "{\"a\":12,", "{\"a\":12}" },
	{ "{\"a\":tru", "{}" },
	{ "[1,[2,{\"b\":[\"x", "[1,[2,{\"b\":[\"x\"]}]]" },
	{ "[1,2", "[1]" },
	{ "[[],", "[[]]" },
	{ "[\"x\",\"", "[\"x\",\"\"]" },
	{ "{\"a\":{\"b\":\"x\"},\"c\"", "{\"a\":{\"b\":\"x\"}}" },
	{ "{\"a\":\"x\\", "{\"a\":\"x\"}" },
	{ "{\"a\":\"x\\n", "{\"a\":\"x\\n\"}" },
	{ "{\"a\":\"x\\u00e", "{\"a\":\"x\"}" },
	{ "{\"a\":\"x\\u00e4", "{\"a\":\"x\\u00e4\"}" },
	{ "{\"a\":\"x\xc3", "{\"a\":\"x\"}" },
	{ "{\"a\":\"x\xc3\xa4", "{\"a\":\"x\xc3\xa4\"}" },
	{ " {\"a\":1}\n", "{\"a\":1}" },
	{ "", NULL },
	{ "7", NULL },
	{ "<html>", NULL },
	{ "\"x", NULL },
};

static void test_halves(void **state)
{
	const char *whole;

	(void)state;
	for (size_t i = 0; i < sizeof(halves) / sizeof(*halves); i++) {
		whole = mend(halves[i].half, strlen(halves[i].half));
		if (!halves[i].whole)
			assert_null(whole);
		else
			assert_string_equal(whole ? whole : "(none)",
					    halves[i].whole);
	}
}

/* However a document is cut, what comes out is one. */
static void test_every_cut(void **state)
{
	static const char doc[] = "{\"a\":[1,-2.5e3,true,null,{\"b\":\"x\\\"y"
		"\\u20ac\xe2\x82\xac\\ud83d\\ude00\"},[]],\"c\":{},\"d\":"
		"\"\",\"e\":[[\"\\\\\"]] }";
	struct json_error err;
	struct json json;
	const char *whole;

	(void)state;
	for (size_t n = 1; n < sizeof(doc); n++) {
		whole = mend(doc, n);
		assert_non_null(whole);
		if (json_parse(&json, a, str_c(whole), &err) < 0)
			fail_msg("%.*s: %s: %s", (int)n, doc, whole, err.what);
	}
	assert_string_equal(mend(doc, sizeof(doc) - 1), doc);
}

static void test_hostile(void **state)
{
	char deep[JSON_MAX_DEPTH + 2];
	char junk[64];
	unsigned seed = 1;

	(void)state;
	memset(deep, '[', sizeof(deep));
	assert_non_null(mend(deep, JSON_MAX_DEPTH));
	assert_null(mend(deep, JSON_MAX_DEPTH + 1));
	assert_string_equal(mend("{}}}]]", 6), "{}}}]]"); /* as it stands */
	for (int i = 0; i < 20000; i++) {
		junk[0] = i % 2 ? '{' : '[';
		for (size_t j = 1; j < sizeof(junk); j++) {
			seed = seed * 1103515245 + 12345;
			junk[j] = "{}[]\",:\\u0a\xe2\xff 1"[seed >> 16 & 15];
		}
		mend(junk, 1 + seed % sizeof(junk));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_halves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_cut, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
