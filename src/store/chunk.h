/*
 * Chunks: how they are taken and given back. Under the shard's lock, as all
 * of shard.h.
 *
 * A process may be killed between any two stores, and what it leaves is read
 * by the next one (rebuild.c). So a chunk above `fresh` has its kind before
 * `fresh` says that it is in use, and no kind says HEAD but the one store
 * that makes an entry exist.
 */
#ifndef STORE_CHUNK_H
#define STORE_CHUNK_H

#include "store/shard.h"

/* What is written before it in the source is written before it in memory. */
#define CHUNK_ORDER() __atomic_signal_fence(__ATOMIC_SEQ_CST)

/* One chunk, already of that kind (TAIL or LOOSE) so that nobody else gets
 * it, and without a link; 0 is damage, or every chunk is LOOSE. */
uint32_t chunk_take(const struct shard *s, enum chunk_kind kind,
		    int64_t now_ms);

/* Before the lock is taken for a long value: has the system find pages for n
 * bytes of chunks that were never in use. To do so in page faults while it is
 * held took up to 70 ms for 16 MB, on disk, instead of 2. */
void chunk_warm(const struct shard *s, size_t n);

/* Marks i, which is in use and nobody's, FREE. */
void chunk_give(const struct shard *s, uint32_t i);

#endif
