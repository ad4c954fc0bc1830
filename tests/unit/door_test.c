/*
 * The doors, their socket and their signals: what a web server that stalls,
 * goes away or sends half a request does to a thread, and that it need not
 * wait for an errand. The corridor here is the test's own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "door/cgi.h"
#include "door/fcgi.h"
#include "door/listen.h"
#include "door/signals.h"
#include "serve/corridor.h"

#include <cmocka.h>

#define PLACE_FILE "socket"
#include "unit/place.h"

#define SHORT_MS 30
#define LONG_MS 20000 /* a test that waits this long has failed */

/* -- the bed: one thread that serves --------------------------------------- */

static struct bed {
	struct kept_conf conf;
	struct crew crew;
	struct fcgi_place place;
	struct sockaddr_un at;
	pthread_t thread;
	void (*walk)(struct door *d);
	struct lane *lane;
	ssize_t got;  /* of the last read of the walk */
	int put;      /* of its last write */
	struct errand *errand;   /* of its last request */
	int go[2], done[2];      /* pipes to and from an errand */
} bed;

void corridor_walk(struct site *site, struct lane *lane, struct door *door)
{
	(void)site;
	bed.lane = lane;
	bed.walk(door);
}

static struct site *no_site(void *ctx)
{
	(void)ctx;
	return NULL;
}

static bool take_errand(void *ctx, struct errand *e)
{
	(void)ctx;
	bed.errand = e;
	return true;
}

static void *serve(void *arg)
{
	struct hand hand;

	(void)arg;
	crew_join(&bed.crew, &hand);
	fcgi_serve(&bed.place, NULL, &hand);
	crew_leave(&hand);
	return NULL;
}

static int hire(void *ctx)
{
	(void)ctx;
	return pthread_create(&bed.thread, NULL, serve, NULL) == 0 ? 0 : -1;
}

static int open_place(void **state)
{
	struct place *p;

	if (place_setup(state) < 0)
		return -1;
	p = *state;
	memset(&bed, 0, sizeof(bed));
	bed.at.sun_family = AF_UNIX;
	snprintf(bed.at.sun_path, sizeof(bed.at.sun_path), "%.100s", p->path);
	bed.conf = (struct kept_conf){
		listen_open(p->path, p->err, sizeof(p->err)),
		eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), LONG_MS, LONG_MS,
		1000, NULL, NULL };
	bed.place = (struct fcgi_place){ NULL, no_site, take_errand, NULL };
	if (crew_init(&bed.crew, 1, 1, hire, NULL) < 0)
		return -1;
	fcntl(bed.conf.listen_fd, F_SETFL, O_NONBLOCK);
	return bed.conf.listen_fd < 0 ? -1 : 0;
}

static int close_place(void **state)
{
	kept_close(&bed.place.kept);
	crew_fini(&bed.crew);
	close(bed.conf.listen_fd);
	close(bed.conf.stop_fd);
	listen_remove(bed.at.sun_path);
	return place_teardown(state);
}

static void begin(void (*walk)(struct door *d))
{
	bed.walk = walk;
	bed.place.kept = kept_open(&bed.conf);
	assert_non_null(bed.place.kept);
	assert_int_equal(crew_hire(&bed.crew), 0);
}

static void end(void)
{
	uint64_t one = 1;

	assert_int_equal(write(bed.conf.stop_fd, &one, sizeof(one)), 8);
	assert_int_equal(pthread_join(bed.thread, NULL), 0);
}

/* -- a web server ---------------------------------------------------------- */

enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

static int call(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&bed.at,
				 sizeof(bed.at)), 0);
	return fd;
}

static void tell(int fd, int type, const char *p, size_t n)
{
	unsigned char head[8] = { 1, (unsigned char)type, 0, 1,
				  (unsigned char)(n >> 8), (unsigned char)n };

	assert_int_equal(write(fd, head, sizeof(head)), sizeof(head));
	assert_int_equal(write(fd, p, n), n);
}

/* How much of a request is sent, each part after those before it. */
enum part { HALF_HEAD, NO_PARAMS, NO_BODY, WHOLE };

