#include "dialect/talk_read.h"

/* Tools. */

static int tool_read(struct talk_reader *r, struct talk_list *to,
		     const struct talk_got *g)
{
	static const struct talk_row rows[] = {
		{ "name", TALK_STRING, TALK_AT(name) },
		{ "description", TALK_STRING, TALK_AT(description) },
		{ "parameters", TALK_OBJECT, TALK_AT(schema) },
		{ "strict", TALK_BOOL, TALK_AT(strict) },
	};
	struct talk_got in;

	if (talk_inside(r, g, g->function, "function", rows, COUNT_OF(rows),
			&in) < 0)
		return -1;
	return talk_read_tool(r, to, &in);
}

static int choice_read(struct talk_reader *r, struct talk_list *to,
		       const struct talk_got *g)
{
	static const struct talk_row rows[] = {
		{ "name", TALK_STRING, TALK_AT(name) },
	};
	struct talk_got in;

	if (talk_inside(r, g, g->function, "function", rows, COUNT_OF(rows),
			&in) < 0)
		return -1;
	return talk_read_named(r, to, &in);
}

static const struct talk_row tool_rows[] = {
	TALK_ROW_TYPE, TALK_ROW_CACHE,
	{ "function", TALK_OBJECT, TALK_AT(function) },
};
static const struct talk_row choice_rows[] = {
	TALK_ROW_TYPE, { "function", TALK_OBJECT, TALK_AT(function) },
};
static const struct talk_type tool = {
	"function", tool_rows, COUNT_OF(tool_rows), tool_read
};
static const struct talk_type choice = {
	"function", choice_rows, COUNT_OF(choice_rows), choice_read
};

/* Output. */

static int schema_read(struct talk_reader *r, struct talk_list *to,
		       const struct talk_got *g)
{
	static const struct talk_row rows[] = {
		{ "name", TALK_STRING, TALK_AT(name) },
		{ "description", TALK_STRING, TALK_AT(description) },
		{ "schema", TALK_OBJECT, TALK_AT(schema) },
		{ "strict", TALK_BOOL, TALK_AT(strict) },
	};
	struct talk_got in;

	if (talk_inside(r, g, g->schema, "json_schema", rows, COUNT_OF(rows),
			&in) < 0)
		return -1;
	return talk_read_schema(r, to, &in);
}

static const struct talk_row schema_rows[] = {
	TALK_ROW_TYPE, { "json_schema", TALK_OBJECT, TALK_AT(schema) },
};
static const struct talk_row type_rows[] = { TALK_ROW_TYPE };

static const struct talk_type formats[] = {
	{ "text", type_rows, COUNT_OF(type_rows), talk_read_plain },
	{ "json_object", type_rows, COUNT_OF(type_rows), talk_read_json },
	{ "json_schema", schema_rows, COUNT_OF(schema_rows), schema_read },
};

/*
 * The request. What is idle: the caller's business (model, stream, cache),
 * hints for speed (prediction) and how long a prompt cache lives.
 */
static const struct talk_row rows[] = {
	TALK_ROWS_CALLER,
	{ "prediction", TALK_ANY, TALK_IDLE },
	{ "prompt_cache_retention", TALK_ANY, TALK_IDLE },
	{ "messages", TALK_ARRAY, TALK_TOP(turns) },
	{ "tools", TALK_ARRAY, TALK_TOP(tools) },
	{ "tool_choice", TALK_STRING | TALK_OBJECT, TALK_TOP(choice) },
	{ "parallel_tool_calls", TALK_BOOL, TALK_TOP(parallel) },
	{ "response_format", TALK_OBJECT, TALK_TOP(format) },
	{ "reasoning_effort", TALK_STRING, TALK_TOP(effort) },
	{ "temperature", TALK_NUMBER, TALK_SET(TALK_TEMPERATURE) },
	{ "top_p", TALK_NUMBER, TALK_SET(TALK_TOP_P) },
	{ "top_k", TALK_NUMBER, TALK_SET(TALK_TOP_K) }, /* vLLM's, Ollama's */
	{ "max_tokens", TALK_NUMBER, TALK_SET(TALK_MAX_TOKENS) },
	{ "max_completion_tokens", TALK_NUMBER, TALK_SET(TALK_MAX_ALL) },
	{ "stop", TALK_STRING | TALK_ARRAY, TALK_SET(TALK_STOP) },
	{ "seed", TALK_NUMBER, TALK_SET(TALK_SEED) },
	{ "n", TALK_NUMBER, TALK_SET(TALK_N) },
	{ "logprobs", TALK_BOOL, TALK_SET(TALK_LOGPROBS) },
	{ "top_logprobs", TALK_NUMBER, TALK_SET(TALK_TOP_LOGPROBS) },
	{ "logit_bias", TALK_OBJECT, TALK_SET(TALK_LOGIT_BIAS) },
	{ "frequency_penalty", TALK_NUMBER, TALK_SET(TALK_FREQUENCY_PENALTY) },
	{ "presence_penalty", TALK_NUMBER, TALK_SET(TALK_PRESENCE_PENALTY) },
	{ "modalities", TALK_ARRAY, TALK_SET(TALK_MODALITIES) },
	{ "verbosity", TALK_STRING, TALK_SET(TALK_VERBOSITY) },
	{ "store", TALK_BOOL, TALK_SET(TALK_STORE) },
	{ "user", TALK_STRING, TALK_SET(TALK_USER) },
	{ "safety_identifier", TALK_STRING, TALK_SET(TALK_SAFETY_ID) },
	{ "metadata", TALK_OBJECT, TALK_SET(TALK_METADATA) },
	{ "prompt_cache_key", TALK_STRING, TALK_SET(TALK_CACHE_KEY) },
	{ "service_tier", TALK_STRING, TALK_SET(TALK_TIER) },
};

int talk_read_chat(struct talk_reader *r)
{
	if (talk_take(r, 0, rows, COUNT_OF(rows), r) < 0 ||
	    talk_need(r, 0, r->top.turns, "messages") < 0)
		return -1;
	if (talk_read_parts(r) < 0 ||
	    talk_read_tools(r, &tool, &choice) < 0 ||
	    talk_read_effort(r, r->top.effort) < 0)
		return -1;
	return talk_read_format(r, formats, COUNT_OF(formats));
}
