#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "base/buf.h"
#include "base/count.h"
#include "thrift/trim.h"

#define MAX_TURNS 128

static struct arena *a;

/*
 * Histories are spelled: S system, U user, A assistant, c a call, r a result;
 * with a slash before them they are items of /responses. A digit makes the
 * turn before it so many times as large. A turn has 10 tokens.
 */
struct history {
	struct json doc;
	struct chat c;
	struct turn turn[MAX_TURNS];
	size_t tokens[MAX_TURNS];
	char spelled[MAX_TURNS + 1];
};

/* Each turn is an empty object of the document. */
static void read_doc(struct history *h, const char *member)
{
	struct json_error err;
	struct buf b;
	uint32_t i;
	size_t n = 0;

	buf_init(&b, a);
	buf_printf(&b, "{%s\"input\":[", member);
	for (size_t k = 0; k < h->c.nturn; k++)
		buf_puts(&b, k ? ",{}" : "{}");
	buf_puts(&b, "]}");
	assert_int_equal(json_parse(&h->doc, a, buf_view(&b), &err), 0);
	h->c.doc = &h->doc;
	h->c.turns = json_get(&h->doc, 0, "input");
	for (i = json_first(&h->doc, h->c.turns); i;
	     i = json_next(&h->doc, h->c.turns, i))
		h->turn[n++].tok = i;
}

static void spell(struct history *h, const char *s)
{
	*h = (struct history){ .c.shape = SHAPE_CHAT };
	h->c.turn = h->turn;
	for (; *s; s++) {
		struct turn *t = &h->turn[h->c.nturn];

		if (*s == '/') {
			h->c.shape = SHAPE_RESPONSES;
			continue;
		}
		if (*s >= '0' && *s <= '9') {
			h->tokens[h->c.nturn - 1] *= (size_t)(*s - '0');
			continue;
		}
		h->spelled[h->c.nturn] = *s;
		h->tokens[h->c.nturn++] = 10;
		t->role = *s == 'S' ? ROLE_SYSTEM :
			  *s == 'U' ? ROLE_USER :
			  *s == 'r' ? ROLE_TOOL : ROLE_ASSISTANT;
		t->calls = *s == 'c';
		t->results = *s == 'r';
	}
	read_doc(h, "");
}

/* What the plan leaves, '.' for what is gone. */
static void left(const struct history *h, const struct trim *t, char *out)
{
	size_t g = 0, tokens = 0;

	for (size_t i = 0; i < h->c.nturn; i++) {
		bool gone = g < t->n && t->gone[g] == h->turn[i].tok;

		out[i] = gone ? '.' : h->spelled[i];
		g += gone;
		tokens += gone ? h->tokens[i] : 0;
		assert_true(!gone || i < t->from);
	}
	out[h->c.nturn] = '\0';
	assert_int_equal(g, t->n); /* in order, each once */
	assert_int_equal(tokens, t->tokens);
	assert_true(!t->n || out[t->from] != '.');
}

static void plan(struct history *h, const struct trim_conf *conf,
		 const int *price, char *out)
{
	const struct trim_ask ask = {
		.conf = conf, .chat = &h->c, .turn = h->tokens,
		.read = price[0], .write = price[1],
	};
	struct trim t;

	trim_plan(&t, a, &ask);
	left(h, &t, out);
}

static const int uncached[] = { 1000, 1000 }, cached[] = { 100, 1250 };

