/* What a request cost, and what larder saved on it. */
#ifndef SERVE_BILL_H
#define SERVE_BILL_H

#include "serve/line.h"
#include "serve/tally.h"

/* What all calls of r cost, as far as they have ended: the answer's, those
 * that were too weak or failed after some of an answer, and nothing for what
 * is the cache's or another request's. PRICE_UNKNOWN: there was none, or of
 * one of them nobody knows. */
picousd bill_cost(const struct req *r);

void bill_make(struct req *r, struct tally_bill *x);

/* The members of the log's line that are about money. */
void bill_write(struct req *r, const struct tally_bill *x, struct line *l);

#endif
