/* Charts of hostile labels and odd numbers: well-formed, and inside. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/html.h"
#include "base/svg.h"

#define MANY 200

static int count(const char *s, const char *what)
{
	int n = 0;

	for (; (s = strstr(s, what)); s++)
		n++;
	return n;
}

/* No number is none, and none is outside of the picture. */
static void check(const struct buf *b)
{
	static const char *const at[] = { " x=\"", " y=\"", " width=\"",
					  " height=\"", " cx=\"", " cy=\"" };
	double v;

	assert_null(strstr(b->p, "nan"));
	assert_null(strstr(b->p, "inf"));
	assert_int_equal(count(b->p, "<title"), count(b->p, "</title>"));
	assert_int_equal(count(b->p, "<svg"), count(b->p, "</svg>"));
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++)
		for (const char *s = b->p; (s = strstr(s, at[i]));) {
			s += strlen(at[i]);
			v = strtod(s, NULL);
			if (v < -0.01 || v > 401)
				print_error("%s%.20s\n", at[i], s);
			assert_true(v >= -0.01 && v <= 401);
		}
}

static void draw(struct arena *a, struct buf *b, enum svg_kind kind, size_t n,
		 const double *v, const char *label)
{
	const struct svg_series s[] = { { "<one>", v, 0 }, { "two", v, 9 } };
	const char *labels[MANY];

	for (size_t i = 0; i < n; i++)
		labels[i] = label;
	buf_init(b, a);
	svg_chart(b, &(struct svg_chart){ kind, "x", "a & b", "\"what\"", n,
					  labels, 2, s, svg_say_count });
	check(b);
}

static void odd_numbers(void **state)
{
	static const double top[] = { 0, 1, 0.0000001, 3e18, 17, 99999 };
	struct arena *a = arena_new();
	double v[MANY];
	struct buf b;

	(void)state;
	for (int kind = SVG_STACK; kind <= SVG_LINES; kind++)
		for (size_t n = 0; n <= MANY; n = n ? n * 14 + 3 : 1)
			for (size_t i = 0; i < 6; i++) {
				for (size_t k = 0; k < n; k++)
					v[k] = k % 5 == 3 ? SVG_NONE :
					       k % 7 == 6 ? -top[i] / 3 :
							    top[i];
				draw(a, &b, (enum svg_kind)kind, n, v, "l");
			}
	arena_free(&a);
}

static void hostile_words(void **state)
{
	struct arena *a = arena_new();
	double v[2] = { 1, 2 };
	struct buf b;

	(void)state;
	draw(a, &b, SVG_BARS, 2, v, "</text><script>\x01\xc0\"'");
	assert_null(strstr(b.p, "<script"));
	assert_non_null(strstr(b.p, "&#60;/text&#62;&#60;script&#62;"
			       "&#xfffd;&#xfffd;&#34;&#39;"));
	assert_non_null(strstr(b.p, "&#60;one&#62;: 1"));
	assert_non_null(strstr(b.p, "<title id=\"xt\">a &#38; b</title>"));
	arena_free(&a);
}

/* Half of the axis is half as high; on the other one, a tenth is a step. */
static void where_things_are(void **state)
{
	struct arena *a = arena_new();
	double v[2] = { 50, 100 }, w[2] = { 10, 1000 };
	struct buf b;

	(void)state;
	draw(a, &b, SVG_BARS, 2, v, "l");
	assert_non_null(strstr(b.p, "y=\"8.00\" width=\"30.00\" "
			       "height=\"174.00\""));
	assert_non_null(strstr(b.p, "y=\"95.00\" width=\"30.00\" "
			       "height=\"87.00\""));
	draw(a, &b, SVG_LINES, 2, w, "l");
	assert_non_null(strstr(b.p, "points=\"133.0,124.0 307.0,8.0\""));
	arena_free(&a);
}

static void shortly(void **state)
{
	static const struct {
		double v;
		const char *says;
	} cases[] = { { 0, "0" }, { 999, "999" }, { 1500, "1.5k" },
		      { 2e6, "2M" }, { -1200, "-1.2k" }, { 5e16, "50P" } };
	char out[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		svg_say_count(cases[i].v, out);
		assert_string_equal(out, cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_numbers),
		cmocka_unit_test(hostile_words),
		cmocka_unit_test(where_things_are),
		cmocka_unit_test(shortly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
