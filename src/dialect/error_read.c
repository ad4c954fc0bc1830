/* What an upstream's error document says, whoever wrote it. */
#include "dialect/error.h"

#include "base/count.h"

#include <stdio.h>
#include <string.h>

/* Where the parts of it are; 0 where there is none. */
struct said {
	uint32_t message, code, type, param;
	uint32_t number;   /* an HTTP status */
	uint32_t raw;      /* OpenRouter: the provider's own words */
};

static uint32_t member(const struct json *doc, uint32_t obj, const char *name)
{
	return json_is(doc, obj, JSON_OBJECT) ? json_get(doc, obj, name) : 0;
}

/* The first that is of the type. */
static uint32_t first_of(const struct json *doc, enum json_type type,
			 uint32_t a, uint32_t b, uint32_t c)
{
	return json_is(doc, a, type) ? a :
	       json_is(doc, b, type) ? b :
	       json_is(doc, c, type) ? c :
				       0;
}

/* {"error":{...}}: OpenAI, Anthropic, Azure, OpenRouter, vLLM, llama.cpp. */
static void said_object(struct said *s, const struct json *doc, uint32_t e)
{
	uint32_t inner = member(doc, e, "innererror");
	uint32_t code = json_get(doc, e, "code");

	s->message = json_get(doc, e, "message");
	s->type = json_get(doc, e, "type");
	s->param = json_get(doc, e, "param");
	s->code = first_of(doc, JSON_STRING, code, member(doc, inner, "code"),
			   0);
	s->number = first_of(doc, JSON_NUMBER, code,
			     json_get(doc, e, "status"),
			     json_get(doc, 0, "status"));
	s->raw = member(doc, json_get(doc, e, "metadata"), "raw");
}

/* {"message":...} with no object around it: vLLM of old, API gateways, the
 * Responses API's error event. */
static void said_flat(struct said *s, const struct json *doc)
{
	uint32_t code = json_get(doc, 0, "code");

	s->message = json_get(doc, 0, "message");
	s->type = json_get(doc, 0, "type");
	s->param = json_get(doc, 0, "param");
	s->code = first_of(doc, JSON_STRING, code, 0, 0);
	s->number = first_of(doc, JSON_NUMBER, code,
			     json_get(doc, 0, "statusCode"),
			     json_get(doc, 0, "status"));
}

/* {"detail":"..."} or {"detail":[{"loc":[...],"msg":"..."}]}: FastAPI. */
static void said_detail(struct said *s, const struct json *doc,
			uint32_t detail)
{
	s->message = detail;
	if (json_is(doc, detail, JSON_ARRAY))
		s->message = member(doc, json_first(doc, detail), "msg");
	else if (json_is(doc, detail, JSON_OBJECT))
		said_object(s, doc, detail);
}

/* A good reply has one of these, whatever else it has. */
static bool is_reply(const struct json *doc)
{
	static const char *const members[] = { "choices", "content", "output",
					       "data" };
	size_t i;

	for (i = 0; i < COUNT_OF(members); i++) {
		if (json_is(doc, json_get(doc, 0, members[i]), JSON_ARRAY))
			return true;
	}
	return false;
}

static bool said_find(struct said *s, const struct json *doc)
{
	uint32_t error, detail;

	*s = (struct said){ 0 };
	if (json_type(doc, 0) != JSON_OBJECT)
		return false;
	error = first_of(doc, JSON_OBJECT, json_get(doc, 0, "error"),
			 member(doc, json_get(doc, 0, "response"), "error"),
			 0);
	detail = json_get(doc, 0, "detail");
	if (error) {
		said_object(s, doc, error);
		return true;
	}
	if (json_is(doc, json_get(doc, 0, "error"), JSON_STRING)) {
		said_flat(s, doc);
		s->type = json_get(doc, 0, "error_type");
		if (!json_is(doc, s->message, JSON_STRING))
			s->message = json_get(doc, 0, "error");
		return true;
	}
	if (is_reply(doc))
		return false;
	if (json_is(doc, json_get(doc, 0, "message"), JSON_STRING)) {
		said_flat(s, doc);
		return true;
	}
	if (detail && !json_is(doc, detail, JSON_NULL))
		said_detail(s, doc, detail);
	return json_is(doc, s->message, JSON_STRING);
}

/* -- does the prompt not fit? ---------------------------------------------- */

/* Codes and types that say so. */
static const char *const context_words[] = {
	"context_length_exceeded",   /* OpenAI, Groq */
	"exceed_context_size_error", /* llama.cpp */
};

/* Parts of what is said where no code does. */
static const char *const context_texts[] = {
	"maximum context length",      /* OpenAI, vLLM, OpenRouter, Mistral */
	"prompt is too long",          /* Anthropic */
	"exceed context limit",        /* Anthropic, with max_tokens */
	"context length is only",      /* vLLM */
	"context length of only",      /* LM Studio */
	"too long to fit into the model",        /* vLLM */
	"longer than the maximum model length",  /* vLLM */
	"exceeds the context window",  /* OpenAI responses */
	"exceeds the context length",  /* Ollama */
	"input length exceeds context length",   /* Ollama */
	"greater than the context length",       /* LM Studio */
	"context size has been exceeded",        /* LM Studio, llama.cpp */
	"exceeds the available context size",    /* llama.cpp */
	"reduce the length of the messages",     /* OpenAI, Groq */
	"exceeds the maximum number of tokens allowed", /* Gemini */
	"exceeded model token limit",  /* Moonshot */
	"context window exceeds limit",          /* MiniMax */
	"maximum prompt length is",    /* xAI */
	"input is too long for requested model", /* Bedrock */
	"`max_new_tokens` must be",    /* TGI */
};

