/* Pinned answers: what counts as the same question, which requests have one,
 * and what the file may hold. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "base/buf.h"
#include "base/count.h"
#include "base/file.h"
#include "thrift/fold.h"
#include "thrift/pinned.h"

#define PLACE_FILE "faq.jsonl"
#include "unit/place.h"

static struct pinned *load_bytes(struct place *p, struct str text)
{
	assert_int_equal(file_put(p->path, text, false), 0);
	p->err[0] = '\0';
	return pinned_load(p->path, p->err, sizeof(p->err));
}

static struct pinned *load(struct place *p, const char *text)
{
	return load_bytes(p, str_c(text));
}

static struct pinned *load_well(struct place *p, const char *text)
{
	struct pinned *f = load(p, text);

	assert_string_equal(p->err, "");
	assert_non_null(f);
	return f;
}

/* -- folding --------------------------------------------------------------- */

static struct str fold(struct place *p, struct str s)
{
	struct str out = STR("(not folded)");

	p->err[0] = '\0';
	fold_text(&out, p->a, s, p->err, sizeof(p->err));
	return out;
}

static const struct {
	const char *a, *b; /* the same */
} same[] = {
	{ "What are your hours?", "what are your hours" },
	{ "  What \t are\r\n your hours ?! ", "WHAT ARE YOUR HOURS..." },
	{ "Straße", "STRASSE" },
	{ "ΟΔΟΣ", "οδος" },
	{ "οδος", "οδοσ" },
	{ "ＷＨＡＴ　ＩＳ　ＩＴ？", "what is it" },
	{ "영업 시간이 언제인가요?",
	  "\u110b\u1167\u11bc\u110b\u1165\u11b8 시간이 언제인가요" },
	{ "営業時間は？", "営業時間は" },
	{ "営業時間は何時ですか。", "営業時間は何時ですか" },
	{ "ｶﾞﾗｽ", "ガラス" },
	{ "e\u0301te\u0301", "\u00c9T\u00c9" },
	{ "q\u0307\u0323", "q\u0323\u0307" },           /* marks in any order */
	{ "\u03b1\u0345\u0313", "\u03b1\u0313\u0345" }, /* also this one */
	{ "10\u00a0km", "10 km" },
	{ "a\u2028b\xc2\x85" "c\u1680d", "a b c d" },
	{ "zero\u200bwid\u00adth", "zerowidth" },
	{ "ﬁle", "FILE" },
	{ "\u212a", "k" },
	{ "¿Cuál es el horario?", "cuál es el horario" },
	{ "متى تفتحون؟", "متى تفتحون" },
	{ "समय क्या है।", "समय क्या है" },
	{ "Τι ώρα είναι\u037e", "τι ώρα είναι" },
	{ "What\u2026", "what" },
	{ "İ", "i\u0307" },
};

static const struct {
	const char *a, *b;
} different[] = {
	{ "What is C?", "What is C#?" },
	{ "What is C?", "What is C++?" },
	{ "50", "50%" },
	{ "resume", "résumé" },
	{ "ab", "a b" },
	{ "?", "!" },
	{ "?", "" },
	{ "", "a" },
	{ "-1", "1" },
	{ "가", "각" },
	{ "ı", "i" },
	{ "What is 10²?", "What is 102?" },
	{ "x²", "x₂" },
	{ "x₂", "x2" },
	{ "1½", "11⁄2" },
};

static void test_fold(void **state)
{
	struct place *p = *state;

	for (size_t i = 0; i < COUNT_OF(same); i++) {
		struct str a = fold(p, str_c(same[i].a));

		assert_string_equal(p->err, "");
		assert_string_equal(arena_cstr(p->a, a),
				    arena_cstr(p->a, fold(p,
						str_c(same[i].b))));
		assert_true(str_eq(fold(p, a), a));
	}
	for (size_t i = 0; i < COUNT_OF(different); i++)
		assert_string_not_equal(
			arena_cstr(p->a, fold(p, str_c(different[i].a))),
			arena_cstr(p->a, fold(p, str_c(different[i].b))));
}

