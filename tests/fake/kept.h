/*
 * A provider's cache of prompts, by the rules the providers publish.
 *
 * Anthropic's, for messages and for Claude by chat completions: a prompt is a
 * row of blocks (tools, system text, messages); a cache_control mark keeps
 * what stands up to it for five minutes or an hour from its last use, unless
 * that is shorter than the model's minimum; it is found again by content, at
 * the mark or up to 20 blocks before it; at most four marks, those of an hour
 * first, none on thinking or empty text.
 *
 * OpenAI's, for all others: nothing is asked for; beginnings of 1,024 tokens
 * and each 128 more are kept for five minutes from their last use, for each
 * prompt_cache_key by itself.
 *
 * Both belong to one credential and one model. A token is four bytes.
 */
#ifndef FAKE_KEPT_H
#define FAKE_KEPT_H

#include "fake/ask.h"

/* From now on there is one; before that nothing here does anything. */
void kept_start(void);

/* Fills q->kept. NULL, or what is wrong with the request's marks. */
const char *kept_use(struct ask *q, struct arena *a);

/* So many seconds pass at once. */
void kept_advance(int64_t seconds);
void kept_reset(void);

#endif
