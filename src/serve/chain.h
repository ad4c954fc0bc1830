/* When a target has failed: the next of its model's fallbacks. When its answer
 * is weak: the better model. */
#ifndef SERVE_CHAIN_H
#define SERVE_CHAIN_H

#include "serve/verdict.h"

/*
 * Goes on to the next target, if v is a failure to fall for, or the answer is
 * judged and weak, and the caller has been shown nothing yet: what is in
 * struct leg becomes its own. True when it is to be asked; false when there is
 * none, or its answer was found in the cache (r->hit), or `stale` was next and
 * there is one.
 *
 * When the better model fails, the weak answer is the caller's; true when that
 * was cut short and is to be asked for again.
 */
bool chain_next(struct req *r, const struct verdict *v);

/* Behind the last: when that failed too, the first one's failure is what the
 * caller is told, or, when there is one, an expired answer. */
void chain_end(struct req *r, const struct verdict *v);

#endif
