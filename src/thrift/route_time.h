/* Days and hours of a rule; route.c's helper. */
#ifndef THRIFT_ROUTE_TIME_H
#define THRIFT_ROUTE_TIME_H

#include <stdint.h>

#include "base/str.h"

struct route_time {
	unsigned days; /* bits, 0 is Sunday */
	int from, to;  /* minutes of the day; to is not of it */
};

/*
 * "mon-fri 08:00-18:00", "sat, sun" or "22:00-06:00". Hours that pass
 * midnight belong to the day they began on. 0, or -1 with what is wrong in
 * *why_r (static).
 */
int route_time_read(struct route_time *t, struct str text,
		    const char **why_r);

/* Is it that time, by the clock of this place? */
bool route_time_is(const struct route_time *t, int64_t wall_ms);

/* "Sat 21:14" */
void route_time_tell(int64_t wall_ms, char out[16]);

#endif
