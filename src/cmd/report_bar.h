/* A progress bar on standard error, when that is a terminal. */
#ifndef CMD_REPORT_BAR_H
#define CMD_REPORT_BAR_H

#include <stdbool.h>
#include <stdint.h>

struct report_bar {
	bool on;
	int64_t total;    /* bytes of all files; 0: nobody knows */
	int64_t before;   /* of the files that are done */
	int64_t start_ms, drawn_ms;
};

/* With the size of these files; "-" and what is no file have none. */
void report_bar_begin(struct report_bar *b, char *const *path, int n);

/* So many bytes of this file have been read. */
void report_bar_at(struct report_bar *b, int64_t bytes);

/* The next file begins. */
void report_bar_next(struct report_bar *b, int64_t bytes);

/* Wipes the line. */
void report_bar_end(struct report_bar *b);

#endif
