#include "thrift/prompt_walk.h"

#include "base/buf.h"
#include "base/count.h"
#include "thrift/prompt_image.h"

#define PER_CALL 3         /* around the name and arguments of a call */
#define PER_DOCUMENT 2000  /* a guess: two pages as text and image */
#define AUDIO_BYTES 1600   /* of base64-decoded audio, a token */
#define SECRET_BYTES 6     /* of sealed reasoning, a token */
#define BASE64_BYTES 5     /* of a text in base64, a token */

/* -- text ------------------------------------------------------------------ */

void tally_text(struct tally *t, struct str text)
{
	t->weight += family_weight(text);
	if (t->ask->table)
		t->tokens += token_count(t->ask->table, text);
}

void tally_line(struct tally *t, const struct str *part, size_t n)
{
	struct buf b;
	size_t i;

	if (!t->ask->table) {
		for (i = 0; i < n; i++)
			tally_text(t, part[i]);
		return;
	}
	buf_init(&b, t->a);
	for (i = 0; i < n; i++)
		buf_str(&b, part[i]);
	tally_text(t, buf_view(&b));
}

/* Without a table a few bytes at a time do. */
static void string(struct tally *t, uint32_t v)
{
	struct str inner = json_inner(t->doc, v);
	char piece[1024];
	size_t n;

	if (t->ask->table) {
		tally_text(t, json_string(t->doc, v, t->a));
	} else if (!t->doc->tok[v].escaped) {
		tally_text(t, inner);
	} else {
		while ((n = json_decode(&inner, piece, sizeof(piece))) > 0)
			tally_text(t, (struct str){ piece, n });
	}
}

void tally_value(struct tally *t, uint32_t v)
{
	if (json_is(t->doc, v, JSON_STRING))
		string(t, v);
	else if (v)
		tally_text(t, json_span(t->doc, v));
}

/* -- what is no text ------------------------------------------------------- */

static const struct image_size unknown_size = { 1024, 1024 };

/* A string whose escapes, if it has any, do not matter. */
static struct str plain(struct tally *t, uint32_t v)
{
	if (t->a && v && t->doc->tok[v].escaped)
		return json_string(t->doc, v, t->a);
	return json_inner(t->doc, v);
}

static void price(struct tally *t, struct str data, uint32_t detail)
{
	struct image_size size = unknown_size;

	if (!image_size(data, &size))
		t->guessed = true;
	t->beside += image_tokens(t->ask->model, t->family, &size,
				  json_string_is(t->doc, detail, "low"));
}

/* A URL, or {"url", "detail"}. */
static void linked(struct tally *t, uint32_t v)
{
	uint32_t detail = 0;

	if (json_is(t->doc, v, JSON_OBJECT)) {
		detail = json_get(t->doc, v, "detail");
		v = json_get(t->doc, v, "url");
	}
	price(t, image_inline(plain(t, v)), detail);
}

/* {"image_url": {"url", "detail"}}, {"image_url": URL, "detail"},
 * {"source": {"data"}}, {"result"}. */
static void image(struct tally *t, uint32_t part)
{
	const struct json *doc = t->doc;
	uint32_t at = json_get(doc, part, "image_url");
	uint32_t source = json_get(doc, part, "source");
	uint32_t detail = json_get(doc, part, "detail");

	if (json_is(doc, at, JSON_OBJECT))
		linked(t, at);
	else if (at)
		price(t, image_inline(plain(t, at)), detail);
	else if (json_is(doc, source, JSON_OBJECT))
		price(t, plain(t, json_get(doc, source, "data")), detail);
	else
		price(t, plain(t, json_get(doc, part, "result")), detail);
}

/* What a file that is sent along holds. */
static struct str file_data(struct tally *t, uint32_t part)
{
	uint32_t file = json_get(t->doc, part, "file");

	if (json_is(t->doc, file, JSON_OBJECT))
		part = file;
	return plain(t, json_get(t->doc, part, "file_data"));
}

/* A file, or a source that may be text as well. */
static void document(struct tally *t, uint32_t part)
{
	const struct json *doc = t->doc;
	uint32_t source = json_get(doc, part, "source"), type;
	struct str data = file_data(t, part);

	t->guessed = true;
	tally_walk(t, json_get(doc, part, "title"));
	tally_walk(t, json_get(doc, part, "context"));
	if (json_is(doc, source, JSON_OBJECT)) {
		type = json_get(doc, source, "type");
		if (json_string_is(doc, type, "text")) {
			tally_value(t, json_get(doc, source, "data"));
			return;
		}
		if (json_string_is(doc, type, "content")) {
			tally_walk(t, json_get(doc, source, "content"));
			return;
		}
	}
	t->beside += str_istarts(data, STR("data:text/")) ?
			     data.n / BASE64_BYTES : PER_DOCUMENT;
}

