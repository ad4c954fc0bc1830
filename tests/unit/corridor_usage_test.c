/* What a call used and cost, where its upstream says it and where not. */
#include "corridor_bed.h"

#include <stdio.h>
#include <stdlib.h>

#define JSON "application/json"
#define STREAM "{\"model\":\"m\",\"stream\":true," USER("hi") "}"
#define DELTA "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":" \
	"{\"content\":\"four words of it\"},\"finish_reason\":null}]}\n\n"
#define STOP "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{}" \
	",\"finish_reason\":\"stop\"}]}\n\n"
#define DONE "data: [DONE]\n\n"
#define CHOICE "\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"," \
	"\"message\":{\"role\":\"assistant\",\"content\":\"four words of " \
	"it\"}}]"
#define USED "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}"
#define START "event: message_start\ndata: {\"type\":\"message_start\"," \
	"\"message\":{\"model\":\"m\",\"role\":\"assistant\",\"content\":[]," \
	"\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}\n\n" \
	"data: {\"type\":\"content_block_start\",\"index\":0," \
	"\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n" \
	"data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":" \
	"{\"type\":\"text_delta\",\"text\":\"four words of it\"}}\n\n"

/* -- estimates ------------------------------------------------------------- */

/* "~": some number that is not 0, by estimate. NULL: absent. */
static const struct {
	const char *uri, *ask, *type, *reply;
	enum net_end end;
	const char *input, *output, *cost;
} calls[] = {
	{ NULL, STREAM, SSE, DELTA STOP "data: {\"choices\":[]," USED "}\n\n"
	  DONE, NET_DONE, "10", "5", "0.00002" },
	/* Nothing is said, of a whole one and of one that broke. */
	{ NULL, STREAM, SSE, DELTA STOP DONE, NET_DONE, "~", "~", "~" },
	{ NULL, CHAT, SSE, DELTA STOP DONE, NET_DONE, "~", "~", "~" },
	{ NULL, STREAM, SSE, DELTA, NET_BROKEN, "~", "~", "~" },
	{ NULL, STREAM, SSE, DELTA DELTA "data: {\"err", NET_STALLED, "~",
	  "~", "~" },
	{ NULL, CHAT, JSON, "{\"model\":\"m\"," CHOICE "}", NET_DONE, "~",
	  "~", "~" },
	{ NULL, CHAT, JSON, "{\"model\":\"m\"," CHOICE ",\"usage\":{"
	  "\"prompt_tokens\":10}}", NET_DONE, "10", "~", "~" },
	/* Said at the beginning is not yet all. */
	{ "/v1/messages", "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,"
	  USER("hi") "}", SSE, START, NET_BROKEN, "10", "~", "~" },
	/* Sound is no text. */
	{ "/v1/responses", "{\"model\":\"m\",\"stream\":true,\"input\":"
	  "\"hi\"}", SSE, "data: {\"type\":\"response.output_audio.delta\","
	  "\"delta\":\"T2dnUwACAAAAAAAA\"}\n\n", NET_BROKEN, "~", "0", "~" },
	/* Another kind of document: what it says, or what it is. */
	{ NULL, CHAT, JSON, "{\"model\":\"m\",\"usage\":{\"prompt_tokens\":10,"
	  "\"completion_tokens\":5}}", NET_DONE, "10", "5", "0.00002" },
	{ NULL, CHAT, JSON, "{\"object\":\"job\"}", NET_DONE, "~", "0", "~" },
	{ "/v1/embeddings", "{\"model\":\"e\",\"input\":[\"some\",\"text\"]}",
	  JSON, "{\"data\":[{\"embedding\":[0.5]}]}", NET_DONE, "~", NULL,
	  "~" },
	/* Of those that never began nobody takes money. */
	{ NULL, CHAT, NULL, "", NET_NO_CONNECT, NULL, NULL, NULL },
	{ NULL, STREAM, SSE, "data: {\"error\":{\"message\":\"no\"}}\n\n",
	  NET_DONE, NULL, NULL, NULL },
	/* A model without a price. */
	{ NULL, "{\"model\":\"x\"," USER("hi") "}", JSON,
	  "{\"model\":\"x\"," CHOICE "," USED "}", NET_DONE, "10", "5",
	  NULL },
};

/* 1 when it is an estimate. */
static int check(struct bed *b, size_t i, const char *name, const char *want)
{
	const char *have = bed_log(b, name);

	if (want && strcmp(want, "~") == 0) {
		if (!have || atof(have) <= 0)
			bed_fail("call %zu: %s is %s\n", i, name,
				 have ? have : "absent");
		return 1;
	}
	if ((have == NULL) != (want == NULL) ||
	    (have && strcmp(have, want) != 0))
		bed_fail("call %zu: %s is %s, not %s\n", i, name,
			 have ? have : "absent", want ? want : "absent");
	return 0;
}

static void test_estimates(void **state)
{
	struct bed bed, *b = &bed;
	int guessed;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(calls); i++) {
		bed_plays(b, calls[i].type, calls[i].reply);
		b->play.end = calls[i].end;
		b->play.status = calls[i].type ? 200 : 0;
		bed_ask(b, &(struct ask){ .uri = calls[i].uri,
			.body = calls[i].ask,
			.auth = arena_printf(b->a, "Bearer %zu", i) });
		guessed = check(b, i, "gen_ai.usage.input_tokens",
				calls[i].input);
		guessed |= check(b, i, "gen_ai.usage.output_tokens",
				 calls[i].output);
		check(b, i, "cost_usd", calls[i].cost);
		check(b, i, "estimated", guessed ? "true" : NULL);
	}
	bed_close(b);
}

