/*
 * Who is told that a budget has reached one of its marks: stderr at once; a
 * webhook and a command behind an answer, so that no caller waits for them.
 * What they are given holds no prompt and no key.
 *
 * stderr is told once. The webhook is asked again behind later requests until
 * it has said yes; the command is run once. What has not been told when the
 * process ends is not told any more, and a line on stderr says so; one that
 * is killed says nothing.
 */
#ifndef SERVE_ALARM_H
#define SERVE_ALARM_H

#include "serve/req.h"

/* By r the budget has come from one sum of that period to another: the marks
 * between them are alarms. The caller alone knows of it. */
void alarm_note(struct req *r, const struct budget_rule *b, uint32_t period,
		picousd from, picousd to);

/* Gives r's door the errand to tell of all that wait. Call it when the answer
 * is whole. */
void alarm_behind(struct req *r);

#endif
