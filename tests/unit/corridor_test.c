#include "corridor_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

#define COUNT(x) (sizeof(x) / sizeof(*(x)))
#define SSE "text/event-stream"
#define USER(text) "\"messages\":[{\"role\":\"user\",\"content\":\"" text "\"}]"
#define CHAT "{\"model\":\"m\"," USER("hi") "}"

static const struct bed_conf plain = { 0 };

/* Answers a chat with how many calls there were. */
static void say_count(struct bed *b, struct play *p)
{
	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = bed_reply(b, SHAPE_CHAT,
			    arena_printf(b->a, "call %d.", b->calls));
}

static void plays(struct bed *b, const char *type, const char *body)
{
	b->answer = NULL;
	b->play = (struct play){ .status = 200, .type = type, .body = body };
}

#define assert_cache(want) assert_string_equal(bed_cache(b), (want))
#define assert_hit() assert_int_equal(strncmp(bed_cache(b), "hit; ", 5), 0)
#define assert_logged(name, want) \
	assert_string_equal(bed_log(b, name) ? bed_log(b, name) : "(absent)", \
			    (want))
#define assert_says(what) \
	do { \
		if (!bed_has(b->body, (what))) \
			bed_fail("\"%s\" is not in %s\n", (what), \
				 arena_cstr(b->a, b->body)); \
	} while (0)

/* -- a miss, then hits -------------------------------------------------------- */

static const struct kind {
	enum shape shape;
	const char *uri, *body, *spaced, *stream;
	const char *done; /* how its stream ends */
	const char *cost;
} kinds[] = {
	{ SHAPE_CHAT, "/v1/chat/completions", CHAT,
	  " {\"messages\" : [{\"content\":\"h\\u0069\",\"role\":\"user\"}],\n"
	  "\"model\":\"m\", \"stream\":false}",
	  "{\"model\":\"m\",\"stream\":true," USER("hi") "}",
	  "data: [DONE]\n\n", "0.00002" },
	{ SHAPE_MESSAGES, "/v1/messages",
	  "{\"model\":\"m\",\"max_tokens\":9," USER("hi") "}",
	  "{\"max_tokens\":9.0,\"model\":\"m\"," USER("hi") "}",
	  "{\"model\":\"m\",\"max_tokens\":9,\"stream\":true," USER("hi") "}",
	  "{\"type\":\"message_stop\"}\n\n", "0.00002" },
	{ SHAPE_RESPONSES, "/v1/responses",
	  "{\"model\":\"m\",\"input\":\"hi\"}",
	  "{\"input\":\"hi\" , \"model\":\"m\"}",
	  "{\"model\":\"m\",\"input\":\"hi\",\"stream\":true}",
	  "\n\n", "0.00002" },
	{ SHAPE_COMPLETION, "/v1/completions",
	  "{\"model\":\"m\",\"prompt\":\"hi\"}",
	  "{\"model\":\"m\",\"prompt\":\"hi\"}\n",
	  "{\"model\":\"m\",\"prompt\":\"hi\",\"stream\":true}",
	  "data: [DONE]\n\n", "0.00002" },
	{ SHAPE_EMBEDDING, "/v1/embeddings",
	  "{\"model\":\"e\",\"input\":\"hi\"}",
	  "{\"input\":\"hi\",\"model\":\"e\"}", NULL, NULL, "0.00001" },
	{ SHAPE_COUNT, "/v1/messages/count_tokens",
	  "{\"model\":\"m\"," USER("hi") "}",
	  "{" USER("hi") ",\"model\":\"m\"}", NULL, NULL, NULL },
};

static void check_miss(struct bed *b, const struct kind *k, const char *body)
{
	const char *model = k->shape == SHAPE_EMBEDDING ? "e" : "m";

	assert_int_equal(b->status, 200);
	assert_cache("fwd=miss; stored");
	assert_str(b->body, body);
	assert_logged("cache", "miss");
	assert_logged("status", "200");
	assert_logged("endpoint", k->uri + 4);
	assert_logged("gen_ai.request.model", model);
	assert_logged("attempts", "1");
	assert_logged("stream", "false");
	assert_null(bed_log(b, "saved_usd"));
	if (k->cost) {
		assert_logged("gen_ai.usage.input_tokens", "10");
		assert_logged("cost_usd", k->cost);
		assert_string_equal(bed_head(b, "X-Larder-Cost"), k->cost);
	}
	assert_non_null(bed_head(b, "X-Larder-Key"));
	assert_logged("key", bed_head(b, "X-Larder-Key"));
	assert_string_equal(bed_head(b, "X-Larder-Model"), model);
}

static void check_hit(struct bed *b, const struct kind *k)
{
	long ttl = -1;

	assert_int_equal(b->status, 200);
	assert_int_equal(sscanf(bed_cache(b), "hit; ttl=%ld; detail=local",
				&ttl), 1);
	assert_in_range(ttl, 3 * 86400 - 60, 3 * 86400);
	assert_in_range(atol(bed_head(b, "Age")), 0, 60);
	assert_logged("cache", "local");
	assert_logged("cost_usd", "0");
	assert_logged("saved_by", "cache");
	assert_null(bed_log(b, "attempts"));
	if (k->cost) {
		assert_logged("saved_usd", k->cost);
		assert_string_equal(bed_head(b, "X-Larder-Saved"), k->cost);
		assert_logged("gen_ai.usage.input_tokens", "10");
	}
}

static void miss_then_hit(struct bed *b, const struct kind *k)
{
	const char *reply = bed_reply(b, k->shape, "yes");

	plays(b, "application/json", reply);
	b->calls = 0;
	bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->body });
	check_miss(b, k, reply);
	/* The second way is remembered, the third has other bytes. */
	for (int i = 0; i < 2; i++) {
		bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->body });
		check_hit(b, k);
		assert_str(b->body, reply);
	}
	bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->spaced });
	check_hit(b, k);
	bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->spaced });
	check_hit(b, k);
	assert_str(b->body, reply);
	assert_int_equal(b->calls, 1);
}

static void test_miss_then_hit(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	for (size_t i = 0; i < COUNT(kinds); i++)
		miss_then_hit(b, &kinds[i]);
	assert_int_equal(b->lines, 5 * COUNT(kinds));
	bed_close(b);
}

/* Counting tokens is free, whatever the tokens would cost. */
static void test_count_costs_nothing(void **state)
{
	const struct kind *k = &kinds[5];
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	plays(b, "application/json", bed_reply(b, SHAPE_COUNT, ""));
	bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->body });
	assert_true(!bed_log(b, "cost_usd") ||
		    strcmp(bed_log(b, "cost_usd"), "0") == 0);
	bed_ask(b, &(struct ask){ .uri = k->uri, .body = k->body });
	assert_true(!bed_log(b, "saved_usd") ||
		    strcmp(bed_log(b, "saved_usd"), "0") == 0);
	bed_close(b);
}

/* -- forms ------------------------------------------------------------------- */

static void check_stream(struct bed *b, const struct kind *k)
{
	size_t n = strlen(k->done);

	assert_int_equal(b->status, 200);
	assert_string_equal(bed_head(b, "Content-Type"),
			    SSE "; charset=utf-8");
	assert_string_equal(bed_head(b, "X-Accel-Buffering"), "no");
	assert_null(bed_head(b, "Content-Length"));
	assert_true(b->body.n > n);
	assert_memory_equal(b->body.p + b->body.n - n, k->done, n);
	assert_says("f\\u00fcr 9007199254740993");
	assert_logged("stream", "true");
}

static void check_whole(struct bed *b)
{
	struct json_error err;
	struct json doc;

	assert_int_equal(b->status, 200);
	assert_string_equal(bed_head(b, "Content-Type"), "application/json");
	assert_int_equal(json_parse(&doc, b->a, b->body, &err), 0);
	assert_says("f\\u00fcr 9007199254740993");
	assert_logged("stream", "false");
}

