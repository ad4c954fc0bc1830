/*
 * A memcached that lies: two hosts put and get values that say what they
 * are, while somebody swaps, copies, cuts, alters, replays and forgets items,
 * and nodes go away, hang and come back. Whatever is given must be what was
 * asked for, of the present generation. LARDER_HOSTILE is how many steps,
 * LARDER_SEED which.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/count.h"
#include "store/gens.h"
#include "tier_bed.h"

#define NODES 3
#define HOSTS 2
#define KEYS 24
#define OWNERS 3
#define TAGS 6
#define SHORT_US 5000

struct world {
	struct arena *a;
	uint64_t rng;
	struct host host[HOSTS];
	uint64_t seen[HOSTS][TAGS]; /* generations do not fall */
	uint64_t versions;
	const struct tier_walk *walk; /* the one under way */
	unsigned hits, large, overruns;
};

static uint64_t below(struct world *w, uint64_t n)
{
	w->rng ^= w->rng << 13;
	w->rng ^= w->rng >> 7;
	w->rng ^= w->rng << 17;
	return (w->rng >> 11) % n;
}

static bool percent(struct world *w, unsigned n)
{
	return below(w, 1000) < n * 10;
}

/* --- values that say what they are --- */

struct says {
	uint64_t key, owner, gen, version, length;
};

static char letter(const struct says *s, size_t i)
{
	return (char)((s->version * 131 + i * 7 + i / 256) & 0xff);
}

static struct str value_of(struct world *w, const struct says *s)
{
	char *p = arena_alloc(w->a, s->length);
	size_t i;

	memcpy(p, s, sizeof(*s));
	for (i = sizeof(*s); i < s->length; i++)
		p[i] = letter(s, i);
	return (struct str){ p, s->length };
}

static void check_value(struct world *w, const struct says *want,
			struct str got)
{
	struct says is;
	size_t i;

	assert_true(got.n >= sizeof(is));
	memcpy(&is, got.p, sizeof(is));
	assert_int_equal(is.key, want->key);
	assert_int_equal(is.owner, want->owner);
	assert_int_equal(is.gen, want->gen);
	assert_in_range(is.version, 1, w->versions);
	assert_int_equal(is.length, got.n);
	for (i = sizeof(is); i < got.n; i++)
		if (got.p[i] != letter(&is, i))
			fail_msg("byte %zu is wrong", i);
	w->hits++;
	w->large += got.n > MEMC_VALUE_MAX;
}

/* --- what hosts do --- */

static struct str tag_of(uint64_t key)
{
	static const char *const tags[TAGS] = { "a", "b", "c",
						"d", "e", "f" };

	return str_c(tags[key % TAGS]);
}

/* A question: its key has the generation in it, as in the corridor. */
struct question {
	struct says says;
	struct key key, owner;
};

static struct question ask(struct world *w, struct host *h)
{
	struct question q = { 0 };

	q.says.key = below(w, KEYS);
	q.says.owner = below(w, OWNERS);
	q.says.gen = gens_of(tier_board(h->t), GENS_TAG, tag_of(q.says.key));
	hash_of(&q.key, NULL,
		(struct str){ (char *)&q.says.key, 8 });
	hash_of(&q.key, &q.key, (struct str){ (char *)&q.says.gen, 8 });
	q.owner = key_n(500 + q.says.owner);
	return q;
}

static struct tier_walk *walk(struct world *w, struct host *h)
{
	fake.late_ms = 0;
	w->walk = host_walk(h);
	return &h->w;
}

static void do_get(struct world *w, struct host *h)
{
	struct question q = ask(w, h);
	enum tier_where where;
	struct entry e;

	if (tier_get(walk(w, h), w->a, &q.key, &q.owner, clock_wall_ms(), &e,
		     &where) == 1)
		check_value(w, &q.says, e.bytes);
}

static void do_put(struct world *w, struct host *h)
{
	struct question q = ask(w, h);
	struct entry e;

	q.says.version = ++w->versions;
	q.says.length = sizeof(q.says) + below(w, 3000);
	if (below(w, 100) == 0)
		q.says.length += 2 * MEMC_VALUE_MAX;
	e = entry_of(value_of(w, &q.says));
	tier_put(walk(w, h), w->a, &q.key, &q.owner, &e);
}

static void do_purge(struct world *w, struct host *h)
{
	gens_raise(tier_board(h->t), GENS_TAG, tag_of(below(w, TAGS)),
		   clock_wall_ms());
}

static void do_drop(struct world *w, struct host *h)
{
	struct question q = ask(w, h);

	tier_drop(walk(w, h), w->a, &q.key, &q.owner);
}

