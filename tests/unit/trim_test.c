#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "thrift/trim.h"

#define MAX_TURNS 64

/*
 * Histories are spelled: S system, U user, A assistant, c a call, r a result
 * (role tool), R a result in a user turn as Anthropic has it; with a slash
 * before them they are items of /responses. Every turn has 40 bytes (10
 * tokens).
 */
struct history {
	struct chat c;
	struct turn turn[MAX_TURNS];
	char spelled[MAX_TURNS + 1];
};

static void spell(struct history *h, enum shape shape, const char *s)
{
	*h = (struct history){ .c.shape = shape };
	for (; *s; s++) {
		struct turn *t = &h->turn[h->c.nturn];

		if (*s == '/') {
			h->c.shape = SHAPE_RESPONSES;
			continue;
		}
		h->spelled[h->c.nturn++] = *s;
		t->tok = 100 + (uint32_t)h->c.nturn;
		t->role = *s == 'S' ? ROLE_SYSTEM :
			  *s == 'U' ? ROLE_USER :
			  *s == 'r' || *s == 'R' ? ROLE_TOOL : ROLE_ASSISTANT;
		t->calls = *s == 'c';
		t->results = *s == 'r' || *s == 'R';
		t->bytes = 40;
	}
	h->c.turn = h->turn;
}

/* What the plan leaves, '.' for what is gone. */
static void left(const struct history *h, const struct trim *t, char *out)
{
	size_t g = 0;

	for (size_t i = 0; i < h->c.nturn; i++) {
		if (g < t->n && t->gone[g] == h->turn[i].tok) {
			out[i] = '.';
			g++;
		} else {
			out[i] = h->spelled[i];
		}
	}
	out[h->c.nturn] = '\0';
	assert_int_equal(g, t->n); /* in order, each once */
}

static const struct {
	const char *history;
	int max, keep;
	const char *left;
} cases[] = {
	{ "UAUAU", 50, 1, "UAUAU" },
	{ "UAUAU", 49, 1, "..UAU" },
	{ "UAUAU", 30, 1, "..UAU" },
	{ "UAUAU", 29, 1, "....U" },
	{ "UAUAU", 1, 1, "....U" },
	{ "UAUAU", 1, 0, "....U" },
	{ "UAUAU", 1, 3, "..UAU" },
	{ "UAUAU", 1, 5, "UAUAU" },
	{ "UAUAU", 1, 99, "UAUAU" },
	{ "UAUAU", 0, 1, "UAUAU" },
	{ "UAUAU", -1, 1, "UAUAU" },
	{ "", 1, 1, "" },
	{ "U", 1, 1, "U" },
	/* System turns stay, wherever they are. */
	{ "SUAUAU", 40, 1, "S..UAU" },
	{ "SUASUAU", 50, 1, "S..SUAU" },
	{ "SUSAUSS", 1, 1, "S.S.USS" },
	{ "SSS", 1, 1, "SSS" },
	{ "UASS", 1, 1, "UASS" },
	/* Calls and results go together. */
	{ "UcrUAU", 50, 1, "...UAU" },
	{ "UcrrAUAU", 50, 1, ".....UAU" },
	{ "UcRUcRU", 50, 1, "...UcRU" },
	{ "UcSrUAU", 50, 1, "..S.UAU" },
	/* A window that begins within a group keeps its beginning, and the
	 * user turn it answers. */
	{ "UAUcrr", 1, 1, "..Ucrr" },
	{ "UAUccrr", 1, 3, "..Uccrr" },
	{ "UAUcSr", 1, 2, "..UcSr" },
	{ "UAUcrrA", 1, 2, "..UcrrA" },
	{ "UAUA", 1, 1, "..UA" },
	{ "UAUA", 1, 2, "..UA" },
	/* One task, many steps: the task stays, the old steps go. */
	{ "Ucrcrcrcr", 70, 2, "U..crcrcr" },
	{ "Ucrcrcrcr", 50, 2, "U....crcr" },
	{ "Ucrcrcrcr", 1, 2, "U......cr" },
	{ "Ucrcrcrcr", 1, 3, "U....crcr" },
	{ "SUAUcrcrA", 50, 1, "S..U..crA" },
	{ "SUAUcrcrA", 70, 1, "S..UcrcrA" },
	/* Nothing to begin with: no user turn at all before the window. */
	{ "AAAA", 20, 1, "..AA" },
	{ "AAAU", 20, 1, "...U" },
	{ "rUAU", 30, 1, ".UAU" },
	/* /responses: a call comes as several items, reasoning first. */
	{ "/UAcrAcrA", 70, 2, "U...AcrA" },
	{ "UAcrAcrA", 70, 2, "U.crAcrA" },
	{ "/UAccrrAU", 1, 1, ".......U" },
	{ "/UccrrcrA", 50, 1, "U....crA" },
};

static void plan(struct trim *t, struct arena *a, const struct history *h,
		 int max, int keep)
{
	const struct trim_conf conf = { max, keep, TRIM_DROP };

	trim_plan(t, a, &conf, &h->c);
}

static void test_cases(void **state)
{
	struct arena *a = arena_new();
	char out[MAX_TURNS + 1];
	struct history h;
	struct trim t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		spell(&h, SHAPE_CHAT, cases[i].history);
		plan(&t, a, &h, cases[i].max, cases[i].keep);
		left(&h, &t, out);
		assert_string_equal(out, cases[i].left);
		assert_int_equal(t.tokens, 10 * t.n);
	}
	arena_free(&a);
}

