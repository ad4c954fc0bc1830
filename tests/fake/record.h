/* What was asked so far; shared by all connections, with its own lock. */
#ifndef FAKE_RECORD_H
#define FAKE_RECORD_H

#include "fake/http.h"

/* Opens (and empties) the log; NULL keeps no log. -1 when it cannot. */
int record_open(const char *path);

/* Notes a request and returns its number, from 1. `first_here`: it is the
 * first API request of its connection. */
unsigned record_request(struct arena *a, const struct http_request *r,
			bool first_here);

/* Notes that the client of request n left before the reply's end. */
void record_left(struct arena *a, unsigned n);

/* How often this text was asked, this time included. */
int record_times(struct str text);

/* How often record_release() was called, and waiting until it is more than
 * that; -1 when the client is gone before. */
unsigned record_releases(void);
int record_hold(int fd, unsigned releases);
void record_release(void);

void record_reset(void);
const char *record_last(struct arena *a);
/* {"count":..,"connections":..,"left":..} */
const char *record_counts(struct arena *a);
unsigned record_count(void);

#endif
