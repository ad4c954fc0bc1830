/* Directives of callers and of the site: what is kept, how long. */
#include "corridor_bed.h"

#include <stdlib.h>

/* -- directives ------------------------------------------------------------ */

static int ask_cc(struct bed *b, const char *value)
{
	return bed_ask(b, &(struct ask){ .body = CHAT, .param = {
		"HTTP_CACHE_CONTROL", value } });
}

static void test_cache_control(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	assert_int_equal(ask_cc(b, "only-if-cached"), 504);
	assert_logged("error.type", "not_cached");
	assert_int_equal(b->calls, 0);
	ask_cc(b, "no-store");
	assert_cache("fwd=bypass; detail=no-store");
	assert_logged("cache", "bypass");
	assert_null(bed_log(b, "key"));
	ask_cc(b, "max-age=60, no-cache");
	assert_cache("fwd=request; stored");
	assert_says("call 2.");
	ask_cc(b, "No-Cache");
	assert_says("call 3.");
	ask_cc(b, "only-if-cached , max-age=\"60\", unknown=1");
	assert_hit();
	assert_says("call 3.");
	ask_cc(b, "no-store");
	assert_says("call 4.");
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_says("call 3.");
	bed_later(1);
	ask_cc(b, "max-age=0");
	assert_cache("fwd=request; stored; detail=max-age");
	assert_says("call 5.");
	bed_later(1);
	assert_int_equal(ask_cc(b, "max-age=0, only-if-cached"), 504);
	ask_cc(b, "max-age=nonsense");
	assert_says("call 6.");
	bed_close(b);
}

static void test_lifetimes(void **state)
{
	struct bed bed, *b = &bed;
	struct ask zero = { .body = CHAT, .param = { "HTTP_X_LARDER_TTL",
						     "0" } };

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	bed_ask(b, &zero);
	assert_cache("fwd=miss");
	bed_chat(b, NULL, CHAT);
	assert_cache("fwd=miss; stored");
	bed_ask(b, &zero);
	assert_hit();
	bed_ask(b, &(struct ask){ .body = CHAT, .auth = "Bearer t", .param = {
		"HTTP_X_LARDER_TTL", "100" } });
	bed_chat(b, "Bearer t", CHAT);
	assert_in_range(atol(bed_cache(b) + strlen("hit; ttl=")), 40, 100);
	bed_ask(b, &(struct ask){ .body = CHAT, .param = {
		"HTTP_X_LARDER_TTL", "1.5" } });
	assert_int_equal(b->status, 400);
	assert_says("X-Larder-TTL");
	bed_close(b);
}

static void test_stale(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	b->site->conf.cache.ttl_ms = 1;
	b->answer = bed_says_count;
	bed_chat(b, NULL, CHAT);
	assert_cache("fwd=miss; stored");
	bed_later(3);
	ask_cc(b, "max-stale=60");
	assert_int_equal(strncmp(bed_cache(b), "hit; ttl=", 9), 0);
	assert_non_null(strstr(bed_cache(b), "; detail=stale"));
	assert_true(atol(bed_cache(b) + 9) <= 0);
	assert_non_null(bed_head(b, "X-Larder-Degraded"));
	assert_logged("cache", "stale");
	ask_cc(b, "max-stale");
	assert_non_null(strstr(bed_cache(b), "; detail=stale"));
	ask_cc(b, "max-stale=99999999999999999999, only-if-cached");
	assert_non_null(strstr(bed_cache(b), "; detail=stale"));
	assert_int_equal(b->calls, 1);
	ask_cc(b, "max-stale=0");
	assert_says("call 2.");
	bed_later(3);
	bed_chat(b, NULL, CHAT);
	assert_says("call 3.");
	bed_close(b);
}

