#include "base/splice.h"

#include <assert.h>
#include <stdlib.h>

#define COMES UINT32_MAX

void splices_init(struct splices *s, struct arena *a)
{
	*s = (struct splices){ .a = a };
}

/* Room for one more item of `size` bytes in a list of n. */
static void *with_room(struct arena *a, void *list, size_t n, size_t *cap,
		       size_t size)
{
	void *more;

	if (n < *cap)
		return list;
	*cap = *cap ? *cap * 2 : 8;
	more = arena_alloc(a, *cap * size);
	if (n)
		memcpy(more, list, n * size);
	return more;
}

void splice_add(struct splices *s, uint32_t at, uint32_t end, struct str with)
{
	s->list = with_room(s->a, s->list, s->n, &s->cap, sizeof(*s->list));
	s->list[s->n++] = (struct splice){ at, end, with };
}

void splice_value(struct splices *s, const struct json *doc, uint32_t v,
		  struct str json_text)
{
	splice_add(s, doc->tok[v].at, doc->tok[v].end, json_text);
}

static void add_child(struct splices *s, const struct json *doc,
		      struct splice_child c)
{
	assert(!s->doc || s->doc == doc);
	s->doc = doc;
	s->child = with_room(s->a, s->child, s->nchild, &s->child_cap,
			     sizeof(*s->child));
	s->child[s->nchild++] = c;
}

void splice_member(struct splices *s, const struct json *doc, uint32_t obj,
		   const char *name, struct str json_text)
{
	assert(json_type(doc, obj) == JSON_OBJECT);
	add_child(s, doc, (struct splice_child){ obj, COMES, name,
						 json_text });
}

void splice_set(struct splices *s, const struct json *doc, uint32_t obj,
		const char *name, struct str json_text)
{
	uint32_t v = json_get(doc, obj, name);

	if (v)
		splice_value(s, doc, v, json_text);
	else
		splice_member(s, doc, obj, name, json_text);
}

void splice_cut(struct splices *s, const struct json *doc, uint32_t parent,
		const uint32_t *gone, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add_child(s, doc, (struct splice_child){ parent, gone[i], NULL,
							 STR("") });
}

/* By parent, then those that go in document order, then those that come;
 * what is equal keeps its order, for glibc's qsort may not. */
struct ranked {
	const struct splice_child *c;
	size_t rank;
};

static int compare_children(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->c->parent != y->c->parent)
		return x->c->parent < y->c->parent ? -1 : 1;
	if (x->c->child != y->c->child)
		return x->c->child < y->c->child ? -1 : 1;
	return x->rank < y->rank ? -1 : 1;
}

static struct ranked *children_sorted(const struct splices *s)
{
	struct ranked *r = arena_new_n(s->a, struct ranked, s->nchild);

	for (size_t i = 0; i < s->nchild; i++)
		r[i] = (struct ranked){ &s->child[i], i };
	qsort(r, s->nchild, sizeof(*r), compare_children);
	return r;
}

static uint32_t child_end(const struct json *doc, uint32_t parent, uint32_t i)
{
	return doc->tok[doc->tok[parent].type == JSON_OBJECT ? i + 1 : i].end;
}

/*
 * Cuts the children of parent that r begins with (at most n) into out.
 *
 *     [ a , b , c , d ]      b and d go:  [ a , c ]
 *         ^^^     ^^^
 *     [ a , b , c , d ]      a and b go:  [ c , d ]
 *       ^^^^^^^^
 *
 * A child goes with the comma before it when one before it stays, else with
 * the comma behind it. Returns whether any stays.
 */
static bool cut_children(struct splices *out, const struct json *doc,
			 uint32_t parent, const struct ranked **r, size_t *n)
{
	uint32_t i, next, before = 0;
	bool stays = false;

	for (i = json_first(doc, parent); i; before = i, i = next) {
		next = json_next(doc, parent, i);
		if (!*n || (*r)->c->parent != parent || (*r)->c->child != i) {
			stays = true;
			continue;
		}
		if (stays)
			splice_add(out, child_end(doc, parent, before),
				   child_end(doc, parent, i), STR(""));
		else
			splice_add(out, doc->tok[i].at,
				   next ? doc->tok[next].at :
					  child_end(doc, parent, i),
				   STR(""));
		while (*n && (*r)->c->parent == parent && (*r)->c->child == i)
			++*r, --*n;
	}
	return stays;
}

/* Where a member can be added: behind the last one, or the bracket. */
static uint32_t end_of_members(const struct json *doc, uint32_t parent)
{
	uint32_t i, last = 0;

	for (i = json_first(doc, parent); i; i = json_next(doc, parent, i))
		last = i;
	return last ? child_end(doc, parent, last) :
		      doc->tok[parent].end - 1;
}

/* Is a member of that name added once more? r is the first of at most n. */
static bool comes_again(const struct ranked *r, size_t n)
{
	for (size_t i = 1; i < n && r[i].c->parent == r->c->parent; i++)
		if (strcmp(r[i].c->name, r->c->name) == 0)
			return true;
	return false;
}

