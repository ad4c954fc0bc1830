#include "storm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX 65536
#define PAUSE_US 2000 /* after a connection that was refused */

int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* -- connections ------------------------------------------------------- */

static void leave(struct caller *c)
{
	if (c->fd >= 0)
		close(c->fd); /* and it is out of the epoll set */
	c->fd = -1;
}

int call_open(struct caller *c)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((uint16_t)c->port);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 &&
	    connect(c->fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one,
		       sizeof(one)) == 0 &&
	    epoll_ctl(run.ep, EPOLL_CTL_ADD, c->fd, &e) == 0)
		return 0;
	leave(c);
	return -1;
}

/* Requests are small: they fit into the socket at once. */
static int put(struct caller *c, const char *p, size_t n)
{
	if (c->fd < 0 && call_open(c) < 0)
		return -1;
	return send(c->fd, p, n, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

void call_ask(struct caller *c)
{
	char body[4096], who[128], request[REQUEST_MAX];
	const char *b = run.body;
	int n;

	if (run.load) {
		self_body(&c->q, body, sizeof(body));
		self_who(&c->q, who, sizeof(who));
		b = body;
	}
	n = snprintf(request, sizeof(request), "POST %s HTTP/1.1\r\n"
		     "Host: 127.0.0.1\r\nContent-Type: application/json\r\n"
		     "Content-Length: %zu\r\n%s%s%s%s\r\n%s", run.path,
		     strlen(b), run.header,
		     run.load ? "Authorization: Bearer " : "",
		     run.load ? who : "", run.load ? "\r\n" : "", b);
	if (n < 0 || (size_t)n >= sizeof(request)) {
		fputs("storm: the request is too long\n", stderr);
		exit(2);
	}
	reply_clear(&c->reply);
	c->first_seen = false;
	c->asked_us = now_us();
	c->waiting = true;
	run.requests++;
	if (put(c, request, (size_t)n) < 0) {
		leave(c);
		c->waiting = false;
		words_add(&run.ends, "refused");
		usleep(PAUSE_US);
	}
}

/* -- what comes of it -------------------------------------------------- */

/* Comments are not part of what a stream says. */
static size_t without_comments(char *p, size_t n)
{
	size_t kept = 0, line;
	char *eol, *end = p + n, *at = p;

	for (; at < end; at += line) {
		eol = memchr(at, '\n', (size_t)(end - at));
		line = (size_t)((eol ? eol + 1 : end) - at);
		if (*at == ':') {
			if (at + line < end && at[line] == '\n')
				line++;
			continue;
		}
		memmove(p + kept, at, line);
		kept += line;
	}
	return kept;
}

static void keep_body(const char *p, size_t n)
{
	FILE *f = run.out ? fopen(run.out, "we") : NULL;

	if (!f)
		return;
	if (fwrite(p, 1, n, f) != n)
		perror(run.out);
	fclose(f);
}

static void note_body(struct reply *r)
{
	char *p = r->p + r->body;
	size_t n = without_comments(p, r->body_n), i;

	keep_body(p, n);
	for (i = 0; i < run.nbodies && i < BODIES_MAX; i++)
		if (run.bodies_n[i] == n && !memcmp(run.bodies[i], p, n))
			return;
	if (i < BODIES_MAX) {
		run.bodies[i] = malloc(n + 1);
		if (!run.bodies[i])
			abort();
		memcpy(run.bodies[i], p, n);
		run.bodies_n[i] = n;
	}
	run.nbodies++;
}

static const char *cache_word(const char *status)
{
	static const char *const words[] = {
		"collapsed", "detail=stale", "hit", "bypass", "fwd=request",
		"stored", "fwd=miss",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(status, words[i]))
			return words[i];
	return "none";
}

static void judge(struct caller *c, bool ended)
{
	enum self s;

	if (c->reply.status != 200)
		return;
	if (!run.load) {
		note_body(&c->reply);
		return;
	}
	s = self_judge(&c->q, &c->reply, ended);
	words_add(&run.ends, s == SELF_RIGHT ? "right" :
			     s == SELF_CUT   ? "cut" : "wrong");
	if (s != SELF_WRONG || words_count(&run.ends, "wrong") > 5)
		return;
	fprintf(stderr, "storm: wrong: question %lu of tenant %lu: %.*s\n",
		c->q.number, c->q.tenant,
		(int)(c->reply.body_n < 600 ? c->reply.body_n : 600),
		c->reply.p + c->reply.body);
}

static void note_times(struct caller *c)
{
	int64_t took = now_us() - c->asked_us;

	times_add(&run.first, c->first_us - c->asked_us);
	times_add(&run.last, took);
	if (c->reply.status == 200 &&
	    strcmp(cache_word(c->reply.cache), "hit") == 0)
		times_add(&run.hits, took);
}

/* rc as reply_read() has it, and 0 for what takes too long. */
static void finish(struct caller *c, int rc)
{
	char status[16];

	c->waiting = false;
	snprintf(status, sizeof(status), "%d", c->reply.status);
	if (rc > 0) {
		run.answered++;
		words_add(&run.status, status);
		words_add(&run.cache, cache_word(c->reply.cache));
		note_times(c);
	} else if (rc < 0) {
		words_add(&run.ends, "broken");
	} else {
		words_add(&run.ends, "hung");
		fprintf(stderr, "storm: hung at port %d: question %lu of "
			"tenant %lu, %sstatus %d, %zu bytes\n", c->port,
			c->q.number, c->q.tenant,
			c->q.stream ? "stream, " : "", c->reply.status,
			c->reply.body_n);
	}
	judge(c, rc > 0);
	if (rc <= 0 || !c->reply.keep)
		leave(c);
}

/* A comment is nothing yet. */
static bool says_something(const struct reply *r)
{
	const char *p = r->p + r->body;

	return r->body_n && (*p != ':' || memmem(p, r->body_n, "\ndata:", 6));
}

static void hear(struct caller *c)
{
	int rc = reply_read(&c->reply, c->fd);

	if (!c->waiting) { /* the server closes what is idle */
		leave(c);
		return;
	}
	if (!c->first_seen && says_something(&c->reply)) {
		c->first_seen = true;
		c->first_us = now_us();
	}
	if (rc && !c->first_seen)
		c->first_us = now_us();
	if (rc)
		finish(c, rc);
}

void call_find_hung(void)
{
	int64_t since = now_us() - (int64_t)(run.hang_s * 1e6);

	for (size_t i = 0; i < run.n; i++)
		if (run.caller[i].waiting && run.caller[i].asked_us < since)
			finish(&run.caller[i], 0);
}

void call_hear(int ms)
{
	struct epoll_event e[256];
	int n = epoll_wait(run.ep, e, 256, ms);

	for (int i = 0; i < n; i++)
		hear(e[i].data.ptr);
}
