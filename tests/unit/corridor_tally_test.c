/* What the corridor adds up on the board: the sums of its log's lines. */
#include "corridor_bed.h"
#include "cmd/report_entry.h"
#include "serve/meter.h"
#include "serve/tally.h"

#define JSON "application/json"
#define OK "{\"model\":\"y\",\"choices\":[{\"index\":0,\"finish_reason\":" \
	"\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"}}]," \
	"\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}"

static struct tally *sums(struct bed *b)
{
	return tally_of(tier_board(b->site->tier));
}

static const struct tally_model *model(struct bed *b, const char *name)
{
	struct tally_names n;

	for (size_t i = 0; i < TALLY_MODELS; i++)
		if (tally_names(&sums(b)->model[i], b->a, &n) &&
		    strcmp(n.model, name) == 0)
			return &sums(b)->model[i];
	return NULL;
}

static uint64_t values(const struct tally_hist *h)
{
	uint64_t n = 0;

	for (size_t i = 0; i < TALLY_CELLS; i++)
		n += h->n[i];
	return n;
}

static void says_m(struct bed *b)
{
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "yes"));
}

/* A miss costs, its hit saves the same. */
static void a_miss_and_a_hit(void **state)
{
	struct bed bed, *b = &bed;
	const struct tally_model *m;
	struct tally *t;

	(void)state;
	bed_open(b, &bed_plain);
	says_m(b);
	bed_chat(b, NULL, CHAT);
	assert_logged("cost_usd", "0.00002");
	bed_chat(b, NULL, CHAT);
	assert_logged("saved_usd", "0.00002");
	t = sums(b);
	assert_int_equal(t->pulse.cache[TALLY_MISS], 1);
	assert_int_equal(t->pulse.cache[TALLY_LOCAL], 1);
	assert_int_equal(tally_requests(&t->pulse), 2);
	assert_int_equal(t->status[TALLY_2XX], 2);
	assert_int_equal(t->pulse.cost, 20000000);
	assert_int_equal(t->pulse.saved, 20000000);
	assert_int_equal(t->saved[BILL_BY_CACHE], 20000000);
	assert_int_equal(t->pulse.burnt, 0);
	assert_int_equal(t->unpriced, 0);
	assert_int_equal(t->pulse.token[USAGE_FRESH], 10);
	assert_int_equal(t->pulse.token[USAGE_OUTPUT], 5);
	assert_int_equal(values(&t->pulse.hit_ms), 1);
	assert_int_equal(values(&t->pulse.call_ms), 1);
	assert_int_equal(values(&t->refused_ms), 0);
	m = model(b, "m");
	assert_non_null(m);
	assert_int_equal(m->requests, 2);
	assert_int_equal(m->hits, 1);
	assert_int_equal(m->cost, 20000000);
	assert_int_equal(m->saved, 20000000);
	assert_int_equal(values(&m->ms), 2);
	assert_int_equal(values(&m->input), 1);
	assert_int_equal(m->input.sum, 10);
	bed_close(b);
}

static void what_is_refused(void **state)
{
	struct bed bed, *b = &bed;
	struct tally *t;

	(void)state;
	bed_open(b, &bed_plain);
	assert_int_equal(bed_chat(b, NULL, "{"), 400);
	t = sums(b);
	assert_int_equal(t->pulse.cache[TALLY_NONE], 1);
	assert_int_equal(t->pulse.errors, 1);
	assert_int_equal(t->status[TALLY_4XX], 1);
	assert_int_equal(values(&t->refused_ms), 1);
	b->play = (struct play){ .status = 500, .type = "application/json",
				 .body = "{}" };
	bed_chat(b, NULL, CHAT);
	assert_true(b->status >= 500);
	assert_int_equal(t->status[TALLY_5XX], 1);
	assert_int_equal(t->pulse.errors, 2);
	assert_int_equal(t->pulse.cost, 0);
	bed_close(b);
}

/* A call without a price is no call for nothing. */
static void what_has_no_price(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	bed_plays(b, "application/json",
		  "{\"id\":\"x\",\"object\":\"chat.completion\",\"model\":"
		  "\"who\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
		  "\"assistant\",\"content\":\"a\"},\"finish_reason\":"
		  "\"stop\"}],\"usage\":{\"prompt_tokens\":3,"
		  "\"completion_tokens\":4}}");
	bed_chat(b, NULL, "{\"model\":\"who\"," USER("hi") "}");
	assert_int_equal(b->status, 200);
	assert_null(bed_log(b, "cost_usd"));
	assert_int_equal(sums(b)->unpriced, 1);
	assert_int_equal(sums(b)->pulse.cost, 0);
	bed_close(b);
}

/* Whatever was asked and answered: as many calls without a price as `larder
 * report` finds in the lines, and the same hit rate. */
