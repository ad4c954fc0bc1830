#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "serve/settings.h"

#define PLACE_FILE "larder.conf"
#include "place.h"

#define COUNT(x) (sizeof(x) / sizeof(*(x)))
#define UP "[upstream o]\nurl = https://o.test/v1\n"

static int load(struct place *p, struct settings *s, const char *text)
{
	p->err[0] = '\0';
	assert_int_equal(file_put(p->path, str_c(text), false), 0);
	return settings_load(s, p->a, p->path, p->err, sizeof(p->err));
}

static void must_load(struct place *p, struct settings *s, const char *text)
{
	load(p, s, text);
	assert_string_equal(p->err, "");
}

static void test_one_section(void **state)
{
	struct place *p = *state;
	struct settings s;

	must_load(p, &s, "[upstream o]\nurl = https://o.test/v1//\n");
	assert_int_equal(s.upstreams.n, 1);
	assert_string_equal(settings_upstream(&s, "o")->url,
			    "https://o.test/v1");
	assert_null(settings_upstream(&s, "O"));
	assert_int_equal(settings_upstream(&s, "o")->stream_usage, SAY_AUTO);
	assert_string_equal(settings_upstream(&s, "o")->as->name,
			    "compatible");
	assert_null(settings_any(&s, DIALECT_OPENAI));
	assert_null(settings_any_for(&s, SHAPE_CHAT));
	assert_int_equal(s.larder.threads, 64);
	assert_int_equal(s.larder.reserve, 8);
	assert_int_equal(s.larder.max_body, 32 << 20);
	assert_int_equal(s.larder.passthrough, false);
	assert_int_equal(s.larder.on_client_abort, ABORT_CANCEL);
	assert_true(s.cache.ttl_ms == 3 * 86400 * 1000LL);
	assert_int_equal(s.cache.when, WHEN_UNLESS_SAMPLED);
	assert_int_equal(s.cache.scope, SCOPE_TENANT);
	assert_int_equal(s.cache.version, 1);
	assert_true(s.cache.store.size == 256u << 20);
	assert_int_equal(s.history.max_tokens, 0);
	assert_string_equal(s.path, p->path);
	/* A place for everything that has one. */
	assert_true(*s.larder.secret_file == '/');
	assert_true(*s.clients_file == '/');
	assert_true(*s.cache.store.path == '/');
	assert_true(*s.log.path == '/');
	assert_non_null(s.larder.listen);
}

static void test_models(void **state)
{
	struct place *p = *state;
	struct settings s;

	must_load(p, &s, UP "[model a]\n[model b]\nname = bee\n");
	assert_string_equal(settings_model(&s, STR("a"))->upstream, "o");
	assert_string_equal(settings_model(&s, STR("a"))->name, "a");
	assert_string_equal(settings_model(&s, STR("b"))->name, "bee");
	assert_null(settings_model(&s, STR("bee")));
	assert_null(settings_model(&s, STR("a\0b")));
	assert_null(settings_model(&s, STR("")));
}

/* The host of a plain http URL; what else a URL may be is in url_test.c. */
static const struct {
	const char *url;
	bool insecure, good;
	const char *fix; /* that the complaint names */
} urls[] = {
	{ "https://api.test/v1", false, true, NULL },
	{ "HTTPS://api.test/v1", false, true, NULL },
	{ "http://127.0.0.1:8080/v1", false, true, NULL },
	{ "http://127.9.8.7", false, true, NULL },
	{ "http://localhost/v1", false, true, NULL },
	{ "http://LocalHost:80/v1", false, true, NULL },
	{ "http://[::1]:80/v1", false, true, NULL },
	{ "http://[::1]", false, true, NULL },
	{ "http://api.test/v1", false, false, "insecure = yes" },
	{ "http://api.test/v1", true, true, NULL },
	{ "http://127.evil.example", false, false, "insecure = yes" },
	{ "http://127.0.0.1.evil.example/v1", false, false,
	  "insecure = yes" },
	{ "http://localhost.evil.example", false, false, "insecure = yes" },
	{ "http://localhosted", false, false, "insecure = yes" },
	{ "http://localhost-evil.example", false, false, "insecure = yes" },
	{ "http://[::2]/", false, false, "insecure = yes" },
	{ "http://[::ffff:10.0.0.1]/", false, false, "insecure = yes" },
	{ "http://0.0.0.0/v1", false, false, "insecure = yes" },
	{ "http://10.0.0.1/v1", false, false, "insecure = yes" },
	{ "http://128.0.0.1/v1", false, false, "insecure = yes" },
	{ " https://api.test/v1", false, true, NULL },
};

