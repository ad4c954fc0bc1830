/* Between the parts of `larder doctor`. */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include "base/arena.h"
#include "serve/site.h"

enum finding { FINE, ODD, BAD };

struct doctor {
	struct site *site;
	struct arena *a;
	enum finding worst;
};

/* One finding, on a line of its own. */
void doctor_say(struct doctor *d, enum finding f, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* How many requests `larder serve` can hold, and whether it is let: its
 * descriptors, its tasks and the length of its queue. */
void doctor_serve(struct doctor *d);

#endif
