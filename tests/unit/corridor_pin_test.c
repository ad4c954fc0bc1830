/* Answers without a model: whoever is let in gets them, in any shape and
 * form, and nothing is asked, stored or counted for them. */
#include "corridor_bed.h"

#include <stdio.h>

#include "base/file.h"
#include "dialect/reply.h"

#define PINNED "[answers]\nfile = %1$s/faq.jsonl\n"
#define FAQ "{\"question\":\"hi!\",\"answer\":\"we say \\\"hi\\\"\"}\n"
#define SAID "we say \\\"hi\\\""

static const struct bed_conf pinned = { .rest = PINNED BED_UPSTREAMS };

static void write_faq(struct bed *b, const char *text)
{
	assert_int_equal(file_put(arena_printf(b->a, "%s/faq.jsonl", b->dir),
				  str_c(text), false), 0);
}

/* The upstream says "no" wherever it is asked. */
static void open_pinned(struct bed *b, const struct bed_conf *c)
{
	bed_open(b, &bed_plain);
	write_faq(b, FAQ);
	bed_reconfigure(b, c);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "no"));
}

static const struct kind {
	enum shape shape;
	const char *uri, *body; /* %s: further members */
	const char *id, *finish;
} kinds[] = {
	{ SHAPE_CHAT, "/v1/chat/completions",
	  "{\"model\":\"m \\u00e9\"," USER(" HI ") "%s}", "\"id\":\"chatcmpl-",
	  "stop" },
	{ SHAPE_MESSAGES, "/v1/messages",
	  "{\"model\":\"m \\u00e9\",\"max_tokens\":9," USER("hi") "%s}",
	  "\"id\":\"msg_", "end_turn" },
	{ SHAPE_RESPONSES, "/v1/responses",
	  "{\"model\":\"m \\u00e9\",\"input\":\"Hi?\"%s}", "\"id\":\"resp_",
	  "completed" },
	{ SHAPE_COMPLETION, "/v1/completions",
	  "{\"model\":\"m \\u00e9\",\"prompt\":\"hi\"%s}", "\"id\":\"cmpl-",
	  "stop" },
};

static void check_pinned(struct bed *b)
{
	static const char *const none[] = { "X-Larder-Key", "X-Larder-Model",
		"X-Larder-Upstream", "X-Larder-Saved", "Age",
		"X-Larder-Degraded" };

	assert_int_equal(b->status, 200);
	assert_cache("hit; detail=pinned");
	assert_says(SAID);
	assert_logged("cache", "pinned");
	assert_logged("status", "200");
	assert_logged("cost_usd", "0");
	assert_logged("gen_ai.usage.output_tokens", "0");
	assert_null(bed_log(b, "saved_usd"));
	assert_null(bed_log(b, "key"));
	assert_null(bed_log(b, "attempts"));
	assert_null(bed_log(b, "error.type"));
	assert_string_equal(bed_head(b, "X-Larder-Cost"), "0");
	for (size_t i = 0; i < COUNT(none); i++)
		assert_null(bed_head(b, none[i]));
}

static void ask(struct bed *b, const struct kind *k, const char *more)
{
	const char *at = strstr(k->body, "%s");

	bed_ask(b, &(struct ask){ .uri = k->uri,
		.body = arena_printf(b->a, "%.*s%s%s", (int)(at - k->body),
				     k->body, more, at + 2) });
}

/* A reply of its shape, which says what larder's own reader wants of one. */
static void check_whole(struct bed *b, const struct kind *k, struct str reply)
{
	struct reply_facts f;

	facts_init(&f);
	assert_int_equal(facts_of_json(&f, b->a, k->shape, reply), 0);
	assert_string_equal(f.model, "m \\u00e9"); /* as it stood */
	assert_string_equal(f.finish, k->finish);
	assert_int_equal(f.usage.input, 0);
	assert_int_equal(f.usage.output, 0);
	assert_true(bed_has(reply, k->id));
}

static void test_whole(void **state)
{
	struct bed bed, *b = &bed;
	struct str before;

	(void)state;
	open_pinned(b, &pinned);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		ask(b, &kinds[i], "");
		check_pinned(b);
		check_whole(b, &kinds[i], b->body);
		assert_logged("endpoint", kinds[i].uri + 4);
		assert_logged("gen_ai.request.model", "m \u00e9");
		assert_logged("stream", "false");
		before = b->body;
		ask(b, &kinds[i], ""); /* no memo leads elsewhere */
		check_pinned(b);
		assert_false(str_eq(before, b->body)); /* an id of its own */
	}
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

