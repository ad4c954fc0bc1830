/* Answers that have expired: given when the upstream fails, or while they are
 * asked for again; and how long what is fresh. */
#include "corridor_bed.h"

#include <stdio.h>
#include <stdlib.h>

#define OLD "ttl = 20ms\n"
#define STREAM "{\"model\":\"m\",\"stream\":true," USER("hi") "}"

static void store_one(struct bed *b, const char *text)
{
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, text));
	bed_chat(b, NULL, CHAT);
	assert_cache("fwd=miss; stored");
	bed_later(25);
}

static void upstream_fails(struct bed *b, int status, enum net_end end)
{
	b->play = (struct play){ .status = status, .end = end,
				 .type = "application/json",
				 .body = "{\"error\":{\"message\":\"no\"}}" };
}

static const struct failure {
	int status;
	enum net_end end;
	bool spared;
} failures[] = {
	{ 0, NET_NO_CONNECT, true },  { 0, NET_NO_FIRST_BYTE, true },
	{ 500, NET_DONE, true },      { 503, NET_DONE, true },
	{ 529, NET_DONE, true },      { 429, NET_DONE, true },
	{ 408, NET_DONE, true },      { 200, NET_BROKEN, true },
	{ 400, NET_DONE, false },     { 401, NET_DONE, false },
	{ 404, NET_DONE, false },     { 413, NET_DONE, false },
};