static void test_urls(void **state)
{
	struct place *p = *state;
	struct settings s;

	for (size_t i = 0; i < COUNT(urls); i++) {
		int rc = load(p, &s, arena_printf(p->a,
			"[upstream o]\nurl = %s\ninsecure = %s\n",
			urls[i].url, urls[i].insecure ? "yes" : "no"));

		if (rc != (urls[i].good ? 0 : -1))
			print_error("%s: %s\n", urls[i].url, p->err);
		assert_int_equal(rc, urls[i].good ? 0 : -1);
		if (!urls[i].good)
			assert_non_null(strstr(p->err, urls[i].fix));
	}
}

static const struct {
	const char *text;
	int line;
	const char *says, *fix;
} bad[] = {
	{ "", 1, "[upstream NAME]", "https://api.openai.com/v1" },
	{ "\n[upstream o]\n", 2, "needs a url", "https://" },
	{ UP "models = any, x\n", 1, "models", "[model]" },
	{ UP "models = x\n", 1, "models", "[model]" },
	{ UP "[model m]\nupstream = x\n", 3, "no [upstream x]", "x" },
	{ UP "[upstream p]\nurl = https://p.test\n\n[model m]\n", 6,
	  "needs an upstream", "[model m]" },
	{ UP "[route r]\nmodel = x\n", 3, "needs `use`", "the model to ask" },
	{ UP "provider = opnai\n", 1, "no provider \"opnai\"",
	  "openai, anthropic, openrouter, azure, vllm, ollama, llamacpp, "
	  "compatible" },
	{ UP "provider = openai\ndialect = anthropic\n", 1,
	  "provider = openai", "leave out" },
	{ UP "provider = anthropic\ndialect = openai\n", 1,
	  "provider = anthropic", "leave out" },
	{ "[upstream openai]\ndialect = anthropic\n", 1, "needs a url",
	  "https://" },
	{ "[upstream x]\nprovider = azure\n", 1, "needs a url", "https://" },
	{ UP "endpoints = chat/completions, chats\n", 1, "\"chats\" is none",
	  "chat/completions, responses, completions, embeddings, messages, "
	  "messages/count_tokens" },
	{ UP "endpoints = models\n", 1, "\"models\" is none", "known are" },
	{ UP "endpoints = other\n", 1, "\"other\" is none", "known are" },
	{ UP "query = ?a=b\n", 1, "query", "puts the ? before it" },
	{ UP "query = a=b c\n", 1, "query", "%XX" },
	{ UP "query = a=b#c\n", 1, "query", "%XX" },
	{ UP "query = a=\xc3\xa4\n", 1, "query", "%XX" },
	{ UP "proxy = proxy.test:3128\n", 1, "proxy must begin", "socks5h" },
	{ UP "proxy = socks4://proxy.test:1080\n", 1, "proxy must begin",
	  "socks5h" },
	{ UP "proxy = http://me:pw@proxy.test:3128\n", 1, "proxy must not",
	  "password" },
	{ UP "proxy = http://proxy.test\n", 1, "proxy has a port", "65535" },
	{ UP "proxy = http://proxy.test:3128/x\n", 1, "proxy must be",
	  "without a path" },
	{ UP "proxy = http://169.254.169.254:80\n", 1, "proxy leads",
	  "credentials" },
	{ "[upstream o]\nurl = http://127.0.0.1/v1\n"
	  "proxy = http://proxy.test:3128\n", 1, "proxy would read",
	  "insecure = yes" },
	{ UP "key_header = api key\n", 1, "key_header", "alone" },
	{ UP "key_header = api-key:\n", 1, "key_header", "alone" },
	{ UP "key_header = Host\n", 1, "key_header", "meaning of its own" },
	{ UP "key_header = Proxy-Authorization\n", 1, "key_header",
	  "meaning of its own" },
	{ UP "key_header = content-length\n", 1, "key_header",
	  "meaning of its own" },
	{ UP "breaker_open = 0\n", 1, "breaker_open", "breaker_failures = 0" },
	{ UP "total_timeout = soon\n", 3, "total_timeout", "such as" },
	{ UP "stream_usage = maybe\n", 3, "stream_usage", "auto" },
	{ UP "[model m]\nfallback = n\n", 3, "no [model n]", "`stale`" },
	{ UP "[model m]\nfallback = stale, m\n", 3, "itself", "m" },
	{ UP "[model m]\nfallback = stale, stale\n", 3, "twice", "stale" },
	{ UP "[model m]\nfallback_on = 5xx, 42\n", 3, "\"42\" is none",
	  "4xx and 5xx" },
	{ UP "[model m]\nfallback_on = 600\n", 3, "\"600\" is none",
	  "400 to 599" },
	{ UP "[model m]\nfallback_on = 399\n", 3, "\"399\" is none",
	  "400 to 599" },
	{ UP "[model m]\nfallback_on = 4290\n", 3, "\"4290\" is none",
	  "400 to 599" },
	{ UP "[model m]\nfallback_on = 3xx\n", 3, "\"3xx\" is none",
	  "4xx" },
	{ UP "[larder]\nthreads = 8\nreserve = 8\n", 1, "reserve",
	  "below threads" },
	{ UP "[larder]\ntreads = 8\n", 4, "treads", "threads" },
	{ UP "[cache]\nwhen = sometimes\n", 4, "when",
	  "unless-sampled" },
	{ UP "[cache]\nttl = soon\n", 4, "ttl", "such as" },
	{ UP "[cache]\nsize = big\n", 4, "size", "such as" },
	{ UP "[larder]\npassthrough = maybe\n", 4, "passthrough", "yes" },
	{ UP "[larder]\nworkers = 0\n", 4, "workers", "256" },
	{ UP "[cash]\n", 3, "cash", "cache" },
	{ UP "[cache]\nttl = 1s\nttl = 2s\n", 5, "ttl", "" },
	{ UP UP, 3, "upstream", "" },
	{ UP "nonsense\n", 3, "", "" },
};

