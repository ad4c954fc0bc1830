#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/count.h"
#include "thrift/judge.h"
#include "thrift/refusal.h"

/* -- refusals -------------------------------------------------------------- */

static const char *const refusals[] = {
	"I'm sorry, but I can't assist with that.",
	"I\u2019m sorry, but I can\u2019t help with that request.",
	"I'm sorry, I can't help with that.",
	"Sorry, but I cannot provide that information.",
	"I'm sorry, but I cannot fulfill this request.",
	"I cannot assist with that request.",
	"I can't help you with that.",
	"I can't help with creating malware.",
	"I can't provide instructions for making weapons.",
	"I cannot create content that is sexually explicit.",
	"I won't provide guidance on this. If you are struggling, please "
	"reach out.",
	"I'm unable to assist with that.",
	"I am unable to provide medical advice.",
	"I'm not able to help with that request, but I can suggest others.",
	"I apologize, but I cannot assist with this request.",
	"I apologize, but I do not feel comfortable producing that content.",
	"My apologies, but I am not able to generate that.",
	"Unfortunately, I can't share that with you.",
	"Unfortunately I cannot comply with this request.",
	"As an AI language model, I cannot provide legal advice.",
	"As an AI, I can't engage in such roleplay.",
	"I'm just an AI, I cannot provide illegal or harmful advice.",
	"I'm afraid I can't do that.",
	"I must decline this request.",
	"I'm going to have to decline.",
	"**I can't help with that.**",
	"\n\n\"I can't assist with that.\"",
	"I will not write hateful content.",
	"I'm not comfortable writing this kind of story.",
	"That's not something I can help with.",
	"No, I can't help you break into an account.",
	"Sorry, I won't be able to assist with that.",
	"I'm really sorry, but I'm unable to help with this.",
	"Thank you for asking, but I can't discuss that topic.",
	"I can't and won't provide that.",
	"Es tut mir leid, aber ich kann Ihnen dabei nicht helfen.",
	"Tut mir leid, aber dabei kann ich dir nicht helfen.",
	"Ich kann diese Anfrage nicht bearbeiten.",
	"Je suis d\u00e9sol\u00e9, mais je ne peux pas vous aider avec cela.",
	"D\u00e9sol\u00e9, je ne peux pas r\u00e9pondre \u00e0 cette demande.",
	"Lo siento, pero no puedo ayudar con eso.",
	"Mi dispiace, ma non posso aiutarti con questa richiesta.",
	"Desculpe, mas n\u00e3o posso ajudar com isso.",
	"Het spijt me, maar ik kan je daar niet mee helpen.",
	"\u62b1\u6b49\uff0c\u6211\u65e0\u6cd5\u63d0\u4f9b\u8fd9\u65b9\u9762"
	"\u7684\u5e2e\u52a9\u3002",
	"\u5f88\u62b1\u6b49\uff0c\u6211\u4e0d\u80fd\u534f\u52a9\u8fd9\u4e2a"
	"\u8bf7\u6c42\u3002",
	"\u7533\u3057\u8a33\u3042\u308a\u307e\u305b\u3093\u304c\u3001\u305d"
	"\u306e\u3054\u8981\u671b\u306b\u306f\u304a\u5fdc\u3048\u3067\u304d"
	"\u307e\u305b\u3093\u3002",
	"\uc8c4\uc1a1\ud558\uc9c0\ub9cc \uadf8 \uc694\uccad\uc740 "
	"\ub3c4\uc640\ub4dc\ub9b4 \uc218 \uc5c6\uc2b5\ub2c8\ub2e4.",
	"\u0418\u0437\u0432\u0438\u043d\u0438\u0442\u0435, \u043d\u043e "
	"\u044f \u043d\u0435 \u043c\u043e\u0433\u0443 "
	"\u043f\u043e\u043c\u043e\u0447\u044c.",
};