/* What has no byte above ASCII takes another way, to the same end. */
static void test_fold_ascii(void **state)
{
	struct place *p = *state;
	char text[3] = { 0 };

	for (int c = 1; c < 0x80; c++) {
		struct str bare, mixed;

		text[0] = text[1] = (char)c;
		bare = fold(p, (struct str){ text, 2 });
		mixed = fold(p, str_c(arena_printf(p->a, "é%cé", c)));
		/* What is a letter in one is that letter in the other. */
		if (c > ' ' && !strchr(".?!,;:", c) && c != 0x7f)
			assert_int_equal(bare.p[0], mixed.p[2]);
	}
}

static void test_fold_refuses(void **state)
{
	struct place *p = *state;
	struct buf b;

	assert_string_equal(fold(p, STR("a\xff")).p, "(not folded)");
	assert_string_equal(fold(p, STR("\xed\xa0\x80")).p, "(not folded)");
	for (int marks = 30; marks <= 31; marks++) {
		buf_init(&b, p->a);
		buf_putc(&b, 'a');
		for (int i = 0; i < marks; i++)
			buf_puts(&b, i & 1 ? "\u0301" : "\u0323");
		fold(p, buf_view(&b));
		assert_int_equal(p->err[0] == '\0', marks == 30);
	}
}

/* -- which requests -------------------------------------------------------- */

#define U(text) "{\"role\":\"user\",\"content\":\"" text "\"}"
#define ASK "\"messages\":[" U("Hours?") "]"

static const char faq[] =
	"{\"question\":[\"hours\",\"When are you open?\"],"
	"\"answer\":\"9\\u2013\\\"5\\\"\"}\n"
	"{\"question\":\"hours\",\"answer\":\"ten\",\"models\":[\"ten\",\"x\"]}\n"
	"{\"question\":\"only\",\"answer\":\"x\",\"models\":\"x\"}\n";

#define NINE "\"9\\u2013\\\"5\\\"\""