static void test_complaints(void **state)
{
	struct place *p = *state;
	struct settings s;

	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *at = arena_printf(p->a, "%s:%d: ", p->path,
					      bad[i].line);

		assert_int_equal(load(p, &s, bad[i].text), -1);
		if (strncmp(p->err, at, strlen(at)) != 0 ||
		    !strstr(p->err, bad[i].says) ||
		    !strstr(p->err, bad[i].fix))
			print_error("case %zu: %s\n", i, p->err);
		assert_int_equal(strncmp(p->err, at, strlen(at)), 0);
		assert_non_null(strstr(p->err, bad[i].says));
		assert_non_null(strstr(p->err, bad[i].fix));
		assert_null(strchr(p->err, '\n'));
	}
}

static void test_short_err(void **state)
{
	struct place *p = *state;
	struct settings s;
	char err[10] = "";

	assert_int_equal(file_put(p->path, STR("[upstream o]\n"), false), 0);
	assert_int_equal(settings_load(&s, p->a, p->path, err, sizeof(err)),
			 -1);
	assert_true(strlen(err) < sizeof(err));
	assert_int_equal(settings_load(&s, p->a, p->dir, p->err,
				       sizeof(p->err)), -1);
	assert_non_null(strstr(p->err, p->dir));
}

static void test_reserve(void **state)
{
	static const struct {
		const char *lines;
		int reserve;
	} cases[] = {
		{ "threads = 1", 0 }, { "threads = 2", 1 },
		{ "threads = 15", 1 }, { "threads = 16", 2 },
		{ "threads = 4\nreserve = 0", 0 },
		{ "threads = 4\nreserve = 3", 3 },
	};
	struct place *p = *state;
	struct settings s;

	for (size_t i = 0; i < COUNT(cases); i++) {
		must_load(p, &s, arena_printf(p->a, UP "[larder]\n%s\n",
					      cases[i].lines));
		assert_int_equal(s.larder.reserve, cases[i].reserve);
	}
}

