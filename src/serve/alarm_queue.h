/*
 * Alarms that wait to be told, of one process (serve/alarm.h). One thread
 * at a time tells them. What it could not tell is put back and waits for the
 * next request, after a rest that grows with every time: so a webhook that is
 * dead holds at most one courier, and that for half of its time.
 *
 * They are in memory only. What is left when the process ends, or finds no
 * place, is a line on stderr that says so.
 */
#ifndef SERVE_ALARM_QUEUE_H
#define SERVE_ALARM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALARM_REST_MIN_MS 1000
#define ALARM_REST_MAX_MS 300000

struct alarm {
	struct alarm *next;
	char budget[64], tenant[64], mark[64], spent[32], limit[32];
	bool posted, ran; /* the webhook knows; the command was run */
	size_t length;
	char json[];
};

struct alarms; /* of a site: those that are still to be told */

struct alarms *alarms_new(void);
/* Those of another reading of the configuration are this one's, too, and are
 * told as this one says; at once, as it may have been mended. */
struct alarms *alarms_follow(struct alarms *s);
/* The last one gives up those that are left. */
void alarms_unref(struct alarms **s);
/* A line on stderr for each that waits; then none does. */
void alarms_give_up(struct alarms *s);

/* Takes a, which is from malloc(). */
void alarms_add(struct alarms *s, struct alarm *a);

/* Is it the caller who is to tell now (monotonic)? Then alarms_end() must
 * follow. False: nothing waits, it is too early, or somebody is at it. */
bool alarms_begin(struct alarms *s, int64_t now_ms);

/* All that wait, the oldest first: the caller's. */
struct alarm *alarms_take(struct alarms *s);

/* The caller has told all but those of `left`, which are put back in front of
 * the others. tried: by no fault of the webhook's if it was not. */
void alarms_end(struct alarms *s, struct alarm *left, bool tried,
		int64_t now_ms);

#endif
