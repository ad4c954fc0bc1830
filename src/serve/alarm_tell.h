/* How one alarm is told; a part of alarm.c. */
#ifndef SERVE_ALARM_TELL_H
#define SERVE_ALARM_TELL_H

#include "serve/lane.h"
#include "serve/settings.h"

struct alarm {
	struct alarm *next;
	char budget[64], tenant[64], mark[64], spent[32], limit[32];
	size_t length;
	char json[];
};

/* By webhook and by command, one after the other, each within c's timeout.
 * What fails is a line on stderr. */
void alarm_tell(const struct alarm_conf *c, struct lane *lane,
		const struct alarm *a);

#endif
