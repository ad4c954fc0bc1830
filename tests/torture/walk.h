/* Requests through the whole corridor without a server: a door in memory. The
 * upstream is a function of the test's own. */
#ifndef TORTURE_WALK_H
#define TORTURE_WALK_H

#include <stdio.h>

#include "serve/corridor.h"

/* What is asked at the moment: by whom (Authorization), and the body. */
struct walk {
	const char *who;
	char body[256];
	int length;
	struct buf out; /* what came */
};

uint64_t walk_stir(uint64_t *x);

/* A lane with that way out; WALK_OPS(call) has nothing to close. */
void walk_lane(struct lane *lane, struct slots *slots, struct net *net,
	       const struct net_ops *ops);
void walk_net_close(struct net **n);
#define WALK_OPS(call) { NET_ABI, NULL, walk_net_close, (call) }

/* Gives reply as JSON with status 200, as such a call. */
enum net_end walk_reply(const struct net_call *c, const char *reply, int len);

/* Asks. The answer is whole in w->out (memory from a). */
void walk(struct walk *w, struct site *site, struct lane *lane,
	  struct arena *a);

/* The site of that configuration; NULL, and a line on stderr. */
struct site *walk_site(const char *name, const char *conf);

#endif
