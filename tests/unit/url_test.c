/* Which URLs a configuration may name: those that can mean one host only, and
 * to which a credential goes guarded. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */

#include "base/buf.h"
#include "base/file.h"
#include "serve/settings.h"
#include "serve/url.h"

#define PLACE_FILE "larder.conf"
#include "place.h"

#define COUNT(x) (sizeof(x) / sizeof(*(x)))

enum verdict {
	FINE,     /* loads: it can mean one host only */
	INSECURE, /* only with insecure = yes: nobody guards it on its way */
	NEVER,    /* refused, whatever else is said */
};

static const struct {
	const char *url;
	enum verdict verdict;
} urls[] = {
	{ "https://api.test/v1", FINE },
	{ "https://api.test:8443/openai/deployments/a-b_c", FINE },
	{ "https://10.0.0.1/v1", FINE }, /* https to a host of the site's own */
	{ "https://[fd12:3456::1]:8443/v1", FINE },
	{ "http://127.0.0.1:1/v1", FINE },
	{ "http://[::1]/v1", FINE },
	{ "http://localhost", FINE },
	/* A name of its own, whoever owns it: TLS says whether he is right. */
	{ "https://127.0.0.1.evil.example/v1", FINE },
	{ "https://api.openai.com.evil.example/v1", FINE },
	{ "https://xn--pi-hka.test/v1", FINE },
	/* Plain http beyond this host. */
	{ "http://api.test/v1", INSECURE },
	{ "http://127.0.0.1.evil.example/v1", INSECURE },
	{ "http://localhost.evil.example", INSECURE },
	{ "http://0.0.0.0/v1", INSECURE },
	{ "http://10.0.0.1/v1", INSECURE },
	{ "http://[::]/v1", INSECURE },
	{ "http://[::ffff:127.0.0.1]/v1", INSECURE },
	{ "http://[::ffff:10.0.0.1]/v1", INSECURE },
	{ "http://[::2]/v1", INSECURE },
	/* Users and passwords, which hide a host from people. */
	{ "https://user:pw@api.test/v1", NEVER },
	{ "https://api.openai.com@evil.example/v1", NEVER },
	{ "https://api.openai.com:443@evil.example/v1", NEVER },
	{ "http://127.0.0.1@evil.example/", NEVER },
	{ "http://localhost:80@evil.example/", NEVER },
	{ "https://@evil.example/", NEVER },
	{ "https://api.test/v1@evil.example", NEVER },
	{ "https://evil.example%40api.test/", NEVER },
	/* What readers of URLs disagree about. */
	{ "https://evil.example\\@api.test/v1", NEVER },
	{ "https://api.test\\.evil.example/v1", NEVER },
	{ "https:\\\\api.test/v1", NEVER },
	{ "https://api.test/v1\t.evil.example", NEVER },
	{ "https://api.test /v1", NEVER },
	{ "https://api.test/v1 HTTP/1.1", NEVER },
	{ "https://api.test/v1\r.evil", NEVER },
	{ "https://api\x01.test/v1", NEVER },
	{ "https://api.test\x7f/v1", NEVER },
	{ "https://api.test#@evil.example/v1", NEVER },
	{ "https://api.test?x/v1", NEVER },
	{ "https://api.test/v1?x=y", NEVER },
	{ "https://api.test/v1#", NEVER },
	{ "https://{api,evil}.test/v1", NEVER },
	{ "https://api.test/[1-9]", NEVER },
	{ "https://api.test<x>/v1", NEVER },
	{ "https://b\xc3\xbc""cher.test/v1", NEVER },
	{ "https://\xef\xbd\x85vil.test/v1", NEVER },     /* wide e */
	{ "https://api.test\xe3\x80\x82""evil.test/", NEVER }, /* a wide dot */
	{ "https://api%2etest/v1", NEVER },
	{ "https://api.test%00.evil.example/v1", NEVER },
	{ "https://api.test%2fv1", NEVER },
	{ "https://api.test./v1", NEVER },
	{ "https://api..test/v1", NEVER },
	{ "https://.api.test/v1", NEVER },
	{ "https://-api.test/v1", NEVER },
	{ "https://api,test/v1", NEVER },
	{ "https://api;test/v1", NEVER },
	{ "https://*.test/v1", NEVER },
	{ "https:///v1", NEVER },
	{ "https://", NEVER },
	{ "https:", NEVER },
	{ "https:api.test/v1", NEVER },
	{ "https:/api.test/v1", NEVER },
	{ "https:////api.test/v1", NEVER },
	{ "//api.test/v1", NEVER },
	{ "api.test/v1", NEVER },
	{ "https://:443/v1", NEVER },
	{ "https://api.test:/v1", NEVER },
	{ "https://api.test:0/v1", NEVER },
	{ "https://api.test:99999/v1", NEVER },
	{ "https://api.test:65536/v1", NEVER },
	{ "https://api.test:-1/v1", NEVER },
	{ "https://api.test:+443/v1", NEVER },
	{ "https://api.test:0x50/v1", NEVER },
	{ "https://api.test:443:80/v1", NEVER },
	{ "https://api.test:http/v1", NEVER },
	/* Numbers that old resolvers take for addresses. */
	{ "http://0x7f000001/v1", NEVER },
	{ "http://2130706433/v1", NEVER },
	{ "http://017700000001/v1", NEVER },
	{ "http://0177.0.0.1/v1", NEVER },
	{ "http://127.1/v1", NEVER },
	{ "http://127.0.0.1./v1", NEVER },
	{ "http://127.0.0.256/v1", NEVER },
	{ "http://1270.0.0.1/v1", NEVER },
	{ "http://127.0.0.1.5/v1", NEVER },
	{ "http://127.0.0.0x1/v1", NEVER },
	{ "http://0/v1", NEVER },
	{ "https://api.test.1/v1", NEVER },
	{ "http://[::1", NEVER },
	{ "http://::1/v1", NEVER },
	{ "http://[::1].evil.example", NEVER },
	{ "http://[::1%25lo]/", NEVER },
	{ "http://[::1%lo]/", NEVER },
	{ "http://[127.0.0.1]/", NEVER },
	{ "http://[api.test]/", NEVER },
	{ "http://[v1.a]/", NEVER },
	{ "http://[]/", NEVER },
	/* Where clouds keep their machines' own credentials. */
	{ "http://169.254.169.254/latest/meta-data", NEVER },
	{ "https://169.254.169.254/v1", NEVER },
	{ "http://169.254.170.2/v2", NEVER },
	{ "http://[::ffff:169.254.169.254]/", NEVER },
	{ "http://[::ffff:a9fe:a9fe]/", NEVER },
	{ "http://[0:0:0:0:0:ffff:a9fe:a9fe]/", NEVER },
	{ "http://[::a9fe:a9fe]/", NEVER },
	{ "http://[64:ff9b::a9fe:a9fe]/", NEVER },
	{ "http://[2002:a9fe:a9fe::]/", NEVER },
	{ "http://[fe80::a9fe:a9fe]/", NEVER },
	{ "http://[fd00:ec2::254]/latest", NEVER },
	{ "http://[fd20:ce::254]/", NEVER },
	{ "http://100.100.100.200/latest", NEVER },
	{ "http://168.63.129.16/", NEVER },
	{ "http://192.0.0.192/", NEVER },
	{ "http://metadata.google.internal/v1", NEVER },
	{ "http://Metadata.Google.Internal:80/v1", NEVER },
	{ "http://metadata/v1", NEVER },
	{ "http://0xa9fea9fe/", NEVER },
	{ "http://2852039166/", NEVER },
	{ "http://0251.0376.0251.0376/", NEVER },
	/* Other ways than http. */
	{ "file:///etc/passwd", NEVER },
	{ "ftp://api.test/v1", NEVER },
	{ "gopher://api.test:70/_x", NEVER },
	{ "dict://api.test:11211/", NEVER },
	{ "ldap://api.test/", NEVER },
	{ "ws://api.test/v1", NEVER },
	{ "unix:/run/docker.sock", NEVER },
	{ "http+unix://%2frun%2fdocker.sock/v1", NEVER },
	{ "http://unix:/run/docker.sock:/v1", NEVER },
	{ "javascript:alert(1)", NEVER },
	{ "data:text/plain,x", NEVER },
	{ "/v1", NEVER },
	{ "httpss://api.test/v1", NEVER },
	{ "http\xe2\x80\x8bs://api.test/v1", NEVER },
	/* Paths that are others' paths to some servers. */
	{ "https://api.test/v1/../admin", NEVER },
	{ "https://api.test/..", NEVER },
	{ "https://api.test/./v1", NEVER },
	{ "https://api.test/%2e%2e/admin", NEVER },
	{ "https://api.test/.%2e/admin", NEVER },
	{ "https://api.test/..;/admin", NEVER },
	{ "https://api.test/.;/admin", NEVER },
	{ "https://api.test/;/admin", NEVER },
	{ "https://api.test//evil.example/v1", NEVER },
	{ "https://api.test/a//b", NEVER },
	{ "https://api.test/a\\b", NEVER },
	{ "https://api.test/%0d%0aHost:%20evil", NEVER },
};

