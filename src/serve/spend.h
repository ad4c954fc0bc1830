/*
 * Budgets: what a call can cost is reserved before it is made, and put right
 * once it is known what it did cost. What is found in the cache, or follows
 * another's call, passes none of this.
 */
#ifndef SERVE_SPEND_H
#define SERVE_SPEND_H

#include "serve/verdict.h"

/* Does any budget count calls of r->plan.target? Then its prompt is to be
 * counted. */
bool spend_counts(struct req *r);

/*
 * Reserves what the call to r->plan.target may cost at most: its prompt as
 * counted (a quarter more where that is an estimate) and the most tokens the
 * answer may have, which is never more than the model can say. 0, or -1 with
 * r->fail: then nothing is reserved.
 *
 * A stranger (serve/trust.h) reserves nothing of a budget that is others', too,
 * and has a sum of its own only once it has had an answer; but of strangers
 * only so many go at once (serve/spend_rule.h).
 *
 * A model whose price is not known reserves that of the dearest [model] of its
 * upstream and is counted apart, unless `block_unpriced` refuses it.
 */
int spend_take(struct req *r);

/*
 * It has cost r->out.cost. Where that is not known: nothing when it failed
 * and cannot have been billed (v); when nothing came its prompt, and as much
 * of an answer as reserve_tokens has where the caller left (a stranger's
 * nothing); when it was answered its tokens at the price it was reserved by,
 * or all that was reserved where they are not known. v NULL: it was not
 * made. Once for each spend_take() that was good; then r->spend.settled is
 * what all calls of r so far came to, as budgets have it.
 */
void spend_settle(struct req *r, const struct verdict *v);

/* -- for those who look ---------------------------------------------------- */

struct spend_line {
	const struct budget_rule *rule;
	const char *tenant;  /* "": all that it is for */
	picousd spent, held; /* the former includes the latter, which is
			      * reserved */
	int64_t unpriced;    /* calls of unknown price */
	int64_t renewed_ms;  /* when it begins anew (wall clock) */
	bool blocked;
	int64_t since_ms;    /* when the first call was refused; 0: none yet */
};

/* Each budget, in the order of the file; of those that are per tenant, each
 * tenant that has one by now. Changes nothing. */
void spend_each(const struct settings *conf, const struct secrets *secret,
		struct budget_book *book, int64_t wall_ms,
		void (*line)(void *ctx, const struct spend_line *l),
		void *ctx);

#endif
