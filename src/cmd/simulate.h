/* `larder simulate`: what the bill would have been with another cache. */
#ifndef CMD_SIMULATE_H
#define CMD_SIMULATE_H

#include <stdio.h>

#include "cmd/curve.h"
#include "cmd/report_feed.h"
#include "cmd/report_sum.h"

/* What a log tells, beside the curves. */
struct simulate {
	struct curve_plan plan;
	struct curve *curve;
	struct report_feed feed;
	uint32_t seed;
	int64_t first_ms, last_ms; /* of the requests looked at; -1: none */
	int64_t uncached;       /* without a key: they went past the cache */
	int64_t failed;         /* no answer that could have been kept */
	int64_t unpriced;       /* they count as free */
	int64_t guessed;        /* sizes that are not in the log */
	int64_t backwards;      /* more than a minute before the last line */
	int64_t hits;           /* as it was */
	report_money billed;    /* as it was; of those looked at */
};

/*
 * The plan is copied; *s must not move. Which questions are followed when
 * there are too many hangs on the seed: the same one, the same questions. One
 * that cannot be foretold keeps whoever makes the log from choosing them.
 */
void simulate_init(struct simulate *s, const struct curve_plan *plan,
		   uint32_t seed);
void simulate_fini(struct simulate *s);

/* Takes one line of a log without its line end. */
void simulate_line(struct simulate *s, struct str line);

/* Lines in all, but for empty ones. */
int64_t simulate_lines(const struct simulate *s);

/* One cache that might have been, as all printers show it. */
struct simulate_row {
	const char *what;   /* "none" "actual" "size" "ttl" "scope" */
	const char *policy; /* of a size; or NULL */
	const char *scope;  /* tenant, or site: at best; or NULL */
	uint64_t size;      /* bytes; 0: without end */
	int64_t ttl;        /* ms, or CURVE_FOREVER */
	int64_t asks, hits;
	report_money bill, saved;
	double hits_error, bill_error; /* picodollars; 0: exact */
};

/* Gives every row there is, in this order: none, actual, sizes (by size, then
 * policy), lives, scopes. */
void simulate_rows(const struct simulate *s,
		   void (*row)(void *ctx, const struct simulate_row *r),
		   void *ctx);

void simulate_text(const struct simulate *s, FILE *out);
void simulate_csv(const struct simulate *s, FILE *out);
void simulate_json(const struct simulate *s, FILE *out);

/* "64M", "15m", "3d", "ever" as an option would say it. */
#define SIMULATE_WORD 24
void simulate_size_word(uint64_t bytes, char out[SIMULATE_WORD]);
void simulate_time_word(int64_t ms, char out[SIMULATE_WORD]);

#endif
