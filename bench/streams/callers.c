#include "ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REPLY_MAX 65536
#define PATIENCE_MS 30000

struct caller {
	int fd;
	bool begun; /* some of the reply's body has come */
	size_t n, seen; /* of the reply: read, and searched for events */
	int events;
	double since_us;
	char reply[REPLY_MAX + 1];
};

struct run {
	const struct ask *a;
	struct ask_result *r;
	struct caller *callers;
	int ep, asked, begun;
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

/* -- questions ------------------------------------------------------------- */

static void caller_open(struct run *u, struct caller *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)u->a->port) };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	epoll_ctl(u->ep, EPOLL_CTL_ADD, c->fd, &e);
}

/* About 2 KB. Nobody else asks it when the time and a number are in it. */
static int question(struct run *u, char *to, size_t room)
{
	const struct ask *a = u->a;
	int n = snprintf(to, room, "{\"model\":\"%s\",%s\"messages\":[{"
		"\"role\":\"user\",\"content\":\"", a->model,
		a->events ? "\"stream\":true," : "");

	if (a->unique)
		n += snprintf(to + n, room - (size_t)n, "%.0f %d ", now_us(),
			      u->asked);
	while (n < 2000)
		n += snprintf(to + n, room - (size_t)n, "and one more word ");
	return n + snprintf(to + n, room - (size_t)n,
			    "\"}],\"temperature\":0}");
}

static void caller_ask(struct run *u, struct caller *c)
{
	char body[4096], text[8192];
	int n;

	if (u->asked == u->a->requests)
		return;
	u->asked++;
	n = question(u, body, sizeof(body));
	n = snprintf(text, sizeof(text), "POST %s HTTP/1.1\r\nHost: 127.0.0.1"
		"\r\nAuthorization: Bearer sk-alice\r\nContent-Type: "
		"application/json\r\nContent-Length: %d\r\n\r\n%s",
		u->a->path, n, body);
	c->n = c->seen = 0;
	c->events = 0;
	c->begun = false;
	c->since_us = now_us();
	if (send(c->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		die("send");
}

/* -- replies --------------------------------------------------------------- */

static const char *body_of(const struct caller *c)
{
	const char *end = strstr(c->reply, "\r\n\r\n");

	return end ? end + 4 : NULL;
}

/* Is it whole? Chunks are until their last. */
static bool complete(const struct caller *c)
{
	const char *body = body_of(c);
	const char *l = strcasestr(c->reply, "\r\nContent-Length:");

	if (!body)
		return false;
	if (l && l < body)
		return c->n >= (size_t)(body - c->reply) +
			       strtoul(l + 17, NULL, 10);
	return c->n > 5 && memcmp(c->reply + c->n - 5, "0\r\n\r\n", 5) == 0;
}

/* What a caller waits for: an event, or the answer; no comment. */
static void find_events(struct run *u, struct caller *c, double now)
{
	char *at = c->reply + c->seen, *end;
	double sent;

	while ((at = strchr(at, '@'))) {
		sent = strtod(at + 1, &end);
		if (!*end)
			break; /* the rest of the number is still to come */
		if (!c->events++)
			ask_list_add(&u->r->first, now - c->since_us);
		if (u->a->events)
			ask_list_add(&u->r->event, now - sent);
		c->seen = (size_t)(end - c->reply);
		at = end;
	}
}

static bool good(const struct run *u, const struct caller *c)
{
	if (strncmp(c->reply, "HTTP/1.1 200", 12) != 0)
		return false;
	if (!u->a->events)
		return c->events == 1;
	return c->events == u->a->events && strstr(c->reply, "data: [DONE]");
}

static void count(struct run *u, struct caller *c, bool ended)
{
	double took = now_us() - c->since_us;
	struct ask_result *r = u->r;

	r->done++;
	if (ended && good(u, c)) {
		r->whole++;
		ask_list_add(&r->took, took);
	} else if (ended && strncmp(c->reply, "HTTP/1.1 503", 12) == 0 &&
		   strcasestr(c->reply, "\r\nRetry-After: ")) {
		r->refused++;
		ask_list_add(&r->no, took);
	} else {
		r->lost++;
	}
}

/* Whoever runs beside them is at full tilt when each has something. */
static void note_begun(struct run *u, struct caller *c)
{
	if (c->begun || !body_of(c) || !*body_of(c))
		return;
	c->begun = true;
	if (++u->begun == u->a->connections)
		for (int i = 0; i < u->a->npids; i++)
			u->r->full_kb += ask_pss_kb(u->a->pids[i]);
}

static void caller_read(struct run *u, struct caller *c)
{
	ssize_t n = recv(c->fd, c->reply + c->n, REPLY_MAX - c->n, 0);
	double now = now_us();

	if (n < 0 && errno == EAGAIN)
		return;
	if (n > 0) {
		c->n += (size_t)n;
		c->reply[c->n] = '\0';
		find_events(u, c, now);
		note_begun(u, c);
		if (!complete(c))
			return;
	}
	count(u, c, n > 0);
	if (n <= 0 || strcasestr(c->reply, "\r\nConnection: close")) {
		close(c->fd);
		caller_open(u, c);
	}
	caller_ask(u, c);
}

void ask_run(const struct ask *a, struct ask_result *r)
{
	struct run u = { .a = a, .r = r };
	struct epoll_event e[64];
	double began;
	int n;

	*r = (struct ask_result){ 0 };
	u.ep = epoll_create1(EPOLL_CLOEXEC);
	u.callers = calloc((size_t)a->connections, sizeof(*u.callers));
	for (int i = 0; i < a->connections; i++)
		caller_open(&u, &u.callers[i]);
	began = now_us();
	for (int i = 0; i < a->connections; i++)
		caller_ask(&u, &u.callers[i]);
	while (r->done < a->requests) {
		n = epoll_wait(u.ep, e, 64, a->waits ? -1 : PATIENCE_MS);
		if (n <= 0)
			break;
		for (int i = 0; i < n; i++)
			caller_read(&u, e[i].data.ptr);
	}
	r->seconds = (now_us() - began) / 1e6;
	r->lost += a->requests - r->done; /* who hangs */
	for (int i = 0; i < a->connections; i++)
		close(u.callers[i].fd);
	free(u.callers);
	close(u.ep);
}
