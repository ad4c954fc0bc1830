/* The kinds of request larder understands, and the two families of APIs. */
#ifndef DIALECT_SHAPE_H
#define DIALECT_SHAPE_H

#include <stdbool.h>

#include "base/str.h"

enum dialect {
	DIALECT_OPENAI,
	DIALECT_ANTHROPIC,
};

enum shape {
	SHAPE_CHAT,       /* openai    /chat/completions */
	SHAPE_RESPONSES,  /* openai    /responses */
	SHAPE_COMPLETION, /* openai    /completions */
	SHAPE_EMBEDDING,  /* openai    /embeddings */
	SHAPE_MESSAGES,   /* anthropic /messages */
	SHAPE_COUNT,      /* anthropic /messages/count_tokens */
	SHAPE_MODELS,     /* either    GET /models */
	SHAPE_OTHER,      /* passed through */
};

enum dialect shape_dialect(enum shape s); /* MODELS, OTHER: openai */

/* Is its body none of larder's business (or is there none)? */
static inline bool shape_unread(enum shape s)
{
	return s == SHAPE_MODELS || s == SHAPE_OTHER;
}

/* Does nobody bill it? Counting tokens and lists of models are free. */
static inline bool shape_is_free(enum shape s)
{
	return s == SHAPE_COUNT || s == SHAPE_MODELS;
}

/* "chat/completions"; the path behind /v1/ and the log's endpoint. */
const char *shape_path(enum shape s);

/* And back; SHAPE_OTHER for what is no such path. */
enum shape shape_of_path(struct str path);

#endif
