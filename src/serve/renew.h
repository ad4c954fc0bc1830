/*
 * Asking again behind an answer that has expired, when its caller has gone
 * its way: a request of its own walks the corridor, by a door that says what
 * the first one's said and leads nowhere.
 */
#ifndef SERVE_RENEW_H
#define SERVE_RENEW_H

#include "serve/req.h"

/*
 * Is r's answer to be renewed, by this request of all that get it? Then its
 * door is given the errand, with a copy of all that is needed. Call it when
 * the answer is whole.
 */
void renew_behind(struct req *r);

#endif
