/* What a call can cost at most; a part of spend*.c. */
#ifndef SERVE_SPEND_BOUND_H
#define SERVE_SPEND_BOUND_H

#include "serve/req.h"

/*
 * Fills r->spend.bound for the call to r->plan.target, by what r->fit has
 * counted. `reserve` is how many tokens an answer is taken to have where
 * nobody says more: see reserve_tokens in larder.conf(5), which is the manual
 * of all this.
 */
void spend_bound(struct req *r, int reserve);

/* The most tokens that all choices of its answer can have together, whatever
 * limit the caller set: not every server goes by it. */
int64_t spend_most_output(struct req *r);

#endif
