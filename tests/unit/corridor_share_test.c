/* One call for all who ask the same at once: what each is given, what it is
 * told of it, and what it costs. */
#include "share_bed.h"

#include <stdio.h>

static const struct ask chat = { .body = CHAT };
static const struct ask stream = { .body = STREAM };

#define ASKING 24 /* at once */
#define EVENTS 400

/* -- whole ---------------------------------------------------------------- */

/* Events enough for several pieces of a flight, each known by its number. */
static const char *many_events(struct bed *b)
{
	struct buf t;

	buf_init(&t, b->a);
	for (int i = 0; i < EVENTS; i++)
		buf_printf(&t, DELTA("<%d>%0200d"), i, i);
	buf_puts(&t, STOP USAGE DONE);
	return arena_cstr(b->a, buf_view(&t));
}

/* All that was said, in order and nothing twice. */
static void assert_all_events(struct bed *b)
{
	struct str rest = b->body;
	char text[16];

	for (int i = 0; i < EVENTS; i++) {
		const char *at;

		snprintf(text, sizeof(text), "<%d>", i);
		at = memmem(rest.p, rest.n, text, strlen(text));
		assert_non_null(at);
		rest = str_from(rest, (size_t)(at - rest.p) + 1);
		assert_null(memmem(rest.p, rest.n, text, strlen(text)));
	}
}

static void assert_form(struct bed *b, bool streams)
{
	assert_string_equal(bed_head(b, "Content-Type"),
			    streams ? "text/event-stream; charset=utf-8" :
				      "application/json");
	assert_int_equal(bed_has(b->body, DONE), streams);
	assert_int_equal(bed_has(b->body, "\"chat.completion\""), !streams);
}

/* Who leads asks for a stream or not; the others for this and that, in two
 * processes. */
static void ask_at_once(bool streams)
{
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	struct guest *g[ASKING];
	struct upcall *u;

	g[0] = hall_sends(h, 0, streams ? &stream : &chat);
	u = hall_call(h, 0);
	for (int i = 1; i < ASKING; i++)
		g[i] = hall_sends(h, i % 2, i % 3 ? &stream : &chat);
	hall_follows(h, 0, ASKING - 1);
	if (streams)
		up_streams(u, many_events(b));
	else
		up_replies(u, bed_reply(b, SHAPE_CHAT, "all of it"));
	for (int i = 0; i < ASKING; i++) {
		assert_int_equal(guest_ends(g[i]), 200);
		assert_form(b, i ? i % 3 != 0 : streams);
		if (streams)
			assert_all_events(b);
		else
			assert_says("all of it");
		assert_cache(i ? "fwd=miss; collapsed" :
			     streams ? "fwd=miss" : "fwd=miss; stored");
	}
	assert_int_equal(hall_calls(h), 1);
	hall_bills(h, ASKING, 1);
	assert_int_equal(hall_logged(h, "cache", "miss"), 1);
	assert_int_equal(hall_logged(h, "cache", "collapsed"), ASKING - 1);
	assert_int_equal(hall_logged(h, "cost_usd", "0"), ASKING - 1);
	assert_int_equal(hall_logged(h, "saved_usd", "0.00002"), ASKING - 1);
	assert_int_equal(hall_logged(h, "saved_by", "collapsed"), ASKING - 1);
	assert_int_equal(hall_logged(h, "attempts", "1"), 1);
	assert_int_equal(hall_logged(h, "attempts", "0"), ASKING - 1);
	/* It was stored, and its memos with it. */
	guest_ends(hall_sends(h, 1, &stream));
	assert_hit();
	guest_ends(hall_sends(h, 0, &chat));
	assert_hit();
	assert_int_equal(hall_calls(h), 1);
	hall_close(h);
}

static void test_at_once_streamed(void **state)
{
	(void)state;
	ask_at_once(true);
}

static void test_at_once_plain(void **state)
{
	(void)state;
	ask_at_once(false);
}

