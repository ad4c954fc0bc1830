/* What an upstream is sent of a long conversation, and prompts that are too
 * long to be sent at all. */
#include "corridor_bed.h"

#define KEYED BED_OWN_KEYS "[model m]\nupstream = openai\n" \
	"[model cheap]\nupstream = openai\n"
#define DROP "[prompt_cache]\nopenai = off\n[history]\nmax_tokens = 200\nkeep_last = 2\n"
#define SUMMARISE DROP "method = summarise\nsummary_model = cheap\n"

/* Some sixty tokens, and which turn it is. */
#define WORDS "one two three four five six seven eight nine ten eleven " \
	"twelve thirteen fourteen fifteen sixteen seventeen eighteen " \
	"nineteen twenty one two three four five six seven eight nine ten " \
	"eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"

static struct {
	const char *summary; /* NULL: it fails */
	int asked;
	struct str last;     /* what the summariser was sent */
	const char *model;   /* that the last other call named */
} says;

static void by_model(struct bed *b, struct play *p)
{
	bool cheap = bed_has(b->net.body, "\"model\":\"cheap\"");

	*p = (struct play){ .status = 200, .type = "application/json" };
	if (cheap) {
		says.asked++;
		says.last = arena_str(b->a, b->net.body);
	}
	if (cheap && !says.summary) {
		p->status = 500;
		p->body = "{}";
		return;
	}
	p->body = bed_reply(b, bed_shape(b), cheap ? says.summary : "Fine.");
}

static const char *opens(struct bed *b, const char *rest)
{
	bed_open(b, &(struct bed_conf){ NULL, NULL, rest });
	b->answer = by_model;
	memset(&says, 0, sizeof(says));
	return arena_printf(b->a, "Bearer %s", bed_client(b, "shop"));
}

/* A dialogue of n questions, the last of which is open. */
static const char *dialogue(struct bed *b, int n)
{
	const char *s = "{\"model\":\"m\",\"messages\":[{\"role\":\"system\","
			"\"content\":\"Be brief.\"}";

	for (int i = 0; i < n; i++)
		s = arena_printf(b->a, "%s%s,{\"role\":\"user\",\"content\":"
			"\"q%d " WORDS "\"}", s, i ? ",{\"role\":\"assistant\","
			"\"content\":\"Fine.\"}" : "", i);
	return arena_printf(b->a, "%s]}", s);
}

static void test_short_stays(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, KEYED DROP);
	const char *body = dialogue(b, 2);

	(void)state;
	assert_int_equal(bed_chat(b, key, body), 200);
	assert_str(b->net.body, body);
	assert_null(bed_head(b, "X-Larder-Trimmed"));
	bed_close(b);
}

static void test_dropped(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, KEYED DROP);
	const char *many;

	(void)state;
	assert_int_equal(bed_chat(b, key, dialogue(b, 6)), 200);
	many = bed_head(b, "X-Larder-Trimmed");
	assert_non_null(many);
	many = arena_strdup(b->a, many);
	assert_false(bed_has(b->net.body, "q0 "));
	assert_true(bed_has(b->net.body, "q5 "));
	assert_true(bed_has(b->net.body, "Be brief."));
	assert_non_null(bed_log(b, "trimmed_tokens"));
	/* A hit has been trimmed as well, by the way of the memo too. */
	for (int i = 0; i < 2; i++) {
		bed_chat(b, key, i ? arena_printf(b->a, "%s ",
					dialogue(b, 6)) : dialogue(b, 6));
		assert_hit();
		assert_string_equal(bed_head(b, "X-Larder-Trimmed"), many);
	}
	assert_int_equal(b->calls, 1);
	bed_close(b);
}

/* Another bound, another question: what is cached was trimmed otherwise. */
static void test_named(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, KEYED DROP);

	(void)state;
	bed_chat(b, key, dialogue(b, 6));
	bed_reconfigure(b, &(struct bed_conf){ NULL, NULL,
		KEYED "[history]\nmax_tokens = 300\nkeep_last = 2\n" });
	bed_chat(b, key, dialogue(b, 6));
	assert_int_equal(b->calls, 2);
	bed_close(b);
}

