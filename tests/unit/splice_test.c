#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/splice.h"
#include "doc_model.h"

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

static struct json parsed(struct str text)
{
	struct json_error err;
	struct json doc;

	if (json_parse(&doc, a, text, &err) < 0)
		fail_msg("%.*s: %s at %zu", (int)text.n, text.p, err.what,
			 err.at);
	return doc;
}

/*
 * An edit a letter, on the document itself: -x cuts member x, =x gives it
 * the value 9, +x adds it, ?x does either. On an array -0 cuts item 0 and =0
 * makes it 9; !x gives x the value 8.
 */
static const struct {
	const char *text, *edits, *want;
} rows[] = {
	{ "{\"a\":1}", "", "{\"a\":1}" },
	{ "{ \"a\" : 1 , \"b\" : 2 }", "=a", "{ \"a\" : 9 , \"b\" : 2 }" },
	{ "{ \"a\" : 1 , \"b\" : 2 }", "-a", "{ \"b\" : 2 }" },
	{ "{ \"a\" : 1 , \"b\" : 2 }", "-b", "{ \"a\" : 1 }" },
	{ "{ \"a\" : 1 , \"b\" : 2 }", "-a-b", "{  }" },
	{ "{ \"a\" : 1 , \"b\" : 2 }", "-b-a-b", "{  }" },
	{ "{\"a\":1,\"b\":2,\"c\":3}", "-b", "{\"a\":1,\"c\":3}" },
	{ "{\"a\":1,\"b\":2,\"c\":3}", "-a-b", "{\"c\":3}" },
	{ "{\"a\":1,\"b\":2,\"c\":3}", "-b-c", "{\"a\":1}" },
	{ "{\"a\":1,\"b\":2,\"c\":3}", "-a-c", "{\"b\":2}" },
	{ "{}", "+x", "{\"x\":9}" },
	{ "{ }", "+x+y", "{ \"x\":9,\"y\":9}" },
	{ "{\"a\":1 }", "+x", "{\"a\":1,\"x\":9 }" },
	{ "{\"a\":1}", "-a+x", "{\"x\":9}" },
	{ "{\"a\":1}", "+x-a+y", "{\"x\":9,\"y\":9}" },
	{ "{\"a\":1,\"b\":2}", "-b+x", "{\"a\":1,\"x\":9}" },
	{ "{\"a\":1,\"b\":2}", "+x-a", "{\"b\":2,\"x\":9}" },
	{ "{\"a\":1,\"b\":2}", "-a-b+x", "{\"x\":9}" },
	{ "{\"a\":1,\"b\":2}", "=b+x", "{\"a\":1,\"b\":9,\"x\":9}" },
	{ "{\"a\":1,\"b\":2}", "=b-b", "{\"a\":1}" },
	{ "{\"a\":1,\"b\":2}", "-a=a-b=b", "{}" },
	{ "{\"a\":1,\"b\":2}", "-a+a", "{\"b\":2,\"a\":9}" },
	{ "{\"a\":1,\"b\":2}", "?a?x", "{\"a\":9,\"b\":2,\"x\":9}" },
	{ "{\"a\":1,\"b\":2}", "=a!a", "{\"a\":8,\"b\":2}" },
	{ "{\"a\":1,\"b\":2}", "!a=a", "{\"a\":9,\"b\":2}" },
	{ "{\"a\":1}", "+x!x+y", "{\"a\":1,\"x\":8,\"y\":9}" },
	{ "{\"a\":1}", "!x+y+x", "{\"a\":1,\"y\":9,\"x\":9}" },
	{ "{\"a\":1}", "-a+x?x-a", "{\"x\":9}" },
	{ "[ 1 , 2 , 3 ]", "-1", "[ 1 , 3 ]" },
	{ "[ 1 , 2 , 3 ]", "-0-1=2", "[ 9 ]" },
	{ "[1]", "-0", "[]" },
	{ "[1]", "-0=0", "[]" },
	{ "[1]", "=0-0", "[]" },
};

