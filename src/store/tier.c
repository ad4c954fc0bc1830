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
	struct arena *home = arena_new();
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

int tier_get_shared(struct tier_walk *w, struct arena *a, const struct key *k,
		    const struct key *owner, int64_t now_ms,
		    struct entry *e_r)
{
	struct store *s = w->t->store;

	if (!tier_shared(w->t) || parts_get(w, a, k, owner, now_ms, e_r) != 1)
		return 0;
	if (s)
		store_put(s, k, e_r);
	return 1;
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
	if (tier_get_shared(w, a, k, owner, now_ms, e_r) != 1)
		return found;
	*where_r = TIER_MEMCACHED;
	return 1;
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

	hash_of(&k, &t->seal.name, STR("the mark of this secret"));
	key_hex(&k, (TIER_MARK_SIZE - 1) / 2, mark_r);
}
