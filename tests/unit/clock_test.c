/* Moments as text, beside what the C library makes of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define DAY_S 86400LL
#define LAST 253402300799LL /* of the year 9999 */

static void assert_same(int64_t s, int ms)
{
	time_t t = (time_t)s;
	char ours[25], day[21], theirs[40];
	struct tm tm;

	assert_non_null(gmtime_r(&t, &tm));
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(theirs, sizeof(theirs), "%s.%03dZ", day, ms);
	clock_rfc3339(s * 1000 + ms, ours);
	assert_string_equal(ours, theirs);
}

/* The first and the last second of each day for 801 years, so that a whole
 * round of leap years is in it. */
static void test_days(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 801 * 366; day++) {
		assert_same(day * DAY_S, 0);
		assert_same(day * DAY_S + DAY_S - 1, 999);
	}
	assert_same(LAST, 999);
}

static void test_moments(void **state)
{
	(void)state;
	for (int64_t s = 1, ms = 0; s < LAST; s += s / 97 + 1, ms += 7)
		assert_same(s, (int)(ms % 1000));
}

/* Damage is no reason to write beyond the end. */
static void test_odd(void **state)
{
	static const int64_t odd[] = { -1, INT64_MIN, INT64_MAX,
				       (LAST + 1) * 1000 };
	char text[25];

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		clock_rfc3339(odd[i], text);
		assert_int_equal(strlen(text), 24);
	}
	clock_rfc3339(-1, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_moments),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
