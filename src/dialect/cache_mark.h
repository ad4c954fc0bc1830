/*
 * The provider's prompt cache, as requests speak of it: cache_control marks
 * (Anthropic's messages; chat completions through OpenRouter) and
 * prompt_cache_key (OpenAI). Edits are splices: every other byte stays, and
 * they go together with dropped messages, cut blocks, a new model name, and
 * text put into a message (dialect/summary.h).
 *
 * A mark is a member of a block: of the last one that takes it in a turn's
 * content, of system text, or of the last tool. Text that is a plain string
 * becomes a block for it. A cache_control inside a tool's input or schema is
 * somebody's data and no mark.
 */
#ifndef DIALECT_CACHE_MARK_H
#define DIALECT_CACHE_MARK_H

#include "base/splice.h"
#include "dialect/chat.h"

/* Where a mark may stand: behind tools and system text, or behind turn i. In
 * chat completions the former is behind the system messages it begins with. */
#define CACHE_MARK_SYSTEM ((size_t)-1)

/* How many marks the caller's request has, anywhere, the one of automatic
 * caching (cache_control of the request itself) included. Reads the whole
 * request. */
size_t cache_marks(const struct chat *c);

/*
 * Can it have one: it has none on any of its blocks (the last turn: none of
 * automatic caching either), and a block that takes it? These are text
 * that is not blank, images, documents, tool use and tool results; not
 * thinking. Through chat completions only text, and not the assistant's (of a
 * tool's result OpenRouter moves the mark from the text to the result).
 * Always false in APIs without marks.
 */
bool cache_mark_can(const struct chat *c, size_t where);

/* Puts one there, of the 1-hour life or the usual one. Only where
 * cache_mark_can() says so. */
void cache_mark_set(struct splices *s, struct arena *a, const struct chat *c,
		    size_t where, bool hour);

/* Takes all of the caller's away, for an upstream that rejects them. */
void cache_marks_cut(struct splices *s, struct arena *a,
		     const struct chat *c);

/* Sets prompt_cache_key (at most 64 characters, says OpenAI) unless the
 * request has one, or its API has no such member. */
void cache_key_set(struct splices *s, struct arena *a, const struct chat *c,
		   const char *key);

#endif
