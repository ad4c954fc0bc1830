/*
 * What a call used, where its upstream does not say: a stream without usage,
 * one that broke or that its caller left, a reply too large to be kept, or a
 * document that is no reply. Counted here, and marked as `estimated`: a cost
 * that nobody knows is one that nobody sees.
 */
#ifndef SERVE_METER_H
#define SERVE_METER_H

#include "serve/relay.h"

/* No call costs more; who says so is mistaken. */
#define METER_MOST (1000 * 1000000000000ll)

/* Completes r->out.facts.usage once a call has ended: input as it was sent,
 * output as far as it came, and no more than the request allows. What was said
 * stays, but for the output of a call that was cut short, which may have been
 * said before it began. */
void meter_fill(struct relay *y);

/* The cost of r->out by the price table (r->out.priced_as is the name it was
 * found under) or, where that does not know the model, as the reply says. */
picousd meter_cost(struct req *r);

/* What the reply itself says that it cost; PRICE_UNKNOWN when it does not. */
picousd meter_said(const struct reply_facts *f);

#endif