static const struct {
	const char *cache;
	const char *first, *second; /* Cache-Status of asking twice */
	const char *named;          /* of a 400 */
} members[] = {
	{ "{}", "fwd=miss; stored", "hit", NULL },
	{ "null", "fwd=miss; stored", "hit", NULL },
	{ "{\"no-cache\":true}", "fwd=request; stored",
	  "fwd=request; stored", NULL },
	{ "{\"no-store\":true}", "fwd=bypass; detail=no-store",
	  "fwd=bypass; detail=no-store", NULL },
	{ "{\"no-cache\":false,\"no-store\":false}", "fwd=miss; stored",
	  "hit", NULL },
	{ "{\"ttl\":0}", "fwd=miss", "fwd=miss", NULL },
	{ "{\"ttl\":null,\"s-maxage\":null}", "fwd=miss; stored", "hit",
	  NULL },
	{ "{\"ttl\":1e3,\"s-maxage\":6e1}", "fwd=miss; stored", "hit", NULL },
	{ "{\"namespace\":\"n\"}", "fwd=miss; stored", "hit", NULL },
	{ "{\"s-maxage\":0}", "fwd=miss; stored",
	  "fwd=request; stored; detail=max-age", NULL },
	{ "true", NULL, NULL, "cache" },
	{ "[]", NULL, NULL, "cache" },
	{ "{\"ttl\":-1}", NULL, NULL, "cache.ttl" },
	{ "{\"ttl\":1.5}", NULL, NULL, "cache.ttl" },
	{ "{\"ttl\":\"60\"}", NULL, NULL, "cache.ttl" },
	{ "{\"s-maxage\":1e40}", NULL, NULL, "cache.s-maxage" },
	{ "{\"no-cache\":1}", NULL, NULL, "cache.no-cache" },
	{ "{\"no-store\":\"yes\"}", NULL, NULL, "cache.no-store" },
	{ "{\"no-stoer\":true}", NULL, NULL, "no-store" },
	{ "{\"namespace\":1}", NULL, NULL, "namespace" },
};

static void test_body_member(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(members); i++) {
		const char *auth = arena_printf(b->a, "Bearer %zu", i);
		const char *body = arena_printf(b->a, "{\"model\":\"m\","
			"\"cache\":%s," USER("hi") "}", members[i].cache);

		b->answer = bed_says_count;
		bed_chat(b, auth, body);
		if (members[i].named) {
			assert_int_equal(b->status, 400);
			assert_says("\"param\":\"cache\"");
			assert_says(members[i].named);
			continue;
		}
		assert_cache(members[i].first);
		bed_later(1);
		bed_chat(b, auth, body);
		assert_int_equal(strncmp(bed_cache(b), members[i].second,
					 strlen(members[i].second)), 0);
	}
	bed_close(b);
}

/* Whoever says no, in the header or in the body, is heard. */
static void test_header_and_member(void **state)
{
	const char *body = "{\"model\":\"m\",\"cache\":{\"no-store\":false,"
			   "\"no-cache\":false}," USER("hi") "}";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	bed_ask(b, &(struct ask){ .body = body, .param = {
		"HTTP_CACHE_CONTROL", "no-store" } });
	assert_cache("fwd=bypass; detail=no-store");
	bed_close(b);
}

/* -- when ------------------------------------------------------------------ */

#define BYPASS "fwd=bypass; detail=sampled"
#define STORED "fwd=miss; stored"

static const struct {
	const char *temperature;
	const char *zero, *unless, *always; /* by policy */
} temperatures[] = {
	{ NULL, BYPASS, STORED, STORED },
	{ "0", STORED, STORED, STORED },
	{ "0.0", STORED, STORED, STORED },
	{ "0e5", STORED, STORED, STORED },
	{ "-0", STORED, STORED, STORED },
	{ "1e-9", BYPASS, BYPASS, STORED },
	{ "1", BYPASS, BYPASS, STORED },
	{ "1e999", BYPASS, BYPASS, STORED },
	{ "null", BYPASS, STORED, STORED },
	{ "\"0\"", BYPASS, STORED, STORED },
	{ "\"0.7\"", BYPASS, STORED, STORED },
};

static void test_when(void **state)
{
	static const char *const when[] = {
		"when = temperature-zero", "when = unless-sampled",
		"when = always", "when = never"
	};
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	for (size_t w = 0; w < COUNT(when); w++) {
		bed_reconfigure(b, &(struct bed_conf){ NULL, when[w], NULL });
		for (size_t i = 0; i < COUNT(temperatures); i++) {
			const char *const want[] = {
				temperatures[i].zero, temperatures[i].unless,
				temperatures[i].always,
				"fwd=bypass; detail=off"
			};
			const char *t = temperatures[i].temperature;

			bed_chat(b, arena_printf(b->a, "Bearer %zu-%zu", w, i),
				 arena_printf(b->a, "{\"model\":\"m\",%s%s%s"
					      USER("hi") "}",
					      t ? "\"temperature\":" : "",
					      t ? t : "", t ? "," : ""));
			assert_cache(want[w]);
		}
	}
	bed_close(b);
}

static void test_stateful(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_RESPONSES, "yes"));
	bed_ask(b, &(struct ask){ .uri = "/v1/responses", .body =
		"{\"model\":\"m\",\"input\":\"hi\",\"background\":true}" });
	assert_cache("fwd=bypass; detail=stateful");
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cache_control),
		cmocka_unit_test(test_lifetimes),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_body_member),
		cmocka_unit_test(test_header_and_member),
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_stateful),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
