/* An aligned table on a terminal: names flush left, numbers flush right. */
#ifndef CMD_REPORT_GRID_H
#define CMD_REPORT_GRID_H

#include <stddef.h>
#include <stdio.h>

#define REPORT_GRID_COLUMNS 24
#define REPORT_CELL 168 /* a name of 40 characters, however long in bytes */

typedef char report_cells[REPORT_GRID_COLUMNS][REPORT_CELL];

struct report_grid {
	int columns;
	int left;     /* so many of the first are flush left */
	int most;     /* characters of a line; 0: as many as it takes. Then
		       * columns go, in the order of spare[0, spares) */
	const int *spare;
	int spares;
	const char *title[REPORT_GRID_COLUMNS];
	size_t rows;
	/* Writes one row; called twice for each, so nothing is kept. */
	void (*fill)(const void *ctx, size_t row, report_cells cells);
	const void *ctx;
};

/* How many of `spare` had to go. */
int report_grid_print(const struct report_grid *g, FILE *out);

/* Characters of a line where out is a terminal; else 0. */
int report_grid_most(FILE *out);

#endif
