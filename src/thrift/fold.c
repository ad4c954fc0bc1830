#include "thrift/fold.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/count.h"
#include "base/module.h"

static struct module library = MODULE("fold.so", "larder_fold", FOLD_ABI);

/* -- letters --------------------------------------------------------------- */

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] & 0x80)
			return false;
	return true;
}

/* Its normal form is itself. */
static struct str lower(struct arena *a, struct str s)
{
	struct str copy = arena_str(a, s);
	char *p = (char *)copy.p;

	for (size_t i = 0; i < s.n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] |= 0x20;
	return copy;
}

static int casefold(struct str *out_r, struct arena *a, struct str s,
		    char *err_r, size_t err_n)
{
	const struct fold_ops *ops;
	const char *why;
	size_t n;
	char *p;

	if (is_ascii(s)) {
		*out_r = lower(a, s);
		return 0;
	}
	ops = module_load(&library, err_r, err_n);
	if (!ops)
		return -1;
	p = ops->casefold(s.p, s.n, &n, &why);
	if (!p) {
		snprintf(err_r, err_n, "%s", why);
		return -1;
	}
	*out_r = arena_str(a, (struct str){ p, n });
	free(p);
	return 0;
}

/* -- blanks and punctuation ------------------------------------------------ */

/* Those that their compatible form has not made a space: the length of the
 * one at the beginning of s, or 0. */
static size_t blank_at(struct str s)
{
	static const struct str wide[] = {
		STR("\xc2\x85"),     /* next line */
		STR("\xe1\x9a\x80"), /* ogham space */
		STR("\xe2\x80\xa8"), /* line separator */
		STR("\xe2\x80\xa9"), /* paragraph separator */
	};

	if (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r'))
		return 1;
	if (!(s.p[0] & 0x80))
		return 0;
	for (size_t i = 0; i < COUNT_OF(wide); i++)
		if (str_starts(s, wide[i]))
			return wide[i].n;
	return 0;
}

/* None at either end, one space for each run between. */
static struct str join_blanks(struct arena *a, struct str s)
{
	struct buf b;
	size_t n;

	buf_init(&b, a);
	while (s.n) {
		n = blank_at(s);
		if (!n)
			buf_putc(&b, s.p[0]);
		else if (b.n && b.p[b.n - 1] != ' ')
			buf_putc(&b, ' ');
		s = str_from(s, n ? n : 1);
	}
	if (b.n && b.p[b.n - 1] == ' ')
		b.n--;
	return buf_view(&b);
}

/* What a sentence may end with, in its compatible form: of that wide and
 * narrow forms, dots in a row and the Greek question mark are made. */
static const struct str ends[] = {
	STR("."), STR("?"), STR("!"), STR(","), STR(";"), STR(":"), STR(" "),
	STR("\xe3\x80\x82"), STR("\xe3\x80\x81"), /* Chinese, Japanese */
	STR("\xe2\x80\xbd"),                      /* interrobang */
	STR("\xd8\x9f"), STR("\xdb\x94"),         /* Arabic */
	STR("\xd8\x8c"), STR("\xd8\x9b"),
	STR("\xe0\xa5\xa4"), STR("\xe0\xa5\xa5"), /* Devanagari */
	STR("\xd6\x89"), STR("\xd5\x9e"),         /* Armenian */
	STR("\xe1\x8d\xa2"), STR("\xe1\x8d\xa7"), /* Ethiopic */
	STR("\xe1\x81\x8b"),                      /* Burmese */
	STR("\xe1\x9f\x94"),                      /* Khmer */
};

static const struct str begins[] = {
	STR("\xc2\xbf"), STR("\xc2\xa1"), STR(" "), /* Spanish */
};

static size_t end_of(struct str s)
{
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (s.n >= ends[i].n &&
		    str_eq(str_from(s, s.n - ends[i].n), ends[i]))
			return ends[i].n;
	return 0;
}

static size_t begin_of(struct str s)
{
	for (size_t i = 0; i < COUNT_OF(begins); i++)
		if (str_starts(s, begins[i]))
			return begins[i].n;
	return 0;
}

static struct str bare(struct str s)
{
	struct str all = s;
	size_t n;

	while ((n = end_of(s)))
		s.n -= n;
	while ((n = begin_of(s)))
		s = str_from(s, n);
	return s.n ? s : all;
}

int fold_text(struct str *out_r, struct arena *a, struct str s, char *err_r,
	      size_t err_n)
{
	struct str folded;

	if (casefold(&folded, a, s, err_r, err_n) < 0)
		return -1;
	*out_r = bare(join_blanks(a, folded));
	return 0;
}