static void test_summarised(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, KEYED SUMMARISE);

	(void)state;
	says.summary = "They counted to \\\"twenty\\\".";
	assert_int_equal(bed_chat(b, key, dialogue(b, 6)), 200);
	assert_int_equal(says.asked, 1);
	assert_int_equal(b->asides, 1);
	assert_true(bed_has(says.last, "q0 "));
	assert_false(bed_has(says.last, "q5 "));
	assert_true(bed_has(b->net.body, "counted to \\\"twenty\\\"."));
	assert_false(bed_has(b->net.body, "q0 "));
	assert_logged("summarised", "true");
	/* The next turn is cut at the same place, by the same summary. */
	assert_int_equal(bed_chat(b, key, arena_printf(b->a, "%.*s,{\"role\":"
		"\"assistant\",\"content\":\"Fine.\"},{\"role\":\"user\","
		"\"content\":\"And?\"}]}", (int)strlen(dialogue(b, 6)) - 2,
		dialogue(b, 6))), 200);
	assert_true(bed_has(b->net.body, "counted to"));
	assert_int_equal(says.asked, 1);
	bed_close(b);
}

/* Then it is dropped; and a caller's own key goes to no other upstream. */
static void test_no_summary(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, KEYED SUMMARISE);

	(void)state;
	assert_int_equal(bed_chat(b, key, dialogue(b, 6)), 200);
	assert_int_equal(says.asked, 1);
	assert_false(bed_has(b->net.body, "q0 "));
	assert_non_null(bed_head(b, "X-Larder-Trimmed"));
	assert_logged("summarised", "(absent)");
	bed_close(b);
	opens(b, BED_UPSTREAMS "[model m]\nupstream = openai\n"
	      "[model cheap]\nupstream = anthropic\n" SUMMARISE);
	assert_int_equal(bed_chat(b, "Bearer sk-own", dialogue(b, 6)), 200);
	assert_int_equal(says.asked, 0);
	bed_close(b);
}

#define LIMITED BED_OWN_KEYS "[model m]\nupstream = openai\n" \
	"reject_input_tokens = 200\n" \
	"[model claude]\nupstream = anthropic\nreject_input_tokens = 200\n"

static void test_refused(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, LIMITED), *body;

	(void)state;
	assert_int_equal(bed_chat(b, key, dialogue(b, 6)), 400);
	assert_says("\"code\":\"context_length_exceeded\"");
	assert_says("> 200 maximum");
	assert_int_equal(b->calls, 0);
	body = arena_printf(b->a, "{\"model\":\"claude\",\"max_tokens\":9,"
		"\"messages\":[{\"role\":\"user\",\"content\":\"" WORDS WORDS
		WORDS WORDS WORDS WORDS "\"}]}");
	assert_int_equal(bed_ask(b, &(struct ask){ .uri = "/v1/messages",
				.auth = "", .xkey = key + 7, .body = body }),
			 400);
	assert_says("\"invalid_request_error\"");
	assert_says("prompt is too long: ");
	assert_int_equal(b->calls, 0);
	assert_int_equal(bed_chat(b, key, dialogue(b, 1)), 200);
	bed_close(b);
}

/* A model of a longer window takes it. */
static void test_refused_falls(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, BED_OWN_KEYS
		"[model m]\nupstream = openai\nreject_input_tokens = 200\n"
		"fallback = wide\n[model wide]\nupstream = openai\n");

	(void)state;
	assert_int_equal(bed_chat(b, key, dialogue(b, 6)), 200);
	assert_true(bed_has(b->net.body, "\"model\":\"wide\""));
	assert_int_equal(b->calls, 1);
	bed_close(b);
}

/* Of the operator's making, in the member that the model takes. */
static void test_capped(void **state)
{
	struct bed bed, *b = &bed;
	const char *key = opens(b, BED_OWN_KEYS
		"[model m]\nupstream = openai\nmax_output_tokens = 50\n"
		"[model o3]\nupstream = openai\nmax_output_tokens = 50\n");

	(void)state;
	bed_chat(b, key, "{\"model\":\"m\"," USER("hi") "}");
	assert_true(bed_has(b->net.body, "\"max_tokens\":50"));
	bed_chat(b, key, "{\"model\":\"m\",\"max_tokens\":9," USER("hi") "}");
	assert_true(bed_has(b->net.body, "\"max_tokens\":9"));
	bed_chat(b, key, "{\"model\":\"m\",\"max_tokens\":99," USER("hi") "}");
	assert_hit(); /* it is the first question again */
	bed_chat(b, key, "{\"model\":\"o3\",\"max_tokens\":99," USER("hi")
		 "}");
	assert_true(bed_has(b->net.body, "\"max_completion_tokens\":50"));
	assert_false(bed_has(b->net.body, "\"max_tokens\""));
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_stays),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_summarised),
		cmocka_unit_test(test_no_summary),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_falls),
		cmocka_unit_test(test_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
