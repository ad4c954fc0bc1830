/* Many whose questions are classified at once: larder asks once. None of them
 * waits longer for that than it may. */
#include "share_bed.h"

#define RULE(name, ms) "[route " name "]\nmodel = " name "\nsmall = m\n" \
	"large = big\nclassifier = judge\nclassifier_timeout = " ms "\n"
#define MODELS "[upstream openai]\nurl = https://openai.test/v1\n" \
	"models = any\n" BED_ONCE \
	"[model m]\nupstream = openai\n[model big]\nupstream = openai\n" \
	"[model judge]\nupstream = openai\nname = m\n" \
	RULE("auto", "60s") RULE("hasty", "50ms")

static const struct bed_conf conf = { NULL, NULL, MODELS };
static const struct bed_conf patient = { NULL, NULL, MODELS
	"[memcached]\nservers = 0\nbudget = 1s\nsync = 1h\nwait = 60s\n" };

/* The classifier is asked the same, whatever the rule. */
#define LONG USER("Tell me which of the many towns along that coast you " \
	"would visit first if you had only a week, and why that of all.")
static const struct ask asks = { .body = "{\"model\":\"auto\"," LONG "}" };
static const struct ask hastes = { .body = "{\"model\":\"hasty\"," LONG "}" };

#define GUESTS 8

static void says(struct hall *h, int call, const char *text)
{
	up_replies(hall_call(h, call),
		   bed_reply(&h->bed[0], SHAPE_CHAT, text));
}

static void is_why(struct bed *b, struct guest *g, const char *model)
{
	assert_int_equal(guest_ends(g), 200);
	assert_string_equal(bed_head(b, "X-Larder-Model"), model);
}

static void test_once(void **state)
{
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct guest *g[GUESTS];

	(void)state;
	g[0] = hall_sends(h, 0, &asks);
	hall_call(h, 0);
	for (int i = 1; i < GUESTS; i++)
		g[i] = hall_sends(h, i % 2, &asks);
	hall_follows(h, 0, GUESTS - 1);
	says(h, 0, "simple");
	hall_follows(h, 0, 2 * (GUESTS - 1));
	says(h, 1, "Go to Lima.");
	for (int i = 0; i < GUESTS; i++)
		is_why(b, g[i], "m");
	assert_int_equal(hall_calls(h), 2);
	hall_bills(h, 2 * GUESTS, 2);
	assert_int_equal(hall_logged(h, "purpose", "classify"), GUESTS);
	assert_int_equal(hall_logged(h, "route_why", "simple"), GUESTS);
	hall_close(h);
}

/* Who leads may wait no longer; those behind it ask for themselves. */
static void test_hasty_leader(void **state)
{
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct guest *hasty, *g;

	(void)state;
	hasty = hall_sends(h, 0, &hastes);
	hall_call(h, 0);
	g = hall_sends(h, 1, &asks);
	hall_follows(h, 0, 1);
	bed_later(60);
	up_ends(hall_call(h, 0), NET_TOO_LONG);
	/* In whatever order: the one's answer and the other's classifier. */
	says(h, 1, "simple");
	says(h, 2, "simple");
	says(h, 3, "Go to Lima.");
	is_why(b, hasty, "big");
	is_why(b, g, "m");
	assert_int_equal(hall_calls(h), 4);
	hall_close(h);
}

/* Who follows may wait no longer. */
static void test_hasty_follower(void **state)
{
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct guest *hasty, *g;

	(void)state;
	g = hall_sends(h, 0, &asks);
	hall_call(h, 0);
	hasty = hall_sends(h, 1, &hastes);
	hall_follows(h, 0, 1);
	says(h, 1, "Go to Lima.");
	is_why(b, hasty, "big");
	says(h, 0, "simple");
	says(h, 2, "Go to Quito.");
	is_why(b, g, "m");
	assert_int_equal(hall_calls(h), 3);
	hall_close(h);
}

/* Nor for another host. */
static void test_hasty_host(void **state)
{
	struct hall *h = hall_open_hosts(&patient);
	struct bed *b = &h->bed[0];
	struct guest *hasty, *g;

	(void)state;
	g = hall_sends(h, 0, &asks);
	hall_call(h, 0);
	hasty = hall_sends(h, 1, &hastes);
	says(h, 1, "Go to Lima.");
	is_why(b, hasty, "big");
	says(h, 0, "simple");
	says(h, 2, "Go to Quito.");
	is_why(b, g, "m");
	assert_int_equal(hall_calls(h), 3);
	hall_close(h);
}

/* Each leads a flight of its own meanwhile, in which others wait for it. */
static void test_within(void **state)
{
	static const struct ask one = { .body = "{\"model\":\"judged\","
		"\"max_tokens\":90," USER("hi") "}" };
	static const struct ask two = { .body = "{\"model\":\"judged\","
		"\"max_tokens\":91," USER("hi") "}" };
	static const struct bed_conf judged = { NULL, NULL, MODELS
		"[route judged]\nmodel = judged\nuse = m then big if weak\n"
		"judge = judge\njudge_timeout = 60s\n" };
	struct hall *h = hall_open(&judged);
	struct bed *b = &h->bed[0];
	struct guest *g[4];

	(void)state;
	for (int i = 0; i < 2; i++) {
		g[2 * i] = hall_sends(h, i, i ? &one : &two);
		hall_call(h, i);
		g[2 * i + 1] = hall_sends(h, i, i ? &one : &two);
		hall_follows(h, 0, (uint64_t)i + 1);
	}
	says(h, 0, "Fine.");
	says(h, 1, "Fine.");
	/* Both ask the judge, and one of them is heard. */
	hall_follows(h, 0, 2 + 1);
	says(h, 2, "good");
	for (int i = 0; i < 4; i++) {
		is_why(b, g[i], "m");
		assert_says("Fine.");
	}
	assert_int_equal(hall_calls(h), 3);
	hall_bills(h, 8, 3);
	/* They are kept, and their flights have landed. */
	assert_int_equal(guest_ends(hall_sends(h, 1, &one)), 200);
	assert_hit();
	hall_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_hasty_leader),
		cmocka_unit_test(test_hasty_follower),
		cmocka_unit_test(test_hasty_host),
		cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
