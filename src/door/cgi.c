#include "door/cgi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/alarm_queue.h"
#include "serve/corridor.h"

#define OUT_SIZE 8192 /* more is written from where it stands */

struct cgi_door {
	struct door door; /* first: the callbacks get its address */
	long long left;   /* of the body; -1: until its end */
	bool broken;      /* by cut */
	struct site *site;
	struct lane *lane;
	size_t n;
	char out[OUT_SIZE];
};

static int gone_pipe[2];

static void on_term(int sig)
{
	int err = errno;

	(void)sig;
	if (write(gone_pipe[1], "x", 1) < 0)
		_exit(1);
	errno = err;
}

/* Takes away what was written. */
static void advance(struct iovec *v, size_t n)
{
	size_t part;

	for (; n; v++) {
		part = n < v->iov_len ? n : v->iov_len;
		v->iov_base = (char *)v->iov_base + part;
		v->iov_len -= part;
		n -= part;
	}
}

/* Both, in one call if the server lets us. */
static int write_all(struct str a, struct str b)
{
	struct iovec v[2] = { { (void *)a.p, a.n }, { (void *)b.p, b.n } };
	ssize_t put;

	while (v[0].iov_len || v[1].iov_len) {
		put = writev(STDOUT_FILENO, v, 2);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		advance(v, (size_t)put);
	}
	return 0;
}

static int flush_with(struct cgi_door *d, struct str more)
{
	struct str held = { d->out, d->n };

	d->n = 0;
	return write_all(held, more);
}

static int flush(struct sink *s)
{
	return flush_with((struct cgi_door *)s, STR(""));
}

static int put(struct sink *s, struct str bytes)
{
	struct cgi_door *d = (struct cgi_door *)s;

	if (bytes.n > OUT_SIZE - d->n)
		return flush_with(d, bytes);
	if (bytes.n)
		memcpy(d->out + d->n, bytes.p, bytes.n);
	d->n += bytes.n;
	return 0;
}

static const char *param(struct door *door, const char *name)
{
	(void)door;
	return getenv(name);
}

/* A server need not close standard input: read no more than it announced. */
static ssize_t get(struct door *door, char *p, size_t n)
{
	struct cgi_door *d = (struct cgi_door *)door;
	ssize_t got;

	if (d->left >= 0 && (long long)n > d->left)
		n = (size_t)d->left;
	if (n == 0)
		return 0;
	do {
		got = read(STDIN_FILENO, p, n);
	} while (got < 0 && errno == EINTR);
	if (got > 0 && d->left >= 0)
		d->left -= got;
	return got;
}

static void cut(struct door *door)
{
	flush(&door->out);
	((struct cgi_door *)door)->broken = true;
}


/* Without a length there is no body (RFC 3875, 4.1.2), and standard input may
 * stay open for ever; but Apache passes one sent in chunks on like that. */
static long long body_length(void)
{
	const char *length = getenv("CONTENT_LENGTH");
	long long n = length ? strtoll(length, NULL, 10) : 0;

	if (length && *length)
		return n > 0 ? n : 0;
	return getenv("HTTP_TRANSFER_ENCODING") ? -1 : 0;
}

static void watch_term(void)
{
	struct sigaction sa = { .sa_handler = on_term,
				.sa_flags = SA_RESTART };

	if (pipe2(gone_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		_exit(1);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* -- behind an answer ------------------------------------------------------ */

#define HEARD_MS 2000

/* The server may wait for the end of any of the three; said takes stderr, or
 * is -1. SIGTERM came when the caller had left; to this process it comes when
 * the machine stops. */
static void part_from_server(struct lane *lane, int said)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		_exit(1);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(fd == STDERR_FILENO && said >= 0 ? said : null, fd);
	if (said >= 0)
		close(said);
	setsid();
	close(gone_pipe[0]);
	close(gone_pipe[1]);
	watch_term();
	lane->stop_fd = gone_pipe[0];
}

/* Copies what a child says to stderr, until it has ended or for so long. */
static void hear(int fd)
{
	int64_t until = clock_mono_ms() + HEARD_MS, left = HEARD_MS;
	struct pollfd f = { fd, POLLIN, 0 };
	char text[1024];
	ssize_t n = 1;

	for (; n > 0 && left > 0; left = until - clock_mono_ms()) {
		if (poll(&f, 1, (int)left) <= 0)
			continue;
		n = read(fd, text, sizeof(text));
		if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
			return;
	}
	if (n > 0)
		log_line("an alarm is still being told; what becomes of it "
			 "will not be said here");
}

static void run_apart(struct cgi_door *d, struct errand *e, int said)
{
	part_from_server(d->lane, said);
	d->lane->net = NULL; /* the parent's, with connections of its own */
	e->front = &d->door;
	e->work(e, d->lane);
	alarms_give_up(d->site->alarms);
	_exit(0);
}

/* The server waits for this process as well, and may kill it: a child that
 * has nothing of the server's goes on. */
static bool later(struct door *door, struct errand *e)
{
	struct cgi_door *d = (struct cgi_door *)door;
	int said[2] = { -1, -1 };
	pid_t child;

	if (e->heard && pipe2(said, O_CLOEXEC) < 0)
		return false;
	flush(&door->out);
	child = fork();
	if (child == 0)
		run_apart(d, e, said[1]);
	if (!e->heard)
		return child > 0;
	close(said[1]);
	if (child > 0)
		hear(said[0]);
	close(said[0]);
	return child > 0;
}

int cgi_serve(struct site *site, struct lane *lane)
{
	static struct cgi_door d;

	watch_term();
	d.door = (struct door){
		.out = { put, flush }, .param = param, .read = get,
		.gone_fd = gone_pipe[0], .gone_events = POLLIN,
		.out_fd = STDOUT_FILENO, .cut = cut, .later = later };
	d.site = site;
	d.lane = lane;
	d.left = body_length();
	corridor_walk(site, lane, &d.door);
	flush(&d.door.out);
	return d.broken ? 1 : 0;
}

void cgi_refuse(void)
{
	static const char text[] =
		"Status: 500 Internal Server Error\r\n"
		"Content-Type: application/json\r\n"
		"x-should-retry: false\r\n\r\n"
		"{\"error\":{\"message\":\"larder is not configured "
		"correctly; the web server's error log says what is wrong."
		"\",\"type\":\"server_error\",\"param\":null,"
		"\"code\":\"bad_configuration\"}}";

	write_all(STR(text), STR(""));
}
