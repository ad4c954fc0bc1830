/* Which way a call goes: where the call says, and nowhere that the
 * environment, a file, a name or an answer would have it go. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/net_bed.h"

#define COUNT(x) (sizeof(x) / sizeof(*(x)))

static const struct net_header keys[] = {
	{ { "Authorization", 13 }, { "Bearer secret", 13 } },
	{ { "x-api-key", 9 }, { "secret", 6 } },
};

/* A listener nobody must come to. */
struct trap {
	int fd, port;
	char url[64];
};

static void trap_set(struct trap *t)
{
	t->fd = http_listen(&t->port);
	assert_true(t->fd >= 0);
	assert_int_equal(0, fcntl(t->fd, F_SETFL, O_NONBLOCK));
	snprintf(t->url, sizeof(t->url), "http://127.0.0.1:%d", t->port);
}

static void trap_empty(struct trap *t)
{
	assert_int_equal(-1, accept(t->fd, NULL, NULL));
	assert_int_equal(EAGAIN, errno);
	close(t->fd);
}

/* --- proxies --- */

static const char *const proxy_names[] = {
	"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
	"ALL_PROXY",
};

static void say(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void environment(const char *proxy, const char *no_proxy)
{
	for (size_t i = 0; i < COUNT(proxy_names); i++)
		say(proxy_names[i], proxy);
	say("no_proxy", no_proxy);
	say("NO_PROXY", no_proxy);
}

static void environment_proxy_is_ignored(void **state)
{
	static const struct play play[] = { { OK, KEEP }, { 0 } };
	struct trap trap;
	struct bed b;

	(void)state;
	trap_set(&trap);
	environment(trap.url, NULL);
	bed_make(&b, play);
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_stop(&b);
	environment(NULL, NULL);
	trap_empty(&trap);
	bed_free(&b);
}

/* Not around it, either, and to no other. */
static void configured_proxy_is_used(void **state)
{
	static const struct play play[] = { { OK, KEEP }, { 0 } };
	struct trap trap;
	char proxy[64];
	struct bed b;

	(void)state;
	trap_set(&trap);
	environment(trap.url, "*");
	bed_make(&b, play);
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", b.server.port);
	b.call.proxy = proxy;
	b.call.url = "http://upstream.invalid/v1/x";
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_stop(&b);
	environment(NULL, NULL);
	trap_empty(&trap);
	assert_int_equal(1, b.server.nasked);
	assert_true(str_is(b.server.asked[0].path,
			   "http://upstream.invalid/v1/x"));
	assert_true(str_is(http_get(&b.server.asked[0], "host"),
			   "upstream.invalid"));
	bed_free(&b);
}

/* Through it to https: it learns where to, and no more; its own answers are
 * not the upstream's. */
static void proxy_sees_no_key(void **state)
{
	static const struct play play[] = {
		{ "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", CLOSE },
		{ "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=x\r\n"
		  "Content-Length: 0\r\n\r\n", CLOSE },
		{ "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\n"
		  "Content-Length: 0\r\n\r\n", CLOSE },
		{ "HTTP/1.1 200 Established\r\nX-Evil: 1\r\n\r\n", CLOSE },
		{ 0 }
	};
	const struct http_request *r;
	char proxy[64];
	struct bed b;

	(void)state;
	bed_make(&b, play);
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", b.server.port);
	b.call.proxy = proxy;
	b.call.url = "https://upstream.invalid/v1/secret";
	b.call.header = keys;
	b.call.nheader = 2;
	for (int i = 0; play[i].say; i++) {
		assert_int_equal(NET_NO_CONNECT, bed_call(&b));
		if (!strstr(b.err, "upstream.invalid port 443 through the "
			    "proxy") || strstr(b.err, "secret"))
			fail_msg("%s", b.err);
	}
	bed_stop(&b);
	assert_int_equal(0, b.got.heads);
	assert_int_equal(4, b.server.nasked);
	for (int i = 0; i < 4; i++) {
		r = &b.server.asked[i];
		assert_true(str_is(r->method, "CONNECT"));
		assert_true(str_is(r->path, "upstream.invalid:443"));
		for (size_t j = 0; j < r->nheader; j++)
			assert_null(memmem(r->header[j].value.p,
					   r->header[j].value.n, "secret", 6));
		assert_int_equal(0, http_get(r, "authorization").n);
		assert_int_equal(0, http_get(r, "x-api-key").n);
	}
	bed_free(&b);
}

static void proxy_that_is_not_there(void **state)
{
	static const struct play play[] = { { 0 } };
	struct bed b;

	(void)state;
	bed_make(&b, play);
	b.call.proxy = "http://proxy.invalid:3128";
	b.call.url = "https://upstream.invalid/v1/x";
	assert_int_equal(NET_NO_CONNECT, bed_call(&b));
	assert_string_equal("found no address for the proxy", b.err);
	bed_stop(&b);
	bed_free(&b);
}

/* --- files of the user's --- */

static void put(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!text) {
		unlink(path);
		return;
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(0, fclose(f));
}

static void files_of_curl_are_not_read(void **state)
{
	static const struct play play[] = { { OK, KEEP }, { 0 } };
	char dir[] = "/tmp/larder-netrc-XXXXXX", path[64];
	const char *home = getenv("HOME");
	struct bed b;

	(void)state;
	home = home ? strdup(home) : NULL;
	assert_non_null(mkdtemp(dir));
	put(dir, ".netrc", "machine 127.0.0.1 login me password secret\n"
	    "default login me password secret\n");
	put(dir, ".curlrc", "user = me:secret\nheader = \"X-A: secret\"\n");
	snprintf(path, sizeof(path), "%s/.netrc", dir);
	setenv("HOME", dir, 1);
	setenv("CURL_HOME", dir, 1);
	setenv("NETRC", path, 1);
	bed_make(&b, play);
	assert_int_equal(NET_DONE, bed_call(&b));
	bed_stop(&b);
	unsetenv("NETRC");
	unsetenv("CURL_HOME");
	if (home)
		setenv("HOME", home, 1);
	put(dir, ".netrc", NULL);
	put(dir, ".curlrc", NULL);
	assert_int_equal(0, rmdir(dir));
	free((char *)home);
	assert_int_equal(2, b.server.asked[0].nheader); /* Host and length */
	assert_int_equal(0, http_get(&b.server.asked[0], "authorization").n);
	bed_free(&b);
}

/* --- what an answer asks for --- */

/* All that could send a client elsewhere, or make it say more. */
static const char *const temptations[] = {
	"301 X\r\nLocation: %s/", "302 X\r\nLocation: %s/",
	"303 X\r\nLocation: %s/", "307 X\r\nLocation: %s/",
	"308 X\r\nLocation: %s/", "300 X\r\nLocation: %s/",
	"201 X\r\nLocation: %s/", "305 X\r\nLocation: %s/",
	"200 X\r\nRefresh: 0; url=%s/", "200 X\r\nContent-Location: %s/",
	"200 X\r\nLink: <%s/>; rel=preload",
	"200 X\r\nAlt-Svc: http/1.1=\"%s\"; ma=60",
	"401 X\r\nWWW-Authenticate: Basic realm=x\r\nX: %s",
	"401 X\r\nWWW-Authenticate: Digest realm=x, nonce=n\r\nX: %s",
	"401 X\r\nWWW-Authenticate: Negotiate\r\nX: %s",
	"407 X\r\nProxy-Authenticate: Basic realm=x\r\nX: %s",
	"421 X\r\nAlt-Svc: h2=\"%s\"", "426 X\r\nUpgrade: TLS/1.0\r\nX: %s",
	"503 X\r\nRetry-After: 0\r\nLocation: %s/",
};

static void answers_lead_nowhere(void **state)
{
	struct play play[] = { { NULL, KEEP }, { OK, KEEP }, { 0 } };
	char say[256], line[160];
	struct trap trap;
	struct bed b;

	(void)state;
	trap_set(&trap);
	for (size_t i = 0; i < COUNT(temptations); i++) {
		const char *at = strstr(temptations[i], "%s");

		snprintf(line, sizeof(line), "%.*s%s%s",
			 (int)(at - temptations[i]), temptations[i], trap.url,
			 at + 2);
		snprintf(say, sizeof(say), "HTTP/1.1 %s\r\n"
			 "Set-Cookie: a=secret; Path=/\r\n"
			 "Content-Length: 0\r\n\r\n", line);
		play[0].say = say;
		bed_make(&b, play);
		b.call.header = keys;
		b.call.nheader = 2;
		assert_int_equal(NET_DONE, bed_call(&b));
		assert_int_equal(atoi(line), b.got.status);
		assert_int_equal(NET_DONE, bed_call(&b));
		bed_stop(&b);
		assert_int_equal(2, b.server.nasked);
		for (int j = 0; j < 2; j++) {
			const struct http_request *r = &b.server.asked[j];

			assert_int_equal(4, r->nheader);
			assert_int_equal(0, http_get(r, "cookie").n);
			assert_true(str_is(r->path, "/v1/x"));
		}
		bed_free(&b);
	}
	trap_empty(&trap);
}

/* --- what a name leads to --- */

/* Where no configuration would let it: as if a name had led there. */
static void metadata_is_never_asked(void **state)
{
	static const struct play play[] = { { 0 } };
	static const char *const urls[] = {
		"http://169.254.169.254/latest/meta-data/",
		"http://169.254.170.2/", "http://[::ffff:169.254.169.254]/",
		"http://[::169.254.169.254]/", "http://[fe80::1]/",
		"http://[64:ff9b::a9fe:a9fe]/", "http://[2002:a9fe:a9fe::1]/",
		"http://[fd00:ec2::254]/", "http://100.100.100.200/",
		"http://0xa9fea9fe/", "http://2852039166/",
		"http://0251.0376.0251.0376/", "http://169.16689662/",
	};
	struct bed b;

	(void)state;
	bed_make(&b, play);
	for (size_t i = 0; i < COUNT(urls); i++) {
		b.call.url = urls[i];
		assert_int_equal(NET_NO_CONNECT, bed_call(&b));
		if (!strstr(b.err, "an address of the cloud's own"))
			fail_msg("%s: %s", urls[i], b.err);
	}
	b.call.url = "http://127.0.0.1/";
	b.call.proxy = "http://169.254.169.254:80";
	assert_int_equal(NET_NO_CONNECT, bed_call(&b));
	bed_stop(&b);
	bed_free(&b);
}

/* --- connections --- */

/* Each upstream's own, also to one host; the place of the one that was asked
 * longest ago is taken when there are too many. */
static void pools_share_no_connection(void **state)
{
	static const struct play play[] = {
		{ OK, KEEP }, { OK, KEEP }, { OK, KEEP }, { OK, KEEP },
		{ OK, KEEP }, { OK, KEEP }, { OK, KEEP }, { OK, KEEP }, { 0 }
	};
	static const struct {
		uint64_t pool;
		int connections; /* made by then */
	} steps[MAX_REQUESTS] = {
		{ 1, 1 }, { 2, 2 }, { 1, 2 }, { 2, 2 }, { 3, 3 }, { 4, 4 },
		{ 5, 5 }, /* in the place of 1 */ { 1, 6 },
	};
	struct bed b;

	(void)state;
	assert_int_equal(4, NET_POOLS);
	bed_make(&b, play);
	for (int i = 0; i < MAX_REQUESTS; i++) {
		b.call.pool = steps[i].pool;
		assert_int_equal(NET_DONE, bed_call(&b));
		assert_int_equal(steps[i].connections, b.server.connections);
	}
	bed_stop(&b);
	bed_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(environment_proxy_is_ignored),
		cmocka_unit_test(configured_proxy_is_used),
		cmocka_unit_test(proxy_sees_no_key),
		cmocka_unit_test(proxy_that_is_not_there),
		cmocka_unit_test(files_of_curl_are_not_read),
		cmocka_unit_test(answers_lead_nowhere),
		cmocka_unit_test(metadata_is_never_asked),
		cmocka_unit_test(pools_share_no_connection),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