static void both_forms(struct bed *b, const struct kind *k, bool stream_first)
{
	const char *say = "f\\u00fcr 9007199254740993";
	const char *type = stream_first ? SSE : "application/json";
	struct ask json = { .uri = k->uri, .body = k->body };
	struct ask sse = { .uri = k->uri, .body = k->stream };

	json.auth = sse.auth = stream_first ? "Bearer s" : "Bearer j";
	plays(b, type, stream_first ? bed_stream(b, k->shape, say) :
				      bed_reply(b, k->shape, say));
	b->play.piece = 7;
	b->calls = 0;
	bed_ask(b, stream_first ? &sse : &json);
	assert_logged("cost_usd", k->cost);
	assert_logged("gen_ai.usage.output_tokens", "5");
	if (stream_first) {
		check_stream(b, k);
		assert_true(str_starts(b->body, STR(": larder\n\n")));
		assert_true(b->flushes > 1);
	}
	for (int i = 0; i < 2; i++) {
		bed_ask(b, &sse);
		assert_hit();
		check_stream(b, k);
		bed_ask(b, &json);
		assert_hit();
		check_whole(b);
	}
	assert_logged("saved_usd", k->cost);
	assert_int_equal(b->calls, 1);
}

static void test_both_forms(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (!kinds[i].stream)
			continue;
		both_forms(b, &kinds[i], false);
		both_forms(b, &kinds[i], true);
	}
	bed_close(b);
}

/* The upstream has its own idea of the form; the caller gets what it wants. */
static void test_unexpected_form(void **state)
{
	const struct kind *k = &kinds[0];
	const char *say = "f\\u00fcr 9007199254740993";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	plays(b, "application/json", bed_reply(b, SHAPE_CHAT, say));
	bed_chat(b, "Bearer 1", k->stream);
	check_stream(b, k);
	assert_cache("fwd=miss; stored");
	plays(b, "text/event-stream;charset=utf-8",
	      bed_stream(b, SHAPE_CHAT, say));
	bed_chat(b, "Bearer 2", k->body);
	check_whole(b);
	assert_cache("fwd=miss; stored");
	assert_logged("cost_usd", "0.00002");
	bed_close(b);
}

/* -- whose answers ------------------------------------------------------------- */

#define BOTH "{\"model\":\"m\",\"prompt\":\"hi\",\"input\":\"hi\"," \
	"\"max_tokens\":5," USER("hi") "}"

/* Each differs from every other, and must never have another's answer. */
static const struct ask strangers[] = {
	{ .auth = "Bearer sk-a" },
	{ .auth = "Bearer sk-b" },
	{ .auth = "sk-a" },
	{ .auth = "Basic sk-a" },
	{ .auth = "Bearer sk-A" },
	{ .xkey = "sk-a" },
	{ .xkey = "Bearer sk-a" },
	{ .auth = "Bearer sk-a", .xkey = "sk-a" },
	{ .auth = "Bearer sk-a", .xkey = "sk-b" },
	{ .auth = "Bearer sk-b", .xkey = "sk-a" },
	{ .auth = "Bearer sk-", .xkey = "a" },
	{ .auth = "Bearer sk", .xkey = "-a" },
	{ .auth = "Bearer sk-a", .param = { "HTTP_X_LARDER_NAMESPACE",
					    "x" } },
	{ .auth = "Bearer sk-a", .param = { "HTTP_X_LARDER_NAMESPACE",
					    "chat/completions" } },
	{ .auth = "Bearer sk-a", .param = { "HTTP_X_LARDER_NAMESPACE",
					    "site" } },
	{ .auth = "Bearer sk-a", .param = { "HTTP_ANTHROPIC_VERSION",
					    "2023-06-01" } },
	{ .auth = "Bearer sk-a", .param = { "HTTP_ANTHROPIC_VERSION",
					    "2024-06-01" } },
	{ .auth = "Bearer sk-a", .param = { "HTTP_ANTHROPIC_BETA",
					    "2023-06-01" } },
	{ .auth = "Bearer sk-a", .param = { "HTTP_OPENAI_BETA",
					    "2023-06-01" } },
	{ .auth = "Bearer sk-a", .param = { "HTTP_OPENAI_ORGANIZATION",
					    "o" } },
	{ .auth = "Bearer sk-a", .param = { "HTTP_OPENAI_PROJECT", "o" } },
	{ .auth = "Bearer sk-a", .uri = "/v1/chat/completions?x" },
	{ .auth = "Bearer sk-a", .uri = "/v1/chat/completions?" },
	{ .auth = "Bearer sk-a", .uri = "/v1/chat/completions?x=y" },
	{ .auth = "Bearer sk-a", .uri = "/v1/completions" },
	{ .auth = "Bearer sk-a", .uri = "/v1/responses" },
	{ .auth = "Bearer sk-a", .uri = "/v1/messages" },
	{ .auth = "Bearer sk-a", .body = "{\"model\":\"m\",\"prompt\":\"hi\","
	  "\"input\":\"hi\",\"max_tokens\":5," USER("hi") ",\"x\":1}" },
	{ .auth = "Bearer sk-a", .body = "{\"model\":\"m\",\"prompt\":\"hi\","
	  "\"input\":\"hi\",\"max_tokens\":5," USER("hi") ",\"namespace\":"
	  "\"x\"}" },
	{ .auth = "Bearer sk-a", .body = "{\"model\":\"m\",\"prompt\":\"hi\","
	  "\"input\":\"hi\",\"max_tokens\":5," USER("hi") ",\"cache\":"
	  "{\"namespace\":\"y\"}}" },
	{ .auth = "Bearer sk-a", .body = "{\"model\":\"m\",\"prompt\":\"hi\","
	  "\"input\":\"hi\",\"max_tokens\":5," USER("hi") ",\"cache\":"
	  "{\"namespace\":\"x\\u0000\"}}" },
};

/* The upstream answers with the number of the stranger who asks. */
static int stranger;

static void say_stranger(struct bed *b, struct play *p)
{
	enum shape s = strstr(b->net.url, "/chat/") ? SHAPE_CHAT :
		       strstr(b->net.url, "/responses") ? SHAPE_RESPONSES :
		       strstr(b->net.url, "/messages") ? SHAPE_MESSAGES :
							 SHAPE_COMPLETION;

	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = bed_reply(b, s, arena_printf(b->a, "for %d.", stranger));
}

static void ask_as(struct bed *b, int who, bool hit)
{
	struct ask q = strangers[who];

	stranger = who;
	if (!q.body)
		q.body = BOTH;
	assert_int_equal(bed_ask(b, &q), 200);
	assert_says(arena_printf(b->a, "for %d.", who));
	if (hit)
		assert_hit();
	else
		assert_cache("fwd=miss; stored");
}

static void test_strangers(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	b->answer = say_stranger;
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < (int)COUNT(strangers); i++)
			ask_as(b, i, round > 0);
	assert_int_equal(b->calls, COUNT(strangers));
	bed_close(b);
}

/* What is said in the body and what is said in a header are one namespace. */
static void test_namespace_meets(void **state)
{
	struct bed bed, *b = &bed;
	const char *body = "{\"model\":\"m\",\"cache\":{\"namespace\":"
			   "\"\\u0078\"}," USER("hi") "}";

	(void)state;
	bed_open(b, &plain);
	b->answer = say_count;
	bed_ask(b, &(struct ask){ .body = CHAT, .param = {
		"HTTP_X_LARDER_NAMESPACE", "x" } });
	assert_cache("fwd=miss; stored");
	bed_chat(b, NULL, body);
	assert_hit();
	assert_says("call 1.");
	bed_close(b);
}

#define NAMED(name, url) "[upstream " name "]\nurl = https://" url \
	"/v1\nmodels = any\n"

/* Configurations under which nobody may have another's answers. */
static const struct bed_conf worlds[] = {
	{ NULL, NULL, NAMED("openai", "openai.test") },
	{ NULL, NULL, NAMED("openai", "other.test") },
	{ NULL, NULL, NAMED("other", "openai.test") },
	{ NULL, "version = 2", NAMED("openai", "openai.test") },
	{ NULL, "version = 0", NAMED("openai", "openai.test") },
	{ NULL, NULL, NAMED("openai", "openai.test")
	  "[route r]\nuse = n\n" },
	{ NULL, NULL, NAMED("openai", "openai.test")
	  "[model m]\nname = k\n" },
	{ NULL, "scope = site", NAMED("openai", "openai.test") },
};

static void test_worlds(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &worlds[0]);
	b->answer = say_count;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT(worlds); i++) {
			bed_reconfigure(b, &worlds[i]);
			for (int again = 0; again < 2; again++) {
				bed_chat(b, NULL, CHAT);
				assert_says(arena_printf(b->a, "call %zu.",
							 i + 1));
			}
		}
	}
	assert_int_equal(b->calls, COUNT(worlds));
	bed_close(b);
}

