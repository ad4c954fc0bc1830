#include "base/utf8.h"
#include "dialect/reply_rows.h"

/* More than any bill; keeps sums from overflowing. */
#define TOKENS_MAX (1 << 24) /* no window is so large: it is a mistake */

/* Where in a usage object a number stands: in it, or in an object of it. */
struct usage_place {
	const char *in; /* NULL: in the usage object itself */
	const char *name;
	size_t to;      /* of struct usage */
};

#define TO(field) offsetof(struct usage, field)

/*
 * Where it is said in several ways the last one counts. Besides OpenAI's own:
 * DeepSeek has prompt_cache_hit_tokens in older answers without details, as
 * Moonshot has cached_tokens; LiteLLM's proxy passes Anthropic's
 * cache_creation_input_tokens on, and OpenRouter says cache_write_tokens.
 */
static const struct usage_place chat_places[] = {
	{ NULL, "prompt_tokens", TO(input) },
	{ NULL, "completion_tokens", TO(output) },
	{ NULL, "cached_tokens", TO(cache_read) },
	{ NULL, "prompt_cache_hit_tokens", TO(cache_read) },
	{ NULL, "cache_creation_input_tokens", TO(cache_write) },
	{ "prompt_tokens_details", "cached_tokens", TO(cache_read) },
	{ "prompt_tokens_details", "cache_write_tokens", TO(cache_write) },
	{ "prompt_tokens_details", "audio_tokens", TO(audio_in) },
	{ "prompt_tokens_details", "image_tokens", TO(image_in) },
	{ NULL, "reasoning_tokens", TO(reasoning) },
	{ "completion_tokens_details", "reasoning_tokens", TO(reasoning) },
	{ "completion_tokens_details", "audio_tokens", TO(audio_out) },
	{ "completion_tokens_details", "image_tokens", TO(image_out) },
	{ NULL, NULL, 0 }
};
static const struct usage_place responses_places[] = {
	{ NULL, "input_tokens", TO(input) },
	{ NULL, "output_tokens", TO(output) },
	{ "input_tokens_details", "cached_tokens", TO(cache_read) },
	{ "input_tokens_details", "cache_write_tokens", TO(cache_write) },
	{ "input_tokens_details", "audio_tokens", TO(audio_in) },
	{ "input_tokens_details", "image_tokens", TO(image_in) },
	{ "output_tokens_details", "reasoning_tokens", TO(reasoning) },
	{ "output_tokens_details", "audio_tokens", TO(audio_out) },
	{ "output_tokens_details", "image_tokens", TO(image_out) },
	{ NULL, NULL, 0 }
};
static const struct usage_place messages_places[] = {
	{ NULL, "input_tokens", TO(input) },
	{ NULL, "output_tokens", TO(output) },
	{ NULL, "cache_read_input_tokens", TO(cache_read) },
	{ NULL, "cache_creation_input_tokens", TO(cache_write) },
	{ "cache_creation", "ephemeral_1h_input_tokens", TO(cache_write_1h) },
	{ NULL, NULL, 0 }
};

static const struct usage_place *places_of(enum shape shape)
{
	if (shape == SHAPE_RESPONSES)
		return responses_places;
	if (shape_dialect(shape) == DIALECT_ANTHROPIC)
		return messages_places;
	return chat_places;
}

void facts_init(struct reply_facts *f)
{
	*f = (struct reply_facts){ .usage = {
		.input = -1, .output = -1, .cache_read = -1,
		.cache_write = -1, .cache_write_1h = -1, .reasoning = -1,
		.audio_in = -1, .audio_read = -1, .audio_out = -1,
		.image_in = -1, .image_out = -1, .images = -1,
	} };
}

/* Sets *n_r to a number of tokens, or leaves it when that cannot be one. */
static void tokens_read(int64_t *n_r, const struct json *doc, uint32_t obj,
			const char *name)
{
	int64_t n;

	if (json_int(doc, json_in(doc, obj, name), &n) && n >= 0 &&
	    n <= TOKENS_MAX)
		*n_r = n;
}

static int64_t at_least_0(int64_t n)
{
	return n > 0 ? n : 0;
}

/* What was read from the cache and written to it, where input is without. */
static int64_t apart(const struct usage *u, enum shape shape)
{
	if (u->input < 0 || shape_dialect(shape) != DIALECT_ANTHROPIC)
		return 0;
	return at_least_0(u->cache_read) + at_least_0(u->cache_write);
}

