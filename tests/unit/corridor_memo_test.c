/* What a memo leads past, and what it does not. */
#include "corridor_bed.h"

#define MODELS BED_UPSTREAMS "[model small]\nupstream = openai\n" \
	"[model large]\nupstream = openai\n"
#define RULE(name, model, more) "[route " name "]\nmodel = " model "\n" \
	"small = small\nlarge = large\n" more
#define LONG "Tell me which of the many towns along that coast you would " \
	"visit first if you had only a week, and why that one of all."
#define ALWAYS "time = 00:00-24:00\n"

static const char auto_body[] = "{\"model\":\"auto\"," USER("hi") "}";

/* Why a rule chose is known to who went the long way alone. */
static bool leads_past(struct bed *b)
{
	assert_int_equal(bed_chat(b, NULL, auto_body), 200);
	assert_cache("fwd=miss; stored");
	assert_logged("route_why", "short");
	assert_int_equal(bed_chat(b, NULL, auto_body), 200);
	assert_hit();
	return !bed_log(b, "route_why");
}

/* What a rule with `time` decided must not last longer than the hour. */
static void test_time(void **state)
{
	static const struct {
		const char *rest;
		bool memo;
	} cases[] = {
		{ MODELS RULE("a", "auto", ""), true },
		{ MODELS RULE("a", "auto", ALWAYS), false },
		/* It did not hold, or something else of it did not. */
		{ MODELS RULE("a", "auto", "time = 00:00-00:01\n")
		  RULE("b", "auto", ""), false },
		{ MODELS RULE("a", "auto", ALWAYS "min_turns = 9\n")
		  RULE("b", "auto", ""), false },
		/* It was never for this model, or never looked at. */
		{ MODELS RULE("a", "other", ALWAYS) RULE("b", "auto", ""),
		  true },
		{ MODELS RULE("a", "auto", "") RULE("b", "auto", ALWAYS),
		  true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bed bed, *b = &bed;

		bed_open(b, &(struct bed_conf){ NULL, NULL, cases[i].rest });
		b->answer = bed_says_count;
		if (leads_past(b) != cases[i].memo)
			bed_fail("case %zu\n", i);
		bed_close(b);
	}
}

static uint64_t entries(const struct bed *b)
{
	struct store_stats s;

	store_stats(b->site->store, &s);
	return s.entries;
}

/* Nor where no rule held: at another hour one may. */
static void test_no_rule(void **state)
{
	static const struct {
		const char *rest;
		uint64_t kept;
	} cases[] = {
		{ MODELS RULE("a", "auto", "min_turns = 9\n"), 2 },
		{ MODELS RULE("a", "auto", "min_turns = 9\n" ALWAYS), 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bed bed, *b = &bed;

		bed_open(b, &(struct bed_conf){ NULL, NULL, cases[i].rest });
		b->answer = bed_says_count;
		assert_int_equal(bed_chat(b, NULL, auto_body), 200);
		assert_int_equal(entries(b), cases[i].kept);
		assert_int_equal(bed_chat(b, NULL, auto_body), 200);
		assert_hit();
		assert_int_equal(entries(b), cases[i].kept);
		bed_close(b);
	}
}

/* Rules look at the tag, so it is part of what was asked. */
static void test_tag(void **state)
{
	static const struct {
		const char *tag, *model;
	} asks[] = {
		{ "eu", "large" }, { "us", "small" }, { NULL, "small" },
		{ "eu", "large" },
	};
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &(struct bed_conf){ NULL, NULL, MODELS
		 "[route eu]\nmodel = auto\ntag = eu\nuse = large\n"
		 "[route rest]\nmodel = auto\nuse = small\n" });
	b->answer = bed_says_count;
	for (size_t i = 0; i < COUNT(asks); i++) {
		assert_int_equal(bed_ask(b, &(struct ask){
			.body = auto_body, .param = { asks[i].tag ?
				"HTTP_X_LARDER_TAG" : "X", asks[i].tag } }),
			200);
		assert_string_equal(bed_head(b, "X-Larder-Model"),
				    asks[i].model);
	}
	assert_int_equal(b->calls, 2);
	bed_close(b);
}

static void answers(struct bed *b, struct play *p)
{
	bool judge = bed_has(b->net.body, "\"model\":\"judge\"");

	*p = (struct play){ .status = judge && b->calls == 1 ? 500 : 200,
			    .type = "application/json" };
	p->body = p->status != 200 ? "{}" : bed_reply(b, SHAPE_CHAT,
		judge ? "complex" : "yes");
}

/* A classifier that failed once. */
static void test_unclear(void **state)
{
	static const char body[] = "{\"model\":\"auto\"," USER(LONG) "}";
	static const char *const why[] = { "unclear", "complex", "complex",
					   "(absent)" };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &(struct bed_conf){ NULL, NULL, MODELS
		 "[model judge]\nupstream = openai\n"
		 RULE("a", "auto", "classifier = judge\nelse = small\n"
		      "sticky = 0\n") });
	b->answer = answers;
	for (size_t i = 0; i < COUNT(why); i++) {
		assert_int_equal(bed_chat(b, NULL, body), 200);
		if (i < 2) /* the next has its memo */
			assert_logged("route_why", why[i]);
	}
	assert_null(bed_log(b, "route_why"));
	assert_string_equal(bed_head(b, "X-Larder-Model"), "large");
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_no_rule),
		cmocka_unit_test(test_tag),
		cmocka_unit_test(test_unclear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
