/* Which model a request is for: by the rules, by what a classifier says of
 * it, and by what the conversation has had so far. */
#ifndef SERVE_HEADING_H
#define SERVE_HEADING_H

#include "serve/req.h"

struct heading {
	struct str model;
	const char *better; /* to be asked when its answer is weak, or NULL */
};

/* Fills plan.route, plan.rule and plan.why as well. A classifier is asked
 * here, before the question has a name: which model it is for is part of the
 * name. Its answers are cached like any other. */
void heading_choose(struct req *r, struct heading *h);

#endif
