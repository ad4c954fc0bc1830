/*
 * FastCGI: libfcgi keeps the framing, larder the sockets. Accepting,
 * waiting and closing are done here, because FCGX_Accept_r can neither be
 * woken for a shutdown nor interrupted without cutting a reply short.
 */
#ifndef DOOR_FCGI_H
#define DOOR_FCGI_H

#include "serve/door.h"
#include "serve/lane.h"
#include "serve/site.h"

/* Call once a process, before any thread. 0, or -1. */
int fcgi_setup(void);

/* What a thread needs to serve connections. */
struct fcgi_place {
	int listen_fd;             /* non-blocking */
	int stop_fd;               /* readable for ever once it is time */
	int first_ms;              /* for the first byte of a connection */
	int read_ms, write_ms;     /* for each read and write of a request */
	struct site *(*site)(void *ctx); /* a reference, released here */
	void (*busy)(void *ctx);   /* a connection was taken */
	void (*idle)(void *ctx);   /* and is done with */
	/* As door->later, on another thread; the variables are kept. */
	bool (*later)(void *ctx, struct errand *e);
	void *ctx;
};

/*
 * Serves until stop_fd is readable and the request at hand is done, or, with
 * a log line, at once when the thread cannot wait for connections.
 *
 * door->cut closes the connection without an end of the request, behind bytes
 * that are no record: nginx and lighttpd then break their own reply off, too;
 * mod_fcgid adds an error page to it.
 */
void fcgi_serve(const struct fcgi_place *p, struct lane *lane);

#endif
