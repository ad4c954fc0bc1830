/* Keeps a whole answer, remembers how its request led to it, and tells those
 * who waited for it that it is there. */
#include "serve/answer.h"
#include "serve/memo.h"
#include "serve/share.h"
#include "serve/steps.h"

enum go step_store(struct req *r)
{
	const struct fetched *o = &r->out;

	if (r->keyed.use == USE_CACHE && o->storable && !o->collapsed &&
	    !r->fail.status)
		r->stored = answer_store(r);
	if (r->stored || r->hit.found || (o->collapsed && o->storable))
		memo_store(r);
	share_end(r);
	return GO_ON;
}
