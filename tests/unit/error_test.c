#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's macro of that name */

#include "base/json.h"
#include "dialect/error.h"

static const struct {
	int status;
	const char *openai, *anthropic;
} types[] = {
	{ 400, "invalid_request_error", "invalid_request_error" },
	{ 401, "invalid_request_error", "authentication_error" },
	{ 403, "permission_error", "permission_error" },
	{ 404, "invalid_request_error", "not_found_error" },
	{ 413, "invalid_request_error", "request_too_large" },
	{ 418, "invalid_request_error", "invalid_request_error" },
	{ 429, "rate_limit_error", "rate_limit_error" },
	{ 500, "server_error", "api_error" },
	{ 502, "server_error", "api_error" },
	{ 503, "overloaded_error", "overloaded_error" },
	{ 504, "server_error", "timeout_error" },
	{ 529, "overloaded_error", "overloaded_error" },
};

static void parse(struct json *doc, struct arena *a, struct str text)
{
	struct json_error err;

	assert_int_equal(json_parse(doc, a, text, &err), 0);
}

static void types_follow_status(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct fail f = { .status = types[i].status, .text = "t" };
		const char *want[] = { types[i].openai, types[i].anthropic };

		for (int d = DIALECT_OPENAI; d <= DIALECT_ANTHROPIC; d++) {
			struct json doc;
			struct buf b;

			buf_init(&b, a);
			error_json(&b, (enum dialect)d, &f, NULL);
			parse(&doc, a, buf_view(&b));
			assert_true(json_string_is(
				&doc,
				json_get(&doc, json_get(&doc, 0, "error"),
					 "type"),
				want[d]));
		}
	}
	arena_free(&a);
}

static const struct {
	enum dialect dialect;
	struct fail f;
	const char *id, *out;
} bodies[] = {
	{ DIALECT_OPENAI,
	  { .status = 400, .code = "invalid_type", .param = "model",
	    .text = "say \"x\"\n" },
	  "r1",
	  "{\"error\":{\"message\":\"say \\\"x\\\"\\n\",\"type\":"
	  "\"invalid_request_error\",\"param\":\"model\",\"code\":"
	  "\"invalid_type\"}}" },
	{ DIALECT_OPENAI, { .status = 500, .text = "" }, NULL,
	  "{\"error\":{\"message\":\"\",\"type\":\"server_error\",\"param\":"
	  "null,\"code\":null}}" },
	{ DIALECT_OPENAI, { .status = 401, .text = "no" }, NULL,
	  "{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\","
	  "\"param\":null,\"code\":\"invalid_api_key\"}}" },
	{ DIALECT_ANTHROPIC, { .status = 529, .text = "later" }, "req_1",
	  "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
	  "\"message\":\"later\"},\"request_id\":\"req_1\"}" },
	{ DIALECT_ANTHROPIC, { .status = 429, .text = "later" }, NULL,
	  "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\","
	  "\"message\":\"later\"}}" },
};

static void bodies_are_exact(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct buf b;

		buf_init(&b, a);
		error_json(&b, bodies[i].dialect, &bodies[i].f, bodies[i].id);
		assert_string_equal(b.p, bodies[i].out);
	}
	arena_free(&a);
}

static const struct {
	enum shape shape;
	const char *head;
} events[] = {
	{ SHAPE_CHAT, "data: {\"error\":{" },
	{ SHAPE_COMPLETION, "data: {\"error\":{" },
	{ SHAPE_MESSAGES, "event: error\ndata: {\"type\":\"error\"," },
	{ SHAPE_RESPONSES, "event: error\ndata: {\"type\":\"error\"," },
};

static void events_are_events(void **state)
{
	struct fail f = { .status = 502, .code = "upstream_broken",
			  .text = "line\nbreak" };
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct str text, head = str_c(events[i].head);
		const char *data;
		struct json doc;
		struct buf b;

		buf_init(&b, a);
		error_event(&b, events[i].shape, &f, "r");
		text = buf_view(&b);
		assert_true(str_starts(text, head));
		data = strstr(text.p, "data: ") + 6;
		assert_string_equal(strchr(data, '\n'), "\n\n");
		parse(&doc, a, str_trim(str_c(data)));
		/* What makes the SDKs throw. */
		assert_true(json_is(&doc, json_get(&doc, 0, "error"),
				    JSON_OBJECT));
	}
	arena_free(&a);
}

