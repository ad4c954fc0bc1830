/*
 * Small marks in this host's slab: what is remembered of a credential or a
 * question beside answers. Where there is no slab, nothing is.
 */
#ifndef SERVE_MARKS_H
#define SERVE_MARKS_H

#include "serve/req.h"

/*
 * May this caller have what another's credential got, by this plan? Under
 * scope = site with a credential of its own only when the upstream has
 * accepted that within the last hour.
 */
bool marks_trusts(struct req *r, const struct plan *p);
/* It has accepted it now, or refused it. */
void marks_accepted(struct req *r);
void marks_rejected(struct req *r);

/*
 * Hit-for-miss: the answer to this question turned out to be one that is not
 * kept, so for a minute nobody waits for anybody else's.
 */
bool marks_unkept(struct req *r);
void marks_set_unkept(struct req *r);

/* True for one request in ten seconds: the stored answer of r is to be asked
 * for again, and it is the one to do it. */
bool marks_renew(struct req *r);

#endif