/* All the edits of one parent's children, which r begins with. */
static void edit_children(struct splices *out, const struct json *doc,
			  const struct ranked **r, size_t *n)
{
	uint32_t parent = (*r)->c->parent, at;
	bool comma = cut_children(out, doc, parent, r, n);
	struct buf b;

	if (!*n || (*r)->c->parent != parent)
		return;
	at = end_of_members(doc, parent);
	buf_init(&b, out->a);
	for (; *n && (*r)->c->parent == parent; ++*r, --*n) {
		assert((*r)->c->child == COMES); /* else no child of it */
		if (comes_again(*r, *n))
			continue;
		buf_puts(&b, comma ? ",\"" : "\"");
		buf_puts(&b, (*r)->c->name);
		buf_puts(&b, "\":");
		buf_str(&b, (*r)->c->value);
		comma = true;
	}
	splice_add(out, at, at, buf_view(&b));
}

/* In order of place; insertions before what begins where they stand, and of
 * two edits that begin in one place the one that takes more first. If they
 * take the same, a cut is before a new value, and the later value first. */
struct placed {
	struct splice e;
	size_t rank;
	bool cut;
};

static int compare_edits(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	bool x_inserts = x->e.at == x->e.end, y_inserts = y->e.at == y->e.end;

	if (x->e.at != y->e.at)
		return x->e.at < y->e.at ? -1 : 1;
	if (x_inserts != y_inserts)
		return x_inserts ? -1 : 1;
	if (x->e.end != y->e.end)
		return x->e.end > y->e.end ? -1 : 1;
	if (x_inserts)
		return x->rank < y->rank ? -1 : 1;
	if (x->cut != y->cut)
		return x->cut ? -1 : 1;
	return x->rank > y->rank ? -1 : 1;
}

/* The edits from the one numbered `cuts` on come of children. */
static struct placed *edits_sorted(const struct splices *s, size_t cuts)
{
	struct placed *p = arena_new_n(s->a, struct placed, s->n);

	for (size_t i = 0; i < s->n; i++)
		p[i] = (struct placed){ s->list[i], i, i >= cuts };
	qsort(p, s->n, sizeof(*p), compare_edits);
	return p;
}

static char *copy(char *to, const char *from, size_t n)
{
	memcpy(to, from, n);
	return to + n;
}

static size_t room_for(const struct splices *s, struct str text)
{
	size_t n = text.n + 1;

	for (size_t i = 0; i < s->n; i++)
		n += s->list[i].with.n;
	return n;
}

static struct str apply(const struct splices *s, struct str text,
			const struct placed *p)
{
	char *out = arena_alloc(s->a, room_for(s, text)), *to = out;
	uint32_t at = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct splice e = p[i].e;

		assert(e.at <= e.end && e.end <= text.n);
		if (e.at < at) {
			assert(e.end <= at);
			continue;
		}
		to = copy(to, text.p + at, e.at - at);
		if (e.with.n)
			to = copy(to, e.with.p, e.with.n);
		at = e.end;
	}
	to = copy(to, text.p + at, text.n - at);
	*to = '\0';
	return (struct str){ out, (size_t)(to - out) };
}

struct str splices_apply(struct splices *s, struct str text)
{
	struct splices all = *s; /* the children become edits of a copy */
	const struct ranked *r;
	size_t n = s->nchild;

	if (!s->n && !s->nchild)
		return text;
	r = children_sorted(s);
	while (n)
		edit_children(&all, s->doc, &r, &n);
	return apply(&all, text, edits_sorted(&all, s->n));
}

/* -- edits of whole members ------------------------------------------------ */

#define FEW 8

/* The value that is just there, or 0. */
static uint32_t top_value(const struct json *doc, uint32_t at, uint32_t end)
{
	uint32_t i;

	for (i = json_first(doc, 0); i; i = json_next(doc, 0, i))
		if (doc->tok[i + 1].at == at && doc->tok[i + 1].end == end)
			return i + 1;
	return 0;
}

bool splices_top(const struct splices *s, const struct json *doc,
		 const struct splice_top **top_r, size_t *n_r)
{
	struct splice_top *t;
	size_t n = 0;

	if (s->n + s->nchild > FEW || json_type(doc, 0) != JSON_OBJECT)
		return false;
	t = arena_new_n(s->a, struct splice_top, FEW);
	for (size_t i = 0; i < s->n; i++) {
		struct splice e = s->list[i];

		t[n++] = (struct splice_top){ top_value(doc, e.at, e.end),
					      NULL, e.with };
		if (!t[n - 1].value || !e.with.n)
			return false;
	}
	for (size_t i = 0; i < s->nchild; i++) {
		struct splice_child c = s->child[i];

		if (c.parent)
			return false;
		t[n++] = c.child == COMES ?
			(struct splice_top){ 0, c.name, c.value } :
			(struct splice_top){ c.child + 1, NULL, STR("") };
	}
	*top_r = t;
	*n_r = n;
	return true;
}
