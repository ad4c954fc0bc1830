/*
 * Can a caller, or an upstream, make larder send a credential elsewhere than
 * to the upstream of the configuration, or above its base path? As seen from
 * the wire, through the whole corridor and libcurl. (What a configuration may
 * name is in url_test.c, what libcurl may be led to in net_way_test.c.)
 */
#include "corridor_bed.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake/http.h"

/* -- the wire -------------------------------------------------------------- */

#define REPLY "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" \
	"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
#define SEEN_MAX 65536

/* Takes one request a connection and keeps its head as it came. */
struct wire {
	int fd, port, requests;
	const char *reply;
	pthread_t thread;
	char head[SEEN_MAX];
};

static void *take(void *arg)
{
	struct wire *w = arg;
	struct http_request r;
	struct http_conn c;
	struct arena *a;
	int fd;

	while ((fd = accept(w->fd, NULL, NULL)) >= 0) {
		ssize_t n = recv(fd, w->head, SEEN_MAX - 1, MSG_PEEK);

		w->head[n > 0 ? n : 0] = '\0';
		a = arena_new();
		http_conn_init(&c, fd);
		w->requests++;
		if (http_read(&c, a, &r))
			http_send(fd, w->reply, strlen(w->reply));
		http_conn_fini(&c);
		arena_free(&a);
	}
	return NULL;
}

static void wire_open(struct wire *w)
{
	memset(w, 0, sizeof(*w));
	w->reply = REPLY;
	w->fd = http_listen(&w->port);
	assert_true(w->fd >= 0);
	assert_int_equal(0, pthread_create(&w->thread, NULL, take, w));
}

static void wire_close(struct wire *w)
{
	shutdown(w->fd, SHUT_RDWR);
	pthread_join(w->thread, NULL);
	close(w->fd);
}

/* The corridor on a real way out, to one wire; the other is the trap. */
struct field {
	struct bed bed;
	struct wire home, trap;
	const char *auth; /* of a caller for whom larder's own key is used */
};

static void field_open(struct field *f)
{
	struct bed *b = &f->bed;
	struct bed_conf conf = { "passthrough = yes", NULL, NULL };
	char rest[800];

	wire_open(&f->home);
	wire_open(&f->trap);
	snprintf(rest, sizeof(rest),
		 "[upstream openai]\nmodels = any\nkey_file = %%1$s/key\n"
		 "retries = 0\nbreaker_failures = 0\n"
		 "url = http://127.0.0.1:%d/base/v1\n"
		 "[upstream anthropic]\nmodels = any\nkey_file = %%1$s/key\n"
		 "retries = 0\nbreaker_failures = 0\n"
		 "url = http://127.0.0.1:%d/base/v1\n", f->home.port,
		 f->home.port);
	conf.rest = rest;
	bed_open(b, &conf);
	b->lane.ops->close(&b->lane.net);
	b->lane.ops = NULL; /* the real one is loaded */
	f->auth = bed_client(b, "one");
}

static void field_close(struct field *f)
{
	bed_close(&f->bed);
	wire_close(&f->home);
	wire_close(&f->trap);
	assert_int_equal(f->trap.requests, 0);
}

/* In `form`, $E is the trap's host and port and $K a larder key. */
static const char *aimed(struct field *f, const char *form)
{
	struct buf b;

	buf_init(&b, f->bed.a);
	for (; *form; form++)
		if (form[0] == '$' && form[1] == 'E')
			buf_printf(&b, "127.0.0.1:%d", f->trap.port), form++;
		else if (form[0] == '$' && form[1] == 'K')
			buf_puts(&b, f->bed.larder_key), form++;
		else
			buf_putc(&b, *form);
	return arena_cstr(f->bed.a, buf_view(&b));
}

