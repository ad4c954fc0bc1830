/* `A then B if weak`: whose answer the caller gets, when it sees the first of
 * it, what both cost, and under which name it is kept. The cheap model is m,
 * the better one big. */
#include "corridor_bed.h"

#define ONE(name, rest) "[upstream " name "]\nurl = https://" name ".test/v1\n" \
	"retries = 0\nbreaker_failures = 0\n" rest
#define MODELS ONE("openai", "") "[model m]\nupstream = openai\n" \
	"[model big]\nupstream = openai\n[model j]\nupstream = openai\n"
#define RULE(more) MODELS "[route up]\nmodel = auto\n" \
	"use = m then big if weak\nsticky = 0\n" more

#define AUTO(more) "{\"model\":\"auto\"," more USER("hi") "}"
#define STREAM "\"stream\":true,"
#define JSON "\"response_format\":{\"type\":\"json_object\"},"
#define NO "I'm sorry, but I can't help with that."
#define OOPS "{\"error\":{\"message\":\"oops\",\"type\":\"server_error\"}}"

static struct {
	const char *cheap;   /* what m says; NULL: it fails */
	const char *events;  /* or its stream as it stands */
	const char *opinion; /* what j says */
	bool big_fails;
	size_t piece;
	int ticks;
	int cheap_calls, big_calls, judge_calls;
	struct str judged;   /* the last body that j was asked */
} says;

static void answers(struct bed *b, struct play *p, const char *text)
{
	bool stream = bed_has(b->net.body, "\"stream\":true");
	enum shape s = bed_shape(b);

	*p = (struct play){ .status = 200, .piece = says.piece,
			    .type = stream ? SSE : "application/json" };
	p->body = stream ? bed_stream(b, s, text) : bed_reply(b, s, text);
}

static void fails(struct play *p)
{
	*p = (struct play){ .status = 500, .type = "application/json",
			    .body = OOPS };
}

static void by_model(struct bed *b, struct play *p)
{
	if (bed_has(b->net.body, "\"model\":\"j\"")) {
		says.judge_calls++;
		says.judged = b->net.body;
		if (says.opinion)
			answers(b, p, says.opinion);
		else
			fails(p);
	} else if (bed_has(b->net.body, "\"model\":\"big\"")) {
		says.big_calls++;
		if (says.big_fails)
			fails(p);
		else
			answers(b, p, "I am big.");
	} else {
		says.cheap_calls++;
		if (says.cheap)
			answers(b, p, says.cheap);
		else
			fails(p);
		if (says.events)
			*p = (struct play){ 200, .type = SSE,
				.body = says.events, .piece = says.piece,
				.ticks = says.ticks, .tick_ms = 2 };
	}
}

static void opens(struct bed *b, const char *rest)
{
	bed_open(b, &(struct bed_conf){ NULL, NULL, rest });
	b->answer = by_model;
	memset(&says, 0, sizeof(says));
	says.cheap = "I am small.";
}

#define assert_calls(cheap, big) \
	do { \
		assert_int_equal(says.cheap_calls, (cheap)); \
		assert_int_equal(says.big_calls, (big)); \
	} while (0)
#define assert_model(want) \
	assert_string_equal(bed_head(b, "X-Larder-Model"), (want))

/* -- whole answers --------------------------------------------------------- */

static void test_good(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	assert_int_equal(bed_chat(b, NULL, AUTO("")), 200);
	assert_says("I am small.");
	assert_calls(1, 0);
	assert_model("m");
	assert_null(bed_head(b, "X-Larder-Degraded"));
	assert_logged("weak", "(absent)");
	assert_logged("cost_usd", "0.00002");
	assert_logged("route", "up");
	bed_chat(b, NULL, AUTO(""));
	assert_hit();
	assert_calls(1, 0);
	bed_close(b);
}

