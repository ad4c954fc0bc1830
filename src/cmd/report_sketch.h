/*
 * How values in milliseconds are spread, in little memory: counts in buckets
 * whose width grows with the value, so that a quantile is within 1 % of the
 * truth (1/128 of it, and exact below 128 ms). Only whole numbers are used:
 * the same values give the same quantiles on every machine, in any order and
 * however they were merged.
 */
#ifndef CMD_REPORT_SKETCH_H
#define CMD_REPORT_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report_sketch {
	int64_t n;           /* values */
	uint64_t *cell;      /* `used` of `room` */
	uint16_t used, room;
	uint16_t first;      /* bucket of cell[0], in a row */
	bool row;            /* a cell for each bucket; else for each bucket
			      * that is not empty */
	bool partial;        /* some values were moved elsewhere */
};

/* All zero is an empty one. */
void report_sketch_free(struct report_sketch *s);

/* Memory beside the struct: 32 bytes for a few values, 14 KB at most. */
static inline size_t report_sketch_bytes(const struct report_sketch *s)
{
	return s->room * sizeof(*s->cell);
}

void report_sketch_add(struct report_sketch *s, int64_t ms);
void report_sketch_merge(struct report_sketch *s,
			 const struct report_sketch *other);

/* Gives all values to another and is partial from then on. */
void report_sketch_move(struct report_sketch *s, struct report_sketch *to);

/*
 * The smallest value that at least `thousandths` of 1000 of all are not above
 * (500 is the median), as the middle of its bucket; -1 when there is none, or
 * not all of them are there.
 */
int64_t report_sketch_at(const struct report_sketch *s, int thousandths);

#endif
