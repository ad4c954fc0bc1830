/*
 * The file system's side of making a slab: one process at a time, the
 * directories above it, and blocks that are really there.
 */
#ifndef STORE_GATE_H
#define STORE_GATE_H

#include <limits.h>
#include <stdint.h>

/*
 * Waits (10 s at most) until no other process makes or wakes the slab at
 * path, by a lock on PATH.lock, whose directories are made, 0700, where
 * missing. A descriptor to close when done, or -1 and *why_r, a static
 * sentence. The kernel lets go when the holder dies.
 */
int gate_enter(const char *path, const char **why_r);

/* path and tail joined: 0, or -1 when that is too long. */
int gate_name(char out[PATH_MAX], const char *path, const char *tail);

/* Blocks for size bytes: 0, or an errno (EFBIG also where the limit on file
 * sizes would have ended us by SIGXFSZ). */
int gate_allocate(int fd, uint64_t size);

#endif
