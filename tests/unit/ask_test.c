/* What goes to an upstream, by its provider: URL, headers, credential. */
#include "corridor_bed.h"

#include "serve/ask.h"

#define KEYED "key_file = %1$s/key\n"

/* One of each kind, with larder's key and without. */
static const struct bed_conf conf = { NULL, NULL,
	"[upstream openai]\n" KEYED
	"[upstream anthropic]\n" KEYED
	"[upstream openrouter]\n" KEYED
	"[upstream azure]\nurl = https://az.test/openai/deployments/d\n"
	"query = api-version=2024-10-21\n" KEYED
	"[upstream goog]\nurl = https://g.test/v1\n" KEYED
	"key_header = X-Goog-Api-Key\nproxy = http://proxy.test:3128\n"
	"total_timeout = 7s\n"
	"[upstream o]\nprovider = openai\n"
	"[upstream a]\nprovider = anthropic\n"
	"[upstream r]\nprovider = openrouter\n"
	"[upstream z]\nprovider = azure\nurl = https://z.test/openai/v1\n"
	"[upstream plain]\nurl = https://p.test\nstream_usage = no\n"
	"[upstream both]\nurl = https://b.test/v1\n"
	"endpoints = chat/completions, messages\n",
};

struct sheet { /* a door that only has parameters */
	struct door door;
	const char *const *param;
};

static const char *sheet_param(struct door *d, const char *name)
{
	const struct sheet *s = (const struct sheet *)d;

	for (size_t i = 0; s->param && s->param[i]; i += 2)
		if (strcmp(s->param[i], name) == 0)
			return s->param[i + 1];
	return strcmp(name, "REQUEST_METHOD") == 0 ? "POST" : NULL;
}

struct case_ {
	const char *upstream, *uri;
	enum shape shape;         /* in which it is asked */
	bool client;              /* with a larder key */
	const char *auth, *xkey;  /* or a credential of his own */
	const char *url, *header; /* what must come of it */
};

static const char *const everything[] = {
	"HTTP_ACCEPT", "application/json", "HTTP_USER_AGENT", "sdk/1",
	"HTTP_ANTHROPIC_VERSION", "2023-01-01", "HTTP_ANTHROPIC_BETA", "b1",
	"HTTP_OPENAI_BETA", "b2", "HTTP_OPENAI_ORGANIZATION", "org",
	"HTTP_OPENAI_PROJECT", "proj", "HTTP_X_CLIENT_REQUEST_ID", "id",
	"HTTP_HTTP_REFERER", "https://site.test/", "HTTP_X_TITLE", "Site",
	"HTTP_COOKIE", "a=b", "HTTP_X_API_KEY", "never", "HTTP_API_KEY",
	"never", "HTTP_AUTHORIZATION", "never", "HTTP_X_FORWARDED_FOR", "x",
	"HTTP_IDEMPOTENCY_KEY", "x", "HTTP_X_LARDER_TTL", "5", NULL
};

#define COMMON "content-type: application/json\naccept: application/json\n" \
	"user-agent: sdk/1\nx-client-request-id: id\n"
#define OPENAI_OWN "openai-beta: b2\nopenai-organization: org\n" \
	"openai-project: proj\n"
#define ANTHROPIC "anthropic-version: 2023-01-01\nanthropic-beta: b1\n"
#define SITE "http-referer: https://site.test/\nx-title: Site\n"
#define CHATS "/v1/chat/completions"
#define MESSAGES "/v1/messages"

