#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/count.h"
#include "thrift/judge.h"
#include "thrift/route.h"

/* What the configuration has where nothing is said. */
#define NO_BOUNDS \
	.min_chars = -1, .max_chars = -1, .min_tokens = -1, \
	.max_tokens = -1, .min_prompt_chars = -1, .max_prompt_chars = -1, \
	.min_prompt_tokens = -1, .max_prompt_tokens = -1, .min_turns = -1, \
	.max_turns = -1
/* Later ones override these. */
#define RULE(called, at, ...) \
	{ .item = { called, at }, NO_BOUNDS, __VA_ARGS__ }
#define WORDS(...) \
	{ (const char *[]){ __VA_ARGS__ }, \
	  sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *) }

/* cmocka's own needs the name that base/fail.h has taken. */
#define stop(...) \
	do { \
		print_error(__VA_ARGS__); \
		_fail(__FILE__, __LINE__); \
	} while (0)

#pragma GCC diagnostic ignored "-Woverride-init"

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

static struct route *make(const struct route_rule *rule, size_t n)
{
	char err[256] = "";
	struct route *r = route_new(rule, n, err, sizeof(err));

	assert_string_equal(err, "");
	assert_non_null(r);
	return r;
}

/* A request by its body. */
static struct chat *view(enum shape shape, const char *body)
{
	struct json *doc = arena_new_n(a, struct json, 1);
	struct chat *c = arena_new_n(a, struct chat, 1);
	struct json_error err;
	struct fail f = { 0 };

	if (json_parse(doc, a, str_c(body), &err) < 0 ||
	    chat_view(c, a, doc, shape, &f) < 0)
		stop("%s: %s", body, f.text);
	return c;
}

static const struct turn user_turn = { .role = ROLE_USER };

/* One message, not parsed. */
static struct chat say(enum shape shape, const char *model, const char *text)
{
	struct chat c = { .shape = shape, .model_name = str_c(model) };

	if (shape == SHAPE_COMPLETION) {
		c.prompt = str_c(text);
	} else if (text) {
		c.last_user = str_c(text);
		c.turn = (struct turn *)&user_turn;
		c.nturn = 1;
	}
	return c;
}

static const char *rule_for(const struct route *r, const struct chat *c)
{
	const struct route_ask ask = {
		.chat = c, .endpoint = str_c(shape_path(c->shape)),
	};
	struct route_choice hit;

	route_choose(r, &ask, &hit);
	return hit.rule ? hit.rule->item.name : "none";
}

/* -- texts ----------------------------------------------------------------- */

static const struct route_rule texts[] = {
	RULE("code", 1, .model = WORDS("auto", "gpt-4o"),
	     .pattern = "(?i)\\bdef \\w+\\(|```", .use = "coder"),
	RULE("short", 2, .model = WORDS("auto", "gpt-4o"), .max_chars = 5,
	     .use = "small"),
	RULE("long", 3, .min_chars = 20, .use = "large"),
	RULE("greek", 4, .min_chars = 2, .max_chars = 10,
	     .pattern = "^\\p{Greek}+$", .use = "hellenic"),
	RULE("embed", 5, .model = WORDS("embed"), .use = "embed-small"),
};

