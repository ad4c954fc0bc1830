/* Where each shape says what. */
#include "said_own.h"

#define CALL_AT 999 /* the one function_call, behind all tool_calls */

static const struct said_names chat_names = {
	"prompt_tokens", "completion_tokens", "prompt_tokens_details",
	"cached_tokens", "cache_write_tokens"
};
static const struct said_names messages_names = {
	"input_tokens", "output_tokens", NULL,
	"cache_read_input_tokens", "cache_creation_input_tokens"
};
static const struct said_names responses_names = {
	"input_tokens", "output_tokens", "input_tokens_details",
	"cached_tokens", "cache_write_tokens"
};

/* -- the end in shared words ----------------------------------------------- */

static const struct {
	const char *said, *means;
} reasons[] = {
	{ "stop", "stop" }, { "end_turn", "stop" },
	{ "stop_sequence", "stop" }, { "pause_turn", "stop" },
	{ "length", "length" }, { "max_tokens", "length" },
	{ "max_output_tokens", "length" },
	{ "model_context_window_exceeded", "length" },
	{ "tool_calls", "tools" }, { "function_call", "tools" },
	{ "tool_use", "tools" }, { "content_filter", "filter" },
	{ "refusal", "filter" },
};

static const char *meaning(struct str said)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (str_is(said, reasons[i].said))
			return reasons[i].means;
	return "stop";
}

static void end_choice(struct said *s, const struct json *doc,
		       uint32_t reason, int64_t choice)
{
	uint64_t bit = (uint64_t)1 << (choice & 63);

	s->open |= bit & ~s->ended;
	if (!json_inner(doc, reason).n || (s->ended & bit))
		return;
	s->open &= ~bit;
	s->ended |= bit;
	said_reason(s, doc, reason);
	if (choice == 0)
		s->finish = meaning(json_inner(doc, reason));
}

/* -- chat and completions -------------------------------------------------- */

/* Content is a string, or (Mistral) a list of what is said and thought. */
static void chat_content(struct said *s, const struct json *doc,
			 uint32_t content, int64_t choice)
{
	uint32_t i, j, thought;

	said_add(s, SAID_TEXT, choice, 0, doc, content);
	for (i = said_items(doc, content); i;
	     i = json_next(doc, content, i)) {
		said_add(s, SAID_TEXT, choice, 0, doc,
			 said_in(doc, i, "text"));
		thought = said_in(doc, i, "thinking");
		for (j = said_items(doc, thought); j;
		     j = json_next(doc, thought, j))
			said_add(s, SAID_REASONING, choice, 0, doc,
				 said_in(doc, j, "text"));
	}
}

static void chat_tools(struct said *s, const struct json *doc,
		       uint32_t calls, int64_t choice)
{
	uint32_t i, f;
	int64_t at = 0, index;
	struct said_part *p;

	for (i = said_items(doc, calls); i; i = json_next(doc, calls, i)) {
		index = said_number(doc, i, "index");
		if (index < 0)
			index = at;
		at = index + 1;
		f = said_in(doc, i, "function");
		if (!f)
			f = said_in(doc, i, "custom");
		p = said_part(s, SAID_TOOL, choice, index);
		said_name(s, p, doc, said_in(doc, i, "id"),
			  said_in(doc, f, "name"));
		said_add(s, SAID_TOOL, choice, index, doc,
			 said_in(doc, f, "input"));
		said_add(s, SAID_TOOL, choice, index, doc,
			 said_in(doc, f, "arguments"));
	}
}

/* Some say reasoning in details alone. */
static void chat_details(struct said *s, const struct json *doc,
			 uint32_t details, int64_t choice)
{
	for (uint32_t i = said_items(doc, details); i;
	     i = json_next(doc, details, i))
		said_add(s, SAID_REASONING, choice, 0, doc,
			 said_in(doc, i, "text"));
}

