#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's macro of that name */

#include "base/count.h"
#include "dialect/cache_mark.h"

#define SYS CACHE_MARK_SYSTEM
#define M "\"cache_control\":{\"type\":\"ephemeral\"}"
#define H "\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}"
#define TEXT(s) "{\"type\":\"text\",\"text\":\"" s "\"}"
#define MARKED(s, m) "{\"type\":\"text\",\"text\":\"" s "\"," m "}"
#define USER(c) "{\"role\":\"user\",\"content\":" c "}"
#define SAID(c) "{\"role\":\"assistant\",\"content\":" c "}"
#define BODY(head, turns) "{\"model\":\"m\"," head "\"messages\":[" turns "]}"

static struct arena *a;
static struct json doc;
static struct chat chat;
static struct splices edits;

#define wrong(...) \
	do { \
		print_error(__VA_ARGS__); \
		print_error("\n"); \
		assert_true(false); \
	} while (0)

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

static void view(enum shape shape, const char *body)
{
	struct fail f = { .status = 0 };
	struct json_error err;

	if (json_parse(&doc, a, str_c(body), &err) < 0)
		wrong("%s: %s at %zu", body, err.what, err.at);
	assert_int_equal(chat_view(&chat, a, &doc, shape, &f), 0);
	splices_init(&edits, a);
}

static void edited(const char *want)
{
	struct str got = splices_apply(&edits, doc.text);

	assert_string_equal(arena_cstr(a, got), want);
}

/* -- counting and cutting -------------------------------------------------- */

/* What somebody calls cache_control inside a tool's input or its schema is
 * data. */
#define SCHEMA "{\"name\":\"t\",\"input_schema\":{\"properties\":{" M "}}}"
#define USE "{\"type\":\"tool_use\",\"id\":\"1\",\"name\":\"t\",\"input\":{" \
	    M ",\"content\":[{" M "}]}}"
#define RESULT(c) "{\"type\":\"tool_result\",\"tool_use_id\":\"1\"," \
		  "\"content\":" c "}"
#define DOCUMENT(c) "{\"type\":\"document\",\"source\":{\"type\":\"content\"," \
		    "\"content\":" c "}}"

static const struct {
	enum shape shape;
	const char *body;
	size_t n;
	const char *without; /* NULL: the same */
} counts[] = {
	{ SHAPE_MESSAGES, BODY("", USER("\"hi\"")), 0, NULL },
	{ SHAPE_MESSAGES, BODY("\"tools\":[" SCHEMA "],", SAID("[" USE "]")), 0,
	  NULL },
	{ SHAPE_MESSAGES,
	  BODY("\"tools\":[{\"name\":\"t\"," M "}],\"system\":["
	       TEXT("s") "," MARKED("t", H) "],", USER("\"hi\"")), 2,
	  BODY("\"tools\":[{\"name\":\"t\"}],\"system\":["
	       TEXT("s") "," TEXT("t") "],", USER("\"hi\"")) },
	{ SHAPE_MESSAGES,
	  BODY(M ",", USER("[{" M ",\"type\":\"text\",\"text\":\"x\"}]")), 2,
	  BODY("", USER("[{\"type\":\"text\",\"text\":\"x\"}]")) },
	{ SHAPE_MESSAGES,
	  BODY("", USER("[" RESULT("[" MARKED("x", M) "," DOCUMENT("["
				   MARKED("y", M) "]") "]") "]")), 2,
	  BODY("", USER("[" RESULT("[" TEXT("x") "," DOCUMENT("["
				   TEXT("y") "]") "]") "]")) },
	/* null is none, but goes with the others */
	{ SHAPE_MESSAGES,
	  BODY("", USER("[" MARKED("x", "\"cache_control\":null") "]")), 0,
	  BODY("", USER("[" TEXT("x") "]")) },
	{ SHAPE_COUNT, BODY("", USER("[" MARKED("x", M) "]")), 1,
	  BODY("", USER("[" TEXT("x") "]")) },
	{ SHAPE_CHAT,
	  BODY("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"t\","
	       M "}}],", "{\"role\":\"user\",\"content\":\"x\"," M "},"
	       USER("[" MARKED("x", M) "]")), 3,
	  BODY("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"t\""
	       "}}],", USER("\"x\"") "," USER("[" TEXT("x") "]")) },
	/* nothing where nothing is expected */
	{ SHAPE_MESSAGES,
	  BODY("\"tools\":{" M "},\"system\":{" M "},",
	       "{\"role\":\"user\",\"content\":{" M "}},"
	       USER("[[{" M "}],7,null]")), 0, NULL },
	{ SHAPE_EMBEDDING, "{\"model\":\"m\",\"input\":\"x\"}", 0, NULL },
};

