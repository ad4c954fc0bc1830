/*
 * Connections to one memcached node, made before a deadline. A name is looked
 * up on a thread of its own: no resolver can be told how long it may take.
 * Part of memcached.so.
 */
#ifndef STORE_MEMC_DIAL_H
#define STORE_MEMC_DIAL_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/memc_server.h"

struct dial_look; /* a name being looked up */

struct dial {
	struct memc_server server;
	struct dial_look *look;  /* under way, or NULL */
	struct addrinfo *list;   /* what it found, or NULL */
	unsigned first;          /* which of them to try first */
};

/* Waits for fd until then (clock_mono_us()): its poll events, or 0 when the
 * time is over. */
short dial_wait(int fd, short events, int64_t until_us);

/* A connected, non-blocking socket, or -1. A name that took too long goes on
 * being looked up, for the next call. */
int dial_connect(struct dial *d, int64_t until_us);

/* Lets go of what the parent of this process had under way. */
void dial_orphan(struct dial *d);

void dial_fini(struct dial *d);

#endif
