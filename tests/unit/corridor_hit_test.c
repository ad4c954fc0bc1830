/* Hits: the same question in other bytes and in either form. */
#include "corridor_bed.h"

#include <stdio.h>
#include <stdlib.h>

/* -- a miss, then hits ----------------------------------------------------- */

static const struct kind {
	enum shape shape;
	const char *uri, *body, *spaced, *stream;
	const char *done; /* how its stream ends */
	const char *cost;
} kinds[] = {
	{ SHAPE_CHAT, "/v1/chat/completions", CHAT,
	  " {\"messages\" : [{\"content\":\"h\\u0069\",\"role\":\"user\"}],\n"
	  "\"model\":\"m\", \"stream\":false}",
	  "{\"model\":\"m\",\"stream\":true," USER("hi") "}",
	  "data: [DONE]\n\n", "0.00002" },
	{ SHAPE_MESSAGES, "/v1/messages",
	  "{\"model\":\"m\",\"max_tokens\":9," USER("hi") "}",
	  "{\"max_tokens\":9.0,\"model\":\"m\"," USER("hi") "}",
	  "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true," USER("hi") "}",
	  "{\"type\":\"message_stop\"}\n\n", "0.00002" },
	{ SHAPE_RESPONSES, "/v1/responses",
	  "{\"model\":\"m\",\"input\":\"hi\"}",
	  "{\"input\":\"hi\" , \"model\":\"m\"}",
	  "{\"model\":\"m\",\"input\":\"hi\",\"stream\":true}",
	  "\n\n", "0.00002" },
	{ SHAPE_COMPLETION, "/v1/completions",
	  "{\"model\":\"m\",\"prompt\":\"hi\"}",
	  "{\"model\":\"m\",\"prompt\":\"hi\"}\n",
	  "{\"model\":\"m\",\"prompt\":\"hi\",\"stream\":true}",
	  "data: [DONE]\n\n", "0.00002" },
	{ SHAPE_EMBEDDING, "/v1/embeddings",
	  "{\"model\":\"e\",\"input\":\"hi\"}",
	  "{\"input\":\"hi\",\"model\":\"e\"}", NULL, NULL, "0.00001" },
	{ SHAPE_COUNT, "/v1/messages/count_tokens",
	  "{\"model\":\"m\"," USER("hi") "}",
	  "{" USER("hi") ",\"model\":\"m\"}", NULL, NULL, NULL },
};

static void check_miss(struct bed *b, const struct kind *k, const char *body)
{
	const char *model = k->shape == SHAPE_EMBEDDING ? "e" : "m";

	assert_int_equal(b->status, 200);
	assert_cache("fwd=miss; stored");
	assert_str(b->body, body);
	assert_logged("cache", "miss");
	assert_logged("status", "200");
	assert_logged("endpoint", k->uri + 4);
	assert_logged("gen_ai.request.model", model);
	assert_logged("attempts", "1");
	assert_logged("stream", "false");
	assert_null(bed_log(b, "saved_usd"));
	if (k->cost) {
		assert_logged("gen_ai.usage.input_tokens", "10");
		assert_logged("cost_usd", k->cost);
		assert_string_equal(bed_head(b, "X-Larder-Cost"), k->cost);
	}
	assert_non_null(bed_head(b, "X-Larder-Key"));
	assert_logged("key", bed_head(b, "X-Larder-Key"));
	assert_string_equal(bed_head(b, "X-Larder-Model"), model);
}

static void check_hit(struct bed *b, const struct kind *k)
{
	long ttl = -1;

	assert_int_equal(b->status, 200);
	assert_int_equal(sscanf(bed_cache(b), "hit; ttl=%ld; detail=local",
				&ttl), 1);
	assert_in_range(ttl, 3 * 86400 - 60, 3 * 86400);
	assert_in_range(atol(bed_head(b, "Age")), 0, 60);
	assert_logged("cache", "local");
	assert_logged("cost_usd", "0");
	assert_logged("saved_by", "cache");
	assert_null(bed_log(b, "attempts"));
	if (k->cost) {
		assert_logged("saved_usd", k->cost);
		assert_string_equal(bed_head(b, "X-Larder-Saved"), k->cost);
		assert_logged("gen_ai.usage.input_tokens", "10");
	}
}

