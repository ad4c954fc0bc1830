/* What a call reserves before it is made, and what it counts for when nobody
 * says what it has cost: for callers who mean well, and for others. */
#include "spend_bed.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "serve/spend_rule.h"
#include "store/budget_known.h"

/* think reasons, says 1,000 tokens at most and reads 5,000. */
static const char more_prices[] =
	"{\"think\":{\"input_cost_per_token\":1e-06,"
	"\"output_cost_per_token\":2e-06,\"supports_reasoning\":true,"
	"\"max_output_tokens\":1000,\"max_input_tokens\":5000},"
	"\"ponder\":{\"input_cost_per_token\":1e-06,"
	"\"output_cost_per_token\":2e-06,\"supports_reasoning\":true},"
	"\"short\":{\"input_cost_per_token\":1e-06,"
	"\"output_cost_per_token\":2e-06,\"max_output_tokens\":4},%s";

/* The bed's prices, and those. */
static void opens_with_more(const char *rest)
{
	const char *path;
	char err[200];
	struct str old;

	bed_open(b, &bed_plain);
	path = arena_printf(b->a, "%s/prices.json", b->dir);
	assert_int_equal(file_read(&old, b->a, path, 4096, err, sizeof(err)),
			 0);
	assert_int_equal(file_put(path, str_c(arena_printf(b->a, more_prices,
							   old.p + 1)), false),
			 0);
	configure(rest);
	b->answer = bed_says_count;
}

/* -- what is reserved ------------------------------------------------------ */

static struct spend_line meanwhile;

static void looks(struct bed *x, struct play *p)
{
	meanwhile = of("all", "");
	bed_says_count(x, p);
}

#define HI USER("hello there")
#define TEN 10 /* reserve_tokens */

static const struct {
	const char *uri, *body;
	int64_t output, input; /* tokens; of an input about ten more */
} reserved[] = {
	{ NULL, "{\"model\":\"m\"," HI "}", TEN, 0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":100," HI "}", 100, 0 },
	{ NULL, "{\"model\":\"capped\",\"max_tokens\":5000," HI "}", 300, 0 },
	{ NULL, "{\"model\":\"capped\"," HI "}", 300, 0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":7,\"n\":3," HI "}", 21, 0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":7,\"n\":3.0," HI "}", 21, 0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":7,\"n\":3e0," HI "}", 21, 0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":1,\"n\":-5," HI "}", 1, 0 },
	/* No caller makes a model say more than it can. */
	{ NULL, "{\"model\":\"think\",\"max_tokens\":1000000000," HI "}", 1000,
	  0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":1000000000," HI "}", 131072,
	  0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":9223372036854775807,\"n\":2,"
	  HI "}", 262144, 0 },
	{ NULL, "{\"model\":\"short\"," HI "}", 4, 0 },
	/* What thinks may do so for as long as it can. */
	{ NULL, "{\"model\":\"think\"," HI "}", 1000, 0 },
	{ NULL, "{\"model\":\"think\",\"max_completion_tokens\":50," HI "}",
	  50, 0 },
	{ NULL, "{\"model\":\"ponder\"," HI "}", 131072, 0 },
	/* Of two limits some servers go by the one, and some by the other. */
	{ NULL, "{\"model\":\"m\",\"max_tokens\":90,"
	  "\"max_completion_tokens\":1," HI "}", 90, 0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":1,"
	  "\"max_completion_tokens\":90," HI "}", 90, 0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":0," HI "}", TEN, 0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":1e30," HI "}", 131072, 0 },
	{ NULL, "{\"model\":\"m\",\"max_tokens\":1,\"n\":\"5\"," HI "}", 128,
	  0 },
	/* Answers that nobody sees, and many prompts at once. */
	{ "/v1/completions", "{\"model\":\"m\",\"prompt\":\"hello there\","
	  "\"max_tokens\":7,\"best_of\":5}", 35, 0 },
	{ "/v1/completions", "{\"model\":\"m\",\"prompt\":\"hello there\","
	  "\"max_tokens\":7,\"best_of\":5,\"n\":6}", 42, 0 },
	{ "/v1/completions", "{\"model\":\"m\",\"prompt\":[\"one\",\"two\","
	  "\"three\"],\"max_tokens\":7,\"n\":2}", 42, 0 },
	{ "/v1/completions", "{\"model\":\"m\",\"prompt\":[[1,2],[3,4]],"
	  "\"max_tokens\":7}", 14, 0 },
	{ "/v1/completions", "{\"model\":\"m\",\"prompt\":[1,2,3,4,5],"
	  "\"max_tokens\":7}", 7, 0 },
	/* What the provider has is not in the request. */
	{ "/v1/responses", "{\"model\":\"think\",\"input\":\"hello there\","
	  "\"max_output_tokens\":5}", 5, 0 },
	{ "/v1/responses", "{\"model\":\"think\",\"input\":\"hello there\","
	  "\"previous_response_id\":null,\"max_output_tokens\":5}", 5, 0 },
	{ "/v1/responses", "{\"model\":\"think\",\"input\":\"hello there\","
	  "\"previous_response_id\":\"r\",\"max_output_tokens\":5}", 5, 4980 },
	{ "/v1/responses", "{\"model\":\"think\",\"input\":\"hello there\","
	  "\"conversation\":{\"id\":\"c\"},\"max_output_tokens\":5}", 5, 4980 },
	{ "/v1/responses", "{\"model\":\"m\",\"prompt\":{\"id\":\"p\"},"
	  "\"max_output_tokens\":5}", 5, 131050 },
};

