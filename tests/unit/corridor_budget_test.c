/* Budgets in the corridor: who is refused, who is not, what counts. */
#include "spend_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

/* -- refusals -------------------------------------------------------------- */

static void test_blocks(void **state)
{
	int calls;

	(void)state;
	opens(MODELS BUDGET("all", "0.00005", BLOCK));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(asks(NULL, ""), 200);
		assert_logged("budget_usd", "0.00002");
		assert_logged("cost_usd", "0.00002");
	}
	calls = b->calls;
	assert_int_equal(asks(NULL, ""), 429);
	assert_int_equal(b->calls, calls);
	assert_says("\"code\":\"budget_exceeded\"");
	assert_says("The budget all is spent: 0.00006 of 0.00005 USD a day. "
		    "It is renewed at ");
	assert_string_equal(bed_head(b, "x-should-retry"), "false");
	assert_in_range(atoi(bed_head(b, "Retry-After")), 1, 86400);
	assert_logged("error.type", "budget_exceeded");
	assert_logged("budget_usd", "0");
	assert_true(of("all", "").blocked);
	assert_int_equal(of("all", "").spent, 3 * CALL);
	assert_int_equal(of("all", "").held, 0);
	bed_close(b);
}

static void test_in_every_dialect(void **state)
{
	(void)state;
	opens(MODELS BUDGET("all", "0.00001", BLOCK));
	assert_int_equal(asks(NULL, ""), 200);
	bed_ask(b, &(struct ask){ .uri = "/v1/messages", .body = "{\"model\":"
		"\"m\",\"max_tokens\":9," USER("hi") "}" });
	assert_int_equal(b->status, 429);
	assert_says("\"type\":\"error\"");
	assert_says("The budget is spent");
	bed_ask(b, &(struct ask){ .uri = "/v1/responses",
		.body = "{\"model\":\"m\",\"input\":\"x\"}" });
	assert_int_equal(b->status, 429);
	assert_says("budget_exceeded");
	assert_int_equal(asks(NULL, "\"stream\":true,"), 429);
	assert_says("budget_exceeded");
	bed_close(b);
}

/* What costs nothing is given all the same. */
static void test_hits_are_free(void **state)
{
	(void)state;
	opens(MODELS BUDGET("all", "0.00001", BLOCK));
	assert_int_equal(bed_chat(b, NULL, CHAT), 200);
	assert_int_equal(asks(NULL, ""), 429);
	assert_int_equal(bed_chat(b, NULL, CHAT), 200);
	assert_hit();
	assert_null(bed_log(b, "budget_usd"));
	bed_plays(b, "application/json", "{\"input_tokens\":10}");
	bed_ask(b, &(struct ask){ .uri = "/v1/messages/count_tokens",
		.body = "{\"model\":\"m\"," USER("hi") "}" });
	assert_int_equal(b->status, 200);
	bed_close(b);
}

static void test_warns(void **state)
{
	(void)state;
	opens(MODELS BUDGET("all", "0.00001", ""));
	for (int i = 0; i < 3; i++)
		assert_int_equal(asks(NULL, ""), 200);
	assert_int_equal(of("all", "").spent, 3 * CALL);
	assert_false(of("all", "").blocked);
	bed_close(b);
}

static void test_free_models(void **state)
{
	char err[200];
	struct str old;

	(void)state;
	bed_open(b, &bed_plain);
	assert_int_equal(file_read(&old, b->a, arena_printf(b->a,
		"%s/prices.json", b->dir), 4096, err, sizeof(err)), 0);
	assert_int_equal(file_put(arena_printf(b->a, "%s/prices.json", b->dir),
		str_c(arena_printf(b->a, "{\"free\":{\"input_cost_per_token\":"
				   "0,\"output_cost_per_token\":0},%s",
				   old.p + 1)), false), 0);
	configure(MODELS BUDGET("all", "0.00001", BLOCK));
	b->answer = bed_says_count;
	assert_int_equal(asks(NULL, ""), 200);
	assert_int_equal(asks(NULL, ""), 429);
	assert_int_equal(bed_chat(b, NULL, "{\"model\":\"free\"," USER("x")
				  "}"), 200);
	assert_logged("budget_usd", "0");
	bed_close(b);
}

