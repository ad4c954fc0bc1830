/*
 * How the slab lies in its file. Numbers only, never pointers: every process
 * maps it somewhere else.
 *
 *   file     | slab_head | shard 0 | shard 1 | ...          | shard n-1 |
 *            0           4096      + shard_size each
 *
 *   shard    | shard_head | bucket[] | link[] | kind[] | pad | chunk[]   |
 *              lock,        u32        u32      u8             512 bytes
 *              counters
 *
 *   entry      bucket[key] -> 17 --slot.next--> 4 --slot.next--> 0
 *                             |
 *              chunk 17: | slot 64 | value, bytes 0..447     | kind HEAD
 *              link[17] = 5
 *              chunk  5: | value, bytes 448..959             | kind TAIL
 *              link[5] = 0, the end
 *
 *   free       free -> 9 --link--> 31 --link--> 0              kind FREE
 *              and every chunk above `fresh`, never used since the wipe
 *
 * Chunks are called 1..chunks; 0 is nobody. An entry is called by its first
 * chunk, so there is no table of entries that could run full before the
 * chunks do. `fresh` makes a new shard cost nothing: a file of zeros with
 * its locks made is an empty slab, and no page of it is touched before use.
 *
 * 512 bytes a chunk: an answer of 2-4 KB wastes 256 on average (7 to 12 %; it
 * would be twice that with 1 KB), the many small values (32 bytes of another
 * key) do not pay for a whole KB, and bookkeeping stays below 2 %. Copying
 * is not measurably slower than in one run.
 *
 * Few large shards rather than many small ones: a shard has 64 MB or more
 * (one below a slab of 128 MB, four at 256 MB, never more than 64), and a
 * value may fill half of it, so two of the largest fit side by side and one
 * never pushes out everything. The price is that the lock is held while a
 * value is copied, 16 MB in 5 ms (50 ms when the file system sees these
 * pages for the first time), and that a process killed in there takes the
 * whole shard along.
 *
 * Whatever is in the file is input: nothing here is used as an index, offset
 * or length before it was held against the struct geometry, which each
 * process works out from its own configuration.
 */
#ifndef STORE_LAYOUT_H
#define STORE_LAYOUT_H

#include <assert.h>
#include <pthread.h>
#include <stdint.h>

#include "base/hash.h"

#define LAYOUT_VERSION 2
#define LAYOUT_MAGIC "larder\x1a\n"
#define LAYOUT_HEAD 4096
#define LAYOUT_CHUNK 512
#define LAYOUT_BOOT 40

struct slab_head {
	char magic[8];
	uint64_t layout; /* layout_id() of who made it */
	uint64_t size, shards, shard_size, chunks, buckets;
	/* Where the locks are true: another boot or inode (a copy of the
	 * file) means that whoever holds one is gone. */
	char boot[LAYOUT_BOOT];
	uint64_t inode;
	char magic_again[8]; /* still tells our file when the first broke */
};

/* What a shard counts; store_stats() adds the shards up. */
enum shard_count {
	COUNT_GETS,
	COUNT_HITS,
	COUNT_PUTS,
	COUNT_EVICTIONS,
	COUNT_EXPIRED,
	COUNT_LOCK_WAITS,
	COUNT_LOCK_TIMEOUTS,
	COUNT_RECOVERIES,
	COUNT_DAMAGED,
	COUNT_REFUSED,
	COUNT_N
};

struct shard_head {
	pthread_mutex_t lock;
	uint32_t suspect; /* was here before a reboot: check before use */
	uint32_t fresh;   /* highest chunk ever taken */
	uint32_t free;    /* head of the list of chunks given back */
	uint32_t hand;    /* of the eviction's clock */
	uint32_t entries, used; /* entries; chunks they fill */
	int64_t hurry_until_ms; /* until then nobody waits for the lock */
	uint64_t count[COUNT_N];
};

enum chunk_kind {
	KIND_FREE = 0,
	KIND_HEAD = 1,
	KIND_TAIL = 2,
	KIND_MASK = 3,
	KIND_USED_LATELY = 4, /* a HEAD that was hit since the hand passed */
	KIND_SEEN = 8,        /* only while shard_check() runs */
};

/* The front of an entry. Everything before `next` is under the checksum. */
struct slot {
	struct key key;
	int64_t born_ms, expires_ms;
	uint32_t length;
	uint32_t next; /* entry in the same bucket */
	uint64_t sum;  /* of the above and the value */
};

static_assert(sizeof(struct slab_head) <= LAYOUT_HEAD, "head fits its page");
static_assert(sizeof(struct slot) == 64, "slot has no holes");
static_assert(LAYOUT_CHUNK > sizeof(struct slot), "a slot leaves room");
static_assert(sizeof(struct shard_head) % 8 == 0, "arrays stay aligned");

struct geometry {
	uint64_t size, shard_size;
	uint32_t shards, chunks, buckets; /* the latter two in one shard */
	uint64_t bucket_at, link_at, kind_at, chunk_at; /* in a shard */
};

/* 0, or -1 when a file of that many bytes is too small. */
int layout_geometry(struct geometry *g_r, uint64_t size);

/* Differs whenever two builds could read one file differently. */
uint64_t layout_id(void);

#endif