static const struct {
	enum shape shape;
	const char *model, *text, *rule;
} text_cases[] = {
	{ SHAPE_CHAT, "auto", "hi", "short" },
	{ SHAPE_CHAT, "auto", "", "short" },
	{ SHAPE_CHAT, "gpt-4o", "12345", "short" },
	{ SHAPE_CHAT, "gpt-4o", "123456", "none" },
	{ SHAPE_CHAT, "gpt-4", "hi", "none" },
	{ SHAPE_CHAT, "gpt-4o-mini", "hi", "none" },
	{ SHAPE_CHAT, "auto", "a: DEF f(x)", "code" },
	{ SHAPE_CHAT, "auto", "undef f(x)", "none" },
	{ SHAPE_CHAT, "auto", "```", "code" },
	{ SHAPE_CHAT, "x", "12345678901234567890", "long" },
	{ SHAPE_CHAT, "x", "1234567890123456789", "none" },
	/* Characters, not bytes: five of them are short, four are Greek. */
	{ SHAPE_CHAT, "auto", "\xce\xb1\xce\xb2\xce\xb3\xce\xb4\xce\xb5",
	  "short" },
	{ SHAPE_MESSAGES, "x", "\xce\xb1\xce\xb2\xce\xb3\xce\xb4", "greek" },
	{ SHAPE_RESPONSES, "x", "\xce\xb1", "none" },
	/* What is not UTF-8 matches nothing and breaks nothing. */
	{ SHAPE_CHAT, "x", "\xed\xa0\x80\xed\xa0\x80", "none" },
	{ SHAPE_CHAT, "auto", "\xed\xa0\x80 ``` and more", "code" },
	{ SHAPE_COMPLETION, "auto", "hi", "short" },
	{ SHAPE_COMPLETION, "auto", NULL, "none" },
	/* No user text: rules about it do not match, others do. */
	{ SHAPE_CHAT, "auto", NULL, "none" },
	{ SHAPE_EMBEDDING, "auto", NULL, "none" },
	{ SHAPE_EMBEDDING, "embed", NULL, "embed" },
};

static void test_texts(void **state)
{
	struct route *r = make(texts, COUNT_OF(texts));
	struct chat c;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(text_cases); i++) {
		c = say(text_cases[i].shape, text_cases[i].model,
			text_cases[i].text);
		assert_string_equal(rule_for(r, &c), text_cases[i].rule);
	}
	route_free(&r);
	assert_null(r);
	route_free(&r);
}

static void test_no_rules(void **state)
{
	struct route *r = make(NULL, 0);
	struct chat c = say(SHAPE_CHAT, "auto", "hi");

	(void)state;
	assert_string_equal(rule_for(r, &c), "none");
	route_free(&r);
}

/* -- every condition, met and unmet ---------------------------------------- */

#define TOOL "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}"
#define ASK(more) \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":" \
	"\"hello there\"}]" more "}"
#define TALK \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":" \
	"\"be brief\"},{\"role\":\"user\",\"content\":\"hello there\"}," \
	"{\"role\":\"assistant\",\"content\":\"hi\"},{\"role\":\"user\"," \
	"\"content\":\"what is new?\"}]}"
#define PICTURE \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[" \
	"{\"type\":\"text\",\"text\":\"see\"},{\"type\":\"image_url\"," \
	"\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}]}]}"
#define CODE \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":" \
	"\"Why does this fail, and what would you write instead of it?\\n" \
	"```python\\ndef f(x):\\n    return x[1:]\\n\\n" \
	"for i in range(10):\\n    print(f(i))\\n```\"}]}"
#define MATH \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":" \
	"\"Evaluate the integral $\\\\int_0^1 x^2 e^{-x} \\\\, dx$ and show " \
	"that " \
	"$\\\\sum_{n=1}^{\\\\infty} \\\\frac{1}{n^2} = " \
	"\\\\frac{\\\\pi^2}{6}$.\"}]}"
#define HANGUL \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":" \
	"\"\\uc548\\ub155\\ud558\\uc138\\uc694\"}]}"
#define NOBODY \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":" \
	"\"be brief\"}]}"

/* Each rule is tried alone on each body that is for it and on one that is
 * not; `why` is how it says so. */
