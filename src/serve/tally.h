/*
 * Sums of what requests came to, on the board: for the status page, metrics
 * and `larder stats`. They are the sums of the usage log's lines since the
 * slab was made, of all processes of the host. What they were at earlier
 * times is kept for about a day, so that "today" and "in the last hour" are
 * differences and nothing is ever set back.
 *
 * Money is in picodollars and wraps around at 18 million dollars; a line of
 * more than METER_MOST counts as that. No tenant is in it, and no model that
 * no upstream has answered for: strangers choose the names of those.
 */
#ifndef SERVE_TALLY_H
#define SERVE_TALLY_H

#include "serve/bill.h"

/* What the cache did, in the order of the log's words. */
enum tally_cache {
	TALLY_LOCAL, TALLY_MEMCACHED, TALLY_STALE, TALLY_PINNED,
	TALLY_COLLAPSED, TALLY_MISS, TALLY_BYPASS,
	TALLY_NONE, /* nothing: refused before, or never cached */
	TALLY_CACHES
};
extern const char *const tally_cache_word[TALLY_CACHES]; /* NULL: none */
enum tally_cache tally_cache(const struct req *r);

/* Tokens are of calls, not of answers that were there. */
extern const char *const tally_token_word[USAGE_PARTS];

/* Counts by size, each of those up to bound[i] and above the one before; the
 * last one of all others. */
#define TALLY_CELLS 18
struct tally_hist {
	uint64_t sum;
	uint64_t n[TALLY_CELLS];
};
struct tally_scale {
	const int64_t *bound;
	size_t n;
};
extern const struct tally_scale tally_ms, tally_first_ms, tally_many;

/* Remembered as it was, every quarter of an hour. */
struct tally_pulse {
	uint64_t cache[TALLY_CACHES]; /* requests */
	uint64_t hits, misses;        /* of these, those without an error: as
				       * reports have it, a hit rate is hits
				       * of both */
	uint64_t errors;              /* status 400 and above, but for 499 */
	uint64_t cost, saved, burnt;  /* burnt: what was saved below 0 */
	uint64_t token[USAGE_PARTS];
	struct tally_hist hit_ms;     /* answered by the cache, until the end */
	struct tally_hist call_ms;    /* and by an upstream */
};

#define TALLY_NAME 96

/* Of what one model was asked for. */
struct tally_model {
	uint64_t id;                  /* 0: nobody's */
	char name[TALLY_NAME];        /* see tally_names */
	uint64_t requests, hits, errors;
	uint64_t cost, saved, burnt;
	uint64_t token[USAGE_PARTS];
	struct tally_hist ms, first_ms; /* of those without an error */
	struct tally_hist input, output;
};

enum tally_status { TALLY_2XX, TALLY_4XX, TALLY_5XX, TALLY_ABORTED,
		    TALLY_STATUSES };
extern const char *const tally_status_word[TALLY_STATUSES];

#define TALLY_MODELS 64
#define TALLY_PAST 104  /* quarters of an hour */
#define TALLY_NOW 16    /* five seconds each */

struct tally {
	struct tally_pulse pulse;
	uint64_t status[TALLY_STATUSES];
	uint64_t saved[BILL_SAVERS], burnt[BILL_SAVERS];
	uint64_t asides;              /* larder's own questions, which are in
				       * tokens and money only */
	uint64_t unpriced;            /* answers that cost nobody knows what */
	struct tally_hist refused_ms; /* neither cache nor upstream answered */
	struct tally_hist first_ms;
	struct {
		int64_t slot;         /* negative while it is written */
		struct tally_pulse was;
	} past[TALLY_PAST];
	struct {
		int64_t slot;
		uint64_t requests;
	} now[TALLY_NOW];
	struct tally_model model[TALLY_MODELS];
	struct tally_model other;     /* for whom there was no place */
};

struct tally *tally_of(struct board *b);

/* Counts r, whose line was just written. */
void tally(struct req *r, const struct bill *bill);

/* -- for those who look ---------------------------------------------------- */

#define TALLY_QUARTER_MS 900000

/* What it was when that time's quarter of an hour began; *t's own when
 * nothing came since. Times before the oldest one are taken for that. */
void tally_then(const struct tally *t, int64_t wall_ms, int64_t then_ms,
		struct tally_pulse *was_r);

/* Number by number, each of them whole. */
void tally_copy(struct tally_pulse *to, const struct tally_pulse *from);

/* a less b, number by number; never below 0. */
void tally_less(struct tally_pulse *a, const struct tally_pulse *b);

/* Requests in the last minute, or a little more: in *ms_r. */
uint64_t tally_lately(const struct tally *t, int64_t wall_ms, int64_t *ms_r);

uint64_t tally_requests(const struct tally_pulse *p);

/* What so many of 1000 are not above, within its cell's bounds; -1 of none. */
int64_t tally_at(const struct tally_hist *h, const struct tally_scale *s,
		 int thousandths);
void tally_hist_add(struct tally_hist *h, const struct tally_hist *more);

/* Parts of a model's name: who serves it, what it is called, and what it does
 * in OpenTelemetry's words. False when the place is nobody's, or damaged. */
struct tally_names {
	const char *upstream, *model, *operation;
};
bool tally_names(const struct tally_model *m, struct arena *a,
		 struct tally_names *n_r);

#endif
