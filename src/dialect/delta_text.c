/* Words and texts of replies on their way from shape to shape. */
#include "dialect/delta_read.h"
#include "dialect/delta_write.h"

/* -- reasons --------------------------------------------------------------- */

/* The first row of a reason is what it is called when written. Reasons that
 * nobody knows are read as a plain end: the answer is there. */
static const struct finish_row {
	enum finish finish;
	const char *chat, *messages, *responses;
} finishes[] = {
	{ FINISH_STOP, "stop", "end_turn", NULL },
	{ FINISH_SEQUENCE, "stop", "stop_sequence", NULL },
	{ FINISH_LENGTH, "length", "max_tokens", "max_output_tokens" },
	{ FINISH_CONTEXT, "length", "model_context_window_exceeded",
	  "max_output_tokens" },
	{ FINISH_TOOLS, "tool_calls", "tool_use", NULL },
	{ FINISH_FILTER, "content_filter", "refusal", "content_filter" },
	{ FINISH_REFUSAL, "content_filter", "refusal", "content_filter" },
	{ FINISH_PAUSE, "stop", "pause_turn", NULL },
	{ FINISH_TOOLS, "function_call", NULL, NULL },
	{ FINISH_LENGTH, "max_tokens", "length", "length" },
	{ FINISH_LENGTH, "model_length", NULL, "max_tokens" },
	{ FINISH_FILTER, "safety", NULL, "safety" },
	{ FINISH_ERROR, "error", NULL, NULL },
	{ FINISH_ERROR, "network_error", NULL, NULL },
};

static const char *name_in(const struct finish_row *row, enum shape shape)
{
	return shape == SHAPE_CHAT     ? row->chat :
	       shape == SHAPE_MESSAGES ? row->messages :
					 row->responses;
}

enum finish finish_read(enum shape shape, struct str name)
{
	size_t i;

	for (i = 0; i < COUNT_OF(finishes); i++) {
		const char *known = name_in(&finishes[i], shape);

		if (known && str_is(name, known))
			return finishes[i].finish;
	}
	return shape == SHAPE_RESPONSES ? FINISH_LENGTH : FINISH_STOP;
}

const char *finish_name(enum shape shape, enum finish f)
{
	size_t i;

	for (i = 0; i < COUNT_OF(finishes); i++) {
		if (finishes[i].finish == f)
			return name_in(&finishes[i], shape);
	}
	return NULL;
}

/* -- strings --------------------------------------------------------------- */

const char *delta_origin(const struct translate *t)
{
	return t->from == SHAPE_MESSAGES  ? "anthropic:" :
	       t->from == SHAPE_RESPONSES ? "openai:" :
					    "chat:";
}

void delta_say(struct buf *out, const char *before, struct str s,
	       const char *behind)
{
	buf_puts(out, before);
	buf_str(out, s);
	buf_puts(out, behind);
}

int delta_string(const struct json *doc, uint32_t v, struct str *inner_r)
{
	if (v && !json_is(doc, v, JSON_NULL) && !json_is(doc, v, JSON_STRING))
		return -1;
	*inner_r = json_inner(doc, v);
	return 0;
}

struct str delta_items(const struct json *doc, uint32_t list)
{
	struct str s;

	if (!json_item(doc, list))
		return STR("");
	s = json_span(doc, list);
	return str_trim((struct str){ s.p + 1, s.n - 2 });
}

struct str delta_quote(struct arena *a, struct str json)
{
	struct buf b;

	buf_init(&b, a);
	buf_json(&b, json);
	return (struct str){ b.p + 1, b.n - 2 };
}

/* The four hex digits of \uXXXX; the scanner has seen to it that they are. */
static unsigned hex4(const char *p)
{
	unsigned v = 0;
	int i;

	for (i = 0; i < 4; i++) {
		unsigned c = (unsigned char)p[i];

		v = v << 4 | (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
	}
	return v;
}

/* Takes one character off: what it is when ASCII, else 128; 0xdc00 for the
 * second half of a pair or a byte that continues one. */
static unsigned char_take(struct str *s)
{
	unsigned c = (unsigned char)s->p[0], n = 1;

	if (c == '\\' && s->p[1] == 'u') {
		c = hex4(s->p + 2);
		n = 6;
		c = c < 128 ? c : (c & 0xfc00) == 0xdc00 ? 0xdc00 : 128;
	} else if (c == '\\') {
		c = strchr("\"\\/", s->p[1]) ? (unsigned char)s->p[1] : ' ';
		n = 2;
	} else if (c >= 128) {
		c = (c & 0xc0) == 0x80 ? 0xdc00 : 128;
	}
	*s = str_from(*s, n);
	return c;
}

int64_t delta_chars(struct str s)
{
	int64_t n = 0;

	while (s.n)
		n += char_take(&s) != 0xdc00;
	return n;
}

bool delta_blank(struct str s)
{
	while (s.n) {
		if (char_take(&s) != ' ')
			return false;
	}
	return true;
}

void delta_balance(struct balance *b, struct str s)
{
	while (s.n) {
		unsigned c = char_take(&s);

		if (b->escape) {
			b->escape = false;
		} else if (b->in_string) {
			b->escape = c == '\\';
			b->in_string = c != '"';
		} else if (c == '"') {
			b->in_string = true;
		} else if (c == '{' || c == '[') {
			b->depth++;
		} else if (c == '}' || c == ']') {
			b->whole |= --b->depth == 0;
		}
	}
}