static bool loads(struct place *p, const char *url, bool insecure)
{
	struct settings s;
	int rc;

	p->err[0] = '\0';
	assert_int_equal(file_put(p->path, str_c(arena_printf(p->a,
		"[upstream openai]\nurl = %s\ninsecure = %s\n", url,
		insecure ? "yes" : "no")), false), 0);
	rc = settings_load(&s, p->a, p->path, p->err, sizeof(p->err));
	assert_true(rc == 0 || strstr(p->err, ":1: [upstream openai]: url "));
	return rc == 0;
}

static void test_configured(void **state)
{
	struct place *p = *state;

	for (size_t i = 0; i < COUNT(urls); i++) {
		bool plain = loads(p, urls[i].url, false);
		bool insecure = loads(p, urls[i].url, true);

		if (plain != (urls[i].verdict == FINE) ||
		    insecure != (urls[i].verdict != NEVER))
			print_error("%s\n", urls[i].url);
		assert_int_equal(plain, urls[i].verdict == FINE);
		assert_int_equal(insecure, urls[i].verdict != NEVER);
	}
}

/* What a line of a file cannot hold, or a reader of lines takes away. */
static void test_bytes(void **state)
{
	static const struct str bad[] = {
		STR("https://api.test\0.evil.example/v1"),
		STR("https://api.test/v1\n"), STR("https://api.test/v1\r\n"),
		STR("https://api.test/v1 "), STR(" https://api.test/v1"),
		STR("https://api.test\n.evil.example/v1"), STR(""),
	};
	struct url u;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_non_null(url_base(&u, bad[i]));
}