static void request(int fd, enum part upto)
{
	if (upto == HALF_HEAD) {
		assert_int_equal(write(fd, "\1\1\0", 3), 3);
		return;
	}
	tell(fd, BEGIN, "\0\1\1\0\0\0\0\0", 8); /* responder, kept */
	if (upto == NO_PARAMS)
		return;
	tell(fd, PARAMS, "\016\001CONTENT_LENGTH5", 17);
	tell(fd, PARAMS, "", 0);
	if (upto == NO_BODY)
		return;
	tell(fd, STDIN, "hello", 5);
	tell(fd, STDIN, "", 0);
}

static bool readable(int fd, int ms)
{
	struct pollfd f = { fd, POLLIN, 0 };

	return poll(&f, 1, ms) > 0;
}

static bool read_all(int fd, unsigned char *p, size_t n)
{
	return n == 0 || recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

/* Reads records up to the end of a request or of the connection; what was
 * on standard output goes to out. Did the request end? */
static bool reply(int fd, char *out, size_t size)
{
	unsigned char head[8], part[65536 + 256];
	size_t n, len = 0;

	*out = '\0';
	while (readable(fd, LONG_MS) && read_all(fd, head, sizeof(head))) {
		if (head[0] != 1) { /* no record: cut off on purpose */
			while (recv(fd, part, sizeof(part), 0) > 0)
				continue;
			return false;
		}
		n = (size_t)head[4] << 8 | head[5];
		assert_true(read_all(fd, part, n + head[6]));
		if (head[1] == END)
			return true;
		if (head[1] != STDOUT || n >= size - len)
			continue;
		memcpy(out + len, part, n);
		len += n;
		out[len] = '\0';
	}
	return false;
}

static void assert_closed(int fd)
{
	char c;

	assert_true(readable(fd, LONG_MS));
	assert_true(recv(fd, &c, 1, 0) <= 0);
}

/* -- walks ----------------------------------------------------------------- */

static void walk_read(struct door *d)
{
	char body[64];

	do {
		bed.got = d->read(d, body, sizeof(body));
	} while (bed.got > 0);
	bed.put = sink_write(&d->out, STR("Status: 200\r\n\r\nyes"));
}

static void walk_hurried(struct door *d)
{
	d->hurry(d, SHORT_MS);
	walk_read(d);
}

static void walk_cut(struct door *d)
{
	sink_write(&d->out, STR("Status: 200\r\n\r\nhalf"));
	d->cut(d);
	bed.got = d->read(d, (char[8]){ 0 }, 8);
}

static void walk_much(struct door *d)
{
	static char much[1 << 16];
	struct str s = { much, sizeof(much) };

	bed.put = 0;
	for (int i = 0; i < 1024 && bed.put == 0; i++)
		bed.put = sink_write(&d->out, s);
}

/* Waits to be told, and tells a variable. */
static void run(struct errand *e, struct lane *lane)
{
	const char *length = e->front->param(e->front, "CONTENT_LENGTH");
	struct arena *a = e->a;
	char c;

	bed.lane = lane;
	if (read(bed.go[0], &c, 1) != 1 ||
	    write(bed.done[1], length, strlen(length)) < 0)
		abort();
	arena_free(&a);
}

static void walk_later(struct door *d)
{
	struct arena *a = arena_new();
	struct errand *e = arena_zalloc(a, sizeof(*e));

	walk_read(d);
	*e = (struct errand){ .a = a, .work = run };
	bed.put = d->later(d, e) ? 0 : -1;
}

/* -- tests ----------------------------------------------------------------- */

static void test_kept_connection(void **state)
{
	int fd = call();
	char out[256];

	(void)state;
	bed.conf.read_ms = SHORT_MS;
	begin(walk_read);
	for (int i = 0; i < 2; i++) {
		request(fd, WHOLE);
		assert_true(reply(fd, out, sizeof(out)));
		assert_string_equal(out, "Status: 200\r\n\r\nyes");
		assert_int_equal(bed.got, 0);
		/* Between requests there is no clock. */
		assert_false(readable(fd, 3 * SHORT_MS));
	}
	end();
	close(fd);
}

/* There is one thread. */
static void test_idle_connections_hold_nobody(void **state)
{
	enum { IDLE = 20 };
	int silent = call(), fd[IDLE];
	char out[256];

	(void)state;
	begin(walk_read);
	for (int i = 0; i < IDLE; i++)
		fd[i] = call();
	for (int i = 0; i < 3 * IDLE; i++) {
		request(fd[i * 7 % IDLE], WHOLE);
		assert_true(reply(fd[i * 7 % IDLE], out, sizeof(out)));
	}
	end();
	for (int i = 0; i < IDLE; i++) {
		assert_closed(fd[i]);
		close(fd[i]);
	}
	assert_closed(silent);
	close(silent);
}

/* A process of few threads does not take all that wait to be accepted. */
static void test_a_crowd_is_shared(void **state)
{
	int stop = eventfd(1, EFD_CLOEXEC); /* no wait if there is none left */
	int first = call(), second = call();
	struct kept_conf conf = bed.conf;
	struct kept *one = kept_open(&bed.conf), *other;
	struct conn *c, *d;

	(void)state;
	conf.stop_fd = stop;
	other = kept_open(&conf);
	request(first, WHOLE);
	request(second, WHOLE);
	c = kept_next(one);
	d = kept_next(other);
	assert_non_null(c);
	assert_non_null(d);
	kept_drop(one, c);
	kept_drop(other, d);
	kept_close(&one);
	kept_close(&other);
	close(first);
	close(second);
	close(stop);
}

struct neighbour {
	struct kept *kept;
	struct conn *took;
};

/* The neighbour is quick; and then it is time to stop. */
static bool modest(void *ctx)
{
	struct neighbour *n = ctx;
	uint64_t one = 1;

	if (!n->took)
		n->took = kept_next(n->kept);
	assert_int_equal(write(bed.conf.stop_fd, &one, sizeof(one)), 8);
	return true;
}

/* A process that is nearly full takes a connection if nobody else does. */
static void test_modesty(void **state)
{
	struct neighbour n = { NULL, NULL };
	struct kept_conf conf = bed.conf;
	struct kept *one;
	int fd = call();

	(void)state;
	request(fd, WHOLE);
	conf.modest = modest;
	conf.ctx = &n;
	one = kept_open(&conf);
	conf.modest = NULL;
	conf.stop_fd = eventfd(0, EFD_CLOEXEC);
	n.kept = kept_open(&conf);
	assert_null(kept_next(one));
	assert_non_null(n.took);
	kept_drop(n.kept, n.took);
	kept_close(&one);
	kept_close(&n.kept);
	close(conf.stop_fd);
	close(fd);
}

static void test_half_requests_end(void **state)
{
	static const enum part parts[] = { HALF_HEAD, NO_PARAMS, NO_BODY };
	char out[256];
	int fd;

	(void)state;
	bed.conf.read_ms = SHORT_MS;
	begin(walk_read);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		bed.got = 1;
		fd = call();
		request(fd, parts[i]);
		reply(fd, out, sizeof(out));
		assert_closed(fd);
		assert_int_equal(bed.got, parts[i] == NO_BODY ? -1 : 1);
		close(fd);
	}
	end();
}

