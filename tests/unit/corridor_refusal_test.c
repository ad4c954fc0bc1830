/* Refusals: of larder's own, and of upstreams that do not answer. */
#include "corridor_bed.h"

#define NAMED_ONLY "[upstream openai]\nurl = https://openai.test/v1\n" \
	"[upstream anthropic]\ndialect = anthropic\n" \
	"url = https://anthropic.test/v1\n" \
	"[model m]\nupstream = openai\n[model c]\nupstream = anthropic\n"

static const struct refusal {
	struct ask ask;
	int status;
	const char *code; /* in the log and, OpenAI's, in the body */
	const char *has;
	bool anthropic;
} refusals[] = {
	{ { .body = "{\"model\":\"m\",}" }, 400, "invalid_json", "at byte",
	  false },
	{ { .body = NULL }, 400, "invalid_json", NULL, false },
	{ { .body = "[]" }, 400, NULL, NULL, false },
	{ { .body = "{\"model\":\"m\",\"mod\\u0065l\":\"m\"}" }, 400,
	  "invalid_json", "uplicate", false },
	{ { .body = "{\"model\":\"\xff\"}" }, 400, "invalid_json", NULL,
	  false },
	{ { .body = "{" USER("hi") "}" }, 400, NULL, "\"param\":\"model\"",
	  false },
	{ { .body = "{\"model\":7," USER("hi") "}" }, 400, NULL,
	  "\"param\":\"model\"", false },
	{ { .body = "{\"model\":\"x\\n\\u0001\"," USER("hi") "}" }, 404,
	  "model_not_found", "`x\\n\\u0001`", false },
	{ { .uri = "/v1/embeddings", .body = "{\"model\":\"c\",\"input\":\"a\"}" },
	  400, "model_dialect", "anthropic", false },
	{ { .uri = "/v1/messages/count_tokens",
	    .body = "{\"model\":\"m\"," USER("hi") "}" },
	  400, "model_dialect", "openai", true },
	{ { .body = "{\"model\":\"c\",\"logit_bias\":{\"1\":1}," USER("hi") "}" },
	  400, "untranslatable", "\"param\":\"logit_bias\"", false },
	{ { .uri = "/v1/messages", .body = "{\"model\":\"m\",\"max_tokens\":"
	  "1,\"top_k\":1," USER("hi") "}" }, 400, "untranslatable", "top_k",
	  true },
	{ { .uri = "/v1/messages", .body = "{" }, 400, "invalid_json", NULL,
	  true },
	{ { .uri = "/v1/messages", .method = "GET" }, 405,
	  "method_not_allowed", "POST", true },
	{ { .uri = "/v1/chat/completions", .method = "GET" }, 405,
	  "method_not_allowed", "POST", false },
	{ { .uri = "/v1/models", .method = "POST" }, 405,
	  "method_not_allowed", "GET", false },
	{ { .uri = "/v1/audio", .body = "{}" }, 404, "unknown_url",
	  "passthrough", false },
	{ { .uri = "/" }, 404, "unknown_url", "/v1", false },
	{ { .uri = "" }, 404, "unknown_url", "/v1", false },
	{ { .uri = "/v1/messages/batches", .body = "{}" }, 404, "unknown_url",
	  NULL, true },
	{ { .uri = "/v1/models", .method = "GET", .param = {
	  "HTTP_ANTHROPIC_VERSION", "2023-06-01" } }, 404, "unknown_url",
	  "models = any", true },
	{ { .xkey = "", .body = CHAT }, 401, "missing_api_key",
	  "CGIPassAuth On", false },
	{ { .xkey = "", .uri = "/v1/messages", .body = CHAT }, 401,
	  "missing_api_key", "CGIPassAuth On", true },
	{ { .auth = "Bearer sk\x01", .body = CHAT }, 401, "missing_api_key",
	  NULL, false },
	{ { .body = CHAT, .param = { "CONTENT_LENGTH", "10000" } }, 413,
	  "request_too_large", "max_body", false },
	{ { .body = CHAT, .param = { "CONTENT_LENGTH",
	  "99999999999999999999" } }, 413, "request_too_large", NULL,
	  false },
	{ { .body = CHAT, .param = { "CONTENT_LENGTH", "200" } }, 400,
	  "incomplete_body", NULL, false },
	{ { .body = CHAT, .param = { "CONTENT_LENGTH", "3" } }, 400,
	  "incomplete_body", NULL, false },
	{ { .body = CHAT, .param = { "HTTP_X_LARDER_NAMESPACE",
	  "0123456789012345678901234567890123456789012345678901234567890123"
	  "0123456789012345678901234567890123456789012345678901234567890123"
	  "x" } }, 400, "invalid_header", "128", false },
};

