/*
 * The lock of a shard: shared by processes that know nothing of each other,
 * robust, and never waited for longer than 20 ms.
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "store/shard.h"

#define LOCK_WAIT_MS 20

/* Makes the lock anew. Only while nobody else can be using it. 0, or -1
 * when this system has no robust process-shared locks. */
int lock_make(struct shard_head *h);

/*
 * 0: held, and the shard is whole: when its last holder died in it, or a
 * reboot left it torn, it has been wiped. -1: not held, the caller does
 * without. Between the two calls no I/O and no return.
 */
int lock_enter(const struct shard *s);
void lock_leave(const struct shard *s);

/* What the holder does on finding damage: counts it and wipes the shard. */
void lock_damaged(const struct shard *s);

#endif
