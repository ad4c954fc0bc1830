#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "base/clock.h"
#include "store/le.h"
#include "store/tier_own.h"

#define KEEP_EVERY_MS 1000
/* Less than is fair (reach.c), so that silence says nothing of the node: it
 * may be the processors that have much to do. */
#define OWN_US 4000
/* A lease that has not been kept for so long is nobody's, though memcached
 * still has it: it may have been put there again. */
#define STALE_MS (2 * LEASE_S * 1000)
#define TOKEN 16
#define TEXT 24 /* the token, and how often it was kept */

enum holder { HOLD_NONE, HOLD_US, HOLD_OTHER, HOLD_UNKNOWN };

struct lease {
	struct seal_what what;
	char name[SEAL_NAME_SIZE];
	struct reach_call call;
};

/* Where the lease on k lies, and that node made ready: 0, or -1. */
static int lease_at(struct tier_walk *w, struct arena *a,
		    const struct key *k, struct lease *at)
{
	at->what = (struct seal_what){ .purpose = "lease", .key = *k };
	seal_name(&w->t->seal, &at->what, at->name);
	if (reach_open(w) < 0)
		return -1;
	at->call = (struct reach_call){ .name = str_c(at->name),
					.life_s = LEASE_S };
	at->call.node = w->l->ops->node_of(w->l->m, at->call.name);
	if (at->call.node >= w->t->conf.nservers)
		return -1;
	return sync_enter(w, a, at->call.node) == SYNC_OK ? 0 : -1;
}

static enum memc_end lease_write(struct tier_walk *w, struct arena *a,
				 struct lease *at, enum reach_op op)
{
	uint8_t text[TEXT];
	struct buf sealed;

	memcpy(text, w->l->lease.token, TOKEN);
	le_put(text + TOKEN, TEXT - TOKEN, w->l->lease.keeps++);
	at->what.of = TEXT;
	buf_init(&sealed, a);
	seal_close(&w->t->seal, &at->what,
		   (struct str){ (char *)text, TEXT }, &sealed);
	at->call.op = op;
	at->call.value = buf_view(&sealed);
	return reach_call(w, &at->call, NULL);
}

/* Does its holder live, by what this lane has seen of it? */
static bool is_kept(struct tier_lane *l, struct str text)
{
	int64_t now = clock_mono_ms();

	if (memcmp(l->lease.seen, text.p, TEXT) != 0) {
		memcpy(l->lease.seen, text.p, TEXT);
		l->lease.seen_ms = now;
	}
	return now - l->lease.seen_ms < STALE_MS;
}

/* Something that no host of ours sealed is nobody's lease. */
static enum holder lease_read(struct tier_walk *w, struct arena *a,
			      struct lease *at)
{
	struct str sealed, text;
	enum memc_end end;

	at->call.op = REACH_GET;
	end = reach_call(w, &at->call, &sealed);
	if (end != MEMC_DONE)
		return end == MEMC_ABSENT ? HOLD_NONE : HOLD_UNKNOWN;
	if (seal_open(&w->t->seal, &at->what, a, sealed, &text) < 0 ||
	    text.n != TEXT) {
		board_count(w->t->board, BOARD_MEMC_FORGED);
		return HOLD_UNKNOWN;
	}
	if (sodium_memcmp(text.p, w->l->lease.token, TOKEN) == 0)
		return HOLD_US;
	return is_kept(w->l, text) ? HOLD_OTHER : HOLD_UNKNOWN;
}

int tier_lease_take(struct tier_walk *w, struct arena *a,
		    const struct key *k)
{
	struct tier_lane *l = w->l;
	struct lease at;

	if (l->lease.held && !key_eq(&l->lease.key, k))
		return -1;
	l->lease.held = false;
	if (!tier_shared(w->t) || lease_at(w, a, k, &at) < 0)
		return -1;
	randombytes_buf(l->lease.token, sizeof(l->lease.token));
	l->lease.keeps = 0;
	switch (lease_write(w, a, &at, REACH_ADD)) {
	case MEMC_DONE:
		l->lease.key = *k;
		l->lease.kept_ms = clock_mono_ms();
		l->lease.held = true;
		return 1;
	case MEMC_ABSENT: /* it was there */
		return lease_read(w, a, &at) == HOLD_OTHER ? 0 : -1;
	default:
		return -1;
	}
}

static bool lease_held(const struct tier_walk *w, const struct key *k)
{
	return w->l->lease.held && key_eq(&w->l->lease.key, k);
}

void tier_lease_keep(struct tier_walk *w, struct arena *a,
		     const struct key *k)
{
	struct tier_walk own = { w->t, w->l, OWN_US };
	int64_t now = clock_mono_ms();
	struct lease at;

	if (!lease_held(w, k) || now - w->l->lease.kept_ms < KEEP_EVERY_MS)
		return;
	w->l->lease.kept_ms = now;
	if (lease_at(&own, a, k, &at) < 0)
		return;
	switch (lease_read(&own, a, &at)) {
	case HOLD_US:
		lease_write(&own, a, &at, REACH_SET);
		break;
	case HOLD_NONE:
		lease_write(&own, a, &at, REACH_ADD);
		break;
	case HOLD_OTHER:
		w->l->lease.held = false;
		break;
	case HOLD_UNKNOWN:
		break;
	}
}

void tier_lease_give(struct tier_walk *w, struct arena *a,
		     const struct key *k)
{
	struct tier_walk own = { w->t, w->l, OWN_US };
	struct lease at;

	if (!lease_held(w, k))
		return;
	w->l->lease.held = false;
	if (lease_at(&own, a, k, &at) < 0 ||
	    lease_read(&own, a, &at) != HOLD_US)
		return;
	at.call.op = REACH_DROP;
	reach_call(&own, &at.call, NULL);
}
