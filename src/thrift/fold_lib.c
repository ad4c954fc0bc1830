/*
 * The only file that includes libutf8proc, built into fold.so. By Unicode's
 * definition of a caseless match text is decomposed before it is folded:
 * otherwise an iota below a letter would stand where its other marks find it.
 */
#include <stdlib.h>
#include <utf8proc.h>

#include "thrift/fold.h"

/* Marks are put into order by a sort that is quadratic in their number. */
static const char *unfit(const char *p, size_t n)
{
	const utf8proc_uint8_t *u = (const utf8proc_uint8_t *)p;
	utf8proc_ssize_t left = (utf8proc_ssize_t)n, got;
	utf8proc_int32_t c;
	int marks = 0;

	for (; left > 0; u += got, left -= got) {
		got = utf8proc_iterate(u, left, &c);
		if (got <= 0)
			return "is not valid UTF-8";
		if (!utf8proc_get_property(c)->combining_class)
			marks = 0;
		else if (++marks > FOLD_MARKS_MAX)
			return "has too many combining marks in a row";
	}
	return NULL;
}

/*
 * What stands above or below the line, and fractions, would become plain
 * digits: 10 to the 2nd is not 102. They stay apart from everything else, in
 * places that nobody has assigned.
 */
static utf8proc_int32_t keep_apart(utf8proc_int32_t c, void *data)
{
	(void)data;
	switch (utf8proc_get_property(c)->decomp_type) {
	case UTF8PROC_DECOMP_TYPE_SUPER:
	case UTF8PROC_DECOMP_TYPE_SUB:
	case UTF8PROC_DECOMP_TYPE_FRACTION:
		return (c < 0x10000 ? 0xf0000 : 0x100000) | (c & 0xffff);
	default:
		return c;
	}
}

static char *map(const void *p, size_t n, unsigned how, size_t *n_r)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t got = utf8proc_map_custom(
		p, (utf8proc_ssize_t)n, &out, (utf8proc_option_t)how,
		keep_apart, NULL);

	if (got < 0)
		return NULL;
	*n_r = (size_t)got;
	return (char *)out;
}

static char *casefold(const char *p, size_t n, size_t *n_r,
		      const char **why_r)
{
	char *apart, *folded;
	size_t napart;

	*why_r = unfit(p, n);
	if (*why_r)
		return NULL;
	apart = map(p, n, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, &napart);
	folded = !apart ? NULL :
		 map(apart, napart, UTF8PROC_STABLE | UTF8PROC_COMPOSE |
		     UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
		     n_r);
	free(apart);
	if (!folded)
		*why_r = "cannot be folded";
	return folded;
}

extern const struct fold_ops larder_fold;

__attribute__((visibility("default")))
const struct fold_ops larder_fold = { FOLD_ABI, casefold };
