#include "dialect/reply_rows.h"

/* How a choice's members come together, and under which name. All others
 * replace what was. */
static const struct {
	const char *name, *to;
} grows[] = {
	{ "delta", "message" },
	{ "logprobs", "logprobs" },
	{ "text", "text" },
};

static void choice_member_take(struct merge *choice, const struct json *doc,
			       uint32_t name)
{
	size_t i;

	for (i = 0; i < COUNT_OF(grows); i++) {
		if (json_string_is(doc, name, grows[i].name)) {
			merge_value(merge_member(choice, grows[i].to), doc,
				    name + 1, MERGE_APPEND);
			return;
		}
	}
	merge_value(merge_member_of(choice, doc, name), doc, name + 1,
		    MERGE_REPLACE);
}

static int choice_take(struct merge *choices, const struct json *doc,
		       uint32_t item)
{
	uint32_t index = json_get(doc, item, "index");
	bool counted = json_is(doc, index, JSON_NUMBER);
	struct merge *choice;
	int64_t order = 0;
	uint32_t i;

	if (!json_is(doc, item, JSON_OBJECT))
		return -1;
	json_int(doc, index, &order);
	choice = merge_item(choices, counted ? json_span(doc, index) :
					       STR("0"), order);
	if (choice->kind == MERGE_NONE)
		merge_set_kind(choice, MERGE_OBJECT);
	if (!counted)
		merge_set_text(merge_member(choice, "index"), MERGE_RAW,
			       STR("0"));
	for (i = json_first(doc, item); i; i = json_next(doc, item, i))
		choice_member_take(choice, doc, i);
	return 0;
}

static int choices_take(struct merge *choices, const struct json *doc,
			uint32_t list)
{
	uint32_t i;

	if (choices->kind == MERGE_NONE)
		merge_set_kind(choices, MERGE_ARRAY);
	for (i = json_item(doc, list); i; i = json_next(doc, list, i)) {
		if (choice_take(choices, doc, i) < 0)
			return -1;
	}
	return 0;
}

int take_completion(struct merge *m, const struct json *doc)
{
	uint32_t list = json_get(doc, 0, "choices"), i;
	struct merge *to;

	for (i = json_first(doc, 0); i; i = json_next(doc, 0, i)) {
		/* Padding against those who listen to packet lengths. */
		if (json_string_is(doc, i, "obfuscation"))
			continue;
		to = merge_member_of(m, doc, i);
		if (i + 1 != list)
			merge_value(to, doc, i + 1, MERGE_REPLACE);
		else if (choices_take(to, doc, list) < 0)
			return -1;
	}
	return 0;
}

int take_chat(struct merge *m, const struct json *doc)
{
	if (take_completion(m, doc) < 0)
		return -1;
	merge_set_text(merge_member(m, "object"), MERGE_STRING,
		       STR("chat.completion"));
	return 0;
}

int finish_completion(struct merge *m)
{
	struct merge *usage = merge_find(m, "usage");

	if (usage && usage->kind == MERGE_NULL)
		usage->kind = MERGE_NONE;
	return 0;
}

/* Indices of tool calls belong to the stream alone. */
static void calls_finish(struct merge *message)
{
	struct merge *calls = merge_find(message, "tool_calls"), *index;
	size_t i;

	if (!calls || calls->kind != MERGE_ARRAY)
		return;
	for (i = 0; i < calls->n; i++) {
		index = merge_find(calls->child[i].to, "index");
		if (index)
			index->kind = MERGE_NONE;
	}
}

int finish_chat(struct merge *m)
{
	struct merge *choices = merge_find(m, "choices"), *message, *part;
	size_t i;

	for (i = 0; choices && i < choices->n; i++) {
		message = merge_member(choices->child[i].to, "message");
		if (message->kind != MERGE_OBJECT)
			merge_set_kind(message, MERGE_OBJECT);
		part = merge_member(message, "role");
		if (part->kind != MERGE_STRING || part->text.n == 0)
			merge_set_text(part, MERGE_STRING, STR("assistant"));
		part = merge_member(message, "content");
		if (part->kind == MERGE_NONE)
			part->kind = MERGE_NULL;
		calls_finish(message);
	}
	return finish_completion(m);
}

/*
 * What every chunk repeats is bounded, or a reply made for it would grow by
 * the product of its choices and its name.
 */
