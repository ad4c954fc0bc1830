/* What a caller is told of a budget that stands in the way; a part of
 * spend*.c. All return -1 with r->fail. */
#ifndef SERVE_SPEND_REFUSE_H
#define SERVE_SPEND_REFUSE_H

#include "serve/req.h"

/* Whatever is under way may leave something. */
int spend_refuse_wait(struct req *r, const struct budget_rule *b);
/* It is spent, in that period. */
int spend_refuse_full(struct req *r, const struct budget_rule *b,
		      const struct budget_place *p, uint32_t period);
int spend_refuse_unpriced(struct req *r, const struct budget_rule *b);
/* There is no place left to count in. */
int spend_refuse_uncounted(struct req *r, const struct budget_rule *b);

#endif