/* A small generator of its own: the same order on every machine. */
static uint32_t draw(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* The upstream answers with the credential and the prompt it got. */
static void say_who_and_what(struct bed *b, struct play *p)
{
	const char *at = memmem(b->net.body.p, b->net.body.n, "prompt ", 7);
	const char *who = bed_sent(b, "authorization");

	assert_non_null(at);
	if (!who)
		who = bed_sent(b, "x-api-key");
	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = bed_reply(b, SHAPE_CHAT,
			    arena_printf(b->a, "%s: prompt %d.", who,
					 atoi(at + 7)));
}

static void test_many_tenants(void **state)
{
	enum { TENANTS = 200, PROMPTS = 50, ASKS = 12000 };
	struct bed bed, *b = &bed;
	char who[40], body[200], want[80];
	uint32_t seed = 20261121;
	int hits = 0;

	(void)state;
	bed_open(b, &plain);
	b->answer = say_who_and_what;
	for (int i = 0; i < ASKS; i++) {
		uint32_t t = draw(&seed) % TENANTS;
		uint32_t p = draw(&seed) % PROMPTS;
		bool x = draw(&seed) % 2;
		struct ask q = { .body = body };

		snprintf(who, sizeof(who), "%s%u", x ? "" : "Bearer ", t);
		snprintf(body, sizeof(body), draw(&seed) % 2 ?
			 "{\"model\":\"m\"," USER("prompt %u") "}" :
			 "{ \"model\":\"m\"," USER("prompt %u") "}", p);
		snprintf(want, sizeof(want), "\"%s: prompt %u.\"", who, p);
		if (x)
			q.xkey = who;
		else
			q.auth = who;
		assert_int_equal(bed_ask(b, &q), 200);
		assert_says(want);
		hits += strncmp(bed_cache(b), "hit", 3) == 0;
		arena_reset(b->a);
	}
	assert_true(hits > 100); /* or the test would test nothing */
	bed_close(b);
}

/* -- scope = site ---------------------------------------------------------------- */

static const struct bed_conf shared = { NULL, "scope = site", NULL };

static void test_site_own_credential(void **state)
{
	const char *other = "{\"model\":\"m\"," USER("other") "}";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &shared);
	b->answer = say_count;
	bed_chat(b, "Bearer sk-a", CHAT);
	bed_chat(b, "Bearer sk-a", CHAT);
	assert_hit();

	/* A made-up credential gets what the upstream says to it. */
	b->answer = NULL;
	b->play = (struct play){ .status = 401, .type = "application/json",
				 .body = "{\"error\":\"no such key\"}" };
	for (int i = 0; i < 3; i++) {
		assert_int_equal(bed_chat(b, "Bearer sk-made-up", CHAT), 401);
		assert_says("no such key");
		assert_cache("fwd=miss; detail=unverified");
	}
	/* Models are public: no proof. */
	plays(b, "application/json", "{\"object\":\"list\",\"data\":[]}");
	assert_int_equal(bed_ask(b, &(struct ask){
		.uri = "/v1/models", .method = "GET",
		.auth = "Bearer sk-made-up" }), 200);
	assert_cache("none");
	b->play = (struct play){ .status = 429, .type = "application/json",
				 .body = "{\"error\":\"slow down\"}" };
	assert_int_equal(bed_chat(b, "Bearer sk-made-up", CHAT), 429);
	/* An answer of its own is. */
	b->answer = say_count;
	bed_chat(b, "Bearer sk-b", other);
	assert_cache("fwd=miss; stored");
	bed_chat(b, "Bearer sk-b", CHAT);
	assert_hit();
	assert_says("call 1.");
	/* The same secret in another header is another credential. */
	bed_ask(b, &(struct ask){ .xkey = "sk-b", .body = CHAT });
	assert_cache("fwd=miss; stored; detail=unverified");
	bed_close(b);
}

static void test_site_clients(void **state)
{
	const struct bed_conf conf = { NULL, "scope = site", BED_OWN_KEYS };
	struct bed bed, *b = &bed;
	const char *one, *two;
	char err[200];

	(void)state;
	bed_open(b, &conf);
	b->answer = say_count;
	one = bed_client(b, "one");
	two = bed_client(b, "two");
	bed_chat(b, one, CHAT);
	assert_cache("fwd=miss; stored");
	assert_logged("tenant", "one");
	bed_chat(b, two, CHAT);
	assert_hit();
	assert_logged("tenant", "two");
	bed_chat(b, two, CHAT);
	assert_hit();
	/* Revoked: at once, and on the remembered way too. */
	assert_int_equal(clients_revoke(b->clients, "two", err, sizeof(err)),
			 0);
	assert_int_equal(bed_chat(b, two, CHAT), 401);
	assert_logged("error.type", "invalid_api_key");
	bed_chat(b, one, CHAT);
	assert_hit();
	assert_int_equal(b->calls, 1);
	bed_close(b);
}

static void test_tenant_clients(void **state)
{
	const struct bed_conf conf = { NULL, NULL, BED_OWN_KEYS };
	struct bed bed, *b = &bed;
	const char *one, *two;

	(void)state;
	bed_open(b, &conf);
	b->answer = say_count;
	one = bed_client(b, "one");
	two = bed_client(b, "two");
	bed_chat(b, one, CHAT);
	bed_chat(b, two, CHAT);
	assert_says("call 2.");
	bed_chat(b, one, CHAT);
	assert_says("call 1.");
	assert_hit();
	bed_close(b);
}

/* -- credentials ---------------------------------------------------------------- */

static void test_own_key_upstream(void **state)
{
	const struct bed_conf conf = { NULL, NULL, BED_OWN_KEYS };
	struct bed bed, *b = &bed;
	const char *key;

	(void)state;
	bed_open(b, &conf);
	b->answer = say_stranger;
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
				  .auth = "Bearer sk-own", .body = BOTH });
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
	bed_open(b, &plain);
	b->answer = say_count;
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
	assert_int_equal(bed_ask(b, &(struct ask){ .xkey = " ", .param = {
		"REDIRECT_HTTP_AUTHORIZATION",
		arena_printf(b->a, "Bearer %s", key) }, .body = CHAT }), 403);
	bed_close(b);
}

