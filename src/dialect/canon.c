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
#include "dialect/canon.h"

#include "base/count.h"

#include <stdlib.h>

#define BIT(shape) (1u << (shape))
#define ANTHROPIC (BIT(SHAPE_MESSAGES) | BIT(SHAPE_COUNT))

struct member {
	struct str name; /* decoded */
	uint32_t value;
};

struct canon {
	struct hash *h;
	struct arena *a;
	const struct json *doc;
	enum shape shape;
	struct member *member; /* of the objects being walked, a stack */
	size_t n, cap;
	char piece[512]; /* of a decoded string */
};

static void add_value(struct canon *c, uint32_t v);

static void add_tag(struct canon *c, char tag)
{
	hash_add(c->h, &tag, 1);
}

static void add_bytes(struct canon *c, struct str s)
{
	add_tag(c, '"');
	hash_add(c->h, s.p, s.n);
	add_tag(c, '\xff');
}

/* The text of any token, that of the whole document included. */
static struct str text_of(const struct canon *c, uint32_t v)
{
	const struct json_tok *t = &c->doc->tok[v];

	return (struct str){ c->doc->text.p + t->at, t->end - t->at };
}

static void add_string(struct canon *c, uint32_t v)
{
	struct str s = text_of(c, v);
	size_t n;

	s = (struct str){ s.p + 1, s.n - 2 };
	if (!c->doc->tok[v].escaped) {
		add_bytes(c, s);
		return;
	}
	add_tag(c, '"');
	while ((n = json_decode(&s, c->piece, sizeof(c->piece))))
		hash_add(c->h, c->piece, n);
	add_tag(c, '\xff');
}

/* An array, its items added by `add`; anything else as it is. */
static void add_items(struct canon *c, uint32_t v,
		      void (*add)(struct canon *c, uint32_t v))
{
	if (json_type(c->doc, v) != JSON_ARRAY) {
		add_value(c, v);
		return;
	}
	add_tag(c, '[');
	for (uint32_t i = json_first(c->doc, v); i;
	     i = json_next(c->doc, v, i))
		add(c, i);
	add_tag(c, ']');
}

/* Any order would do that depends on nothing but the names. */
static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->name.n != y->name.n)
		return x->name.n < y->name.n ? -1 : 1;
	return x->name.n ? memcmp(x->name.p, y->name.p, x->name.n) : 0;
}

static void sort_members(struct member *m, size_t n)
{
	if (n > 16) {
		qsort(m, n, sizeof(*m), compare_members);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct member one = m[i];
		size_t j = i;

		for (; j && compare_members(&one, &m[j - 1]) < 0; j--)
			m[j] = m[j - 1];
		m[j] = one;
	}
}

static void push_member(struct canon *c, uint32_t name)
{
	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 64;
		struct member *more = arena_alloc(c->a, cap * sizeof(*more));

		if (c->n)
			memcpy(more, c->member, c->n * sizeof(*more));
		c->member = more;
		c->cap = cap;
	}
	c->member[c->n++] = (struct member){
		json_string(c->doc, name, c->a), name + 1
	};
}

/* Puts the members of obj on the stack, sorted; returns where they begin.
 * They are addressed by index: the stack moves when it grows. */
static size_t push_members(struct canon *c, uint32_t obj)
{
	size_t from = c->n;

	for (uint32_t i = json_first(c->doc, obj); i;
	     i = json_next(c->doc, obj, i))
		push_member(c, i);
	sort_members(c->member + from, c->n - from);
	return from;
}

static void add_object(struct canon *c, uint32_t v)
{
	size_t from = push_members(c, v), to = c->n;

	add_tag(c, '{');
	for (size_t i = from; i < to; i++) {
		add_bytes(c, c->member[i].name);
		add_value(c, c->member[i].value);
	}
	add_tag(c, '}');
	c->n = from;
}

static void add_value(struct canon *c, uint32_t v)
{
	switch (json_type(c->doc, v)) {
	case JSON_NULL:
		add_tag(c, 'n');
		break;
	case JSON_FALSE:
		add_tag(c, 'f');
		break;
	case JSON_TRUE:
		add_tag(c, 't');
		break;
	case JSON_NUMBER:
		canon_number(c->h, c->a, text_of(c, v));
		break;
	case JSON_STRING:
		add_string(c, v);
		break;
	case JSON_ARRAY:
		add_items(c, v, add_value);
		break;
	case JSON_OBJECT:
		add_object(c, v);
		break;
	}
}

/* A content, or Anthropic's system: [{"type":"text","text":"x"}] is "x". */
static void add_content(struct canon *c, uint32_t v)
{
	const char *type = c->shape == SHAPE_RESPONSES ? "input_text" : "text";
	uint32_t block, text;

	if (json_is(c->doc, v, JSON_ARRAY) && json_count(c->doc, v) == 1) {
		block = json_first(c->doc, v);
		text = json_get(c->doc, block, "text");
		if (json_is(c->doc, text, JSON_STRING) &&
		    json_count(c->doc, block) == 2 &&
		    json_string_is(c->doc, json_get(c->doc, block, "type"),
				   type))
			v = text;
	}
	add_value(c, v);
}

/* A Responses message whose "type":"message" says nothing new. */
static bool is_easy_message(const struct canon *c, uint32_t v)
{
	return json_string_is(c->doc, json_get(c->doc, v, "type"),
			      "message") &&
	       json_get(c->doc, v, "role") &&
	       json_get(c->doc, v, "content") &&
	       json_count(c->doc, v) == 3;
}