static void chat_says(struct said *s, const struct json *doc, uint32_t delta,
		      int64_t choice)
{
	uint32_t thought = said_in(doc, delta, "reasoning_content");
	uint32_t call = said_in(doc, delta, "function_call");

	if (!json_is(doc, thought, JSON_STRING))
		thought = said_in(doc, delta, "reasoning");
	if (json_is(doc, thought, JSON_STRING))
		said_add(s, SAID_REASONING, choice, 0, doc, thought);
	else
		chat_details(s, doc, said_in(doc, delta, "reasoning_details"),
			     choice);
	chat_content(s, doc, said_in(doc, delta, "content"), choice);
	said_add(s, SAID_REFUSAL, choice, 0, doc,
		 said_in(doc, delta, "refusal"));
	chat_tools(s, doc, said_in(doc, delta, "tool_calls"), choice);
	if (json_inner(doc, said_in(doc, call, "name")).n ||
	    json_inner(doc, said_in(doc, call, "arguments")).n) {
		said_name(s, said_part(s, SAID_TOOL, choice, CALL_AT), doc, 0,
			  said_in(doc, call, "name"));
		said_add(s, SAID_TOOL, choice, CALL_AT, doc,
			 said_in(doc, call, "arguments"));
	}
}

static int chat_choices(struct said *s, const struct json *doc,
			const char *what)
{
	uint32_t choices = json_get(doc, 0, "choices");
	int64_t n;
	uint32_t i;

	said_model(s, doc, json_get(doc, 0, "model"));
	said_usage(s, &chat_names, doc, json_get(doc, 0, "usage"));
	for (i = said_items(doc, choices); i;
	     i = json_next(doc, choices, i)) {
		n = said_number(doc, i, "index");
		n = n < 0 ? 0 : n;
		chat_says(s, doc, said_in(doc, i, what), n);
		if (s->shape == SHAPE_COMPLETION)
			said_add(s, SAID_TEXT, n, 0, doc,
				 said_in(doc, i, "text"));
		end_choice(s, doc, said_in(doc, i, "finish_reason"), n);
	}
	return json_is(doc, choices, JSON_ARRAY) ? 0 : -1;
}

void said_chat_event(struct said *s, const struct json *doc)
{
	chat_choices(s, doc, "delta");
}

int said_chat_whole(struct said *s, const struct json *doc)
{
	return chat_choices(s, doc, "message");
}

/* -- messages -------------------------------------------------------------- */

static void messages_block(struct said *s, const struct json *doc,
			   uint32_t block, int64_t index)
{
	uint32_t type = said_in(doc, block, "type");
	uint32_t input = said_in(doc, block, "input");
	struct said_part *p;

	if (json_string_is(doc, type, "text")) {
		said_add(s, SAID_TEXT, 0, index, doc,
			 said_in(doc, block, "text"));
	} else if (json_string_is(doc, type, "thinking")) {
		said_add(s, SAID_REASONING, 0, index, doc,
			 said_in(doc, block, "thinking"));
		said_add(s, SAID_PROOF, 0, index, doc,
			 said_in(doc, block, "signature"));
	} else if (json_string_is(doc, type, "redacted_thinking")) {
		said_add(s, SAID_PROOF, 0, index, doc,
			 said_in(doc, block, "data"));
	} else if (json_string_is(doc, type, "tool_use")) {
		p = said_part(s, SAID_TOOL, 0, index);
		said_name(s, p, doc, said_in(doc, block, "id"),
			  said_in(doc, block, "name"));
		if (json_count(doc, input) > 0)
			buf_str(&p->text, json_span(doc, input));
	} else {
		said_other(s, doc, type);
	}
}