static void test_weak(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	says.cheap = NO;
	assert_int_equal(bed_chat(b, NULL, AUTO("")), 200);
	assert_says("I am big.");
	assert_calls(1, 1);
	assert_model("big");
	assert_cache("fwd=miss; stored");
	assert_null(bed_head(b, "X-Larder-Degraded"));
	/* Both are on the bill. */
	assert_logged("weak", "refusal");
	assert_logged("weak_model", "m");
	assert_logged("weak_cost_usd", "0.00002");
	assert_logged("cost_usd", "0.00022");
	assert_logged("attempts", "2");
	assert_logged("fallback_from", "(absent)");
	/* The same again, and in other bytes: nobody is asked. */
	bed_chat(b, NULL, AUTO(""));
	assert_hit();
	assert_model("big");
	assert_null(bed_head(b, "X-Larder-Degraded"));
	bed_chat(b, NULL, AUTO(" "));
	assert_hit();
	assert_says("I am big.");
	assert_model("big");
	assert_null(bed_head(b, "X-Larder-Degraded"));
	assert_logged("weak", "(absent)");
	/* It is big's answer for who asks big, but not m's for who asks m. */
	bed_chat(b, NULL, "{\"model\":\"big\"," USER("hi") "}");
	assert_hit();
	assert_calls(1, 1);
	bed_chat(b, NULL, "{\"model\":\"m\"," USER("hi") "}");
	assert_cache("fwd=miss; stored");
	assert_says("I can't help");
	/* Nor the other way round. */
	bed_chat(b, NULL, AUTO(" "));
	assert_says("I am big.");
	bed_close(b);
}

/* The better one's answer is known, but not to this question. */
static void test_better_is_kept(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	says.cheap = NO;
	bed_chat(b, NULL, "{\"model\":\"big\"," USER("hi") "}");
	bed_chat(b, NULL, AUTO(""));
	assert_hit();
	assert_says("I am big.");
	assert_calls(1, 1);
	assert_logged("weak", "refusal");
	assert_logged("cost_usd", "0.00002");
	bed_chat(b, NULL, AUTO(""));
	assert_hit();
	assert_calls(1, 1);
	assert_logged("cost_usd", "0");
	bed_close(b);
}

static void test_better_fails(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	says.cheap = NO;
	says.big_fails = true;
	assert_int_equal(bed_chat(b, NULL, AUTO("")), 200);
	assert_says("I can't help with that.");
	assert_calls(1, 1);
	assert_model("m");
	assert_string_equal(bed_head(b, "X-Larder-Degraded"),
			    "a weak answer (refusal) of m, because the better "
			    "model failed (status 500)");
	assert_logged("cost_usd", "0.00002");
	assert_logged("status", "200");
	/* It is not kept. */
	says.big_fails = false;
	bed_chat(b, NULL, AUTO(""));
	assert_cache("fwd=miss; stored");
	assert_says("I am big.");
	assert_calls(2, 2);
	bed_close(b);
}

/* The other is a fallback as well, also of a model without a section. */
static void test_cheap_fails(void **state)
{
	static const char *const confs[] = { RULE(""), BED_UPSTREAMS
		"[route up]\nmodel = auto\nuse = m then big if weak\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(confs); i++) {
		struct bed bed, *b = &bed;

		opens(b, confs[i]);
		says.cheap = NULL;
		assert_int_equal(bed_chat(b, NULL, AUTO("")), 200);
		assert_says("I am big.");
		assert_calls(1, 1);
		assert_string_equal(bed_head(b, "X-Larder-Degraded"),
				    "answered by big, because m failed "
				    "(status 500)");
		assert_logged("fallback_from", "m");
		assert_logged("weak", "(absent)");
		/* And when both do, the first one's error. */
		says.big_fails = true;
		assert_int_equal(bed_chat(b, NULL, "{\"model\":\"auto\","
					  USER("2") "}"), 500);
		bed_close(b);
	}
}

static const struct {
	const char *rule, *more, *cheap;
	const char *weak; /* NULL: good */
} reasons[] = {
	{ "", "", " \\n", "empty" },
	{ "weak_on = refusal\n", "", " ", NULL },
	{ "weak_on = empty\n", "", NO, NULL },
	{ "", JSON, "{\\\"a\\\":1}", NULL },
	{ "", JSON, "Here: {\\\"a\\\":1}", "json" },
	{ "", "", "Here: {\\\"a\\\":1}", NULL },
	{ "", "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
	  "{\"name\":\"x\",\"schema\":{\"type\":\"object\",\"required\":["
	  "\"b\"]}}},", "{\\\"a\\\":1}", "schema" },
};

static void test_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reasons); i++) {
		for (int stream = 0; stream < 2; stream++) {
			struct bed bed, *b = &bed;
			struct arena *a = arena_new();

			opens(b, arena_printf(a, RULE("%s"),
					      reasons[i].rule));
			says.cheap = reasons[i].cheap;
			bed_chat(b, NULL, arena_printf(a, "{\"model\":"
				"\"auto\",%s%s" USER("hi") "}",
				reasons[i].more, stream ? STREAM : ""));
			assert_int_equal(b->status, 200);
			assert_calls(1, reasons[i].weak != NULL);
			assert_int_equal(bed_has(b->body, "I am big."),
					 reasons[i].weak != NULL);
			assert_logged("weak", reasons[i].weak ?
				      reasons[i].weak : "(absent)");
			bed_close(b);
			arena_free(&a);
		}
	}
}

