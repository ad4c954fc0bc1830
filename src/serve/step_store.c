/* Keeps a whole answer, remembers how its request led to it, and tells those
 * who waited for it that it is there. */
#include "serve/answer.h"
#include "serve/cascade.h"
#include "serve/memo.h"
#include "serve/share.h"
#include "serve/steps.h"
#include "serve/thread.h"

/* Under the question that was really asked and, where that is wanted, as the
 * answer to the first one as well: always, where the first one's was weak. */
static void store(struct req *r)
{
	const struct leg *l = r->fallen.first;
	struct keyed first;
	int64_t ttl = answer_ttl(r);

	r->stored = answer_store(r, &r->keyed, ttl);
	if (!l ||
	    !(r->site->conf.cache.fallbacks || cascade_climbed(r)))
		return;
	first = l->keyed;
	first.stamp = r->keyed.stamp; /* it goes when either is purged */
	if (ttl > l->plan.target->ttl_ms)
		ttl = l->plan.target->ttl_ms;
	answer_store(r, &first, ttl);
}

enum go step_store(struct req *r)
{
	const struct fetched *o = &r->out;

	if (r->keyed.use == USE_CACHE && o->storable && !o->collapsed &&
	    !r->fail.status && !cascade_made_do(r) && !r->fit.unsummarised)
		store(r);
	/* A fallback's is not the way to the answer that was asked for, and
	 * what is pinned has no name to be found under. */
	if ((!r->fallen.first || cascade_climbed(r)) && !cascade_made_do(r) &&
	    r->keyed.use == USE_CACHE &&
	    (r->stored || r->hit.found || (o->collapsed && o->storable)))
		memo_store(r);
	if (r->hit.found || o->storable)
		thread_keep(r);
	share_end(r);
	return GO_ON;
}
