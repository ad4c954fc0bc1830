/*
 * How many threads a process has. All who are free wait for requests, so more
 * of them than can be at work only make the processors change between them;
 * so one is added when it is needed, and not just when all are at work:
 *
 *   - at once where fewer than `few` could serve, not counting those who have
 *     said that they wait for an upstream;
 *   - and where all stay at work: soon when they do little, for then something
 *     holds them up (a caller that does not read, a disk, memcached), and
 *     after 50 ms in any case. The process's main thread looks every few ms
 *     while all are at work.
 */
#ifndef DOOR_CREW_H
#define DOOR_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct crew {
	int (*hire)(void *ctx); /* starts a thread: 0, or -1 */
	void *ctx;
	int wake_fd; /* readable: crew_look() is to be called */
	int few, max;

	pthread_mutex_t lock; /* to change threads */
	_Atomic int threads;
	_Atomic int busy;     /* have a request; */
	_Atomic int away;     /* wait with it for an upstream */
	_Atomic bool watched; /* crew_look() is called every few ms */

	/* The main thread's, of its last look. */
	int crowded, calm; /* how often in turn it has found that */
	int64_t cpu_us, at_us;
};

/* One of its threads; begins as the crew and zeros. */
struct hand {
	struct crew *crew;
	bool away;
};

/* 1 <= few, max. 0, or -1 and errno. */
int crew_init(struct crew *c, int few, int max, int (*hire)(void *ctx),
	      void *ctx);
void crew_fini(struct crew *c);

/* One more thread, unless there are max. */
void crew_hire(struct crew *c);

/* The calling thread ends. How many are left? */
int crew_leave(struct crew *c);

/* Around a request. */
void crew_begin(struct hand *h);
void crew_end(struct hand *h);

/* In the middle of one, perhaps more than once: it is going to wait for an
 * upstream. */
void crew_away(void *hand);

/* For the main thread, when wake_fd is readable and as often as it says: ms
 * until the next time, or -1 for when wake_fd is readable again. cpu_us: what
 * the process has used so far, by at_us of the monotonic clock. */
int crew_look(struct crew *c, int64_t cpu_us, int64_t at_us);

#endif
