/*
 * A 64-bit checksum against torn writes, stale chunks and bad disks, not
 * against people: whoever can write the file can write the sum too.
 */
#ifndef STORE_SUM_H
#define STORE_SUM_H

#include <stddef.h>
#include <stdint.h>

/* Over n bytes, continuing from seed. Any change within one aligned 8-byte
 * word is certain to show; other changes go unseen once in 2^64. */
uint64_t sum64(uint64_t seed, const void *p, size_t n);

#endif
