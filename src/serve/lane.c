#include "serve/lane.h"

#include <sodium/randombytes.h>
#include <stdio.h>

void lane_init(struct lane *l, struct slots *s)
{
	*l = (struct lane){ .a = arena_new(), .slots = s, .stop_fd = -1,
			    .tier = tier_lane_new() };
}

const uint8_t *lane_throw(struct lane *l, size_t n)
{
	struct dice *d = &l->dice;

	if (d->left < n) {
		randombytes_buf(d->b, DICE_BYTES);
		d->left = DICE_BYTES;
	}
	d->left -= n;
	return d->b + d->left;
}

void lane_fini(struct lane *l)
{
	if (l->net)
		l->ops->close(&l->net);
	tier_lane_free(&l->tier);
	arena_free(&l->a);
}

struct net *lane_net(struct lane *l, char *err_r, size_t err_n)
{
	if (!l->ops)
		l->ops = net_load(err_r, err_n);
	if (!l->ops)
		return NULL;
	if (!l->net) {
		l->net = l->ops->open();
		if (!l->net)
			snprintf(err_r, err_n, "libcurl would not start");
	}
	return l->net;
}

bool lane_wait_begin(struct lane *l)
{
	if (atomic_fetch_add(&l->slots->busy, 1) >= l->slots->max) {
		atomic_fetch_sub(&l->slots->busy, 1);
		return false;
	}
	l->waits = true;
	if (l->away)
		l->away(l->hand);
	return true;
}

void lane_wait_end(struct lane *l)
{
	l->waits = false;
	atomic_fetch_sub(&l->slots->busy, 1);
}

bool slots_follow(struct slots *s)
{
	if (atomic_fetch_add(&s->following, 1) < s->max - s->max / 8)
		return true;
	atomic_fetch_sub(&s->following, 1);
	return false;
}

void slots_unfollow(struct slots *s)
{
	atomic_fetch_sub(&s->following, 1);
}
