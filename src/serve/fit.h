/*
 * What an upstream is sent, beyond the question: history cut to size, marks
 * for its cache of prompts. Made when it is about to be asked, so that nothing
 * is counted for an answer that is in the cache.
 */
#ifndef SERVE_FIT_H
#define SERVE_FIT_H

#include "serve/req.h"

#define FIT_TOO_LONG "context_length_exceeded"

/* Fills r->fit for the target asked now. 0, or -1 with r->fail: its
 * prompt has too many tokens (code FIT_TOO_LONG), or cannot be put together. */
int fit_make(struct req *r);

/* It was answered: what that teaches. */
void fit_learn(struct req *r);

#endif
