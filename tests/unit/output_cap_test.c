#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's macro of that name */

#include "base/count.h"
#include "dialect/output_cap.h"

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

/* What stands where in a request of each shape. */
static const char *const frames[] = {
	[SHAPE_CHAT] = "{\"messages\":[],\"model\":\"m\"%s}",
	[SHAPE_RESPONSES] = "{\"input\":\"i\",\"model\":\"m\"%s}",
	[SHAPE_COMPLETION] = "{\"prompt\":\"p\",\"model\":\"m\"%s}",
	[SHAPE_EMBEDDING] = "{\"input\":\"i\",\"model\":\"m\"%s}",
	[SHAPE_MESSAGES] = "{\"messages\":[],\"model\":\"m\"%s}",
	[SHAPE_COUNT] = "{\"messages\":[],\"model\":\"m\"%s}",
	[SHAPE_OTHER] = "{\"model\":\"m\"%s}",
};

static void view(struct chat *chat, struct json *doc, enum shape shape,
		 const char *members)
{
	struct fail f = { .status = 0 };
	struct json_error err;
	const char *body = frames[shape];
	const char *at = strstr(body, "%s");

	body = arena_printf(a, "%.*s%s%s", (int)(at - body), body, members,
			    at + 2);
	assert_int_equal(json_parse(doc, a, str_c(body), &err), 0);
	assert_int_equal(chat_view(chat, a, doc, shape, &f), 0);
}

#define T(n) ",\"max_tokens\":" #n
#define C(n) ",\"max_completion_tokens\":" #n
#define O(n) ",\"max_output_tokens\":" #n
#define THINK(n) ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":" #n "}"

