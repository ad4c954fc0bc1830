/*
 * What cannot be said, and what is wrong. Readers refuse by name what no
 * table of theirs lists, writers what they have no word for.
 */
#ifndef DIALECT_TALK_FAULT_H
#define DIALECT_TALK_FAULT_H

#include "dialect/talk.h"

/* Where that is told. */
struct talk_lost {
	struct fail *f;
	struct buf *dropped; /* or NULL */
	size_t n;            /* names in it */
};

/*
 * What the other shape has no word for: -1 with the refusal filled, or, when
 * that is allowed, 0 and listed in dropped. v is the value; why completes
 * "... cannot be said to this upstream: ".
 */
int talk_lose(const struct talk *t, uint32_t v, const char *why);

/* The same: there is no word for it, or for the type of this name. */
int talk_lose_word(const struct talk *t, uint32_t v);
int talk_lose_type(const struct talk *t, uint32_t type);

/* The same where leaving it out would leave nonsense. -1. */
int talk_refuse(const struct talk *t, uint32_t v, const char *why);

/* It is left out, whether that is allowed or not, and listed. */
void talk_note(const struct talk *t, uint32_t v);

/* v is wrong in its own shape: "... must be what". -1. */
int talk_wrong(const struct talk *t, uint32_t v, const char *what);

/* obj lacks a member it needs. -1. */
int talk_missing(const struct talk *t, uint32_t obj, const char *name);

#endif
