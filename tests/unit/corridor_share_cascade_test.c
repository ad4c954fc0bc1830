/* Many who ask the same at once of `m then big if weak`: one call to each at
 * most, and nobody is told anything of an answer that is held back. */
#include "share_bed.h"

static const struct bed_conf conf = { NULL, NULL,
	"[upstream openai]\nurl = https://openai.test/v1\nmodels = any\n"
	BED_ONCE "[route up]\nmodel = auto\nuse = m then big if weak\n" };

#define AUTO(more) "{\"model\":\"auto\"," more USER("hi") "}"
#define GUESTS 6

static const struct ask plain = { .body = AUTO("") };
static const struct ask stream = { .body = AUTO("\"stream\":true,") };
static const struct ask json_stream = { .body = AUTO("\"stream\":true,"
	"\"response_format\":{\"type\":\"json_object\"},") };

static struct upcall *all_ask(struct hall *h, struct guest **g,
			      const struct ask *first, const struct ask *rest)
{
	struct upcall *u;

	g[0] = hall_sends(h, 0, first);
	u = hall_call(h, 0);
	for (int i = 1; i < GUESTS; i++)
		g[i] = hall_sends(h, i % 2, rest);
	hall_follows(h, 0, GUESTS - 1);
	return u;
}

/* The leader stays for those who wait, although its own caller's answer is
 * known to be weak; then they follow it to the better one. */
static void weak(const struct ask *first, const struct ask *rest)
{
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct guest *g[GUESTS];
	struct upcall *u = all_ask(h, g, first, rest);

	if (first == &plain) {
		up_replies(u, bed_reply(b, SHAPE_CHAT, "I'm sorry, but I "
					"can't help with that."));
	} else {
		assert_int_equal(up_head(u, 200, SSE, NULL), 0);
		assert_int_equal(up_data(u, DELTA("I'm sorry, but I can't")),
				 0);
		assert_int_equal(up_data(u, DELTA(" help with that.")), 0);
		assert_int_equal(up_data(u, STOP USAGE DONE), 0);
		up_ends(u, NET_DONE);
	}
	u = hall_call(h, 1);
	hall_follows(h, 0, 2 * (GUESTS - 1));
	if (first == &plain)
		up_replies(u, bed_reply(b, SHAPE_CHAT, "I am big."));
	else
		up_streams(u, bed_stream(b, SHAPE_CHAT, "I am big."));
	for (int i = 0; i < GUESTS; i++) {
		assert_int_equal(guest_ends(g[i]), 200);
		assert_says("I am big.");
		assert_false(bed_has(b->body, "sorry"));
		assert_null(bed_head(b, "X-Larder-Degraded"));
	}
	assert_int_equal(hall_calls(h), 2);
	/* One paid for both: 20 and 200. */
	hall_bills(h, GUESTS, 11);
	assert_int_equal(hall_logged(h, "cache", "collapsed"), GUESTS - 1);
	assert_int_equal(hall_logged(h, "weak_model", "m"), 1);
	guest_ends(hall_sends(h, 1, rest));
	assert_hit();
	assert_int_equal(hall_calls(h), 2);
	hall_close(h);
}

static void test_weak(void **state)
{
	(void)state;
	weak(&plain, &plain);
	weak(&stream, &stream);
	weak(&stream, &plain);
	weak(&plain, &stream);
}

/* What was held goes to all of them as soon as it is good. */
static void test_good(void **state)
{
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct guest *g[GUESTS];
	struct upcall *u = all_ask(h, g, &stream, &stream);

	(void)state;
	assert_int_equal(up_head(u, 200, SSE, NULL), 0);
	assert_int_equal(up_data(u, DELTA("")), 0);
	assert_int_equal(up_data(u, DELTA("I can")), 0);
	assert_int_equal(up_data(u, DELTA(" do that.")), 0);
	for (int i = 0; i < GUESTS; i++)
		guest_hears(g[i], " do that.");
	assert_int_equal(up_data(u, DELTA(" It is") STOP USAGE DONE), 0);
	up_ends(u, NET_DONE);
	for (int i = 0; i < GUESTS; i++) {
		assert_int_equal(guest_ends(g[i]), 200);
		assert_str(b->body, ": larder\n\n" DELTA("") DELTA("I can")
			   DELTA(" do that.") DELTA(" It is") STOP DONE);
	}
	assert_int_equal(hall_calls(h), 1);
	hall_bills(h, GUESTS, 1);
	hall_close(h);
}

/* And at its end, where it is held so long. */
static void test_good_at_end(void **state)
{
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct guest *g[GUESTS];
	struct upcall *u = all_ask(h, g, &json_stream, &json_stream);

	(void)state;
	up_streams(u, DELTA("{") DELTA("}") STOP USAGE DONE);
	for (int i = 0; i < GUESTS; i++) {
		assert_int_equal(guest_ends(g[i]), 200);
		assert_str(b->body, DELTA("{") DELTA("}") STOP DONE);
	}
	assert_int_equal(hall_calls(h), 1);
	hall_bills(h, GUESTS, 1);
	hall_close(h);
}

/* The better one fails: each has the weak answer, and none of it is kept. */
static void test_better_fails(void **state)
{
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct guest *g[GUESTS];
	struct upcall *u = all_ask(h, g, &plain, &plain);
	const struct play oops = { .status = 500, .type = "application/json",
		.body = "{\"error\":{\"message\":\"oops\"}}" };

	(void)state;
	up_replies(u, bed_reply(b, SHAPE_CHAT, " "));
	u = hall_call(h, 1);
	hall_follows(h, 0, 2 * (GUESTS - 1));
	up_plays(u, &oops);
	for (int i = 0; i < GUESTS; i++) {
		assert_int_equal(guest_ends(g[i]), 200);
		assert_says("\"content\":\" \"");
		assert_non_null(bed_head(b, "X-Larder-Degraded"));
	}
	assert_int_equal(hall_calls(h), 2);
	hall_bills(h, GUESTS, 1);
	h->plays = true;
	h->bed[0].play = (struct play){ .status = 200,
		.type = "application/json",
		.body = bed_reply(b, SHAPE_CHAT, "I am back.") };
	guest_ends(hall_sends(h, 0, &plain));
	assert_cache("fwd=miss; stored");
	assert_says("I am back.");
	hall_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_good_at_end),
		cmocka_unit_test(test_better_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
