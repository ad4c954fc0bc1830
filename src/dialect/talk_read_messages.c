#include "dialect/talk_read.h"

/* Tools. Those with another type than custom are the provider's own. */

static int tool_read(struct talk_reader *r, uint32_t tool)
{
	static const struct talk_row rows[] = {
		TALK_ROW_TYPE, TALK_ROW_CACHE,
		{ "name", TALK_STRING, TALK_AT(name) },
		{ "description", TALK_STRING, TALK_AT(description) },
		{ "input_schema", TALK_OBJECT, TALK_AT(schema) },
		{ "strict", TALK_BOOL, TALK_AT(strict) },
		{ "eager_input_streaming", TALK_BOOL, TALK_IDLE },
	};
	struct talk_got g = { .self = tool };
	uint32_t type;

	if (!json_is(r->t.doc, tool, JSON_OBJECT))
		return talk_wrong(&r->t, tool, "an object");
	type = json_get(r->t.doc, tool, "type");
	if (json_is(r->t.doc, type, JSON_STRING) &&
	    !json_string_is(r->t.doc, type, "custom"))
		return talk_typed(r, tool, NULL, 0, NULL);
	if (talk_take(r, tool, rows, COUNT_OF(rows), &g) < 0 ||
	    talk_read_tool(r, NULL, &g) < 0)
		return -1;
	return talk_need(r, tool, g.schema, "input_schema");
}

static int tools_read(struct talk_reader *r)
{
	uint32_t list = r->top.tools, i;

	if (!list)
		return 0;
	talk_tools(r, list);
	for (i = json_first(r->t.doc, list); i;
	     i = json_next(r->t.doc, list, i)) {
		if (tool_read(r, i) < 0)
			return -1;
	}
	return 0;
}

static int choose(struct talk_reader *r, const struct talk_got *g,
		  enum talk_choice choice)
{
	r->t.choice = choice;
	r->t.parallel_tok = g->serial;
	r->t.serial = json_bool(r->t.doc, g->serial, false);
	return 0;
}

static int choose_auto(struct talk_reader *r, struct talk_list *to,
		       const struct talk_got *g)
{
	(void)to;
	return choose(r, g, TALK_CHOOSE_AUTO);
}

static int choose_any(struct talk_reader *r, struct talk_list *to,
		      const struct talk_got *g)
{
	(void)to;
	return choose(r, g, TALK_CHOOSE_ANY);
}

static int choose_none(struct talk_reader *r, struct talk_list *to,
		       const struct talk_got *g)
{
	(void)to;
	return choose(r, g, TALK_CHOOSE_NONE);
}

static int choose_tool(struct talk_reader *r, struct talk_list *to,
		       const struct talk_got *g)
{
	if (talk_read_named(r, to, g) < 0)
		return -1;
	return choose(r, g, TALK_CHOOSE_NAMED);
}

#define SERIAL_ROW \
	{ "disable_parallel_tool_use", TALK_BOOL, TALK_AT(serial) }

static const struct talk_row choice_rows[] = { TALK_ROW_TYPE, SERIAL_ROW };
static const struct talk_row named_rows[] = {
	TALK_ROW_TYPE, SERIAL_ROW, { "name", TALK_STRING, TALK_AT(name) },
};
static const struct talk_type choices[] = {
	{ "auto", choice_rows, COUNT_OF(choice_rows), choose_auto },
	{ "any", choice_rows, COUNT_OF(choice_rows), choose_any },
	{ "none", choice_rows, COUNT_OF(choice_rows), choose_none },
	{ "tool", named_rows, COUNT_OF(named_rows), choose_tool },
};

/* Output and thinking. */

static int schema_read(struct talk_reader *r, struct talk_list *to,
		       const struct talk_got *g)
{
	r->t.schema_bound = true;
	return talk_read_schema(r, to, g);
}

static const struct talk_row schema_rows[] = {
	TALK_ROW_TYPE, { "schema", TALK_OBJECT, TALK_AT(schema) },
};
static const struct talk_type formats[] = {
	{ "json_schema", schema_rows, COUNT_OF(schema_rows), schema_read },
};

static int think(struct talk_reader *r, const struct talk_got *g,
		 enum talk_effort effort)
{
	r->t.effort = effort;
	r->t.effort_tok = g->self;
	r->t.summary = !json_string_is(r->t.doc, g->display, "omitted");
	return 0;
}