/* The first of a dialect with models = any. */
static void test_any(void **state)
{
	struct place *p = *state;
	struct settings s;

	must_load(p, &s, UP "[upstream a]\nurl = https://a.test\n"
		  "dialect = anthropic\nmodels = any\n"
		  "[upstream x]\nurl = https://x.test\nmodels = any\n"
		  "[upstream y]\nurl = https://y.test\nmodels = any\n");
	assert_string_equal(settings_any(&s, DIALECT_OPENAI)->item.name, "x");
	assert_string_equal(settings_any(&s, DIALECT_ANTHROPIC)->item.name,
			    "a");
}

/* Who answers a shape himself comes before who must be translated to. */
static void test_any_for(void **state)
{
	struct place *p = *state;
	struct settings s;

	must_load(p, &s, UP "models = any\nendpoints = embeddings\n"
		  "[upstream a]\nurl = https://a.test\n"
		  "dialect = anthropic\nmodels = any\n"
		  "[upstream x]\nurl = https://x.test\nmodels = any\n"
		  "[upstream n]\nprovider = openai\n");
	assert_string_equal(settings_any_for(&s, SHAPE_CHAT)->item.name, "x");
	assert_string_equal(settings_any_for(&s, SHAPE_MESSAGES)->item.name,
			    "a");
	assert_string_equal(settings_any_for(&s, SHAPE_EMBEDDING)->item.name,
			    "o");
	assert_string_equal(settings_any_for(&s, SHAPE_RESPONSES)->item.name,
			    "a");
	assert_string_equal(settings_any_for(&s, SHAPE_MODELS)->item.name,
			    "o");
	must_load(p, &s, UP "models = any\n");
	assert_string_equal(settings_any_for(&s, SHAPE_RESPONSES)->item.name,
			    "o");
	assert_string_equal(settings_any_for(&s, SHAPE_MESSAGES)->item.name,
			    "o");
	assert_null(settings_any_for(&s, SHAPE_COUNT));
}

#define SAYS(shape) (1u << (shape))
#define ALWAYS (SAYS(SHAPE_MODELS) | SAYS(SHAPE_OTHER))