static const struct {
	enum shape shape;
	const char *more; /* behind the model m */
	bool found;
} requests[] = {
	{ SHAPE_CHAT, ASK, true },
	{ SHAPE_CHAT, "\"messages\":[" U("WHEN ARE YOU  OPEN") "]", true },
	{ SHAPE_CHAT, "\"messages\":[" U("Hour") "]", false },
	{ SHAPE_CHAT, "\"messages\":[" U("") "]", false },
	{ SHAPE_CHAT, "\"messages\":[]", false },
	{ SHAPE_CHAT, "\"messages\":[{\"role\":\"system\",\"content\":\"a\"},"
	  U("hours") ",{\"role\":\"developer\",\"content\":\"b\"}]", true },
	{ SHAPE_CHAT, "\"messages\":[" U("a") "," U("hours") "]", false },
	{ SHAPE_CHAT, "\"messages\":[" U("hours") "," U("hours") "]", false },
	{ SHAPE_CHAT, "\"messages\":[" U("hours") ",{\"role\":\"assistant\","
	  "\"content\":\"\"}]", false },
	{ SHAPE_CHAT, "\"messages\":[{\"role\":\"tool\",\"content\":\"\"},"
	  U("hours") "]", false },
	{ SHAPE_CHAT, "\"messages\":[{\"role\":\"user\",\"content\":["
	  "{\"type\":\"text\",\"text\":\"ho\"},{\"type\":\"text\","
	  "\"text\":\"urs\"}]}]", true },
	{ SHAPE_CHAT, "\"messages\":[{\"role\":\"user\",\"content\":["
	  "{\"type\":\"text\",\"text\":\"hours\"},{\"type\":\"image_url\","
	  "\"image_url\":{\"url\":\"x\"}}]}]", false },
	{ SHAPE_CHAT, "\"messages\":[{\"role\":\"user\",\"content\":["
	  "{\"type\":\"text\",\"text\":\"hours\"},\"x\"]}]", false },
	{ SHAPE_CHAT, "\"messages\":[{\"role\":\"user\",\"content\":["
	  "{\"type\":\"text\",\"text\":\"hours\"},{\"type\":\"text\","
	  "\"text\":{}}]}]", false },
	{ SHAPE_CHAT, ASK ",\"tools\":[]", true },
	{ SHAPE_CHAT, ASK ",\"tools\":null", true },
	{ SHAPE_CHAT, ASK ",\"tools\":[{}]", false },
	{ SHAPE_CHAT, ASK ",\"tools\":[{}],\"tool_choice\":\"auto\"", false },
	{ SHAPE_CHAT, ASK ",\"tools\":[{}],\"tool_choice\":\"none\"", true },
	{ SHAPE_CHAT, ASK ",\"functions\":[{}]", false },
	{ SHAPE_CHAT, ASK ",\"functions\":[{}],\"function_call\":\"none\"",
	  true },
	{ SHAPE_CHAT, ASK ",\"n\":1", true },
	{ SHAPE_CHAT, ASK ",\"n\":null", true },
	{ SHAPE_CHAT, ASK ",\"n\":2", false },
	{ SHAPE_CHAT, ASK ",\"n\":\"1\"", false },
	{ SHAPE_CHAT, ASK ",\"response_format\":{\"type\":\"text\"}", true },
	{ SHAPE_CHAT, ASK ",\"response_format\":{\"type\":\"json_object\"}",
	  false },
	{ SHAPE_CHAT, ASK ",\"response_format\":{}", false },
	{ SHAPE_CHAT, ASK ",\"modalities\":[\"text\"]", true },
	{ SHAPE_CHAT, ASK ",\"modalities\":[\"text\",\"audio\"]", false },
	{ SHAPE_CHAT, ASK ",\"logprobs\":false", true },
	{ SHAPE_CHAT, ASK ",\"logprobs\":true", false },
	{ SHAPE_CHAT, ASK ",\"web_search_options\":{}", false },
	{ SHAPE_CHAT, ASK ",\"store\":true", false },
	{ SHAPE_CHAT, ASK ",\"temperature\":1,\"max_tokens\":1,\"user\":\"u\"",
	  true },
	{ SHAPE_MESSAGES, ASK, true },
	{ SHAPE_MESSAGES, ASK ",\"system\":[{\"type\":\"text\",\"text\":\"s\"}]",
	  true },
	{ SHAPE_MESSAGES, ASK ",\"tools\":[{}],\"tool_choice\":{\"type\":"
	  "\"none\"}", true },
	{ SHAPE_MESSAGES, ASK ",\"tools\":[{}],\"tool_choice\":{\"type\":"
	  "\"any\"}", false },
	{ SHAPE_MESSAGES, ASK ",\"output_config\":{\"effort\":\"low\"}", true },
	{ SHAPE_MESSAGES, ASK ",\"output_config\":{\"format\":{\"type\":"
	  "\"json_schema\"}}", false },
	{ SHAPE_MESSAGES, ASK ",\"mcp_servers\":[{}]", false },
	{ SHAPE_MESSAGES, "\"messages\":[{\"role\":\"user\",\"content\":["
	  "{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":\"\"},"
	  "{\"type\":\"text\",\"text\":\"hours\"}]}]", false },
	{ SHAPE_RESPONSES, "\"input\":\"Hours.\"", true },
	{ SHAPE_RESPONSES, "\"input\":[" U("hours") "]", true },
	{ SHAPE_RESPONSES, "\"input\":[{\"role\":\"user\",\"content\":["
	  "{\"type\":\"input_text\",\"text\":\"hours\"}]}],\"instructions\":"
	  "\"be kind\"", true },
	{ SHAPE_RESPONSES, "\"input\":[{\"type\":\"item_reference\",\"id\":"
	  "\"x\"}," U("hours") "]", false },
	{ SHAPE_RESPONSES, "\"input\":\"hours\",\"previous_response_id\":"
	  "\"resp_1\"", false },
	{ SHAPE_RESPONSES, "\"input\":\"hours\",\"previous_response_id\":null",
	  true },
	{ SHAPE_RESPONSES, "\"input\":\"hours\",\"conversation\":\"c\"",
	  false },
	{ SHAPE_RESPONSES, "\"input\":\"hours\",\"background\":true", false },
	{ SHAPE_RESPONSES, "\"input\":\"hours\",\"prompt\":{\"id\":\"p\"}",
	  false },
	{ SHAPE_RESPONSES, "\"input\":\"hours\",\"store\":false", true },
	{ SHAPE_RESPONSES, "\"input\":\"hours\",\"store\":true", false },
	{ SHAPE_RESPONSES, "\"input\":\"hours\",\"text\":{\"verbosity\":"
	  "\"low\"}", true },
	{ SHAPE_RESPONSES, "\"input\":\"hours\",\"text\":{\"format\":"
	  "{\"type\":\"json_schema\"}}", false },
	{ SHAPE_RESPONSES, "\"input\":\"hours\",\"top_logprobs\":3", false },
	{ SHAPE_COMPLETION, "\"prompt\":\"Hours\"", true },
	{ SHAPE_COMPLETION, "\"prompt\":[\"Hours\"]", true },
	{ SHAPE_COMPLETION, "\"prompt\":[\"Hours\",\"Hours\"]", false },
	{ SHAPE_COMPLETION, "\"prompt\":[1,2]", false },
	{ SHAPE_COMPLETION, "\"prompt\":\"Hours\",\"echo\":true", false },
	{ SHAPE_COMPLETION, "\"prompt\":\"Hours\",\"suffix\":\".\"", false },
	{ SHAPE_COMPLETION, "\"prompt\":\"Hours\",\"logprobs\":0", false },
	{ SHAPE_COMPLETION, "\"prompt\":\"Hours\",\"best_of\":3", false },
	{ SHAPE_EMBEDDING, "\"input\":\"hours\"", false },
	{ SHAPE_COUNT, ASK, false },
};