/* What looks like one and is none. */
static const char *const answers[] = {
	"I can't recommend this book enough!",
	"I can't help but admire how well this is built.",
	"I can't wait to see what you make of it.",
	"I can't stress enough how important backups are.",
	"I can't thank you enough.",
	"I can't say for sure, but Lyon is likely.",
	"I'm sorry to hear that. Here is what you can do:",
	"I'm sorry for your loss. Grief takes time.",
	"I'm sorry for the confusion. The answer is 42.",
	"I apologize for the mistake; here is the corrected code:",
	"Sorry for the delay! The capital is Paris.",
	"Sorry, the correct answer is B.",
	"Apologies for the error above. Use `ls -l`.",
	"Unfortunately, the train was cancelled in 1987.",
	"Unfortunately, that function was removed in version 3. Use this:",
	"I cannot see any bug in lines 1 to 10; line 11 divides by zero.",
	"I can't find a counterexample, so the lemma seems to hold.",
	"I will not only fix the bug but also explain it.",
	"I won't lie: this is hard. Start with the base case.",
	"As an AI language model, I do not have feelings, but here goes.",
	"As an AI researcher, you will need linear algebra.",
	"As a language teacher you could try songs.",
	"No, Pluto is not a planet.",
	"No. The loop ends after ten rounds.",
	"Sorry seems to be the hardest word (Elton John, 1976).",
	"I",
	"I can do that.",
	"I can help with that! First,",
	"I'm afraid of heights is a common fear.",
	"I'm afraid the results are mixed.",
	"I am not able-bodied, said the poet.",
	"I understand. Let us begin.",
	"The assistant said: \"I can't help with that.\"",
	"He wrote \"I'm sorry, but I can't assist\" on the wall.",
	"Es tut mir leid, das zu h\u00f6ren. Hier ist ein Rat:",
	"Leider war der Zug versp\u00e4tet.",
	"Je suis d\u00e9sol\u00e9 d'apprendre cela.",
	"Lo siento mucho. Aqu\u00ed tienes ayuda:",
	"Paris.",
	"42",
	"{\"a\":1}",
	"\u62b1\u6b49\uff0c\u521a\u624d\u7684\u7b54\u6848\u6709\u8bef\uff0c"
	"\u6b63\u786e\u7b54\u6848\u662f42\u3002",
	"\u7533\u3057\u8a33\u3042\u308a\u307e\u305b\u3093\u304c\u3001\u7b54"
	"\u3048\u306f42\u3067\u3059\u3002",
	"",
};

/* In small pieces, never more certain than at once. */
static enum refusal_look look_at(const char *text)
{
	struct refusal f = { .n = 0 };
	struct str s = str_c(text);
	size_t n;

	for (; s.n; s = str_from(s, n)) {
		for (n = 1; n < s.n && (s.p[n] & 0xc0) == 0x80; n++)
			;
		refusal_add(&f, (struct str){ s.p, n });
		if (refusal_look(&f) == REFUSAL_YES)
			return REFUSAL_YES;
		if (refusal_look(&f) == REFUSAL_NO) {
			refusal_add(&f, str_from(s, n));
			assert_int_equal(refusal_look(&f), REFUSAL_NO);
			return REFUSAL_NO;
		}
	}
	return REFUSAL_MAYBE;
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		if (look_at(refusals[i]) != REFUSAL_YES)
			fail_msg("no refusal: %s", refusals[i]);
	for (size_t i = 0; i < COUNT_OF(answers); i++)
		if (look_at(answers[i]) == REFUSAL_YES)
			fail_msg("a refusal: %s", answers[i]);
}

/* Most answers are cleared by their first words. */
static void test_refusal_soon(void **state)
{
	struct refusal f = { .n = 0 };

	(void)state;
	refusal_add(&f, STR("The "));
	assert_int_equal(refusal_look(&f), REFUSAL_NO);
	f = (struct refusal){ .n = 0 };
	refusal_add(&f, STR("I can"));
	assert_int_equal(refusal_look(&f), REFUSAL_MAYBE);
	/* What stays open is closed after so many characters. */
	f = (struct refusal){ .n = 0 };
	refusal_add(&f, STR("\u7533\u3057\u8a33"));
	for (int i = 0; i < REFUSAL_CHARS - 2; i++) {
		assert_int_equal(refusal_look(&f), REFUSAL_MAYBE);
		refusal_add(&f, STR("\u3042"));
	}
	assert_int_equal(refusal_look(&f), REFUSAL_NO);
}

/* -- whole answers --------------------------------------------------------- */

