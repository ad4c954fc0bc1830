/* A stored answer: how it is written into the cache, found and judged. */
#ifndef SERVE_ANSWER_H
#define SERVE_ANSWER_H

#include "serve/req.h"

/*
 * Looks for the answer to k->key and judges whether this caller may have it
 * now: tenant, freshness, directives, and under scope = site with a
 * credential of the caller's own whether the upstream has accepted that.
 * Fills *h_r, its bytes in the form that p wants (its `refused` also when it
 * was not found); true when it was. What cannot be converted is forgotten.
 */
bool answer_find(struct req *r, const struct keyed *k, const struct plan *p,
		 struct hit *h_r);

/* Stores r->out under r->keyed.key. True when it is in. */
bool answer_store(struct req *r);

/* Remembers that the upstream accepted the caller's own credential. */
void answer_accepted(struct req *r);

#endif
