/* Waiting in a caller's name: nobody waits longer than for him, for those who
 * follow his call, or for a process that is to end. */
#ifndef SERVE_WAIT_H
#define SERVE_WAIT_H

#include "serve/req.h"

/* What larder asks for itself has taken as long as it may: larder leaves, as
 * a caller would, and nobody is to blame. */
bool wait_out_of_time(const struct req *r);

/* Has he hung up (does he, within so many ms)? Is the process to end? */
bool wait_caller_gone(const struct req *r, int64_t ms);
bool wait_stopping(const struct req *r, int64_t ms);

enum wait_end {
	WAIT_OVER,    /* so much time has gone by */
	WAIT_GONE,    /* the caller left and nobody follows */
	WAIT_STOPPED, /* the process is to end */
};

/* How much longer it may wait in all, between calls and for its turn. */
int64_t wait_budget(const struct req *r);

/* Work goes on: to those who follow, and to whom this is asked aside for. */
void wait_beat(struct req *r);

/* Waits, and shows signs of life to followers and to the caller. */
enum wait_end wait_for(struct req *r, int64_t ms);

/* He has left, and nobody waits: the refusal that says so, to the log. -1. */
int wait_left(struct req *r);

/* A sign of life to a caller who gets a stream and has not heard anything
 * for [larder] keep_alive: a comment, behind the head of a stream if none was
 * sent. 0, or -1 when he is gone. */
int wait_keep_alive(struct req *r);

#endif
