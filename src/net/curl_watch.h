/*
 * What may end a call from this side: its caller's connection, and the end of
 * the grace. They wait in an epoll set, which is polled beside libcurl's own
 * descriptors and says in which way the caller has gone.
 */
#ifndef NET_CURL_WATCH_H
#define NET_CURL_WATCH_H

#include <stdbool.h>

#include "net/net.h"

struct watch {
	int set; /* epoll, empty between two calls */
	bool begun, caller, stop;
};

/* Before the first wait, which is when the request is on its way; then it
 * does nothing. */
void watch_start(struct watch *w, const struct net_call *c);
void watch_stop(struct watch *w, const struct net_call *c);

/* When the set is readable: true, and why, when the call must end. Otherwise a
 * gone caller is watched no more: a hung-up descriptor would wake every poll at
 * once. */
bool watch_ends(struct watch *w, const struct net_call *c,
		enum net_end *end_r);

#endif
