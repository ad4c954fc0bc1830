/* Between said.c and said_shapes.c. */
#ifndef REPLAY_SAID_OWN_H
#define REPLAY_SAID_OWN_H

#include "base/json.h"
#include "said.h"

/* The part of that number, made when there is none. */
struct said_part *said_part(struct said *s, enum said_kind kind,
			    int64_t choice, int64_t index);

/* Appends a string's text to that part, when it has any. */
void said_add(struct said *s, enum said_kind kind, int64_t choice,
	      int64_t index, const struct json *doc, uint32_t string);

/* The members id and name of an object that calls a tool. */
void said_name(struct said *s, struct said_part *p, const struct json *doc,
	       uint32_t id, uint32_t name);

void said_reason(struct said *s, const struct json *doc, uint32_t reason);
void said_other(struct said *s, const struct json *doc, uint32_t kind);
void said_model(struct said *s, const struct json *doc, uint32_t model);

/* Numbers by name; details NULL: beside the others. */
struct said_names {
	const char *input, *output, *details, *read, *written;
};
void said_usage(struct said *s, const struct said_names *names,
		const struct json *doc, uint32_t usage);

int64_t said_number(const struct json *doc, uint32_t obj, const char *name);

/* A member of a member; 0 for obj is absent, not the document. */
static inline uint32_t said_in(const struct json *doc, uint32_t obj,
			       const char *name)
{
	return json_is(doc, obj, JSON_OBJECT) ? json_get(doc, obj, name) : 0;
}

static inline uint32_t said_items(const struct json *doc, uint32_t v)
{
	return json_is(doc, v, JSON_ARRAY) ? json_first(doc, v) : 0;
}

/* One event of a stream, and a whole reply (0 or -1). */
void said_chat_event(struct said *s, const struct json *doc);
void said_messages_event(struct said *s, const struct json *doc);
void said_responses_event(struct said *s, const struct json *doc);
int said_chat_whole(struct said *s, const struct json *doc);
int said_messages_whole(struct said *s, const struct json *doc);
int said_responses_whole(struct said *s, const struct json *doc,
			 uint32_t response);

#endif
