/*
 * What a door lends the corridor: the request as CGI variables and a body to
 * read, and a sink for a CGI response (header lines, a blank line, the
 * body). FastCGI, CGI and the unit tests each fill one.
 */
#ifndef SERVE_DOOR_H
#define SERVE_DOOR_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/sink.h"

struct directive;
struct door;
struct lane;
struct upstream;

/* What is left to do for a request that has been answered. */
struct errand {
	struct arena *a; /* holds all of it; work frees it */
	/* Its variables can be read as long as there is a; the rest of this
	 * door is not for use. Set by later. */
	struct door *front;
	/* What it writes on stderr within two seconds is to be seen. */
	bool heard;
	/* Without a lane it only frees. */
	void (*work)(struct errand *e, struct lane *lane);
	struct errand *next; /* for the door's own use */
};

struct door {
	struct sink out;
	/* A variable such as "HTTP_ACCEPT", or NULL. Valid until the end. */
	const char *(*param)(struct door *d, const char *name);
	/* Bytes of the body: more than 0, 0 at its end, -1 on trouble. */
	ssize_t (*read)(struct door *d, char *p, size_t n);
	/* From now on no read waits for longer than ms. May be NULL. */
	void (*hurry)(struct door *d, int ms);
	/* Becomes ready with one of these poll events when the caller has
	 * left; -1 when the door cannot tell. */
	int gone_fd;
	short gone_events;
	/* Takes more (POLLOUT) while the caller reads what it is sent; -1
	 * when the door cannot tell. */
	int out_fd;
	/* The answer broke off behind its head: the caller must not take it
	 * for whole. Nothing is written after it. May be NULL. */
	void (*cut)(struct door *d);
	/* The answer is whole: calls e's work, once, where neither this
	 * caller nor the next waits for it. False: that cannot be had now.
	 * May be NULL. */
	bool (*later)(struct door *d, struct errand *e);
	/* Not 0: nobody waits; a stored answer that is older than this (wall
	 * clock) is to be renewed. Only serve/renew.h has such a door. */
	int64_t renew_before_ms;
	/* Not NULL: larder asks this for itself, for what the log shall say,
	 * and not after until_ms (monotonic). Only serve/aside.h has such. */
	const char *purpose;
	int64_t until_ms;
	/* And, with a credential of the caller's own, of nobody else, */
	const struct upstream *upstream;
	/* and what the caller says about caching, in the place of headers. */
	const struct directive *directive;
	/* Work goes on: to be called at least once a second. May be NULL. */
	void (*beat)(struct door *d);
};

#endif
