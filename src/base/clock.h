/*
 * Time, in milliseconds. Tests move the wall clock with LARDER_CLOCK_OFFSET
 * (seconds) in the environment instead of sleeping until an entry expires.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Since 1970, UTC; what entries and logs carry. */
int64_t clock_wall_ms(void);

/* Since some fixed point; for durations and time-outs. */
int64_t clock_mono_ms(void);

/* The same in microseconds; here, for modules, which are not linked with
 * this floor. */
static inline int64_t clock_mono_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* "2026-11-21T03:04:05.678Z" (24 bytes and a NUL), RFC 3339. Before 1970 is
 * its beginning; of years beyond 9999 the last four digits are seen. */
void clock_rfc3339(int64_t wall_ms, char out[25]);

#endif