static const struct {
	struct route_rule rule;
	const char *met, *unmet, *why;
} conditions[] = {
	{ RULE("r", 1, .min_chars = 12), TALK, ASK(""),
	  "min_chars = 12: 11 characters in the last user message" },
	{ RULE("r", 1, .max_chars = 11), ASK(""), TALK,
	  "max_chars = 11: 12 characters in the last user message" },
	{ RULE("r", 1, .min_chars = 0), ASK(""), NOBODY,
	  "there is no user message to look at" },
	{ RULE("r", 1, .min_turns = 3, .max_turns = 3), TALK, ASK(""),
	  "min_turns = 3: 1 messages in it" },
	{ RULE("r", 1, .max_turns = 1), ASK(""), TALK,
	  "max_turns = 1: 3 messages in it" },
	{ RULE("r", 1, .min_prompt_chars = 33), TALK, ASK(""),
	  "min_prompt_chars = 33: 11 characters in the prompt" },
	{ RULE("r", 1, .max_prompt_chars = 32), ASK(""), TALK,
	  "max_prompt_chars = 32: 33 characters in the prompt" },
	{ RULE("r", 1, .max_tokens = 20), ASK(""), CODE, NULL },
	{ RULE("r", 1, .min_tokens = 20), CODE, ASK(""), NULL },
	{ RULE("r", 1, .min_prompt_tokens = 20), CODE, ASK(""), NULL },
	{ RULE("r", 1, .max_prompt_tokens = 20), ASK(""), CODE, NULL },
	{ RULE("r", 1, .has = WORDS("tools")), ASK(",\"tools\":[" TOOL "]"),
	  ASK(",\"tools\":[]"), "has = tools: there is none" },
	{ RULE("r", 1, .lacks = WORDS("images", "tools")), ASK(""),
	  ASK(",\"tools\":[" TOOL "]"), "lacks = tools: there is some" },
	{ RULE("r", 1, .has = WORDS("images")), PICTURE, TALK,
	  "has = images: there is none" },
	{ RULE("r", 1, .has = WORDS("json_schema")),
	  ASK(",\"response_format\":{\"type\":\"json_object\"}"),
	  ASK(",\"response_format\":{\"type\":\"text\"}"),
	  "has = json_schema: there is none" },
	{ RULE("r", 1, .has = WORDS("code")), CODE, MATH,
	  "has = code: there is none" },
	{ RULE("r", 1, .has = WORDS("math")), MATH, ASK(""),
	  "has = math: there is none" },
	{ RULE("r", 1, .lacks = WORDS("math", "code")), ASK(""), CODE,
	  "lacks = code: there is some" },
	{ RULE("r", 1, .lacks = WORDS("code")), ASK(""), NOBODY,
	  "there is no user message to look at" },
	{ RULE("r", 1, .script = WORDS("han", "hangul")), HANGUL, ASK(""),
	  "script: it is latin" },
	{ RULE("r", 1, .pattern = "^hello"), ASK(""), TALK,
	  "pattern: not found" },
	/* All must hold. */
	{ RULE("r", 1, .pattern = "^hello", .max_turns = 1,
	       .lacks = WORDS("tools")), ASK(""),
	  ASK(",\"tools\":[" TOOL "]"), "lacks = tools: there is some" },
};

static void test_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(conditions); i++) {
		struct route_rule rule = conditions[i].rule;
		struct route_ask ask = { 0 };
		struct route *r;
		const char *why;

		rule.use = "x";
		r = make(&rule, 1);
		ask.chat = view(SHAPE_CHAT, conditions[i].met);
		why = route_unmet(r, 0, a, &ask);
		if (why)
			stop("%zu: %s", i, why);
		assert_string_equal(rule_for(r, ask.chat), "r");
		ask.chat = view(SHAPE_CHAT, conditions[i].unmet);
		why = route_unmet(r, 0, a, &ask);
		if (!why)
			stop("%zu: is met", i);
		if (conditions[i].why)
			assert_string_equal(why, conditions[i].why);
		assert_string_equal(rule_for(r, ask.chat), "none");
		route_free(&r);
	}
}

static const struct route_rule who[] = {
	RULE("tag", 1, .tag = WORDS("v1", "v2"), .use = "x"),
	RULE("tenant", 2, .tenant = WORDS("alice"), .use = "x"),
	RULE("endpoint", 3, .endpoint = WORDS("messages"),
	     .use = "x"),
	RULE("model", 4, .model = WORDS("auto"), .use = "x"),
};

