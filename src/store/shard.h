/*
 * One shard: a hash table of entries whose values lie in chained chunks.
 * Everything here except shard_at() wants the shard's lock (lock.h) held.
 *
 * -1 always means that the shard is not what we would have written; the
 * caller then has it rebuilt (lock_damaged()). No function trusts what it
 * reads: an index is held against the geometry before use and every walk
 * ends.
 */
#ifndef STORE_SHARD_H
#define STORE_SHARD_H

#include "base/arena.h"
#include "store/layout.h"

/* Where a shard's parts are in this process. */
struct shard {
	struct shard_head *head;
	struct flight_slot *flight;
	uint32_t *bucket, *ghost, *link;
	uint8_t *kind;
	char *chunk;
	uint32_t buckets, ghosts, chunks, flights;
};

void shard_at(struct shard *s_r, char *base, const struct geometry *g,
	      uint32_t n);

/* Where k lies in an opened store (store.h). */
struct store;
void store_shard(struct store *s, const struct key *k, struct shard *sh_r);

/* The bucket of a key. Keys are keyed hashes, so any of their bytes will do;
 * the first one chose the shard. */
uint32_t *shard_bucket(const struct shard *s, const struct key *k);

/* Makes it empty; its counters stay. Flights that have not landed in the
 * cache are LOST. */
void shard_wipe(const struct shard *s);

/* Makes it whole from what is committed, whatever state it is in: index, free
 * list, queues and counters are made anew, entries and flights that do not
 * hang together go. How many entries that were. */
uint32_t shard_rebuild(const struct shard *s);

/* 0 when all of it hangs together and no chunk is lost, else -1. Reads the
 * bookkeeping, not the values. */
int shard_check(const struct shard *s);

/* 1: the slot, and the value copied into a, neither compared with the
 * checksum yet (that can wait until the lock is gone). 0: not there, or
 * expired and now removed. */
int shard_get(const struct shard *s, struct arena *a, const struct key *k,
	      int64_t now_ms, struct slot *slot_r, char **bytes_r);

/* The next entry behind the one called *at (0: the first) that has not
 * expired, as shard_get() but no hit; *at becomes it. 0: there is none. */
int shard_next(const struct shard *s, struct arena *a, int64_t now_ms,
	       uint32_t *at, struct slot *slot_r, char **bytes_r);

/* 0 when stored. slot->length must not exceed shard_max_value(); entries
 * make room as evict.h says, with slot->born_ms for now. */
int shard_put(const struct shard *s, const struct slot *slot,
	      const char *bytes);

/* 1 removed, 0 was not there. With sum not NULL only when it still is the
 * entry of that checksum. */
int shard_drop(const struct shard *s, const struct key *k,
	       const uint64_t *sum);

/* Removes the entry called i, which is one: 0 or -1. */
int shard_remove(const struct shard *s, uint32_t i);

/*
 * Bytes of a flight, which asks question k. Take k from your own memory: the
 * sums begin with it, so bytes of another question are never read. All
 * flights of a shard together may have half of its chunks.
 *
 * shard_chain_add: appends; entries make room as for shard_put. Nothing was
 * added: -2, other flights have the room; -3, so much there never is.
 * shard_chain_read: n bytes from byte `from` on; from + n at most c->length.
 * -1 also when they are not those that were added.
 * shard_chain_read_on: the same for a reader that goes on where it was, which
 * *at (all zero at first) remembers: it need not walk from the beginning.
 * shard_chain_free: gives all chunks back and leaves an empty chain. Let the
 * state say before that there are no bytes: one may be killed in between.
 */
int shard_chain_add(const struct shard *s, struct chain *c,
		    const struct key *k, struct str bytes, int64_t now_ms);
int shard_chain_read(const struct shard *s, const struct chain *c,
		     const struct key *k, uint64_t from, char *to, size_t n);
struct chain_at {
	uint32_t chunk, nth;
};
int shard_chain_read_on(const struct shard *s, const struct chain *c,
			const struct key *k, uint64_t from, char *to, size_t n,
			struct chain_at *at);
int shard_chain_free(const struct shard *s, struct chain *c);

/* How many chunks it must have (0: it is empty, or does not say what we
 * wrote), and 0 when what is in them is what was added. */
uint32_t shard_chain_chunks(const struct shard *s, const struct chain *c,
			    const struct key *k);
int shard_chain_check(const struct shard *s, const struct chain *c,
		      const struct key *k);

/* Half a shard. */
static inline size_t shard_max_value(uint32_t chunks)
{
	return (size_t)(chunks / 2) * LAYOUT_CHUNK - sizeof(struct slot);
}

/* A number another process may be writing, read exactly once. */
static inline uint32_t shard_peek(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* Chunks that a value of so many bytes fills. */
static inline uint64_t shard_chunks_for(uint64_t length)
{
	return (length + sizeof(struct slot) + LAYOUT_CHUNK - 1) /
	       LAYOUT_CHUNK;
}

static inline int shard_is(const struct shard *s, uint32_t i,
			   enum chunk_kind kind)
{
	return i >= 1 && i <= s->chunks && (s->kind[i] & KIND_MASK) == kind;
}

static inline struct slot *shard_slot(const struct shard *s, uint32_t i)
{
	return (struct slot *)(s->chunk + (size_t)(i - 1) * LAYOUT_CHUNK);
}

/* store_stats() reads gauges without the lock. */
static inline void shard_gauge(uint32_t *gauge, uint32_t to)
{
	__atomic_store_n(gauge, to, __ATOMIC_RELAXED);
}

static inline void shard_count(const struct shard *s, enum shard_count c)
{
	__atomic_fetch_add(&s->head->count[c], 1, __ATOMIC_RELAXED);
}

#endif