#define CHOICES_MAX 4096
#define COMMON_MAX 512

/* What the chunks of one reply share. */
struct chunks {
	struct buf *out;
	const struct json *doc;
	bool usage;        /* asked for: all others say usage:null */
	struct buf head;   /* members of every chunk */
	struct buf extra;  /* members larder does not know: once is enough */
	bool begun;
};

static void chunks_begin(struct chunks *c, const char *object)
{
	static const char *const common[] = {
		"id", "created", "model", "system_fingerprint",
		"service_tier",
	};
	static const char *const apart[] = { "choices", "usage", "object" };
	const struct json *doc = c->doc;
	struct buf *to;
	uint32_t i;
	size_t k;

	buf_init(&c->head, c->out->a);
	buf_init(&c->extra, c->out->a);
	buf_printf(&c->head, "{\"object\":\"%s\"", object);
	for (i = json_first(doc, 0); i; i = json_next(doc, 0, i)) {
		to = &c->extra;
		for (k = 0; k < COUNT_OF(common); k++) {
			if (json_string_is(doc, i, common[k]) &&
			    json_span(doc, i + 1).n <= COMMON_MAX)
				to = &c->head;
		}
		for (k = 0; k < COUNT_OF(apart); k++) {
			if (json_string_is(doc, i, apart[k]))
				to = NULL;
		}
		if (!to)
			continue;
		buf_putc(to, ',');
		buf_str(to, json_span(doc, i));
		buf_putc(to, ':');
		buf_str(to, json_span(doc, i + 1));
	}
}

static struct event chunk_open(struct chunks *c)
{
	struct event e = event_open(c->out, NULL);

	buf_str(c->out, buf_view(&c->head));
	if (!c->begun)
		buf_str(c->out, buf_view(&c->extra));
	c->begun = true;
	buf_puts(c->out, ",\"choices\":[");
	return e;
}

static void chunk_close(struct chunks *c, struct event *e)
{
	buf_puts(c->out, c->usage ? "],\"usage\":null}" : "]}");
	event_close(e);
}

/* {"index":N, up to where the next member's name goes. */
static void choice_open(struct chunks *c, uint32_t choice, size_t place)
{
	uint32_t index = json_get(c->doc, choice, "index");

	buf_puts(c->out, "{\"index\":");
	if (json_is(c->doc, index, JSON_NUMBER))
		buf_str(c->out, json_span(c->doc, index));
	else
		buf_printf(c->out, "%zu", place);
}

/* The choice's last chunk: its reason and whatever else it says. SDKs throw
 * when no reason comes, so a server that gave none is given "stop". */
static void finish_write(struct chunks *c, uint32_t choice, size_t place,
			 const char *empty)
{
	static const struct swap rest[] = {
		{ "index", NULL },    { "message", NULL },
		{ "text", NULL },     { "logprobs", NULL },
		{ "delta", NULL },    { "finish_reason", NULL },
	};
	uint32_t reason = json_get(c->doc, choice, "finish_reason");
	struct event e = chunk_open(c);

	choice_open(c, choice, place);
	buf_puts(c->out, empty);
	if (json_get(c->doc, choice, "logprobs"))
		buf_puts(c->out, ",\"logprobs\":null");
	if (!json_inner(c->doc, reason).n) /* some servers say "" */
		reason = 0;
	write_pair(c->out, "finish_reason", c->doc, reason, "\"stop\"");
	write_members(c->out, c->doc, choice, rest, COUNT_OF(rest), false);
	buf_putc(c->out, '}');
	chunk_close(c, &e);
}

/* [{"index":0,...},...] */
static const char *calls_text(struct chunks *c, uint32_t calls)
{
	static const struct swap rest[] = { { "index", NULL } };
	struct buf b;
	size_t place = 0;
	uint32_t i;

	buf_init(&b, c->out->a);
	buf_putc(&b, '[');
	for (i = json_item(c->doc, calls); i;
	     i = json_next(c->doc, calls, i)) {
		buf_printf(&b, "%s{\"index\":%zu", place ? "," : "", place);
		write_members(&b, c->doc, i, rest, COUNT_OF(rest), false);
		buf_putc(&b, '}');
		place++;
	}
	buf_putc(&b, ']');
	return b.p;
}