static void test_reserves(void **state)
{
	(void)state;
	opens_with_more(MODELS "[model capped]\nupstream = openai\nname = m\n"
			"max_output_tokens = 300\n" BUDGET("all", "1", BLOCK));
	is_no_stranger();
	b->answer = looks;
	for (size_t i = 0; i < COUNT(reserved); i++) {
		picousd held;

		meanwhile.held = -1;
		bed_ask(b, &(struct ask){ .uri = reserved[i].uri,
					  .body = reserved[i].body,
					  .param = { "HTTP_CACHE_CONTROL",
						     "no-store" } });
		held = meanwhile.held - 2000000 * reserved[i].output -
		       1000000 * reserved[i].input;
		if (held < 1000000 || held > 40 * 1000000)
			bed_fail("%s: %lld beside the answer\n",
				 reserved[i].body, (long long)held);
		assert_int_equal(of("all", "").held, 0);
	}
	bed_close(b);
}

/* -- nothing came ---------------------------------------------------------- */

#define WILD "\"max_tokens\":1000000000,"
#define KEYED "[upstream openai]\nurl = https://openai.test/v1\n" \
	"models = any\nkey_file = %1$s/key\n" BED_ONCE

static const struct {
	struct play play;
	picousd least, most;
} unanswered[] = {
	/* About ten tokens, a quarter more, and ten of an answer. */
	{ { .status = 200, .type = "application/json", .body = "{}",
	    .gone = true }, 25 * 1000000, 50 * 1000000 },
	{ { .end = NET_CALLER_GONE }, 25 * 1000000, 50 * 1000000 },
	{ { .end = NET_STOPPED }, 25 * 1000000, 50 * 1000000 },
	/* And without. */
	{ { .end = NET_NO_FIRST_BYTE }, 5 * 1000000, 20 * 1000000 },
	{ { .end = NET_STALLED }, 5 * 1000000, 20 * 1000000 },
	{ { .end = NET_TOO_LONG }, 5 * 1000000, 20 * 1000000 },
	{ { .end = NET_BROKEN }, 5 * 1000000, 20 * 1000000 },
	{ { .end = NET_NO_CONNECT }, 0, 0 },
};

/* Whatever bound its caller has chosen. */
static void test_unanswered(void **state)
{
	const char *alice;
	picousd was = 0, now;

	(void)state;
	opens(KEYED BUDGET("all", "1000", BLOCK));
	alice = bed_client(b, "alice");
	for (size_t i = 0; i < COUNT(unanswered); i++) {
		b->answer = NULL;
		b->play = unanswered[i].play;
		asks(alice, WILD);
		now = of("all", "").spent;
		if (now - was < unanswered[i].least ||
		    now - was > unanswered[i].most)
			bed_fail("%zu: %lld\n", i, (long long)(now - was));
		assert_int_equal(logged("budget_usd"), now - was);
		was = now;
	}
	assert_int_equal(of("all", "").held, 0);
	bed_close(b);
}

/* -- strangers ------------------------------------------------------------- */

