/* Streams cut into events, parts gathered, two replies compared. */
#include "said_own.h"

#include <stdio.h>
#include <stdlib.h>

/* -- parts ----------------------------------------------------------------- */

static void *room_for(struct arena *a, void *had, size_t n, size_t *room,
		      size_t size)
{
	void *p;

	if (n < *room)
		return had;
	*room = *room ? *room * 2 : 64;
	p = arena_zalloc(a, *room * size);
	if (n)
		memcpy(p, had, n * size);
	return p;
}

struct said_part *said_part(struct said *s, enum said_kind kind,
			    int64_t choice, int64_t index)
{
	struct said_part *p;

	/* The last ones are the likely ones. */
	for (size_t i = s->n; i-- > 0;) {
		p = &s->part[i];
		if (p->kind == kind && p->choice == choice &&
		    p->index == index)
			return p;
	}
	s->part = room_for(s->a, s->part, s->n, &s->room, sizeof(*s->part));
	p = &s->part[s->n++];
	*p = (struct said_part){ .kind = kind, .choice = choice,
				 .index = index };
	p->id = p->name = STR("");
	buf_init(&p->text, s->a);
	return p;
}

void said_add(struct said *s, enum said_kind kind, int64_t choice,
	      int64_t index, const struct json *doc, uint32_t string)
{
	struct str text = json_string(doc, string, s->a);

	if (text.n)
		buf_str(&said_part(s, kind, choice, index)->text, text);
}

void said_name(struct said *s, struct said_part *p, const struct json *doc,
	       uint32_t id, uint32_t name)
{
	if (json_inner(doc, id).n)
		p->id = arena_str(s->a, json_string(doc, id, s->a));
	if (json_inner(doc, name).n)
		p->name = arena_str(s->a, json_string(doc, name, s->a));
}

static void add_word(struct buf *b, struct str word)
{
	if (!word.n)
		return;
	if (b->n)
		buf_putc(b, ',');
	buf_str(b, word);
}

void said_reason(struct said *s, const struct json *doc, uint32_t reason)
{
	add_word(&s->reasons, json_inner(doc, reason));
}

void said_other(struct said *s, const struct json *doc, uint32_t kind)
{
	add_word(&s->others, json_inner(doc, kind));
}

void said_model(struct said *s, const struct json *doc, uint32_t model)
{
	if (json_inner(doc, model).n)
		s->model = arena_str(s->a, json_inner(doc, model));
}

int64_t said_number(const struct json *doc, uint32_t obj, const char *name)
{
	int64_t n = -1;

	json_int(doc, said_in(doc, obj, name), &n);
	return n;
}

static void keep_number(int64_t *to, int64_t n)
{
	if (n >= 0)
		*to = n;
}

void said_usage(struct said *s, const struct said_names *names,
		const struct json *doc, uint32_t usage)
{
	uint32_t details = usage;

	if (names->details)
		details = said_in(doc, usage, names->details);
	keep_number(&s->usage[SAID_INPUT],
		    said_number(doc, usage, names->input));
	keep_number(&s->usage[SAID_OUTPUT],
		    said_number(doc, usage, names->output));
	keep_number(&s->usage[SAID_READ],
		    said_number(doc, details, names->read));
	keep_number(&s->usage[SAID_WRITTEN],
		    said_number(doc, details, names->written));
}

/* -- streams --------------------------------------------------------------- */

static void begin(struct said *s, struct arena *a, enum shape shape)
{
	*s = (struct said){ .a = a, .shape = shape, .how = SAID_CUT };
	s->finish = "";
	s->model = STR("");
	buf_init(&s->reasons, a);
	buf_init(&s->others, a);
	for (int i = 0; i < SAID_BUCKETS; i++)
		s->usage[i] = -1;
}

