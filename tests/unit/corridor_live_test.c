/* Budgets as status, page, metrics show them: of calls that were made. */
#include "spend_bed.h"

#include "serve/metrics.h"
#include "serve/page.h"

#define KEYED "[upstream openai]\nurl = https://openai.test/v1\n" \
	"models = any\nkey_file = %1$s/key\n" BED_ONCE
#define EACH "per_tenant = yes\non_budget = block\n"

static struct status_of now(void)
{
	return (struct status_of){ &b->site->conf, b->site->store,
		tier_board(b->site->tier), clock_mono_ms(), clock_wall_ms(),
		&b->site->secret, b->site->book };
}

enum as { AS_JSON, AS_HTML, AS_METRICS };

static const char *shows(enum as as)
{
	const struct status_of of = now();
	struct buf out;

	buf_init(&out, b->a);
	if (as == AS_JSON)
		page_json(&out, &of);
	else if (as == AS_HTML)
		page_html(&out, &of);
	else
		metrics_text(&out, &of, true);
	return out.p;
}

static void has(const char *all, const char *what)
{
	if (!strstr(all, what))
		bed_fail("no \"%s\" in\n%s\n", what, all);
}

static size_t times(const char *all, const char *what)
{
	size_t n = 0;

	for (; (all = strstr(all, what)); all++)
		n++;
	return n;
}

static void test_of_all(void **state)
{
	const char *html, *since, *dora;

	(void)state;
	opens(KEYED BUDGET("all", "0.00005", "on_budget = block\n")
	      BUDGET("far", "1", "every = month\nmodel = big, m\n"));
	asks(bed_client(b, "alice"), "");
	has(shows(AS_JSON), "\"budgets\":[{\"budget\":\"all\",\"for\":"
	    "\"everybody\",\"every\":\"day\",\"on_budget\":\"block\","
	    "\"limit_usd\":0.00005,\"spent_usd\":0.00002,\"held_usd\":0,"
	    "\"left_usd\":0.00003,\"full_percent\":40.0,\"unpriced_calls\":0,"
	    "\"blocked\":false,\"blocked_since\":null,\"renewed\":\"");
	has(shows(AS_JSON), "{\"budget\":\"far\",\"for\":\"everybody, model "
	    "big, m\",\"every\":\"month\",\"on_budget\":\"warn\"");
	has(shows(AS_JSON), "\"budget_tenants\":[]");
	asks(NULL, "");
	asks(bed_client(b, "bob"), "");
	asks(bed_client(b, "carol"), "");
	has(shows(AS_JSON), "\"spent_usd\":0.00006,\"held_usd\":0,"
	    "\"left_usd\":-0.00001,\"full_percent\":120.0");
	has(shows(AS_JSON), "\"blocked\":true,\"blocked_since\":null");
	dora = bed_client(b, "dora");
	assert_int_equal(asks(dora, ""), 429);
	since = shows(AS_JSON);
	has(since, "\"blocked\":true,\"blocked_since\":\"2");
	assert_int_equal(asks(dora, ""), 429);
	assert_int_equal(strncmp(strstr(since, "\"blocked_since\""),
				 strstr(shows(AS_JSON), "\"blocked_since\""),
				 42), 0);
	has(shows(AS_METRICS), "# TYPE larder_budget_spent_usd gauge\n"
	    "# UNIT larder_budget_spent_usd usd\n"
	    "larder_budget_spent_usd{budget=\"all\",every=\"day\"} 0.00006\n"
	    "larder_budget_spent_usd{budget=\"far\",every=\"month\"} "
	    "0.00006\n");
	has(shows(AS_METRICS), "\nlarder_budget_blocked{budget=\"all\","
	    "every=\"day\"} 1\n");
	html = shows(AS_HTML);
	has(html, "<span class=\"bad\">calls are refused since ");
	has(html, "Budget spent, calls are refused: <bdi>all</bdi>");
	has(html, "$0.000060 of $0.000050 a day</span><span>120");
	has(html, "$0.000010 too much");
	assert_int_equal(times(html, "Spent and reserved"), 2);
	bed_close(b);
}

/* What is reserved is no part of what is spent. */
static const char *meanwhile;

static void looks(struct bed *x, struct play *p)
{
	meanwhile = shows(AS_JSON);
	bed_says_count(x, p);
}

