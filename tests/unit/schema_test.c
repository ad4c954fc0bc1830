#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/count.h"
#include "thrift/schema.h"

static struct json doc_of(struct arena *a, struct str text)
{
	struct json_error err;
	struct json doc;

	assert_int_equal(json_parse(&doc, a, text, &err), 0);
	return doc;
}

static bool holds(struct arena *a, struct str schema, struct str value)
{
	struct json s = doc_of(a, schema), v = doc_of(a, value);

	return schema_holds((struct schema_at){ &s, 0 },
			    (struct schema_at){ &v, 0 }, a);
}

#define PERSON \
	"{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}," \
	"\"age\":{\"type\":[\"integer\",\"null\"]}},\"required\":[\"name\"," \
	"\"age\"],\"additionalProperties\":false}"
/* A tree whose nodes hold trees. */
#define TREE \
	"{\"$defs\":{\"node\":{\"type\":\"object\",\"properties\":{\"v\":{" \
	"\"type\":\"number\"},\"kids\":{\"type\":\"array\",\"items\":{" \
	"\"$ref\":\"#/$defs/node\"}}},\"required\":[\"v\"]}}," \
	"\"type\":\"object\",\"properties\":{\"root\":{\"$ref\":" \
	"\"#/$defs/node\"}},\"required\":[\"root\"]}"