/* Other APIs, and one in the words of another. */
static void test_shapes(void **state)
{
	static const struct {
		const char *uri, *body;
	} asks[] = {
		{ "/v1/messages", "{\"model\":\"auto\",\"max_tokens\":9,"
		  USER("hi") },
		{ "/v1/responses", "{\"model\":\"auto\",\"input\":\"hi\"" },
		{ "/v1/completions", "{\"model\":\"auto\",\"prompt\":\"hi\"" },
	};
	static const char *const confs[] = {
		BED_UPSTREAMS "[route up]\nmodel = auto\n"
			"use = m then big if weak\n",
		ONE("anthropic", "dialect = anthropic\n")
			"[model m]\nupstream = anthropic\n"
			"[model big]\nupstream = anthropic\n"
			"[route up]\nmodel = auto\n"
			"use = m then big if weak\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(asks) * COUNT(confs) * 2; i++) {
		struct bed bed, *b = &bed;
		struct ask q = { .uri = asks[i % COUNT(asks)].uri };
		bool other = i / COUNT(asks) % 2;

		if (other && i % COUNT(asks) == 2)
			continue; /* nobody translates completions */
		opens(b, confs[other]);
		q.body = arena_printf(b->a, "%s%s}", asks[i % 3].body,
				      i >= 6 ? ",\"stream\":true" : "");
		says.cheap = NO;
		assert_int_equal(bed_ask(b, &q), 200);
		assert_says("I am big.");
		assert_false(bed_has(b->body, "sorry"));
		assert_calls(1, 1);
		bed_ask(b, &q);
		assert_hit();
		says.cheap = "I am small.";
		q.body = arena_printf(b->a, "%s,\"temperature\":0%s}",
				      asks[i % 3].body,
				      i >= 6 ? ",\"stream\":true" : "");
		assert_int_equal(bed_ask(b, &q), 200);
		assert_says("I am small.");
		assert_calls(2, 1);
		bed_close(b);
	}
}

/* -- streams --------------------------------------------------------------- */

#define DELTA(text) "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0," \
	"\"delta\":{\"content\":\"" text "\"},\"finish_reason\":null}]}\n\n"
#define FINISH "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0," \
	"\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define USED "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10," \
	"\"completion_tokens\":5,\"total_tokens\":15}}\n\n"
#define END "data: [DONE]\n\n"

/* Nothing of it is shown, nor waited for to its end. */
static void test_stream_weak(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	says.piece = 1;
	says.events = DELTA("I'm sorry, but I can't ") DELTA("help with that.")
		"data: {\"not\": json\n\n"; /* would be found broken */
	assert_int_equal(bed_chat(b, NULL, AUTO(STREAM)), 200);
	assert_says("I am big.");
	assert_says("[DONE]");
	assert_false(bed_has(b->body, "sorry"));
	assert_model("big");
	assert_calls(1, 1);
	assert_logged("weak", "refusal");
	/* What m cost nobody has said: its prompt and what came of its answer,
	 * by estimate. */
	assert_logged("maybe_billed", "1");
	assert_logged("cost_usd", "0.00023");
	bed_chat(b, NULL, AUTO(STREAM));
	assert_hit();
	bed_chat(b, NULL, AUTO(" "));
	assert_hit();
	assert_calls(1, 1);
	bed_close(b);
}

/* Told to the end, where it is weak only then: the bill is known. */
static void test_stream_weak_at_end(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	says.events = DELTA("{\\\"a\\\":") FINISH USED END;
	bed_chat(b, NULL, AUTO(STREAM JSON));
	assert_says("I am big.");
	assert_logged("weak", "json");
	assert_logged("maybe_billed", "(absent)");
	assert_logged("cost_usd", "0.00022");
	bed_close(b);
}

