/* What is left on a kept connection: the next caller must not get it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/net_bed.h"

#define COUNT(x) (sizeof(x) / sizeof(*(x)))
#define EVIL "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"

/* A second call, whose reply must be its own. */
static void call_again(struct bed *b, const char *what)
{
	b->got.body.n = 0;
	assert_int_equal(NET_DONE, bed_call(b));
	if (!str_is(buf_view(&b->got.body), "ok"))
		fail_msg("%s: '%.*s'", what, (int)b->got.body.n, b->got.body.p);
}

/* Replies with another one stuck to them: the next caller must not get it. */
static void nothing_is_left_for_the_next(void **state)
{
	static const char *const replies[] = {
		OK EVIL,
		"HTTP/1.1 204 No\r\n\r\n" EVIL,
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" EVIL,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"2\r\nok\r\n0\r\n\r\n" EVIL,
	};
	struct play play[] = { { NULL, KEEP }, { OK, KEEP }, { 0 } };
	struct bed b;

	(void)state;
	for (size_t i = 0; i < COUNT(replies); i++) {
		play[0].say = replies[i];
		bed_make(&b, play);
		assert_int_equal(NET_DONE, bed_call(&b));
		call_again(&b, replies[i]);
		bed_stop(&b);
		assert_int_equal(2, b.server.nasked);
		bed_free(&b);
	}
}

/* What comes between two calls is nobody's, and ends the connection: also
 * when there is so much of it that it cannot be read at one go, or too little
 * to be anything. NULL: the peer closes. */
static void what_comes_between_calls_is_nobodys(void **state)
{
	static const struct play play[] = {
		{ OK, KEEP }, { OK, KEEP }, { OK, KEEP }, { 0 }
	};
	static char much[60000] = EVIL;
	static const struct {
		const char *what;
		struct str bytes;
	} cases[] = {
		{ "a reply", { EVIL, sizeof(EVIL) - 1 } },
		{ "much", { much, sizeof(much) } },
		{ "a byte", { "H", 1 } },
		{ "its end", { NULL, 0 } },
	};
	struct bed b;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bed_make(&b, play);
		assert_int_equal(NET_DONE, bed_call(&b));
		if (cases[i].bytes.p)
			bed_send(&b, 0, cases[i].bytes);
		else
			shutdown(b.server.conn[0].fd, SHUT_WR);
		call_again(&b, cases[i].what);
		assert_int_equal(2, b.server.connections);
		call_again(&b, cases[i].what);
		assert_int_equal(2, b.server.connections);
		bed_stop(&b);
		assert_int_equal(3, b.server.nasked);
		bed_free(&b);
	}
}

/* For call.head: the body comes only now, with more behind it than libcurl
 * will read. */
static int body_and_more(void *ctx, int status, const struct net_header *h,
			 size_t n)
{
	struct bed *b = (struct bed *)((char *)ctx - offsetof(struct bed, got));

	(void)status, (void)h, (void)n;
	if (b->got.heads++ == 0)
		bed_send(b, 0, STR("ok" EVIL));
	return 0;
}

static void what_a_call_left_unread_is_nobodys(void **state)
{
	static const struct play play[] = {
		{ OK_HEAD "\r\n", KEEP }, { OK, KEEP }, { OK, KEEP }, { 0 }
	};
	struct bed b;

	(void)state;
	bed_make(&b, play);
	b.call.head = body_and_more;
	assert_int_equal(NET_DONE, bed_call(&b));
	assert_true(str_is(buf_view(&b.got.body), "ok"));
	call_again(&b, "the second");
	call_again(&b, "the third");
	assert_int_equal(2, b.server.connections);
	bed_stop(&b);
	bed_free(&b);
}

/* Nor does it look as if the request had been on its way. */
static void an_ended_connection_is_not_tried(void **state)
{
	static const struct play play[] = { { OK, KEEP }, { OK, KEEP }, { 0 } };
	struct bed b;

	(void)state;
	bed_make(&b, play);
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_send(&b, 0, STR(EVIL));
	shutdown(b.server.listener, SHUT_RDWR);
	assert_int_equal(NET_NO_CONNECT, bed_call(&b));
	bed_stop(&b);
	assert_int_equal(1, b.server.nasked);
	bed_free(&b);
}

/* Each pool looks at its own, whichever was used meanwhile; and a descriptor
 * that was given up is not touched when its number is another's. */
static void only_what_is_kept_is_looked_at(void **state)
{
	static const struct play play[] = {
		{ OK, KEEP }, { OK, KEEP }, { OK, KEEP }, { OK, KEEP },
		{ OK_HEAD "Connection: close\r\n\r\nok", CLOSE },
		{ OK, KEEP }, { 0 }
	};
	int pair[2], first[2];
	struct bed b;
	char byte;

	(void)state;
	bed_make(&b, play);
	b.call.pool = 1;
	assert_int_equal(NET_DONE, bed_call(&b));
	b.call.pool = 2;
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_send(&b, 0, STR(EVIL));
	call_again(&b, "the other pool");
	assert_int_equal(2, b.server.connections);
	b.call.pool = 1;
	call_again(&b, "the pool");
	call_again(&b, "the pool, and it is closed");
	assert_int_equal(3, b.server.connections);
	/* These take every number that became free. */
	assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, first));
	assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(1, write(first[i], "x", 1));
		assert_int_equal(1, write(pair[i], "x", 1));
	}
	call_again(&b, "the pool again");
	assert_int_equal(4, b.server.connections);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(1, read(first[i], &byte, 1));
		assert_int_equal(1, read(pair[i], &byte, 1));
		assert_int_equal(1, write(first[i], "x", 1));
		assert_int_equal(1, write(pair[i], "x", 1));
	}
	bed_stop(&b);
	for (int i = 0; i < 2; i++)
		assert_int_equal(0, close(first[i]) | close(pair[i]));
	bed_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_for_the_next),
		cmocka_unit_test(what_comes_between_calls_is_nobodys),
		cmocka_unit_test(what_a_call_left_unread_is_nobodys),
		cmocka_unit_test(an_ended_connection_is_not_tried),
		cmocka_unit_test(only_what_is_kept_is_looked_at),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