static void counted_and_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		view(counts[i].shape, counts[i].body);
		assert_int_equal(cache_marks(&chat), counts[i].n);
		cache_marks_cut(&edits, a, &chat);
		edited(counts[i].without ? counts[i].without :
					   counts[i].body);
	}
}

/* -- setting --------------------------------------------------------------- */

#define THINKS "{\"type\":\"thinking\",\"thinking\":\"h\",\"signature\":\"s\"}"
#define CALLED "{\"type\":\"tool_use\",\"id\":\"1\",\"name\":\"t\"," \
	       "\"input\":{}"

static const struct {
	enum shape shape;
	size_t where;
	bool hour;
	const char *body, *marked; /* NULL: it cannot be */
} sets[] = {
	/* a plain string becomes a block */
	{ SHAPE_MESSAGES, SYS, false,
	  BODY("\"system\" : \"a \\\"b\\u00e9\" ,", USER("\"hi\"")),
	  BODY("\"system\" : [" MARKED("a \\\"b\\u00e9", M) "] ,",
	       USER("\"hi\"")) },
	{ SHAPE_MESSAGES, 0, true, BODY("", USER("\"hi\"")),
	  BODY("", USER("[" MARKED("hi", H) "]")) },
	/* the last block that takes it */
	{ SHAPE_MESSAGES, SYS, true,
	  BODY("\"system\":[" TEXT("a") "," TEXT("b") "],", USER("\"hi\"")),
	  BODY("\"system\":[" TEXT("a") "," MARKED("b", H) "],",
	       USER("\"hi\"")) },
	{ SHAPE_MESSAGES, 0, false,
	  BODY("", SAID("[" TEXT("a") "," CALLED "}," THINKS "," TEXT(" \\n")
			"," TEXT("") "]")),
	  BODY("", SAID("[" TEXT("a") "," CALLED "," M "}," THINKS ","
			TEXT(" \\n") "," TEXT("") "]")) },
	{ SHAPE_MESSAGES, 0, false,
	  BODY("", USER("[" RESULT("\"r\"") "]")),
	  BODY("", USER("[{\"type\":\"tool_result\",\"tool_use_id\":\"1\","
			"\"content\":\"r\"," M "}]")) },
	/* null is no mark */
	{ SHAPE_MESSAGES, 0, false,
	  BODY("", USER("[" MARKED("x", "\"cache_control\":null") "]")),
	  BODY("", USER("[" MARKED("x", M) "]")) },
	/* tools where there is no system text, if they are in the prompt */
	{ SHAPE_MESSAGES, SYS, false,
	  BODY("\"tools\":[{\"name\":\"t\"},{\"name\":\"u\","
	       "\"defer_loading\":true}],", USER("\"hi\"")),
	  BODY("\"tools\":[{\"name\":\"t\"," M "},{\"name\":\"u\","
	       "\"defer_loading\":true}],", USER("\"hi\"")) },
	{ SHAPE_MESSAGES, SYS, false,
	  BODY("\"tools\":[{\"name\":\"t\"}],\"system\":\"\",", USER("\"\"")),
	  BODY("\"tools\":[{\"name\":\"t\"," M "}],\"system\":\"\",",
	       USER("\"\"")) },
	{ SHAPE_MESSAGES, SYS, false, BODY("", USER("\"hi\"")), NULL },
	{ SHAPE_MESSAGES, SYS, false, BODY("\"system\":7,\"tools\":[7],",
					   USER("\"hi\"")), NULL },
	{ SHAPE_MESSAGES, 0, false, BODY("", USER("\"\"")), NULL },
	{ SHAPE_MESSAGES, 0, false, BODY("", USER("\" \\n\\t\"")), NULL },
	{ SHAPE_MESSAGES, 0, false, BODY("", USER("[]")), NULL },
	{ SHAPE_MESSAGES, 0, false, BODY("", USER("[null,\"x\"]")), NULL },
	{ SHAPE_MESSAGES, 0, false, BODY("", SAID("[" THINKS "]")), NULL },
	/* the caller's own win, wherever in the place they are */
	{ SHAPE_MESSAGES, 0, false,
	  BODY("", USER("[" MARKED("a", M) "," TEXT("b") "]")), NULL },
	{ SHAPE_MESSAGES, 0, false,
	  BODY("", USER("[" RESULT("[" MARKED("x", M) "]") "]")), NULL },
	{ SHAPE_MESSAGES, SYS, false,
	  BODY("\"system\":[" MARKED("a", M) "," TEXT("b") "],",
	       USER("\"hi\"")), NULL },
	{ SHAPE_MESSAGES, SYS, false,
	  BODY("\"tools\":[{\"name\":\"t\"," M "},{\"name\":\"u\"}],",
	       USER("\"hi\"")), NULL },
	{ SHAPE_MESSAGES, SYS, false,
	  BODY("\"tools\":[{\"name\":\"t\"," M "}],\"system\":\"s\",",
	       USER("\"hi\"")),
	  BODY("\"tools\":[{\"name\":\"t\"," M "}],\"system\":[" MARKED("s", M)
	       "],", USER("\"hi\"")) },
	/* automatic caching has the last block */
	{ SHAPE_MESSAGES, 1, false, BODY(M ",", USER("\"a\"") "," USER("\"b\"")),
	  NULL },
	{ SHAPE_MESSAGES, 0, false, BODY(M ",", USER("\"a\"") "," USER("\"b\"")),
	  BODY(M ",", USER("[" MARKED("a", M) "]") "," USER("\"b\"")) },
	{ SHAPE_COUNT, 0, false, BODY("", USER("\"hi\"")), NULL },
	/* chat completions: system messages in front, text only */
	{ SHAPE_CHAT, SYS, false,
	  BODY("", "{\"role\":\"system\",\"content\":\"a\"},"
	       "{\"role\":\"developer\",\"content\":\"b\"}," USER("\"hi\"")),
	  BODY("", "{\"role\":\"system\",\"content\":\"a\"},"
	       "{\"role\":\"developer\",\"content\":[" MARKED("b", M) "]},"
	       USER("\"hi\"")) },
	{ SHAPE_CHAT, SYS, false, BODY("", USER("\"hi\"")), NULL },
	{ SHAPE_CHAT, SYS, false, BODY("", ""), NULL },
	{ SHAPE_CHAT, SYS, false,
	  BODY("", "{\"role\":\"system\",\"content\":[" MARKED("a", M) "]},"
	       USER("\"hi\"")), NULL },
	{ SHAPE_CHAT, 0, false,
	  BODY("", USER("[" TEXT("a") ",{\"type\":\"image_url\","
			"\"image_url\":{\"url\":\"u\"}}]")),
	  BODY("", USER("[" MARKED("a", M) ",{\"type\":\"image_url\","
			"\"image_url\":{\"url\":\"u\"}}]")) },
	{ SHAPE_CHAT, 0, true,
	  BODY("", "{\"role\":\"tool\",\"tool_call_id\":\"1\","
	       "\"content\":\"r\"}"),
	  BODY("", "{\"role\":\"tool\",\"tool_call_id\":\"1\","
	       "\"content\":[" MARKED("r", H) "]}") },
	{ SHAPE_CHAT, 0, false, BODY("", SAID("\"a\"")), NULL },
	{ SHAPE_CHAT, 0, false, BODY("", SAID("null")), NULL },
	/* elsewhere there are none */
	{ SHAPE_RESPONSES, 0, false,
	  "{\"model\":\"m\",\"input\":[" USER("\"a\"") "]}", NULL },
	{ SHAPE_RESPONSES, SYS, false,
	  "{\"model\":\"m\",\"instructions\":\"i\",\"input\":\"a\"}", NULL },
	/* blank text takes none, however it is written */
	{ SHAPE_MESSAGES, 0, false, BODY("", USER("\" \\n\\u0020\"")), NULL },
	{ SHAPE_COMPLETION, SYS, false,
	  "{\"model\":\"m\",\"prompt\":\"a\"}", NULL },
	{ SHAPE_EMBEDDING, SYS, false,
	  "{\"model\":\"m\",\"input\":\"a\"}", NULL },
};