static void test_own_headers(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	b->answer = say_count;
	bed_ask(b, &(struct ask){ .auth = "Bearer sk-1", .xkey = "sk-2",
				  .body = CHAT, .param = {
		"HTTP_OPENAI_ORGANIZATION", "mine", "HTTP_COOKIE", "a=b",
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
				 100, 0, NET_DONE };
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

/* -- bytes to the upstream --------------------------------------------------------- */

#define ODD "\"n\":1.0e0 ,\t\"seed\": 9007199254740993, \"x\":\"\\ud83d\\ude00" \
	"\\/\\u0000\xc3\xa4\",\"big\":1e400,\"f\":0.30000000000000004\r\n"

static const struct {
	const char *conf, *uri, *in, *out; /* out NULL: as it came */
} bodies[] = {
	{ "", NULL, "\n{ \"model\" : \"m\" ," ODD "," USER("a") " } \r\n",
	  NULL },
	{ "", NULL, "{\"model\":\"\\u006d\"," USER("b") "}", NULL },
	{ "[model m]\nupstream = openai\nname = real \"1\"\n", NULL,
	  "{\"model\" : \"\\u006d\" ,\"x\":\"m\"," USER("c") "}",
	  "{\"model\" : \"real \\\"1\\\"\" ,\"x\":\"m\"," USER("c") "}" },
	{ "[route r]\nmodel = m\nuse = k\n[model k]\nupstream = openai\n"
	  "name = k2\n", NULL, "{" ODD ",\"model\":\"m\"," USER("d") "}",
	  "{" ODD ",\"model\":\"k2\"," USER("d") "}" },
	{ "[route r]\nmodel = m\nuse = k\n", "/v1/messages",
	  "{\"model\":\"m\",\"max_tokens\":1," USER("d") "}",
	  "{\"model\":\"k\",\"max_tokens\":1," USER("d") "}" },
	{ "", NULL, "{\"model\":\"m\",\"stream\":true ," USER("e") " }",
	  "{\"model\":\"m\",\"stream\":true ," USER("e") " ,"
	  "\"stream_options\":{\"include_usage\":true}}" },
	{ "", NULL, "{\"model\":\"m\",\"stream\":true,\"stream_options\": {"
	  "\"include_usage\" : true, \"y\":1}," USER("f") "}", NULL },
	{ "", NULL, "{\"model\":\"m\",\"stream\":true,\"stream_options\": {"
	  "\"include_usage\" : false, \"y\":1}," USER("g") "}",
	  "{\"model\":\"m\",\"stream\":true,\"stream_options\": {"
	  "\"include_usage\" : true, \"y\":1}," USER("g") "}" },
	{ "", NULL, "{\"model\":\"m\",\"stream\":true,\"stream_options\":null,"
	  USER("h") "}",
	  "{\"model\":\"m\",\"stream\":true,\"stream_options\":"
	  "{\"include_usage\":true}," USER("h") "}" },
	{ "", "/v1/messages", "{\"model\":\"m\",\"max_tokens\":1,"
	  "\"stream\":true," USER("i") "}", NULL },
	{ "", "/v1/responses", "{\"model\":\"m\",\"stream\":true,"
	  "\"input\":\"j\"}", NULL },
	{ "", "/v1/completions", "{\"model\":\"m\",\"stream\":true,"
	  "\"prompt\":\"k\"}",
	  "{\"model\":\"m\",\"stream\":true,\"prompt\":\"k\","
	  "\"stream_options\":{\"include_usage\":true}}" },
	{ "", NULL, "{ \"cache\":{\"ttl\":60} , \"model\":\"m\"," USER("l")
	  "}", "{ \"model\":\"m\"," USER("l") "}" },
	{ "", NULL, "{\"model\":\"m\"," USER("m") ", \"cache\" : null }",
	  "{\"model\":\"m\"," USER("m") " }" },
	{ "", NULL, "{\"model\":\"m\"," USER("n")
	  ",\"cache\":{\"no-store\":true}}", "{\"model\":\"m\"," USER("n")
	  "}" },
	{ "[history]\nmax_tokens = 10\nkeep_last = 1\n", NULL,
	  "{\"model\":\"m\",\"messages\": [ {\"role\":\"system\","
	  "\"content\":\"s\"}, {\"role\":\"user\",\"content\":"
	  "\"0123456789012345678901234567890123456789\"} ,{\"role\":"
	  "\"assistant\",\"content\":\"b\"},\n{\"role\":\"user\",\"content\""
	  ": \"c\"} ]}",
	  "{\"model\":\"m\",\"messages\": [ {\"role\":\"system\","
	  "\"content\":\"s\"}, {\"role\":\"user\",\"content\""
	  ": \"c\"} ]}" },
};

/* Blanks around what was cut may go with it or stay. */
static const char *unblank(struct bed *b, struct str s)
{
	struct buf t;

	buf_init(&t, b->a);
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \n", s.p[i]))
			buf_putc(&t, s.p[i]);
	return arena_cstr(b->a, buf_view(&t));
}

static void test_bodies(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	for (size_t i = 0; i < COUNT(bodies); i++) {
		bed_reconfigure(b, &(struct bed_conf){
			NULL, NULL, arena_printf(b->a, "%s%s", BED_UPSTREAMS,
						 bodies[i].conf) });
		b->play = (struct play){ .status = 400,
					 .type = "application/json",
					 .body = "{}" };
		bed_ask(b, &(struct ask){ .uri = bodies[i].uri,
					  .body = bodies[i].in });
		assert_int_equal(b->status, 400);
		if (!bodies[i].out)
			assert_str(b->net.body, bodies[i].in);
		else
			assert_string_equal(
				unblank(b, b->net.body),
				unblank(b, str_c(bodies[i].out)));
	}
	assert_int_equal(b->calls, COUNT(bodies));
	/* The last was trimmed. */
	assert_string_equal(bed_head(b, "X-Larder-Trimmed"), "2");
	assert_logged("trimmed_messages", "2");
	bed_close(b);
}

/* Replaced values leave every byte around them, blanks too. */
static void test_edits_keep_bytes(void **state)
{
	const struct bed_conf conf = { NULL, NULL, BED_UPSTREAMS
		"[model m]\nupstream = openai\nname = other\n" };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	b->answer = say_count;
	bed_chat(b, NULL, " {\t\"model\"\t: \"m\"\r\n , " ODD "," USER("z")
		 "\n}\n");
	assert_str(b->net.body, " {\t\"model\"\t: \"other\"\r\n , " ODD ","
		   USER("z") "\n}\n");
	assert_string_equal(bed_head(b, "X-Larder-Model"), "other");
	assert_logged("gen_ai.request.model", "m");
	bed_close(b);
}

static void test_routing_saves(void **state)
{
	const struct bed_conf conf = { NULL, NULL, BED_UPSTREAMS
		"[route short]\nmodel = big\nmax_chars = 5\nuse = m\n" };
	const char *body = "{\"model\":\"big\"," USER("hi") "}";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	b->answer = say_count;
	bed_chat(b, NULL, body);
	assert_logged("route", "short");
	assert_logged("cost_usd", "0.00002");
	assert_logged("saved_usd", "0.00018");
	assert_logged("saved_by", "routing");
	/* Who asks for it by name asks the same question. */
	bed_chat(b, NULL, CHAT);
	assert_hit();
	/* The remembered way knows the route too. */
	bed_chat(b, NULL, body);
	assert_hit();
	assert_logged("route", "short");
	assert_logged("gen_ai.request.model", "big");
	bed_close(b);
}

/* -- streams ----------------------------------------------------------------------- */

#define DELTA "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":" \
	"{\"content\":\"part\"},\"finish_reason\":null}]}\n\n"
#define STOP "data: {\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{}," \
	"\"finish_reason\":\"stop\"}]}\n\n"
#define DONE "data: [DONE]\n\n"
#define OOPS "data: {\"error\":{\"message\":\"oops\"}}\n\n"
#define STREAM "{\"model\":\"m\",\"stream\":true," USER("hi") "}"

static const struct broken {
	const char *body;
	enum net_end end;
	bool stored, error; /* an error event of larder's own */
	const char *has, *has_not, *type;
} broken[] = {
	{ DELTA STOP DONE, NET_DONE, true, false, DONE, NULL, NULL },
	{ DELTA STOP DONE, NET_BROKEN, true, false, DONE, NULL, NULL },
	{ DELTA, NET_DONE, false, true, "part", DONE, "upstream_broken" },
	{ DELTA STOP, NET_DONE, false, true, "stop", DONE,
	  "upstream_broken" },
	{ "", NET_DONE, false, true, NULL, DONE, "upstream_broken" },
	{ DELTA, NET_STALLED, false, true, "part", DONE, "upstream_stalled" },
	{ DELTA, NET_BROKEN, false, true, "part", DONE, "upstream_broken" },
	{ DELTA "data: {\"cho", NET_DONE, false, true, "part", "cho\n",
	  "upstream_broken" },
	{ DELTA OOPS, NET_DONE, false, false, "oops", DONE, NULL },
	{ DELTA OOPS DONE, NET_DONE, false, false, "oops", NULL, NULL },
	{ DELTA "data: nonsense\n\n" STOP DONE, NET_DONE, false, false,
	  "part", NULL, NULL },
	{ DELTA DONE, NET_DONE, false, false, "part", NULL, NULL },
	{ DONE, NET_DONE, false, false, NULL, NULL, NULL },
	{ DELTA STOP DONE "data: {\"junk\":1}\n\n", NET_DONE, false, false,
	  DONE, "junk", NULL },
	{ DELTA STOP DONE ": bye\n\n", NET_DONE, true, false, DONE, "bye",
	  NULL },
	{ DELTA STOP DONE "data: left", NET_DONE, true, false, DONE, "left",
	  NULL },
};

static void break_one(struct bed *b, const struct broken *k, size_t i)
{
	const char *auth = arena_printf(b->a, "Bearer %zu", i);
	const char *asked = k->stored ? "hit" : "fwd=miss";

	plays(b, SSE, k->body);
	b->play.end = k->end;
	b->play.piece = i % 3 ? i : 0;
	assert_int_equal(bed_chat(b, auth, STREAM), 200);
	if (k->has)
		assert_says(k->has);
	if (k->has_not)
		assert_false(bed_has(b->body, k->has_not));
	assert_int_equal(bed_has(b->body, "data: {\"error\":{\"message\":"
				 "\"The upstream"), k->error);
	if (k->type)
		assert_logged("error.type", k->type);
	plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "new"));
	bed_chat(b, auth, CHAT);
	assert_int_equal(strncmp(bed_cache(b), asked, strlen(asked)), 0);
	assert_says(k->stored ? "part" : "new");
}

static void test_broken_streams(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	for (size_t i = 0; i < COUNT(broken); i++)
		break_one(b, &broken[i], i);
	bed_close(b);
}

/* The same faults towards one who wants the answer whole: a 502, or nothing
 * that is kept. */
static void test_broken_collected(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	for (size_t i = 0; i < COUNT(broken); i++) {
		const char *auth = arena_printf(b->a, "Bearer %zu", i);

		if (broken[i].end != NET_DONE)
			continue;
		plays(b, SSE, broken[i].body);
		bed_chat(b, auth, CHAT);
		assert_int_equal(b->status == 200 &&
				 strstr(bed_cache(b), "stored"),
				 broken[i].stored);
		plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "new"));
		bed_chat(b, auth, CHAT);
		assert_says(broken[i].stored ? "part" : "new");
	}
	bed_close(b);
}

