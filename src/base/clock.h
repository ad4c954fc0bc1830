/*
 * Time in milliseconds. Tests move the wall clock with LARDER_CLOCK_OFFSET
 * (seconds) in the environment instead of sleeping until an entry expires.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Since 1970, UTC; what entries and logs carry. */
int64_t clock_wall_ms(void);

/* Since some fixed point; for durations and time-outs. */
int64_t clock_mono_ms(void);

/* "2026-11-21T03:04:05.678Z" (24 bytes and a NUL), RFC 3339. */
void clock_rfc3339(int64_t wall_ms, char out[25]);

#endif
