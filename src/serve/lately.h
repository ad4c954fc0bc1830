/*
 * What happened lately, in this host's slab: entries that say no more than
 * that, and go by themselves. Where there is no slab, nothing has.
 */
#ifndef SERVE_LATELY_H
#define SERVE_LATELY_H

#include "serve/req.h"

/* Has it, under that name? Now it has, and for so long. */
bool lately(struct req *r, const struct key *k);
void lately_set(struct req *r, const struct key *k, int64_t ms);
void lately_drop(struct req *r, const struct key *k);

/*
 * Hit-for-miss: the answer to this question turned out to be one that is not
 * kept, so for a minute nobody waits for anybody else's.
 */
bool lately_unkept(struct req *r);
void lately_set_unkept(struct req *r);

/* True for one request in ten seconds: the stored answer of r is to be asked
 * for again, and it is the one to do it. */
bool lately_may_renew(struct req *r);

#endif
