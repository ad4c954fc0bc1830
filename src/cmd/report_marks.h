/*
 * The checksums of lines that were there, 16 bits of each: of a number that
 * comes again they tell whether the line is the same. One in 65,535 of those
 * that differ passes for the same.
 */
#ifndef CMD_REPORT_MARKS_H
#define CMD_REPORT_MARKS_H

#include <stdint.h>

/* Lines of neighbouring numbers share a block; so many blocks are remembered
 * (20 MB), then the oldest is forgotten. */
#define REPORT_MARKS_LINES 64
#define REPORT_MARKS_BLOCKS (1 << 17)

struct report_marks;

struct report_marks *report_marks_new(void);
void report_marks_free(struct report_marks **m);

/* `run` is a seeded hash of the process that wrote line `seq`, `sum` one of
 * its checksum, not 0. */
void report_marks_put(struct report_marks *m, uint64_t run, int64_t seq,
		      uint64_t sum);

/* Was it this one? 1, 0, or -1: not known any more. */
int report_marks_same(const struct report_marks *m, uint64_t run, int64_t seq,
		      uint64_t sum);

#endif
