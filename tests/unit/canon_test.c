#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dialect/canon.h"
#include "doc_model.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return hash_setup();
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

static struct key key_ignoring(enum shape shape, struct str text,
			       const char *const *ignore, size_t n)
{
	static const struct key secret = { { 1, 2, 3 } };
	struct json_error err;
	struct json doc;
	struct hash h;
	struct key k;

	if (json_parse(&doc, a, text, &err) < 0)
		fail_msg("%.*s: %s at %zu", (int)text.n, text.p, err.what,
			 err.at);
	hash_begin(&h, &secret);
	canon_hash(&h, a, &doc, &(struct canon_ask){
		.shape = shape, .ignore = ignore, .nignore = n });
	hash_end(&h, &k);
	return k;
}

static struct key key_of(enum shape shape, struct str text)
{
	return key_ignoring(shape, text, NULL, 0);
}

static bool meet(enum shape shape, const char *x, const char *y)
{
	struct key kx = key_of(shape, str_c(x)), ky = key_of(shape, str_c(y));

	return key_eq(&kx, &ky);
}

/* Values that must meet or differ wherever they stand. */

static const struct {
	bool meet;
	const char *x, *y;
} values[] = {
	{ true, "1", "1.0" },
	{ true, "1", "10e-1" },
	{ true, "1", "0.1E+1" },
	{ true, "1", "0.0001e4" },
	{ true, "100", "1e2" },
	{ true, "1200", "1.2e3" },
	{ true, "-12.50", "-125E-1" },
	{ true, "0", "-0" },
	{ true, "0", "0.00e5" },
	{ true, "0", "-0e-99999999999999999999999999" },
	{ true, "1e400", "10E399" },
	{ true, "1e0000000000000000000000000000001", "10" },
	{ true, "1e1000000000000000000", "0.00001e1000000000000000005" },
	{ true, "0.00001e1000000000000000000", "1e999999999999999995" },
	{ true, "0.00001e100000000000000000", "1e99999999999999995" },
	{ true, "1000e99999999999999999999999",
	  "1e100000000000000000000002" },
	{ true, "1000e-100000000000000000000002",
	  "1e-99999999999999999999999" },
	{ true, "0.001e-99999999999999999999999",
	  "1e-100000000000000000000002" },
	{ false, "9007199254740992", "9007199254740993" },
	{ false, "0.3", "0.30000000000000004" },
	{ false, "1e400", "1e401" },
	{ false, "1e-400", "0" },
	{ false, "1e-400", "1e400" },
	{ false, "1", "-1" },
	{ false, "1", "10" },
	{ false, "12", "1.2" },
	{ false, "1e12", "1e1" },
	{ false, "0.01", "0.1" },
	{ false, "101", "11" },
	{ false, "1e99999999999999999999999998",
	  "1e99999999999999999999999999" },
	{ false, "1000e99999999999999999999999", "1e12" },
	{ false, "1e18446744073709551617", "1e1" },
	{ false, "1", "\"1\"" },
	{ false, "0", "false" },
	{ false, "0", "null" },
	{ false, "1", "true" },
	{ false, "true", "\"true\"" },
	{ false, "null", "\"\"" },
	{ true, "\"a\"", "\"\\u0061\"" },
	{ true, "\"/\"", "\"\\/\"" },
	{ true, "\"\\n\\\"\\\\\"", "\"\\u000a\\u0022\\u005C\"" },
	{ true, "\"\xc3\xa9\"", "\"\\u00e9\"" },
	{ true, "\"\xf0\x9f\x98\x80\"", "\"\\uD83D\\ude00\"" },
	{ false, "\"a\"", "\"a\\u0000\"" },
	{ false, "\"\\u0000a\"", "\"\"" },
	{ false, "\"a\"", "\"A\"" },
	{ false, "\"a\"", "\"a \"" },
	{ false, "\"\xc3\xa9\"", "\"e\\u0301\"" },
	{ false, "\"\\ud83d\"", "\"\\ufffd\"" },
	{ false, "\"\\ud83d\"", "\"\\ud83e\"" },
	{ false, "\"\\\\u0061\"", "\"a\"" },
	{ true, "[1,[2]]", " [ 1 ,\t[\r\n2 ] ] " },
	{ false, "[1,[2]]", "[[1],2]" },
	{ false, "[1,2]", "[2,1]" },
	{ false, "[1,2]", "[12]" },
	{ false, "[]", "[[]]" },
	{ false, "[[],[]]", "[[[]]]" },
	{ false, "[]", "{}" },
	{ false, "[]", "null" },
	{ false, "[\"a\",\"b\"]", "[\"ab\"]" },
	{ false, "[\"a\",\"b\"]", "[\"a\\\",\\\"b\"]" },
	{ false, "[\"a\",1]", "{\"a\":1}" },
	{ true, "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}" },
	{ true, "{\"bb\":1,\"a\":{\"d\":1,\"c\":2}}",
	  "{\"\\u0061\":{\"c\":2,\"d\":1},\"b\\u0062\":1}" },
	{ false, "{\"a\":{}}", "{\"a\":[]}" },
	{ false, "{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}" },
	{ false, "{\"a\":{\"b\":1}}", "{\"a\":{},\"b\":1}" },
	{ false, "{\"a\":null}", "{}" },
	{ false, "{\"a\":\"b\"}", "{\"b\":\"a\"}" },
	{ false, "{\"\":1}", "{\"\\u0000\":1}" },
};

