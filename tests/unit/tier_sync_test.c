/* A purge on one host reaches the others before a purged answer does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/count.h"
#include "store/gens.h"
#include "tier_bed.h"

static void purge(struct host *h, const char *tag)
{
	gens_raise(tier_board(h->t), GENS_TAG, str_c(tag), clock_wall_ms());
}

static uint64_t gen(struct host *h, const char *tag)
{
	return gens_of(tier_board(h->t), GENS_TAG, str_c(tag));
}

static void purges_reach_the_others(void **state)
{
	struct bed *b = *state;
	struct host one, two;
	unsigned before;

	bare_open(&one);
	bare_open(&two);
	purge(&one, "a");
	purge(&two, "b");
	assert_int_equal(tier_sync(&one.w, b->a, true), 0);
	assert_int_equal(tier_sync(&two.w, b->a, true), 0);
	assert_int_equal(tier_sync(&one.w, b->a, true), 0);
	assert_int_equal(gen(&one, "b"), gen(&two, "b"));
	assert_int_equal(gen(&two, "a"), gen(&one, "a"));
	assert_int_not_equal(gen(&two, "a"), 0);
	/* All is the same now: one look at each node, no writing. */
	before = asked();
	assert_int_equal(tier_sync(&two.w, b->a, true), 0);
	assert_int_equal(asked(), before + 3);
	host_close(&one);
	host_close(&two);
}

static void only_where_due(void **state)
{
	struct bed *b = *state;
	struct board_node *n;
	struct host h;
	unsigned before;

	bare_open(&h);
	assert_int_equal(tier_sync(&h.w, b->a, false), 0);
	before = asked();
	assert_int_equal(before, 12); /* told and seen, and a mark left */
	assert_int_equal(tier_sync(&h.w, b->a, false), 0);
	assert_int_equal(asked(), before);
	n = h.t->node[1];
	n->synced_ms = clock_mono_ms() + HOUR_MS; /* of another boot */
	assert_int_equal(tier_sync(&h.w, b->a, false), 0);
	assert_int_equal(asked(), before + 1);
	assert_in_range(n->synced_ms, 1, clock_mono_ms());
	host_close(&h);
}

/* Who could not finish leaves it to the next. */
static void still_due_after_trouble(void **state)
{
	struct bed *b = *state;
	struct host h;
	int64_t was;

	host_open(&h, NULL, 1, 50, SITE);
	assert_int_equal(tier_sync(&h.w, b->a, true), 0);
	was = h.t->node[0]->synced_ms - 100;
	h.t->node[0]->synced_ms = was;
	if (was <= 0) /* just booted */
		skip();
	each_node(FATE_BROKEN);
	assert_int_equal(tier_sync(&h.w, b->a, false), 1);
	assert_int_equal(h.t->node[0]->synced_ms, was);
	each_node(FATE_FINE);
	assert_int_equal(tier_sync(&h.w, b->a, false), 0);
	assert_true(h.t->node[0]->synced_ms > was);
	host_close(&h);
}

/* One does it, the others go on; unless the node was never asked. */
static struct host *meanwhile;
static struct arena *meanwhile_a;
static int meanwhile_found;
static unsigned meanwhile_asked;

static enum fake_fate ask_meanwhile(struct fake *f, enum fake_verb verb,
				    size_t node, struct str name)
{
	struct entry e;
	unsigned before = asked();

	(void)verb;
	(void)node;
	(void)name;
	f->decide = NULL;
	meanwhile_found = get(meanwhile, meanwhile_a, 1, &e);
	meanwhile_asked = asked() - before;
	return FATE_FINE;
}

