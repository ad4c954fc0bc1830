#include "dialect/talk_write.h"

/* The conversation as messages have it: system text, and blocks. */

static void text_write(struct buf *out, struct str text)
{
	buf_puts(out, "{\"type\":\"text\"");
	talk_string(out, "text", text);
	buf_putc(out, '}');
}

static void source_write(struct buf *out, const char *type,
			 const struct talk_part *p)
{
	buf_printf(out, "{\"type\":\"%s\",\"source\":{", type);
	if (p->url.p) {
		talk_string(out, "type", STR("url"));
		talk_string(out, "url", p->url);
	} else {
		talk_string(out, "type", STR("base64"));
		talk_string(out, "media_type", p->media);
		talk_string(out, "data", p->text);
	}
	buf_putc(out, '}');
	if (p->name.n)
		talk_string(out, "title", p->name);
	buf_putc(out, '}');
}

/* It always looks at all of a picture: only a low detail is not to be had. */
static int image_write(const struct talk *t, struct buf *out,
		       const struct talk_part *p)
{
	if (json_string_is(t->doc, p->value, "low") &&
	    talk_lose(t, p->value, "its models see images as they are") < 0)
		return -1;
	talk_comma(out);
	source_write(out, "image", p);
	return 0;
}

static int file_write(const struct talk *t, struct buf *out,
		      const struct talk_part *p)
{
	if (!p->url.p && !str_ieq(p->media, STR("application/pdf")))
		return talk_lose(t, p->tok, "its documents are PDF");
	talk_comma(out);
	source_write(out, "document", p);
	return 0;
}

static void thinking_write(struct buf *out, const struct talk_part *p)
{
	buf_puts(out, "{\"type\":\"thinking\"");
	talk_string(out, "thinking", p->text);
	talk_string(out, "signature", p->sign);
	buf_putc(out, '}');
}

static void redacted_write(struct buf *out, const struct talk_part *p)
{
	buf_puts(out, "{\"type\":\"redacted_thinking\"");
	talk_string(out, "data", p->sign);
	buf_putc(out, '}');
}

/*
 * Arguments are an object here, elsewhere a string with one in it, which may
 * be empty when there are none.
 */
static int input_write(const struct talk *t, struct buf *out, uint32_t v)
{
	struct str text = str_trim(json_string(t->doc, v, t->a));
	struct json_error err;
	struct json in;

	if (!text.n)
		text = STR("{}");
	else if (json_parse(&in, t->a, text, &err) < 0 ||
		 json_type(&in, 0) != JSON_OBJECT)
		return talk_wrong(t, v, "a JSON object in a string, for "
					"this upstream takes no other");
	talk_value(out, "input", text);
	return 0;
}

static int call_write(const struct talk *t, struct buf *out,
		      const struct talk_part *p)
{
	buf_puts(out, "{\"type\":\"tool_use\"");
	talk_string(out, "id", p->id);
	talk_string(out, "name", p->name);
	if (input_write(t, out, p->value) < 0)
		return -1;
	buf_putc(out, '}');
	return 0;
}

static int content_write(const struct talk *t, struct buf *out,
			 const struct talk_list *list);

static int result_write(const struct talk *t, struct buf *out,
			const struct talk_part *p)
{
	buf_puts(out, "{\"type\":\"tool_result\"");
	talk_string(out, "tool_use_id", p->id);
	if (content_write(t, out, &p->inside) < 0)
		return -1;
	buf_putc(out, '}');
	return 0;
}

/* Refusals are said in words there. */
static int part_write(const struct talk *t, struct buf *out,
		      const struct talk_part *p)
{
	switch (p->kind) {
	case TALK_IMAGE:
		return image_write(t, out, p);
	case TALK_FILE:
		return file_write(t, out, p);
	case TALK_AUDIO:
		return talk_lose(t, p->tok, "its models hear no audio");
	default:
		break;
	}
	talk_comma(out);
	switch (p->kind) {
	case TALK_CALL:
		return call_write(t, out, p);
	case TALK_RESULT:
		return result_write(t, out, p);
	case TALK_THINKING:
		thinking_write(out, p);
		return 0;
	case TALK_REDACTED:
		redacted_write(out, p);
		return 0;
	default:
		text_write(out, p->text);
		return 0;
	}
}

static bool is_words(const struct talk_part *p)
{
	return p->kind == TALK_TEXT || p->kind == TALK_REFUSAL;
}

static bool is_blank(const struct talk_part *p)
{
	return is_words(p) && talk_is_blank(p->text);
}

