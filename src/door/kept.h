/*
 * The connections of a process, and the threads that serve them. A thread is
 * one's for a request only: an idle connection, kept open by a web server for
 * the next request, holds none, so it starves nobody; and the thread that was
 * last at work, whose things are still in the processor's cache, is the next
 * to be woken.
 *
 *   listening ->  accepted --+--> busy (one thread's) --> closed
 *                            |      ^  |
 *                            +-> idle <-+  in the epoll set, once
 */
#ifndef DOOR_KEPT_H
#define DOOR_KEPT_H

#include <stdbool.h>

struct kept;
struct conn;

struct kept_conf {
	int listen_fd; /* non-blocking, shared with other processes */
	int stop_fd;   /* readable for ever once it is time to stop */
	int read_ms, write_ms; /* for each read and write */
	int most;      /* connections; then new ones are left to others */
	/* Is it better that another process takes a new connection, if one
	 * does within a millisecond? NULL: never. */
	bool (*modest)(void *ctx);
	void *ctx;
};

/* NULL and errno when it cannot be had. */
struct kept *kept_open(const struct kept_conf *c);

/* When no thread uses it any more; closes what is open. */
void kept_close(struct kept **k);

/* A connection on which there is something to read, which is this thread's
 * until it gives it back. Waits for it; NULL when it is time to stop and all
 * that was asked on those that are open is being answered, or, with a log
 * line, when this thread cannot wait. Any thread may call it. */
struct conn *kept_next(struct kept *k);

int kept_fd(const struct conn *c);

/* The request is answered: the connection is idle, and costs a descriptor as
 * long as its web server keeps it. It is closed when it is time to stop and
 * nothing more was asked on it. */
void kept_back(struct kept *k, struct conn *c);

/* Or it is over: closes it. */
void kept_drop(struct kept *k, struct conn *c);

/* Or somebody else has closed it. */
void kept_forget(struct kept *k, struct conn *c);

#endif
