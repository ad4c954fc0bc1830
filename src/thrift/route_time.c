#include "thrift/route_time.h"

#include <stdio.h>
#include <time.h>

#define DAYS 7
#define ALL_DAYS 0x7f
#define MIDNIGHT (24 * 60)

static const char *const day_names[DAYS] = { "sun", "mon", "tue", "wed",
					     "thu", "fri", "sat" };

static int day_of(struct str word)
{
	for (int i = 0; i < DAYS; i++)
		if (str_ieq(word, str_c(day_names[i])))
			return i;
	return -1;
}

/* "mon" or "mon-fri", of which the first may be the later one. */
static int read_days(unsigned *days, struct str word)
{
	const char *dash = memchr(word.p, '-', word.n);
	size_t n = dash ? (size_t)(dash - word.p) : word.n;
	int from = day_of(str_trim((struct str){ word.p, n })), to = from;

	if (dash)
		to = day_of(str_trim(str_from(word, n + 1)));
	if (from < 0 || to < 0)
		return -1;
	for (*days |= 1u << to; from != to; from = (from + 1) % DAYS)
		*days |= 1u << from;
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "08:00" or "8:00", up to 24:00; -1 when it is none. */
static int read_minute(struct str s)
{
	int hour = 0, minute = 0;
	size_t colon = s.n == 4 ? 1 : 2;

	if ((s.n != 4 && s.n != 5) || s.p[colon] != ':')
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (i == colon)
			continue;
		if (!is_digit(s.p[i]))
			return -1;
		if (i < colon)
			hour = hour * 10 + s.p[i] - '0';
		else
			minute = minute * 10 + s.p[i] - '0';
	}
	minute += hour * 60;
	return s.p[colon + 1] < '6' && minute <= MIDNIGHT ? minute : -1;
}

static int read_hours(struct route_time *t, struct str s, const char **why_r)
{
	struct str from = STR("");

	str_cut(&s, '-', &from);
	t->from = read_minute(from);
	t->to = read_minute(str_trim(s));
	*why_r = "hours are written 08:00-18:00";
	if (t->from < 0 || t->to < 0)
		return -1;
	*why_r = "the hours end when they begin";
	return t->from % MIDNIGHT == t->to % MIDNIGHT &&
	       !(t->from == 0 && t->to == MIDNIGHT) ? -1 : 0;
}

/* Days stand before the first digit. */
int route_time_read(struct route_time *t, struct str text,
		    const char **why_r)
{
	struct route_time got = { 0, 0, MIDNIGHT };
	struct str days, word;
	size_t n = 0;

	text = str_trim(text);
	while (n < text.n && !is_digit(text.p[n]))
		n++;
	if (n < text.n && read_hours(&got, str_from(text, n), why_r) < 0)
		return -1;
	days = str_trim((struct str){ text.p, n });
	*why_r = "days are written mon-fri or sat, sun";
	if (days.n && days.p[days.n - 1] == ',')
		return -1;
	while (str_cut(&days, ',', &word))
		if (read_days(&got.days, word) < 0)
			return -1;
	if (!got.days)
		got.days = ALL_DAYS;
	*t = got;
	return 0;
}

static void look_at_clock(int64_t wall_ms, struct tm *tm)
{
	time_t t = (time_t)(wall_ms / 1000);

	if (!localtime_r(&t, tm))
		*tm = (struct tm){ 0 };
}

bool route_time_is(const struct route_time *t, int64_t wall_ms)
{
	struct tm tm;
	int now, day;

	look_at_clock(wall_ms, &tm);
	now = tm.tm_hour * 60 + tm.tm_min;
	day = tm.tm_wday;
	if (t->from < t->to)
		return now >= t->from && now < t->to && t->days >> day & 1;
	if (now < t->to)
		day = (day + DAYS - 1) % DAYS;
	else if (now < t->from)
		return false;
	return t->days >> day & 1;
}

void route_time_tell(int64_t wall_ms, char out[16])
{
	struct tm tm;

	look_at_clock(wall_ms, &tm);
	snprintf(out, 16, "%.3s %02u:%02u",
		 day_names[(unsigned)tm.tm_wday % DAYS],
		 (unsigned)tm.tm_hour % 24, (unsigned)tm.tm_min % 60);
}
