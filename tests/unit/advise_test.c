#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/buf.h"
#include "base/count.h"
#include "thrift/advise.h"
#include "thrift/advise_diff.h"

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

/* -- differences ----------------------------------------------------------- */

static const struct {
	const char *old, *new;
	const char *pieces; /* "old>new", one behind the other with | */
} diffs[] = {
	{ "", "", "" },
	{ "the same", "the same", "" },
	{ "It is 12:00:01 now", "It is 12:05:09 now", "12:00:01>12:05:09" },
	{ "Today is 2026-11-21.", "Today is 2026-11-22.",
	  "2026-11-21.>2026-11-22." },
	{ "on November 21, 2026 at 9:15, say", "on November 22, 2026 at "
	  "10:40, say", "21, 2026 at 9:15>22, 2026 at 10:40" },
	{ "id=abc123; go on with what is asked", "id=xyz987; go on with what "
	  "is asked", "abc123>xyz987" },
	{ "a b c d e f", "a b c d e f g", "> g" },
	{ "x a b c d e f", "a b c d e f", "x >" },
	{ "id 17 and then much more text, up to item 40 of it",
	  "id 18 and then much more text, up to item 41 of it",
	  "17>18|40>41" },
	{ "all", "other", "all>other" },
	{ "\xec\x95\x88\xeb\x85\x95 9:00", "\xec\x95\x88\xeb\x85\x95 9:30",
	  "9:00>9:30" },
};

static void test_diff(void **state)
{
	struct advise_diff d;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(diffs); i++) {
		const char *old = diffs[i].old, *new = diffs[i].new;

		advise_diff(&d, a, str_c(old), str_c(new));
		buf_init(&b, a);
		for (size_t k = 0; k < d.n; k++) {
			const struct advise_change *c = &d.change[k];

			buf_puts(&b, k ? "|" : "");
			buf_add(&b, old + c->at, c->end - c->at);
			buf_putc(&b, '>');
			buf_add(&b, new + c->new_at, c->new_end - c->new_at);
		}
		assert_string_equal(b.n ? b.p : "", diffs[i].pieces);
	}
}

/* Whatever the texts: changes lie in order and within them, what is between
 * two of them is the same in both, and time is no square. */
static void test_random_diffs(void **state)
{
	static const char letters[] = "ab 1:-\"\n\xc3";
	char old[400], new[400];
	struct advise_diff d;
	size_t n, m, at, new_at;
	struct advise_change *c;

	(void)state;
	srand(7);
	for (int round = 0; round < 3000; round++) {
		n = (size_t)rand() % sizeof(old);
		for (size_t i = 0; i < n; i++)
			old[i] = letters[rand() % 9];
		m = 0;
		for (size_t i = 0; i < n && m < sizeof(new); i++)
			if (rand() % 20)
				new[m++] = rand() % 20 ? old[i] :
						     letters[rand() % 9];
		advise_diff(&d, a, (struct str){ old, n },
			    (struct str){ new, m });
		at = new_at = 0;
		for (c = d.change; c < d.change + d.n; c++) {
			assert_true(c->at >= at && c->end >= c->at);
			assert_true(c->new_at >= new_at &&
				    c->new_end >= c->new_at);
			assert_int_equal(c->at - at, c->new_at - new_at);
			assert_memory_equal(old + at, new + new_at,
					    c->at - at);
			at = c->end;
			new_at = c->new_end;
		}
		assert_true(at <= n && new_at <= m);
		if (d.n < ADVISE_CHANGES) {
			assert_int_equal(n - at, m - new_at);
			assert_memory_equal(old + at, new + new_at, n - at);
		}
		arena_reset(a);
	}
}

