/*
 * Random conversations as clients of the three APIs send them, item by item:
 * valid by the rules each API publishes, with calls of tools one by one and
 * in parallel, reasoning, pictures, system messages anywhere, and texts of
 * very different lengths.
 */
#ifndef TESTS_UNIT_TRIM_TALK_H
#define TESTS_UNIT_TRIM_TALK_H

#include "base/buf.h"
#include "dialect/shape.h"

#define MAX_ITEMS 256

struct item {
	struct str json;
	bool system, user;
	bool ends; /* a client may have sent a request that ends with it */
};

struct talk_made {
	struct arena *a;
	enum shape shape;
	uint32_t seed;
	unsigned id;
	struct item item[MAX_ITEMS];
	size_t n;
};

static inline uint32_t dice(uint32_t *seed, uint32_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % n;
}

static inline bool one_in(struct talk_made *t, uint32_t n)
{
	return dice(&t->seed, n) == 0;
}

/* An item of the conversation; what is behind the last is lost. */
static inline struct item *item_add(struct talk_made *t, const char *json)
{
	static struct item lost;

	if (t->n == MAX_ITEMS)
		return &lost;
	t->item[t->n] = (struct item){ .json = str_c(json) };
	return &t->item[t->n++];
}

/* Words no other item has: mostly few, now and then very many. */
static inline const char *words(struct talk_made *t)
{
	static const char *const some[] = {
		"yes ", "what\\n", "\\\"so\\\" ", "\xc3\xa4h ", "\\u00e4 ",
		"\xed\x95\x9c\xea\xb5\xad ", "and then it went on ",
	};
	size_t n = 1 + dice(&t->seed, one_in(t, 12) ? 120 : 12);
	struct buf b;

	buf_init(&b, t->a);
	buf_printf(&b, "#%u ", ++t->id);
	while (n--)
		buf_puts(&b, some[dice(&t->seed, 7)]);
	return b.p;
}

static inline const char *text_type(const struct talk_made *t, bool user)
{
	if (t->shape != SHAPE_RESPONSES)
		return "text";
	return user ? "input_text" : "output_text";
}

/* -- one item -------------------------------------------------------------- */

static inline void add_system(struct talk_made *t)
{
	const char *role = one_in(t, 2) ? "system" : "developer";
	struct item *i = item_add(t, arena_printf(t->a,
		"{\"role\":\"%s\",\"content\":\"%s\"}", role, words(t)));

	i->system = true;
}

static inline void add_user(struct talk_made *t)
{
	const char *json, *says = words(t);
	struct item *i;

	if (one_in(t, 2))
		json = arena_printf(t->a, "{\"role\":\"user\",\"content\":"
				    "\"%s\"}", says);
	else if (one_in(t, 8))
		json = arena_printf(t->a, "{\"content\":[],\"role\":\"user\","
				    "\"name\":\"%s\"}", says);
	else
		json = arena_printf(t->a, "{\"role\":\"user\",\"content\":[ "
				    "{\"type\":\"%s\",\"text\":\"%s\"} , "
				    "{\"type\":\"image\"}]}",
				    text_type(t, true), says);
	i = item_add(t, json);
	i->user = i->ends = true;
}

static inline void add_words(struct talk_made *t, unsigned of)
{
	const char *says = words(t);

	if (t->shape == SHAPE_RESPONSES)
		item_add(t, arena_printf(t->a, "{\"type\":\"message\",\"id\":"
			"\"msg of %u\",\"role\":\"assistant\",\"content\":[{"
			"\"type\":\"output_text\",\"text\":\"%s\"}]}", of,
			says));
	else if (one_in(t, 2))
		item_add(t, arena_printf(t->a, "{\"role\":\"assistant\","
			"\"content\":\"%s\"}", says));
	else
		item_add(t, arena_printf(t->a, "{\"role\":\"assistant\","
			"\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}",
			says));
}

/* -- calls ----------------------------------------------------------------- */

static inline void calls_chat(struct talk_made *t, unsigned first, unsigned n)
{
	struct buf b;

	buf_init(&b, t->a);
	buf_printf(&b, "{\"role\":\"assistant\",\"content\":%s,"
		   "\"tool_calls\":[", one_in(t, 2) ? "null" : "\"Well.\"");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&b, "%s{\"id\":\"c%u\",\"type\":\"function\","
			   "\"function\":{\"name\":\"f\",\"arguments\":"
			   "\"{\\\"q\\\":\\\"x\\\"}\"}}", i ? "," : "",
			   first + i);
	buf_printf(&b, "],\"name\":\"%s\"}", words(t));
	item_add(t, b.p);
	for (unsigned i = n; i-- > 0;)
		item_add(t, arena_printf(t->a, "{\"role\":\"tool\","
			"\"tool_call_id\":\"c%u\",\"content\":\"%s\"}",
			first + i, words(t)))->ends = i == 0;
}

