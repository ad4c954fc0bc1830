/*
 * The canonical form of a request body, hashed as it is walked: members
 * sorted by their decoded names, strings by their decoded bytes, numbers by
 * exact decimal value (1.0 = 1 = 10e-1, 2^53 and 2^53+1 differ), whitespace
 * gone. Two bodies meet exactly when they ask the same question.
 *
 * Left out at the top level: stream, stream_options, user, metadata,
 * safety_identifier, prompt_cache_key, service_tier, cache, and `ignore`.
 * Explicit defaults meet their absence: n:1 (chat, completion), tool_choice
 * "auto" and parallel_tool_calls:true (chat, responses), tool_choice
 * {"type":"auto"} (messages). A content or system prompt that is one plain
 * text block meets the same text as a string; a Responses input that is a
 * string meets one user message with that content, and a message with
 * nothing but role and content meets itself with type "message". A tool's
 * eager_input_streaming (messages) says how a stream is cut, not what it says,
 * and is left out. Every other member enters, known or not.
 */
#ifndef DIALECT_CANON_H
#define DIALECT_CANON_H

#include "base/hash.h"
#include "base/splice.h"
#include "dialect/shape.h"

struct canon_ask {
	enum shape shape;
	const char *const *ignore; /* more top-level names to leave out */
	size_t nignore;
	const struct splice_top *edit; /* what the body is before that */
	size_t nedit;
};

/* Adds the body to h; no body is the beginning of another, so that what is
 * added behind it cannot be taken for a part of it. Scratch memory comes from
 * a. */
void canon_hash(struct hash *h, struct arena *a, const struct json *doc,
		const struct canon_ask *q);

/* Adds the exact value of a valid JSON number. */
void canon_number(struct hash *h, struct arena *a, struct str lexeme);

#endif
