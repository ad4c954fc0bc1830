/*
 * Under scope = site answers are shared by callers of many accounts. Who comes
 * with a credential of its own gets another's only when the upstream has
 * accepted that credential within the last hour.
 */
#ifndef SERVE_TRUST_H
#define SERVE_TRUST_H

#include "serve/req.h"

/* May this caller have what another's credential got, by this plan? */
bool trust_holds(struct req *r, const struct plan *p);
/* The upstream that was asked has accepted it now, or refused it. */
void trust_accepted(struct req *r);
void trust_rejected(struct req *r);

#endif