static void test_who(void **state)
{
	static const struct {
		const char *endpoint, *tenant, *tag, *model, *rule, *why;
	} cases[] = {
		{ "messages", "alice", "v2", "auto", "tag", NULL },
		{ "messages", "alice", "", "auto", "tenant",
		  "tag: there is none" },
		{ "messages", "bob", "v3", "auto", "endpoint",
		  "tag: it is v3" },
		{ "responses", "bob", "", "auto", "model",
		  "tag: there is none" },
		{ "responses", "bob", "", "gpt", NULL,
		  "tag: there is none" },
	};
	struct route *r = make(who, COUNT_OF(who));
	struct route_choice hit;
	const char *why;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct chat c = say(SHAPE_CHAT, cases[i].model, "hi");
		struct route_ask ask = { &c, str_c(cases[i].endpoint),
					 str_c(cases[i].tenant),
					 str_c(cases[i].tag), 0 };

		route_choose(r, &ask, &hit);
		assert_string_equal(hit.rule ? hit.rule->item.name : "none",
				    cases[i].rule ? cases[i].rule : "none");
		why = route_unmet(r, 0, a, &ask);
		assert_string_equal(why ? why : "", cases[i].why ?
				    cases[i].why : "");
	}
	route_free(&r);
}

/* -- time ------------------------------------------------------------------ */

#define MINUTE 60000LL
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
/* 1970-01-04 was a Sunday; the tests live in UTC. */
#define AT(day, hour, minute) \
	((3 + (day)) * DAY + (hour) * HOUR + (minute) * MINUTE)
enum { SUN, MON, TUE, WED, THU, FRI, SAT };

static const struct {
	const char *time;
	int64_t at;
	bool holds;
} times[] = {
	{ "mon-fri 08:00-18:00", AT(MON, 8, 0), true },
	{ "mon-fri 08:00-18:00", AT(MON, 7, 59), false },
	{ "mon-fri 08:00-18:00", AT(FRI, 17, 59), true },
	{ "mon-fri 08:00-18:00", AT(FRI, 18, 0), false },
	{ "mon-fri 08:00-18:00", AT(SAT, 12, 0), false },
	{ "mon-fri 8:00-18:00", AT(WED, 8, 0), true },
	{ "Sat, SUN", AT(SAT, 0, 0), true },
	{ "sat, sun", AT(SUN, 23, 59), true },
	{ "sat,sun", AT(MON, 0, 0), false },
	{ "sat-mon", AT(SUN, 3, 0), true },
	{ "sat-mon", AT(TUE, 3, 0), false },
	{ "tue", AT(TUE, 3, 0), true },
	{ "mon-tue, thu", AT(WED, 3, 0), false },
	{ "mon-tue, thu", AT(THU, 3, 0), true },
	{ "22:00-06:00", AT(TUE, 22, 0), true },
	{ "22:00-06:00", AT(TUE, 5, 59), true },
	{ "22:00-06:00", AT(TUE, 6, 0), false },
	{ "22:00-06:00", AT(TUE, 21, 59), false },
	/* Hours behind midnight are of the evening before. */
	{ "fri 22:00-06:00", AT(FRI, 23, 0), true },
	{ "fri 22:00-06:00", AT(SAT, 3, 0), true },
	{ "fri 22:00-06:00", AT(FRI, 3, 0), false },
	{ "sat 22:00-06:00", AT(SUN, 5, 0), true },
	{ "00:00-24:00", AT(SUN, 23, 59), true },
	{ "mon 12:00-24:00", AT(TUE, 0, 0), false },
	{ "mon 12:00-00:00", AT(MON, 23, 59), true },
	{ "mon 12:00-00:00", AT(TUE, 0, 0), false },
};

static void test_time(void **state)
{
	struct route_rule rule = RULE("r", 1, .use = "x");
	struct chat c = say(SHAPE_CHAT, "m", "hi");
	struct route_ask ask = { .chat = &c };
	struct route_choice hit;
	struct route *r;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		rule.time = times[i].time;
		r = make(&rule, 1);
		ask.wall_ms = times[i].at;
		route_choose(r, &ask, &hit);
		if (!hit.rule == times[i].holds)
			stop("%zu: %s", i, times[i].time);
		route_free(&r);
	}
	ask.wall_ms = AT(SAT, 21, 4);
	rule.time = "mon-fri";
	r = make(&rule, 1);
	assert_string_equal(route_unmet(r, 0, a, &ask),
			    "time = mon-fri: it is sat 21:04");
	route_free(&r);
}