static uint32_t child_called(const struct json *doc, const char *name)
{
	uint32_t i = json_first(doc, 0);

	if (json_type(doc, 0) == JSON_OBJECT)
		return json_get(doc, 0, name);
	for (int n = name[0] - '0'; n; n--)
		i = json_next(doc, 0, i);
	return i;
}

static void edit(struct splices *s, const struct json *doc, char what,
		 const char *name)
{
	uint32_t v = child_called(doc, name), cut = v;

	if (json_type(doc, 0) == JSON_OBJECT)
		cut--;
	if (what == '-')
		splice_cut(s, doc, 0, &cut, 1);
	else if (what == '=')
		splice_value(s, doc, v, STR("9"));
	else if (what == '?' || what == '!')
		splice_set(s, doc, 0, name, what == '?' ? STR("9") : STR("8"));
	else
		splice_member(s, doc, 0, name, STR("9"));
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json doc = parsed(str_c(rows[i].text));
		const char *e = rows[i].edits;
		struct splices s;
		struct str got;

		splices_init(&s, a);
		for (; *e; e += 2) {
			splices_apply(&s, doc.text);
			edit(&s, &doc, e[0],
			     arena_cstr(a, (struct str){ e + 1, 1 }));
		}
		got = splices_apply(&s, doc.text);
		if (!str_is(got, rows[i].want))
			fail_msg("%s %s: %.*s", rows[i].text, rows[i].edits,
				 (int)got.n, got.p);
		assert_true(str_eq(splices_apply(&s, doc.text), got));
	}
}

static void test_no_edits_no_copy(void **state)
{
	struct str text = STR("[1]");
	struct splices s;

	(void)state;
	splices_init(&s, a);
	assert_ptr_equal(splices_apply(&s, text).p, text.p);
}

static void test_raw_edits(void **state)
{
	struct splices s;

	(void)state;
	splices_init(&s, a);
	splice_add(&s, 6, 6, STR("!"));
	splice_add(&s, 0, 1, STR("H"));
	splice_add(&s, 5, 5, STR(","));
	splice_add(&s, 5, 6, STR("_"));
	splice_add(&s, 5, 5, STR(";"));
	assert_true(str_is(splices_apply(&s, STR("hello world")),
			   "Hello,;_!world"));
}

/* What serve does to a body, in one go. */
static void test_request(void **state)
{
	struct json doc = parsed(STR("{\"cache\":{\"ttl\":5},\"model\":\"a\","
				     "\"messages\":[{\"n\":1},{\"n\":2},"
				     "{\"n\":3,\"m\":{}}],\"stream\":true}"));
	uint32_t messages = json_get(&doc, 0, "messages");
	uint32_t first = json_first(&doc, messages);
	uint32_t gone[2] = { first, json_next(&doc, messages, first) };
	uint32_t cache = json_get(&doc, 0, "cache") - 1;
	uint32_t last = json_next(&doc, messages, gone[1]);
	struct splices s;

	(void)state;
	splices_init(&s, a);
	splice_set(&s, &doc, 0, "stream_options",
		   STR("{\"include_usage\":true}"));
	splice_value(&s, &doc, json_get(&doc, first, "n"), STR("lost"));
	splice_cut(&s, &doc, messages, gone, 2);
	splice_member(&s, &doc, json_get(&doc, last, "m"), "mark", STR("1"));
	splice_cut(&s, &doc, 0, &cache, 1);
	splice_set(&s, &doc, 0, "model", STR("\"b\""));
	assert_true(str_is(splices_apply(&s, doc.text),
			   "{\"model\":\"b\",\"messages\":[{\"n\":3,"
			   "\"m\":{\"mark\":1}}],\"stream\":true,"
			   "\"stream_options\":{\"include_usage\":true}}"));
}