static void one_does_it(void **state)
{
	static const struct {
		bool known;
		unsigned asked;
	} cases[] = { { true, 1 }, { false, 3 } };
	struct bed *b = *state;
	struct host one, two;
	size_t i;

	host_open(&one, NULL, 1, 500, SITE);
	two = one; /* another thread of the same host */
	two.l = tier_lane_new();
	two.w.l = two.l;
	assert_int_equal(put(&one, b->a, 1, STR("text")), 0);
	meanwhile = &two;
	meanwhile_a = b->a;
	for (i = 0; i < COUNT_OF(cases); i++) {
		one.t->node[0]->synced_ms =
			cases[i].known ? clock_mono_ms() - 600 : 0;
		fake.decide = ask_meanwhile;
		meanwhile_found = -2;
		assert_int_equal(tier_sync(host_walk(&one), b->a, false), 0);
		assert_int_equal(meanwhile_found, 1);
		assert_int_equal(meanwhile_asked, cases[i].asked);
	}
	tier_lane_free(&two.l);
	host_close(&one);
}

static void bad_generations_are_replaced(void **state)
{
	struct bed *b = *state;
	struct fake_item *it;
	struct host h, other;
	size_t node = 0;

	bare_open(&h);
	bare_open(&other);
	purge(&h, "a");
	assert_int_equal(tier_sync(&h.w, b->a, true), 0);
	it = item_of(&h, "gens", 0, &node);
	assert_non_null(it);
	it->bytes[30] ^= 4;
	assert_int_equal(tier_sync(&h.w, b->a, true), 0);
	assert_int_equal(counted(&h, BOARD_MEMC_FORGED), 1);
	assert_int_equal(tier_sync(&other.w, b->a, true), 0);
	assert_int_equal(counted(&other, BOARD_MEMC_FORGED), 0);
	assert_int_equal(gen(&other, "a"), gen(&h, "a"));
	host_close(&h);
	host_close(&other);
}

/* Played back, an older list is one that lacks something. */
static void old_generations_change_nothing(void **state)
{
	struct bed *b = *state;
	struct fake_item *it;
	struct host h, other;
	size_t node = 0;
	uint64_t was;

	host_open(&h, NULL, 1, HOUR_MS, SITE);
	host_open(&other, NULL, 1, HOUR_MS, SITE);
	purge(&h, "a");
	assert_int_equal(tier_sync(&h.w, b->a, true), 0);
	purge(&h, "a");
	purge(&h, "b");
	assert_int_equal(tier_sync(&h.w, b->a, true), 0);
	was = gen(&h, "a");
	it = item_of(&h, "gens", 0, &node);
	assert_non_null(it);
	fake_put(&fake, node, it->name, it->old, it->old_n);
	assert_int_equal(tier_sync(&h.w, b->a, true), 0);
	assert_int_equal(gen(&h, "a"), was);
	assert_int_equal(tier_sync(&other.w, b->a, true), 0);
	assert_int_equal(gen(&other, "a"), was);
	assert_int_equal(gen(&other, "b"), gen(&h, "b"));
	host_close(&h);
	host_close(&other);
}

/* Another host writes between our writing and our looking again. */
static unsigned gets_seen;

static enum fake_fate write_between(struct fake *f, enum fake_verb verb,
				    size_t node, struct str name)
{
	struct fake_item *it;
	char n[64] = "";

	memcpy(n, name.p, name.n);
	it = fake_find(f, node, n);
	if (verb == FAKE_GET && ++gets_seen == 2)
		fake_put(f, node, n, it->old, it->old_n);
	return FATE_FINE;
}

static void writers_at_once_lose_nothing(void **state)
{
	struct bed *b = *state;
	struct host one, two;

	host_open(&one, NULL, 1, HOUR_MS, SITE);
	host_open(&two, NULL, 1, HOUR_MS, SITE);
	purge(&one, "a");
	assert_int_equal(tier_sync(&one.w, b->a, true), 0);
	purge(&two, "b");
	gets_seen = 0;
	fake.decide = write_between;
	assert_int_equal(tier_sync(&two.w, b->a, true), 0);
	fake.decide = NULL;
	assert_true(gets_seen >= 3);
	assert_int_equal(tier_sync(&one.w, b->a, true), 0);
	assert_int_equal(gen(&one, "b"), gen(&two, "b"));
	assert_int_equal(gen(&two, "a"), gen(&one, "a"));
	host_close(&one);
	host_close(&two);
}