/* -- whom a budget is for -------------------------------------------------- */

static void test_each_his_own(void **state)
{
	const char *alice, *bob, *carol;
	char err[200];

	(void)state;
	bed_open(b, &bed_plain);
	configure("[upstream openai]\nurl = https://openai.test/v1\n"
		  "models = any\nkey_file = %1$s/key\n" BED_ONCE
		  BUDGET("each", "0.00001", BLOCK "per_tenant = yes\n")
		  BUDGET("alice", "0.00005", BLOCK "tenant = alice\n")
		  BUDGET("all", "1", "every = month\n"));
	b->answer = bed_says_count;
	alice = bed_client(b, "alice");
	bob = bed_client(b, "bob");
	carol = bed_client(b, "carol");
	assert_int_equal(asks(bob, ""), 200);
	assert_int_equal(asks(bob, ""), 429);
	assert_says("The budget each is spent");
	assert_int_equal(asks(carol, ""), 200);
	for (int i = 0; i < 3; i++)
		assert_int_equal(asks(alice, ""), 200);
	assert_int_equal(asks(alice, ""), 429);
	assert_says("The budget alice is spent");
	assert_int_equal(of("each", "bob").spent, CALL);
	assert_int_equal(of("each", "alice").spent, 0);
	assert_int_equal(of("alice", "").spent, 3 * CALL);
	assert_int_equal(of("all", "").spent, 5 * CALL);
	/* Another key of the same name is the same tenant. */
	assert_int_equal(clients_revoke(b->clients, "bob", err, sizeof(err)),
			 0);
	assert_int_equal(asks(bed_client(b, "bob"), ""), 429);
	bed_close(b);
}

static void test_models_and_upstreams(void **state)
{
	(void)state;
	opens(MODELS "[model big]\nupstream = openai\nfallback = m\n"
	      "[model m]\nupstream = openai\n"
	      BUDGET("dear", "0.0001", BLOCK "model = big\n")
	      BUDGET("other", "0.0001", BLOCK "upstream = anthropic\n"));
	assert_int_equal(asks(NULL, ""), 200);
	assert_null(bed_log(b, "budget_usd"));
	assert_int_equal(bed_chat(b, NULL, "{\"model\":\"big\"," USER("1") "}"),
			 200);
	assert_logged("budget_usd", "0.0002");
	/* It is not asked again, but there is another that costs less. */
	assert_int_equal(bed_chat(b, NULL, "{\"model\":\"big\"," USER("2") "}"),
			 200);
	assert_logged("fallback_from", "big");
	assert_logged("cost_usd", "0.00002");
	assert_int_equal(of("dear", "").spent, 10 * CALL);
	assert_int_equal(of("other", "").spent, 0);
	bed_close(b);
}

/* -- what is not known ----------------------------------------------------- */

static void test_unpriced(void **state)
{
	(void)state;
	opens(MODELS BUDGET("all", "0.00001", BLOCK));
	assert_int_equal(bed_chat(b, NULL, "{\"model\":\"x\"," USER("1") "}"),
			 200);
	assert_logged("budget_usd", "0");
	assert_int_equal(of("all", "").unpriced, 1);
	assert_int_equal(of("all", "").spent, 0);
	assert_int_equal(asks(NULL, ""), 200);
	assert_int_equal(bed_chat(b, NULL, "{\"model\":\"x\"," USER("2") "}"),
			 429); /* nobody knows that it is free */
	configure(MODELS BUDGET("all", "1", BLOCK "block_unpriced = yes\n"));
	assert_int_equal(bed_chat(b, NULL, "{\"model\":\"x\"," USER("3") "}"),
			 429);
	assert_says("\"code\":\"budget_unpriced\"");
	assert_string_equal(bed_head(b, "x-should-retry"), "false");
	bed_close(b);
}

/* -- each call once -------------------------------------------------------- */

