#include "dialect/cache_mark.h"

#include "base/count.h"

#define MARK "cache_control"
#define SHORT_LIFE "{\"type\":\"ephemeral\"}"
#define LONG_LIFE "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}"
#define DEPTH 3 /* blocks within blocks: a document in a tool's result */

/* Called with each object that has a cache_control; mark is its value. */
struct looker {
	void (*see)(struct looker *l, uint32_t holder, uint32_t mark);
	const struct json *doc;
};

/* -- looking at them ------------------------------------------------------- */

static void look(struct looker *l, uint32_t holder)
{
	uint32_t mark = json_get(l->doc, holder, MARK);

	if (mark)
		l->see(l, holder, mark);
}

/* An array of blocks, of tools, or no array at all. */
static void look_blocks(struct looker *l, uint32_t list, int depth)
{
	const struct json *doc = l->doc;
	uint32_t i, source;

	if (!json_is(doc, list, JSON_ARRAY))
		return;
	for (i = json_first(doc, list); i; i = json_next(doc, list, i)) {
		if (!json_is(doc, i, JSON_OBJECT))
			continue;
		look(l, i);
		if (depth == DEPTH)
			continue;
		look_blocks(l, json_get(doc, i, "content"), depth + 1);
		source = json_get(doc, i, "source");
		if (source)
			look_blocks(l, json_get(doc, source, "content"),
				    depth + 1);
	}
}

/* A tool of chat completions has its function inside. */
static void look_tools(struct looker *l, uint32_t tools)
{
	const struct json *doc = l->doc;
	uint32_t i, function;

	look_blocks(l, tools, DEPTH);
	if (!json_is(doc, tools, JSON_ARRAY))
		return;
	for (i = json_first(doc, tools); i; i = json_next(doc, tools, i)) {
		function = json_get(doc, i, "function");
		if (function)
			look(l, function);
	}
}

static void look_turn(struct looker *l, const struct chat *c, size_t i)
{
	look(l, c->turn[i].tok);
	look_blocks(l, json_get(c->doc, c->turn[i].tok, "content"), 0);
}

static void look_all(struct looker *l, const struct chat *c)
{
	if (json_type(c->doc, 0) != JSON_OBJECT)
		return;
	look_tools(l, json_get(c->doc, 0, "tools"));
	look_blocks(l, json_get(c->doc, 0, "system"), 0);
	for (size_t i = 0; i < c->nturn; i++)
		look_turn(l, c, i);
	look(l, 0);
}

struct counter {
	struct looker l;
	size_t n;
};

static void see_one(struct looker *l, uint32_t holder, uint32_t mark)
{
	struct counter *k = (struct counter *)l;

	(void)holder;
	k->n += !json_is(l->doc, mark, JSON_NULL);
}

size_t cache_marks(const struct chat *c)
{
	struct counter k = { .l = { .see = see_one, .doc = c->doc } };

	look_all(&k.l, c);
	return k.n;
}

/* -- places ---------------------------------------------------------------- */

static bool has_marks(const struct chat *c)
{
	return c->shape == SHAPE_MESSAGES || c->shape == SHAPE_CHAT;
}

/* Chat completions: the last of the system messages in front, or -1. */
static size_t system_turn(const struct chat *c)
{
	size_t n = 0;

	while (n < c->nturn && c->turn[n].role == ROLE_SYSTEM)
		n++;
	return n - 1;
}

/* Blank text takes no mark, and no request. */
static bool is_blank(struct str inner)
{
	char piece[64];
	size_t n;

	while ((n = json_decode(&inner, piece, sizeof(piece))))
		if (str_trim((struct str){ piece, n }).n)
			return false;
	return true;
}

static bool takes_mark(const struct chat *c, uint32_t block)
{
	static const char *const types[] = { "tool_result", "tool_use", "image",
					     "document", "search_result" };
	uint32_t type = json_get(c->doc, block, "type");

	if (json_string_is(c->doc, type, "text"))
		return !is_blank(json_inner(c->doc, json_get(c->doc, block,
							     "text")));
	for (size_t i = 0; i < COUNT_OF(types) && c->shape != SHAPE_CHAT; i++)
		if (json_string_is(c->doc, type, types[i]))
			return true;
	return false;
}

/* The last block of content that takes a mark, text that would be one if it
 * were a block, or 0. */
