#include "base/count.h"
#include "cmd/report.h"

#include <search.h>

#include "base/crc32c.h"
#include "base/json.h"
#include "thrift/price.h"

/* What one line says. */
struct said {
	struct str day, model, cache, endpoint;
	int64_t status, input, output; /* -1: not said */
	bool failed;
	picousd cost, saved; /* PRICE_UNKNOWN: not said */
};

void report_init(struct report *r)
{
	*r = (struct report){ .a = arena_new(), .line = arena_new() };
}

static void forget(void *group)
{
	(void)group; /* the arena's */
}

void report_fini(struct report *r)
{
	tdestroy(r->tree, forget);
	arena_free(&r->a);
	arena_free(&r->line);
}

/* -- reading a line -------------------------------------------------------- */

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

bool report_is_day(struct str s)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };
	int y, m, d;

	if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' ||
	    !read_digits(s.p, 4, &y) || !read_digits(s.p + 5, 2, &m) ||
	    !read_digits(s.p + 8, 2, &d))
		return false;
	if (m == 2 && d == 29)
		return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	return m >= 1 && m <= 12 && d >= 1 && d <= days[m - 1];
}

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

/* A count, or -1 when absent; false when it is something else. */
static bool get_count(const struct json *doc, const char *name,
		      int64_t *out_r)
{
	uint32_t v = json_get(doc, 0, name);

	*out_r = -1;
	if (!v || json_is(doc, v, JSON_NULL))
		return true;
	return json_int(doc, v, out_r) && *out_r >= 0;
}

/* Money as a number, or in quotes. */
static bool get_money(const struct json *doc, const char *name,
		      picousd *out_r)
{
	uint32_t v = json_get(doc, 0, name);

	*out_r = PRICE_UNKNOWN;
	if (!v || json_is(doc, v, JSON_NULL))
		return true;
	return price_parse(json_is(doc, v, JSON_STRING) ?
				   json_inner(doc, v) : json_span(doc, v),
			   out_r) == 1;
}

static bool read_entry(struct said *e, const struct json *doc,
		       struct arena *a)
{
	struct str time = json_string(doc, json_get(doc, 0, "time"), a);

	if (time.n < 11 || time.p[10] != 'T')
		return false;
	e->day = (struct str){ time.p, 10 };
	e->model = json_string(doc, json_get(doc, 0, "gen_ai.request.model"),
			       a);
	e->cache = json_string(doc, json_get(doc, 0, "cache"), a);
	e->endpoint = json_string(doc, json_get(doc, 0, "endpoint"), a);
	if (!report_is_day(e->day) || !get_count(doc, "status", &e->status) ||
	    !get_count(doc, "gen_ai.usage.input_tokens", &e->input) ||
	    !get_count(doc, "gen_ai.usage.output_tokens", &e->output) ||
	    !get_money(doc, "cost_usd", &e->cost) ||
	    !get_money(doc, "saved_usd", &e->saved))
		return false;
	e->failed = e->status >= 400 ||
		    json_is(doc, json_get(doc, 0, "error.type"), JSON_STRING);
	return e->cost >= 0 || e->cost == PRICE_UNKNOWN;
}

/* -- adding up ------------------------------------------------------------- */

static bool is_hit(const struct said *e)
{
	static const char *const hit[] = { "local", "memcached", "semantic",
					   "stale", "collapsed", "pinned" };

	for (size_t i = 0; i < COUNT_OF(hit); i++)
		if (str_is(e->cache, hit[i]))
			return e->status < 400;
	return false;
}

/* Did a provider bill for it? Counting tokens is free everywhere. */
static bool is_billed(const struct said *e)
{
	return !e->failed && e->model.n &&
	       !str_is(e->endpoint, "messages/count_tokens");
}

static void add_count(int64_t *sum, int64_t n)
{
	if (n > 0 && __builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

static void add(struct report_sum *s, const struct said *e)
{
	bool hit = is_hit(e), miss = str_is(e->cache, "miss");

	s->requests++;
	s->hits += hit;
	s->cacheable += hit || (miss && !e->failed);
	if (miss || str_is(e->cache, "bypass")) {
		add_count(&s->input, e->input);
		add_count(&s->output, e->output);
		s->unpriced += e->cost == PRICE_UNKNOWN && is_billed(e);
	}
	if (e->cost != PRICE_UNKNOWN) {
		s->cost += e->cost;
		s->priced++;
	}
	if (e->saved != PRICE_UNKNOWN)
		s->saved += e->saved;
}

static int by_day_and_model(const void *a, const void *b)
{
	const struct report_group *x = a, *y = b;
	int c = strcmp(x->day, y->day);

	return c ? c : strcmp(x->model, y->model);
}

static struct report_group *group_of(struct report *r, const struct said *e)
{
	struct report_group key = {
		.day = arena_cstr(r->line, e->day),
		.model = e->model.n ? arena_cstr(r->line, e->model) : "-",
	}, *group, **at;

	at = tfind(&key, &r->tree, by_day_and_model);
	if (at)
		return *at;
	group = arena_zalloc(r->a, sizeof(*group));
	group->day = arena_strdup(r->a, key.day);
	group->model = arena_strdup(r->a, key.model);
	at = tsearch(group, &r->tree, by_day_and_model);
	return at ? *at : NULL;
}

static bool is_within(const struct report *r, const struct said *e)
{
	return (!r->since || memcmp(e->day.p, r->since, 10) >= 0) &&
	       (!r->until || memcmp(e->day.p, r->until, 10) <= 0);
}

void report_line(struct report *r, struct str line)
{
	struct report_group *group;
	struct json_error bad;
	struct said e;
	struct json doc;

	line = str_trim(line);
	if (!line.n)
		return;
	arena_reset(r->line);
	if (line.n > REPORT_LONGEST_LINE ||
	    json_parse(&doc, r->line, line, &bad) < 0 ||
	    json_type(&doc, 0) != JSON_OBJECT ||
	    (json_get(&doc, 0, "crc") && !crc_right(line)) ||
	    !read_entry(&e, &doc, r->line)) {
		r->damaged++;
		return;
	}
	if (!is_within(r, &e))
		return;
	group = group_of(r, &e);
	if (group)
		add(&group->sum, &e);
	add(&r->total, &e);
}

const struct report_group *report_find(const struct report *r,
				       const char *day, const char *model)
{
	struct report_group key = { .day = day, .model = model }, **at;

	at = tfind(&key, &r->tree, by_day_and_model);
	return at ? *at : NULL;
}
