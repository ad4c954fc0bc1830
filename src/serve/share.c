#include "serve/share.h"

#include "base/clock.h"
#include "serve/answer.h"
#include "serve/lately.h"
#include "serve/trust.h"
#include "serve/wait.h"

#define OTHER_MS 50 /* how often one asks for another host's lease */

/* -- looking once more ----------------------------------------------------- */

/* Who renews an answer wants a newer one, who said no-cache none at all. */
bool share_found(struct req *r, enum answer_where where)
{
	struct hit h;

	if (r->keyed.directive.no_cache ||
	    !answer_find(r, &r->keyed, &r->plan, where, &h) ||
	    h.born_ms < r->asked.renew_before_ms)
		return false;
	r->hit = h;
	return true;
}

/* -- another host ---------------------------------------------------------- */

/* 1 ours, 0 another host's, -1 nobody knows. Waiting for a lease is not what
 * the budget is for: each try has one of its own. */
static int lease(struct req *r)
{
	r->walk.left_us = r->site->conf.memcached.budget_ms * 1000;
	return tier_lease_take(&r->walk, r->a, &r->keyed.key);
}

/* Between two tries. False when waiting is over: then the upstream is asked,
 * or nobody is (fail is set). */
static bool wait_a_little(struct req *r, int64_t until_ms)
{
	if (clock_mono_ms() > until_ms)
		return false;
	switch (wait_for(r, OTHER_MS)) {
	case WAIT_OVER:
		return true;
	case WAIT_GONE:
		wait_left(r);
		return false;
	case WAIT_STOPPED:
		break;
	}
	return false;
}

/* Does another host ask? Then its answer will be in memcached once its lease
 * is ours. */
static bool other_host_answers(struct req *r)
{
	const struct memcached_conf *m = &r->site->conf.memcached;
	int64_t until = clock_mono_ms() + m->wait_ms;

	if (!tier_shared(r->site->tier) || m->wait_ms <= 0 ||
	    r->keyed.directive.no_cache)
		return false;
	while (lease(r) == 0)
		if (!wait_a_little(r, until))
			return r->fail.status != 0;
	/* It may have come, and its lease gone, since we looked. */
	return share_found(r, ANSWER_SHARED);
}

/* -- joining --------------------------------------------------------------- */

/* The earliest moment at which an answer may have been asked for. */
static int64_t not_before(const struct req *r)
{
	const struct directive *d = &r->keyed.directive;

	if (d->no_cache || r->asked.renew_before_ms)
		return r->wall_ms;
	return d->max_age_s >= 0 ? r->wall_ms - d->max_age_s * 1000 : 0;
}

static bool may_share(struct req *r)
{
	return r->site->store && r->keyed.use == USE_CACHE &&
	       answer_ttl(r) > 0 && trust_holds(r, &r->plan);
}

enum share_way share_join(struct req *r)
{
	enum flight_role role;

	if (!may_share(r) || lately_unkept(r))
		return SHARE_ASK;
	r->share.told = false;
	role = flight_join(r->site->store, r->a, &r->keyed.key,
			   not_before(r), &r->share.flight);
	r->share.leads = role == FLIGHT_LEAD;
	if (role == FLIGHT_FOLLOW && r->asked.renew_before_ms)
		flight_leave(&r->share.flight);
	if (role != FLIGHT_LEAD && r->asked.renew_before_ms)
		return SHARE_DONE; /* somebody else renews it */
	if (role == FLIGHT_FOLLOW)
		return SHARE_FOLLOW;
	/* Alone one may be because all places were taken by flights that were
	 * just landing: tests/model. */
	if (share_found(r, ANSWER_HERE) ||
	    (role == FLIGHT_LEAD && other_host_answers(r)))
		return SHARE_DONE;
	return SHARE_ASK;
}
