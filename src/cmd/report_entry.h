/* What one line of the usage log says (larder.log(5)). */
#ifndef CMD_REPORT_ENTRY_H
#define CMD_REPORT_ENTRY_H

#include "base/arena.h"
#include "thrift/price.h"

/* Longer lines are damaged: larder writes at most 4 KiB. */
#define REPORT_LONGEST_LINE 65536

/* What lines are grouped by: --by. */
enum report_dim {
	REPORT_DAY,      /* 2026-11-21, UTC */
	REPORT_HOUR,     /* 2026-11-21T03 */
	REPORT_MODEL,    /* asked for */
	REPORT_TENANT,
	REPORT_UPSTREAM,
	REPORT_ROUTE,
	REPORT_ENDPOINT,
	REPORT_TAG,
	REPORT_CACHE,    /* local, miss, bypass, ... */
	REPORT_DIMS
};
extern const char *const report_dim_name[REPORT_DIMS];

/* Where a hit came from. */
enum report_tier {
	REPORT_LOCAL, REPORT_MEMCACHED, REPORT_SEMANTIC, REPORT_STALE,
	REPORT_COLLAPSED, REPORT_PINNED,
	REPORT_TIERS
};
extern const char *const report_tier_name[REPORT_TIERS];

/* Strings are decoded, empty when absent; they live as long as the line and
 * the arena it was read with. Numbers are -1, money PRICE_UNKNOWN when
 * absent. */
struct report_entry {
	struct str dim[REPORT_DIMS];
	struct str run, key, purpose, response_model, saved_by;
	struct str priced_as, fallback_from, tier_word, error, crc;
	struct str event;      /* not empty: no request, but an alarm */
	int64_t ms;            /* since 1970, UTC */
	int64_t dropped;       /* lines that were lost before this one */
	int64_t seq, status, maybe_billed, trimmed_tokens;
	int64_t duration_ms, ttfb_ms, size;
	int64_t ttl_ms;        /* below 0: expired, or absent */
	struct usage usage;
	picousd cost, saved;
	picousd weak_cost, spilt; /* of cost, and known also where that is
				   * not */
	picousd saved_routing, saved_history, saved_prompt_cache;
	bool estimated, aborted;
	bool miss, bypass;     /* what `cache` says; a hit has its tier */
	int tier;              /* enum report_tier, or -1: no hit */
};

/* What is wrong with a line. */
enum report_fault {
	REPORT_RIGHT,
	REPORT_EMPTY,        /* nothing but blanks: not counted */
	REPORT_TORN,         /* a piece of one, or two in one */
	REPORT_FOREIGN,      /* no line of larder's */
	REPORT_CHECKSUM,     /* its crc is not that of its bytes */
	REPORT_TOO_LONG,
	REPORT_FAULTS
};

/*
 * Reads a line without its line end. Members may stand in any order, those
 * it does not know are skipped. Memory from a is only needed for what has
 * escapes in it.
 */
enum report_fault report_entry_read(struct report_entry *e, struct arena *a,
				    struct str line);

/* What is known of the cost: all of it, or what weak and failed calls took.
 * In 128 bits, as no bill but a liar's is near 64. */
__int128 report_entry_known(const struct report_entry *e);

/* Was a provider asked, and did it answer something that is billed? The
 * corridor's tally says the same of its requests. */
bool report_entry_called(const struct report_entry *e);

/* "2026-11-21T03:04:05.678Z", with or without a fraction: milliseconds since
 * 1970. False, and *ms_r untouched, when it is no such time. */
bool report_time_read(struct str s, int64_t *ms_r);

/* Is s a day of the calendar, YYYY-MM-DD? */
bool report_is_day(struct str s);

#endif
