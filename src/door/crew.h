/*
 * Which of a process's threads wait for requests: only a few at a time. While
 * those are at work, what is asked next waits for the first of them to be
 * done, since a thread more would only make the processors change between
 * them. Who is going to wait itself, for an upstream, says so, and another
 * takes its turn. And should one be held up without a word (a caller that
 * does not read, a disk), the process's main thread sees within a few ms that
 * all are at work and none gets done, and lets one more have a turn.
 *
 *      off  --- crew_turn() ---> on: waits, or is at work ---+
 *       ^                          |                         |
 *       +------ too many on -------+                    crew_away()
 *       +----------------------------------------------------+
 */
#ifndef DOOR_CREW_H
#define DOOR_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct crew {
	pthread_mutex_t lock; /* to change anything above the line */
	pthread_cond_t turn;
	int (*hire)(void *ctx); /* starts a thread: 0, or -1 */
	void *ctx;
	int wake_fd; /* readable: crew_look() is to be called */
	int few;     /* may be on, and as many more as are held up */
	int max;     /* threads */
	_Atomic int threads, on, off, extra;
	bool stopping;
	/* ------------------------------------------------------------------ */
	_Atomic int at_work;   /* of those who are on */
	_Atomic unsigned done; /* requests */
	_Atomic bool watched;  /* crew_look() is called every few ms */
	unsigned done_then;    /* when it was last, and */
	int calm;              /* how often somebody was free since then */
};

/* A thread of it. All zeros but the crew at first. */
struct hand {
	struct crew *crew;
	bool on, at_work;
};

/* `few` is at least 1. 0, or -1 and errno. */
int crew_init(struct crew *c, int few, int max, int (*hire)(void *ctx),
	      void *ctx);
void crew_fini(struct crew *c);

/* One more thread, unless there are max. */
void crew_hire(struct crew *c);

/* The calling thread ends. How many are left? */
int crew_leave(struct hand *h);

/* Waits until h's thread is to wait for the next request. */
void crew_turn(struct hand *h);

/* Around a request. */
void crew_begin(struct hand *h);
void crew_end(struct hand *h);

/* In the middle of one: it is going to wait for others, for long. */
void crew_away(void *hand);

/* For the main thread, when wake_fd is readable and as often as it says: ms
 * until the next time, or -1 for when wake_fd is readable again. */
int crew_look(struct crew *c);

/* No more turns are waited for: everybody looks for what is left to do. */
void crew_stop(struct crew *c);

#endif