static const struct str *find(struct place *p, const struct pinned *f,
			      enum shape shape, const char *model,
			      const char *more)
{
	struct json *doc = arena_zalloc(p->a, sizeof(*doc));
	struct json_error bad;
	struct fail why = { 0 };
	struct chat c;

	assert_int_equal(json_parse(doc, p->a, str_c(arena_printf(p->a,
			"{\"model\":\"%s\",%s}", model, more)), &bad), 0);
	assert_int_equal(chat_view(&c, p->a, doc, shape, &why), 0);
	return pinned_find(f, p->a, &c);
}

static void test_requests(void **state)
{
	struct place *p = *state;
	struct pinned *f = load_well(p, faq);
	const struct str *s;

	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		s = find(p, f, requests[i].shape, "m", requests[i].more);
		if (!s != !requests[i].found)
			print_error("%s\n", requests[i].more);
		assert_int_equal(s != NULL, requests[i].found);
		if (s)
			assert_true(str_is(*s, NINE));
	}
	pinned_free(&f);
	assert_null(f);
}

/* An answer for the model comes before the one for all. */
static void test_models(void **state)
{
	struct place *p = *state;
	struct pinned *f = load_well(p, faq);
	static const char only[] = "\"messages\":[" U("only") "]";

	assert_true(str_is(*find(p, f, SHAPE_CHAT, "ten", ASK), "\"ten\""));
	assert_true(str_is(*find(p, f, SHAPE_CHAT, "x", ASK), "\"ten\""));
	assert_true(str_is(*find(p, f, SHAPE_CHAT, "Ten", ASK), NINE));
	assert_true(str_is(*find(p, f, SHAPE_CHAT, "x", only), "\"x\""));
	assert_null(find(p, f, SHAPE_CHAT, "m", only));
	pinned_free(&f);
}

/* -- the file -------------------------------------------------------------- */

#define GOOD "{\"question\":\"q\",\"answer\":\"a\"}"

