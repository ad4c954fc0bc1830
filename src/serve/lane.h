/*
 * One thread's own things, kept from request to request, and the slots that
 * all threads of a process share: how many may wait for an upstream.
 */
#ifndef SERVE_LANE_H
#define SERVE_LANE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "net/net.h"
#include "store/tier.h"

struct slots {
	_Atomic int busy;
	_Atomic int following; /* of these, those who follow another's call */
	int max; /* threads - reserve */
};

/* Random bytes, of which many are had at once; `left` of them at the front. */
#define DICE_BYTES 480
struct dice {
	uint8_t b[DICE_BYTES];
	size_t left;
};

struct lane {
	struct arena *a;       /* reset after each request */
	struct dice dice;      /* what its requests are called */
	struct slots *slots;
	bool waits;            /* has one of them, so what it asks beside
				* needs none */
	void (*away)(void *hand); /* called when it begins to wait; or NULL */
	void *hand;
	const struct net_ops *ops; /* NULL until the first miss */
	struct net *net;
	struct tier_lane *tier; /* connections to memcached */
	int stop_fd;           /* readable when the grace is over; -1 */
};

void lane_init(struct lane *l, struct slots *s);
void lane_fini(struct lane *l);

/* The way out of this thread, opened on first use; NULL with a line in
 * err_r when the module is not to be had. */
struct net *lane_net(struct lane *l, char *err_r, size_t err_n);

/* n of its random bytes, at most DICE_BYTES; valid until the next time. */
const uint8_t *lane_throw(struct lane *l, size_t n);

/* Around a wait for an upstream, which takes a slot; `away` is called, so that
 * another thread serves in this one's place. False when no slot is free. */
bool lane_wait_begin(struct lane *l);
void lane_wait_end(struct lane *l);

/* Of those who have one, an eighth must not follow others, so that one
 * question that everybody asks leaves room for the rest. */
bool slots_follow(struct slots *s);
void slots_unfollow(struct slots *s);

#endif
