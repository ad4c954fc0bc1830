/* Rules with two models: the heuristic, the classifier, and that a dialogue
 * which has once needed the better one keeps it. */
#include "corridor_bed.h"

#include "store/gens.h"

#define MODELS BED_OWN_KEYS \
	"[model small]\nupstream = openai\n" \
	"[model large]\nupstream = openai\n" \
	"[model judge]\nupstream = openai\n"
#define AUTO(more) MODELS "[route auto]\nmodel = auto\nsmall = small\n" \
	"large = large\n" more
#define CLASSIFIED AUTO("classifier = judge\n")

#define LONG "Tell me which of the many towns along that coast you would " \
	"visit first if you had only a week, and why that one of all."
#define ASKS(model, messages) "{\"model\":\"" model "\",\"messages\":[" \
	messages "]}"
#define USR(text) "{\"role\":\"user\",\"content\":\"" text "\"}"
#define AST(text) "{\"role\":\"assistant\",\"content\":\"" text "\"}"

static struct {
	const char *word; /* the classifier's; NULL: it fails */
	int classified;
} says;

/* Each model says who it is; the classifier says its word. */
static void by_model(struct bed *b, struct play *p)
{
	bool judge = bed_has(b->net.body, "\"model\":\"judge\"");
	bool large = bed_has(b->net.body, "\"model\":\"large\"");

	*p = (struct play){ .status = 200, .type = "application/json" };
	if (judge)
		says.classified++;
	if (judge && !says.word) {
		p->status = 500;
		p->body = "{}";
		return;
	}
	p->body = bed_reply(b, SHAPE_CHAT, judge ? says.word :
				large ? "I am large." : "I am small.");
}

static const char *opens(struct bed *b, const char *rest)
{
	bed_open(b, &(struct bed_conf){ NULL, NULL, rest });
	b->answer = by_model;
	says.word = "simple";
	says.classified = 0;
	return arena_printf(b->a, "Bearer %s", bed_client(b, "shop"));
}

static void test_heuristic(void **state)
{
	static const struct {
		const char *body, *model, *why;
	} cases[] = {
		{ ASKS("auto", USR("What is the capital of Peru?")), "small",
		  "short" },
		{ ASKS("auto", USR("Why does this not compile?\\n```c\\n"
			"#include <stdio.h>\\nint main(void)\\n{\\n\\tputs(1)"
			"\\n\\treturn 0;\\n}\\n```\\nBoth gcc and clang "
			"complain.")), "large", "code" },
		{ ASKS("auto", USR(LONG)), "large", "(absent)" },
		{ ASKS("small", USR(LONG)), "small", "(absent)" },
	};
	struct bed bed, *b = &bed;
	const char *key = opens(b, AUTO(""));

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(bed_chat(b, key, cases[i].body), 200);
		assert_string_equal(bed_head(b, "X-Larder-Model"),
				    cases[i].model);
		assert_logged("route_why", cases[i].why);
	}
	assert_int_equal(says.classified, 0);
	bed_close(b);
}

static void test_classifier(void **state)
{
	static const struct {
		const char *word, *model, *why;
	} cases[] = {
		{ "simple", "small", "simple" },
		{ "Complex.", "large", "complex" },
		{ "I cannot say", "large", "unclear" },
		{ NULL, "large", "unclear" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bed bed, *b = &bed;
		const char *key = opens(b, CLASSIFIED);

		says.word = cases[i].word;
		assert_int_equal(bed_chat(b, key, ASKS("auto", USR(LONG))),
				 200);
		assert_string_equal(bed_head(b, "X-Larder-Model"),
				    cases[i].model);
		assert_logged("route_why", cases[i].why);
		assert_int_equal(says.classified, 1);
		assert_int_equal(b->asides, 1);
		assert_int_equal(b->calls, 2);
		/* It is cached by a name of its own, or sticks. */
		assert_int_equal(bed_chat(b, key, ASKS("auto", USR(LONG) "," \
					  AST("Hm?") "," USR(LONG))), 200);
		assert_int_equal(says.classified, 1);
		bed_close(b);
	}
}

/* The classifier sees the caller's own key only where the model goes too. */
static void test_own_key(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, BED_UPSTREAMS
	      "[model small]\nupstream = openai\n"
	      "[model large]\nupstream = openai\n"
	      "[model judge]\nupstream = anthropic\n"
	      "[route auto]\nmodel = auto\nsmall = small\nlarge = large\n"
	      "classifier = judge\n");
	assert_int_equal(bed_chat(b, "Bearer sk-own",
				  ASKS("auto", USR(LONG))), 200);
	assert_int_equal(b->calls, 1);
	assert_int_equal(says.classified, 0);
	assert_logged("route_why", "unclear");
	bed_close(b);
}

static void test_sticky(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, CLASSIFIED);
	const char *other;

	(void)state;
	says.word = "complex";
	bed_chat(b, key, ASKS("auto", USR(LONG)));
	assert_string_equal(bed_head(b, "X-Larder-Model"), "large");
	/* A short turn of the same dialogue. */
	bed_chat(b, key, ASKS("auto", USR(LONG) "," AST("I am large.") ","
			      USR("And then?")));
	assert_string_equal(bed_head(b, "X-Larder-Model"), "large");
	assert_logged("route_why", "sticky");
	/* Another dialogue, and the same of another tenant. */
	bed_chat(b, key, ASKS("auto", USR("Hello") "," AST("Hi.") ","
			      USR("And then?")));
	assert_string_equal(bed_head(b, "X-Larder-Model"), "small");
	other = arena_printf(b->a, "Bearer %s", bed_client(b, "club"));
	bed_chat(b, other, ASKS("auto", USR(LONG) "," AST("I am large.") ","
				USR("And then?")));
	assert_string_equal(bed_head(b, "X-Larder-Model"), "small");
	bed_close(b);
}

static uint64_t puts_of(struct bed *b, const char *key, const char *body)
{
	struct store_stats was, is;

	store_stats(b->site->store, &was);
	assert_int_equal(bed_chat(b, key, body), 200);
	assert_hit();
	store_stats(b->site->store, &is);
	return is.puts - was.puts;
}

/* What is remembered already, and for long enough, is not written again. */
static void test_sticky_written(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, AUTO("sticky = 1h\n"));

	(void)state;
	bed_chat(b, key, ASKS("auto", USR(LONG)));
	/* Past the memo, which is all there is to write. */
	assert_int_equal(puts_of(b, key, ASKS("auto", " " USR(LONG))), 1);
	bed_reconfigure(b, &(struct bed_conf){ NULL, NULL,
					       AUTO("sticky = 3h\n") });
	assert_int_equal(puts_of(b, key, ASKS("auto", "  " USR(LONG))), 2);
	assert_int_equal(puts_of(b, key, ASKS("auto", "   " USR(LONG))), 1);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heuristic),
		cmocka_unit_test(test_classifier),
		cmocka_unit_test(test_own_key),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_sticky_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
