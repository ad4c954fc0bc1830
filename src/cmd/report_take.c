#include "cmd/report.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/count.h"
#include "cmd/report_feed.h"

struct report {
	struct report_wish wish;
	struct report_feed feed;
	int64_t first_ms, last_ms; /* of what was counted */
	struct report_sum total;
	struct report_view view;
	char first[25], last[25];
};

bool report_time_span(const char *text, int64_t *first_r, int64_t *last_r)
{
	static const struct {
		size_t n;
		int64_t ms;
	} part[] = {
		{ 10, 86400000 }, { 13, 3600000 }, { 16, 60000 }, { 19, 1000 },
	};
	char whole[] = "0000-00-00T00:00:00Z";
	struct str s = str_c(text);
	int64_t ms;

	if (s.n > 10 && s.p[s.n - 1] == 'Z')
		s.n--;
	for (size_t i = 0; i < COUNT_OF(part); i++) {
		if (s.n != part[i].n)
			continue;
		memcpy(whole, s.p, s.n);
		if (!report_time_read(str_c(whole), &ms))
			return false;
		*first_r = ms;
		*last_r = ms + part[i].ms - 1;
		return true;
	}
	return false;
}

/* -- tables ---------------------------------------------------------------- */

/* Of one thing alone: the main table, if it is that. */
static struct report_table *by_one(const struct report *r,
				   enum report_dim dim)
{
	const struct report_by by = { .n = 1, .dim = { dim } };

	if (r->wish.by.n == 1 && r->wish.by.dim[0] == dim)
		return r->view.main;
	return report_table_new(&by);
}

static void free_tables(struct report_view *v)
{
	struct report_table **const other[] = { &v->day, &v->model,
						&v->tenant };

	for (size_t i = 0; i < COUNT_OF(other); i++)
		if (*other[i] && *other[i] != v->main)
			report_table_free(other[i]);
	report_table_free(&v->main);
}

/* -- a line ---------------------------------------------------------------- */

static void take_request(void *ctx, struct report_entry *e)
{
	struct report *r = ctx;
	struct report_table *const main = r->view.main;
	struct report_table *const others[] = {
		r->view.day, r->view.model, r->view.tenant,
	};

	if (e->ms < r->first_ms)
		r->first_ms = e->ms;
	if (e->ms > r->last_ms)
		r->last_ms = e->ms;
	if (r->wish.prices)
		report_reprice(e, r->wish.prices, &r->view.left);
	report_table_add(main, e);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (others[i] && others[i] != main)
			report_table_add(others[i], e);
	if (r->view.keys)
		report_keys_add(r->view.keys, e);
}

/* -- the beginning and the end --------------------------------------------- */

struct report *report_new(const struct report_wish *w)
{
	struct report *r = calloc(1, sizeof(*r));
	int64_t ms;

	if (!r)
		abort();
	r->wish = *w;
	report_feed_init(&r->feed, take_request, r);
	if (w->since)
		report_time_span(w->since, &r->feed.since_ms, &ms);
	if (w->until)
		report_time_span(w->until, &ms, &r->feed.until_ms);
	r->first_ms = INT64_MAX;
	r->last_ms = INT64_MIN;
	r->view.main = report_table_new(&w->by);
	if (w->charts) {
		r->view.day = by_one(r, REPORT_DAY);
		r->view.model = by_one(r, REPORT_MODEL);
	}
	if (w->charts || w->top)
		r->view.tenant = by_one(r, REPORT_TENANT);
	if (w->entries)
		r->view.keys = report_keys_new();
	return r;
}

void report_free(struct report **r)
{
	if (!*r)
		return;
	free_tables(&(*r)->view);
	report_keys_free(&(*r)->view.keys);
	report_feed_fini(&(*r)->feed);
	report_sum_free(&(*r)->total);
	free(*r);
	*r = NULL;
}

void report_line(struct report *r, struct str line)
{
	report_feed_line(&r->feed, line);
}

/* -- all of them ----------------------------------------------------------- */

static const char *day_of(int64_t ms, char out[25])
{
	clock_rfc3339(ms, out);
	out[10] = '\0';
	return out;
}

const struct report_view *report_view(struct report *r, size_t files)
{
	struct report_view *v = &r->view;

	report_sum_free(&r->total);
	report_table_total(v->main, &r->total);
	v->feed = &r->feed;
	v->total = &r->total;
	v->doubt = report_seen_doubt(r->feed.seen);
	v->files = files;
	v->top = r->wish.top;
	v->entries = r->wish.entries;
	v->since = r->wish.since;
	v->until = r->wish.until;
	v->prices = r->wish.prices ? prices_id(r->wish.prices) : NULL;
	if (r->feed.taken) {
		v->first = day_of(r->first_ms, r->first);
		v->last = day_of(r->last_ms, r->last);
	}
	return v;
}
