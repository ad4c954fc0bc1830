#include "dialect/talk_write.h"

/*
 * Plain forms, which servers other than OpenAI's understand as well: content
 * that is text is one string, and system text has the role system, which
 * OpenAI's reasoning models take for developer.
 */

/* At most so many stop sequences. */
#define STOP_MAX 4

static int image_write(const struct talk *t, struct buf *out,
		       const struct talk_part *p)
{
	buf_puts(out, "{\"type\":\"image_url\",\"image_url\":{");
	talk_url(out, "url", p);
	talk_token(t, out, "detail", p->value);
	buf_puts(out, "}}");
	return 0;
}

static int file_write(const struct talk *t, struct buf *out,
		      const struct talk_part *p)
{
	(void)t;
	buf_puts(out, "{\"type\":\"file\",\"file\":{");
	talk_filename(out, p);
	talk_url(out, "file_data", p);
	buf_puts(out, "}}");
	return 0;
}

static void text_write(struct buf *out, struct str text)
{
	buf_puts(out, "{\"type\":\"text\"");
	talk_string(out, "text", text);
	buf_putc(out, '}');
}

static int part_write(const struct talk *t, struct buf *out,
		      const struct talk_part *p)
{
	if (p->kind == TALK_FILE && p->url.p)
		return talk_lose(t, p->tok, "chat completions take files "
					    "only as data");
	talk_comma(out);
	switch (p->kind) {
	case TALK_IMAGE:
		return image_write(t, out, p);
	case TALK_FILE:
		return file_write(t, out, p);
	case TALK_AUDIO:
		buf_puts(out, "{\"type\":\"input_audio\"");
		talk_token(t, out, "input_audio", p->value);
		buf_putc(out, '}');
		return 0;
	case TALK_PLAIN:
		text_write(out, talk_plain(t, p));
		return 0;
	default:
		text_write(out, p->text);
		return 0;
	}
}

/* ,"content":... */
static int content_write(const struct talk *t, struct buf *out,
			 const struct talk_list *list, struct str glue)
{
	size_t i, at;

	if (talk_is_text(list)) {
		talk_join(out, "content", list, glue);
		return 0;
	}
	talk_name(out, "content");
	at = out->n;
	buf_putc(out, '[');
	for (i = 0; i < list->n; i++) {
		if (part_write(t, out, &list->part[i]) < 0)
			return -1;
	}
	if (out->n == at + 1) {
		out->n = at;
		buf_puts(out, "\"\"");
		return 0;
	}
	buf_putc(out, ']');
	return 0;
}

static int said_write(const struct talk *t, struct buf *out, const char *role,
		      const struct talk_list *list, struct str glue)
{
	talk_comma(out);
	buf_printf(out, "{\"role\":\"%s\"", role);
	if (content_write(t, out, list, glue) < 0)
		return -1;
	buf_putc(out, '}');
	return 0;
}

/* Results are text there; what else they hold is lost. */
static int result_write(const struct talk *t, struct buf *out,
			const struct talk_part *p)
{
	struct talk_list list = talk_outcome(t, p), text = { NULL, 0, 0 };
	struct talk_part *in;
	size_t i;

	for (i = 0; i < list.n; i++) {
		in = &list.part[i];
		if (in->kind != TALK_TEXT && in->kind != TALK_PLAIN) {
			if (talk_lose(t, in->tok, "a tool's result is text "
						  "in chat completions") < 0)
				return -1;
			continue;
		}
		talk_part(t, &text, TALK_TEXT, in->tok)->text =
			in->kind == TALK_PLAIN ? talk_plain(t, in) : in->text;
	}
	talk_comma(out);
	buf_puts(out, "{\"role\":\"tool\"");
	talk_string(out, "tool_call_id", p->id);
	talk_join(out, "content", &text, STR("\\n"));
	buf_putc(out, '}');
	return 0;
}

