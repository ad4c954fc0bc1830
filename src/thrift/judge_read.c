#include "thrift/judge_read.h"

#include "base/count.h"

#define LOGPROB_MIN -100.0 /* some say -9999 for next to never */

/* The items of v when it is an array, else none. */
static uint32_t items(const struct json *doc, uint32_t v)
{
	return json_is(doc, v, JSON_ARRAY) ? json_first(doc, v) : 0;
}

static bool has_items(const struct json *doc, uint32_t v)
{
	return v && json_count(doc, v) > 0;
}

static void say(struct judge_heard *h, const struct json *doc, uint32_t v)
{
	buf_str(&h->text, json_string(doc, v, h->text.a));
}

static void note_logprob(struct judge_heard *h, const struct json *doc,
			 uint32_t v)
{
	double p;

	if (!json_double(doc, v, &p))
		return;
	h->logprob += p < LOGPROB_MIN ? LOGPROB_MIN : p;
	h->nlogprob++;
}

/* [{"logprob": -0.1}, ...], or the numbers alone. */
static void note_logprobs(struct judge_heard *h, const struct json *doc,
			  uint32_t list)
{
	uint32_t i;

	for (i = items(doc, list); i; i = json_next(doc, list, i))
		note_logprob(h, doc, json_is(doc, i, JSON_OBJECT) ?
				     json_get(doc, i, "logprob") : i);
}

/* -- reasons --------------------------------------------------------------- */

static const struct {
	const char *word;
	bool refused;
} reasons[] = {
	{ "length", false }, { "max_tokens", false },
	{ "max_output_tokens", false },
	{ "model_context_window_exceeded", false },
	{ "content_filter", true }, { "refusal", true },
};

static void note_reason(struct judge_heard *h, const struct json *doc,
			uint32_t v)
{
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		if (!json_string_is(doc, v, reasons[i].word))
			continue;
		h->refused |= reasons[i].refused;
		h->cut |= !reasons[i].refused;
	}
}

/* -- chat and completions -------------------------------------------------- */

/* Text, or parts of which some are. */
static void read_content(struct judge_heard *h, const struct json *doc,
			 uint32_t v)
{
	uint32_t i;

	say(h, doc, v);
	for (i = items(doc, v); i; i = json_next(doc, v, i))
		if (json_is(doc, i, JSON_OBJECT))
			say(h, doc, json_get(doc, i, "text"));
}

static void read_delta(struct judge_heard *h, const struct json *doc,
		       uint32_t delta)
{
	static const char *const others[] = { "tool_calls", "function_call",
					      "audio", "images" };

	if (!json_is(doc, delta, JSON_OBJECT))
		return;
	read_content(h, doc, json_get(doc, delta, "content"));
	h->refused |= json_inner(doc, json_get(doc, delta, "refusal")).n > 0;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		h->call |= has_items(doc, json_get(doc, delta, others[i]));
}

static void read_choice(struct judge_heard *h, const struct json *doc,
			uint32_t choice)
{
	uint32_t probs = json_get(doc, choice, "logprobs");
	int64_t index = 0;

	json_int(doc, json_get(doc, choice, "index"), &index);
	if (index != 0)
		return;
	read_delta(h, doc, json_get(doc, choice, "delta"));
	say(h, doc, json_get(doc, choice, "text"));
	note_reason(h, doc, json_get(doc, choice, "finish_reason"));
	if (!json_is(doc, probs, JSON_OBJECT))
		return;
	note_logprobs(h, doc, json_get(doc, probs, "content"));
	note_logprobs(h, doc, json_get(doc, probs, "token_logprobs"));
}

static void read_choices(struct judge_heard *h, const struct json *doc)
{
	uint32_t list = json_get(doc, 0, "choices"), i;

	for (i = items(doc, list); i; i = json_next(doc, list, i))
		if (json_is(doc, i, JSON_OBJECT))
			read_choice(h, doc, i);
}