#define CHAT(message, finish) \
	"{\"object\":\"chat.completion\",\"choices\":[{\"index\":0," \
	"\"message\":{\"role\":\"assistant\"," message "}," \
	"\"finish_reason\":\"" finish "\"}]}"
#define SAYS(text) CHAT("\"content\":\"" text "\"", "stop")
#define PROBS(list) \
	"{\"object\":\"chat.completion\",\"choices\":[{\"index\":0," \
	"\"message\":{\"role\":\"assistant\",\"content\":\"hm\"}," \
	"\"logprobs\":{\"content\":[" list "]},\"finish_reason\":\"stop\"}]}"
#define P(p) "{\"token\":\"a\",\"logprob\":" p ",\"bytes\":null," \
	"\"top_logprobs\":[]}"
#define MESSAGE(blocks, reason) \
	"{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":" \
	"\"c\",\"content\":[" blocks "],\"stop_reason\":\"" reason "\"," \
	"\"stop_sequence\":null,\"usage\":{\"input_tokens\":1," \
	"\"output_tokens\":1}}"
#define RESPONSE(items, more) \
	"{\"id\":\"r\",\"object\":\"response\"," more ",\"output\":[" items "]}"
#define ITEM(parts) \
	"{\"type\":\"message\",\"id\":\"i\",\"role\":\"assistant\"," \
	"\"status\":\"completed\",\"content\":[" parts "]}"
#define DONE "\"status\":\"completed\""

#define ASKS_JSON "{\"response_format\":{\"type\":\"json_object\"}}"
#define FORM "\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{" \
	"\"type\":\"number\"}},\"required\":[\"a\"]}"
#define ASKS_FORM \
	"{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":" \
	"{\"name\":\"x\"," FORM "}}}"
#define ASKS_FORM_MESSAGES \
	"{\"output_config\":{\"format\":{\"type\":\"json_schema\"," FORM "}}}"
#define ASKS_FORM_RESPONSES \
	"{\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"x\"," \
	FORM "}}}"

#define BIT(w) (1u << WEAK_##w)
#define ALL (BIT(EMPTY) | BIT(REFUSAL) | BIT(JSON) | BIT(SCHEMA) | \
	     BIT(LENGTH) | BIT(LOGPROB))