/* A host whose slab is new. */
static void fresh_open(struct host *h, size_t nservers)
{
	host_open(h, NULL, nservers, HOUR_MS, SITE);
	memset(tier_board(h->t)->gen, 0, sizeof(tier_board(h->t)->gen));
}

static uint64_t gen_all(struct host *h)
{
	return gens_of(tier_board(h->t), GENS_ALL, STR(""));
}

/* The node has the purged answer still, but not that it was purged: the item
 * was evicted, or is rubbish. */
static void forgotten(struct bed *b, bool rubbish)
{
	struct host old, fresh, later;
	struct fake_item *it;
	uint64_t since = (uint64_t)clock_wall_ms();
	struct entry e;
	size_t node;

	host_open(&old, NULL, 1, HOUR_MS, SITE);
	assert_int_equal(put(&old, b->a, 1, STR("purged")), 0);
	gens_raise(tier_board(old.t), GENS_ALL, STR(""), clock_wall_ms());
	assert_int_equal(tier_sync(&old.w, b->a, true), 0);
	it = item_of(&old, "gens", 0, &node);
	assert_non_null(it);
	if (rubbish)
		fake_put(&fake, node, it->name, "rubbish", 7);
	else
		fake_forget(&fake, node, it->name);
	host_close(&old);
	fresh_open(&fresh, 1);
	/* A key of before is made from zeros. */
	assert_int_equal(get(&fresh, b->a, 1, &e), 0);
	assert_true(gen_all(&fresh) >= since);
	fresh_open(&later, 1);
	assert_int_equal(tier_sync(host_walk(&later), b->a, false), 0);
	assert_int_equal(gen_all(&later), gen_all(&fresh));
	host_close(&later);
	host_close(&fresh);
}

static void what_nobody_remembers_is_purged(void **state)
{
	forgotten(*state, false);
	fake_empty(&fake, 0);
	forgotten(*state, true);
}

/* Only once: who has told a node of that keeps what comes after. */
static void the_first_host_purges_once(void **state)
{
	struct bed *b = *state;
	struct host h;
	struct entry e;
	uint64_t all;

	fresh_open(&h, 3);
	assert_int_equal(tier_sync(&h.w, b->a, false), 0);
	all = gen_all(&h);
	assert_int_not_equal(all, 0);
	assert_int_equal(put(&h, b->a, 1, STR("text")), 0);
	fake_empty(&fake, 1);
	assert_int_equal(tier_sync(&h.w, b->a, true), 0);
	assert_int_equal(gen_all(&h), all);
	fake_empty(&fake, 0);
	fake_empty(&fake, 2);
	assert_int_equal(tier_sync(&h.w, b->a, true), 0);
	assert_int_equal(gen_all(&h), all);
	assert_int_equal(put(&h, b->a, 1, STR("text")), 0);
	assert_int_equal(get(&h, b->a, 1, &e), 1);
	host_close(&h);
}

static void a_new_host_learns_before_it_uses(void **state)
{
	struct bed *b = *state;
	struct host old, fresh;
	struct entry e;

	bare_open(&old);
	bare_open(&fresh);
	assert_int_equal(put(&old, b->a, 1, STR("purged")), 0);
	purge(&old, "a");
	assert_int_equal(tier_sync(&old.w, b->a, true), 0);
	/* Its key was made when it knew of no purge. */
	assert_int_equal(get(&fresh, b->a, 1, &e), 0);
	assert_int_equal(gen(&fresh, "a"), gen(&old, "a"));
	host_close(&old);
	host_close(&fresh);
}

/* left: what the node's record says of its last exchange when it is tried
 * again; not 0 if the process that turned it off died at once. */