static const struct {
	const char *uri, *body;
	struct play play;
	int unpriced;
} calls[] = {
	{ NULL, "{\"model\":\"x\"," USER("1") "}", { 200, JSON, .body = OK },
	  1 },
	{ NULL, "{\"model\":\"m\"," USER("2") "}", { 200, JSON, .body = OK },
	  0 },
	{ NULL, "{\"model\":\"x\"," USER("3") "}", { 404, JSON, .body = "{}" },
	  0 },
	{ NULL, "{\"model\":\"x\"," USER("4") "}", { 503, JSON, .body = "{}" },
	  0 },
	{ NULL, "{\"model\":\"x\"," USER("5") "}", { .end = NET_BROKEN }, 0 },
	{ NULL, "{\"model\":\"x\"," USER("6") "}", { .gone = true }, 0 },
	{ NULL, "{\"model\":\"x\",\"stream\":true," USER("7") "}",
	  { 200, SSE, .body = "data: {\"choices\":[]}\n\n",
	    .end = NET_BROKEN }, 0 },
	{ NULL, "{\"model\":\"x\",\"stream\":true," USER("8") "}",
	  { 200, SSE, .body = "data: {\"error\":{\"message\":\"no\"}}\n\n" },
	  0 },
	{ "/v1/messages/count_tokens", "{\"model\":\"x\"," USER("9") "}",
	  { 200, JSON, .body = "{\"input_tokens\":7}" }, 0 },
	{ "/v1/models", NULL, { 200, JSON, .body = "{\"data\":[]}" }, 0 },
	{ NULL, "{\"model\":\"x\"," USER("1") "}", { 200, JSON, .body = OK },
	  0 },
	{ NULL, "{\"model\":\"m\"," USER("2") "}", { 503, JSON, .body = "{}" },
	  0 },
	{ NULL, "{\"model\":\"m\",\"temperature\":1," USER("2") "}",
	  { 200, JSON, .body = OK }, 0 },
	{ NULL, "{", { 200, JSON, .body = OK }, 0 },
};

static void rates_as_report(const struct tally_pulse *was,
			    const struct tally_pulse *is,
			    const struct report_entry *e, size_t i)
{
	bool hit = e->tier >= 0;
	bool miss = e->miss && e->status < 400 && !e->error.n;

	if (is->hits - was->hits != hit || is->misses - was->misses != miss)
		bed_fail("call %zu is %s for the hit rate\n", i, hit ?
			 "a hit" : miss ? "a miss" : "nothing");
}

static void as_report_has_it(void **state)
{
	struct bed bed, *b = &bed;
	struct report_entry e;
	struct tally_pulse was;
	uint64_t before;
	bool found;

	(void)state;
	bed_open(b, &bed_plain);
	for (size_t i = 0; i < COUNT(calls); i++) {
		before = sums(b)->unpriced;
		was = sums(b)->pulse;
		b->play = calls[i].play;
		bed_ask(b, &(struct ask){ .uri = calls[i].uri,
			.method = calls[i].body ? NULL : "GET",
			.body = calls[i].body });
		assert_int_equal(report_entry_read(&e, b->a, b->line), 0);
		rates_as_report(&was, &sums(b)->pulse, &e, i);
		found = report_entry_called(&e) && e.cost == PRICE_UNKNOWN;
		if (found != calls[i].unpriced ||
		    sums(b)->unpriced - before != (uint64_t)found)
			bed_fail("call %zu: %.*s\n", i, (int)b->line.n,
				 b->line.p);
	}
	assert_int_equal(sums(b)->pulse.hits, 2);
	bed_close(b);
}

/* One line that lies turns no counter around. */
static void what_nobody_pays(void **state)
{
	const struct bill lie = { .known = INT64_MAX, .saved = {
		[BILL_BY_ROUTING] = INT64_MAX,
		[BILL_BY_PROMPT_CACHE] = -INT64_MAX } };
	struct bed bed, *b = &bed;
	struct tally *t;
	struct req r;

	(void)state;
	bed_open(b, &bed_plain);
	r = (struct req){ .a = b->a, .site = b->site };
	tally(&r, &lie);
	tally(&r, &lie);
	tally(&r, &lie);
	t = sums(b);
	assert_int_equal(t->pulse.cost, 3 * METER_MOST);
	assert_int_equal(t->pulse.saved + t->pulse.burnt, 0);
	assert_int_equal(t->saved[BILL_BY_ROUTING], 3 * METER_MOST);
	assert_int_equal(t->burnt[BILL_BY_PROMPT_CACHE], 3 * METER_MOST);
	bed_close(b);
}

/* A stranger who makes up names fills no table with them: only those that
 * were answered have a place, and when all are taken, they share one. */
static void names_of_strangers(void **state)
{
	struct bed bed, *b = &bed;
	char body[200];

	(void)state;
	bed_open(b, &bed_plain);
	b->play = (struct play){ .status = 404, .type = "application/json",
				 .body = "{\"error\":{\"message\":\"no\"}}" };
	for (int i = 0; i < 5; i++) {
		snprintf(body, sizeof(body), "{\"model\":\"bad%d\"," USER("x")
			 "}", i);
		bed_chat(b, NULL, body);
	}
	assert_null(model(b, "bad0"));
	assert_int_equal(sums(b)->other.requests, 5);
	says_m(b);
	for (int i = 0; i < TALLY_MODELS + 6; i++) {
		snprintf(body, sizeof(body), "{\"model\":\"good%d\","
			 USER("x") "}", i);
		assert_int_equal(bed_chat(b, NULL, body), 200);
	}
	assert_non_null(model(b, "good0"));
	assert_int_equal(sums(b)->other.requests, 11);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_miss_and_a_hit),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(what_has_no_price),
		cmocka_unit_test(as_report_has_it),
		cmocka_unit_test(what_nobody_pays),
		cmocka_unit_test(names_of_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
