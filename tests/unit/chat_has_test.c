#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <stdlib.h>

#include "base/buf.h"
#include "base/count.h"
#include "dialect/chat_has.h"

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

/* The document outlives the view. */
static struct chat view(enum shape shape, struct str body)
{
	struct json *doc = arena_new_n(a, struct json, 1);
	struct json_error err;
	struct fail f = { 0 };
	struct chat c;

	assert_int_equal(json_parse(doc, a, body, &err), 0);
	if (chat_view(&c, a, doc, shape, &f) < 0)
		print_error("%.*s: %s\n", (int)body.n, body.p, f.text);
	assert_int_equal(f.status, 0);
	return c;
}

/* -- what there is --------------------------------------------------------- */

enum { TOOLS = 1, IMAGES = 2, JSON = 4, SCHEMA = 8 };

#define CHAT(content, more) \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":" \
	content "}]" more "}"
#define ITEMS(items, more) \
	"{\"model\":\"m\",\"input\":[" items "]" more "}"
#define FORMAT(name, type) ",\"" name "\":{\"type\":\"" type "\"}"

static const struct {
	enum shape shape;
	const char *body;
	unsigned has;
} cases[] = {
	{ SHAPE_CHAT, CHAT("\"hi\"", ""), 0 },
	{ SHAPE_CHAT, CHAT("\"hi\"", ",\"tools\":[]"), 0 },
	{ SHAPE_CHAT, CHAT("\"hi\"", ",\"tools\":null"), 0 },
	{ SHAPE_CHAT, CHAT("\"hi\"", ",\"tools\":{\"a\":1}"), 0 },
	{ SHAPE_CHAT, CHAT("\"hi\"", ",\"tools\":[{\"type\":\"function\"}]"),
	  TOOLS },
	{ SHAPE_CHAT, CHAT("\"hi\"", ",\"functions\":[{\"name\":\"f\"}]"),
	  TOOLS },
	{ SHAPE_MESSAGES, CHAT("\"hi\"", ",\"tools\":[{\"name\":\"f\"}]"),
	  TOOLS },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hi\",\"tools\":["
	  "{\"type\":\"web_search\"}]}", TOOLS },

	{ SHAPE_CHAT, CHAT("[{\"type\":\"text\",\"text\":\"image_url\"}]",
			   ""), 0 },
	{ SHAPE_CHAT, CHAT("[{\"type\":\"text\",\"text\":\"a\"},"
			   "{\"type\":\"image_url\",\"image_url\":{\"url\":"
			   "\"https://x/y.png\"}}]", ""), IMAGES },
	{ SHAPE_MESSAGES, CHAT("[{\"type\":\"im\\u0061ge\",\"source\":{"
			       "\"type\":\"base64\",\"data\":\"AA\"}}]", ""),
	  IMAGES },
	{ SHAPE_MESSAGES, CHAT("[{\"type\":\"tool_result\",\"tool_use_id\":"
			       "\"t\",\"content\":[{\"type\":\"image\","
			       "\"source\":{}}]}]", ""), IMAGES },
	/* A tool's own words are no image. */
	{ SHAPE_MESSAGES, "{\"model\":\"m\",\"messages\":[{\"role\":"
	  "\"assistant\",\"content\":[{\"type\":\"tool_use\",\"input\":{"
	  "\"type\":\"image\"}}]}]}", 0 },
	{ SHAPE_RESPONSES, ITEMS("{\"role\":\"user\",\"content\":[{\"type\":"
				 "\"input_image\",\"image_url\":\"u\"}]}", ""),
	  IMAGES },
	{ SHAPE_RESPONSES, ITEMS("{\"type\":\"computer_call_output\","
				 "\"call_id\":\"c\",\"output\":{\"type\":"
				 "\"computer_screenshot\"}}", ""), IMAGES },
	{ SHAPE_RESPONSES, ITEMS("{\"type\":\"function_call_output\","
				 "\"call_id\":\"c\",\"output\":[{\"type\":"
				 "\"input_image\"}]}", ""), IMAGES },
	{ SHAPE_RESPONSES, ITEMS("{\"type\":\"function_call\",\"call_id\":"
				 "\"c\",\"name\":\"image\",\"arguments\":"
				 "\"{\\\"type\\\":\\\"image\\\"}\"}", ""), 0 },

	{ SHAPE_CHAT, CHAT("\"hi\"", FORMAT("response_format", "text")), 0 },
	{ SHAPE_CHAT, CHAT("\"hi\"", FORMAT("response_format",
					    "json_object")), JSON },
	{ SHAPE_CHAT, CHAT("\"hi\"", FORMAT("response_format",
					    "json_schema")), SCHEMA },
	{ SHAPE_CHAT, CHAT("\"hi\"", ",\"response_format\":null"), 0 },
	{ SHAPE_CHAT, CHAT("\"hi\"", ",\"response_format\":\"json_schema\""),
	  0 },
	/* Each API has a word of its own for it. */
	{ SHAPE_MESSAGES, CHAT("\"hi\"", FORMAT("response_format",
						"json_schema")), 0 },
	{ SHAPE_MESSAGES, CHAT("\"hi\"", FORMAT("output_format",
						"json_schema")), SCHEMA },
	{ SHAPE_MESSAGES, CHAT("\"hi\"", ",\"output_config\":{\"format\":"
			       "{\"type\":\"json_schema\"}}"), SCHEMA },
	{ SHAPE_MESSAGES, CHAT("\"hi\"", ",\"output_config\":{\"effort\":"
			       "\"low\"},\"type\":\"json_schema\""), 0 },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hi\",\"text\":{"
	  "\"format\":{\"type\":\"json_object\"}}}", JSON },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hi\",\"text\":{"
	  "\"format\":{\"type\":\"json_schema\"}}}", SCHEMA },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hi\",\"format\":{"
	  "\"type\":\"json_object\"}}", 0 },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hi\",\"text\":7}",
	  0 },
	{ SHAPE_EMBEDDING, "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}", 0 },
	{ SHAPE_CHAT, CHAT("[{\"type\":\"image_url\"}]",
			   FORMAT("response_format", "json_object")
			   ",\"tools\":[1]"), TOOLS | IMAGES | JSON },
};