/* Results stand right behind the calls, whatever is said besides. */
static int user_write(const struct talk *t, struct buf *out,
		      const struct talk_turn *turn)
{
	struct talk_list results = talk_only(t, &turn->list, TALK_RESULT,
					     true);
	struct talk_list others;
	size_t i;

	for (i = 0; i < results.n; i++) {
		if (result_write(t, out, &results.part[i]) < 0)
			return -1;
	}
	others = talk_only(t, &turn->list, TALK_RESULT, false);
	if (results.n && !others.n)
		return 0;
	return said_write(t, out, "user", &others, STR("\\n"));
}

static void calls_write(const struct talk *t, struct buf *out,
			const struct talk_list *calls)
{
	const struct talk_part *p;
	size_t i;

	talk_name(out, "tool_calls");
	buf_putc(out, '[');
	for (i = 0; i < calls->n; i++) {
		p = &calls->part[i];
		talk_comma(out);
		buf_putc(out, '{');
		talk_string(out, "id", p->id);
		buf_puts(out, ",\"type\":\"function\",\"function\":{");
		talk_string(out, "name", p->name);
		talk_arguments(t, out, p);
		buf_puts(out, "}}");
	}
	buf_putc(out, ']');
}

/* What an assistant's message cannot hold. */
static int others_lose(const struct talk *t, const struct talk_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		switch (list->part[i].kind) {
		case TALK_IMAGE:
		case TALK_FILE:
		case TALK_PLAIN:
		case TALK_AUDIO:
			if (talk_lose(t, list->part[i].tok,
				      "an assistant's message is text "
				      "there") < 0)
				return -1;
			break;
		default:
			break;
		}
	}
	return 0;
}

/* The pieces of an answer's text are one text. Reasoning is another model's
 * private state, which no chat upstream asks to have back. */
static int assistant_write(const struct talk *t, struct buf *out,
			   const struct talk_turn *turn)
{
	struct talk_list text = talk_only(t, &turn->list, TALK_TEXT, true);
	struct talk_list calls = talk_only(t, &turn->list, TALK_CALL, true);
	struct talk_list refusal = talk_only(t, &turn->list, TALK_REFUSAL,
					     true);

	if (others_lose(t, &turn->list) < 0)
		return -1;
	if (!text.n && !calls.n && !refusal.n)
		return 0;
	talk_comma(out);
	buf_puts(out, "{\"role\":\"assistant\"");
	if (text.n)
		talk_join(out, "content", &text, STR(""));
	else
		talk_value(out, "content", STR("null"));
	if (refusal.n)
		talk_join(out, "refusal", &refusal, STR(""));
	if (calls.n)
		calls_write(t, out, &calls);
	buf_putc(out, '}');
	return 0;
}

static int turn_write(const struct talk *t, struct buf *out,
		      const struct talk_turn *turn)
{
	switch (turn->role) {
	case TALK_SYSTEM:
		return said_write(t, out, "system", &turn->list,
				  STR("\\n\\n"));
	case TALK_USER_TURN:
		return user_write(t, out, turn);
	default:
		return assistant_write(t, out, turn);
	}
}

static int messages_write(const struct talk *t, struct buf *out)
{
	size_t i, n;

	if (talk_turns(t, &n) < 0)
		return -1;
	talk_name(out, "messages");
	buf_putc(out, '[');
	for (i = 0; i < n; i++) {
		if (turn_write(t, out, &t->turn[i]) < 0)
			return -1;
	}
	buf_putc(out, ']');
	return 0;
}

static void named_write(const struct talk *t, struct buf *out)
{
	talk_name(out, "tool_choice");
	buf_puts(out, "{\"type\":\"function\",\"function\":{");
	talk_token(t, out, "name", t->choice_name);
	buf_puts(out, "}}");
}

