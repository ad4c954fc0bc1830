#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "thrift/route.h"

static const char *const auto_or_4o[] = { "auto", "gpt-4o" };

#define ANY { NULL, 0 }
#define TWO { (const char **)auto_or_4o, 2 }

static const struct route_rule rules[] = {
	{ { "code", 1 }, TWO, -1, -1, "(?i)\\bdef \\w+\\(|```", "coder" },
	{ { "short", 2 }, TWO, -1, 5, NULL, "small" },
	{ { "long", 3 }, ANY, 20, -1, NULL, "large" },
	{ { "greek", 4 }, ANY, 2, 10, "^\\p{Greek}+$", "hellenic" },
	{ { "embed", 5 }, { (const char *[]){ "embed" }, 1 }, -1, -1, NULL,
	  "embed-small" },
};
#define NRULES (sizeof(rules) / sizeof(*rules))

static const struct turn user_turn = { .role = ROLE_USER };

static struct chat ask(enum shape shape, const char *model, const char *text)
{
	struct chat c = { .shape = shape, .model_name = str_c(model) };

	if (shape == SHAPE_COMPLETION) {
		c.prompt = str_c(text);
	} else if (text) {
		c.last_user = str_c(text);
		c.turn = (struct turn *)&user_turn;
		c.nturn = 1;
	}
	return c;
}

static struct route *make(const struct route_rule *rule, size_t n)
{
	char err[256] = "";
	struct route *r = route_new(rule, n, err, sizeof(err));

	assert_string_equal(err, "");
	assert_non_null(r);
	return r;
}

static const struct {
	enum shape shape;
	const char *model, *text, *rule;
} cases[] = {
	{ SHAPE_CHAT, "auto", "hi", "short" },
	{ SHAPE_CHAT, "auto", "", "short" },
	{ SHAPE_CHAT, "gpt-4o", "12345", "short" },
	{ SHAPE_CHAT, "gpt-4o", "123456", NULL },
	{ SHAPE_CHAT, "gpt-4", "hi", NULL },
	{ SHAPE_CHAT, "gpt-4o-mini", "hi", NULL },
	{ SHAPE_CHAT, "auto", "a: DEF f(x)", "code" },
	{ SHAPE_CHAT, "auto", "undef f(x)", NULL },
	{ SHAPE_CHAT, "auto", "```", "code" },
	{ SHAPE_CHAT, "x", "12345678901234567890", "long" },
	{ SHAPE_CHAT, "x", "1234567890123456789", NULL },
	/* Characters, not bytes: five of them are short, four are Greek. */
	{ SHAPE_CHAT, "auto", "\xce\xb1\xce\xb2\xce\xb3\xce\xb4\xce\xb5",
	  "short" },
	{ SHAPE_MESSAGES, "x", "\xce\xb1\xce\xb2\xce\xb3\xce\xb4", "greek" },
	{ SHAPE_RESPONSES, "x", "\xce\xb1", NULL },
	/* What is not UTF-8 matches nothing and breaks nothing. */
	{ SHAPE_CHAT, "x", "\xed\xa0\x80\xed\xa0\x80", NULL },
	{ SHAPE_CHAT, "auto", "\xed\xa0\x80 ``` and more", "code" },
	{ SHAPE_COMPLETION, "auto", "hi", "short" },
	{ SHAPE_COMPLETION, "auto", NULL, NULL },
	/* No user text: rules about it do not match, others do. */
	{ SHAPE_CHAT, "auto", NULL, NULL },
	{ SHAPE_EMBEDDING, "auto", NULL, NULL },
	{ SHAPE_EMBEDDING, "embed", NULL, "embed" },
};

static void test_rules(void **state)
{
	struct route *r = make(rules, NRULES);
	const struct route_rule *hit;
	struct chat c;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		c = ask(cases[i].shape, cases[i].model, cases[i].text);
		hit = route_match(r, &c);
		assert_string_equal(hit ? hit->item.name : "none",
				    cases[i].rule ? cases[i].rule : "none");
	}
	route_free(&r);
	assert_null(r);
	route_free(&r);
}

