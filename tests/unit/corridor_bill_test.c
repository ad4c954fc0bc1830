/*
 * However a request ends, what it counted for in budgets is what its line
 * says that it cost; or the line says why it is not: a call of which nobody
 * knows what it cost (maybe_billed), or a model without a price (no cost_usd,
 * and what is known of it beside). What the board adds up is the same.
 */
#include "corridor_bed.h"

#include <stdlib.h>

#include "base/clock.h"
#include "cmd/report_entry.h"
#include "serve/meter.h"
#include "serve/spend.h"
#include "serve/tally.h"

#define JSON "application/json"
#define CHOICE "\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"," \
	"\"message\":{\"role\":\"assistant\",\"content\":\"words\"}}]"
#define USED ",\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}"
#define GOOD { 200, JSON, .body = "{\"model\":\"y\"," CHOICE USED }
#define WEAK_BODY "{\"model\":\"y\",\"choices\":[{\"index\":0," \
	"\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\"," \
	"\"content\":\"\"}}]" USED
#define WEAK { 200, JSON, .body = WEAK_BODY }
#define CUT { 200, JSON, .body = "{\"model\":\"y\",\"choices\":[{\"index\":0," \
	"\"message\":{\"content\":\"half", .end = NET_BROKEN }
#define LOST { .end = NET_BROKEN }
#define NO { .end = NET_NO_CONNECT }
#define ERROR { 500, JSON, .body = "{\"error\":{\"message\":\"no\"}}" }
#define SPENT { 200, JSON, .body = "{\"error\":{\"message\":\"no\"}," \
	"\"model\":\"y\"" USED }
#define DELTA "data: {\"model\":\"y\",\"choices\":[{\"index\":0,\"delta\":" \
	"{\"content\":\"words\"},\"finish_reason\":null}]}\n\n"
#define FIRST { 200, SSE, .body = DELTA, .end = NET_STALLED }
#define GONE { 200, SSE, .body = DELTA DELTA DELTA, .piece = 60 }

#define UP "[upstream o]\nurl = https://o.test/v1\nmodels = any\n" \
	"retries = 1\nbackoff = 0\nbreaker_failures = 0\n"
#define ALL "[budget all]\nlimit = 1000\nreserve_tokens = 10\n"
#define MODEL(name, more) "[model " name "]\nupstream = o\n" more
#define FALLS(to) MODEL(to, "") MODEL("m", "fallback = " to "\n")
#define STALE(to) MODEL(to, "") MODEL("m", "fallback = " to ", stale\n")
#define RISES(to) MODEL("m", "") MODEL(to, "") \
	"[route up]\nmodel = auto\nuse = m then " to " if weak\n"

#define ASK(model, more) "{\"model\":\"" model "\"," more USER("hi") "}"

/* How the two stand to each other. */
enum books { EQUAL, GUESSED, UNPRICED };

