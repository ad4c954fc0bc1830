/* How a call on the way out ends: by the reply, the clocks, the caller. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "unit/net_bed.h"

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

/* --- ends --- */

struct end_case {
	const char *what;
	struct play play;
	enum net_end end;
	int status; /* 0: head must not be called */
	const char *body;
};

static const struct end_case end_cases[] = {
	{ "content-length", { OK, KEEP }, NET_DONE, 200, "ok" },
	{ "chunked", { CHUNKED "2\r\nok\r\n0\r\n\r\n", KEEP }, NET_DONE, 200,
	  "ok" },
	{ "until close", { "HTTP/1.1 200 OK\r\n\r\nok", CLOSE }, NET_DONE, 200,
	  "ok" },
	{ "no content", { "HTTP/1.1 204 No Content\r\n\r\n", KEEP }, NET_DONE,
	  204, "" },
	{ "empty", { "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", KEEP },
	  NET_DONE, 500, "" },
	{ "redirect", { "HTTP/1.1 302 Found\r\nLocation: /v1/y\r\n"
			"Content-Length: 0\r\n\r\n", KEEP },
	  NET_DONE, 302, "" },
	{ "interim", { "HTTP/1.1 100 Continue\r\n\r\n"
		       "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" OK,
		       KEEP }, NET_DONE, 200, "ok" },
	{ "trailers", { CHUNKED "2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n", KEEP },
	  NET_DONE, 200, "ok" },
	{ "short", { SHORT_OF_9, CLOSE }, NET_BROKEN, 200, "ok" },
	{ "chunk cut", { CHUNKED "5\r\nok", CLOSE }, NET_BROKEN, 200, "ok" },
	{ "between chunks", { CHUNKED "2\r\nok\r\n", CLOSE }, NET_BROKEN, 200,
	  "ok" },
	{ "bad chunk", { CHUNKED "zz\r\nok\r\n", KEEP }, NET_BROKEN, 200, "" },
	{ "headers cut", { "HTTP/1.1 200 OK\r\nA: b\r\n", CLOSE }, NET_BROKEN,
	  0, "" },
	{ "only interim", { "HTTP/1.1 103 X\r\n\r\n", CLOSE }, NET_BROKEN, 0,
	  "" },
	{ "nothing", { "", CLOSE }, NET_BROKEN, 0, "" },
	{ "not HTTP", { "220 mail\r\n\r\n", CLOSE }, NET_BROKEN, 0, "" },
	{ "reset", { "", RESET }, NET_BROKEN, 0, "" },
	{ "reset amid headers", { "HTTP/1.1 200 OK\r\nA: b\r\n", RESET },
	  NET_BROKEN, 0, "" },
	{ "length of no number", { "HTTP/1.1 200 OK\r\nContent-Length: x\r\n"
				   "\r\nok", KEEP }, NET_BROKEN, 0, "" },
	{ "negative length", { "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n"
			       "\r\nok", KEEP }, NET_BROKEN, 0, "" },
	{ "length 2^64", { "HTTP/1.1 200 OK\r\n"
			   "Content-Length: 18446744073709551616\r\n\r\nok",
			   CLOSE }, NET_DONE, 200, "ok" },
	{ "more than its length", { OK "HTTP/1.1 200 OK\r\n\r\nevil", CLOSE },
	  NET_DONE, 200, "ok" },
};

static void ends_are_told_apart(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(end_cases) / sizeof(*end_cases); i++) {
		const struct end_case *c = &end_cases[i];
		struct play play[2] = { c->play };
		enum net_end end;
		struct bed b;

		bed_make(&b, play);
		end = bed_call(&b);
		bed_stop(&b);
		if (end != c->end || b.got.status != c->status ||
		    b.got.heads != (c->status != 0) ||
		    !str_is(buf_view(&b.got.body), c->body))
			fail_msg("%s: end %d status %d heads %d body '%.*s' "
				 "(%s)", c->what, end, b.got.status,
				 b.got.heads, (int)b.got.body.n,
				 b.got.body.p, b.err);
		assert_int_equal(1, b.server.nasked);
		assert_true((b.err[0] != '\0') == (end != NET_DONE));
		bed_free(&b);
	}
}

/* A reset with the body under way (bytes before it may be lost). */
static void reset_amid_body_is_broken(void **state)
{
	static const struct play play[] = { { SHORT_OF_9, RESET }, { 0 } };
	struct bed b;
	enum net_end end;

	(void)state;
	bed_make(&b, play);
	end = bed_call(&b);
	bed_stop(&b);
	assert_int_equal(NET_BROKEN, end);
	bed_free(&b);
}

