/*
 * Asks the upstream, or follows who asks it already; when that fails, the
 * next of the model's fallbacks. One call at a time a thread, and never all
 * threads.
 */
#include "serve/attempt.h"
#include "serve/chain.h"
#include "serve/form.h"
#include "serve/meter.h"
#include "serve/share.h"
#include "serve/steps.h"

static int overloaded(struct req *r)
{
	r->fail.retry_after_s = 1;
	return fail(&r->fail, 503, "overloaded",
		    "All threads that may wait for an upstream are waiting; "
		    "try again. (The operator can raise threads or workers "
		    "in [larder].)");
}

/* -- one for all ----------------------------------------------------------- */

/* Half a tool call of a stream cannot be made whole: this caller's own call
 * could end otherwise. */
static bool converts(struct req *r)
{
	struct str bytes = r->out.bytes;

	return !r->out.storable || r->sent.begun ||
	       form_convert(r->a, &r->plan, r->out.shape, r->out.form,
			    &bytes) == 0;
}

/* What another request gets from the upstream. */
static enum share_heard hear(struct req *r, struct verdict *v)
{
	struct net_call c = { 0 };
	enum net_end end = NET_BROKEN;
	enum share_heard heard;
	struct relay y;

	relay_init(&y, r, r->plan.target);
	relay_attach(&y, &c);
	r->out.collapsed = true;
	heard = share_follow(r, &c, &end);
	if (heard == HEARD_END) {
		relay_finish(&y, end, "as its leader had it");
		verdict_of(v, r);
		r->out.cost = meter_cost(r);
		if (!converts(r))
			heard = HEARD_ALONE;
	}
	if (heard != HEARD_END)
		r->out = (struct fetched){ 0 };
	relay_fini(&y);
	return heard;
}

/* Too many follow already. What is asked aside is short, and asked. */
static bool turned_away(struct req *r)
{
	if (!r->asked.purpose)
		overloaded(r);
	return !r->asked.purpose;
}

/* How often a leader may die, or an answer be gone when it is looked for. */
#define JOINS_MAX 5

/* Joins those who ask the same. True when there is nothing left to ask. */
static bool shared(struct req *r, struct verdict *v)
{
	enum share_heard heard;
	enum share_way way;

	for (int i = 0; i < JOINS_MAX; i++) {
		way = share_join(r);
		if (way != SHARE_FOLLOW)
			return way == SHARE_DONE;
		if (!slots_follow(r->lane->slots)) {
			share_leave(r);
			return turned_away(r);
		}
		heard = hear(r, v);
		slots_unfollow(r->lane->slots);
		switch (heard) {
		case HEARD_END:
		case HEARD_STORED:
			return true;
		case HEARD_ALONE:
			return false;
		case HEARD_AGAIN:
			break;
		}
	}
	return false;
}

/* -- one after the other --------------------------------------------------- */

static void walk_chain(struct req *r, struct verdict *v)
{
	do {
		*v = (struct verdict){ 0 };
		if (!shared(r, v))
			attempt(r, v);
	} while (chain_next(r, v));
}

enum go step_fetch(struct req *r)
{
	struct verdict v = { 0 };

	if (r->lane->waits) {
		walk_chain(r, &v);
	} else if (lane_wait_begin(r->lane)) {
		walk_chain(r, &v);
		lane_wait_end(r->lane);
	} else {
		overloaded(r);
	}
	chain_end(r, &v);
	return GO_OUT;
}
