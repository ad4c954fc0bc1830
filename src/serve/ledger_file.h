/*
 * The file behind the usage log: whole lines at its end, or nothing. All
 * processes of the host may append to it. Private to ledger.c.
 *
 * While a line is written the file is locked (unless a process that has the
 * lock is stopped), and a line that would cross into the next page is begun
 * there, after blanks. For a write is cut short between pages when its process
 * is killed, or the disk is full; so what is cut off is blanks. What is
 * unfinished all the same becomes blanks (a limit on file sizes) or is ended
 * with a newline before the next line (a loss of power).
 */
#ifndef SERVE_LEDGER_FILE_H
#define SERVE_LEDGER_FILE_H

#include <sys/types.h>

#include "base/str.h"

#define LEDGER_LINE_MAX 4096 /* with its newline: a page */

struct ledger_file {
	char *path;
	int fd;
	pid_t pid;        /* who opened it: a lock is not of two processes */
	int64_t look_ms;  /* when to compare path and fd again */
	int64_t stuck_ms; /* until then a lock is not waited for */
	off_t whole;      /* there a line of ours ended; 0: not known */
};

/* Opens path for appending (made 0640, with its directories). 0, or -1 and
 * errno; EINVAL when it is no regular file. */
int ledger_file_open(struct ledger_file *f, const char *path);
void ledger_file_close(struct ledger_file *f);

/* Appends a line, with its newline; follows a file that was renamed within a
 * second. 0, or why it could not (an errno): then nothing was written. Waits
 * at most a second for others, and for the disk as long as that takes. */
int ledger_file_put(struct ledger_file *f, struct str line);

#endif
