/*
 * A provider for a thousand streams, of one thread:
 *
 *   origin
 *
 * prints "port N". What it does stands in the path:
 *
 *   /EVENTS/MS/...  a chat completion; as a stream the first event at once
 *                   and one each MS ms, else the whole of it after EVENTS*MS
 *   /stuck/...      never answers
 *   /stuck          how many wait for that
 *
 * Each event says when it was sent: "@" and CLOCK_MONOTONIC in us.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define ASKED_MAX (1 << 17)

struct conn;

/* What epoll tells of: one of a connection's two descriptors. */
struct end {
	struct conn *c;
	int fd;
};

struct conn {
	struct end sock, timer;
	size_t n; /* of the request, so far */
	char *asked;
	int left; /* events to send; of a plain reply, 1 */
	bool streams, stuck;
};

static int ep, listening, nstuck;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void watch(struct end *e)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = e };

	epoll_ctl(ep, EPOLL_CTL_ADD, e->fd, &ev);
}

/* Events that epoll has told of already may name it: the memory stays for
 * the next connection. */
static struct conn *spare[65536];
static int nspare;

static void conn_close(struct conn *c)
{
	if (c->sock.fd < 0)
		return;
	close(c->sock.fd);
	close(c->timer.fd);
	c->sock.fd = c->timer.fd = -1;
	nstuck -= c->stuck;
	if (nspare < 65536)
		spare[nspare++] = c;
}

static void conn_accept(void)
{
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct conn *c = nspare ? spare[--nspare] : calloc(1, sizeof(*c));
	int one = 1;

	if (fd < 0 || !c)
		return;
	if (!c->asked)
		c->asked = malloc(ASKED_MAX + 1);
	c->n = 0;
	c->stuck = false;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->sock = (struct end){ c, fd };
	c->timer = (struct end){ c, timerfd_create(CLOCK_MONOTONIC,
						   TFD_NONBLOCK) };
	if (!c->asked || c->timer.fd < 0)
		die("accept");
	watch(&c->sock);
	watch(&c->timer);
}

/* -- what it says ---------------------------------------------------------- */

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void say(struct conn *c, const char *head, const char *body, int n)
{
	char text[4096];
	int len = snprintf(text, sizeof(text), "%s%x\r\n%s\r\n%s", head, n,
			   body, c->left ? "" : "0\r\n\r\n");

	if (send(c->sock.fd, text, (size_t)len, MSG_NOSIGNAL) != len)
		conn_close(c);
}

static void say_event(struct conn *c, const char *head)
{
	char text[2048];
	int n = snprintf(text, sizeof(text), "data: {\"id\":\"chatcmpl-1\","
		"\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":"
		"\"gpt\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
		"\"assistant\",\"content\":\"@%lld \"},\"finish_reason\":"
		"%s}]}\n\n%s", now_us(), c->left == 1 ? "\"stop\"" : "null",
		c->left == 1 ? "data: {\"id\":\"chatcmpl-1\",\"object\":"
		"\"chat.completion.chunk\",\"created\":1,\"model\":"
		"\"gpt\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,"
		"\"completion_tokens\":9,\"total_tokens\":18}}\n\n"
		"data: [DONE]\n\n" : "");

	c->left--;
	say(c, head, text, n);
}

static void say_whole(struct conn *c, const char *head)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "{\"id\":\"chatcmpl-1\","
		"\"object\":\"chat.completion\",\"created\":1,\"model\":"
		"\"gpt\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
		"\"assistant\",\"content\":\"@%lld \"},\"finish_reason\":"
		"\"stop\"}],\"usage\":{\"prompt_tokens\":9,"
		"\"completion_tokens\":9,\"total_tokens\":18}}", now_us());

	c->left = 0;
	say(c, head, text, n);
}

static void arm(struct conn *c, int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	struct itimerspec each = { t, t };

	if (!ms && c->left)
		each.it_value.tv_nsec = each.it_interval.tv_nsec = 1;
	timerfd_settime(c->timer.fd, 0, &each, NULL);
}

#define HEAD(type) "HTTP/1.1 200 OK\r\nContent-Type: " type \
	"\r\nTransfer-Encoding: chunked\r\n\r\n"

static void on_timer(struct conn *c)
{
	unsigned long long n;

	if (c->timer.fd < 0 || read(c->timer.fd, &n, sizeof(n)) < 0)
		return;
	if (c->left && c->streams)
		say_event(c, "");
	else if (c->left)
		say_whole(c, HEAD("application/json"));
	if (!c->left && c->sock.fd >= 0)
		arm(c, 0);
}

static void say_stuck(struct conn *c)
{
	char text[256], number[16];
	int n = snprintf(number, sizeof(number), "%d\n", nstuck);

	n = snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n"
		     "Content-Length: %d\r\n\r\n%s", n, number);
	if (send(c->sock.fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		conn_close(c);
}

/* -- what it is asked ------------------------------------------------------ */

static void reply(struct conn *c)
{
	const char *path = strchr(c->asked, ' ');
	int events = 0, ms = 0;

	if (path && strncmp(path, " /stuck ", 8) == 0) {
		say_stuck(c);
	} else if (!path || sscanf(path, " /%d/%d/", &events, &ms) != 2) {
		c->stuck = true;
		nstuck++;
	} else if (strstr(c->asked, "\"stream\":true")) {
		c->streams = true;
		c->left = events;
		say_event(c, HEAD("text/event-stream"));
		arm(c, ms);
	} else {
		c->streams = false;
		c->left = 1;
		arm(c, events * ms);
	}
}

/* Is the request whole? */
static bool asked(const struct conn *c)
{
	const char *body = strstr(c->asked, "\r\n\r\n");
	const char *length = strcasestr(c->asked, "\r\nContent-Length:");
	size_t n = length && body && length < body ?
			   strtoul(length + 17, NULL, 10) : 0;

	return body && c->n >= (size_t)(body + 4 - c->asked) + n;
}

static void on_sock(struct conn *c)
{
	ssize_t n;

	if (c->sock.fd < 0)
		return;
	n = recv(c->sock.fd, c->asked + c->n, ASKED_MAX - c->n, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		conn_close(c);
		return;
	}
	c->n += (size_t)n;
	c->asked[c->n] = '\0';
	if (!asked(c))
		return;
	c->n = 0;
	reply(c);
}

static int listen_any(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) < 0 ||
	    listen(fd, 4096) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		die("listen");
	printf("port %d\n", ntohs(a.sin_port));
	fflush(stdout);
	return fd;
}

int main(void)
{
	struct epoll_event e[64], first = { .events = EPOLLIN };
	int i, n;

	ep = epoll_create1(EPOLL_CLOEXEC);
	listening = listen_any();
	epoll_ctl(ep, EPOLL_CTL_ADD, listening, &first);
	for (;;) {
		n = epoll_wait(ep, e, 64, -1);
		for (i = 0; i < n; i++) {
			struct end *end = e[i].data.ptr;

			if (!end)
				conn_accept();
			else if (end == &end->c->timer)
				on_timer(end->c);
			else
				on_sock(end->c);
		}
	}
}
