#include "base/clock.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int64_t offset_ms;

static void read_offset(void)
{
	const char *s = getenv("LARDER_CLOCK_OFFSET");

	if (s)
		offset_ms = strtoll(s, NULL, 10) * 1000;
}

static int64_t now_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
	pthread_once(&once, read_offset);
	return now_ms(CLOCK_REALTIME) + offset_ms;
}

int64_t clock_mono_ms(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

void clock_rfc3339(int64_t wall_ms, char out[25])
{
	time_t s = (time_t)(wall_ms / 1000);
	char day[21];
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, 25, "%.19s.%03uZ", day,
		 (unsigned)(wall_ms % 1000) % 1000u);
}
