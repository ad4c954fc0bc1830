/*
 * What a door lends the corridor: the request as CGI variables and a body to
 * read, and a sink for a CGI response (header lines, a blank line, the
 * body). FastCGI, CGI and the unit tests each fill one.
 */
#ifndef SERVE_DOOR_H
#define SERVE_DOOR_H

#include <sys/types.h>

#include "base/sink.h"

struct door {
	struct sink out;
	/* A variable such as "HTTP_ACCEPT", or NULL. Valid until the end. */
	const char *(*param)(struct door *d, const char *name);
	/* Bytes of the body: more than 0, 0 at its end, -1 on trouble. */
	ssize_t (*read)(struct door *d, char *p, size_t n);
	/* Becomes ready with one of these poll events when the caller has
	 * left; -1 when the door cannot tell. */
	int gone_fd;
	short gone_events;
	/* The answer broke off behind its head: the caller must not take it
	 * for whole. Nothing is written after it. May be NULL. */
	void (*cut)(struct door *d);
	/* The answer is whole: lets the caller go, while there is work left.
	 * Variables stay readable. NULL: the caller would have to wait. */
	void (*finish)(struct door *d);
	/* Not 0: nobody waits; a stored answer that is older than this (wall
	 * clock) is to be renewed. Only serve/renew.h has such a door. */
	int64_t renew_before_ms;
};

#endif
