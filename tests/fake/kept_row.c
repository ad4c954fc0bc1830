#include "fake/kept_row.h"

#define MAX_MARKS 4
#define DEPTH 4

struct making {
	struct kept_row *r;
	const struct json *d;
	uint64_t hash;
	size_t bytes;
	bool marked, hour, nested; /* of the block that is being made */
	bool short_seen;           /* a mark of five minutes stands before */
};

uint64_t kept_hash(uint64_t h, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return h * 31 + s.n;
}

static void add(struct making *m, struct str s)
{
	m->hash = kept_hash(m->hash, s);
	m->bytes += s.n;
}

static void mark_read(struct making *m, uint32_t mark)
{
	uint32_t ttl = json_get(m->d, mark, "ttl");

	if (json_is(m->d, mark, JSON_NULL))
		return;
	if (!json_is(m->d, mark, JSON_OBJECT) ||
	    !json_string_is(m->d, json_get(m->d, mark, "type"), "ephemeral"))
		m->r->why = "cache_control: Input tag must be ephemeral";
	m->marked = true;
	m->hour = json_string_is(m->d, ttl, "1h");
	if (ttl && !m->hour && !json_string_is(m->d, ttl, "5m"))
		m->r->why = "cache_control.ttl: must be 5m or 1h";
	if (m->hour && m->short_seen)
		m->r->why = "a ttl='1h' cache_control block must not come "
			    "after a ttl='5m' cache_control block";
	if (!m->hour)
		m->short_seen = true;
	if (++m->r->nmark > MAX_MARKS)
		m->r->why = "A maximum of 4 blocks with cache_control may be "
			    "provided.";
}

static bool is_type(struct making *m, uint32_t block, const char *type)
{
	return json_string_is(m->d, json_get(m->d, block, "type"), type);
}

static void list_add(struct making *m, uint32_t list, int depth);

/* Everything but the mark. */
static void object_add(struct making *m, uint32_t v, int depth)
{
	uint32_t i, mark = json_get(m->d, v, "cache_control");

	if (mark && (is_type(m, v, "thinking") ||
		     (is_type(m, v, "text") &&
		      !json_inner(m->d, json_get(m->d, v, "text")).n)))
		m->r->why = "cache_control cannot be set for empty text "
			    "blocks or thinking";
	for (i = json_first(m->d, v); i; i = json_next(m->d, v, i)) {
		if (json_string_is(m->d, i, "cache_control"))
			continue;
		add(m, json_inner(m->d, i));
		if (depth < DEPTH && json_string_is(m->d, i, "content") &&
		    json_is(m->d, i + 1, JSON_ARRAY))
			list_add(m, i + 1, depth + 1);
		else
			add(m, json_span(m->d, i + 1));
	}
	if (mark)
		mark_read(m, mark);
}

static void block_end(struct making *m)
{
	m->r->block[m->r->n++] = (struct kept_block){
		m->hash, m->bytes, m->marked, m->hour };
	m->marked = m->hour = false;
}

/* At depth 0 each item is a block of the row; below, part of one. */
static void list_add(struct making *m, uint32_t list, int depth)
{
	uint32_t i;

	for (i = json_first(m->d, list); i; i = json_next(m->d, list, i)) {
		if (json_is(m->d, i, JSON_OBJECT))
			object_add(m, i, depth);
		else
			add(m, json_span(m->d, i));
		if (!depth)
			block_end(m);
	}
}

/* A string is a block of text. */
static void content_add(struct making *m, uint32_t v)
{
	if (json_is(m->d, v, JSON_STRING)) {
		add(m, STR("type"));
		add(m, STR("\"text\""));
		add(m, STR("text"));
		add(m, json_span(m->d, v));
		block_end(m);
	} else if (json_is(m->d, v, JSON_ARRAY)) {
		list_add(m, v, 0);
	}
}

/* Role, and what a message of chat completions has beside its content. */
static void message_add(struct making *m, uint32_t v)
{
	uint32_t i, content = 0;

	for (i = json_first(m->d, v); i; i = json_next(m->d, v, i)) {
		if (json_string_is(m->d, i, "content")) {
			content = i + 1;
		} else {
			add(m, json_inner(m->d, i));
			add(m, json_span(m->d, i + 1));
		}
	}
	content_add(m, content);
}

void kept_row_make(struct kept_row *r, struct arena *a, const struct ask *q)
{
	const struct json *d = &q->doc;
	uint32_t messages = json_get(d, 0, "messages"), i;
	uint32_t tools = json_get(d, 0, "tools");
	uint32_t all = json_get(d, 0, "cache_control");
	struct making m = { .r = r, .d = d, .hash = KEPT_HASH };

	*r = (struct kept_row){ .block = arena_new_n(a, struct kept_block,
						     d->n + 1) };
	m.hash = kept_hash(kept_hash(m.hash, q->who), q->model);
	if (json_is(d, tools, JSON_ARRAY))
		list_add(&m, tools, 0);
	content_add(&m, json_get(d, 0, "system"));
	if (json_is(d, messages, JSON_ARRAY))
		for (i = json_first(d, messages); i;
		     i = json_next(d, messages, i))
			if (json_is(d, i, JSON_OBJECT))
				message_add(&m, i);
	if (!all || !r->n)
		return;
	mark_read(&m, all);
	r->block[r->n - 1].marked |= m.marked;
	r->block[r->n - 1].hour |= m.hour;
}
