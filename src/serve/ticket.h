/*
 * Leave to call an upstream: its breaker is closed, and its limits, which all
 * processes of the host share, have room. Who has no turn yet waits in a
 * bounded queue, tenants in turn.
 */
#ifndef SERVE_TICKET_H
#define SERVE_TICKET_H

#include "serve/verdict.h"

/* For r->plan.target. 0, or -1 with r->fail (and r->out.aborted when the
 * caller left meanwhile). */
int ticket_take(struct req *r);

/* I am at work. */
void ticket_beat(struct req *r);

/* The upstream answers: who waits for a probe need not wait for the end of a
 * long stream. */
void ticket_answers(struct req *r);

/* Gives it back, and says how the call went. */
void ticket_give(struct req *r, const struct verdict *v);

#endif