static const struct {
	const char *schema, *value;
	bool holds;
} cases[] = {
	{ "{}", "1", true },
	{ "true", "1", true },
	{ "false", "1", false },
	/* type */
	{ "{\"type\":\"string\"}", "\"x\"", true },
	{ "{\"type\":\"string\"}", "1", false },
	{ "{\"type\":\"number\"}", "1.5", true },
	{ "{\"type\":\"integer\"}", "1.5", false },
	{ "{\"type\":\"integer\"}", "1.0", true },
	{ "{\"type\":\"integer\"}", "1e3", true },
	{ "{\"type\":\"integer\"}", "123456789012345678901234567890", true },
	{ "{\"type\":\"integer\"}", "\"1\"", false },
	{ "{\"type\":\"boolean\"}", "false", true },
	{ "{\"type\":\"boolean\"}", "null", false },
	{ "{\"type\":\"null\"}", "null", true },
	{ "{\"type\":\"array\"}", "{}", false },
	{ "{\"type\":\"object\"}", "[]", false },
	{ "{\"type\":[\"string\",\"null\"]}", "null", true },
	{ "{\"type\":[\"string\",\"null\"]}", "1", false },
	{ "{\"type\":\"string\",\"nullable\":true}", "null", true },
	{ "{\"type\":\"thing\"}", "1", true },
	{ "{\"type\":7}", "1", true },
	/* objects */
	{ PERSON, "{\"name\":\"a\",\"age\":3}", true },
	{ PERSON, "{\"age\":null,\"name\":\"a\"}", true },
	{ PERSON, "{\"name\":\"a\"}", false },
	{ PERSON, "{\"name\":\"a\",\"age\":\"3\"}", false },
	{ PERSON, "{\"name\":\"a\",\"age\":3,\"x\":1}", false },
	{ PERSON, "{\"n\\u0061me\":\"a\",\"age\":3}", true },
	{ PERSON, "[]", false },
	{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "{\"b\":1}",
	  true },
	{ "{\"properties\":{\"a\":{\"type\":\"string\"}}}", "7", true },
	{ "{\"additionalProperties\":{\"type\":\"number\"}}", "{\"b\":1}",
	  true },
	{ "{\"additionalProperties\":{\"type\":\"number\"}}",
	  "{\"b\":\"1\"}", false },
	{ "{\"additionalProperties\":false}", "{}", true },
	{ "{\"additionalProperties\":false}", "{\"a\":1}", false },
	{ "{\"patternProperties\":{\"^a\":{}},"
	  "\"additionalProperties\":false}", "{\"a\":1}", true },
	{ "{\"required\":[\"\\u0061\"]}", "{\"a\":1}", true },
	{ "{\"required\":[\"b\"]}", "{\"a\":1}", false },
	{ "{\"required\":[\"b\"]}", "[]", true },
	/* arrays */
	{ "{\"items\":{\"type\":\"number\"}}", "[1,2]", true },
	{ "{\"items\":{\"type\":\"number\"}}", "[1,\"2\"]", false },
	{ "{\"items\":{\"type\":\"number\"}}", "[]", true },
	{ "{\"items\":{\"type\":\"number\"}}", "\"no array\"", true },
	{ "{\"minItems\":2}", "[1]", false },
	{ "{\"minItems\":1}", "[1]", true },
	{ "{\"maxItems\":1}", "[1,2]", false },
	{ "{\"maxItems\":2}", "[1,2]", true },
	{ "{\"maxItems\":\"?\"}", "[1,2]", true },
	{ "{\"prefixItems\":[{\"type\":\"string\"}]}", "[1]", false },
	{ "{\"prefixItems\":[{\"type\":\"string\"}]}", "[\"a\",1]", true },
	{ "{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}",
	  "[\"a\",1]", false },
	{ "{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}",
	  "[\"a\"]", true },
	{ "{\"items\":[{\"type\":\"string\"}]}", "[1]", false },
	{ "{\"items\":[{\"type\":\"string\"}]}", "[\"a\",1]", true },
	/* strings, in characters */
	{ "{\"minLength\":2}", "\"a\"", false },
	{ "{\"minLength\":2}", "7", true },
	{ "{\"maxLength\":2}", "\"abc\"", false },
	{ "{\"maxLength\":2}", "\"\xe4\xbd\xa0\xe5\xa5\xbd\"", true },
	{ "{\"maxLength\":1}", "\"\\u4f60\"", true },
	{ "{\"maxLength\":1}", "[\"\\u4f60a\"]", true },
	{ "{\"items\":{\"maxLength\":1}}", "[\"\\u4f60a\"]", false },
	/* numbers */
	{ "{\"minimum\":1}", "0.99", false },
	{ "{\"minimum\":1}", "1.00", true },
	{ "{\"maximum\":1}", "1.01", false },
	{ "{\"maximum\":1}", "\"2\"", true },
	{ "{\"exclusiveMinimum\":1}", "1", false },
	{ "{\"exclusiveMinimum\":1}", "1.5", true },
	{ "{\"exclusiveMinimum\":1}", "[]", true },
	{ "{\"exclusiveMaximum\":1}", "1", false },
	{ "{\"exclusiveMaximum\":1}", "0", true },
	{ "{\"exclusiveMaximum\":true,\"maximum\":1}", "1", true },
	/* values */
	{ "{\"enum\":[\"a\",\"b\"]}", "\"b\"", true },
	{ "{\"enum\":[\"a\",\"b\"]}", "\"\\u0062\"", true },
	{ "{\"enum\":[\"a\",\"b\"]}", "\"c\"", false },
	{ "{\"enum\":[1,null]}", "1.0", true },
	{ "{\"enum\":[1,null]}", "null", true },
	{ "{\"enum\":[1,null]}", "true", false },
	{ "{\"enum\":[[1,{\"a\":2}]]}", "[1e0,{\"a\":2}]", true },
	{ "{\"enum\":[[1,{\"a\":2}]]}", "[1,{\"a\":3}]", false },
	{ "{\"enum\":[[1,{\"a\":2}]]}", "[1]", false },
	{ "{\"const\":{\"a\":1,\"b\":2}}", "{\"b\":2,\"a\":1}", true },
	{ "{\"const\":{\"a\":1,\"b\":2}}", "{\"b\":2}", false },
	{ "{\"const\":{\"a\":1}}", "{\"b\":1}", false },
	{ "{\"const\":0}", "0", true },
	{ "{\"const\":0}", "false", false },
	/* several */
	{ "{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", "6", true },
	{ "{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}", "4",
	  false },
	{ "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "4",
	  false },
	{ "{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}", "4", true },
	{ "{\"allOf\":[{\"minimum\":1},{\"minimum\":2}]}", "1", false },
	{ "{\"allOf\":[{\"minimum\":1},{\"minimum\":2}]}", "2", true },
	{ "{\"type\":\"string\",\"anyOf\":[{}]}", "1", false },
	/* references */
	{ TREE, "{\"root\":{\"v\":1,\"kids\":[{\"v\":2,\"kids\":[]}]}}",
	  true },
	{ TREE, "{\"root\":{\"v\":1,\"kids\":[{\"v\":2,\"kids\":[{}]}]}}",
	  false },
	{ "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}", "[[],[[]]]",
	  true },
	{ "{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}}", "[[],[[1]]]",
	  false },
	{ "{\"$ref\":\"#/$defs/a~1b~0c\",\"$defs\":{\"a/b~c\":{\"type\":"
	  "\"null\"}}}", "1", false },
	{ "{\"$ref\":\"#/nowhere\"}", "1", true },
	{ "{\"$ref\":\"https://example.com/x\"}", "1", true },
	{ "{\"$ref\":\"#/a%20b\",\"a b\":false}", "1", true },
	{ "{\"$ref\":\"#\"}", "1", true }, /* round and round */
	{ "{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1", true },
	/* not looked at */
	{ "{\"pattern\":\"^a\",\"format\":\"date\",\"not\":{},"
	  "\"multipleOf\":2,\"uniqueItems\":true,\"x\":1}", "3", true },
	{ "{\"properties\":7,\"required\":7,\"items\":7,\"enum\":7,"
	  "\"anyOf\":{},\"allOf\":1,\"prefixItems\":1,\"minLength\":[],"
	  "\"minimum\":\"a\",\"$defs\":3}", "3", true },
	{ "{\"required\":[1,null]}", "{}", true },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena *a = arena_new();
		bool yes = holds(a, str_c(cases[i].schema),
				 str_c(cases[i].value));

		if (yes != cases[i].holds)
			fail_msg("%s for %s", cases[i].value,
				 cases[i].schema);
		arena_free(&a);
	}
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void repeat(struct buf *b, const char *text, int n)
{
	for (int i = 0; i < n; i++)
		buf_puts(b, text);
}