static void test_stream(void **state)
{
	struct bed bed, *b = &bed;
	struct buf whole;

	(void)state;
	open_pinned(b, &pinned);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		ask(b, &kinds[i], ",\"stream\":true");
		check_pinned(b);
		assert_string_equal(bed_head(b, "Content-Type"),
				    SSE "; charset=utf-8");
		assert_logged("stream", "true");
		buf_init(&whole, b->a);
		assert_int_equal(reply_assemble(&whole, kinds[i].shape,
						b->body), 0);
		check_whole(b, &kinds[i], kinds[i].shape == SHAPE_CHAT ||
			    kinds[i].shape == SHAPE_COMPLETION ?
			    str_c(arena_printf(b->a, "%.*s,\"usage\":"
				"{\"prompt_tokens\":0,\"completion_tokens\":0}}",
				(int)whole.n - 1, whole.p)) :
			    buf_view(&whole));
	}
	ask(b, &kinds[0], ",\"stream\":true,\"stream_options\":"
	    "{\"include_usage\":true}");
	assert_says("\"total_tokens\":0");
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

/* -- what goes on to the model --------------------------------------------- */

static void test_others_are_asked(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	open_pinned(b, &pinned);
	bed_chat(b, NULL, "{\"model\":\"m\"," USER("hello") "}");
	assert_cache("fwd=miss; stored");
	bed_chat(b, NULL, "{\"model\":\"m\"," USER("hello") "}");
	assert_hit();
	assert_logged("cache", "local");
	bed_chat(b, NULL, "{\"model\":\"m\",\"n\":2," USER("hi") "}");
	assert_cache("fwd=miss; stored");
	bed_ask(b, &(struct ask){ .uri = "/v1/models", .method = "GET" });
	assert_null(strstr(b->line.p, "pinned"));
	bed_close(b);
}

static const struct {
	const char *control, *more;
	bool pinned;
} directives[] = {
	{ "no-cache", "", false },
	{ "max-age=0", "", true }, /* it is made now */
	{ "no-store", "", true },
	{ "only-if-cached", "", true },
	{ NULL, ",\"cache\":{\"no-cache\":true}", false },
	{ NULL, ",\"cache\":{\"no-cache\":false}", true },
	{ NULL, ",\"cache\":{\"ttl\":5}", true },
};

static void test_directives(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	open_pinned(b, &pinned);
	for (size_t i = 0; i < COUNT(directives); i++) {
		int before = b->calls;

		bed_ask(b, &(struct ask){
			.body = arena_printf(b->a, "{\"model\":\"m\","
				USER("hi") "%s}", directives[i].more),
			.param = { directives[i].control ?
					   "HTTP_CACHE_CONTROL" : NULL,
				   directives[i].control } });
		assert_int_equal(b->status, 200);
		assert_int_equal(b->calls, before + !directives[i].pinned);
		if (directives[i].pinned)
			check_pinned(b);
		else
			assert_says("\"no\"");
	}
	/* What is wrong in it is told as ever. */
	bed_chat(b, NULL, "{\"model\":\"m\"," USER("hi") ",\"cache\":1}");
	assert_int_equal(b->status, 400);
	bed_close(b);
}

/* -- who may have it ------------------------------------------------------- */

static void test_clients(void **state)
{
	const struct bed_conf own = { .rest = PINNED BED_OWN_KEYS };
	struct bed bed, *b = &bed;

	(void)state;
	open_pinned(b, &own);
	bed_chat(b, "Bearer sk-stranger", CHAT);
	assert_int_equal(b->status, 401);
	assert_false(bed_has(b->body, SAID));
	bed_chat(b, "", CHAT);
	assert_int_equal(b->status, 401);
	bed_chat(b, bed_client(b, "alice"), CHAT);
	check_pinned(b);
	assert_logged("tenant", "alice");
	bed_chat(b, bed_client(b, "bob"), CHAT);
	check_pinned(b);
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

/* -- another file ---------------------------------------------------------- */

/* What a memo remembers is older than the answer that is pinned now. */
static void test_reload(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	open_pinned(b, &pinned);
	write_faq(b, "");
	bed_reconfigure(b, &pinned);
	bed_chat(b, NULL, CHAT);
	assert_cache("fwd=miss; stored");
	bed_chat(b, NULL, CHAT);
	assert_hit();
	write_faq(b, FAQ);
	bed_chat(b, NULL, CHAT); /* not read again yet */
	assert_logged("cache", "local");
	bed_reconfigure(b, &pinned);
	bed_chat(b, NULL, CHAT);
	check_pinned(b);
	write_faq(b, "");
	bed_reconfigure(b, &pinned);
	bed_chat(b, NULL, CHAT);
	assert_logged("cache", "local");
	assert_int_equal(b->calls, 1);
	bed_close(b);
}

static void test_bad_file(void **state)
{
	struct bed bed, *b = &bed;
	struct site *s;
	char err[600] = "";

	(void)state;
	open_pinned(b, &pinned);
	write_faq(b, FAQ FAQ);
	s = site_open(b->conf, err, sizeof(err));
	assert_null(s);
	assert_non_null(strstr(err, "/faq.jsonl:2: the question stands in "
				    "line 1"));
	bed_chat(b, NULL, CHAT); /* the old site has the old ones */
	check_pinned(b);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_others_are_asked),
		cmocka_unit_test(test_directives),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_bad_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