static int places(void)
{
	const struct budget_place *p = budget_places(b->site->book);
	int n = 0;

	for (size_t i = 0; i < BUDGET_PLACES; i++)
		n += p[i].id != 0;
	return n;
}

#define BOTH BUDGET("all", "0.0001", BLOCK) \
	BUDGET("each", "0.00005", BLOCK "per_tenant = yes\n")

/* Nothing of what is others', too, and no place. */
static void test_strangers(void **state)
{
	(void)state;
	opens(MODELS BOTH);
	b->play = (struct play){ .end = NET_CALLER_GONE };
	b->answer = NULL;
	for (int i = 0; i < 5; i++)
		asks(arena_printf(b->a, "Bearer sk-made-up-%d", i), WILD);
	assert_logged("budget_usd", "0");
	b->play = (struct play){ .status = 401, .type = "application/json",
				 .body = "{}" };
	for (int i = 0; i < 5; i++)
		asks(arena_printf(b->a, "Bearer sk-made-up-%d", i), WILD);
	assert_int_equal(of("all", "").spent, 0);
	assert_int_equal(places(), 1 + 2); /* two queues */
	b->answer = looks;
	assert_int_equal(asks("Bearer sk-good", WILD), 200);
	assert_in_range(meanwhile.held, 0, 1);
	assert_logged("budget_usd", "0.00002");
	assert_int_equal(of("all", "").spent, CALL);
	assert_int_equal(places(), 2 + 2);
	/* From here on it is known, though there is no cache. */
	assert_int_equal(unlink(arena_printf(b->a, "%s/cache.slab", b->dir)),
			 0);
	configure(MODELS BOTH);
	assert_int_equal(asks("Bearer sk-good", "\"max_tokens\":9,"), 200);
	assert_true(meanwhile.held > 18 * 1000000);
	assert_int_equal(asks("Bearer sk-good", ""), 200);
	assert_int_equal(asks("Bearer sk-good", ""), 429);
	assert_says("The budget each is spent: 0.00006 of 0.00005 USD");
	bed_close(b);
}

/* An upstream that says no makes a stranger of anybody. */
static void test_revoked(void **state)
{
	static const struct play gone = { .end = NET_CALLER_GONE };

	(void)state;
	opens(MODELS BUDGET("all", "1", BLOCK));
	is_no_stranger();
	b->answer = NULL;
	b->play = gone;
	asks(NULL, "");
	assert_true(logged("budget_usd") > 0);
	b->play = (struct play){ .status = 401, .type = "application/json",
				 .body = "{}" };
	assert_int_equal(asks(NULL, ""), 401);
	b->play = gone;
	asks(NULL, "");
	assert_logged("budget_usd", "0");
	bed_close(b);
}

/* Who is not known any more has still spent what he had. */
static void test_forgotten(void **state)
{
	(void)state;
	opens(MODELS BOTH);
	b->answer = bed_says_count;
	for (int i = 0; i < 3; i++)
		assert_int_equal(asks(NULL, ""), 200);
	memset(budget_known(b->site->book), 0, 8 * BUDGET_KNOWN);
	assert_int_equal(asks(NULL, ""), 429);
	assert_says("The budget each is spent: 0.00006 of 0.00005 USD");
	bed_close(b);
}

/* And hears no amounts that are others'. */
static void test_amounts(void **state)
{
	(void)state;
	opens(MODELS BUDGET("all", "0.00001", BLOCK));
	is_no_stranger();
	assert_int_equal(asks(NULL, ""), 429);
	assert_says("The budget all is spent: 0.00002 of 0.00001 USD a day");
	assert_int_equal(asks("Bearer sk-made-up", ""), 429);
	assert_says("\"code\":\"budget_exceeded\"");
	assert_says("The budget is spent. It is renewed at ");
	assert_false(bed_has(b->body, "USD"));
	bed_close(b);
}

/* -- no place -------------------------------------------------------------- */

static void fill_book(void)
{
	struct budget_place *p = budget_places(b->site->book);
	struct budget_turn t;
	struct budget_who w = { .of = 9, .label = "other" };

	for (w.id = 1; w.id <= BUDGET_PLACES; w.id++) {
		assert_ptr_equal(budget_find(p, &w, clock_wall_ms()),
				 &p[w.id % BUDGET_PLACES]);
		assert_int_equal(budget_reserve(&t, &p[w.id % BUDGET_PLACES],
						&w, clock_wall_ms(), CALL,
						BUDGET_NO_LIMIT), BUDGET_GO);
		budget_settle(&t, CALL);
	}
}

