/* What is passed on: heads, and endpoints larder does not know. */
#include "corridor_bed.h"

static const char *const evil[] = {
	"a\r\nSet-Cookie: x=1", "a\nSet-Cookie: x=1", "a b", "a\tb", "a\"b",
	"<script>", "a\x7f", "\xc3\xa4", "",
	"0123456789012345678901234567890123456789012345678901234567890123",
};

static void test_request_id(void **state)
{
	static const char *const up[] = { "X-Request-Id", "up-1", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	for (size_t i = 0; i < COUNT(evil); i++) {
		bed_ask(b, &(struct ask){ .body = CHAT, .param = {
			"HTTP_X_REQUEST_ID", evil[i] } });
		assert_int_equal(strncmp(bed_head(b, "X-Request-Id"), "req_",
					 4), 0);
		assert_null(bed_head(b, "Set-Cookie"));
	}
	bed_ask(b, &(struct ask){ .body = CHAT, .param = {
		"HTTP_X_REQUEST_ID", "mine-1" } });
	assert_string_equal(bed_head(b, "X-Request-Id"), "mine-1");
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "yes"));
	b->play.header = up;
	bed_chat(b, "Bearer 2", CHAT);
	assert_string_equal(bed_head(b, "X-Request-Id"), "up-1");
	bed_ask(b, &(struct ask){ .body = CHAT, .auth = "Bearer 3", .param = {
		"HTTP_X_REQUEST_ID", "mine-1" } });
	assert_string_equal(bed_head(b, "X-Request-Id"), "mine-1");
	bed_close(b);
}

/* Names of models reach heads only when they are plain, and never a head
 * that a web server would refuse for its size. */
static void test_model_names(void **state)
{
	struct bed bed, *b = &bed;
	char *longest;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	bed_chat(b, NULL, "{\"model\":\"a\\r\\nSet-Cookie: x\"," USER("hi")
		 "}");
	assert_int_equal(b->status, 200);
	assert_null(bed_head(b, "X-Larder-Model"));
	assert_null(bed_head(b, "Set-Cookie"));
	assert_logged("gen_ai.request.model", "a\r\nSet-Cookie: x");
	longest = arena_zalloc(b->a, 20001);
	memset(longest, 'm', 20000);
	bed_chat(b, NULL, arena_printf(b->a, "{\"model\":\"%s\"," USER("hi")
				       "}", longest));
	assert_int_equal(b->status, 200);
	assert_true(b->head.n < 2000);
	bed_close(b);
}

static void test_upstream_heads(void **state)
{
	static const char *const header[] = {
		"x-ratelimit-remaining-requests", "9", "openai-version", "1",
		"Set-Cookie", "s=1", "Connection", "close", "Server", "evil",
		"Cache-Control", "no-cache", "openai-processing-ms",
		"1\r\nSet-Cookie: a", NULL
	};
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	bed_plays(b, "application/json\r\nSet-Cookie: b",
		  bed_reply(b, SHAPE_CHAT, "yes"));
	b->play.header = header;
	bed_chat(b, NULL, CHAT);
	assert_string_equal(bed_head(b, "x-ratelimit-remaining-requests"),
			    "9");
	assert_string_equal(bed_head(b, "openai-version"), "1");
	assert_null(bed_head(b, "Set-Cookie"));
	assert_null(bed_head(b, "Server"));
	assert_null(bed_head(b, "Connection"));
	assert_null(bed_head(b, "Cache-Control"));
	assert_null(bed_head(b, "openai-processing-ms"));
	/* They are of that call, not of the answer. */
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_null(bed_head(b, "openai-version"));
	bed_close(b);
}

static void test_passthrough(void **state)
{
	const struct bed_conf conf = { "passthrough = yes", NULL, NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	bed_plays(b, "audio/mpeg", "some bytes");
	for (int i = 1; i < 3; i++) {
		bed_ask(b, &(struct ask){ .uri = "/p/v1/audio/speech?a=b",
					  .body = "no \"JSON" });
		assert_int_equal(b->status, 200);
		assert_int_equal(b->calls, i);
		assert_str(b->body, "some bytes");
		assert_str(b->net.body, "no \"JSON");
		assert_string_equal(b->net.url,
				    "https://openai.test/v1/audio/speech?a=b");
		assert_string_equal(bed_head(b, "Content-Type"),
				    "audio/mpeg");
		assert_cache("none");
		assert_logged("cache", "bypass");
		assert_logged("endpoint", "other");
	}
	b->play.status = 404;
	assert_int_equal(bed_ask(b, &(struct ask){ .uri = "/v1/files/x",
						   .method = "DELETE" }),
			 404);
	assert_string_equal(b->net.method, "DELETE");
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_id),
		cmocka_unit_test(test_model_names),
		cmocka_unit_test(test_upstream_heads),
		cmocka_unit_test(test_passthrough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
