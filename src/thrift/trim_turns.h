/* What trim.c wants to know of a conversation, made in one pass over it. */
#ifndef THRIFT_TRIM_TURNS_H
#define THRIFT_TRIM_TURNS_H

#include "dialect/chat.h"

/* At turn i, or behind the last. Where there is no such turn stands nturn. */
struct trim_at {
	size_t all;       /* tokens of the turns before it */
	size_t system;    /* of these, the system turns' */
	uint32_t unit;    /* where its unit begins: a call and its results */
	uint32_t prev;    /* the last before it that is no system turn */
	uint32_t next;    /* the first from it on that is no system turn */
	uint32_t user;    /* the last user's before it */
	uint32_t plain;   /* the last before it that is a user's or words */
	uint32_t answers; /* units of the assistant's before it */
};

/* nturn + 1 of them. */
struct trim_at *trim_turns(struct arena *a, const struct chat *c,
			   const size_t *tokens);

static inline bool trim_is_system(const struct chat *c, size_t i)
{
	return c->turn[i].role == ROLE_SYSTEM;
}

static inline bool trim_is_user(const struct chat *c, size_t i)
{
	return c->turn[i].role == ROLE_USER && !c->turn[i].results;
}

/* Words of the assistant's, and no call. */
static inline bool trim_is_words(const struct chat *c, size_t i)
{
	return c->turn[i].role == ROLE_ASSISTANT && !c->turn[i].calls &&
	       !c->turn[i].results;
}

#endif
