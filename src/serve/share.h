/*
 * One call for all who ask the same at once. Who leads tells the others what
 * it gets; who follows drives the callbacks of a struct net_call with that,
 * as the network would. Hosts share by leases in memcached: there one waits
 * for the other's answer to be stored.
 */
#ifndef SERVE_SHARE_H
#define SERVE_SHARE_H

#include "serve/req.h"
#include "store/flight.h"

/* Leads (r->share.flight is set), follows (*f_r is) or is alone: so are
 * callers who may not have another's answer, or not one asked for earlier. */
enum flight_role share_join(struct req *r, struct flight **f_r);

enum share_heard {
	HEARD_END,    /* *end_r is how the call ended */
	HEARD_STORED, /* the answer is in the cache */
	HEARD_AGAIN,  /* the leader is gone: join again */
	HEARD_ALONE,  /* what it gets is not for this caller: ask yourself */
};

/*
 * For a leader, before it asks: has somebody stored the answer meanwhile, or
 * does another host, for which this waits? True when r->hit is the answer or
 * there is a refusal: nothing is left to ask.
 */
bool share_settled(struct req *r);

/* Was it HEARD_STORED, and is r->hit the answer now? */
bool share_stored(struct req *r, enum share_heard heard);

/* -- telling; nothing happens without a flight ------------------------------- */

/* The head of the answer; only a status of 200 is for every tenant. */
void share_head(struct req *r);
void share_bytes(struct req *r, struct str bytes);
/* That was all of it. */
void share_all(struct req *r);
/* There was no answer: why. */
void share_none(struct req *r, enum net_end end);
/* I am at work. */
void share_beat(struct req *r);
/* Does somebody wait, though my own caller has left? */
bool share_wanted(const struct req *r);
/* Lands; after the answer was stored. */
void share_end(struct req *r);

/* -- hearing ----------------------------------------------------------------- */

/* Follows to the end, and leaves *f. A leader that dies is no end as long as
 * the caller has not been sent anything. */
enum share_heard share_follow(struct req *r, struct flight **f,
			      const struct net_call *c, enum net_end *end_r);

#endif
