/*
 * The threads of a process, and which of them wait for requests: a few, for
 * more than can be at work only make the processors change between them. While
 * those are at work what is asked waits for the first of them to be done; the
 * others are parked.
 *
 *             crew_turn       crew_begin
 *   off, parked ----> on, free ---------> on, at work -+
 *        ^               ^                  |          | crew_away, or held up
 *        | one too many  |     crew_end     |          v
 *        +---------------+------------------+        off, at work
 *        ^                                             | crew_end
 *        +---------------------------------------------+
 *
 * Who is off does not count: another one takes its turn when nobody is free
 * any more. Who waits for an upstream says so, by crew_away(). Who is held up
 * without knowing it (by a caller that does not read, by a disk) is found by
 * the process's main thread, which looks every few ms while nobody is free,
 * and takes whoever has been at one request for 20 ms to be off. And where all
 * are at work and yet do little, since each request waits a while (for
 * memcached on another host), it lets more than a few have turns, as long as
 * they are needed: twice as many at each look. Who pauses in between (as
 * kept_next() may for a millisecond) counts as free.
 */
#ifndef DOOR_CREW_H
#define DOOR_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct crew {
	int (*hire)(void *ctx); /* starts a thread: 0, or -1 */
	void *ctx;
	int wake_fd; /* readable: crew_look() is to be called */
	int few, max;

	pthread_mutex_t lock; /* to change what follows, up to on */
	pthread_cond_t called;
	struct hand *all;
	int parked, calls;   /* wait in crew_turn; may leave it */
	bool stopping, done; /* nobody parks any more; somebody has left */
	_Atomic int threads;
	_Atomic int extra;   /* so many more than a few may be on */
	_Atomic int on;

	_Atomic int at_work;  /* of those that are on */
	_Atomic bool watched; /* crew_look() is called every few ms */
	_Atomic uint64_t look; /* counts every 5 ms of that */

	/* The main thread's: */
	int crowded, calm, enough; /* how often in turn it has found that */
	int64_t at_us, tick_us;    /* when it looked last, and began `look` */
};

/* One of them. */
struct hand {
	struct crew *crew;
	struct hand *next, **at; /* in all */
	_Atomic uint64_t since;  /* off, free, or the look of crew_begin() */
	clockid_t clock;         /* of what it uses, and that */
	int64_t cpu_us;          /* by the last look; -1: it was off */
};

/* 1 <= few, max. 0, or -1 and errno. */
int crew_init(struct crew *c, int few, int max, int (*hire)(void *ctx),
	      void *ctx);
void crew_fini(struct crew *c);

/* Starts the first thread. 0, or -1. */
int crew_hire(struct crew *c);

/* By each thread that was started: it is on, and free. */
void crew_join(struct crew *c, struct hand *h);

/* It ends. How many are left? */
int crew_leave(struct hand *h);

/* Waits until it may look for a request, which is at once as a rule. */
void crew_turn(struct hand *h);

/* Around a request. */
void crew_begin(struct hand *h);
void crew_end(struct hand *h);

/* In the middle of one, perhaps more than once: it is going to wait for an
 * upstream. hand: a struct hand. */
void crew_away(void *hand);

/* All may have turns: what was asked is to be answered, and then they end. */
void crew_stop(struct crew *c);

/* For the main thread, when wake_fd is readable and as often as it says: ms
 * until the next time, or -1 for when wake_fd is readable again. now_us: of
 * the monotonic clock. */
int crew_look(struct crew *c, int64_t now_us);

#endif
