/* A month like the time that a log is of. */
#include "base/buf.h"
#include "base/count.h"
#include "cmd/curve.h"
#include "cmd/estimate.h"
#include "cmd/report_feed.h"
#include "cmd/report_table.h"

#define DAY_MS INT64_C(86400000)
#define MONTH_DAYS 30
#define HOUR_MS INT64_C(3600000)

struct use {
	struct report_table *model, *day;
	struct report_feed feed;
	int64_t first_ms, last_ms;
};

static struct report_table *table_by(enum report_dim dim)
{
	const struct report_by by = { .n = 1, .dim = { dim } };

	return report_table_new(&by);
}

static void take_request(void *ctx, struct report_entry *e)
{
	struct use *u = ctx;

	if (e->ms < u->first_ms)
		u->first_ms = e->ms;
	if (e->ms > u->last_ms)
		u->last_ms = e->ms;
	report_table_add(u->model, e);
	report_table_add(u->day, e);
}

static void each_line(void *ctx, struct str line)
{
	report_feed_line(&((struct use *)ctx)->feed, line);
}

/* -- a month of it --------------------------------------------------------- */

static int64_t span_of(const struct use *u)
{
	int64_t ms = u->last_ms - u->first_ms;

	return ms < HOUR_MS ? HOUR_MS : ms;
}

/* v times a month by the span; v alone may be as large as there is room. */
static forecast_money month_of(const struct use *u, forecast_money v)
{
	forecast_money span = span_of(u), month = MONTH_DAYS * DAY_MS;

	return v / span * month + v % span * month / span;
}

/* Calendar days of which all is in the log: neither the first nor the last. */
static int64_t whole_days(const struct use *u)
{
	return u->last_ms / DAY_MS - u->first_ms / DAY_MS - 1;
}

/* Twice the standard error of a month's bill, from how the whole days differ;
 * days without a line cost nothing. Below 0: too few days to say. */
static double error_of(const struct use *u)
{
	int64_t days = whole_days(u);
	const struct report_group *const *list;
	double sum = 0, squares = 0, cost;
	size_t n;

	if (days < 3)
		return -1;
	list = report_table_groups(u->day, &n);
	for (size_t i = 1; i + 1 < n; i++) {
		cost = (double)list[i]->sum.cost;
		sum += cost;
		squares += cost * cost;
	}
	squares -= sum * sum / (double)days;
	return squares <= 0 ? 0 : 2 * MONTH_DAYS *
	       curve_root(squares / (double)(days - 1) / (double)days);
}

static void put_mean(struct estimate_table *t, forecast_money sum, int64_t n)
{
	if (n)
		estimate_put(t, ESTIMATE_COUNT, (sum + n / 2) / n);
	else
		estimate_none(t);
}

static void put_month(struct estimate_table *t, const struct use *u,
		      const char *name, const struct report_sum *s)
{
	estimate_text(t, name);
	estimate_put(t, ESTIMATE_COUNT, month_of(u, s->requests));
	if (s->cacheable)
		estimate_put(t, ESTIMATE_PERCENT,
			     10000 * (forecast_money)s->hits / s->cacheable);
	else
		estimate_none(t);
	put_mean(t, report_sum_input(s), s->calls);
	put_mean(t, s->tokens[USAGE_OUTPUT], s->calls);
	estimate_put(t, ESTIMATE_MONEY, month_of(u, s->cost + s->saved));
	estimate_put(t, ESTIMATE_MONEY, month_of(u, s->saved));
	estimate_put(t, ESTIMATE_PERCENT, forecast_share(s->cost + s->saved,
							 s->cost));
	estimate_put(t, ESTIMATE_MONEY, month_of(u, s->cost));
}

static void put_range(struct estimate_table *t, const struct use *u,
		      const struct report_sum *s)
{
	forecast_money likely = month_of(u, s->cost), off;
	double error = error_of(u);

	if (error < 0) {
		estimate_none(t);
		estimate_none(t);
		return;
	}
	off = (forecast_money)error;
	estimate_put(t, ESTIMATE_MONEY, off < likely ? likely - off : 0);
	estimate_put(t, ESTIMATE_MONEY, likely + off);
}

