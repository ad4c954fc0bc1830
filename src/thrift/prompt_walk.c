#include "thrift/prompt_walk.h"

#include "base/buf.h"
#include "base/count.h"
#include "thrift/prompt_image.h"

#define PER_CALL 3         /* around the name and arguments of a call */
#define PER_DOCUMENT 2000  /* a guess: two pages as text and image */
#define AUDIO_BYTES 1600   /* of base64-decoded audio, a token */
#define SECRET_BYTES 6     /* of sealed reasoning, a token */

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

/* {"image_url": {"url", "detail"}}, {"image_url": URL, "detail"},
 * {"source": {"data"}}. */
static void image(struct tally *t, uint32_t part)
{
	const struct json *doc = t->doc;
	uint32_t at = json_get(doc, part, "image_url");
	uint32_t source = json_get(doc, part, "source");
	uint32_t detail = json_get(doc, part, "detail");
	struct image_size size = unknown_size;
	struct str data = STR("");

	if (json_is(doc, at, JSON_OBJECT)) {
		detail = json_get(doc, at, "detail");
		at = json_get(doc, at, "url");
	}
	if (at)
		data = image_inline(plain(t, at));
	else if (json_is(doc, source, JSON_OBJECT))
		data = plain(t, json_get(doc, source, "data"));
	if (!image_size(data, &size))
		t->guessed = true;
	t->beside += image_tokens(t->ask->model, t->family, &size,
				  json_string_is(doc, detail, "low"));
}

/* A file, or a source that may be text as well. */
static void document(struct tally *t, uint32_t part)
{
	const struct json *doc = t->doc;
	uint32_t source = json_get(doc, part, "source"), type;

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
	t->beside += PER_DOCUMENT;
}

static void audio(struct tally *t, uint32_t part)
{
	uint32_t in = json_get(t->doc, part, "input_audio");

	t->guessed = true;
	if (json_is(t->doc, in, JSON_OBJECT))
		t->beside += json_inner(t->doc, json_get(t->doc, in, "data")).n *
			     3 / 4 / AUDIO_BYTES;
}

/* -- objects --------------------------------------------------------------- */

/* Objects of these types are counted whole. */
static const struct {
	const char *type;
	void (*count)(struct tally *t, uint32_t part);
} kinds[] = {
	{ "image_url", image },	    { "input_image", image },
	{ "image", image },	    { "computer_screenshot", image },
	{ "document", document },   { "file", document },
	{ "input_file", document }, { "input_audio", audio },
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

/* Members whose values a model reads. Others are names, states and marks. */
static const struct {
	const char *name;
	void (*count)(struct tally *t, uint32_t v);
} members[] = {
	{ "content", tally_walk },	 { "text", tally_walk },
	{ "role", tally_walk },		 { "name", tally_walk },
	{ "output", tally_walk },	 { "summary", tally_walk },
	{ "thinking", tally_walk },	 { "reasoning", tally_walk },
	{ "reasoning_content", tally_walk }, { "refusal", tally_walk },
	{ "function", tally_walk },	 { "tool_calls", calls },
	{ "function_call", calls },	 { "arguments", tally_value },
	{ "input", tally_value },	 { "action", tally_value },
	{ "encrypted_content", secret }, { "data", secret },
};

static void member(struct tally *t, uint32_t name)
{
	struct str s = json_inner(t->doc, name);
	size_t i;

	for (i = 0; i < COUNT_OF(members); i++) {
		if (str_is(s, members[i].name)) {
			members[i].count(t, name + 1);
			return;
		}
	}
}

static void object(struct tally *t, uint32_t v)
{
	struct str type = json_inner(t->doc, json_get(t->doc, v, "type"));
	uint32_t i;
	size_t k;

	for (k = 0; k < COUNT_OF(kinds); k++) {
		if (str_is(type, kinds[k].type)) {
			kinds[k].count(t, v);
			return;
		}
	}
	for (i = json_first(t->doc, v); i; i = json_next(t->doc, v, i))
		member(t, i);
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