static void audio(struct tally *t, uint32_t part)
{
	uint32_t in = json_get(t->doc, part, "input_audio");

	t->guessed = true;
	if (json_is(t->doc, in, JSON_OBJECT))
		in = json_get(t->doc, in, "data");
	t->beside += json_inner(t->doc, in).n * 3 / 4 / AUDIO_BYTES;
}

/* -- objects --------------------------------------------------------------- */

/* Objects of these types are counted whole. */
static const struct {
	const char *type;
	void (*count)(struct tally *t, uint32_t part);
} kinds[] = {
	{ "image_url", image },	    { "input_image", image },
	{ "image", image },	    { "computer_screenshot", image },
	{ "image_generation_call", image },
	{ "document", document },   { "file", document },
	{ "input_file", document }, { "video_url", document },
	{ "input_video", document }, { "audio_url", document },
	{ "input_audio", audio },
};

static void calls(struct tally *t, uint32_t v)
{
	size_t n = json_is(t->doc, v, JSON_ARRAY) ? json_count(t->doc, v) :
						    1;

	if (json_is(t->doc, v, JSON_NULL))
		return;
	t->beside += PER_CALL * n;
	t->guessed = true;
	tally_walk(t, v);
}

/* Sealed reasoning: the provider knows how long it is. */
static void secret(struct tally *t, uint32_t v)
{
	t->guessed = true;
	t->beside += json_inner(t->doc, v).n / SECRET_BYTES;
}

/* What a message, an item or a part has: what a model reads of it, and then
 * what are names, states and marks. */
static const struct tally_row members[] = {
	{ "content", tally_walk },	 { "text", tally_walk },
	{ "role", tally_walk },		 { "name", tally_walk },
	{ "output", tally_walk },	 { "summary", tally_walk },
	{ "thinking", tally_walk },	 { "reasoning", tally_walk },
	{ "reasoning_content", tally_walk }, { "refusal", tally_walk },
	{ "reasoning_details", tally_walk }, { "function", tally_walk },
	{ "custom", tally_walk },	 { "tool_calls", calls },
	{ "function_call", calls },	 { "arguments", tally_value },
	{ "input", tally_value },	 { "action", tally_value },
	{ "encrypted_content", secret }, { "data", secret },
	{ "image_url", linked },	 { "image", linked },
	{ "type", NULL },		 { "id", NULL },
	{ "call_id", NULL },		 { "tool_call_id", NULL },
	{ "tool_use_id", NULL },	 { "approval_request_id", NULL },
	{ "container_id", NULL },	 { "status", NULL },
	{ "cache_control", NULL },	 { "signature", NULL },
	{ "extra_content", NULL },	 { "annotations", NULL },
	{ "citations", NULL },		 { "logprobs", NULL },
	{ "audio", NULL },		 { "phase", NULL },
	{ "caller", NULL },		 { "detail", NULL },
};

#define LONGEST_NAME 32 /* of a row */

/* As a reader of the document sees it, escapes and all. */
static const struct tally_row *row_of(const struct json *doc, uint32_t name,
				      const struct tally_row *row, size_t n)
{
	struct str s = json_inner(doc, name);
	char room[LONGEST_NAME];
	size_t i, len;

	if (doc->tok[name].escaped) {
		len = json_decode(&s, room, sizeof(room));
		if (s.n)
			return NULL;
		s = (struct str){ room, len };
	}
	for (i = 0; i < n; i++)
		if (str_is(s, row[i].name))
			return &row[i];
	return NULL;
}

void tally_rest(struct tally *t, uint32_t v)
{
	if (t->doc->tok[v].type < JSON_STRING)
		return;
	t->guessed = true;
	tally_value(t, v);
}

void tally_members(struct tally *t, uint32_t obj, const struct tally_row *row,
		   size_t n)
{
	const struct tally_row *r;
	uint32_t i;

	if (t->doc->tok[obj].type != JSON_OBJECT) {
		tally_rest(t, obj);
		return;
	}
	for (i = json_first(t->doc, obj); i; i = json_next(t->doc, obj, i)) {
		r = row_of(t->doc, i, row, n);
		if (!r)
			tally_rest(t, i + 1);
		else if (r->count)
			r->count(t, i + 1);
	}
}

static void object(struct tally *t, uint32_t v)
{
	uint32_t type = json_get(t->doc, v, "type");
	size_t k;

	for (k = 0; k < COUNT_OF(kinds); k++) {
		if (json_string_is(t->doc, type, kinds[k].type)) {
			kinds[k].count(t, v);
			return;
		}
	}
	tally_members(t, v, members, COUNT_OF(members));
}

/* As deep as the document, which is bounded. */
void tally_walk(struct tally *t, uint32_t v)
{
	uint32_t i;

	if (json_is(t->doc, v, JSON_STRING)) {
		string(t, v);
	} else if (json_is(t->doc, v, JSON_ARRAY)) {
		for (i = json_first(t->doc, v); i; i = json_next(t->doc, v, i))
			tally_walk(t, i);
	} else if (json_is(t->doc, v, JSON_OBJECT)) {
		object(t, v);
	}
}
