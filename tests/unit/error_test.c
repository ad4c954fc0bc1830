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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_follow_status),
		cmocka_unit_test(bodies_are_exact),
		cmocka_unit_test(events_are_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
