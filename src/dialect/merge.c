#include "dialect/merge.h"

#include "base/count.h"

#include <stdlib.h>

/* Up to this many children are searched one by one. */
#define FEW 8

/* What becomes of a string that comes a second time under MERGE_APPEND. */
enum rule {
	RULE_APPEND,
	RULE_FIRST,  /* set once */
	RULE_LAST,   /* replaced */
	RULE_REPEAT, /* appended, but not an equal repeat */
};

static const struct {
	const char *name;
	enum rule rule;
} rules[] = {
	{ "id", RULE_FIRST },	  { "type", RULE_FIRST },
	{ "role", RULE_FIRST },	  { "object", RULE_FIRST },
	{ "format", RULE_FIRST }, { "name", RULE_REPEAT },
	{ "signature", RULE_LAST },
};

static enum rule rule_of(struct str name)
{
	size_t i;

	for (i = 0; i < COUNT_OF(rules); i++) {
		if (str_is(name, rules[i].name))
			return rules[i].rule;
	}
	return RULE_APPEND;
}

void merge_init(struct merge *m, struct arena *a)
{
	*m = (struct merge){ .a = a };
	buf_init(&m->text, a);
}

void merge_set_kind(struct merge *m, enum merge_kind container)
{
	m->kind = container;
	m->child = NULL;
	m->n = m->cap = 0;
	m->nslot = 0;
}

void merge_set_text(struct merge *m, enum merge_kind text, struct str s)
{
	m->kind = text;
	if (s.n < m->text.cap) {
		m->text.n = 0;
		buf_str(&m->text, s);
	} else if (s.n) { /* exactly the room it takes: most never grow */
		m->text.p = arena_cstr(m->a, s);
		m->text.n = s.n;
		m->text.cap = s.n + 1;
	}
}