static const struct case_ cases[] = {
	/* larder's own key, in the header of each. */
	{ "openai", CHATS, SHAPE_CHAT, true, NULL, NULL,
	  "https://api.openai.com/v1/chat/completions",
	  COMMON "openai-beta: b2\nauthorization: Bearer " PROVIDER_KEY "\n" },
	{ "anthropic", MESSAGES "?beta=true", SHAPE_MESSAGES, true, NULL, NULL,
	  "https://api.anthropic.com/v1/messages?beta=true",
	  COMMON ANTHROPIC "x-api-key: " PROVIDER_KEY "\n" },
	{ "openrouter", CHATS, SHAPE_CHAT, true, NULL, NULL,
	  "https://openrouter.ai/api/v1/chat/completions",
	  COMMON "openai-beta: b2\n" SITE
	  "authorization: Bearer " PROVIDER_KEY "\n" },
	{ "azure", CHATS "?a=b&api-version=1&API-Version=2&c", SHAPE_CHAT,
	  true, NULL, NULL, "https://az.test/openai/deployments/d/"
	  "chat/completions?api-version=2024-10-21&a=b&c",
	  COMMON "openai-beta: b2\napi-key: " PROVIDER_KEY "\n" },
	{ "goog", CHATS "?", SHAPE_CHAT, true, NULL, NULL,
	  "https://g.test/v1/chat/completions",
	  COMMON "openai-beta: b2\n" SITE "x-goog-api-key: " PROVIDER_KEY
	  "\n" },
	/* Translated: its own path, none of the caller's query, and of his
	 * headers what is of that dialect. */
	{ "anthropic", CHATS "?a=b", SHAPE_MESSAGES, true, NULL, NULL,
	  "https://api.anthropic.com/v1/messages",
	  COMMON ANTHROPIC "x-api-key: " PROVIDER_KEY "\n" },
	{ "azure", MESSAGES "?beta=true", SHAPE_CHAT, true, NULL, NULL,
	  "https://az.test/openai/deployments/d/chat/completions"
	  "?api-version=2024-10-21",
	  COMMON "openai-beta: b2\napi-key: " PROVIDER_KEY "\n" },
	{ "openai", "/v1/responses", SHAPE_CHAT, true, NULL, NULL,
	  "https://api.openai.com/v1/chat/completions",
	  COMMON "openai-beta: b2\nauthorization: Bearer " PROVIDER_KEY "\n" },
	/* The caller's own, as it came. */
	{ "o", CHATS, SHAPE_CHAT, false, "Bearer sk-1", NULL,
	  "https://api.openai.com/v1/chat/completions",
	  COMMON OPENAI_OWN "authorization: Bearer sk-1\n" },
	{ "a", MESSAGES, SHAPE_MESSAGES, false, NULL, "sk-2",
	  "https://api.anthropic.com/v1/messages",
	  COMMON ANTHROPIC "x-api-key: sk-2\n" },
	{ "a", MESSAGES, SHAPE_MESSAGES, false, "Bearer oauth", NULL,
	  "https://api.anthropic.com/v1/messages",
	  COMMON ANTHROPIC "authorization: Bearer oauth\n" },
	{ "o", CHATS, SHAPE_CHAT, false, "Basic eDp5", "sk-2",
	  "https://api.openai.com/v1/chat/completions",
	  COMMON OPENAI_OWN "authorization: Basic eDp5\nx-api-key: sk-2\n" },
	/* In the header that the upstream wants. */
	{ "z", CHATS, SHAPE_CHAT, false, "Bearer sk-1", NULL,
	  "https://z.test/openai/v1/chat/completions",
	  COMMON OPENAI_OWN "api-key: sk-1\n" },
	{ "z", CHATS, SHAPE_CHAT, false, NULL, "sk-2",
	  "https://z.test/openai/v1/chat/completions",
	  COMMON OPENAI_OWN "api-key: sk-2\n" },
	{ "z", CHATS, SHAPE_CHAT, false, "Basic eDp5", NULL,
	  "https://z.test/openai/v1/chat/completions", COMMON OPENAI_OWN },
	{ "a", CHATS, SHAPE_MESSAGES, false, "bearer sk-1", NULL,
	  "https://api.anthropic.com/v1/messages",
	  COMMON ANTHROPIC "x-api-key: sk-1\n" },
	{ "a", CHATS, SHAPE_MESSAGES, false, "Bearer sk-1", "sk-2",
	  "https://api.anthropic.com/v1/messages",
	  COMMON ANTHROPIC "x-api-key: sk-1\n" },
	{ "r", MESSAGES, SHAPE_CHAT, false, NULL, "sk-2",
	  "https://openrouter.ai/api/v1/chat/completions",
	  COMMON OPENAI_OWN SITE "authorization: Bearer sk-2\n" },
	{ "r", MESSAGES, SHAPE_CHAT, false, "Bearer sk-1", "sk-2",
	  "https://openrouter.ai/api/v1/chat/completions",
	  COMMON OPENAI_OWN SITE "authorization: Bearer sk-2\n" },
	/* A server of both dialects is spoken to in the one it is asked in. */
	{ "both", MESSAGES, SHAPE_MESSAGES, false, NULL, "sk-2",
	  "https://b.test/v1/messages",
	  COMMON ANTHROPIC SITE "authorization: Bearer sk-2\n" },
	{ "both", CHATS, SHAPE_CHAT, false, "Bearer sk-1", NULL,
	  "https://b.test/v1/chat/completions",
	  COMMON OPENAI_OWN SITE "authorization: Bearer sk-1\n" },
};