/* What each is told of the money; a follower's head is the leader's. */
static void test_heads(void **state)
{
	static const char *const heads[] = { "x-request-id", "up-1",
		"x-ratelimit-remaining", "7", NULL };
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	struct guest *l, *f;
	struct upcall *u;

	(void)state;
	l = hall_sends(h, 0, &chat);
	u = hall_call(h, 0);
	f = hall_sends(h, 1, &chat);
	hall_follows(h, 0, 1);
	up_plays(u, &(struct play){ .status = 200, .header = heads,
		.type = "application/json",
		.body = bed_reply(b, SHAPE_CHAT, "yes") });
	guest_ends(l);
	assert_string_equal(bed_head(b, "X-Larder-Cost"), "0.00002");
	assert_null(bed_head(b, "X-Larder-Saved"));
	guest_ends(f);
	assert_string_equal(bed_head(b, "X-Larder-Cost"), "0");
	assert_string_equal(bed_head(b, "X-Larder-Saved"), "0.00002");
	assert_string_equal(bed_head(b, "x-ratelimit-remaining"), "7");
	assert_string_equal(bed_head(b, "x-request-id"), "up-1");
	hall_close(h);
}

/* Every dialect, leader and followers in either form. */
static void test_dialects(void **state)
{
	static const struct {
		const char *uri;
		enum shape shape;
	} rows[] = {
		{ "/v1/chat/completions", SHAPE_CHAT },
		{ "/v1/messages", SHAPE_MESSAGES },
		{ "/v1/responses", SHAPE_RESPONSES },
		{ "/v1/completions", SHAPE_COMPLETION },
	};
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	uint64_t follows = 0;

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		bool streams = i % 2;
		enum shape s = rows[i / 2].shape;
		struct ask q[2];
		struct guest *g[3];
		struct upcall *u;

		for (int j = 0; j < 2; j++)
			q[j] = (struct ask){
				.uri = rows[i / 2].uri,
				.body = arena_printf(b->a, "{\"model\":\"m\","
					"\"max_tokens\":9,\"stream\":%s,"
					"\"input\":\"%zu\",\"prompt\":\"%zu\","
					USER("hi") "}", j ? "true" : "false",
					i, i) };
		g[0] = hall_sends(h, 0, &q[streams]);
		u = hall_call(h, (int)i);
		g[1] = hall_sends(h, 1, &q[0]);
		g[2] = hall_sends(h, 0, &q[1]);
		follows += 2;
		hall_follows(h, 0, follows);
		if (streams)
			up_streams(u, bed_stream(b, s, "said this"));
		else
			up_replies(u, bed_reply(b, s, "said this"));
		for (int j = 0; j < 3; j++) {
			assert_int_equal(guest_ends(g[j]), 200);
			assert_says("said this");
			assert_int_equal(bed_has(b->body, "data: "),
					 j == 2 || (j == 0 && streams));
		}
	}
	hall_bills(h, 3 * 2 * COUNT(rows), 2 * COUNT(rows));
	hall_close(h);
}

/* -- as it comes ---------------------------------------------------------- */

static void test_joins_mid_stream(void **state)
{
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	struct guest *l, *f, *late;
	struct upcall *u;

	(void)state;
	l = hall_sends(h, 0, &stream);
	u = hall_call(h, 0);
	assert_int_equal(up_head(u, 200, SSE, NULL), 0);
	assert_int_equal(up_data(u, DELTA("one") DELTA("two")), 0);
	guest_hears(l, "two");
	/* The upstream is silent, and yet it has the beginning. */
	f = hall_sends(h, 1, &stream);
	guest_hears(f, "one");
	guest_hears(f, "two");
	assert_int_equal(up_data(u, DELTA("three")), 0);
	guest_hears(f, "three");
	late = hall_sends(h, 0, &stream);
	guest_hears(late, "three");
	assert_int_equal(up_data(u, DELTA("four") STOP USAGE DONE), 0);
	up_ends(u, NET_DONE);
	for (size_t i = 0; i < h->nguests; i++) {
		assert_int_equal(guest_ends(h->guest[i]), 200);
		assert_str(b->body, ": larder\n\n" DELTA("one") DELTA("two")
			   DELTA("three") DELTA("four") STOP DONE);
	}
	hall_bills(h, 3, 1);
	hall_close(h);
}