static void set_where_they_can_be(void **state)
{
	size_t before;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sets); i++) {
		view(sets[i].shape, sets[i].body);
		if (cache_mark_can(&chat, sets[i].where) != !!sets[i].marked)
			wrong("%zu: %s", i, sets[i].body);
		if (!sets[i].marked)
			continue;
		before = cache_marks(&chat);
		cache_mark_set(&edits, a, &chat, sets[i].where, sets[i].hour);
		edited(sets[i].marked);
		/* what was set is seen as one, there */
		view(sets[i].shape, sets[i].marked);
		assert_int_equal(cache_marks(&chat), before + 1);
		assert_false(cache_mark_can(&chat, sets[i].where));
	}
}

/* -- together with other edits --------------------------------------------- */

static void among_other_edits(void **state)
{
	uint32_t gone[2], block;

	(void)state;
	view(SHAPE_MESSAGES,
	     BODY("\"system\":\"s\",", USER("\"a\"") "," SAID("\"b\"") ","
		  USER("\"c\"") "," SAID("[" THINKS "," TEXT("d") "]") ","
		  USER("\"e\"")));
	cache_mark_set(&edits, a, &chat, SYS, true);
	cache_mark_set(&edits, a, &chat, 0, false); /* goes with its turn */
	cache_mark_set(&edits, a, &chat, 2, false);
	cache_mark_set(&edits, a, &chat, 3, false);
	cache_mark_set(&edits, a, &chat, 4, false);
	gone[0] = chat.turn[0].tok;
	gone[1] = chat.turn[1].tok;
	splice_cut(&edits, &doc, chat.turns, gone, 2);
	block = json_first(&doc, json_get(&doc, chat.turn[3].tok, "content"));
	splice_cut(&edits, &doc, json_get(&doc, chat.turn[3].tok, "content"),
		   &block, 1);
	splice_value(&edits, &doc, chat.model, STR("\"other\""));
	splice_add(&edits, doc.tok[chat.turn[2].tok].at,
		   doc.tok[chat.turn[2].tok].at, STR(USER("\"sum\"") ","));
	block = json_get(&doc, chat.turn[2].tok, "content"); /* into text */
	splice_add(&edits, doc.tok[block].at + 1, doc.tok[block].at + 1,
		   STR("<"));
	splice_add(&edits, doc.tok[block].end - 1, doc.tok[block].end - 1,
		   STR(">"));
	edited("{\"model\":\"other\",\"system\":[" MARKED("s", H) "],"
	       "\"messages\":[" USER("\"sum\"") ","
	       USER("[" MARKED("<c>", M) "]") "," SAID("[" MARKED("d", M) "]")
	       "," USER("[" MARKED("e", M) "]") "]}");
}