/* -- what then ------------------------------------------------------------- */

#define LONG_PROSE \
	"Write me a letter to the landlord in which I ask him, kindly but " \
	"clearly, to have the stairs cleaned again every week."

static void test_size(void **state)
{
	static const struct route_rule plain =
		RULE("r", 1, .small = "s", .large = "l");
	static const struct route_rule other =
		RULE("r", 1, .small = "s", .large = "l", .otherwise = "o");
	static const struct route_rule asking =
		RULE("r", 1, .small = "s", .large = "l", .classifier = "c",
		     .otherwise = "o");
	static const struct {
		const struct route_rule *rule;
		const char *text;
		enum route_way way;
		const char *model, *better, *otherwise, *why;
	} cases[] = {
		{ &plain, "hi", ROUTE_MODEL, "s", NULL, NULL, "short" },
		{ &plain, "", ROUTE_MODEL, "s", NULL, NULL, "short" },
		{ &plain, LONG_PROSE, ROUTE_MODEL, "l", NULL, NULL, "" },
		{ &other, LONG_PROSE, ROUTE_MODEL, "o", NULL, NULL, "" },
		{ &other, NULL, ROUTE_MODEL, "o", NULL, NULL, "" },
		{ &asking, LONG_PROSE, ROUTE_CLASSIFY, "s", "l", "o", "" },
		{ &asking, "hi", ROUTE_MODEL, "s", NULL, NULL, "short" },
	};
	struct route_choice hit;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct chat c = say(SHAPE_CHAT, "m", cases[i].text);
		struct route_ask ask = { .chat = &c };
		struct route *r = make(cases[i].rule, 1);

		route_choose(r, &ask, &hit);
		assert_int_equal(hit.way, cases[i].way);
		assert_string_equal(hit.model, cases[i].model);
		assert_string_equal(hit.better ? hit.better : "-",
				    cases[i].better ? cases[i].better : "-");
		assert_string_equal(hit.otherwise ? hit.otherwise : "-",
				    cases[i].otherwise ?
				    cases[i].otherwise : "-");
		assert_string_equal(hit.why, cases[i].why);
		route_free(&r);
	}
}

/* A rule that says nothing of embeddings is not for them. */
static void test_size_embedding(void **state)
{
	static const struct route_rule rule =
		RULE("r", 1, .small = "s", .large = "l");
	struct chat c = say(SHAPE_EMBEDDING, "m", NULL);
	const struct route_ask ask = { .chat = &c };
	struct route *r = make(&rule, 1);

	(void)state;
	assert_string_equal(rule_for(r, &c), "none");
	assert_string_equal(route_unmet(r, 0, a, &ask),
			    "small and large: embeddings are not answered");
	route_free(&r);
}

/* Ninety-nine characters are few, a hundred are not; code and mathematics are
 * for the large model. */
