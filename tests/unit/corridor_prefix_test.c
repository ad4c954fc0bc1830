/* What the provider is told to keep of a prompt, and of which conversation
 * it is. */
#include "corridor_bed.h"

#define CLAUDE "claude-sonnet-4-5"
#define KEYED BED_OWN_KEYS "[model " CLAUDE "]\nupstream = anthropic\n" \
	"[model m]\nupstream = openai\n"
#define ANTHROPIC "[upstream anthropic]\nmodels = any\n" BED_ONCE \
	"url = https://anthropic.test/v1\nkey_file = %1$s/key\n"
#define MARK "\"cache_control\":{\"type\":\"ephemeral\""

static const char *opens(struct bed *b, const char *rest)
{
	bed_open(b, &(struct bed_conf){ NULL, NULL, rest });
	return arena_strdup(b->a, bed_client(b, "shop"));
}

/* So many words, of a little more than a token each. */
static const char *words(struct bed *b, int n)
{
	struct buf s;

	buf_init(&s, b->a);
	for (int i = 0; i < n; i++)
		buf_printf(&s, "word%d ", i % 97);
	return arena_cstr(b->a, buf_view(&s));
}

static int marks(struct bed *b)
{
	struct str s = b->net.body;
	const char *p;
	int n = 0;

	while ((p = memmem(s.p, s.n, MARK, strlen(MARK)))) {
		s = str_from(s, (size_t)(p - s.p) + 1);
		n++;
	}
	return n;
}

static void ask_claude(struct bed *b, const char *key, const char *system,
		       const char *messages)
{
	static int n; /* every one another question */

	bed_plays(b, "application/json", bed_reply(b, SHAPE_MESSAGES, "Yes."));
	assert_int_equal(bed_ask(b, &(struct ask){ .uri = "/v1/messages",
		.auth = "", .xkey = key, .body = arena_printf(b->a,
		"{\"model\":\"" CLAUDE "\",\"max_tokens\":%d,%s\"messages\":"
		"[%s]}", 100 + n++, system, messages) }), 200);
}

/* A long system prompt starts out marked; a short one is none of it. */
static void test_long_system(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, KEYED);

	(void)state;
	ask_claude(b, key, arena_printf(b->a, "\"system\":\"%s\",",
					words(b, 3000)),
		   "{\"role\":\"user\",\"content\":\"Hi\"}");
	assert_true(marks(b) >= 1);
	assert_non_null(bed_log(b, "cache_marks"));
	ask_claude(b, key, "\"system\":\"Be brief.\",",
		   "{\"role\":\"user\",\"content\":\"Hi\"}");
	assert_int_equal(marks(b), 0);
	bed_close(b);
}

/* Whoever marks himself is left alone. */
static void test_own_marks(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, KEYED);

	(void)state;
	ask_claude(b, key, arena_printf(b->a, "\"system\":[{\"type\":\"text\","
					"\"text\":\"%s\"}],", words(b, 3000)),
		   "{\"role\":\"user\",\"content\":[{\"type\":\"text\","
		   "\"text\":\"Hi\"," MARK "}}]}");
	assert_int_equal(marks(b), 1);
	bed_close(b);
}

static void test_off(void **state)
{
	static const struct {
		const char *conf;
		int marks; /* of the caller's one */
	} cases[] = {
		{ ANTHROPIC "prompt_cache = off\n", 1 },
		{ ANTHROPIC "prompt_cache = strip\n", 0 },
		{ ANTHROPIC "[prompt_cache]\nanthropic = off\n", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bed bed, *b = &bed;
		const char *key = opens(b, cases[i].conf), *system;

		system = arena_printf(b->a, "\"system\":\"%s\",",
				      words(b, 3000));
		ask_claude(b, key, system,
			   "{\"role\":\"user\",\"content\":\"Hi\"}");
		assert_int_equal(marks(b), 0);
		ask_claude(b, key, system,
			   "{\"role\":\"user\",\"content\":[{\"type\":"
			   "\"text\",\"text\":\"Hi\"," MARK "}}]}");
		assert_int_equal(marks(b), cases[i].marks);
		bed_close(b);
	}
}

static const char *member(struct bed *b, const char *name)
{
	struct json doc;
	struct json_error err;

	assert_int_equal(json_parse(&doc, b->a, b->net.body, &err), 0);
	return arena_cstr(b->a, json_string(&doc, json_get(&doc, 0, name),
					    b->a));
}

/* The same for all turns of a conversation, another for another tenant.
 * Everything in it begins with n words. */
static void key_each(int n)
{
	struct bed bed, *b = &bed;
	const char *shop = opens(b, KEYED), *club, *got[4], *w;

	club = bed_client(b, "club");
	w = words(b, n);
	for (int i = 0; i < 4; i++) {
		bed_plays(b, "application/json",
			  bed_reply(b, SHAPE_CHAT, "Yes."));
		bed_chat(b, arena_printf(b->a, "Bearer %s", i == 3 ? club :
					 shop),
			 i == 1 ? arena_printf(b->a, "{\"model\":\"m\","
			"\"messages\":["
			"{\"role\":\"user\",\"content\":\"%shi\"},"
			"{\"role\":\"assistant\",\"content\":\"Yes.\"},"
			"{\"role\":\"user\",\"content\":\"ok\"}]}", w) :
			 arena_printf(b->a, "{\"model\":\"m\"," USER("%s%s") "}",
				      w, i == 2 ? "ho" : "hi"));
		got[i] = member(b, "prompt_cache_key");
		assert_int_equal(strlen(got[i]), 32);
	}
	assert_string_equal(got[0], got[1]);
	assert_string_not_equal(got[0], got[2]);
	assert_string_not_equal(got[0], got[3]);
	bed_close(b);
}

static void test_cache_key(void **state)
{
	(void)state;
	key_each(0);
	key_each(100); /* of long texts there is a short hash */
}

/* Questions about the same long instructions share one, also as a string. */
static void test_shared_key(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, KEYED), *got[2];

	(void)state;
	key = arena_printf(b->a, "Bearer %s", key);
	for (int i = 0; i < 4; i++) {
		const char *text = i < 2 ? words(b, 3000) : "Be brief.";

		bed_plays(b, "application/json",
			  bed_reply(b, SHAPE_RESPONSES, "Yes."));
		bed_ask(b, &(struct ask){ .uri = "/v1/responses", .auth = key,
			.body = arena_printf(b->a, "{\"model\":\"m\","
				"\"instructions\":\"%s\",\"input\":\"%d\"}",
				text, i) });
		if (i < 2)
			got[i] = member(b, "prompt_cache_key");
		else
			assert_false(bed_has(b->net.body, "prompt_cache_key"));
	}
	assert_string_equal(got[0], got[1]);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_system),
		cmocka_unit_test(test_own_marks),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_cache_key),
		cmocka_unit_test(test_shared_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
