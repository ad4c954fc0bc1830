#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "base/clock.h"
#include "store/tier_own.h"

struct tier *tier_open(struct store *store, const struct tier_conf *c,
		       const struct key *site_secret)
{
	struct arena *home = arena_new();
	struct tier *t = arena_zalloc(home, sizeof(*t));
	size_t i;

	t->home = home;
	t->store = store;
	t->conf = *c;
	t->board = store ? store_board(store) :
			   arena_new_n(home, struct board, 1);
	t->node = arena_new_n(home, struct board_node *, c->nservers + 1);
	for (i = 0; i < c->nservers; i++)
		t->node[i] = node_find(t->board, c->server[i]);
	seal_init(&t->seal, site_secret);
	while (!t->id)
		randombytes_buf(&t->id, sizeof(t->id));
	return t;
}

void tier_close(struct tier **t)
{
	struct arena *home;

	if (!*t)
		return;
	home = (*t)->home;
	sodium_memzero(&(*t)->seal, sizeof((*t)->seal));
	*t = NULL;
	arena_free(&home);
}

void tier_use(struct tier *t, const struct memc_ops *ops)
{
	t->ops = ops;
}

/* As long as the thread, so it has a small arena to itself: no allocation
 * that could fail. */
struct tier_lane *tier_lane_new(void)
{
	/* Where there is no memcached nothing else comes into it. */
	struct arena *home = arena_new_small(sizeof(struct tier_lane));
	struct tier_lane *l = arena_zalloc(home, sizeof(*l));

	l->home = home;
	return l;
}

void tier_lane_free(struct tier_lane **l)
{
	struct arena *home;

	if (!*l)
		return;
	reach_close(*l);
	home = (*l)->home;
	*l = NULL;
	arena_free(&home);
}

struct board *tier_board(struct tier *t)
{
	return t->board;
}

bool tier_shared(const struct tier *t)
{
	return t->conf.nservers > 0;
}

/* What came from memcached may be older than what the slab has: a value that
 * was never overwritten there, or one played back. The newer one it is. */
static enum tier_where promote(struct store *s, struct arena *a,
			       const struct key *k, int64_t now_ms,
			       struct entry *e)
{
	struct entry own;

	if (!s)
		return TIER_MEMCACHED;
	if (store_get(s, a, k, now_ms, &own) == 1 &&
	    own.born_ms >= e->born_ms) {
		*e = own;
		return TIER_LOCAL;
	}
	store_put(s, k, e);
	return TIER_MEMCACHED;
}

static int get_shared(struct tier_walk *w, struct arena *a,
		      const struct key *k, const struct key *owner,
		      int64_t now_ms, struct entry *e_r,
		      enum tier_where *where_r)
{
	struct entry e;

	if (!tier_shared(w->t) || parts_get(w, a, k, owner, now_ms, &e) != 1)
		return 0;
	*where_r = promote(w->t->store, a, k, now_ms, &e);
	*e_r = e;
	return 1;
}

int tier_get_shared(struct tier_walk *w, struct arena *a, const struct key *k,
		    const struct key *owner, int64_t now_ms,
		    struct entry *e_r)
{
	enum tier_where where;

	return get_shared(w, a, k, owner, now_ms, e_r, &where);
}

int tier_get(struct tier_walk *w, struct arena *a, const struct key *k,
	     const struct key *owner, int64_t now_ms, struct entry *e_r,
	     enum tier_where *where_r)
{
	struct store *s = w->t->store;
	int found = 0;

	if (s)
		found = store_get(s, a, k, now_ms, e_r);
	if (found == 1) {
		*where_r = TIER_LOCAL;
		return 1;
	}
	if (get_shared(w, a, k, owner, now_ms, e_r, where_r) == 1)
		return 1;
	return found;
}

int tier_put(struct tier_walk *w, struct arena *a, const struct key *k,
	     const struct key *owner, const struct entry *e)
{
	struct store *s = w->t->store;
	int local = s ? store_put(s, k, e) : -1;

	if (tier_shared(w->t) &&
	    parts_put(w, a, k, owner, e, clock_wall_ms()) == 0)
		return 0;
	return local;
}

void tier_drop(struct tier_walk *w, struct arena *a, const struct key *k,
	       const struct key *owner)
{
	if (w->t->store)
		store_drop(w->t->store, k);
	if (tier_shared(w->t))
		parts_drop(w, a, k, owner);
}

void tier_mark(const struct tier *t, char mark_r[TIER_MARK_SIZE])
{
	struct key k;

	hash_of(&k, &t->seal.name.key, STR("the mark of this secret"));
	key_hex(&k, (TIER_MARK_SIZE - 1) / 2, mark_r);
}
