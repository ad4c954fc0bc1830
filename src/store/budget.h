/*
 * What has been spent of budgets, so many 10^-12 USD a day or a month, by all
 * processes of a host together. Who is about to spend reserves first, and
 * settles when it knows. No lock is ever taken; whoever is killed anywhere
 * leaves what it had reserved spent until the period is over, and nothing
 * worse: within the hour it counts as spent for good, as what was settled does.
 *
 * The numbers are in a small file of their own that every process maps:
 *
 *   | head, one page | place 0 | place 1 | ... | place 2047 | known |
 *                      192 bytes each                           budget_known.h
 *
 * An amount is one word with the last four bits of the number of its period
 * in front: | period 4 | amount 60 |. So a period begins when the first who
 * spends in it finds another's, in the same store that adds its amount, and
 * there is no moment at which one is there without the other. The price is
 * that 1.15 million USD are the most that can be counted in one period.
 *
 * The file outlives the cache, its rebuilding and a reboot. When a machine
 * loses its power, what the kernel has not written yet (half a minute) is
 * forgotten.
 */
#ifndef STORE_BUDGET_H
#define STORE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDGET_PLACES 2048
#define BUDGET_LABEL 64
#define BUDGET_MOST ((1ll << 60) - 1)
#define BUDGET_NO_LIMIT -1

/* Found by its id; any value of any number is harmless. */
struct budget_place {
	uint64_t id;          /* 0: never yet anybody's */
	int64_t used_ms;      /* about when it was last looked for (wall) */
	uint64_t of;          /* which budget's */
	uint64_t every;       /* enum budget_every */
	uint64_t limit;       /* that its owner had last; 0: none */
	uint64_t spent;       /* amount; what is reserved is in it, */
	uint64_t held[2];     /* amount; and here, by the half hour in which it
			       * was, the odd and the even ones; its mark is
			       * that half hour's number */
	uint64_t told;        /* amount; up to here alarms have been given */
	uint64_t unpriced;    /* calls of which nobody knows the price */
	uint64_t label[BUDGET_LABEL / 8]; /* for people: whose; none: it is
					   * shared */
	uint64_t next;        /* whose it becomes, while it is nobody's */
	uint64_t full_ms;     /* when it first said BUDGET_FULL in this period
			       * (wall); 0: it has not, or would go again */
	uint64_t spare[4];
};

/* -- periods --------------------------------------------------------------- */

enum budget_every { BUDGET_DAY, BUDGET_MONTH, BUDGET_HOUR };

/* A day where it is none. */
enum budget_every budget_every_of(uint64_t any);

/* The number of the day, month or hour that a time (wall clock, UTC) is in, and
 * when one begins. */
uint32_t budget_period(enum budget_every e, int64_t wall_ms);
int64_t budget_begins_ms(enum budget_every e, uint32_t period);

/* -- the file -------------------------------------------------------------- */

struct budget_book;

/*
 * Opens path, mode 0600; it is made, with its directories, unless as_is. NULL
 * with a line in err_r that says what to do.
 */
struct budget_book *budget_open(const char *path, bool as_is, char *err_r,
				size_t err_n);
void budget_close(struct budget_book **b);

/* All BUDGET_PLACES of them. */
struct budget_place *budget_places(struct budget_book *b);

/* -- one budget ------------------------------------------------------------ */

struct budget_who {
	uint64_t id, of;   /* by budget_id(); not 0 */
	const char *label; /* whose, may be cut; "": of all together */
	enum budget_every every;
};

/* What is close to any number and may be an id. */
uint64_t budget_id(uint64_t any);

/*
 * Its place, taken if need be; NULL when all are others'. One is taken from
 * who has spent nothing in its period. Only where there is none, the tenant
 * who has been silent for longest, and for an hour at least, is displaced, and
 * its sum forgotten; never one who is at its limit, nor a sum that many share.
 */
struct budget_place *budget_find(struct budget_place *all,
				 const struct budget_who *w, int64_t wall_ms);

/* Its place if it has one, else NULL. */
struct budget_place *budget_seen(struct budget_place *all,
				 const struct budget_who *w, int64_t wall_ms);

enum budget_says {
	BUDGET_GO,
	BUDGET_WAIT, /* there is something left, but all of it is reserved */
	BUDGET_FULL, /* it is spent */
	BUDGET_LOST, /* the place is another's by now: look for one again */
};

/* One reservation; of no place, none. */
struct budget_turn {
	struct budget_place *place;
	uint64_t id;
	enum budget_every every;
	uint32_t period, slice;
	int64_t amount;
};

/*
 * Reserves that amount, as long as less than the limit is spent or reserved:
 * so the last one may go beyond it, and only that one. t_r->period is the one
 * that was asked about, also where it may not go; then *t_r reserves nothing.
 * No reservation is of more than can be counted. A clock that was set back by
 * less than a period does not bring the last one back: what is spent is counted
 * for the next.
 */
enum budget_says budget_reserve(struct budget_turn *t_r,
				struct budget_place *p,
				const struct budget_who *w, int64_t wall_ms,
				int64_t amount, int64_t limit);

/* It has cost that; below 0 is 0. Once: then *t is of no place. If the period
 * is over meanwhile the sum is nobody's business any more. False when the
 * place is another's by now: the cost was counted nowhere. */
bool budget_settle(struct budget_turn *t, int64_t cost);

/* A call whose price nobody knows. */
void budget_unpriced(struct budget_place *p, uint32_t period);

/* Has more been spent (not reserved) than anybody was told? Then this caller
 * alone is to tell of all amounts above *from_r and up to *to_r. */
bool budget_news(struct budget_place *p, enum budget_every e, uint32_t period,
		 int64_t wall_ms, int64_t *from_r, int64_t *to_r);

struct budget_state {
	uint32_t period;
	int64_t spent, held; /* the former includes the latter */
	int64_t unpriced;
	int64_t full_ms;     /* since when it says BUDGET_FULL (wall); 0: it
			      * has not in this period */
	char label[BUDGET_LABEL + 1]; /* printable */
};

void budget_look(const struct budget_place *p, enum budget_every e,
		 int64_t wall_ms, struct budget_state *s_r);

#endif