static void refused(struct bed *b, const struct refusal *k)
{
	struct json_error err;
	struct json doc;
	uint32_t e;

	assert_int_equal(bed_ask(b, &k->ask), k->status);
	assert_int_equal(json_parse(&doc, b->a, b->body, &err), 0);
	e = json_get(&doc, 0, "error");
	assert_true(json_is(&doc, e, JSON_OBJECT));
	assert_int_equal(json_get(&doc, 0, "request_id") != 0, k->anthropic);
	assert_int_equal(json_get(&doc, e, "param") != 0, !k->anthropic);
	assert_true(json_string(&doc, json_get(&doc, e, "message"), b->a).n >
		    10);
	assert_true(json_string(&doc, json_get(&doc, e, "type"), b->a).n);
	if (k->has)
		assert_says(k->has);
	if (k->code)
		assert_logged("error.type", k->code);
	if (k->status == 401)
		assert_non_null(bed_head(b, "WWW-Authenticate"));
}

static void test_refusals(void **state)
{
	const struct bed_conf conf = { "max_body = 4K", NULL, NAMED_ONLY };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	for (size_t i = 0; i < COUNT(refusals); i++)
		refused(b, &refusals[i]);
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

static void test_too_large(void **state)
{
	const struct bed_conf conf = { "max_body = 4K", NULL, NULL };
	struct bed bed, *b = &bed;
	struct ask q = { .param = { "CONTENT_LENGTH", "" } };
	char *body;

	(void)state;
	bed_open(b, &conf);
	b->answer = bed_says_count;
	body = arena_zalloc(b->a, 5000);
	memset(body, ' ', 4999);
	memcpy(body, CHAT, sizeof(CHAT) - 1);
	q.body = body;
	q.body_n = 4096;
	assert_int_equal(bed_ask(b, &q), 200); /* chunked, just fits */
	q.body_n = 4097;
	assert_int_equal(bed_ask(b, &q), 413);
	assert_logged("error.type", "request_too_large");
	bed_close(b);
}

static const struct {
	enum net_end end;
	int status;
	const char *code;
} ends[] = {
	{ NET_NO_CONNECT, 502, "upstream_unreachable" },
	{ NET_NO_FIRST_BYTE, 504, "upstream_timeout" },
	{ NET_BROKEN, 502, "upstream_broken" },
	{ NET_STALLED, 504, "upstream_stalled" },
};

static void test_no_answer(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < 2 * COUNT(ends); i++) {
		b->play = (struct play){ .end = ends[i / 2].end };
		if (i % 2) { /* in the middle */
			b->play.status = 200;
			b->play.type = "application/json";
			b->play.body = "{\"choices\":[";
		}
		assert_int_equal(bed_chat(b, NULL, CHAT), ends[i / 2].status);
		assert_says(ends[i / 2].code);
		assert_logged("error.type", ends[i / 2].code);
		assert_false(bed_has(b->body, "script"));
		/* What had begun to come is paid for; nobody says what. */
		assert_logged("estimated", i % 2 ? "true" : "(absent)");
		assert_int_equal(bed_log(b, "cost_usd") != NULL, i % 2);
	}
	b->answer = bed_says_count;
	bed_chat(b, NULL, CHAT);
	assert_cache("fwd=miss; stored");
	bed_close(b);
}

