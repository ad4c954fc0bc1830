/* What goes to a target: URL, headers, and the body with its edits. */
#ifndef SERVE_ASK_H
#define SERVE_ASK_H

#include "serve/req.h"

/* Fills all of *c but how long it may take and what relay_attach() does, from
 * r->a. Leaves r as it was, so that it can be asked of another target. */
void ask_build(struct req *r, const struct target *t, struct net_call *c);

/* Has the upstream refused r because larder asked for a stream's usage? Then
 * it is not asked for any more (r->tries.no_usage). */
bool ask_less(struct req *r);

/* The caller's own key alone, out of the header in which his dialect has it,
 * or else the other one; empty when it is of another scheme than Bearer. */
struct str ask_own_key(const struct req *r);

/* How long a call that begins now may take, ms; 0: as long as it likes. */
int64_t ask_total_ms(const struct req *r, const struct upstream *u);

#endif
