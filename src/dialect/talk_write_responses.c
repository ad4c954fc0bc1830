#include "dialect/talk_write.h"

static void text_write(struct buf *out, const char *type, struct str text)
{
	buf_printf(out, "{\"type\":\"%s\"", type);
	talk_string(out, "text", text);
	buf_putc(out, '}');
}

static void file_write(struct buf *out, const struct talk_part *p)
{
	buf_puts(out, "{\"type\":\"input_file\"");
	talk_filename(out, p);
	talk_url(out, p->url.p ? "file_url" : "file_data", p);
	buf_putc(out, '}');
}

static void input_write(const struct talk *t, struct buf *out,
			const struct talk_part *p)
{
	talk_comma(out);
	switch (p->kind) {
	case TALK_IMAGE:
		buf_puts(out, "{\"type\":\"input_image\"");
		talk_url(out, "image_url", p);
		talk_token(t, out, "detail", p->value);
		buf_putc(out, '}');
		break;
	case TALK_FILE:
		file_write(out, p);
		break;
	case TALK_AUDIO:
		buf_puts(out, "{\"type\":\"input_audio\"");
		talk_token(t, out, "input_audio", p->value);
		buf_putc(out, '}');
		break;
	case TALK_PLAIN:
		text_write(out, "input_text", talk_plain(t, p));
		break;
	default:
		text_write(out, "input_text", p->text);
		break;
	}
}

static int said_write(const struct talk *t, struct buf *out,
		      const struct talk_part *p)
{
	if (p->kind == TALK_TEXT) {
		talk_comma(out);
		text_write(out, "output_text", p->text);
		return 0;
	}
	if (p->kind != TALK_REFUSAL)
		return talk_lose(t, p->tok,
				 "an assistant's message is text there");
	talk_comma(out);
	buf_puts(out, "{\"type\":\"refusal\"");
	talk_string(out, "refusal", p->text);
	buf_putc(out, '}');
	return 0;
}

/* ,"name":"text" when it is but one, else ,"name":[parts]. */
static int content_write(const struct talk *t, struct buf *out,
			 const char *name, const struct talk_list *list,
			 bool input)
{
	const struct talk_part *p;
	size_t i;

	if (list->n < 2 && talk_is_text(list)) {
		talk_join(out, name, list, STR(""));
		return 0;
	}
	talk_name(out, name);
	buf_putc(out, '[');
	for (i = 0; i < list->n; i++) {
		p = &list->part[i];
		if (input)
			input_write(t, out, p);
		else if (said_write(t, out, p) < 0)
			return -1;
	}
	buf_putc(out, ']');
	return 0;
}

static int message_write(const struct talk *t, struct buf *out,
			 enum talk_role role, const struct talk_list *list)
{
	static const char *const roles[] = {
		[TALK_SYSTEM] = "system",
		[TALK_USER_TURN] = "user",
		[TALK_ASSISTANT] = "assistant",
	};

	talk_comma(out);
	buf_printf(out, "{\"role\":\"%s\"", roles[role]);
	if (content_write(t, out, "content", list,
			  role != TALK_ASSISTANT) < 0)
		return -1;
	buf_putc(out, '}');
	return 0;
}

static int result_write(const struct talk *t, struct buf *out,
			const struct talk_part *p)
{
	struct talk_list list = talk_outcome(t, p);

	talk_comma(out);
	buf_puts(out, "{\"type\":\"function_call_output\"");
	talk_string(out, "call_id", p->id);
	if (content_write(t, out, "output", &list, true) < 0)
		return -1;
	buf_putc(out, '}');
	return 0;
}

static int call_write(const struct talk *t, struct buf *out,
		      const struct talk_part *p)
{
	talk_comma(out);
	buf_puts(out, "{\"type\":\"function_call\"");
	talk_string(out, "call_id", p->id);
	talk_string(out, "name", p->name);
	talk_arguments(t, out, p);
	buf_putc(out, '}');
	return 0;
}

/* Kinds that are items of their own and no part of a message. */
#define ITEMS \
	(1u << TALK_CALL | 1u << TALK_RESULT | 1u << TALK_THINKING | \
	 1u << TALK_REDACTED)

static bool is_item(const struct talk_part *p)
{
	return ITEMS & 1u << p->kind;
}

/* Reasoning is another model's private state and stays behind. */
static int item_write(const struct talk *t, struct buf *out,
		      const struct talk_part *p)
{
	if (p->kind == TALK_CALL)
		return call_write(t, out, p);
	return p->kind == TALK_RESULT ? result_write(t, out, p) : 0;
}

/* Parts that are no items of their own make a message together. */
static int turn_write(const struct talk *t, struct buf *out,
		      const struct talk_turn *turn)
{
	const struct talk_list *list = &turn->list;
	struct talk_list run;
	uint32_t i = 0, from;

	if (!list->n)
		return message_write(t, out, turn->role, list);
	while (i < list->n) {
		for (from = i; i < list->n && !is_item(&list->part[i]); i++)
			;
		run = (struct talk_list){ list->part + from, i - from, 0 };
		if (run.n && message_write(t, out, turn->role, &run) < 0)
			return -1;
		if (i < list->n && item_write(t, out, &list->part[i++]) < 0)
			return -1;
	}
	return 0;
}