static void comes_back(struct bed *b, int64_t left_ms)
{
	struct key k = key_n(1);
	struct host one, two;
	struct entry e;
	int i;

	host_open(&one, NULL, 1, HOUR_MS, SITE);
	host_open(&two, NULL, 1, HOUR_MS, SITE);
	assert_int_equal(put(&one, b->a, 1, STR("purged")), 0);
	fake.fate[0] = FATE_BROKEN; /* for one, that is */
	for (i = 0; i < 3; i++)
		assert_int_equal(get(&one, b->a, 1, &e), 0);
	assert_int_not_equal(one.t->node[0]->off_until_ms, 0);
	assert_int_equal(one.t->node[0]->synced_ms, 0);
	fake.fate[0] = FATE_FINE;
	assert_int_equal(get(&one, b->a, 1, &e), 0); /* not asked */
	purge(&two, "a");
	assert_int_equal(tier_sync(&two.w, b->a, true), 0);
	one.t->node[0]->off_until_ms = 1; /* time has passed */
	one.t->node[0]->synced_ms = left_ms;
	host_walk(&one);
	assert_int_equal(tier_get_shared(&one.w, b->a, &k, &owner,
					 clock_wall_ms(), &e), 0);
	assert_int_equal(gen(&one, "a"), gen(&two, "a"));
	assert_int_equal(one.t->node[0]->off_until_ms, 0); /* in use */
	assert_int_equal(get(&one, b->a, 1, &e), 1); /* now it is up to k */
	host_close(&one);
	host_close(&two);
}

static void a_node_that_was_away_learns_first(void **state)
{
	comes_back(*state, 0);
	fake_empty(&fake, 0);
	comes_back(*state, clock_mono_ms());
}

/* Before a request makes its keys; what the slab has under old ones no longer
 * matters then. */
static void a_request_learns_of_purges(void **state)
{
	struct bed *b = *state;
	struct host one, two;

	host_open(&one, slab(b), 3, HOUR_MS, SITE);
	bare_open(&two);
	assert_int_equal(tier_sync(&one.w, b->a, true), 0);
	purge(&two, "a");
	assert_int_equal(tier_sync(&two.w, b->a, true), 0);
	assert_int_equal(tier_sync(host_walk(&one), b->a, false), 0);
	assert_int_equal(gen(&one, "a"), 0);
	one.t->node[2]->synced_ms = 0; /* due */
	assert_int_equal(tier_sync(host_walk(&one), b->a, false), 0);
	assert_int_equal(gen(&one, "a"), gen(&two, "a"));
	host_close(&one);
	host_close(&two);
}

static void a_purge_counts_who_was_not_there(void **state)
{
	struct bed *b = *state;
	struct host h;

	bare_open(&h);
	purge(&h, "a");
	fake.fate[1] = FATE_BROKEN;
	assert_int_equal(tier_sync(&h.w, b->a, true), 1);
	assert_int_equal(tier_sync(&h.w, b->a, true), 1);
	assert_int_equal(tier_sync(&h.w, b->a, true), 1); /* off, yet asked */
	assert_int_equal(h.w.left_us, BUDGET_US);
	fake.fate[1] = FATE_FINE;
	assert_int_equal(tier_sync(&h.w, b->a, true), 0);
	host_close(&h);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BED_TEST(purges_reach_the_others),
		BED_TEST(only_where_due),
		BED_TEST(still_due_after_trouble),
		BED_TEST(one_does_it),
		BED_TEST(bad_generations_are_replaced),
		BED_TEST(old_generations_change_nothing),
		BED_TEST(writers_at_once_lose_nothing),
		BED_TEST(what_nobody_remembers_is_purged),
		BED_TEST(the_first_host_purges_once),
		BED_TEST(a_new_host_learns_before_it_uses),
		BED_TEST(a_node_that_was_away_learns_first),
		BED_TEST(a_request_learns_of_purges),
		BED_TEST(a_purge_counts_who_was_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
