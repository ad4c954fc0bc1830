/*
 * FastCGI: libfcgi keeps the framing, larder the sockets (door/kept.h),
 * because FCGX_Accept_r can neither be woken for a shutdown nor interrupted
 * without cutting a reply short, and holds a thread for a connection that
 * nobody asks anything on.
 */
#ifndef DOOR_FCGI_H
#define DOOR_FCGI_H

#include "door/crew.h"
#include "door/kept.h"
#include "serve/door.h"
#include "serve/lane.h"
#include "serve/site.h"

/* Call once a process, before any thread. 0, or -1. */
int fcgi_setup(void);

/* What a thread needs to serve requests. */
struct fcgi_place {
	struct kept *kept;         /* the connections they come by */
	struct site *(*site)(void *ctx); /* a reference, released here */
	/* As door->later, on another thread; the variables are kept. */
	bool (*later)(void *ctx, struct errand *e);
	void *ctx;
};

/*
 * Serves until it is time to stop and the request at hand is done, or, with a
 * log line, at once when the thread cannot wait for connections.
 *
 * door->cut closes the connection without an end of the request, behind bytes
 * that are no record: nginx and lighttpd then break their own reply off, too;
 * mod_fcgid adds an error page to it.
 */
void fcgi_serve(const struct fcgi_place *p, struct lane *lane,
		struct hand *hand);

#endif