static void test_off(void **state)
{
	const struct trim_conf conf = { 1, 1, TRIM_OFF };
	struct arena *a = arena_new();
	struct history h;
	struct trim t;

	(void)state;
	spell(&h, SHAPE_CHAT, "UAUAU");
	trim_plan(&t, a, &conf, &h.c);
	assert_int_equal(t.n, 0);
	assert_int_equal(t.tokens, 0);
	arena_free(&a);
}

/* System text outside the turns counts, and odd bytes round up once. */
static void test_estimate(void **state)
{
	struct arena *a = arena_new();
	struct history h;
	struct trim t;

	(void)state;
	spell(&h, SHAPE_MESSAGES, "UAU");
	h.c.system_bytes = 80;
	plan(&t, a, &h, 50, 1);
	assert_int_equal(t.n, 0);
	plan(&t, a, &h, 49, 1);
	assert_int_equal(t.n, 2);
	spell(&h, SHAPE_MESSAGES, "UAU");
	h.turn[0].bytes = h.turn[1].bytes = h.turn[2].bytes = 1;
	plan(&t, a, &h, 1, 1);
	assert_int_equal(t.n, 0);
	arena_free(&a);
}

/* -- random histories ----------------------------------------------------- */

static uint32_t dice(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

/* Valid ones: user turns, answers, calls with one to three results. */
static void roll(struct history *h, uint32_t *seed)
{
	char s[MAX_TURNS + 1];
	size_t n = 0, want = 1 + dice(seed, 40);
	uint32_t r;

	if (dice(seed, 2))
		s[n++] = 'S';
	s[n++] = 'U';
	while (n < want) {
		switch (dice(seed, 8)) {
		case 0:
			s[n++] = 'S';
			break;
		case 1: case 2: case 3:
			s[n++] = 'U';
			break;
		case 4: case 5:
			s[n++] = 'A';
			break;
		default:
			s[n++] = 'c';
			for (r = 1 + dice(seed, 3); r; r--)
				s[n++] = 'r';
		}
	}
	s[n] = '\0';
	spell(h, SHAPE_CHAT, s);
	for (size_t i = 0; i < n; i++)
		h->turn[i].bytes = dice(seed, 100);
}

static size_t bytes_of(const struct history *h, const char *out)
{
	size_t sum = 0;

	for (size_t i = 0; i < h->c.nturn; i++)
		if (out[i] != '.')
			sum += h->turn[i].bytes;
	return sum;
}

/* Is it whole: calls with all their results, systems, a user turn first? */
static void check_whole(const struct history *h, const char *out)
{
	bool call_gone = false, first = true;

	for (size_t i = 0; i < h->c.nturn; i++) {
		if (h->spelled[i] == 'c')
			call_gone = out[i] == '.';
		if (h->spelled[i] == 'r')
			assert_int_equal(out[i] == '.', call_gone);
		if (h->spelled[i] == 'S')
			assert_int_equal(out[i], 'S');
		if (first && out[i] != '.' && out[i] != 'S') {
			assert_int_equal(out[i], 'U');
			first = false;
		}
	}
}

/* Puts the unit dropped last back, and whatever must come with it so that a
 * user turn comes first: what a smaller cut would have been. */
static void put_back(const struct history *h, char *out)
{
	size_t i = h->c.nturn, user = h->c.nturn;

	while (i && out[i - 1] != '.')
		i--;
	if (!i)
		return;
	for (user = 0; user < i && out[user] != 'U'; user++)
		;
	do {
		i--;
		if (out[i] != 'S')
			out[i] = h->spelled[i];
	} while (i && (out[i] == 'r' || out[i] == 'S' ||
		       (user > i && out[i] != 'U')));
}

static void test_random(void **state)
{
	struct arena *a = arena_new();
	char out[MAX_TURNS + 1];
	uint32_t seed = 20261121;
	struct history h;
	struct trim t;
	int trimmed = 0, within = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		int max = 1 + (int)dice(&seed, 400);
		int keep = 1 + (int)dice(&seed, 8);
		size_t from;

		arena_reset(a);
		roll(&h, &seed);
		plan(&t, a, &h, max, keep);
		left(&h, &t, out);
		check_whole(&h, out);
		from = h.c.nturn > (size_t)keep ? h.c.nturn - (size_t)keep : 0;
		assert_string_equal(out + from, h.spelled + from);
		assert_int_equal(t.tokens,
				 trim_tokens(bytes_of(&h, h.spelled)) -
				 trim_tokens(bytes_of(&h, out)));
		if (!t.n)
			continue;
		trimmed++;
		within += trim_tokens(bytes_of(&h, out)) <= (size_t)max;
		put_back(&h, out);
		check_whole(&h, out);
		assert_true(trim_tokens(bytes_of(&h, out)) > (size_t)max);
	}
	assert_true(trimmed > 1000);
	assert_true(within > 1000 && within < trimmed);
	arena_free(&a);
}

/* Time does not grow with the square of a hostile history. */
static void test_large(void **state)
{
	static const enum role role[] = { ROLE_SYSTEM, ROLE_USER,
					  ROLE_ASSISTANT, ROLE_TOOL };
	struct arena *a = arena_new();
	size_t n = 1000000;
	struct turn *turn = arena_new_n(a, struct turn, n);
	struct chat c = { .turn = turn, .nturn = n };
	const struct trim_conf conf = { 1, 2, TRIM_DROP };
	struct trim t;

	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		for (size_t i = 0; i < n; i++)
			turn[i] = (struct turn){
				(uint32_t)i, i ? role[kind] : ROLE_USER,
				false, kind == 3 && i, 8 };
		trim_plan(&t, a, &conf, &c);
		assert_true(t.n < n);
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_estimate),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
