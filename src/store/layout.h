/*
 * How the slab lies in its file. Numbers only, never pointers: every process
 * maps it somewhere else.
 *
 *   file     | slab_head | board  | shard 0 | shard 1 | ...  | shard n-1 |
 *            0           4096     396K      + shard_size each
 *
 *   shard    | shard_head | flight[] | bucket[] | ghost[] | link[] | kind[] |
 *              lock,        who asks   u32        u32       u32      u8
 *              counters     for what
 *            | chunk[]                                                      |
 *              512 bytes each
 *
 *   entry      bucket[key] -> 17 --slot.next--> 4 --slot.next--> 0
 *                             |
 *              chunk 17: | slot 72 | value, bytes 0..439     | kind HEAD
 *              link[17] = 5
 *              chunk  5: | value, bytes 440..951             | kind TAIL
 *              link[5] = 0, the end
 *
 *   queues     newest -> 17 <--slot.older, slot.newer--> 4 <- oldest
 *              small and main, who goes next (evict.h); ghost[] are hashes
 *              of keys that went lately
 *
 *   flight     flight[3].chain -> 8 --link--> 12 --link--> 0    kind LOOSE
 *              what a leader has got so far, for its followers
 *
 *   free       free -> 9 --link--> 31 --link--> 0              kind FREE
 *              and every chunk above `fresh`, never used since the wipe
 *
 * Chunks are called 1..chunks; 0 is nobody. An entry is called by its first
 * chunk, so there is no table of entries that could run full before the
 * chunks do. `fresh` makes a new shard cost nothing: a file of zeros with
 * its locks made is an empty slab, and no page of it is touched before use.
 *
 * What survives a process that is killed anywhere: an entry exists exactly
 * while the kind of its first chunk is HEAD. That byte is set when slot,
 * value and links are there, and taken back before any of them changes. The
 * bytes of a flight are those that chain.length says. Everything else here
 * (buckets, queues, free list, counters) is made anew from that (rebuild.c)
 * when a lock's holder died in it.
 *
 * 512 bytes a chunk: an answer of 2-4 KB wastes 256 on average (7 to 12 %; it
 * would be twice that with 1 KB), the many small values (32 bytes of another
 * key) do not pay for a whole KB, and bookkeeping stays about 2 %. Copying
 * is not measurably slower than in one run.
 *
 * Few large shards rather than many small ones: a shard has 64 MB or more
 * (one below a slab of 128 MB, four at 256 MB, never more than 64), and a
 * value may fill half of it, so two of the largest fit side by side and one
 * never pushes out everything. The price is that the lock is held while a
 * value is copied, 16 MB in 2 to 5 ms.
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

#define LAYOUT_VERSION 8
#define LAYOUT_MAGIC "larder\x1a\n"
#define LAYOUT_HEAD 4096 /* of the file; then the board (board.h) */
#define LAYOUT_BOARD 401408
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
	COUNT_DROPPED,
	COUNT_LOST,
	COUNT_N
};

/* A queue of entries. */
struct queue {
	uint32_t newest, oldest;
	uint32_t chunks; /* that they fill */
	uint32_t spare;
};

struct shard_head {
	pthread_mutex_t lock;
	uint32_t suspect; /* was here before a reboot: check before use */
	uint32_t fresh;   /* highest chunk ever taken */
	uint32_t free;    /* head of the list of chunks given back */
	uint32_t hand;    /* where to look next for what expired */
	uint32_t entries, used; /* entries; chunks they fill */
	uint32_t loose;         /* chunks in the chains of flights */
	uint32_t spare;
	struct queue small, main;
	int64_t hurry_until_ms; /* until then nobody waits for the lock */
	uint64_t count[COUNT_N];
};

enum chunk_kind {
	KIND_FREE = 0,
	KIND_HEAD = 1,
	KIND_TAIL = 2,
	KIND_LOOSE = 3, /* in the chain of a flight */
	KIND_MASK = 3,
	KIND_HIT = 4,   /* of a HEAD: one of up to three hits (two bits) */
	KIND_HITS = 12,
	KIND_MAIN = 16, /* of a HEAD: which queue it is in */
	KIND_SEEN = 128 /* only while shard_check() or _rebuild() runs */
};

/* Chunks that hold bytes but no entry: they grow while a leader writes. All
 * zero is an empty one. */
struct chain {
	uint32_t first, last; /* 0: none yet */
	uint64_t length;      /* bytes */
	uint64_t sum;         /* of the question, first and length */
};

/* What is in a LOOSE chunk. */
struct loose {
	uint64_t sum; /* of the question, its place in the chain, the bytes */
	char bytes[LAYOUT_CHUNK - 8];
};

/* Numbers that no flipped bit, page of zeros or small number turns into one
 * another: a flight that is not over must not look like one that is. */
enum flight_state {
	FLIGHT_FREE = 0,
	FLIGHT_FLYING = 0x1f5a9c63,
	FLIGHT_LANDED = 0x2e3cc5a6,        /* its bytes are whole */
	FLIGHT_LANDED_STORED = 0x47d1336a, /* they are in the cache */
	FLIGHT_LOST = 0x78a66a95,   /* nobody has the rest of them */
	FLIGHT_OUSTED = 0x63c5b7d8, /* they had to go, for want of room */
};

/*
 * A question that somebody is asking an upstream. All of it but the two
 * atomic numbers is written and read under the shard's lock; `lead` is held
 * by the leader's thread from beginning to end, so that the kernel tells of
 * its death.
 */
struct flight_slot {
	pthread_mutex_t lead;
	struct key key;
	struct chain chain;
	uint64_t serial;     /* another flight, another number */
	int64_t began_ms;    /* wall clock */
	int64_t ended_ms;    /* monotonic; 0: it has not */
	int64_t beat_ms;     /* monotonic, atomic: the leader is at work */
	uint32_t news;       /* atomic, a futex: goes up at each change */
	uint32_t state;      /* enum flight_state; 0 is free */
	uint32_t followers;  /* about: those who died are still counted */
	uint32_t spare;
};

/* The front of an entry. Everything before `next` is under the checksum. */
struct slot {
	struct key key;
	int64_t born_ms, expires_ms;
	uint32_t length;
	uint32_t next; /* entry in the same bucket */
	uint64_t sum;  /* of the above and the value */
	uint32_t newer, older; /* neighbours in its queue */
};

static_assert(sizeof(struct slab_head) <= LAYOUT_HEAD, "head fits its page");
static_assert(sizeof(struct slot) == 72, "slot has no holes");
static_assert(sizeof(struct loose) == LAYOUT_CHUNK, "loose fills a chunk");
static_assert(LAYOUT_CHUNK > sizeof(struct slot), "a slot leaves room");
static_assert(sizeof(struct shard_head) % 8 == 0, "arrays stay aligned");
static_assert(sizeof(struct flight_slot) % 8 == 0, "arrays stay aligned");

struct geometry {
	uint64_t size, shard_size;
	uint32_t shards;
	uint32_t chunks, buckets, ghosts, flights; /* in one shard */
	uint64_t flight_at, bucket_at, ghost_at, link_at, kind_at, chunk_at;
};

/* 0, or -1 when a file of that many bytes is too small. */
int layout_geometry(struct geometry *g_r, uint64_t size);

/* Differs whenever two builds could read one file differently. */
uint64_t layout_id(void);

#endif
