#include "base/json.h"

#include <stdlib.h>

#include "base/json_plain.h"
#include "base/utf8.h"

/* More than any shift a text of 4 GiB can need to make a number whole. */
#define EXP_LIMIT 1000000000000

static bool has_items(const struct json *doc, uint32_t v)
{
	return doc->tok[v].type >= JSON_ARRAY && doc->tok[v].next > v + 1;
}

uint32_t json_first(const struct json *doc, uint32_t v)
{
	return has_items(doc, v) ? v + 1 : 0;
}

uint32_t json_next(const struct json *doc, uint32_t parent, uint32_t i)
{
	const struct json_tok *p = &doc->tok[parent];
	uint32_t next;

	if (!i)
		return 0;
	next = doc->tok[p->type == JSON_OBJECT ? i + 1 : i].next;
	return next < p->next ? next : 0;
}

size_t json_count(const struct json *doc, uint32_t v)
{
	size_t n = 0;

	for (uint32_t i = json_first(doc, v); i; i = json_next(doc, v, i))
		n++;
	return n;
}

/* The decoded bytes of string i, name or value. */
static bool is_escaped_as(const struct json *doc, uint32_t i, struct str want)
{
	struct str inner = json_inner(doc, i);
	char piece[64];
	size_t n;

	while ((n = json_decode(&inner, piece, sizeof(piece)))) {
		if (n > want.n || memcmp(piece, want.p, n) != 0)
			return false;
		want = str_from(want, n);
	}
	return want.n == 0;
}

static inline bool is_same(const struct json *doc, uint32_t i, struct str want)
{
	const struct json_tok *t = &doc->tok[i];

	if (t->escaped)
		return is_escaped_as(doc, i, want);
	return t->end - t->at - 2 == want.n &&
	       memcmp(doc->text.p + t->at + 1, want.p, want.n) == 0;
}

bool json_string_eq(const struct json *doc, uint32_t v, struct str s)
{
	return json_is(doc, v, JSON_STRING) && is_same(doc, v, s);
}

uint32_t json_find(const struct json *doc, uint32_t obj, struct str name)
{
	uint32_t i = obj + 1, end = doc->tok[obj].next;

	if (doc->tok[obj].type != JSON_OBJECT)
		return 0;
	for (; i < end; i = doc->tok[i + 1].next)
		if (is_same(doc, i, name))
			return i + 1;
	return 0;
}

struct str json_span(const struct json *doc, uint32_t v)
{
	const struct json_tok *t = &doc->tok[v];

	if (!v)
		return STR("");
	return (struct str){ doc->text.p + t->at, t->end - t->at };
}

struct str json_inner(const struct json *doc, uint32_t v)
{
	struct str span;

	if (!json_is(doc, v, JSON_STRING))
		return STR("");
	span = json_span(doc, v);
	return (struct str){ span.p + 1, span.n - 2 };
}

static uint32_t hex4(const char *p)
{
	uint32_t c = 0;

	for (int i = 0; i < 4; i++) {
		unsigned d = (unsigned char)p[i];

		c = c << 4 | ((d & 15) + (d >> 6) * 9);
	}
	return c;
}

/* Decodes the \u escape at the front of s; returns the bytes written. A high
 * surrogate and the low one behind it are one character. */
static size_t decode_wide(struct str *s, char out[4])
{
	uint32_t c = hex4(s->p + 2), low;

	*s = str_from(*s, 6);
	if (c >= 0xd800 && c < 0xdc00 && s->n >= 6 && s->p[0] == '\\' &&
	    s->p[1] == 'u') {
		low = hex4(s->p + 2);
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			*s = str_from(*s, 6);
		}
	}
	return utf8_put(out, c);
}

