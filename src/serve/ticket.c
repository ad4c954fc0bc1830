#include "serve/ticket.h"

#include <sodium/randombytes.h>

#include "base/clock.h"
#include "serve/wait.h"
#include "serve/way.h"

/* -- the breakers ---------------------------------------------------------- */

/*
 * What an upstream does to one caller may be that caller's doing: each account
 * has a breaker of its own, which gets a place once it has something to say.
 * The one of all hears what no caller can bring about, that nobody is there to
 * connect to, and once of each account for which it has come to the worst.
 */
enum { ALL, OWN, GUARDS };

static int down(struct req *r, const struct guard *g)
{
	const struct upstream *u = r->plan.target->upstream;
	struct breaker_state s;

	breaker_look(g->place, &r->ticket.breaker_conf, clock_mono_ms(), &s);
	board_count(req_board(r), BOARD_BREAKER_SKIPS);
	fail(&r->fail, 503, "upstream_down",
	     "The upstream %s keeps failing and is left alone for a moment; "
	     "try again.", u->item.name);
	r->fail.retry_after_s = (int)(s.open_ms / 1000) + 1;
	return -1;
}

static void find_guards(struct req *r)
{
	const struct target *t = r->plan.target;
	const char *model = t->section ? t->section->item.name : NULL;
	struct guard *g = r->ticket.guard;
	struct board *b = req_board(r);

	if (shape_unread(t->shape) || !t->upstream->breaker_failures)
		return;
	way_breaker_conf(t->upstream, &r->ticket.breaker_conf);
	way_breaker_id(t->upstream, model, &g[ALL].id);
	g[ALL].place = breaker_find(b, &g[ALL].id);
	way_breaker_own_id(t->upstream, model, &r->who.tenant, &g[OWN].id);
	if (breaker_seen(b, &g[OWN].id))
		g[OWN].place = breaker_find(b, &g[OWN].id);
}

/* A look before waiting; a probe is taken only when it can go at once. */
static int look_at_guards(struct req *r)
{
	struct ticket *n = &r->ticket;

	find_guards(r);
	for (struct guard *g = n->guard; g < n->guard + GUARDS; g++)
		if (g->place && breaker_is_open(g->place, &n->breaker_conf,
						clock_mono_ms()))
			return down(r, g);
	return 0;
}

/* Who has not been told anything hears that there was nothing to say. */
static void leave_guards(struct req *r)
{
	struct guard *g = r->ticket.guard;

	for (int i = 0; i < GUARDS; i++) {
		if (g[i].place)
			breaker_let(g[i].place, &g[i].turn);
		g[i].place = NULL;
	}
}

static int pass_guards(struct req *r)
{
	struct ticket *n = &r->ticket;
	struct guard *g = n->guard;

	for (int i = 0; i < GUARDS; i++) {
		if (!g[i].place ||
		    breaker_use(g[i].place, &n->breaker_conf, clock_mono_ms(),
				&g[i].turn) != BREAKER_OPEN)
			continue;
		down(r, &g[i]);
		g[i].place = NULL;
		leave_guards(r);
		return -1;
	}
	return 0;
}

static void is_well(struct req *r, struct guard *g)
{
	if (g->place)
		breaker_good(g->place, &r->ticket.breaker_conf, &g->turn,
			     clock_mono_ms());
}

/* True when it opened. */
static bool is_sick(struct req *r, struct guard *g)
{
	struct ticket *n = &r->ticket;
	int64_t now = clock_mono_ms();
	bool opened;

	if (!g->place) { /* this account's first failure */
		g->place = breaker_find(req_board(r), &g->id);
		breaker_of(g->place, &n->guard[ALL].id);
		if (breaker_use(g->place, &n->breaker_conf, now, &g->turn) ==
		    BREAKER_OPEN)
			return false;
	}
	opened = breaker_bad(g->place, &n->breaker_conf, &g->turn, now,
			     randombytes_random());
	if (opened)
		board_count(req_board(r), BOARD_BREAKER_OPENED);
	return opened;
}

static void tell_sick(struct req *r)
{
	struct guard *g = r->ticket.guard;

	if (r->out.end == NET_NO_CONNECT)
		is_sick(r, &g[ALL]);
	else if (is_sick(r, &g[OWN]) || g[ALL].turn.as == BREAKER_PROBE)
		is_sick(r, &g[ALL]);
}

/* A request that is tried again says it once: else one that makes an upstream
 * stumble would be enough. */
static void tell_guards(struct req *r, const struct verdict *v)
{
	struct guard *g = r->ticket.guard;

	if (!r->ticket.breaker_conf.row)
		return;
	if (!v->mute && v->sick && !r->tries.blamed) {
		tell_sick(r);
		r->tries.blamed = true;
	} else if (!v->mute && !v->sick) {
		is_well(r, &g[ALL]);
		is_well(r, &g[OWN]);
	}
	leave_guards(r); /* who only follows has none */
}

/* -- the limits ------------------------------------------------------------ */