static unsigned has(const struct chat *c)
{
	static const unsigned json[] = { 0, JSON, SCHEMA };

	return (chat_has_tools(c) ? TOOLS : 0) |
	       (chat_has_images(c) ? IMAGES : 0) | json[chat_has_json(c)];
}

static void test_has(void **state)
{
	struct chat c;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		c = view(cases[i].shape, str_c(cases[i].body));
		if (has(&c) != cases[i].has)
			print_error("%s\n", cases[i].body);
		assert_int_equal(has(&c), cases[i].has);
	}
}

/* -- characters ------------------------------------------------------------ */

static const struct {
	enum shape shape;
	const char *body;
	size_t chars;
} counts[] = {
	{ SHAPE_CHAT, CHAT("\"hello\"", ""), 5 },
	{ SHAPE_CHAT, CHAT("\"\"", ""), 0 },
	{ SHAPE_CHAT, CHAT("null", ""), 0 },
	/* Decoded: an escape is one, a pair of surrogates as well. */
	{ SHAPE_CHAT, CHAT("\"a\\n\\\"b\\\"\"", ""), 5 },
	{ SHAPE_CHAT, CHAT("\"\\uc548\\ub155\"", ""), 2 },
	{ SHAPE_CHAT, CHAT("\"\xec\x95\x88\xeb\x85\x95\"", ""), 2 },
	{ SHAPE_CHAT, CHAT("\"\\ud83d\\ude00!\"", ""), 2 },
	{ SHAPE_CHAT, CHAT("\"\\ud83d!\"", ""), 2 },
	{ SHAPE_CHAT, CHAT("[{\"type\":\"text\",\"text\":\"abc\"},"
			   "{\"type\":\"image_url\",\"image_url\":{\"url\":"
			   "\"data:AAAA\"}}]", ""), 3 },
	{ SHAPE_CHAT, CHAT("\"hello\"", ",\"tools\":[{\"type\":\"function\","
			   "\"function\":{\"name\":\"lookup\"}}]"), 5 },
	{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"system\","
	  "\"content\":\"ab\"},{\"role\":\"assistant\",\"tool_calls\":[{"
	  "\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":"
	  "\"f\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\","
	  "\"tool_call_id\":\"call_1\",\"content\":\"cde\"}]}", 8 },
	{ SHAPE_MESSAGES, CHAT("\"hello\"", ",\"system\":\"abc\""), 8 },
	{ SHAPE_MESSAGES, CHAT("\"hello\"", ",\"system\":[{\"type\":\"text\","
			       "\"text\":\"abc\"}]"), 8 },
	{ SHAPE_MESSAGES, "{\"model\":\"m\",\"messages\":[{\"role\":"
	  "\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t\","
	  "\"name\":\"f\",\"input\":{\"q\":1}}]}]}", 8 },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hello\","
	  "\"instructions\":\"abc\"}", 8 },
	{ SHAPE_RESPONSES, ITEMS("{\"role\":\"user\",\"content\":\"hello\"}",
				 ",\"instructions\":\"abc\""), 8 },
	{ SHAPE_COMPLETION, "{\"model\":\"m\",\"prompt\":\"hello\"}", 5 },
	{ SHAPE_EMBEDDING, "{\"model\":\"m\",\"input\":\"hello\"}", 5 },
};

static void test_chars(void **state)
{
	struct chat c;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		c = view(counts[i].shape, str_c(counts[i].body));
		if (chat_chars(&c) != counts[i].chars)
			print_error("%s\n", counts[i].body);
		assert_int_equal(chat_chars(&c), counts[i].chars);
	}
}

/* Escapes fall on every place of the pieces they are decoded in. */
static void test_long(void **state)
{
	struct chat c;
	struct buf b;

	(void)state;
	for (size_t shift = 0; shift < 300; shift += 7) {
		buf_init(&b, a);
		buf_puts(&b, "{\"model\":\"m\",\"messages\":[{\"role\":"
			     "\"user\",\"content\":\"");
		for (size_t i = 0; i < shift; i++)
			buf_putc(&b, 'x');
		for (size_t i = 0; i < 300; i++)
			buf_puts(&b, "\\n\xe2\x82\xac\\ud83d\\ude00");
		buf_puts(&b, "\"}]}");
		c = view(SHAPE_CHAT, buf_view(&b));
		assert_int_equal(chat_chars(&c), shift + 900);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_chars),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