static void test_usage_chunk(void **state)
{
	const struct bed_conf no = { NULL, NULL, "[upstream o]\nmodels = any\n"
		"url = https://o.test/v1\nstream_usage = no\n" };
	const char *want = "{\"model\":\"m\",\"stream\":true,"
		"\"stream_options\":{\"include_usage\":true}," USER("hi") "}";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	plays(b, SSE, bed_stream(b, SHAPE_CHAT, "yes"));
	for (int i = 0; i < 3; i++) {
		bed_chat(b, NULL, STREAM);
		assert_false(bed_has(b->body, "prompt_tokens"));
		assert_logged("gen_ai.usage.input_tokens", "10");
		bed_chat(b, NULL, want);
		assert_says("prompt_tokens");
		assert_hit();
	}
	assert_int_equal(b->calls, 1);
	bed_chat(b, "Bearer new", want);
	assert_says("prompt_tokens");
	assert_cache("fwd=miss"); /* said before it was stored */

	bed_reconfigure(b, &no);
	bed_chat(b, NULL, STREAM);
	assert_str(b->net.body, STREAM);
	bed_close(b);
}

static void test_larger_than_kept(void **state)
{
	const struct bed_conf small = { "max_reply = 1K", NULL, NULL };
	struct bed bed, *b = &bed;
	struct buf text;

	(void)state;
	bed_open(b, &small);
	buf_init(&text, b->a);
	for (int i = 0; i < 30; i++)
		buf_puts(&text, DELTA);
	buf_puts(&text, STOP DONE);
	plays(b, SSE, arena_cstr(b->a, buf_view(&text)));
	b->play.piece = 100;
	for (int i = 1; i < 3; i++) {
		bed_chat(b, NULL, STREAM);
		assert_cache("fwd=miss");
		assert_str(b->body, arena_printf(b->a, ": larder\n\n%s",
						 b->play.body));
		assert_int_equal(b->calls, i);
	}
	/* Assembling it would need it whole. */
	assert_int_equal(bed_chat(b, NULL, CHAT), 502);
	assert_logged("error.type", "reply_too_large");

	plays(b, "application/json",
	      bed_reply(b, SHAPE_CHAT, arena_cstr(b->a, buf_view(&text))));
	b->play.piece = 100;
	for (int i = 0; i < 2; i++) {
		bed_chat(b, NULL, CHAT);
		assert_cache("fwd=miss");
		assert_str(b->body, b->play.body);
	}
	bed_close(b);
}

static void test_silence(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	plays(b, SSE, DELTA STOP DONE);
	b->play.ticks = 3;
	bed_chat(b, NULL, STREAM);
	assert_str(b->body, ": larder\n\n: keep-alive\n\n: keep-alive\n\n"
		   ": keep-alive\n\n" DELTA STOP DONE);
	bed_chat(b, NULL, STREAM);
	assert_str(b->body, DELTA STOP DONE);
	plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "yes"));
	b->play.ticks = 3;
	bed_chat(b, "Bearer 2", CHAT);
	assert_str(b->body, b->play.body);
	bed_close(b);
}

/* -- callers who leave ---------------------------------------------------------------- */

static void test_caller_gone(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	for (int stream = 0; stream < 2; stream++) {
		plays(b, stream ? SSE : "application/json",
		      stream ? DELTA : "{\"choices");
		b->play.end = NET_CALLER_GONE;
		bed_chat(b, NULL, stream ? STREAM : CHAT);
		assert_true(b->net.stop_when_gone);
		assert_logged("status", "499");
		assert_logged("client_aborted", "true");
		assert_null(bed_log(b, "cost_usd"));
	}
	/* The sink finds out first. */
	plays(b, SSE, DELTA STOP DONE);
	b->play.piece = 10;
	bed_chat(b, "Bearer stays", STREAM);
	b->sink_dies_at = b->head.n + 30;
	bed_chat(b, NULL, STREAM);
	assert_logged("status", "499");
	assert_logged("client_aborted", "true");
	b->sink_dies_at = 0;
	plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "new"));
	bed_chat(b, NULL, CHAT);
	assert_cache("fwd=miss; stored");
	bed_close(b);
}

static void test_finish(void **state)
{
	const struct bed_conf conf = { "on_client_abort = finish", NULL,
				       NULL };
	struct bed bed, *b = &bed;
	size_t whole;

	(void)state;
	bed_open(b, &conf);
	plays(b, SSE, bed_stream(b, SHAPE_CHAT, "whole"));
	bed_chat(b, "Bearer stays", STREAM);
	whole = b->head.n + b->body.n;
	for (size_t at = 1; at < whole; at += whole / 7) {
		const char *auth = arena_printf(b->a, "Bearer %zu", at);

		plays(b, SSE, bed_stream(b, SHAPE_CHAT, "whole"));
		b->play.piece = 10;
		b->play.ticks = 1;
		b->sink_dies_at = at;
		bed_chat(b, auth, STREAM);
		assert_false(b->net.stop_when_gone);
		assert_logged("client_aborted", "true");
		assert_logged("status", "499");
		assert_logged("cost_usd", "0.00002");
		b->sink_dies_at = 0;
		bed_chat(b, auth, CHAT);
		assert_hit();
		assert_says("whole");
	}
	bed_close(b);
}

/* -- directives ----------------------------------------------------------------------- */

static int ask_cc(struct bed *b, const char *value)
{
	return bed_ask(b, &(struct ask){ .body = CHAT, .param = {
		"HTTP_CACHE_CONTROL", value } });
}

static void test_cache_control(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	b->answer = say_count;
	assert_int_equal(ask_cc(b, "only-if-cached"), 504);
	assert_logged("error.type", "not_cached");
	assert_int_equal(b->calls, 0);
	ask_cc(b, "no-store");
	assert_cache("fwd=bypass; detail=no-store");
	assert_logged("cache", "bypass");
	assert_null(bed_log(b, "key"));
	ask_cc(b, "max-age=60, no-cache");
	assert_cache("fwd=request; stored");
	assert_says("call 2.");
	ask_cc(b, "No-Cache");
	assert_says("call 3.");
	ask_cc(b, "only-if-cached , max-age=\"60\", unknown=1");
	assert_hit();
	assert_says("call 3.");
	ask_cc(b, "no-store");
	assert_says("call 4.");
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_says("call 3.");
	bed_later(1);
	ask_cc(b, "max-age=0");
	assert_cache("fwd=request; stored; detail=max-age");
	assert_says("call 5.");
	bed_later(1);
	assert_int_equal(ask_cc(b, "max-age=0, only-if-cached"), 504);
	ask_cc(b, "max-age=nonsense");
	assert_says("call 6.");
	bed_close(b);
}

static void test_lifetimes(void **state)
{
	struct bed bed, *b = &bed;
	struct ask zero = { .body = CHAT, .param = { "HTTP_X_LARDER_TTL",
						     "0" } };

	(void)state;
	bed_open(b, &plain);
	b->answer = say_count;
	bed_ask(b, &zero);
	assert_cache("fwd=miss");
	bed_chat(b, NULL, CHAT);
	assert_cache("fwd=miss; stored");
	bed_ask(b, &zero);
	assert_hit();
	bed_ask(b, &(struct ask){ .body = CHAT, .auth = "Bearer t", .param = {
		"HTTP_X_LARDER_TTL", "100" } });
	bed_chat(b, "Bearer t", CHAT);
	assert_in_range(atol(bed_cache(b) + strlen("hit; ttl=")), 40, 100);
	bed_ask(b, &(struct ask){ .body = CHAT, .param = {
		"HTTP_X_LARDER_TTL", "1.5" } });
	assert_int_equal(b->status, 400);
	assert_says("X-Larder-TTL");
	bed_close(b);
}

