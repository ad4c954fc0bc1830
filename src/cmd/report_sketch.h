/*
 * How values in milliseconds are spread, in little memory: counts in buckets
 * whose width grows with the value, so that a quantile is within 1 % of the
 * truth (1/128 of it, and exact below 128 ms). Only whole numbers are used:
 * the same values give the same quantiles on every machine, in any order and
 * however they were merged.
 */
#ifndef CMD_REPORT_SKETCH_H
#define CMD_REPORT_SKETCH_H

#include <stdint.h>

struct report_sketch {
	int64_t n;        /* values */
	int64_t *count;   /* of buckets [first, first + buckets) */
	int first, buckets;
};

/* All zero is an empty one. */
void report_sketch_free(struct report_sketch *s);

void report_sketch_add(struct report_sketch *s, int64_t ms);
void report_sketch_merge(struct report_sketch *s,
			 const struct report_sketch *other);

/*
 * The smallest value that at least `thousandths` of 1000 of all are not above
 * (500 is the median), as the middle of its bucket; -1 when there is none.
 */
int64_t report_sketch_at(const struct report_sketch *s, int thousandths);

/* What report_sketch_at() says of a value that is alone. */
int64_t report_sketch_round(int64_t ms);

#endif