/* What would take for ever ends, with a yes. */
static void test_bounded(void **state)
{
	struct arena *a = arena_new();
	struct buf s, v;
	double began = seconds();

	(void)state;
	buf_init(&s, a);
	buf_init(&v, a);
	/* Twice as much with each level. */
	buf_puts(&s, "{\"items\":{\"allOf\":[{\"$ref\":\"#\"},"
		 "{\"$ref\":\"#\"}]}}");
	repeat(&v, "[", 200);
	repeat(&v, "]", 200);
	assert_true(holds(a, buf_view(&s), buf_view(&v)));
	/* Many names against many. */
	s.n = v.n = 0;
	buf_puts(&s, "{\"required\":[\"x\"");
	for (int i = 0; i < 20000; i++)
		buf_printf(&s, ",\"a%d\"", i);
	buf_puts(&s, "]}");
	buf_puts(&v, "{\"x\":1");
	for (int i = 20000; i-- > 0;)
		buf_printf(&v, ",\"\\u0061%d\":1", i);
	buf_puts(&v, "}");
	assert_true(holds(a, buf_view(&s), buf_view(&v)));
	assert_true(arena_used(a) < 300u << 20);
	assert_true(seconds() - began < 20);
	arena_free(&a);
}

/* n of the one within the other. */
static void wrapped(struct buf *b, const char *before, const char *each,
		    int n, const char *after)
{
	b->n = 0;
	buf_puts(b, before);
	repeat(b, each, n);
	buf_puts(b, after);
}

/* Schemas and answers of a megabyte that were 8 to 20 seconds each. */
static void test_hostile(void **state)
{
	static const struct {
		const char *s[3], *v[3];
		int ns, nv;
	} rows[] = {
		{ { "{\"items\":{\"type\":[", "\"null\",", "\"integer\"]}}" },
		  { "[", "1,", "1]" }, 100000, 100000 },
		{ { "{\"items\":{\"required\":[", "1,", "1]}}" },
		  { "[", "{},", "{}]" }, 200000, 100000 },
		{ { "{\"items\":{\"allOf\":[", "{\"minimum\":1e-300},",
		    "{}]}}" }, { "[", "1", "]" }, 20000, 1000000 },
		{ { "{\"items\":{\"allOf\":[", "{\"type\":\"integer\"},",
		    "{}]}}" }, { "[", "1", "]" }, 20000, 1000000 },
		{ { "{\"items\":{\"enum\":[", "1e-300,", "2]}}" },
		  { "[", "1", "]" }, 20000, 1000000 },
		{ { "{\"items\":{\"allOf\":[", "{\"maxItems\":9e9},",
		    "{}]}}" }, { "[[", "1,", "1]]" }, 20000, 500000 },
		{ { "{\"allOf\":[", "{\"items\":{}},", "{}]}" },
		  { "[", "1,", "1]" }, 50000, 200000 },
	};
	struct arena *a = arena_new();
	struct buf s, v;
	double began = seconds();

	(void)state;
	buf_init(&s, a);
	buf_init(&v, a);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		wrapped(&s, rows[i].s[0], rows[i].s[1], rows[i].ns,
			rows[i].s[2]);
		wrapped(&v, rows[i].v[0], rows[i].v[1], rows[i].nv,
			rows[i].v[2]);
		assert_true(holds(a, buf_view(&s), buf_view(&v)));
	}
	s.n = 0;
	buf_puts(&s, "{\"items\":{");
	for (int i = 0; i < 100000; i++)
		buf_printf(&s, "\"k%d\":1,", i);
	buf_puts(&s, "\"type\":\"integer\"}}");
	wrapped(&v, "[", "1,", 100000, "1]");
	assert_true(holds(a, buf_view(&s), buf_view(&v)));
	assert_true(seconds() - began < 20);
	arena_free(&a);
}

/* A schema and a value within larger documents. */
static void test_within(void **state)
{
	struct arena *a = arena_new();
	struct json s = doc_of(a, STR("{\"x\":{\"$defs\":{\"n\":{\"type\":"
		"\"number\"}},\"$ref\":\"#/$defs/n\"}}"));
	struct json v = doc_of(a, STR("[\"a\",1]"));
	struct schema_at at = { &s, json_get(&s, 0, "x") };

	(void)state;
	assert_false(schema_holds(at, (struct schema_at){ &v, 1 }, a));
	assert_true(schema_holds(at, (struct schema_at){ &v, 2 }, a));
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
