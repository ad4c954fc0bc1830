#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REPLY_MAX (1 << 20)

struct conn {
	int fd;
	size_t sent, got;
	size_t whole; /* bytes of the reply, 0 while nobody knows */
	bool full;    /* its socket takes no more now */
	double since_us;
	char *request, *reply;
};

struct run {
	const struct load *l;
	struct load_result *r;
	int epoll, begun;
	double until_us; /* 0: for ever */
	struct conn *conns;
	char *body; /* the first reply's */
	size_t body_n;
};

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* -- one connection -------------------------------------------------------- */

static void conn_open(struct run *u, struct conn *c)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)u->l->port) };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	inet_pton(AF_INET, u->l->host, &a.sin_addr);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	epoll_ctl(u->epoll, EPOLL_CTL_ADD, c->fd, &e);
}

static void conn_watch(struct run *u, struct conn *c, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = c };

	epoll_ctl(u->epoll, EPOLL_CTL_MOD, c->fd, &e);
}

/* What is left of the request, as far as the socket takes it. */
static void conn_send(struct run *u, struct conn *c)
{
	const struct load *l = u->l;
	bool full = false;

	while (c->sent < l->n && !full) {
		ssize_t n = send(c->fd, c->request + c->sent, l->n - c->sent,
				 MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return; /* reading will say it */
		if (n < 0)
			full = true;
		else
			c->sent += (size_t)n;
	}
	if (full != c->full)
		conn_watch(u, c, full ? EPOLLIN | EPOLLOUT : EPOLLIN);
	c->full = full;
}

static void number(const struct load *l, struct conn *c, int nth)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%08d", (l->number + nth) % 100000000);
	memcpy(c->request + l->number_at, digits, 8);
}

static void conn_begin(struct run *u, struct conn *c)
{
	if (u->begun == u->l->requests ||
	    (u->until_us > 0 && now_us() > u->until_us))
		return;
	if (u->l->number_at)
		number(u->l, c, u->begun);
	u->begun++;
	c->sent = c->got = c->whole = 0;
	c->since_us = now_us();
	conn_send(u, c);
}

/* Has it the first one's body? */
static bool same(struct run *u, const char *body, size_t n)
{
	if (u->l->number_at)
		return true;
	if (!u->body) {
		u->body = malloc(n + 1);
		u->body_n = n;
		memcpy(u->body, body, n);
	}
	return n == u->body_n && memcmp(u->body, body, n) == 0;
}

static bool good(struct run *u, struct conn *c)
{
	char *body = strstr(c->reply, "\r\n\r\n");
	size_t n;

	if (!body || strncmp(c->reply, "HTTP/1.1 200", 12) != 0)
		return false;
	n = (size_t)(c->reply + c->got - body - 4);
	if ((u->l->most && n > u->l->most) || !same(u, body + 4, n))
		return false;
	*body = '\0';
	return !u->l->must || strstr(c->reply, u->l->must);
}

static void conn_count(struct run *u, struct conn *c, bool broken)
{
	struct load_result *r = u->r;

	r->took_us[r->done++] = now_us() - c->since_us;
	if (!broken && good(u, c))
		return;
	if (r->failed++ == 0)
		snprintf(r->why, sizeof(r->why), "%s", c->reply);
}

/* -- a reply --------------------------------------------------------------- */

/* How long is it? 0 while that is not known: chunks are until their last. */
static size_t length(struct conn *c)
{
	char *body = strstr(c->reply, "\r\n\r\n"), *l;

	if (!body)
		return 0;
	l = strcasestr(c->reply, "\r\nContent-Length:");
	if (l && l < body)
		return (size_t)(body + 4 - c->reply) +
		       strtoul(l + 17, NULL, 10);
	return memcmp(c->reply + c->got - 5, "0\r\n\r\n", 5) == 0 ? c->got : 0;
}

static void conn_read(struct run *u, struct conn *c)
{
	ssize_t n = recv(c->fd, c->reply + c->got, REPLY_MAX - c->got, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		c->reply[c->got] = '\0';
		conn_count(u, c, true);
		close(c->fd);
		c->full = false;
		conn_open(u, c);
		conn_begin(u, c);
		return;
	}
	c->got += (size_t)n;
	c->reply[c->got] = '\0';
	if (!c->whole)
		c->whole = length(c);
	if (!c->whole || c->got < c->whole)
		return;
	conn_count(u, c, false);
	conn_begin(u, c);
}

/* -- all of them ----------------------------------------------------------- */

static void wait_some(struct run *u)
{
	struct epoll_event e[64];
	int i, n = epoll_wait(u->epoll, e, 64, 60000);

	if (n <= 0)
		die("no reply within a minute");
	for (i = 0; i < n; i++) {
		struct conn *c = e[i].data.ptr;

		if (e[i].events & EPOLLOUT)
			conn_send(u, c);
		if (e[i].events & ~(uint32_t)EPOLLOUT)
			conn_read(u, c);
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void load_run(const struct load *l, struct load_result *r)
{
	struct run u = { .l = l, .r = r, .epoll = epoll_create1(EPOLL_CLOEXEC) };
	double began;
	int i;

	*r = (struct load_result){ 0 };
	r->took_us = calloc((size_t)l->requests, sizeof(double));
	u.conns = calloc((size_t)l->connections, sizeof(*u.conns));
	for (i = 0; i < l->connections; i++) {
		u.conns[i].reply = malloc(REPLY_MAX + 1);
		u.conns[i].request = malloc(l->n);
		memcpy(u.conns[i].request, l->request, l->n);
		conn_open(&u, &u.conns[i]);
	}
	began = now_us();
	if (l->seconds > 0)
		u.until_us = began + l->seconds * 1e6;
	for (i = 0; i < l->connections; i++)
		conn_begin(&u, &u.conns[i]);
	while (r->done < u.begun)
		wait_some(&u);
	r->seconds = (now_us() - began) / 1e6;
	for (i = 0; i < l->connections; i++) {
		close(u.conns[i].fd);
		free(u.conns[i].request);
		free(u.conns[i].reply);
	}
	free(u.body);
	free(u.conns);
	close(u.epoll);
	qsort(r->took_us, (size_t)r->done, sizeof(double), by_size);
}