/* FNV-1a. The seed makes collisions a matter of luck. */
static size_t hash_key(const struct merge *m, struct str key)
{
	uint64_t h = 0xcbf29ce484222325u ^ (uint64_t)(uintptr_t)m->a;
	size_t i;

	for (i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * 0x100000001b3u;
	h ^= h >> 32;
	return (size_t)h;
}

/* The slot of the key, or the empty one where it belongs. */
static uint32_t *slot_of(const struct merge *m, struct str key)
{
	size_t i = hash_key(m, key);

	for (;; i++) {
		uint32_t *slot = &m->slot[i & (m->nslot - 1)];

		if (!*slot || str_eq(m->child[*slot - 1].key, key))
			return slot;
	}
}

/* Slots hold a child's position plus one; at most half of them are used. */
static void slots_build(struct merge *m)
{
	size_t i;

	m->nslot = 4 * FEW;
	while (m->nslot < m->cap * 2)
		m->nslot *= 2;
	m->slot = arena_new_n(m->a, uint32_t, m->nslot);
	for (i = 0; i < m->n; i++) {
		if (m->child[i].key.p)
			*slot_of(m, m->child[i].key) = (uint32_t)i + 1;
	}
}

static struct merge_child *child_find(const struct merge *m, struct str key)
{
	size_t i;

	if (m->nslot) {
		uint32_t slot = *slot_of(m, key);

		return slot ? &m->child[slot - 1] : NULL;
	}
	for (i = 0; i < m->n; i++) {
		if (m->child[i].key.p && str_eq(m->child[i].key, key))
			return &m->child[i];
	}
	return NULL;
}

static void children_grow(struct merge *m)
{
	size_t cap = m->cap ? m->cap * 2 : FEW;
	struct merge_child *c = arena_new_n(m->a, struct merge_child, cap);

	if (m->n)
		memcpy(c, m->child, m->n * sizeof(*c));
	m->child = c;
	m->cap = cap;
	if (cap > FEW)
		slots_build(m);
}

/* key, name and what they point to must live as long as m. */
static struct merge_child *child_add(struct merge *m, struct str key,
				     struct str name)
{
	struct merge_child *c;

	if (m->n == m->cap)
		children_grow(m);
	else if (m->n == FEW && !m->nslot)
		slots_build(m);
	c = &m->child[m->n++];
	*c = (struct merge_child){ .key = key, .name = name, .at = m->n };
	c->to = arena_alloc(m->a, sizeof(*c->to));
	merge_init(c->to, m->a);
	if (key.p && m->nslot)
		*slot_of(m, key) = (uint32_t)m->n;
	return c;
}

struct merge *merge_find(const struct merge *m, const char *name)
{
	const struct merge_child *c = NULL;

	if (m->kind == MERGE_OBJECT)
		c = child_find(m, str_c(name));
	return c && c->to->kind != MERGE_NONE ? c->to : NULL;
}

struct merge *merge_member(struct merge *m, const char *name)
{
	struct merge_child *c = child_find(m, str_c(name));

	if (!c) {
		struct str own = arena_str(m->a, str_c(name));

		c = child_add(m, own, own);
	}
	return c->to;
}

static struct merge *member_of(struct merge *m, const struct json *doc,
			       uint32_t name, struct str key)
{
	struct merge_child *c = child_find(m, key);

	if (!c) {
		key = arena_str(m->a, key);
		c = child_add(m, key,
			      doc->tok[name].escaped ?
				      arena_str(m->a, json_inner(doc, name)) :
				      key);
	}
	return c->to;
}

struct merge *merge_member_of(struct merge *m, const struct json *doc,
			      uint32_t name)
{
	return member_of(m, doc, name, json_string(doc, name, m->a));
}

struct merge *merge_item(struct merge *m, struct str key, int64_t order)
{
	struct merge_child *c = key.p ? child_find(m, key) : NULL;

	if (!c) {
		if (key.p)
			key = arena_str(m->a, key);
		c = child_add(m, key, (struct str){ "", 0 });
		c->order = order;
	}
	return c->to;
}

static void string_take(struct merge *m, struct str inner, enum rule rule);

/* A text among parts is one of them: Mistral's "content" is now a string,
 * now a list. Objects without an index are only made here. */
static void part_add(struct merge *m, struct str inner)
{
	struct merge_child *last = m->n ? &m->child[m->n - 1] : NULL;
	struct merge *part = last && !last->key.p ? last->to : NULL;

	if (inner.n == 0)
		return;
	if (!part || part->kind != MERGE_OBJECT) {
		part = merge_item(m, (struct str){ NULL, 0 }, INT64_MAX);
		merge_set_kind(part, MERGE_OBJECT);
		merge_set_text(merge_member(part, "type"), MERGE_STRING,
			       STR("text"));
	}
	string_take(merge_member(part, "text"), inner, RULE_APPEND);
}

static void string_take(struct merge *m, struct str inner, enum rule rule)
{
	struct str have = buf_view(&m->text);

	if (m->kind == MERGE_ARRAY && rule == RULE_APPEND)
		part_add(m, inner);
	else if (m->kind != MERGE_STRING || rule == RULE_LAST || have.n == 0)
		merge_set_text(m, MERGE_STRING, inner);
	else if (rule == RULE_APPEND ||
		 (rule == RULE_REPEAT && !str_eq(have, inner)))
		buf_str(&m->text, inner);
}

static void value_take(struct merge *m, const struct json *doc, uint32_t v,
		       enum merge_how how, enum rule rule);

static void object_take(struct merge *m, const struct json *doc, uint32_t v,
			enum merge_how how)
{
	enum rule rule = RULE_LAST;
	uint32_t i;

	if (m->kind != MERGE_OBJECT)
		merge_set_kind(m, MERGE_OBJECT);
	for (i = json_first(doc, v); i; i = json_next(doc, v, i)) {
		struct str key = json_string(doc, i, m->a);

		if (how == MERGE_APPEND)
			rule = rule_of(key);
		value_take(member_of(m, doc, i, key), doc, i + 1, how, rule);
	}
}

/*
 * The key of an item with an index: the index, and the type as well when an
 * item of another type has taken the plain one. OpenRouter counts a summary
 * and its encrypted twin as one index.
 */
static struct str item_key(struct merge *m, const struct json *doc,
			   uint32_t item, uint32_t index)
{
	struct str key = json_span(doc, index);
	struct str type = json_inner(doc, json_get(doc, item, "type"));
	struct merge_child *c = child_find(m, key);
	struct merge *to = c ? merge_find(c->to, "type") : NULL;
	struct buf both;

	if (!to || !to->text.n || !type.n ||
	    str_eq(buf_view(&to->text), type))
		return key;
	buf_init(&both, m->a);
	buf_str(&both, key);
	buf_putc(&both, '/');
	buf_str(&both, type);
	return buf_view(&both);
}

static void item_take(struct merge *m, const struct json *doc, uint32_t i)
{
	uint32_t index = json_get(doc, i, "index");
	int64_t order = INT64_MAX;
	struct merge *to;

	if (!json_is(doc, index, JSON_NUMBER)) {
		to = merge_item(m, (struct str){ NULL, 0 }, order);
		merge_set_text(to, MERGE_RAW, json_span(doc, i));
		return;
	}
	json_int(doc, index, &order);
	to = merge_item(m, item_key(m, doc, i, index), order);
	value_take(to, doc, i, MERGE_APPEND, RULE_APPEND);
}

static void array_take(struct merge *m, const struct json *doc, uint32_t v)
{
	bool text = m->kind == MERGE_STRING;
	uint32_t i;

	if (m->kind != MERGE_ARRAY)
		merge_set_kind(m, MERGE_ARRAY);
	if (text)
		part_add(m, buf_view(&m->text));
	for (i = json_first(doc, v); i; i = json_next(doc, v, i))
		item_take(m, doc, i);
}

static void value_take(struct merge *m, const struct json *doc, uint32_t v,
		       enum merge_how how, enum rule rule)
{
	enum json_type type = json_type(doc, v);

	if (type == JSON_NULL) {
		if (m->kind == MERGE_NONE)
			m->kind = MERGE_NULL;
	} else if (type == JSON_STRING) {
		string_take(m, json_inner(doc, v), rule);
	} else if (type == JSON_OBJECT) {
		object_take(m, doc, v, how);
	} else if (type == JSON_ARRAY && how == MERGE_APPEND) {
		array_take(m, doc, v);
	} else {
		merge_set_text(m, MERGE_RAW, json_span(doc, v));
	}
}

void merge_value(struct merge *m, const struct json *doc, uint32_t v,
		 enum merge_how how)
{
	value_take(m, doc, v, how,
		   how == MERGE_APPEND ? RULE_APPEND : RULE_LAST);
}

void merge_set(struct merge *m, const struct json *doc, uint32_t v)
{
	if (json_is(doc, v, JSON_STRING))
		merge_set_text(m, MERGE_STRING, json_inner(doc, v));
	else
		merge_set_text(m, MERGE_RAW, json_span(doc, v));
}

static int compare_order(const void *a, const void *b)
{
	const struct merge_child *x = a, *y = b;

	if (x->order == y->order)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void items_sort(struct merge *m)
{
	bool sorted = true;
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (!m->child[i].key.p)
			return;
		if (i && m->child[i - 1].order > m->child[i].order)
			sorted = false;
	}
	if (sorted)
		return;
	qsort(m->child, m->n, sizeof(*m->child), compare_order);
	if (m->nslot)
		slots_build(m);
}

static void children_write(struct buf *out, struct merge *m)
{
	bool object = m->kind == MERGE_OBJECT, first = true;
	size_t i;

	if (!object)
		items_sort(m);
	buf_putc(out, object ? '{' : '[');
	for (i = 0; i < m->n; i++) {
		if (m->child[i].to->kind == MERGE_NONE)
			continue;
		if (!first)
			buf_putc(out, ',');
		first = false;
		if (object) {
			buf_putc(out, '"');
			buf_str(out, m->child[i].name);
			buf_puts(out, "\":");
		}
		merge_write(out, m->child[i].to);
	}
	buf_putc(out, object ? '}' : ']');
}

void merge_write(struct buf *out, struct merge *m)
{
	switch (m->kind) {
	case MERGE_NONE:
	case MERGE_NULL:
		buf_puts(out, "null");
		break;
	case MERGE_RAW:
		buf_str(out, buf_view(&m->text));
		break;
	case MERGE_STRING:
		buf_putc(out, '"');
		buf_str(out, buf_view(&m->text));
		buf_putc(out, '"');
		break;
	case MERGE_ARRAY:
	case MERGE_OBJECT:
		children_write(out, m);
		break;
	}
}
