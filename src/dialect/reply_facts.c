#include "base/utf8.h"
#include "dialect/reply_rows.h"

/* More than any bill; keeps sums from overflowing. */
#define TOKENS_MAX ((int64_t)1 << 53)

/* Where a dialect says what it used. */
struct usage_names {
	const char *input, *output;
	const char *details; /* the object the next two are in, or NULL */
	const char *read, *write;
	const char *by_life, *hour; /* an object in it, and a member of
				     * that; or NULL */
	bool apart; /* input does not include those two */
};

static const struct usage_names openai_usage = {
	"prompt_tokens", "completion_tokens", "prompt_tokens_details",
	"cached_tokens", "cache_write_tokens", NULL, NULL, false
};
static const struct usage_names responses_usage = {
	"input_tokens", "output_tokens", "input_tokens_details",
	"cached_tokens", "cache_write_tokens", NULL, NULL, false
};
static const struct usage_names anthropic_usage = {
	"input_tokens", "output_tokens", NULL,
	"cache_read_input_tokens", "cache_creation_input_tokens",
	"cache_creation", "ephemeral_1h_input_tokens", true
};

static const struct usage_names *usage_names_of(enum shape shape)
{
	if (shape == SHAPE_RESPONSES)
		return &responses_usage;
	if (shape_dialect(shape) == DIALECT_ANTHROPIC)
		return &anthropic_usage;
	return &openai_usage;
}

void facts_init(struct reply_facts *f)
{
	*f = (struct reply_facts){ .usage = { -1, -1, -1, -1, -1 } };
}

/* Sets *n_r to a sensible number of tokens, or leaves it. */
static void tokens_read(int64_t *n_r, const struct json *doc, uint32_t obj,
			const char *name)
{
	int64_t n;

	if (json_int(doc, json_in(doc, obj, name), &n) && n >= 0)
		*n_r = n < TOKENS_MAX ? n : TOKENS_MAX;
}

static int64_t at_least_0(int64_t n)
{
	return n > 0 ? n : 0;
}

/* What is not said leaves what was said before: a stream says it in parts. */
void facts_usage(struct reply_facts *f, enum shape shape,
		 const struct json *doc, uint32_t usage)
{
	const struct usage_names *names = usage_names_of(shape);
	struct usage *u = &f->usage;
	uint32_t details = usage;

	if (!json_is(doc, usage, JSON_OBJECT))
		return;
	if (names->apart && u->input >= 0)
		u->input -= at_least_0(u->cache_read) +
			    at_least_0(u->cache_write);
	if (names->details)
		details = json_get(doc, usage, names->details);
	tokens_read(&u->input, doc, usage, names->input);
	tokens_read(&u->output, doc, usage, names->output);
	tokens_read(&u->cache_read, doc, details, names->read);
	tokens_read(&u->cache_write, doc, details, names->write);
	if (names->by_life)
		tokens_read(&u->cache_write_1h, doc,
			    json_in(doc, usage, names->by_life), names->hour);
	if (names->apart && u->input >= 0)
		u->input += at_least_0(u->cache_read) +
			    at_least_0(u->cache_write);
}

/* Appends what stands in a JSON string, as many whole characters as fit. Names
 * and reasons hold no escapes; one that does is shown as it stands. */
static void text_add(char *to, size_t size, struct str inner)
{
	size_t at = strlen(to), n = 0, len;

	while (n < inner.n) {
		len = utf8_len(inner.p + n, inner.n - n);
		if (len == 0 || at + n + len >= size)
			break;
		n += len;
	}
	memcpy(to + at, inner.p, n);
	to[at + n] = '\0';
}

void facts_model(struct reply_facts *f, const struct json *doc,
		 uint32_t model)
{
	if (json_inner(doc, model).n == 0)
		return;
	f->model[0] = '\0';
	text_add(f->model, sizeof(f->model), json_inner(doc, model));
}

