/* Streams: whole, broken, silent, and callers who leave them. */
#include "corridor_bed.h"

/* -- streams --------------------------------------------------------------- */

#define DELTA "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":" \
	"{\"content\":\"part\"},\"finish_reason\":null}]}\n\n"
#define STOP "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{}" \
	",\"finish_reason\":\"stop\"}]}\n\n"
#define DONE "data: [DONE]\n\n"
#define OOPS "data: {\"error\":{\"message\":\"oops\"}}\n\n"
#define STREAM "{\"model\":\"m\",\"stream\":true," USER("hi") "}"

static const struct broken {
	const char *body;
	enum net_end end;
	bool stored, error; /* an error event of larder's own */
	const char *has, *has_not, *type;
} broken[] = {
	{ DELTA STOP DONE, NET_DONE, true, false, DONE, NULL, NULL },
	{ DELTA STOP DONE, NET_BROKEN, true, false, DONE, NULL, NULL },
	{ DELTA, NET_DONE, false, true, "part", DONE, "upstream_broken" },
	{ DELTA STOP, NET_DONE, false, true, "stop", DONE,
	  "upstream_broken" },
	{ "", NET_DONE, false, false, "upstream_broken", DONE,
	  "upstream_broken" },
	{ DELTA, NET_STALLED, false, true, "part", DONE, "upstream_stalled" },
	{ DELTA, NET_BROKEN, false, true, "part", DONE, "upstream_broken" },
	{ DELTA "data: {\"cho", NET_DONE, false, true, "part", "cho\n",
	  "upstream_broken" },
	{ DELTA OOPS, NET_DONE, false, false, "oops", DONE, NULL },
	{ DELTA OOPS DONE, NET_DONE, false, false, "oops", NULL, NULL },
	{ DELTA "data: nonsense\n\n" STOP DONE, NET_DONE, false, true,
	  "part", "nonsense", "upstream_broken" },
	{ "data: nonsense\n\n" DELTA STOP DONE, NET_DONE, false, false,
	  "upstream_broken", "nonsense", "upstream_broken" },
	{ OOPS, NET_DONE, false, false, "oops", "larder", "500" },
	{ DELTA DONE, NET_DONE, false, false, "part", NULL, NULL },
	{ DONE, NET_DONE, false, false, "upstream_broken", DONE,
	  "upstream_broken" },
	{ DELTA STOP DONE "data: {\"junk\":1}\n\n", NET_DONE, false, false,
	  DONE, "junk", NULL },
	{ DELTA STOP DONE ": bye\n\n", NET_DONE, true, false, DONE, "bye",
	  NULL },
	{ DELTA STOP DONE "data: left", NET_DONE, true, false, DONE, "left",
	  NULL },
};

static void break_one(struct bed *b, const struct broken *k, size_t i)
{
	const char *auth = arena_printf(b->a, "Bearer %zu", i);
	const char *asked = k->stored ? "hit" : "fwd=miss";

	bed_plays(b, SSE, k->body);
	b->play.end = k->end;
	b->play.piece = i % 3 ? i : 0;
	/* Of those that begin something was shown. */
	assert_int_equal(bed_chat(b, auth, STREAM),
			 str_starts(str_c(k->body), STR(DELTA)) ? 200 :
			 str_starts(str_c(k->body), STR(OOPS)) ? 500 : 502);
	if (k->has)
		assert_says(k->has);
	if (k->has_not)
		assert_false(bed_has(b->body, k->has_not));
	assert_int_equal(bed_has(b->body, "data: {\"error\":{\"message\":"
				 "\"The upstream"), k->error);
	if (k->type)
		assert_logged("error.type", k->type);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "new"));
	bed_chat(b, auth, CHAT);
	assert_int_equal(strncmp(bed_cache(b), asked, strlen(asked)), 0);
	assert_says(k->stored ? "part" : "new");
}

static void test_broken_streams(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(broken); i++)
		break_one(b, &broken[i], i);
	bed_close(b);
}

/* The same faults towards one who wants the answer whole: a 502, or nothing
 * that is kept. */
static void test_broken_collected(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(broken); i++) {
		const char *auth = arena_printf(b->a, "Bearer %zu", i);

		if (broken[i].end != NET_DONE)
			continue;
		bed_plays(b, SSE, broken[i].body);
		bed_chat(b, auth, CHAT);
		assert_int_equal(b->status == 200 &&
				 strstr(bed_cache(b), "stored"),
				 broken[i].stored);
		bed_plays(b, "application/json",
			  bed_reply(b, SHAPE_CHAT, "new"));
		bed_chat(b, auth, CHAT);
		assert_says(broken[i].stored ? "part" : "new");
	}
	bed_close(b);
}