static const struct {
	enum shape shape;
	const char *ask, *answer;
	enum weak weak;   /* with all criteria */
	unsigned without; /* these it is good; 0: not tried */
} cases[] = {
	{ SHAPE_CHAT, "{}", SAYS("Paris."), WEAK_NOT, 0 },
	{ SHAPE_CHAT, "{}", SAYS(""), WEAK_EMPTY, BIT(EMPTY) },
	{ SHAPE_CHAT, "{}", SAYS(" \\n\\t"), WEAK_EMPTY, BIT(EMPTY) },
	{ SHAPE_CHAT, "{}", CHAT("\"content\":null", "stop"), WEAK_EMPTY,
	  BIT(EMPTY) },
	{ SHAPE_CHAT, "{}", CHAT("\"content\":null,\"reasoning_content\":"
	  "\"hm\"", "length"), WEAK_EMPTY, BIT(EMPTY) | BIT(LENGTH) },
	{ SHAPE_CHAT, "{}", SAYS("I'm sorry, but I can't help with that."),
	  WEAK_REFUSAL, BIT(REFUSAL) },
	{ SHAPE_CHAT, "{}", CHAT("\"content\":null,\"refusal\":\"No.\"",
	  "stop"), WEAK_REFUSAL, BIT(REFUSAL) },
	{ SHAPE_CHAT, "{}", CHAT("\"content\":\"Well\",\"refusal\":null",
	  "stop"), WEAK_NOT, 0 },
	{ SHAPE_CHAT, "{}", CHAT("\"content\":\"\"", "content_filter"),
	  WEAK_REFUSAL, 0 },
	{ SHAPE_CHAT, "{}", CHAT("\"content\":\"Par\"", "length"),
	  WEAK_LENGTH, BIT(LENGTH) },
	/* Tools. */
	{ SHAPE_CHAT, ASKS_JSON, CHAT("\"content\":null,\"tool_calls\":[{"
	  "\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\","
	  "\"arguments\":\"{}\"}}]", "tool_calls"), WEAK_NOT, 0 },
	{ SHAPE_CHAT, "{}", CHAT("\"content\":null,\"tool_calls\":[]",
	  "stop"), WEAK_EMPTY, 0 },
	{ SHAPE_CHAT, "{}", CHAT("\"content\":\"I can't help with that "
	  "alone.\",\"tool_calls\":[{\"id\":\"1\",\"type\":\"function\","
	  "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]",
	  "tool_calls"), WEAK_NOT, 0 },
	/* JSON */
	{ SHAPE_CHAT, ASKS_JSON, SAYS("{\\\"a\\\":1}"), WEAK_NOT, 0 },
	{ SHAPE_CHAT, ASKS_JSON, SAYS(" {\\\"a\\\":1}\\n"), WEAK_NOT, 0 },
	{ SHAPE_CHAT, ASKS_JSON, SAYS("{\\\"a\\\":"), WEAK_JSON,
	  BIT(JSON) | BIT(SCHEMA) },
	{ SHAPE_CHAT, ASKS_JSON, SAYS("```json\\n{}\\n```"), WEAK_JSON, 0 },
	{ SHAPE_CHAT, ASKS_JSON, SAYS("{} That is all."), WEAK_JSON, 0 },
	{ SHAPE_CHAT, ASKS_JSON, SAYS("Sure: {}"), WEAK_JSON, 0 },
	{ SHAPE_CHAT, "{}", SAYS("{\\\"a\\\":"), WEAK_NOT, 0 },
	{ SHAPE_CHAT, "{\"response_format\":{\"type\":\"text\"}}",
	  SAYS("{\\\"a\\\":"), WEAK_NOT, 0 },
	{ SHAPE_CHAT, "{\"response_format\":7,\"text\":7}", SAYS("x"),
	  WEAK_NOT, 0 },
	/* and its form */
	{ SHAPE_CHAT, ASKS_FORM, SAYS("{\\\"a\\\":1}"), WEAK_NOT, 0 },
	{ SHAPE_CHAT, ASKS_FORM, SAYS("{\\\"b\\\":1}"), WEAK_SCHEMA,
	  BIT(SCHEMA) },
	{ SHAPE_CHAT, ASKS_FORM, SAYS("7"), WEAK_SCHEMA, BIT(SCHEMA) },
	{ SHAPE_CHAT, ASKS_FORM, SAYS("{"), WEAK_JSON, 0 },
	/* Sureness. */
	{ SHAPE_CHAT, "{}", PROBS(P("-0.5") "," P("-1.4")), WEAK_NOT, 0 },
	{ SHAPE_CHAT, "{}", PROBS(P("-0.5") "," P("-1.6")), WEAK_LOGPROB,
	  BIT(LOGPROB) },
	{ SHAPE_COMPLETION, "{}", "{\"choices\":[{\"index\":0,\"text\":\"a\","
	  "\"logprobs\":{\"tokens\":[\"a\",\"b\"],\"token_logprobs\":[-3,"
	  "null]},\"finish_reason\":\"stop\"}]}", WEAK_LOGPROB,
	  BIT(LOGPROB) },
	/* The first of several. */
	{ SHAPE_COMPLETION, "{}", "{\"choices\":[{\"index\":0,\"text\":\"a\","
	  "\"finish_reason\":\"stop\"},{\"index\":1,\"text\":\"\","
	  "\"finish_reason\":\"length\"}]}", WEAK_NOT, 0 },
	{ SHAPE_COMPLETION, "{}", "{\"choices\":[{\"index\":0,\"text\":\"\","
	  "\"finish_reason\":\"length\"}]}", WEAK_EMPTY,
	  BIT(EMPTY) | BIT(LENGTH) },
	/* Messages. */
	{ SHAPE_MESSAGES, "{}", MESSAGE("{\"type\":\"text\",\"text\":"
	  "\"Paris.\"}", "end_turn"), WEAK_NOT, 0 },
	{ SHAPE_MESSAGES, "{}", MESSAGE("", "end_turn"), WEAK_EMPTY, 0 },
	{ SHAPE_MESSAGES, "{}", MESSAGE("{\"type\":\"thinking\","
	  "\"thinking\":\"hm\",\"signature\":\"s\"}", "end_turn"),
	  WEAK_EMPTY, 0 },
	{ SHAPE_MESSAGES, "{}", MESSAGE("", "refusal"), WEAK_REFUSAL, 0 },
	{ SHAPE_MESSAGES, "{}", MESSAGE("{\"type\":\"text\",\"text\":"
	  "\"Par\"}", "max_tokens"), WEAK_LENGTH, BIT(LENGTH) },
	{ SHAPE_MESSAGES, "{}", MESSAGE("{\"type\":\"tool_use\",\"id\":"
	  "\"t\",\"name\":\"f\",\"input\":{}}", "tool_use"), WEAK_NOT, 0 },
	{ SHAPE_MESSAGES, ASKS_FORM_MESSAGES, MESSAGE("{\"type\":\"text\","
	  "\"text\":\"{\\\"a\\\":\\\"1\\\"}\"}", "end_turn"), WEAK_SCHEMA,
	  BIT(SCHEMA) },
	/* Responses. */
	{ SHAPE_RESPONSES, "{}", RESPONSE(ITEM("{\"type\":\"output_text\","
	  "\"text\":\"Paris.\",\"annotations\":[]}"), DONE), WEAK_NOT, 0 },
	{ SHAPE_RESPONSES, "{}", RESPONSE("", DONE), WEAK_EMPTY, 0 },
	{ SHAPE_RESPONSES, "{}", RESPONSE("{\"type\":\"reasoning\",\"id\":"
	  "\"x\",\"summary\":[]}", DONE), WEAK_EMPTY, 0 },
	{ SHAPE_RESPONSES, "{}", RESPONSE("{\"type\":\"function_call\","
	  "\"id\":\"x\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":"
	  "\"{}\"}", DONE), WEAK_NOT, 0 },
	{ SHAPE_RESPONSES, "{}", RESPONSE(ITEM("{\"type\":\"refusal\","
	  "\"refusal\":\"No.\"}"), DONE), WEAK_REFUSAL, BIT(REFUSAL) },
	{ SHAPE_RESPONSES, "{}", RESPONSE(ITEM("{\"type\":\"output_text\","
	  "\"text\":\"Par\",\"annotations\":[]}"), "\"status\":"
	  "\"incomplete\",\"incomplete_details\":{\"reason\":"
	  "\"max_output_tokens\"}"), WEAK_LENGTH, BIT(LENGTH) },
	{ SHAPE_RESPONSES, ASKS_FORM_RESPONSES, RESPONSE(ITEM("{\"type\":"
	  "\"output_text\",\"text\":\"{\\\"a\\\":true}\",\"annotations\":[]}"),
	  DONE), WEAK_SCHEMA, BIT(SCHEMA) },
	{ SHAPE_RESPONSES, ASKS_FORM_RESPONSES, RESPONSE(ITEM("{\"type\":"
	  "\"output_text\",\"text\":\"{\\\"a\\\":2}\",\"annotations\":[]}"),
	  DONE), WEAK_NOT, 0 },
};