void facts_finish(struct reply_facts *f, const struct json *doc,
		  uint32_t reason)
{
	if (json_inner(doc, reason).n == 0)
		return;
	if (f->finish[0])
		text_add(f->finish, sizeof(f->finish), STR(","));
	text_add(f->finish, sizeof(f->finish), json_inner(doc, reason));
}

/* Chat and completions. */
int facts_choices(struct reply_facts *f, const struct json *doc)
{
	uint32_t choices = json_get(doc, 0, "choices");
	uint32_t i = json_item(doc, choices);

	if (!i)
		return -1;
	for (; i; i = json_next(doc, choices, i)) {
		if (!json_is(doc, i, JSON_OBJECT))
			return -1;
		facts_finish(f, doc, json_get(doc, i, "finish_reason"));
	}
	facts_model(f, doc, json_get(doc, 0, "model"));
	facts_usage(f, SHAPE_CHAT, doc, json_get(doc, 0, "usage"));
	return 0;
}

int facts_messages(struct reply_facts *f, const struct json *doc)
{
	if (!json_is(doc, json_get(doc, 0, "content"), JSON_ARRAY))
		return -1;
	facts_model(f, doc, json_get(doc, 0, "model"));
	facts_finish(f, doc, json_get(doc, 0, "stop_reason"));
	facts_usage(f, SHAPE_MESSAGES, doc, json_get(doc, 0, "usage"));
	return 0;
}

/* Queued, running, failed and cancelled ones are no replies. */
int facts_of_response(struct reply_facts *f, const struct json *doc,
		      uint32_t response)
{
	uint32_t status = json_get(doc, response, "status");
	uint32_t why = json_get(doc, response, "incomplete_details");
	bool incomplete = json_string_is(doc, status, "incomplete");

	if (!json_is(doc, json_get(doc, response, "output"), JSON_ARRAY))
		return -1;
	if (status && !incomplete && !json_string_is(doc, status, "completed"))
		return -1;
	why = json_in(doc, why, "reason");
	facts_finish(f, doc,
		     incomplete && json_is(doc, why, JSON_STRING) ? why :
								    status);
	facts_model(f, doc, json_get(doc, response, "model"));
	facts_usage(f, SHAPE_RESPONSES, doc,
		    json_get(doc, response, "usage"));
	return 0;
}

int facts_responses(struct reply_facts *f, const struct json *doc)
{
	return facts_of_response(f, doc, 0);
}

int facts_embedding(struct reply_facts *f, const struct json *doc)
{
	if (!json_item(doc, json_get(doc, 0, "data")))
		return -1;
	facts_model(f, doc, json_get(doc, 0, "model"));
	facts_usage(f, SHAPE_EMBEDDING, doc, json_get(doc, 0, "usage"));
	return 0;
}

/* input_tokens is the answer here, not a bill. */
int facts_count(struct reply_facts *f, const struct json *doc)
{
	(void)f;
	return json_is(doc, json_get(doc, 0, "input_tokens"), JSON_NUMBER) ?
		       0 :
		       -1;
}

int facts_models(struct reply_facts *f, const struct json *doc)
{
	(void)f;
	return json_is(doc, json_get(doc, 0, "data"), JSON_ARRAY) ? 0 : -1;
}

int facts_other(struct reply_facts *f, const struct json *doc)
{
	facts_model(f, doc, json_get(doc, 0, "model"));
	return 0;
}

int facts_of_doc(struct reply_facts *f, enum shape shape,
		 const struct json *doc)
{
	struct reply_facts facts;
	uint32_t error;

	facts_init(&facts);
	if (json_type(doc, 0) != JSON_OBJECT)
		return -1;
	error = json_get(doc, 0, "error");
	if (error && !json_is(doc, error, JSON_NULL))
		return -1;
	if (reply_row(shape)->facts(&facts, doc) < 0)
		return -1;
	*f = facts;
	return 0;
}

int facts_of_json(struct reply_facts *f, struct arena *a, enum shape shape,
		  struct str json)
{
	struct json_error err;
	struct json doc;

	if (json_parse(&doc, a, json, &err) < 0)
		return -1;
	return facts_of_doc(f, shape, &doc);
}
