#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "serve/endpoint.h"

#define COUNT(x) (sizeof(x) / sizeof(*(x)))

static const struct {
	const char *method, *uri;
	bool passthrough;
	int status; /* 0: found */
	enum shape shape;
	const char *tail, *query;
} cases[] = {
	{ "POST", "/v1/chat/completions", false, 0, SHAPE_CHAT,
	  "chat/completions", "" },
	{ "POST", "/any/prefix/v1/chat/completions?a=b&c", false, 0,
	  SHAPE_CHAT, "chat/completions", "?a=b&c" },
	{ "POST", "http://host/v1/responses", false, 0, SHAPE_RESPONSES,
	  "responses", "" },
	{ "POST", "/v1/messages", false, 0, SHAPE_MESSAGES, "messages", "" },
	{ "POST", "/v1/messages/count_tokens?beta=true", false, 0,
	  SHAPE_COUNT, "messages/count_tokens", "?beta=true" },
	{ "POST", "/v1/embeddings", false, 0, SHAPE_EMBEDDING, "embeddings",
	  "" },
	{ "POST", "/v1/completions?", false, 0, SHAPE_COMPLETION,
	  "completions", "?" },
	{ "GET", "/v1/models", false, 0, SHAPE_MODELS, "models", "" },
	/* The query has no say. */
	{ "POST", "/x?/v1/chat/completions", false, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "POST", "/v1/completions?x=/v1/messages", false, 0,
	  SHAPE_COMPLETION, "completions", "?x=/v1/messages" },
	{ "GET", "/v1/chat/completions", false, 405, SHAPE_CHAT, NULL, NULL },
	{ "post", "/v1/chat/completions", false, 405, SHAPE_CHAT, NULL,
	  NULL },
	{ "", "/v1/messages", false, 405, SHAPE_MESSAGES, NULL, NULL },
	{ "GET", "/v1/chat/completions", true, 0, SHAPE_OTHER,
	  "chat/completions", "" },
	{ "GET", "/v1/models/x", false, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/models/a%2Fb", true, 0, SHAPE_OTHER, "models/a%2Fb",
	  "" },
	{ "POST", "/v1/messages/batches", false, 404, SHAPE_MESSAGES, NULL,
	  NULL },
	{ "POST", "/v1/chat/completions/", false, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "POST", "/V1/chat/completions", false, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "POST", "/v1", false, 404, SHAPE_OTHER, NULL, NULL },
	{ "POST", "", true, 404, SHAPE_OTHER, NULL, NULL },
	/* Ours, spelled so that they would pass by. */
	{ "POST", "/v1/chat/completion%73", true, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "POST", "/v1/chat%2Fcompletions", true, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "POST", "/v1/chat/completions/", true, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "POST", "/v1/chat/completions%20", true, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "POST", "/v1/Chat/Completions", true, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "POST", "/v1/chat/completions%20x", true, 0, SHAPE_OTHER,
	  "chat/completions%20x", "" },
	{ "TRACE", "/v1/zz", true, 405, SHAPE_OTHER, NULL, NULL },
	{ "", "/v1/zz", true, 405, SHAPE_OTHER, NULL, NULL },
	/* Paths that may mean another one upstream. */
	{ "GET", "/v1/../admin", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/files/..", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/files/./x", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/files/%2e%2e/x", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/files/.%2E/x", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/x%2f..%2f..%2fadmin", true, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "GET", "/v1/x%2F%2e%2E%2Fadmin", true, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "GET", "/v1/x..;/y", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1//evil.test/x", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/%2fevil.test/x", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/x/%2Fy", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/x%2f/y", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/.;/x", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/%252e%252e/x", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/%c0%ae%c0%ae/x", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a%5cb", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a%0d%0ab", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a%00", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a%7f", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a%zz", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a%2", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a%", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a[1]", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a%c3%a4", true, 0, SHAPE_OTHER, "a%c3%a4", "" },
	{ "GET", "/v1/a\\b", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/x?a#b", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/x?a\\b", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/x?\xc3\xa4", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a b", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a#b", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/a\r\nHost: evil", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/\xc3\xa4", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/x?a b", true, 404, SHAPE_OTHER, NULL, NULL },
	{ "GET", "/v1/x?a\r\nHost: evil", true, 404, SHAPE_OTHER, NULL,
	  NULL },
	{ "POST", "/v1/messages?a HTTP/1.1", false, 404, SHAPE_OTHER, NULL,
	  NULL },
};

static void test_cases(void **state)
{
	struct endpoint e;
	struct fail f;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		f = (struct fail){ 0 };
		assert_int_equal(endpoint_find(&e, str_c(cases[i].uri),
					       str_c(cases[i].method),
					       cases[i].passthrough, &f),
				 cases[i].status ? -1 : 0);
		assert_int_equal(f.status, cases[i].status);
		assert_int_equal(e.shape, cases[i].shape);
		if (cases[i].status) {
			assert_true(strlen(f.text) > 10);
			continue;
		}
		assert_int_equal(e.kind, ENDPOINT_API);
		assert_true(str_is(e.tail, cases[i].tail));
		assert_true(str_is(e.query, cases[i].query));
	}
}

static void test_health(void **state)
{
	static const char *const yes[] = { "/larder/health",
					   "/p/larder/health?x" };
	static const char *const no[] = { "/larder/healthy", "/health",
					  "/x?/larder/health" };
	struct endpoint e;
	struct fail f = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++) {
		assert_int_equal(endpoint_find(&e, str_c(yes[i]), STR("GET"),
					       false, &f), 0);
		assert_int_equal(e.kind, ENDPOINT_HEALTH);
	}
	for (size_t i = 0; i < COUNT(no); i++)
		assert_int_equal(endpoint_find(&e, str_c(no[i]), STR("GET"),
					       true, &f), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_health),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
