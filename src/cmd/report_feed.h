/*
 * What report, estimate and simulate count: the requests that logs tell of,
 * each once. Lines that are damaged, were there before, are of another time,
 * or are no request are counted here and go no further, so that the three
 * speak of the same requests.
 */
#ifndef CMD_REPORT_FEED_H
#define CMD_REPORT_FEED_H

#include "cmd/report_entry.h"

struct report_seen;

struct report_feed {
	/* Gets each request; what it points to is gone after the call. */
	void (*take)(void *ctx, struct report_entry *e);
	void *ctx;

	/* Requests of another time are left out; both ends are included. Any
	 * time unless the caller says otherwise. */
	int64_t since_ms, until_ms;

	int64_t taken;
	int64_t fault[REPORT_FAULTS]; /* damaged lines, by what is wrong; those
				       * that are empty, too */
	int64_t duplicates;           /* the same line was there */
	int64_t unlike;               /* taken, though another line has their
				       * run and number */
	int64_t elsewhen;             /* left out by since and until */
	int64_t events;               /* alarms are no requests */
	int64_t dropped;              /* lines that could not be written, as
				       * others say */
	struct arena *line;           /* reset with every line that used it */
	struct report_seen *seen;
};

void report_feed_init(struct report_feed *f,
		      void (*take)(void *ctx, struct report_entry *e),
		      void *ctx);
void report_feed_fini(struct report_feed *f);

/* Takes one line without its line end. */
void report_feed_line(struct report_feed *f, struct str line);

/* Damaged lines in all; empty ones are none. */
int64_t report_feed_damaged(const struct report_feed *f);

/*
 * Gives all lines of these files, "-" being standard input, with a progress
 * bar when standard error is a terminal and it takes a while. A file that is
 * named twice is read once. 0, or -1 when one of them could not be read to
 * its end: standard error says which, and the others have been read.
 */
int report_feed_files(const char *command, char *const *path, int n,
		      void (*line)(void *ctx, struct str line), void *ctx);

#endif