/* What must hold for whatever reached the configured upstream. */
static void check_wire(struct field *f, const char *what)
{
	struct bed *b = &f->bed;
	struct str head = str_c(f->home.head), line = { 0 }, word[3];
	const char *host = arena_printf(b->a, "\nHost: 127.0.0.1:%d\r\n",
					f->home.port);
	struct str rest, path = { 0 };

	assert_true(str_cut(&head, '\n', &line));
	rest = line;
	for (int i = 0; i < 3; i++)
		assert_true(str_cut(&rest, ' ', &word[i]));
	assert_int_equal(rest.n, 0);
	rest = word[1];
	assert_true(str_cut(&rest, '?', &path));
	if (!str_starts(path, STR("/base/v1/")) ||
	    memmem(path.p, path.n, "..", 2) ||
	    memmem(path.p, path.n, "//", 2) ||
	    !str_is(word[2], "HTTP/1.1") || !strstr(f->home.head, host) ||
	    !strstr(f->home.head, "uthorization: Bearer " PROVIDER_KEY) ||
	    strstr(f->home.head, "lk_") || strstr(f->home.head, "\nEvil:") ||
	    strcasestr(f->home.head, "\ncookie:") ||
	    strcasestr(f->home.head, "forwarded"))
		bed_fail("%s: \"%s\"\n", what, f->home.head);
}

/* Asks, and says whether the upstream was. */
static bool asked(struct field *f, const struct ask *q, const char *what)
{
	int before = f->home.requests;

	f->home.head[0] = '\0';
	bed_ask(&f->bed, q);
	if (f->home.requests == before)
		return false;
	assert_int_equal(f->home.requests, before + 1);
	check_wire(f, what);
	return true;
}

/* -- what a caller may say ------------------------------------------------- */

static const struct {
	const char *uri;
	const char *path; /* that is asked for; NULL: nobody is asked */
} tails[] = {
	{ "/v1/files/f", "/base/v1/files/f" },
	{ "/v1//$E/", NULL },
	{ "/v1///$E/", NULL },
	{ "/v1/a//$E/", NULL },
	{ "/v1/\\\\$E/", NULL },
	{ "/v1/\\$E", NULL },
	{ "/v1/%5c%5c$E/x", NULL },
	{ "/v1/@$E", "/base/v1/@$E" }, /* a name within a path */
	{ "/v1/@$E/", "/base/v1/@$E/" },
	{ "/v1/x@$E/", "/base/v1/x@$E/" },
	{ "/v1/:80@$E/", "/base/v1/:80@$E/" },
	{ "/v1/http://$E/", NULL },
	{ "/v1/http:/$E/", "/base/v1/http:/$E/" },
	{ "/v1/http:%2f%2f$E/", NULL },
	{ "/v1/%2f%2f$E/", NULL },
	{ "/v1/%2F$E/", NULL },
	{ "/v1/..", NULL },
	{ "/v1/../admin", NULL },
	{ "/v1/../../v1/admin", NULL },
	{ "/v1/x/../../admin", NULL },
	{ "/v1/.", NULL },
	{ "/v1/./x", NULL },
	{ "/v1/..;/admin", NULL },
	{ "/v1/x;/..;a/admin", NULL },
	{ "/v1/.;/admin", NULL },
	{ "/v1/;/admin", "/base/v1/;/admin" },
	{ "/v1/%2e%2e/admin", NULL },
	{ "/v1/%2E%2E/admin", NULL },
	{ "/v1/.%2e/admin", NULL },
	{ "/v1/%252e%252e/admin", NULL },
	{ "/v1/%25252e%25252e/admin", NULL },
	{ "/v1/%c0%ae%c0%ae/admin", NULL },
	{ "/v1/%u002e%u002e/admin", NULL },
	{ "/v1/x%2f..%2f..%2fadmin", NULL },
	{ "/v1/x%5c..%5cadmin", NULL },
	{ "/v1/%2fadmin", NULL },
	{ "/v1/x%00/../admin", NULL },
	{ "/v1/x%00y", NULL },
	{ "/v1/x%0d%0aHost:%20$E", NULL },
	{ "/v1/x%0aEvil:%20y", NULL },
	{ "/v1/x\r\nEvil: y", NULL },
	{ "/v1/x\nEvil: y", NULL },
	{ "/v1/x\tEvil", NULL },
	{ "/v1/x HTTP/1.1\r\nHost: $E\r\n\r\n", NULL },
	{ "/v1/x HTTP/1.0", NULL },
	{ "/v1/x#@$E", NULL },
	{ "/v1/\xe3\x80\x82\xe3\x80\x82/x", NULL },
	{ "/v1/\xff", NULL },
	{ "/v1/{$E,x}", NULL },
	{ "/v1/files/[1-9]", NULL },
	{ "/v1/~root/x", "/base/v1/~root/x" },
	{ "/v1/x?url=http://$E/", "/base/v1/x?url=http://$E/" },
	{ "/v1/x?@$E", "/base/v1/x?@$E" },
	{ "/v1/x?/../../admin", "/base/v1/x?/../../admin" },
	{ "/v1/x?a b", NULL },
	{ "/v1/x?a\r\nHost: $E", NULL },
	{ "/v1/x?a#b", NULL },
	{ "/v1/x?a=$K&b=c", "/base/v1/x?b=c" },
	{ "http://$E/v1/models", "/base/v1/models" },
	{ "http://$E/v1/x", "/base/v1/x" },
	{ "https://user:pw@$E/v1/x", "/base/v1/x" },
	{ "//$E/v1/x", "/base/v1/x" },
	{ "/$E/v1/x", "/base/v1/x" },
	{ "/../../v1/x", "/base/v1/x" },
	{ "$E:443", NULL },
	{ "*", NULL },
	{ "", NULL },
	{ "file:///etc/passwd", NULL },
	{ "file:///v1/x", "/base/v1/x" },
	{ "gopher://$E/v1/x", "/base/v1/x" },
	{ "/v1/v1/x", "/base/v1/v1/x" },
	{ "/v1/x/v1/../y", NULL },
};

