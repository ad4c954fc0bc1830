/*
 * What enters the hash is a code in which no value is the beginning of
 * another, so that no two different bodies give the same bytes:
 *
 *     n t f                      null, true, false
 *     # ... 0xff                 a number (canon_number.c)
 *     " bytes 0xff               a string; 0xff is in no decoded one
 *     [ values ]                 an array
 *     { string value ... }       an object, names in one fixed order
 */
#include "dialect/canon_walk.h"

#include <assert.h>
#include <stdlib.h>

/* The text of any token, that of the whole document included. */
static struct str text_of(const struct canon *c, uint32_t v)
{
	const struct json_tok *t = &c->doc->tok[v];

	return (struct str){ c->doc->text.p + t->at, t->end - t->at };
}

/* A quote is the tag of a string, too. */
static void add_string(struct canon *c, uint32_t v)
{
	struct str s = text_of(c, v);
	size_t n;

	if (!c->doc->tok[v].escaped) {
		hash_add(c->h, s.p, s.n - 1);
		canon_tag(c, '\xff');
		return;
	}
	s = (struct str){ s.p + 1, s.n - 2 };
	canon_tag(c, '"');
	while ((n = json_decode(&s, c->piece, sizeof(c->piece))))
		hash_add(c->h, c->piece, n);
	canon_tag(c, '\xff');
}

void canon_items(struct canon *c, uint32_t v,
		 void (*add)(struct canon *c, uint32_t v))
{
	uint32_t end;

	if (json_type(c->doc, v) != JSON_ARRAY) {
		canon_value(c, v);
		return;
	}
	canon_tag(c, '[');
	end = c->doc->tok[v].next;
	for (uint32_t i = v + 1; i < end; i = c->doc->tok[i].next)
		add(c, i);
	canon_tag(c, ']');
}

/* Any order would do that depends on nothing but the names. */
static int compare_members(const void *a, const void *b)
{
	const struct canon_member *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->name, y->name, x->n);
}

static void sort_members(struct canon_member *m, size_t n)
{
	if (n > 16) {
		qsort(m, n, sizeof(*m), compare_members);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct canon_member one = m[i];
		size_t j = i;

		for (; j && compare_members(&one, &m[j - 1]) < 0; j--)
			m[j] = m[j - 1];
		m[j] = one;
	}
}

static inline void push_member(struct canon *c, struct canon_member m)
{
	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 64;
		struct canon_member *more =
			arena_alloc(c->a, cap * sizeof(*more));

		if (c->n)
			memcpy(more, c->member, c->n * sizeof(*more));
		c->member = more;
		c->cap = cap;
	}
	c->member[c->n++] = m;
}

static void push_members(struct canon *c, uint32_t obj)
{
	uint32_t end = c->doc->tok[obj].next;
	struct str name;

	for (uint32_t i = obj + 1; i < end; i = c->doc->tok[i + 1].next) {
		name = json_string(c->doc, i, c->a);
		push_member(c, (struct canon_member){
			name.p, (uint32_t)name.n, i + 1, NULL });
	}
}

/* -- edits ----------------------------------------------------------------- */

/* Index 1 is the value. */
static const struct json *doc_of(struct canon *c, struct str text)
{
	struct json *doc = arena_new_n(c->a, struct json, 1);
	struct json_error err;
	int rc;

	text = str_c(arena_printf(c->a, "[%.*s]", (int)text.n, text.p));
	rc = json_parse(doc, c->a, text, &err);
	assert(rc == 0); /* larder wrote it */
	(void)rc;
	return doc;
}

static struct canon_member edited(struct canon *c, struct str name,
				  struct str text)
{
	return (struct canon_member){ name.p, (uint32_t)name.n, 1,
				      doc_of(c, text) };
}

/* False: it goes. Of several values the last stands. */
static bool edit_member(struct canon *c, struct canon_member *m)
{
	struct str text = STR("");

	for (size_t i = 0; i < c->ask->nedit; i++) {
		const struct splice_top *e = &c->ask->edit[i];

		if (e->value != m->value)
			continue;
		if (!e->text.n)
			return false;
		text = e->text;
	}
	if (text.n)
		*m = edited(c, canon_name(m), text);
	return true;
}

static bool comes_again(const struct canon_ask *q, size_t i)
{
	for (size_t k = i + 1; k < q->nedit; k++)
		if (!q->edit[k].value &&
		    strcmp(q->edit[k].name, q->edit[i].name) == 0)
			return true;
	return false;
}

/* What becomes of the members on the stack from `from` on. */
static void edit_members(struct canon *c, size_t from)
{
	const struct canon_ask *q = c->ask;
	size_t to = from;

	for (size_t i = from; q->nedit && i < c->n; i++)
		if (edit_member(c, &c->member[i]))
			c->member[to++] = c->member[i];
	if (q->nedit)
		c->n = to;
	for (size_t i = 0; i < q->nedit; i++)
		if (!q->edit[i].value && !comes_again(q, i))
			push_member(c, edited(c, str_c(q->edit[i].name),
					      q->edit[i].text));
}

/* -- values ---------------------------------------------------------------- */

void canon_member(struct canon *c, const struct canon_member *m)
{
	canon_bytes(c, canon_name(m));
	canon_value(c, m->value);
}

/* Members are addressed by index: the stack moves when it grows. */
void canon_members(struct canon *c, uint32_t v,
		   void (*add)(struct canon *c,
			       const struct canon_member *m))
{
	const struct json *doc = c->doc;
	size_t from = c->n, to;

	push_members(c, v);
	if (!v)
		edit_members(c, from);
	to = c->n;
	sort_members(c->member + from, to - from);
	canon_tag(c, '{');
	for (size_t i = from; i < to; i++) {
		struct canon_member m = c->member[i];

		c->doc = m.of ? m.of : doc;
		add(c, &m);
	}
	c->doc = doc;
	canon_tag(c, '}');
	c->n = from;
}

void canon_value(struct canon *c, uint32_t v)
{
	switch (json_type(c->doc, v)) {
	case JSON_NULL:
		canon_tag(c, 'n');
		break;
	case JSON_FALSE:
		canon_tag(c, 'f');
		break;
	case JSON_TRUE:
		canon_tag(c, 't');
		break;
	case JSON_NUMBER:
		canon_number(c->h, c->a, text_of(c, v));
		break;
	case JSON_STRING:
		add_string(c, v);
		break;
	case JSON_ARRAY:
		canon_items(c, v, canon_value);
		break;
	case JSON_OBJECT:
		canon_members(c, v, canon_member);
		break;
	}
}
