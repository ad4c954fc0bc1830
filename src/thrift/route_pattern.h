/* Patterns and what looking for them may cost; route.c's helper. */
#ifndef THRIFT_ROUTE_PATTERN_H
#define THRIFT_ROUTE_PATTERN_H

#include "base/str.h"

struct route_pattern; /* read-only once made */

/* NULL with "character N: why" in err_r. */
struct route_pattern *route_pattern_new(const char *text, char *err_r,
					size_t err_n);
void route_pattern_free(struct route_pattern *p);

/*
 * What one look at one message may cost. pcre2's own limits count anew from
 * each place in the text, so a pattern that is slow everywhere would still
 * take the square of the message. Hence a callout before every item of the
 * pattern: it pays for itself and for the distance gone since the last one,
 * out of a purse that grows with the message up to a point. The purse holds
 * for all rules together, and counting (not timing) makes the same message
 * always go the same way.
 */
struct route_purse {
	size_t left;
	size_t at; /* where the last callout was */
};

void route_purse_fill(struct route_purse *p, struct str text);

enum route_found {
	ROUTE_ABSENT,
	ROUTE_FOUND,
	ROUTE_GAVE_UP, /* it met a limit, or the purse is empty */
};

/* Thread-safe. */
enum route_found route_pattern_find(const struct route_pattern *p,
				    struct str text,
				    struct route_purse *purse);

#endif
