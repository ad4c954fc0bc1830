/*
 * One shard: a hash table of entries whose values lie in chained chunks.
 * Everything here except shard_at() wants the shard's lock (lock.h) held.
 *
 * -1 always means that the shard is not what we would have written; the
 * caller then wipes it. No function trusts what it reads: an index is held
 * against the geometry before use and every walk ends.
 */
#ifndef STORE_SHARD_H
#define STORE_SHARD_H

#include "base/arena.h"
#include "store/layout.h"

/* Where a shard's parts are in this process. */
struct shard {
	struct shard_head *head;
	uint32_t *bucket, *link;
	uint8_t *kind;
	char *chunk;
	uint32_t buckets, chunks;
};

void shard_at(struct shard *s_r, char *base, const struct geometry *g,
	      uint32_t n);

/* Makes it empty; its counters stay. */
void shard_wipe(const struct shard *s);

/* 0 when all of it hangs together and no chunk is lost, else -1. Reads the
 * bookkeeping, not the values. */
int shard_check(const struct shard *s);

/* 1: the slot, and the value copied into a, neither compared with the
 * checksum yet (that can wait until the lock is gone). 0: not there, or
 * expired and now removed. */
int shard_get(const struct shard *s, struct arena *a, const struct key *k,
	      int64_t now_ms, struct slot *slot_r, char **bytes_r);

/* 0 when stored. slot->length must not exceed shard_max_value(); entries
 * that expired by slot->born_ms make room first, then the least used. */
int shard_put(const struct shard *s, const struct slot *slot,
	      const char *bytes);

/* 1 removed, 0 was not there. With sum not NULL only when it still is the
 * entry of that checksum. */
int shard_drop(const struct shard *s, const struct key *k,
	       const uint64_t *sum);

/* Removes the entry called i: 0 or -1. */
int shard_remove(const struct shard *s, uint32_t i);

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

static inline int shard_is(const struct shard *s, uint32_t i,
			   enum chunk_kind kind)
{
	return i >= 1 && i <= s->chunks && (s->kind[i] & KIND_MASK) == kind;
}

static inline struct slot *shard_slot(const struct shard *s, uint32_t i)
{
	return (struct slot *)(s->chunk + (size_t)(i - 1) * LAYOUT_CHUNK);
}

static inline void shard_count(const struct shard *s, enum shard_count c)
{
	__atomic_fetch_add(&s->head->count[c], 1, __ATOMIC_RELAXED);
}

#endif