static void nobody_listens(void **state)
{
	static const struct play play[] = { { 0 } };
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof(in);
	char want[128];
	struct bed b;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(0, bind(fd, (struct sockaddr *)&in, n));
	assert_int_equal(0, getsockname(fd, (struct sockaddr *)&in, &n));
	bed_make(&b, play);
	snprintf(b.url, sizeof(b.url), "http://127.0.0.1:%d/",
		 ntohs(in.sin_port));
	assert_int_equal(NET_NO_CONNECT, bed_call(&b));
	snprintf(want, sizeof(want), "could not connect to 127.0.0.1 port %d "
		 "(Connection refused)", ntohs(in.sin_port));
	assert_string_equal(want, b.err);
	bed_stop(&b);
	bed_free(&b);
	close(fd);
}

static void bad_requests_are_not_sent(void **state)
{
	static const struct play play[] = { { OK, KEEP }, { 0 } };
	static const char *const urls[] = {
		"ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/",
		"http://user:secret@127.0.0.1:99999/", "http://", "",
		"http://user:secret@127.0.0.1/", "http://secret@127.0.0.1/",
	};
	struct net_header evil = { STR("X-A"), STR("secret\r\nX-B: c") };
	struct bed b;
	size_t i;

	(void)state;
	bed_make(&b, play);
	for (i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		b.call.url = urls[i];
		assert_int_equal(NET_NO_CONNECT, bed_call(&b));
		assert_null(strstr(b.err, "secret"));
	}
	b.call.url = b.url;
	b.call.header = &evil;
	b.call.nheader = 1;
	assert_int_equal(NET_NO_CONNECT, bed_call(&b));
	assert_null(strstr(b.err, "secret"));
	evil = (struct net_header){ STR("X A"), STR("b") };
	assert_int_equal(NET_NO_CONNECT, bed_call(&b));
	b.call.nheader = 0;
	b.call.method = "GET / HTTP/1.1\r\nX: ";
	assert_int_equal(NET_NO_CONNECT, bed_call(&b));
	bed_stop(&b);
	assert_int_equal(0, b.server.nasked);
	bed_free(&b);
}

/* --- clocks --- */

struct clock_case {
	const char *say;
	int64_t first_byte_ms, idle_ms, tick_ms;
	int refuse_tick;
	enum net_end end;
	int ticks; /* -1: some */
};

static const struct clock_case clock_cases[] = {
	{ "", 60, 0, 0, 0, NET_NO_FIRST_BYTE, 0 },
	/* Ticks also before the headers. */
	{ "", 60, 0, 5, 0, NET_NO_FIRST_BYTE, -1 },
	{ "", 0, 0, 5, 2, NET_REFUSED, 2 },
	{ "HTTP/1.1 200 OK\r\nA: b\r\n", 60, 50, 5, 0, NET_STALLED, -1 },
	/* An interim reply is no first byte. */
	{ "HTTP/1.1 103 X\r\n\r\n", 60, 0, 0, 0, NET_NO_FIRST_BYTE, 0 },
	{ SHORT_OF_9, 0, 60, 0, 0, NET_STALLED, 0 },
	/* The first byte came in time: that limit is over. */
	{ SHORT_OF_9, 40, 120, 0, 0, NET_STALLED, 0 },
	/* Ticks go on until the callback has enough. */
	{ SHORT_OF_9, 0, 0, 5, 3, NET_REFUSED, 3 },
	{ OK_HEAD "\r\n", 0, 0, 5, 1, NET_REFUSED, 1 },
};

static void clocks_end_calls(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(clock_cases) / sizeof(*clock_cases); i++) {
		const struct clock_case *c = &clock_cases[i];
		struct play play[] = { { c->say, HOLD }, { 0 } };
		enum net_end end;
		struct bed b;

		bed_make(&b, play);
		b.call.first_byte_ms = c->first_byte_ms;
		b.call.idle_ms = c->idle_ms;
		b.call.tick_ms = c->tick_ms;
		b.got.refuse_tick = c->refuse_tick;
		end = bed_call(&b);
		bed_stop(&b);
		if (end != c->end || (c->ticks < 0 ? b.got.ticks < 1 :
				      b.got.ticks != c->ticks))
			fail_msg("case %zu: end %d, %d ticks (%s)", i, end,
				 b.got.ticks, b.err);
		assert_int_equal(1, b.server.closes_seen);
		bed_free(&b);
	}
}

