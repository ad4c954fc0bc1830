/*
 * Who comes with a credential of its own may have made it up. Until an
 * upstream has accepted it, within the last hour, it is a stranger's: under
 * scope = site, where answers are shared by callers of many accounts, it gets
 * no other's; and it reserves nothing of budgets that are others', too
 * (serve/spend.h).
 */
#ifndef SERVE_TRUST_H
#define SERVE_TRUST_H

#include "serve/req.h"

/* May this caller have what another's credential got, by this plan? */
bool trust_holds(struct req *r, const struct plan *p);
/* Has it no larder key, nor a credential that the plan's upstream is known to
 * accept? For budgets alone, and known where they are
 * (store/budget_known.h). */
bool trust_is_stranger(const struct req *r, const struct plan *p);
/* The upstream that was asked has accepted it now, or refused it (401, 403).
 * With 403 it is known all the same, and may not have what it asked for. */
void trust_accepted(struct req *r);
void trust_rejected(struct req *r);

#endif
