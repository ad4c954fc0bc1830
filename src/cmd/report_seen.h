/*
 * Has this line been there before? A log that is given twice, or a rotated
 * one and its packed copy, must not count twice. A line is known by the
 * process that wrote it (`run`, random) and its number there (`seq`).
 *
 * Memory is bounded: the last 65,536 processes are remembered, by runs of
 * numbers. What is forgotten can be counted twice; nothing is ever taken for
 * a duplicate that is none.
 */
#ifndef CMD_REPORT_SEEN_H
#define CMD_REPORT_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct report_seen;

struct report_seen *report_seen_new(void);
void report_seen_free(struct report_seen **s);

/* Remembers it; true when it was known. */
bool report_seen_before(struct report_seen *s, struct str run, int64_t seq);

#endif