static void do_lease(struct world *w, struct host *h)
{
	struct question q = ask(w, h);

	if (tier_lease_take(walk(w, h), w->a, &q.key) != 1 || percent(w, 50))
		return;
	w->walk = NULL; /* that is on time of its own */
	tier_lease_give(&h->w, w->a, &q.key);
}

static enum fake_fate decide(struct fake *f, enum fake_verb verb,
			     size_t node, struct str name);
static void spoil(struct fake *f, size_t node, struct fake_item *it,
		  char **bytes, size_t *n);

/* With all nodes well and nobody in between, all hosts agree. */
static void do_agree(struct world *w, struct host *h)
{
	size_t i;

	w->walk = NULL;
	fake.decide = NULL;
	fake.spoil = NULL;
	each_node(FATE_FINE);
	for (i = 0; i < 2 * HOSTS; i++)
		assert_int_equal(tier_sync(host_walk(&w->host[i % HOSTS]),
					   w->a, true), 0);
	for (i = 0; i < HOSTS; i++)
		assert_memory_equal(tier_board(h->t)->gen,
				    tier_board(w->host[i].t)->gen,
				    sizeof(tier_board(h->t)->gen));
	fake.decide = decide;
	fake.spoil = spoil;
}

/* What was off may be tried again. */
static void do_time(struct world *w, struct host *h)
{
	size_t i;

	for (i = 0; i < NODES; i++)
		if (h->t->node[i]->off_until_ms)
			h->t->node[i]->off_until_ms = 1;
	fake.now_s += (long long)below(w, 3);
}

/* --- what the liar does --- */

static struct fake_item *any_item(struct world *w, size_t *node_r)
{
	size_t node = below(w, NODES), n = fake_items(&fake, node);

	*node_r = node;
	return n ? fake_nth(&fake, node, below(w, n)) : NULL;
}

/* Recently stored ones are first: those are the ones being used. */
static struct fake_item *new_item(struct world *w, size_t *node_r)
{
	*node_r = below(w, NODES);
	return fake_nth(&fake, *node_r, below(w, 30));
}

static void lie_alter(struct world *w, struct fake_item *it)
{
	if (it->n)
		it->bytes[below(w, it->n)] ^= (char)(1 << below(w, 8));
}

static void lie_cut(struct world *w, struct fake_item *it)
{
	it->n = below(w, it->n + 1);
}

static void lie_longer(struct world *w, struct fake_item *it)
{
	it->bytes = realloc(it->bytes, it->n + 9);
	assert_non_null(it->bytes);
	memset(it->bytes + it->n, (int)below(w, 256), 8);
	it->n += below(w, 8);
}

static void lie_swap(struct world *w, struct fake_item *it)
{
	struct fake_item *other, was = *it;
	size_t node;

	other = any_item(w, &node);
	if (!other)
		return;
	it->bytes = other->bytes;
	it->n = other->n;
	other->bytes = was.bytes;
	other->n = was.n;
}

static void lie_copy(struct world *w, struct fake_item *it)
{
	size_t node, n = it->n;
	struct fake_item *to = new_item(w, &node);
	char *bytes;

	if (!to || to == it)
		return;
	bytes = malloc(n + 1);
	assert_non_null(bytes);
	memcpy(bytes, it->bytes, n);
	free(to->bytes);
	to->bytes = bytes;
	to->n = n;
}

static void lie_replay(struct world *w, struct fake_item *it)
{
	struct fake_item was = *it;

	(void)w;
	if (!it->old)
		return;
	it->bytes = was.old;
	it->n = was.old_n;
	it->old = was.bytes;
	it->old_n = was.n;
}

static void lie_forget(struct world *w, struct fake_item *it)
{
	size_t i;
	char name[64];

	(void)w;
	memcpy(name, it->name, sizeof(name));
	for (i = 0; i < NODES; i++)
		if (fake_find(&fake, i, name) == it)
			fake_forget(&fake, i, name);
}

static void do_lie(struct world *w, struct host *h)
{
	static void (*const lies[])(struct world *w, struct fake_item *it) = {
		lie_alter, lie_cut,    lie_longer, lie_swap,
		lie_copy,  lie_replay, lie_forget,
	};
	struct fake_item *it;
	size_t node;

	(void)h;
	it = percent(w, 70) ? new_item(w, &node) : any_item(w, &node);
	if (it)
		lies[below(w, COUNT_OF(lies))](w, it);
}

static void do_fate(struct world *w, struct host *h)
{
	static const enum fake_fate fates[] = { FATE_BROKEN, FATE_LATE,
						FATE_REFUSED, FATE_LOST };
	size_t node = below(w, NODES);

	(void)h;
	fake.fate[node] = percent(w, 70) ? FATE_FINE :
					   fates[below(w, COUNT_OF(fates))];
	if (percent(w, 5))
		fake_empty(&fake, node);
}