static const struct {
	const char *text, *as, *url, *key_header;
	enum dialect dialect;
	unsigned shapes; /* 0: the provider's */
} providers[] = {
	{ "[upstream openai]\n", "openai", "https://api.openai.com/v1",
	  "authorization", DIALECT_OPENAI, 0 },
	{ "[upstream anthropic]\n", "anthropic",
	  "https://api.anthropic.com/v1", "x-api-key", DIALECT_ANTHROPIC, 0 },
	{ "[upstream anthropic]\ndialect = anthropic\n", "anthropic",
	  "https://api.anthropic.com/v1", "x-api-key", DIALECT_ANTHROPIC, 0 },
	{ "[upstream x]\nprovider = openrouter\n", "openrouter",
	  "https://openrouter.ai/api/v1", "authorization", DIALECT_OPENAI,
	  0 },
	{ "[upstream openai]\nprovider = ollama\n", "ollama",
	  "http://127.0.0.1:11434/v1", "authorization", DIALECT_OPENAI, 0 },
	{ "[upstream openai]\ndialect = anthropic\nurl = https://x.test\n",
	  "compatible", "https://x.test", "x-api-key", DIALECT_ANTHROPIC,
	  0 },
	{ "[upstream x]\nprovider = compatible\ndialect = anthropic\n"
	  "url = https://x.test/\n", "compatible", "https://x.test",
	  "x-api-key", DIALECT_ANTHROPIC,
	  ALWAYS | SAYS(SHAPE_MESSAGES) | SAYS(SHAPE_COUNT) },
	{ UP, "compatible", "https://o.test/v1", "authorization",
	  DIALECT_OPENAI, ALWAYS | SAYS(SHAPE_CHAT) | SAYS(SHAPE_COMPLETION) |
	  SAYS(SHAPE_EMBEDDING) },
	{ "[upstream x]\nprovider = azure\nurl = https://x.openai.azure.test"
	  "/openai/deployments/d\nquery = api-version=2024-10-21\n", "azure",
	  "https://x.openai.azure.test/openai/deployments/d", "api-key",
	  DIALECT_OPENAI, 0 },
	{ UP "key_header = X-Goog-Api-Key\n", "compatible",
	  "https://o.test/v1", "x-goog-api-key", DIALECT_OPENAI, 0 },
	{ UP "endpoints = messages,responses\n", "compatible",
	  "https://o.test/v1", "authorization", DIALECT_OPENAI,
	  ALWAYS | SAYS(SHAPE_MESSAGES) | SAYS(SHAPE_RESPONSES) },
};

static void test_providers(void **state)
{
	struct place *p = *state;
	const struct upstream *u;
	struct settings s;

	for (size_t i = 0; i < COUNT(providers); i++) {
		must_load(p, &s, providers[i].text);
		u = s.upstreams.item;
		assert_string_equal(u->as->name, providers[i].as);
		assert_string_equal(u->url, providers[i].url);
		assert_string_equal(u->key_header, providers[i].key_header);
		assert_int_equal(u->as->dialect, providers[i].dialect);
		assert_int_equal(u->shapes, providers[i].shapes ?
				 providers[i].shapes : u->as->shapes);
	}
}

/* What stands in the other names of an upstream and of a model. */
static void test_failing(void **state)
{
	struct place *p = *state;
	const struct upstream *u;
	const struct model *m;
	struct settings s;

	must_load(p, &s, UP "proxy = socks5h://[::1]:1080/\n"
		  "[model m]\nfallback = n, stale\n"
		  "[model n]\nfallback = m\n"
		  "fallback_on = connect, timeout, context, credentials, 400, "
		  "599, 4xx, 5xx\n");
	u = s.upstreams.item;
	assert_string_equal(u->proxy, "socks5h://[::1]:1080/");
	assert_true(u->total_ms == 30 * 60000);
	assert_int_equal(u->retries, 3);
	assert_true(u->backoff_ms == 1000);
	assert_int_equal(u->breaker_failures, 5);
	assert_false(u->lossy);
	m = settings_model(&s, STR("m"));
	assert_int_equal(m->fallback.n, 2);
	assert_int_equal(m->fallback_on.n, 8);
	assert_int_equal(settings_model(&s, STR("n"))->fallback_on.n, 8);
}

static void test_path(void **state)
{
	struct place *p = *state;

	setenv("LARDER_CONF", "/env/larder.conf", 1);
	assert_string_equal(settings_path(p->a, "given"), "given");
	assert_string_equal(settings_path(p->a, NULL), "/env/larder.conf");
	setenv("LARDER_CONF", "", 1);
	assert_true(*settings_path(p->a, NULL) == '/');
	unsetenv("LARDER_CONF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_one_section),
		PLACE_TEST(test_models),
		PLACE_TEST(test_urls),
		PLACE_TEST(test_complaints),
		PLACE_TEST(test_short_err),
		PLACE_TEST(test_reserve),
		PLACE_TEST(test_any),
		PLACE_TEST(test_any_for),
		PLACE_TEST(test_providers),
		PLACE_TEST(test_failing),
		PLACE_TEST(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