/* What was held back comes at once, in its order, and once. */
static void test_stream_good(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	says.piece = 7;
	says.events = DELTA("") DELTA("I can") DELTA(" do ") DELTA("it.")
		FINISH USED END;
	assert_int_equal(bed_chat(b, NULL, AUTO(STREAM)), 200);
	assert_calls(1, 0);
	assert_str(b->body, ": larder\n\n" DELTA("") DELTA("I can")
		   DELTA(" do ") DELTA("it.") FINISH END);
	assert_model("m");
	assert_logged("cost_usd", "0.00002");
	bed_chat(b, NULL, AUTO(STREAM));
	assert_hit();
	assert_says("I can");
	/* To the end, where JSON was asked for. */
	says.events = DELTA("{\\\"a\\\"") DELTA(":1}") FINISH USED END;
	bed_chat(b, NULL, AUTO(STREAM JSON));
	assert_calls(2, 0);
	assert_str(b->body, DELTA("{\\\"a\\\"") DELTA(":1}") FINISH END);
	bed_chat(b, NULL, AUTO(STREAM JSON));
	assert_hit();
	bed_close(b);
}

/* The first byte comes with what decides it: a stream that breaks behind that
 * is its caller's, one that breaks before is not. */
static void test_stream_breaks(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	says.events = DELTA("I can") DELTA(" do ");
	assert_int_equal(bed_chat(b, NULL, AUTO(STREAM)), 200);
	assert_says("I can");
	assert_says("\"error\"");
	assert_calls(1, 0);
	says.events = DELTA("I can");
	assert_int_equal(bed_chat(b, NULL, AUTO(STREAM)), 200);
	assert_says("I am big.");
	assert_false(bed_has(b->body, "I can"));
	assert_logged("fallback_from", "m");
	assert_calls(2, 1);
	bed_close(b);
}

/* A weak answer that was cut short is asked for again. */
static void test_stream_better_fails(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	says.cheap = NO;
	says.piece = 10;
	says.big_fails = true;
	assert_int_equal(bed_chat(b, NULL, AUTO(STREAM)), 200);
	assert_says("I can't help with that.");
	assert_says("[DONE]");
	assert_calls(2, 1);
	assert_model("m");
	assert_string_equal(bed_head(b, "X-Larder-Degraded"),
			    "a weak answer (refusal) of m, because the better "
			    "model failed (status 500)");
	assert_logged("maybe_billed", "1");
	assert_cache("fwd=miss");
	/* What was not cut is there. */
	says.events = DELTA("{") FINISH USED END;
	bed_chat(b, NULL, AUTO(STREAM JSON));
	assert_str(b->body, DELTA("{") FINISH END);
	assert_calls(3, 2);
	bed_close(b);
}

/* And when that fails too, there is an end of it. */
static void fails_then(struct bed *b, struct play *p)
{
	by_model(b, p);
	if (says.cheap_calls > 1)
		fails(p);
}

static void test_all_fail(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	b->answer = fails_then;
	says.cheap = NO;
	says.piece = 10;
	says.big_fails = true;
	assert_int_equal(bed_chat(b, NULL, AUTO(STREAM)), 500);
	assert_says("oops");
	assert_calls(2, 2);
	bed_close(b);
}

/* What is more than may be held is not judged. */
static void test_stream_too_large(void **state)
{
	struct bed bed, *b = &bed;
	struct buf text;

	(void)state;
	bed_open(b, &(struct bed_conf){ "max_reply = 64K\n", NULL, RULE("") });
	b->answer = by_model;
	memset(&says, 0, sizeof(says));
	buf_init(&text, b->a);
	for (int i = 0; i < 1000; i++)
		buf_puts(&text, DELTA("{"));
	buf_puts(&text, FINISH USED END);
	says.events = arena_cstr(b->a, buf_view(&text));
	assert_int_equal(bed_chat(b, NULL, AUTO(STREAM JSON)), 200);
	assert_calls(1, 0);
	assert_says("[DONE]");
	assert_int_equal(b->body.n, strlen(": larder\n\n") + text.n -
			 strlen(USED));
	assert_cache("fwd=miss");
	bed_close(b);
}

/* Signs of life come meanwhile, and commit nobody to an answer. */
static void test_alive(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &(struct bed_conf){ "keep_alive = 1ms\n", NULL,
					RULE("") });
	b->answer = by_model;
	memset(&says, 0, sizeof(says));
	says.cheap = "";
	says.events = DELTA("{") FINISH USED END;
	says.ticks = 3;
	assert_int_equal(bed_chat(b, NULL, AUTO(STREAM JSON)), 200);
	assert_says(": keep-alive\n\n");
	assert_says("I am big.");
	assert_calls(1, 1);
	/* The weak one comes behind the same head. */
	says.big_fails = true;
	assert_int_equal(bed_chat(b, NULL, AUTO(" " STREAM JSON
						"\"temperature\":0,")), 200);
	assert_says(": keep-alive\n\n");
	assert_says(DELTA("{") FINISH END);
	assert_calls(2, 2);
	bed_close(b);
}