/* A request as the steps before would have left it. */
static void fill(struct req *r, struct bed *b, struct sheet *s,
		 const struct case_ *c)
{
	struct fail f;

	s->door.param = sheet_param;
	*r = (struct req){ .a = b->a, .site = b->site, .door = &s->door };
	assert_int_equal(endpoint_find(&r->asked.endpoint, str_c(c->uri),
				       STR("POST"), false, &f), 0);
	r->asked.dialect = shape_dialect(r->asked.endpoint.shape);
	r->who.client = c->client;
	r->who.authorization = str_c(c->auth);
	r->who.x_api_key = str_c(c->xkey);
	splices_init(&r->fit.list, b->a);
}

static const char *headers_of(struct bed *b, const struct net_call *c)
{
	struct buf h;

	buf_init(&h, b->a);
	for (size_t i = 0; i < c->nheader; i++) {
		buf_str(&h, c->header[i].name);
		buf_puts(&h, ": ");
		buf_str(&h, c->header[i].value);
		buf_putc(&h, '\n');
	}
	return arena_cstr(b->a, buf_view(&h));
}

static void test_cases(void **state)
{
	struct bed bed, *b = &bed;
	struct net_call call;
	struct req r;

	(void)state;
	bed_open(b, &conf);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct case_ *c = &cases[i];
		struct sheet s = { .param = everything };
		struct target t = {
			.upstream = settings_upstream(&b->site->conf,
						      c->upstream),
			.shape = c->shape, .body = STR("{}"),
		};

		fill(&r, b, &s, c);
		call = (struct net_call){ 0 };
		ask_build(&r, &t, &call);
		assert_string_equal(call.url, c->url);
		assert_string_equal(headers_of(b, &call), c->header);
		assert_string_equal(call.method, "POST");
	}
	bed_close(b);
}

/* Without any of them: the version that larder speaks itself. */
static void test_version(void **state)
{
	const struct case_ c = { "a", CHATS, SHAPE_MESSAGES, false,
				 "Bearer sk-1", NULL, NULL, NULL };
	struct sheet s = { .param = NULL };
	struct bed bed, *b = &bed;
	struct net_call call = { 0 };
	struct target t;
	struct req r;

	(void)state;
	bed_open(b, &conf);
	t = (struct target){
		.upstream = settings_upstream(&b->site->conf, "a"),
		.shape = SHAPE_MESSAGES,
	};
	fill(&r, b, &s, &c);
	r.fit.doc.text = STR("{\"x\":1}"); /* a translated one */
	ask_build(&r, &t, &call);
	assert_string_equal(headers_of(b, &call),
			    "content-type: application/json\n"
			    "anthropic-version: 2023-06-01\n"
			    "x-api-key: sk-1\n");
	assert_true(str_is(call.body, "{\"x\":1}"));
	bed_close(b);
}