static void test_no_place(void **state)
{
	const char *alice;

	(void)state;
	opens(KEYED BUDGET("each", "1", BLOCK "per_tenant = yes\n"));
	alice = bed_client(b, "alice");
	fill_book();
	assert_int_equal(asks(alice, ""), 503);
	assert_says("\"code\":\"budget_uncounted\"");
	assert_string_equal(bed_head(b, "Retry-After"), "60");
	assert_int_equal(b->calls, 0);
	configure(KEYED BUDGET("each", "1", "per_tenant = yes\n"));
	assert_int_equal(asks(alice, ""), 200);
	assert_logged("budget_usd", "0"); /* and a line says so */
	bed_close(b);
}

/* Its place goes to another while it calls: what it costs is counted where it
 * has one then. */
static void evict(struct bed *x, struct play *p)
{
	struct budget_place *all = budget_places(x->site->book);

	for (size_t i = 0; i < BUDGET_PLACES; i++)
		if (all[i].id && all[i].label[0]) {
			all[i].id = 4711;
			all[i].spent = 0;
		}
	bed_says_count(x, p);
}

static void test_displaced(void **state)
{
	const char *alice;

	(void)state;
	opens(KEYED BUDGET("each", "1", BLOCK "per_tenant = yes\n"));
	alice = bed_client(b, "alice");
	b->answer = evict;
	assert_int_equal(asks(alice, ""), 200);
	assert_int_equal(places(), 2);
	b->answer = bed_says_count;
	assert_int_equal(asks(alice, ""), 200);
	assert_logged("budget_usd", "0.00002");
	for (size_t i = 0; i < BUDGET_PLACES; i++)
		if (budget_places(b->site->book)[i].id == 4711)
			budget_places(b->site->book)[i].of = 1;
	assert_int_equal(of("each", "alice").spent, 2 * CALL);
	bed_close(b);
}

/* -- names ----------------------------------------------------------------- */

/* A budget of a model is one of its editions, and of it behind a provider. */
static void test_other_names(void **state)
{
	static const char *const names[] = {
		"big", "big-2024-08-06", "openai/big", "big@latest", "BIG",
		"big:free", " big ", "vllm/Big:online", "ft:big:org::x",
	};

	(void)state;
	opens(MODELS BUDGET("dear", "0.0001", BLOCK "model = big\n")
	      BUDGET("odd", "1", "model = odd\nblock_unpriced = yes\n"));
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(bed_chat(b, NULL, arena_printf(b->a,
			"{\"model\":\"%s\"," USER("%zu") "}", names[i], i)),
			i ? 429 : 200);
		if (i)
			assert_says("budget_exceeded");
	}
	assert_int_equal(bed_chat(b, NULL, "{\"model\":\"bigger\"," USER("x")
				  "}"), 200);
	assert_int_equal(bed_chat(b, NULL, "{\"model\":\"odd-2024-08-06\","
				  USER("x") "}"), 429); /* in no table */
	assert_says("budget_unpriced");
	bed_close(b);
}

static const char *reply_model, *reply_cost;
static int reply_times; /* ten and five tokens */

static void says_it_is(struct bed *x, struct play *p)
{
	meanwhile = of("all", "");
	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = arena_printf(x->a, "{\"id\":\"x\",\"object\":"
		"\"chat.completion\",\"created\":1,\"model\":\"%s\","
		"\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
		"\"content\":\"yes %d\"},\"finish_reason\":\"stop\"}],\"usage\":"
		"{\"prompt_tokens\":%d,\"completion_tokens\":%d%s}}",
		reply_model, x->calls, 10 * reply_times, 5 * reply_times,
		reply_cost);
}

static int asks_alias(void)
{
	static int n;

	return bed_chat(b, NULL, arena_printf(b->a, "{\"model\":\"alias\","
		"\"max_tokens\":100," USER("q %d") "}", n++));
}

/* An upstream's own name is in no table: the dearest that it has by the
 * configuration at first, then what the last answer was priced as. */
