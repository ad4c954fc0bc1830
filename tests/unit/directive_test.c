#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "serve/directive.h"

#define COUNT(x) (sizeof(x) / sizeof(*(x)))
#define TEN_YEARS (10LL * 366 * 86400)

static const struct {
	const char *value;
	bool no_cache, no_store, only_if_cached, any;
	int64_t max_age, max_stale;
} headers[] = {
	{ "", false, false, false, false, -1, -1 },
	{ ",, ,", false, false, false, false, -1, -1 },
	{ "no-cache", true, false, false, true, -1, -1 },
	{ "NO-STORE", false, true, false, true, -1, -1 },
	{ " only-if-cached ", false, false, true, true, -1, -1 },
	{ "no-cache,no-store , only-if-cached", true, true, true, true, -1,
	  -1 },
	{ "no-cachet", false, false, false, false, -1, -1 },
	{ "no-transform, min-fresh=5", false, false, false, false, -1, -1 },
	{ "max-age=60", false, false, false, true, 60, -1 },
	{ "Max-Age = \"60\"", false, false, false, true, 60, -1 },
	{ "max-age=0", false, false, false, true, 0, -1 },
	{ "max-age", false, false, false, true, 0, -1 },
	{ "max-age=-5", false, false, false, true, 0, -1 },
	{ "max-age=1.5", false, false, false, true, 0, -1 },
	{ "max-age=99999999999999999999999999", false, false, false, true,
	  TEN_YEARS, -1 },
	{ "max-stale", false, false, false, true, -1, INT64_MAX },
	{ "max-stale=30", false, false, false, true, -1, 30 },
	{ "max-stale=soon", false, false, false, true, -1, -1 },
	{ "max-age=1,max-age=2", false, false, false, true, 2, -1 },
};

static void test_cache_control(void **state)
{
	struct directive d;

	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++) {
		directive_init(&d);
		directive_cache_control(&d, str_c(headers[i].value));
		assert_int_equal(d.no_cache, headers[i].no_cache);
		assert_int_equal(d.no_store, headers[i].no_store);
		assert_int_equal(d.only_if_cached, headers[i].only_if_cached);
		assert_int_equal(d.any, headers[i].any);
		assert_true(d.max_age_s == headers[i].max_age);
		assert_true(d.max_stale_s == headers[i].max_stale);
		assert_true(d.ttl_s == -1);
		assert_int_equal(d.ns.n + d.tag.n, 0);
	}
}

static const struct {
	const char *value;
	int64_t ttl; /* -1: refused */
} ttls[] = {
	{ "0", 0 }, { "60", 60 }, { " 60 ", 60 }, { "007", 7 },
	{ "99999999999999999999", TEN_YEARS }, { "", -1 }, { "-1", -1 },
	{ "+1", -1 }, { "1.0", -1 }, { "1e3", -1 }, { "60s", -1 },
	{ "0x10", -1 },
};

static void test_ttl(void **state)
{
	struct directive d;
	struct fail f;

	(void)state;
	for (size_t i = 0; i < COUNT(ttls); i++) {
		int want = ttls[i].ttl < 0 ? -1 : 0;

		f = (struct fail){ 0 };
		directive_init(&d);
		assert_int_equal(directive_ttl(&d, str_c(ttls[i].value), &f),
				 want);
		assert_true(d.ttl_s == ttls[i].ttl);
		assert_int_equal(d.any, want == 0);
		assert_int_equal(f.status, want ? 400 : 0);
	}
}

static void test_namespace(void **state)
{
	struct directive d;
	struct fail f = { 0 };
	char name[130];

	(void)state;
	memset(name, 'n', sizeof(name));
	directive_init(&d);
	assert_int_equal(directive_namespace(&d, (struct str){ name, 128 },
					     &f), 0);
	assert_int_equal(d.ns.n, 128);
	assert_true(d.any);
	directive_init(&d);
	assert_int_equal(directive_namespace(&d, (struct str){ name, 129 },
					     &f), -1);
	assert_int_equal(f.status, 400);
	assert_int_equal(d.ns.n, 0);
}

static const struct {
	const char *member;
	const char *named; /* of the refusal; NULL: none */
	int64_t ttl, max_age;
	bool no_cache, no_store, any;
	const char *ns;
} bodies[] = {
	{ "null", NULL, -1, -1, false, false, false, "" },
	{ "{}", NULL, -1, -1, false, false, true, "" },
	{ "{\"ttl\":60,\"s-maxage\":6,\"no-cache\":true,\"no-store\":true,"
	  "\"namespace\":\"n\\u0061\"}", NULL, 60, 6, true, true, true,
	  "na" },
	{ "{\"s-max-age\":6.0e1}", NULL, -1, 60, false, false, true, "" },
	{ "{\"t\\u0074l\":1}", NULL, 1, -1, false, false, true, "" },
	{ "{\"ttl\":null}", NULL, -1, -1, false, false, true, "" },
	{ "{\"ttl\":9000000000000000000}", NULL, TEN_YEARS, -1, false, false,
	  true, "" },
	{ "{\"ttl\":-1}", "cache.ttl", 0, 0, false, false, false, NULL },
	{ "{\"ttl\":0.5}", "cache.ttl", 0, 0, false, false, false, NULL },
	{ "{\"ttl\":{}}", "cache.ttl", 0, 0, false, false, false, NULL },
	{ "{\"s-maxage\":true}", "cache.s-maxage", 0, 0, false, false, false,
	  NULL },
	{ "{\"no-cache\":null}", "cache.no-cache", 0, 0, false, false, false,
	  NULL },
	{ "{\"no-store\":\"\"}", "cache.no-store", 0, 0, false, false, false,
	  NULL },
	{ "{\"namespace\":[]}", "namespace", 0, 0, false, false, false,
	  NULL },
	{ "{\"TTL\":1}", "ttl", 0, 0, false, false, false, NULL },
	{ "\"no-cache\"", "must be an object", 0, 0, false, false, false,
	  NULL },
	{ "0", "must be an object", 0, 0, false, false, false, NULL },
};

static void one_body(struct arena *a, size_t i)
{
	struct str text = str_c(arena_printf(a, "{\"cache\":%s}",
					     bodies[i].member));
	struct fail f = { 0 };
	struct json_error err;
	struct directive d;
	struct json doc;
	int rc;

	assert_int_equal(json_parse(&doc, a, text, &err), 0);
	directive_init(&d);
	rc = directive_body(&d, a, &doc, json_get(&doc, 0, "cache"), &f);
	if (bodies[i].named) {
		assert_int_equal(rc, -1);
		assert_int_equal(f.status, 400);
		assert_string_equal(f.param, "cache");
		assert_non_null(strstr(f.text, bodies[i].named));
		return;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(f.status, 0);
	assert_true(d.ttl_s == bodies[i].ttl);
	assert_true(d.max_age_s == bodies[i].max_age);
	assert_int_equal(d.no_cache, bodies[i].no_cache);
	assert_int_equal(d.no_store, bodies[i].no_store);
	assert_int_equal(d.any, bodies[i].any);
	assert_true(str_is(d.ns, bodies[i].ns));
}

static void test_body(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		one_body(a, i);
		arena_reset(a);
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cache_control),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
