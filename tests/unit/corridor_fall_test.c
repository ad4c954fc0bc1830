/* When a model fails: who answers instead, what the caller is told of it, and
 * under which name the answer is kept. */
#include "corridor_bed.h"

#include "base/clock.h"
#include "store/gens.h"

#define ONE(name, rest) "[upstream " name "]\nurl = https://" name ".test/v1\n" \
	"retries = 0\nbreaker_failures = 0\n" rest
#define MODEL(name, up, rest) "[model " name "]\nupstream = " up "\n" rest

/* The caller's own credential, one upstream. */
#define OWN(more) ONE("openai", "") \
	MODEL("m", "openai", "fallback = m2, m3\n" more) \
	MODEL("m2", "openai", "") MODEL("m3", "openai", "")
/* Larder's keys, three upstreams. */
#define KEYS(fallback) ONE("openai", "key_file = %1$s/key\n") \
	ONE("anthropic", "key_file = %1$s/key\n") \
	ONE("other", "key_file = %1$s/key\n") ONE("free", "") \
	MODEL("m", "openai", "fallback = " fallback "\n") \
	MODEL("claude", "anthropic", "") MODEL("m2", "other", "") \
	MODEL("theirs", "free", "")

#define OOPS "{\"error\":{\"message\":\"oops\",\"type\":\"server_error\"}}"
#define TOO_LONG "{\"error\":{\"message\":\"This model's maximum context " \
	"length is 8192 tokens. However, your messages resulted in 9000 " \
	"tokens.\",\"type\":\"invalid_request_error\",\"param\":\"messages\"," \
	"\"code\":\"context_length_exceeded\"}}"
#define M2 "{\"model\":\"m2\"," USER("hi") "}"
#define STREAM "{\"model\":\"m\",\"stream\":true," USER("hi") "}"

static struct {
	struct play play;
	const char *model[4]; /* that get it */
	const char *purge;    /* a model that is purged during a call */
} fails;

static bool asked_for(struct bed *b, const char *model)
{
	return bed_has(b->net.body, arena_printf(b->a, "\"%s\"", model));
}

/* A model that does not fail says which one it is. */
static void by_model(struct bed *b, struct play *p)
{
	static const char *const models[] = { "m2", "m3", "claude", "m" };
	enum shape s = bed_shape(b);
	bool stream = bed_has(b->net.body, "\"stream\":true");

	if (fails.purge)
		gens_raise(tier_board(b->site->tier), GENS_MODEL,
			   str_c(fails.purge), clock_wall_ms());
	for (size_t i = 0; i < 4 && fails.model[i]; i++)
		if (asked_for(b, fails.model[i])) {
			*p = fails.play;
			return;
		}
	for (size_t i = 0; i < COUNT(models); i++) {
		if (!asked_for(b, models[i]))
			continue;
		*p = (struct play){ .status = 200,
			.type = stream ? SSE : "application/json" };
		p->body = arena_printf(b->a, "I am %s.", models[i]);
		p->body = stream ? bed_stream(b, s, p->body) :
				   bed_reply(b, s, p->body);
		return;
	}
}

static void opens(struct bed *b, const struct bed_conf *conf)
{
	bed_open(b, conf);
	b->answer = by_model;
	memset(&fails, 0, sizeof(fails));
	fails.play = (struct play){ .status = 500, .body = OOPS,
				    .type = "application/json" };
}

