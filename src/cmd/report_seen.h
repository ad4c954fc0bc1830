/*
 * Has this line been there before? A log that is given twice, or a rotated
 * one and its packed copy, must not count twice. A line is known by the
 * process that wrote it (`run`, random), its number there (`seq`) and its
 * checksum (`crc`).
 *
 * Memory is bounded, at some 70 MB. Remembered are the last
 *
 *   - 3,145,728 processes that wrote one line (those of CGI), each in 8 bytes,
 *   - 65,536 others, by spans of the numbers that were there,
 *   - 8,388,608 checksums of these, or fewer where numbers are far apart.
 *
 * What is forgotten can be counted twice, and report_seen_doubt() says that
 * something was.
 */
#ifndef CMD_REPORT_SEEN_H
#define CMD_REPORT_SEEN_H

#include "cmd/report_entry.h"

enum report_seen_as {
	REPORT_SEEN_NEW,
	REPORT_SEEN_AGAIN, /* a copy of a line that was there: leave it out */
	REPORT_SEEN_OTHER, /* not there before, but another line has its run
			    * and number: one of the two is forged, or the
			    * machine was cloned. Count it: who leaves it out
			    * lets whoever comes first hide a line */
	REPORT_SEEN_BARE,  /* has a number but no checksum, as larder never
			    * writes it: damaged */
};

struct report_seen;

struct report_seen *report_seen_new(void);
void report_seen_free(struct report_seen **s);

/* Remembers it, unless it is bare. What has no run or number is new. */
enum report_seen_as report_seen_entry(struct report_seen *s,
				      const struct report_entry *e);

struct report_seen_doubt {
	bool forgotten;     /* something was: copies of it count again */
	int64_t unproven;   /* times that REPORT_SEEN_AGAIN was said by run and
			     * number alone, the checksum being forgotten */
};
struct report_seen_doubt report_seen_doubt(const struct report_seen *s);

#endif
