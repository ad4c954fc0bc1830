/* The report as one page that needs nothing but itself. */
#include "cmd/report_html.h"

#include <stdlib.h>

#include "base/count.h"
#include "base/html.h"
#include "base/svg.h"

/* More groups than this make no page to look at. */
#define MOST_ROWS 1000

void report_page_flush(struct report_page *p)
{
	struct arena *a = p->b.a;

	fwrite(p->b.p ? p->b.p : "", 1, p->b.n, p->out);
	arena_reset(a);
	buf_init(&p->b, a);
}

void report_page_usd(struct report_page *p, report_money v)
{
	char text[REPORT_MONEY_TEXT];

	report_money_round(v < 0 ? -v : v, p->places, text);
	buf_printf(&p->b, "%s$%s", v < 0 ? "−" : "", text);
}

/* -- the top --------------------------------------------------------------- */

static void put_span(struct report_page *p)
{
	const struct report_view *v = p->v;
	const char *from = v->since ? v->since : v->first;
	const char *to = v->until ? v->until : v->last;

	if (from)
		html_text(&p->b, from);
	if (to && (!from || strcmp(from, to) != 0)) {
		buf_puts(&p->b, from ? " to " : "until ");
		html_text(&p->b, to);
	}
}

static void put_header(struct report_page *p)
{
	const struct report_view *v = p->v;

	buf_puts(&p->b, "<header><h1>larder report</h1>"
		 "<span class=\"dim\">");
	put_span(p);
	if (v->feed->taken)
		buf_printf(&p->b, " (UTC) · %lld lines of %zu file%s",
			   (long long)v->feed->taken, v->files,
			   v->files == 1 ? "" : "s");
	if (v->prices) {
		buf_puts(&p->b, " · priced anew by table ");
		html_name(&p->b, v->prices);
	}
	buf_puts(&p->b, "</span></header>\n");
}

static void card(struct report_page *p, const char *title, const char *more)
{
	buf_printf(&p->b, "<section class=\"card%s\"><h3>%s</h3>\n"
		   "<div class=\"big\">", more, title);
}

/* "12,345", where there is room for it. */
static void put_count(struct report_page *p, int64_t n)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%lld", (long long)n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_putc(&p->b, ',');
		buf_putc(&p->b, text[i]);
	}
}

static void card_cost(struct report_page *p)
{
	const struct report_sum *s = p->v->total;

	card(p, "Spent", "");
	if (report_sum_cost_known(s))
		report_page_usd(p, s->cost);
	else
		buf_puts(&p->b, "?");
	buf_puts(&p->b, "</div>\n<p>");
	put_count(p, s->calls);
	buf_puts(&p->b, " calls of providers</p>\n");
	if (s->unpriced) {
		buf_puts(&p->b, "<small class=\"warn\">");
		put_count(p, s->unpriced);
		buf_puts(&p->b, " without a known price</small>\n");
	}
	buf_puts(&p->b, "</section>\n");
}

static void words(struct buf *b, const char *name)
{
	for (; *name; name++)
		buf_putc(b, *name == '_' ? ' ' : *name);
}

static void card_saved(struct report_page *p)
{
	const struct report_sum *s = p->v->total;

	card(p, "Saved", "");
	report_page_usd(p, s->saved);
	buf_puts(&p->b, "</div>\n");
	for (int i = 0; i < REPORT_SAVERS; i++) {
		if (!s->saved_by[i])
			continue;
		buf_puts(&p->b, "<small>");
		report_page_usd(p, s->saved_by[i]);
		buf_puts(&p->b, " by ");
		words(&p->b, report_saver_name[i]);
		buf_puts(&p->b, "</small><br>\n");
	}
	buf_puts(&p->b, "</section>\n");
}

static void card_requests(struct report_page *p)
{
	const struct report_sum *s = p->v->total;

	card(p, "Requests", "");
	put_count(p, s->requests);
	buf_printf(&p->b, "</div>\n<p class=\"%s\">",
		   s->errors ? "bad" : "good");
	put_count(p, s->errors);
	buf_puts(&p->b, " errors</p>\n");
	if (s->fallbacks)
		buf_printf(&p->b, "<small>%lld answered by a fallback</small>"
			   "<br>\n", (long long)s->fallbacks);
	if (s->aborted)
		buf_printf(&p->b, "<small>%lld callers left</small><br>\n",
			   (long long)s->aborted);
	if (s->asides)
		buf_printf(&p->b, "<small>and %lld of larder's own</small>\n",
			   (long long)s->asides);
	buf_puts(&p->b, "</section>\n");
}

static void card_hits(struct report_page *p)
{
	const struct report_sum *s = p->v->total;
	char cell[REPORT_NUMBERS][REPORT_CELL];

	report_numbers(cell, s, p->places);
	card(p, "Hit rate", "");
	buf_printf(&p->b, "%s&thinsp;%%</div>\n<p>", cell[2]);
	put_count(p, s->hits);
	buf_puts(&p->b, " of ");
	put_count(p, s->cacheable);
	buf_puts(&p->b, " that could be</p>\n");
	for (int i = 0; i < REPORT_TIERS; i++) {
		if (!s->tier[i])
			continue;
		buf_printf(&p->b, "<small>%s ", report_tier_name[i]);
		put_count(p, s->tier[i]);
		buf_puts(&p->b, "</small><br>\n");
	}
	buf_puts(&p->b, "</section>\n");
}

