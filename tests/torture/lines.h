/* What was written in lines.c, and what came of it (lines_read.c). */
#ifndef TORTURE_LINES_H
#define TORTURE_LINES_H

#include <stdint.h>

/* One writer, in whichever process it is at the moment. Shared memory. */
struct writer {
	uint64_t asked, done; /* numbers of the line it is at, and has written
			       * or lost */
	uint64_t lost;        /* as usage.c counts them */
	uint64_t lost_done;   /* lost, when done was last set */
	uint64_t finished;    /* it has no more to do */
	uint64_t kills;
};

struct found {
	uint64_t lines, torn, twice; /* twice: (run, seq), or a request */
	uint64_t runs, bytes, blank; /* blank: bytes in front of lines */
	uint64_t gaps, said;         /* in seq, and in `dropped` */
};

/* Reads files, one after the other, and sums up. n: of writers, each of at
 * most so many lines. */
struct reader;
struct reader *reader_new(unsigned n, uint64_t most);
void reader_file(struct reader *r, const char *path);
int reader_saw(const struct reader *r, unsigned who, uint64_t nth);
void reader_end(struct reader *r, struct found *f_r);

#endif
