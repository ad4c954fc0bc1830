#include "cmd/report_entry.h"

#include "base/count.h"
#include "base/crc32c.h"
#include "base/json.h"
#include "cmd/report_member.h"
#include "cmd/report_scan.h"

const char *const report_dim_name[REPORT_DIMS] = {
	"day", "hour", "model", "tenant", "upstream", "route", "endpoint",
	"tag", "cache",
};

const char *const report_tier_name[REPORT_TIERS] = {
	"local", "memcached", "semantic", "stale", "collapsed", "pinned",
};

static const struct report_entry nothing = {
	.ms = -1, .dropped = -1, .seq = -1, .status = -1, .maybe_billed = -1,
	.trimmed_tokens = -1, .duration_ms = -1, .ttfb_ms = -1,
	.size = -1, .ttl_ms = -1,
	.usage = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
		   USAGE_STANDARD },
	.cost = PRICE_UNKNOWN, .saved = PRICE_UNKNOWN,
	.weak_cost = PRICE_UNKNOWN, .spilt = PRICE_UNKNOWN,
	.saved_routing = PRICE_UNKNOWN,
	.saved_history = PRICE_UNKNOWN, .saved_prompt_cache = PRICE_UNKNOWN,
	.tier = -1,
};

/* -- time ------------------------------------------------------------------ */

static bool read_digits(const char *p, size_t n, int *out_r)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = 10 * v + (p[i] - '0');
	}
	*out_r = v;
	return true;
}

struct date {
	int y, m, d;
};

static bool read_date(struct str s, struct date *t)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };

	if (s.n < 10 || s.p[4] != '-' || s.p[7] != '-' ||
	    !read_digits(s.p, 4, &t->y) || !read_digits(s.p + 5, 2, &t->m) ||
	    !read_digits(s.p + 8, 2, &t->d))
		return false;
	if (t->m == 2 && t->d == 29)
		return t->y % 4 == 0 && (t->y % 100 != 0 || t->y % 400 == 0);
	return t->m >= 1 && t->m <= 12 && t->d >= 1 && t->d <= days[t->m - 1];
}

bool report_is_day(struct str s)
{
	struct date t;

	return s.n == 10 && read_date(s, &t);
}

/* Days since 1970; years begin in March here, so that a leap day is their
 * last. */