/* Nothing that quotes larder's key, and nothing packed, is passed on. */
static void test_unfit_answers(void **state)
{
	static const char *const zip[] = { "Content-Encoding", "gzip", NULL };
	static const char quote[] = "{\"error\":\"got " PROVIDER_KEY "\"}";
	static const struct play plays[] = {
		{ .status = 200, .type = "application/json", .header = zip,
		  .body = "\x1f\x8b" },
		{ .status = 400, .type = "application/json", .body = quote },
		{ .status = 200, .type = "application/json", .body = quote },
	};
	const struct bed_conf conf = { NULL, NULL, BED_OWN_KEYS };
	struct bed bed, *b = &bed;
	const char *client;

	(void)state;
	bed_open(b, &conf);
	client = bed_client(b, "one");
	for (size_t i = 0; i < COUNT(plays); i++) {
		b->play = plays[i];
		assert_int_equal(bed_chat(b, client, CHAT), 502);
		assert_false(bed_has(b->body, PROVIDER_KEY));
		assert_logged("error.type", "upstream_refused");
	}
	bed_close(b);
}

/* Half a tool call was stored: for who wants it whole there is no answer. */
static void test_half_a_call(void **state)
{
	static const char half[] =
		"event: message_start\ndata: {\"type\":\"message_start\","
		"\"message\":{\"id\":\"1\",\"type\":\"message\",\"role\":"
		"\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":"
		"{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"
		"event: content_block_start\ndata: {\"type\":"
		"\"content_block_start\",\"index\":0,\"content_block\":"
		"{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\","
		"\"input\":{}}}\n\n"
		"event: content_block_delta\ndata: {\"type\":"
		"\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
		"\"input_json_delta\",\"partial_json\":\"{\\\"a\"}}\n\n"
		"event: message_delta\ndata: {\"type\":\"message_delta\","
		"\"delta\":{\"stop_reason\":\"max_tokens\"},\"usage\":"
		"{\"output_tokens\":9}}\n\n"
		"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
	static const char ask[] = "{\"model\":\"m\",\"max_tokens\":9,"
				  USER("hi");
	struct bed bed, *b = &bed;
	struct ask q = { .uri = "/v1/messages" };

	(void)state;
	bed_open(b, &bed_plain);
	bed_plays(b, SSE, half);
	q.body = arena_printf(b->a, "%s,\"stream\":true}", ask);
	bed_ask(b, &q);
	bed_ask(b, &q);
	assert_hit();
	q.body = arena_printf(b->a, "%s}", ask);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_MESSAGES, "x"));
	assert_int_equal(bed_ask(b, &q), 200);
	assert_cache("fwd=miss; stored");
	bed_close(b);
}

/* A 200 that is no reply is passed on and not kept; one that is no JSON, or an
 * error, is the upstream's failure. */
static void test_odd_answers(void **state)
{
	static const struct {
		const char *type, *body;
		int status;
	} odd[] = {
		{ "application/json", "{\"error\":{\"message\":\"no\"}}", 500 },
		{ "application/json", "{\"choices\":[]}", 200 },
		{ "application/json", "{\"choices\":[{\"index\":0", 502 },
		{ "application/json", "[]", 200 },
		{ "application/json", "", 502 },
		{ "text/html", "<h1>Welcome</h1>", 502 },
	};
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(odd); i++) {
		bed_plays(b, odd[i].type, odd[i].body);
		b->calls = 0;
		for (int twice = 1; twice <= 2; twice++) {
			bed_chat(b, NULL, CHAT);
			assert_cache("fwd=miss");
			assert_int_equal(b->calls, twice);
			assert_int_equal(b->status, odd[i].status);
			if (odd[i].status == 200)
				assert_str(b->body, odd[i].body);
			else
				assert_logged("error.type", i ? "upstream_broken" :
								"500");
		}
	}
	bed_close(b);
}

static void test_overload(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	bed_chat(b, NULL, CHAT);
	b->slots.max = 0;
	bed_chat(b, NULL, CHAT);
	assert_hit();
	bed_chat(b, NULL, "{ " USER("hi") ",\"model\":\"m\"}");
	assert_hit();
	assert_int_equal(bed_chat(b, "Bearer 2", CHAT), 503);
	assert_string_equal(bed_head(b, "Retry-After"), "1");
	assert_logged("error.type", "overloaded");
	assert_int_equal(b->calls, 1);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_unfit_answers),
		cmocka_unit_test(test_half_a_call),
		cmocka_unit_test(test_odd_answers),
		cmocka_unit_test(test_overload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
