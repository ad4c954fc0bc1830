#include "serve/chain.h"

#include "base/count.h"
#include "serve/aim.h"
#include "serve/answer.h"
#include "serve/cascade.h"
#include "serve/share.h"

/* Of a model that no section names, but that has a better one behind it, it
 * is what it would be by default. */
static const struct conf_words *failures_of(const struct plan *p)
{
	static const char *words[] = { "connect", "timeout", "408", "409",
				       "429", "5xx", "context",
				       "credentials" };
	static const struct conf_words all = { words, COUNT_OF(words) };

	if (p->target->section)
		return &p->target->section->fallback_on;
	return p->better_at ? &all : NULL;
}

/* Who renews an answer in the background wants that one. */
static bool may_fall(const struct req *r, const struct verdict *v)
{
	const struct plan *p = r->fallen.first ? &r->fallen.first->plan :
						 &r->plan;

	return p->ntargets && failures_of(p) && !r->sent.begun &&
	       !r->out.aborted && !r->asked.renew_before_ms &&
	       verdict_is(v, failures_of(p));
}

/* -- from one to another --------------------------------------------------- */

/* What is of one target is taken and put here alone, so that none of it is
 * forgotten. */
static struct leg leg_of(const struct req *r)
{
	return (struct leg){ r->plan, r->keyed, r->edits, r->fit, r->out,
			     r->fail, r->refusal };
}

static void put_leg(struct req *r, const struct leg *l)
{
	r->plan = l->plan;
	r->keyed = l->keyed;
	r->edits = l->edits;
	r->fit = l->fit;
	r->out = l->out;
	r->fail = l->fail;
	r->refusal = l->refusal;
}

static void remember_first(struct req *r, const char *why)
{
	if (r->fallen.first)
		return;
	r->fallen.first = arena_alloc(r->a, sizeof(*r->fallen.first));
	*r->fallen.first = leg_of(r);
	r->fallen.why = why;
}

/* No other has answered. */
static void restore_first(struct req *r)
{
	struct fallen *f = &r->fallen;

	if (!f->first)
		return;
	share_end(r); /* of the last one asked */
	put_leg(r, f->first);
	f->first = NULL;
}

/* An expired answer to the question that was asked first. False when there is
 * none, or it was purged meanwhile. */
static bool spare(struct req *r)
{
	const struct fallen *f = &r->fallen;

	if (!r->hit.spare ||
	    !answer_still(r, f->first ? &f->first->keyed : &r->keyed,
			  f->first ? &f->first->plan : &r->plan))
		return false;
	restore_first(r);
	r->out.spared = true;
	board_count(req_board(r), BOARD_STALE_ERROR);
	return true;
}

/* -- the next one ---------------------------------------------------------- */

/* Has somebody stored its answer? The first one's spare stays as it is; who
 * renews an answer wants a newer one. */
static bool found(struct req *r)
{
	struct hit h;

	if (r->keyed.use != USE_CACHE || r->keyed.directive.no_cache ||
	    !answer_find(r, &r->keyed, &r->plan, ANSWER_ANYWHERE, &h) ||
	    h.born_ms < r->asked.renew_before_ms)
		return false;
	r->hit = h;
	return true;
}

/* Can the next one be asked this at all? */
static bool aim_next(struct req *r)
{
	struct leg next = { .plan = r->plan };

	next.plan.target++;
	next.plan.at++;
	put_leg(r, &next);
	return aim_body(r) == 0 && aim_key(r) == 0;
}

/* -- up -------------------------------------------------------------------- */

/* The better model is not to be had. What there is of the weak answer is the
 * caller's; if that is not all, it is asked for again and not judged. */
static bool make_do(struct req *r, const char *why)
{
	restore_first(r);
	r->fallen.why = why;
	if (r->out.whole) {
		cascade_take_back(r);
		return false;
	}
	r->plan.better_at = 0;
	r->out = (struct fetched){ 0 };
	return true;
}

/* To the better model, unless nobody waits for it. The flight was of the weak
 * answer, which is no reason for the next caller not to wait for another's:
 * share.h must not see it. */
static bool climb(struct req *r, enum weak weak)
{
	cascade_put_aside(r, weak);
	if (r->sent.begun || r->out.aborted) {
		cascade_take_back(r);
		return false;
	}
	remember_first(r, arena_printf(r->a, "weak: %s", weak_word(weak)));
	r->out = (struct fetched){ 0 };
	share_end(r);
	if (aim_next(r))
		return !found(r);
	return make_do(r, "it cannot be asked this");
}

static const char *failure(const struct req *r, const struct verdict *v)
{
	const char *words = verdict_words(v, r->a);

	return *words ? words : "it could not be asked";
}

/* Of a better model that was asked. */
static bool has_failed(const struct req *r, const struct verdict *v)
{
	return (v->fault != FAULT_NONE || r->fail.status) && !r->hit.found &&
	       !r->sent.begun && !r->out.aborted;
}

/* -- on -------------------------------------------------------------------- */

bool chain_next(struct req *r, const struct verdict *v)
{
	enum weak weak = v->weak ? v->weak : cascade_opinion(r);

	if (weak != WEAK_NOT)
		return climb(r, weak);
	if (cascade_climbed(r))
		return has_failed(r, v) && make_do(r, failure(r, v));
	if (!may_fall(r, v))
		return false;
	share_end(r);
	remember_first(r, verdict_words(v, r->a));
	for (;;) {
		if (r->plan.stale_at == r->plan.at + 1 && spare(r))
			return false;
		if (!plan_left(&r->plan))
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
