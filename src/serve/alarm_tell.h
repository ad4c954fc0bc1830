/* How alarms are told, one after the other; a part of alarm.c. */
#ifndef SERVE_ALARM_TELL_H
#define SERVE_ALARM_TELL_H

#include "serve/alarm_queue.h"
#include "serve/lane.h"
#include "serve/settings.h"

/* One go at all that wait: it takes no longer than three times c's timeout,
 * however many there are. */
struct alarm_round {
	const struct alarm_conf *c;
	struct lane *lane;
	int64_t until_ms; /* monotonic */
	bool dead;        /* the webhook has failed, and is not asked again */
};

void alarm_round(struct alarm_round *t_r, const struct alarm_conf *c,
		 struct lane *lane);

/*
 * By command and by webhook, each within c's timeout. What fails is a line on
 * stderr; the webhook is asked once more after a second. True when there is
 * nothing left to do for *a; else a later round does it.
 */
bool alarm_tell(struct alarm_round *t, struct alarm *a);

#endif