/* A piece of a block; of a server's own tools only the block is noted. */
static void messages_delta(struct said *s, const struct json *doc,
			   int64_t index)
{
	uint32_t delta = json_get(doc, 0, "delta");
	uint32_t piece = said_in(doc, delta, "partial_json");

	said_add(s, SAID_TEXT, 0, index, doc, said_in(doc, delta, "text"));
	said_add(s, SAID_REASONING, 0, index, doc,
		 said_in(doc, delta, "thinking"));
	said_add(s, SAID_PROOF, 0, index, doc,
		 said_in(doc, delta, "signature"));
	for (size_t i = 0; piece && i < s->n; i++)
		if (s->part[i].kind == SAID_TOOL && s->part[i].index == index)
			said_add(s, SAID_TOOL, 0, index, doc, piece);
}

void said_messages_event(struct said *s, const struct json *doc)
{
	struct str type = json_inner(doc, json_get(doc, 0, "type"));
	uint32_t message = json_get(doc, 0, "message");
	int64_t index = 0;

	json_int(doc, json_get(doc, 0, "index"), &index);
	if (str_is(type, "message_start")) {
		said_model(s, doc, said_in(doc, message, "model"));
		said_usage(s, &messages_names, doc,
			   said_in(doc, message, "usage"));
	} else if (str_is(type, "content_block_start")) {
		messages_block(s, doc, json_get(doc, 0, "content_block"),
			       index);
	} else if (str_is(type, "content_block_delta")) {
		messages_delta(s, doc, index);
	} else if (str_is(type, "message_delta")) {
		end_choice(s, doc, said_in(doc, json_get(doc, 0, "delta"),
					   "stop_reason"), 0);
		said_usage(s, &messages_names, doc,
			   json_get(doc, 0, "usage"));
	} else if (str_is(type, "message_stop")) {
		s->how = s->ended ? SAID_WHOLE : SAID_FAILED;
	}
}

int said_messages_whole(struct said *s, const struct json *doc)
{
	uint32_t content = json_get(doc, 0, "content");
	int64_t index = 0;

	for (uint32_t i = said_items(doc, content); i;
	     i = json_next(doc, content, i))
		messages_block(s, doc, i, index++);
	said_model(s, doc, json_get(doc, 0, "model"));
	end_choice(s, doc, json_get(doc, 0, "stop_reason"), 0);
	said_usage(s, &messages_names, doc, json_get(doc, 0, "usage"));
	return json_is(doc, content, JSON_ARRAY) ? 0 : -1;
}

/* -- responses ------------------------------------------------------------- */

static void responses_texts(struct said *s, const struct json *doc,
			    uint32_t list, enum said_kind kind, int64_t index)
{
	for (uint32_t i = said_items(doc, list); i;
	     i = json_next(doc, list, i)) {
		said_add(s, kind, 0, index, doc, said_in(doc, i, "text"));
		said_add(s, SAID_REFUSAL, 0, index, doc,
			 said_in(doc, i, "refusal"));
	}
}

/* One item of the output. Of those that pieces follow for, `texts` is false:
 * then only what names it is taken. */
static void responses_item(struct said *s, const struct json *doc,
			   uint32_t item, int64_t index, bool texts)
{
	uint32_t type = said_in(doc, item, "type");
	struct said_part *p;

	if (json_string_is(doc, type, "function_call") ||
	    json_string_is(doc, type, "custom_tool_call")) {
		p = said_part(s, SAID_TOOL, 0, index);
		said_name(s, p, doc, said_in(doc, item, "call_id"),
			  said_in(doc, item, "name"));
		if (!texts)
			return;
		said_add(s, SAID_TOOL, 0, index, doc,
			 said_in(doc, item, "arguments"));
		said_add(s, SAID_TOOL, 0, index, doc,
			 said_in(doc, item, "input"));
		return;
	}
	if (texts)
		said_add(s, SAID_PROOF, 0, index, doc,
			 said_in(doc, item, "encrypted_content"));
	if (!json_string_is(doc, type, "message") &&
	    !json_string_is(doc, type, "reasoning"))
		said_other(s, doc, type);
	else if (texts && json_string_is(doc, type, "message"))
		responses_texts(s, doc, said_in(doc, item, "content"),
				SAID_TEXT, index);
	if (!texts || !json_string_is(doc, type, "reasoning"))
		return;
	responses_texts(s, doc, said_in(doc, item, "summary"),
			SAID_REASONING, index);
	responses_texts(s, doc, said_in(doc, item, "content"),
			SAID_REASONING, index);
}