/* -- another model's opinion ----------------------------------------------- */

static void test_judge(void **state)
{
	static const struct {
		const char *opinion;
		bool weak;
	} opinions[] = {
		{ "weak", true }, { "Weak.", true }, { "good", false },
		{ "I cannot tell", false }, { NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(opinions) * 2; i++) {
		struct bed bed, *b = &bed;
		bool weak = opinions[i / 2].weak;

		opens(b, RULE("judge = j\n"));
		says.opinion = opinions[i / 2].opinion;
		assert_int_equal(bed_chat(b, NULL, i % 2 ? AUTO(STREAM) :
							   AUTO("")), 200);
		assert_int_equal(says.judge_calls, 1);
		assert_calls(1, weak);
		assert_says(weak ? "I am big." : "I am small.");
		assert_logged("weak", weak ? "judge" : "(absent)");
		assert_int_equal(b->asides, 1);
		assert_true(bed_has(says.judged, "I am small."));
		assert_true(bed_has(says.judged, "hi"));
		bed_close(b);
	}
}

/* It is not asked of what is weak anyhow, nor where it would see a credential
 * that is not for it. */
static void test_judge_not_asked(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE("judge = j\n"));
	says.opinion = "weak";
	says.cheap = NO;
	bed_chat(b, NULL, AUTO(""));
	assert_int_equal(says.judge_calls, 0);
	assert_says("I am big.");
	bed_close(b);
	opens(b, ONE("openai", "") ONE("other", "")
	      "[model m]\nupstream = openai\n[model big]\nupstream = openai\n"
	      "[model j]\nupstream = other\n[route up]\nmodel = auto\n"
	      "use = m then big if weak\njudge = j\n");
	says.opinion = "weak";
	bed_chat(b, NULL, AUTO(""));
	assert_int_equal(says.judge_calls, 0);
	assert_says("I am small.");
	bed_close(b);
}

/* -- who has no say -------------------------------------------------------- */

/* Requests that are not the rule's, and models that may not be asked. */
static void test_others(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, RULE(""));
	says.cheap = NO;
	bed_chat(b, NULL, "{\"model\":\"m\"," USER("hi") "}");
	assert_calls(1, 0);
	assert_says("can't help");
	/* A question that is not kept is judged as well. */
	bed_ask(b, &(struct ask){ .body = AUTO(""),
		.param = { "HTTP_CACHE_CONTROL", "no-store" } });
	assert_says("I am big.");
	bed_close(b);
	/* The caller's credential is for the upstream of the first. */
	opens(b, ONE("openai", "") ONE("other", "")
	      "[model m]\nupstream = openai\n[model big]\nupstream = other\n"
	      "[route up]\nmodel = auto\nuse = m then big if weak\n");
	says.cheap = NO;
	bed_chat(b, NULL, AUTO(""));
	assert_calls(1, 0);
	assert_says("can't help");
	bed_close(b);
}

/* Who is to renew an answer asks as the first one did. */
static void test_renewal(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &(struct bed_conf){ NULL, "ttl = 1ms\nstale_while_revalidate = 1h\n"
		"early_refresh = no\n", RULE("") });
	b->answer = by_model;
	memset(&says, 0, sizeof(says));
	says.cheap = NO;
	bed_chat(b, NULL, AUTO(""));
	assert_calls(1, 1);
	bed_later(5);
	bed_chat(b, NULL, AUTO(""));
	assert_hit();
	assert_says("I am big.");
	assert_int_equal(b->behind, 1);
	assert_calls(2, 2);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_better_is_kept),
		cmocka_unit_test(test_better_fails),
		cmocka_unit_test(test_cheap_fails),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_stream_weak),
		cmocka_unit_test(test_stream_weak_at_end),
		cmocka_unit_test(test_stream_good),
		cmocka_unit_test(test_stream_breaks),
		cmocka_unit_test(test_stream_better_fails),
		cmocka_unit_test(test_all_fail),
		cmocka_unit_test(test_stream_too_large),
		cmocka_unit_test(test_alive),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_judge_not_asked),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_renewal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