/* Who says less of the whole than of a part leaves the parts out of it. (Two
 * that are more than the whole may be the same tokens, read and written.) */
static void take_in_cache(struct usage *u)
{
	int64_t read = at_least_0(u->cache_read);
	int64_t write = at_least_0(u->cache_write);

	if (u->input >= 0 && (u->input < read || u->input < write))
		u->input += read + write;
}

/*
 * xAI and Google leave reasoning out of completion_tokens, and have it in the
 * total. xAI says how much it was, Google nothing.
 */
static void take_in_reasoning(struct reply_facts *f, const struct json *doc,
			      uint32_t usage)
{
	struct usage *u = &f->usage;
	int64_t total = -1, output = -1, beyond;

	tokens_read(&total, doc, usage, "total_tokens");
	tokens_read(&output, doc, usage, "completion_tokens");
	beyond = total - output - u->input;
	if (total < 0 || output < 0 || u->input < 0 || beyond <= 0)
		return;
	if (u->reasoning <= 0 && strstr(f->model, "gemini"))
		u->reasoning = beyond;
	if (u->reasoning == beyond)
		u->output = output + beyond;
}

/* What OpenRouter says that it cost, in dollars, and xAI in ticks of 1e-10. */
static void cost_read(struct reply_facts *f, const struct json *doc,
		      uint32_t usage)
{
	static const struct {
		const char *name;
		bool ticks;
	} costs[] = { { "cost_in_usd_ticks", true }, { "cost", false } };
	struct str said;

	/* Who brings a key of his own pays another bill. */
	if (json_bool(doc, json_get(doc, usage, "is_byok"), false))
		return;
	for (size_t i = 0; i < COUNT_OF(costs); i++) {
		said = json_span(doc, json_get(doc, usage, costs[i].name));
		if (!json_is(doc, json_get(doc, usage, costs[i].name),
			     JSON_NUMBER) || said.n >= sizeof(f->cost))
			continue;
		memcpy(f->cost, said.p, said.n);
		f->cost[said.n] = '\0';
		f->cost_ticks = costs[i].ticks;
	}
}

static int64_t *field(struct usage *u, const struct usage_place *at)
{
	return (int64_t *)((char *)u + at->to);
}

/* Some end a stream with zeros. */
static void keep_most(struct usage *u, struct usage *was,
		      const struct usage_place *at)
{
	for (; at->name; at++)
		if (*field(was, at) > *field(u, at))
			*field(u, at) = *field(was, at);
}

/* What is not said leaves what was said before: a stream says it in parts. */
void facts_usage(struct reply_facts *f, enum shape shape,
		 const struct json *doc, uint32_t usage)
{
	const struct usage_place *at = places_of(shape);
	struct usage *u = &f->usage, was = *u;

	if (!json_is(doc, usage, JSON_OBJECT))
		return;
	u->input -= apart(u, shape);
	for (; at->name; at++)
		tokens_read(field(u, at), doc,
			    at->in ? json_get(doc, usage, at->in) : usage,
			    at->name);
	u->input += apart(u, shape);
	take_in_cache(u);
	if (shape == SHAPE_CHAT)
		take_in_reasoning(f, doc, usage);
	keep_most(u, &was, places_of(shape));
	cost_read(f, doc, usage);
	facts_tier(f, doc, json_get(doc, usage, "service_tier"));
}

void facts_tier(struct reply_facts *f, const struct json *doc, uint32_t tier)
{
	if (json_is(doc, tier, JSON_STRING))
		f->usage.tier = usage_tier_of(json_inner(doc, tier));
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
	facts_tier(f, doc, json_get(doc, 0, "service_tier"));
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
	facts_tier(f, doc, json_get(doc, response, "service_tier"));
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

void facts_of_other(struct reply_facts *f, struct arena *a, enum shape shape,
		    struct str json)
{
	struct json_error err;
	struct json doc;

	if (json_parse(&doc, a, json, &err) < 0 ||
	    json_type(&doc, 0) != JSON_OBJECT)
		return;
	facts_model(f, &doc, json_get(&doc, 0, "model"));
	facts_usage(f, shape, &doc, json_get(&doc, 0, "usage"));
	facts_tier(f, &doc, json_get(&doc, 0, "service_tier"));
}