/* What providers and those who speak like them answer. */
static const struct {
	const char *what, *body;
	int status; /* it came with */
	int want;   /* 0: it is no error */
	const char *code, *param, *text;
} reads[] = {
	{ "OpenAI",
	  "{\"error\":{\"message\":\"Unsupported \\u2018x\\u2019\",\"type\":"
	  "\"invalid_request_error\",\"param\":\"messages[0].content\","
	  "\"code\":\"unsupported_value\"}}",
	  400, 400, "unsupported_value", "messages[0].content",
	  "Unsupported \xe2\x80\x98x\xe2\x80\x99" },
	{ "OpenAI in a stream",
	  "{\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"param\":"
	  "null,\"code\":null}}", 0, 500, NULL, NULL, "m" },
	{ "a number for a code, 200",
	  "{\"error\":{\"message\":\"m\",\"code\":429}}", 200, 429, NULL, NULL,
	  "m" },
	{ "Anthropic",
	  "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
	  "\"message\":\"Overloaded\"},\"request_id\":\"r\"}",
	  0, 529, NULL, NULL, "Overloaded" },
	{ "OpenRouter",
	  "{\"error\":{\"message\":\"Provider returned error\",\"code\":400,"
	  "\"metadata\":{\"raw\":\"too hot\",\"provider_name\":\"P\"}},"
	  "\"user_id\":\"u\"}",
	  200, 400, NULL, NULL, "Provider returned error: too hot" },
	{ "Azure's filter",
	  "{\"error\":{\"message\":\"m\",\"type\":null,\"param\":\"prompt\","
	  "\"code\":\"content_filter\",\"status\":400,\"innererror\":{"
	  "\"code\":\"ResponsibleAIPolicyViolation\"}}}",
	  0, 400, "content_filter", "prompt", "m" },
	{ "Azure's gateway",
	  "{\"statusCode\":401,\"message\":\"Access denied\"}",
	  0, 401, NULL, NULL, "Access denied" },
	{ "vLLM of old",
	  "{\"object\":\"error\",\"message\":\"m\",\"type\":\"NotFoundError\""
	  ",\"param\":null,\"code\":404}", 200, 404, NULL, NULL, "m" },
	{ "FastAPI", "{\"detail\":\"Not Found\"}", 404, 404, NULL, NULL,
	  "Not Found" },
	{ "FastAPI's list",
	  "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\"}]}",
	  422, 422, NULL, NULL, "field required" },
	{ "Ollama", "{\"error\":\"model 'x' not found\"}", 404, 404, NULL, NULL,
	  "model 'x' not found" },
	{ "the Responses API's event",
	  "{\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":"
	  "\"m\",\"param\":null,\"sequence_number\":3}",
	  0, 429, "rate_limit_exceeded", NULL, "m" },
	{ "a response that failed",
	  "{\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":"
	  "\"server_error\",\"message\":\"m\"},\"output\":[]}}",
	  0, 500, "server_error", NULL, "m" },
	{ "what is no word is no code",
	  "{\"error\":{\"message\":\"m\",\"code\":\"a b\",\"param\":\"<x>\"}}",
	  418, 418, NULL, NULL, "m" },
	{ "nothing said", "{\"error\":{}}", 503, 503, NULL, NULL,
	  "The upstream answered with an error that says nothing." },
	{ "odd types",
	  "{\"error\":{\"message\":[1],\"type\":{},\"code\":[],\"metadata\":"
	  "[\"a\"],\"innererror\":7}}", 500, 500, NULL, NULL,
	  "The upstream answered with an error that says nothing." },
	{ "a chat reply", "{\"choices\":[],\"message\":\"x\"}", 200, 0, NULL,
	  NULL, NULL },
	{ "a message", "{\"type\":\"message\",\"content\":[]}", 200, 0, NULL,
	  NULL, NULL },
	{ "a response", "{\"output\":[],\"error\":null}", 200, 0, NULL, NULL,
	  NULL },
	{ "an event", "{\"type\":\"message_start\",\"message\":{}}", 0, 0,
	  NULL, NULL, NULL },
	{ "something", "{\"detail\":[[]],\"x\":1}", 500, 0, NULL, NULL, NULL },
	{ "a list", "[{\"error\":\"x\"}]", 500, 0, NULL, NULL, NULL },
};

static void assert_word(const char *got, const char *want)
{
	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
}

static void errors_are_read(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		struct fail f = { .text = "as it was" };
		struct json doc;
		int rc;

		parse(&doc, a, str_c(reads[i].body));
		rc = error_read(&f, a, &doc, reads[i].status);
		if (rc != (reads[i].want ? 0 : -1))
			print_error("%s\n", reads[i].what);
		assert_int_equal(rc, reads[i].want ? 0 : -1);
		assert_int_equal(f.status, reads[i].want);
		assert_word(f.code, reads[i].code);
		assert_word(f.param, reads[i].param);
		assert_string_equal(f.text, reads[i].want ? reads[i].text :
							    "as it was");
		assert_false(error_is_context(&doc));
	}
	arena_free(&a);
}

