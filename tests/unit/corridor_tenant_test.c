/* Whose answers: nobody gets what was said to somebody else. */
#include "corridor_bed.h"

#include <stdio.h>
#include <stdlib.h>

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
	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = bed_reply(b, bed_shape(b),
			    arena_printf(b->a, "for %d.", stranger));
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
	bed_open(b, &bed_plain);
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
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
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
	b->answer = bed_says_count;
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
	bed_open(b, &bed_plain);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_namespace_meets),
		cmocka_unit_test(test_worlds),
		cmocka_unit_test(test_many_tenants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
