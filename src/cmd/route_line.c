#include "cmd/route.h"

#include "base/count.h"

/* "/v1/chat/completions" or "chat/completions". */
static int read_endpoint(enum shape *shape, struct str s)
{
	if (s.n && s.p[0] == '/')
		s = str_from(s, 1);
	if (str_starts(s, STR("v1/")))
		s = str_from(s, 3);
	for (int i = SHAPE_CHAT; i < SHAPE_MODELS; i++)
		if (str_is(s, shape_path((enum shape)i))) {
			*shape = (enum shape)i;
			return 0;
		}
	return -1;
}

static bool has(const struct json *doc, uint32_t obj, const char *name)
{
	return json_get(doc, obj, name) != 0;
}

/* Anthropic's messages beside OpenAI's: system text is outside of them, and
 * tools have an input_schema. */
static bool is_anthropic(const struct json *doc)
{
	static const char *const own[] = { "system", "stop_sequences",
					   "thinking", "top_k",
					   "anthropic_version",
					   "output_config" };
	uint32_t tools = json_get(doc, 0, "tools"), first;

	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (has(doc, 0, own[i]))
			return true;
	first = json_is(doc, tools, JSON_ARRAY) ? json_first(doc, tools) : 0;
	return first && has(doc, first, "input_schema");
}

/* Texts to embed are strings; items of a conversation are objects. */
static bool is_embedding(const struct json *doc)
{
	uint32_t input = json_get(doc, 0, "input"), first;

	if (has(doc, 0, "encoding_format") || has(doc, 0, "dimensions"))
		return true;
	first = json_is(doc, input, JSON_ARRAY) ? json_first(doc, input) : 0;
	return first && !json_is(doc, first, JSON_OBJECT);
}

static enum shape guess_shape(const struct json *doc)
{
	if (has(doc, 0, "messages"))
		return is_anthropic(doc) ? SHAPE_MESSAGES : SHAPE_CHAT;
	if (has(doc, 0, "prompt") && !has(doc, 0, "input"))
		return SHAPE_COMPLETION;
	return is_embedding(doc) ? SHAPE_EMBEDDING : SHAPE_RESPONSES;
}

static int parse(struct json *doc, struct arena *a, struct str text,
		 char *err_r, size_t err_n)
{
	struct json_error bad;

	if (json_parse(doc, a, text, &bad) == 0)
		return 0;
	snprintf(err_r, err_n, "no JSON: byte %zu: %s", bad.at + 1, bad.what);
	return -1;
}

/* The envelope's own words; the body becomes the document. */
static int open_envelope(struct route_line *l, struct arena *a, uint32_t body,
			 struct str *endpoint, char *err_r, size_t err_n)
{
	const struct json env = l->doc;
	uint32_t at = json_get(&env, 0, "endpoint");

	if (!at)
		at = json_get(&env, 0, "url");
	*endpoint = json_string(&env, at, a);
	l->tenant = json_string(&env, json_get(&env, 0, "tenant"), a);
	l->tag = json_string(&env, json_get(&env, 0, "tag"), a);
	return parse(&l->doc, a, json_span(&env, body), err_r, err_n);
}

int route_line_read(struct route_line *l, struct arena *a, struct str text,
		    char *err_r, size_t err_n)
{
	struct str endpoint = STR("");
	struct fail f = { 0 };
	enum shape shape;
	uint32_t body;

	l->tenant = l->tag = STR("");
	if (parse(&l->doc, a, text, err_r, err_n) < 0)
		return -1;
	body = json_get(&l->doc, 0, "body");
	if (json_is(&l->doc, body, JSON_OBJECT) &&
	    !has(&l->doc, 0, "model") &&
	    open_envelope(l, a, body, &endpoint, err_r, err_n) < 0)
		return -1;
	shape = guess_shape(&l->doc);
	if (endpoint.n && read_endpoint(&shape, endpoint) < 0) {
		snprintf(err_r, err_n, "endpoint %s is none that is routed",
			 route_shown(a, endpoint));
		return -1;
	}
	if (chat_view(&l->chat, a, &l->doc, shape, &f) == 0)
		return 0;
	snprintf(err_r, err_n, "%s: %s", shape_path(shape), f.text);
	return -1;
}
