#include "fake/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void http_conn_init(struct http_conn *c, int fd)
{
	int one = 1;

	memset(c, 0, sizeof(*c));
	c->fd = fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

void http_conn_fini(struct http_conn *c)
{
	close(c->fd);
	free(c->p);
}

/* More bytes from the peer; -1 at the end. */
static int fill(struct http_conn *c)
{
	ssize_t got;

	if (c->cap - c->n < 16384) {
		size_t cap = c->cap ? c->cap * 2 : 65536;
		char *p = realloc(c->p, cap);

		if (!p)
			return -1;
		c->p = p;
		c->cap = cap;
	}
	do
		got = recv(c->fd, c->p + c->n, c->cap - c->n, 0);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return -1;
	c->n += (size_t)got;
	return 0;
}

static void used(struct http_conn *c, size_t n)
{
	memmove(c->p, c->p + n, c->n - n);
	c->n -= n;
}

/* Waits until `end` is in the buffer; the length up to and with it, or 0. */
static size_t need_until(struct http_conn *c, const char *end, size_t max)
{
	size_t m = strlen(end);
	const char *at;

	for (;;) {
		at = c->n ? memmem(c->p, c->n, end, m) : NULL;
		if (at)
			return (size_t)(at - c->p) + m;
		if (c->n > max || fill(c) < 0)
			return 0;
	}
}

static int need(struct http_conn *c, size_t n)
{
	while (c->n < n)
		if (fill(c) < 0)
			return -1;
	return 0;
}

struct str http_get(const struct http_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nheader; i++)
		if (str_ieq(r->header[i].name, str_c(name)))
			return r->header[i].value;
	return STR("");
}

static int parse_head(struct http_request *r, struct str head)
{
	struct str line, word[3], name;
	size_t i;

	if (!str_cut(&head, '\n', &line))
		return -1;
	for (i = 0; i < 3; i++)
		if (!str_cut(&line, ' ', &word[i]))
			return -1;
	r->method = word[0];
	if (!str_cut(&word[1], '?', &r->path))
		return -1;
	r->query = word[1];
	r->keep = !str_is(word[2], "HTTP/1.0");
	while (str_cut(&head, '\n', &line) && line.n) {
		if (r->nheader == HTTP_MAX_HEADERS ||
		    !str_cut(&line, ':', &name))
			return -1;
		r->header[r->nheader].name = name;
		r->header[r->nheader++].value = str_trim(line);
	}
	if (str_ieq(http_get(r, "connection"), STR("close")))
		r->keep = false;
	return 0;
}

static int read_sized(struct http_conn *c, struct arena *a,
		      struct http_request *r, size_t n)
{
	if (n > HTTP_MAX_BODY || need(c, n) < 0)
		return -1;
	r->body = arena_str(a, (struct str){ c->p, n });
	used(c, n);
	return 0;
}

static int read_chunked(struct http_conn *c, struct arena *a,
			struct http_request *r)
{
	char *body = NULL;
	size_t n = 0, size, line;

	do {
		line = need_until(c, "\r\n", HTTP_MAX_HEAD);
		if (!line)
			break;
		size = strtoul(c->p, NULL, 16);
		if (size > HTTP_MAX_BODY - n || need(c, line + size + 2) < 0)
			break;
		body = realloc(body, n + size + 1);
		if (!body)
			abort();
		memcpy(body + n, c->p + line, size);
		n += size;
		used(c, line + size + 2);
		if (size == 0) {
			r->body = arena_str(a, (struct str){ body, n });
			free(body);
			return 0;
		}
	} while (true);
	free(body);
	return -1;
}

int http_read(struct http_conn *c, struct arena *a, struct http_request *r)
{
	size_t head = need_until(c, "\r\n\r\n", HTTP_MAX_HEAD);
	struct str text;

	memset(r, 0, sizeof(*r));
	if (!head)
		return 0;
	text = arena_str(a, (struct str){ c->p, head });
	used(c, head);
	if (parse_head(r, text) < 0)
		return 0;
	if (str_ieq(http_get(r, "expect"), STR("100-continue")) &&
	    http_send(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25) < 0)
		return 0;
	if (str_ieq(http_get(r, "transfer-encoding"), STR("chunked")))
		return read_chunked(c, a, r) == 0;
	text = http_get(r, "content-length");
	return read_sized(c, a, r, text.n ? strtoul(text.p, NULL, 10) : 0) ==
	       0;
}

int http_send(int fd, const void *p, size_t n)
{
	const char *at = p;
	ssize_t put;

	while (n) {
		put = send(fd, at, n, MSG_NOSIGNAL);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		at += put;
		n -= (size_t)put;
	}
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int http_linger(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };
	int64_t end = now_ms() + ms, left;

	for (;;) {
		left = ms < 0 ? -1 : end - now_ms();
		if (ms >= 0 && left <= 0)
			return 0;
		if (poll(&p, 1, (int)left) > 0)
			return -1;
	}
}

/* A socket bound to a free port of 127.0.0.1. */
static int bound(int *port_r)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &n) < 0) {
		close(fd);
		return -1;
	}
	*port_r = ntohs(in.sin_port);
	return fd;
}

int http_listen(int *port_r)
{
	int port, fd = bound(&port);

	if (fd < 0)
		return -1;
	if (listen(fd, 1024) < 0) {
		close(fd);
		return -1;
	}
	*port_r = port;
	return fd;
}

int http_refuse(int *port_r)
{
	return bound(port_r);
}