static void test_aliases(void **state)
{
	(void)state;
	opens(MODELS "[model big]\nupstream = openai\n[model e]\n"
	      "upstream = openai\n" BUDGET("all", "1", BLOCK)
	      BUDGET("some", "0.0003", BLOCK "model = m\n"));
	is_no_stranger();
	reply_model = "m";
	reply_cost = "";
	reply_times = 1;
	b->answer = says_it_is;
	assert_int_equal(asks_alias(), 200);
	assert_logged("cost_usd", "0.00002");
	assert_int_equal(meanwhile.unpriced, 0);
	assert_in_range(meanwhile.held, 2000 * 1000000ll, 2300 * 1000000ll);
	assert_int_equal(of("some", "").spent, CALL); /* nobody knew */
	assert_int_equal(asks_alias(), 200);
	assert_in_range(meanwhile.held, 200 * 1000000, 230 * 1000000);
	assert_int_equal(of("some", "").spent, 2 * CALL);
	bed_close(b);
}

/* Nothing is billed by a guess. */
static void test_guesses(void **state)
{
	(void)state;
	opens(MODELS "[model big]\nupstream = openai\n"
	      BUDGET("all", "1", BLOCK));
	is_no_stranger();
	reply_model = "nobody-knows";
	reply_cost = "";
	reply_times = 1;
	b->answer = says_it_is;
	assert_int_equal(asks_alias(), 200);
	assert_int_equal(of("all", "").spent, CALL);
	assert_int_equal(of("all", "").unpriced, 1);
	b->answer = NULL;
	b->play = (struct play){ .end = NET_CALLER_GONE };
	asks_alias();
	assert_int_equal(of("all", "").spent, CALL);
	assert_int_equal(of("all", "").unpriced, 2);
	bed_close(b);
}

/* What a provider itself says that it cost; unless nothing can cost that. */
static void test_said_costs(void **state)
{
	(void)state;
	opens(MODELS BUDGET("all", "2000", BLOCK));
	is_no_stranger();
	reply_model = "nobody-knows";
	reply_cost = ",\"cost\":0.015";
	reply_times = 10;
	b->answer = says_it_is;
	assert_int_equal(asks_alias(), 200);
	assert_in_range(meanwhile.held, 0, 1);
	assert_logged("cost_usd", "0.015");
	assert_int_equal(asks_alias(), 200); /* 100 USD a million tokens */
	assert_in_range(meanwhile.held, 10000 * 1000000ll, 12500 * 1000000ll);
	reply_cost = ",\"cost\":1000.01";
	assert_int_equal(asks_alias(), 200);
	assert_null(bed_log(b, "cost_usd"));
	assert_logged("budget_usd", "0.01500000015"); /* by its tokens */
	bed_close(b);
}

/* A call that cost a fee says nothing of tokens; and of an answer that broke
 * off before its cost was said only what came is counted. */
static void test_fees(void **state)
{
	static const char half[] = "data: {\"id\":\"x\",\"object\":"
		"\"chat.completion.chunk\",\"model\":\"y\",\"choices\":[{"
		"\"index\":0,\"delta\":{\"content\":\"word\"},"
		"\"finish_reason\":null}]}\n\n";
	picousd was;

	(void)state;
	opens(MODELS BUDGET("all", "2000", BLOCK));
	is_no_stranger();
	reply_model = "nobody-knows";
	reply_cost = ",\"cost\":20";
	reply_times = 1;
	b->answer = says_it_is;
	assert_int_equal(asks_alias(), 200);
	assert_int_equal(asks_alias(), 200);
	assert_in_range(meanwhile.held, 0, 1); /* nothing is known of it */
	reply_cost = ",\"cost\":0.015";
	reply_times = 10;
	assert_int_equal(asks_alias(), 200);
	was = of("all", "").spent;
	b->answer = NULL;
	b->play = (struct play){ .status = 200, .type = "text/event-stream",
				 .body = half, .end = NET_STALLED };
	bed_chat(b, NULL, "{\"model\":\"alias\",\"max_tokens\":100000,"
		 "\"stream\":true," HI "}");
	assert_in_range(of("all", "").spent - was, 100 * 1000000,
			3000 * 1000000ll);
	bed_close(b);
}

