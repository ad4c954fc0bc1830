/* Which entry makes room. The only place that knows the policy. */
#ifndef STORE_EVICT_H
#define STORE_EVICT_H

#include "store/shard.h"

/* The entry called i was hit. */
void evict_touch(const struct shard *s, uint32_t i);

/* The entry to remove next, or 0 when there is none. */
uint32_t evict_pick(const struct shard *s, int64_t now_ms);

#endif
