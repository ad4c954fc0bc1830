#include "serve/spend_refuse.h"

#include "base/clock.h"
#include "serve/spend_rule.h"

#define UNCOUNTED_S 60

/* What is not the caller's alone is nothing for who may be anybody. */
static bool may_know(const struct req *r, const struct budget_rule *b)
{
	return b->per_tenant || !r->spend.stranger;
}

static const char *name_for(const struct req *r, const struct budget_rule *b)
{
	return may_know(r, b) ? arena_printf(r->a, " %s", b->item.name) : "";
}

int spend_refuse_wait(struct req *r, const struct budget_rule *b)
{
	if (may_know(r, b))
		fail(&r->fail, 429, "budget_exceeded",
		     "What is left of the budget %s (%s USD a %s) is reserved "
		     "by calls under way; try again.", b->item.name,
		     b->limit_said, spend_rule_word(b));
	else
		fail(&r->fail, 429, "budget_exceeded",
		     "What is left of the budget is reserved by calls under "
		     "way; try again.");
	r->fail.retry_after_s = 1;
	return -1;
}

int spend_refuse_full(struct req *r, const struct budget_rule *b,
		      const struct budget_place *p, uint32_t period)
{
	int64_t now = clock_wall_ms(), ms = spend_rule_ends_ms(b, period);
	struct budget_state s;
	char spent[32], at[25];

	clock_rfc3339(ms, at);
	budget_look(p, (enum budget_every)b->every, now, &s);
	price_text(s.spent, spent);
	if (may_know(r, b))
		fail_operator(&r->fail, 429, "budget_exceeded",
			      "The budget %s is spent: %s of %s USD a %s. It "
			      "is renewed at %.19sZ. (Answers that larder has "
			      "are still given.)", b->item.name, spent,
			      b->limit_said, spend_rule_word(b), at);
	else
		fail_operator(&r->fail, 429, "budget_exceeded",
			      "The budget is spent. It is renewed at %.19sZ.",
			      at);
	r->fail.retry_after_s = (int)((ms - now + 999) / 1000);
	return -1;
}

int spend_refuse_unpriced(struct req *r, const struct budget_rule *b)
{
	return fail_operator(&r->fail, 429, "budget_unpriced",
			     "The price of this model is not known, and the "
			     "budget%s is only for those whose price is.",
			     name_for(r, b));
}

int spend_refuse_uncounted(struct req *r, const struct budget_rule *b)
{
	fail(&r->fail, 503, "budget_uncounted",
	     "More tenants spend at the moment than the budget%s can count.",
	     name_for(r, b));
	r->fail.retry_after_s = UNCOUNTED_S;
	return -1;
}
