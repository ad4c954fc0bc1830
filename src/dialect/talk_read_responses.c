#include "dialect/talk_read.h"

/* Tools. */

static const struct talk_row tool_rows[] = {
	TALK_ROW_TYPE,
	{ "name", TALK_STRING, TALK_AT(name) },
	{ "description", TALK_STRING, TALK_AT(description) },
	{ "parameters", TALK_OBJECT, TALK_AT(schema) },
	{ "strict", TALK_BOOL, TALK_AT(strict) },
};
static const struct talk_row choice_rows[] = {
	TALK_ROW_TYPE, { "name", TALK_STRING, TALK_AT(name) },
};
static const struct talk_type tool = {
	"function", tool_rows, COUNT_OF(tool_rows), talk_read_tool
};
static const struct talk_type choice = {
	"function", choice_rows, COUNT_OF(choice_rows), talk_read_named
};

/* Output and reasoning. */

static const struct talk_row type_rows[] = { TALK_ROW_TYPE };
static const struct talk_row schema_rows[] = {
	TALK_ROW_TYPE,
	{ "name", TALK_STRING, TALK_AT(name) },
	{ "description", TALK_STRING, TALK_AT(description) },
	{ "schema", TALK_OBJECT, TALK_AT(schema) },
	{ "strict", TALK_BOOL, TALK_AT(strict) },
};
static const struct talk_type formats[] = {
	{ "text", type_rows, COUNT_OF(type_rows), talk_read_plain },
	{ "json_object", type_rows, COUNT_OF(type_rows), talk_read_json },
	{ "json_schema", schema_rows, COUNT_OF(schema_rows), talk_read_schema },
};

static int text_config_read(struct talk_reader *r)
{
	static const struct talk_row rows[] = {
		{ "format", TALK_OBJECT, TALK_TOP(format) },
		{ "verbosity", TALK_STRING, TALK_SET(TALK_VERBOSITY) },
	};

	if (!r->top.text)
		return 0;
	if (talk_take(r, r->top.text, rows, COUNT_OF(rows), r) < 0)
		return -1;
	return talk_read_format(r, formats, COUNT_OF(formats));
}

/* summary says how much of the reasoning is shown, not what is answered;
 * generate_summary is its old name. */
static int reasoning_config_read(struct talk_reader *r)
{
	static const struct talk_row rows[] = {
		{ "effort", TALK_STRING, TALK_TOP(effort) },
		{ "summary", TALK_STRING, TALK_TOP(summary) },
		{ "generate_summary", TALK_STRING, TALK_TOP(summary) },
	};

	if (!r->top.reasoning)
		return 0;
	if (talk_take(r, r->top.reasoning, rows, COUNT_OF(rows), r) < 0)
		return -1;
	r->t.summary = r->top.summary != 0;
	return talk_read_effort(r, r->top.effort);
}

/* larder hands out what proves reasoning to its maker without being asked;
 * other things one can ask for are parts of answers no other API gives. */
static int include_read(struct talk_reader *r)
{
	uint32_t list = r->top.include, i;

	if (!list)
		return 0;
	for (i = json_first(r->t.doc, list); i;
	     i = json_next(r->t.doc, list, i)) {
		if (!json_is(r->t.doc, i, JSON_STRING))
			return talk_wrong(&r->t, i, "a string");
		if (!json_string_is(r->t.doc, i,
				    "reasoning.encrypted_content") &&
		    talk_lose(&r->t, i, "its answers have no such part") < 0)
			return -1;
	}
	return 0;
}

/* A request for an answer later cannot be answered now. */
static int background_read(struct talk_reader *r)
{
	uint32_t v = r->top.background;

	return json_bool(r->t.doc, v, false)
		? talk_refuse(&r->t, v, "no other API answers later") : 0;
}

/*
 * The request. What is idle: the caller's business (model, stream, cache)
 * and how long a prompt cache lives.
 */
static const struct talk_row rows[] = {
	TALK_ROWS_CALLER,
	{ "prompt_cache_retention", TALK_ANY, TALK_IDLE },
	{ "previous_response_id", TALK_ANY, TALK_STATE },
	{ "conversation", TALK_ANY, TALK_STATE },
	{ "prompt", TALK_ANY, TALK_STATE },
	{ "background", TALK_BOOL, TALK_TOP(background) },
	{ "input", TALK_STRING | TALK_ARRAY, TALK_TOP(turns) },
	{ "instructions", TALK_STRING, TALK_TOP(system) },
	{ "tools", TALK_ARRAY, TALK_TOP(tools) },
	{ "tool_choice", TALK_STRING | TALK_OBJECT, TALK_TOP(choice) },
	{ "parallel_tool_calls", TALK_BOOL, TALK_TOP(parallel) },
	{ "text", TALK_OBJECT, TALK_TOP(text) },
	{ "reasoning", TALK_OBJECT, TALK_TOP(reasoning) },
	{ "include", TALK_ARRAY, TALK_TOP(include) },
	{ "temperature", TALK_NUMBER, TALK_SET(TALK_TEMPERATURE) },
	{ "top_p", TALK_NUMBER, TALK_SET(TALK_TOP_P) },
	{ "max_output_tokens", TALK_NUMBER, TALK_SET(TALK_MAX_TOKENS) },
	{ "top_logprobs", TALK_NUMBER, TALK_SET(TALK_TOP_LOGPROBS) },
	{ "truncation", TALK_STRING, TALK_SET(TALK_TRUNCATION) },
	{ "store", TALK_BOOL, TALK_SET(TALK_STORE) },
	{ "user", TALK_STRING, TALK_SET(TALK_USER) },
	{ "safety_identifier", TALK_STRING, TALK_SET(TALK_SAFETY_ID) },
	{ "metadata", TALK_OBJECT, TALK_SET(TALK_METADATA) },
	{ "prompt_cache_key", TALK_STRING, TALK_SET(TALK_CACHE_KEY) },
	{ "service_tier", TALK_STRING, TALK_SET(TALK_TIER) },
};

int talk_read_responses(struct talk_reader *r)
{
	if (talk_take(r, 0, rows, COUNT_OF(rows), r) < 0 ||
	    talk_need(r, 0, r->top.turns, "input") < 0 ||
	    background_read(r) < 0 || talk_read_items(r) < 0 ||
	    talk_read_tools(r, &tool, &choice) < 0 ||
	    text_config_read(r) < 0 || include_read(r) < 0)
		return -1;
	return reasoning_config_read(r);
}
