/* The stored answer, if there is one and this caller may have it. */
#include "serve/answer.h"
#include "serve/steps.h"

enum go step_lookup(struct req *r)
{
	const struct keyed *k = &r->keyed;

	if (k->use == USE_CACHE && !k->directive.no_cache &&
	    !r->asked.renew_before_ms &&
	    answer_find(r, k, &r->plan, ANSWER_ANYWHERE, &r->hit))
		return GO_OUT;
	if (!k->directive.only_if_cached)
		return GO_ON;
	fail(&r->fail, 504, "not_cached",
	     "Cache-Control: only-if-cached was asked for and there is no "
	     "stored answer.");
	return GO_OUT;
}