static const struct way {
	const char *name, *conf, *ask;
	struct play play[5];
	enum books books;
	const char *spilt; /* "~": more than 0; NULL: absent */
	const char *weak;
	bool stale;        /* an expired answer is there */
	bool finishes;     /* on_client_abort */
	size_t dies_at;    /* the caller goes when it has that much */
} ways[] = {
	{ "plain", "", ASK("m", ""), { GOOD }, .books = EQUAL },
	{ "refused", "", ASK("m", ""), { ERROR, ERROR }, .books = EQUAL },
	{ "never there", "", ASK("m", ""), { NO, NO }, .books = EQUAL },
	{ "no price", "", ASK("x", ""), { GOOD }, .books = UNPRICED },
	{ "retried", "", ASK("m", ""), { CUT, GOOD }, .books = EQUAL,
	  .spilt = "~" },
	{ "refused, and paid for", "", ASK("m", ""), { SPENT, SPENT },
	  .books = EQUAL, .spilt = "~" },
	{ "refused, then good", "", ASK("m", ""), { ERROR, GOOD },
	  .books = EQUAL },
	{ "lost, then good", "", ASK("m", ""), { LOST, GOOD }, .books = GUESSED
	  },
	{ "cut twice", "", ASK("m", ""), { CUT, CUT }, .books = EQUAL,
	  .spilt = "~" },
	{ "cut, then refused", "", ASK("m", ""), { CUT, ERROR }, .books = EQUAL,
	  .spilt = "~" },
	{ "cut, then not there", "", ASK("m", ""), { CUT, NO }, .books = EQUAL,
	  .spilt = "~" },
	{ "falls", FALLS("big"), ASK("m", ""), { CUT, NO, GOOD },
	  .books = EQUAL, .spilt = "~" },
	{ "falls to no price", FALLS("x"), ASK("m", ""), { CUT, NO, GOOD },
	  .books = UNPRICED, .spilt = "~" },
	{ "falls from no price", MODEL("m", "") MODEL("x", "fallback = m\n"),
	  ASK("x", ""), { CUT, NO, GOOD }, .books = EQUAL },
	{ "all fail", FALLS("big"), ASK("m", ""), { CUT, NO, CUT, ERROR },
	  .books = EQUAL, .spilt = "~" },
	{ "weak", RISES("big"), ASK("auto", ""), { WEAK, GOOD }, .books = EQUAL,
	  .weak = "0.00002" },
	{ "weak, then no price", RISES("x"), ASK("auto", ""), { WEAK, GOOD },
	  .books = UNPRICED, .weak = "0.00002" },
	{ "weak, the better one cut", RISES("big"), ASK("auto", ""), { WEAK,
	  CUT, GOOD }, .books = EQUAL, .spilt = "~", .weak = "0.00002" },
	{ "weak after all", RISES("big"), ASK("auto", ""), { WEAK, CUT, ERROR },
	  .books = EQUAL, .spilt = "~" },
	{ "stale instead", "", ASK("m", ""), { CUT, CUT }, .books = EQUAL,
	  .spilt = "~", .stale = true },
	{ "stale, cut once", "", ASK("m", ""), { CUT, ERROR }, .books = EQUAL,
	  .spilt = "~", .stale = true },
	{ "stale, refused", "", ASK("m", ""), { ERROR, ERROR }, .books = EQUAL,
	  .stale = true },
	{ "stale behind another", STALE("big"), ASK("m", ""), { CUT, NO, CUT, NO
	  }, .books = EQUAL, .spilt = "~", .stale = true },
	{ "a cut stream", "", ASK("m", "\"stream\":true,"), { FIRST },
	  .books = EQUAL },
	{ "a cut stream of no price", "", ASK("x", "\"stream\":true,"),
	  { FIRST }, .books = UNPRICED },
	{ "caller gone", "", ASK("m", "\"stream\":true,"), { GONE },
	  .books = EQUAL, .dies_at = 600 },
	{ "gone before its head", "", ASK("m", ""), { { .gone = true } },
	  .books = GUESSED },
	{ "cut, then gone", "", ASK("m", ""), { CUT, { .gone = true } },
	  .books = GUESSED, .spilt = "~" },
	{ "weak, and nobody waits", RISES("big"), ASK("auto", ""), { { 200,
	  JSON, .body = WEAK_BODY, .gone = true } }, .books = EQUAL,
	  .finishes = true },
};

static struct bed bed, *const b = &bed;
static const struct way *way;
static int step;

static void plays(struct bed *x, struct play *p)
{
	(void)x;
	assert_true(step < 5);
	*p = way->play[step++];
}

static picousd logged(const char *name)
{
	const char *v = bed_log(b, name);
	picousd p = PRICE_UNKNOWN;

	if (v)
		assert_int_equal(price_parse(str_c(v), &p), 1);
	return p;
}

static picousd or_0(picousd p)
{
	return p == PRICE_UNKNOWN ? 0 : p;
}

static void check(const char *name, const char *want)
{
	const char *have = bed_log(b, name);

	if (want && strcmp(want, "~") == 0 ? !have || atof(have) <= 0 :
	    !want != !have || (want && strcmp(want, have) != 0))
		bed_fail("%s: %s is %s, not %s\n%.*s\n", way->name, name,
			 have ? have : "absent", want ? want : "absent",
			 (int)b->line.n, b->line.p);
}

static picousd held, spent;

static void pick(void *ctx, const struct spend_line *l)
{
	(void)ctx;
	spent = l->spent;
	held = l->held;
}

static void look(void)
{
	spend_each(&b->site->conf, &b->site->secret, b->site->book,
		   clock_wall_ms(), pick, NULL);
}

static void check_books(void)
{
	picousd cost = logged("cost_usd"), budget = logged("budget_usd");
	picousd parts = or_0(logged("spilt_usd")) +
			or_0(logged("weak_cost_usd"));
	bool guessed = way->books == GUESSED;
	bool fine = way->books == UNPRICED ?
			    cost == PRICE_UNKNOWN && budget == parts :
			    guessed ? budget > or_0(cost) :
				      budget == or_0(cost);

	if (!fine || (guessed && !bed_log(b, "maybe_billed")) ||
	    parts > budget)
		bed_fail("%s: the books differ\n%.*s\n", way->name,
			 (int)b->line.n, b->line.p);
}

static uint64_t on_board(void)
{
	return tally_of(tier_board(b->site->tier))->pulse.cost;
}