static uint32_t last_block(const struct chat *c, uint32_t content)
{
	uint32_t i, last = 0;

	if (json_is(c->doc, content, JSON_STRING))
		return is_blank(json_inner(c->doc, content)) ? 0 : content;
	if (!json_is(c->doc, content, JSON_ARRAY))
		return 0;
	for (i = json_first(c->doc, content); i;
	     i = json_next(c->doc, content, i))
		if (json_is(c->doc, i, JSON_OBJECT) && takes_mark(c, i))
			last = i;
	return last;
}

/* A tool that is only loaded when it is looked for is not in the prompt, and
 * takes no mark. */
static uint32_t last_tool(const struct chat *c)
{
	const struct json *doc = c->doc;
	uint32_t i, last = 0, tools = json_get(doc, 0, "tools");

	if (!json_is(doc, tools, JSON_ARRAY))
		return 0;
	for (i = json_first(doc, tools); i; i = json_next(doc, tools, i))
		if (json_is(doc, i, JSON_OBJECT) &&
		    !json_bool(doc, json_get(doc, i, "defer_loading"), false))
			last = i;
	return last;
}

static uint32_t turn_block(const struct chat *c, size_t i)
{
	uint32_t content = json_get(c->doc, c->turn[i].tok, "content");

	if (c->shape == SHAPE_CHAT && c->turn[i].role == ROLE_ASSISTANT)
		return 0;
	return last_block(c, content);
}

/* What would carry the mark: a block, a tool, a string; or 0. */
static uint32_t carrier(const struct chat *c, size_t where)
{
	uint32_t block;

	if (where != CACHE_MARK_SYSTEM)
		return turn_block(c, where);
	if (c->shape == SHAPE_CHAT)
		return system_turn(c) < c->nturn ?
			turn_block(c, system_turn(c)) : 0;
	block = last_block(c, json_get(c->doc, 0, "system"));
	return block ? block : last_tool(c);
}

/* Has that place one already, on any of its blocks? The last turn has the one
 * of automatic caching. */
static bool has_one(const struct chat *c, size_t where)
{
	struct counter k = { .l = { .see = see_one, .doc = c->doc } };
	uint32_t system = json_get(c->doc, 0, "system");

	if (where == CACHE_MARK_SYSTEM && c->shape == SHAPE_CHAT)
		where = system_turn(c);
	if (where < c->nturn) {
		look_turn(&k.l, c, where);
		if (where == c->nturn - 1)
			look(&k.l, 0);
	} else if (last_block(c, system)) {
		look_blocks(&k.l, system, 0);
	} else {
		look_tools(&k.l, json_get(c->doc, 0, "tools"));
	}
	return k.n;
}

bool cache_mark_can(const struct chat *c, size_t where)
{
	return has_marks(c) && carrier(c, where) && !has_one(c, where);
}

/* -- edits ----------------------------------------------------------------- */

/* The string itself stays: others may put something into it. */
void cache_mark_set(struct splices *s, struct arena *a, const struct chat *c,
		    size_t where, bool hour)
{
	const char *mark = hour ? LONG_LIFE : SHORT_LIFE;
	uint32_t v = carrier(c, where);
	const struct json_tok *t = &c->doc->tok[v];

	if (!json_is(c->doc, v, JSON_STRING)) {
		splice_set(s, c->doc, v, MARK, str_c(mark));
		return;
	}
	splice_add(s, t->at, t->at, STR("[{\"type\":\"text\",\"text\":"));
	splice_add(s, t->end, t->end,
		   str_c(arena_printf(a, ",\"" MARK "\":%s}]", mark)));
}

struct cutter {
	struct looker l;
	struct splices *s;
};

static void cut_one(struct looker *l, uint32_t holder, uint32_t mark)
{
	uint32_t name = mark - 1;

	splice_cut(((struct cutter *)l)->s, l->doc, holder, &name, 1);
}

void cache_marks_cut(struct splices *s, struct arena *a, const struct chat *c)
{
	struct cutter k = { .l = { .see = cut_one, .doc = c->doc }, .s = s };

	(void)a;
	look_all(&k.l, c);
}

void cache_key_set(struct splices *s, struct arena *a, const struct chat *c,
		   const char *key)
{
	uint32_t own = json_get(c->doc, 0, "prompt_cache_key");
	struct buf b;

	if ((c->shape != SHAPE_CHAT && c->shape != SHAPE_RESPONSES) ||
	    (own && !json_is(c->doc, own, JSON_NULL)))
		return;
	buf_init(&b, a);
	buf_json(&b, str_c(key));
	splice_set(s, c->doc, 0, "prompt_cache_key", buf_view(&b));
}
