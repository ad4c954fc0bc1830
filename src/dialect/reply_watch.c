#include "dialect/reply_rows.h"

void watch_init(struct reply_watch *w, enum shape shape, struct arena *own)
{
	*w = (struct reply_watch){ .shape = shape, .a = own };
	facts_init(&w->facts);
}

/* The bit of a choice; more choices than any provider gives share one. */
static void choice_bit(const struct json *doc, uint32_t choice, size_t *word_r,
		       uint64_t *bit_r)
{
	int64_t index = 0;

	json_int(doc, json_get(doc, choice, "index"), &index);
	if (index < 0 || index > 127)
		index = 127;
	*word_r = (size_t)(index >> 6);
	*bit_r = (uint64_t)1 << (index & 63);
}

static void choice_note(struct reply_watch *w, const struct json *doc,
			uint32_t choice)
{
	uint32_t reason = json_get(doc, choice, "finish_reason");
	uint64_t bit;
	size_t word;

	choice_bit(doc, choice, &word, &bit);
	w->seen[word] |= bit;
	/* Some servers say "" until there is one. */
	if (json_inner(doc, reason).n == 0 || (w->finished[word] & bit))
		return;
	w->finished[word] |= bit;
	/* OpenRouter's, and it stands beside its error; others' may not. */
	w->failed |= json_string_is(doc, reason, "error");
	facts_finish(&w->facts, doc, reason);
}

/* Chat and completions. */
void watch_choices(struct reply_watch *w, const struct json *doc)
{
	uint32_t choices = json_get(doc, 0, "choices");
	uint32_t i = json_item(doc, choices);
	uint32_t groq = json_get(doc, 0, "x_groq");

	facts_model(&w->facts, doc, json_get(doc, 0, "model"));
	if (json_is(doc, groq, JSON_OBJECT)) /* also when nobody asks */
		facts_usage(&w->facts, w->shape, doc,
			    json_get(doc, groq, "usage"));
	facts_usage(&w->facts, w->shape, doc, json_get(doc, 0, "usage"));
	facts_tier(&w->facts, doc, json_get(doc, 0, "service_tier"));
	for (; i; i = json_next(doc, choices, i))
		choice_note(w, doc, i);
}

static bool choices_finished(const struct reply_watch *w)
{
	return (w->seen[0] || w->seen[1]) && w->seen[0] == w->finished[0] &&
	       w->seen[1] == w->finished[1];
}

void watch_messages(struct reply_watch *w, const struct json *doc)
{
	uint32_t type = json_get(doc, 0, "type"), part;

	if (json_string_is(doc, type, "message_start")) {
		part = json_get(doc, 0, "message");
		facts_model(&w->facts, doc, json_in(doc, part, "model"));
		facts_usage(&w->facts, w->shape, doc,
			    json_in(doc, part, "usage"));
		w->seen[0] = 1;
	} else if (json_string_is(doc, type, "message_delta")) {
		part = json_in(doc, json_get(doc, 0, "delta"), "stop_reason");
		if (json_inner(doc, part).n && !w->finished[0]) {
			facts_finish(&w->facts, doc, part);
			w->finished[0] = 1;
		}
		facts_usage(&w->facts, w->shape, doc,
			    json_get(doc, 0, "usage"));
	} else if (json_string_is(doc, type, "message_stop")) {
		w->ended = true;
		w->failed |= !choices_finished(w);
	}
}

void watch_responses(struct reply_watch *w, const struct json *doc)
{
	static const char *const failures[] = {
		"error", "response.failed", "response.cancelled"
	};
	uint32_t type = json_get(doc, 0, "type");
	uint32_t response = json_get(doc, 0, "response");
	size_t i;

	for (i = 0; i < COUNT_OF(failures); i++)
		w->failed |= json_string_is(doc, type, failures[i]);
	if (json_string_is(doc, type, "response.completed") ||
	    json_string_is(doc, type, "response.incomplete")) {
		w->ended = true;
		if (!json_is(doc, response, JSON_OBJECT) ||
		    facts_of_response(&w->facts, doc, response) < 0)
			w->failed = true;
	}
}

void watch_nothing(struct reply_watch *w, const struct json *doc)
{
	(void)w;
	(void)doc;
}

/* [DONE] ends what has choices, and what is passed through unread. */
static void done_note(struct reply_watch *w)
{
	void (*watch)(struct reply_watch *, const struct json *) =
		reply_row(w->shape)->watch;

	w->ended = watch == watch_choices || watch == watch_nothing;
	w->failed |= watch != watch_nothing && !choices_finished(w);
}

void watch_read(struct reply_watch *w, const struct sse_event *e,
			  const struct json *doc)
{
	struct str data = str_trim(e->data);
	uint32_t error;

	if (data.n == 0)
		return;
	if (w->ended) {
		/* Some servers end every stream so (OpenRouter's responses). */
		w->after_end |= !str_is(data, REPLY_DONE) ||
				reply_row(w->shape)->watch == watch_choices;
		return;
	}
	if (str_is(e->type, "error"))
		w->failed = true;
	if (str_is(data, REPLY_DONE)) {
		done_note(w);
		return;
	}
	if (!doc || json_type(doc, 0) != JSON_OBJECT) {
		w->malformed = w->failed = true;
		return;
	}
	error = json_get(doc, 0, "error");
	if (error && !json_is(doc, error, JSON_NULL))
		w->failed = true;
	reply_row(w->shape)->watch(w, doc);
}

void watch_event(struct reply_watch *w, const struct sse_event *e)
{
	struct json_error err;
	struct json doc;
	int rc = json_parse(&doc, w->a, e->data, &err);

	watch_read(w, e, rc < 0 ? NULL : &doc);
	arena_reset(w->a);
}