static const struct {
	const char *history;
	int max, keep, keep_last;
	const char *left, *pinned; /* NULL: the same */
} cases[] = {
	{ "UAUAU", 50, 0, 1, "UAUAU", NULL },
	{ "UAUAU", 49, 40, 1, "..UAU", "U..AU" },
	{ "UAUAU", 49, 30, 1, "..UAU", "U..AU" },
	{ "UAUAU", 49, 29, 1, "....U", "U..AU" },
	{ "UAUAU", 49, 0, 1, "....U", "U..AU" },
	{ "UAUAU", 1, 1, 5, "UAUAU", NULL },
	{ "UAUAU", 1, 1, 99, "UAUAU", NULL },
	{ "UAUAU", 0, 1, 1, "UAUAU", NULL },
	{ "UAUAU", -1, 1, 1, "UAUAU", NULL },
	{ "", 1, 1, 1, "", NULL },
	{ "U", 1, 1, 1, "U", NULL },
	/* Low water is above high water, or is as high. */
	{ "UAUAUAU", 50, 99, 1, "..UAUAU", "U..AUAU" },
	/* In steps: 50 is passed at the sixth turn, 30 are left, and 50 again
	 * two turns later. Once cut, it stays until it is full again. */
	{ "UAUAUA", 50, 30, 1, "....UA", "U..AUA" },
	{ "UAUAUAU", 50, 30, 1, "....UAU", "U..AUAU" },
	{ "UAUAUAUAU", 50, 30, 1, "....UAUAU", "U....AUAU" },
	/* System turns stay, wherever they are, and count. */
	{ "SUAUAU", 50, 40, 1, "S..UAU", "SU..AU" },
	{ "SUASUAU", 60, 50, 1, "S..SUAU", "SU.S.AU" },
	{ "SSS", 1, 1, 1, "SSS", NULL },
	{ "UASS", 1, 1, 1, "UASS", NULL },
	{ "SSSUAU", 1, 1, 1, "SSS..U", "SSSUAU" },
	/* Calls and results go together. */
	{ "UcrUAU", 59, 30, 1, "...UAU", "U...AU" },
	{ "UcrrAUAU", 79, 30, 1, ".....UAU", "U.....AU" },
	{ "UcSrUAU", 69, 40, 1, "..S.UAU", "U.S..AU" },
	{ "UAUcrr", 1, 1, 1, "..Ucrr", "UAUcrr" },
	{ "UAUccrr", 1, 1, 3, "..Uccrr", "UAUccrr" },
	{ "UAUcSr", 1, 1, 2, "..UcSr", "UAUcSr" },
	/* One task, many steps: the task stays, the old steps go. */
	{ "Ucrcrcrcr", 89, 70, 2, "U..crcrcr", NULL },
	{ "Ucrcrcrcr", 89, 50, 2, "U....crcr", NULL },
	{ "Ucrcrcrcr", 1, 1, 2, "U......cr", NULL },
	{ "Ucrcrcrcr", 1, 1, 3, "U....crcr", NULL },
	{ "SUAUcrcrA", 89, 50, 1, "S..U..crA", "SUAU....A" },
	/* Words that keep roles alternating. */
	{ "UAUAUcrcrcr", 1, 1, 1, "....U....cr", "U..AU....cr" },
	{ "UcrAcrcrU", 89, 30, 1, "........U", "U..A....U" },
	{ "UcrAcrcr", 79, 40, 1, "U..A..cr", "U..A..cr" },
	/* The pinned turn need not be the first. */
	{ "AUAUAU", 59, 30, 1, "...UAU", ".U..AU" },
	/* Nothing to begin with. */
	{ "AAAA", 39, 20, 1, "..AA", NULL },
	{ "AAAU", 39, 20, 1, "...U", NULL },
	/* A turn that is larger than everything. */
	{ "UAU9", 50, 30, 1, "..U", "UAU" },
	{ "U9AU", 50, 30, 1, "..U", "UAU" },
	{ "U9AUAUAU", 50, 30, 9, "UAUAUAU", NULL },
	/* /responses: a run of items is one unit, nothing need alternate. */
	{ "/UAcrAcrA", 79, 50, 1, "U...AcrA", NULL },
	{ "/UcArAcrA", 79, 50, 1, "U...AcrA", NULL },
	{ "/UAccrrAU", 1, 1, 1, ".......U", "U......U" },
	{ "/UAUAU", 49, 30, 1, "..UAU", "U..AU" },
	{ "/UArU", 1, 1, 1, "...U", "U..U" },
};

