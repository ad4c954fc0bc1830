/*
 * An answer on its way to the web server, in FastCGI's records. libfcgi could
 * do it, but keeps 8 KB for each answer as long as it lasts; this keeps none
 * while nothing waits to be flushed.
 */
#ifndef DOOR_RECORD_H
#define DOOR_RECORD_H

#include <stdbool.h>

#include "base/str.h"

struct record {
	int fd;      /* a socket that blocks; its time-outs are errors */
	int id;      /* of the request */
	char *text;  /* what is not sent yet, behind room for a head */
	size_t n, cap;
	bool broken; /* it could not be sent: nothing more will be */
};

/* Small pieces are gathered. 0, or -1 when the connection is broken. */
int record_put(struct record *o, struct str bytes);

/* Sends what has been gathered. */
int record_flush(struct record *o);

/* Sends that and the end of the request; frees what there is. */
int record_end(struct record *o);

#endif