/* Whatever comes meanwhile, and whichever other limit stands behind it. */
static void total_time_is_up(void **state)
{
	static const struct play play[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", DRIP },
		{ SHORT_OF_9, HOLD }, { "", HOLD }, { OK, KEEP }, { 0 }
	};
	struct bed b;
	int i;

	(void)state;
	bed_make(&b, play);
	b.call.total_ms = 60;
	for (i = 0; i < 3; i++) {
		assert_int_equal(NET_TOO_LONG, bed_call(&b));
		if (!strstr(b.err, "had not ended its reply after 60 ms"))
			fail_msg("%s", b.err);
	}
	b.call.total_ms = 10000;
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_stop(&b);
	assert_int_equal(3, b.server.closes_seen);
	bed_free(&b);
}

/* A listener that never accepts and whose queue is full drops SYNs. */
static void connect_times_out(void **state)
{
	static const struct play play[] = { { 0 } };
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0), filler[4];
	struct bed b;
	size_t i;

	(void)state;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(0, bind(fd, (struct sockaddr *)&in, n));
	assert_int_equal(0, listen(fd, 0));
	assert_int_equal(0, getsockname(fd, (struct sockaddr *)&in, &n));
	for (i = 0; i < 4; i++) {
		filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(filler[i], (struct sockaddr *)&in, n);
	}
	bed_make(&b, play);
	snprintf(b.url, sizeof(b.url), "http://127.0.0.1:%d/",
		 ntohs(in.sin_port));
	b.call.connect_ms = 60;
	assert_int_equal(NET_NO_CONNECT, bed_call(&b));
	if (!strstr(b.err, "took too long"))
		fail_msg("%s", b.err);
	/* Without a connection it is the caller's first-byte limit too. */
	b.call.connect_ms = 0;
	b.call.first_byte_ms = 60;
	assert_int_equal(NET_NO_CONNECT, bed_call(&b));
	b.call.first_byte_ms = 0;
	b.call.total_ms = 60;
	assert_int_equal(NET_NO_CONNECT, bed_call(&b));
	bed_stop(&b);
	bed_free(&b);
	for (i = 0; i < 4; i++)
		close(filler[i]);
	close(fd);
}

/* --- the caller's connection --- */

static void gone_caller_stops_the_call(void **state)
{
	static const struct play play[] = { { SHORT_OF_9, HOLD }, { 0 } };
	enum net_end end;
	struct bed b;
	int pair[2];

	(void)state;
	assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	bed_make(&b, play);
	b.call.gone_fd = pair[0];
	b.call.gone_events = POLLRDHUP;
	b.call.gone = bed_gone;
	b.got.hang_up = pair[1];
	end = bed_call(&b);
	bed_stop(&b);
	assert_int_equal(NET_CALLER_GONE, end);
	assert_string_equal("the caller hung up", b.err);
	assert_int_equal(1, b.server.closes_seen);
	bed_free(&b);
	close(pair[0]);
}

/* The process must end: so must the call, whoever still wants it. */
static void stop_ends_the_call(void **state)
{
	static const struct play play[] = { { SHORT_OF_9, HOLD }, { 0 } };
	enum net_end end;
	struct bed b;
	int pair[2];

	(void)state;
	assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	bed_make(&b, play);
	b.call.stop_fd = pair[0];
	b.got.hang_up = pair[1];
	end = bed_call(&b);
	bed_stop(&b);
	assert_int_equal(NET_STOPPED, end);
	assert_int_equal(1, b.server.closes_seen);
	bed_free(&b);
	close(pair[0]);
}

/* As CGI: the write end of a pipe whose reader leaves. */
static void gone_reader_of_a_pipe_stops_the_call(void **state)
{
	static const struct play play[] = { { "", HOLD }, { 0 } };
	enum net_end end;
	struct bed b;
	int pipes[2];

	(void)state;
	assert_int_equal(0, pipe(pipes));
	bed_make(&b, play);
	b.call.gone_fd = pipes[1];
	b.call.gone = bed_gone;
	close(pipes[0]);
	end = bed_call(&b);
	bed_stop(&b);
	assert_int_equal(NET_CALLER_GONE, end);
	bed_free(&b);
	close(pipes[1]);
}

/* Only half of the caller's connection is closed: without POLLRDHUP that
 * is not gone. */