static void tool_write(const struct talk *t, struct buf *out,
		       const struct talk_tool *tool)
{
	buf_puts(out, "{\"type\":\"function\",\"function\":{");
	talk_token(t, out, "name", tool->name);
	talk_token(t, out, "description", tool->description);
	talk_token(t, out, "parameters", tool->schema);
	talk_token(t, out, "strict", tool->strict);
	buf_puts(out, "}}");
}

static void format_write(const struct talk *t, struct buf *out)
{
	if (t->format == TALK_FORMAT_TEXT)
		return;
	talk_name(out, "response_format");
	if (t->format == TALK_FORMAT_JSON) {
		buf_puts(out, "{\"type\":\"json_object\"}");
		return;
	}
	buf_puts(out, "{\"type\":\"json_schema\",\"json_schema\":{");
	talk_put_schema(t, out);
	buf_puts(out, "}}");
}

/*
 * max_tokens is what every server knows; max_completion_tokens what OpenAI's
 * reasoning models insist on.
 */
static bool limits_all(const struct talk *t)
{
	static const char *const families[] = { "o1", "o3", "o4", "gpt-5" };
	struct str name = t->q->model;
	const char *slash = memrchr(name.p, '/', name.n);
	size_t i;

	if (slash)
		name = str_from(name, (size_t)(slash + 1 - name.p));
	for (i = 0; i < COUNT_OF(families); i++) {
		if (str_starts(name, str_c(families[i])))
			return true;
	}
	return t->set[TALK_MAX_ALL] || talk_reasons(t);
}

static int stop_write(const struct talk *t, struct buf *out)
{
	uint32_t v = t->set[TALK_STOP], i;
	size_t n = 0;

	if (!v || !json_first(t->doc, v))
		return 0;
	talk_name(out, "stop");
	buf_putc(out, '[');
	for (i = json_first(t->doc, v); i; i = json_next(t->doc, v, i)) {
		if (!json_is(t->doc, i, JSON_STRING))
			return talk_wrong(t, i, "a string");
		if (n == STOP_MAX) {
			if (talk_lose(t, i, "chat completions stop at four "
					    "sequences at most") < 0)
				return -1;
			continue;
		}
		talk_comma(out);
		buf_str(out, json_span(t->doc, i));
		n++;
	}
	buf_putc(out, ']');
	return 0;
}

/* metadata labels what is stored there, and nothing is. */
static const struct talk_word words[] = {
	{ TALK_TEMPERATURE, "temperature" },
	{ TALK_TOP_P, "top_p" },
	{ TALK_MAX_TOKENS, NULL },
	{ TALK_MAX_ALL, NULL },
	{ TALK_STOP, NULL },
	{ TALK_VERBOSITY, "verbosity" },
	{ TALK_USER, "user" },
	{ TALK_SAFETY_ID, "safety_identifier" },
	{ TALK_METADATA, NULL },
	{ TALK_CACHE_KEY, "prompt_cache_key" },
	{ TALK_TIER, "service_tier" },
};

int talk_write_chat(const struct talk *t, struct buf *out)
{
	buf_putc(out, '{');
	talk_name(out, "model");
	buf_json(out, t->q->model);
	if (messages_write(t, out) < 0)
		return -1;
	talk_put_tools(t, out, tool_write);
	talk_put_choice(t, out, named_write);
	format_write(t, out);
	if (t->effort != TALK_EFFORT_UNSAID)
		talk_string(out, "reasoning_effort",
			    str_c(talk_effort_name(t->effort, SHAPE_CHAT)));
	talk_token(t, out,
		   limits_all(t) ? "max_completion_tokens" : "max_tokens",
		   talk_limit(t));
	if (stop_write(t, out) < 0 ||
	    talk_settings(t, out, words, COUNT_OF(words)) < 0)
		return -1;
	if (t->q->stream)
		buf_puts(out, ",\"stream\":true,"
			      "\"stream_options\":{\"include_usage\":true}");
	buf_putc(out, '}');
	return 0;
}