static bool values_meet(const char *format_head, const char *format_tail,
			const char *x, const char *y)
{
	return meet(SHAPE_CHAT,
		    arena_printf(a, "%s%s%s", format_head, x, format_tail),
		    arena_printf(a, "%s%s%s", format_head, y, format_tail));
}

static void test_values(void **state)
{
	static const char *const place[][2] = {
		{ "", "" }, { "[", "]" }, { "{\"x\":", "}" },
		{ "{\"x\":[0,{\"y\":", "}],\"z\":1}" },
		{ "{\"messages\":", "}" },
		{ "{\"messages\":[{\"content\":[", "]}]}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		for (size_t j = 0; j < 6; j++)
			if (values_meet(place[j][0], place[j][1], values[i].x,
					values[i].y) != values[i].meet)
				fail_msg("%s and %s %s in %s", values[i].x,
					 values[i].y,
					 values[i].meet ? "differ" : "meet",
					 place[j][0]);
}

#define HI "{\"role\":\"user\",\"content\":\"hi\"}"
#define TEXT(type, s) "[{\"type\":\"" type "\",\"text\":\"" s "\"}]"
#define CHAT(more) "{\"model\":\"m\",\"messages\":[" HI "]" more "}"

/* Bodies, most of them as clients send them. */
static const struct {
	enum shape shape;
	bool meet;
	const char *x, *y;
} bodies[] = {
	/* openai-node, LangChain invoke and stream, AI SDK */
	{ SHAPE_CHAT, true, CHAT(""),
	  "{\"model\":\"m\",\"stream\":false,\"messages\":[" HI "]}" },
	{ SHAPE_CHAT, true, CHAT(""),
	  "{\"model\":\"m\",\"stream\":true,\"stream_options\":"
	  "{\"include_usage\":true},\"messages\":[" HI "]}" },
	{ SHAPE_CHAT, true, CHAT(""),
	  "{\"model\":\"m\",\"messages\":[{\"content\":" TEXT("text", "hi")
	  ",\"role\":\"user\"}]}" },
	{ SHAPE_CHAT, true, CHAT(""),
	  "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
	  "[ {\"text\":\"\\u0068i\",\"\\u0074ype\":\"t\\u0065xt\"} ]}]}" },
	{ SHAPE_CHAT, true, CHAT(""),
	  CHAT(",\"user\":\"u\",\"metadata\":{\"a\":1},\"cache\":{},"
	       "\"safety_identifier\":\"s\",\"prompt_cache_key\":\"k\","
	       "\"service_tier\":\"flex\"") },
	{ SHAPE_CHAT, true, CHAT(""), CHAT(",\"n\":1") },
	{ SHAPE_CHAT, true, CHAT(""), CHAT(",\"n\":1.0") },
	{ SHAPE_CHAT, true, CHAT(""), CHAT(",\"tool_choice\":\"auto\"") },
	{ SHAPE_CHAT, true, CHAT(""), CHAT(",\"parallel_tool_calls\":true") },
	{ SHAPE_CHAT, true, CHAT(""), CHAT(",\"\\u006e\":1") },
	{ SHAPE_CHAT, false, CHAT(""), CHAT(",\"n\":2") },
	{ SHAPE_CHAT, false, CHAT(""), CHAT(",\"n\":\"1\"") },
	{ SHAPE_CHAT, false, CHAT(""), CHAT(",\"n\":null") },
	{ SHAPE_CHAT, false, CHAT(""), CHAT(",\"tool_choice\":\"none\"") },
	{ SHAPE_CHAT, false, CHAT(""),
	  CHAT(",\"tool_choice\":{\"type\":\"auto\"}") },
	{ SHAPE_CHAT, false, CHAT(""), CHAT(",\"parallel_tool_calls\":false") },
	{ SHAPE_CHAT, false, CHAT(""), CHAT(",\"tools\":[]") },
	{ SHAPE_CHAT, false, CHAT(""), CHAT(",\"temperature\":0.7") },
	{ SHAPE_CHAT, false, CHAT(""), CHAT(",\"seed\":42") },
	{ SHAPE_CHAT, false, CHAT(""), CHAT(",\"unheard_of\":null") },
	{ SHAPE_CHAT, false, CHAT(""), CHAT(",\"Stream\":true") },
	{ SHAPE_CHAT, false, CHAT(",\"x\":{}"),
	  CHAT(",\"x\":{\"stream\":true}") },
	{ SHAPE_CHAT, false, CHAT(",\"x\":{}"), CHAT(",\"x\":{\"n\":1}") },
	{ SHAPE_CHAT, false, CHAT(",\"x\":{}"),
	  CHAT(",\"x\":{\"user\":\"u\"}") },
	{ SHAPE_CHAT, false,
	  "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
	  "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\","
	  "\"user\":\"u\"}]}" },
	{ SHAPE_CHAT, false, "{\"messages\":[{\"content\":\"ab\"}]}",
	  "{\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
	  "{\"type\":\"text\",\"text\":\"b\"}]}]}" },
	{ SHAPE_CHAT, false, "{\"messages\":[{\"content\":\"a\"}]}",
	  "{\"messages\":[{\"content\":[{\"type\":\"refusal\","
	  "\"text\":\"a\"}]}]}" },
	{ SHAPE_CHAT, false, "{\"messages\":[{\"content\":\"a\"}]}",
	  "{\"messages\":[{\"content\":" TEXT("input_text", "a") "}]}" },
	{ SHAPE_CHAT, false, "{\"messages\":[{\"content\":\"a\"}]}",
	  "{\"messages\":[{\"content\":[\"a\"]}]}" },
	{ SHAPE_CHAT, false, "{\"messages\":[{\"content\":\"\"}]}",
	  "{\"messages\":[{\"content\":[]}]}" },
	{ SHAPE_CHAT, false, "{\"messages\":[{\"content\":1}]}",
	  "{\"messages\":[{\"content\":[{\"type\":\"text\",\"text\":1}]}]}" },
	{ SHAPE_CHAT, false, "{\"messages\":[{\"x\":\"a\"}]}",
	  "{\"messages\":[{\"x\":" TEXT("text", "a") "}]}" },
	{ SHAPE_CHAT, false, "{\"content\":\"a\"}",
	  "{\"content\":" TEXT("text", "a") "}" },
	{ SHAPE_CHAT, false, "{\"messages\":[{\"content\":\"a\"}]}",
	  "{\"messages\":{\"content\":\"a\"}}" },
	{ SHAPE_CHAT, false, "{\"input\":\"a\"}",
	  "{\"input\":[{\"role\":\"user\",\"content\":\"a\"}]}" },
	{ SHAPE_CHAT, false, "{\"system\":\"a\"}",
	  "{\"system\":" TEXT("text", "a") "}" },

	/* anthropic-node and AI SDK */
	{ SHAPE_MESSAGES, true,
	  "{\"model\":\"c\",\"max_tokens\":64,\"system\":\"terse\","
	  "\"messages\":[" HI "]}",
	  "{\"model\":\"c\",\"max_tokens\":64,\"system\":"
	  TEXT("text", "terse") ",\"messages\":[{\"role\":\"user\","
	  "\"content\":" TEXT("text", "hi") "}],\"stream\":true}" },
	{ SHAPE_COUNT, true, "{\"system\":\"terse\",\"messages\":[" HI "]}",
	  "{\"system\":" TEXT("text", "terse") ",\"messages\":[{\"role\":"
	  "\"user\",\"content\":" TEXT("text", "hi") "}]}" },
	{ SHAPE_MESSAGES, false, "{\"system\":\"long\"}",
	  "{\"system\":[{\"type\":\"text\",\"text\":\"long\","
	  "\"cache_control\":{\"type\":\"ephemeral\"}}]}" },
	{ SHAPE_MESSAGES, true, "{\"tools\":[{\"name\":\"a\"}]}",
	  "{\"tools\":[{\"name\":\"a\",\"eager_input_streaming\":true}]}" },
	{ SHAPE_MESSAGES, false, "{\"tools\":[{\"name\":\"a\"}]}",
	  "{\"tools\":[{\"name\":\"a\",\"lazy\":true}]}" },
	{ SHAPE_CHAT, false, "{\"tools\":[{\"name\":\"a\"}]}",
	  "{\"tools\":[{\"name\":\"a\",\"eager_input_streaming\":true}]}" },
	{ SHAPE_MESSAGES, true, "{}", "{\"tool_choice\":{\"type\":\"auto\"}}" },
	{ SHAPE_MESSAGES, false, "{}", "{\"tool_choice\":\"auto\"}" },
	{ SHAPE_MESSAGES, false, "{}", "{\"tool_choice\":{\"type\":\"any\"}}" },
	{ SHAPE_MESSAGES, false, "{}", "{\"tool_choice\":{\"type\":\"auto\","
	  "\"disable_parallel_tool_use\":true}}" },
	{ SHAPE_MESSAGES, true, "{}",
	  "{\"metadata\":{\"user_id\":\"u-1\"}}" },

	/* openai-node, AI SDK, LangChain on the Responses API */
	{ SHAPE_RESPONSES, true, "{\"input\":\"hi\"}",
	  "{\"input\":[" HI "]}" },
	{ SHAPE_RESPONSES, true, "{\"input\":\"hi\"}",
	  "{\"input\":[{\"type\":\"message\",\"role\":\"user\",\"content\":"
	  "\"hi\"}],\"stream\":false}" },
	{ SHAPE_RESPONSES, true, "{\"input\":\"hi\"}",
	  "{\"input\":[{\"role\":\"user\",\"content\":"
	  TEXT("input_text", "hi") "}]}" },
	{ SHAPE_RESPONSES, true, "{\"input\":[" HI "," HI "]}",
	  "{\"input\":[" HI ",{\"type\":\"message\",\"role\":\"user\","
	  "\"content\":\"hi\"}]}" },
	{ SHAPE_RESPONSES, true, "{\"input\":\"hi\"}",
	  "{\"input\":\"hi\",\"tool_choice\":\"auto\","
	  "\"parallel_tool_calls\":true}" },
	{ SHAPE_RESPONSES, false, "{\"input\":\"hi\"}",
	  "{\"input\":\"hi\",\"n\":1}" },
	{ SHAPE_RESPONSES, false, "{\"input\":\"hi\"}",
	  "{\"input\":\"hi\",\"text\":{}}" },
	{ SHAPE_RESPONSES, false, "{\"input\":\"hi\"}",
	  "{\"input\":[\"hi\"]}" },
	{ SHAPE_RESPONSES, false, "{\"input\":\"hi\"}",
	  "{\"input\":[{\"role\":\"system\",\"content\":\"hi\"}]}" },
	{ SHAPE_RESPONSES, false, "{\"input\":\"hi\"}",
	  "{\"input\":[" HI "," HI "]}" },
	{ SHAPE_RESPONSES, false, "{\"input\":\"hi\"}",
	  "{\"input\":[{\"role\":\"user\",\"content\":"
	  TEXT("text", "hi") "}]}" },
	{ SHAPE_RESPONSES, false,
	  "{\"input\":[{\"role\":\"user\",\"content\":\"hi\",\"id\":1}]}",
	  "{\"input\":[{\"role\":\"user\",\"content\":\"hi\",\"id\":1,"
	  "\"type\":\"message\"}]}" },
	{ SHAPE_RESPONSES, false, "{\"input\":\"hi\"}",
	  "{\"input\":[{\"type\":\"reasoning\",\"role\":\"user\","
	  "\"content\":\"hi\"}]}" },

	{ SHAPE_COMPLETION, true, "{\"prompt\":\"a\"}",
	  "{\"prompt\":\"a\",\"n\":1}" },
	{ SHAPE_COMPLETION, false, "{\"prompt\":\"a\"}",
	  "{\"prompt\":[\"a\"]}" },
	{ SHAPE_EMBEDDING, false, "{\"input\":\"a\"}",
	  "{\"input\":\"a\",\"encoding_format\":\"base64\"}" },
	{ SHAPE_EMBEDDING, false, "{\"input\":[[1,2],[3]]}",
	  "{\"input\":[[1],[2,3]]}" },
};

static void test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		if (meet(bodies[i].shape, bodies[i].x, bodies[i].y) !=
		    bodies[i].meet)
			fail_msg("%s and %s %s", bodies[i].x, bodies[i].y,
				 bodies[i].meet ? "differ" : "meet");
}

static void test_ignored(void **state)
{
	static const char *const ignore[] = { "trace", "a\"b" };
	struct key bare = key_of(SHAPE_CHAT, STR("{\"x\":1}")), k;

	(void)state;
	k = key_ignoring(SHAPE_CHAT, STR("{\"trace\":7,\"x\":1,"
					 "\"a\\u0022b\":0}"), ignore, 2);
	assert_true(key_eq(&k, &bare));
	k = key_ignoring(SHAPE_CHAT, STR("{\"trace\":7,\"x\":1}"),
			 ignore + 1, 1);
	assert_false(key_eq(&k, &bare));
	k = key_ignoring(SHAPE_CHAT, STR("{\"x\":1,\"y\":{\"trace\":7}}"),
			 ignore, 2);
	bare = key_of(SHAPE_CHAT, STR("{\"x\":1,\"y\":{}}"));
	assert_false(key_eq(&k, &bare));
}

/* What is added behind a body is never taken for a part of it. */
static void test_followed_by(void **state)
{
	static const struct {
		struct str body, behind;
	} pair[][2] = {
		{ { { "[1]", 3 }, { "", 0 } }, { { "[]", 2 }, { "1]", 2 } } },
		{ { { "1", 1 }, { "2", 1 } }, { { "1e11", 4 }, { "", 0 } } },
		{ { { "\"a\"", 3 }, { "b", 1 } },
		  { { "\"ab\"", 4 }, { "", 0 } } },
		{ { { "{}", 2 }, { "{}", 2 } }, { { "{}", 2 }, { "}", 1 } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		struct key k[2];

		for (int j = 0; j < 2; j++) {
			struct json_error err;
			struct json doc;
			struct hash h;

			assert_int_equal(json_parse(&doc, a, pair[i][j].body,
						    &err), 0);
			hash_begin(&h, NULL);
			canon_hash(&h, a, &doc, &(struct canon_ask){ 0 });
			hash_add(&h, pair[i][j].behind.p,
				 pair[i][j].behind.n);
			hash_end(&h, &k[j]);
		}
		assert_false(key_eq(&k[0], &k[1]));
	}
}

static unsigned short seed[3] = { 11, 12, 13 };
static struct spelling plainly;
static struct spelling oddly = { { 5, 6, 7 }, true, true };

static struct node *random_within(struct node *node)
{
	while (node->n && chance(seed, 70))
		node = node->child[below(seed, node->n)];
	return node;
}

static struct str with_more(struct str s)
{
	return str_c(arena_printf(a, "%.*s7", (int)s.n, s.p));
}

/* Makes a value another one. */
static void mutate(struct node *node)
{
	size_t at = node->n ? below(seed, node->n) : 0;

	if (node->type < JSON_NUMBER) {
		node->type = (node->type + 1) % JSON_NUMBER;
	} else if (node->type == JSON_NUMBER) {
		if (node->text.n && chance(seed, 30))
			node->exp++;
		else if (node->text.n && chance(seed, 30))
			node->negative = !node->negative;
		else
			node->text = with_more(node->text);
	} else if (node->type == JSON_STRING) {
		struct buf b;

		buf_init(&b, a);
		buf_str(&b, node->text);
		buf_putc(&b, "\0x\""[below(seed, 3)]);
		node->text = buf_view(&b);
	} else if (!node->n) {
		node->type = node->type == JSON_ARRAY ? JSON_OBJECT :
							JSON_ARRAY;
	} else if (node->type == JSON_OBJECT && chance(seed, 50)) {
		node->name[at] = with_more(str_c("new"));
	} else {
		node->n--;
		node->child[at] = node->child[node->n];
		node->name[at] = node->name[node->n];
	}
}

/* The same document in another spelling meets; with one value changed
 * anywhere it does not. */
static void test_random(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct node *node = random_object(a, seed, 5);
		struct str text = node_text(a, node, &plainly), other;
		struct key k = key_of(SHAPE_CHAT, text), again;

		for (int i = 0; i < 3; i++) {
			other = node_text(a, node, &oddly);
			again = key_of(SHAPE_CHAT, other);
			if (!key_eq(&k, &again))
				fail_msg("%.*s\nis not\n%.*s", (int)text.n,
					 text.p, (int)other.n, other.p);
		}
		mutate(random_within(node));
		other = node_text(a, node, &oddly);
		again = key_of(SHAPE_CHAT, other);
		if (key_eq(&k, &again))
			fail_msg("%.*s\nis\n%.*s", (int)text.n, text.p,
				 (int)other.n, other.p);
		arena_reset(a);
	}
}

/* Some edits of whole members: cut, set, set again, new. */
static void edit_randomly(struct splices *s, const struct json *doc)
{
	static const char *const name[] = { "n", "model", "new", "tool_choice",
					    "stream", "messages" };
	static const char *const text[] = { "1", "\"x\"", "2.50", "\"auto\"",
					    "[1,2]", "{\"b\":1,\"a\":[]}" };
	size_t members = json_count(doc, 0);
	uint32_t i;

	for (size_t n = below(seed, 4); n; n--) {
		size_t at = below(seed, members);

		for (i = json_first(doc, 0); at; at--)
			i = json_next(doc, 0, i);
		switch (below(seed, 3)) {
		case 0:
			splice_cut(s, doc, 0, &i, 1);
			break;
		case 1:
			splice_value(s, doc, i + 1,
				     str_c(text[below(seed, 6)]));
			break;
		default:
			splice_set(s, doc, 0, name[below(seed, 6)],
				   str_c(text[below(seed, 6)]));
		}
	}
}

/* A body and edits of it have the key of the edited body. */
static void test_edited(void **state)
{
	static const struct key secret = { { 1, 2, 3 } };
	struct canon_ask q = { .shape = SHAPE_CHAT };
	struct json_error err;
	struct splices edits;
	struct hash h;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct node *node = random_object(a, seed, 3);
		struct str text = node_text(a, node, &oddly), other;
		struct key k, want;
		struct json doc;

		assert_int_equal(json_parse(&doc, a, text, &err), 0);
		splices_init(&edits, a);
		edit_randomly(&edits, &doc);
		assert_true(splices_top(&edits, &doc, &q.edit, &q.nedit));
		hash_begin(&h, &secret);
		canon_hash(&h, a, &doc, &q);
		hash_end(&h, &k);
		other = splices_apply(&edits, text);
		want = key_of(SHAPE_CHAT, other);
		if (!key_eq(&k, &want))
			fail_msg("%.*s\nis not\n%.*s", (int)text.n, text.p,
				 (int)other.n, other.p);
		arena_reset(a);
	}
}

/* What is inside a member cannot be told so. */
static void test_edited_inside(void **state)
{
	struct canon_ask q = { .shape = SHAPE_CHAT };
	struct json_error err;
	struct splices edits;
	struct json doc;

	(void)state;
	assert_int_equal(json_parse(&doc, a, STR("{\"a\":{\"b\":1}}"), &err),
			 0);
	splices_init(&edits, a);
	splice_set(&edits, &doc, json_get(&doc, 0, "a"), "b", STR("2"));
	assert_false(splices_top(&edits, &doc, &q.edit, &q.nedit));
	splices_init(&edits, a);
	splice_set(&edits, &doc, json_get(&doc, 0, "a"), "c", STR("2"));
	assert_false(splices_top(&edits, &doc, &q.edit, &q.nedit));
}

/* More members than are sorted in place, at several depths at once. */
static void test_many_members(void **state)
{
	struct buf up, down;
	struct key k[2];

	(void)state;
	buf_init(&up, a);
	buf_init(&down, a);
	for (int i = 0; i < 1000; i++) {
		buf_printf(&up, "%c\"m%d\":{\"x\":%d,\"yy\":[]}",
			   i ? ',' : '{', i, i);
		buf_printf(&down, "%c\"\\u006d%d\":{\"yy\":[],\"x\":%d}",
			   i ? ',' : '{', 999 - i, 999 - i);
	}
	buf_putc(&up, '}');
	buf_putc(&down, '}');
	k[0] = key_of(SHAPE_CHAT, buf_view(&up));
	k[1] = key_of(SHAPE_CHAT, buf_view(&down));
	assert_true(key_eq(&k[0], &k[1]));
}

/* Sorting the members of very many objects takes the room of one. */
static void test_little_memory(void **state)
{
	struct json_error err;
	struct json doc;
	struct hash h;
	struct buf b;
	size_t before;

	(void)state;
	buf_init(&b, a);
	for (int i = 0; i < 10000; i++)
		buf_puts(&b, i ? ",{\"a\":1,\"b\":{\"c\":2}}" : "[0");
	buf_putc(&b, ']');
	assert_int_equal(json_parse(&doc, a, buf_view(&b), &err), 0);
	hash_begin(&h, NULL);
	before = arena_used(a);
	canon_hash(&h, a, &doc, &(struct canon_ask){ 0 });
	assert_true(arena_used(a) - before < 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_followed_by),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_edited),
		cmocka_unit_test(test_edited_inside),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_little_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