static const struct {
	const char *text;
	const char *says; /* NULL: nothing is wrong */
} files[] = {
	{ "", NULL },
	{ "\n\r\n  \n", NULL },
	{ "\xef\xbb\xbf" GOOD "\r\n\r\n", NULL },
	{ GOOD, NULL },
	{ GOOD "\nnonsense\n", ":2: not valid JSON" },
	{ GOOD "\n\n" GOOD "\n", ":3: the question stands in line 1" },
	{ "{\"question\":[\"Q?\",\"q\"],\"answer\":\"a\"}",
	  ":1: the question stands in line 1" },
	{ "{\"question\":\"q\",\"answer\":\"a\",\"models\":\"m\"}\n" GOOD, NULL },
	{ "{\"question\":\"q\",\"answer\":\"a\",\"models\":[\"m\",\"m\"]}",
	  ":1: the question stands in line 1" },
	{ "[" GOOD "]", ":1: not an object" },
	{ "{\"question\":\"q\"}", ":1: answer must" },
	{ "{\"question\":\"q\",\"answer\":\"\"}", ":1: answer must" },
	{ "{\"question\":\"q\",\"answer\":[\"a\"]}", ":1: answer must" },
	{ "{\"answer\":\"a\"}", ":1: no question" },
	{ "{\"question\":[],\"answer\":\"a\"}", ":1: no question" },
	{ "{\"question\":[\"q\",\" \"],\"answer\":\"a\"}",
	  ":1: question must" },
	{ "{\"question\":\"\\u200b\",\"answer\":\"a\"}", ":1: the question has" },
	{ "{\"question\":\"\\ud800\",\"answer\":\"a\"}",
	  ":1: the question: is not valid" },
	{ "{\"question\":1,\"answer\":\"a\"}", ":1: question must" },
	{ "{\"question\":\"q\",\"answer\":\"a\",\"models\":[]}",
	  ":1: models is empty" },
	{ "{\"question\":\"q\",\"answer\":\"a\",\"models\":[1]}",
	  ":1: models must" },
	{ "{\"question\":\"q\",\"answer\":\"a\",\"model\":\"m\"}",
	  ":1: a member that is none of" },
};

static void test_files(void **state)
{
	struct place *p = *state;
	struct pinned *f;

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		f = load(p, files[i].text);
		if (!files[i].says) {
			assert_string_equal(p->err, "");
			assert_non_null(f);
			pinned_free(&f);
			continue;
		}
		assert_null(f);
		if (!strstr(p->err, arena_printf(p->a, "%s%s", p->path,
						 files[i].says)))
			print_error("%s\n%s\n", files[i].text, p->err);
		assert_non_null(strstr(p->err, files[i].says));
		assert_null(strchr(p->err, '\n'));
	}
	assert_null(pinned_load("/nowhere/faq", p->err, sizeof(p->err)));
	assert_non_null(strstr(p->err, "[answers] file /nowhere/faq: "));
}

static void test_limits(void **state)
{
	struct place *p = *state;
	struct buf b;

	buf_init(&b, p->a);
	buf_puts(&b, "{\"question\":\"");
	for (int i = 0; i <= 4096; i++)
		buf_putc(&b, 'q');
	buf_puts(&b, "\",\"answer\":\"a\"}");
	assert_null(load_bytes(p, buf_view(&b)));
	assert_non_null(strstr(p->err, ":1: a question of more than"));

	buf_init(&b, p->a);
	buf_puts(&b, "{\"question\":[");
	for (int i = 0; i <= 10000; i++)
		buf_printf(&b, "\"%d\",", i);
	buf_puts(&b, "\"x\"],\"answer\":\"a\"}");
	assert_null(load_bytes(p, buf_view(&b)));
	assert_non_null(strstr(p->err, ":1: not valid JSON"));

	buf_init(&b, p->a);
	for (int i = 0; i < 11; i++) {
		buf_puts(&b, "{\"question\":[\"q\"");
		for (int k = 0; k < 9200; k++)
			buf_printf(&b, ",\"%d\"", 9200 * i + k);
		buf_printf(&b, "],\"answer\":\"a\",\"models\":\"m%d\"}\n", i);
	}
	assert_null(load_bytes(p, buf_view(&b)));
	assert_non_null(strstr(p->err, ":11: more than 100000 questions"));
}

