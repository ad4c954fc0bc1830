/*
 * The scanner beside a plain one that reads a byte at a time: both must take
 * and refuse the same texts, and lay the same tokens over them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"

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

/* -- the plain one --------------------------------------------------------- */

#define MOST 4096

struct plain {
	struct str s;
	size_t at, depth, n;
	struct json_tok tok[MOST];
};

static bool value(struct plain *p);

static int here(const struct plain *p)
{
	return p->at < p->s.n ? (unsigned char)p->s.p[p->at] : -1;
}

static bool take(struct plain *p, int c)
{
	if (here(p) != c)
		return false;
	p->at++;
	return true;
}

static void space(struct plain *p)
{
	while (take(p, ' ') || take(p, '\t') || take(p, '\r') ||
	       take(p, '\n'))
		;
}

static struct json_tok *begin(struct plain *p, enum json_type type)
{
	struct json_tok *t = &p->tok[p->n++];

	assert_true(p->n < MOST);
	*t = (struct json_tok){ .at = (uint32_t)p->at, .type = type & 7 };
	return t;
}

static bool end(struct plain *p, struct json_tok *t)
{
	t->end = (uint32_t)p->at;
	t->next = p->n & 0xffffff;
	return true;
}

static bool hex(struct plain *p)
{
	int c = here(p);

	return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
		(c >= 'A' && c <= 'F')) && take(p, c);
}

static bool escape(struct plain *p)
{
	for (const char *c = "\"\\/bfnrt"; *c; c++)
		if (take(p, *c))
			return true;
	return take(p, 'u') && hex(p) && hex(p) && hex(p) && hex(p);
}

