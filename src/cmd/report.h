/*
 * `larder report`: what usage logs add up to.
 *
 * report_read.c makes lines of files, report_scan.c and report_entry.c read
 * a line, report_seen.c knows what was there before, report_feed.c leaves out
 * what does not count (for estimate and simulate, too), report_price.c
 * prices it anew, report_sum.c and report_table.c add it up. What comes out
 * is a struct report_view, and report_text.c, report_csv.c, report_json.c and
 * report_html.c show it, with the sentences of report_notes.c. report.c is the
 * command.
 */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include "cmd/report_view.h"

struct report;

/* What is asked for. All zero but for `by` is a report of everything. */
struct report_wish {
	struct report_by by;
	const char *since, *until;  /* valid report_time_span()s, or NULL */
	const struct prices *prices; /* to price anew with; or NULL */
	size_t top;                 /* spenders to find */
	size_t entries;             /* least valuable entries to find */
	bool charts;                /* also by day and by model */
};

struct report *report_new(const struct report_wish *w);
void report_free(struct report **r);

/* Takes one line without its line end. One that is damaged is counted as
 * such and otherwise left out; an empty one is not counted. */
void report_line(struct report *r, struct str line);

/* What there is so far, of so many files. It is the report's and good until
 * the next line. */
const struct report_view *report_view(struct report *r, size_t files);

/*
 * A day or a time, as far as it is written: "2026-11-21", "2026-11-21T03",
 * "...T03:04", "...T03:04:05"; UTC, a Z at its end may be. *first_r and
 * *last_r are the first and the last millisecond of it. False when it is
 * none.
 */
bool report_time_span(const char *text, int64_t *first_r, int64_t *last_r);

/*
 * Puts the cost and the savings by another table in place of the logged ones.
 * What that cannot be said of (a model it does not know; failed and weak
 * calls, whose tokens are not in the line) is taken out of the line and
 * counted in *left: two tables are never in one sum.
 */
void report_reprice(struct report_entry *e, const struct prices *p,
		    struct report_left *left);

/* `larder report`; the program's exit status. */
int cmd_report(int argc, char **argv);

#endif
