/*
 * Takes an upstream's answer as it comes: a stream goes on to the caller
 * event by event and is recorded on the side; anything else is collected.
 * The callbacks of struct net_call, with the state they share.
 */
#ifndef SERVE_RELAY_H
#define SERVE_RELAY_H

#include "net/net.h"
#include "serve/req.h"

struct relay {
	struct req *r;
	struct buf rec;      /* the recording, or the collected body */
	struct buf shown;    /* one event as the caller sees it */
	bool keep;           /* recording has not outgrown max_reply */
	bool live, raw;      /* events, or bytes, go on as they come */
	bool caller_gone;
	struct sse sse;
	struct reply_watch watch;
	struct arena *scratch; /* of one event */
};

void relay_init(struct relay *y, struct req *r);
void relay_fini(struct relay *y);

/* Puts the callbacks and the caller's connection into *c. */
void relay_attach(struct relay *y, struct net_call *c);

/* After the call: fills r->out and, when there is nothing to show for it,
 * r->fail. why: one line from the module. */
void relay_finish(struct relay *y, enum net_end end, const char *why);

#endif
