#include "dialect/talk_read.h"

/* Taking objects apart. */

static const char *types_text(struct talk_reader *r, unsigned types)
{
	static const struct {
		unsigned type;
		const char *name;
	} names[] = {
		{ TALK_STRING, "a string" }, { TALK_NUMBER, "a number" },
		{ TALK_BOOL, "true or false" }, { TALK_ARRAY, "an array" },
		{ TALK_OBJECT, "an object" },
	};
	struct buf b;
	size_t i;

	buf_init(&b, r->t.a);
	for (i = 0; i < COUNT_OF(names); i++) {
		if (types & names[i].type)
			buf_printf(&b, "%s%s", b.n ? " or " : "",
				   names[i].name);
	}
	return buf_view(&b).p;
}

int talk_need(struct talk_reader *r, uint32_t obj, uint32_t v,
	      const char *name)
{
	return v ? 0 : talk_missing(&r->t, obj, name);
}

static int take_one(struct talk_reader *r, uint32_t v,
		    const struct talk_row *row, void *into)
{
	if (!row)
		return talk_lose_word(&r->t, v);
	if (row->at == TALK_STATE)
		return talk_refuse(&r->t, v, "it is kept by another provider");
	if (!(row->types & 1u << json_type(r->t.doc, v)))
		return talk_wrong(&r->t, v, types_text(r, row->types));
	if (row->at != TALK_IDLE)
		memcpy((char *)into + row->at, &v, sizeof(v));
	return 0;
}

static const struct talk_row *row_of(const struct json *doc, uint32_t name,
				     const struct talk_row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (json_string_is(doc, name, rows[i].name))
			return &rows[i];
	}
	return NULL;
}

int talk_take(struct talk_reader *r, uint32_t obj,
	      const struct talk_row *rows, size_t n, void *into)
{
	const struct json *doc = r->t.doc;
	uint32_t i;

	if (json_type(doc, obj) != JSON_OBJECT)
		return talk_wrong(&r->t, obj, "an object");
	for (i = json_first(doc, obj); i; i = json_next(doc, obj, i)) {
		if (!json_is(doc, i + 1, JSON_NULL) &&
		    take_one(r, i + 1, row_of(doc, i, rows, n), into) < 0)
			return -1;
	}
	return 0;
}

int talk_inside(struct talk_reader *r, const struct talk_got *g, uint32_t v,
		const char *name, const struct talk_row *rows, size_t n,
		struct talk_got *in)
{
	*in = (struct talk_got){ .self = v };
	if (talk_need(r, g->self, v, name) < 0)
		return -1;
	return talk_take(r, v, rows, n, in);
}

int talk_typed(struct talk_reader *r, uint32_t obj,
	       const struct talk_type *types, size_t n, struct talk_list *to)
{
	struct talk_got g = { .self = obj };
	uint32_t type;
	size_t i;

	if (!json_is(r->t.doc, obj, JSON_OBJECT))
		return talk_wrong(&r->t, obj, "an object");
	type = json_get(r->t.doc, obj, "type");
	if (talk_need(r, obj, type, "type") < 0)
		return -1;
	if (!json_is(r->t.doc, type, JSON_STRING))
		return talk_wrong(&r->t, type, "a string");
	for (i = 0; i < n; i++) {
		if (!json_string_is(r->t.doc, type, types[i].name))
			continue;
		if (talk_take(r, obj, types[i].rows, types[i].n, &g) < 0)
			return -1;
		return types[i].read(r, to, &g);
	}
	return talk_lose_type(&r->t, type);
}

int talk_content(struct talk_reader *r, uint32_t content,
		 const struct talk_type *types, size_t n,
		 struct talk_list *to)
{
	uint32_t i;

	if (json_is(r->t.doc, content, JSON_STRING))
		return talk_words(r, to, TALK_TEXT, content);
	if (!json_is(r->t.doc, content, JSON_ARRAY))
		return 0;
	for (i = json_first(r->t.doc, content); i;
	     i = json_next(r->t.doc, content, i)) {
		if (talk_typed(r, i, types, n, to) < 0)
			return -1;
	}
	return 0;
}

/* Parts and turns. */

struct talk_turn *talk_last(struct talk_reader *r)
{
	return r->t.nturn ? &r->t.turn[r->t.nturn - 1] : NULL;
}

struct talk_turn *talk_turn(struct talk_reader *r, enum talk_role role,
			    uint32_t tok)
{
	struct talk *t = &r->t;
	struct talk_turn *turn = t->turn;

	if (t->nturn == t->turn_cap) {
		t->turn_cap = t->turn_cap ? t->turn_cap * 2 : 8;
		t->turn = arena_new_n(t->a, struct talk_turn, t->turn_cap);
		if (t->nturn)
			memcpy(t->turn, turn, t->nturn * sizeof(*turn));
	}
	turn = &t->turn[t->nturn++];
	*turn = (struct talk_turn){ .role = role, .tok = tok };
	return turn;
}

int talk_words(struct talk_reader *r, struct talk_list *to,
	       enum talk_kind kind, uint32_t text)
{
	talk_part(&r->t, to, kind, text)->text = json_inner(r->t.doc, text);
	return 0;
}

/* A string without escapes that need not be: PHP writes `image\/png`. */
static struct str plain_inner(struct talk_reader *r, uint32_t v)
{
	struct buf b;

	if (!r->t.doc->tok[v].escaped)
		return json_inner(r->t.doc, v);
	buf_init(&b, r->t.a);
	buf_json(&b, json_string(r->t.doc, v, r->t.a));
	return (struct str){ b.p + 1, b.n - 2 };
}

int talk_address(struct talk_reader *r, struct talk_part *p, uint32_t v)
{
	static const struct str base64 = { ";base64", 7 };
	struct str url = plain_inner(r, v), head = url;
	const char *comma;

	if (!str_istarts(url, STR("data:"))) {
		p->url = url;
		return 0;
	}
	comma = memchr(url.p, ',', url.n);
	head.n = comma ? (size_t)(comma - url.p) : 0;
	if (head.n < 5 + base64.n ||
	    !str_ieq(str_from(head, head.n - base64.n), base64))
		return talk_wrong(&r->t, v, "a data: URL in base64");
	p->text = str_from(url, head.n + 1);
	head = str_from(head, 5);
	head.n -= base64.n;
	comma = memchr(head.p, ';', head.n);
	if (comma)
		head.n = (size_t)(comma - head.p);
	p->media = head;
	return 0;
}

static bool unmark(struct str *inner, struct str mark)
{
	if (!str_starts(*inner, mark))
		return false;
	*inner = str_from(*inner, mark.n);
	return true;
}

void talk_reasoning(struct talk_reader *r, struct talk_list *to, uint32_t tok,
		    struct str text, struct str sign, bool sealed)
{
	struct talk_part *p;

	if (!unmark(&sign, STR(TALK_SIGNED)))
		return;
	if (unmark(&sign, STR(TALK_SEALED)))
		sealed = true;
	p = talk_part(&r->t, to, sealed ? TALK_REDACTED : TALK_THINKING, tok);
	p->text = text;
	p->sign = sign;
}