/* What an escape of one letter stands for. */
static inline char short_escape(char letter)
{
	static const char of[128] = {
		['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b',
		['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
	};

	return of[letter & 127];
}

size_t json_decode(struct str *inner, char *out, size_t n)
{
	struct str s = *inner;
	size_t at = 0, run;

	while (s.n && n - at >= 4) {
		if (s.p[0] != '\\') {
			run = s.n < n - at ? s.n : n - at;
			run = json_copy_plain(out + at, s.p, run);
			s = str_from(s, run);
			at += run;
		} else if (s.p[1] == 'u') {
			at += decode_wide(&s, out + at);
		} else {
			out[at++] = short_escape(s.p[1]);
			s = str_from(s, 2);
		}
	}
	*inner = s;
	return at;
}

struct str json_unescape(struct str inner, struct arena *a)
{
	/* An escape is never shorter than what it stands for, but decode
	 * wants room for four bytes before each. */
	size_t room = inner.n + 4;
	char *p = arena_alloc(a, room);

	return (struct str){ p, json_decode(&inner, p, room) };
}

struct str json_string(const struct json *doc, uint32_t v, struct arena *a)
{
	struct str inner = json_inner(doc, v);

	return v && doc->tok[v].escaped ? json_unescape(inner, a) : inner;
}

bool json_bool(const struct json *doc, uint32_t v, bool dflt)
{
	if (json_is(doc, v, JSON_TRUE))
		return true;
	return json_is(doc, v, JSON_FALSE) ? false : dflt;
}

/* The digits at the front of s, which they leave. */
static struct str cut_digits(struct str *s)
{
	struct str digits = { s->p, 0 };

	while (digits.n < s->n && s->p[digits.n] >= '0' &&
	       s->p[digits.n] <= '9')
		digits.n++;
	*s = str_from(*s, digits.n);
	return digits;
}

void json_split_number(struct str lexeme, struct json_digits *out_r)
{
	struct json_digits d = { .negative = lexeme.p[0] == '-' };

	if (d.negative)
		lexeme = str_from(lexeme, 1);
	d.whole = cut_digits(&lexeme);
	d.frac = d.exp = (struct str){ lexeme.p, 0 };
	if (lexeme.n && lexeme.p[0] == '.') {
		lexeme = str_from(lexeme, 1);
		d.frac = cut_digits(&lexeme);
	}
	if (lexeme.n) {
		lexeme = str_from(lexeme, 1);
		d.exp_negative = lexeme.p[0] == '-';
		if (d.exp_negative || lexeme.p[0] == '+')
			lexeme = str_from(lexeme, 1);
		d.exp = lexeme;
	}
	*out_r = d;
}

static int64_t exponent_of(const struct json_digits *d)
{
	int64_t e = 0;

	for (size_t i = 0; i < d->exp.n && e < EXP_LIMIT; i++)
		e = e * 10 + (d->exp.p[i] - '0');
	return d->exp_negative ? -e : e;
}

/* Digit i of the whole and the fractional ones in a row; 0 behind them. */
static int digit_at(const struct json_digits *d, size_t i)
{
	if (i < d->whole.n)
		return d->whole.p[i] - '0';
	i -= d->whole.n;
	return i < d->frac.n ? d->frac.p[i] - '0' : 0;
}

int json_int(const struct json *doc, uint32_t v, int64_t *out_r)
{
	struct json_digits d;
	int64_t point, x = 0;
	size_t first = 0, n;

	if (!json_is(doc, v, JSON_NUMBER))
		return 0;
	json_split_number(json_span(doc, v), &d);
	n = d.whole.n + d.frac.n;
	while (n && !digit_at(&d, n - 1))
		n--;
	while (first < n && !digit_at(&d, first))
		first++;
	/* What is left are the digits [first, n); the decimal point stands
	 * before digit `point`, which must be behind all of them. */
	point = (int64_t)d.whole.n + exponent_of(&d);
	if (n && (point < (int64_t)n || point > (int64_t)first + 19))
		return 0;
	for (int64_t i = (int64_t)first; n && i < point; i++) {
		int digit = digit_at(&d, (size_t)i);

		if (__builtin_mul_overflow(x, 10, &x) ||
		    __builtin_sub_overflow(x, digit, &x))
			return 0;
	}
	if (!d.negative && x == INT64_MIN)
		return 0;
	*out_r = d.negative ? x : -x;
	return 1;
}

int json_double(const struct json *doc, uint32_t v, double *out_r)
{
	if (!json_is(doc, v, JSON_NUMBER))
		return 0;
	/* Not being the whole document, the number has a byte behind it
	 * that ends it, and strtod stops there. No locale is ever set. */
	*out_r = strtod(doc->text.p + doc->tok[v].at, NULL);
	return 1;
}