/* Blank text is refused there, and says nothing. */
static struct talk_list worded(const struct talk *t,
			       const struct talk_list *list)
{
	struct talk_list kept = { NULL, 0, 0 };
	uint32_t i, n = 0;

	for (i = 0; i < list->n; i++)
		n += is_blank(&list->part[i]);
	if (!n)
		return *list;
	for (i = 0; i < list->n; i++) {
		if (!is_blank(&list->part[i]))
			*talk_part(t, &kept, TALK_TEXT, 0) = list->part[i];
	}
	return kept;
}

static int blocks_write(const struct talk *t, struct buf *out, const char *name,
			const struct talk_list *list)
{
	size_t i;

	talk_name(out, name);
	if (list->n == 1 && is_words(&list->part[0])) {
		buf_putc(out, '"');
		buf_str(out, list->part[0].text);
		buf_putc(out, '"');
		return 0;
	}
	buf_putc(out, '[');
	for (i = 0; i < list->n; i++) {
		if (part_write(t, out, &list->part[i]) < 0)
			return -1;
	}
	buf_putc(out, ']');
	return 0;
}

/* ,"content":... unless there is none. */
static int content_write(const struct talk *t, struct buf *out,
			 const struct talk_list *list)
{
	struct talk_list kept = worded(t, list);

	return kept.n ? blocks_write(t, out, "content", &kept) : 0;
}

static void append(const struct talk *t, struct talk_list *to,
		   const struct talk_list *list)
{
	uint32_t i;

	if (!to->n) {
		*to = *list;
		to->cap = to->n; /* what is appended goes elsewhere */
		return;
	}
	for (i = 0; i < list->n; i++)
		*talk_part(t, to, TALK_TEXT, 0) = list->part[i];
}

/* The next message: all turns of one role in a row, results first, as they
 * must be. *at is the first turn and becomes the one behind. */
static struct talk_list message_of(const struct talk *t, size_t *at,
				   enum talk_role role)
{
	struct talk_list all = { NULL, 0, 0 }, sorted, rest;
	const struct talk_turn *turn;

	for (; *at < t->nturn; (*at)++) {
		turn = &t->turn[*at];
		if (turn->role == TALK_SYSTEM)
			continue;
		if (turn->role != role)
			break;
		append(t, &all, &turn->list);
	}
	all = worded(t, &all);
	sorted = talk_only(t, &all, TALK_RESULT, true);
	rest = talk_only(t, &all, TALK_RESULT, false);
	append(t, &sorted, &rest);
	return sorted;
}

static bool begins_with(const struct talk_list *list, unsigned kinds)
{
	return list->n && kinds & 1u << list->part[0].kind;
}

static int message_write(const struct talk *t, struct buf *out,
			 enum talk_role role, const struct talk_list *list)
{
	talk_comma(out);
	buf_printf(out, "{\"role\":\"%s\"",
		   role == TALK_ASSISTANT ? "assistant" : "user");
	if (blocks_write(t, out, "content", list) < 0)
		return -1;
	buf_putc(out, '}');
	return 0;
}

int talk_put_messages(const struct talk *t, struct buf *out, bool *bare_r)
{
	bool thought = false, round = false;
	struct talk_list list;
	enum talk_role role;
	size_t at = 0;

	talk_name(out, "messages");
	buf_putc(out, '[');
	while (at < t->nturn) {
		role = t->turn[at].role;
		if (role == TALK_SYSTEM) {
			at++;
			continue;
		}
		list = message_of(t, &at, role);
		if (!list.n)
			continue;
		if (role == TALK_ASSISTANT)
			thought = begins_with(&list, 1u << TALK_THINKING |
						     1u << TALK_REDACTED);
		round = role == TALK_USER_TURN &&
			begins_with(&list, 1u << TALK_RESULT);
		if (message_write(t, out, role, &list) < 0)
			return -1;
	}
	buf_putc(out, ']');
	*bare_r = round && !thought;
	return 0;
}

/* Instructions amid a conversation have no place: they are put before it
 * when that is allowed. */
int talk_put_system(const struct talk *t, struct buf *out)
{
	struct talk_list all = { NULL, 0, 0 };
	const struct talk_turn *turn;
	bool begun = false;
	size_t i, k;

	for (i = 0; i < t->nturn; i++) {
		turn = &t->turn[i];
		if (turn->role != TALK_SYSTEM) {
			begun = true;
			continue;
		}
		if (begun &&
		    talk_lose(t, turn->tok, "system text stands before the "
					    "conversation there") < 0)
			return -1;
		for (k = 0; k < turn->list.n; k++) {
			if (is_words(&turn->list.part[k]))
				*talk_part(t, &all, TALK_TEXT, 0) =
					turn->list.part[k];
			else if (talk_lose(t, turn->list.part[k].tok,
					   "system text is all text there") <
				 0)
				return -1;
		}
	}
	all = worded(t, &all);
	return all.n ? blocks_write(t, out, "system", &all) : 0;
}
