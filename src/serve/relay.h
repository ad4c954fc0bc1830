/*
 * Takes an upstream's answer as it comes: a stream goes on to the caller event
 * by event, in his shape, and is recorded on the side; anything else is
 * collected. The callbacks of struct net_call, with the state they share.
 *
 * Nothing is begun before there is something of an answer, and where it is
 * judged (serve/cascade.h) before it is known to be good: until then a failure
 * is one that can be mended by asking again, or somebody else.
 */
#ifndef SERVE_RELAY_H
#define SERVE_RELAY_H

#include "dialect/translate.h"
#include "net/net.h"
#include "serve/req.h"
#include "thrift/judge.h"

/* What is kept of an answer, up to a bound; it never refuses bytes. */
struct recording {
	struct sink sink;
	struct buf bytes;
	size_t max, came; /* came: all that was to be recorded */
	bool over; /* there were more: no good for anything */
};

struct relay {
	struct req *r;
	struct sink *to;     /* towards the caller */
	struct recording rec; /* the stream, or the collected body */
	struct buf shown;    /* one event as the caller sees it */
	struct buf early;    /* an error event before anything was begun */
	struct buf seam;     /* the end of the raw bytes before the last */
	int64_t length;      /* the upstream's Content-Length, or -1 */
	bool live, raw;      /* events, or bytes, go on as they come */
	bool begun;          /* some have */
	bool packed;         /* in a coding that nobody asked for */
	bool leaks;          /* larder's own key is in it */
	struct judge *judge; /* not NULL: nothing is begun before it says so */
	struct buf held;     /* what the caller would have seen until then */
	bool weak;           /* it says no, and the rest is not waited for */
	bool caller_gone;    /* which need not end the call: see share_wanted */
	int stalled;         /* seconds the caller has not read, all in all */
	struct sse sse;
	struct reply_watch watch;
	struct translate *translate; /* NULL: it is in the caller's shape */
	struct arena *scratch; /* of one event */
};

/* Begins an attempt to get r's answer from `by`: r->out starts anew. */
void relay_init(struct relay *y, struct req *r, const struct target *by);
void relay_fini(struct relay *y);

/* Puts the callbacks and the caller's connection into *c. */
void relay_attach(struct relay *y, struct net_call *c);

/* After the call: fills r->out and, when there is nothing to show for it,
 * r->fail. why: one line from the module. */
void relay_finish(struct relay *y, enum net_end end, const char *why);

/* -- between relay.c and relay_*.c ----------------------------------------- */

/* Into y->r->out, and y->length, packed and leaks. */
void relay_head(struct relay *y, const struct net_header *h, size_t n);

/* Writes unless the caller has left. 0, or -1 when the call shall stop. */
int relay_pass_on(struct relay *y, struct str bytes);

/* Does it hold the provider key that larder asks with? */
bool relay_holds_key(const struct relay *y, struct str bytes);

/* The same across the pieces that raw bytes come in; once it has, it does. */
bool relay_seam_holds_key(struct relay *y, struct str bytes);

#endif
