/*
 * The limit on an answer's tokens, in the member the model expects:
 * max_tokens (messages, completions, most chat models),
 * max_completion_tokens (OpenAI's reasoning models, which refuse the former)
 * or max_output_tokens (responses). Other shapes have none.
 */
#ifndef DIALECT_OUTPUT_CAP_H
#define DIALECT_OUTPUT_CAP_H

#include "base/splice.h"
#include "dialect/chat.h"

/* What the request says; -1 when it says nothing, or nothing that is a whole
 * number from 0 on (some servers take -1 for no limit). Of the two members of
 * chat completions it is the lower. */
int64_t output_cap(const struct chat *c);

/* What bounds the answer whichever of the two its server goes by: the higher;
 * -1 when one of them bounds nothing (0 is no limit to some). */
int64_t output_cap_most(const struct chat *c);

/*
 * Fills or lowers it to `most` (0: no bound of the operator's) and moves it
 * to the member that model expects; of two that a model takes, the caller's
 * stays. One that is lower already stays. True when the request changed.
 *
 * Anthropic refuses a limit that thinking.budget_tokens does not fit into:
 * a budget that does not is lowered to three quarters of the limit, but not
 * below the 1024 that the API asks for; a bound that leaves no room behind
 * those is one of what follows the thinking.
 */
bool output_cap_set(struct splices *s, struct arena *a, const struct chat *c,
		    struct str model, int64_t most);

#endif
