/*
 * How much an upstream is asked at once and a minute, over all processes of
 * the host, and who waits for a turn. On the board; nobody holds a lock, and
 * what a dead process held is free again after LIMIT_DEAD_MS.
 *
 * The rates are token buckets (GCRA): they allow a sixth of the minute's
 * number at once, and what they are owed is never more than a minute's. A
 * queue serves tenants in turn, whoever came first. Who has not asked for
 * LIMIT_GONE_MS is passed over, and loses its place but not its turn.
 */
#ifndef STORE_LIMIT_H
#define STORE_LIMIT_H

#include <stdbool.h>

#include "base/hash.h"
#include "store/board.h"

#define LIMIT_POLL_MS 20   /* how often one who waits asks again */
#define LIMIT_BEAT_MS 2000 /* how often, at least, who has a turn beats */
#define LIMIT_DEAD_MS 10000
#define LIMIT_GONE_MS 1000 /* one who waits and has not asked for so long */
#define LIMIT_CONCURRENT BOARD_RUN /* the most that may be configured */
#define LIMIT_QUEUE BOARD_WAIT

struct limit_conf {
	int concurrent;    /* 0: any number; at most LIMIT_CONCURRENT */
	int64_t requests;  /* a minute; 0: any number */
	int64_t tokens;    /* a minute; 0: any number */
	int queue;         /* how many may wait; at most LIMIT_QUEUE */
};

/* The place of that id, taken if need be; NULL when all are others': then
 * nothing is limited: limit_ask() says so. To be called anew for each
 * request: a place that is not is given away. */
struct board_limit *limit_find(struct board *b, const struct key *id);
/* The same for those who only look; NULL when it has never been used. */
const struct board_limit *limit_seen(const struct board *b,
				     const struct key *id);

/* One request's; zeroed at first. */
struct limit_turn {
	struct board_limit *place;
	int64_t run, wait;  /* what it wrote into its slots; 0: it has none */
	int run_at, wait_at;
	int64_t tokens;     /* taken from the bucket beforehand */
	int64_t at_ms;      /* when it last asked or beat */
	uint64_t round, order; /* its turn among those who wait */
};

enum limit_says {
	LIMIT_GO,   /* it is your turn: end with limit_done() */
	LIMIT_WAIT, /* ask again in LIMIT_POLL_MS, or limit_leave() */
	LIMIT_FULL, /* as many wait as may; also said to the last of those
		     * who waited, when one came whose turn is sooner */
};

/* tenant: who asks, for fairness; tokens: a guess at what it will use. A
 * request that is larger than the bucket goes when that is full. */
enum limit_says limit_ask(struct board_limit *p, const struct limit_conf *c,
			  uint64_t tenant, int64_t tokens, int64_t mono_ms,
			  struct limit_turn *t);
/* I am at work (or wait). */
void limit_beat(struct limit_turn *t, int64_t mono_ms);
/* Waits no longer. Nothing happens when t does not wait. */
void limit_leave(struct limit_turn *t);
/* tokens: what it used in all; -1 when nobody knows: the guess stands; 0
 * when it was not asked after all: then the request is not counted either.
 * Nothing happens when t has no turn. */
void limit_done(struct limit_turn *t, const struct limit_conf *c,
		int64_t tokens);

/* For people, Retry-After and x-ratelimit-*. */
struct limit_state {
	int running, waiting;
	int64_t requests_left, tokens_left;         /* now */
	int64_t requests_full_ms, tokens_full_ms;   /* until all are */
	int64_t retry_ms; /* until one more request could go, as far as the
			   * rates say */
};
void limit_look(const struct board_limit *p, const struct limit_conf *c,
		int64_t mono_ms, struct limit_state *s_r);

#endif
