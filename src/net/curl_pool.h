/*
 * The connections one thread keeps, in pools. What was opened for one
 * upstream and its credential is not used for another's, even where both have
 * the same host. And what came on a connection while nobody asked is nobody's
 * reply: libcurl 7.88 would give it to the next caller.
 */
#ifndef NET_CURL_POOL_H
#define NET_CURL_POOL_H

#include <curl/curl.h>

#include "net/net.h"

#define POOL_KEPT 4 /* idle connections at most */

struct pool {
	uint64_t number;
	uint64_t used; /* at which call, last */
	CURLM *multi;  /* NULL: a free place */
	int kept[POOL_KEPT]; /* libcurl's, of its idle connections */
	size_t nkept;
};

struct pools { /* zeroed at first; stays where it is */
	struct pool at[NET_POOLS];
	uint64_t calls;
};

/* The pool of that number. When there are too many, the one that was not
 * asked for longest is closed. NULL when libcurl is out of something. */
struct pool *pools_get(struct pools *p, uint64_t number);

void pools_fini(struct pools *p);

/* Puts the call among the pool's, after it has ended every idle connection
 * that has something to read, be it the peer's end. -1 when libcurl is out of
 * something. */
int pool_join(struct pool *p, CURL *easy);

/* Takes the call out again; what it leaves open is watched from now. */
void pool_leave(struct pool *p, CURL *easy);

/* Is there TLS on the way? Then what is left of a record is in nobody's
 * sight. */
bool pool_has_tls(const struct net_call *c);

/*
 * For the callbacks, with every piece that came: the connection is not kept
 * when more may lie where poll() does not see it, in a TLS record that has
 * been opened. (libcurl takes no more of it than the reply's length. HTTP/2
 * says whose its bytes are.)
 */
void pool_judge(CURL *easy, const struct net_call *c);

#endif