/* -- what is no answer ---------------------------------------------------- */

#define NO "{\"error\":{\"message\":\"no\",\"type\":\"t\"}}"

static const struct {
	int status;          /* of the upstream */
	enum net_end end;
	bool client;         /* a larder key, and the provider's is used */
	int told;            /* the status that all get */
	const char *says, *retry;
} errors[] = {
	{ 400, NET_DONE, false, 400, "\"no\"", "3" },
	{ 401, NET_DONE, false, 401, "\"no\"", "3" },
	{ 401, NET_DONE, true, 502, "larder's own key", NULL },
	{ 403, NET_DONE, true, 403, "larder's account", NULL },
	{ 429, NET_DONE, false, 429, "\"no\"", "3" },
	{ 429, NET_DONE, true, 429, "\"no\"", "3" },
	{ 500, NET_DONE, false, 500, "\"no\"", "3" },
	{ 529, NET_DONE, true, 529, "\"no\"", "3" },
	{ 302, NET_DONE, false, 502, "redirect", NULL },
	{ 0, NET_NO_CONNECT, false, 502, "could not be reached", NULL },
	{ 0, NET_NO_FIRST_BYTE, true, 504, "in time", NULL },
	{ 500, NET_BROKEN, false, 502, "too early", NULL },
	{ 500, NET_STALLED, false, 504, "in the middle", NULL },
};

static void fail_all(struct hall *h, size_t i, const char *client)
{
	static const char *const heads[] = { "Retry-After", "3", NULL };
	struct bed *b = &h->bed[0];
	struct ask q[2];
	struct guest *g[4];
	int calls = hall_calls(h);
	uint64_t follows = hall_count(h, 0, BOARD_FLIGHT_FOLLOWS);
	struct upcall *u;

	for (int j = 0; j < 2; j++)
		q[j] = (struct ask){
			.auth = errors[i].client ? client : "Bearer own",
			.body = arena_printf(b->a, "{\"model\":\"%s\","
				"\"stream\":%s," USER("%zu") "}",
				errors[i].client ? "ours" : "m",
				j ? "true" : "false", i) };
	g[0] = hall_sends(h, 0, &q[i % 2]);
	u = hall_call(h, calls);
	for (int j = 1; j < 4; j++)
		g[j] = hall_sends(h, j % 2, &q[j % 2]);
	hall_follows(h, 0, follows + 3);
	up_plays(u, &(struct play){ .status = errors[i].status, .header = heads,
		.type = "application/json", .body = NO, .end = errors[i].end });
	for (int j = 0; j < 4; j++) {
		assert_int_equal(guest_ends(g[j]), errors[i].told);
		assert_says(errors[i].says);
		assert_false(bed_has(b->head, "stored"));
		if (errors[i].retry)
			assert_string_equal(bed_head(b, "Retry-After"),
					    errors[i].retry);
		else
			assert_null(bed_head(b, "Retry-After"));
	}
	assert_int_equal(hall_calls(h), calls + 1);
	hall_bills(h, 4, 0);
	assert_int_equal(hall_logged(h, "cache", "collapsed"), 3);
	assert_int_equal(hall_logged(h, "saved_usd", "(absent)"), 4);
	/* Nothing was kept. */
	g[0] = hall_sends(h, 0, &q[0]);
	up_replies(hall_call(h, calls + 1), bed_reply(b, SHAPE_CHAT, "yes"));
	assert_int_equal(guest_ends(g[0]), 200);
	assert_cache("fwd=miss; stored");
	hall_bills(h, 1, 1);
}