/* Whose body nobody waits for; the next one has all its time again. */
static void test_hurry(void **state)
{
	int fd = call(), late;
	char out[256];

	(void)state;
	begin(walk_hurried);
	request(fd, WHOLE);
	assert_true(reply(fd, out, sizeof(out)));
	assert_int_equal(bed.got, 0);
	late = call();
	request(late, NO_BODY);
	reply(late, out, sizeof(out));
	assert_closed(late);
	assert_int_equal(bed.got, -1);
	close(late);
	bed.walk = walk_read;
	request(fd, NO_BODY);
	assert_false(readable(fd, 3 * SHORT_MS));
	tell(fd, STDIN, "hello", 5);
	tell(fd, STDIN, "", 0);
	assert_true(reply(fd, out, sizeof(out)));
	assert_int_equal(bed.got, 0);
	end();
	close(fd);
}

static void test_who_does_not_read_is_left(void **state)
{
	int fd = call();

	(void)state;
	bed.conf.write_ms = SHORT_MS;
	begin(walk_much);
	request(fd, WHOLE);
	assert_true(readable(fd, LONG_MS));
	end(); /* it waits for the answer */
	assert_int_equal(bed.put, -1);
	close(fd);
}

static void test_cut_has_no_end(void **state)
{
	char out[256];
	int fd = call();

	(void)state;
	request(fd, WHOLE); /* all of it, before it can be cut */
	begin(walk_cut);
	assert_false(reply(fd, out, sizeof(out)));
	assert_string_equal(out, "Status: 200\r\n\r\nhalf");
	assert_closed(fd);
	close(fd);
	end();
}