/* An answer that is made behind the reply may take all it is allowed. */
static void test_background(void **state)
{
	picousd was;

	(void)state;
	opens(MODELS BUDGET("all", "2000", BLOCK));
	is_no_stranger();
	was = of("all", "").spent;
	b->answer = NULL;
	b->play = (struct play){ .status = 200, .type = "application/json",
		.body = "{\"id\":\"resp_1\",\"object\":\"response\","
		"\"status\":\"queued\",\"background\":true,\"model\":\"m\","
		"\"output\":[],\"usage\":null}" };
	bed_ask(b, &(struct ask){ .uri = "/v1/responses", .body = "{\"model\":"
		"\"m\",\"background\":true,\"max_output_tokens\":5000,"
		"\"input\":\"hello there\"}" });
	assert_int_equal(b->status, 200);
	assert_null(bed_log(b, "cost_usd"));
	assert_in_range(of("all", "").spent - was, 10000 * 1000000ll,
			10100 * 1000000ll);
	bed_close(b);
}

/* Of those whom nobody knows only so many are under way at once: of a budget
 * that is shared as much as a sixteenth of it. */
static int nested;

static void another(struct bed *x, struct play *p)
{
	bed_says_count(x, p);
	nested++;
}

static void test_strangers_queue(void **state)
{
	struct budget_who w = { 0 };
	struct budget_turn t[8];
	int went = 0;

	(void)state;
	opens(MODELS BUDGET("all", "0.0032", BLOCK)); /* a sixteenth: 0.0002 */
	b->answer = another;
	nested = 0;
	spend_rule_strangers(&b->site->secret, b->site->conf.budgets.item, &w);
	for (int i = 0; i < 8; i++)
		went += budget_reserve(&t[i], budget_find(
				budget_places(b->site->book), &w,
				clock_wall_ms()), &w, clock_wall_ms(), 5 * CALL,
				spend_rule_queue(b->site->conf.budgets.item))
			== BUDGET_GO;
	assert_int_equal(went, 2);
	assert_int_equal(asks("Bearer sk-new", ""), 429);
	assert_int_equal(nested, 0);
	assert_false(bed_has(b->body, "0.0032"));
	(void)budget_settle(&t[0], 0);
	assert_int_equal(asks("Bearer sk-new", ""), 200);
	for (int i = 0; i < 8; i++)
		(void)budget_reserve(&t[i], budget_find(
				budget_places(b->site->book), &w,
				clock_wall_ms()), &w, clock_wall_ms(), 5 * CALL,
				BUDGET_NO_LIMIT);
	assert_int_equal(asks("Bearer sk-new", ""), 200); /* known by now */
	b->answer = NULL;
	b->play = (struct play){ .status = 403, .type = "application/json",
				 .body = "{\"error\":{\"message\":\"no\"}}" };
	assert_int_equal(asks("Bearer sk-new", ""), 403);
	b->answer = another;
	assert_int_equal(asks("Bearer sk-new", ""), 200); /* still */
	bed_close(b);
}

/* One key is one account, whatever comes beside it and however it is spelt;
 * and the log's tenant where it comes plainly. */
static void test_spellings(void **state)
{
	static const struct ask odd[] = {
		{ .auth = "bearer sk-own" }, { .auth = "Bearer   sk-own" },
		{ .auth = "Bearer sk-own", .xkey = "1" },
		{ .auth = "Bearer sk-own", .xkey = "sk-own" },
	};
	struct ask q;

	(void)state;
	opens(MODELS BUDGET("each", "0.00002", BLOCK "per_tenant = yes\n"));
	is_no_stranger();
	assert_int_equal(of("each", bed_log(b, "tenant")).spent, CALL);
	for (size_t i = 0; i < COUNT(odd); i++) {
		q = odd[i];
		q.body = arena_printf(b->a, "{\"model\":\"m\"," USER("%zu")
				      "}", i);
		bed_ask(b, &q);
		assert_int_equal(b->status, 429);
	}
	bed_ask(b, &(struct ask){ .uri = "/v1/messages", .xkey = "sk-own",
		.body = "{\"model\":\"m\",\"max_tokens\":9," HI "}" });
	assert_int_equal(b->status, 200); /* no other's to guess */
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reserves),
		cmocka_unit_test(test_unanswered),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_revoked),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_no_place),
		cmocka_unit_test(test_displaced),
		cmocka_unit_test(test_other_names),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_guesses),
		cmocka_unit_test(test_said_costs),
		cmocka_unit_test(test_fees),
		cmocka_unit_test(test_background),
		cmocka_unit_test(test_strangers_queue),
		cmocka_unit_test(test_spellings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