/* A stored estimate stays one. */
static void test_estimated_hit(void **state)
{
	struct bed bed, *b = &bed;
	const char *cost;

	(void)state;
	bed_open(b, &bed_plain);
	bed_plays(b, JSON, "{\"model\":\"m\"," CHOICE "}");
	bed_chat(b, NULL, CHAT);
	cost = bed_log(b, "cost_usd");
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_logged("estimated", "true");
	assert_logged("cost_usd", "0");
	assert_logged("saved_usd", cost);
	bed_close(b);
}

/* Of an answer that is not kept, as much again as was. */
static void test_too_large(void **state)
{
	const struct bed_conf small = { "max_reply = 64K\n", NULL, NULL };
	struct bed bed, *b = &bed;
	struct buf reply;

	(void)state;
	bed_open(b, &small);
	buf_init(&reply, b->a);
	buf_puts(&reply, "{\"model\":\"m\",\"choices\":[{\"index\":0,"
			 "\"message\":{\"content\":\"");
	for (int i = 0; i < 32000; i++)
		buf_puts(&reply, "word ");
	buf_puts(&reply, "\"}}]," USED "}");
	bed_plays(b, JSON, reply.p);
	b->play.piece = 5000;
	assert_int_equal(bed_chat(b, NULL, CHAT), 200);
	assert_int_equal(b->body.n, reply.n);
	assert_logged("estimated", "true");
	assert_in_range(atoi(bed_log(b, "gen_ai.usage.output_tokens")), 20000,
			80000);
	bed_close(b);
}

/* A document that is cut in the middle of 300 KB which no model wrote, or did:
 * the tokens of what is text, also beyond a limit that its server has not gone
 * by. */
static const struct {
	const char *more, *uri, *head, *filler;
	enum net_end end;
	int least, most;
} cuts[] = {
	{ "", NULL, "{\"choices\":[{\"message\":{\"content\":\"four words of "
	  "it\",\"audio\":{\"data\":\"", "T2dnUw", NET_BROKEN, 4, 6 },
	{ "", NULL, "{\"choices\":[{\"message\":{\"content\":\"four words of "
	  "it\"},\"logprobs\":{\"content\":[0", ",{\"token\":\"word\"}",
	  NET_BROKEN, 4, 6 },
	{ "", NULL, "{\"choices\":[{\"message\":{\"images\":[{\"image_url\":"
	  "{\"url\":\"data:", "T2dnUw", NET_STALLED, 0, 0 },
	{ "", NULL, "{\"choices\":[{\"message\":{\"content\":\"", "word ",
	  NET_BROKEN, 40000, 131072 },
	{ "\"max_tokens\":50,", NULL, "{\"choices\":[{\"message\":{\"content\":"
	  "\"", "word ", NET_BROKEN, 40000, 131072 },
	{ "\"max_tokens\":50,\"n\":2,", NULL, "{\"choices\":[{\"message\":{"
	  "\"content\":\"", "word ", NET_BROKEN, 40000, 131072 },
	{ "\"max_tokens\":50,", NULL, "no JSON ", "word ", NET_DONE, 40000,
	  131072 },
	{ "\"max_tokens\":50,", "/v1/messages", "{\"content\":[{\"type\":"
	  "\"text\",\"text\":\"", "word ", NET_BROKEN, 40000, 131072 },
};