static enum weak judged(enum shape shape, const char *ask, unsigned on,
			const char *answer)
{
	struct arena *a = arena_new();
	struct json_error err;
	struct json doc;
	struct judge_ask q = { shape, &doc, on, -1.0 };
	struct judge *j;
	enum weak w;

	assert_int_equal(json_parse(&doc, a, str_c(ask), &err), 0);
	j = judge_new(a, &q);
	judge_whole(j, str_c(answer), false);
	w = judge_end(j);
	arena_free(&a);
	return w;
}

static void test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum weak w = judged(cases[i].shape, cases[i].ask, ALL,
				     cases[i].answer);

		if (w != cases[i].weak)
			fail_msg("%s: %s", weak_word(w), cases[i].answer);
		w = judged(cases[i].shape, cases[i].ask,
			   ALL & ~cases[i].without, cases[i].answer);
		if (w != (cases[i].without ? WEAK_NOT : cases[i].weak))
			fail_msg("%s without %x: %s", weak_word(w),
				 cases[i].without, cases[i].answer);
	}
}

/* -- streams --------------------------------------------------------------- */

/* Pieces of a chat's text; "!" before one: something else in its delta, "."
 * a finish reason. */
static const struct {
	const char *ask;
	unsigned on;
	const char *piece[6];
	size_t at; /* the piece behind which it says so; 6: only at the end */
	enum judge_says says;
	enum weak weak; /* at the end */
} streams[] = {
	{ "{}", ALL, { "", " ", "The", " end" }, 2, JUDGE_GOOD, WEAK_NOT },
	{ "{}", ALL, { "", " ", ".stop" }, 6, JUDGE_WAIT, WEAK_EMPTY },
	{ "{}", BIT(LENGTH), { "", "The", ".length" }, 0, JUDGE_GOOD,
	  WEAK_LENGTH },
	{ "{}", ALL, { "I'm", " sorry,", " but I can", "'t help with",
	  " that." }, 3, JUDGE_WEAK, WEAK_REFUSAL },
	{ "{}", ALL, { "I'm", " sorry,", " but I can", " only guess." }, 3,
	  JUDGE_GOOD, WEAK_NOT },
	{ "{}", ALL & ~BIT(REFUSAL), { "I'm", " sorry" }, 0, JUDGE_GOOD,
	  WEAK_NOT },
	{ "{}", ALL, { "!\"refusal\":\"No\"", "x" }, 0, JUDGE_WEAK,
	  WEAK_REFUSAL },
	{ "{}", ALL, { "", "!\"tool_calls\":[{\"index\":0}]" }, 1,
	  JUDGE_GOOD, WEAK_NOT },
	{ ASKS_JSON, ALL, { "{\\\"a\\\"", ":1", "}", ".stop" }, 6,
	  JUDGE_WAIT, WEAK_NOT },
	{ ASKS_JSON, ALL, { "{\\\"a\\\"", ":1", ".length" }, 6, JUDGE_WAIT,
	  WEAK_JSON },
	{ ASKS_JSON, ALL, { "", "Sure", ": {}" }, 1, JUDGE_WEAK, WEAK_JSON },
	{ ASKS_JSON, ALL, { "{\\\"}\\\\\\\"}\\\":1", "} ", " And" }, 2,
	  JUDGE_WEAK, WEAK_JSON },
	{ ASKS_JSON, ALL, { "[1]", "]" }, 1, JUDGE_WEAK, WEAK_JSON },
	{ ASKS_JSON, ALL, { "{\\\"a\\\":\\\"", "\\n" }, 1, JUDGE_WEAK,
	  WEAK_JSON },
	{ ASKS_JSON, ALL & ~BIT(JSON) & ~BIT(SCHEMA), { "Sure" }, 0,
	  JUDGE_GOOD, WEAK_NOT },
	{ ASKS_JSON, ALL & ~BIT(JSON), { "Sure" }, 0, JUDGE_WEAK,
	  WEAK_SCHEMA },
	{ "{}", ALL | BIT(JUDGE), { "The", " end" }, 6, JUDGE_WAIT,
	  WEAK_NOT },
};

