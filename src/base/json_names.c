#include "base/json_names.h"

#include <stdlib.h>

/* Up to this many names are compared each with each; more are sorted. */
#define FEW 16

static void add(struct json_names *names, struct str name)
{
	struct str *more;

	if (names->n == names->cap) {
		names->cap = names->cap ? names->cap * 2 : FEW;
		more = arena_alloc(names->a, names->cap * sizeof(*more));
		if (names->n)
			memcpy(more, names->name, names->n * sizeof(*more));
		names->name = more;
	}
	names->name[names->n++] = name;
}

/* Any order would do in which equal names are neighbours. */
static int compare(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return x->n ? memcmp(x->p, y->p, x->n) : 0;
}

static bool any_equal(const struct str *name, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (str_eq(name[i], name[j]))
				return true;
	return false;
}

static bool neighbours_equal(const struct str *name, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (str_eq(name[i - 1], name[i]))
			return true;
	return false;
}

bool json_names_repeat(struct json_names *names, const struct json *doc,
		       uint32_t obj)
{
	uint32_t i;

	names->n = 0;
	for (i = json_first(doc, obj); i; i = json_next(doc, obj, i))
		add(names, json_string(doc, i, names->a));
	if (names->n <= FEW)
		return any_equal(names->name, names->n);
	qsort(names->name, names->n, sizeof(*names->name), compare);
	return neighbours_equal(names->name, names->n);
}