static void test_stale(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	b->site->conf.cache.ttl_ms = 1;
	b->answer = say_count;
	bed_chat(b, NULL, CHAT);
	assert_cache("fwd=miss; stored");
	bed_later(3);
	ask_cc(b, "max-stale=60");
	assert_int_equal(strncmp(bed_cache(b), "hit; ttl=", 9), 0);
	assert_non_null(strstr(bed_cache(b), "; detail=stale"));
	assert_true(atol(bed_cache(b) + 9) <= 0);
	assert_non_null(bed_head(b, "X-Larder-Degraded"));
	assert_logged("cache", "stale");
	ask_cc(b, "max-stale");
	assert_non_null(strstr(bed_cache(b), "; detail=stale"));
	ask_cc(b, "max-stale=99999999999999999999, only-if-cached");
	assert_non_null(strstr(bed_cache(b), "; detail=stale"));
	assert_int_equal(b->calls, 1);
	ask_cc(b, "max-stale=0");
	assert_says("call 2.");
	bed_later(3);
	bed_chat(b, NULL, CHAT);
	assert_says("call 3.");
	bed_close(b);
}

static const struct {
	const char *cache;
	const char *first, *second; /* Cache-Status of asking twice */
	const char *named;          /* of a 400 */
} members[] = {
	{ "{}", "fwd=miss; stored", "hit", NULL },
	{ "null", "fwd=miss; stored", "hit", NULL },
	{ "{\"no-cache\":true}", "fwd=request; stored",
	  "fwd=request; stored", NULL },
	{ "{\"no-store\":true}", "fwd=bypass; detail=no-store",
	  "fwd=bypass; detail=no-store", NULL },
	{ "{\"no-cache\":false,\"no-store\":false}", "fwd=miss; stored",
	  "hit", NULL },
	{ "{\"ttl\":0}", "fwd=miss", "fwd=miss", NULL },
	{ "{\"ttl\":null,\"s-maxage\":null}", "fwd=miss; stored", "hit",
	  NULL },
	{ "{\"ttl\":1e3,\"s-maxage\":6e1}", "fwd=miss; stored", "hit", NULL },
	{ "{\"namespace\":\"n\"}", "fwd=miss; stored", "hit", NULL },
	{ "{\"s-maxage\":0}", "fwd=miss; stored",
	  "fwd=request; stored; detail=max-age", NULL },
	{ "true", NULL, NULL, "cache" },
	{ "[]", NULL, NULL, "cache" },
	{ "{\"ttl\":-1}", NULL, NULL, "cache.ttl" },
	{ "{\"ttl\":1.5}", NULL, NULL, "cache.ttl" },
	{ "{\"ttl\":\"60\"}", NULL, NULL, "cache.ttl" },
	{ "{\"s-maxage\":1e40}", NULL, NULL, "cache.s-maxage" },
	{ "{\"no-cache\":1}", NULL, NULL, "cache.no-cache" },
	{ "{\"no-store\":\"yes\"}", NULL, NULL, "cache.no-store" },
	{ "{\"no-stoer\":true}", NULL, NULL, "no-store" },
	{ "{\"namespace\":1}", NULL, NULL, "namespace" },
};

static void test_body_member(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	for (size_t i = 0; i < COUNT(members); i++) {
		const char *auth = arena_printf(b->a, "Bearer %zu", i);
		const char *body = arena_printf(b->a, "{\"model\":\"m\","
			"\"cache\":%s," USER("hi") "}", members[i].cache);

		b->answer = say_count;
		bed_chat(b, auth, body);
		if (members[i].named) {
			assert_int_equal(b->status, 400);
			assert_says("\"param\":\"cache\"");
			assert_says(members[i].named);
			continue;
		}
		assert_cache(members[i].first);
		bed_later(1);
		bed_chat(b, auth, body);
		assert_int_equal(strncmp(bed_cache(b), members[i].second,
					 strlen(members[i].second)), 0);
	}
	bed_close(b);
}

/* Whoever says no, in the header or in the body, is heard. */
static void test_header_and_member(void **state)
{
	const char *body = "{\"model\":\"m\",\"cache\":{\"no-store\":false,"
			   "\"no-cache\":false}," USER("hi") "}";
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	b->answer = say_count;
	bed_ask(b, &(struct ask){ .body = body, .param = {
		"HTTP_CACHE_CONTROL", "no-store" } });
	assert_cache("fwd=bypass; detail=no-store");
	bed_close(b);
}

/* -- when ------------------------------------------------------------------------------ */

#define BYPASS "fwd=bypass; detail=sampled"
#define STORED "fwd=miss; stored"

static const struct {
	const char *temperature;
	const char *zero, *unless, *always; /* by policy */
} temperatures[] = {
	{ NULL, BYPASS, STORED, STORED },
	{ "0", STORED, STORED, STORED },
	{ "0.0", STORED, STORED, STORED },
	{ "0e5", STORED, STORED, STORED },
	{ "-0", STORED, STORED, STORED },
	{ "1e-9", BYPASS, BYPASS, STORED },
	{ "1", BYPASS, BYPASS, STORED },
	{ "1e999", BYPASS, BYPASS, STORED },
	{ "null", BYPASS, STORED, STORED },
	{ "\"0\"", BYPASS, STORED, STORED },
	{ "\"0.7\"", BYPASS, STORED, STORED },
};

static void test_when(void **state)
{
	static const char *const when[] = {
		"when = temperature-zero", "when = unless-sampled",
		"when = always", "when = never"
	};
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	b->answer = say_count;
	for (size_t w = 0; w < COUNT(when); w++) {
		bed_reconfigure(b, &(struct bed_conf){ NULL, when[w], NULL });
		for (size_t i = 0; i < COUNT(temperatures); i++) {
			const char *const want[] = {
				temperatures[i].zero, temperatures[i].unless,
				temperatures[i].always,
				"fwd=bypass; detail=off"
			};
			const char *t = temperatures[i].temperature;

			bed_chat(b, arena_printf(b->a, "Bearer %zu-%zu", w, i),
				 arena_printf(b->a, "{\"model\":\"m\",%s%s%s"
					      USER("hi") "}",
					      t ? "\"temperature\":" : "",
					      t ? t : "", t ? "," : ""));
			assert_cache(want[w]);
		}
	}
	bed_close(b);
}

static void test_stateful(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	plays(b, "application/json", bed_reply(b, SHAPE_RESPONSES, "yes"));
	bed_ask(b, &(struct ask){ .uri = "/v1/responses", .body =
		"{\"model\":\"m\",\"input\":\"hi\",\"background\":true}" });
	assert_cache("fwd=bypass; detail=stateful");
	bed_close(b);
}

/* -- refusals -------------------------------------------------------------------------- */

#define NAMED_ONLY "[upstream openai]\nurl = https://openai.test/v1\n" \
	"[upstream anthropic]\ndialect = anthropic\n" \
	"url = https://anthropic.test/v1\n" \
	"[model m]\nupstream = openai\n[model c]\nupstream = anthropic\n"