static void test_tails(void **state)
{
	struct field *f = calloc(1, sizeof(*f));
	struct str path;

	(void)state;
	field_open(f);
	for (size_t i = 0; i < COUNT(tails); i++) {
		const char *uri = aimed(f, tails[i].uri);
		bool was = asked(f, &(struct ask){ .uri = uri, .method = "GET",
						   .auth = f->auth }, uri);

		if (was != (tails[i].path != NULL))
			bed_fail("%s: %d, \"%s\"\n", uri, f->bed.status,
				 f->home.head);
		if (!was) {
			assert_true(f->bed.status >= 400 &&
				    f->bed.status < 500);
			continue;
		}
		path = str_c(strchr(f->home.head, ' ') + 1);
		if (!str_starts(path, str_c(arena_printf(f->bed.a, "%s ",
				aimed(f, tails[i].path)))))
			bed_fail("%s: \"%s\"\n", uri, f->home.head);
	}
	field_close(f);
	free(f);
}

/* CGI variables and bodies with a will of their own. */
static const struct {
	const char *body, *param[10];
} wills[] = {
	{ NULL, { "HTTP_HOST", "$E", "SERVER_NAME", "$E" } },
	{ NULL, { "HTTP_X_FORWARDED_HOST", "$E", "HTTP_FORWARDED",
			"host=$E;proto=https" } },
	{ NULL, { "HTTP_X_ORIGINAL_URL", "http://$E/v1/x",
			"HTTP_X_REWRITE_URL", "/v1/../admin" } },
	{ NULL, { "HTTP_PROXY", "http://$E", "HTTP_X_PROXY", "$E" } },
	{ NULL, { "HTTP_DESTINATION", "http://$E/", "HTTP_REFERER",
			"http://$E/" } },
	{ NULL, { "HTTP_COOKIE", "a=b", "HTTP_X_FORWARDED_FOR",
			"169.254.169.254" } },
	{ NULL, { "HTTP_CONNECTION", "authorization, close",
			"HTTP_UPGRADE", "h2c", "HTTP_TE", "trailers" } },
	{ NULL, { "HTTP_TRANSFER_ENCODING", "chunked",
			"HTTP_EXPECT", "100-continue" } },
	{ NULL, { "HTTP_USER_AGENT", "x\r\nEvil: y" } },
	{ NULL, { "HTTP_USER_AGENT", "$K",
			"HTTP_ACCEPT", "a\nEvil: y" } },
	{ NULL, { "HTTP_OPENAI_ORGANIZATION", "other",
			"HTTP_ANTHROPIC_VERSION", "x\r\nEvil: y" } },
	{ NULL, { "PATH_INFO", "/v1/../admin", "SCRIPT_NAME",
			"http://$E", "QUERY_STRING", "@$E" } },
	{ NULL, { "HTTP_X_LARDER_UPSTREAM", "http://$E/",
			"HTTP_X_LARDER_MODEL", "http://$E/" } },
	{ "{\"model\":\"http://$E/\"," USER("hi") "}", { NULL } },
	{ "{\"model\":\"../../$E\"," USER("hi") "}", { NULL } },
	{ "{\"model\":\"m@$E\",\"url\":\"http://$E/\",\"base_url\":"
		"\"http://$E/\"," USER("hi") "}", { NULL } },
	{ "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
		"\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
		"\"http://$E/x.png\"}}]}]}", { NULL } },
	{ "{\"model\":\"m\\r\\nEvil: y\"," USER("hi") "}", { NULL } },
};

