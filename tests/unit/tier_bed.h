/* Hosts around one fake memcached. */
#ifndef UNIT_TIER_BED_H
#define UNIT_TIER_BED_H

#include "memc_fake.h"
#include "store/tier_own.h"

#define HOUR_MS INT64_C(3600000)
#define BUDGET_US 2000000 /* but where time is the matter */
#define MB (UINT64_C(1) << 20)
#define SITE 1 /* whose secret it is */

struct bed { /* a test's state */
	struct arena *a;
	void *place; /* where the slab is */
};

struct host {
	struct store *s; /* NULL: it has no slab */
	struct tier *t;
	struct tier_lane *l;
	struct tier_walk w;
	int64_t budget_us;
};

extern struct fake fake;
extern const struct key owner; /* of all that put() and get() move */

int bed_setup(void **state);
int bed_teardown(void **state);

/* One that has met a node before: its board is not all zeros (sync.c). */
void host_open(struct host *h, struct store *s, size_t nservers,
	       int64_t sync_ms, uint64_t secret);
void host_close(struct host *h);

/* Without a slab, of the site, on three nodes: all it has is memcached. */
void bare_open(struct host *h);
struct store *slab(struct bed *b);

/* Another request of the host's. */
struct tier_walk *host_walk(struct host *h);

struct key key_n(uint64_t n);
struct entry entry_of(struct str bytes);
int put(struct host *h, struct arena *a, uint64_t n, struct str bytes);
int get(struct host *h, struct arena *a, uint64_t n, struct entry *e_r);

uint64_t counted(struct host *h, enum board_count c);
unsigned asked(void); /* operations, of all nodes */
void each_node(enum fake_fate fate);

/* The item as which key n lies there, and its node; or NULL. */
struct fake_item *item_of(struct host *h, const char *purpose, uint64_t n,
			  size_t *node_r);
/* The first item of an entry, which must be there. */
struct fake_item *entry_item(struct host *h, uint64_t n, size_t *node_r);

#define BED_TEST(name) \
	cmocka_unit_test_setup_teardown(name, bed_setup, bed_teardown)

#endif
