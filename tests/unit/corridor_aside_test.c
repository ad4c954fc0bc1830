/* What larder asks for itself in a caller's name is kept no longer, and
 * nowhere else, than the caller allows. */
#include "corridor_bed.h"

#include "base/clock.h"
#include "store/gens.h"

#define LONG "Tell me which of the many towns along that coast you would " \
	"visit first if you had only a week, and why that one of all."
#define TURN(q) "{\"role\":\"user\",\"content\":\"" q " " LONG LONG "\"}," \
	"{\"role\":\"assistant\",\"content\":\"Fine.\"},"

#define MODELS BED_OWN_KEYS "[prompt_cache]\nopenai = off\n" \
	"[model m]\nupstream = openai\n[model big]\nupstream = openai\n" \
	"[model aside]\nupstream = openai\n"

/* One for each purpose; "%s" is where more of the body goes. */
static const struct {
	const char *rest, *body, *says;
} asides[] = {
	{ MODELS "[route r]\nmodel = auto\nsmall = m\nlarge = big\n"
	  "classifier = aside\nsticky = 0\n",
	  "{\"model\":\"auto\"%s," USER(LONG) "}", "simple" },
	{ MODELS "[route r]\nmodel = auto\nuse = m then big if weak\n"
	  "judge = aside\nsticky = 0\n",
	  "{\"model\":\"auto\"%s," USER("Hello") "}", "good" },
	{ MODELS "[history]\nmax_tokens = 200\nkeep_last = 2\n"
	  "method = summarise\nsummary_model = aside\n",
	  "{\"model\":\"m\"%s,\"messages\":[" TURN("a") TURN("b") TURN("c")
	  TURN("d") "{\"role\":\"user\",\"content\":\"And?\"}]}",
	  "They spoke of towns." },
};

static int asked; /* how often one was */
static const char *said;

static void answers(struct bed *b, struct play *p)
{
	bool aside = bed_has(b->net.body, "\"model\":\"aside\"");

	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = bed_reply(b, SHAPE_CHAT, aside ? said : "Go to Lima.");
	asked += aside;
}

static const char *opens(struct bed *b, size_t i)
{
	bed_open(b, &(struct bed_conf){ NULL, NULL, asides[i].rest });
	b->answer = answers;
	asked = 0;
	said = asides[i].says;
	return bed_client(b, "shop");
}

/* A header, and a member of the body. */
struct saying {
	const char *name, *value, *member;
};

/* The caller's own answer is made anew each time, one way or another. */
static void asks(struct bed *b, size_t i, const char *auth,
		 const struct saying *s)
{
	const char *more = s->member ? arena_printf(b->a,
					",\"cache\":{\"no-cache\":true,%s}",
					s->member) : "";
	const char *at = strstr(asides[i].body, "%s");
	int calls = b->calls, before = asked;

	assert_int_equal(bed_ask(b, &(struct ask){
		.auth = auth,
		.body = arena_printf(b->a, "%.*s%s%s",
			(int)(at - asides[i].body), asides[i].body, more,
			at + 2),
		.param = { "HTTP_CACHE_CONTROL", s->name && strcmp(s->name,
				"HTTP_CACHE_CONTROL") == 0 ? s->value :
				"no-cache", s->name, s->value } }), 200);
	assert_int_equal(b->asides, 1);
	assert_int_equal(b->calls - calls, 1 + asked - before);
}