static void test_wills(void **state)
{
	struct field *f = calloc(1, sizeof(*f));

	(void)state;
	field_open(f);
	for (size_t i = 0; i < COUNT(wills); i++) {
		struct ask q = { .auth = f->auth, .body = CHAT };

		if (wills[i].body)
			q.body = aimed(f, wills[i].body);
		for (size_t j = 0; wills[i].param[j]; j++)
			q.param[j] = aimed(f, wills[i].param[j]);
		q.param[15] = NULL;
		assert_true(asked(f, &q, wills[i].param[0] ?
				  wills[i].param[0] : q.body));
	}
	field_close(f);
	free(f);
}

/* Methods that would open a tunnel, or show the key. */
static void test_methods(void **state)
{
	static const char *const bad[] = {
		"CONNECT", "TRACE", "OPTIONS", "PROPFIND", "get", "",
		"GET http://x/ HTTP/1.1\r\nEvil: y\r\n\r\nGET",
		"POST\r\nEvil: y",
	};
	struct field *f = calloc(1, sizeof(*f));

	(void)state;
	field_open(f);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(asked(f, &(struct ask){ .uri = "/v1/x",
			.method = bad[i], .auth = f->auth }, bad[i]));
	field_close(f);
	free(f);
}

/* -- what an upstream may say ---------------------------------------------- */

static void test_redirects(void **state)
{
	static const int statuses[] = { 301, 302, 303, 307, 308, 300, 305 };
	struct field *f = calloc(1, sizeof(*f));
	struct bed *b = &f->bed;

	(void)state;
	field_open(f);
	for (size_t i = 0; i < COUNT(statuses); i++) {
		f->home.reply = arena_printf(b->a, "HTTP/1.1 %d X\r\n"
			"Location: http://127.0.0.1:%d/\r\n"
			"Refresh: 0; url=http://127.0.0.1:%d/\r\n"
			"Set-Cookie: a=b\r\nContent-Length: 0\r\n"
			"Connection: close\r\n\r\n", statuses[i],
			f->trap.port, f->trap.port);
		assert_true(asked(f, &(struct ask){ .auth = f->auth,
						    .body = CHAT },
				  "redirect"));
		assert_int_equal(b->status, 502);
		assert_null(bed_head(b, "Location"));
		assert_null(bed_head(b, "Refresh"));
		assert_null(bed_head(b, "Set-Cookie"));
		assert_true(asked(f, &(struct ask){ .uri = "/v1/x",
			.method = "GET", .auth = f->auth }, "redirect"));
		assert_int_equal(b->status, 502);
		assert_null(bed_head(b, "Location"));
	}
	field_close(f);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tails),
		cmocka_unit_test(test_wills),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_redirects),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
