/* Logs line by line: plain, gzip or zstd, as their first bytes say. */
#ifndef CMD_REPORT_READ_H
#define CMD_REPORT_READ_H

#include <stdint.h>

#include "base/str.h"

/* Of the lines; a longer one is given once, cut off one byte above it. */
#define REPORT_LINE_MAX 65536

struct report_reader {
	/* A line without its line end; it is gone after the call. */
	void (*line)(void *ctx, struct str line);
	/* So many bytes of the file (packed ones, if it is) have been read.
	 * NULL: nobody wants to know. */
	void (*progress)(void *ctx, int64_t bytes);
	void *ctx;
};

/*
 * Gives all lines of the file, or of standard input for "-". 0; -1 with a
 * line in err_r that names it, after the lines before the trouble were given.
 * Memory does not depend on the file.
 */
int report_read(const struct report_reader *r, const char *path, char *err_r,
		size_t err_n);

#endif