/* The choice's logprobs, and no reason yet. */
static void logprobs_write(struct chunks *c, uint32_t choice)
{
	uint32_t logprobs = json_get(c->doc, choice, "logprobs");

	if (logprobs)
		write_pair(c->out, "logprobs", c->doc, logprobs, "");
	buf_puts(c->out, ",\"finish_reason\":null}");
}

/* Who speaks, and nothing else: clients take the first chunk of a choice for
 * its beginning and count what else is in it twice. */
static void role_write(struct chunks *c, uint32_t choice, uint32_t message,
		       size_t place)
{
	uint32_t role = json_get(c->doc, message, "role");
	struct event e = chunk_open(c);

	choice_open(c, choice, place);
	buf_puts(c->out, ",\"delta\":{\"role\":");
	if (json_is(c->doc, role, JSON_STRING))
		buf_str(c->out, json_span(c->doc, role));
	else
		buf_puts(c->out, "\"assistant\"");
	buf_putc(c->out, '}');
	if (json_get(c->doc, choice, "logprobs"))
		buf_puts(c->out, ",\"logprobs\":null");
	buf_puts(c->out, ",\"finish_reason\":null}");
	chunk_close(c, &e);
}

static void delta_write(struct chunks *c, uint32_t choice, uint32_t message,
			size_t place)
{
	uint32_t calls = json_get(c->doc, message, "tool_calls");
	struct swap swaps[] = { { "role", NULL }, { "tool_calls", NULL } };
	struct event e = chunk_open(c);
	bool counted = json_item(c->doc, calls) != 0;

	if (counted)
		swaps[1].with = calls_text(c, calls);
	choice_open(c, choice, place);
	buf_puts(c->out, ",\"delta\":{");
	write_members(c->out, c->doc, message, swaps,
		      calls && !counted ? 1 : 2, true);
	buf_putc(c->out, '}');
	logprobs_write(c, choice);
	chunk_close(c, &e);
}

static void text_write(struct chunks *c, uint32_t choice, size_t place)
{
	struct event e = chunk_open(c);

	choice_open(c, choice, place);
	write_pair(c->out, "text", c->doc, json_get(c->doc, choice, "text"),
		   "\"\"");
	logprobs_write(c, choice);
	chunk_close(c, &e);
}

static void chunks_end(struct chunks *c)
{
	uint32_t usage = json_get(c->doc, 0, "usage");
	struct event e;

	if (c->usage && json_is(c->doc, usage, JSON_OBJECT)) {
		e = chunk_open(c);
		buf_puts(c->out, "],\"usage\":");
		buf_str(c->out, json_span(c->doc, usage));
		buf_putc(c->out, '}');
		event_close(&e);
	}
	e = event_open(c->out, NULL);
	buf_puts(c->out, REPLY_DONE);
	event_close(&e);
}

int expand_chat(struct buf *out, const struct json *doc, bool usage)
{
	struct chunks c = { .out = out, .doc = doc, .usage = usage };
	uint32_t choices = json_get(doc, 0, "choices"), i, message;
	size_t place = 0;

	if (json_count(doc, choices) > CHOICES_MAX)
		return -1;
	chunks_begin(&c, "chat.completion.chunk");
	for (i = json_item(doc, choices); i; i = json_next(doc, choices, i)) {
		message = json_get(doc, i, "message");
		if (!json_is(doc, message, JSON_OBJECT))
			return -1;
		role_write(&c, i, message, place);
		delta_write(&c, i, message, place++);
	}
	place = 0;
	for (i = json_item(doc, choices); i; i = json_next(doc, choices, i))
		finish_write(&c, i, place++, ",\"delta\":{}");
	chunks_end(&c);
	return 0;
}

int expand_completion(struct buf *out, const struct json *doc, bool usage)
{
	struct chunks c = { .out = out, .doc = doc, .usage = usage };
	uint32_t choices = json_get(doc, 0, "choices"), i;
	size_t place = 0;

	if (json_count(doc, choices) > CHOICES_MAX)
		return -1;
	chunks_begin(&c, "text_completion");
	for (i = json_item(doc, choices); i; i = json_next(doc, choices, i))
		text_write(&c, i, place++);
	place = 0;
	for (i = json_item(doc, choices); i; i = json_next(doc, choices, i))
		finish_write(&c, i, place++, ",\"text\":\"\"");
	chunks_end(&c);
	return 0;
}
