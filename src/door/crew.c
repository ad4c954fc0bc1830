#include "door/crew.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define LOOK_MS 5
#define HELD 4  /* looks at one request, and its thread is held up: 20 ms */
#define CALM 20 /* looks in turn at which there were enough */

/* All are at work and use less than a quarter of a processor for each of the
 * few: a hit takes 0.02 ms of one, so they wait for something. */
#define LITTLE 4

/* What a hand does since: */
#define OFF 0
#define FREE 1
#define FIRST_LOOK 2

int crew_init(struct crew *c, int few, int max, int (*hire)(void *ctx),
	      void *ctx)
{
	*c = (struct crew){ .few = few, .max = max, .hire = hire,
			    .ctx = ctx, .look = FIRST_LOOK };
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->called, NULL);
	c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return c->wake_fd < 0 ? -1 : 0;
}

void crew_fini(struct crew *c)
{
	close(c->wake_fd);
	pthread_cond_destroy(&c->called);
	pthread_mutex_destroy(&c->lock);
}

/* -- turns ----------------------------------------------------------------- */

static int limit(const struct crew *c)
{
	return c->stopping ? c->max : c->few + c->extra;
}

static bool is_crowded(const struct crew *c)
{
	return c->at_work >= c->on;
}

/* The rest is with the lock held. */

static int hire(struct crew *c)
{
	if (c->threads >= c->max || c->hire(c->ctx) < 0)
		return -1;
	c->threads++;
	c->on++;
	return 0;
}

static void call(struct crew *c)
{
	c->parked--;
	c->calls++;
	c->on++;
	pthread_cond_signal(&c->called);
}

static int put_on(struct crew *c)
{
	if (c->done || c->on >= limit(c))
		return -1;
	if (!c->parked)
		return hire(c);
	call(c);
	return 0;
}

/* Somebody shall be free; or the main thread looks why not. */
static void fill(struct crew *c)
{
	if (is_crowded(c) && put_on(c) < 0 &&
	    !atomic_exchange(&c->watched, true))
		eventfd_write(c->wake_fd, 1);
}

/* It was counted as one of those at work until now, and here is no more. */
static void put_off(struct crew *c)
{
	c->at_work--;
	c->on--;
	fill(c);
}

static void park(struct crew *c)
{
	c->parked++;
	while (!c->calls)
		pthread_cond_wait(&c->called, &c->lock);
	c->calls--;
}

/* -- threads --------------------------------------------------------------- */

