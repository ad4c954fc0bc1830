/*
 * Local slab, then memcached. A value found in memcached is put into the slab
 * with what remains of its time, unless the slab has one that was born at the
 * same time or later; a new one goes to both. The caller spends a budget of
 * time, not of operations, and every trouble is a counted miss.
 */
#ifndef STORE_TIER_H
#define STORE_TIER_H

#include "store/board.h"
#include "store/memc.h"
#include "store/seal.h"
#include "store/store.h"

struct tier_conf {
	const char *const *server; /* nservers 0: the slab alone */
	size_t nservers;
	int64_t sync_ms;         /* generations are exchanged as often */
};

struct tier;      /* a process: read-only, shared by its threads */
struct tier_lane; /* a thread: its connections, made on first use */

/* store may be NULL (then memcached alone). Takes nothing over: store, conf
 * and its strings must outlive it. Never NULL. */
struct tier *tier_open(struct store *store, const struct tier_conf *c,
		       const struct key *site_secret);
void tier_close(struct tier **t);

/* Ops of a test's instead of the module's; before the first lane uses t. */
void tier_use(struct tier *t, const struct memc_ops *ops);

struct tier_lane *tier_lane_new(void);
void tier_lane_free(struct tier_lane **l);

/* The slab's board, or the process's own. */
struct board *tier_board(struct tier *t);
bool tier_shared(const struct tier *t); /* is there a memcached? */

/* One request's way through the tiers. A node that does not answer while it
 * is given less than 5 ms is not held to be dead: that should be the least
 * of all budgets. */
struct tier_walk {
	struct tier *t;
	struct tier_lane *l;
	int64_t left_us; /* of the time memcached may take */
};

enum tier_where { TIER_LOCAL, TIER_MEMCACHED };

/* As store_get(); owner is the tenant it must belong to in memcached. */
int tier_get(struct tier_walk *w, struct arena *a, const struct key *k,
	     const struct key *owner, int64_t now_ms, struct entry *e_r,
	     enum tier_where *where_r);

/* 0 when it is in one of them at least. Above a million bytes it is several
 * items in memcached, all on one node, the manifest last. */
int tier_put(struct tier_walk *w, struct arena *a, const struct key *k,
	     const struct key *owner, const struct entry *e);

void tier_drop(struct tier_walk *w, struct arena *a, const struct key *k,
	       const struct key *owner);

/* Has another host answered by now? Past the slab, and then what is newer:
 * that host's answer, which is put into the slab, or the slab's own. */
int tier_get_shared(struct tier_walk *w, struct arena *a, const struct key *k,
		    const struct key *owner, int64_t now_ms,
		    struct entry *e_r);

/*
 * A lease on a question, among hosts: memcached's `add`. 1: ours until
 * LEASE_S after the last tier_lease_keep(); 0: another host's; -1: nobody
 * could be asked, go on without. Given back when the answer is stored; who
 * dies holds it for LEASE_S. A lane holds one lease at a time: what it asks in
 * the meantime it asks without.
 *
 * Keep does nothing when a second has not passed; it and give have 5 ms of
 * their own, so that a long answer does not use up the budget of its put.
 */
#define LEASE_S 3
int tier_lease_take(struct tier_walk *w, struct arena *a,
		    const struct key *k);
void tier_lease_keep(struct tier_walk *w, struct arena *a,
		     const struct key *k);
void tier_lease_give(struct tier_walk *w, struct arena *a,
		     const struct key *k);

/*
 * Exchanges generations with nodes where that is due (each sync_ms, and
 * before a node that was away is used again: tier_get and the others see to
 * that, and do without the node if it has news, for k may be made from an old
 * generation): reads the node's, takes over what is larger, writes what is
 * larger here. A board of zeros that learns nothing purges everything, for
 * who lost both cannot know what was purged. force: all nodes, now, a second
 * each at most (larder purge). How many nodes could not be asked.
 *
 * A purge on one host is seen by another at its first request after sync_ms;
 * after twice that when the process that set out to ask died on the way.
 * Call it before a key is made from generations; it costs a few loads when
 * nothing is due.
 */
int tier_sync(struct tier_walk *w, struct arena *a, bool force);

/* What stands on each node in use under this name, unsealed: a word that
 * only a larder with the same secret writes. For `larder doctor`; a hint, as
 * anybody may read or change it. */
#define TIER_MARK_NAME "larder-secret"
#define TIER_MARK_SIZE 33
void tier_mark(const struct tier *t, char mark_r[TIER_MARK_SIZE]);

#endif
