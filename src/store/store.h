/*
 * The shared slab: bytes by 32-byte key, for every process of the host. Keys
 * and values are opaque. Nothing here fails a request: trouble is a miss and
 * a counted, rare log line.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"

struct store_conf {
	const char *path; /* created 0600 */
	size_t size;      /* bytes of the whole file */
	bool as_is;       /* use what is there, never make it (again) */
};

struct store;

/* One stored value. Times are wall clock, milliseconds. */
struct entry {
	int64_t born_ms;
	int64_t expires_ms;
	struct str bytes;
};

/*
 * Maps the slab, making or re-making it when it is missing, of another
 * layout or size, or from before a reboot. NULL with err_r set (one line,
 * naming the path and what to do) when it cannot be used: wrong owner,
 * symlink, no space. Larder then runs without a cache.
 *
 * as_is: for those who look after a running larder. When they read a newer
 * configuration than it did, they must not make a slab beside the one that is
 * in use: NULL as well when it is missing or of another layout or size.
 */
struct store *store_open(const struct store_conf *c, char *err_r,
			 size_t err_n);
void store_close(struct store **s);

/* An entry born so long after now was made by a clock that was wrong: it
 * would pass for fresh until then. It is none. */
#define STORE_EARLY_MS 300000
static inline bool store_early(int64_t born_ms, int64_t now_ms)
{
	return born_ms > STORE_EARLY_MS && born_ms - STORE_EARLY_MS > now_ms;
}

/* 1 and *e_r (bytes copied into a, checksum and full key verified), 0 when
 * absent, expired at now_ms or born too long after it, -1 when the cache could
 * not be asked (lock wait over 20 ms, damage); both non-hits are a miss to the
 * caller. */
int store_get(struct store *s, struct arena *a, const struct key *k,
	      int64_t now_ms, struct entry *e_r);

/* 0 stored, replacing what was there; -1 not stored (too large, lock). What
 * was not asked for again makes room (store/evict.h), what had expired by
 * e->born_ms before it. */
int store_put(struct store *s, const struct key *k, const struct entry *e);

/* Removes k if there. */
void store_drop(struct store *s, const struct key *k);

/* Largest value that fits, in bytes. */
size_t store_max_value(const struct store *s);

/*
 * Does every part hang together, with no chunk lost? Returns how many shards
 * do not (those were rebuilt) or could not be locked; 0 is in order. Reads all
 * bookkeeping, a shard at a time under its lock: for doctor and for tests.
 */
int store_check(struct store *s);

/*
 * Shows every entry that has not expired at now_ms to see(), which returns
 * non-zero to end it; values that fail their checksum are left out. What is
 * put or evicted meanwhile may be missed or seen twice, and the rest of a
 * shard whose lock is not to be had is missed. The arena is reset between
 * entries.
 */
void store_each(struct store *s, struct arena *a, int64_t now_ms,
		int (*see)(void *ctx, const struct key *k,
			   const struct entry *e),
		void *ctx);

/* The pages before the shards (board.h). */
struct board;
struct board *store_board(struct store *s);

/* Waits until the board is on the disk, so that a purge survives a power
 * loss: otherwise the kernel writes it within half a minute or so. 0, or -1
 * with errno. Answers are not waited for; what is torn of them fails its
 * checksum. */
int store_flush(struct store *s);

struct store_stats {
	uint64_t size, used, entries;
	uint64_t gets, hits, puts, evictions, expired;
	uint64_t lock_waits, lock_timeouts, recoveries, damaged, refused;
	uint64_t dropped; /* entries that were not whole after one of these */
	uint64_t lost;    /* flights likewise */
};
void store_stats(struct store *s, struct store_stats *out_r);

#endif
