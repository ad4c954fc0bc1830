#include "thrift/advise_head.h"

#include "base/buf.h"
#include "base/count.h"

/* These hashes tell texts of one file apart; they guard nothing. */
static uint64_t mix(uint64_t h)
{
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

uint64_t advise_hash(struct str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return mix(h ^ s.n);
}

/* Members in any order hash alike. Nesting is bounded by the scanner. */
static uint64_t hash_value(const struct json *doc, uint32_t v)
{
	uint64_t h = (uint64_t)json_type(doc, v) + 1;
	uint32_t i;

	if (json_is(doc, v, JSON_OBJECT)) {
		for (i = json_first(doc, v); i; i = json_next(doc, v, i))
			h += mix(advise_hash(json_span(doc, i)) * 3 +
				 hash_value(doc, i + 1));
	} else if (json_is(doc, v, JSON_ARRAY)) {
		for (i = json_first(doc, v); i; i = json_next(doc, v, i))
			h = mix(h + hash_value(doc, i));
	} else {
		h += advise_hash(json_span(doc, v));
	}
	return mix(h);
}

static void read_tools(struct advise_head *h, const struct chat *c)
{
	static const char *const names[] = { "tools", "functions" };
	const struct json *doc = c->doc;
	uint64_t one;
	uint32_t v = 0;

	for (size_t i = 0; i < COUNT_OF(names) && !v; i++)
		v = json_get(doc, 0, names[i]);
	if (!json_is(doc, v, JSON_ARRAY) || !json_first(doc, v))
		return;
	h->tools = json_span(doc, v);
	h->bytes = advise_hash(h->tools);
	for (uint32_t i = json_first(doc, v); i; i = json_next(doc, v, i)) {
		one = hash_value(doc, i);
		h->set += one;
		h->order = mix(h->order + one);
	}
}

/* A string, or blocks with text in them. */
static void add_text(struct buf *b, const struct json *doc, uint32_t v)
{
	uint32_t i;

	buf_str(b, json_string(doc, v, b->a));
	if (!json_is(doc, v, JSON_ARRAY))
		return;
	for (i = json_first(doc, v); i; i = json_next(doc, v, i))
		buf_str(b, json_string(doc, json_get(doc, i, "text"), b->a));
}

/* Outside the turns, and the turns before anybody else speaks. */
static void read_system(struct advise_head *h, struct arena *a,
			const struct chat *c)
{
	struct buf b;

	buf_init(&b, a);
	if (c->system)
		add_text(&b, c->doc, c->system);
	for (size_t i = 0; i < c->nturn && c->turn[i].role == ROLE_SYSTEM; i++)
		add_text(&b, c->doc, json_get(c->doc, c->turn[i].tok,
					      "content"));
	h->system = buf_view(&b);
}

void advise_head_read(struct advise_head *h, struct arena *a,
		      const struct chat *c)
{
	*h = (struct advise_head){ .tools = STR("") };
	read_tools(h, c);
	read_system(h, a, c);
}
