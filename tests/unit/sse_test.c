#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dialect/sse.h"

/* Events as text: type|data|raw with LF shown as '/', one a line. */
struct record {
	struct buf text;
	int stop_at; /* returns 7 at this event, counted from 1 */
	int n;
};

static void add_shown(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_putc(b, s.p[i] == '\n' ? '/' : s.p[i]);
}

static int record_event(void *ctx, const struct sse_event *e)
{
	struct record *r = ctx;

	add_shown(&r->text, e->type);
	buf_putc(&r->text, '|');
	add_shown(&r->text, e->data);
	buf_putc(&r->text, '|');
	add_shown(&r->text, e->raw);
	buf_putc(&r->text, '\n');
	return ++r->n == r->stop_at ? 7 : 0;
}

static const struct {
	const char *in, *out;
	int left;
} cases[] = {
	{ "data: a\n\n", "|a|data: a//\n", 0 },
	{ "data:a\n\n", "|a|data:a//\n", 0 },
	{ "data:  a \n\n", "| a |data:  a //\n", 0 },
	{ "data: a\r\n\r\ndata: b\r\n\r\n", "|a|data: a//\n|b|data: b//\n", 0 },
	{ "data: a\r\rdata: b\r\r", "|a|data: a//\n|b|data: b//\n", 0 },
	{ "data: a\n\r\ndata: b\r\n\n", "|a|data: a//\n|b|data: b//\n", 0 },
	{ "data: a\ndata: b\n\n", "|a/b|data: a/data: b//\n", 0 },
	{ "data\n\n", "||data//\n", 0 },
	{ "data\ndata\n\n", "|/|data/data//\n", 0 },
	{ "event: x\ndata: 1\n\n", "x|1|event: x/data: 1//\n", 0 },
	{ "event: x\n\ndata: 1\n\n", "|1|data: 1//\n", 0 },
	{ "event: x\nevent: y\ndata: 1\n\n",
	  "y|1|event: x/event: y/data: 1//\n", 0 },
	{ "id: 7\nretry: 1\ndata: 1\nwhat: 2\n\n",
	  "|1|id: 7/retry: 1/data: 1/what: 2//\n", 0 },
	{ ": hi\n\ndata: 1\n: there\n\n", "|1|data: 1//\n", 0 },
	{ "\xef\xbb\xbf" "data: 1\n\n", "|1|data: 1//\n", 0 },
	{ "data: 0\n\n\xef\xbb\xbf" "data: 1\n\n", "|0|data: 0//\n", 0 },
	{ "\n\n\n", "", 0 },
	{ "", "", 0 },
	{ "data: 1", "", 1 },
	{ "data: 1\n", "", 1 },
	{ "data: 1\n\nev", "|1|data: 1//\n", 1 },
	{ "data: 1\n\n: keep", "|1|data: 1//\n", 0 },
	{ "dat: 1\nDATA: 2\n data: 3\n\n", "", 0 },
	{ "data:: x\n\n", "|: x|data:: x//\n", 0 },
};

#define NCASES (sizeof(cases) / sizeof(cases[0]))

/* Feeds the pieces that end at the `n` places of `cut` and the rest. */
static void check_pieces(size_t c, const size_t *cut, size_t n)
{
	struct arena *a = arena_new();
	struct str in = str_c(cases[c].in);
	struct record r = { .stop_at = 0 };
	struct sse s;
	size_t at = 0;

	buf_init(&r.text, a);
	sse_init(&s, a, 1000, record_event, &r);
	for (size_t i = 0; i <= n; i++) {
		size_t end = i < n ? cut[i] : in.n;
		/* A copy of its own, so that reading past it is seen. */
		char *piece = malloc(end - at + 1);

		memcpy(piece, in.p + at, end - at);
		assert_int_equal(
			sse_feed(&s, (struct str){ piece, end - at }), 0);
		free(piece);
		at = end;
	}
	assert_string_equal(buf_view(&r.text).p, cases[c].out);
	assert_int_equal(sse_end(&s), cases[c].left);
	arena_free(&a);
}

static void whole(void **state)
{
	(void)state;
	for (size_t c = 0; c < NCASES; c++)
		check_pieces(c, NULL, 0);
}

static void split_anywhere(void **state)
{
	(void)state;
	for (size_t c = 0; c < NCASES; c++) {
		size_t n = strlen(cases[c].in);

		for (size_t i = 0; i <= n; i++) {
			for (size_t j = i; j <= n; j++)
				check_pieces(c, (size_t[]){ i, j }, 2);
		}
	}
}

static void byte_by_byte(void **state)
{
	(void)state;
	for (size_t c = 0; c < NCASES; c++) {
		size_t cut[200], n = strlen(cases[c].in);

		for (size_t i = 0; i < n; i++)
			cut[i] = i;
		check_pieces(c, cut, n);
	}
}

static void callback_stops(void **state)
{
	struct arena *a = arena_new();
	struct record r = { .stop_at = 2 };
	struct sse s;

	(void)state;
	buf_init(&r.text, a);
	sse_init(&s, a, 1000, record_event, &r);
	assert_int_equal(sse_feed(&s, STR("data: 1\n\ndata: 2\n\ndata: 3\n\n")),
			 7);
	assert_int_equal(r.n, 2);
	arena_free(&a);
}

static int feed_all(const char *text, size_t max)
{
	struct arena *a = arena_new();
	struct record r = { .stop_at = 0 };
	struct sse s;
	int rc;

	buf_init(&r.text, a);
	sse_init(&s, a, max, record_event, &r);
	rc = sse_feed(&s, str_c(text));
	arena_free(&a);
	return rc;
}

static void too_large(void **state)
{
	(void)state;
	assert_int_equal(feed_all("data: 3456\n\n", 10), 0);
	assert_int_equal(feed_all("data: 34567\n\n", 10), -1);
	assert_int_equal(feed_all("data: 34567", 10), -1);
	assert_int_equal(feed_all("data:1\ndata:1\n", 10), -1);
	assert_int_equal(feed_all("data:1\n\ndata:1\n\n", 10), 0);
}

static void memory_is_bounded(void **state)
{
	struct arena *a = arena_new(), *text = arena_new();
	struct record r = { .stop_at = 0 };
	struct sse s;
	size_t after_first;

	(void)state;
	buf_init(&r.text, text);
	sse_init(&s, a, 1000, record_event, &r);
	sse_feed(&s, STR("event: e\ndata: 1234567890\n\nda"));
	sse_feed(&s, STR("ta: 1234567890\n\n"));
	after_first = arena_used(a);
	for (int i = 0; i < 1000; i++)
		sse_feed(&s, STR("event: e\ndata: 1234567890\n\n: c\nda"));
	assert_int_equal(arena_used(a), after_first);
	arena_free(&a);
	arena_free(&text);
}

/* CR alone, LF alone: a search for the other one must not run to the end of
 * the input for each line. */
static void long_inputs_are_linear(void **state)
{
	static const char *const ends[] = { "\r", "\n" };
	struct arena *a = arena_new(), *text = arena_new();
	struct record r = { .stop_at = 0 };
	struct buf in;
	struct sse s;

	(void)state;
	buf_init(&r.text, text);
	for (size_t k = 0; k < 2; k++) {
		buf_init(&in, a);
		for (int i = 0; i < 500000; i++)
			buf_printf(&in, ":%s", ends[k]);
		sse_init(&s, a, 1000, record_event, &r);
		assert_int_equal(sse_feed(&s, buf_view(&in)), 0);
	}
	arena_free(&a);
	arena_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(split_anywhere),
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(callback_stops),
		cmocka_unit_test(too_large),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(long_inputs_are_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
