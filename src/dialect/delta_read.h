/*
 * Reading a stream: events of a shape become the calls below, which delta.c
 * brings before a writer in their order.
 */
#ifndef DIALECT_DELTA_READ_H
#define DIALECT_DELTA_READ_H

#include "dialect/delta.h"

/* What a reader knows of its stream. */
struct delta_heard {
	int think_from;   /* chat: the member reasoning is taken from */
	size_t ncall;     /* chat: indices that were used; responses: items */
	struct buf input; /* messages: came whole with its block */
};

/* Readers: an event that is an object and no error. 0, or -1 when it is none
 * such a stream has, or holds what cannot be carried. */
int delta_read_chat(struct translate *t, const struct json *doc);
int delta_read_messages(struct translate *t, const struct json *doc);
int delta_read_responses(struct translate *t, const struct json *doc);

/* The tool_calls, and the function_call of old, of a chat delta. */
int delta_read_calls(struct translate *t, const struct json *doc,
		     uint32_t list);
int delta_read_function(struct translate *t, const struct json *doc,
			uint32_t of);

/* Of a responses event: an index it names, 0 when it does not, and its item,
 * the last one when it does not say. */
int64_t delta_index(const struct json *doc, const char *name);
int64_t delta_item(const struct translate *t, const struct json *doc);

/* The block of the item's part, which begins with its first piece; NULL when
 * the item is of another kind. */
struct block *delta_part(struct translate *t, const struct json *doc,
			 enum block_kind kind, int64_t key);

/* A part or an item that is over: what of it was not heard. */
int delta_part_whole(struct translate *t, const struct json *doc,
		     uint32_t part, int64_t key);
int delta_item_done(struct translate *t, const struct json *doc,
		    uint32_t item);

/* The event that begins an item. */
int delta_item_added(struct translate *t, const struct json *doc);

/* Who speaks; what was said before stands. The answer begins at begin. */
void delta_name(struct translate *t, const struct json *doc, uint32_t id,
		uint32_t model);
void delta_begin(struct translate *t);

/* A new block behind all others. */
struct block *delta_open(struct translate *t, enum block_kind kind);

/* The last block if it is of that kind and can take more, else a new one. */
struct block *delta_current(struct translate *t, enum block_kind kind);

/* More of a block. logprobs: items with commas between, mostly empty. */
int delta_piece(struct translate *t, struct block *b, struct str text,
		struct str logprobs);

/* What proves the block; the last one counts. */
void delta_sign(struct block *b, struct str sign);

/* A citation or annotation; those that name no URL are left out. */
void delta_note(struct translate *t, struct block *b, const struct json *doc,
		uint32_t note);

/* Nothing more comes for it. */
int delta_close(struct translate *t, struct block *b);

/* A proper end. -1 when there was no beginning or no reason. */
int delta_end(struct translate *t);

/* An error event of the caller's shape; the stream says nothing more. doc
 * NULL: it was none that can be read. */
void delta_error(struct translate *t, const struct json *doc);

/* The block at the source's index, NULL when there is none. */
struct block *delta_at(const struct translate *t, int64_t index);

/* 0, or -1 when the index is not one of a block. */
int delta_put(struct translate *t, int64_t index, struct block *b);

/* A string's inner; empty when absent or null. 0, or -1 for anything else. */
int delta_string(const struct json *doc, uint32_t v, struct str *inner_r);

/* The items of an array as they stand, without its brackets. */
struct str delta_items(const struct json *doc, uint32_t list);

/* The inner of a string that says the JSON text. */
struct str delta_quote(struct arena *a, struct str json);

/* A reason by its name in a shape. Of responses these are the reasons of
 * incomplete answers. */
enum finish finish_read(enum shape shape, struct str name);

#endif
