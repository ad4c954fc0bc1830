/*
 * What a report adds up. Money is in picodollars and counts are whole, so
 * sums do not depend on the order of the lines and are the same in whatever
 * form they are shown.
 */
#ifndef CMD_REPORT_SUM_H
#define CMD_REPORT_SUM_H

#include <stdint.h>

#include "cmd/report_entry.h"
#include "cmd/report_sketch.h"

/* 128 bits, so that no number of lines overflows it. */
typedef __int128 report_money;

/* What saved money. */
enum report_saver {
	REPORT_SAVED_CACHE,        /* a stored answer was given */
	REPORT_SAVED_COLLAPSED,    /* another request's call was shared */
	REPORT_SAVED_ROUTING,      /* another model than the one asked for */
	REPORT_SAVED_HISTORY,      /* messages that were not sent */
	REPORT_SAVED_PROMPT_CACHE, /* the provider's own cache */
	REPORT_SAVED_TOGETHER,     /* several of them; the log does not say
				    * how much each */
	REPORT_SAVERS
};

struct report_sum {
	int64_t requests;     /* of callers; what larder asks for itself
			       * (`purpose` in the log) is in the tokens and
			       * the cost only */
	int64_t asides;       /* of larder itself */
	int64_t cacheable;    /* requests neither bypassed nor failed: hit rate
			       * is hits of these */
	int64_t hits;         /* of these, answered without a call of its own */
	int64_t tier[REPORT_TIERS]; /* hits by where they came from */
	int64_t misses, bypasses;   /* those that failed, too */
	int64_t errors;       /* answered with 400 and above, or cut off */
	int64_t aborted;      /* the caller went away (499); no error */
	int64_t fallbacks;    /* answered by another model, after a failure */
	int64_t calls;        /* of a provider that answered, asides included */
	int64_t unpriced;     /* of these, with a cost that is not known */
	int64_t estimated;    /* of these, with tokens counted here */
	int64_t maybe_billed; /* attempts that failed, and may be billed */
	int64_t tokens[USAGE_PARTS]; /* that a provider billed for: of calls,
				      * not of hits */
	report_money cost, saved;
	report_money saved_by[REPORT_SAVERS]; /* their sum is `saved` */
	struct report_sketch latency; /* ms until the last byte, of requests */
	struct report_sketch ttfb;    /* ms until the first, where it is said */
};

/* Words for columns, as the log has them: "prompt_cache", "cache_read". */
extern const char *const report_saver_name[REPORT_SAVERS];
extern const char *const report_tokens_name[USAGE_PARTS];

void report_sum_add(struct report_sum *s, const struct report_entry *e);
void report_sum_merge(struct report_sum *s, const struct report_sum *other);
void report_sum_free(struct report_sum *s);

/* Memory of its times. */
static inline size_t report_sum_bytes(const struct report_sum *s)
{
	return report_sketch_bytes(&s->latency) +
	       report_sketch_bytes(&s->ttfb);
}

/* Gives its times to another, which frees their memory: they are not known
 * of s from then on. */
void report_sum_move_times(struct report_sum *s, struct report_sum *to);

/* All input tokens. */
int64_t report_sum_input(const struct report_sum *s);

/* Is any cost known? Without it "0" would be a lie: show "?". */
bool report_sum_cost_known(const struct report_sum *s);

/* -- money as text --------------------------------------------------------- */

#define REPORT_MONEY_TEXT 64

/* With exactly so many digits behind the point (0 to 12), halves away from
 * zero. "-0.00" is never written. */
void report_money_round(report_money v, int places,
			char out[REPORT_MONEY_TEXT]);

/* All digits there are: "0", "12.5", "0.000000000001". */
void report_money_exact(report_money v, char out[REPORT_MONEY_TEXT]);

/* So many places that this many dollars can be read: cents for large bills,
 * more for small ones. The same in every row, and in text and HTML. */
int report_money_places(const struct report_sum *total);

#endif