static void test_usage_chunk(void **state)
{
	const struct bed_conf no = { NULL, NULL, "[upstream o]\nmodels = any\n"
		"url = https://o.test/v1\nstream_usage = no\n" };
	const char *want = "{\"model\":\"m\",\"stream\":true,"
		"\"stream_options\":{\"include_usage\":true}," USER("hi") "}";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	bed_plays(b, SSE, bed_stream(b, SHAPE_CHAT, "yes"));
	for (int i = 0; i < 3; i++) {
		bed_chat(b, NULL, STREAM);
		assert_false(bed_has(b->body, "prompt_tokens"));
		assert_logged("gen_ai.usage.input_tokens", "10");
		bed_chat(b, NULL, want);
		assert_says("prompt_tokens");
		assert_hit();
	}
	assert_int_equal(b->calls, 1);
	bed_chat(b, "Bearer new", want);
	assert_says("prompt_tokens");
	assert_cache("fwd=miss"); /* said before it was stored */

	bed_reconfigure(b, &no);
	bed_chat(b, NULL, STREAM);
	assert_str(b->net.body, STREAM);
	bed_close(b);
}

static void test_larger_than_kept(void **state)
{
	const struct bed_conf small = { "max_reply = 1K", NULL, NULL };
	struct bed bed, *b = &bed;
	struct buf text;

	(void)state;
	bed_open(b, &small);
	buf_init(&text, b->a);
	for (int i = 0; i < 30; i++)
		buf_puts(&text, DELTA);
	buf_puts(&text, STOP DONE);
	bed_plays(b, SSE, arena_cstr(b->a, buf_view(&text)));
	b->play.piece = 100;
	for (int i = 1; i < 3; i++) {
		bed_chat(b, NULL, STREAM);
		assert_cache("fwd=miss");
		assert_str(b->body, arena_printf(b->a, ": larder\n\n%s",
						 b->play.body));
		assert_int_equal(b->calls, i);
	}
	/* Assembling it would need it whole. */
	assert_int_equal(bed_chat(b, NULL, CHAT), 502);
	assert_logged("error.type", "upstream_refused");

	bed_plays(b, "application/json",
		  bed_reply(b, SHAPE_CHAT, arena_cstr(b->a, buf_view(&text))));
	b->play.piece = 100;
	for (int i = 0; i < 2; i++) {
		bed_chat(b, NULL, CHAT);
		assert_cache("fwd=miss");
		assert_str(b->body, b->play.body);
	}
	bed_close(b);
}

static void test_silence(void **state)
{
	const struct bed_conf conf = { "keep_alive = 10ms", NULL, NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	bed_plays(b, SSE, DELTA STOP DONE);
	b->play.ticks = 3;
	b->play.tick_ms = 11;
	bed_chat(b, NULL, STREAM);
	assert_str(b->body, ": keep-alive\n\n: keep-alive\n\n"
		   ": keep-alive\n\n: larder\n\n" DELTA STOP DONE);
	bed_chat(b, NULL, STREAM);
	assert_str(b->body, DELTA STOP DONE);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "yes"));
	b->play.ticks = 3;
	b->play.tick_ms = 11;
	bed_chat(b, "Bearer 2", CHAT);
	assert_str(b->body, b->play.body);
	bed_close(b);
}

/* -- callers who leave ----------------------------------------------------- */

static void test_caller_gone(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	for (int stream = 0; stream < 2; stream++) {
		bed_plays(b, stream ? SSE : "application/json",
			  stream ? DELTA : "{\"choices");
		b->play.gone = true;
		bed_chat(b, NULL, stream ? STREAM : CHAT);
		assert_logged("status", "499");
		assert_logged("client_aborted", "true");
		assert_null(bed_log(b, "cost_usd"));
	}
	/* The sink finds out first. */
	bed_plays(b, SSE, DELTA STOP DONE);
	b->play.piece = 10;
	bed_chat(b, "Bearer stays", STREAM);
	b->sink_dies_at = b->head.n + 30;
	bed_chat(b, NULL, STREAM);
	assert_logged("status", "499");
	assert_logged("client_aborted", "true");
	b->sink_dies_at = 0;
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "new"));
	bed_chat(b, NULL, CHAT);
	assert_cache("fwd=miss; stored");
	bed_close(b);
}

static void test_finish(void **state)
{
	const struct bed_conf conf = { "on_client_abort = finish", NULL,
				       NULL };
	struct bed bed, *b = &bed;
	size_t whole;

	(void)state;
	bed_open(b, &conf);
	bed_plays(b, SSE, bed_stream(b, SHAPE_CHAT, "whole"));
	bed_chat(b, "Bearer stays", STREAM);
	whole = b->head.n + b->body.n;
	for (size_t at = 1; at < whole; at += whole / 7) {
		const char *auth = arena_printf(b->a, "Bearer %zu", at);

		bed_plays(b, SSE, bed_stream(b, SHAPE_CHAT, "whole"));
		b->play.piece = 10;
		b->play.ticks = 1;
		b->play.gone = at % 2;
		b->sink_dies_at = at;
		bed_chat(b, auth, STREAM);
		assert_logged("client_aborted", "true");
		assert_logged("status", "499");
		assert_logged("cost_usd", "0.00002");
		b->sink_dies_at = 0;
		bed_chat(b, auth, CHAT);
		assert_hit();
		assert_says("whole");
	}
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_broken_streams),
		cmocka_unit_test(test_broken_collected),
		cmocka_unit_test(test_usage_chunk),
		cmocka_unit_test(test_larger_than_kept),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_caller_gone),
		cmocka_unit_test(test_finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
