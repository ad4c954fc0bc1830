/* Credentials: which go to the upstream, what it says of them. */
#include "corridor_bed.h"

#include <sodium/utils.h>

static void say_yes(struct bed *b, struct play *p)
{
	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = bed_reply(b, bed_shape(b), "yes");
}

static void test_own_key_upstream(void **state)
{
	const struct bed_conf conf = { NULL, NULL, BED_OWN_KEYS };
	const char *messages = "{\"model\":\"m\",\"max_tokens\":5,"
			       USER("hi") "}";
	struct bed bed, *b = &bed;
	const char *key;

	(void)state;
	bed_open(b, &conf);
	b->answer = say_yes;
	key = bed_client(b, "one");
	bed_ask(b, &(struct ask){ .auth = key, .xkey = "sk-own",
				  .body = CHAT, .param = {
		"HTTP_COOKIE", "a=b", "HTTP_OPENAI_ORGANIZATION", "mine",
		"HTTP_X_FORWARDED_FOR", "10.0.0.1" } });
	assert_int_equal(b->status, 200);
	assert_string_equal(bed_sent(b, "authorization"),
			    "Bearer " PROVIDER_KEY);
	assert_null(bed_sent(b, "x-api-key"));
	assert_null(bed_sent(b, "cookie"));
	assert_null(bed_sent(b, "openai-organization"));
	assert_null(bed_sent(b, "x-forwarded-for"));

	bed_ask(b, &(struct ask){ .xkey = key + 7, .uri = "/v1/messages",
				  .auth = "Bearer sk-own",
				  .body = messages });
	assert_int_equal(b->status, 200);
	assert_string_equal(bed_sent(b, "x-api-key"), PROVIDER_KEY);
	assert_null(bed_sent(b, "authorization"));
	assert_string_equal(bed_sent(b, "anthropic-version"), "2023-06-01");

	/* Somebody's own credential is not taken to an upstream of ours. */
	b->calls = 0;
	assert_int_equal(bed_chat(b, "Bearer sk-own", CHAT), 401);
	assert_int_equal(bed_chat(b, "Bearer lk_made_up", CHAT), 401);
	assert_int_equal(bed_chat(b, "Bearer lk_", CHAT), 401);
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

static const char *basic(struct bed *b, const char *key)
{
	const char *plain = arena_printf(b->a, "user:%s", key);
	size_t n = strlen(plain);
	char *text = arena_alloc(b->a, 2 * n + 16);

	sodium_bin2base64(text, 2 * n + 16, (const unsigned char *)plain, n,
			  sodium_base64_VARIANT_ORIGINAL);
	return arena_printf(b->a, "Basic %s", text);
}

/* Ways to send a larder key to an upstream that has no key_file. */
static void test_larder_key_stays(void **state)
{
	static const char *const forms[] = {
		"%s", "Bearer %s", "bearer   %s", "Bearer\t%s", "Token %s",
		"BEARER %s ",
	};
	struct bed bed, *b = &bed;
	const char *key, *auth;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	key = bed_client(b, "one") + 7;
	for (size_t i = 0; i < COUNT(forms); i++) {
		const char *at = strstr(forms[i], "%s");

		auth = arena_printf(b->a, "%.*s%s%s", (int)(at - forms[i]),
				    forms[i], key, at + 2);
		assert_int_equal(bed_chat(b, auth, CHAT), 403);
		assert_logged("error.type", "no_provider_key");
	}
	assert_int_equal(bed_ask(b, &(struct ask){ .xkey = key,
						   .body = CHAT }), 403);
	assert_int_equal(bed_ask(b, &(struct ask){ .body = CHAT,
		.xkey = arena_printf(b->a, "Bearer %s", key) }), 403);
	/* Not alone: it cannot be told what was meant. */
	assert_int_equal(bed_chat(b, arena_printf(b->a,
		"Bearer %s, Bearer sk-x", key), CHAT), 401);
	assert_int_equal(bed_chat(b, basic(b, key), CHAT), 401);
	assert_int_equal(bed_ask(b, &(struct ask){ .xkey = " ", .param = {
		"REDIRECT_HTTP_AUTHORIZATION",
		arena_printf(b->a, "Bearer %s", key) }, .body = CHAT }), 403);
	bed_close(b);
}

static void test_own_headers(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	bed_ask(b, &(struct ask){ .auth = "Bearer sk-1", .xkey = "sk-2",
				  .body = CHAT, .param = {
		"HTTP_OPENAI_ORGANIZATION", "mine", "HTTP_COOKIE", "a=b",
		"HTTP_IDEMPOTENCY_KEY", "order-1",
		"CONTENT_TYPE", "application/json; charset=utf-7",
		"HTTP_X_LARDER_TAG", "t", "HTTP_CACHE_CONTROL", "no-cache",
		"HTTP_USER_AGENT", "a\r\nevil: 1" } });
	assert_string_equal(b->net.header,
			    "content-type: application/json\n"
			    "openai-organization: mine\n"
			    "authorization: Bearer sk-1\n"
			    "x-api-key: sk-2\n");
	assert_string_equal(b->net.url,
			    "https://openai.test/v1/chat/completions");
	assert_string_equal(b->net.method, "POST");
	bed_close(b);
}

static const struct {
	int status;
	bool client;
	size_t body; /* bytes of answer */
	int seen;
	bool text; /* the upstream's own reaches the caller */
} verdicts[] = {
	{ 401, true, 0, 502, false },
	{ 401, true, 3000, 502, false },
	{ 401, false, 0, 401, true },
	{ 302, true, 0, 502, false },
	{ 302, false, 0, 502, false },
	{ 307, false, 3000, 502, false },
	{ 429, true, 0, 429, true },
	{ 500, false, 0, 500, true },
	{ 529, false, 0, 529, true },
};

static void judged(struct bed *b, size_t i, const char *auth)
{
	static const char *const header[] = {
		"Location", "https://evil.test/", "Set-Cookie", "s=1",
		"Retry-After", "7", "x-should-retry", "true",
		"x-request-id", "up-1", NULL
	};
	struct buf text;

	buf_init(&text, b->a);
	buf_printf(&text, "{\"error\":\"key %s is bad\"}", PROVIDER_KEY + 6);
	while (text.n < verdicts[i].body)
		buf_putc(&text, ' ');
	b->play = (struct play){ verdicts[i].status, "application/json",
				 header, arena_cstr(b->a, buf_view(&text)),
				 .piece = 100 };
	assert_int_equal(bed_chat(b, auth, CHAT), verdicts[i].seen);
	assert_int_equal(bed_has(b->body, "is bad"), verdicts[i].text);
	assert_null(bed_head(b, "Location"));
	assert_null(bed_head(b, "Set-Cookie"));
	assert_string_equal(bed_head(b, "X-Request-Id"), "up-1");
	if (verdicts[i].text)
		assert_string_equal(bed_head(b, "Retry-After"), "7");
	else
		assert_string_equal(bed_head(b, "x-should-retry"), "false");
	assert_cache("fwd=miss");
	assert_null(bed_log(b, "cost_usd"));
}

static void test_verdicts(void **state)
{
	const struct bed_conf own = { "max_reply = 2K", NULL, BED_OWN_KEYS };
	const struct bed_conf theirs = { "max_reply = 2K", NULL, NULL };
	struct bed bed, *b = &bed;

	(void)state;
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		bed_open(b, verdicts[i].client ? &own : &theirs);
		judged(b, i, verdicts[i].client ? bed_client(b, "one") :
						  "Bearer sk-own");
		bed_close(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_key_upstream),
		cmocka_unit_test(test_larder_key_stays),
		cmocka_unit_test(test_own_headers),
		cmocka_unit_test(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
