/*
 * Bounded history: which messages of a request may go. The system messages
 * and the last keep_last messages stay; a tool call and its results stay or
 * go together; what remains starts with a user message.
 */
#ifndef THRIFT_TRIM_H
#define THRIFT_TRIM_H

#include "dialect/chat.h"

enum trim_method {
	TRIM_OFF,
	TRIM_DROP,
};

struct trim_conf { /* [history] */
	int max_tokens; /* of the whole prompt, estimated; 0: no bound */
	int keep_last;
	int method;
};

struct trim {
	uint32_t *gone; /* tokens of the dropped messages, document order */
	size_t n;
	size_t tokens; /* estimate of what was dropped */
};

/* Decides; nothing is dropped (n = 0) when the prompt is within bounds or
 * nothing may go. Arrays come from a. */
void trim_plan(struct trim *t, struct arena *a, const struct trim_conf *conf,
	       const struct chat *c);

/* Rough tokens of n bytes of text: 4 bytes a token, rounded up. */
static inline size_t trim_tokens(size_t bytes)
{
	return (bytes + 3) / 4;
}

#endif