static const struct refusal {
	struct ask ask;
	int status;
	const char *code; /* in the log and, OpenAI's, in the body */
	const char *has;
	bool anthropic;
} refusals[] = {
	{ { .body = "{\"model\":\"m\",}" }, 400, "invalid_json", "at byte",
	  false },
	{ { .body = NULL }, 400, "invalid_json", NULL, false },
	{ { .body = "[]" }, 400, NULL, NULL, false },
	{ { .body = "{\"model\":\"m\",\"mod\\u0065l\":\"m\"}" }, 400,
	  "invalid_json", "uplicate", false },
	{ { .body = "{\"model\":\"\xff\"}" }, 400, "invalid_json", NULL,
	  false },
	{ { .body = "{" USER("hi") "}" }, 400, NULL, "\"param\":\"model\"",
	  false },
	{ { .body = "{\"model\":7," USER("hi") "}" }, 400, NULL,
	  "\"param\":\"model\"", false },
	{ { .body = "{\"model\":\"x\\n\\u0001\"," USER("hi") "}" }, 404,
	  "model_not_found", "`x\\n\\u0001`", false },
	{ { .body = "{\"model\":\"c\"," USER("hi") "}" }, 400,
	  "model_dialect", "anthropic", false },
	{ { .uri = "/v1/messages", .body = "{\"model\":\"m\",\"max_tokens\":"
	  "1," USER("hi") "}" }, 400, "model_dialect", "openai", true },
	{ { .uri = "/v1/messages", .body = "{" }, 400, "invalid_json", NULL,
	  true },
	{ { .uri = "/v1/messages", .method = "GET" }, 405,
	  "method_not_allowed", "POST", true },
	{ { .uri = "/v1/chat/completions", .method = "GET" }, 405,
	  "method_not_allowed", "POST", false },
	{ { .uri = "/v1/models", .method = "POST" }, 405,
	  "method_not_allowed", "GET", false },
	{ { .uri = "/v1/audio", .body = "{}" }, 404, "unknown_url",
	  "passthrough", false },
	{ { .uri = "/" }, 404, "unknown_url", "/v1", false },
	{ { .uri = "" }, 404, "unknown_url", "/v1", false },
	{ { .uri = "/v1/messages/batches", .body = "{}" }, 404, "unknown_url",
	  NULL, true },
	{ { .uri = "/v1/models", .method = "GET", .param = {
	  "HTTP_ANTHROPIC_VERSION", "2023-06-01" } }, 404, "unknown_url",
	  "models = any", true },
	{ { .xkey = "", .body = CHAT }, 401, "missing_api_key",
	  "CGIPassAuth On", false },
	{ { .xkey = "", .uri = "/v1/messages", .body = CHAT }, 401,
	  "missing_api_key", "CGIPassAuth On", true },
	{ { .auth = "Bearer sk\x01", .body = CHAT }, 401, "missing_api_key",
	  NULL, false },
	{ { .body = CHAT, .param = { "CONTENT_LENGTH", "10000" } }, 413,
	  "request_too_large", "max_body", false },
	{ { .body = CHAT, .param = { "CONTENT_LENGTH",
	  "99999999999999999999" } }, 413, "request_too_large", NULL,
	  false },
	{ { .body = CHAT, .param = { "CONTENT_LENGTH", "200" } }, 400,
	  "incomplete_body", NULL, false },
	{ { .body = CHAT, .param = { "CONTENT_LENGTH", "3" } }, 400,
	  "incomplete_body", NULL, false },
	{ { .body = CHAT, .param = { "HTTP_X_LARDER_NAMESPACE",
	  "0123456789012345678901234567890123456789012345678901234567890123"
	  "0123456789012345678901234567890123456789012345678901234567890123"
	  "x" } }, 400, "invalid_header", "128", false },
};

static void refused(struct bed *b, const struct refusal *k)
{
	struct json_error err;
	struct json doc;
	uint32_t e;

	assert_int_equal(bed_ask(b, &k->ask), k->status);
	assert_int_equal(json_parse(&doc, b->a, b->body, &err), 0);
	e = json_get(&doc, 0, "error");
	assert_true(json_is(&doc, e, JSON_OBJECT));
	assert_int_equal(json_get(&doc, 0, "request_id") != 0, k->anthropic);
	assert_int_equal(json_get(&doc, e, "param") != 0, !k->anthropic);
	assert_true(json_string(&doc, json_get(&doc, e, "message"), b->a).n >
		    10);
	assert_true(json_string(&doc, json_get(&doc, e, "type"), b->a).n);
	if (k->has)
		assert_says(k->has);
	if (k->code)
		assert_logged("error.type", k->code);
	if (k->status == 401)
		assert_non_null(bed_head(b, "WWW-Authenticate"));
}

static void test_refusals(void **state)
{
	const struct bed_conf conf = { "max_body = 4K", NULL, NAMED_ONLY };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	for (size_t i = 0; i < COUNT(refusals); i++)
		refused(b, &refusals[i]);
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

static void test_too_large(void **state)
{
	const struct bed_conf conf = { "max_body = 4K", NULL, NULL };
	struct bed bed, *b = &bed;
	struct ask q = { .param = { "CONTENT_LENGTH", "" } };
	char *body;

	(void)state;
	bed_open(b, &conf);
	b->answer = say_count;
	body = arena_zalloc(b->a, 5000);
	memset(body, ' ', 4999);
	memcpy(body, CHAT, sizeof(CHAT) - 1);
	q.body = body;
	q.body_n = 4096;
	assert_int_equal(bed_ask(b, &q), 200); /* chunked, just fits */
	q.body_n = 4097;
	assert_int_equal(bed_ask(b, &q), 413);
	assert_logged("error.type", "request_too_large");
	bed_close(b);
}

static const struct {
	enum net_end end;
	int status;
	const char *code;
} ends[] = {
	{ NET_NO_CONNECT, 502, "upstream_unreachable" },
	{ NET_NO_FIRST_BYTE, 504, "upstream_timeout" },
	{ NET_BROKEN, 502, "upstream_broken" },
	{ NET_STALLED, 504, "upstream_stalled" },
};

static void test_no_answer(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	for (size_t i = 0; i < 2 * COUNT(ends); i++) {
		b->play = (struct play){ .end = ends[i / 2].end };
		if (i % 2) { /* in the middle */
			b->play.status = 200;
			b->play.type = "application/json";
			b->play.body = "{\"choices\":[";
		}
		assert_int_equal(bed_chat(b, NULL, CHAT), ends[i / 2].status);
		assert_says(ends[i / 2].code);
		assert_logged("error.type", ends[i / 2].code);
		assert_false(bed_has(b->body, "script"));
		assert_null(bed_log(b, "cost_usd"));
	}
	b->answer = say_count;
	bed_chat(b, NULL, CHAT);
	assert_cache("fwd=miss; stored");
	bed_close(b);
}

/* A 200 that is none is passed on and not kept. */
static void test_odd_answers(void **state)
{
	static const struct {
		const char *type, *body;
	} odd[] = {
		{ "application/json", "{\"error\":{\"message\":\"no\"}}" },
		{ "application/json", "{\"choices\":[]}" },
		{ "application/json", "{\"choices\":[{\"index\":0" },
		{ "application/json", "[]" },
		{ "application/json", "" },
		{ "text/html", "<h1>Welcome</h1>" },
	};
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	for (size_t i = 0; i < COUNT(odd); i++) {
		plays(b, odd[i].type, odd[i].body);
		b->calls = 0;
		for (int twice = 1; twice <= 2; twice++) {
			bed_chat(b, NULL, CHAT);
			assert_cache("fwd=miss");
			assert_int_equal(b->calls, twice);
			assert_str(b->body, odd[i].body);
		}
	}
	bed_close(b);
}

/* -- heads ------------------------------------------------------------------------------ */

static const char *const evil[] = {
	"a\r\nSet-Cookie: x=1", "a\nSet-Cookie: x=1", "a b", "a\tb", "a\"b",
	"<script>", "a\x7f", "\xc3\xa4", "",
	"0123456789012345678901234567890123456789012345678901234567890123",
};

static void test_request_id(void **state)
{
	static const char *const up[] = { "X-Request-Id", "up-1", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	b->answer = say_count;
	for (size_t i = 0; i < COUNT(evil); i++) {
		bed_ask(b, &(struct ask){ .body = CHAT, .param = {
			"HTTP_X_REQUEST_ID", evil[i] } });
		assert_int_equal(strncmp(bed_head(b, "X-Request-Id"), "req_",
					 4), 0);
		assert_null(bed_head(b, "Set-Cookie"));
	}
	bed_ask(b, &(struct ask){ .body = CHAT, .param = {
		"HTTP_X_REQUEST_ID", "mine-1" } });
	assert_string_equal(bed_head(b, "X-Request-Id"), "mine-1");
	plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "yes"));
	b->play.header = up;
	bed_chat(b, "Bearer 2", CHAT);
	assert_string_equal(bed_head(b, "X-Request-Id"), "up-1");
	bed_ask(b, &(struct ask){ .body = CHAT, .auth = "Bearer 3", .param = {
		"HTTP_X_REQUEST_ID", "mine-1" } });
	assert_string_equal(bed_head(b, "X-Request-Id"), "mine-1");
	bed_close(b);
}

