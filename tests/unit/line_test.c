#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/json.h"
#include "serve/ledger.h"
#include "serve/line.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

/* Its end closed, as ledger_write() does. */
static void parse(struct line *l, struct json *doc)
{
	struct buf *b = line_end(l);
	struct json_error err;

	assert_true(b->n + LEDGER_END_MAX <= LEDGER_LINE_MAX);
	buf_putc(b, '}');
	assert_int_equal(json_parse(doc, a, buf_view(b), &err), 0);
}

static bool has(const struct json *doc, const char *name)
{
	return json_get(doc, 0, name) != 0;
}

static void test_members(void **state)
{
	struct json doc;
	struct line l;
	int64_t n;

	(void)state;
	line_begin(&l, a, 0);
	line_str(&l, "none", STR(""));
	line_str(&l, "text", STR("a\"b"));
	line_num(&l, "none", -1);
	line_num(&l, "zero", 0);
	line_int(&l, "minus", -7);
	line_count(&l, "none", 0);
	line_true(&l, "none", false);
	line_truth(&l, "no", false);
	line_money(&l, "none", PRICE_UNKNOWN);
	line_money(&l, "usd", 20000000);
	parse(&l, &doc);
	assert_false(has(&doc, "none"));
	assert_false(has(&doc, "cut"));
	assert_true(json_string_is(&doc, json_get(&doc, 0, "text"), "a\"b"));
	assert_true(json_int(&doc, json_get(&doc, 0, "minus"), &n) && n == -7);
	assert_true(has(&doc, "zero") && has(&doc, "no"));
	assert_true(str_eq(json_span(&doc, json_get(&doc, 0, "usd")),
			   STR("0.00002")));
}

static const struct {
	const char *fill; /* what a value is made of */
} values[] = { { "x" }, { "\"" }, { "\x01" }, { "\xff" }, { "\xc3\xa4" } };

/* One value too many, then one more byte too many: what does not fit is not
 * there, what is smaller and comes behind it may be, and it is said. */
static void test_too_long(void **state)
{
	char text[400] = "", name[8];
	struct json doc;
	struct line l;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		*text = '\0';
		while (strlen(text) < 300)
			strcat(text, values[i].fill);
		line_begin(&l, a, 0);
		line_str(&l, "first", str_c(text));
		for (int n = 0; n < 60; n++) {
			snprintf(name, sizeof(name), "n%d", n);
			line_str(&l, name, str_c(text));
		}
		for (int n = 0; n < 400; n++) {
			snprintf(name, sizeof(name), "i%d", n);
			line_num(&l, name, n);
		}
		parse(&l, &doc);
		assert_true(json_bool(&doc, json_get(&doc, 0, "cut"), false));
		assert_true(has(&doc, "time") && has(&doc, "first"));
		assert_false(has(&doc, "n59") || has(&doc, "i399"));
		assert_true(l.text.n > LEDGER_LINE_MAX - LEDGER_END_MAX - 40);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_members, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_long, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
