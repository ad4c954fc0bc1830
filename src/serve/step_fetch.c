/*
 * Asks the upstream, or follows who asks it already. One call at a time a
 * thread, and never all threads.
 */
#include "base/clock.h"
#include "base/log.h"
#include "serve/answer.h"
#include "serve/ask.h"
#include "serve/form.h"
#include "serve/marks.h"
#include "serve/relay.h"
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

static int no_module(struct req *r, const char *why)
{
	log_line("no way out: %s", why);
	return fail_operator(&r->fail, 500, "upstream_module",
		    "larder's upstream module could not be loaded; its log "
		    "says why.");
}

/* A redirect would carry credentials to a host the configuration does not
 * name; a 401 or 403 to our own key is not the caller's fault, and its text
 * may quote the key or the account. */
static int judge_status(struct req *r)
{
	struct fetched *o = &r->out;
	bool ours = r->who.client;

	if (o->status >= 300 && o->status < 400) {
		return fail_operator(&r->fail, 502, "upstream_redirects",
			    "The upstream answered with a redirect; check "
			    "url in [upstream %s].",
			    o->by->upstream->item.name);
	}
	if (o->status == 403 && ours)
		return fail_operator(&r->fail, 403, "upstream_forbids",
			    "The upstream does not allow larder's account "
			    "what this request asks for.");
	if (o->status == 401 && ours) {
		return fail_operator(&r->fail, 502, "upstream_credentials",
			    "The upstream did not accept larder's own key; "
			    "check key_file in [upstream %s].",
			    o->by->upstream->item.name);
	}
	return 0;
}

static picousd cost(struct req *r)
{
	const struct prices *p = site_prices(r->site);
	const struct fetched *o = &r->out;
	picousd c;

	if (!p)
		return PRICE_UNKNOWN;
	c = price_of(p, arena_cstr(r->a, o->by->model), &o->facts.usage);
	return c != PRICE_UNKNOWN ? c :
	       price_of(p, o->facts.model, &o->facts.usage);
}

/* -- the two ways to an answer --------------------------------------------- */

static void ask_upstream(struct req *r, const struct target *by,
			 const struct net_ops *ops, struct net *net)
{
	int64_t began_ms = clock_mono_ms();
	struct net_call c = { 0 };
	struct relay y;
	char why[256] = "";
	enum net_end end;

	ask_build(r, by, &c);
	relay_init(&y, r, by);
	relay_attach(&y, &c);
	r->attempts++;
	end = ops->call(net, &c, why, sizeof(why));
	judge_status(r); /* first: it says more than a broken body does */
	relay_finish(&y, end, why);
	relay_fini(&y);
	r->out.cost = cost(r);
	r->out.took_ms = clock_mono_ms() - began_ms;
	/* Lists of models are public at some providers, and some say no with
	 * a 200: only an answer is proof. */
	if (r->out.storable && !shape_unread(r->asked.endpoint.shape))
		marks_accepted(r);
	else if (r->out.status == 401 || r->out.status == 403)
		marks_rejected(r);
}

static void ask(struct req *r)
{
	char why[256];
	struct net *net = lane_net(r->lane, why, sizeof(why));

	if (net)
		ask_upstream(r, r->plan.target, r->lane->ops, net);
	else
		no_module(r, why);
}

/* Half a tool call of a stream cannot be made whole: this caller's own call
 * could end otherwise. */
static bool converts(struct req *r)
{
	struct str bytes = r->out.bytes;

	return !r->out.storable || r->sent.status ||
	       form_convert(r->a, &r->plan, r->out.shape, r->out.form,
			    &bytes) == 0;
}

/* What another request gets from the upstream. */
static enum share_heard hear(struct req *r)
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
		judge_status(r);
		relay_finish(&y, end, "as its leader had it");
		r->out.cost = cost(r);
		if (!converts(r))
			heard = HEARD_ALONE;
	}
	if (heard != HEARD_END)
		r->out = (struct fetched){ 0 };
	relay_fini(&y);
	return heard;
}

/* -- one for all ----------------------------------------------------------- */

/* How often a leader may die, or an answer be gone when it is looked for. */
#define JOINS_MAX 5

/* Joins those who ask the same. True when there is nothing left to ask. */
static bool shared(struct req *r)
{
	enum share_heard heard;
	enum share_way way;

	for (int i = 0; i < JOINS_MAX; i++) {
		way = share_join(r);
		if (way != SHARE_FOLLOW)
			return way == SHARE_DONE;
		if (!slots_follow(r->lane->slots)) {
			share_leave(r);
			overloaded(r);
			return true;
		}
		heard = hear(r);
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

/* -- when it failed -------------------------------------------------------- */

/* Is it a failure that an answer which has expired is better than? */
static bool failed(const struct req *r)
{
	int status = r->fail.status ? r->fail.status : r->out.status;

	return status == 408 || status == 429 || status >= 500;
}

static void fall_back(struct req *r)
{
	if (!r->hit.spare || r->sent.status || r->out.aborted || !failed(r) ||
	    !answer_still(r))
		return;
	r->out.spared = true;
	board_count(req_board(r), BOARD_STALE_ERROR);
}

enum go step_fetch(struct req *r)
{
	if (slots_take(r->lane->slots)) {
		if (!shared(r))
			ask(r);
		slots_give(r->lane->slots);
	} else {
		overloaded(r);
	}
	fall_back(r);
	return GO_OUT;
}