static void test_cut_documents(void **state)
{
	struct bed bed, *b = &bed;
	struct buf reply;
	int n;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(cuts); i++) {
		buf_init(&reply, b->a);
		buf_puts(&reply, cuts[i].head);
		while (reply.n < 300000)
			buf_puts(&reply, cuts[i].filler);
		bed_plays(b, JSON, arena_cstr(b->a, buf_view(&reply)));
		b->play.end = cuts[i].end;
		bed_ask(b, &(struct ask){ .uri = cuts[i].uri,
			.body = arena_printf(b->a, "{\"model\":\"m\",%s"
					     USER("hi") "}", cuts[i].more) });
		assert_logged("estimated", "true");
		n = atoi(bed_log(b, "gen_ai.usage.output_tokens"));
		if (n < cuts[i].least || n > cuts[i].most)
			bed_fail("cut %zu: %d tokens\n", i, n);
	}
	bed_close(b);
}

/* What failed after it had begun is paid for, too. */
static void cut_first(struct bed *b, struct play *p)
{
	*p = (struct play){ .status = 200, .type = JSON,
			    .body = "{\"model\":\"m\"," CHOICE "," USED "}" };
	if (b->calls > 1)
		return;
	p->body = "{\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{";
	p->end = NET_BROKEN;
}

static void test_retried(void **state)
{
	const struct bed_conf again = { NULL, NULL, "[upstream o]\nmodels = "
		"any\nurl = https://o.test/v1\nretries = 1\nbackoff = 1ms\n" };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &again);
	b->answer = cut_first;
	assert_int_equal(bed_chat(b, NULL, CHAT), 200);
	assert_logged("attempts", "2");
	assert_logged("maybe_billed", "1");
	assert_logged("gen_ai.usage.output_tokens", "5");
	assert_true(atof(bed_log(b, "cost_usd")) > 0.00002);
	bed_close(b);
}

/* -- what replies say ------------------------------------------------------ */

static const struct {
	const char *reply, *name, *want;
} said[] = {
	{ "{\"model\":\"m\",\"service_tier\":\"flex\"," CHOICE "," USED "}",
	  "service_tier", "flex" },
	{ "{\"model\":\"m\",\"service_tier\":\"default\"," CHOICE "," USED "}",
	  "service_tier", NULL },
	{ "{\"model\":\"m\"," CHOICE ",\"usage\":{\"prompt_tokens\":10,"
	  "\"completion_tokens\":5,\"completion_tokens_details\":{"
	  "\"reasoning_tokens\":3}}}", "reasoning_tokens", "3" },
	{ "{\"model\":\"m\"," CHOICE ",\"usage\":{\"prompt_tokens\":10,"
	  "\"completion_tokens\":5,\"completion_tokens_details\":{"
	  "\"reasoning_tokens\":0}}}", "reasoning_tokens", NULL },
	/* The provider's own word, beside the table's and in its place. */
	{ "{\"model\":\"m\"," CHOICE ",\"usage\":{\"prompt_tokens\":10,"
	  "\"completion_tokens\":5,\"cost\":0.00014}}", "provider_cost_usd",
	  "0.00014" },
	{ "{\"model\":\"m\"," CHOICE ",\"usage\":{\"prompt_tokens\":10,"
	  "\"completion_tokens\":5,\"cost\":0.00014}}", "cost_usd",
	  "0.00002" },
	{ "{\"model\":\"m-9\"," CHOICE "," USED "}", "priced_as", "m" },
	{ "{\"model\":\"m\"," CHOICE "," USED "}", "priced_as", NULL },
};

