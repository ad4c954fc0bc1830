/*
 * A memcached of the test's own: a few nodes in memory behind a struct
 * memc_ops, that do what a test says: vanish, hang, refuse, lose, and give
 * back something else than what was stored. There is one at a time, for one
 * thread. Servers are called "0", "1", ... after their nodes.
 */
#ifndef UNIT_MEMC_FAKE_H
#define UNIT_MEMC_FAKE_H

#include <stdbool.h>

#include "store/memc.h"

#define FAKE_NODES 8

enum fake_fate {
	FATE_FINE,
	FATE_BROKEN,  /* fails at once, nothing is done */
	FATE_LATE,    /* is done, but takes all the time there is, and fails */
	FATE_REFUSED,
	FATE_LOST,    /* says that it is done, and does not */
};

enum fake_verb { FAKE_GET, FAKE_SET, FAKE_ADD, FAKE_DROP };

struct fake_item {
	struct fake_item *next;
	char name[64];
	char *bytes, *old; /* old: what was there before, or NULL */
	size_t n, old_n;
	long long life_s, until_s;
};

struct fake {
	struct fake_item *items[FAKE_NODES];
	enum fake_fate fate[FAKE_NODES]; /* of all that a node is asked */
	long long now_s;
	unsigned asked[FAKE_NODES], opened;
	int64_t wait_ms, late_ms; /* what the operation at hand was given;
				   * what those that came late took */
	bool no_handle; /* open() fails */
	/* For one operation; may be NULL. */
	enum fake_fate (*decide)(struct fake *f, enum fake_verb verb,
				 size_t node, struct str name);
	/* Before a value is given: the copy may be altered or replaced. */
	void (*spoil)(struct fake *f, size_t node, struct fake_item *it,
		      char **bytes, size_t *n);
	void *ctx;
};

/* What tier_use() takes, with f behind it. */
const struct memc_ops *fake_ops(struct fake *f);

/* The item of that name, or NULL; the nth of a node's. */
struct fake_item *fake_find(struct fake *f, size_t node, const char *name);
struct fake_item *fake_nth(struct fake *f, size_t node, size_t n);
size_t fake_items(const struct fake *f, size_t node);

/* Stored as if a client had. */
void fake_put(struct fake *f, size_t node, const char *name, const void *p,
	      size_t n);
void fake_forget(struct fake *f, size_t node, const char *name);
void fake_empty(struct fake *f, size_t node); /* as after a restart */
void fake_end(struct fake *f);

#endif
