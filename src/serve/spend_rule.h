/* Which budgets count a call, under which names they are kept, and by which
 * periods. */
#ifndef SERVE_SPEND_RULE_H
#define SERVE_SPEND_RULE_H

#include "serve/req.h"

/* Does it count calls of r to r->plan.target? */
bool spend_rule_applies(struct req *r, const struct budget_rule *b);

/* Whose sum it is: a tenant's, or that of all ("") together. */
void spend_rule_who(const struct secrets *s, const struct budget_rule *b,
		    const char *tenant, struct budget_who *w_r);

/*
 * What strangers have under way together, of this budget or of those of its
 * kind, and how much that may be: a sixteenth of one that is shared, as much
 * as one has of those of tenants. Nothing is ever spent of it; and what is
 * left by who was killed is gone with the hour.
 */
void spend_rule_strangers(const struct secrets *s,
			  const struct budget_rule *b,
			  struct budget_who *w_r);
picousd spend_rule_queue(const struct budget_rule *b);

/* "day" or "month"; and when the one behind that period begins. */
const char *spend_rule_word(const struct budget_rule *b);
int64_t spend_rule_ends_ms(const struct budget_rule *b, uint32_t period);

#endif
