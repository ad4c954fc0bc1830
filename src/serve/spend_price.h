/*
 * By which price a call is reserved, before anybody has said what it cost; a
 * part of spend*.c. An upstream's own names (deployments, aliases) are in no
 * table: what the last answer was priced as holds for the next.
 */
#ifndef SERVE_SPEND_PRICE_H
#define SERVE_SPEND_PRICE_H

#include "serve/req.h"

/* Of the calls to r->plan.target. Looked up once a target. */
const struct spend_price *spend_price(struct req *r);

/* What these tokens would cost by it, or PRICE_UNKNOWN. */
picousd spend_price_of(struct req *r, const struct usage *u);

/* The call that was just made says, for those to come. */
void spend_price_learn(struct req *r);

#endif
