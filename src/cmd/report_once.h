/*
 * Of processes that wrote one line, as they do under CGI: which, and which
 * line. Eight bytes each, so a process is known by 40 bits of its hash beside
 * those that are its place, and a checksum by 20: one in a million of those
 * that differ passes for the same.
 */
#ifndef CMD_REPORT_ONCE_H
#define CMD_REPORT_ONCE_H

#include <stdbool.h>
#include <stdint.h>

/* What is remembered; beyond it something else is forgotten. */
#define REPORT_ONCE_MOST (3 << 20)

/* Numbers that there is room for are 1 to this. */
#define REPORT_ONCE_NUMBERS 15

enum report_once_is {
	REPORT_ONCE_NONE,     /* nothing is known of this process */
	REPORT_ONCE_ELSE,     /* it wrote a line of another number */
	REPORT_ONCE_SAME,
	REPORT_ONCE_UNLIKE,   /* that number, but another checksum */
};

struct report_once;

struct report_once *report_once_new(void);
void report_once_free(struct report_once **o);

/* `run` is a seeded hash of the process and `sum` one of the checksum. A
 * number there is no room for is another. */
enum report_once_is report_once_look(const struct report_once *o,
				     uint64_t run, int64_t seq, uint64_t sum);

/* Of a process of which nothing is known. False when another was forgotten
 * for it. */
bool report_once_put(struct report_once *o, uint64_t run, int64_t seq,
		     uint64_t sum);

#endif