/* System text in front of everything else is `instructions`. */
static size_t instructions_write(const struct talk *t, struct buf *out,
				 size_t nturn)
{
	struct talk_list all = { NULL, 0, 0 };
	const struct talk_list *list;
	size_t n, i;

	for (n = 0; n < nturn && t->turn[n].role == TALK_SYSTEM; n++) {
		list = &t->turn[n].list;
		if (!talk_is_text(list))
			break;
		for (i = 0; i < list->n; i++)
			*talk_part(t, &all, TALK_TEXT, 0) = list->part[i];
	}
	if (all.n)
		talk_join(out, "instructions", &all, STR("\\n\\n"));
	return n;
}

static int turns_write(const struct talk *t, struct buf *out)
{
	size_t i, n;

	if (talk_turns(t, &n) < 0)
		return -1;
	i = instructions_write(t, out, n);
	talk_name(out, "input");
	buf_putc(out, '[');
	for (; i < n; i++) {
		if (turn_write(t, out, &t->turn[i]) < 0)
			return -1;
	}
	buf_putc(out, ']');
	return 0;
}

static void named_write(const struct talk *t, struct buf *out)
{
	talk_name(out, "tool_choice");
	buf_puts(out, "{\"type\":\"function\"");
	talk_token(t, out, "name", t->choice_name);
	buf_putc(out, '}');
}

/* Tools are strict there unless they say not to be, elsewhere the other way
 * round. */
static void tool_write(const struct talk *t, struct buf *out,
		       const struct talk_tool *tool)
{
	buf_puts(out, "{\"type\":\"function\"");
	talk_token(t, out, "name", tool->name);
	talk_token(t, out, "description", tool->description);
	talk_token(t, out, "parameters", tool->schema);
	if (tool->strict)
		talk_token(t, out, "strict", tool->strict);
	else
		talk_value(out, "strict", STR("false"));
	buf_putc(out, '}');
}

static void text_config_write(const struct talk *t, struct buf *out)
{
	if (t->format == TALK_FORMAT_TEXT && !t->set[TALK_VERBOSITY])
		return;
	talk_name(out, "text");
	buf_putc(out, '{');
	if (t->format != TALK_FORMAT_TEXT)
		talk_name(out, "format");
	if (t->format == TALK_FORMAT_JSON) {
		buf_puts(out, "{\"type\":\"json_object\"}");
	} else if (t->format == TALK_FORMAT_SCHEMA) {
		buf_puts(out, "{\"type\":\"json_schema\"");
		talk_put_schema(t, out);
		buf_putc(out, '}');
	}
	talk_token(t, out, "verbosity", t->set[TALK_VERBOSITY]);
	buf_putc(out, '}');
}

static void reasoning_write(const struct talk *t, struct buf *out)
{
	if (t->effort == TALK_EFFORT_UNSAID)
		return;
	talk_name(out, "reasoning");
	buf_putc(out, '{');
	talk_string(out, "effort",
		    str_c(talk_effort_name(t->effort, SHAPE_RESPONSES)));
	if (t->summary && talk_reasons(t))
		talk_string(out, "summary", STR("auto"));
	buf_putc(out, '}');
}

static const struct talk_word words[] = {
	{ TALK_TEMPERATURE, "temperature" },
	{ TALK_TOP_P, "top_p" },
	{ TALK_MAX_TOKENS, NULL },
	{ TALK_MAX_ALL, NULL },
	{ TALK_VERBOSITY, NULL },
	{ TALK_STORE, "store" },
	{ TALK_USER, "user" },
	{ TALK_SAFETY_ID, "safety_identifier" },
	{ TALK_METADATA, "metadata" },
	{ TALK_CACHE_KEY, "prompt_cache_key" },
	{ TALK_TIER, "service_tier" },
};

/* What is not said elsewhere to be stored is not; there it would be. */
int talk_write_responses(const struct talk *t, struct buf *out)
{
	buf_putc(out, '{');
	talk_name(out, "model");
	buf_json(out, t->q->model);
	if (turns_write(t, out) < 0)
		return -1;
	talk_put_tools(t, out, tool_write);
	talk_put_choice(t, out, named_write);
	text_config_write(t, out);
	reasoning_write(t, out);
	talk_token(t, out, "max_output_tokens", talk_limit(t));
	if (talk_settings(t, out, words, COUNT_OF(words)) < 0)
		return -1;
	if (!t->set[TALK_STORE])
		talk_value(out, "store", STR("false"));
	if (t->q->stream)
		talk_value(out, "stream", STR("true"));
	buf_putc(out, '}');
	return 0;
}