static void test_kinds(void **state)
{
	static const struct {
		const char *piece;
		enum advise_kind kind;
	} cases[] = {
		{ "12:00:01", ADVISE_TIME },
		{ "2026-11-21T12:00:01Z", ADVISE_TIME },
		{ "1763726401", ADVISE_TIME },
		{ "1763726401123", ADVISE_TIME },
		{ "2026-11-21.", ADVISE_DATE },
		{ "11/21/2026", ADVISE_DATE },
		{ "21.11.2026", ADVISE_DATE },
		{ "Nov 21", ADVISE_DATE },
		{ "November 21, 2026", ADVISE_DATE },
		{ "3f2b8c1e-9a4d-4e6f-8b7a-0c1d2e3f4a5b", ADVISE_UUID },
		{ "req_8fK2a9Xq", ADVISE_ID },
		{ "17", ADVISE_NUMBER },
		{ "12345678901234567", ADVISE_NUMBER },
		{ "Alice", ADVISE_TEXT },
		{ "the whole of 2 sentences", ADVISE_TEXT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (advise_kind_of(str_c(cases[i].piece)) != cases[i].kind) {
			print_error("%s\n", cases[i].piece);
			_fail(__FILE__, __LINE__);
		}
}

/* -- requests -------------------------------------------------------------- */

/* A token is four bytes here. */
static size_t count(void *ctx, struct str text)
{
	(void)ctx;
	return text.n / 4;
}

/* Text of so many bytes that says nothing. */
static const char *filler(size_t n)
{
	char *p = arena_alloc(a, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = "Answer well and kindly. "[i % 24];
	p[n] = '\0';
	return p;
}

/* One request with these tools (a JSON array, or NULL) and this system
 * text. */
static void add_as(struct advise *v, const char *tenant, const char *tools,
		   const char *system, size_t tokens)
{
	struct json_error err;
	struct fail f = { 0 };
	struct json doc;
	struct chat c;
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "{\"model\":\"m\",\"messages\":[{\"role\":\"system\","
		     "\"content\":");
	buf_json(&b, str_c(system));
	buf_puts(&b, "},{\"role\":\"user\",\"content\":\"hello\"}]");
	if (tools)
		buf_printf(&b, ",\"tools\":%s", tools);
	buf_putc(&b, '}');
	assert_int_equal(json_parse(&doc, a, buf_view(&b), &err), 0);
	assert_int_equal(chat_view(&c, a, &doc, SHAPE_CHAT, &f), 0);
	advise_add(v, &(struct advise_ask){
		.tenant = str_c(tenant), .model = STR("m"), .chat = &c,
		.tokens = tokens, .last = 100, .count = count });
}

static void add(struct advise *v, const char *tools, const char *system)
{
	add_as(v, "alice", tools, system, 3100);
}

static bool is_text(struct str s, const char *want)
{
	if (!str_is(s, want))
		print_error("\"%.*s\" is not \"%s\"\n", (int)s.n, s.p, want);
	return str_is(s, want);
}

/* A time in front of everything: nothing is ever read. */
static void test_time(void **state)
{
	struct advise *v = advise_new();
	const struct advise_group *g;

	(void)state;
	for (int i = 0; i < 5; i++)
		add(v, NULL, arena_printf(a, "It is 2026-11-21T12:0%d:00Z. %s",
					  i, filler(8000)));
	assert_int_equal(advise_groups(v, &g), 1);
	assert_int_equal(g->requests, 5);
	assert_int_equal(g->nplaces, 1);
	assert_int_equal(g->place[0].kind, ADVISE_TIME);
	assert_false(g->place[0].tools);
	assert_int_equal(g->place[0].at, 6);
	assert_true(is_text(g->place[0].before, "It is "));
	assert_true(is_text(g->place[0].piece, "2026-11-21T12:00:00Z."));
	assert_int_equal(g->place[0].changes, 4);
	assert_int_equal(g->lost, 4 * 3000);
	assert_int_equal(advise_missed(v), 0);
	advise_free(&v);
	assert_null(v);
	advise_free(&v);
}

/* Far behind, most of it is read all the same. */
static void test_late(void **state)
{
	struct advise *v = advise_new();
	const struct advise_group *g;

	(void)state;
	for (int i = 0; i < 4; i++)
		add(v, NULL, arena_printf(a, "%s%04d: request.", filler(8016),
					  i));
	assert_int_equal(advise_groups(v, &g), 1);
	assert_int_equal(g->place[0].kind, ADVISE_NUMBER);
	assert_int_equal(g->place[0].changes, 3);
	assert_int_equal(g->lost, 3 * (3000 - 2004));
	advise_free(&v);
}

/* What providers do not keep is not lost. */
static void test_small(void **state)
{
	struct advise *v = advise_new();
	const struct advise_group *g;

	(void)state;
	for (int i = 0; i < 4; i++)
		add_as(v, "alice", NULL,
		       arena_printf(a, "%d of them. %s", i, filler(600)), 300);
	assert_int_equal(advise_groups(v, &g), 1);
	assert_int_equal(g->place[0].changes, 3);
	assert_int_equal(g->lost, 0);
	advise_free(&v);
}

/* The first of two is to blame; both are told, in their order. */
static void test_two(void **state)
{
	struct advise *v = advise_new();
	const struct advise_group *g;

	(void)state;
	for (int i = 0; i < 4; i++)
		add(v, NULL, arena_printf(a, "Day 2026-11-0%d. %s Session "
					  "3f2b8c1e-9a4d-4e6f-8b7a-0c1d2e3f4a"
					  "5%d.", i + 1, filler(6000), i));
	assert_int_equal(advise_groups(v, &g), 1);
	assert_int_equal(g->nplaces, 2);
	assert_int_equal(g->place[0].kind, ADVISE_DATE);
	assert_int_equal(g->place[1].kind, ADVISE_UUID);
	assert_int_equal(g->place[0].lost, 3 * 3000);
	assert_int_equal(g->place[1].lost, 0);
	assert_int_equal(g->lost, 3 * 3000);
	advise_free(&v);
}

/* What changes now and then, or between a few values, is as it should be. */
static void test_steady(void **state)
{
	struct advise *v = advise_new();
	const struct advise_group *g;

	(void)state;
	for (int i = 0; i < 40; i++)
		add(v, NULL, arena_printf(a, "For %s. %s",
					  i % 3 ? "Ann" : "Bob", filler(6000)));
	for (int i = 0; i < 40; i++)
		add_as(v, "bob", NULL, arena_printf(a, "Day %d. %s", i / 8,
						    filler(6000)), 3100);
	for (int i = 0; i < 10; i++)
		add_as(v, "eve", NULL, filler(6000), 3100);
	assert_int_equal(advise_groups(v, &g), 0);
	advise_free(&v);
}

/* Others' requests, and other programs', are compared with their own. */
static void test_apart(void **state)
{
	struct advise *v = advise_new();
	const struct advise_group *g;
	size_t n;

	(void)state;
	for (int i = 0; i < 6; i++) {
		add_as(v, i % 2 ? "alice" : "bob", NULL,
		       arena_printf(a, "%d. %s", i, filler(6000)), 3100);
		add(v, NULL, arena_printf(a, "A quite different prompt about "
					  "ships, item %d, with little in it",
					  i));
	}
	n = advise_groups(v, &g);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(g[i].requests, g[i].lost > 3 * 3000 ? 6 : 3);
	advise_free(&v);
}

#define TOOL(name, more) \
	"{\"type\":\"function\",\"function\":{\"name\":\"" name "\"" more "}}"

static void test_tools(void **state)
{
	static const char *const orders[] = {
		"[" TOOL("a", "") "," TOOL("b", "") "," TOOL("c", "") "]",
		"[" TOOL("b", "") "," TOOL("a", "") "," TOOL("c", "") "]",
		"[" TOOL("c", "") "," TOOL("b", "") "," TOOL("a", "") "]",
		"[" TOOL("c", "") "," TOOL("a", "") "," TOOL("b", "") "]",
	};
	static const char *const members[] = {
		"[{\"name\":\"a\",\"x\":{\"p\":1,\"q\":[1,2]}}]",
		"[{\"x\":{\"p\":1,\"q\":[1,2]},\"name\":\"a\"}]",
		"[{\"x\":{\"q\":[1,2],\"p\":1},\"name\":\"a\"}]",
	};
	struct advise *v = advise_new();
	const struct advise_group *g;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(orders); i++)
		add(v, orders[i], filler(6000));
	for (size_t i = 0; i < COUNT_OF(members); i++)
		add_as(v, "bob", members[i], filler(6000), 3100);
	/* Always the same two ways to write it cost little. */
	for (size_t i = 0; i < 20; i++)
		add_as(v, "eve", orders[i % 2], filler(6000), 3100);
	assert_int_equal(advise_groups(v, &g), 2);
	assert_int_equal(g[0].place[0].kind, ADVISE_ORDER);
	assert_true(g[0].place[0].tools);
	assert_int_equal(g[0].place[0].changes, 3);
	assert_int_equal(g[0].lost, 3 * 3000);
	assert_int_equal(g[1].place[0].kind, ADVISE_MEMBERS);
	assert_int_equal(g[1].place[0].changes, 2);
	advise_free(&v);
}

/* A change within a tool's description is found there. */
static void test_tool_text(void **state)
{
	struct advise *v = advise_new();
	const struct advise_group *g;

	(void)state;
	for (int i = 0; i < 4; i++)
		add(v, arena_printf(a, "[" TOOL("a", "") "," TOOL("look",
					",\"description\":\"Index of 1%d:30 "
					"today\"") "]", i), filler(6000));
	assert_int_equal(advise_groups(v, &g), 1);
	assert_true(g->place[0].tools);
	assert_int_equal(g->place[0].kind, ADVISE_TIME);
	assert_true(is_text(g->place[0].piece, "10:30"));
	advise_free(&v);
}

/* Many programs, large prompts and ones without a head: bounded. */
static void test_bounds(void **state)
{
	struct advise *v = advise_new();
	const struct advise_group *g;
	clock_t from = clock();
	size_t missed;

	(void)state;
	for (int i = 0; i < 140; i++)
		add_as(v, arena_printf(a, "tenant %d", i), NULL, filler(100),
		       3100);
	missed = advise_missed(v);
	assert_int_equal(missed, 140 - 128);
	add_as(v, "tenant 1", NULL, filler(2000000), 3100);
	add_as(v, "tenant 2", NULL, "", 3100);
	assert_int_equal(advise_groups(v, &g), 0);
	advise_free(&v);
	v = advise_new();
	for (int i = 0; i < 3; i++)
		add(v, NULL, arena_printf(a, "%d %s", i, filler(1000000)));
	assert_int_equal(advise_groups(v, &g), 1);
	assert_int_equal(g->place[0].changes, 2);
	advise_free(&v);
	assert_true(clock() - from < 20 * CLOCKS_PER_SEC);
}

static long most_memory(void) /* kilobytes, ever */
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* What one comparison needs is there for the next. */
static void test_memory(void **state)
{
	struct advise *v;
	char *dots = arena_alloc(a, 262145);
	long before;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* it keeps what is freed for a while */
#endif
	v = advise_new();
	memset(dots, '.', 262144);
	dots[262144] = '\0';
	for (int i = 0; i < 128; i++)
		add_as(v, "one", NULL, arena_printf(a, "name%d", i), 3100);
	before = most_memory();
	add_as(v, "one", NULL, dots, 3100);
	assert_int_equal(advise_missed(v), 1);
	assert_true(most_memory() - before < 100 << 10);
	advise_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory), /* before others need more */
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_random_diffs),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_steady),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_tool_text),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
