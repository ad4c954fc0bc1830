/* What a request cost, and what larder saved on it. */
#ifndef SERVE_BILL_H
#define SERVE_BILL_H

#include "serve/line.h"
#include "serve/req.h"

enum bill_saver {
	BILL_BY_CACHE, BILL_BY_COLLAPSED, BILL_BY_ROUTING, BILL_BY_HISTORY,
	BILL_BY_PROMPT_CACHE,
	BILL_SAVERS
};
extern const char *const bill_saver_word[BILL_SAVERS];

/* As the request's line says, and the tally adds up. */
struct bill {
	picousd cost;               /* PRICE_UNKNOWN: not all is known, */
	picousd known;              /* but so much is */
	picousd saved[BILL_SAVERS]; /* below 0: it cost */
};

/* What all calls of r cost, as far as they have ended: the answer's, those
 * that were too weak or failed after some of an answer, and nothing for what
 * is the cache's or another request's. PRICE_UNKNOWN: there was none, or of
 * one of them nobody knows. */
picousd bill_cost(const struct req *r);

void bill_make(struct req *r, struct bill *x);

/* The members of the log's line that are about money. */
void bill_write(struct req *r, const struct bill *x, struct line *l);

#endif
