/* Calls that are made again, those that are not, and what is shown before an
 * answer begins. */
#include "corridor_bed.h"

#define AGAIN(more) "[upstream openai]\nurl = https://openai.test/v1\n" \
	"models = any\nretries = 2\nbackoff = 1ms\nbreaker_failures = 0\n" more

#define STREAM "{\"model\":\"m\",\"stream\":true," USER("hi") "}"
#define OOPS "{\"error\":{\"message\":\"oops\",\"type\":\"server_error\"}}"

static const struct bed_conf again = { NULL, NULL, AGAIN("") };

/* What the first calls get; the next gets a good answer. */
struct bad {
	struct play play;
	int times;
};
static struct bad bad;

static void fails_first(struct bed *b, struct play *p)
{
	if (b->calls <= bad.times)
		*p = bad.play;
	else if (b->play.type)
		*p = b->play;
	else
		bed_says_count(b, p);
}

static void opens(struct bed *b, const struct bed_conf *conf)
{
	bed_open(b, conf);
	b->answer = fails_first;
}

static void ask_after(struct bed *b, struct play play, int times,
		      const char *body)
{
	bad = (struct bad){ play, times };
	b->calls = 0;
	bed_chat(b, NULL, body);
}

static const struct {
	struct play play;
	int calls;        /* until it is given up, or answers */
	const char *billed; /* calls that may have cost something */
} failures[] = {
	{ { .end = NET_NO_CONNECT }, 3, NULL },
	{ { .end = NET_NO_FIRST_BYTE }, 3, "2" },
	{ { .status = 200, .type = "application/json", .body = "{\"id\"",
	    .end = NET_BROKEN }, 3, "2" },
	{ { .status = 200, .type = "application/json", .body = "{\"id\"",
	    .end = NET_STALLED }, 3, "2" },
	{ { .status = 200, .type = "application/json", .body = OOPS }, 3,
	  NULL },
	{ { .status = 408, .type = "application/json", .body = OOPS }, 3,
	  NULL },
	{ { .status = 409, .type = "application/json", .body = OOPS }, 3,
	  NULL },
	{ { .status = 429, .type = "application/json", .body = OOPS }, 3,
	  NULL },
	{ { .status = 500, .type = "application/json", .body = OOPS }, 3,
	  NULL },
	{ { .status = 502, .type = "text/html", .body = "<html>" }, 3, NULL },
	{ { .status = 529, .type = "application/json", .body = OOPS }, 3,
	  NULL },
	{ { .end = NET_TOO_LONG }, 1, NULL },
	{ { .status = 400, .type = "application/json", .body = OOPS }, 1,
	  NULL },
	{ { .status = 401, .type = "application/json", .body = OOPS }, 1,
	  NULL },
	{ { .status = 404, .type = "application/json", .body = OOPS }, 1,
	  NULL },
	{ { .status = 302, .type = "text/html", .body = "" }, 1, NULL },
};

static void test_which(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &again);
	for (size_t i = 0; i < COUNT(failures); i++) {
		ask_after(b, failures[i].play, 2, CHAT);
		assert_int_equal(b->calls, failures[i].calls);
		if (failures[i].calls == 1) {
			assert_int_not_equal(b->status, 200);
			continue;
		}
		assert_int_equal(b->status, 200);
		assert_says("call 3.");
		assert_cache("fwd=miss; stored");
		assert_logged("attempts", "3");
		assert_logged("maybe_billed", failures[i].billed ?
			      failures[i].billed : "(absent)");
		/* So that the next one is asked. */
		bed_reconfigure(b, &(struct bed_conf){ NULL, arena_printf(b->a,
				"version = %zu", i + 2), AGAIN("") });
	}
	bed_close(b);
}

/* They end, and what the last one said is what the caller gets. */
static void test_gives_up(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &again);
	ask_after(b, (struct play){ .status = 503, .body = OOPS,
				    .type = "application/json" }, 9, CHAT);
	assert_int_equal(b->status, 503);
	assert_says("oops");
	assert_int_equal(b->calls, 3);
	assert_logged("attempts", "3");
	ask_after(b, (struct play){ .end = NET_NO_CONNECT }, 9, CHAT);
	assert_int_equal(b->status, 502);
	assert_says("upstream_unreachable");
	assert_logged("error.type", "upstream_unreachable");
	assert_int_equal(b->calls, 3);
	bed_close(b);
}

static const struct {
	const char *const header[5];
	int status, calls;
} words[] = {
	{ { "x-should-retry", "false" }, 500, 1 },
	{ { "x-should-retry", "true" }, 400, 3 },
	{ { "retry-after-ms", "1" }, 429, 3 },
	{ { "retry-after", "0" }, 429, 3 },
	{ { "retry-after", "0.001" }, 503, 3 },
	{ { "retry-after", "Thu, 01 Jan 1970 00:00:00 GMT" }, 429, 3 },
	{ { "retry-after", "nonsense" }, 429, 3 },
	{ { "retry-after", "-1" }, 429, 3 },
	/* Longer than anybody waits here. */
	{ { "retry-after", "60" }, 429, 1 },
	{ { "retry-after-ms", "60000" }, 503, 1 },
	{ { "retry-after", "Fri, 31 Dec 2100 23:59:59 GMT" }, 429, 1 },
	{ { "retry-after-ms", "1", "retry-after", "60" }, 429, 3 },
};

