/* Who pays for a call that several share, whole or cut: who made it. */
#include "share_bed.h"

#include <stdlib.h>

#include "serve/tally.h"

#define FOLLOWERS 3
#define BUDGET "[upstream o]\nurl = https://o.test/v1\nmodels = any\n" \
	"retries = 0\nbreaker_failures = 0\n[budget all]\nlimit = 1000\n"

static const struct ask chat = { .body = CHAT };
static const struct ask stream = { .body = STREAM };

static const struct bed_conf conf = { "budget_file = %1$s/budgets", NULL,
				      BUDGET };

static const char *member(struct hall *h, size_t i, const char *name)
{
	uint32_t v = json_get(&h->line[i], 0, name);

	return v ? arena_cstr(h->bed[0].a, json_span(&h->line[i], v)) : NULL;
}

/* One line has the money, in both columns; the others have 0, and count for
 * no budget. */
static void check_books(struct hall *h)
{
	const char *cost, *budget;
	size_t paying = 0;

	assert_int_equal(h->nlines, FOLLOWERS + 1);
	for (size_t i = 0; i < h->nlines; i++) {
		cost = member(h, i, "cost_usd");
		budget = member(h, i, "budget_usd");
		assert_non_null(cost);
		if (budget) {
			assert_string_equal(budget, cost);
			assert_true(atof(cost) > 0);
			paying++;
		} else {
			assert_string_equal(cost, "0");
		}
		assert_null(member(h, i, "spilt_usd"));
	}
	assert_int_equal(paying, 1);
}

static void all_share(const struct ask *q, bool cut)
{
	struct hall *h = hall_open(&conf);
	struct guest *g[FOLLOWERS + 1];
	struct upcall *u;

	g[0] = hall_sends(h, 0, q);
	u = hall_call(h, 0);
	for (int i = 1; i <= FOLLOWERS; i++)
		g[i] = hall_sends(h, i % 2, q);
	hall_follows(h, 0, FOLLOWERS);
	if (cut) {
		assert_int_equal(up_head(u, 200, SSE, NULL), 0);
		assert_int_equal(up_data(u, DELTA("begun")), 0);
		up_ends(u, NET_BROKEN);
	} else {
		up_replies(u, bed_reply(&h->bed[0], SHAPE_CHAT, "yes"));
	}
	for (int i = 0; i <= FOLLOWERS; i++)
		guest_ends(g[i]);
	assert_int_equal(hall_calls(h), 1);
	hall_bills(h, FOLLOWERS + 1, !cut);
	check_books(h);
	hall_close(h);
}

static void test_whole(void **state)
{
	(void)state;
	all_share(&chat, false);
}

static void test_cut(void **state)
{
	(void)state;
	all_share(&stream, true);
}

/* What all are refused together is nobody's hit, as reports have it. */
static void test_refused(void **state)
{
	struct hall *h = hall_open(&conf);
	struct guest *g[FOLLOWERS + 1];
	const struct tally_pulse *p;
	struct upcall *u;

	(void)state;
	g[0] = hall_sends(h, 0, &chat);
	u = hall_call(h, 0);
	for (int i = 1; i <= FOLLOWERS; i++)
		g[i] = hall_sends(h, i % 2, &chat);
	hall_follows(h, 0, FOLLOWERS);
	up_plays(u, &(struct play){ .status = 400, .type = "application/json",
				    .body = "{\"error\":{}}" });
	for (int i = 0; i <= FOLLOWERS; i++)
		assert_int_equal(guest_ends(g[i]), 400);
	hall_bills(h, FOLLOWERS + 1, 0);
	assert_int_equal(hall_logged(h, "cache", "collapsed"), FOLLOWERS);
	p = &tally_of(tier_board(h->site[0]->tier))->pulse;
	assert_int_equal(p->cache[TALLY_COLLAPSED], FOLLOWERS);
	assert_int_equal(p->hits, 0);
	assert_int_equal(p->misses, 0);
	hall_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
