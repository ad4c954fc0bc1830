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
	if (!json_is(doc, reason, JSON_STRING) || (w->finished[word] & bit))
		return;
	w->finished[word] |= bit;
	facts_finish(&w->facts, doc, reason);
}

/* Chat and completions. */
enum watch_say watch_choices(struct reply_watch *w, const struct json *doc)
{
	uint32_t choices = json_get(doc, 0, "choices");
	uint32_t usage = json_get(doc, 0, "usage");
	uint32_t i = json_item(doc, choices);

	facts_model(&w->facts, doc, json_get(doc, 0, "model"));
	facts_usage(&w->facts, w->shape, doc, usage);
	if (!i && json_is(doc, choices, JSON_ARRAY) &&
	    json_is(doc, usage, JSON_OBJECT))
		return WATCH_USAGE;
	for (; i; i = json_next(doc, choices, i))
		choice_note(w, doc, i);
	return WATCH_PASS;
}

static bool choices_finished(const struct reply_watch *w)
{
	return (w->seen[0] || w->seen[1]) && w->seen[0] == w->finished[0] &&
	       w->seen[1] == w->finished[1];
}

enum watch_say watch_messages(struct reply_watch *w, const struct json *doc)
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
		if (json_is(doc, part, JSON_STRING) && !w->finished[0]) {
			facts_finish(&w->facts, doc, part);
			w->finished[0] = 1;
		}
		facts_usage(&w->facts, w->shape, doc,
			    json_get(doc, 0, "usage"));
	} else if (json_string_is(doc, type, "message_stop")) {
		w->ended = true;
		w->failed |= !choices_finished(w);
	}
	return WATCH_PASS;
}

enum watch_say watch_responses(struct reply_watch *w, const struct json *doc)
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
	return WATCH_PASS;
}

enum watch_say watch_nothing(struct reply_watch *w, const struct json *doc)
{
	(void)w;
	(void)doc;
	return WATCH_PASS;
}

/* [DONE] ends what has choices, and what is passed through unread. */
static void done_note(struct reply_watch *w)
{
	enum watch_say (*watch)(struct reply_watch *, const struct json *) =
		reply_row(w->shape)->watch;

	w->ended = watch == watch_choices || watch == watch_nothing;
	w->failed |= watch != watch_nothing && !choices_finished(w);
}

enum watch_say watch_read(struct reply_watch *w, const struct sse_event *e,
			  const struct json *doc)
{
	struct str data = str_trim(e->data);
	uint32_t error;

	if (data.n == 0)
		return WATCH_PASS;
	if (w->ended) {
		w->after_end = true;
		return WATCH_PASS;
	}
	if (str_is(e->type, "error"))
		w->failed = true;
	if (str_is(data, REPLY_DONE)) {
		done_note(w);
		return WATCH_PASS;
	}
	if (!doc || json_type(doc, 0) != JSON_OBJECT) {
		w->failed = true;
		return WATCH_PASS;
	}
	error = json_get(doc, 0, "error");
	if (error && !json_is(doc, error, JSON_NULL))
		w->failed = true;
	return reply_row(w->shape)->watch(w, doc);
}

enum watch_say watch_event(struct reply_watch *w, const struct sse_event *e)
{
	struct json_error err;
	enum watch_say say;
	struct json doc;
	int rc = json_parse(&doc, w->a, e->data, &err);

	say = watch_read(w, e, rc < 0 ? NULL : &doc);
	arena_reset(w->a);
	return say;
}