static struct story {
	struct play play[4];
	const char *budget; /* of the line, USD */
} stories[] = {
	{ { { .status = 500, .type = "application/json", .body = "{}" },
	    { .status = 503, .type = "application/json", .body = "{}" } },
	  "0.00002" }, /* refused calls cost nothing */
	{ { { .end = NET_NO_CONNECT } }, "0.00002" },
	/* The prompt, 9 tokens as counted and a quarter more: it may be billed,
	 * but nothing was said. */
	{ { { .end = NET_NO_FIRST_BYTE } }, "0.000031" },
	{ { { .end = NET_BROKEN }, { .end = NET_STALLED } }, "0.000042" },
};

static struct story *story;
static int step;

static void follow(struct bed *x, struct play *p)
{
	struct play *next = &story->play[step];

	if (next->status || next->end)
		*p = story->play[step++];
	else
		bed_says_count(x, p);
}

static void test_retries(void **state)
{
	picousd sum, once, before;

	(void)state;
	opens("[upstream openai]\nurl = https://openai.test/v1\nmodels = any\n"
	      "retries = 3\nbackoff = 0\nbreaker_failures = 0\n"
	      BUDGET("all", "1", BLOCK));
	is_no_stranger();
	sum = CALL;
	for (size_t i = 0; i < COUNT(stories); i++) {
		story = &stories[i];
		step = 0;
		b->answer = follow;
		before = of("all", "").spent;
		assert_int_equal(asks(NULL, ""), 200);
		once = logged("budget_usd");
		sum += once;
		assert_logged("budget_usd", story->budget);
		assert_int_equal(of("all", "").spent, before + once);
	}
	assert_int_equal(of("all", "").spent, sum);
	assert_int_equal(of("all", "").held, 0);
	bed_close(b);
}

static void weak(struct bed *x, struct play *p)
{
	*p = (struct play){ .status = 200, .type = "application/json" };
	p->body = bed_reply(x, SHAPE_CHAT,
			    bed_has(x->net.body, "\"model\":\"big\"") ?
			    "Certainly." : "");
}

/* A weak answer and the better one: both, as the line has it. */
static void test_cascades(void **state)
{
	(void)state;
	opens(UP("openai", "") "[model m]\nupstream = openai\n"
	      "[model big]\nupstream = openai\n"
	      "[route up]\nmodel = auto\nuse = m then big if weak\n"
	      BUDGET("all", "1", BLOCK));
	b->answer = weak;
	assert_int_equal(bed_chat(b, NULL, "{\"model\":\"auto\"," USER("x")
				  "}"), 200);
	assert_logged("cost_usd", "0.00022");
	assert_logged("budget_usd", "0.00022");
	assert_int_equal(of("all", "").spent, 11 * CALL);
	bed_close(b);
}

/* -- reserved meanwhile ---------------------------------------------------- */

/* Somebody else's call is under way. */
static void test_all_reserved(void **state)
{
	struct budget_place *p;
	struct budget_turn t;
	struct budget_who w;

	(void)state;
	opens(MODELS BUDGET("all", "0.001", BLOCK));
	assert_int_equal(asks(NULL, ""), 200);
	p = only(&w);
	assert_int_equal(budget_reserve(&t, p, &w, clock_wall_ms(), 1000 * CALL,
					BUDGET_NO_LIMIT), BUDGET_GO);
	assert_int_equal(asks(NULL, ""), 429);
	assert_says("is reserved by calls under way");
	assert_string_equal(bed_head(b, "Retry-After"), "1");
	assert_null(bed_head(b, "x-should-retry"));
	budget_settle(&t, 0);
	assert_int_equal(asks(NULL, ""), 200);
	bed_close(b);
}

/* -- what outlives what ---------------------------------------------------- */