static const struct {
	enum shape shape;
	const char *model;
	const char *members;
	int64_t says; /* output_cap() */
	int64_t most;
	const char *become; /* NULL: they stay */
} caps[] = {
	/* nothing said, nothing bounded */
	{ SHAPE_CHAT, "gpt-4o", "", -1, 0, NULL },
	{ SHAPE_MESSAGES, "claude-x", "", -1, 0, NULL },
	{ SHAPE_CHAT, "o3", "", -1, 0, NULL },
	/* filled */
	{ SHAPE_CHAT, "gpt-4o", "", -1, 100, T(100) },
	{ SHAPE_CHAT, "o3", "", -1, 100, C(100) },
	{ SHAPE_RESPONSES, "o3", "", -1, 100, O(100) },
	{ SHAPE_COMPLETION, "x", "", -1, 100, T(100) },
	{ SHAPE_MESSAGES, "claude-x", "", -1, 100, T(100) },
	{ SHAPE_CHAT, "gpt-4o", T(null), -1, 100, T(100) },
	{ SHAPE_CHAT, "gpt-4o", C(null), -1, 100, C(100) },
	{ SHAPE_CHAT, "llama", T(-1), -1, 100, T(100) },
	{ SHAPE_CHAT, "llama", T("many"), -1, 100, T(100) },
	{ SHAPE_RESPONSES, "gpt-4o", O(1.5), -1, 100, O(100) },
	/* lowered, or low enough */
	{ SHAPE_CHAT, "gpt-4o", T(101), 101, 100, T(100) },
	{ SHAPE_CHAT, "gpt-4o", T(100), 100, 100, NULL },
	{ SHAPE_CHAT, "gpt-4o", T(0), 0, 100, NULL },
	{ SHAPE_CHAT, "gpt-4o", T(1e2), 100, 100, NULL },
	{ SHAPE_CHAT, "gpt-4o", C(101), 101, 100, C(100) },
	{ SHAPE_CHAT, "gpt-4o", T(50) C(101), 50, 100, T(50) C(100) },
	{ SHAPE_CHAT, "gpt-4o", T(99999999999999999999), -1, 100, T(100) },
	{ SHAPE_RESPONSES, "gpt-4o", O(101), 101, 100, O(100) },
	{ SHAPE_RESPONSES, "gpt-4o", T(101), -1, 100, T(101) O(100) },
	{ SHAPE_COMPLETION, "x", T(101), 101, 100, T(100) },
	{ SHAPE_MESSAGES, "claude-x", T(101), 101, 100, T(100) },
	{ SHAPE_MESSAGES, "claude-x", T(99), 99, 100, NULL },
	/* moved for who refuses max_tokens, bounded or not */
	{ SHAPE_CHAT, "o1", T(50), 50, 0, C(50) },
	{ SHAPE_CHAT, "o3-mini", T(50), 50, 100, C(50) },
	{ SHAPE_CHAT, "openai/o4-mini", T(150), 150, 100, C(100) },
	{ SHAPE_CHAT, "gpt-5", T(50), 50, 0, C(50) },
	{ SHAPE_CHAT, "gpt-5.1-codex", T(50), 50, 0, C(50) },
	{ SHAPE_CHAT, "ft:o4-mini-2025-04-16:me::x", T(50), 50, 0, C(50) },
	{ SHAPE_CHAT, "o3", C(50), 50, 100, NULL },
	{ SHAPE_CHAT, "o3", C(150), 150, 100, C(100) },
	{ SHAPE_CHAT, "o3", T(30) C(40), 30, 0, C(30) },
	{ SHAPE_CHAT, "o3", C(40) T(30), 30, 0, C(30) },
	{ SHAPE_CHAT, "o3", C(40) T(90), 40, 0, C(40) },
	{ SHAPE_CHAT, "o3", T(null), -1, 0, "" },
	{ SHAPE_CHAT, "o3", T(null), -1, 9, C(9) },
	/* and not for others */
	{ SHAPE_CHAT, "gpt-4o", T(50), 50, 0, NULL },
	{ SHAPE_CHAT, "gpt-oss-120b", T(50), 50, 0, NULL },
	{ SHAPE_CHAT, "o", T(50), 50, 0, NULL },
	{ SHAPE_CHAT, "olmo-2", T(50), 50, 0, NULL },
	{ SHAPE_CHAT, "o1x", T(50), 50, 0, NULL },
	{ SHAPE_CHAT, "gpt-50", T(50), 50, 0, NULL },
	{ SHAPE_CHAT, "gpt-4.1", T(50), 50, 0, NULL },
	{ SHAPE_CHAT, "", T(50), 50, 0, NULL },
	{ SHAPE_CHAT, "llama", C(50), 50, 0, NULL },
	{ SHAPE_COMPLETION, "o3", T(50), 50, 0, NULL },
	{ SHAPE_MESSAGES, "o3", T(50), 50, 0, NULL },
	/* there must be room behind the thinking */
	{ SHAPE_MESSAGES, "c", T(9000) THINK(8000), 9000, 8500,
	  T(8500) THINK(8000) },
	{ SHAPE_MESSAGES, "c", T(9000) THINK(8000), 9000, 8000,
	  T(8000) THINK(6000) },
	{ SHAPE_MESSAGES, "c", T(9000) THINK(8000), 9000, 1200,
	  T(1200) THINK(1024) },
	{ SHAPE_MESSAGES, "c", T(9000) THINK(8000), 9000, 300,
	  T(1324) THINK(1024) },
	{ SHAPE_MESSAGES, "c", T(9000) THINK(8000), 9000, 0, NULL },
	{ SHAPE_MESSAGES, "c", T(9000) THINK(null), 9000, 100,
	  T(100) THINK(null) },
	{ SHAPE_MESSAGES, "c", T(1025) THINK(1024), 1025, 300,
	  T(1025) THINK(1024) },
	/* which the API itself refuses */
	{ SHAPE_MESSAGES, "c", T(100) THINK(8000), 100, 300, NULL },
	{ SHAPE_MESSAGES, "c", THINK(8000), -1, 4000,
	  THINK(3000) T(4000) },
	/* no answer of tokens */
	{ SHAPE_EMBEDDING, "m", T(50), -1, 10, NULL },
	{ SHAPE_COUNT, "m", T(50), -1, 10, NULL },
	{ SHAPE_OTHER, "m", T(50), -1, 10, NULL },
};

static void capped(void **state)
{
	struct json doc;
	struct chat chat, want;
	struct splices edits;
	struct str got;
	bool changed;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(caps); i++) {
		view(&chat, &doc, caps[i].shape, caps[i].become ?
			     caps[i].become : caps[i].members);
		got = doc.text;
		view(&want, &doc, caps[i].shape, caps[i].members);
		splices_init(&edits, a);
		assert_int_equal(output_cap(&want), caps[i].says);
		changed = output_cap_set(&edits, a, &want,
					 str_c(caps[i].model), caps[i].most);
		assert_string_equal(arena_cstr(a, splices_apply(&edits,
								doc.text)),
				    arena_cstr(a, got));
		assert_int_equal(changed, edits.n || edits.nchild);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(capped, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