static void card_tokens(struct report_page *p)
{
	const struct report_sum *s = p->v->total;

	card(p, "Tokens", " wide");
	put_count(p, report_sum_input(s));
	buf_puts(&p->b, " in</div>\n<p>");
	put_count(p, s->tokens[USAGE_OUTPUT]);
	buf_puts(&p->b, " out</p>\n");
	for (int i = USAGE_READ; i < USAGE_PARTS; i++) {
		if (i == USAGE_OUTPUT || !s->tokens[i])
			continue;
		buf_puts(&p->b, "<small>");
		put_count(p, s->tokens[i]);
		buf_putc(&p->b, ' ');
		words(&p->b, report_tokens_name[i]);
		buf_puts(&p->b, "</small><br>\n");
	}
	buf_puts(&p->b, "</section>\n");
}

static void put_times(struct report_page *p, const char *what,
		      const struct report_sketch *s)
{
	static const int q[] = { 500, 950, 990 };

	buf_printf(&p->b, "<tr><th scope=\"row\">%s</th>", what);
	for (size_t i = 0; i < COUNT_OF(q); i++)
		buf_printf(&p->b, "<td>%lld</td>",
			   (long long)report_sketch_at(s, q[i]));
	buf_puts(&p->b, "</tr>\n");
}

static void card_times(struct report_page *p)
{
	const struct report_sum *s = p->v->total;

	if (!s->latency.n)
		return;
	buf_puts(&p->b, "<section class=\"card wide\"><h3>Latency, ms</h3>\n"
		 "<table class=\"tight\"><thead><tr><td></td>"
		 "<th scope=\"col\">p50</th><th scope=\"col\">p95</th>"
		 "<th scope=\"col\">p99</th></tr></thead><tbody>\n");
	put_times(p, "whole", &s->latency);
	if (s->ttfb.n)
		put_times(p, "first byte", &s->ttfb);
	buf_puts(&p->b, "</tbody></table></section>\n");
}

/* -- what is not in there -------------------------------------------------- */

static void put_note(void *page, const char *text)
{
	buf_printf(&((struct report_page *)page)->b,
		   "<p class=\"dim\">%s</p>\n", text);
}

static void put_damaged(struct report_page *p)
{
	const struct report_view *v = p->v;
	const char *before = " (";

	if (!report_feed_damaged(v->feed))
		return;
	buf_printf(&p->b, "<p class=\"say warn\">Damaged lines, left out: "
		   "%lld", (long long)report_feed_damaged(v->feed));
	for (int i = REPORT_TORN; i < REPORT_FAULTS; i++) {
		if (!v->feed->fault[i])
			continue;
		buf_printf(&p->b, "%s%lld ", before,
			   (long long)v->feed->fault[i]);
		words(&p->b, report_fault_name[i]);
		before = ", ";
	}
	buf_puts(&p->b, ")</p>\n");
}

/* -- all of it ------------------------------------------------------------- */

static void put_cards(struct report_page *p)
{
	buf_puts(&p->b, "<div class=\"cards three\">\n");
	card_cost(p);
	card_saved(p);
	card_hits(p);
	card_requests(p);
	card_tokens(p);
	card_times(p);
	buf_puts(&p->b, "</div>\n");
}

/* All groups, or those that cost most. */
static void put_main(struct report_page *p)
{
	struct report_table *t = p->v->main;
	const struct report_by *by = report_table_by(t);
	const struct report_group *const *all;
	const struct report_group **some;
	size_t n;

	all = report_table_groups(t, &n);
	if (n <= MOST_ROWS) {
		report_page_table(p, "All of it", by, all, n, p->v->total);
		return;
	}
	some = calloc(MOST_ROWS, sizeof(*some));
	if (!some)
		abort();
	n = report_table_dearest(t, MOST_ROWS, some);
	report_page_table(p, "The 1000 groups that cost most; the totals are "
			  "of all", by, some, n, p->v->total);
	free(some);
}

static void put_spenders(struct report_page *p)
{
	const struct report_view *v = p->v;
	const struct report_group **list;
	size_t n;

	if (!v->top || !v->tenant)
		return;
	list = calloc(v->top, sizeof(*list));
	if (!list)
		abort();
	n = report_table_dearest(v->tenant, v->top, list);
	if (n > 1 && !report_view_has_all(v, n))
		report_page_table(p, "Top spenders",
				  report_table_by(v->tenant), list, n, NULL);
	free(list);
}

void report_view_html(const struct report_view *v, FILE *out)
{
	struct arena *a = arena_new();
	struct report_page p = { .v = v, .out = out,
				 .places = report_money_places(v->total) };

	buf_init(&p.b, a);
	html_begin(&p.b, "larder report", 0);
	put_header(&p);
	put_damaged(&p);
	put_cards(&p);
	report_page_charts(&p);
	put_main(&p);
	put_spenders(&p);
	report_page_entries(&p);
	report_notes(v, put_note, &p);
	html_end(&p.b);
	report_page_flush(&p);
	arena_free(&a);
}