static int64_t count_days(const struct date *t)
{
	int64_t y = t->m > 2 ? t->y : t->y - 1;
	int64_t month = (t->m + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 +
	       (153 * month + 2) / 5 + t->d - 719469;
}

/* ".678" or nothing, then Z. */
static bool read_fraction(struct str s, int *ms_r)
{
	int ms = 0, unit = 100;

	if (s.n > 1 && s.p[0] == '.') {
		for (s = str_from(s, 1); s.n > 1; s = str_from(s, 1)) {
			if (s.p[0] < '0' || s.p[0] > '9')
				return false;
			ms += unit * (s.p[0] - '0');
			unit /= 10;
		}
	}
	*ms_r = ms;
	return s.n == 1 && s.p[0] == 'Z';
}

bool report_time_read(struct str s, int64_t *ms_r)
{
	struct date t;
	int h, m, sec, ms;

	if (s.n < 20 || !read_date(s, &t) || s.p[10] != 'T' ||
	    s.p[13] != ':' || s.p[16] != ':' ||
	    !read_digits(s.p + 11, 2, &h) || h > 23 ||
	    !read_digits(s.p + 14, 2, &m) || m > 59 ||
	    !read_digits(s.p + 17, 2, &sec) || sec > 60 ||
	    !read_fraction(str_from(s, 19), &ms))
		return false;
	*ms_r = ((count_days(&t) * 24 + h) * 60 + m) * 60000 + sec * 1000 + ms;
	return true;
}

/* -- the strict way -------------------------------------------------------- */

/* A count, or absent; false when it is something else. */
static bool get_count(const struct json *doc, uint32_t v, int64_t *out_r)
{
	return json_int(doc, v, out_r) && *out_r >= 0;
}

static bool get_money(const struct json *doc, uint32_t v, picousd *out_r)
{
	return price_parse(json_is(doc, v, JSON_STRING) ?
				   json_inner(doc, v) : json_span(doc, v),
			   out_r) == 1;
}

static bool get_value(struct report_entry *e, const struct json *doc,
		      uint32_t v, const struct report_member *m,
		      struct arena *a)
{
	void *field = (char *)e + m->at;

	if (m->kind == REPORT_CRC) {
		*(struct str *)field = json_span(doc, v);
		return true;
	}
	if (m->kind == REPORT_OTHER || json_is(doc, v, JSON_NULL))
		return true;
	switch (m->kind) {
	case REPORT_COUNT:
		return get_count(doc, v, field);
	case REPORT_WHOLE:
		return json_int(doc, v, field);
	case REPORT_MONEY:
		return get_money(doc, v, field);
	case REPORT_TRUTH:
		*(bool *)field = json_bool(doc, v, false);
		return true;
	default:
		*(struct str *)field = json_string(doc, v, a);
		return true;
	}
}

static enum report_fault read_strictly(struct report_entry *e,
				       struct arena *a, struct str line)
{
	enum report_fault fault = REPORT_RIGHT;
	const struct report_member *m;
	struct json_error bad;
	struct json doc;

	*e = nothing;
	if (json_parse(&doc, a, line, &bad) < 0)
		return line.p[0] == '{' || line.p[line.n - 1] == '}' ?
			       REPORT_TORN : REPORT_FOREIGN;
	if (json_type(&doc, 0) != JSON_OBJECT)
		return REPORT_FOREIGN;
	for (uint32_t i = json_first(&doc, 0); i; i = json_next(&doc, 0, i)) {
		m = report_member_find(json_string(&doc, i, a));
		if (m && !get_value(e, &doc, i + 1, m, a))
			fault = REPORT_FOREIGN;
	}
	return fault;
}

/* -- what it means --------------------------------------------------------- */

#define CRC_HEAD ",\"crc\":\""
#define CRC_TAIL "\"}"
#define CRC_LEN (sizeof(CRC_HEAD) - 1 + 8 + sizeof(CRC_TAIL) - 1)

/* Where `,"crc":"xxxxxxxx"}` should stand at the end, does it, and right? */
static bool crc_right(struct str line)
{
	uint32_t said = 0;
	size_t at;
	char c;

	if (line.n < CRC_LEN)
		return false;
	at = line.n - CRC_LEN;
	if (memcmp(line.p + at, CRC_HEAD, sizeof(CRC_HEAD) - 1) != 0 ||
	    memcmp(line.p + line.n - 2, CRC_TAIL, 2) != 0)
		return false;
	for (size_t i = 0; i < 8; i++) {
		c = line.p[at + sizeof(CRC_HEAD) - 1 + i];
		if (c >= '0' && c <= '9')
			said = said << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			said = said << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	return said == crc32c(0, line.p, at);
}

/* The words of `cache`: hits by their tier, and the two that are none. */
static const struct word {
	struct str text;
	int tier;
	bool miss, bypass;
} words[] = {
	{ STR("miss"), -1, true, false },
	{ STR("local"), REPORT_LOCAL, false, false },
	{ STR("bypass"), -1, false, true },
	{ STR("memcached"), REPORT_MEMCACHED, false, false },
	{ STR("stale"), REPORT_STALE, false, false },
	{ STR("collapsed"), REPORT_COLLAPSED, false, false },
	{ STR("pinned"), REPORT_PINNED, false, false },
	{ STR("semantic"), REPORT_SEMANTIC, false, false },
};

static void read_word(struct report_entry *e)
{
	struct str s = e->dim[REPORT_CACHE];

	for (size_t i = 0; s.n && i < COUNT_OF(words); i++) {
		if (s.p[0] != words[i].text.p[0] || !str_eq(s, words[i].text))
			continue;
		e->tier = e->status >= 400 ? -1 : words[i].tier;
		e->miss = words[i].miss;
		e->bypass = words[i].bypass;
		return;
	}
}

static bool is_below_0(picousd v)
{
	return v < 0 && v != PRICE_UNKNOWN;
}

static enum report_fault understand(struct report_entry *e)
{
	struct str time = e->dim[REPORT_HOUR];

	if (!report_time_read(time, &e->ms))
		return REPORT_FOREIGN;
	e->dim[REPORT_DAY] = (struct str){ time.p, 10 };
	e->dim[REPORT_HOUR] = (struct str){ time.p, 13 };
	read_word(e);
	if (e->tier_word.n)
		e->usage.tier = usage_tier_of(e->tier_word);
	return is_below_0(e->cost) || is_below_0(e->weak_cost) ||
	       is_below_0(e->spilt) ? REPORT_FOREIGN : REPORT_RIGHT;
}

enum report_fault report_entry_read(struct report_entry *e, struct arena *a,
				    struct str line)
{
	enum report_fault fault = REPORT_RIGHT;

	while (line.n && line.p[0] == ' ') /* a page boundary was there */
		line = str_from(line, 1);
	if (!line.n || line.p[0] != '{' || line.p[line.n - 1] != '}')
		line = str_trim(line);
	if (!line.n)
		return REPORT_EMPTY;
	if (line.n > REPORT_LONGEST_LINE)
		return REPORT_TOO_LONG;
	*e = nothing;
	if (!report_scan(e, line))
		fault = read_strictly(e, a, line);
	if (fault != REPORT_TORN && e->crc.n && !crc_right(line))
		return REPORT_CHECKSUM;
	return fault ? fault : understand(e);
}

__int128 report_entry_known(const struct report_entry *e)
{
	__int128 sum = 0;

	if (e->cost != PRICE_UNKNOWN)
		return e->cost;
	if (e->weak_cost != PRICE_UNKNOWN)
		sum += e->weak_cost;
	if (e->spilt != PRICE_UNKNOWN)
		sum += e->spilt;
	return sum;
}

bool report_entry_called(const struct report_entry *e)
{
	return (e->miss || e->bypass) && e->status < 400 && !e->error.n &&
	       e->dim[REPORT_MODEL].n &&
	       !shape_is_free(shape_of_path(e->dim[REPORT_ENDPOINT]));
}