/* Decoded, and encoded the shortest way it must be the same. */
static bool wide(struct plain *p)
{
	int lead = here(p), tails, tail;
	uint32_t c, least;

	tails = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
	least = tails == 3 ? 0x10000 : tails == 2 ? 0x800 : 0x80;
	if (lead < 0xc0 || lead > 0xf7)
		return false;
	p->at++;
	c = (uint32_t)lead & (0x3fu >> tails);
	for (; tails; tails--) {
		tail = here(p);
		if (tail < 0x80 || tail > 0xbf)
			return false;
		p->at++;
		c = c << 6 | (tail & 0x3f);
	}
	return c >= least && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

static bool string(struct plain *p)
{
	struct json_tok *t = begin(p, JSON_STRING);

	take(p, '"');
	while (!take(p, '"')) {
		if (here(p) >= 0x80) {
			if (!wide(p))
				return false;
		} else if (take(p, '\\')) {
			t->escaped = 1;
			if (!escape(p))
				return false;
		} else if (here(p) < 0x20) {
			return false;
		} else {
			p->at++;
		}
	}
	return end(p, t);
}

static bool digits(struct plain *p)
{
	size_t from = p->at;

	while (here(p) >= '0' && here(p) <= '9')
		p->at++;
	return p->at > from;
}

static bool number(struct plain *p)
{
	struct json_tok *t = begin(p, JSON_NUMBER);

	take(p, '-');
	if (!take(p, '0') && !digits(p))
		return false;
	if (take(p, '.') && !digits(p))
		return false;
	if (take(p, 'e') || take(p, 'E')) {
		if (!take(p, '+'))
			take(p, '-');
		if (!digits(p))
			return false;
	}
	return end(p, t);
}

static bool word(struct plain *p, const char *w, enum json_type type)
{
	struct json_tok *t = begin(p, type);

	while (*w)
		if (!take(p, *w++))
			return false;
	return end(p, t);
}

static struct str decoded(const struct plain *p, uint32_t i)
{
	const struct json_tok *t = &p->tok[i];

	return json_unescape((struct str){ p->s.p + t->at + 1,
					   t->end - t->at - 2 }, a);
}

/* obj's names from the token behind it on, its values skipped. */
static bool is_twice(const struct plain *p, uint32_t obj)
{
	uint32_t i, j;

	for (i = obj + 1; i < p->n; i = p->tok[i + 1].next)
		for (j = obj + 1; j < i; j = p->tok[j + 1].next)
			if (str_eq(decoded(p, i), decoded(p, j)))
				return true;
	return false;
}

static bool member(struct plain *p)
{
	space(p);
	if (here(p) != '"' || !string(p))
		return false;
	space(p);
	return take(p, ':');
}

static bool nest(struct plain *p, enum json_type type)
{
	struct json_tok *t = begin(p, type);
	bool object = type == JSON_OBJECT;

	if (p->depth++ == JSON_MAX_DEPTH)
		return false;
	p->at++;
	space(p);
	if (!take(p, object ? '}' : ']')) {
		do {
			if ((object && !member(p)) || !value(p))
				return false;
			space(p);
		} while (take(p, ','));
		if (!take(p, object ? '}' : ']'))
			return false;
	}
	p->depth--;
	return end(p, t) && !(object && is_twice(p, (uint32_t)(t - p->tok)));
}

static bool value(struct plain *p)
{
	space(p);
	switch (here(p)) {
	case '{':
		return nest(p, JSON_OBJECT);
	case '[':
		return nest(p, JSON_ARRAY);
	case '"':
		return string(p);
	case 't':
		return word(p, "true", JSON_TRUE);
	case 'f':
		return word(p, "false", JSON_FALSE);
	case 'n':
		return word(p, "null", JSON_NULL);
	default:
		return number(p);
	}
}

static bool document(struct plain *p)
{
	if (!value(p))
		return false;
	space(p);
	return p->at == p->s.n;
}

/* -- side by side ---------------------------------------------------------- */

static size_t taken, refused;

static void check_tokens(const struct plain *p, const struct json *doc)
{
	assert_int_equal(doc->n, p->n);
	for (size_t i = 0; i < p->n; i++) {
		const struct json_tok *x = &p->tok[i], *y = &doc->tok[i];

		if (x->at != y->at || x->end != y->end ||
		    x->next != y->next || x->type != y->type ||
		    x->escaped != y->escaped)
			fail_msg("%.*s: token %zu", (int)p->s.n, p->s.p, i);
	}
}

/* In a place of exactly its size, so that sanitizers see a read behind it. */
static void compare(struct str text)
{
	static struct plain p;
	char *copy = malloc(text.n ? text.n : 1);
	struct json_error err;
	struct json doc;
	bool plainly, here;

	assert_non_null(copy);
	memcpy(copy, text.p, text.n);
	p.s = (struct str){ copy, text.n };
	p.at = p.depth = p.n = 0;
	plainly = document(&p);
	here = json_parse(&doc, a, p.s, &err) == 0;
	if (plainly != here)
		fail_msg("%s: %.*s", plainly ? "refused" : "taken",
			 (int)text.n, text.p);
	if (here)
		check_tokens(&p, &doc);
	taken += here;
	refused += !here;
	free(copy);
	arena_reset(a);
}

static const char *const samples[] = {
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"A "
	"text that is longer than any word a scanner may take at once, and plain "
	"all along.\"}],\"temperature\":0.70,\"n\":-1e+5,\"x\":[true,"
	"false,null]}",
	"{\"a\":\"\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4 \xe4\xb8\xad"
	"\xe6\x96\x87\xe3\x80\x82\xc3\xa9\xc3\xa0\xf0\x9f\x98\x80"
	"\xf4\x8f\xbf\xbf\xe0\xa0\x80"
	"\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xc2\x80\xdf\xbf\xef\xbf\xbf"
	"\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87 and more behind it\","
	"\"\xc3\xa9\":1,\"\\u00e8\":2}",
	"{\"e\":\"a\\n\\tb\\\"c\\\\\\u00e9\\ud83d\\ude00\\u0000 \\/\\b\\f\\r"
	"0123456789\\n0123456789abcdef\\u12aF\",\"f\":[[],{},[{}],\"\",0]}",
	" [ 0 , -0.0 , 12.5e-3 , 1E5 , 123456789012345678901234567890 ,\t0.5,"
	"\r\n[1,2,3,4,5,6,7,8,9,10,11,12] , {\"k\" : -7 , \"kk\" : 8 } ] ",
	"[{\"a\":1,\"b\":2,\"c\":3,\"\":4},{\"\\u0061\":1,\"ab\":2,\"ba\":3,"
	"\"abcdefgh\":4,\"abcdefgi\":5,\"bbcdefgh\":6,\"abcdefgh\\n\":7}]",
};

static size_t below(unsigned short seed[3], size_t n)
{
	return (size_t)nrand48(seed) % n;
}

/* One byte changed, taken out or put in; or two exchanged. */
static void damage(struct buf *b, unsigned short seed[3])
{
	static const char odd[] = "{}[]:,\"\\u0e-+.tfn \x80\xbf\xc0\xc1\xc2\xe0"
		"\xed\xef\xf0\xf4\xf5\xff\xa0\x9f\x90\x8f\x1f\x7f\t\n";
	size_t at = below(seed, b->n), to = below(seed, b->n);
	char c = below(seed, 4) ? odd[below(seed, sizeof(odd))] :
				  (char)below(seed, 256);

	switch (below(seed, 4)) {
	case 0:
		memmove(b->p + at, b->p + at + 1, b->n - at);
		b->n -= b->n > 1;
		break;
	case 1:
		buf_putc(b, c);
		memmove(b->p + at + 1, b->p + at, b->n - 1 - at);
		b->p[at] = c;
		break;
	case 2:
		c = b->p[to];
		b->p[to] = b->p[at];
		b->p[at] = c;
		break;
	default:
		b->p[at] = c;
	}
}

static void test_damaged(void **state)
{
	unsigned short seed[3] = { 31, 32, 33 };
	struct buf b;

	(void)state;
	for (int round = 0; round < 60000; round++) {
		buf_init(&b, a);
		buf_puts(&b, samples[below(seed, 5)]);
		for (size_t n = below(seed, 4); n; n--)
			damage(&b, seed);
		compare(buf_view(&b));
	}
	assert_true(taken > 10000 && refused > 10000);
}

/* All that a text can be cut short to, and all it can end with. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct str s = str_c(samples[i]);

		for (size_t n = 0; n <= s.n; n++) {
			compare((struct str){ s.p, n });
			compare(str_from(s, n));
		}
	}
}

/* Each way two, three and four bytes can stand in a string, at places that
 * differ in how much is behind them. */
static void test_wide(void **state)
{
	static const unsigned char tail[] = { 0x20, 0x7f, 0x80, 0x8f, 0x90,
					      0x9f, 0xa0, 0xbf, 0xc0, '"' };
	char text[128];

	(void)state;
	for (int lead = 0x80; lead < 0x100; lead++) {
		for (size_t k = 0; k < 1000; k++) {
			size_t at = 1 + (k + (size_t)lead) % 20;
			char wide[4] = { (char)lead, (char)tail[k % 10],
					 (char)tail[k / 10 % 10],
					 (char)tail[k / 100] };

			memset(text, 'x', sizeof(text));
			text[0] = text[24] = text[90] = '"';
			memcpy(text + at, wide, 4);
			compare((struct str){ text, 25 });
			compare((struct str){ text, at + 4 });
			text[24] = 'x';
			memcpy(text + at + 50, wide, 4);
			compare((struct str){ text, 91 });
			memset(text + at, 'x', 4);
			compare((struct str){ text, 91 });
			compare((struct str){ text, at + 54 });
		}
	}
}

/* Names by the dozen, some of them twice. */
static void test_names(void **state)
{
	unsigned short seed[3] = { 34, 35, 36 };
	struct buf b;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		size_t n = below(seed, 40), of = 1 + below(seed, 3000);

		buf_init(&b, a);
		buf_putc(&b, '{');
		for (size_t i = 0; i < n; i++)
			buf_printf(&b, below(seed, 9) ? "%s\"k%0*zu\":[]" :
				   "%s\"\\u006b%0*zu\":{}", i ? "," : "",
				   1 + (int)below(seed, 2) * 8,
				   below(seed, of));
		buf_putc(&b, '}');
		compare(buf_view(&b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