static void test_no_rules(void **state)
{
	struct route *r = make(NULL, 0);
	struct chat c = ask(SHAPE_CHAT, "auto", "hi");

	(void)state;
	assert_null(route_match(r, &c));
	route_free(&r);
}

static void test_wrong(void **state)
{
	const struct route_rule bad[] = {
		{ { "ok", 3 }, ANY, -1, -1, "a+", "m" },
		{ { "odd", 7 }, ANY, -1, -1, "ab(c", "m" },
	};
	const struct route_rule unused = { { "nil", 9 }, ANY, -1, -1, NULL,
					   NULL };
	const struct route_rule byte = { { "b", 1 }, ANY, -1, -1, "\\C", "m" };
	char err[256];

	(void)state;
	assert_null(route_new(bad, 2, err, sizeof(err)));
	assert_string_equal(err, "[route odd] (line 7): pattern, character 5: "
			    "missing closing parenthesis");
	assert_null(route_new(&unused, 1, err, sizeof(err)));
	assert_string_equal(err, "[route nil] (line 9): `use` is missing");
	assert_null(route_new(&byte, 1, err, sizeof(err)));
}

/* Processor time, so that a busy machine does not fail the test. */
static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void test_catastrophe(void **state)
{
	static const char *const slow[] = {
		"(a+)+$", "(a|aa)+$", "(.*)*[xw]", "a.*[bv].*[cw]",
		"[^x]*+[yv]", "(?:a?){40}a{40}[zw]", "(a*)*[bv]",
		"^(a|a?)+$", "(?=(a+))a*[bv]\\1", "(.+)\\1[zw]",
		"(?i)a[^z]*[zw]",
	};
	size_t n = 1 << 20;
	char *text = malloc(n);
	double from, took, worst = 0;
	struct chat c = ask(SHAPE_CHAT, "m", "");

	(void)state;
	memset(text, 'a', n);
	text[n - 1] = '!';
	for (size_t i = 0; i < sizeof(slow) / sizeof(*slow); i++) {
		struct route_rule rule = { { "s", 1 }, ANY, -1, -1, slow[i],
					   "m" };
		struct route *r = make(&rule, 1);

		for (size_t len = 64; len <= n; len *= 4) {
			c.last_user = (struct str){ text + n - len, len };
			from = cpu_ms();
			assert_null(route_match(r, &c));
			took = cpu_ms() - from;
			if (took > worst)
				worst = took;
		}
		route_free(&r);
	}
	free(text);
	/* Some ten milliseconds; sanitizers and old machines need more. */
	assert_true(worst < 1000);
	if (getenv("ROUTE_TEST_TIME"))
		print_message("worst: %.1f ms\n", worst);
}

/* Long messages are searched to their end by a plain pattern. */
static void test_long(void **state)
{
	struct route_rule rule = { { "s", 1 }, ANY, -1, -1,
				   "(?i)\\b(urgent|asap)\\b", "m" };
	struct route *r = make(&rule, 1);
	struct chat c = ask(SHAPE_CHAT, "m", "");
	size_t n = 1 << 20;
	char *text = malloc(n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		text[i] = "lorem ipsum dolor. "[i % 19];
	memcpy(text + n - 8, " Urgent!", 8);
	c.last_user = (struct str){ text, n };
	assert_non_null(route_match(r, &c));
	free(text);
	route_free(&r);
}

static void *match_often(void *ctx)
{
	struct chat code = ask(SHAPE_CHAT, "auto", "a: DEF f(x)");
	struct chat none = ask(SHAPE_CHAT, "x", "nothing");
	uintptr_t wrong = 0;

	for (int i = 0; i < 500; i++) {
		wrong += route_match(ctx, &code) != &rules[0];
		wrong += route_match(ctx, &none) != NULL;
	}
	return (void *)wrong;
}

static void test_threads(void **state)
{
	struct route *r = make(rules, NRULES);
	pthread_t t[4];
	void *wrong;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, match_often, r),
				 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &wrong);
		assert_null(wrong);
	}
	route_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_no_rules),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_catastrophe),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