static struct str chunk(struct arena *a, const char *piece)
{
	const char *delta = "", *finish = "null";

	if (piece[0] == '.')
		finish = arena_printf(a, "\"%s\"", piece + 1);
	else if (piece[0] == '!')
		delta = piece + 1;
	else
		delta = arena_printf(a, "\"content\":\"%s\"", piece);
	return str_c(arena_printf(a, "{\"choices\":[{\"index\":0,\"delta\":"
		"{%s},\"finish_reason\":%s}]}", delta, finish));
}

static void test_streams(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(streams); i++) {
		struct arena *a = arena_new(), *tmp = arena_new();
		struct json_error err;
		struct json doc;
		struct judge_ask q = { SHAPE_CHAT, &doc, streams[i].on, -1 };
		struct judge *j;

		assert_int_equal(json_parse(&doc, a, str_c(streams[i].ask),
					    &err), 0);
		j = judge_new(a, &q);
		for (size_t k = 0; k < 6 && streams[i].piece[k]; k++) {
			struct sse_event e = { .data =
				chunk(a, streams[i].piece[k]) };
			enum judge_says says = judge_event(j, &e, tmp);

			if (k <= streams[i].at &&
			    says != (k == streams[i].at ? streams[i].says :
							  JUDGE_WAIT))
				fail_msg("stream %zu says %d at %zu", i, says,
					 k);
		}
		assert_int_equal(judge_end(j), streams[i].weak);
		arena_free(&tmp);
		arena_free(&a);
	}
}

