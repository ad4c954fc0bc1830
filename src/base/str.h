/* A run of bytes that somebody else owns. Never NUL-terminated by promise. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){ (lit), sizeof(lit) - 1 })

/* The bytes of a C string; NULL gives the empty run. */
static inline struct str str_c(const char *s)
{
	return (struct str){ s ? s : "", s ? strlen(s) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *s)
{
	return str_eq(a, str_c(s));
}

/* Equal but for the case of ASCII letters. */
static inline bool str_ieq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

static inline bool str_starts(struct str a, struct str head)
{
	return a.n >= head.n && memcmp(a.p, head.p, head.n) == 0;
}

static inline bool str_istarts(struct str a, struct str head)
{
	return a.n >= head.n && strncasecmp(a.p, head.p, head.n) == 0;
}

static inline struct str str_from(struct str a, size_t at)
{
	return (struct str){ a.p + at, a.n - at };
}

/* Without blanks, tabs and line ends on either side. */
static inline struct str str_trim(struct str a)
{
	while (a.n && strchr(" \t\r\n", a.p[0]) && a.p[0])
		a.p++, a.n--;
	while (a.n && strchr(" \t\r\n", a.p[a.n - 1]) && a.p[a.n - 1])
		a.n--;
	return a;
}

/*
 * Cuts the next field off *rest at `sep` and trims it. Returns false when
 * nothing is left; field_r is then untouched.
 */
static inline bool str_cut(struct str *rest, char sep, struct str *field_r)
{
	const char *at;

	if (!rest->p || !rest->n)
		return false;
	at = memchr(rest->p, sep, rest->n);
	if (at) {
		*field_r = str_trim((struct str){ rest->p,
						  (size_t)(at - rest->p) });
		*rest = str_from(*rest, (size_t)(at - rest->p) + 1);
	} else {
		*field_r = str_trim(*rest);
		*rest = (struct str){ rest->p + rest->n, 0 };
	}
	return true;
}

#endif