static int think_enabled(struct talk_reader *r, struct talk_list *to,
			 const struct talk_got *g)
{
	int64_t tokens;

	(void)to;
	if (talk_need(r, g->self, g->budget, "budget_tokens") < 0)
		return -1;
	if (!json_int(r->t.doc, g->budget, &tokens))
		return talk_wrong(&r->t, g->budget, "a whole number");
	return think(r, g, talk_effort_of_budget(tokens));
}

/* Without an effort it is high: so it says in Anthropic's reference. */
static int think_adaptive(struct talk_reader *r, struct talk_list *to,
			  const struct talk_got *g)
{
	(void)to;
	return think(r, g, TALK_EFFORT_HIGH);
}

#define DISPLAY_ROW { "display", TALK_STRING, TALK_AT(display) }

static const struct talk_row enabled_rows[] = {
	TALK_ROW_TYPE, DISPLAY_ROW,
	{ "budget_tokens", TALK_NUMBER, TALK_AT(budget) },
};
static const struct talk_row adaptive_rows[] = { TALK_ROW_TYPE, DISPLAY_ROW };

/* disabled is how it is without: other APIs are not told either. */
static const struct talk_type thinkings[] = {
	{ "enabled", enabled_rows, COUNT_OF(enabled_rows), think_enabled },
	{ "adaptive", adaptive_rows, COUNT_OF(adaptive_rows),
	  think_adaptive },
	{ "disabled", adaptive_rows, COUNT_OF(adaptive_rows),
	  talk_read_plain },
};

static int output_read(struct talk_reader *r)
{
	static const struct talk_row rows[] = {
		{ "effort", TALK_STRING, TALK_TOP(effort) },
		{ "format", TALK_OBJECT, TALK_TOP(format) },
	};

	if (r->top.thinking &&
	    talk_typed(r, r->top.thinking, thinkings, COUNT_OF(thinkings),
		       NULL) < 0)
		return -1;
	if (r->top.output &&
	    talk_take(r, r->top.output, rows, COUNT_OF(rows), r) < 0)
		return -1;
	if (talk_read_format(r, formats, COUNT_OF(formats)) < 0)
		return -1;
	return talk_read_effort(r, r->top.effort);
}

static int metadata_read(struct talk_reader *r)
{
	static const struct talk_row rows[] = {
		{ "user_id", TALK_STRING, TALK_SET(TALK_USER) },
	};

	return r->top.metadata ? talk_take(r, r->top.metadata, rows,
					   COUNT_OF(rows), r)
			       : 0;
}

/*
 * The request. What is idle: the caller's business (model, stream, cache),
 * marks for the prompt cache, and what class of service is paid for.
 * output_format is what output_config.format was called in its beta.
 */
static const struct talk_row rows[] = {
	TALK_ROWS_CALLER,
	TALK_ROW_CACHE,
	{ "service_tier", TALK_ANY, TALK_IDLE },
	{ "messages", TALK_ARRAY, TALK_TOP(turns) },
	{ "system", TALK_STRING | TALK_ARRAY, TALK_TOP(system) },
	{ "tools", TALK_ARRAY, TALK_TOP(tools) },
	{ "tool_choice", TALK_OBJECT, TALK_TOP(choice) },
	{ "thinking", TALK_OBJECT, TALK_TOP(thinking) },
	{ "output_config", TALK_OBJECT, TALK_TOP(output) },
	{ "output_format", TALK_OBJECT, TALK_TOP(format) },
	{ "metadata", TALK_OBJECT, TALK_TOP(metadata) },
	{ "max_tokens", TALK_NUMBER, TALK_SET(TALK_MAX_TOKENS) },
	{ "temperature", TALK_NUMBER, TALK_SET(TALK_TEMPERATURE) },
	{ "top_p", TALK_NUMBER, TALK_SET(TALK_TOP_P) },
	{ "top_k", TALK_NUMBER, TALK_SET(TALK_TOP_K) },
	{ "stop_sequences", TALK_ARRAY, TALK_SET(TALK_STOP) },
};

int talk_read_messages(struct talk_reader *r)
{
	if (talk_take(r, 0, rows, COUNT_OF(rows), r) < 0 ||
	    talk_need(r, 0, r->top.turns, "messages") < 0 ||
	    talk_read_blocks(r) < 0 || tools_read(r) < 0)
		return -1;
	if (r->top.choice &&
	    talk_typed(r, r->top.choice, choices, COUNT_OF(choices), NULL) < 0)
		return -1;
	return output_read(r) < 0 ? -1 : metadata_read(r);
}
