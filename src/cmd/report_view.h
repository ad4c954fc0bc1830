/*
 * What the printers of `larder report` are given: all sums, ready. Every
 * printer shows the same numbers; money exactly (CSV, JSON), or rounded to
 * report_money_places() of the total (text, HTML).
 */
#ifndef CMD_REPORT_VIEW_H
#define CMD_REPORT_VIEW_H

#include <stdio.h>

#include "cmd/report_feed.h"
#include "cmd/report_grid.h"
#include "cmd/report_keys.h"
#include "cmd/report_seen.h"
#include "cmd/report_table.h"

/* What --prices has no price for. */
struct report_left {
	int64_t lines;     /* of which something was left out */
	report_money cost; /* as it was logged */
};

struct report_view {
	const struct report_feed *feed; /* the lines: what was counted, and
					 * what was left out */
	const struct report_sum *total;
	struct report_table *main;  /* by what --by says */

	/* For charts; NULL unless the format needs them (HTML does). By day,
	 * by model and by tenant alone, `main` itself if it is that; days
	 * without a line have no group. */
	struct report_table *day, *model, *tenant;
	struct report_keys *keys;   /* NULL unless --entries asks */
	size_t top;                 /* spenders to show; may be 0 */
	size_t entries;             /* least valuable entries to show */

	const char *first, *last;   /* days of the earliest and the latest line
				     * that was counted; NULL without any */
	const char *since, *until;  /* as asked for, or NULL */
	const char *prices;         /* --prices: the table's id; or NULL */
	struct report_left left;    /* not priced by that */
	size_t files;               /* that were read */
	struct report_seen_doubt doubt; /* about lines that were there before */
};

void report_view_text(const struct report_view *v, FILE *out);
void report_view_csv(const struct report_view *v, FILE *out);
void report_view_json(const struct report_view *v, FILE *out);
void report_view_html(const struct report_view *v, FILE *out);

/* The numbers of a row as text and HTML show them; money with so many
 * places. */
#define REPORT_NUMBERS 11
extern const char *const report_number_title[REPORT_NUMBERS];
void report_numbers(char (*cell)[REPORT_CELL], const struct report_sum *s,
		    int places);

/* Would n top spenders be the main table once more? */
bool report_view_has_all(const struct report_view *v, size_t n);

/* A fault in a word: "torn", "wrong_checksum". */
extern const char *const report_fault_name[REPORT_FAULTS];

/* Gives a sentence for each thing that is not in the sums or not certain, but
 * for damaged lines; report_doubts() only those that nobody expects. */
typedef void report_note(void *ctx, const char *text);
void report_notes(const struct report_view *v, report_note *put, void *ctx);
void report_doubts(const struct report_view *v, report_note *put, void *ctx);

/* A name from the log as a field of CSV (RFC 4180), in quotes; what a
 * spreadsheet would take for a formula, also behind blanks, gets an
 * apostrophe. A lone "-" is none. */
void report_csv_name(FILE *out, const char *s);

/* s for a terminal: what is no plain character is a question mark, and what
 * is longer than `most` characters ends in a plus sign. out has room for
 * 4 * most + 2 bytes. */
void report_shown(const char *s, size_t most, char *out);

#endif
