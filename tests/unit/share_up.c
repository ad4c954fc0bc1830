/* The upstream of a hall: does what it is told to, one thing at a time. */
#include "share_bed.h"

#include <stdio.h>
#include <stdlib.h>

static void net_close(struct net **n)
{
	free(*n);
	*n = NULL;
}

static int play_head(const struct play *p, const struct net_call *c)
{
	struct net_header h[16];
	size_t n = 0;

	h[n++] = (struct net_header){ STR("Content-Type"), str_c(p->type) };
	for (size_t i = 0; p->header && p->header[i]; i += 2)
		h[n++] = (struct net_header){ str_c(p->header[i]),
					      str_c(p->header[i + 1]) };
	return c->head(c->ctx, p->status, h, n);
}

static enum net_end play_all(const struct play *p, const struct net_call *c)
{
	if (p->status && (play_head(p, c) ||
			  c->data(c->ctx, str_c(p->body))))
		return NET_REFUSED;
	return p->end;
}

static struct upcall *call_new(struct hall *h, const struct net_call *c)
{
	struct upcall *u = &h->call[h->ncalls];

	if (h->ncalls == HALL_CALLS)
		abort();
	u->h = h;
	for (size_t i = 0; i < c->nheader; i++)
		if (str_ieq(c->header[i].name, STR("authorization")))
			snprintf(u->auth, sizeof(u->auth), "%.*s",
				 (int)c->header[i].value.n,
				 c->header[i].value.p);
	h->ncalls++;
	hall_says(h);
	return u;
}

/* Does what it was told to, without the lock. True when that was the end. */
static bool obey(struct upcall *u, const struct net_call *c, enum order order,
		 enum net_end *end_r)
{
	*end_r = NET_REFUSED;
	switch (order) {
	case ORDER_HEAD:
		u->result = play_head(&u->play, c);
		break;
	case ORDER_DATA:
		u->result = c->data(c->ctx, str_c(u->play.body));
		break;
	case ORDER_TICK:
		u->result = c->tick(c->ctx);
		break;
	case ORDER_GONE:
		*end_r = NET_CALLER_GONE;
		u->result = c->gone(c->ctx);
		break;
	case ORDER_END:
		*end_r = u->end;
		return true;
	case ORDER_NONE: /* nobody said anything */
		return c->tick(c->ctx) != 0;
	}
	return u->result != 0;
}

/* With the lock held: waits for an order. A second of silence is a tick, as
 * everywhere. */
static enum order next_order(struct upcall *u, const struct net_call *c)
{
	struct timespec ts;

	hall_moment(&ts, c->tick_ms);
	while (u->order == ORDER_NONE)
		if (u->h->no_ticks)
			pthread_cond_wait(&u->h->news, &u->h->lock);
		else if (pthread_cond_timedwait(&u->h->news, &u->h->lock, &ts))
			break;
	return u->order;
}

static enum net_end call_led(struct upcall *u, const struct net_call *c)
{
	struct hall *h = u->h;
	enum net_end end = NET_REFUSED;
	enum order order;
	bool over = false;

	pthread_mutex_lock(&h->lock);
	while (!over) {
		order = next_order(u, c);
		pthread_mutex_unlock(&h->lock);
		over = obey(u, c, order, &end);
		pthread_mutex_lock(&h->lock);
		if (order != ORDER_NONE) /* else one may have come since */
			u->order = ORDER_NONE;
		u->ended |= over;
		hall_says(h);
	}
	pthread_mutex_unlock(&h->lock);
	return end;
}

static enum net_end net_call(struct net *n, const struct net_call *c,
			     char *err_r, size_t err_n)
{
	struct hall *h = n->h;
	struct upcall *u;

	snprintf(err_r, err_n, "as the test has it");
	if (h->instead)
		h->instead(h, c);
	pthread_mutex_lock(&h->lock);
	u = call_new(h, c);
	u->ended = h->plays;
	pthread_mutex_unlock(&h->lock);
	return u->ended ? play_all(&h->bed[0].play, c) : call_led(u, c);
}

const struct net_ops hall_net = { NET_ABI, NULL, net_close, net_call };

static bool obeyed(const void *ctx)
{
	const struct upcall *u = ctx;

	return u->order == ORDER_NONE || u->ended;
}

static int tell(struct upcall *u, enum order order)
{
	struct hall *h = u->h;
	int result;

	pthread_mutex_lock(&h->lock);
	if (u->ended) {
		pthread_mutex_unlock(&h->lock);
		bed_fail("the call has ended already\n");
	}
	u->result = 0;
	u->order = order;
	hall_says(h);
	hall_wait(h, obeyed, u, "the upstream");
	result = u->result;
	pthread_mutex_unlock(&h->lock);
	return result;
}

int up_head(struct upcall *u, int status, const char *type,
	    const char *const *header)
{
	u->play = (struct play){ .status = status, .type = type,
				 .header = header };
	return tell(u, ORDER_HEAD);
}

int up_data(struct upcall *u, const char *text)
{
	u->play.body = text;
	return tell(u, ORDER_DATA);
}

int up_tick(struct upcall *u)
{
	return tell(u, ORDER_TICK);
}

int up_gone(struct upcall *u)
{
	return tell(u, ORDER_GONE);
}

void up_ends(struct upcall *u, enum net_end end)
{
	u->end = end;
	tell(u, ORDER_END);
}

void up_plays(struct upcall *u, const struct play *p)
{
	if (p->status && (up_head(u, p->status, p->type, p->header) ||
			  up_data(u, p->body)))
		return; /* larder has had enough */
	up_ends(u, p->end);
}

void up_streams(struct upcall *u, const char *events)
{
	up_plays(u, &(struct play){ .status = 200, .type = SSE,
				    .body = events });
}

void up_replies(struct upcall *u, const char *body)
{
	up_plays(u, &(struct play){ .status = 200, .body = body,
				    .type = "application/json" });
}
