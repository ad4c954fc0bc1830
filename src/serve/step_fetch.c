/* Asks the upstream. One call at a time a thread, and never all threads. */
#include "base/log.h"
#include "serve/answer.h"
#include "serve/ask.h"
#include "serve/relay.h"
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

static void call(struct req *r, const struct target *by,
		 const struct net_ops *ops, struct net *net)
{
	struct net_call c = { 0 };
	struct relay y;
	char why[256] = "";
	enum net_end end;

	ask_build(r, by, &c);
	relay_init(&y, r, by);
	relay_attach(&y, &c);
	end = ops->call(net, &c, why, sizeof(why));
	judge_status(r); /* first: it says more than a broken body does */
	relay_finish(&y, end, why);
	relay_fini(&y);
	r->out.cost = cost(r);
	/* Lists of models are public at some providers: no proof. */
	if (r->out.status == 200 && !shape_unread(r->asked.endpoint.shape))
		answer_accepted(r);
}

enum go step_fetch(struct req *r)
{
	char why[256];
	struct net *net;

	if (!slots_take(r->lane->slots)) {
		overloaded(r);
		return GO_OUT;
	}
	net = lane_net(r->lane, why, sizeof(why));
	if (net)
		call(r, r->plan.target, r->lane->ops, net);
	else
		no_module(r, why);
	slots_give(r->lane->slots);
	return GO_OUT;
}
