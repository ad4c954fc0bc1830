#include <stdio.h>
#include <stdlib.h>

#include "bill.h"

uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t h = a * 0x9e3779b97f4a7c15u + b + 0x632be59bd9b4e019u;

	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	return h ^ h >> 31;
}

void *room(void *p, size_t n, size_t size)
{
	p = realloc(p, (n ? n : 1) * size);
	if (!p) {
		fprintf(stderr, "bill: no memory\n");
		exit(1);
	}
	return p;
}

struct table {
	struct {
		uint64_t key, value;
	} *row;
	size_t size, n;
};

struct table *table_new(void)
{
	struct table *t = room(NULL, 1, sizeof(*t));

	t->size = 1 << 12;
	t->n = 0;
	t->row = calloc(t->size, sizeof(*t->row));
	if (!t->row)
		exit(1);
	return t;
}

void table_free(struct table *t)
{
	free(t->row);
	free(t);
}

static size_t table_find(const struct table *t, uint64_t key)
{
	size_t at = mix(key, 1) & (t->size - 1);

	while (t->row[at].key && t->row[at].key != key)
		at = (at + 1) & (t->size - 1);
	return at;
}

static void table_grow(struct table *t)
{
	struct table was = *t;
	size_t i, at;

	t->size *= 2;
	t->row = calloc(t->size, sizeof(*t->row));
	if (!t->row)
		exit(1);
	for (i = 0; i < was.size; i++) {
		if (!was.row[i].key)
			continue;
		at = table_find(t, was.row[i].key);
		t->row[at] = was.row[i];
	}
	free(was.row);
}

uint64_t *table_at(struct table *t, uint64_t key)
{
	size_t at;

	key += !key;
	if (2 * t->n >= t->size)
		table_grow(t);
	at = table_find(t, key);
	if (!t->row[at].key) {
		t->row[at].key = key;
		t->n++;
	}
	return &t->row[at].value;
}
