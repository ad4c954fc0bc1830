#include "base/clock.h"

#include <pthread.h>
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

/* So many digits of it, then one more character. */
static char *put(char *p, int64_t v, int digits, char after)
{
	for (int i = digits; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	p[digits] = after;
	return p + digits + 1;
}

/*
 * By hand, as every log line has one: gmtime_r() takes a lock of all threads.
 * The year is thought to begin in March, so that the day that not each year
 * has is its last; 146,097 days are 400 years, and 153 five months of 31, 30,
 * 31, 30 and 31.
 */
static char *put_day(char *p, int64_t day)
{
	int64_t era, of_era, year, of_year, month;

	day += 719468; /* since 0000-03-01 */
	era = day / 146097;
	of_era = day % 146097;
	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
	       365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	p = put(p, year + 400 * era + (month >= 10), 4, '-');
	p = put(p, month < 10 ? month + 3 : month - 9, 2, '-');
	return put(p, of_year - (153 * month + 2) / 5 + 1, 2, 'T');
}

void clock_rfc3339(int64_t wall_ms, char out[25])
{
	int64_t ms = wall_ms < 0 ? 0 : wall_ms;

	out = put_day(out, ms / 86400000);
	out = put(out, ms / 3600000 % 24, 2, ':');
	out = put(out, ms / 60000 % 60, 2, ':');
	out = put(out, ms / 1000 % 60, 2, '.');
	out = put(out, ms % 1000, 3, 'Z');
	*out = '\0';
}