/* What was not counted, or cannot be. */
static void note_lines(struct buf *b, const struct report_feed *f)
{
	const struct {
		int64_t n;
		const char *what;
	} out[] = {
		{ report_feed_damaged(f), "damaged" },
		{ f->duplicates, "there before" },
		{ f->dropped, "missing" },
	};

	buf_printf(b, "(%lld lines", (long long)f->taken);
	for (size_t i = 0; i < COUNT_OF(out); i++)
		if (out[i].n)
			buf_printf(b, ", %lld %s", (long long)out[i].n,
				   out[i].what);
	buf_puts(b, ")");
}

static const char *note_of(struct arena *a, const struct use *u,
			   const struct report_sum *all)
{
	int64_t ms = span_of(u);
	struct buf b;

	buf_init(&b, a);
	if (ms < 2 * DAY_MS)
		buf_printf(&b, "A month of 30 days like the %.1f hours of "
			   "these logs ", (double)ms / (double)HOUR_MS);
	else
		buf_printf(&b, "A month of 30 days like the %.1f of these "
			   "logs ", (double)ms / (double)DAY_MS);
	note_lines(&b, &u->feed);
	buf_puts(&b, ".\nINPUT and OUTPUT are tokens of a call. ");
	buf_puts(&b, error_of(u) < 0 ?
		 "FROM and TO need three whole days.\n" :
		 "FROM and TO are two standard errors\nbeside BILL, by how "
		 "whole days differ.\n");
	if (all->unpriced)
		buf_printf(&b, "%lld calls have no known price and count as "
			   "free.\n", (long long)all->unpriced);
	return b.p;
}

static void put_months(struct estimate_table *t, const struct use *u)
{
	const struct report_group *const *list;
	struct report_sum all = { 0 };
	size_t n;

	list = report_table_groups(u->model, &n);
	for (size_t i = 0; i < n; i++) {
		put_month(t, u, list[i]->name[0], &list[i]->sum);
		estimate_none(t);
		estimate_none(t);
		report_sum_merge(&all, &list[i]->sum);
	}
	put_month(t, u, "TOTAL", &all);
	put_range(t, u, &all);
	t->note = note_of(t->a, u, &all);
	report_sum_free(&all);
}

static int read_logs(struct use *u, char *const *path, int n)
{
	if (report_feed_files("estimate", path, n, each_line, u) < 0)
		return -1;
	if (u->feed.taken)
		return 0;
	fputs("larder estimate: no lines of a usage log there\n", stderr);
	return -1;
}

int estimate_of_logs(struct estimate_table *t, char *const *path, int n)
{
	static const char *const column[][2] = {
		{ "MODEL", "model" }, { "REQUESTS", "requests" },
		{ "HIT %", "hit_percent" }, { "INPUT", "input_tokens" },
		{ "OUTPUT", "output_tokens" },
		{ "WITHOUT USD", "without_usd" },
		{ "SAVED USD", "saved_usd" }, { "SAVED %", "saved_percent" },
		{ "BILL USD", "bill_usd" }, { "FROM", "bill_low_usd" },
		{ "TO", "bill_high_usd" },
	};
	struct use u = { .model = table_by(REPORT_MODEL),
			 .day = table_by(REPORT_DAY),
			 .first_ms = INT64_MAX, .last_ms = INT64_MIN };
	int rc;

	report_feed_init(&u.feed, take_request, &u);
	rc = read_logs(&u, path, n);
	for (size_t i = 0; i < COUNT_OF(column); i++)
		estimate_column(t, column[i][0], column[i][1]);
	if (rc == 0)
		put_months(t, &u);
	report_table_free(&u.model);
	report_table_free(&u.day);
	report_feed_fini(&u.feed);
	return rc;
}
