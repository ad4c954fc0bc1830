/*
 * Which entry makes room: S3-FIFO, with numbers found by replaying public
 * traces (bench/sim). The only place that knows the policy.
 *
 *   put --> small: 20 % of the chunks --> not hit: gone, its key to ghost[]
 *             |
 *             hit: moves on, its hits forgotten
 *             v
 *   put --> main: the rest --> not hit: gone. Hit: back to its newest end,
 *   (key in ghost[], or         one hit poorer
 *    replaced)
 *
 * So what is asked for once passes through small and pushes out nothing that
 * is asked for again. Sizes are counted in chunks: an entry may stay in small
 * until 20 % of the chunks have come in behind it, so one that is larger than
 * that gets its chance as well.
 *
 * The queues are in the file and are input: -1 and 0 also mean damage.
 */
#ifndef STORE_EVICT_H
#define STORE_EVICT_H

#include <stdbool.h>

#include "store/shard.h"

#define EVICT_SHARE 5    /* small is one part in so many */
#define EVICT_WAYS 8     /* ghosts that share a set */
#define EVICT_CHANCES 64 /* entries let off before one goes all the same */

/* Takes in the entry called i, new in the index; `again`: its key was here
 * just now. */
int evict_insert(const struct shard *s, uint32_t i, bool again);

/* The entry called i was hit. */
void evict_hit(const struct shard *s, uint32_t i);

/* Takes the entry called i out, before it is removed. 0 or -1. */
int evict_remove(const struct shard *s, uint32_t i);

/* The entry to remove next, or 0 when there is none. It is still in its
 * queue. One that has expired goes first, if a look at a few chunks, others
 * each time, meets it. */
uint32_t evict_pick(const struct shard *s, int64_t now_ms);

/* Remembers a key that is about to go, but not for want of interest. */
void evict_remember(const struct shard *s, const struct key *k);

/* For a rebuild: empty queues; and takes i back into the queue that it was
 * in, as the newest. */
void evict_forget(const struct shard *s);
int evict_keep(const struct shard *s, uint32_t i);

/* 0 when the queues hold so many entries, all of them once. */
int evict_check(const struct shard *s, uint32_t entries);

#endif