static void miss_then_hit(struct bed *b, const struct kind *k)
{
	const char *reply = bed_reply(b, k->shape, "yes");

	bed_plays(b, "application/json", reply);
	b->calls = 0;
	bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->body });
	check_miss(b, k, reply);
	/* The second way is remembered, the third has other bytes. */
	for (int i = 0; i < 2; i++) {
		bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->body });
		check_hit(b, k);
		assert_str(b->body, reply);
	}
	bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->spaced });
	check_hit(b, k);
	bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->spaced });
	check_hit(b, k);
	assert_str(b->body, reply);
	assert_int_equal(b->calls, 1);
}

static void test_miss_then_hit(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(kinds); i++)
		miss_then_hit(b, &kinds[i]);
	assert_int_equal(b->lines, 5 * COUNT(kinds));
	bed_close(b);
}

/* Counting tokens is free, whatever the tokens would cost. */
static void test_count_costs_nothing(void **state)
{
	const struct kind *k = &kinds[5];
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_COUNT, ""));
	bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->body });
	assert_true(!bed_log(b, "cost_usd") ||
		    strcmp(bed_log(b, "cost_usd"), "0") == 0);
	bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->body });
	assert_true(!bed_log(b, "saved_usd") ||
		    strcmp(bed_log(b, "saved_usd"), "0") == 0);
	bed_close(b);
}

/* -- forms ----------------------------------------------------------------- */

static void check_stream(struct bed *b, const struct kind *k)
{
	size_t n = strlen(k->done);

	assert_int_equal(b->status, 200);
	assert_string_equal(bed_head(b, "Content-Type"),
			    SSE "; charset=utf-8");
	assert_string_equal(bed_head(b, "X-Accel-Buffering"), "no");
	assert_null(bed_head(b, "Content-Length"));
	assert_true(b->body.n > n);
	assert_memory_equal(b->body.p + b->body.n - n, k->done, n);
	assert_says("f\\u00fcr 9007199254740993");
	assert_logged("stream", "true");
}

static void check_whole(struct bed *b)
{
	struct json_error err;
	struct json doc;

	assert_int_equal(b->status, 200);
	assert_string_equal(bed_head(b, "Content-Type"), "application/json");
	assert_int_equal(json_parse(&doc, b->a, b->body, &err), 0);
	assert_says("f\\u00fcr 9007199254740993");
	assert_logged("stream", "false");
}

static void both_forms(struct bed *b, const struct kind *k, bool stream_first)
{
	const char *say = "f\\u00fcr 9007199254740993";
	const char *type = stream_first ? SSE : "application/json";
	struct ask json = { .uri = k->uri, .body = k->body };
	struct ask sse = { .uri = k->uri, .body = k->stream };

	json.auth = sse.auth = stream_first ? "Bearer s" : "Bearer j";
	bed_plays(b, type, stream_first ? bed_stream(b, k->shape, say) :
					  bed_reply(b, k->shape, say));
	b->play.piece = 7;
	b->calls = 0;
	bed_ask(b, stream_first ? &sse : &json);
	assert_logged("cost_usd", k->cost);
	assert_logged("gen_ai.usage.output_tokens", "5");
	if (stream_first) {
		check_stream(b, k);
		assert_true(str_starts(b->body, STR(": larder\n\n")));
		assert_true(b->flushes > 1);
	}
	for (int i = 0; i < 2; i++) {
		bed_ask(b, &sse);
		assert_hit();
		check_stream(b, k);
		bed_ask(b, &json);
		assert_hit();
		check_whole(b);
	}
	assert_logged("saved_usd", k->cost);
	assert_int_equal(b->calls, 1);
}

static void test_both_forms(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (!kinds[i].stream)
			continue;
		both_forms(b, &kinds[i], false);
		both_forms(b, &kinds[i], true);
	}
	bed_close(b);
}

/* The upstream has its own idea of the form; the caller gets what it wants. */
static void test_unexpected_form(void **state)
{
	const struct kind *k = &kinds[0];
	const char *say = "f\\u00fcr 9007199254740993";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, say));
	bed_chat(b, "Bearer 1", k->stream);
	check_stream(b, k);
	assert_cache("fwd=miss; stored");
	bed_plays(b, "text/event-stream;charset=utf-8",
		  bed_stream(b, SHAPE_CHAT, say));
	bed_chat(b, "Bearer 2", k->body);
	check_whole(b);
	assert_cache("fwd=miss; stored");
	assert_logged("cost_usd", "0.00002");
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_miss_then_hit),
		cmocka_unit_test(test_count_costs_nothing),
		cmocka_unit_test(test_both_forms),
		cmocka_unit_test(test_unexpected_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