/* --- and on the wire --- */

static enum fake_fate decide(struct fake *f, enum fake_verb verb,
			     size_t node, struct str name)
{
	struct world *w = f->ctx;

	(void)verb;
	(void)node;
	(void)name;
	/* Never may an operation take more than the request has left. */
	if (w->walk && f->wait_ms * 1000 > w->walk->left_us)
		w->overruns++;
	switch (below(w, 300)) {
	case 0:
		return FATE_BROKEN;
	case 1:
		return FATE_LATE;
	case 2:
		return FATE_LOST;
	default:
		return FATE_FINE;
	}
}

static void spoil(struct fake *f, size_t node, struct fake_item *it,
		  char **bytes, size_t *n)
{
	struct world *w = f->ctx;
	struct fake_item *other = any_item(w, &node);

	if (!percent(w, 3))
		return;
	if (*n && percent(w, 30)) {
		*n = below(w, *n);
	} else if (*n && percent(w, 30)) {
		(*bytes)[below(w, *n)] ^= 1;
	} else if (other && other != it) { /* another's answer */
		*bytes = realloc(*bytes, other->n + 1);
		assert_non_null(*bytes);
		memcpy(*bytes, other->bytes, other->n);
		*n = other->n;
	}
}

static void no_wrong_value(struct world *w, unsigned long steps)
{
	static const struct {
		unsigned to; /* of 1000 */
		void (*act)(struct world *w, struct host *h);
	} acts[] = {
		{ 450, do_get },   { 700, do_put },    { 712, do_purge },
		{ 720, do_drop },  { 740, do_lease },  { 744, do_agree },
		{ 800, do_time },  { 850, do_fate },   { 1000, do_lie },
	};
	size_t i, k;
	uint64_t dice, g;
	struct host *h;

	while (steps--) {
		h = &w->host[below(w, HOSTS)];
		dice = below(w, 1000);
		for (i = 0; dice >= acts[i].to; i++)
			;
		acts[i].act(w, h);
		if (w->walk && fake.late_ms > SHORT_US / 1000)
			w->overruns++;
		k = below(w, TAGS);
		i = (size_t)(h - w->host);
		g = gens_of(tier_board(h->t), GENS_TAG, tag_of(k));
		assert_true(g >= w->seen[i][k]);
		w->seen[i][k] = g;
		arena_reset(w->a);
	}
}

static uint64_t total(struct world *w, enum board_count c)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < HOSTS; i++)
		n += counted(&w->host[i], c);
	return n;
}

static unsigned long steps_wanted(void)
{
	const char *s = getenv("LARDER_HOSTILE");

	return s ? strtoul(s, NULL, 10) : 20000;
}

static void a_liar_gets_nowhere(void **state)
{
	const char *seed = getenv("LARDER_SEED");
	struct bed *b = *state;
	struct world w = { .a = b->a };
	unsigned long steps = steps_wanted();
	size_t i;

	if (seed)
		w.rng = strtoull(seed, NULL, 10);
	else
		assert_int_equal(getrandom(&w.rng, sizeof(w.rng), 0),
				 sizeof(w.rng));
	w.rng |= 1;
	print_message("LARDER_SEED=%llu\n", (unsigned long long)w.rng);
	fake.ctx = &w;
	fake.decide = decide;
	fake.spoil = spoil;
	for (i = 0; i < HOSTS; i++) {
		host_open(&w.host[i], NULL, NODES, 20, SITE);
		w.host[i].budget_us = SHORT_US;
	}
	no_wrong_value(&w, steps);
	print_message("%lu steps, %u hits (%u of several items), %llu puts, "
		      "%llu forged, %llu partial, %llu failed, "
		      "%llu skipped\n", steps, w.hits, w.large,
		      (unsigned long long)total(&w, BOARD_MEMC_PUTS),
		      (unsigned long long)total(&w, BOARD_MEMC_FORGED),
		      (unsigned long long)total(&w, BOARD_MEMC_PARTIAL),
		      (unsigned long long)total(&w, BOARD_MEMC_FAILS),
		      (unsigned long long)total(&w, BOARD_MEMC_SKIPS));
	assert_int_equal(w.overruns, 0);
	/* Lest it be about nothing. */
	if (steps >= 10000) {
		assert_true(w.hits > steps / 50);
		assert_true(total(&w, BOARD_MEMC_FORGED) > steps / 200);
		assert_true(total(&w, BOARD_MEMC_FAILS) > steps / 200);
	}
	for (i = 0; i < HOSTS; i++)
		host_close(&w.host[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BED_TEST(a_liar_gets_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
