/* The status page: who may see it, and what is on it. */
#include "corridor_bed.h"

#include "base/file.h"

#define WITH_KEY BED_UPSTREAMS "[upstream a<b]\nurl = https://a.test/v1\n" \
	"[admin]\nkey_file = %1$s/key\n"

static const struct bed_conf with_key = { NULL, NULL, WITH_KEY };

static int look(struct bed *b, const char *auth, const char *accept)
{
	return bed_ask(b, &(struct ask){ .uri = "/larder/status",
		.method = "GET", .auth = auth, .xkey = auth ? NULL : "",
		.param = { "HTTP_ACCEPT", accept } });
}

static void test_off(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	assert_int_equal(look(b, "Bearer " PROVIDER_KEY, ""), 404);
	assert_int_equal(look(b, "Bearer ", ""), 404);
	assert_int_equal(b->line.n, 0);
	bed_close(b);
}

static void test_who(void **state)
{
	static const struct {
		const char *auth;
		int status;
	} cases[] = {
		{ "Bearer " PROVIDER_KEY, 200 },
		{ "bearer  " PROVIDER_KEY " ", 200 },
		/* admin:sk-provider-0123456789abcdef */
		{ "Basic YWRtaW46c2stcHJvdmlkZXItMDEyMzQ1Njc4OWFiY2RlZg==",
		  200 },
		{ "Basic OnNrLXByb3ZpZGVyLTAxMjM0NTY3ODlhYmNkZWY=", 200 },
		/* the key alone is no pair of user and password */
		{ "Basic c2stcHJvdmlkZXItMDEyMzQ1Njc4OWFiY2RlZg==", 401 },
		{ "Basic", 401 }, { "Basic ", 401 }, { "Basic !!", 401 },
		{ "Basic Og==", 401 }, { "Bearer", 401 }, { "Bearer ", 401 },
		{ "Bearer x", 401 }, { PROVIDER_KEY, 401 },
		{ "Bearer " PROVIDER_KEY "x", 401 }, { NULL, 401 },
	};
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &with_key);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(look(b, cases[i].auth, ""), cases[i].status);
		assert_false(bed_has(b->body, PROVIDER_KEY));
		if (cases[i].status == 401)
			assert_string_equal(bed_head(b, "WWW-Authenticate"),
					    "Basic realm=\"larder\"");
	}
	assert_int_equal(bed_ask(b, &(struct ask){ .uri = "/larder/status",
				 .body = "x" }), 405);
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

static void test_what(void **state)
{
	struct json_error err;
	struct bed bed, *b = &bed;
	struct json doc;
	int64_t n = 0;

	(void)state;
	bed_open(b, &with_key);
	b->answer = bed_says_count;
	bed_chat(b, NULL, CHAT);
	bed_chat(b, NULL, CHAT);
	look(b, "Bearer " PROVIDER_KEY, "application/json");
	assert_string_equal(bed_head(b, "Content-Type"), "application/json");
	assert_int_equal(json_parse(&doc, b->a, b->body, &err), 0);
	assert_int_equal(json_int(&doc, json_get(&doc, 0, "answers"), &n), 1);
	assert_int_equal(n, 2);
	assert_int_equal(json_int(&doc, json_get(&doc, 0, "answers_local"), &n),
			 1);
	assert_int_equal(n, 1);
	assert_int_equal(json_count(&doc, json_get(&doc, 0, "upstreams")), 3);
	look(b, "Bearer " PROVIDER_KEY, "text/html,application/json;q=0.9");
	assert_string_equal(bed_head(b, "Content-Type"),
			    "text/html; charset=utf-8");
	assert_says("a&#60;b");
	assert_false(bed_has(b->body, "a<b"));
	assert_false(bed_has(b->body, "http:"));
	assert_false(bed_has(b->body, "https:"));
	assert_false(bed_has(b->body, "<script"));
	bed_close(b);
}