static void test_next(void **state)
{
	const struct bed_conf conf = { NULL, NULL, OWN("") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.model[0] = "m";
	bed_chat(b, NULL, CHAT);
	assert_int_equal(b->status, 200);
	assert_says("I am m2.");
	assert_int_equal(b->calls, 2);
	assert_cache("fwd=miss; stored");
	assert_string_equal(bed_head(b, "X-Larder-Model"), "m2");
	assert_string_equal(bed_head(b, "X-Larder-Degraded"),
			    "answered by m2, because m failed (status 500)");
	assert_logged("fallback_from", "m");
	assert_logged("attempts", "2");
	assert_logged("gen_ai.request.model", "m");
	assert_logged("status", "200");
	/* It is m2's answer: who asks m2 has it, */
	bed_chat(b, NULL, M2);
	assert_hit();
	assert_says("I am m2.");
	assert_null(bed_head(b, "X-Larder-Degraded"));
	/* who asks m asks m first; only then it is found, */
	bed_chat(b, NULL, CHAT);
	assert_int_equal(b->calls, 3);
	assert_hit();
	assert_logged("fallback_from", "m");
	assert_non_null(bed_head(b, "X-Larder-Degraded"));
	/* and when m is back, it is m who answers. */
	fails.model[0] = NULL;
	bed_chat(b, NULL, CHAT);
	assert_says("I am m.");
	assert_null(bed_head(b, "X-Larder-Degraded"));
	assert_logged("fallback_from", "(absent)");
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_says("I am m.");
	bed_close(b);
}

static void test_further(void **state)
{
	const struct bed_conf conf = { NULL, NULL, OWN("") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.model[0] = "m";
	fails.model[1] = "m2";
	bed_chat(b, NULL, CHAT);
	assert_says("I am m3.");
	assert_int_equal(b->calls, 3);
	assert_logged("fallback_from", "m");
	/* All of them: what the first one said. */
	fails.model[2] = "m3";
	bed_chat(b, NULL, "{\"model\":\"m\"," USER("2") "}");
	assert_int_equal(b->status, 500);
	assert_says("oops");
	assert_null(bed_head(b, "X-Larder-Degraded"));
	assert_logged("attempts", "3");
	assert_logged("fallback_from", "(absent)");
	assert_cache("fwd=miss");
	bed_close(b);
}

static void test_streams(void **state)
{
	const struct bed_conf conf = { NULL, NULL, OWN("") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.model[0] = "m";
	bed_chat(b, NULL, STREAM);
	assert_int_equal(b->status, 200);
	assert_says("I am m2.");
	assert_says("[DONE]");
	assert_string_equal(bed_head(b, "X-Larder-Model"), "m2");
	/* Behind the beginning of an answer there is no other. */
	fails.play = (struct play){ .status = 200, .type = SSE,
		.body = "data: {\"choices\":[{\"index\":0,\"delta\":"
			"{\"content\":\"I am\"}}]}\n\n" };
	bed_chat(b, NULL, "{\"model\":\"m\",\"stream\":true," USER("3") "}");
	assert_says("\"error\"");
	assert_false(bed_has(b->body, "m2"));
	assert_false(bed_has(b->body, "[DONE]"));
	bed_close(b);
}

/* -- for what -------------------------------------------------------------- */

static const struct {
	struct play play;
	const char *on; /* NULL: as it is by default */
	bool falls;
} reasons[] = {
	{ { .end = NET_NO_CONNECT }, NULL, true },
	{ { .end = NET_NO_CONNECT }, "5xx, timeout", false },
	{ { .end = NET_NO_FIRST_BYTE }, NULL, true },
	{ { .end = NET_NO_FIRST_BYTE }, "connect", false },
	{ { .end = NET_NO_FIRST_BYTE }, "timeout", true },
	{ { .status = 429, .body = OOPS }, NULL, true },
	{ { .status = 429, .body = OOPS }, "5xx", false },
	{ { .status = 529, .body = OOPS }, "5xx", true },
	{ { .status = 400, .body = OOPS }, NULL, false },
	{ { .status = 400, .body = OOPS }, "4xx", true },
	{ { .status = 400, .body = TOO_LONG }, NULL, true },
	{ { .status = 400, .body = TOO_LONG }, "5xx", false },
	{ { .status = 404, .body = OOPS }, "404", true },
	/* The caller's own credential is the caller's affair. */
	{ { .status = 401, .body = OOPS }, NULL, false },
	{ { .status = 402, .body = OOPS }, NULL, false },
	{ { .status = 200, .body = OOPS }, NULL, true },
	{ { .status = 200, .body = "<html>" }, NULL, true },
	{ { .status = 302, .body = "" }, NULL, true },
};

static void test_reasons(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	for (size_t i = 0; i < COUNT(reasons); i++) {
		struct arena *a = arena_new();
		struct bed_conf conf = { NULL, NULL, OWN("") };

		if (reasons[i].on)
			conf.rest = arena_printf(a, OWN("fallback_on = %s\n"),
						 reasons[i].on);
		opens(b, &conf);
		fails.play = reasons[i].play;
		fails.play.type = "application/json";
		fails.model[0] = "m";
		bed_chat(b, NULL, CHAT);
		assert_int_equal(b->calls, reasons[i].falls ? 2 : 1);
		assert_int_equal(b->status == 200, reasons[i].falls);
		bed_close(b);
		arena_free(&a);
	}
}

/* -- whose credential ------------------------------------------------------ */

static void test_own_credential_stays(void **state)
{
	const struct bed_conf conf = { NULL, NULL,
		ONE("openai", "") ONE("other", "")
		MODEL("m", "openai", "fallback = m2\n")
		MODEL("m2", "other", "") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.model[0] = "m";
	bed_chat(b, "Bearer sk-mine", CHAT);
	assert_int_equal(b->status, 500);
	assert_int_equal(b->calls, 1);
	assert_non_null(strstr(b->net.url, "openai.test"));
	bed_close(b);
}

static void test_client_falls_anywhere(void **state)
{
	const struct bed_conf conf = { NULL, NULL, KEYS("theirs, claude") };
	struct bed bed, *b = &bed;
	const char *key;

	(void)state;
	opens(b, &conf);
	key = bed_client(b, "shop");
	fails.model[0] = "m";
	bed_chat(b, key, CHAT);
	/* Not to the one for which there is no key. */
	assert_int_equal(b->calls, 2);
	assert_int_equal(b->status, 200);
	assert_non_null(strstr(b->net.url, "anthropic.test/v1/messages"));
	assert_non_null(strstr(b->net.header, "x-api-key: " PROVIDER_KEY));
	assert_null(strstr(b->net.header, "authorization"));
	assert_says("I am claude.");
	assert_says("\"choices\"");
	assert_logged("gen_ai.provider.name", "anthropic");
	/* Kept as claude's, and given again in the caller's shape. */
	bed_chat(b, key, CHAT);
	assert_hit();
	assert_says("\"choices\"");
	assert_int_equal(b->calls, 3);
	/* Larder's own key is refused: that is no fault of the caller's. */
	fails.play.status = 401;
	bed_chat(b, key, "{\"model\":\"m\"," USER("4") "}");
	assert_int_equal(b->status, 200);
	assert_says("I am claude.");
	bed_close(b);
}

/* -- what is kept ---------------------------------------------------------- */

static void test_cache_fallbacks(void **state)
{
	const struct bed_conf conf = { NULL, "cache_fallbacks = yes",
				       OWN("") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.model[0] = "m";
	bed_chat(b, NULL, CHAT);
	assert_says("I am m2.");
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_says("I am m2.");
	assert_int_equal(b->calls, 2);
	bed_close(b);
}

/* That copy is m2's answer in all but its name. */
static void test_cache_fallbacks_are_anothers(void **state)
{
	const struct bed_conf conf = { NULL, "cache_fallbacks = yes",
				       OWN("") };
	const struct bed_conf never = { NULL, "cache_fallbacks = yes",
					OWN("ttl = 0\n") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.model[0] = "m";
	bed_chat(b, NULL, CHAT);
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_string_equal(bed_head(b, "X-Larder-Model"), "m2");
	assert_string_equal(bed_head(b, "X-Larder-Degraded"),
			    "answered by m2, when m had failed");
	gens_raise(tier_board(b->site->tier), GENS_MODEL, STR("m2"),
		   clock_wall_ms());
	fails.model[0] = NULL;
	bed_chat(b, NULL, CHAT);
	assert_says("I am m.");
	bed_close(b);
	opens(b, &never);
	fails.model[0] = "m";
	for (int i = 0; i < 2; i++) {
		bed_chat(b, NULL, CHAT);
		assert_int_equal(b->calls, 2 + i);
	}
	bed_close(b);
}

/* Reasoning of one provider's model is nothing to another's. */
static void test_foreign_thinking(void **state)
{
	static const char body[] = "{\"model\":\"claude\",\"max_tokens\":9,"
		"\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
		"{\"role\":\"assistant\",\"content\":["
		"{\"type\":\"thinking\",\"thinking\":\"x\",\"signature\":\"\"},"
		"{\"type\":\"thinking\",\"thinking\":\"y\",\"signature\":"
		"\"openai:z\"},"
		"{\"type\":\"thinking\",\"thinking\":\"own\",\"signature\":\"s\"},"
		"{\"type\":\"text\",\"text\":\"b\"}]},"
		"{\"role\":\"user\",\"content\":\"c\"}]}";
	const struct bed_conf conf = { NULL, NULL, KEYS("claude") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	bed_ask(b, &(struct ask){ .uri = "/v1/messages", .body = body,
				  .auth = bed_client(b, "shop") });
	assert_int_equal(b->status, 200);
	assert_true(bed_has(b->net.body, "\"content\":[{\"type\":\"thinking\","
			    "\"thinking\":\"own\",\"signature\":\"s\"},"
			    "{\"type\":\"text\""));
	bed_close(b);
}

static void stores_old(struct bed *b)
{
	fails.model[0] = NULL;
	bed_chat(b, NULL, CHAT);
	assert_says("I am m.");
	bed_later(25);
	fails.model[0] = "m";
}

static void test_stale(void **state)
{
	static const struct {
		const char *fallback, *says;
		bool others_fail;
		int calls;
	} cases[] = {
		{ "stale", "I am m.", false, 1 },
		{ "stale, m2", "I am m.", false, 1 },
		{ "m2, stale", "I am m2.", false, 2 },
		{ "m2, stale", "I am m.", true, 2 },
	};
	struct bed bed, *b = &bed;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		struct bed_conf conf = { NULL, "ttl = 20ms\nstale_if_error = 0",
			arena_printf(a, ONE("openai", "")
				     MODEL("m", "openai", "fallback = %s\n")
				     MODEL("m2", "openai", ""),
				     cases[i].fallback) };

		opens(b, &conf);
		stores_old(b);
		if (cases[i].others_fail)
			fails.model[1] = "m2";
		bed_chat(b, NULL, CHAT);
		assert_int_equal(b->status, 200);
		assert_says(cases[i].says);
		assert_int_equal(b->calls, 1 + cases[i].calls);
		assert_non_null(bed_head(b, "X-Larder-Degraded"));
		bed_close(b);
		arena_free(&a);
	}
}

/* It is purged while the upstream fails: it is as if it had not been. */
static void test_stale_purged(void **state)
{
	static const struct {
		const char *fallback;
		bool others_fail;
		int calls;
	} cases[] = {
		{ "stale", false, 1 },	   { "m2, stale", true, 2 },
		{ "stale, m2", false, 2 }, { "m2, stale, m3", true, 3 },
	};
	struct bed bed, *b = &bed;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena *a = arena_new();
		struct bed_conf conf = { NULL, "ttl = 20ms\nstale_if_error = 1h",
			arena_printf(a, ONE("openai", "")
				     MODEL("m", "openai", "fallback = %s\n")
				     MODEL("m2", "openai", "")
				     MODEL("m3", "openai", ""),
				     cases[i].fallback) };

		opens(b, &conf);
		stores_old(b);
		fails.purge = "m";
		if (cases[i].others_fail)
			fails.model[1] = "m2";
		bed_chat(b, NULL, CHAT);
		assert_int_equal(b->calls, 1 + cases[i].calls);
		assert_int_equal(b->status, i < 2 ? 500 : 200);
		assert_false(bed_has(b->body, "I am m."));
		assert_logged("fallback_from", i < 2 ? "(absent)" : "m");
		/* And what answered is not what the first is asked next. */
		fails.purge = NULL;
		b->calls = 0;
		bed_chat(b, NULL, CHAT);
		assert_true(b->calls > 0);
		bed_close(b);
		arena_free(&a);
	}
}

/* Without any call: the upstream is left alone, and what is old is gone. */
static void test_stale_purged_and_down(void **state)
{
	const struct bed_conf conf = { NULL, "ttl = 20ms",
		"[upstream openai]\nurl = https://openai.test/v1\nretries = 0\n"
		"breaker_failures = 2\nbreaker_open = 1h\n"
		MODEL("m", "openai", "fallback = stale\n") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	stores_old(b);
	fails.purge = "m";
	for (int i = 0; i < 4; i++) {
		bed_chat(b, NULL, CHAT);
		assert_int_equal(b->status, i < 2 ? 500 : 503);
	}
	assert_int_equal(b->calls, 1 + 2);
	bed_close(b);
}

/* Nothing is there to be given: those behind are asked. */
static void test_no_stale(void **state)
{
	const struct bed_conf conf = { NULL, NULL, ONE("openai", "")
		MODEL("m", "openai", "fallback = stale, m2\n")
		MODEL("m2", "openai", "") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.model[0] = "m";
	bed_chat(b, NULL, CHAT);
	assert_says("I am m2.");
	bed_close(b);
}

/* -- an upstream that keeps failing ---------------------------------------- */

static void test_breaker(void **state)
{
	const struct bed_conf conf = { NULL, NULL,
		"[upstream openai]\nurl = https://openai.test/v1\nretries = 0\n"
		"breaker_failures = 3\nbreaker_open = 1h\n"
		MODEL("m", "openai", "fallback = m2\n")
		MODEL("m2", "openai", "") MODEL("m3", "openai", "") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.model[0] = "m";
	fails.model[1] = "m3";
	for (int i = 0; i < 10; i++) {
		bed_chat(b, NULL, arena_printf(b->a, "{\"model\":\"m\","
					       USER("%d") "}", i));
		assert_int_equal(b->status, 200);
		assert_says("I am m2.");
	}
	assert_int_equal(b->calls, 3 + 10);
	assert_string_equal(bed_head(b, "X-Larder-Degraded"),
			    "answered by m2, because m failed (it keeps failing)");
	assert_logged("attempts", "1");
	/* Without a fallback the caller is told, and when to come back. */
	for (int i = 0; i < 3; i++)
		bed_chat(b, NULL, "{\"model\":\"m3\"," USER("5") "}");
	assert_int_equal(b->status, 500);
	bed_chat(b, NULL, "{\"model\":\"m3\"," USER("5") "}");
	assert_int_equal(b->calls, 13 + 3);
	assert_int_equal(b->status, 503);
	assert_says("upstream_down");
	assert_non_null(bed_head(b, "Retry-After"));
	assert_logged("error.type", "upstream_down");
	bed_close(b);
}

/* What callers' own credentials get said is no reason to leave an upstream
 * alone. */
static void test_breaker_own(void **state)
{
	const struct bed_conf conf = { NULL, NULL,
		"[upstream openai]\nurl = https://openai.test/v1\nretries = 0\n"
		"models = any\nbreaker_failures = 2\nbreaker_open = 1h\n" };
	static const int status[] = { 400, 401, 403, 404, 429 };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.model[0] = "m";
	for (int i = 0; i < 20; i++) {
		fails.play.status = status[i % 5];
		bed_chat(b, NULL, CHAT);
		assert_int_equal(b->status, status[i % 5]);
	}
	assert_int_equal(b->calls, 20);
	bed_close(b);
}

/* The head that keeps a caller is of no attempt; and what the first said is
 * told when all fail, also behind it. */
static void test_kept_alive(void **state)
{
	static const char *const heads[] = { "x-request-id", "req_upstream",
		"retry-after-ms", "2", "x-ratelimit-limit-requests", "7",
		NULL };
	const struct bed_conf conf = { "keep_alive = 1ms", NULL,
		"[upstream openai]\nurl = https://openai.test/v1\nretries = 2\n"
		"backoff = 0\nbreaker_failures = 0\n"
		MODEL("m", "openai", "fallback = m2\n")
		MODEL("m2", "openai", "") };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.play = (struct play){ .status = 429, .body = OOPS,
		.type = "application/json", .header = heads };
	fails.model[0] = "m";
	fails.model[1] = "m2";
	bed_chat(b, NULL, STREAM);
	assert_int_equal(b->status, 200);
	assert_says(": keep-alive\n\n");
	assert_says("oops");
	assert_false(bed_has(b->body, "[DONE]"));
	assert_null(bed_head(b, "retry-after-ms"));
	assert_null(bed_head(b, "x-ratelimit-limit-requests"));
	assert_null(bed_head(b, "X-Larder-Model"));
	assert_null(bed_head(b, "X-Larder-Degraded"));
	assert_string_not_equal(bed_head(b, "X-Request-Id"), "req_upstream");
	assert_logged("attempts", "6");
	bed_close(b);
}

/* Each call's last word on who fails is that of its own account. */
static void test_breaker_accounts(void **state)
{
	const struct bed_conf conf = { NULL, NULL,
		"[upstream openai]\nurl = https://openai.test/v1\nretries = 0\n"
		"models = any\nbreaker_failures = 3\nbreaker_open = 1h\n" };
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, &conf);
	fails.model[0] = "m";
	for (int i = 0; i < 10; i++)
		bed_chat(b, "Bearer sk-crafty", CHAT);
	assert_int_equal(b->status, 503);
	assert_says("upstream_down");
	assert_int_equal(b->calls, 3);
	fails.model[0] = NULL;
	bed_chat(b, "Bearer sk-other", CHAT);
	assert_int_equal(b->status, 200);
	/* But when there is nobody to connect to, that is so for all. */
	fails.play = (struct play){ .end = NET_NO_CONNECT };
	fails.model[0] = "m";
	for (int i = 0; i < 3; i++)
		bed_chat(b, arena_printf(b->a, "Bearer sk-%d", i), CHAT);
	b->calls = 0;
	bed_chat(b, "Bearer sk-last", CHAT);
	assert_int_equal(b->status, 503);
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

/* Larder's own account: what is said to one request alone, and what is tried
 * again, is not taken for more than it is. */
static void test_breaker_ours(void **state)
{
	static const struct {
		int status, opens_after; /* requests; 0: never */
	} cases[] = {
		{ 400, 0 }, { 401, 3 }, { 402, 0 }, { 403, 0 }, { 429, 0 },
		{ 500, 3 }, { 529, 3 },
	};
	struct bed bed, *b = &bed;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct bed_conf conf = { NULL, NULL,
			"[upstream openai]\nurl = https://openai.test/v1\n"
			"models = any\nkey_file = %1$s/key\nretries = 2\n"
			"backoff = 0\nbreaker_failures = 3\n"
			"breaker_open = 1h\n" };
		const char *key;

		opens(b, &conf);
		key = bed_client(b, "shop");
		fails.model[0] = "m";
		fails.play.status = cases[i].status;
		for (int k = 1; k <= 6; k++) {
			b->calls = 0;
			bed_chat(b, key, CHAT);
			assert_int_equal(b->calls > 0, !cases[i].opens_after ||
					 k <= cases[i].opens_after);
		}
		bed_close(b);
	}
}

/* Larder's key, however an upstream spells it, is for nobody. */
static void test_key_is_quoted(void **state)
{
	static const char *const quoted[] = {
		"{\"error\":{\"message\":\"no " PROVIDER_KEY "\"}}",
		"{\"error\":{\"message\":\"sk\\u002dprovider-0123456789abcdef\"}}",
		"{\"error\":{\"message\":\"s\\u006B-provider\\u002D0123456789abcdef\"}}",
		"{\"error\":{\"message\":\"a \\/ \",\"type\":\"" PROVIDER_KEY "\"}}",
	};
	static const int status[] = { 200, 400, 404, 500 };
	const struct bed_conf conf = { NULL, NULL, KEYS("stale")
				       MODEL("o", "openai", "") };
	struct bed bed, *b = &bed;
	const char *key;

	(void)state;
	opens(b, &conf);
	key = bed_client(b, "shop");
	fails.model[0] = "m";
	fails.model[1] = "o";
	fails.model[2] = "claude";
	for (size_t i = 0; i < COUNT(quoted); i++)
		for (size_t j = 0; j < COUNT(status) * 2; j++) {
			fails.play.status = status[j / 2];
			fails.play.body = quoted[i];
			bed_chat(b, key, arena_printf(b->a, "{\"model\":\"%s\","
				 USER("%zu") "}", j % 2 ? "o" : "claude", j));
			assert_true(b->status >= 400);
			assert_false(bed_has(b->body, "0123456789abcdef"));
			assert_false(bed_has(b->head, "0123456789abcdef"));
		}
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_further),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_own_credential_stays),
		cmocka_unit_test(test_client_falls_anywhere),
		cmocka_unit_test(test_cache_fallbacks),
		cmocka_unit_test(test_cache_fallbacks_are_anothers),
		cmocka_unit_test(test_foreign_thinking),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_stale_purged),
		cmocka_unit_test(test_stale_purged_and_down),
		cmocka_unit_test(test_no_stale),
		cmocka_unit_test(test_kept_alive),
		cmocka_unit_test(test_breaker),
		cmocka_unit_test(test_breaker_own),
		cmocka_unit_test(test_breaker_accounts),
		cmocka_unit_test(test_breaker_ours),
		cmocka_unit_test(test_key_is_quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