static void test_cases(void **state)
{
	char out[MAX_TURNS + 1];
	struct history h;
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
		bool pin = i % 2;
		const char *want = cases[i / 2].left;
		const struct trim_conf conf = {
			.max_tokens = cases[i / 2].max,
			.keep_tokens = cases[i / 2].keep,
			.keep_last = cases[i / 2].keep_last,
			.pin_first = pin, .method = TRIM_DROP,
		};

		if (pin && cases[i / 2].pinned)
			want = cases[i / 2].pinned;
		spell(&h, cases[i / 2].history);
		plan(&h, &conf, uncached, out);
		if (strcmp(out, want) != 0) {
			print_error("%s %d %d %d %d: %s, not %s\n",
				    cases[i / 2].history, conf.max_tokens,
				    conf.keep_tokens, conf.keep_last, pin,
				    out, want);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* -- auto ------------------------------------------------------------------ */

static size_t gone_auto(const char *spelled, const int *price)
{
	const struct trim_conf conf = { .max_tokens = 100, .keep_tokens = 50,
					.keep_last = 1, .method = TRIM_AUTO };
	char out[MAX_TURNS + 1];
	struct history h;
	size_t n = 0;

	spell(&h, spelled);
	plan(&h, &conf, price, out);
	for (size_t i = 0; out[i]; i++)
		n += out[i] == '.';
	return n;
}

/*
 * At 110 tokens and six requests a cut spares each of as many again a tenth
 * of 60 tokens, 36 tokens' worth; to write the 50 that are left instead of
 * reading them costs 57. At 120 tokens and seven requests it is 56 (of 80
 * that go) against 46 (for 40).
 */
static void test_auto(void **state)
{
	static const int dear[] = { 100, 2000 }, never[] = { 1, 10000 };

	(void)state;
	assert_int_equal(gone_auto("UAUAUAUAUA", uncached), 0);
	assert_int_equal(gone_auto("UAUAUAUAUAU", uncached), 6);
	assert_int_equal(gone_auto("UAUAUAUAUAU", cached), 0);
	assert_int_equal(gone_auto("UAUAUAUAUAUAU", cached), 8);
	assert_int_equal(gone_auto("UAUAUAUAUAUAU", dear), 0);
	/* Few requests that are large. */
	assert_int_equal(gone_auto("U5A5U9", cached), 0);
	/* It waits, but no longer than until it is twice max_tokens. */
	assert_int_equal(gone_auto("UAUAUAUAUAUAUAUAUAUA", never), 0);
	assert_int_equal(gone_auto("UAUAUAUAUAUAUAUAUAUAU", never), 16);
}

/* -- the rest -------------------------------------------------------------- */

static void test_off(void **state)
{
	const struct trim_conf conf = { .max_tokens = 1, .keep_last = 1,
					.method = TRIM_OFF };
	char out[MAX_TURNS + 1];
	struct history h;

	(void)state;
	spell(&h, "UAUAU");
	plan(&h, &conf, uncached, out);
	assert_string_equal(out, "UAUAU");
}

/* What the provider keeps the beginning of is left alone. */
static void test_elsewhere(void **state)
{
	static const struct {
		const char *member;
		size_t gone;
	} rows[] = {
		{ "\"previous_response_id\":\"r\",", 0 },
		{ "\"conversation\":{\"id\":\"c\"},", 0 },
		{ "\"previous_response_id\":null,", 4 },
	};
	const struct trim_conf conf = { .max_tokens = 1, .keep_last = 1,
					.method = TRIM_DROP };
	struct history h;
	struct trim t;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		spell(&h, "/UAUAU");
		read_doc(&h, rows[i].member);
		trim_plan(&t, a, &(struct trim_ask){ &conf, &h.c, h.tokens,
						     0, 1000, 1000 });
		assert_int_equal(t.n, rows[i].gone);
	}
}

/* A call and its result are known by their id, however that is written. */
static void test_escaped(void **state)
{
	static const char body[] =
		"{\"model\":\"m\",\"input\":[{\"role\":\"user\"},{\"type\":"
		"\"function_call\",\"call_id\":\"c\\u0031\"},{\"role\":"
		"\"user\"},"
		"{\"role\":\"user\"},{\"type\":\"function_call\\u005foutput\","
		"\"call_id\":\"c1\"},{\"role\":\"user\"},{\"role\":\"user\"}]}";
	static const size_t tokens[] = { 10, 10, 10, 10, 10, 10, 10 };
	struct trim_conf conf = { .method = TRIM_DROP, .keep_last = 1 };
	struct trim_ask ask = { .conf = &conf, .turn = tokens };
	struct json_error err;
	struct json doc;
	struct chat c;
	struct fail f = { .status = 0 };
	struct trim t;

	(void)state;
	assert_int_equal(json_parse(&doc, a, STR(body), &err), 0);
	assert_int_equal(chat_view(&c, a, &doc, SHAPE_RESPONSES, &f), 0);
	ask.chat = &c;
	for (conf.max_tokens = 10; conf.max_tokens < 70;
	     conf.max_tokens += 10) {
		trim_plan(&t, a, &ask);
		/* from the call to its result, all or nothing */
		assert_true(t.from <= 1 || t.from >= 5);
	}
}

/* Tokens outside the turns count. */
static void test_fixed(void **state)
{
	const struct trim_conf conf = { .max_tokens = 50, .keep_tokens = 40,
					.keep_last = 1, .method = TRIM_DROP };
	struct history h;
	struct trim t;

	(void)state;
	spell(&h, "UAU");
	for (size_t fixed = 20; fixed < 22; fixed++) {
		trim_plan(&t, a, &(struct trim_ask){ &conf, &h.c, h.tokens,
						     fixed, 1000, 1000 });
		assert_int_equal(t.n, fixed > 20 ? 2 : 0);
	}
}

/* Time does not grow with the square of a hostile history, whatever it
 * consists of; a million turns take too long for the suite if it does. */
static void test_large(void **state)
{
	static const char *const kinds[] = { "S", "U", "A", "r", "cr", "c",
					     "UA", "UcrA", "Ucr", "UUA" };
	const size_t n = 200000;
	struct turn *turn = arena_new_n(a, struct turn, n);
	size_t *tokens = arena_new_n(a, size_t, n);
	struct history h;

	(void)state;
	spell(&h, "U");
	for (size_t k = 0; k < 8 * COUNT_OF(kinds); k++) {
		const char *kind = kinds[k / 8];
		const struct trim_conf conf = {
			.max_tokens = k & 2 ? 1 : 100000,
			.keep_last = k & 4 ? 2 : 50000,
			.method = k & 1 ? TRIM_DROP : TRIM_AUTO,
			.pin_first = k & 1,
		};
		struct trim t;

		for (size_t i = 0; i < n; i++) {
			char c = i ? kind[i % strlen(kind)] : 'U';

			turn[i] = (struct turn){
				.tok = h.turn[0].tok, .calls = c == 'c',
				.results = c == 'r',
				.role = c == 'S' ? ROLE_SYSTEM :
					c == 'U' ? ROLE_USER :
					c == 'r' ? ROLE_TOOL : ROLE_ASSISTANT,
			};
			tokens[i] = i % 3;
		}
		h.c.turn = turn;
		h.c.nturn = n;
		trim_plan(&t, a, &(struct trim_ask){ &conf, &h.c, tokens, 5,
						     100, 1250 });
		assert_true(t.n < n);
	}
}

static int begin(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_cases), T(test_auto), T(test_off), T(test_elsewhere),
		T(test_escaped), T(test_fixed), T(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