static void test_long(void **state)
{
	struct place *p = *state;
	struct buf b;
	struct url u;

	buf_init(&b, p->a);
	buf_puts(&b, "https://");
	for (int i = 0; i < 26; i++)
		buf_puts(&b, "abcdefgh.");
	buf_puts(&b, "testtesttest"); /* 26 * 9 + 12 = 246 */
	assert_null(url_base(&u, buf_view(&b)));
	buf_puts(&b, ".testtest");
	assert_non_null(url_base(&u, buf_view(&b)));
	b.n = strlen("https://");
	for (int i = 0; i < 63; i++)
		buf_putc(&b, 'a');
	assert_null(url_base(&u, buf_view(&b)));
	buf_putc(&b, 'a');
	assert_non_null(url_base(&u, buf_view(&b)));
}

static const struct {
	const char *url;
	bool good;
} proxies[] = {
	{ "http://proxy.test:3128", true },
	{ "https://proxy.test:3129/", true },
	{ "socks5://127.0.0.1:1080", true },
	{ "socks5h://[::1]:1080", true },
	{ "SOCKS5H://proxy.test:1080", true },
	{ "socks4://proxy.test:1080", false },
	{ "socks://proxy.test:1080", false },
	{ "proxy.test:3128", false },
	{ "http://proxy.test", false },
	{ "http://proxy.test:", false },
	{ "http://proxy.test:0", false },
	{ "http://:3128", false },
	{ "http://me:pw@proxy.test:3128", false },
	{ "http://@proxy.test:3128", false },
	{ "http://proxy.test:3128//", false },
	{ "http://proxy.test:3128/x", false },
	{ "http://proxy.test:3128?x", false },
	{ "http://proxy.test:3128#x", false },
	{ "http://169.254.169.254:80", false },
	{ "http://0x7f000001:80", false },
	{ "file:///etc/passwd", false },
};

static void test_proxies(void **state)
{
	struct url u;

	(void)state;
	for (size_t i = 0; i < COUNT(proxies); i++) {
		const char *why = url_proxy(&u, str_c(proxies[i].url));

		if (!why != proxies[i].good)
			print_error("%s: %s\n", proxies[i].url,
				    why ? why : "fine");
		assert_int_equal(!why, proxies[i].good);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_configured),
		PLACE_TEST(test_bytes),
		PLACE_TEST(test_long),
		PLACE_TEST(test_proxies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