/* -- messages -------------------------------------------------------------- */

static bool is_one_of(const struct json *doc, uint32_t v,
		      const char *const *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (json_string_is(doc, v, word[i]))
			return true;
	return false;
}

static void read_block(struct judge_heard *h, const struct json *doc,
		       uint32_t block)
{
	static const char *const quiet[] = { "text", "thinking",
					     "redacted_thinking" };
	uint32_t type = json_get(doc, block, "type");

	h->call |= !is_one_of(doc, type, quiet, COUNT_OF(quiet));
	if (json_string_is(doc, type, "text"))
		say(h, doc, json_get(doc, block, "text"));
}

static void read_messages(struct judge_heard *h, const struct json *doc)
{
	uint32_t block = json_get(doc, 0, "content_block");
	uint32_t delta = json_get(doc, 0, "delta");

	if (json_is(doc, block, JSON_OBJECT))
		read_block(h, doc, block);
	if (!json_is(doc, delta, JSON_OBJECT))
		return;
	if (json_string_is(doc, json_get(doc, delta, "type"), "text_delta"))
		say(h, doc, json_get(doc, delta, "text"));
	note_reason(h, doc, json_get(doc, delta, "stop_reason"));
}

/* -- responses ------------------------------------------------------------- */

static void read_item(struct judge_heard *h, const struct json *doc,
		      uint32_t item)
{
	static const char *const quiet[] = { "message", "reasoning" };
	uint32_t parts = json_get(doc, item, "content"), i, type;

	h->call |= !is_one_of(doc, json_get(doc, item, "type"), quiet,
			      COUNT_OF(quiet));
	if (!json_string_is(doc, json_get(doc, item, "type"), "message"))
		return;
	for (i = items(doc, parts); i; i = json_next(doc, parts, i)) {
		if (!json_is(doc, i, JSON_OBJECT))
			continue;
		type = json_get(doc, i, "type");
		h->refused |= json_string_is(doc, type, "refusal");
		if (json_string_is(doc, type, "output_text"))
			say(h, doc, json_get(doc, i, "text"));
	}
}

/* The last event has it all. */
static void read_response(struct judge_heard *h, const struct json *doc)
{
	uint32_t response = json_get(doc, 0, "response"), list, i;

	if (!json_is(doc, response, JSON_OBJECT))
		return;
	h->whole = true;
	list = json_get(doc, response, "output");
	for (i = items(doc, list); i; i = json_next(doc, list, i))
		if (json_is(doc, i, JSON_OBJECT))
			read_item(h, doc, i);
	i = json_get(doc, response, "incomplete_details");
	if (json_is(doc, i, JSON_OBJECT))
		note_reason(h, doc, json_get(doc, i, "reason"));
}

static void read_responses(struct judge_heard *h, const struct json *doc)
{
	uint32_t type = json_get(doc, 0, "type");
	uint32_t item = json_get(doc, 0, "item");

	if (json_string_is(doc, type, "response.output_text.delta")) {
		say(h, doc, json_get(doc, 0, "delta"));
		note_logprobs(h, doc, json_get(doc, 0, "logprobs"));
	} else if (json_string_is(doc, type, "response.refusal.delta")) {
		h->refused = true;
	} else if (json_string_is(doc, type, "response.output_item.added") &&
		   json_is(doc, item, JSON_OBJECT)) {
		read_item(h, doc, item);
		h->text.n = 0; /* it comes by deltas */
	} else if (json_string_is(doc, type, "response.completed") ||
		   json_string_is(doc, type, "response.incomplete")) {
		read_response(h, doc);
	}
}

void judge_read(struct judge_heard *h, enum shape shape,
		const struct json *doc)
{
	if (json_type(doc, 0) != JSON_OBJECT)
		return;
	if (shape == SHAPE_MESSAGES)
		read_messages(h, doc);
	else if (shape == SHAPE_RESPONSES)
		read_responses(h, doc);
	else
		read_choices(h, doc);
}