/* The beginning of a string; more of an error nobody reads. */
static const char *text_of(const struct json *doc, uint32_t v, char *to,
			   size_t size)
{
	struct str inner = json_inner(doc, v);

	to[json_decode(&inner, to, size - 1)] = '\0';
	return to;
}

static bool text_is_context(const struct json *doc, uint32_t v)
{
	char text[2048];
	size_t i;

	if (!json_is(doc, v, JSON_STRING))
		return false;
	text_of(doc, v, text, sizeof(text));
	for (i = 0; i < COUNT_OF(context_texts); i++) {
		if (strcasestr(text, context_texts[i]))
			return true;
	}
	return false;
}

static bool said_is_context(const struct said *s, const struct json *doc)
{
	size_t i;

	/* One string that is too long for its member, which is another thing
	 * and says "maximum length" as well. */
	if (json_string_is(doc, s->code, "string_above_max_length"))
		return false;
	for (i = 0; i < COUNT_OF(context_words); i++) {
		if (json_string_is(doc, s->code, context_words[i]) ||
		    json_string_is(doc, s->type, context_words[i]))
			return true;
	}
	return text_is_context(doc, s->message) ||
	       text_is_context(doc, s->raw);
}

bool error_is_context(const struct json *doc)
{
	struct said s;

	return said_find(&s, doc) && said_is_context(&s, doc);
}

/* -- all of it ------------------------------------------------------------- */

/* Where a stream brings the error there is no status but what its words
 * say. */
static const struct {
	const char *word;
	int status;
} statuses[] = {
	{ "invalid_request_error", 400 },
	{ "BadRequestError", 400 },
	{ "context_length_exceeded", 400 },
	{ "exceed_context_size_error", 400 },
	{ "invalid_prompt", 400 },
	{ "content_filter", 400 },
	{ "authentication_error", 401 },
	{ "invalid_api_key", 401 },
	{ "billing_error", 402 },
	{ "permission_error", 403 },
	{ "not_found_error", 404 },
	{ "NotFoundError", 404 },
	{ "model_not_found", 404 },
	{ "request_too_large", 413 },
	{ "rate_limit_error", 429 },
	{ "rate_limit_exceeded", 429 },
	{ "insufficient_quota", 429 },
	{ "api_error", 500 },
	{ "server_error", 500 },
	{ "InternalServerError", 500 },
	{ "unavailable_error", 503 },
	{ "timeout_error", 504 },
	{ "overloaded_error", 529 },
};

static int status_of(const struct said *s, const struct json *doc)
{
	int64_t n;
	size_t i;

	if (json_int(doc, s->number, &n) && n >= 400 && n < 600)
		return (int)n;
	for (i = 0; i < COUNT_OF(statuses); i++) {
		if (json_string_is(doc, s->code, statuses[i].word) ||
		    json_string_is(doc, s->type, statuses[i].word))
			return statuses[i].status;
	}
	return 500;
}

/* A string of at most max plain characters, or NULL. */
static const char *word_of(struct arena *a, const struct json *doc, uint32_t v,
			   size_t max)
{
	struct str s = json_inner(doc, v);
	size_t i;

	if (!s.n || s.n > max)
		return NULL;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~' || strchr("\\<>", s.p[i]))
			return NULL;
	}
	return arena_cstr(a, s);
}

/* What a router says of a provider is of no use without the provider's own
 * words. */
static void text_fill(struct fail *f, const struct said *s,
		      const struct json *doc)
{
	uint32_t v = first_of(doc, JSON_STRING, s->message, s->type, s->code);
	size_t n;

	text_of(doc, v, f->text, sizeof(f->text));
	if (!f->text[0])
		snprintf(f->text, sizeof(f->text),
			 "The upstream answered with an error that says "
			 "nothing.");
	n = strlen(f->text);
	if (!json_is(doc, s->raw, JSON_STRING) || n + 8 > sizeof(f->text))
		return;
	memcpy(f->text + n, ": ", 3);
	text_of(doc, s->raw, f->text + n + 2, sizeof(f->text) - n - 2);
}

int error_read(struct fail *f, struct arena *a, const struct json *doc,
	       int status)
{
	struct fail read = { 0 };
	struct said s;

	if (!said_find(&s, doc))
		return -1;
	read.status = status >= 400 ? status : status_of(&s, doc);
	read.code = word_of(a, doc, s.code, 64);
	if (said_is_context(&s, doc))
		read.code = "context_length_exceeded";
	read.param = word_of(a, doc, s.param, 128);
	text_fill(&read, &s, doc);
	*f = read;
	return 0;
}
