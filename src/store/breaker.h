/*
 * A circuit breaker on the board: what fails is left alone for a while, then
 * tried by one request, on behalf of all processes of the host. For upstreams
 * (and memcached nodes: node.h). Every number is atomic, any value of it is
 * harmless, and a prober may die.
 */
#ifndef STORE_BREAKER_H
#define STORE_BREAKER_H

#include <stdbool.h>

#include "base/hash.h"
#include "store/board.h"

struct breaker_conf {
	int row;            /* failures with no success between them; 0: off */
	int percent, least; /* or so many of a hundred, of at least so many,
			     * within window_ms; percent 0: never */
	int64_t window_ms;
	int64_t first_ms;   /* how long it is open at first, */
	int64_t most_ms;    /* doubling up to this; less up to a quarter at
			     * random */
	int64_t probe_ms;   /* how long a probe may take before its prober
			     * counts as dead */
};

/* The place of that id, taken if need be; NULL when all are others': then
 * there is no breaker, and everything below says and does nothing. To be
 * called anew for each request: a place that is not is given away. */
struct board_breaker *breaker_find(struct board *b, const struct key *id);
/* The same for those who only look; NULL when it has never been used. */
const struct board_breaker *breaker_seen(const struct board *b,
					 const struct key *id);

/* p is one account's, among all who have to do with the breaker `all`. */
void breaker_of(struct board_breaker *p, const struct key *all);

enum breaker_use {
	BREAKER_USE,   /* closed: go on */
	BREAKER_PROBE, /* it was open: you alone may try, and must say how it
			* went: good, bad, or let */
	BREAKER_OPEN,  /* do without */
};

/* One request's, to be handed back with how it ended. */
struct breaker_turn {
	enum breaker_use as;
	uint64_t era;  /* how often it had opened: what was asked before that
			* says nothing later */
	int64_t probe; /* what it wrote on the board */
};

enum breaker_use breaker_use(struct board_breaker *p,
			     const struct breaker_conf *c, int64_t mono_ms,
			     struct breaker_turn *t_r);

/* The same without taking the probe: would it be BREAKER_OPEN? */
bool breaker_is_open(const struct board_breaker *p,
		     const struct breaker_conf *c, int64_t mono_ms);

/* How a request ended that was told to go on. A prober that took too long
 * says nothing any more once another has set out. */
void breaker_good(struct board_breaker *p, const struct breaker_conf *c,
		  const struct breaker_turn *t, int64_t mono_ms);
/* True when this opened it (and not only kept it open). */
bool breaker_bad(struct board_breaker *p, const struct breaker_conf *c,
		 const struct breaker_turn *t, int64_t mono_ms,
		 uint64_t random);
/* It says nothing about the other side: its caller left. */
void breaker_let(struct board_breaker *p, const struct breaker_turn *t);

/* For people and for Retry-After. */
struct breaker_state {
	bool open;
	bool tried;       /* just now, by a probe */
	int64_t open_ms;  /* until it is tried again; 0: now */
	uint64_t opened;  /* how often, since the slab was made */
	uint64_t row;     /* failures since the last success */
};
void breaker_look(const struct board_breaker *p,
		  const struct breaker_conf *c, int64_t mono_ms,
		  struct breaker_state *s_r);

/* How many accounts' are open, of those among `all`. */
unsigned breaker_open_among(const struct board *b, const struct key *all,
			    const struct breaker_conf *c, int64_t mono_ms);

/* first_ms doubled so many times, but no more than most_ms, less up to a
 * quarter at random. */
int64_t breaker_pause_ms(int64_t first_ms, int64_t most_ms, uint64_t times,
			 uint64_t random);

#endif