static void test_kept(void **state)
{
	static const struct {
		struct saying first, then;
		int asked;
	} cases[] = {
		{ { 0 }, { 0 }, 1 },
		{ { "HTTP_CACHE_CONTROL", "no-store", NULL },
		  { "HTTP_CACHE_CONTROL", "no-store", NULL }, 2 },
		{ { NULL, NULL, "\"no-store\":true" },
		  { NULL, NULL, "\"no-store\":true" }, 2 },
		{ { "HTTP_CACHE_CONTROL", "no-store", NULL }, { 0 }, 2 },
		{ { "HTTP_X_LARDER_TTL", "0", NULL }, { 0 }, 2 },
		{ { NULL, NULL, "\"ttl\":0" }, { 0 }, 2 },
		{ { "HTTP_X_LARDER_TTL", "600", NULL }, { 0 }, 1 },
		{ { "HTTP_X_LARDER_NAMESPACE", "a", NULL },
		  { "HTTP_X_LARDER_NAMESPACE", "a", NULL }, 1 },
		{ { "HTTP_X_LARDER_NAMESPACE", "a", NULL },
		  { "HTTP_X_LARDER_NAMESPACE", "b", NULL }, 2 },
		{ { NULL, NULL, "\"namespace\":\"a\\u0000b\"" },
		  { NULL, NULL, "\"namespace\":\"a\\u0000c\"" }, 2 },
		{ { "HTTP_X_LARDER_TAG", "v1", NULL }, { 0 }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(asides) * COUNT(cases); i++) {
		size_t aside = i / COUNT(cases), c = i % COUNT(cases);
		struct bed bed, *b = &bed;
		const char *auth = opens(b, aside);

		asks(b, aside, auth, &cases[c].first);
		asks(b, aside, auth, &cases[c].then);
		if (asked != cases[c].asked)
			bed_fail("aside %zu, case %zu: %d\n", aside, c, asked);
		bed_close(b);
	}
}

static void raise_tag(struct bed *b, const char *tag)
{
	gens_raise(tier_board(b->site->tier), GENS_TAG, str_c(tag),
		   clock_wall_ms());
}

static void test_purged(void **state)
{
	static const struct saying tagged = { "HTTP_X_LARDER_TAG", "v1", NULL };

	(void)state;
	for (size_t i = 0; i < COUNT(asides); i++) {
		struct bed bed, *b = &bed;
		const char *auth = opens(b, i);

		asks(b, i, auth, &tagged);
		raise_tag(b, "v2");
		asks(b, i, auth, &tagged);
		assert_int_equal(asked, 1);
		raise_tag(b, "v1");
		asks(b, i, auth, &tagged);
		assert_int_equal(asked, 2);
		bed_close(b);
	}
}

/* Nobody is asked, for whatever purpose. */
static void test_only_if_cached(void **state)
{
	struct bed bed, *b = &bed;
	const char *auth = opens(b, 0);

	(void)state;
	assert_int_equal(bed_ask(b, &(struct ask){ .auth = auth,
		.body = "{\"model\":\"auto\"," USER(LONG) "}",
		.param = { "HTTP_CACHE_CONTROL", "only-if-cached" } }), 504);
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

/* Nor for a request that is refused. */
static void test_no_sense(void **state)
{
	struct bed bed, *b = &bed;
	const char *auth = opens(b, 0);

	(void)state;
	assert_int_equal(bed_chat(b, auth, "{\"model\":\"auto\",\"cache\":1,"
				  USER(LONG) "}"), 400);
	assert_int_equal(b->calls, 0);
	bed_close(b);
}

static void slow(struct bed *b, struct play *p)
{
	answers(b, p);
	if (bed_has(b->net.body, "\"model\":\"aside\""))
		*p = (struct play){ .early_ticks = 1, .tick_ms = 5,
				    .end = NET_TOO_LONG };
}

/* That larder would not wait is no fault of the upstream's: real questions
 * are still asked. */
static void test_impatience(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &(struct bed_conf){ NULL, NULL,
		"[upstream u]\nurl = https://u.test/v1\nretries = 0\n"
		"breaker_failures = 2\n[model m]\nupstream = u\n"
		"[model aside]\nupstream = u\n[route r]\nmodel = auto\n"
		"small = m\nlarge = m\nclassifier = aside\n"
		"classifier_timeout = 1ms\n" });
	b->answer = slow;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(bed_chat(b, NULL, arena_printf(b->a,
			"{\"model\":\"auto\"," USER("%d " LONG) "}", i)), 200);
		assert_logged("route_why", "unclear");
		assert_int_equal(b->calls, 2 * i + 2);
	}
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_purged),
		cmocka_unit_test(test_only_if_cached),
		cmocka_unit_test(test_no_sense),
		cmocka_unit_test(test_impatience),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
