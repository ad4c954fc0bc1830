/*
 * The lock of a shard: shared by processes that know nothing of each other,
 * robust, and never waited for longer than 20 ms. Who waited in vain sets a
 * mark: until the lock was had again, but for a second at most, it is only
 * tried. So a holder that is stopped costs a request 20 ms however often it
 * asks the shard within that second, and a flight 40 ms more when it is joined
 * and when it ends (flight.h).
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include <stdbool.h>

#include "store/shard.h"

#define LOCK_WAIT_MS 20

/* Makes a lock anew, that of a shard or of a flight. Only while nobody else
 * can be using it. 0, or -1 when this system has no robust process-shared
 * locks. */
int lock_init_robust(pthread_mutex_t *m);

/* Is it of the kind that lock_init_robust() makes? glibc asserts, and so ends
 * the process, on some others that a damaged file could hold: ask before any
 * other call on it. */
bool lock_is_ours(const pthread_mutex_t *m);

/*
 * 0: held, and the shard is whole: when its last holder died in it, or a
 * reboot left it torn, it has been rebuilt. -1: not held, the caller does
 * without. Between the two calls no I/O and no return; what is to be said of
 * the shard is said by lock_leave(), when the lock is gone.
 */
int lock_enter(const struct shard *s);
void lock_leave(const struct shard *s);

/* What the holder does on finding damage: counts it and rebuilds the
 * shard. */
void lock_damaged(const struct shard *s);

#endif