/* Results stand in one message, in front of what the user says with them. */
static inline void calls_messages(struct talk_made *t, unsigned first,
				  unsigned n)
{
	struct buf b;

	buf_init(&b, t->a);
	buf_puts(&b, "{\"role\":\"assistant\",\"content\":[");
	if (one_in(t, 3))
		buf_puts(&b, "{\"type\":\"thinking\",\"thinking\":\"\","
			 "\"signature\":\"s\"},");
	if (one_in(t, 2))
		buf_printf(&b, "{\"type\":\"text\",\"text\":\"%s\"},",
			   words(t));
	for (unsigned i = 0; i < n; i++)
		buf_printf(&b, "%s{\"type\":\"tool_use\",\"id\":\"c%u\","
			   "\"name\":\"f\",\"input\":{\"q\":\"%s\"}}",
			   i ? "," : "", first + i, words(t));
	buf_puts(&b, "]}");
	item_add(t, b.p);
	buf_init(&b, t->a);
	buf_puts(&b, "{\"role\":\"user\",\"content\":[");
	for (unsigned i = n; i-- > 0;)
		buf_printf(&b, "{\"type\":\"tool_result\",\"tool_use_id\":"
			   "\"c%u\",\"content\":\"%s\"}%s", first + i,
			   words(t), i ? "," : "");
	if (one_in(t, 8))
		buf_printf(&b, ",{\"type\":\"text\",\"text\":\"%s\"}",
			   words(t));
	buf_puts(&b, "]}");
	item_add(t, b.p)->ends = true;
}

static inline void one_call(struct talk_made *t, unsigned id, unsigned of)
{
	item_add(t, arena_printf(t->a, "{\"type\":\"function_call\",\"id\":"
		"\"fc of %u\",\"call_id\":\"c%u\",\"name\":\"f\","
		"\"arguments\":\"{\\\"q\\\":\\\"%u\\\"}\"}", of, id, id));
}

static inline struct item *one_output(struct talk_made *t, unsigned id)
{
	return item_add(t, arena_printf(t->a, "{\"type\":"
		"\"function_call_output\",\"call_id\":\"c%u\",\"output\":"
		"\"%s\"}", id, words(t)));
}

static inline unsigned reasoning(struct talk_made *t)
{
	unsigned of = one_in(t, 2) ? 0 : ++t->id;

	if (of)
		item_add(t, arena_printf(t->a, "{\"type\":\"reasoning\","
			"\"id\":\"rs of %u\",\"summary\":[]}", of));
	return of;
}

/* One by one, in one turn. */
static inline void calls_in_turn(struct talk_made *t, unsigned first,
				 unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		one_call(t, first + i, 0);
		one_output(t, first + i)->ends = i + 1 == n;
	}
}

/* What belongs to one reasoning names it. A result may stand anywhere behind
 * its call, even behind what the user says in between. */
static inline void calls_responses(struct talk_made *t, unsigned first,
				   unsigned n)
{
	unsigned of = reasoning(t);

	if (!of && one_in(t, 6)) {
		calls_in_turn(t, first, n);
		return;
	}
	if (one_in(t, 4))
		add_words(t, of);
	for (unsigned i = 0; i < n; i++)
		one_call(t, first + i, of);
	if (one_in(t, 6))
		add_words(t, of);
	if (one_in(t, 24)) {
		add_user(t);
		t->item[t->n - 1].ends = false;
	}
	for (unsigned i = n; i-- > 0;)
		one_output(t, first + i)->ends = i == 0;
}

static inline void add_calls(struct talk_made *t)
{
	unsigned n = one_in(t, 3) ? 1 + dice(&t->seed, 4) : 1;
	unsigned first = t->id + 1;

	if (t->n + 12 > MAX_ITEMS)
		return;
	t->id += n;
	if (t->shape == SHAPE_CHAT)
		calls_chat(t, first, n);
	else if (t->shape == SHAPE_MESSAGES)
		calls_messages(t, first, n);
	else
		calls_responses(t, first, n);
}

/* -- a conversation -------------------------------------------------------- */

/* The user says something and is answered, with tools or without. Some
 * answers end with a call's results: the user broke in. */
static inline void add_exchange(struct talk_made *t, bool loose)
{
	uint32_t steps = one_in(t, 3) ? dice(&t->seed, one_in(t, 8) ? 40 : 5)
				      : 0;

	add_user(t);
	if (loose && one_in(t, 6))
		add_user(t);
	while (steps--) {
		add_calls(t);
		if (steps && loose && one_in(t, 8))
			add_words(t, 0);
	}
	if (loose && one_in(t, 10))
		return;
	add_words(t, t->shape == SHAPE_RESPONSES ? reasoning(t) : 0);
	if (t->shape != SHAPE_MESSAGES && one_in(t, 16))
		add_system(t);
}

/* Half of them let roles alternate strictly. All end as a request does. */
static inline void talk_make(struct talk_made *t)
{
	uint32_t n = dice(&t->seed, one_in(t, 8) ? 40 : 10);
	bool loose = one_in(t, 2);

	t->n = 0;
	t->id = 0;
	if (t->shape != SHAPE_MESSAGES && one_in(t, 2))
		add_system(t);
	if (t->shape != SHAPE_MESSAGES && one_in(t, 12))
		add_words(t, 0);
	while (n-- && t->n < MAX_ITEMS - 40)
		add_exchange(t, loose);
	add_user(t);
	for (n = one_in(t, 3) ? dice(&t->seed, 12) : 0; n; n--)
		add_calls(t);
	while (!t->item[t->n - 1].ends)
		t->n--;
}

/* The request that ends behind the first n items. */
static inline struct str talk_text(const struct talk_made *t, size_t n)
{
	static const char *const head[] = {
		[SHAPE_CHAT] = "\"messages\"",
		[SHAPE_MESSAGES] = "\"system\":\"Be kind.\",\"messages\"",
		[SHAPE_RESPONSES] = "\"instructions\":\"Be kind.\",\"input\"",
	};
	struct buf b;

	buf_init(&b, t->a);
	buf_printf(&b, "{\"model\":\"m\",%s:[", head[t->shape]);
	for (size_t i = 0; i < n; i++) {
		buf_puts(&b, i ? ", " : " ");
		buf_str(&b, t->item[i].json);
	}
	buf_puts(&b, " ]}");
	return buf_view(&b);
}

#endif