static void go(void)
{
	struct report_entry e;
	picousd before, cost;
	uint64_t sum;

	bed_open(b, &bed_plain);
	bed_reconfigure(b, &(struct bed_conf){
		.larder = arena_printf(b->a, "budget_file = %s/budgets%s",
				       b->dir, way->finishes ?
				       "\non_client_abort = finish" : ""),
		.cache = "ttl = 20ms\nstale_if_error = 1h\n",
		.rest = arena_printf(b->a, "%s%s" ALL, UP, way->conf) });
	/* Of a stranger's call that nobody answered nothing is billed. */
	bed_plays(b, JSON, bed_reply(b, SHAPE_CHAT, "known"));
	assert_int_equal(bed_chat(b, NULL, "{\"model\":\"m\","
				  USER("known") "}"), 200);
	if (way->stale) {
		bed_plays(b, JSON, bed_reply(b, SHAPE_CHAT, "old"));
		assert_int_equal(bed_chat(b, NULL, way->ask), 200);
		bed_later(25);
	}
	look();
	before = spent;
	sum = on_board();
	step = 0;
	b->answer = plays;
	b->sink_dies_at = way->dies_at;
	bed_chat(b, NULL, way->ask);
	check("spilt_usd", way->spilt);
	check("weak_cost_usd", way->weak);
	check("cache", way->stale ? "stale" : "miss");
	check_books();
	assert_int_equal(report_entry_read(&e, b->a, b->line), REPORT_RIGHT);
	look();
	assert_int_equal(held, 0);
	assert_int_equal(spent, before + or_0(logged("budget_usd")));
	cost = logged("cost_usd");
	if (cost == PRICE_UNKNOWN)
		cost = or_0(logged("spilt_usd")) +
		       or_0(logged("weak_cost_usd"));
	assert_int_equal(on_board() - sum, cost);
	bed_close(b);
}

static void test_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		way = &ways[i];
		go();
	}
}

/* Sums of what was saved by several means, as a line has them. */
static const struct {
	picousd routing, marks;
	const char *sum, *by, *part;
} sums[] = {
	{ 5, 0, "0.000000000005", "routing", "(absent)" },
	{ 5, 3, "0.000000000008", "routing,prompt_cache", "0.000000000005" },
	{ 5, -7, "-0.000000000002", "routing,prompt_cache",
	  "0.000000000005" },
	{ 5, -5, "0", "routing,prompt_cache", "0.000000000005" },
	{ INT64_MAX, INT64_MAX, "9223372.036854775807",
	  "routing,prompt_cache", "9223372.036854775807" },
	{ -INT64_MAX, -INT64_MAX, "-9223372.036854775807",
	  "routing,prompt_cache", "-9223372.036854775807" },
	{ 0, 0, "(absent)", "(absent)", "(absent)" },
};

static void test_sums(void **state)
{
	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(sums); i++) {
		struct req r = { .a = b->a, .site = b->site };
		struct bill x = { .saved = {
			[BILL_BY_ROUTING] = sums[i].routing,
			[BILL_BY_PROMPT_CACHE] = sums[i].marks } };
		struct json_error err;
		struct line l;

		line_begin(&l, b->a, 0);
		bill_write(&r, &x, &l);
		buf_putc(line_end(&l), '}');
		b->line = buf_view(&l.text);
		assert_int_equal(json_parse(&b->doc, b->a, b->line, &err), 0);
		assert_logged("saved_usd", sums[i].sum);
		assert_logged("saved_by", sums[i].by);
		assert_logged("saved_routing_usd", sums[i].part);
	}
	bed_close(b);
}

/* An alias's calls are priced by the model that answered, and so is what was
 * saved on them. */
static void test_saved_as_priced(void **state)
{
	const struct target alias = { .model = STR("deployment") };
	struct req r = {
		.fit = { .trimmed_tokens = 100, .marks = 1 },
		.out = { .by = &alias, .answered = true, .status = 200,
			 .whole = true, .facts = { .model = "m", .usage = {
			 .input = 100, .output = 0, .cache_read = 50 } } },
	};
	struct bill x;
	picousd input;

	(void)state;
	bed_open(b, &bed_plain);
	r.a = b->a;
	r.site = b->site;
	r.out.cost = meter_cost(&r);
	assert_string_equal(r.out.priced_as, "m");
	input = price_of(site_prices(b->site), "m",
			 &(struct usage){ .input = 100 });
	assert_true(input > 0);
	r.out.cost--; /* that much cheaper by the marks */
	bill_make(&r, &x);
	assert_int_equal(x.saved[BILL_BY_HISTORY], input);
	assert_int_equal(x.saved[BILL_BY_PROMPT_CACHE], 1);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_saved_as_priced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
