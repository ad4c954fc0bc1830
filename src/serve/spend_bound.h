/* What a call can cost at most; a part of spend.c. */
#ifndef SERVE_SPEND_BOUND_H
#define SERVE_SPEND_BOUND_H

#include "serve/req.h"

/* Of the call to r->plan.target, by what r->fit has counted: in the dearest way
 * in which it may be billed, with so many tokens of an answer where nothing
 * bounds them. 0: it is free. PRICE_UNKNOWN: nobody knows. */
picousd spend_bound(struct req *r, int reserve);

#endif