static void test_errors(void **state)
{
	const struct bed_conf conf = { NULL, "ttl = 1h",
		"[upstream openai]\nurl = https://openai.test/v1\n"
		"models = any\n" BED_ONCE "[upstream ours]\n" BED_ONCE
		"url = https://ours.test/v1\nkey_file = %1$s/key\n"
		"[model ours]\nupstream = ours\nname = m\n" };
	struct hall *h = hall_open(&conf);
	const char *client = bed_client(&h->bed[0], "somebody");

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++)
		fail_all(h, i, client);
	hall_close(h);
}

#define OOPS "data: {\"error\":{\"message\":\"oops\"}}\n\n"

static const struct {
	const char *rest;   /* of the stream, behind its first event */
	enum net_end end;
	const char *says;   /* larder or the upstream, to who streams */
} broken[] = {
	{ "", NET_BROKEN, "ended too early" },
	{ "", NET_DONE, "ended too early" },
	{ "", NET_STALLED, NULL }, /* its leader alone knows how it broke */
	{ DELTA("x") "data: {\"cho", NET_BROKEN, "ended too early" },
	{ OOPS, NET_DONE, "oops" },
	{ OOPS DONE, NET_DONE, "oops" },
};

/* Who follows the events sees the end that the leader sees; who waits for
 * the whole gets an error. Nobody gets a clean end, and nothing is kept. */
static void break_all(struct hall *h, size_t i)
{
	struct bed *b = &h->bed[0];
	struct ask q[2];
	struct guest *g[3];
	int calls = hall_calls(h);
	struct upcall *u;

	for (int j = 0; j < 2; j++)
		q[j].body = arena_printf(b->a, "{\"model\":\"m\","
			"\"stream\":%s," USER("%zu") "}",
			j ? "true" : "false", i);
	q[0].auth = q[1].auth = arena_printf(b->a, "Bearer %zu", i);
	memset(q[0].param, 0, sizeof(q[0].param));
	memset(q[1].param, 0, sizeof(q[1].param));
	g[0] = hall_sends(h, 0, &q[1]);
	u = hall_call(h, calls);
	up_head(u, 200, SSE, NULL);
	up_data(u, DELTA("part"));
	g[1] = hall_sends(h, 1, &q[1]);
	guest_hears(g[1], "part");
	g[2] = hall_sends(h, 1, &q[0]);
	hall_follows(h, 0, 2 * i + 2);
	if (!*broken[i].rest || up_data(u, broken[i].rest) == 0)
		up_ends(u, broken[i].end);
	for (int j = 0; j < 2; j++) {
		assert_int_equal(guest_ends(g[j]), 200);
		assert_says("part");
		assert_says(broken[i].says ? broken[i].says :
			    j ? "ended too early" : "in the middle");
	}
	assert_int_equal(guest_ends(g[2]), 502);
	assert_int_equal(hall_calls(h), calls + 1);
	hall_bills(h, 3, 0);
	g[0] = hall_sends(h, 0, &q[0]);
	up_replies(hall_call(h, calls + 1), bed_reply(b, SHAPE_CHAT, "new"));
	assert_int_equal(guest_ends(g[0]), 200);
	assert_says("new");
	hall_bills(h, 1, 1);
}

static void test_broken_streams(void **state)
{
	struct hall *h = hall_open(&bed_plain);

	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++)
		break_all(h, i);
	hall_close(h);
}

/* -- what is not kept ----------------------------------------------------- */

static int lately(void *ctx, const struct key *k, const struct entry *e)
{
	(void)k;
	if (str_eq(e->bytes, STR("lately"))) {
		assert_int_equal(e->expires_ms - e->born_ms, 60000);
		++*(int *)ctx;
	}
	return 0;
}

static int count_lately(struct hall *h)
{
	struct arena *a = arena_new();
	int n = 0;

	store_each(h->site[0]->store, a, 0, lately, &n);
	arena_free(&a);
	return n;
}

