/* One HTTP/1.1 reply as it comes off a connection. */
#ifndef STORM_HTTP_H
#define STORM_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct reply {
	char *p;        /* all that came; the body has its chunks joined */
	size_t n, size;
	size_t body;    /* where that begins; 0: the head is not whole */
	size_t body_n;
	size_t next;    /* chunked: the first byte not yet looked at */
	long long left; /* of the body, or of the chunk; -1: unknown */
	int status;
	bool chunked, keep, seen_end;
	char cache[96]; /* Cache-Status, behind "larder; " */
};

void reply_clear(struct reply *r);
void reply_free(struct reply *r);

/* Reads what is there: 1 whole, 0 not yet, -1 the connection ended or is no
 * HTTP. Never waits. */
int reply_read(struct reply *r, int fd);

#endif
