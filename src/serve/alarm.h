/*
 * Who is told that a budget has reached one of its marks: stderr at once; a
 * webhook and a command behind an answer, so that no caller waits for them.
 * What they are given holds no prompt and no key.
 */
#ifndef SERVE_ALARM_H
#define SERVE_ALARM_H

#include "serve/req.h"

struct alarms; /* of a site: those that are still to be told */

struct alarms *alarms_new(void);
/* Those that are left were on stderr. */
void alarms_free(struct alarms **a);

/* By r the budget has come from one sum of that period to another: the marks
 * between them are alarms. The caller alone knows of it. */
void alarm_note(struct req *r, const struct budget_rule *b, uint32_t period,
		picousd from, picousd to);

/* Gives r's door the errand to tell of all that wait. Call it when the answer
 * is whole. */
void alarm_behind(struct req *r);

#endif
