#include "serve/corridor.h"

#include "base/clock.h"
#include "base/count.h"
#include "serve/alarm.h"
#include "serve/renew.h"
#include "serve/steps.h"

struct step {
	const char *name;
	enum go (*walk)(struct req *r);
};

/*
 * Forward only. A step goes on, or out: then the way out begins, and that is
 * walked whole by every request.
 */
static const struct step way_in[] = {
	{ "admit", step_admit },   /* who asks, for what, within which limits */
	{ "heed", step_heed },     /* what other hosts have purged */
	{ "memo", step_memo },     /* these very bytes again? then out */
	{ "parse", step_parse },   /* strict JSON, and a view of what it says */
	{ "pin", step_pin },       /* an answer that needs no model? then out */
	{ "shape", step_shape },   /* route: the effective request */
	{ "key", step_key },       /* its canonical name */
	{ "lookup", step_lookup }, /* the stored answer */
	{ "fetch", step_fetch },   /* the upstream's answer */
};

static const struct step way_out[] = {
	{ "store", step_store }, /* before the reply, which may be repeated */
	{ "reply", step_reply },
	{ "log", step_log },
};

#define DRAIN_MS 2000 /* what is on its way comes faster */

/*
 * A refusal may leave the body unread. Apache's mod_cgid writes all of it
 * before it reads an answer, and on a kept FastCGI connection it would stand
 * before the next request.
 */
static void drain(struct door *d, bool unread)
{
	int64_t until = clock_mono_ms() + DRAIN_MS;
	char waste[1024];

	if (unread) { /* the refusal must not wait for it */
		sink_flush(&d->out);
		if (d->hurry)
			d->hurry(d, DRAIN_MS);
	}
	while (d->read(d, waste, sizeof(waste)) > 0)
		if (clock_mono_ms() > until)
			return;
}

void corridor_walk(struct site *site, struct lane *lane, struct door *door)
{
	struct req *r = arena_zalloc(lane->a, sizeof(*r));

	r->a = lane->a;
	r->site = site;
	r->lane = lane;
	r->door = door;
	r->wall_ms = clock_wall_ms();
	r->mono_ms = clock_mono_ms();
	r->walk = (struct tier_walk){ site->tier, lane->tier,
				      site->conf.memcached.budget_ms * 1000 };
	for (size_t i = 0; i < COUNT_OF(way_in); i++)
		if (way_in[i].walk(r) == GO_OUT)
			break;
	for (size_t i = 0; i < COUNT_OF(way_out); i++)
		way_out[i].walk(r);
	drain(door, !r->asked.body.p);
	renew_behind(r);
	alarm_behind(r);
	arena_reset(lane->a);
}
