#include "dialect/talk_write.h"

#include <inttypes.h>

/* The least budget there is for thinking. */
#define BUDGET_MIN 1024

/* Tools. */

/* A schema says there that it is one of an object. */
static void schema_write(const struct talk *t, struct buf *out, uint32_t schema)
{
	struct str inside = json_span(t->doc, schema);

	if (schema && json_get(t->doc, schema, "type")) {
		talk_token(t, out, "input_schema", schema);
		return;
	}
	talk_name(out, "input_schema");
	buf_puts(out, "{\"type\":\"object\"");
	if (schema && json_first(t->doc, schema)) {
		buf_putc(out, ',');
		buf_str(out, str_from(inside, 1));
	} else {
		buf_putc(out, '}');
	}
}

static void choice_write(const struct talk *t, struct buf *out)
{
	static const char *const types[] = {
		[TALK_CHOOSE_UNSAID] = "auto",
		[TALK_CHOOSE_AUTO] = "auto",
		[TALK_CHOOSE_NONE] = "none",
		[TALK_CHOOSE_ANY] = "any",
		[TALK_CHOOSE_NAMED] = "tool",
	};
	bool serial = t->serial && t->choice != TALK_CHOOSE_NONE;

	if (!t->ntool && !talk_must_call(t))
		return;
	if (t->choice == TALK_CHOOSE_UNSAID && !serial)
		return;
	talk_name(out, "tool_choice");
	buf_printf(out, "{\"type\":\"%s\"", types[t->choice]);
	talk_token(t, out, "name", t->choice_name);
	if (serial)
		talk_value(out, "disable_parallel_tool_use", STR("true"));
	buf_putc(out, '}');
}

static void tool_write(const struct talk *t, struct buf *out,
		       const struct talk_tool *tool)
{
	buf_putc(out, '{');
	talk_token(t, out, "name", tool->name);
	talk_token(t, out, "description", tool->description);
	schema_write(t, out, tool->schema);
	if (json_bool(t->doc, tool->strict, false))
		talk_value(out, "strict", STR("true"));
	buf_putc(out, '}');
}

/* Thinking and how much is written. */

/*
 * Claude before 4.6 thinks within a budget and later ones as much as their
 * effort has it; neither takes the other's word. The list of the former will
 * not grow. Other makers' servers know the budget.
 */
static bool has_budget(struct str model)
{
	static const char *const old[] = {
		"claude-3", "claude-opus-4-0", "claude-opus-4-1",
		"claude-opus-4-2", "claude-opus-4-5", "claude-opus-4.1",
		"claude-opus-4.5", "claude-sonnet-4-0", "claude-sonnet-4-2",
		"claude-sonnet-4-5", "claude-sonnet-4.5", "claude-haiku-4-5",
		"claude-haiku-4.5", "claude-opus-4@", "claude-sonnet-4@",
	};
	size_t i;

	for (i = 0; i < COUNT_OF(old); i++) {
		if (memmem(model.p, model.n, old[i], strlen(old[i])))
			return true;
	}
	return !memmem(model.p, model.n, "claude-", 7);
}

/* How the upstream's model is to think. */
struct thinking {
	bool budgeted; /* it thinks within a budget */
	bool bare;     /* see talk_put_messages */
	bool asked;    /* and can be had */
	bool on;       /* and the limit leaves room for it */
};

/* What cannot be had together with thinking makes it go. */
static int thinking_settle(const struct talk *t, struct thinking *th)
{
	th->budgeted = has_budget(t->q->model);
	th->asked = talk_reasons(t) && !talk_must_call(t);
	if (th->asked || !talk_reasons(t))
		return 0;
	return talk_lose(t, t->effort_tok,
			 "its models do not reason when they must call a "
			 "tool");
}

/*
 * What may be spent on thinking, of max tokens in all; 0 for nothing. Room
 * for an answer is left, and a limit nobody asked for is lifted. Clients that
 * do not hand thinking back get a round of calls without: it would be
 * refused.
 */
static int budget_fit(const struct talk *t, const struct thinking *th,
		      int64_t *max, int64_t *budget_r)
{
	int64_t budget = talk_budget(t->effort);

	*budget_r = 0;
	if (th->bare) {
		talk_note(t, t->effort_tok);
		return 0;
	}
	if (!talk_limit(t)) {
		*max += *max <= budget ? budget : 0;
	} else if (*max <= BUDGET_MIN) {
		return talk_lose(t, t->effort_tok,
				 "reasoning takes 1024 tokens, which the "
				 "limit on tokens does not leave");
	} else if (budget >= *max) {
		budget = *max / 2 < BUDGET_MIN ? BUDGET_MIN : *max / 2;
	}
	*budget_r = budget;
	return 0;
}

static int limit_read(const struct talk *t, int64_t *max_r)
{
	uint32_t v = talk_limit(t);

	*max_r = t->q->max_tokens;
	if (v && !json_int(t->doc, v, max_r))
		return talk_wrong(t, v, "a whole number");
	return 0;
}

/* ,"max_tokens":N and ,"thinking":{...} */
static int limits_write(const struct talk *t, struct buf *out,
			struct thinking *th)
{
	int64_t max, budget = 0;