static bool has_tool(const struct said *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->part[i].kind == SAID_TOOL)
			return true;
	return false;
}

static void responses_end(struct said *s, const struct json *doc,
			  uint32_t response)
{
	uint32_t status = json_get(doc, response, "status");
	uint32_t why = json_get(doc, response, "incomplete_details");

	said_model(s, doc, json_get(doc, response, "model"));
	said_usage(s, &responses_names, doc,
		   json_get(doc, response, "usage"));
	why = said_in(doc, why, "reason");
	s->ended = 1;
	if (json_string_is(doc, status, "incomplete")) {
		said_reason(s, doc, why);
		s->finish = why ? meaning(json_inner(doc, why)) : "length";
	} else {
		said_reason(s, doc, status);
		s->finish = has_tool(s) ? "tools" : "stop";
	}
}

int said_responses_whole(struct said *s, const struct json *doc,
			 uint32_t response)
{
	uint32_t output = json_get(doc, response, "output");
	int64_t index = 0;

	for (uint32_t i = said_items(doc, output); i;
	     i = json_next(doc, output, i))
		responses_item(s, doc, i, index++, true);
	responses_end(s, doc, response);
	return json_is(doc, output, JSON_ARRAY) ? 0 : -1;
}

/* The pieces of texts, by the event's type. */
static const struct {
	const char *type;
	enum said_kind kind;
} pieces[] = {
	{ "response.output_text.delta", SAID_TEXT },
	{ "response.refusal.delta", SAID_REFUSAL },
	{ "response.function_call_arguments.delta", SAID_TOOL },
	{ "response.custom_tool_call_input.delta", SAID_TOOL },
	{ "response.reasoning_summary_text.delta", SAID_REASONING },
	{ "response.reasoning_text.delta", SAID_REASONING },
};

static void responses_last(struct said *s, const struct json *doc,
			   uint32_t response)
{
	struct said *last = arena_zalloc(s->a, sizeof(*last));

	last->a = s->a;
	last->shape = s->shape;
	last->how = SAID_WHOLE;
	last->model = STR("");
	buf_init(&last->reasons, s->a);
	buf_init(&last->others, s->a);
	for (int i = 0; i < SAID_BUCKETS; i++)
		last->usage[i] = -1;
	said_responses_whole(last, doc, response);
	responses_end(s, doc, response);
	s->last = last;
	s->how = SAID_WHOLE;
}

void said_responses_event(struct said *s, const struct json *doc)
{
	struct str type = json_inner(doc, json_get(doc, 0, "type"));
	uint32_t response = json_get(doc, 0, "response");
	int64_t index = 0;

	json_int(doc, json_get(doc, 0, "output_index"), &index);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		if (str_is(type, pieces[i].type))
			said_add(s, pieces[i].kind, 0, index, doc,
				 json_get(doc, 0, "delta"));
	if (str_is(type, "response.function_call_arguments.done") &&
	    !said_part(s, SAID_TOOL, 0, index)->text.n) /* in one piece */
		said_add(s, SAID_TOOL, 0, index, doc,
			 json_get(doc, 0, "arguments"));
	else if (str_is(type, "response.output_item.added"))
		responses_item(s, doc, json_get(doc, 0, "item"), index,
			       false);
	else if (str_is(type, "response.output_item.done"))
		said_add(s, SAID_PROOF, 0, index, doc,
			 said_in(doc, json_get(doc, 0, "item"),
				 "encrypted_content"));
	else if (str_is(type, "error") || str_is(type, "response.failed") ||
		 str_is(type, "response.cancelled"))
		s->how = SAID_FAILED;
	else if (str_is(type, "response.completed") ||
		 str_is(type, "response.incomplete"))
		responses_last(s, doc, response);
}
