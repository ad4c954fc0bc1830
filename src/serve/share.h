/*
 * One call for all who ask the same at once. Who leads tells the others what
 * it gets; who follows drives the callbacks of a struct net_call with that,
 * as the network would. Hosts share by leases in memcached: there one waits
 * until the other's answer is stored.
 */
#ifndef SERVE_SHARE_H
#define SERVE_SHARE_H

#include "serve/answer.h"

enum share_way {
	SHARE_ASK,    /* the upstream; others may follow */
	SHARE_FOLLOW, /* share_follow() */
	SHARE_DONE,   /* r->hit is the answer, or there is nothing to do */
};

/*
 * Joins those who ask the same. Callers who may not have another's answer,
 * or not one that was asked for earlier, ask for themselves. Who is to ask
 * looks once more whether somebody stored the answer meanwhile, and waits
 * for another host that asks.
 */
enum share_way share_join(struct req *r);

/* Did the answer come between our looking and our asking? Then it is in
 * r->hit. */
bool share_found(struct req *r, enum answer_where where);

enum share_heard {
	HEARD_END,    /* *end_r is how the call ended */
	HEARD_STORED, /* the answer is in the cache, and in r->hit */
	HEARD_AGAIN,  /* the leader is gone: join again */
	HEARD_ALONE,  /* what it gets is not for this caller: ask yourself */
};

/* Follows to the end. A leader that dies is no end as long as the caller has
 * not been sent anything. */
enum share_heard share_follow(struct req *r, const struct net_call *c,
			      enum net_end *end_r);

/* Does not follow after all. */
void share_leave(struct req *r);

/* -- a leader's; nothing happens where r does not lead --------------------- */

/* The head of the answer, then bytes of it, then that it was all. What is not
 * good (an error, or something in the place of an answer) is told to callers
 * with the same credential alone. */
void share_head(struct req *r, bool good);
void share_bytes(struct req *r, struct str bytes);
void share_all(struct req *r);
/* There was no answer: why. */
void share_none(struct req *r, enum net_end end);
/* r->out, which came whole or not at all; nothing when it has been told. */
void share_collected(struct req *r);
/* No call was made: r->fail, for those of the same credential. */
void share_refused(struct req *r);
/* I am at work. */
void share_beat(struct req *r);
/* Does somebody wait, though my own caller has left? */
bool share_wanted(const struct req *r);
/* Lands, and gives back the lease; after the answer was stored. */
void share_end(struct req *r);

#endif