/* Random edits everywhere in random documents against the same ones made to
 * the tree. */

static unsigned short seed[3] = { 7, 8, 9 };
static struct spelling spaced = { { 1, 1, 1 }, true, false };

static void append(struct node *to, struct str name, struct node *child)
{
	to->name[to->n] = name;
	to->child[to->n++] = child;
}

static struct node *edited(struct splices *s, const struct json *doc,
			   const struct node *node, uint32_t v);

/* One child that stays with another value, or with edits inside, or both, of
 * which the second must then not show. */
static struct node *edited_child(struct splices *s, const struct json *doc,
				 const struct node *child, uint32_t v)
{
	struct node *kept = edited(s, doc, child, v), *other;

	if (!chance(seed, 20))
		return kept;
	do {
		other = random_node(a, seed, 1);
		splice_value(s, doc, v, node_text(a, other, &spaced));
	} while (chance(seed, 20));
	return other;
}

static void add_members(struct splices *s, const struct json *doc,
			struct node *to, uint32_t v)
{
	for (size_t k = below(seed, 3); k; k--) {
		struct node *fresh = random_node(a, seed, 1);
		const char *name = arena_printf(a, "new%zu", to->n);

		splice_member(s, doc, v, name, node_text(a, fresh, &spaced));
		append(to, str_c(name), fresh);
	}
}

static struct node *edited(struct splices *s, const struct json *doc,
			   const struct node *node, uint32_t v)
{
	struct node *to = node_new(a, node->type);
	bool object = node->type == JSON_OBJECT;
	uint32_t gone[16], i = json_first(doc, v);
	size_t n = 0, percent = below(seed, 3) * 45;

	*to = *node;
	to->n = 0;
	for (size_t at = 0; at < node->n; at++) {
		struct node *child = edited_child(s, doc, node->child[at],
						  object ? i + 1 : i);

		if (chance(seed, percent))
			gone[n++] = i;
		else
			append(to, node->name[at], child);
		i = json_next(doc, v, i);
	}
	if (n && chance(seed, 50)) {
		splice_cut(s, doc, v, gone, 1);
		splice_cut(s, doc, v, gone + 1, n - 1);
	}
	if (object)
		add_members(s, doc, to, v);
	splice_cut(s, doc, v, gone, n);
	return to;
}

static void test_random_edits(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct node *node = random_object(a, seed, 5), *want;
		struct json doc, after;
		struct splices s;
		struct str got;

		doc = parsed(node_text(a, node, &spaced));
		splices_init(&s, a);
		want = edited(&s, &doc, node, 0);
		got = splices_apply(&s, doc.text);
		after = parsed(got);
		if (!node_is(a, want, &after, 0))
			fail_msg("%.*s\nbecame %.*s", (int)doc.text.n,
				 doc.text.p, (int)got.n, got.p);
		arena_reset(a);
	}
}

/* All but the last of very many items go, as in a long conversation. */
static void test_many_cuts(void **state)
{
	enum { N = 50000 };
	uint32_t *gone = arena_alloc(a, N * sizeof(*gone)), i;
	struct splices s;
	struct json doc;
	struct buf b;

	(void)state;
	buf_init(&b, a);
	buf_puts(&b, "[");
	for (int k = 0; k < N; k++)
		buf_puts(&b, "{\"k\":[]},");
	buf_puts(&b, "0]");
	doc = parsed(buf_view(&b));
	i = json_first(&doc, 0);
	for (int k = 0; k < N; k++, i = json_next(&doc, 0, i))
		gone[N - 1 - k] = i;
	splices_init(&s, a);
	splice_cut(&s, &doc, 0, gone, N);
	assert_true(str_is(splices_apply(&s, doc.text), "[0]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_edits_no_copy),
		cmocka_unit_test(test_raw_edits),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_random_edits),
		cmocka_unit_test(test_many_cuts),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
