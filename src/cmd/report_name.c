/* Names from a log, which are the words of strangers, where they could do
 * harm: on a terminal and in a spreadsheet. */
#include "cmd/report_view.h"

#include "base/count.h"
#include "base/utf8.h"

/* What moves a cursor, or turns the order of what follows. */
static bool is_unshown(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	switch (len) {
	case 1:
		return u[0] < ' ' || u[0] > '~';
	case 2: /* U+0080 to U+009F, U+061C */
		return (u[0] == 0xc2 && u[1] < 0xa0) ||
		       (u[0] == 0xd8 && u[1] == 0x9c);
	case 3: /* U+200E and F, U+2028 to U+202E, U+2066 to U+2069 */
		return u[0] == 0xe2 &&
		       ((u[1] == 0x80 && (u[2] == 0x8e || u[2] == 0x8f ||
					  (u[2] >= 0xa8 && u[2] <= 0xae))) ||
			(u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9));
	}
	return false;
}

void report_shown(const char *s, size_t most, char *out)
{
	size_t n = strlen(s), at = 0, len;

	for (size_t count = 0; at < n && count < most; count++) {
		len = utf8_len(s + at, n - at);
		if (len == 0 || is_unshown(s + at, len)) {
			*out++ = '?';
			at += len ? len : 1;
		} else {
			memcpy(out, s + at, len);
			out += len;
			at += len;
		}
	}
	if (at < n)
		*out++ = '+';
	*out = '\0';
}

/* -- CSV ------------------------------------------------------------------- */

/* Blanks that are no ASCII, and signs: of fullwidth ones some spreadsheets
 * make formulas, too. */
static const struct str blanks[] = {
	STR("\u00a0"), STR("\u200b"), STR("\u3000"), STR("\ufeff"),
};
static const struct str signs[] = {
	STR("="), STR("+"), STR("-"), STR("@"),
	STR("\uff1d"), STR("\uff0b"), STR("\uff0d"), STR("\uff20"),
};

static size_t starts_with(struct str s, const struct str *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_starts(s, list[i]))
			return list[i].n;
	return 0;
}

/* Blanks, line ends and the like before it are cut by some who read it. */
static bool is_formula(struct str s)
{
	size_t n;

	do {
		n = starts_with(s, blanks, COUNT_OF(blanks));
		if (!n && s.n && ((unsigned char)s.p[0] <= ' ' ||
				  s.p[0] == 0x7f))
			n = 1;
		s = str_from(s, n);
	} while (n);
	return starts_with(s, signs, COUNT_OF(signs)) && !str_is(s, "-");
}

void report_csv_name(FILE *out, const char *s)
{
	putc('"', out);
	if (is_formula(str_c(s)))
		putc('\'', out);
	for (; *s; s++) {
		if (*s == '"')
			putc('"', out);
		putc(*s, out);
	}
	putc('"', out);
}
