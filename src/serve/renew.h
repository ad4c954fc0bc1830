/*
 * Asking again behind an answer that has expired, when its caller has gone
 * its way: a request of its own walks the corridor, by a door that says what
 * the first one's said and leads nowhere.
 */
#ifndef SERVE_RENEW_H
#define SERVE_RENEW_H

#include "serve/req.h"

struct back_door {
	struct door door;
	struct req *front;
	struct str rest; /* of the body */
};

/*
 * Is r's answer to be renewed, by this request of all that get it, and can
 * its caller be let go? Then the caller is, and d is a door for the walk; r
 * must outlive it.
 */
bool renew_begin(struct req *r, struct back_door *d);

#endif
