#include "base/clock.h"
#include "store/gens.h"
#include "store/tier_own.h"

#define FORCE_US 1000000
#define SHARE_US 10000 /* with more left, half of it is for the request */
#define TRIES 3

static int64_t synced(const struct board_node *n)
{
	return __atomic_load_n(&n->synced_ms, __ATOMIC_ACQUIRE);
}

/* The exchange that is due since `was` is mine, as of `now`. */
static bool claim(struct board_node *n, int64_t was, int64_t now_ms)
{
	return __atomic_compare_exchange_n(&n->synced_ms, &was, now_ms, false,
					   __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/* Times are of the monotonic clock, whatever the file says. */
static bool is_due(const struct tier *t, int64_t at_ms, int64_t now_ms)
{
	return at_ms <= 0 || at_ms > now_ms ||
	       now_ms - at_ms >= t->conf.sync_ms;
}

/* The name is the same on all nodes and however they are called, so that
 * hosts which write one node's address differently agree on what is purged.
 * An older item played back does no harm, it is only taken for less. */
static struct seal_what gens_what(void)
{
	return (struct seal_what){ .purpose = "gens" };
}

static enum memc_end gens_read(struct tier_walk *w, struct arena *a,
			       struct reach_call *c, struct str *theirs_r)
{
	struct seal_what what = gens_what();
	struct str sealed;
	enum memc_end end;

	c->op = REACH_GET;
	end = reach_call(w, c, &sealed);
	*theirs_r = STR("");
	if (end != MEMC_DONE)
		return end;
	if (seal_open(&w->t->seal, &what, a, sealed, theirs_r) < 0 ||
	    gens_merge(w->t->board, *theirs_r, clock_wall_ms()) < 0) {
		board_count(w->t->board, BOARD_MEMC_FORGED);
		*theirs_r = STR("");
	}
	return MEMC_DONE;
}

static enum memc_end gens_write(struct tier_walk *w, struct arena *a,
				struct reach_call *c, struct str ours)
{
	struct seal_what what = gens_what();
	struct buf sealed;

	what.of = ours.n;
	buf_init(&sealed, a);
	seal_close(&w->t->seal, &what, ours, &sealed);
	c->op = REACH_SET;
	c->value = buf_view(&sealed);
	c->life_s = MEMC_LIFE_MAX_S;
	return reach_call(w, c, NULL);
}

/*
 * A board of zeros after all that the node had to say: our slab is new, and
 * theirs was evicted, deleted, or is the first. Purged answers may be there
 * under the names that zeros make, so these are purged now. Every board that
 * has met a node knows of one purge, and nothing can pass for "never".
 */
static void never_nothing(struct board *b)
{
	if (!gens_sum(b))
		gens_raise(b, GENS_ALL, STR(""), clock_wall_ms());
}

/* Until both have the same: another host may write at the same time. 0, or
 * -1 when the node did not take part. */
static int exchange(struct tier_walk *w, struct arena *a, size_t node)
{
	char name[SEAL_NAME_SIZE];
	struct seal_what what = gens_what();
	struct reach_call c = { .node = node };
	struct str theirs;
	struct buf ours;
	enum memc_end end;
	int i;

	if (w->left_us > SHARE_US)
		c.limit_us = w->left_us / 2;
	seal_name(&w->t->seal, &what, name);
	c.name = str_c(name);
	for (i = 0; i < TRIES; i++) {
		end = gens_read(w, a, &c, &theirs);
		if (end != MEMC_DONE && end != MEMC_ABSENT)
			return -1;
		buf_init(&ours, a);
		never_nothing(w->t->board);
		gens_pack(w->t->board, &ours);
		if (str_eq(buf_view(&ours), theirs))
			return 0;
		end = gens_write(w, a, &c, buf_view(&ours));
		if (end == MEMC_REFUSED)
			reach_blame(w->t, node);
		if (end != MEMC_DONE)
			return -1;
	}
	return 0;
}

/* A node that is new to this host, or was away, gets the word that larder
 * doctor looks for; one that stands there is left, whoever's it is. */
static void leave_mark(struct tier_walk *w, size_t node)
{
	char mark[TIER_MARK_SIZE];
	struct reach_call c = { .op = REACH_ADD, .node = node,
				.name = STR(TIER_MARK_NAME),
				.life_s = MEMC_LIFE_MAX_S };

	tier_mark(w->t, mark);
	c.value = str_c(mark);
	reach_call(w, &c, NULL);
}

/*
 * Of those who find that an exchange is due one does it, the others go on
 * with what is known. But nobody goes on with a node that was away, or that
 * this host has never asked: then each does it.
 */
static enum sync enter(struct tier_walk *w, struct arena *a, size_t node,
		 bool force)
{
	struct board_node *n = w->t->node[node];
	int64_t now = clock_mono_ms(), was;
	enum node_use use;
	bool claimed;
	uint64_t sum;

	if (!n || w->left_us < REACH_LEAST_US)
		return SYNC_OUT;
	use = node_use(n, now);
	if (use == NODE_OFF && !force)
		return SYNC_OUT;
	was = synced(n);
	if (use == NODE_USE && !force && !is_due(w->t, was, now))
		return SYNC_OK;
	if (reach_open(w) < 0)
		return SYNC_OUT;
	claimed = use == NODE_USE && !force && was > 0 && was <= now;
	if (claimed && !claim(n, was, now))
		return synced(n) ? SYNC_OK : SYNC_OUT;
	sum = gens_sum(w->t->board);
	if (exchange(w, a, node) == 0) {
		now = clock_mono_ms();
		__atomic_store_n(&n->synced_ms, now, __ATOMIC_RELEASE);
		node_good(n, now);
		if (was <= 0 || use != NODE_USE)
			leave_mark(w, node);
		return sum == gens_sum(w->t->board) ? SYNC_OK : SYNC_NEW;
	}
	if (claimed)
		claim(n, now, was); /* still due, then */
	return SYNC_OUT;
}

enum sync sync_enter(struct tier_walk *w, struct arena *a, size_t node)
{
	enum sync s = enter(w, a, node, false);

	if (s != SYNC_OK)
		board_count(w->t->board, BOARD_MEMC_SKIPS);
	return s;
}

/* A node that the board has no place for is one that is missed. */
static int sync_due(struct tier_walk *w, struct arena *a)
{
	const struct tier *t = w->t;
	int64_t now = clock_mono_ms();
	int missed = 0;
	size_t i;

	for (i = 0; i < t->conf.nservers; i++)
		if (!t->node[i] || is_due(t, synced(t->node[i]), now))
			missed += enter(w, a, i, false) == SYNC_OUT;
	return missed;
}

int tier_sync(struct tier_walk *w, struct arena *a, bool force)
{
	struct tier_walk own = *w;
	int missed = 0;
	size_t i;

	if (!force)
		return sync_due(w, a);
	for (i = 0; i < w->t->conf.nservers; i++) {
		own.left_us = FORCE_US;
		missed += enter(&own, a, i, true) == SYNC_OUT;
	}
	return missed;
}