static void pipes_open(void)
{
	assert_int_equal(pipe(bed.go), 0);
	assert_int_equal(pipe(bed.done), 0);
}

/* Tells the errand to go on, which knows the request's variables yet. */
static void errand_goes_on(void)
{
	char said[8] = "";

	assert_int_equal(write(bed.go[1], "x", 1), 1);
	assert_true(readable(bed.done[0], LONG_MS));
	assert_int_equal(read(bed.done[0], said, sizeof(said)), 1);
	assert_string_equal(said, "5");
}

static void pipes_close(void)
{
	for (int i = 0; i < 2; i++) {
		close(bed.go[i]);
		close(bed.done[i]);
	}
}

static void test_fcgi_errand(void **state)
{
	struct errand *first;
	char out[256];
	int fd = call();

	(void)state;
	pipes_open();
	begin(walk_later);
	request(fd, WHOLE);
	assert_true(reply(fd, out, sizeof(out)));
	first = bed.errand;
	/* On the same connection, and nobody has run the errand. */
	request(fd, WHOLE);
	assert_true(reply(fd, out, sizeof(out)));
	assert_string_equal(out, "Status: 200\r\n\r\nyes");
	close(fd);
	end();
	assert_int_equal(bed.put, 0);
	assert_ptr_not_equal(first, bed.errand);
	assert_int_equal(write(bed.go[1], "x", 1), 1);
	first->work(first, NULL);
	assert_int_equal(read(bed.done[0], out, sizeof(out)), 1);
	assert_int_equal(write(bed.go[1], "x", 1), 1);
	bed.errand->work(bed.errand, NULL);
	pipes_close();
}

/* A CGI process that has one socket as all three, as from mod_cgid. */
static pid_t cgi_start(int fd)
{
	struct lane lane = { .stop_fd = -1 };
	pid_t child = fork();

	if (child)
		return child;
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	close(fd);
	setenv("CONTENT_LENGTH", "5", 1);
	_exit(cgi_serve(NULL, &lane));
}

/* Neither the end of the process nor that of its output waits for it. */
static void test_cgi_errand(void **state)
{
	int pair[2], status;
	char out[64] = "";
	pid_t child;

	(void)state;
	pipes_open();
	bed.walk = walk_later;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				    pair), 0);
	child = cgi_start(pair[1]);
	close(pair[1]);
	assert_int_equal(write(pair[0], "hello", 5), 5);
	assert_true(readable(pair[0], LONG_MS));
	assert_int_equal(recv(pair[0], out, sizeof(out) - 1, MSG_WAITALL), 18);
	assert_string_equal(out, "Status: 200\r\n\r\nyes");
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	errand_goes_on();
	close(pair[0]);
	pipes_close();
}

static int64_t cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* No descriptor for a connection: patience, and it is served later; those that
 * are open are served meanwhile. */
