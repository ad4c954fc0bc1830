/*
 * Writing a stream: what the writers (struct delta_writer) have in common.
 */
#ifndef DIALECT_DELTA_WRITE_H
#define DIALECT_DELTA_WRITE_H

#include "dialect/delta.h"

/* What a writer knows of its stream. */
struct delta_said {
	struct buf head;    /* chat: members of every chunk */
	int64_t chars;      /* chat: of text in blocks before */
	size_t nblock;      /* index of the next block, item or call */
	size_t seq, npart;  /* responses */
	struct block *item; /* responses: the one that is open, or NULL */
	struct buf parts;   /* responses: of the open message */
	struct buf output;  /* responses: items so far */
};

extern const struct delta_writer delta_write_chat;
extern const struct delta_writer delta_write_messages;
extern const struct delta_writer delta_write_responses;

/* What a reason is called in a shape, NULL for nothing. Of responses these
 * are the reasons of incomplete answers. */
const char *finish_name(enum shape shape, enum finish f);

/* Whose signatures these are: what a signature begins with elsewhere. */
const char *delta_origin(const struct translate *t);

/* -1 as 0. */
static inline int64_t delta_count(int64_t n)
{
	return n > 0 ? n : 0;
}

/* Was any usage told? */
static inline bool delta_usage_known(const struct translate *t)
{
	return t->facts.usage.input >= 0 || t->facts.usage.output >= 0;
}

#endif