static void test_as_told(void **state)
{
	const struct bed_conf conf = { "max_wait = 1s", NULL, AGAIN("") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	for (size_t i = 0; i < COUNT(words); i++) {
		ask_after(b, (struct play){ .status = words[i].status,
				.type = "application/json", .body = OOPS,
				.header = words[i].header }, 9, CHAT);
		assert_int_equal(b->calls, words[i].calls);
		assert_int_equal(b->status, words[i].status);
		if (words[i].calls == 1 && words[i].status == 429)
			assert_non_null(bed_head(b, "retry-after"));
	}
	bed_close(b);
}

static const struct {
	const char *body;
	int calls, status;
} broken_streams[] = {
	/* Nothing of an answer was shown: another call can be made. */
	{ "", 3, 502 },
	{ ": only a comment\n\n", 3, 502 },
	{ "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\"}}"
	  "\n\n", 3, 500 },
	{ "data: no json\n\n", 3, 502 },
	/* Something was: none can. */
	{ "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}"
	  "\n\n", 1, 200 },
	{ "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}"
	  "\n\ndata: no json\n\n", 1, 200 },
	{ "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}"
	  "\n\ndata: {\"error\":{\"message\":\"busy\"}}\n\n", 1, 200 },
};

static void test_streams(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &again);
	for (size_t i = 0; i < COUNT(broken_streams); i++) {
		ask_after(b, (struct play){ .status = 200, .type = SSE,
				.body = broken_streams[i].body }, 9, STREAM);
		assert_int_equal(b->calls, broken_streams[i].calls);
		assert_int_equal(b->status, broken_streams[i].status);
		assert_says("\"error\"");
		assert_false(bed_has(b->body, "[DONE]"));
		assert_false(bed_has(b->body, "no json"));
		assert_false(bed_has(b->head, "stored"));
		assert_non_null(bed_log(b, "error.type"));
	}
	/* And with a good one at last, as if nothing had been. */
	for (size_t i = 0; broken_streams[i].calls == 3; i++) {
		bed_plays(b, SSE, bed_stream(b, SHAPE_CHAT, "at last"));
		b->answer = fails_first;
		ask_after(b, (struct play){ .status = 200, .type = SSE,
				.body = broken_streams[i].body }, 2,
			  arena_printf(b->a, "{\"model\":\"m\",\"stream\":true,"
				       USER("%zu") "}", i));
		assert_int_equal(b->status, 200);
		assert_says("at last");
		assert_says("[DONE]");
		assert_false(bed_has(b->body, "\"error\""));
		assert_cache("fwd=miss");
	}
	bed_close(b);
}

/* A silent upstream: the caller of a stream hears from larder. */
static void test_keep_alive(void **state)
{
	const struct bed_conf conf = { "keep_alive = 1ms", NULL, AGAIN("") };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	bed_plays(b, SSE, bed_stream(b, SHAPE_CHAT, "slow"));
	b->play.ticks = 50;
	b->play.tick_ms = 1;
	bed_chat(b, NULL, STREAM);
	assert_int_equal(b->status, 200);
	assert_says(": keep-alive\n\n");
	assert_says("slow");
	assert_says("[DONE]");
	/* Not into the middle of a document. */
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "slow"));
	b->play.ticks = 50;
	b->play.tick_ms = 1;
	bed_chat(b, NULL, "{\"model\":\"m\"," USER("other") "}");
	assert_false(bed_has(b->body, "keep-alive"));
	bed_close(b);
}

/* Once the head of a stream is out, a failure is told within it; and another
 * call can still be made, for no answer has begun. */
static void test_kept_then_fails(void **state)
{
	const struct bed_conf conf = { "keep_alive = 1ms", NULL, AGAIN("") };
	struct play silent = { .status = 503, .type = "application/json",
			       .body = OOPS, .early_ticks = 50,
			       .tick_ms = 1 };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	ask_after(b, silent, 9, STREAM);
	assert_int_equal(b->calls, 3);
	assert_int_equal(b->status, 200);
	assert_says(": keep-alive\n\n");
	assert_says("data: {\"error\"");
	assert_says("oops");
	assert_false(bed_has(b->body, "[DONE]"));
	assert_null(bed_head(b, "X-Larder-Model"));
	assert_logged("error.type", "503");
	bed_plays(b, SSE, bed_stream(b, SHAPE_CHAT, "at last"));
	b->answer = fails_first;
	ask_after(b, silent, 1, STREAM);
	assert_says(": keep-alive\n\n");
	assert_says("at last");
	assert_says("[DONE]");
	assert_false(bed_has(b->body, "\"error\""));
	/* It was kept, though the head could not say so. */
	bed_chat(b, NULL, STREAM);
	assert_hit();
	/* And a server that does not stream, though it was asked to. */
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "whole"));
	b->answer = fails_first;
	ask_after(b, silent, 1, "{\"model\":\"m\",\"stream\":true,"
		  USER("whole") "}");
	assert_says("whole");
	assert_says("[DONE]");
	bed_close(b);
}

/* Whatever may have been carried out is not asked for twice. */
static void test_unread(void **state)
{
	const struct bed_conf conf = { "passthrough = yes", NULL, AGAIN("") };
	static const struct {
		struct play play;
		int calls;
	} cases[] = {
		{ { .end = NET_NO_CONNECT }, 3 },
		{ { .end = NET_BROKEN }, 1 },
		{ { .end = NET_NO_FIRST_BYTE }, 1 },
		{ { .status = 500, .type = "application/json", .body = OOPS },
		  1 },
		{ { .status = 429, .type = "application/json", .body = OOPS },
		  3 },
	};
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	for (size_t i = 0; i < COUNT(cases); i++) {
		bad = (struct bad){ cases[i].play, 9 };
		b->calls = 0;
		bed_ask(b, &(struct ask){ .uri = "/v1/files", .body = "x" });
		assert_int_equal(b->calls, cases[i].calls);
	}
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_as_told),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_kept_then_fails),
		cmocka_unit_test(test_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