static void test_of_a_call_under_way(void **state)
{
	(void)state;
	opens(KEYED BUDGET("all", "1", ""));
	b->answer = looks;
	asks(bed_client(b, "alice"), "");
	has(meanwhile, "\"spent_usd\":0,\"held_usd\":0.0000");
	has(shows(AS_JSON), "\"spent_usd\":0.00002,\"held_usd\":0,"
	    "\"left_usd\":0.99998,");
	bed_close(b);
}

/* Those who have spent most of theirs come first; of them all, a sum. */
static void test_of_each(void **state)
{
	const char *json, *html, *one, *two, *all;

	(void)state;
	opens(KEYED BUDGET("e<h", "0.00003", EACH));
	asks(bed_client(b, "alice"), "");
	two = bed_client(b, "bob");
	asks(two, "");
	asks(two, "");
	assert_int_equal(asks(two, ""), 429);
	json = shows(AS_JSON);
	has(json, "\"for\":\"each tenant\"");
	has(json, "\"limit_usd\":0.00003,\"spent_usd\":0.00006,"
	    "\"tenants\":2,\"tenants_blocked\":1,\"tenants_more\":0,"
	    "\"held_usd\":0,\"unpriced_calls\":0,");
	one = strstr(json, "\"tenant\":\"alice\"");
	two = strstr(json, "{\"budget\":\"e<h\",\"tenant\":\"bob\",\"every\":"
		     "\"day\",\"limit_usd\":0.00003,\"spent_usd\":0.00004,");
	assert_true(one && two && two < one);
	all = shows(AS_METRICS);
	has(all, "\nlarder_budget_tenants{budget=\"e<h\",every=\"day\"} 2\n");
	has(all, "\nlarder_budget_tenant_spent_usd{budget=\"e<h\",every="
	    "\"day\",tenant=\"bob\"} 0.00004\n");
	assert_null(strstr(all, "larder_budget_blocked{"));
	html = shows(AS_HTML);
	has(html, "1 tenant is refused calls, the budget is spent: "
	    "<bdi>e&#60;h</bdi>");
	has(html, "2 tenants have spent · 1 is refused calls");
	has(html, "<li class=\"bad\"><b><bdi>e&#60;h</bdi>");
	has(html, "<li class=\"good\"><b><bdi>alice</bdi>");
	bed_close(b);
}

static void knows_nobody(struct bed *x, struct play *p)
{
	(void)x;
	*p = (struct play){ .status = 401, .type = "application/json",
			    .body = "{}" };
}

/* Who only claims to be somebody is not counted, and not named. */
static void test_of_strangers(void **state)
{
	(void)state;
	opens(MODELS BUDGET("each", "1", EACH));
	b->answer = knows_nobody;
	assert_int_equal(asks("Bearer sk-made-up", ""), 401);
	assert_int_equal(asks("Bearer sk-another", ""), 401);
	has(shows(AS_JSON), "\"tenants\":0,");
	has(shows(AS_JSON), "\"budget_tenants\":[]");
	assert_null(strstr(shows(AS_HTML), "Tenants who"));
	bed_close(b);
}

/* However many there are. */
static void test_of_many(void **state)
{
	const char *json, *html;

	(void)state;
	opens(KEYED BUDGET("each", "0.00003", EACH));
	for (int i = 0; i < 70; i++)
		asks(bed_client(b, arena_printf(b->a, "tenant-%d", i)), "");
	asks(bed_client(b, "tenant-x"), "");
	json = shows(AS_JSON);
	has(json, "\"tenants\":71,\"tenants_blocked\":0,\"tenants_more\":7");
	assert_int_equal(times(json, "\"tenant\":"), 64);
	assert_int_equal(times(shows(AS_METRICS),
			       "larder_budget_tenant_spent_usd{"), 64);
	html = shows(AS_HTML);
	has(html, "7 not shown below");
	has(html, "<summary>58 more</summary>");
	assert_int_equal(times(html, "Spent and reserved"), 64);
	bed_close(b);
}

static void test_of_none(void **state)
{
	(void)state;
	opens(KEYED);
	has(shows(AS_JSON), "\"budgets\":[],\"budget_tenants\":[]");
	assert_null(strstr(shows(AS_HTML), "udget"));
	assert_null(strstr(shows(AS_METRICS), "budget"));
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_all),
		cmocka_unit_test(test_of_a_call_under_way),
		cmocka_unit_test(test_of_each),
		cmocka_unit_test(test_of_strangers),
		cmocka_unit_test(test_of_many),
		cmocka_unit_test(test_of_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
