/* Charts of the page. Numbers become floats here, for drawing only. */
#include "cmd/report_html.h"

#include <stdlib.h>

#include "base/count.h"
#include "base/html.h"
#include "base/svg.h"

#define COLUMNS 120 /* at most; more days share one */
#define MODELS 8    /* bars; the rest are one more */
#define PICO 1e12

/* Days of the log side by side, also those without a line. */
struct days {
	size_t n;
	struct report_sum sum[COLUMNS];
	char name[COLUMNS][12];
	const char *label[COLUMNS];
};

/* -- the calendar ---------------------------------------------------------- */

/* Days since 0000-03-01: years that begin in March have their leap day last.
 * Of "YYYY-MM-DD", which the log's readers have checked. */
static long day_number(const char *day)
{
	long y = strtol(day, NULL, 10), m = strtol(day + 5, NULL, 10);
	long d = strtol(day + 8, NULL, 10);

	y -= m < 3;
	m = (m + 9) % 12;
	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 +
	       d - 1;
}

static void day_name(long n, char out[12])
{
	long y = (long)((10000LL * n + 14780) / 3652425), d, m;

	d = n - (365 * y + y / 4 - y / 100 + y / 400);
	if (d < 0) {
		y--;
		d = n - (365 * y + y / 4 - y / 100 + y / 400);
	}
	m = (100 * d + 52) / 3060;
	snprintf(out, 12, "%02d-%02d", (int)((m + 2) % 12 + 1),
		 (int)(d - (m * 306 + 5) / 10 + 1));
}

/* -- days ------------------------------------------------------------------ */

static void read_days(struct days *d, struct report_table *t)
{
	const struct report_group *const *list;
	long first, span, each;
	size_t n;

	list = report_table_groups(t, &n);
	while (n && list[n - 1]->others) /* more days than a calendar has */
		n--;
	while (n && strlen(list[0]->name[0]) < 10) { /* "-": no day */
		list++;
		n--;
	}
	if (!n)
		return;
	first = day_number(list[0]->name[0]);
	span = day_number(list[n - 1]->name[0]) - first + 1;
	each = (span + COLUMNS - 1) / COLUMNS;
	d->n = (size_t)((span + each - 1) / each);
	for (size_t i = 0; i < n; i++)
		report_sum_merge(&d->sum[(day_number(list[i]->name[0]) -
					  first) / each], &list[i]->sum);
	for (size_t i = 0; i < d->n; i++) {
		day_name(first + (long)i * each, d->name[i]);
		d->label[i] = d->name[i];
	}
}

static void free_days(struct days *d)
{
	for (size_t i = 0; i < d->n; i++)
		report_sum_free(&d->sum[i]);
	free(d);
}

/* -- units ----------------------------------------------------------------- */

static void say_usd(double v, char *out)
{
	*out = '$';
	if (v < 1000 && v > -1000)
		snprintf(out + 1, 31, "%.3g", v);
	else
		svg_say_count(v, out + 1);
}

static void say_percent(double v, char *out)
{
	snprintf(out, 32, "%.3g %%", v);
}

static void say_ms(double v, char *out)
{
	snprintf(out, 32, v < 1000 ? "%.4g ms" : "%.4g s",
		 v < 1000 ? v : v / 1000);
}

/* -- charts by day --------------------------------------------------------- */

static void chart_money(struct report_page *p, const struct days *d)
{
	double cost[COLUMNS], saved[COLUMNS];
	const struct svg_series s[] = { { "spent", cost, 5 },
					{ "saved", saved, 1 } };
	char spent[REPORT_MONEY_TEXT], kept[REPORT_MONEY_TEXT];

	for (size_t i = 0; i < d->n; i++) {
		cost[i] = (double)d->sum[i].cost / PICO;
		saved[i] = (double)d->sum[i].saved / PICO;
	}
	report_money_round(p->v->total->cost, p->places, spent);
	report_money_round(p->v->total->saved, p->places, kept);
	svg_chart(&p->b, &(struct svg_chart){ SVG_BARS, "money",
		  "Spent and saved by day, USD",
		  arena_printf(p->b.a, "In all %s dollars were spent and %s "
			       "saved.", spent, kept),
		  d->n, d->label, COUNT_OF(s), s, say_usd });
}

static double share(int64_t n, int64_t all)
{
	return all ? (double)n * 100 / (double)all : 0;
}

static void chart_hits(struct report_page *p, const struct days *d)
{
	static const unsigned colour[REPORT_TIERS] = { 0, 1, 6, 2, 3, 7 };
	double (*v)[COLUMNS] = arena_alloc(p->b.a,
					   sizeof(*v) * REPORT_TIERS);
	struct svg_series s[REPORT_TIERS];
	size_t n = 0;

	for (int t = 0; t < REPORT_TIERS; t++) {
		if (!p->v->total->tier[t] && t != REPORT_LOCAL)
			continue;
		for (size_t i = 0; i < d->n; i++)
			v[n][i] = share(d->sum[i].tier[t],
					d->sum[i].cacheable);
		s[n] = (struct svg_series){ report_tier_name[t], v[n],
					    colour[t] };
		n++;
	}
	svg_chart(&p->b, &(struct svg_chart){ SVG_STACK, "hits",
		  "Hit rate by tier and day",
		  arena_printf(p->b.a, "In all %.1f percent of the requests "
			       "that could be were answered by the cache.",
			       share(p->v->total->hits,
				     p->v->total->cacheable)),
		  d->n, d->label, n, s, say_percent });
}