static void test_size_of(void **state)
{
	static const struct route_rule rule =
		RULE("r", 1, .small = "s", .large = "l", .otherwise = "o");
	struct route *r = make(&rule, 1);
	struct route_ask ask = { 0 };
	struct route_choice hit;
	char text[201];

	(void)state;
	for (size_t i = 0; i < 200; i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	for (size_t n = 99; n <= 100; n++) {
		struct chat c = say(SHAPE_CHAT, "m", "");

		c.last_user = (struct str){ text, 2 * n };
		ask.chat = &c;
		route_choose(r, &ask, &hit);
		assert_string_equal(hit.model, n < 100 ? "s" : "o");
	}
	ask.chat = view(SHAPE_CHAT, CODE);
	route_choose(r, &ask, &hit);
	assert_string_equal(hit.model, "l");
	assert_string_equal(hit.why, "code");
	ask.chat = view(SHAPE_CHAT, MATH);
	route_choose(r, &ask, &hit);
	assert_string_equal(hit.model, "l");
	assert_string_equal(hit.why, "math");
	route_free(&r);
}

/* Read once, for each rule. */
static void test_weak(void **state)
{
	const struct route_rule rules[] = {
		RULE("a", 1, .model = WORDS("a"), .small = "s", .large = "l"),
		RULE("b", 2, .use = "x then y if weak", .judge = "j",
		     .weak_on = WORDS("empty", "length"),
		     .min_logprob = "-1.25"),
	};
	struct route *r = make(rules, 2);
	struct chat b = say(SHAPE_CHAT, "b", "hi"),
		    c = say(SHAPE_CHAT, "a", "hi");
	struct route_ask ask = { .chat = &b };
	struct route_choice hit;

	(void)state;
	route_choose(r, &ask, &hit);
	assert_string_equal(hit.best, "y");
	assert_int_equal(route_weak(r, hit.rule)->on,
			 1 << WEAK_EMPTY | 1 << WEAK_LENGTH | 1 << WEAK_JUDGE);
	assert_true(route_weak(r, hit.rule)->min_logprob < -1.24 &&
		    route_weak(r, hit.rule)->min_logprob > -1.26);
	ask.chat = &c;
	route_choose(r, &ask, &hit);
	assert_string_equal(hit.best, "l");
	assert_int_equal(route_weak(r, hit.rule)->on, 0);
	route_free(&r);
}

static void test_use(void **state)
{
	static const struct {
		const char *use;
		int rc;
		const char *model, *better;
	} cases[] = {
		{ "gpt-4o", 0, "gpt-4o", NULL },
		{ "  gpt-4o ", 0, "gpt-4o", NULL },
		{ "a local model", 0, "a local model", NULL },
		{ "a then b if weak", 0, "a", "b" },
		{ " a  then b  if  weak ", 0, "a", "b" },
		{ "a then b", -1, NULL, NULL },
		{ "a then b if", -1, NULL, NULL },
		{ "a then b if weak or so", -1, NULL, NULL },
		{ "a then then if weak", -1, NULL, NULL },
		{ "then b if weak", -1, NULL, NULL },
		{ "a if weak", -1, NULL, NULL },
		{ "if a then b weak", -1, NULL, NULL },
		{ "", -1, NULL, NULL },
		{ "  ", -1, NULL, NULL },
	};
	const char *model, *better;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		model = better = "untouched";
		assert_int_equal(route_use(a, cases[i].use, &model, &better),
				 cases[i].rc);
		if (cases[i].rc < 0) {
			assert_string_equal(model, "untouched");
			continue;
		}
		assert_string_equal(model, cases[i].model);
		assert_string_equal(better ? better : "-",
				    cases[i].better ? cases[i].better : "-");
	}
}

static void test_cascade(void **state)
{
	static const struct route_rule rule =
		RULE("r", 1, .use = "a then b if weak", .judge = "j");
	struct chat c = say(SHAPE_CHAT, "m", "hi");
	const struct route_ask ask = { .chat = &c };
	struct route *r = make(&rule, 1);
	struct route_choice hit;

	(void)state;
	route_choose(r, &ask, &hit);
	assert_int_equal(hit.way, ROUTE_CASCADE);
	assert_string_equal(hit.model, "a");
	assert_string_equal(hit.better, "b");
	route_free(&r);
}

/* -- values that are no good ----------------------------------------------- */