/* Anthropic's input is what the cache had nothing to do with. */
static void settle(struct said *s)
{
	if (s->shape != SHAPE_MESSAGES || s->usage[SAID_INPUT] < 0)
		return;
	for (int i = SAID_READ; i <= SAID_WRITTEN; i++)
		if (s->usage[i] > 0)
			s->usage[SAID_INPUT] += s->usage[i];
}

static void one_event(struct said *s, struct str type, struct str data)
{
	bool choices = s->shape == SHAPE_CHAT || s->shape == SHAPE_COMPLETION;
	bool done = str_is(data, "[DONE]");
	struct json_error err;
	struct json doc;
	uint32_t error;

	if (s->how == SAID_WHOLE)
		s->after_end |= !done || choices;
	if (s->how != SAID_CUT)
		return;
	if (done) {
		s->how = choices && s->ended && !s->open ? SAID_WHOLE :
							   SAID_FAILED;
		return;
	}
	if (json_parse(&doc, s->a, data, &err) < 0 ||
	    json_type(&doc, 0) != JSON_OBJECT || str_is(type, "error")) {
		s->how = SAID_FAILED;
		return;
	}
	error = json_get(&doc, 0, "error");
	if (error && !json_is(&doc, error, JSON_NULL))
		s->how = SAID_FAILED;
	else if (s->shape == SHAPE_MESSAGES)
		said_messages_event(s, &doc);
	else if (s->shape == SHAPE_RESPONSES)
		said_responses_event(s, &doc);
	else
		said_chat_event(s, &doc);
}

/* The next line without its end; false at the end of all lines. */
static bool next_line(struct str sse, size_t *at, struct str *line_r)
{
	size_t from = *at, to = from;

	while (to < sse.n && sse.p[to] != '\r' && sse.p[to] != '\n')
		to++;
	if (to == sse.n)
		return false;
	*line_r = (struct str){ sse.p + from, to - from };
	*at = to + (to + 1 < sse.n && sse.p[to] == '\r' &&
		    sse.p[to + 1] == '\n' ? 2 : 1);
	return true;
}

/* What stands behind `name:` and a blank. */
static bool field(struct str line, const char *name, struct str *value_r)
{
	size_t n = strlen(name);

	if (line.n < n || memcmp(line.p, name, n) != 0 ||
	    (line.n > n && line.p[n] != ':'))
		return false;
	*value_r = str_from(line, line.n > n ? n + 1 : n);
	if (value_r->n && value_r->p[0] == ' ')
		*value_r = str_from(*value_r, 1);
	return true;
}

void said_stream(struct said *s, struct arena *a, enum shape shape,
		 struct str sse)
{
	struct str line, value, type = STR("");
	size_t at = 0, ends = 0;
	struct buf data;

	begin(s, a, shape);
	buf_init(&data, a);
	if (str_starts(sse, STR("\xef\xbb\xbf")))
		at = 3;
	while (next_line(sse, &at, &line)) {
		if (field(line, "data", &value)) {
			if (data.n)
				buf_putc(&data, '\n');
			buf_str(&data, value);
		} else if (field(line, "event", &value)) {
			type = value;
		}
		if (line.n)
			continue;
		if (data.n) {
			s->end = room_for(a, s->end, s->events, &ends,
					  sizeof(*s->end));
			s->end[s->events++] = at;
			one_event(s, type, arena_str(a, buf_view(&data)));
			if (s->how == SAID_WHOLE && !s->done)
				s->done = at;
		}
		type = STR("");
		data.n = 0;
	}
	settle(s);
	if (s->last)
		settle(s->last);
}

int said_json(struct said *s, struct arena *a, enum shape shape,
	      struct str json)
{
	struct json_error err;
	struct json doc;
	int rc;

	begin(s, a, shape);
	if (json_parse(&doc, a, json, &err) < 0)
		return -1;
	rc = shape == SHAPE_MESSAGES  ? said_messages_whole(s, &doc) :
	     shape == SHAPE_RESPONSES ? said_responses_whole(s, &doc, 0) :
					said_chat_whole(s, &doc);
	s->how = SAID_WHOLE;
	settle(s);
	return rc;
}

