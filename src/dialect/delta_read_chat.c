/*
 * Chunks of chat completions, as OpenAI, OpenRouter, LiteLLM, vLLM, Ollama and
 * others send them.
 */
#include "dialect/delta_read.h"

/* Text with no token probabilities. */
#define NO_LOGPROBS STR("")

/* -- reasoning ------------------------------------------------------------- */

/*
 * Servers say the same reasoning in up to three members at once: it is taken
 * from the first that had any, in this order, all through the stream. The
 * lists come first because they tell one block of reasoning from the next.
 */
enum think_from {
	THINK_NOWHERE,
	THINK_BLOCKS,    /* LiteLLM's and larder's thinking_blocks */
	THINK_DETAILS,   /* OpenRouter's reasoning_details */
	THINK_CONTENT,   /* DeepSeek's reasoning_content */
	THINK_REASONING, /* vLLM's and OpenRouter's reasoning */
	THINK_PARTS,     /* Mistral's, among the content */
};

static int think_text(struct translate *t, enum think_from from,
		      struct str text)
{
	if (!text.n)
		return 0;
	if (t->heard->think_from == THINK_NOWHERE)
		t->heard->think_from = from;
	if (t->heard->think_from != (int)from)
		return 0;
	return delta_piece(t, delta_current(t, BLOCK_THINK), text,
			   NO_LOGPROBS);
}

static void think_sign(struct translate *t, struct str sign)
{
	if (sign.n)
		delta_sign(delta_current(t, BLOCK_THINK), sign);
}

/* What nobody can read; it may come in pieces with the same index. */
static int think_redacted(struct translate *t, const struct json *doc,
			  uint32_t item, struct str data)
{
	struct block *b = t->last;
	int64_t key = -1;

	if (!data.n)
		return 0;
	json_int(doc, json_get(doc, item, "index"), &key);
	if (key < 0 || !b || b->kind != BLOCK_REDACTED || b->key != key)
		b = delta_open(t, BLOCK_REDACTED);
	b->key = key;
	return delta_piece(t, b, data, NO_LOGPROBS);
}

/* Lists of reasoning: where an item's parts are. */
static const struct think_list {
	const char *member;
	enum think_from from;
	const char *text, *summary, *data;
} think_lists[] = {
	{ "thinking_blocks", THINK_BLOCKS, "thinking", "thinking", "data" },
	{ "reasoning_details", THINK_DETAILS, "text", "summary", "data" },
};

static int think_item(struct translate *t, const struct json *doc,
		      uint32_t item, const struct think_list *l)
{
	struct str text, summary, data, sign;

	if (!json_is(doc, item, JSON_OBJECT) ||
	    delta_string(doc, json_get(doc, item, l->text), &text) < 0 ||
	    delta_string(doc, json_get(doc, item, l->summary), &summary) < 0 ||
	    delta_string(doc, json_get(doc, item, l->data), &data) < 0 ||
	    delta_string(doc, json_get(doc, item, "signature"), &sign) < 0)
		return -1;
	if (think_text(t, l->from, text.n ? text : summary) < 0)
		return -1;
	think_sign(t, sign);
	return think_redacted(t, doc, item, data);
}

static int think_read(struct translate *t, const struct json *doc,
		      uint32_t delta)
{
	struct str content, reasoning;
	uint32_t list, i;
	size_t k;

	for (k = 0; k < COUNT_OF(think_lists); k++) {
		list = json_get(doc, delta, think_lists[k].member);
		for (i = json_item(doc, list); i;
		     i = json_next(doc, list, i)) {
			if (think_item(t, doc, i, &think_lists[k]) < 0)
				return -1;
		}
	}
	if (delta_string(doc, json_get(doc, delta, "reasoning_content"),
			 &content) < 0 ||
	    delta_string(doc, json_get(doc, delta, "reasoning"),
			 &reasoning) < 0 ||
	    think_text(t, THINK_CONTENT, content) < 0)
		return -1;
	return think_text(t, THINK_REASONING, reasoning);
}

/* -- the choice ------------------------------------------------------------ */

static struct str logprobs_of(const struct json *doc, uint32_t choice)
{
	uint32_t list = json_get(doc, choice, "logprobs");

	return delta_items(doc, json_is(doc, list, JSON_OBJECT) ?
					json_get(doc, list, "content") : 0);
}

static int text_take(struct translate *t, struct str text,
		     struct str logprobs)
{
	if (!text.n && !logprobs.n)
		return 0;
	return delta_piece(t, delta_current(t, BLOCK_TEXT), text, logprobs);
}

static int parts_read(struct translate *t, const struct json *doc,
		      uint32_t list, bool thinking);

/* {"type":"text"} or {"type":"thinking"}, the latter with parts of its own. */
static int part_read(struct translate *t, const struct json *doc,
		     uint32_t part, bool thinking)
{
	uint32_t type, inner;
	struct str text;

	if (!json_is(doc, part, JSON_OBJECT))
		return -1;
	type = json_get(doc, part, "type");
	inner = json_get(doc, part, "thinking");
	if (!thinking && json_string_is(doc, type, "thinking")) {
		if (json_is(doc, inner, JSON_ARRAY))
			return parts_read(t, doc, inner, true);
		return delta_string(doc, inner, &text) < 0 ?
			       -1 :
			       think_text(t, THINK_PARTS, text);
	}
	if (!json_string_is(doc, type, "text") ||
	    delta_string(doc, json_get(doc, part, "text"), &text) < 0)
		return -1;
	return thinking ? think_text(t, THINK_PARTS, text) :
			  text_take(t, text, NO_LOGPROBS);
}

