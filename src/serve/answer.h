/* A stored answer: how it is written into the cache, found and judged. */
#ifndef SERVE_ANSWER_H
#define SERVE_ANSWER_H

#include "serve/req.h"

enum answer_where {
	ANSWER_ANYWHERE,
	ANSWER_HERE,   /* on this host */
	ANSWER_SHARED, /* past this host's: has another stored one? */
};

/*
 * Looks for the answer to k->key and judges whether this caller may have it
 * now: tenant, tag, freshness, directives, and under scope = site with a
 * credential of the caller's own whether the upstream has accepted that.
 * Fills *h_r, its bytes in the form that p wants (its `refused` and `spare`
 * also when it was not found); true when it was. What cannot be converted is
 * forgotten.
 */
bool answer_find(struct req *r, const struct keyed *k, const struct plan *p,
		 enum answer_where where, struct hit *h_r);

/* How long an answer to this request would be fresh, ms; 0: it is not kept. */
int64_t answer_ttl(const struct req *r);

/* Has r->hit, found as the answer to k, not been purged since? */
bool answer_still(const struct req *r, const struct keyed *k,
		  const struct plan *p);

/* Stores r->out as the answer to k, fresh for so long. True when it is in. */
bool answer_store(struct req *r, const struct keyed *k, int64_t ttl_ms);

/* What a stored answer is about, for `larder purge`. */
struct answer_about {
	struct forget_by by;
	struct forget_stamp stamp;
};

/* Reads the front of a record as answer_store() writes it. 0, or -1 when it
 * is something else. The strings point into it. */
int answer_about(struct answer_about *a_r, struct str record);

#endif