/* The same key, and the format that Accept asks for. */
static void test_metrics(void **state)
{
	static const char *const om = "application/openmetrics-text;"
		"version=1.0.0,text/plain;version=0.0.4;q=0.5";
	struct bed bed, *b = &bed;
	struct ask q = { .uri = "/x/larder/metrics?a", .method = "GET",
			 .auth = "Bearer " PROVIDER_KEY, .xkey = "",
			 .param = { "HTTP_ACCEPT", "*/*" } };

	(void)state;
	bed_open(b, &with_key);
	b->answer = bed_says_count;
	bed_chat(b, NULL, CHAT);
	bed_chat(b, NULL, CHAT);
	assert_int_equal(bed_ask(b, &q), 200);
	assert_string_equal(bed_head(b, "Content-Type"),
			    "text/plain; version=0.0.4; charset=utf-8");
	assert_says("\nlarder_requests_total{cache=\"local\"} 1\n");
	assert_says("\nlarder_requests_total{cache=\"miss\"} 1\n");
	assert_int_equal(b->line.n, 0);
	q.param[1] = om;
	assert_int_equal(bed_ask(b, &q), 200);
	assert_string_equal(bed_head(b, "Content-Type"),
			    "application/openmetrics-text; version=1.0.0; "
			    "charset=utf-8");
	assert_says("\n# EOF\n");
	q.auth = "Bearer x";
	assert_int_equal(bed_ask(b, &q), 401);
	assert_false(bed_has(b->body, "larder_"));
	q.method = "POST";
	assert_int_equal(bed_ask(b, &q), 405);
	bed_close(b);
}

/* Nobody keeps a copy, or shows it in a frame. */
static void test_heads(void **state)
{
	static const char *const kinds[] = { "text/html", "application/json" };
	static const char *const uris[] = { "/larder/status",
		"/larder/metrics", "/larder/health" };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &with_key);
	b->answer = bed_says_count;
	for (size_t i = 0; i < 2 * COUNT(uris); i++) {
		bed_ask(b, &(struct ask){ .uri = uris[i / 2], .method = "GET",
			.auth = i % 2 ? "Bearer x" : "Bearer " PROVIDER_KEY,
			.xkey = "" });
		assert_int_equal(b->status, i % 2 && i < 4 ? 401 : 200);
		assert_string_equal(bed_head(b, "Cache-Control"), "no-store");
		assert_string_equal(bed_head(b, "Vary"),
				    "Accept, Authorization");
		assert_string_equal(bed_head(b, "X-Content-Type-Options"),
				    "nosniff");
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		look(b, "Bearer " PROVIDER_KEY, kinds[i]);
		assert_string_equal(bed_head(b, "Cache-Control"), "no-store");
		if (i)
			assert_null(bed_head(b, "Content-Security-Policy"));
		else
			assert_string_equal(
				bed_head(b, "Content-Security-Policy"),
				"default-src 'none'; style-src "
				"'unsafe-inline'; img-src data:; base-uri "
				"'none'; form-action 'none'; "
				"frame-ancestors 'none'");
	}
	bed_ask(b, &(struct ask){ .uri = "/larder/status", .body = "x" });
	assert_int_equal(b->status, 405);
	assert_string_equal(bed_head(b, "Cache-Control"), "no-store");
	bed_chat(b, NULL, CHAT);
	assert_null(bed_head(b, "Cache-Control"));
	assert_null(bed_head(b, "Vary"));
	bed_close(b);
}

/* Nobody counts how often it is guessed. */
static void test_short_keys(void **state)
{
	static const struct {
		const char *key;
		bool good;
	} cases[] = {
		{ "0123456789abcdef", true }, { " 0123456789abcdef\n", true },
		{ "0123456789abcde", false }, { "0123456789abcde \n", false },
		{ "x", false }, { "", false },
	};
	struct bed bed, *b = &bed;
	char err[600], *path;
	struct site *s;

	(void)state;
	bed_open(b, &with_key);
	path = arena_printf(b->a, "%s/key", b->dir);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(file_put(path, str_c(cases[i].key), false),
				 0);
		err[0] = '\0';
		s = site_visit(b->conf, err, sizeof(err));
		if (!!s != cases[i].good)
			bed_fail("\"%s\": \"%s\"\n", cases[i].key, err);
		if (!s && *cases[i].key)
			assert_non_null(strstr(err, "[admin] key_file "));
		if (!s && *cases[i].key)
			assert_non_null(strstr(err, "less than 16 characters"));
		site_unref(&s);
	}
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_what),
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_short_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
