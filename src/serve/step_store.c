/* Keeps a whole answer, and remembers how its request led to it. */
#include "serve/answer.h"
#include "serve/memo.h"
#include "serve/steps.h"

enum go step_store(struct req *r)
{
	if (r->keyed.use == USE_CACHE && r->out.storable && !r->fail.status)
		r->stored = answer_store(r);
	if (r->stored || r->hit.found)
		memo_store(r);
	return GO_ON;
}