static void test_stale_if_error(void **state)
{
	const struct bed_conf conf = { NULL, OLD "stale_if_error = 1h", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	store_one(b, "old");
	for (size_t i = 0; i < COUNT(failures); i++) {
		const struct failure *f = &failures[i];

		upstream_fails(b, f->status, f->end);
		bed_chat(b, NULL, CHAT);
		if (!f->spared) {
			assert_int_equal(b->status, f->status);
			assert_cache("fwd=miss");
			assert_logged("cache", "miss");
			continue;
		}
		assert_int_equal(b->status, 200);
		assert_hit();
		assert_true(bed_has(b->head, "detail=stale"));
		assert_non_null(bed_head(b, "X-Larder-Degraded"));
		assert_null(bed_head(b, "Retry-After"));
		assert_says("old");
		assert_logged("cache", "stale");
		assert_logged("status", "200");
		/* But one that began to answer is paid for. */
		if (f->status == 200)
			assert_true(atof(bed_log(b, "cost_usd")) > 0);
		else
			assert_logged("cost_usd", "0");
		assert_logged("attempts", "1");
		/* In the other form as well. */
		bed_chat(b, NULL, STREAM);
		assert_int_equal(b->status, 200);
		assert_true(bed_has(b->body, "data: [DONE]"));
	}
	bed_close(b);
}

/* Who wants it fresh wants the error rather than what is old. */
static void test_no_spare_for(void **state)
{
	static const char *const wants[] = { "no-cache", "max-age=0" };
	const struct bed_conf conf = { NULL, OLD "stale_if_error = 1h", NULL };
	const struct bed_conf none = { NULL, OLD "stale_if_error = 0", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	store_one(b, "old");
	upstream_fails(b, 500, NET_DONE);
	for (size_t i = 0; i < COUNT(wants); i++) {
		struct ask q = { .body = CHAT, .param = {
			"HTTP_CACHE_CONTROL", wants[i] } };

		assert_int_equal(bed_ask(b, &q), 500);
	}
	bed_reconfigure(b, &none);
	assert_int_equal(bed_chat(b, NULL, CHAT), 500);
	assert_int_equal(bed_chat(b, "Bearer other", CHAT), 500);
	bed_close(b);
}

/* A stream that has begun cannot be taken back. */
static void test_too_late_to_spare(void **state)
{
	const struct bed_conf conf = { NULL, OLD "stale_if_error = 1h", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	store_one(b, "old");
	bed_plays(b, SSE, "data: {\"choices\":[{\"index\":0,\"delta\":"
			  "{\"content\":\"new\"}}]}\n\n");
	b->play.end = NET_BROKEN;
	bed_chat(b, NULL, STREAM);
	assert_says("new");
	assert_says("\"error\"");
	assert_false(bed_has(b->body, "old"));
	assert_logged("cache", "miss");
	bed_close(b);
}

static void test_while_revalidate(void **state)
{
	const struct bed_conf conf = { NULL, "ttl = 300ms\n"
				       "stale_while_revalidate = 1h", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	store_one(b, "old");
	bed_later(300);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "new"));
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_true(bed_has(b->head, "detail=stale"));
	assert_says("old");
	assert_logged("cache", "stale");
	/* The caller was let go before anybody was asked. */
	assert_true(b->finished);
	assert_int_equal(b->calls_before, 1);
	assert_int_equal(b->calls, 2);
	assert_int_equal(b->behind, 1);
	bed_chat(b, NULL, CHAT);
	assert_hit();
	assert_true(bed_has(b->head, "detail=local"));
	assert_says("new");
	assert_false(b->finished);
	assert_int_equal(b->calls, 2);
	bed_close(b);
}

/* What a refresh gets that is no answer leaves the old one where it is; and
 * an upstream that fails is not asked again behind each of its answers. */
static void test_failed_refresh(void **state)
{
	const struct bed_conf conf = { NULL, OLD
				       "stale_while_revalidate = 1h", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	store_one(b, "old");
	upstream_fails(b, 500, NET_DONE);
	for (int i = 0; i < 3; i++) {
		bed_chat(b, NULL, CHAT);
		assert_int_equal(b->status, 200);
		assert_says("old");
		assert_int_equal(b->calls, 2);
		assert_int_equal(b->finished, i == 0);
	}
	bed_close(b);
}

/* A door that cannot let its caller go: nobody waits for a refresh. */
static void test_door_holds_on(void **state)
{
	const struct bed_conf conf = { NULL, OLD
				       "stale_while_revalidate = 1h", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	store_one(b, "old");
	b->holds_on = true;
	bed_chat(b, NULL, CHAT);
	assert_says("old");
	assert_int_equal(b->calls, 1);
	bed_close(b);
}

/* A worker that ends has answers to renew, but no time. */
static void test_door_drops(void **state)
{
	const struct bed_conf conf = { NULL, OLD
				       "stale_while_revalidate = 1h", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	store_one(b, "old");
	b->drops = true;
	bed_chat(b, NULL, CHAT);
	assert_says("old");
	assert_true(b->finished);
	assert_int_equal(b->calls, 1);
	assert_int_equal(b->behind, 0);
	bed_close(b);
}

static void takes_a_while(struct bed *b, struct play *p)
{
	(void)p;
	(void)b;
	bed_later(100);
}

static void test_early_refresh(void **state)
{
	const struct bed_conf conf = { NULL, "ttl = 1s\n"
				       "stale_while_revalidate = 0\n"
				       "early_refresh = yes", NULL };
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "old"));
	b->answer = takes_a_while;
	bed_chat(b, NULL, CHAT);
	while (b->calls < 2) {
		bed_chat(b, NULL, CHAT);
		assert_hit();
		assert_true(bed_has(b->head, "detail=local"));
	}
	bed_close(b);
}

static void test_ttl_of_a_model(void **state)
{
	const struct bed_conf conf = { NULL, "ttl = 1h",
		BED_UPSTREAMS "[model m]\nupstream = openai\nttl = 2h\n"
		"[model e]\nupstream = openai\nttl = 0\n" };
	const struct { const char *model, *ttl; int min; } cases[] = {
		{ "m", NULL, 7198 }, { "m", "60", 58 }, { "x", NULL, 3598 },
		{ "e", NULL, -1 }, { "e", "60", 58 }, { "m", "0", -1 },
	};
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &conf);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "hi"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ask q = {
			.body = arena_printf(b->a, "{\"model\":\"%s\","
				USER("hi%d") "}", cases[i].model, (int)i),
			.param = { cases[i].ttl ? "HTTP_X_LARDER_TTL" : "X",
				   cases[i].ttl },
		};
		const char *ttl;

		bed_ask(b, &q);
		bed_ask(b, &q);
		if (cases[i].min < 0) {
			assert_cache("fwd=miss");
			continue;
		}
		assert_hit();
		ttl = strstr(bed_cache(b), "ttl=");
		assert_in_range(atoi(ttl + 4), cases[i].min,
				cases[i].min + 2);
	}
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stale_if_error),
		cmocka_unit_test(test_no_spare_for),
		cmocka_unit_test(test_too_late_to_spare),
		cmocka_unit_test(test_while_revalidate),
		cmocka_unit_test(test_failed_refresh),
		cmocka_unit_test(test_door_holds_on),
		cmocka_unit_test(test_door_drops),
		cmocka_unit_test(test_early_refresh),
		cmocka_unit_test(test_ttl_of_a_model),
	};

	return cmocka_run_group_tests_name("corridor_fresh", tests, NULL,
					   NULL);
}
