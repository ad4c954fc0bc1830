/* What goes over the wire: requests, headers, connections; the module. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/net_bed.h"

/* --- what comes --- */

static void callbacks_can_refuse(void **state)
{
	static const struct play play[] = { { OK, HOLD }, { OK, HOLD }, { 0 } };
	enum net_end head, data;
	struct bed b;

	(void)state;
	bed_make(&b, play);
	b.got.refuse_head = 1;
	head = bed_call(&b);
	b.got.refuse_head = 0;
	b.got.refuse_data = 1;
	data = bed_call(&b);
	bed_stop(&b);
	assert_int_equal(NET_REFUSED, head);
	assert_int_equal(NET_REFUSED, data);
	assert_int_equal(2, b.server.closes_seen);
	bed_free(&b);
}

static void headers_come_trimmed_and_once(void **state)
{
	static const struct play play[] = {
		{ "HTTP/1.1 103 X\r\nX-Interim: 1\r\n\r\n"
		  "HTTP/1.1 429 Slow down\r\nRetry-After:7\r\n"
		  "X-Blank: \t a b \t\r\nX-Empty:\r\nX-Colon: a:b\r\n"
		  "Content-Length: 0\r\n\r\n", KEEP },
		{ 0 }
	};
	struct bed b;

	(void)state;
	bed_make(&b, play);
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_stop(&b);
	assert_string_equal("Retry-After=7|X-Blank=a b|X-Empty=|X-Colon=a:b|"
			    "Content-Length=0|", b.got.header.p);
	bed_free(&b);
}

static void too_many_headers_are_refused(void **state)
{
	struct play play[] = { { NULL, CLOSE }, { 0 } };
	struct bed b;
	struct buf say;
	struct arena *a = arena_new();
	int i;

	(void)state;
	buf_init(&say, a);
	buf_puts(&say, OK_HEAD);
	for (i = 0; i < 300; i++)
		buf_printf(&say, "X-%d: %d\r\n", i, i);
	buf_puts(&say, "\r\nok");
	play[0].say = say.p;
	bed_make(&b, play);
	assert_int_equal(NET_BROKEN, bed_call(&b));
	bed_stop(&b);
	assert_int_equal(0, b.got.heads);
	bed_free(&b);
	arena_free(&a);
}

/* --- the request --- */

static void request_says_only_what_it_was_told(void **state)
{
	static const struct play play[] = { { OK, KEEP }, { 0 } };
	static const struct net_header header[] = {
		{ { "Authorization", 13 }, { "Bearer k", 8 } },
		{ { "X-Empty", 7 }, { "", 0 } },
		{ { "Accept-Encoding", 15 }, { "gzip", 4 } },
		{ { "Content-Length", 14 }, { "3", 1 } },
		{ { "Host", 4 }, { "evil", 4 } },
	};
	size_t n = 3 * 1024 * 1024;
	char *body = malloc(n);
	const struct http_request *r;
	char host[32];
	struct bed b;

	(void)state;
	memset(body, 'x', n);
	bed_make(&b, play);
	b.call.header = header;
	b.call.nheader = 5;
	b.call.body = (struct str){ body, n };
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_stop(&b);
	r = &b.server.asked[0];
	snprintf(host, sizeof(host), "127.0.0.1:%d", b.server.port);
	assert_int_equal(4, r->nheader);
	assert_true(str_is(http_get(r, "host"), host));
	assert_true(str_is(http_get(r, "authorization"), "Bearer k"));
	assert_true(str_is(http_get(r, "content-length"), "3145728"));
	assert_true(str_is(r->header[2].name, "X-Empty"));
	assert_true(str_eq(r->body, b.call.body));
	bed_free(&b);
	free(body);
}

static void methods_are_kept(void **state)
{
	static const struct play play[] = {
		{ OK, KEEP }, { OK, KEEP }, { OK_HEAD "\r\n", KEEP },
		{ OK, KEEP }, { OK, KEEP }, { 0 }
	};
	static const char *const method[] = { "GET", "POST", "HEAD", "DELETE",
					      "PATCH" };
	struct bed b;
	size_t i;

	(void)state;
	bed_make(&b, play);
	for (i = 0; i < 5; i++) {
		b.call.method = method[i];
		b.call.body = i == 4 ? STR("{}") : STR("");
		assert_int_equal(NET_DONE, bed_call(&b));
	}
	bed_stop(&b);
	for (i = 0; i < 5; i++)
		assert_true(str_is(b.server.asked[i].method, method[i]));
	assert_true(str_is(b.server.asked[4].body, "{}"));
	assert_int_equal(1, b.server.connections);
	bed_free(&b);
}

/* --- connections --- */

static void connections_are_kept_after_good_ends_only(void **state)
{
	static const struct play play[] = {
		{ OK, KEEP }, { OK, KEEP }, { SHORT_OF_9, HOLD }, { OK, KEEP },
		{ 0 }
	};
	struct bed b;

	(void)state;
	bed_make(&b, play);
	assert_int_equal(NET_DONE, bed_call(&b));
	assert_int_equal(NET_DONE, bed_call(&b));
	b.call.idle_ms = 50;
	assert_int_equal(NET_STALLED, bed_call(&b));
	b.call.idle_ms = 10000;
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_stop(&b);
	assert_int_equal(4, b.server.nasked);
	assert_int_equal(2, b.server.connections);
	bed_free(&b);
}

/* The server closes a kept connection when the next request has come. */
static void request_is_sent_again_on_a_dead_connection(void **state)
{
	static const struct play play[] = {
		{ OK, KEEP }, { "", CLOSE }, { OK, KEEP }, { 0 }
	};
	struct bed b;

	(void)state;
	bed_make(&b, play);
	assert_int_equal(NET_DONE, bed_call(&b));
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_stop(&b);
	assert_int_equal(3, b.server.nasked);
	assert_int_equal(2, b.server.connections);
	assert_true(str_is(b.server.asked[2].body, "{\"a\":1}"));
	assert_true(str_is(buf_view(&b.got.body), "okok"));
	bed_free(&b);
}

static void *load(void *arg)
{
	char err[256];

	(void)arg;
	return (void *)(uintptr_t)net_load(err, sizeof(err));
}

static void module_is_loaded_once(void **state)
{
	pthread_t t[4];
	void *got[4];
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(0, pthread_create(&t[i], NULL, load, NULL));
	for (i = 0; i < 4; i++)
		pthread_join(t[i], &got[i]);
	for (i = 0; i < 4; i++) {
		assert_non_null(got[i]);
		assert_ptr_equal(got[0], got[i]);
	}
	assert_int_equal(NET_ABI, ((const struct net_ops *)got[0])->abi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(callbacks_can_refuse),
		cmocka_unit_test(headers_come_trimmed_and_once),
		cmocka_unit_test(too_many_headers_are_refused),
		cmocka_unit_test(request_says_only_what_it_was_told),
		cmocka_unit_test(methods_are_kept),
		cmocka_unit_test(connections_are_kept_after_good_ends_only),
		cmocka_unit_test(request_is_sent_again_on_a_dead_connection),
		cmocka_unit_test(module_is_loaded_once),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