static const struct {
	struct route_rule rule;
	const char *err;
} wrong[] = {
	{ RULE("odd", 7, .use = "m", .pattern = "ab(c"),
	  "[route odd] (line 7): pattern, character 5: missing closing "
	  "parenthesis" },
	{ RULE("b", 1, .use = "m", .pattern = "\\C"), NULL },
	{ RULE("nil", 9, .max_chars = 3),
	  "[route nil] (line 9): `use` is missing, the model to ask, or small "
	  "and large" },
	{ RULE("h", 2, .small = "s"),
	  "[route h] (line 2): large is missing beside small" },
	{ RULE("h", 2, .large = "s"),
	  "[route h] (line 2): small is missing beside large" },
	{ RULE("h", 2, .use = "m", .small = "s"),
	  "[route h] (line 2): `use` stands alone; small, large, classifier "
	  "and else are for rules without" },
	{ RULE("h", 2, .use = "m", .classifier = "c"), NULL },
	{ RULE("h", 2, .use = "m", .otherwise = "c"), NULL },
	{ RULE("h", 2, .use = "a then b"),
	  "[route h] (line 2): use = a then b: write a model, or `A then B if "
	  "weak`" },
	{ RULE("h", 2, .use = "a then a if weak"),
	  "[route h] (line 2): use = a then a if weak: names one model "
	  "twice" },
	{ RULE("h", 2, .use = "m", .judge = "j"),
	  "[route h] (line 2): judge is for `use = A then B if weak`" },
	{ RULE("h", 2, .small = "m", .large = "l", .judge = "j"), NULL },
	{ RULE("h", 2, .use = "m", .weak_on = WORDS("json", "bad")),
	  "[route h] (line 2): weak_on: \"bad\" is none of empty, refusal, "
	  "json, schema, length, logprob" },
	{ RULE("h", 2, .use = "m", .min_logprob = "low"),
	  "[route h] (line 2): min_logprob = low: write a number such as "
	  "-1.0" },
	{ RULE("h", 2, .use = "m", .has = WORDS("tools", "pictures")),
	  "[route h] (line 2): has: \"pictures\" is none of tools, images, "
	  "json_schema, code, math" },
	{ RULE("h", 2, .use = "m", .has = WORDS("tools"),
	       .lacks = WORDS("math", "tools")),
	  "[route h] (line 2): tools stands in has and in lacks; no request "
	  "is like that" },
	{ RULE("h", 2, .use = "m", .script = WORDS("none")), NULL },
	{ RULE("h", 2, .use = "m", .script = WORDS("runes")), NULL },
	{ RULE("h", 2, .use = "m", .endpoint = WORDS("models")), NULL },
	{ RULE("h", 2, .use = "m", .endpoint = WORDS("/v1/messages")),
	  "[route h] (line 2): endpoint: \"/v1/messages\" is none of "
	  "chat/completions, responses, messages, messages/count_tokens, "
	  "completions, embeddings" },
	{ RULE("h", 2, .use = "m", .min_turns = 3, .max_turns = 2),
	  "[route h] (line 2): min_turns = 3 is above max_turns = 2; no "
	  "request is like that" },
	{ RULE("h", 2, .use = "m", .time = "08:00-08:00"),
	  "[route h] (line 2): time = 08:00-08:00: the hours end when they "
	  "begin" },
	{ RULE("h", 2, .use = "m", .time = "8-18"),
	  "[route h] (line 2): time = 8-18: hours are written 08:00-18:00" },
	{ RULE("h", 2, .use = "m", .time = "monday"),
	  "[route h] (line 2): time = monday: days are written mon-fri or "
	  "sat, sun" },
	{ RULE("h", 2, .use = "m", .time = "mon,"), NULL },
	{ RULE("h", 2, .use = "m", .time = "mon-"), NULL },
	{ RULE("h", 2, .use = "m", .time = "08:60-09:00"), NULL },
	{ RULE("h", 2, .use = "m", .time = "08:00-24:01"), NULL },
	{ RULE("h", 2, .use = "m", .time = "08:00"), NULL },
	{ RULE("h", 2, .use = "m", .time = "mon 08:00-18:00 tue"), NULL },
};

static void test_wrong(void **state)
{
	struct route_rule both[2];
	char err[256];

	(void)state;
	both[0] = texts[0];
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		both[1] = wrong[i].rule;
		err[0] = '\0';
		if (route_new(both, 2, err, sizeof(err)))
			stop("%zu is accepted", i);
		if (wrong[i].err)
			assert_string_equal(err, wrong[i].err);
		else
			assert_memory_equal(err, "[route ", 7);
	}
}

/* -- hostile patterns and texts -------------------------------------------- */

