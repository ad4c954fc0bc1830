/* What goes to the upstream: URL, headers, and the body with its edits. */
#ifndef SERVE_ASK_H
#define SERVE_ASK_H

#include "serve/req.h"

/* Fills method, url, headers, body and time-outs of *c, all from r->a. */
void ask_build(struct req *r, struct net_call *c);

#endif
