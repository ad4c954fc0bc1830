#include "door/crew.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define LOOK_MS 5 /* a hit takes a hundredth of it */
#define CALM 20   /* looks without a crowd, and then no more */

int crew_init(struct crew *c, int few, int max, int (*hire)(void *ctx),
	      void *ctx)
{
	*c = (struct crew){ .few = few < max ? few : max, .max = max,
			    .hire = hire, .ctx = ctx };
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->turn, NULL);
	c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return c->wake_fd < 0 ? -1 : 0;
}

void crew_fini(struct crew *c)
{
	close(c->wake_fd);
	pthread_cond_destroy(&c->turn);
	pthread_mutex_destroy(&c->lock);
}

/* -- with the lock held ---------------------------------------------------- */

static void hire(struct crew *c)
{
	if (c->threads < c->max && !c->stopping && c->hire(c->ctx) == 0)
		c->threads++;
}

/* For a turn that is to be had. */
static void call_next(struct crew *c)
{
	if (c->on >= c->few + c->extra)
		return;
	if (c->off)
		pthread_cond_signal(&c->turn);
	else
		hire(c);
}

static void step_off(struct hand *h)
{
	struct crew *c = h->crew;

	if (c->extra && c->on > c->few)
		c->extra--;
	c->on--;
	h->on = false;
}

/* -- threads --------------------------------------------------------------- */

void crew_hire(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	hire(c);
	pthread_mutex_unlock(&c->lock);
}

int crew_leave(struct hand *h)
{
	struct crew *c = h->crew;
	int left;

	pthread_mutex_lock(&c->lock);
	if (h->on) {
		step_off(h);
		call_next(c);
	}
	left = --c->threads;
	pthread_mutex_unlock(&c->lock);
	return left;
}

void crew_turn(struct hand *h)
{
	struct crew *c = h->crew;

	if (h->on && !c->extra)
		return;
	pthread_mutex_lock(&c->lock);
	if (h->on && c->on > c->few)
		step_off(h);
	c->off++;
	while (!h->on && !c->stopping && c->on >= c->few + c->extra)
		pthread_cond_wait(&c->turn, &c->lock);
	c->off--;
	if (!h->on) {
		c->on++;
		h->on = true;
	}
	pthread_mutex_unlock(&c->lock);
}

/* All who are on are at work: one more if there may be, else somebody keeps
 * an eye on it. */
static void crowded(struct crew *c)
{
	if (c->on < c->few) {
		pthread_mutex_lock(&c->lock);
		call_next(c);
		pthread_mutex_unlock(&c->lock);
	} else if (!c->watched && (c->off || c->threads < c->max) &&
		   !atomic_exchange(&c->watched, true)) {
		eventfd_write(c->wake_fd, 1);
	}
}

void crew_begin(struct hand *h)
{
	struct crew *c = h->crew;

	h->at_work = true;
	if (atomic_fetch_add(&c->at_work, 1) + 1 >= c->on)
		crowded(c);
}

static void rest(struct hand *h)
{
	if (!h->at_work)
		return;
	h->at_work = false;
	atomic_fetch_sub(&h->crew->at_work, 1);
	atomic_fetch_add(&h->crew->done, 1);
}

void crew_end(struct hand *h)
{
	rest(h);
}

void crew_away(void *hand)
{
	struct hand *h = hand;
	struct crew *c = h->crew;

	rest(h);
	pthread_mutex_lock(&c->lock);
	if (h->on) {
		step_off(h);
		call_next(c);
	}
	pthread_mutex_unlock(&c->lock);
}

/* -- the main thread ------------------------------------------------------- */

static bool is_crowded(const struct crew *c)
{
	return c->at_work >= c->on;
}

static void one_more(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	if (c->off || c->threads < c->max) {
		c->extra++;
		call_next(c);
	}
	pthread_mutex_unlock(&c->lock);
}

int crew_look(struct crew *c)
{
	unsigned done = c->done, then = c->done_then;
	eventfd_t n;
	bool begins = eventfd_read(c->wake_fd, &n) == 0;

	c->done_then = done;
	c->calm = begins || is_crowded(c) ? 0 : c->calm + 1;
	if (!begins && !c->calm && done == then)
		one_more(c);
	if (c->calm < CALM)
		return LOOK_MS;
	c->watched = false;
	if (!is_crowded(c)) /* who comes now sees that nobody watches */
		return -1;
	c->watched = true;
	return LOOK_MS;
}

void crew_stop(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_cond_broadcast(&c->turn);
	pthread_mutex_unlock(&c->lock);
}