static void test_reload_and_restart(void **state)
{
	static const char *const all = MODELS BUDGET("all", "0.00001", BLOCK);

	(void)state;
	opens(all);
	assert_int_equal(asks(NULL, ""), 200);
	assert_int_equal(asks(NULL, ""), 429);
	assert_int_equal(unlink(arena_printf(b->a, "%s/cache.slab", b->dir)),
			 0);
	configure(all);
	assert_int_equal(asks(NULL, ""), 429);
	configure(MODELS BUDGET("all", "0.00003", BLOCK));
	assert_int_equal(asks(NULL, ""), 200);
	assert_int_equal(asks(NULL, ""), 429);
	configure(MODELS BUDGET("all", "0.00001", "on_budget = warn\n"));
	assert_int_equal(asks(NULL, ""), 200);
	configure(MODELS BUDGET("all", "0.00001", BLOCK "every = month\n"));
	assert_int_equal(asks(NULL, ""), 200);
	configure(MODELS);
	assert_int_equal(asks(NULL, ""), 200);
	assert_null(bed_log(b, "budget_usd"));
	configure(all);
	assert_int_equal(asks(NULL, ""), 429);
	bed_close(b);
}

/* -- the configuration ----------------------------------------------------- */

#define MONEY(text) "[budget x]\nlimit = " text "\n"

static const struct {
	const char *text, *says; /* NULL: it is good */
} confs[] = {
	{ MONEY("10"), NULL }, { MONEY("0.000000000001"), NULL },
	{ MONEY("1000000"), NULL }, { MONEY("1000001"), "limit" },
	{ MONEY("1e99"), "limit" }, { MONEY("9223372036854775808"), "limit" },
	{ MONEY("-1"), "limit" }, { MONEY("0"), "limit" },
	{ MONEY("10 USD"), "limit" }, { MONEY("$10"), "limit" },
	{ MONEY("nan"), "limit" }, { "[budget x]\n", "needs a limit" },
	{ MONEY("1") "alarm_at = 50%, 0.5, 150%\n", NULL },
	{ MONEY("1") "alarm_at =\n", NULL },
	{ MONEY("1") "alarm_at = half\n", "alarm_at" },
	{ MONEY("1") "alarm_at = -5%\n", "alarm_at" },
	{ MONEY("1") "alarm_at = 0\n", "alarm_at" },
	{ MONEY("1") "alarm_at = %\n", "alarm_at" },
	{ MONEY("1") "alarm_at = 1e30%\n", "alarm_at" },
	{ MONEY("1") "every = week\n", "every" },
	{ MONEY("1") "upstream = nobody\n", "there is no [upstream nobody]" },
	{ MONEY("1") "model = anything\n", NULL },
	{ "[alarm]\nwebhook = https://a.test/x\n", NULL },
	{ "[alarm]\nwebhook = http://127.0.0.1:8/x\n", NULL },
	{ "[alarm]\nwebhook = http://a.test/x\n", "plain http" },
	{ "[alarm]\nwebhook = http://127.0.0.1.a.test/x\n", "plain http" },
	{ "[alarm]\nwebhook = ftp://a.test/x\n", "webhook" },
	{ "[alarm]\nwebhook = https://u:p@a.test/x\n", "webhook" },
	{ "[alarm]\ncommand = mail root\n", "full path" },
	{ "[alarm]\ncommand = /bin/true\ntimeout = 1ms\n", "timeout" },
};

static void test_configurations(void **state)
{
	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(confs); i++) {
		const char *path = arena_printf(b->a, "%s/c", b->dir);
		struct settings s;
		char err[600] = "";
		int rc;

		file_put(path, str_c(arena_printf(b->a, MODELS "%s",
						  confs[i].text)), false);
		rc = settings_load(&s, b->a, path, err, sizeof(err));
		if (rc != (confs[i].says ? -1 : 0) ||
		    (confs[i].says && !strstr(err, confs[i].says)))
			bed_fail("%s: \"%s\"\n", confs[i].text, err);
	}
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_in_every_dialect),
		cmocka_unit_test(test_hits_are_free),
		cmocka_unit_test(test_warns),
		cmocka_unit_test(test_free_models),
		cmocka_unit_test(test_each_his_own),
		cmocka_unit_test(test_models_and_upstreams),
		cmocka_unit_test(test_unpriced),
		cmocka_unit_test(test_retries),
		cmocka_unit_test(test_cascades),
		cmocka_unit_test(test_all_reserved),
		cmocka_unit_test(test_reload_and_restart),
		cmocka_unit_test(test_configurations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