/* A larder key in a place where nobody looks for one. */
static void test_larder_key(void **state)
{
	struct case_ c = { "openai", NULL, SHAPE_CHAT, true, NULL, NULL, NULL,
			   NULL };
	const char *param[] = { "HTTP_USER_AGENT", NULL, "HTTP_ACCEPT", "a/b",
				NULL };
	struct sheet s = { .param = param };
	struct bed bed, *b = &bed;
	struct net_call call = { 0 };
	struct target t;
	struct req r;

	(void)state;
	bed_open(b, &conf);
	bed_client(b, "one");
	param[1] = b->larder_key;
	c.uri = arena_printf(b->a, CHATS "?a=b&key=%s&c=d", b->larder_key);
	t = (struct target){ .shape = SHAPE_CHAT, .upstream =
			     settings_upstream(&b->site->conf, "openai") };
	fill(&r, b, &s, &c);
	ask_build(&r, &t, &call);
	assert_string_equal(call.url, "https://api.openai.com/v1/"
			    "chat/completions?a=b&c=d");
	assert_null(strstr(headers_of(b, &call), "lk_"));
	bed_close(b);
}

static void test_ways(void **state)
{
	const struct case_ c = { "goog", CHATS, SHAPE_CHAT, true, NULL, NULL,
				 NULL, NULL };
	struct sheet s = { .param = NULL };
	struct net_call goog = { 0 }, openai = { 0 }, again = { 0 };
	struct bed bed, *b = &bed;
	struct target t = { .shape = SHAPE_CHAT };
	struct req r;

	(void)state;
	bed_open(b, &conf);
	fill(&r, b, &s, &c);
	t.upstream = settings_upstream(&b->site->conf, "goog");
	ask_build(&r, &t, &goog);
	ask_build(&r, &t, &again);
	t.upstream = settings_upstream(&b->site->conf, "openai");
	ask_build(&r, &t, &openai);
	assert_string_equal(goog.proxy, "http://proxy.test:3128");
	assert_true(ask_total_ms(&r, settings_upstream(&b->site->conf,
						       "goog")) == 7000);
	assert_null(openai.proxy);
	assert_true(ask_total_ms(&r, t.upstream) == 30 * 60000);
	/* Each upstream has connections of its own. */
	assert_true(goog.pool == again.pool);
	assert_true(goog.pool != openai.pool);
	bed_close(b);
}

#define STREAM "{\"model\":\"m\",\"stream\":true," USER("hi") "}"

/* Asked of whoever takes it. */
static void test_stream_usage(void **state)
{
	static const struct {
		const char *upstream;
		bool asked;
	} takes[] = { { "o", true }, { "r", true }, { "z", true },
		      { "plain", false } };
	struct case_ c = { NULL, CHATS, SHAPE_CHAT, false, "Bearer sk-1",
			   NULL, NULL, NULL };
	struct sheet s = { .param = NULL };
	struct bed bed, *b = &bed;
	struct json_error err;
	struct req r;

	(void)state;
	bed_open(b, &conf);
	for (size_t i = 0; i < COUNT(takes); i++) {
		struct net_call call = { 0 };
		struct target t = { .shape = SHAPE_CHAT, .upstream =
			settings_upstream(&b->site->conf, takes[i].upstream) };

		fill(&r, b, &s, &c);
		r.asked.body = STR(STREAM);
		assert_int_equal(json_parse(&r.doc, b->a, r.asked.body, &err),
				 0);
		assert_int_equal(chat_view(&r.chat, b->a, &r.doc, SHAPE_CHAT,
					   &r.fail), 0);
		r.fit.doc = r.doc;
		ask_build(&r, &t, &call);
		assert_int_equal(bed_has(call.body, "include_usage"),
				 takes[i].asked);
	}
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_larder_key),
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_stream_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