static uint64_t tenant(const struct req *r)
{
	uint64_t t;

	memcpy(&t, r->who.tenant.b, sizeof(t));
	return t;
}

/* Before anybody has counted: four bytes a token. */
static int64_t guess(const struct req *r)
{
	const struct target *t = r->plan.target;

	return (int64_t)(t->body.n ? t->body.n : r->asked.body.n) / 4;
}

static int no_turn(struct req *r, struct board_limit *place)
{
	struct ticket *n = &r->ticket;
	struct refusal *f = &r->refusal;

	limit_leave(&n->limit);
	f->limited = true;
	f->conf = n->limit_conf;
	limit_look(place, &f->conf, clock_mono_ms(), &f->state);
	board_count(req_board(r), BOARD_LIMIT_REFUSED);
	fail(&r->fail, 429, "rate_limited",
	     "Larder asks the upstream %s as much as it may for now, and as "
	     "many requests wait as may; try again.",
	     r->plan.target->upstream->item.name);
	r->fail.retry_after_s = (int)((f->state.retry_ms + 999) / 1000);
	if (r->fail.retry_after_s < 1)
		r->fail.retry_after_s = 1;
	return -1;
}

static int left(struct req *r, enum wait_end end)
{
	limit_leave(&r->ticket.limit);
	if (end == WAIT_STOPPED)
		return fail(&r->fail, 503, "stopping",
			    "larder is being stopped; try again.");
	return wait_left(r);
}

static int wait_turn(struct req *r, struct board_limit *place)
{
	struct ticket *n = &r->ticket;
	enum limit_says says;
	enum wait_end end;
	int64_t began;

	board_count(req_board(r), BOARD_LIMIT_WAITS);
	do {
		if (wait_budget(r) <= 0)
			return no_turn(r, place);
		began = clock_mono_ms();
		end = wait_for(r, LIMIT_POLL_MS);
		r->tries.waited_ms += clock_mono_ms() - began;
		if (end != WAIT_OVER)
			return left(r, end);
		says = limit_ask(place, &n->limit_conf, tenant(r), guess(r),
				 clock_mono_ms(), &n->limit);
	} while (says == LIMIT_WAIT);
	return says == LIMIT_GO ? 0 : no_turn(r, place);
}

static int pass_limits(struct req *r)
{
	const struct upstream *u = r->plan.target->upstream;
	struct ticket *n = &r->ticket;
	struct board_limit *place;
	struct key id;

	way_limit_conf(u, &n->limit_conf);
	if (!n->limit_conf.concurrent && !n->limit_conf.requests &&
	    !n->limit_conf.tokens)
		return 0;
	way_limit_id(u, &id);
	place = limit_find(req_board(r), &id);
	if (!place)
		return 0;
	switch (limit_ask(place, &n->limit_conf, tenant(r), guess(r),
			  clock_mono_ms(), &n->limit)) {
	case LIMIT_GO:
		return 0;
	case LIMIT_WAIT:
		return wait_turn(r, place);
	case LIMIT_FULL:
		break;
	}
	return no_turn(r, place);
}

/* -- both ------------------------------------------------------------------ */

int ticket_take(struct req *r)
{
	struct ticket *n = &r->ticket;

	*n = (struct ticket){ 0 };
	r->refusal = (struct refusal){ 0 };
	if (look_at_guards(r) == 0 && pass_limits(r) == 0 &&
	    pass_guards(r) == 0)
		return 0;
	limit_done(&n->limit, &n->limit_conf, 0);
	n->guard[ALL].place = n->guard[OWN].place = NULL;
	return -1;
}

void ticket_beat(struct req *r)
{
	limit_beat(&r->ticket.limit, clock_mono_ms());
}

void ticket_answers(struct req *r)
{
	struct ticket *n = &r->ticket;
	struct guard *g = n->guard;

	for (int i = 0; i < GUARDS; i++) {
		if (!g[i].place || g[i].turn.as != BREAKER_PROBE)
			continue;
		is_well(r, &g[i]);
		breaker_use(g[i].place, &n->breaker_conf, clock_mono_ms(),
			    &g[i].turn);
	}
}

/* In limit_done()'s words. What was refused used no tokens; and strangers, who
 * could use up what there is with large questions that nobody answers, are not
 * believed by their size. */
static int64_t used(const struct req *r)
{
	const struct usage *u = &r->out.facts.usage;
	int64_t n = (u->input > 0 ? u->input : 0) +
		    (u->output > 0 ? u->output : 0);
	int status = r->out.answered ? r->out.status : 0;
	bool own = !r->who.client;

	if (r->out.end == NET_NO_CONNECT ||
	    (own && (status == 401 || status == 403)))
		return 0;
	if (status >= 400 || (own && !n))
		return 1;
	return n ? n : -1;
}

void ticket_give(struct req *r, const struct verdict *v)
{
	limit_done(&r->ticket.limit, &r->ticket.limit_conf, used(r));
	tell_guards(r, v);
}