/* Processor time, so that a busy machine does not fail the test. */
static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void test_catastrophe(void **state)
{
	static const char *const slow[] = {
		"(a+)+$", "(a|aa)+$", "(.*)*[xw]", "a.*[bv].*[cw]",
		"[^x]*+[yv]", "(?:a?){40}a{40}[zw]", "(a*)*[bv]",
		"^(a|a?)+$", "(?=(a+))a*[bv]\\1", "(.+)\\1[zw]",
		"(?i)a[^z]*[zw]",
	};
	size_t n = 1 << 20;
	char *text = malloc(n);
	double from, took, worst = 0;
	struct chat c = say(SHAPE_CHAT, "m", "");

	(void)state;
	memset(text, 'a', n);
	text[n - 1] = '!';
	for (size_t i = 0; i < COUNT_OF(slow); i++) {
		struct route_rule rule = RULE("s", 1, .pattern = slow[i],
					      .use = "m");
		struct route *r = make(&rule, 1);

		for (size_t len = 64; len <= n; len *= 4) {
			c.last_user = (struct str){ text + n - len, len };
			from = cpu_ms();
			assert_string_equal(rule_for(r, &c), "none");
			took = cpu_ms() - from;
			if (took > worst)
				worst = took;
		}
		route_free(&r);
	}
	free(text);
	/* Some ten milliseconds; sanitizers and old machines need more. */
	assert_true(worst < 1000);
	if (getenv("ROUTE_TEST_TIME"))
		print_message("worst: %.1f ms\n", worst);
}

/* The purse is one for all rules: a pattern behind one that has emptied it
 * is not found, and said to be given up, by both functions alike. */
static void test_purse(void **state)
{
	static const struct route_rule rules[] = {
		RULE("slow", 1, .pattern = "a(?=a*+[zw])", .use = "m"),
		RULE("plain", 2, .pattern = "b", .use = "m"),
	};
	struct route *r = make(rules, 2), *alone = make(rules + 1, 1);
	size_t n = 1 << 18;
	char *text = malloc(n);
	struct chat c = say(SHAPE_CHAT, "m", "");
	const struct route_ask ask = { .chat = &c };
	const char *why;

	(void)state;
	memset(text, 'a', n);
	text[n - 1] = 'b';
	c.last_user = (struct str){ text, n };
	assert_string_equal(rule_for(r, &c), "none");
	why = route_unmet(r, 1, a, &ask);
	assert_string_equal(why, "pattern: given up, it takes too long on "
			    "this message");
	c.last_user = (struct str){ text + n - 100, 100 };
	assert_string_equal(rule_for(alone, &c), "plain");
	free(text);
	route_free(&r);
	route_free(&alone);
}

/* Long messages are searched to their end by a plain pattern. */
static void test_long(void **state)
{
	struct route_rule rule = RULE("s", 1, .use = "m",
				      .pattern = "(?i)\\b(urgent|asap)\\b");
	struct route *r = make(&rule, 1);
	struct chat c = say(SHAPE_CHAT, "m", "");
	size_t n = 1 << 20;
	char *text = malloc(n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		text[i] = "lorem ipsum dolor. "[i % 19];
	memcpy(text + n - 8, " Urgent!", 8);
	c.last_user = (struct str){ text, n };
	assert_string_equal(rule_for(r, &c), "s");
	free(text);
	route_free(&r);
}

static void *match_often(void *ctx)
{
	struct chat code = say(SHAPE_CHAT, "auto", "a: DEF f(x)");
	struct chat none = say(SHAPE_CHAT, "x", "nothing");
	uintptr_t bad = 0;

	for (int i = 0; i < 500; i++) {
		bad += strcmp(rule_for(ctx, &code), "code") != 0;
		bad += strcmp(rule_for(ctx, &none), "none") != 0;
	}
	return (void *)bad;
}

static void test_threads(void **state)
{
	struct route *r = make(texts, COUNT_OF(texts));
	pthread_t t[4];
	void *bad;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, match_often, r),
				 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &bad);
		assert_null(bad);
	}
	route_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_no_rules),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_size_embedding),
		cmocka_unit_test(test_size_of),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_use),
		cmocka_unit_test(test_cascade),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_catastrophe),
		cmocka_unit_test(test_purse),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_threads),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, setup, teardown);
}