static void half_closed_caller_stays(void **state)
{
	static const struct play play[] = { { OK, KEEP }, { 0 } };
	struct bed b;
	int pair[2];

	(void)state;
	assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	shutdown(pair[1], SHUT_WR);
	bed_make(&b, play);
	b.call.gone_fd = pair[0];
	b.call.gone = bed_gone;
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_stop(&b);
	bed_free(&b);
	close(pair[0]);
	close(pair[1]);
}

static int64_t cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Not stopped, and the dead descriptor must not keep the processor busy. */
static void gone_caller_can_be_ignored(void **state)
{
	static const struct play play[] = { { SHORT_OF_9, HOLD }, { 0 } };
	int64_t before;
	enum net_end end;
	struct bed b;
	int pair[2];

	(void)state;
	assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	bed_make(&b, play);
	b.call.gone_fd = pair[0];
	b.call.gone_events = POLLRDHUP;
	b.call.idle_ms = 300;
	b.got.hang_up = pair[1];
	before = cpu_ms();
	end = bed_call(&b);
	assert_in_range(cpu_ms() - before, 0, 150);
	bed_stop(&b);
	assert_int_equal(NET_STALLED, end);
	bed_free(&b);
	close(pair[0]);
}

static void a_file_never_hangs_up(void **state)
{
	static const struct play play[] = { { OK, KEEP }, { 0 } };
	struct bed b;
	int fd = open("/proc/self/exe", O_RDONLY);

	(void)state;
	bed_make(&b, play);
	b.call.gone_fd = fd;
	b.call.gone = bed_gone;
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_stop(&b);
	bed_free(&b);
	close(fd);
}

static void *call_of_a_thread(void *arg)
{
	assert_int_equal(bed_call(arg), NET_DONE);
	return NULL;
}

/* Behind a name that nobody knows comes a call with larger pieces, or with
 * smaller ones. */
static void a_name_not_found_leaves_nothing(void **state)
{
	static char body[100000], say[sizeof(body) + 100];
	struct play play[] = { { say, KEEP }, { say, KEEP }, { NULL, KEEP } };
	const char *url;
	struct bed b;

	(void)state;
	memset(body, 'b', sizeof(body) - 1);
	snprintf(say, sizeof(say), "HTTP/1.1 200 OK\r\nContent-Length: %zu"
		 "\r\n\r\n%s", strlen(body), body);
	bed_make(&b, play);
	url = b.call.url;
	for (size_t i = 0; i < 2; i++) {
		b.call.url = "http://upstream.invalid/v1/x";
		b.call.piece = i == 0 ? 1024 : 0;
		assert_int_equal(bed_call(&b), NET_NO_CONNECT);
		b.call.url = url;
		b.call.piece = i == 0 ? 0 : 1024;
		assert_int_equal(bed_call(&b), NET_DONE);
		assert_int_equal(b.got.body.n, (i + 1) * strlen(body));
	}
	bed_stop(&b);
	bed_free(&b);
}

/* Of a thread, which gives its stack back in the middle. */
static void pieces_are_as_large_as_is_said(void **state)
{
	char body[9000], say[9100];
	struct play play[] = { { say, KEEP }, { say, KEEP }, { NULL, KEEP } };
	struct bed b;
	pthread_t t;

	(void)state;
	memset(body, 'b', sizeof(body));
	snprintf(say, sizeof(say), "HTTP/1.1 200 OK\r\nContent-Length: 9000"
		 "\r\n\r\n%.9000s", body);
	bed_make(&b, play);
	for (int i = 0; i < 2; i++) {
		b.call.piece = 1024;
		assert_int_equal(pthread_create(&t, NULL, call_of_a_thread,
						&b), 0);
		pthread_join(t, NULL);
		assert_int_equal(b.got.body.n, (i + 1) * 9000);
		assert_in_range(b.got.largest, 1, 1024);
	}
	bed_stop(&b);
	bed_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_as_large_as_is_said),
		cmocka_unit_test(a_name_not_found_leaves_nothing),
		cmocka_unit_test(ends_are_told_apart),
		cmocka_unit_test(reset_amid_body_is_broken),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(bad_requests_are_not_sent),
		cmocka_unit_test(clocks_end_calls),
		cmocka_unit_test(total_time_is_up),
		cmocka_unit_test(connect_times_out),
		cmocka_unit_test(gone_caller_stops_the_call),
		cmocka_unit_test(stop_ends_the_call),
		cmocka_unit_test(gone_reader_of_a_pipe_stops_the_call),
		cmocka_unit_test(half_closed_caller_stays),
		cmocka_unit_test(gone_caller_can_be_ignored),
		cmocka_unit_test(a_file_never_hangs_up),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
