#include "door/crew.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define LOOK_MS 5
#define CALM 20 /* looks without a crowd, and then no more */

/* All are at work and use less than a quarter of one processor: a hit takes
 * 0.02 ms of it, so they wait for something. */
#define LITTLE 4

/* Looks in turn after which it does not matter how much they did. */
#define LONG 10

int crew_init(struct crew *c, int few, int max, int (*hire)(void *ctx),
	      void *ctx)
{
	*c = (struct crew){ .few = few, .max = max, .hire = hire,
			    .ctx = ctx };
	pthread_mutex_init(&c->lock, NULL);
	c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return c->wake_fd < 0 ? -1 : 0;
}

void crew_fini(struct crew *c)
{
	close(c->wake_fd);
	pthread_mutex_destroy(&c->lock);
}

/* -- threads --------------------------------------------------------------- */

static bool is_crowded(const struct crew *c)
{
	return c->busy >= c->threads;
}

static bool too_few(const struct crew *c)
{
	return c->threads - c->away < c->few;
}

/* One, if it is wanted still once nobody else adds one. */
static void hire_if(struct crew *c, bool (*wanted)(const struct crew *c))
{
	pthread_mutex_lock(&c->lock);
	if (c->threads < c->max && wanted(c) && c->hire(c->ctx) == 0)
		c->threads++;
	pthread_mutex_unlock(&c->lock);
}

static bool always(const struct crew *c)
{
	(void)c;
	return true;
}

void crew_hire(struct crew *c)
{
	hire_if(c, always);
}

int crew_leave(struct crew *c)
{
	int left;

	pthread_mutex_lock(&c->lock);
	left = --c->threads;
	pthread_mutex_unlock(&c->lock);
	return left;
}

void crew_begin(struct hand *h)
{
	struct crew *c = h->crew;

	c->busy++;
	if (!is_crowded(c) || c->threads == c->max)
		return;
	if (too_few(c))
		hire_if(c, too_few);
	else if (!c->watched && !atomic_exchange(&c->watched, true))
		eventfd_write(c->wake_fd, 1);
}

void crew_end(struct hand *h)
{
	if (h->away)
		h->crew->away--;
	h->away = false;
	h->crew->busy--;
}

void crew_away(void *hand)
{
	struct hand *h = hand;
	struct crew *c = h->crew;

	if (h->away)
		return;
	h->away = true;
	c->away++;
	if (too_few(c))
		hire_if(c, too_few);
}

/* -- the main thread ------------------------------------------------------- */

int crew_look(struct crew *c, int64_t cpu_us, int64_t at_us)
{
	eventfd_t n;
	bool begins = eventfd_read(c->wake_fd, &n) == 0;
	bool little = cpu_us - c->cpu_us < (at_us - c->at_us) / LITTLE;
	bool crowded = is_crowded(c);

	c->cpu_us = cpu_us;
	c->at_us = at_us;
	c->crowded = begins || !crowded ? 0 : c->crowded + 1;
	c->calm = begins || crowded ? 0 : c->calm + 1;
	if (c->crowded > LONG || (c->crowded > 1 && little)) {
		hire_if(c, is_crowded);
		c->crowded = 1;
	}
	if (c->calm < CALM)
		return LOOK_MS;
	c->watched = false;
	if (!is_crowded(c)) /* who comes now sees that nobody watches */
		return -1;
	c->watched = true;
	return LOOK_MS;
}
