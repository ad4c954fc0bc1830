/* The sums behind `larder report`: one line of a usage log at a time. */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"

/* Longer lines are damaged: larder writes at most 4 KiB. */
#define REPORT_LONGEST_LINE 65536

/* Picodollars; 128 bits, so that no number of lines overflows it. */
typedef __int128 report_money;

struct report_sum {
	int64_t requests;
	int64_t cacheable;     /* neither bypassed nor failed */
	int64_t hits;          /* of these, answered without a call */
	int64_t input, output; /* tokens of calls to an upstream only */
	int64_t unpriced;      /* calls that cost something unknown */
	int64_t priced;        /* lines that say what they cost */
	report_money cost, saved;
};

struct report_group {
	const char *day, *model; /* "-" without a model */
	struct report_sum sum;
};

struct report {
	struct arena *a;    /* groups */
	struct arena *line; /* reset with every line */
	void *tree;         /* of struct report_group, by day and model */
	struct report_sum total;
	int64_t damaged;
	const char *since, *until; /* days, both included; NULL: no bound */
};

void report_init(struct report *r);
void report_fini(struct report *r);

/* Takes one line without its line end. A line that is damaged (no JSON
 * object, no time, impossible numbers, a wrong checksum) is counted as such
 * and otherwise ignored; an empty one is not counted. */
void report_line(struct report *r, struct str line);

/* The group, or NULL. */
const struct report_group *report_find(const struct report *r,
				       const char *day, const char *model);

/* One aligned table, a row of totals, and what could not be counted. */
void report_print(const struct report *r, FILE *out);

/* Is s a day of the calendar, YYYY-MM-DD? */
bool report_is_day(struct str s);

/* `larder report`; the program's exit status. */
int cmd_report(int argc, char **argv);

#endif