/* -- two of them ----------------------------------------------------------- */

static int by_number(const void *x, const void *y)
{
	const struct said_part *p = x, *q = y;

	if (p->choice != q->choice)
		return p->choice < q->choice ? -1 : 1;
	return p->index < q->index ? -1 : p->index > q->index;
}

/* JSON without blanks between its tokens; no arguments are none. */
static void add_arguments(struct buf *b, struct str json)
{
	bool in = false;

	if (!str_trim(json).n)
		json = STR("{}");
	for (size_t i = 0; i < json.n; i++) {
		if (in && json.p[i] == '\\' && i + 1 < json.n)
			buf_putc(b, json.p[i++]);
		else if (json.p[i] == '"')
			in = !in;
		else if (!in && strchr(" \t\r\n", json.p[i]))
			continue;
		buf_putc(b, json.p[i]);
	}
}

/* Halves of a surrogate pair that came in two pieces are three bytes each:
 * put together they are the four of one character. */
static struct str joined(struct str s, struct arena *a)
{
	const unsigned char *p = (const unsigned char *)s.p;
	struct buf b;
	unsigned c;

	buf_init(&b, a);
	for (size_t i = 0; i < s.n; i++) {
		if (s.n - i < 6 || p[i] != 0xed || (p[i + 1] & 0xf0) != 0xa0 ||
		    p[i + 3] != 0xed || (p[i + 4] & 0xf0) != 0xb0) {
			buf_putc(&b, s.p[i]);
			continue;
		}
		c = 0x10000 + ((p[i + 1] & 0xfu) << 16 |
			       (p[i + 2] & 0x3fu) << 10 |
			       (p[i + 4] & 0xfu) << 6 | (p[i + 5] & 0x3fu));
		buf_putc(&b, (char)(0xf0 | c >> 18));
		buf_putc(&b, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_putc(&b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(&b, (char)(0x80 | (c & 0x3f)));
		i += 5;
	}
	return buf_view(&b);
}

struct str said_text(const struct said *s, enum said_kind kind)
{
	struct said_part *sorted = arena_new_n(s->a, struct said_part,
					       s->n + 1);
	struct buf b;

	buf_init(&b, s->a);
	if (s->n)
		memcpy(sorted, s->part, s->n * sizeof(*sorted));
	qsort(sorted, s->n, sizeof(*sorted), by_number);
	for (size_t i = 0; i < s->n; i++) {
		const struct said_part *p = &sorted[i];

		if (p->kind != kind)
			continue;
		if (p->choice)
			buf_printf(&b, "\n[choice %d]", (int)p->choice);
		if (kind == SAID_TOOL) {
			buf_printf(&b, "\n%.*s %.*s ", (int)p->id.n, p->id.p,
				   (int)p->name.n, p->name.p);
			add_arguments(&b, buf_view(&p->text));
		} else {
			buf_str(&b, buf_view(&p->text));
		}
	}
	return joined(buf_view(&b), s->a);
}

const char *said_differ(const struct said *x, const struct said *y)
{
	static const char *const kinds[SAID_KINDS] = {
		"the text", "the reasoning", "the refusal", "the tool calls",
		"the proof of its reasoning"
	};
	static const char *const buckets[] = {
		"tokens in", "tokens out", "tokens read from the cache",
		"tokens written to the cache"
	};

	for (int i = 0; i < SAID_KINDS; i++)
		if (!str_eq(said_text(x, (enum said_kind)i),
			    said_text(y, (enum said_kind)i)))
			return kinds[i];
	for (int i = 0; i < SAID_BUCKETS; i++)
		if (x->usage[i] != y->usage[i] &&
		    (x->usage[i] > 0 || y->usage[i] > 0))
			return buckets[i];
	if (strcmp(x->finish, y->finish) != 0)
		return "why it ended";
	if (!str_eq(x->model, y->model))
		return "the model";
	return NULL;
}
