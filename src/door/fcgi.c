#include "door/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "serve/corridor.h"

#define RETRY_MS 100 /* after an accept that failed */

struct fcgi_door {
	struct door door; /* first: the callbacks get its address */
	FCGX_Request *q;
	const struct fcgi_place *place;
};

/* What is left of a door for an errand. */
struct kept_door {
	struct door door; /* first */
	char **envp;
};

static int put(struct sink *s, struct str bytes)
{
	struct fcgi_door *d = (struct fcgi_door *)s;
	size_t n;

	for (; bytes.n; bytes = str_from(bytes, n)) {
		n = bytes.n > 1 << 20 ? 1 << 20 : bytes.n;
		if (FCGX_PutStr(bytes.p, (int)n, d->q->out) != (int)n)
			return -1;
	}
	return 0;
}

static int flush(struct sink *s)
{
	struct fcgi_door *d = (struct fcgi_door *)s;

	return FCGX_FFlush(d->q->out) < 0 ? -1 : 0;
}

static const char *param(struct door *door, const char *name)
{
	struct fcgi_door *d = (struct fcgi_door *)door;

	return FCGX_GetParam(name, d->q->envp);
}

static ssize_t get(struct door *door, char *p, size_t n)
{
	struct fcgi_door *d = (struct fcgi_door *)door;
	int got = FCGX_GetStr(p, (int)n, d->q->in);

	return got == 0 && FCGX_GetError(d->q->in) ? -1 : got;
}

/*
 * No end of the request is sent. nginx 1.22 takes a connection that closes for
 * a clean end all the same, but not one with a record that is none (measured,
 * curl's status 18; lighttpd 1.4.69 minds both).
 */
static void cut(struct door *door)
{
	struct fcgi_door *d = (struct fcgi_door *)door;
	char bogus[16];

	flush(&door->out);
	memset(bogus, 0xff, sizeof(bogus));
	send(d->q->ipcFd, bogus, sizeof(bogus), MSG_NOSIGNAL);
	shutdown(d->q->ipcFd, SHUT_RDWR);
}

static const char *kept_param(struct door *door, const char *name)
{
	return FCGX_GetParam(name, ((struct kept_door *)door)->envp);
}

static char **copy_env(char *const *envp, struct arena *a)
{
	char **copy;
	size_t n = 0;

	while (envp[n])
		n++;
	copy = arena_new_n(a, char *, n + 1);
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(a, envp[i]);
	return copy;
}

/* Not by this thread: on a kept connection the next request may be there as
 * soon as this one has ended. */
static bool later(struct door *door, struct errand *e)
{
	struct fcgi_door *d = (struct fcgi_door *)door;
	struct kept_door *k = arena_zalloc(e->a, sizeof(*k));

	k->door.param = kept_param;
	k->envp = copy_env(d->q->envp, e->a);
	e->front = &k->door;
	return d->place->later(d->place->ctx, e);
}

static void answer(const struct fcgi_place *p, struct lane *lane,
		   FCGX_Request *q)
{
	struct fcgi_door d = {
		.door = { { put, flush }, param, get, q->ipcFd,
			  POLLRDHUP | POLLHUP | POLLERR, q->ipcFd, cut,
			  later, 0 },
		.q = q,
		.place = p,
	};
	struct site *site = p->site(p->ctx);

	corridor_walk(site, lane, &d.door);
	site_unref(&site);
}

/* -- connections ----------------------------------------------------------- */

static int add_watch(int ep, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

/* The threads of all workers wait on the socket; the kernel wakes one of
 * them. -1: this one cannot. */
static int open_waiting(const struct fcgi_place *p)
{
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep < 0 || add_watch(ep, p->stop_fd, EPOLLIN) < 0 ||
	    add_watch(ep, p->listen_fd, EPOLLIN | EPOLLEXCLUSIVE) < 0) {
		log_seldom("cannot wait for connections: %s",
			   strerror(errno));
		if (ep >= 0)
			close(ep);
		return -1;
	}
	return ep;
}

/* Is it time to stop, within ms? */
static bool stopping(const struct fcgi_place *p, int ms)
{
	struct pollfd f = { p->stop_fd, POLLIN, 0 };

	return poll(&f, 1, ms) > 0;
}

/* A write blocks for as long as the caller's own buffers are full. */
static void set_clocks(const struct fcgi_place *p, int fd)
{
	struct timeval in = { p->read_ms / 1000, p->read_ms % 1000 * 1000 };
	struct timeval out = { p->write_ms / 1000, p->write_ms % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof(in));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof(out));
}

/* After an accept without a connection: 0, or -1 when it failed for a reason
 * that waiting for the next connection does not mend. */
static int await(int ep)
{
	struct epoll_event e;

	if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		return -1;
	return epoll_wait(ep, &e, 1, 1000) < 0 && errno != EINTR ? -1 : 0;
}

/* The next connection, or -1 when it is time to stop. */
static int take(const struct fcgi_place *p, int ep)
{
	int fd, pause_ms = 0;

	while (!stopping(p, pause_ms)) {
		fd = accept4(p->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0) {
			set_clocks(p, fd);
			return fd;
		}
		pause_ms = await(ep) < 0 ? RETRY_MS : 0;
		if (pause_ms)
			log_seldom("cannot accept: %s", strerror(errno));
	}
	return -1;
}

/* Is there a request on the connection within ms (-1: ever)? */
static bool another(const struct fcgi_place *p, int fd, int ms)
{
	struct pollfd f[2] = { { fd, POLLIN | POLLRDHUP, 0 },
			       { p->stop_fd, POLLIN, 0 } };
	char c;

	while (poll(f, 2, ms) < 0)
		if (errno != EINTR)
			return false;
	/* Also when stopping: it was asked before. */
	return f[0].revents == POLLIN ||
	       (f[0].revents &&
		recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 1);
}

static void serve_connection(const struct fcgi_place *p, struct lane *lane,
			     int fd)
{
	FCGX_Request q;

	FCGX_InitRequest(&q, -1, 0);
	q.ipcFd = fd;
	q.keepConnection = 1; /* or FCGX_Accept_r would close it first */
	/* It takes variables that broke off for the end of them. */
	while (FCGX_Accept_r(&q) == 0 && !FCGX_GetError(q.in)) {
		answer(p, lane, &q);
		FCGX_Finish_r(&q);
		if (q.ipcFd < 0 || !another(p, q.ipcFd, -1))
			break;
	}
	FCGX_Free(&q, 1);
}

int fcgi_setup(void)
{
	return FCGX_Init() == 0 ? 0 : -1;
}

void fcgi_serve(const struct fcgi_place *p, struct lane *lane)
{
	int ep = open_waiting(p), fd;

	if (ep < 0)
		return;
	while ((fd = take(p, ep)) >= 0) {
		p->busy(p->ctx);
		if (another(p, fd, p->first_ms))
			serve_connection(p, lane, fd);
		else
			close(fd);
		p->idle(p->ctx);
	}
	close(ep);
}