static void test_said(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(said); i++) {
		bed_plays(b, JSON, said[i].reply);
		for (int hit = 0; hit < 2; hit++) {
			bed_chat(b, arena_printf(b->a, "Bearer %zu", i), CHAT);
			if (!hit || strstr(said[i].name, "cost") == NULL)
				check(b, i, said[i].name,
				      hit && strcmp(said[i].name, "priced_as")
					      == 0 ? NULL : said[i].want);
		}
		assert_hit();
	}
	bed_plays(b, JSON, "{\"model\":\"x\"," CHOICE ",\"usage\":{"
		  "\"prompt_tokens\":10,\"completion_tokens\":5,"
		  "\"cost_in_usd_ticks\":94000}}");
	bed_chat(b, "Bearer x", "{\"model\":\"x\"," USER("hi") "}");
	assert_logged("cost_usd", "0.0000094");
	bed_close(b);
}

/* Size and life of an answer are those of the cache. */
static void test_kept(void **state)
{
	const struct bed_conf conf = { NULL, "ttl = 1h\n", NULL };
	struct bed bed, *b = &bed;
	const char *size;
	int64_t left;

	(void)state;
	bed_open(b, &conf);
	b->answer = bed_says_count;
	bed_chat(b, NULL, CHAT);
	size = bed_log(b, "size");
	assert_non_null(size);
	assert_logged("ttl_ms", "3600000");
	assert_logged("scope", "tenant");
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_logged("size", size);
	left = atoll(bed_log(b, "ttl_ms"));
	assert_true(left > 3000000 && left <= 3600000);
	bed_ask(b, &(struct ask){ .body = CHAT,
		.param = { "HTTP_CACHE_CONTROL", "no-store" } });
	assert_logged("size", "(absent)");
	bed_close(b);
}

/* -- stream_options -------------------------------------------------------- */

static void refuses_options(struct bed *b, struct play *p)
{
	*p = (struct play){ .status = 200, .type = SSE,
			    .body = DELTA STOP DONE };
	if (!bed_has(b->net.body, "stream_options"))
		return;
	p->status = 400;
	p->type = JSON;
	p->body = "{\"error\":{\"message\":\"Extra inputs are not permitted: "
		  "stream_options\",\"type\":\"invalid_request_error\"}}";
}

static void test_refused_options(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = refuses_options;
	assert_int_equal(bed_chat(b, NULL, STREAM), 200);
	assert_says("four words");
	assert_int_equal(b->calls, 2);
	assert_false(bed_has(b->net.body, "stream_options"));
	assert_logged("estimated", "true");
	/* Who asks for it himself is told, as he would be without larder. */
	assert_int_equal(bed_chat(b, "Bearer own", "{\"model\":\"m\",\"stream\""
		":true,\"stream_options\":{\"include_usage\":true},"
		USER("hi") "}"), 400);
	assert_int_equal(b->calls, 3);
	bed_close(b);
}

static void test_translated_options(void **state)
{
	const struct bed_conf no = { NULL, NULL, "[upstream o]\nmodels = any\n"
		"url = https://o.test/v1\nstream_usage = no\n"
		"endpoints = chat/completions\n" };
	const char *ask = "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true,"
		USER("hi") "}";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	bed_reconfigure(b, &no);
	b->answer = refuses_options;
	assert_int_equal(bed_ask(b, &(struct ask){ .uri = "/v1/messages",
						   .body = ask }), 200);
	assert_int_equal(b->calls, 1);
	assert_false(bed_has(b->net.body, "stream_options"));
	assert_true(bed_has(b->net.body, "\"stream\":true"));
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_estimates),
		cmocka_unit_test(test_estimated_hit),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_cut_documents),
		cmocka_unit_test(test_retried),
		cmocka_unit_test(test_said),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_refused_options),
		cmocka_unit_test(test_translated_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