/* For a minute nobody waits for anybody else's. */
static void nobody_waits(struct hall *h, const char *body, int called)
{
	struct guest *g[3];

	for (int i = 0; i < 3; i++)
		g[i] = hall_sends(h, i % 2, &chat);
	hall_call(h, called + 2); /* none was answered yet */
	for (int i = 0; i < 3; i++)
		up_replies(hall_call(h, called + i), body);
	for (int i = 0; i < 3; i++)
		assert_int_equal(guest_ends(g[i]), 200);
	assert_int_equal(count_lately(h), 1);
}

/* Larger than may be kept: it goes to the leader as it comes, and who waits
 * for it must ask. */
static void test_too_large(void **state)
{
	const struct bed_conf small = { "max_reply = 1K", NULL, NULL };
	struct hall *h = hall_open(&small);
	struct bed *b = &h->bed[0];
	struct guest *l, *f[3];
	const char *body;
	struct upcall *u;
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	body = bed_reply(b, SHAPE_CHAT, text);
	l = hall_sends(h, 0, &chat);
	u = hall_call(h, 0);
	for (int i = 0; i < 3; i++)
		f[i] = hall_sends(h, i % 2, &chat);
	hall_follows(h, 0, 3);
	up_replies(u, body);
	assert_int_equal(guest_ends(l), 200);
	assert_str(b->body, body);
	hall_call(h, 3); /* all of them, at once */
	for (int i = 1; i < 4; i++)
		up_replies(hall_call(h, i), body);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(guest_ends(f[i]), 200);
		assert_str(b->body, body);
		assert_cache("fwd=miss");
	}
	nobody_waits(h, body, 4);
	hall_bills(h, 7, 0); /* what it cost was not read */
	assert_int_equal(hall_logged(h, "cache", "miss"), 7);
	hall_close(h);
}

/* JSON, but no answer: for those who wait, and for nobody later. */
static void test_no_answer(void **state)
{
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	struct guest *l, *f;
	struct upcall *u;

	(void)state;
	l = hall_sends(h, 0, &chat);
	u = hall_call(h, 0);
	f = hall_sends(h, 1, &chat);
	hall_follows(h, 0, 1);
	up_replies(u, "{\"not\":\"kept\"}");
	assert_int_equal(guest_ends(l), 200);
	assert_int_equal(guest_ends(f), 200);
	assert_str(b->body, "{\"not\":\"kept\"}");
	assert_int_equal(hall_calls(h), 1);
	nobody_waits(h, "{\"not\":\"kept\"}", 1);
	hall_bills(h, 5, 0);
	hall_close(h);
}

/* -- in a hurry ----------------------------------------------------------- */

/* No order at all: whoever comes first leads, whoever comes too late for it
 * finds the answer. */
static void test_rush(void **state)
{
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	int questions = 3, each = 8;

	(void)state;
	bed_plays(b, SSE, bed_stream(b, SHAPE_CHAT, "yes"));
	h->plays = true;
	for (int i = 0; i < questions * each; i++) {
		struct ask *q = arena_new_n(b->a, struct ask, 1);

		q->body = arena_printf(b->a, "{\"model\":\"m\",\"stream\":%s,"
				       USER("%d") "}", i % 2 ? "true" :
				       "false", i % questions);
		hall_sends(h, i % 2, q);
	}
	for (size_t i = 0; i < h->nguests; i++) {
		assert_int_equal(guest_ends(h->guest[i]), 200);
		assert_says("yes");
	}
	assert_int_equal(hall_calls(h), questions);
	hall_bills(h, (size_t)(questions * each), questions);
	assert_int_equal(hall_logged(h, "cache", "miss"), questions);
	hall_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once_streamed),
		cmocka_unit_test(test_at_once_plain),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_dialects),
		cmocka_unit_test(test_joins_mid_stream),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_broken_streams),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_rush),
	};

	return cmocka_run_group_tests_name("corridor_share", tests, NULL,
					   NULL);
}