/* An item of messages or input. */
static void add_turn(struct canon *c, uint32_t v)
{
	size_t from, to;
	bool easy;

	if (!json_is(c->doc, v, JSON_OBJECT)) {
		add_value(c, v);
		return;
	}
	easy = c->shape == SHAPE_RESPONSES && is_easy_message(c, v);
	from = push_members(c, v);
	to = c->n;
	add_tag(c, '{');
	for (size_t i = from; i < to; i++) {
		struct member m = c->member[i];

		if (easy && str_is(m.name, "type"))
			continue;
		add_bytes(c, m.name);
		if (str_is(m.name, "content"))
			add_content(c, m.value);
		else
			add_value(c, m.value);
	}
	add_tag(c, '}');
	c->n = from;
}

static void add_turns(struct canon *c, uint32_t v)
{
	add_items(c, v, add_turn);
}

/* A tool, but for the member with which clients that stream ask for its
 * arguments in finer pieces. */
static void add_tool(struct canon *c, uint32_t v)
{
	size_t from, to;

	if (!json_is(c->doc, v, JSON_OBJECT)) {
		add_value(c, v);
		return;
	}
	from = push_members(c, v);
	to = c->n;
	add_tag(c, '{');
	for (size_t i = from; i < to; i++) {
		struct member m = c->member[i];

		if (str_is(m.name, "eager_input_streaming"))
			continue;
		add_bytes(c, m.name);
		add_value(c, m.value);
	}
	add_tag(c, '}');
	c->n = from;
}

static void add_tools(struct canon *c, uint32_t v)
{
	add_items(c, v, add_tool);
}

/* input: "x" is input: [{"role":"user","content":"x"}]. */
static void add_input(struct canon *c, uint32_t v)
{
	if (!json_is(c->doc, v, JSON_STRING)) {
		add_turns(c, v);
		return;
	}
	add_tag(c, '[');
	add_tag(c, '{');
	add_bytes(c, STR("role")); /* shorter, hence first */
	add_bytes(c, STR("user"));
	add_bytes(c, STR("content"));
	add_value(c, v);
	add_tag(c, '}');
	add_tag(c, ']');
}

static bool is_one(const struct canon *c, uint32_t v)
{
	int64_t x;

	return json_int(c->doc, v, &x) && x == 1;
}

static bool is_true(const struct canon *c, uint32_t v)
{
	return json_is(c->doc, v, JSON_TRUE);
}

static bool is_auto(const struct canon *c, uint32_t v)
{
	return json_string_is(c->doc, v, "auto");
}

static bool is_type_auto(const struct canon *c, uint32_t v)
{
	return json_is(c->doc, v, JSON_OBJECT) &&
	       json_count(c->doc, v) == 1 &&
	       is_auto(c, json_get(c->doc, v, "type"));
}

/* Explicit values that say what absence says. */
static const struct {
	const char *name;
	unsigned shapes;
	bool (*is)(const struct canon *c, uint32_t v);
} defaults[] = {
	{ "n", BIT(SHAPE_CHAT) | BIT(SHAPE_COMPLETION), is_one },
	{ "tool_choice", BIT(SHAPE_CHAT) | BIT(SHAPE_RESPONSES), is_auto },
	{ "tool_choice", ANTHROPIC, is_type_auto },
	{ "parallel_tool_calls", BIT(SHAPE_CHAT) | BIT(SHAPE_RESPONSES),
	  is_true },
};

/* Members with forms that meet. */
static const struct {
	const char *name;
	unsigned shapes;
	void (*add)(struct canon *c, uint32_t v);
} folded[] = {
	{ "messages", BIT(SHAPE_CHAT) | ANTHROPIC, add_turns },
	{ "system", ANTHROPIC, add_content },
	{ "tools", ANTHROPIC, add_tools },
	{ "input", BIT(SHAPE_RESPONSES), add_input },
};

/* What does not change the answer, or not what it says. */
static const char *const left_out[] = {
	"stream", "stream_options", "user", "metadata", "safety_identifier",
	"prompt_cache_key", "service_tier", "cache",
};

static bool is_listed(struct str name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(name, list[i]))
			return true;
	return false;
}

static bool is_default(const struct canon *c, const struct member *m)
{
	for (size_t i = 0; i < COUNT_OF(defaults); i++)
		if (defaults[i].shapes & BIT(c->shape) &&
		    str_is(m->name, defaults[i].name) &&
		    defaults[i].is(c, m->value))
			return true;
	return false;
}

static void add_top_member(struct canon *c, struct member m)
{
	add_bytes(c, m.name);
	for (size_t i = 0; i < COUNT_OF(folded); i++) {
		if (folded[i].shapes & BIT(c->shape) &&
		    str_is(m.name, folded[i].name)) {
			folded[i].add(c, m.value);
			return;
		}
	}
	add_value(c, m.value);
}

void canon_hash(struct hash *h, struct arena *a, const struct json *doc,
		enum shape shape, const char *const *ignore, size_t n)
{
	struct canon c = { .h = h, .a = a, .doc = doc, .shape = shape };
	size_t from, to;

	if (json_type(doc, 0) != JSON_OBJECT) {
		add_value(&c, 0);
		return;
	}
	from = push_members(&c, 0);
	to = c.n;
	add_tag(&c, '{');
	for (size_t i = from; i < to; i++) {
		struct member m = c.member[i];

		if (!is_listed(m.name, left_out, COUNT_OF(left_out)) &&
		    !is_listed(m.name, ignore, n) && !is_default(&c, &m))
			add_top_member(&c, m);
	}
	add_tag(&c, '}');
}