/* Texts of more than there is room for are cut, behind a colon too. */
static void long_errors_are_cut(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t n = 480; n < 540; n++) {
		char *text = arena_alloc(a, n + 1);
		struct fail f = { 0 };
		struct json doc;

		memset(text, 'x', n);
		text[n] = '\0';
		parse(&doc, a,
		      str_c(arena_printf(a, "{\"error\":{\"message\":\"%s\","
					    "\"metadata\":{\"raw\":\"%s\"}}}",
					 text, text)));
		assert_int_equal(error_read(&f, a, &doc, 400), 0);
		assert_true(strlen(f.text) < sizeof(f.text));
		assert_memory_equal(f.text, text, n < 504 ? n : 504);
		assert_int_equal(f.text[n <= 504 ? n : 504],
				 n <= 504 ? ':' : 'x');
	}
	arena_free(&a);
}

static const struct {
	bool context;
	const char *message, *code; /* code NULL: none */
} contexts[] = {
	{ true, "This model's maximum context length is 4097 tokens. However, "
		"you requested 4120 tokens (3120 in the messages, 1000 in the "
		"completion).", "context_length_exceeded" },
	{ true, "words of another day", "context_length_exceeded" },
	{ true, "This endpoint's maximum context length is 1048576 tokens. "
		"However, you requested about 1293741 tokens", NULL },
	{ true, "prompt is too long: 208310 tokens > 200000 maximum", NULL },
	{ true, "input length and `max_tokens` exceed context limit: 188240 + "
		"21333 > 200000, decrease input length or `max_tokens` and "
		"try again", NULL },
	{ true, "You passed 1015 input tokens and requested 10 output tokens. "
		"However, the model's context length is only 1024 tokens, "
		"resulting in a maximum input length of 1014 tokens.", NULL },
	{ true, "The prompt (total length 25938) is too long to fit into the "
		"model (context length 4096).", NULL },
	{ true, "'max_tokens' or 'max_completion_tokens' is too large: 2000. "
		"This model's maximum context length is 4096 tokens and your "
		"request has 2104 input tokens (2000 > 4096 - 2104).", NULL },
	{ true, "the input length exceeds the context length", NULL },
	{ true, "the request exceeds the available context size, try "
		"increasing it", NULL },
	{ true, "Your input exceeds the context window of this model. Please "
		"adjust your input and try again.", NULL },
	{ true, "Trying to keep the first 111490 tokens when context the "
		"overflows. However, the model is loaded with context length "
		"of only 32768 tokens, which is not enough.", NULL },
	{ false, "Invalid 'messages[0].content': string too long. Expected a "
		 "string with maximum length 1048576, but got a string with "
		 "length 1048577 instead.", "string_above_max_length" },
	{ false, "Request too large for gpt-4o on tokens per min (TPM): Limit "
		 "30000, Requested 40000.", "rate_limit_exceeded" },
	{ false, "max_tokens is too large: 100000. This model supports at "
		 "most 16384 completion tokens.", "invalid_value" },
	{ false, "Number of request tokens has exceeded your rate limit.",
	  NULL },
};

static const char *const forms[] = {
	"{\"error\":{\"message\":%s,\"code\":%s}}",
	"{\"type\":\"error\",\"error\":{\"type\":"
	"\"invalid_request_error\",\"message\":%s,\"code\":%s}}",
	"{\"object\":\"error\",\"message\":%s,\"code\":%s}",
	"{\"error\":{\"message\":\"Provider returned error\","
	"\"metadata\":{\"raw\":%s},\"code\":%s}}",
};

static void long_prompts_are_told(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(contexts) / sizeof(contexts[0]); i++) {
		for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]);
		     k++) {
			struct buf message, code, body;
			struct fail f = { 0 };
			struct json doc;

			buf_init(&message, a);
			buf_init(&code, a);
			buf_init(&body, a);
			buf_json(&message, str_c(contexts[i].message));
			if (contexts[i].code)
				buf_json(&code, str_c(contexts[i].code));
			else
				buf_puts(&code, "null");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			buf_printf(&body, forms[k], message.p, code.p);
#pragma GCC diagnostic pop
			parse(&doc, a, buf_view(&body));
			if (error_is_context(&doc) != contexts[i].context)
				print_error("%s\n", body.p);
			assert_int_equal(error_is_context(&doc),
					 contexts[i].context);
			assert_int_equal(error_read(&f, a, &doc, 400), 0);
			assert_int_equal(contexts[i].context,
					 f.code &&
					 !strcmp(f.code,
						 "context_length_exceeded"));
		}
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_follow_status),
		cmocka_unit_test(bodies_are_exact),
		cmocka_unit_test(events_are_events),
		cmocka_unit_test(errors_are_read),
		cmocka_unit_test(long_errors_are_cut),
		cmocka_unit_test(long_prompts_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
