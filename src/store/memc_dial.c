#include "store/memc_dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

short dial_wait(int fd, short events, int64_t until_us)
{
	struct pollfd p = { .fd = fd, .events = events };
	struct timespec left;
	int64_t us;

	do {
		us = until_us - clock_mono_us();
		if (us <= 0)
			return 0;
		left.tv_sec = us / 1000000;
		left.tv_nsec = us % 1000000 * 1000;
	} while (ppoll(&p, 1, &left, NULL) < 0 && errno == EINTR);
	return p.revents;
}

/* --- names --- */

/* Belongs to the thread that looks and to the one that waits; who leaves
 * last frees it. */
struct dial_look {
	pthread_mutex_t lock;
	pthread_cond_t done_too;
	bool done, left;
	struct addrinfo *list;
	struct memc_server server;
};

static void look_free(struct dial_look *l)
{
	if (l->list)
		freeaddrinfo(l->list);
	pthread_cond_destroy(&l->done_too);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static struct addrinfo *look_up(const struct memc_server *s, int flags)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = flags | AI_NUMERICSERV };
	struct addrinfo *list;
	char port[8];

	snprintf(port, sizeof(port), "%u", s->port);
	return getaddrinfo(s->host, port, &hints, &list) == 0 ? list : NULL;
}

static void *look_thread(void *arg)
{
	struct dial_look *l = arg;
	struct addrinfo *list = look_up(&l->server, 0);
	bool left;

	pthread_mutex_lock(&l->lock);
	l->list = list;
	l->done = true;
	left = l->left;
	pthread_cond_signal(&l->done_too);
	pthread_mutex_unlock(&l->lock);
	if (left)
		look_free(l);
	return NULL;
}

/* Signals are for the threads of the program, which expect them. */
static int thread_start(void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t thread;
	int bad;

	if (pthread_attr_init(&attr) != 0)
		return -1;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bad = pthread_create(&thread, &attr, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return bad ? -1 : 0;
}

static struct dial_look *look_start(const struct memc_server *s)
{
	struct dial_look *l = calloc(1, sizeof(*l));
	pthread_condattr_t attr;

	if (!l)
		return NULL;
	l->server = *s;
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&l->done_too, &attr);
	pthread_condattr_destroy(&attr);
	if (thread_start(look_thread, l) == 0)
		return l;
	look_free(l);
	return NULL;
}

static void look_leave(struct dial_look *l)
{
	bool done;

	pthread_mutex_lock(&l->lock);
	l->left = true;
	done = l->done;
	pthread_mutex_unlock(&l->lock);
	if (done)
		look_free(l);
}

/* True when it is over; what was found is then in *list_r. */
static bool look_wait(struct dial_look *l, int64_t until_us,
		      struct addrinfo **list_r)
{
	struct timespec until = { .tv_sec = until_us / 1000000,
				  .tv_nsec = until_us % 1000000 * 1000 };
	bool done;

	pthread_mutex_lock(&l->lock);
	while (!l->done && pthread_cond_timedwait(&l->done_too, &l->lock,
						  &until) == 0)
		;
	done = l->done;
	if (done) {
		*list_r = l->list;
		l->list = NULL;
	}
	pthread_mutex_unlock(&l->lock);
	return done;
}

/* --- connecting --- */

static int addresses(struct dial *d, int64_t until_us)
{
	if (d->list)
		return 0;
	d->list = look_up(&d->server, AI_NUMERICHOST);
	if (d->list)
		return 0;
	if (!d->look)
		d->look = look_start(&d->server);
	if (!d->look || !look_wait(d->look, until_us, &d->list))
		return -1;
	look_leave(d->look);
	d->look = NULL;
	return d->list ? 0 : -1;
}

static int connected(int fd, int64_t until_us)
{
	socklen_t n = sizeof(int);
	int e = 0;

	if (!dial_wait(fd, POLLOUT, until_us))
		return -1;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0 || e ? -1 : 0;
}

static int call(int family, const void *to, socklen_t n, int64_t until_us)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);
	int on = 1;

	if (fd < 0)
		return -1;
	if (family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, to, n) == 0)
		return fd;
	if ((errno == EINPROGRESS || errno == EINTR) &&
	    connected(fd, until_us) == 0)
		return fd;
	close(fd);
	return -1;
}

static int connect_unix(const struct memc_server *s, int64_t until_us)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(s->host);

	if (n >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, s->host, n);
	return call(AF_UNIX, &to, sizeof(to), until_us);
}

/* All of them, from the i-th on; the first that hangs takes all the time, so
 * the next call begins with another. */
static int connect_any(struct dial *d, int64_t until_us)
{
	const struct addrinfo *a;
	unsigned n = 0, i;
	int fd = -1;

	for (a = d->list; a; a = a->ai_next)
		n++;
	for (i = 0; i < n && fd < 0; i++) {
		unsigned skip = (d->first + i) % n;

		for (a = d->list; skip; skip--)
			a = a->ai_next;
		fd = call(a->ai_family, a->ai_addr, a->ai_addrlen, until_us);
	}
	return fd;
}

/* After a failure the name is looked up again: the node may have moved. */
int dial_connect(struct dial *d, int64_t until_us)
{
	int fd;

	if (!d->server.port)
		return connect_unix(&d->server, until_us);
	if (addresses(d, until_us) < 0)
		return -1;
	fd = connect_any(d, until_us);
	if (fd < 0) {
		d->first++;
		freeaddrinfo(d->list);
		d->list = NULL;
	}
	return fd;
}

/* Its thread is not in this process, so nobody would ever free it. */
void dial_orphan(struct dial *d)
{
	d->look = NULL;
}

void dial_fini(struct dial *d)
{
	if (d->look)
		look_leave(d->look);
	if (d->list)
		freeaddrinfo(d->list);
	d->look = NULL;
	d->list = NULL;
}
