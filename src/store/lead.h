/*
 * The lock by which a leader shows that it lives: robust, so the kernel tells
 * of its death. It is only ever tried, never waited for, and tried only under
 * the lock of its shard.
 *
 * A held robust lock is a link in a list of its thread, and the links lie in
 * the file, where they may be damaged for as long as a flight takes; glibc
 * would follow them. So who keeps one knows by heart what must be in it and
 * puts that back before letting go.
 */
#ifndef STORE_LEAD_H
#define STORE_LEAD_H

#include <pthread.h>
#include <stdbool.h>

/* One that this thread keeps. */
struct lead {
	pthread_mutex_t *lock;
	struct lead *below; /* which it kept before this one */
};

/* 1: ours now, whoever had it is gone. 0: somebody alive has it. -1: it is
 * damaged, nobody can tell. */
int lead_try(pthread_mutex_t *m);

/* Lets go of one that was just tried; the shard's lock is still held. */
void lead_drop(pthread_mutex_t *m);

/* Keeps one that was just tried, after the shard's lock was left. l must
 * live until lead_give(), which also wants that lock not to be held. */
void lead_keep(struct lead *l, pthread_mutex_t *m);
void lead_give(struct lead *l);

/* Does this thread keep m? */
bool lead_keeps(const pthread_mutex_t *m);

#endif
