/* What is left on a kept connection, when it is TLS: bytes then lie in the
 * socket, or in a record that has been opened. The server is `openssl
 * s_server`, whose every read of its input is one record. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/net_bed.h"
#define PLACE_FILE "cert.pem"
#include "unit/place.h"

#define EVIL "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
#define BODY "{\"a\":1}" /* ends each request */
#define SESSION "BEGIN SSL SESSION" /* said with each connection */

struct front {
	pid_t pid;
	int in, out; /* of s_server */
	int port, connections;
	const char *const *say; /* one a request */
	pthread_t thread;
};

/* The process's own socket to that port. */
static int client_fd(int port)
{
	struct sockaddr_in in;
	socklen_t n;

	for (int fd = 3; fd < 256; fd++) {
		n = sizeof(in);
		if (getpeername(fd, (struct sockaddr *)&in, &n) == 0 &&
		    in.sin_family == AF_INET && ntohs(in.sin_port) == port)
			return fd;
	}
	return -1;
}

static void put(struct front *f, const char *s)
{
	if (write(f->in, s, strlen(s)) != (ssize_t)strlen(s))
		abort();
}

/* True when p, of n bytes, ends so. */
static bool ends(const char *p, size_t n, const char *with)
{
	size_t m = strlen(with);

	return n >= m && memcmp(p + n - m, with, m) == 0;
}

static void *front_run(void *arg)
{
	struct front *f = arg;
	char said[64 * 1024];
	size_t n = 0;

	while (n < sizeof(said) && read(f->out, said + n, 1) == 1) {
		n++;
		f->connections += ends(said, n, SESSION);
		if (ends(said, n, BODY) && *f->say)
			put(f, *f->say++);
	}
	return NULL;
}

/* "ACCEPT 127.0.0.1:port" */
static int port_read(int fd)
{
	char line[256];
	int port = 0;
	size_t n = 0;

	while (!port && n < sizeof(line) - 1 && read(fd, line + n, 1) == 1) {
		line[++n] = '\0';
		if (line[n - 1] == '\n' &&
		    sscanf(line, "ACCEPT 127.0.0.1:%d", &port) != 1)
			n = 0;
		else if (line[n - 1] != '\n')
			port = 0;
	}
	return port;
}

static void front_make(struct front *f, char *cert, const char *const *say)
{
	char *argv[] = { "openssl", "s_server", "-accept", "127.0.0.1:0",
			 "-cert", cert, "-key", cert, NULL };
	posix_spawn_file_actions_t files;
	int in[2], out[2];

	*f = (struct front){ .say = say };
	assert_int_equal(0, pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC));
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in[0], 0);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	assert_int_equal(0, posix_spawnp(&f->pid, argv[0], &files, NULL, argv,
					 environ));
	posix_spawn_file_actions_destroy(&files);
	close(in[0]);
	close(out[1]);
	f->in = in[1];
	f->out = out[0];
	f->port = port_read(f->out);
	assert_true(f->port > 0);
	assert_int_equal(0, pthread_create(&f->thread, NULL, front_run, f));
}

static void front_free(struct front *f)
{
	kill(f->pid, SIGTERM);
	assert_int_equal(f->pid, waitpid(f->pid, NULL, 0));
	pthread_join(f->thread, NULL);
	close(f->in);
	close(f->out);
}

static void cert_make(const struct place *p)
{
	char line[1024];

	if (system("openssl version >/dev/null 2>&1") != 0)
		skip();
	snprintf(line, sizeof(line), "cd '%s' && openssl req -x509 -newkey ec "
		 "-pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out crt "
		 "-days 2 -subj /CN=127.0.0.1 -addext "
		 "subjectAltName=IP:127.0.0.1 2>/dev/null && "
		 "cat key crt >" PLACE_FILE, p->dir);
	assert_int_equal(0, system(line));
}

/* --- */

struct late {
	const char *what;
	const char *replies[5]; /* to each request that comes */
	const char *in_call;    /* sent when the first head has come */
	const char *between;    /* ... when the first call is over */
	int connections;        /* after three calls */
};

#define TEN(s) s s s s s s s s s s

static const struct late cases[] = {
	{ "nothing", { OK, OK, OK }, NULL, NULL, 1 },
	{ "body by itself", { OK_HEAD "\r\n", OK, OK }, "ok", NULL, 1 },
	{ "in one record", { OK EVIL, OK, OK }, NULL, NULL, 2 },
	{ "in the body's record", { OK_HEAD "\r\n", OK, OK }, "ok" EVIL, NULL,
	  2 },
	{ "a byte of it", { OK_HEAD "\r\n", OK, OK }, "okH", NULL, 2 },
	{ "between calls", { OK, OK, OK }, NULL, EVIL, 2 },
	/* A record that is larger than a piece is read at once all the same. */
	{ "much in one record",
	  { OK_HEAD "X-Pad: " TEN(TEN(TEN("pad"))) "\r\n\r\nok", OK, OK },
	  NULL, NULL, 1 },
};

struct ctx {
	struct got got;
	struct front *front;
	const char *in_call;
};

static int on_head(void *ctx, int status, const struct net_header *h, size_t n)
{
	struct ctx *c = ctx;

	(void)status, (void)h, (void)n;
	if (c->in_call)
		put(c->front, c->in_call);
	c->in_call = NULL;
	return 0;
}

static int on_data(void *ctx, struct str bytes)
{
	struct ctx *c = ctx;

	buf_str(&c->got.body, bytes);
	return 0;
}

static void late_wait(struct front *f, const char *bytes)
{
	struct pollfd p = { client_fd(f->port), POLLIN, 0 };

	assert_true(p.fd >= 0);
	put(f, bytes);
	assert_int_equal(1, poll(&p, 1, 10000));
}

static void case_run(const struct late *l, struct bed *b, struct front *f)
{
	struct ctx c = { .front = f, .in_call = l->in_call };

	b->call.ctx = &c;
	b->call.head = on_head;
	b->call.data = on_data;
	for (int i = 0; i < 3; i++) {
		buf_init(&c.got.body, b->a);
		if (bed_call(b) != NET_DONE ||
		    !str_is(buf_view(&c.got.body), "ok"))
			fail_msg("%s, call %d: '%.*s' (%s)", l->what, i,
				 (int)c.got.body.n, c.got.body.p, b->err);
		if (i == 0 && l->between)
			late_wait(f, l->between);
	}
}

static void nothing_is_left_in_tls(void **state)
{
	static const struct play play[] = { { 0 } };
	struct place *p = *state;
	struct front f;
	struct bed b;

	cert_make(p);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		front_make(&f, p->path, cases[i].replies);
		bed_make(&b, play);
		snprintf(b.url, sizeof(b.url), "https://127.0.0.1:%d/", f.port);
		b.call.ca_file = p->path;
		b.call.piece = 1024;
		case_run(&cases[i], &b, &f);
		bed_stop(&b);
		bed_free(&b);
		front_free(&f);
		if (f.connections != cases[i].connections)
			fail_msg("%s: %d connections", cases[i].what,
				 f.connections);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_left_in_tls,
						place_setup, place_teardown),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
