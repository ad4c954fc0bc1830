#include "door/kept.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* Sleepers look by themselves, too: who was woken for a connection in another
 * process may have been killed over it. */
#define LOOK_MS 1000
#define RETRY_MS 100 /* after an accept that failed */
#define MODEST_MS 1
#define YOUNG_MS 200 /* in which who has connected surely asks */

#define READY (EPOLLIN | EPOLLRDHUP | EPOLLONESHOT)

struct conn {
	struct conn *next, **at; /* its place in the list of all */
	int fd;                  /* -1: closed */
	bool idle;               /* nobody's: in the epoll set. With lock */
	bool known;              /* to the epoll set */
	bool asked;              /* a request came on it */
};

struct kept {
	struct kept_conf conf;
	int ep;
	pthread_mutex_t lock; /* of what follows, and of idle in all of them */
	struct conn *all;
	int open;             /* of them */
	_Atomic bool listening;
	bool stopping;
	int64_t stop_ms;      /* when it began to */
	int64_t retry_ms;     /* accept failed, so not before then; or 0 */
};

static int watch(struct kept *k, int op, int fd, uint32_t events, void *what)
{
	struct epoll_event e = { .events = events, .data.ptr = what };

	return epoll_ctl(k->ep, op, fd, &e);
}

/* Levels: one thread is woken, takes one, and leaves the rest to others. */
static int listen_set(struct kept *k, bool on)
{
	if (on == k->listening)
		return 0;
	k->listening = on;
	return watch(k, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, k->conf.listen_fd,
		     on ? EPOLLIN | EPOLLEXCLUSIVE : 0, &k->conf.listen_fd);
}

struct kept *kept_open(const struct kept_conf *c)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->conf = *c;
	k->ep = epoll_create1(EPOLL_CLOEXEC);
	if (k->ep < 0 || listen_set(k, true) < 0 ||
	    watch(k, EPOLL_CTL_ADD, c->stop_fd, EPOLLIN, &k->conf.stop_fd) <
	    0) {
		if (k->ep >= 0)
			close(k->ep);
		free(k);
		return NULL;
	}
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

void kept_close(struct kept **k)
{
	struct conn *c, *next;

	if (!*k)
		return;
	for (c = (*k)->all; c; c = next) {
		next = c->next;
		if (c->fd >= 0)
			close(c->fd);
		free(c);
	}
	close((*k)->ep);
	pthread_mutex_destroy(&(*k)->lock);
	free(*k);
	*k = NULL;
}

int kept_fd(const struct conn *c)
{
	return c->fd;
}

/* -- the list, with the lock held ------------------------------------------ */

static void put_in(struct conn **list, struct conn *c)
{
	c->next = *list;
	c->at = list;
	if (c->next)
		c->next->at = &c->next;
	*list = c;
}

static void take_out(struct conn *c)
{
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
}

/* -- what is there --------------------------------------------------------- */

static bool has_bytes(const struct conn *c)
{
	char b;

	return recv(c->fd, &b, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

/* A write blocks for as long as the caller's own buffers are full. */
static void set_clocks(const struct kept *k, int fd)
{
	int r = k->conf.read_ms, w = k->conf.write_ms;
	struct timeval in = { r / 1000, r % 1000 * 1000 };
	struct timeval out = { w / 1000, w % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof(in));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof(out));
}

static bool has_room(const struct kept *k)
{
	return !k->stopping && k->open < k->conf.most &&
	       (!k->retry_ms || clock_mono_ms() >= k->retry_ms);
}

static struct conn *add(struct kept *k, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return NULL;
	}
	set_clocks(k, fd);
	c->fd = fd;
	pthread_mutex_lock(&k->lock);
	put_in(&k->all, c);
	k->open++;
	k->retry_ms = 0;
	pthread_mutex_unlock(&k->lock);
	return c;
}

/* With the lock held: to whoever comes first, once there is something to
 * read. False when it cannot be waited for. */
static bool set_idle(struct kept *k, struct conn *c)
{
	int op = c->known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (k->stopping && c->asked && !has_bytes(c))
		return false;
	c->idle = c->known = watch(k, op, c->fd, READY, c) == 0;
	if (!c->idle)
		log_seldom("cannot keep a connection: %s", strerror(errno));
	return c->idle;
}

void kept_back(struct kept *k, struct conn *c)
{
	bool waits;

	pthread_mutex_lock(&k->lock);
	waits = set_idle(k, c);
	listen_set(k, has_room(k));
	pthread_mutex_unlock(&k->lock);
	if (!waits)
		kept_drop(k, c);
}

/* The next connection is to be another process's: they are woken in the order
 * in which they began to listen. (nginx does so every 16th time, in
 * ngx_reorder_accept_events().) */
static void listen_last(struct kept *k)
{
	pthread_mutex_lock(&k->lock);
	listen_set(k, false);
	listen_set(k, has_room(k));
	pthread_mutex_unlock(&k->lock);
}