static void chart_times(struct report_page *p, const struct days *d)
{
	static const struct {
		const char *name;
		int thousandths;
		unsigned colour;
	} q[] = { { "p50", 500, 0 }, { "p95", 950, 2 }, { "p99", 990, 5 } };
	struct svg_series s[COUNT_OF(q)];
	double v[COUNT_OF(q)][COLUMNS];
	int64_t ms;

	for (size_t k = 0; k < COUNT_OF(q); k++) {
		for (size_t i = 0; i < d->n; i++) {
			ms = report_sketch_at(&d->sum[i].latency,
					      q[k].thousandths);
			v[k][i] = ms < 0 ? SVG_NONE : (double)ms;
		}
		s[k] = (struct svg_series){ q[k].name, v[k], q[k].colour };
	}
	svg_chart(&p->b, &(struct svg_chart){ SVG_LINES, "times",
		  "Latency by day",
		  "Milliseconds until the last byte that half of the "
		  "requests, 95 and 99 of 100 did not exceed.",
		  d->n, d->label, COUNT_OF(s), s, say_ms });
}

/* -- models ---------------------------------------------------------------- */

static const struct svg_part kinds[] = {
	{ "fresh input", 0, 0 }, { "cache read", 0, 1 },
	{ "cache write", 0, 3 }, { "output", 0, 2 },
};

static double tokens_of(const struct report_sum *s)
{
	return (double)report_sum_input(s) +
	       (double)s->tokens[USAGE_OUTPUT];
}

static int by_tokens(const void *x, const void *y)
{
	const struct report_group *const *a = x, *const *b = y;
	double m = tokens_of(&(*a)->sum), n = tokens_of(&(*b)->sum);

	return m < n ? 1 : m > n ? -1 : strcmp((*a)->name[0], (*b)->name[0]);
}

static void put_bar(struct report_page *p, const char *name,
		    const struct report_sum *s, double all)
{
	const int64_t *t = s->tokens;
	struct svg_part part[COUNT_OF(kinds)];
	char text[32];

	memcpy(part, kinds, sizeof(part));
	part[0].value = (double)t[USAGE_FRESH];
	part[1].value = (double)t[USAGE_READ];
	part[2].value = (double)t[USAGE_WRITE_5M] +
			(double)t[USAGE_WRITE_1H];
	part[3].value = (double)t[USAGE_OUTPUT];
	svg_say_count(tokens_of(s), text);
	buf_puts(&p->b, "<div class=\"bar\">");
	html_name(&p->b, name);
	buf_printf(&p->b, "<small>%s</small></div>\n", text);
	svg_meter(&p->b, name, part, COUNT_OF(part), all, svg_say_count);
}

/* The rest of the list as one. */
static void put_others(struct report_page *p,
		       const struct report_group *const *list, size_t n,
		       double all)
{
	struct report_sum rest = { 0 };

	for (size_t i = 0; i < n; i++)
		report_sum_merge(&rest, &list[i]->sum);
	put_bar(p, arena_printf(p->b.a, "the other %zu", n), &rest, all);
	report_sum_free(&rest);
}

static void chart_models(struct report_page *p)
{
	const struct report_group *const *list;
	const struct report_group **sorted;
	size_t n, shown = 0;

	list = report_table_groups(p->v->model, &n);
	sorted = calloc(n + 1, sizeof(*sorted));
	if (!sorted)
		abort();
	for (size_t i = 0; i < n; i++)
		if (tokens_of(&list[i]->sum) > 0)
			sorted[shown++] = list[i];
	qsort(sorted, shown, sizeof(*sorted), by_tokens);
	buf_puts(&p->b, "<figure><figcaption>Tokens by model</figcaption>\n");
	svg_legend(&p->b, kinds, COUNT_OF(kinds));
	for (size_t i = 0; i < shown && i < MODELS; i++)
		put_bar(p, sorted[i]->name[0], &sorted[i]->sum,
			tokens_of(&sorted[0]->sum));
	if (shown > MODELS)
		put_others(p, sorted + MODELS, shown - MODELS,
			   tokens_of(&sorted[0]->sum));
	buf_puts(&p->b, "</figure>\n");
	free(sorted);
}

/* -- all of them ----------------------------------------------------------- */

/* The numbers behind the charts, unless the report's own table has them. */
static void put_behind(struct report_page *p, const char *title,
		       struct report_table *t)
{
	const struct report_by *by = report_table_by(t);
	const struct report_by *own = report_table_by(p->v->main);
	const struct report_group *const *list;
	size_t n;

	if (own->n == 1 && own->dim[0] == by->dim[0])
		return;
	list = report_table_groups(t, &n);
	buf_printf(&p->b, "<details><summary>%s, in numbers</summary>\n",
		   title);
	report_page_table(p, title, by, list, n, p->v->total);
	buf_puts(&p->b, "</details>\n");
}

void report_page_charts(struct report_page *p)
{
	struct days *d;

	if (!p->v->day || !p->v->model || !p->v->feed->taken)
		return;
	d = calloc(1, sizeof(*d));
	if (!d)
		abort();
	read_days(d, p->v->day);
	buf_puts(&p->b, "<div class=\"charts\">\n");
	chart_money(p, d);
	chart_hits(p, d);
	chart_models(p);
	chart_times(p, d);
	buf_puts(&p->b, "</div>\n");
	free_days(d);
	put_behind(p, "By day", p->v->day);
	put_behind(p, "By model", p->v->model);
}
