#include "store/tier_own.h"

#include <sodium/randombytes.h>

#include "base/clock.h"
#include "base/log.h"

/* What a node that is well may take for a round trip and for 100 bytes. */
#define FAIR_US 5000
#define FAIR_BYTES 100

void reach_close(struct tier_lane *l)
{
	if (l->m)
		l->ops->close(&l->m);
	l->m = NULL;
	l->tier = 0;
}

int reach_open(struct tier_walk *w)
{
	struct tier_lane *l = w->l;
	const struct tier *t = w->t;
	char err[400] = "";

	if (l->tier == t->id)
		return l->m ? 0 : -1;
	reach_close(l);
	l->tier = t->id;
	l->ops = t->ops ? t->ops : memc_load(err, sizeof(err));
	if (l->ops)
		l->m = l->ops->open(t->conf.server, t->conf.nservers, err,
				    sizeof(err));
	if (l->m)
		return 0;
	log_seldom("memcached is not used: %s", err);
	return -1;
}

static enum memc_end perform(const struct tier_lane *l,
			     const struct reach_call *c, int64_t wait_ms,
			     struct str *value_r)
{
	switch (c->op) {
	case REACH_GET:
		return l->ops->get(l->m, c->node, c->name, wait_ms, value_r);
	case REACH_SET:
		return l->ops->set(l->m, c->node, c->name, c->value,
				   c->life_s, wait_ms);
	case REACH_ADD:
		return l->ops->add(l->m, c->node, c->name, c->value,
				   c->life_s, wait_ms);
	case REACH_DROP:
		return l->ops->drop(l->m, c->node, c->name, wait_ms);
	}
	return MEMC_FAILED;
}

/* A broken connection tells of a node's death; so does silence, if there was
 * time for an answer. */
static bool to_blame(const struct reach_call *c, int64_t may_us,
		     int64_t took_us)
{
	int64_t fair = FAIR_US + (int64_t)(c->expect / FAIR_BYTES);

	return took_us < may_us / 2 || may_us >= fair;
}

void reach_blame(const struct tier *t, size_t node)
{
	struct board_node *n = t->node[node];
	uint64_t random;

	randombytes_buf(&random, sizeof(random));
	node_bad(n, clock_mono_ms(), random);
	if (__atomic_load_n(&n->off_until_ms, __ATOMIC_ACQUIRE))
		__atomic_store_n(&n->synced_ms, 0, __ATOMIC_RELEASE);
}

enum memc_end reach_call(struct tier_walk *w, const struct reach_call *c,
			 struct str *value_r)
{
	int64_t may = w->left_us, began, took;
	enum memc_end end;

	if (c->limit_us && c->limit_us < may)
		may = c->limit_us;
	if (may < REACH_LEAST_US) {
		board_count(w->t->board, BOARD_MEMC_SKIPS);
		return MEMC_FAILED;
	}
	began = clock_mono_us();
	end = perform(w->l, c, may / 1000, value_r);
	took = clock_mono_us() - began;
	w->left_us -= took;
	if (end != MEMC_FAILED)
		return end;
	board_count(w->t->board, BOARD_MEMC_FAILS);
	if (to_blame(c, may, took))
		reach_blame(w->t, c->node);
	return end;
}
