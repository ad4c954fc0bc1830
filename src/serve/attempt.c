#include "serve/attempt.h"

#include <sodium/randombytes.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/ask.h"
#include "serve/fit.h"
#include "serve/meter.h"
#include "serve/share.h"
#include "serve/spend.h"
#include "serve/ticket.h"
#include "serve/trust.h"
#include "serve/wait.h"

static int no_module(struct req *r, const char *why)
{
	log_line("no way out: %s", why);
	return fail_operator(&r->fail, 500, "upstream_module",
		    "larder's upstream module could not be loaded; its log "
		    "says why.");
}

/* -- one call -------------------------------------------------------------- */

/* c: made for the first of several. */
static void call(struct req *r, struct net *net, struct net_call *c)
{
	int64_t began_ms = clock_mono_ms();
	struct relay y;
	char why[256] = "";
	enum net_end end;

	if (!c->url)
		ask_build(r, r->plan.target, c);
	c->total_ms = ask_total_ms(r, r->plan.target->upstream);
	relay_init(&y, r, r->plan.target);
	relay_attach(&y, c);
	r->tries.made++;
	end = r->lane->ops->call(net, c, why, sizeof(why));
	relay_finish(&y, end, why);
	relay_fini(&y);
	r->out.cost = meter_cost(r);
	r->out.took_ms = clock_mono_ms() - began_ms;
}

/* Lists of models are public at some providers, and some say no with a 200:
 * only an answer is proof. */
static void note_credential(struct req *r)
{
	if (r->out.storable && !shape_unread(r->asked.endpoint.shape))
		trust_accepted(r);
	else if (r->out.status == 401 || r->out.status == 403)
		trust_rejected(r);
}

/* It failed after some of its answer had come: that is paid for, whoever
 * answers in the end. */
static void note_spilt(struct req *r, const struct verdict *v)
{
	if (v->fault == FAULT_NONE || r->out.cost == PRICE_UNKNOWN)
		return;
	r->out.spilt = true;
	r->tries.spilt = price_sum(r->tries.spilt, r->out.cost);
}

static void note(struct req *r, const struct verdict *v)
{
	struct board *b = req_board(r);

	board_count(b, BOARD_UPSTREAM_CALLS);
	if (v->fault != FAULT_NONE)
		board_count(b, BOARD_UPSTREAM_FAILS);
	if (v->billed) {
		r->tries.maybe_billed++;
		board_count(b, BOARD_MAYBE_BILLED);
	}
	note_spilt(r, v);
	note_credential(r);
	fit_learn(r);
}

/* -- again? ---------------------------------------------------------------- */

/* Full jitter: any time up to the nth power of two. Two callers that failed
 * together do not come back together. */
static int64_t back_off(const struct upstream *u, int n)
{
	int64_t most = u->backoff_ms << (n < 20 ? n : 20);

	return most > 0 && most < INT32_MAX ?
		       randombytes_uniform((uint32_t)most + 1) : most;
}

/* Is there another who would answer sooner than one who is slow? */
static bool others(const struct req *r, const struct verdict *v)
{
	return v->fault == FAULT_TIMEOUT && plan_left(&r->plan) > 0;
}

/* Waits for the next try; false when there is none. */
static bool again(struct req *r, struct verdict *v, int n)
{
	const struct upstream *u = r->plan.target->upstream;
	int64_t ms = back_off(u, n);

	if (!v->retry || r->sent.begun || n >= u->retries || others(r, v))
		return false;
	if (v->wait_ms > ms)
		ms = v->wait_ms;
	if (ms > wait_budget(r))
		return false;
	r->tries.waited_ms += ms;
	/* One account's own trouble holds up no other's callers: they ask for
	 * themselves meanwhile. */
	if (req_among_strangers(r) && v->fault == FAULT_STATUS)
		share_end(r);
	switch (wait_for(r, ms)) {
	case WAIT_OVER:
		board_count(req_board(r), BOARD_RETRIES);
		return true;
	case WAIT_GONE:
		r->fail = (struct fail){ 0 };
		wait_left(r);
		break;
	case WAIT_STOPPED:
		break;
	}
	*v = (struct verdict){ .mute = true }; /* nobody else is asked */
	return false;
}

/* Its breaker is open, its queue full; or the caller left that. */
static struct verdict no_ticket(const struct req *r)
{
	return (struct verdict){
		.fault = r->refusal.limited ? FAULT_STATUS :
			 wait_stopping(r, 0) || r->out.aborted ? FAULT_NONE :
								 FAULT_DOWN,
		.status = r->fail.status,
		.mute = true,
	};
}

/* A budget is spent, which is no failure of the target's; but another may cost
 * less, and those who waited for this may have a budget of their own. */
static struct verdict no_money(struct req *r)
{
	share_end(r);
	return (struct verdict){ .fault = FAULT_STATUS,
				 .status = r->fail.status, .mute = true };
}

/* What it would be sent is more than it may be. */
static struct verdict unfit(const struct req *r)
{
	const char *code = r->fail.code;

	return (struct verdict){
		.fault = code && strcmp(code, FIT_TOO_LONG) == 0 ?
				 FAULT_CONTEXT : FAULT_NONE,
		.status = r->fail.status,
		.mute = true,
	};
}

static void tries(struct req *r, struct verdict *v, struct net *net)
{
	struct net_call c = { 0 };

	r->tries.blamed = r->tries.no_usage = false;
	for (int n = 0;; n++) {
		if (spend_take(r) < 0) {
			*v = no_money(r);
			return;
		}
		if (ticket_take(r) < 0) {
			spend_settle(r, NULL);
			*v = no_ticket(r);
			if (v->fault != FAULT_NONE)
				share_refused(r);
			return;
		}
		call(r, net, &c);
		verdict_of(v, r);
		ticket_give(r, v);
		spend_settle(r, v);
		note(r, v);
		if (ask_less(r))
			c = (struct net_call){ 0 };
		else if (!again(r, v, n))
			break;
		r->fail = (struct fail){ 0 };
	}
	share_collected(r);
}

void attempt(struct req *r, struct verdict *v)
{
	char why[256];
	struct net *net = lane_net(r->lane, why, sizeof(why));

	*v = (struct verdict){ .mute = true };
	if (!net) {
		no_module(r, why);
	} else if (fit_make(r) < 0) {
		*v = unfit(r);
		share_refused(r);
	} else {
		tries(r, v, net);
	}
}
