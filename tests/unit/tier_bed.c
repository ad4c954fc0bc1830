#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tier_bed.h"

#include "base/clock.h"
#include "store/gens.h"

#define PLACE_FILE "cache"
#include "place.h"

struct fake fake;
const struct key owner = { "whose it is" };

int bed_setup(void **state)
{
	struct bed *b = calloc(1, sizeof(*b));

	memset(&fake, 0, sizeof(fake));
	if (!b || place_setup(&b->place) < 0)
		return -1;
	b->a = arena_new();
	*state = b;
	return 0;
}

int bed_teardown(void **state)
{
	struct bed *b = *state;

	fake_end(&fake);
	place_teardown(&b->place);
	arena_free(&b->a);
	free(b);
	return 0;
}

struct key key_n(uint64_t n)
{
	struct key k;

	hash_of(&k, NULL, (struct str){ (const char *)&n, sizeof(n) });
	return k;
}

void host_open(struct host *h, struct store *s, size_t nservers,
	       int64_t sync_ms, uint64_t secret)
{
	static const char *const servers[] = { "0", "1", "2" };
	struct tier_conf c = { servers, nservers, sync_ms };
	struct key site = key_n(secret);

	h->s = s;
	h->budget_us = BUDGET_US;
	h->t = tier_open(s, &c, &site);
	if (!gens_sum(tier_board(h->t)))
		gens_raise(tier_board(h->t), GENS_ALL, STR(""), 1);
	tier_use(h->t, fake_ops(&fake));
	h->l = tier_lane_new();
	h->w = (struct tier_walk){ h->t, h->l, BUDGET_US };
}

void host_close(struct host *h)
{
	tier_lane_free(&h->l);
	tier_close(&h->t);
	if (h->s)
		store_close(&h->s);
}

void bare_open(struct host *h)
{
	host_open(h, NULL, 3, HOUR_MS, SITE);
}

struct store *slab(struct bed *b)
{
	struct place *p = b->place;
	struct store_conf c = { .path = p->path, .size = MB };
	struct store *s = store_open(&c, p->err, sizeof(p->err));

	if (!s)
		print_error("%s\n", p->err);
	assert_non_null(s);
	return s;
}

struct tier_walk *host_walk(struct host *h)
{
	h->w.left_us = h->budget_us;
	return &h->w;
}

struct entry entry_of(struct str bytes)
{
	int64_t now = clock_wall_ms();

	return (struct entry){ now, now + HOUR_MS, bytes };
}

int put(struct host *h, struct arena *a, uint64_t n, struct str bytes)
{
	struct key k = key_n(n);
	struct entry e = entry_of(bytes);

	return tier_put(host_walk(h), a, &k, &owner, &e);
}

int get(struct host *h, struct arena *a, uint64_t n, struct entry *e_r)
{
	struct key k = key_n(n);
	enum tier_where where;

	return tier_get(host_walk(h), a, &k, &owner, clock_wall_ms(), e_r,
			&where);
}

uint64_t counted(struct host *h, enum board_count c)
{
	return tier_board(h->t)->count[c];
}

unsigned asked(void)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < FAKE_NODES; i++)
		n += fake.asked[i];
	return n;
}

void each_node(enum fake_fate fate)
{
	size_t i;

	for (i = 0; i < FAKE_NODES; i++)
		fake.fate[i] = fate;
}

struct fake_item *item_of(struct host *h, const char *purpose, uint64_t n,
			  size_t *node_r)
{
	struct seal_what what = { .purpose = purpose };
	char name[SEAL_NAME_SIZE];
	struct fake_item *it;
	size_t i;

	if (strcmp(purpose, "gens") != 0)
		what.key = key_n(n);
	if (strcmp(purpose, "entry") == 0)
		what.owner = owner;
	seal_name(&h->t->seal, &what, name);
	for (i = 0; i < FAKE_NODES; i++) {
		it = fake_find(&fake, i, name);
		if (it) {
			*node_r = i;
			return it;
		}
	}
	return NULL;
}

struct fake_item *entry_item(struct host *h, uint64_t n, size_t *node_r)
{
	struct fake_item *it = item_of(h, "entry", n, node_r);

	assert_non_null(it);
	return it;
}