static void test_no_descriptors(void **state)
{
	struct rlimit l, few;
	char out[256];
	int64_t spent, until;
	int kept, fd;

	(void)state;
	begin(walk_read);
	kept = call();
	request(kept, WHOLE);
	assert_true(reply(kept, out, sizeof(out))); /* the thread runs */
	getrlimit(RLIMIT_NOFILE, &l);
	fd = call();
	few = l;
	few.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	spent = cpu_ms();
	request(fd, WHOLE);
	readable(fd, 400);
	spent = cpu_ms() - spent;
	until = clock_mono_ms() + LONG_MS;
	for (int i = 0; i < LONG_MS / 50; i++) { /* 100 ms each is too much */
		request(kept, WHOLE);
		assert_true(reply(kept, out, sizeof(out)));
	}
	assert_true(clock_mono_ms() < until);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &l), 0);
	assert_true(reply(fd, out, sizeof(out)));
	assert_true(spent < 200);
	close(fd);
	close(kept);
	end();
}

/* libfcgi must not put a large descriptor into an fd_set. */
static void test_large_descriptors(void **state)
{
	enum { LARGE = 1100 };
	struct rlimit l, many;
	static int held[LARGE];
	char out[256];
	int n = 0, fd;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &l);
	many = l;
	many.rlim_cur = l.rlim_max;
	if (l.rlim_max < 2 * LARGE || setrlimit(RLIMIT_NOFILE, &many) < 0)
		skip();
	while (n < LARGE && (held[n] = dup(bed.conf.stop_fd)) >= 0)
		n++;
	assert_int_equal(n, LARGE);
	begin(walk_read);
	fd = call();
	request(fd, WHOLE);
	assert_true(reply(fd, out, sizeof(out)));
	close(fd);
	end();
	while (n > 0)
		close(held[--n]);
	setrlimit(RLIMIT_NOFILE, &l);
}

static void test_signals_are_restored(void **state)
{
	sigset_t old, inner, now;

	(void)state;
	signals_block(&old);
	signals_block(&inner); /* as by a thread that starts another */
	signals_restore(&inner);
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	assert_true(sigismember(&now, SIGTERM));
	assert_true(sigismember(&now, SIGHUP));
	signals_restore(&old);
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	assert_false(sigismember(&now, SIGTERM));
}

static void test_socket_can_be_reached(void **state)
{
	mode_t mask = umask(022);
	char where[500], *slash;
	struct place *p = *state;
	struct stat st;
	int fd;

	snprintf(where, sizeof(where), "%s/run/larder/socket", p->dir);
	fd = listen_open(where, p->err, sizeof(p->err));
	umask(mask);
	assert_true(fd >= 0);
	assert_int_equal(stat(where, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	listen_remove(where);
	for (int i = 0; i < 2; i++) {
		slash = strrchr(where, '/');
		*slash = '\0';
		assert_int_equal(stat(where, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0755);
	}
	close(fd);
}

/* Somebody listens but does not accept, and has a full backlog. */
static void test_full_backlog_is_somebody(void **state)
{
	struct place *p = *state;
	int fd[8], n = 0;

	assert_int_equal(listen(bed.conf.listen_fd, 1), 0);
	do {
		fd[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	} while (connect(fd[n], (struct sockaddr *)&bed.at,
			 sizeof(bed.at)) == 0 && ++n < 7);
	assert_true(n < 7);
	assert_int_equal(listen_open(p->path, p->err, sizeof(p->err)), -1);
	assert_non_null(strstr(p->err, "another process is listening"));
	for (; n >= 0; n--)
		close(fd[n]);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, open_place, \
						   close_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_kept_connection),
		WITH(test_idle_connections_hold_nobody),
		WITH(test_a_crowd_is_shared),
		WITH(test_modesty),
		WITH(test_half_requests_end),
		WITH(test_hurry),
		WITH(test_who_does_not_read_is_left),
		WITH(test_cut_has_no_end),
		WITH(test_fcgi_errand),
		WITH(test_cgi_errand),
		WITH(test_no_descriptors),
		WITH(test_large_descriptors),
		cmocka_unit_test(test_signals_are_restored),
		WITH(test_socket_can_be_reached),
		WITH(test_full_backlog_is_somebody),
	};

	signal(SIGPIPE, SIG_IGN);
	if (fcgi_setup() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
