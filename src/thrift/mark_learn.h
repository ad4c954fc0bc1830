/*
 * mark.c's memory for prefixes in general: what it is worth to have one of a
 * certain class in the provider's cache. Classes are by kind, turn, how soon
 * it came back the last time, length and owner; what little is known of a
 * narrow class is filled up with what is known of the wider one around it.
 */
#ifndef THRIFT_MARK_LEARN_H
#define THRIFT_MARK_LEARN_H

#include "thrift/mark.h"

#define MARK_GRADES 4
#define MARK_LEVELS 4
#define MARK_FIVE_MS 300000
#define MARK_HOUR_MS 3600000

enum mark_kind {
	MARK_NEW,    /* what a request adds to what was sent before */
	MARK_OLD,    /* what of a conversation was sent before */
	MARK_SYSTEM, /* tools and system text */
	MARK_KINDS
};

struct mark_class {
	enum mark_kind kind;
	unsigned turn;  /* a bucket: mark_turn_bucket() */
	unsigned grade; /* below MARK_GRADES: mark_grade() */
	size_t tokens;
	uint64_t who;
};

/*
 * What a token that is in the cache now saves later, compared with one that
 * is not but may be written when it is sent next; in units of its price.
 * Life by life.
 */
struct mark_worth {
	float five, hour;
};

unsigned mark_turn_bucket(unsigned turn);
/* 0: never seen before; else how long ago. */
unsigned mark_grade(bool seen, int64_t gap_ms);

struct mark_worth mark_worth_of(const struct mark_ask *q,
				const struct mark_class *c);

/* A prefix of the class has been sent now. */
void mark_learn_sent(const struct mark_ask *q, const struct mark_class *c);

/* One that had been sent gap_ms ago was sent again, or that part of it, and
 * what follows it now (or it itself) is worth so much. */
void mark_learn_again(const struct mark_ask *q, const struct mark_class *c,
		      int64_t gap_ms, float part,
		      const struct mark_worth *next);

/* What writing costs more than sending, and reading less; in units of a
 * token's price. */
struct mark_rates {
	float saves, five, hour;
};
struct mark_rates mark_rates_of(const struct mark_terms *t);

#endif
