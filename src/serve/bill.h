/* What a request cost, and what larder saved on it. */
#ifndef SERVE_BILL_H
#define SERVE_BILL_H

#include "serve/tally.h"

void bill_make(struct req *r, struct tally_bill *x);

/* The members of the log's line that are about money. */
void bill_write(struct req *r, const struct tally_bill *x, struct buf *b);

#endif