	if (limit_read(t, &max) < 0 || thinking_settle(t, th) < 0)
		return -1;
	if (th->asked && th->budgeted && budget_fit(t, th, &max, &budget) < 0)
		return -1;
	talk_name(out, "max_tokens");
	buf_printf(out, "%" PRId64, max);
	th->on = th->asked && (!th->budgeted || budget);
	if (!th->on)
		return 0;
	talk_name(out, "thinking");
	if (th->budgeted)
		buf_printf(out, "{\"type\":\"enabled\",\"budget_tokens\":%"
			   PRId64 "}", budget);
	else
		buf_printf(out, "{\"type\":\"adaptive\"%s}",
			   t->summary ? ",\"display\":\"summarized\"" : "");
	return 0;
}

/* JSON without a schema cannot be asked for. A schema is always kept to
 * there, and its name is but a label. */
static int output_lose(const struct talk *t)
{
	if (t->format == TALK_FORMAT_JSON &&
	    talk_lose(t, t->format_tok, "JSON is had there only by a "
					"schema") < 0)
		return -1;
	if (!t->schema_about)
		return 0;
	return talk_lose(t, t->schema_about, "its schemas are not described");
}

static void output_write(const struct talk *t, struct buf *out,
			 const struct thinking *th)
{
	bool effort = th->asked && !th->budgeted;

	if (!effort && t->format != TALK_FORMAT_SCHEMA)
		return;
	talk_name(out, "output_config");
	buf_putc(out, '{');
	if (effort)
		talk_string(out, "effort",
			    str_c(talk_effort_name(t->effort,
						   SHAPE_MESSAGES)));
	if (t->format == TALK_FORMAT_SCHEMA) {
		talk_name(out, "format");
		buf_puts(out, "{\"type\":\"json_schema\"");
		talk_token(t, out, "schema", t->schema);
		buf_putc(out, '}');
	}
	buf_putc(out, '}');
}

/* The rest. */

/* 0 to 1 there, 0 to 2 elsewhere; and 1 for those who think. */
static int temperature_write(const struct talk *t, struct buf *out,
			     bool thinks)
{
	uint32_t v = t->set[TALK_TEMPERATURE];
	double x;

	if (!json_double(t->doc, v, &x))
		return 0;
	if (thinks)
		return x == 1 ? 0 : talk_lose(t, v, "its models reason at a "
						    "temperature of 1");
	if (x <= 1) {
		talk_token(t, out, "temperature", v);
		return 0;
	}
	if (talk_lose(t, v, "its temperatures end at 1") < 0)
		return -1;
	talk_value(out, "temperature", STR("1"));
	return 0;
}

static int stop_add(const struct talk *t, struct buf *out, uint32_t v)
{
	if (!json_is(t->doc, v, JSON_STRING))
		return talk_wrong(t, v, "a string");
	if (talk_is_blank(json_inner(t->doc, v)))
		return talk_lose(t, v, "it does not stop at white space");
	talk_comma(out);
	buf_str(out, json_span(t->doc, v));
	return 0;
}

static int stop_write(const struct talk *t, struct buf *out)
{
	uint32_t v = t->set[TALK_STOP], i;

	if (!v || (json_is(t->doc, v, JSON_ARRAY) && !json_first(t->doc, v)))
		return 0;
	talk_name(out, "stop_sequences");
	buf_putc(out, '[');
	if (json_is(t->doc, v, JSON_STRING) && stop_add(t, out, v) < 0)
		return -1;
	for (i = json_first(t->doc, v); i; i = json_next(t->doc, v, i)) {
		if (stop_add(t, out, i) < 0)
			return -1;
	}
	buf_putc(out, ']');
	return 0;
}

static void user_write(const struct talk *t, struct buf *out)
{
	uint32_t user = t->set[TALK_SAFETY_ID] ? t->set[TALK_SAFETY_ID]
					       : t->set[TALK_USER];

	if (!user)
		return;
	talk_name(out, "metadata");
	buf_putc(out, '{');
	talk_token(t, out, "user_id", user);
	buf_putc(out, '}');
}

/* Without a name: written above, or labels and prices that no answer depends
 * on. */
static const struct talk_word words[] = {
	{ TALK_TOP_P, "top_p" },
	{ TALK_TOP_K, "top_k" },
	{ TALK_TEMPERATURE, NULL },
	{ TALK_MAX_TOKENS, NULL },
	{ TALK_MAX_ALL, NULL },
	{ TALK_STOP, NULL },
	{ TALK_USER, NULL },
	{ TALK_SAFETY_ID, NULL },
	{ TALK_METADATA, NULL },
	{ TALK_CACHE_KEY, NULL },
	{ TALK_TIER, NULL },
};

int talk_write_messages(const struct talk *t, struct buf *out)
{
	struct thinking th = { .bare = false };

	buf_putc(out, '{');
	talk_name(out, "model");
	buf_json(out, t->q->model);
	if (talk_put_system(t, out) < 0 ||
	    talk_put_messages(t, out, &th.bare) < 0)
		return -1;
	talk_put_tools(t, out, tool_write);
	choice_write(t, out);
	if (limits_write(t, out, &th) < 0 || output_lose(t) < 0)
		return -1;
	output_write(t, out, &th);
	if (temperature_write(t, out, th.on) < 0 || stop_write(t, out) < 0)
		return -1;
	user_write(t, out);
	if (talk_settings(t, out, words, COUNT_OF(words)) < 0)
		return -1;
	if (t->q->stream)
		talk_value(out, "stream", STR("true"));
	buf_putc(out, '}');
	return 0;
}