static void pause_ms(const struct kept *k, int ms)
{
	struct pollfd f = { k->conf.stop_fd, POLLIN, 0 };

	poll(&f, 1, ms);
}

/* There is no descriptor, say. Those that are idle are served meanwhile. */
static void listen_later(struct kept *k)
{
	pthread_mutex_lock(&k->lock);
	k->retry_ms = clock_mono_ms() + RETRY_MS;
	listen_set(k, false);
	pthread_mutex_unlock(&k->lock);
}

/* What is accepted, or NULL when nobody waits there. */
static struct conn *accept_conn(struct kept *k)
{
	int fd;

	do {
		fd = accept4(k->conf.listen_fd, NULL, NULL, SOCK_CLOEXEC);
	} while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd >= 0)
		return add(k, fd);
	if (errno != EAGAIN) {
		log_seldom("cannot accept: %s", strerror(errno));
		listen_later(k);
	}
	return NULL;
}

/* This thread's if it has asked something already, else everybody's. */
static struct conn *sort(struct kept *k, struct conn *c)
{
	if (!c || has_bytes(c))
		return c;
	kept_back(k, c);
	return NULL;
}

/* One of those who wait to be accepted, and not all: of a crowd each process
 * is to have its share, as each has only so many threads. */
static struct conn *accept_one(struct kept *k)
{
	struct conn *c;

	if (k->conf.modest && k->conf.modest(k->conf.ctx))
		pause_ms(k, MODEST_MS);
	c = accept_conn(k);
	if (c)
		listen_last(k);
	return sort(k, c);
}

/* -- the end --------------------------------------------------------------- */

/* Those that are idle, but for those that have asked something or may be about
 * to, having just connected: is there one? They stay in the list, as an event
 * may still name them. */
static bool close_idle(struct kept *k)
{
	bool young = clock_mono_ms() < k->stop_ms + YOUNG_MS, waits = false;

	for (struct conn *c = k->all; c; c = c->next) {
		if (!c->idle)
			continue;
		if ((young && !c->asked) || has_bytes(c)) {
			waits = true;
			continue;
		}
		c->idle = false;
		close(c->fd);
		c->fd = -1;
	}
	return waits;
}

/* New ones are for others, or for who comes after. Is all done? */
static bool stop(struct kept *k)
{
	struct timespec nap = { 0, 2000000 };
	bool waits;

	pthread_mutex_lock(&k->lock);
	if (!k->stopping)
		k->stop_ms = clock_mono_ms();
	k->stopping = true;
	listen_set(k, false);
	waits = close_idle(k);
	pthread_mutex_unlock(&k->lock);
	if (waits) /* the stop is always ready, and would keep us awake */
		nanosleep(&nap, NULL);
	return !waits;
}

/* -- threads --------------------------------------------------------------- */

/* False when it was closed meanwhile. */
static bool claim(struct kept *k, struct conn *c)
{
	bool mine;

	pthread_mutex_lock(&k->lock);
	mine = c->idle;
	c->idle = false;
	pthread_mutex_unlock(&k->lock);
	return mine;
}

/* For who looks without an event. */
static bool may_accept(struct kept *k)
{
	bool may;

	pthread_mutex_lock(&k->lock);
	may = has_room(k);
	listen_set(k, may);
	pthread_mutex_unlock(&k->lock);
	return may;
}

/* The connection that an event is of, or NULL when there is nothing to do. */
static struct conn *take(struct kept *k, const struct epoll_event *e)
{
	struct conn *c = e->data.ptr;

	if (e->data.ptr == &k->conf.listen_fd)
		return accept_one(k);
	if (!claim(k, c))
		return NULL;
	if (e->events == EPOLLIN || has_bytes(c))
		return c;
	kept_drop(k, c);
	return NULL;
}

struct conn *kept_next(struct kept *k)
{
	struct epoll_event e;
	struct conn *c = NULL;
	bool over = false;
	int n;

	while (!c && !over) {
		n = epoll_wait(k->ep, &e, 1,
			       k->listening ? LOOK_MS : RETRY_MS);
		if (n < 0 && errno != EINTR) {
			log_seldom("cannot wait for connections: %s",
				   strerror(errno));
			return NULL;
		}
		if (n == 0 && may_accept(k))
			c = accept_one(k);
		else if (n > 0 && e.data.ptr == &k->conf.stop_fd)
			over = stop(k);
		else if (n > 0)
			c = take(k, &e);
	}
	if (c)
		c->asked = true;
	return c;
}

void kept_forget(struct kept *k, struct conn *c)
{
	pthread_mutex_lock(&k->lock);
	take_out(c);
	k->open--;
	listen_set(k, has_room(k));
	pthread_mutex_unlock(&k->lock);
	free(c);
}

void kept_drop(struct kept *k, struct conn *c)
{
	close(c->fd);
	kept_forget(k, c);
}