static int parts_read(struct translate *t, const struct json *doc,
		      uint32_t list, bool thinking)
{
	uint32_t i;

	for (i = json_item(doc, list); i; i = json_next(doc, list, i)) {
		if (part_read(t, doc, i, thinking) < 0)
			return -1;
	}
	return 0;
}

static int text_read(struct translate *t, const struct json *doc,
		     uint32_t choice, uint32_t delta)
{
	uint32_t content = json_get(doc, delta, "content");
	struct str text, refusal;

	if (json_is(doc, content, JSON_ARRAY)) {
		if (parts_read(t, doc, content, false) < 0)
			return -1;
	} else if (delta_string(doc, content, &text) < 0 ||
		   text_take(t, text, logprobs_of(doc, choice)) < 0) {
		return -1;
	}
	if (delta_string(doc, json_get(doc, delta, "refusal"), &refusal) < 0)
		return -1;
	if (!refusal.n)
		return 0;
	return delta_piece(t, delta_current(t, BLOCK_REFUSAL), refusal,
			   NO_LOGPROBS);
}

static void notes_read(struct translate *t, const struct json *doc,
		       uint32_t list)
{
	uint32_t i;

	if (!json_item(doc, list) || !t->last || t->last->kind != BLOCK_TEXT)
		return;
	for (i = json_item(doc, list); i; i = json_next(doc, list, i)) {
		if (json_is(doc, i, JSON_OBJECT))
			delta_note(t, t->last, doc, i);
	}
}

/* Sounds and pictures have no words in the other shapes. */
static bool is_untold(const struct json *doc, uint32_t delta)
{
	uint32_t audio = json_get(doc, delta, "audio");

	if (json_item(doc, json_get(doc, delta, "images")))
		return true;
	return json_is(doc, audio, JSON_OBJECT) &&
	       (json_inner(doc, json_get(doc, audio, "data")).n ||
		json_inner(doc, json_get(doc, audio, "transcript")).n);
}

static int delta_take(struct translate *t, const struct json *doc,
		      uint32_t choice, uint32_t delta)
{
	if (!delta || json_is(doc, delta, JSON_NULL))
		return 0;
	if (!json_is(doc, delta, JSON_OBJECT) || is_untold(doc, delta) ||
	    think_read(t, doc, delta) < 0 ||
	    text_read(t, doc, choice, delta) < 0)
		return -1;
	notes_read(t, doc, json_get(doc, delta, "annotations"));
	if (delta_read_calls(t, doc, json_get(doc, delta, "tool_calls")) < 0)
		return -1;
	return delta_read_function(t, doc,
				   json_get(doc, delta, "function_call"));
}

/* An answer that ends with "error", and mostly with one inside the choice. */
static void error_take(struct translate *t, const struct json *doc,
		       uint32_t choice)
{
	uint32_t error = json_get(doc, choice, "error");
	struct json_error err;
	struct json own;
	struct buf b;

	buf_init(&b, t->tmp);
	delta_say(&b, "{\"error\":", json_span(doc, error), "}");
	delta_error(t, json_parse(&own, t->tmp, buf_view(&b), &err) < 0 ?
			       NULL : &own);
}

/* Some servers say "" until there is a reason. vLLM names the stop sequence
 * in stop_reason. */
static int finish_take(struct translate *t, const struct json *doc,
		       uint32_t choice)
{
	struct str stop = json_inner(doc, json_get(doc, choice,
						   "stop_reason"));
	struct str reason;

	if (delta_string(doc, json_get(doc, choice, "finish_reason"),
			 &reason) < 0)
		return -1;
	if (!reason.n || t->finish != FINISH_NONE)
		return 0;
	t->finish = finish_read(SHAPE_CHAT, reason);
	if (t->finish == FINISH_STOP && stop.n && str_is(reason, "stop")) {
		t->finish = FINISH_SEQUENCE;
		t->stop_sequence = arena_str(t->a, stop);
	}
	if (t->finish == FINISH_ERROR)
		error_take(t, doc, choice);
	return 0;
}

static int choice_take(struct translate *t, const struct json *doc,
		       uint32_t choices)
{
	uint32_t choice = json_item(doc, choices);
	int64_t index = 0;

	if (!choice)
		return 0;
	if (!json_is(doc, choice, JSON_OBJECT) ||
	    json_next(doc, choices, choice))
		return -1;
	json_int(doc, json_get(doc, choice, "index"), &index);
	if (index != 0)
		return -1;
	delta_begin(t);
	if (delta_take(t, doc, choice, json_get(doc, choice, "delta")) < 0)
		return -1;
	return finish_take(t, doc, choice);
}

static void usage_take(struct translate *t, const struct json *doc)
{
	uint32_t usage = json_get(doc, 0, "usage"), details;

	if (!json_is(doc, usage, JSON_OBJECT))
		return;
	facts_usage(&t->facts, SHAPE_CHAT, doc, usage);
	details = json_get(doc, usage, "completion_tokens_details");
	if (json_is(doc, details, JSON_OBJECT))
		json_int(doc, json_get(doc, details, "reasoning_tokens"),
			 &t->reasoning);
}

/* doc NULL: [DONE]. */
int delta_read_chat(struct translate *t, const struct json *doc)
{
	uint32_t choices;

	if (!doc)
		return delta_end(t);
	choices = json_get(doc, 0, "choices");
	if (choices && !json_is(doc, choices, JSON_ARRAY) &&
	    !json_is(doc, choices, JSON_NULL))
		return -1;
	delta_name(t, doc, json_get(doc, 0, "id"), json_get(doc, 0, "model"));
	if (!t->created)
		json_int(doc, json_get(doc, 0, "created"), &t->created);
	usage_take(t, doc);
	return choice_take(t, doc, choices);
}