static void test_many(void **state)
{
	struct place *p = *state;
	struct pinned *f;
	struct buf b;

	buf_init(&b, p->a);
	for (int i = 0; i < 3000; i++)
		buf_printf(&b, "{\"question\":\"q %d\",\"answer\":\"%d\"}\n",
			   i, i);
	f = load_well(p, arena_cstr(p->a, buf_view(&b)));
	for (int i = 0; i < 3010; i++) {
		const struct str *s = find(p, f, SHAPE_CHAT, "m",
			arena_printf(p->a, "\"messages\":[" U("Q  %d ?") "]",
				     i));

		assert_int_equal(s != NULL, i < 3000);
		if (s)
			assert_true(str_is(*s, arena_printf(p->a, "\"%d\"",
							    i)));
	}
	pinned_free(&f);
}

/* Another file has another id, the same one the same. */
static void test_id(void **state)
{
	struct place *p = *state;
	struct pinned *a = load_well(p, GOOD), *b = load_well(p, GOOD "\n"),
		      *c = load_well(p, GOOD);

	assert_true(key_eq(pinned_id(a), pinned_id(c)));
	assert_false(key_eq(pinned_id(a), pinned_id(b)));
	pinned_free(&a);
	pinned_free(&b);
	pinned_free(&c);
}

/* -- what nobody should write ---------------------------------------------- */

/* A long question is not even looked at: folding it would copy it. */
static void test_long_question(void **state)
{
	struct place *p = *state;
	struct pinned *f = load_well(p, faq);
	struct fail why = { 0 };
	struct json_error bad;
	struct json doc;
	struct chat c;
	struct buf b;
	size_t used;

	buf_init(&b, p->a);
	buf_puts(&b, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
		     "\"content\":\"hours");
	for (int i = 0; i < 100000; i++)
		buf_puts(&b, " ?");
	buf_puts(&b, "\"}]}");
	assert_int_equal(json_parse(&doc, p->a, buf_view(&b), &bad), 0);
	assert_int_equal(chat_view(&c, p->a, &doc, SHAPE_CHAT, &why), 0);
	used = arena_used(p->a);
	assert_null(pinned_find(f, p->a, &c));
	assert_int_equal(arena_used(p->a), used);
	pinned_free(&f);
}

/* Marks, which to put into order takes time; and a file that is damaged. */
static void test_hostile(void **state)
{
	struct place *p = *state;
	struct pinned *f = load_well(p, faq);
	uint64_t seed = 1;
	char text[sizeof(faq)];
	struct buf b;

	buf_init(&b, p->a);
	for (int i = 0; i < 100; i++)
		buf_puts(&b, i & 1 ? "\u0301" : "\u0323");
	assert_null(find(p, f, SHAPE_CHAT, "m", arena_printf(p->a,
		"\"messages\":[" U("hours%s") "]", b.p)));
	pinned_free(&f);
	for (int i = 0; i < 1000; i++) {
		memcpy(text, faq, sizeof(faq));
		for (int k = 0; k < 2; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			text[(seed >> 33) % (sizeof(faq) - 1)] =
				"\"\\{}[]:,u0\xe9\n"[(seed >> 20) % 12];
		}
		f = load_bytes(p, (struct str){ text, sizeof(faq) - 1 });
		assert_int_equal(f == NULL, p->err[0] != '\0');
		pinned_free(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_fold),
		PLACE_TEST(test_fold_ascii),
		PLACE_TEST(test_fold_refuses),
		PLACE_TEST(test_requests),
		PLACE_TEST(test_models),
		PLACE_TEST(test_files),
		PLACE_TEST(test_limits),
		PLACE_TEST(test_many),
		PLACE_TEST(test_id),
		PLACE_TEST(test_long_question),
		PLACE_TEST(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
