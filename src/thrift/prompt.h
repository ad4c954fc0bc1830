/*
 * How many tokens a request is: its messages one by one, with what the
 * provider adds around them, tools, and images at their token price. Exact
 * for text where the model's encoding is known, else a family's estimate.
 *
 * Around messages, and for tools, it is what OpenAI's cookbook counts ("How
 * to count tokens with tiktoken"): 3 for each message, 1 for a name, 3 for
 * the reply to come. Images go by OpenAI's tiles and patches, Anthropic's
 * pixels or Gemini's tiles (thrift/prompt_image.h); one whose size is not in
 * the request (a link) counts as 1024 by 1024 pixels, a document as 2,000.
 */
#ifndef THRIFT_PROMPT_H
#define THRIFT_PROMPT_H

#include "base/arena.h"
#include "dialect/chat.h"
#include "thrift/family.h"
#include "thrift/token.h"

struct prompt_ask {
	const struct chat *chat;
	struct str model;                /* as the upstream calls it */
	const struct token_table *table; /* of its encoding; NULL: estimate */
	const struct family_board *learned; /* for estimates; NULL: fixed */
};

struct prompt {
	size_t total;
	size_t fixed;  /* of that: tools, system text outside the turns, and
			* what surrounds it all */
	size_t *turn;  /* tokens of each turn, chat->nturn of them */
	bool exact;    /* by a table, and nothing but text was counted */
	size_t beside; /* of total: images and what surrounds the text */
	uint64_t weight; /* of all text; what a provider counted less beside
			  * is what family_learn() wants to know of it */
};

/* Counts. turn comes from a. */
void prompt_count(struct prompt *p, struct arena *a,
		  const struct prompt_ask *ask);

/* The fixed estimate of the last user message, and of the whole: quick, for
 * routing rules, the same at all times and for all models. */
size_t prompt_rough_user(const struct chat *c);
size_t prompt_rough(const struct chat *c);

#endif
