/*
 * What each shape does with replies: a row of functions. Private to the
 * reply*.c files.
 */
#ifndef DIALECT_REPLY_ROWS_H
#define DIALECT_REPLY_ROWS_H

#include "base/count.h"
#include "base/json.h"
#include "dialect/merge.h"
#include "dialect/reply.h"

/* The ends of streams that are no JSON. */
#define REPLY_DONE "[DONE]"

struct reply_row {
	/* What one stream event says. */
	void (*watch)(struct reply_watch *w,
				const struct json *doc);
	/* What a whole reply says; 0, or -1 when it is none. */
	int (*facts)(struct reply_facts *f, const struct json *doc);

	/* SSE -> JSON: take adds an event to m, which is an empty object at
	 * the start; finish puts m into its final form. 0 or -1. */
	int (*take)(struct merge *m, const struct json *doc);
	int (*finish)(struct merge *m);

	/* JSON -> SSE. doc has passed facts. 0 or -1. */
	int (*expand)(struct buf *out, const struct json *doc, bool usage);

	/* Has chunks with usage that only include_usage asks for. */
	bool usage_chunks;
};

/* Never NULL; shapes without a streaming form have no take. */
const struct reply_row *reply_row(enum shape shape);

/* reply_watch.c */
void watch_choices(struct reply_watch *w, const struct json *doc);
void watch_messages(struct reply_watch *w, const struct json *doc);
void watch_responses(struct reply_watch *w, const struct json *doc);
void watch_nothing(struct reply_watch *w, const struct json *doc);

/* watch_event for an event that was read already: doc NULL when its data
 * is no JSON. */
void watch_read(struct reply_watch *w, const struct sse_event *e,
			  const struct json *doc);

/* reply_facts.c */
int facts_choices(struct reply_facts *f, const struct json *doc);
int facts_messages(struct reply_facts *f, const struct json *doc);
int facts_responses(struct reply_facts *f, const struct json *doc);
int facts_embedding(struct reply_facts *f, const struct json *doc);
int facts_count(struct reply_facts *f, const struct json *doc);
int facts_models(struct reply_facts *f, const struct json *doc);
int facts_other(struct reply_facts *f, const struct json *doc);
void facts_usage(struct reply_facts *f, enum shape shape,
		 const struct json *doc, uint32_t usage);
void facts_tier(struct reply_facts *f, const struct json *doc, uint32_t tier);
void facts_model(struct reply_facts *f, const struct json *doc,
		 uint32_t model);
void facts_finish(struct reply_facts *f, const struct json *doc,
		  uint32_t reason);

/* facts_of_json for a document that was read already. */
int facts_of_doc(struct reply_facts *f, enum shape shape,
		 const struct json *doc);

/* facts_responses for a response object inside doc. */
int facts_of_response(struct reply_facts *f, const struct json *doc,
		      uint32_t response);

/* reply_chat.c */
int take_chat(struct merge *m, const struct json *doc);
int take_completion(struct merge *m, const struct json *doc);
int finish_chat(struct merge *m);
int finish_completion(struct merge *m);
int expand_chat(struct buf *out, const struct json *doc, bool usage);
int expand_completion(struct buf *out, const struct json *doc, bool usage);

/* reply_messages.c */
int take_messages(struct merge *m, const struct json *doc);
int finish_messages(struct merge *m);
int expand_messages(struct buf *out, const struct json *doc, bool usage);

/* reply_responses.c */
int take_responses(struct merge *m, const struct json *doc);
int finish_responses(struct merge *m);
int expand_responses(struct buf *out, const struct json *doc, bool usage);

/*
 * reply_write.c. An event is opened, JSON is written, the event is closed.
 */
struct event {
	struct buf *out;
	size_t at; /* where its data begins */
};

/* `event: type` unless type is NULL, and `data: `. */
struct event event_open(struct buf *out, const char *type);

/* The same with {"type":"..." as the beginning of the data. */
struct event event_open_typed(struct buf *out, const char *type);

/* Ends the event. Line ends between the JSON's tokens become blanks, for
 * they would end the data line. */
void event_close(struct event *e);

/* What stands in the place of a member's value; NULL: the member goes. */
struct swap {
	const char *name;
	const char *with;
};

/* The object's members, each as `"name":value`, commas between; true when
 * there were any. `first` says that no comma goes before the first. */
bool write_members(struct buf *out, const struct json *doc, uint32_t obj,
		   const struct swap *swap, size_t n, bool first);

/* The same in brackets. */
void write_object(struct buf *out, const struct json *doc, uint32_t obj,
		  const struct swap *swap, size_t n);

/* ,"name":value with the value as it stands, or dflt for index 0. */
void write_pair(struct buf *out, const char *name, const struct json *doc,
		uint32_t v, const char *dflt);

/* A member of a member: 0 for obj means absent here, not the document. */
static inline uint32_t json_in(const struct json *doc, uint32_t obj,
			       const char *name)
{
	return obj ? json_get(doc, obj, name) : 0;
}

/* The first item of v when it is an array, else 0. */
static inline uint32_t json_item(const struct json *doc, uint32_t v)
{
	return json_is(doc, v, JSON_ARRAY) ? json_first(doc, v) : 0;
}

#endif
