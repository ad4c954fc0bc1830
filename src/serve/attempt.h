/* One target, called until it answers or there is no use in calling again. */
#ifndef SERVE_ATTEMPT_H
#define SERVE_ATTEMPT_H

#include "serve/verdict.h"

/*
 * Calls r->plan.target, again after failures that may go by, up to the
 * upstream's `retries` and [larder] max_wait, and never once the caller has
 * been shown some of an answer. Fills r->out, or r->fail, and *v.
 */
void attempt(struct req *r, struct verdict *v);

#endif
