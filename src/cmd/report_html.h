/* Between the files of report_view_html(): its charts and its tables. */
#ifndef CMD_REPORT_HTML_H
#define CMD_REPORT_HTML_H

#include "base/buf.h"
#include "cmd/report_view.h"

/* Text so far is written out now and then, so that a long table does not wait
 * in memory. */
struct report_page {
	const struct report_view *v;
	FILE *out;
	struct buf b;
	int places; /* of money, as in the text */
};
void report_page_flush(struct report_page *p);

/* Dollars of the page's places: "$12.34". */
void report_page_usd(struct report_page *p, report_money v);

/* Groups and, unless it is NULL, a row of totals. */
void report_page_table(struct report_page *p, const char *title,
		       const struct report_by *by,
		       const struct report_group *const *list, size_t n,
		       const struct report_sum *total);
void report_page_entries(struct report_page *p);

/* The charts, each with its numbers behind it. */
void report_page_charts(struct report_page *p);

#endif
