#include "serve/chain.h"

#include "serve/aim.h"
#include "serve/answer.h"
#include "serve/share.h"

/* Who renews an answer in the background wants that one. */
static bool may_fall(const struct req *r, const struct verdict *v)
{
	const struct plan *p = r->fallen.any ? &r->fallen.plan : &r->plan;

	return p->ntargets && p->target->section && !r->sent.begun &&
	       !r->out.aborted && !r->asked.renew_before_ms &&
	       verdict_is(v, &p->target->section->fallback_on);
}

static void remember_first(struct req *r, const struct verdict *v)
{
	struct fallen *f = &r->fallen;

	if (f->any)
		return;
	*f = (struct fallen){ true, r->plan, r->keyed, r->edits, r->out,
			      r->fail, r->refusal, verdict_words(v, r->a) };
}

/* No other has answered. */
static void restore_first(struct req *r)
{
	struct fallen *f = &r->fallen;

	if (!f->any)
		return;
	share_end(r); /* of the last one asked */
	r->plan = f->plan;
	r->keyed = f->keyed;
	r->edits = f->edits;
	r->out = f->out;
	r->fail = f->fail;
	r->refusal = f->refusal;
	f->any = false;
}

/* An expired answer to the question that was asked first. False when there is
 * none, or it was purged meanwhile. */
static bool spare(struct req *r)
{
	const struct fallen *f = &r->fallen;

	if (!r->hit.spare ||
	    !answer_still(r, f->any ? &f->keyed : &r->keyed,
			  f->any ? &f->plan : &r->plan))
		return false;
	restore_first(r);
	r->out.spared = true;
	board_count(req_board(r), BOARD_STALE_ERROR);
	return true;
}

/* -- on -------------------------------------------------------------------- */

/* Has somebody stored its answer? The first one's spare stays as it is. */
static bool found(struct req *r)
{
	struct hit h;

	if (r->keyed.use != USE_CACHE || r->keyed.directive.no_cache ||
	    !answer_find(r, &r->keyed, &r->plan, ANSWER_ANYWHERE, &h))
		return false;
	r->hit = h;
	return true;
}

/* Can the next one be asked this at all? */
static bool aim_next(struct req *r)
{
	r->plan.target++;
	r->plan.ntargets--;
	r->fail = (struct fail){ 0 };
	r->out = (struct fetched){ 0 };
	r->refusal = (struct refusal){ 0 };
	return aim_body(r) == 0 && aim_key(r) == 0;
}

bool chain_next(struct req *r, const struct verdict *v)
{
	const struct plan *first = &r->fallen.plan;

	if (!may_fall(r, v))
		return false;
	share_end(r);
	remember_first(r, v);
	for (;;) {
		size_t next = (size_t)(r->plan.target - first->target) + 1;

		if (first->stale_at == next && spare(r))
			return false;
		if (r->plan.ntargets < 2)
			break;
		if (aim_next(r))
			return !found(r);
	}
	restore_first(r);
	return false;
}

static bool failed(const struct req *r)
{
	int status = r->fail.status ? r->fail.status : r->out.status;

	return status == 408 || status == 429 || status >= 500;
}

void chain_end(struct req *r, const struct verdict *v)
{
	if (r->hit.found || r->out.spared || r->sent.begun || r->out.aborted)
		return;
	if (v->fault != FAULT_NONE)
		restore_first(r);
	if (failed(r))
		spare(r);
}