int crew_hire(struct crew *c)
{
	int rc;

	pthread_mutex_lock(&c->lock);
	rc = hire(c);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

void crew_join(struct crew *c, struct hand *h)
{
	*h = (struct hand){ .crew = c, .since = FREE, .cpu_us = -1 };
	pthread_getcpuclockid(pthread_self(), &h->clock);
	pthread_mutex_lock(&c->lock);
	h->next = c->all;
	h->at = &c->all;
	if (h->next)
		h->next->at = &h->next;
	c->all = h;
	pthread_mutex_unlock(&c->lock);
}

int crew_leave(struct hand *h)
{
	struct crew *c = h->crew;
	int left;

	pthread_mutex_lock(&c->lock);
	*h->at = h->next;
	if (h->next)
		h->next->at = h->at;
	left = --c->threads;
	if (h->since != OFF)
		c->on--;
	c->done = c->stopping;
	if (c->parked && c->on < limit(c)) /* perhaps they can wait */
		call(c);
	pthread_mutex_unlock(&c->lock);
	return left;
}

void crew_turn(struct hand *h)
{
	struct crew *c = h->crew;

	if (h->since == FREE && c->on <= c->few + c->extra)
		return;
	pthread_mutex_lock(&c->lock);
	if (h->since == FREE)
		c->on--;
	h->since = OFF;
	if (c->on < limit(c)) {
		c->on++;
	} else {
		fill(c); /* it may have been the last that was free */
		park(c);
	}
	h->since = FREE;
	pthread_mutex_unlock(&c->lock);
}

void crew_begin(struct hand *h)
{
	struct crew *c = h->crew;

	c->at_work++;
	h->since = c->look;
	if (!is_crowded(c) || (c->watched && c->on >= c->few + c->extra))
		return;
	pthread_mutex_lock(&c->lock);
	fill(c);
	pthread_mutex_unlock(&c->lock);
}

void crew_end(struct hand *h)
{
	uint64_t since = h->since;

	if (since != OFF &&
	    atomic_compare_exchange_strong(&h->since, &since, FREE))
		h->crew->at_work--;
}

void crew_away(void *hand)
{
	struct hand *h = hand;
	struct crew *c = h->crew;

	if (atomic_exchange(&h->since, OFF) == OFF)
		return;
	pthread_mutex_lock(&c->lock);
	put_off(c);
	pthread_mutex_unlock(&c->lock);
}

void crew_stop(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	while (c->parked)
		call(c);
	pthread_mutex_unlock(&c->lock);
}

/* -- the main thread ------------------------------------------------------- */

static int64_t used_us(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		return 0;
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Has it been at this request for long, and is so yet? */
static bool is_held(struct hand *h, uint64_t look)
{
	uint64_t since = h->since;

	return since >= FIRST_LOOK && look - since >= HELD &&
	       atomic_compare_exchange_strong(&h->since, &since, OFF);
}

/* What a look finds, before it takes anybody to be off. */
struct found {
	bool crowded;
	int on;
	int hands;  /* of these, those that were on at the last one, too, */
	int64_t us; /* and what they have used since */
};

static void add_use(struct found *f, struct hand *h)
{
	int64_t last = h->cpu_us;

	h->cpu_us = h->since == OFF ? -1 : used_us(h->clock);
	if (last < 0 || h->cpu_us < 0)
		return;
	f->us += h->cpu_us - last;
	f->hands++;
}

static struct found look_at_all(struct crew *c)
{
	struct found f = { .crowded = is_crowded(c), .on = c->on };

	for (struct hand *h = c->all; h; h = h->next) {
		add_use(&f, h);
		if (is_held(h, c->look)) {
			h->cpu_us = -1;
			put_off(c);
		}
	}
	return f;
}

/* Would all that are on, if the others use what these did, use little? */
static bool is_little(const struct crew *c, const struct found *f, int64_t us)
{
	return f->hands && f->us * f->on * LITTLE < f->hands * us * c->few;
}

/* How many may be on. */
static void judge(struct crew *c, const struct found *f, int64_t us)
{
	bool wanted = f->crowded && is_little(c, f, us);

	c->crowded = f->crowded ? c->crowded + 1 : 0;
	c->calm = f->crowded ? 0 : c->calm + 1;
	c->enough = wanted ? 0 : c->enough + 1;
	if (wanted && c->crowded > 1 && limit(c) < c->max)
		c->extra += 1 + c->extra;
	if (c->enough >= CALM && c->extra) {
		c->extra -= (c->extra + 3) / 4;
		c->enough = 0;
	}
	fill(c);
}

int crew_look(struct crew *c, int64_t now_us)
{
	eventfd_t n;
	struct found f;

	if (now_us - c->tick_us >= LOOK_MS * 1000) {
		c->tick_us = now_us;
		c->look++;
	}
	if (eventfd_read(c->wake_fd, &n) == 0)
		c->crowded = c->calm = c->enough = 0;
	pthread_mutex_lock(&c->lock);
	f = look_at_all(c);
	judge(c, &f, now_us - c->at_us);
	pthread_mutex_unlock(&c->lock);
	c->at_us = now_us;
	if (c->calm < CALM || c->extra)
		return LOOK_MS;
	c->watched = false;
	if (!is_crowded(c)) /* who comes now sees that nobody watches */
		return -1;
	c->watched = true;
	return LOOK_MS;
}
