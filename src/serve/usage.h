/*
 * The usage log: one JSON object a line, one write each, appended. A line
 * that cannot be written is counted, never an error for the request. Follows
 * rotation by rename: the path is looked at again each second and on HUP.
 */
#ifndef SERVE_USAGE_H
#define SERVE_USAGE_H

#include <stdint.h>

#include "base/buf.h"

struct usage_log;

#define USAGE_LINE_MAX 4096

/* Opens path for appending (made 0640, with its directories). NULL and a
 * line in err_r when it cannot. */
struct usage_log *usage_open(const char *path, char *err_r, size_t err_n);
void usage_close(struct usage_log **l);

/* Next sequence number of this process, from 1. */
uint64_t usage_seq(void);

/* Adds `,"crc":"........"}` (CRC-32C of all bytes before that comma) and a
 * newline to `line`, an object still open, and writes it. A line that is
 * longer than USAGE_LINE_MAX then is a bug of the caller's. */
void usage_write(struct usage_log *l, struct buf *line);

#endif
