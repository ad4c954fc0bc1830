/* Which numbers of serve/status.h are which metrics. */
#ifndef SERVE_METRICS_ROWS_H
#define SERVE_METRICS_ROWS_H

#include <stddef.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_STATES };

/* One family of a section's rows; the first of its rows is `row`. Its unit is
 * the end of its name. */
struct metric_family {
	const char *name; /* without _total; NULL ends the table */
	enum metric_type type;
	const char *section;
	const char *help;
	/* A row each, and the labels that tell it from the others; one
	 * without a name ends them. */
	const struct metric_row {
		const char *row, *labels;
	} *row;
};

extern const struct metric_family metric_families[];

/* What a METRIC_STATES may be. */
extern const char *const metric_states[]; /* NULL ends it */

#endif
