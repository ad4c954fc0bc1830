/* `A then B if weak`, where there is nothing to judge, where two rules judge
 * differently, and where the better one's answer is known already. */
#include "corridor_bed.h"

#include <stdio.h>

#define MODELS "[upstream openai]\nurl = https://openai.test/v1\n" BED_ONCE \
	"[upstream anthropic]\nurl = https://anthropic.test/v1\n" BED_ONCE \
	"[upstream far]\nurl = https://far.test/v1\n" BED_ONCE \
	"[model m]\nupstream = openai\n[model big]\nupstream = openai\n" \
	"[model away]\nname = big\nupstream = far\n" \
	"[model claude]\nupstream = anthropic\n"
#define RULE(name, when, use) "[route " name "]\nmodel = " when "\n" \
	"use = " use " if weak\n"
#define NO "I'm sorry, but I can't help with that."

static const char *small; /* what m says */

static void by_model(struct bed *b, struct play *p)
{
	enum shape s = bed_shape(b);
	bool big = bed_has(b->net.body, "\"model\":\"big\"");

	*p = (struct play){ .status = 200, .type = "application/json",
			    .body = "{\"input_tokens\":12}" };
	if (s == SHAPE_EMBEDDING)
		p->body = "{\"object\":\"list\",\"model\":\"m\",\"data\":[{"
			  "\"object\":\"embedding\",\"index\":0,"
			  "\"embedding\":[0.5]}]}";
	else if (s != SHAPE_COUNT)
		p->body = bed_reply(b, s, big ? "I am big." : small);
}

static void opens(struct bed *b, const char *rest)
{
	bed_open(b, &(struct bed_conf){ NULL, NULL, rest });
	b->answer = by_model;
	small = "I am small.";
}

static void test_nothing_to_judge(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, MODELS RULE("up", "auto", "m then big")
	      RULE("claude", "opus", "claude then big"));
	assert_int_equal(bed_ask(b, &(struct ask){ .uri = "/v1/embeddings",
		.body = "{\"model\":\"auto\",\"input\":\"hi\"}" }), 200);
	assert_int_equal(b->calls, 1);
	assert_logged("weak", "(absent)");
	assert_int_equal(bed_ask(b, &(struct ask){
		.uri = "/v1/messages/count_tokens",
		.body = "{\"model\":\"opus\"," USER("hi") "}" }), 200);
	assert_int_equal(b->calls, 2);
	assert_logged("weak", "(absent)");
	bed_close(b);
}

/* What one rule takes for good another may not; and a better model of the
 * same name elsewhere is another. */
static void test_whose_judgement(void **state)
{
	static const struct {
		const char *rule;
		bool hit;
	} cases[] = {
		{ RULE("b", "b", "m then big") "weak_on = empty\n", true },
		{ RULE("b", "b", "m then big") "weak_on = empty, refusal\n",
		  false },
		{ RULE("b", "b", "m then away") "weak_on = empty\n", false },
		{ RULE("b", "b", "m then big") "weak_on = empty\njudge = m\n",
		  false },
		{ RULE("b", "b", "m then big") "weak_on = empty, logprob\n"
		  "min_logprob = -2\n", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bed bed, *b = &bed;
		char conf[2000];
		int before;

		snprintf(conf, sizeof(conf), "%s%s", MODELS
			 RULE("a", "a", "m then big") "weak_on = empty\n",
			 cases[i].rule);
		opens(b, conf);
		small = NO;
		bed_chat(b, NULL, "{\"model\":\"a\"," USER("hi") "}");
		assert_says("can't help");
		before = b->calls;
		bed_chat(b, NULL, "{\"model\":\"b\"," USER("hi") "}");
		if ((b->calls == before) != cases[i].hit)
			bed_fail("%s\n", cases[i].rule);
		bed_close(b);
	}
}

#define TALK(more) "{\"model\":\"auto\",\"messages\":[{\"role\":\"user\"," \
	"\"content\":\"hi\"}" more "]}"
#define MORE ",{\"role\":\"assistant\",\"content\":\"I am big.\"}," \
	"{\"role\":\"user\",\"content\":\"And?\"}"

/* A hit that is the better one's answer does not make the dialogue the other
 * one's. */
static void test_hit_sticks(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, MODELS RULE("up", "auto", "m then big") "sticky = 1h\n");
	small = NO;
	bed_chat(b, NULL, TALK(""));
	bed_chat(b, NULL, TALK(" "));
	assert_hit();
	small = "I am small.";
	bed_chat(b, NULL, TALK(MORE));
	assert_says("I am big.");
	assert_logged("route_why", "sticky");
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_to_judge),
		cmocka_unit_test(test_whose_judgement),
		cmocka_unit_test(test_hit_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
