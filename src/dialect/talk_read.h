/*
 * Reading a request: tables of members and of types take the objects of a
 * shape apart, and small readers make of each what it says.
 */
#ifndef DIALECT_TALK_READ_H
#define DIALECT_TALK_READ_H

#include <stddef.h>

#include "dialect/talk_fault.h"

/* Members of the request that a reader takes apart itself. */
struct talk_top {
	uint32_t turns, system, tools, choice, parallel, format;
	uint32_t effort, thinking, output, reasoning, include, text;
	uint32_t metadata, background, summary;
};

struct talk_reader {
	struct talk t; /* what comes of it */
	struct talk_top top;
	bool said, called; /* responses: in the assistant's turn that goes
			    * on there is text, there are calls */
};

/* What talk_row.types may hold. */
#define TALK_NUMBER (1u << JSON_NUMBER)
#define TALK_STRING (1u << JSON_STRING)
#define TALK_ARRAY (1u << JSON_ARRAY)
#define TALK_OBJECT (1u << JSON_OBJECT)
#define TALK_BOOL (1u << JSON_TRUE | 1u << JSON_FALSE)
#define TALK_ANY (~0u)

#define TALK_IDLE ((size_t)-1)  /* says nothing of the answer: left out */
#define TALK_STATE ((size_t)-2) /* what the provider keeps: refused always */

#define TALK_FAR_FILE "the file lies with another provider"

/* A member: its name, the types it may have, where its token goes. A null is
 * as good as nothing. */
struct talk_row {
	const char *name;
	unsigned types;
	size_t at;
};

/* Takes an object's members apart. 0 or -1. */
int talk_take(struct talk_reader *r, uint32_t obj,
	      const struct talk_row *rows, size_t n, void *into);

/* The members of parts, items and what is inside them, of all shapes. */
struct talk_got {
	uint32_t self; /* the object itself */
	uint32_t type, role, content, name, text, refusal, id, call_id;
	uint32_t arguments, function, input, output, is_error, detail;
	uint32_t image, file, audio, source, media_type, data, url, file_data;
	uint32_t file_url, title, citations, thinking, signature;
	uint32_t summary, sealed, calls, blocks, schema, description, strict;
	uint32_t enabled, serial, display, budget;
};

/* What stands inside the member of this name, which must be there. */
int talk_inside(struct talk_reader *r, const struct talk_got *g, uint32_t v,
		const char *name, const struct talk_row *rows, size_t n,
		struct talk_got *in);

/* Where a row's token goes: into a struct talk_got, or the reader. */
#define TALK_AT(member) offsetof(struct talk_got, member)
#define TALK_TOP(member) offsetof(struct talk_reader, top.member)
#define TALK_SET(setting) \
	(offsetof(struct talk_reader, t.set) + (setting) * sizeof(uint32_t))

/* Rows of many tables. The caller's business is no part of a request, and
 * marks for the prompt cache say nothing of the answer. */
#define TALK_ROW_TYPE { "type", TALK_STRING, TALK_IDLE }
#define TALK_ROW_CACHE { "cache_control", TALK_ANY, TALK_IDLE }
#define TALK_ROWS_CALLER \
	{ "model", TALK_ANY, TALK_IDLE }, \
	{ "stream", TALK_ANY, TALK_IDLE }, \
	{ "stream_options", TALK_ANY, TALK_IDLE }, \
	{ "cache", TALK_ANY, TALK_IDLE }

/* A type of part or item: its members and what becomes of them. */
struct talk_type {
	const char *name;
	const struct talk_row *rows;
	size_t n;
	int (*read)(struct talk_reader *r, struct talk_list *to,
		    const struct talk_got *g);
};

/* Reads an object by its type; one that no row has is lost. 0 or -1. */
int talk_typed(struct talk_reader *r, uint32_t obj,
	       const struct talk_type *types, size_t n, struct talk_list *to);

/* Content: a string (one text part), an array of typed parts, or nothing. */
int talk_content(struct talk_reader *r, uint32_t content,
		 const struct talk_type *types, size_t n,
		 struct talk_list *to);

/* A new turn, zeroed, and the last one, NULL when there is none. */
struct talk_turn *talk_turn(struct talk_reader *r, enum talk_role role,
			    uint32_t tok);
struct talk_turn *talk_last(struct talk_reader *r);

/* A part of words. */
int talk_words(struct talk_reader *r, struct talk_list *to,
	       enum talk_kind kind, uint32_t text);

/* `data:type;base64,...` becomes media and text, anything else url. */
int talk_address(struct talk_reader *r, struct talk_part *p, uint32_t v);

/* 0 when v is there, else -1: obj lacks a member it needs. */
int talk_need(struct talk_reader *r, uint32_t obj, uint32_t v,
	      const char *name);

/* Parts that are read alike. */
int talk_read_text(struct talk_reader *r, struct talk_list *to,
		   const struct talk_got *g);
int talk_read_refusal(struct talk_reader *r, struct talk_list *to,
		      const struct talk_got *g);
int talk_read_audio(struct talk_reader *r, struct talk_list *to,
		    const struct talk_got *g);

/* Room for the tools of a list; a tool; the one that must be called. to is
 * not used here and below. */
void talk_tools(struct talk_reader *r, uint32_t list);
int talk_read_tool(struct talk_reader *r, struct talk_list *to,
		   const struct talk_got *g);
int talk_read_named(struct talk_reader *r, struct talk_list *to,
		    const struct talk_got *g);

/* All about tools as OpenAI's shapes have it: a tool, and the object that
 * names one. */
int talk_read_tools(struct talk_reader *r, const struct talk_type *tool,
		    const struct talk_type *named);

/* The output format, if any; those that only have a name; a schema. */
int talk_read_format(struct talk_reader *r, const struct talk_type *types,
		     size_t n);
int talk_read_plain(struct talk_reader *r, struct talk_list *to,
		    const struct talk_got *g);
int talk_read_json(struct talk_reader *r, struct talk_list *to,
		   const struct talk_got *g);
int talk_read_schema(struct talk_reader *r, struct talk_list *to,
		     const struct talk_got *g);

/* Reasoning effort by its name, and by the tokens it may take. */
int talk_read_effort(struct talk_reader *r, uint32_t v);
enum talk_effort talk_effort_of_budget(int64_t tokens);

/*
 * Reasoning of an Anthropic model goes through the other shapes with a mark
 * before its signature, so that nothing else is ever given back to one as
 * its own; where there is but one place for it, a second mark says that it
 * is no signature but what redacted_thinking holds. Reasoning without the
 * mark is the private state of another model: no reader makes a part of it.
 */
#define TALK_SIGNED "anthropic:"
#define TALK_SEALED "redacted:"

/* Adds reasoning that has the mark. */
void talk_reasoning(struct talk_reader *r, struct talk_list *to, uint32_t tok,
		    struct str text, struct str sign, bool sealed);

/* The conversation: top.turns and top.system. 0 or -1. */
int talk_read_parts(struct talk_reader *r);  /* of chat completions */
int talk_read_blocks(struct talk_reader *r); /* of messages */
int talk_read_items(struct talk_reader *r);  /* of responses */

/* Readers: 0 or -1. */
int talk_read_chat(struct talk_reader *r);
int talk_read_messages(struct talk_reader *r);
int talk_read_responses(struct talk_reader *r);

#endif