/* Sureness is waited for where it is told. */
static void test_logprobs(void **state)
{
	struct arena *a = arena_new(), *tmp = arena_new();
	struct json doc;
	struct json_error err;
	struct judge_ask q = { SHAPE_CHAT, &doc, BIT(LOGPROB), -1 };
	struct sse_event e = { .data = STR("{\"choices\":[{\"delta\":"
		"{\"content\":\"a\"},\"logprobs\":{\"content\":["
		P("-2") "]}}]}") };
	struct judge *j;

	(void)state;
	assert_int_equal(json_parse(&doc, a, STR("{}"), &err), 0);
	j = judge_new(a, &q);
	assert_int_equal(judge_event(j, &e, tmp), JUDGE_WAIT);
	assert_int_equal(judge_end(j), WEAK_LOGPROB);
	j = judge_new(a, &q);
	e.data = chunk(a, "a");
	assert_int_equal(judge_event(j, &e, tmp), JUDGE_GOOD);
	assert_int_equal(judge_end(j), WEAK_NOT);
	arena_free(&tmp);
	arena_free(&a);
}

/* A stream that was kept says what it said as it came. */
static void test_kept_stream(void **state)
{
	struct arena *a = arena_new();
	struct json doc;
	struct json_error err;
	struct judge_ask q = { SHAPE_RESPONSES, &doc, ALL | BIT(JUDGE), -1 };
	struct judge *j;

	(void)state;
	assert_int_equal(json_parse(&doc, a, STR("{}"), &err), 0);
	j = judge_new(a, &q);
	judge_whole(j, STR(
		"data: {\"type\":\"response.output_text.delta\",\"delta\":"
		"\"I \"}\n\n"
		"data: {\"type\":\"response.output_text.delta\",\"delta\":"
		"\"can't help with that\"}\n\n"
		"data: {\"type\":\"response.completed\",\"response\":{"
		"\"output\":[" ITEM("{\"type\":\"output_text\",\"text\":"
		"\"I can't help with that\"}") "]}}\n\n"), true);
	assert_int_equal(judge_end(j), WEAK_REFUSAL);
	assert_true(str_is(judge_text(j), "I can't help with that"));
	arena_free(&a);
}

/* Not of the answer's kind, or of no kind at all. */
static void test_nonsense(void **state)
{
	static const char *const texts[] = {
		"", "{", "[]", "7", "{\"choices\":7}", "{\"choices\":[7,[]]}",
		"{\"choices\":[{\"delta\":[],\"text\":{}}]}", "data: x\n\n",
		"{\"content\":[7]}", "{\"output\":[[]]}",
		"data: {\"choices\":[{\"delta\":{\"content\":[7,{}]}}]}\n\n",
	};
	static const enum shape shapes[] = { SHAPE_CHAT, SHAPE_COMPLETION,
					     SHAPE_MESSAGES, SHAPE_RESPONSES };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		for (size_t s = 0; s < COUNT_OF(shapes); s++)
			assert_int_equal(judged(shapes[s], "[]", ALL,
						texts[i]), WEAK_EMPTY);
}

/* -- words ----------------------------------------------------------------- */

static void test_bits(void **state)
{
	const char *good[] = { "empty", "refusal", "json", "schema", "length",
			       "logprob" };
	const char *bad[] = { "empty", "judge" };
	struct conf_words on = { good, 6 };
	const char *word = NULL;

	(void)state;
	assert_int_equal(weak_bits(&on, &word), ALL);
	on = (struct conf_words){ good, 0 };
	assert_int_equal(weak_bits(&on, &word), 0);
	assert_null(word);
	on = (struct conf_words){ bad, 2 };
	assert_int_equal(weak_bits(&on, &word), -1);
	assert_string_equal(word, "judge");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_refusal_soon),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_logprobs),
		cmocka_unit_test(test_kept_stream),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