/* -- prompt_cache_key ------------------------------------------------------ */

static const struct {
	enum shape shape;
	const char *body, *keyed;
} keys[] = {
	{ SHAPE_CHAT, BODY("", USER("\"a\"")),
	  "{\"model\":\"m\",\"messages\":[" USER("\"a\"")
	  "],\"prompt_cache_key\":\"k\\\"\"}" },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"a\"}",
	  "{\"model\":\"m\",\"input\":\"a\",\"prompt_cache_key\":\"k\\\"\"}" },
	{ SHAPE_CHAT, BODY("\"prompt_cache_key\":null,", ""),
	  BODY("\"prompt_cache_key\":\"k\\\"\",", "") },
	{ SHAPE_CHAT, BODY("\"prompt_cache_key\":\"own\",", ""),
	  BODY("\"prompt_cache_key\":\"own\",", "") },
	{ SHAPE_MESSAGES, BODY("", USER("\"a\"")), BODY("", USER("\"a\"")) },
	{ SHAPE_EMBEDDING, "{\"model\":\"m\",\"input\":\"a\"}",
	  "{\"model\":\"m\",\"input\":\"a\"}" },
};

static void keys_are_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		view(keys[i].shape, keys[i].body);
		cache_key_set(&edits, a, &chat, "k\"");
		edited(keys[i].keyed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counted_and_cut, setup,
						teardown),
		cmocka_unit_test_setup_teardown(set_where_they_can_be, setup,
						teardown),
		cmocka_unit_test_setup_teardown(among_other_edits, setup,
						teardown),
		cmocka_unit_test_setup_teardown(keys_are_set, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
