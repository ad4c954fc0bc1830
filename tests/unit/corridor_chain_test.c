/* One target after the other: what was made for one of them is not said of
 * the next. */
#include "corridor_bed.h"

#define ONE(name) "[upstream " name "]\nurl = https://" name ".test/v1\n" \
	BED_ONCE
#define MODELS ONE("u") "[prompt_cache]\nopenai = off\n" \
	"[model a]\nupstream = u\nfallback = c\n" \
	"[model b]\nupstream = u\nfallback = c\n[model c]\nupstream = u\n"

#define OOPS "{\"error\":{\"message\":\"oops\",\"type\":\"server_error\"}}"

static const char *failing; /* the models that do */

static void by_model(struct bed *b, struct play *p)
{
	struct json_error err;
	struct json doc;
	struct str name;

	assert_int_equal(json_parse(&doc, b->a, b->net.body, &err), 0);
	name = json_string(&doc, json_get(&doc, 0, "model"), b->a);
	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = bed_reply(b, SHAPE_CHAT, arena_cstr(b->a, name));
	if (strstr(failing, arena_cstr(b->a, name))) {
		p->status = 500;
		p->body = OOPS;
	}
}

static void opens(struct bed *b, const char *cache, const char *rest)
{
	bed_open(b, &(struct bed_conf){ NULL, cache, rest });
	b->answer = by_model;
	failing = "";
}

static int asks(struct bed *b, const char *model, const char *messages)
{
	return bed_chat(b, NULL, arena_printf(b->a, "{\"model\":\"%s\",%s}",
					      model, messages));
}

/* Of the first nothing is left where the second one's answer was found. */
static void test_fit(void **state)
{
	static const char turn[] = "{\"role\":\"user\",\"content\":\"one two "
		"three four five six seven eight nine ten eleven twelve "
		"thirteen fourteen fifteen sixteen seventeen\"},{\"role\":"
		"\"assistant\",\"content\":\"Fine.\"},";
	struct bed bed, *b = &bed;
	const char *talk;

	(void)state;
	opens(b, NULL, MODELS "[history]\nmax_tokens = 60\nkeep_last = 1\n");
	talk = arena_printf(b->a, "\"messages\":[%s%s%s{\"role\":\"user\","
			    "\"content\":\"And?\"}]", turn, turn, turn);
	assert_int_equal(asks(b, "c", talk), 200);
	assert_non_null(bed_log(b, "trimmed_messages"));
	failing = "a";
	assert_int_equal(asks(b, "a", talk), 200);
	assert_says("\"content\":\"c\"");
	assert_int_equal(b->calls, 2);
	assert_logged("fallback_from", "a");
	assert_logged("trimmed_messages", "(absent)");
	bed_close(b);
}

/* The better one is B, wherever in the list one is. */
static void test_better(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, "cache_fallbacks = yes\n", MODELS
	      "[route r]\nmodel = auto\nuse = a then b if weak\n");
	failing = "b";
	assert_int_equal(asks(b, "b", USER("hi")), 200);
	assert_says("\"content\":\"c\"");
	/* C's answer is kept as B's, to whom one falls from A. */
	failing = "ab";
	assert_int_equal(asks(b, "auto", USER("hi")), 200);
	assert_says("\"content\":\"c\"");
	assert_int_equal(b->calls, 3);
	assert_string_equal(bed_head(b, "X-Larder-Degraded"),
			    "answered by b, because a failed (status 500); "
			    "answered by c, when b had failed");
	bed_close(b);
}

/* All of them, in their order. */
static void test_order(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	opens(b, NULL, MODELS
	      "[route r]\nmodel = auto\nuse = a then b if weak\n");
	failing = "ab";
	assert_int_equal(asks(b, "auto", USER("hi")), 200);
	assert_says("\"content\":\"c\"");
	assert_int_equal(b->calls, 3);
	assert_string_equal(bed_head(b, "X-Larder-Degraded"),
			    "answered by c, because a failed (status 500)");
	failing = "abc";
	assert_int_equal(asks(b, "auto", USER("ho")), 500);
	assert_int_equal(b->calls, 6);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_better),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