/* Names of models reach heads only when they are plain, and never a head
 * that a web server would refuse for its size. */
static void test_model_names(void **state)
{
	struct bed bed, *b = &bed;
	char *longest;

	(void)state;
	bed_open(b, &plain);
	b->answer = say_count;
	bed_chat(b, NULL, "{\"model\":\"a\\r\\nSet-Cookie: x\"," USER("hi")
		 "}");
	assert_int_equal(b->status, 200);
	assert_null(bed_head(b, "X-Larder-Model"));
	assert_null(bed_head(b, "Set-Cookie"));
	assert_logged("gen_ai.request.model", "a\r\nSet-Cookie: x");
	longest = arena_zalloc(b->a, 20001);
	memset(longest, 'm', 20000);
	bed_chat(b, NULL, arena_printf(b->a, "{\"model\":\"%s\"," USER("hi")
				       "}", longest));
	assert_int_equal(b->status, 200);
	assert_true(b->head.n < 2000);
	bed_close(b);
}

static void test_upstream_heads(void **state)
{
	static const char *const header[] = {
		"x-ratelimit-remaining-requests", "9", "openai-version", "1",
		"Set-Cookie", "s=1", "Connection", "close", "Server", "evil",
		"Cache-Control", "no-cache", "openai-processing-ms",
		"1\r\nSet-Cookie: a", NULL
	};
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	plays(b, "application/json\r\nSet-Cookie: b",
	      bed_reply(b, SHAPE_CHAT, "yes"));
	b->play.header = header;
	bed_chat(b, NULL, CHAT);
	assert_string_equal(bed_head(b, "x-ratelimit-remaining-requests"),
			    "9");
	assert_string_equal(bed_head(b, "openai-version"), "1");
	assert_null(bed_head(b, "Set-Cookie"));
	assert_null(bed_head(b, "Server"));
	assert_null(bed_head(b, "Connection"));
	assert_null(bed_head(b, "Cache-Control"));
	assert_null(bed_head(b, "openai-processing-ms"));
	/* They are of that call, not of the answer. */
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_null(bed_head(b, "openai-version"));
	bed_close(b);
}

/* -- overload, other endpoints ------------------------------------------------------------ */

static void test_overload(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	b->answer = say_count;
	bed_chat(b, NULL, CHAT);
	b->slots.max = 0;
	bed_chat(b, NULL, CHAT);
	assert_hit();
	bed_chat(b, NULL, "{ " USER("hi") ",\"model\":\"m\"}");
	assert_hit();
	assert_int_equal(bed_chat(b, "Bearer 2", CHAT), 503);
	assert_string_equal(bed_head(b, "Retry-After"), "1");
	assert_logged("error.type", "overloaded");
	assert_int_equal(b->calls, 1);
	bed_close(b);
}

static void test_passthrough(void **state)
{
	const struct bed_conf conf = { "passthrough = yes", NULL, NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	plays(b, "audio/mpeg", "some bytes");
	for (int i = 1; i < 3; i++) {
		bed_ask(b, &(struct ask){ .uri = "/p/v1/audio/speech?a=b",
					  .body = "no \"JSON" });
		assert_int_equal(b->status, 200);
		assert_int_equal(b->calls, i);
		assert_str(b->body, "some bytes");
		assert_str(b->net.body, "no \"JSON");
		assert_string_equal(b->net.url,
				    "https://openai.test/v1/audio/speech?a=b");
		assert_string_equal(bed_head(b, "Content-Type"),
				    "audio/mpeg");
		assert_cache("none");
		assert_logged("cache", "bypass");
		assert_logged("endpoint", "other");
	}
	b->play.status = 404;
	assert_int_equal(bed_ask(b, &(struct ask){ .uri = "/v1/files/x",
						   .method = "DELETE" }),
			 404);
	assert_string_equal(b->net.method, "DELETE");
	bed_close(b);
}

static void test_health(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	assert_int_equal(bed_ask(b, &(struct ask){ .uri = "/larder/health",
						   .method = "GET",
						   .xkey = "" }), 200);
	assert_str(b->body, "ok\n");
	assert_int_equal(b->lines, 0);
	bed_close(b);
}

/* -- the log ------------------------------------------------------------------------------- */

/* bed_ask checks the length of each line. */
static void test_longest_line(void **state)
{
	struct bed bed, *b = &bed;
	struct bed_conf conf = { 0 };
	struct buf name, model, rest;
	char tag[200];

	(void)state;
	bed_open(b, &plain);
	buf_init(&name, b->a);
	buf_init(&model, b->a);
	buf_init(&rest, b->a);
	for (int i = 0; i < 300; i++) {
		buf_puts(&name, "\x7f\xc3\xa4"); /* of sections */
		buf_puts(&model, "\\u0001");
	}
	buf_printf(&rest, "[upstream %s]\nmodels = any\n"
		   "url = https://openai.test/v1\n[route %s]\nuse = m\n",
		   name.p, name.p);
	conf.rest = rest.p;
	bed_reconfigure(b, &conf);
	memset(tag, '"', sizeof(tag) - 1);
	tag[sizeof(tag) - 1] = '\0';
	plays(b, "application/json", arena_printf(b->a,
		"{\"model\":\"%s\",\"choices\":[{\"index\":0,\"finish_reason\":"
		"\"%s\",\"message\":{\"role\":\"assistant\",\"content\":\"\"}}"
		"]}", model.p, model.p));
	for (int i = 0; i < 2; i++) {
		bed_ask(b, &(struct ask){
			.body = arena_printf(b->a, "{\"model\":\"%s\","
					     USER("hi") "}", model.p),
			.param = { "HTTP_X_LARDER_TAG", tag } });
		assert_int_equal(b->status, 200);
		assert_int_equal(strlen(bed_log(b, "tag")), 128);
	}
	bed_close(b);
}

/* The first line looks at the path; later ones once a second, which would
 * take a test a second: unit tests of serve/usage.h have the rest. */
static void test_log_moves(void **state)
{
	struct bed bed, *b = &bed;
	const char *moved;

	(void)state;
	bed_open(b, &plain);
	b->answer = say_count;
	moved = arena_printf(b->a, "%s.1", b->log);
	assert_int_equal(rename(b->log, moved), 0);
	bed_chat(b, NULL, CHAT);
	assert_int_equal(b->lines, 1);
	assert_logged("cache", "miss");
	bed_close(b);
}

/* Nothing of the question, the answer or a credential is written down. */
static void test_log_says_nothing(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &plain);
	plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "CANARY-2"));
	bed_chat(b, "Bearer CANARY-1",
		 "{\"model\":\"m\"," USER("CANARY-3") "}");
	assert_int_equal(b->status, 200);
	assert_false(bed_has(b->line, "CANARY"));
	bed_chat(b, "Bearer CANARY-1", "{\"CANARY-4\":}");
	assert_false(bed_has(b->line, "CANARY"));
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_miss_then_hit),
		cmocka_unit_test(test_count_costs_nothing),
		cmocka_unit_test(test_both_forms),
		cmocka_unit_test(test_unexpected_form),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_namespace_meets),
		cmocka_unit_test(test_worlds),
		cmocka_unit_test(test_many_tenants),
		cmocka_unit_test(test_site_own_credential),
		cmocka_unit_test(test_site_clients),
		cmocka_unit_test(test_tenant_clients),
		cmocka_unit_test(test_own_key_upstream),
		cmocka_unit_test(test_larder_key_stays),
		cmocka_unit_test(test_own_headers),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_edits_keep_bytes),
		cmocka_unit_test(test_routing_saves),
		cmocka_unit_test(test_broken_streams),
		cmocka_unit_test(test_broken_collected),
		cmocka_unit_test(test_usage_chunk),
		cmocka_unit_test(test_larger_than_kept),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_caller_gone),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_cache_control),
		cmocka_unit_test(test_lifetimes),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_body_member),
		cmocka_unit_test(test_header_and_member),
		cmocka_unit_test(test_when),
		cmocka_unit_test(test_stateful),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_odd_answers),
		cmocka_unit_test(test_request_id),
		cmocka_unit_test(test_model_names),
		cmocka_unit_test(test_upstream_heads),
		cmocka_unit_test(test_overload),
		cmocka_unit_test(test_passthrough),
		cmocka_unit_test(test_health),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_log_moves),
		cmocka_unit_test(test_log_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
