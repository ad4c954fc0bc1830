/* Who may wait for whose answer, and who asks for itself. */
#include "share_bed.h"

#include <stdio.h>

#include "base/clock.h"
#include "store/gens.h"

static const struct ask chat = { .body = CHAT };

static struct upcall *leads(struct hall *h, const struct ask *q,
			    struct guest **g_r)
{
	int n = hall_calls(h);

	*g_r = hall_sends(h, 0, q);
	return hall_call(h, n);
}

static void replies(struct hall *h, struct upcall *u, const char *text)
{
	up_replies(u, bed_reply(&h->bed[0], SHAPE_CHAT, text));
}

/* -- by what they say ----------------------------------------------------- */

#define CC "HTTP_CACHE_CONTROL"
#define TTL "HTTP_X_LARDER_TTL"

static const struct {
	const char *name, *value, *auth;
	enum { FOLLOWS, ASKS, NEITHER } does;
	const char *cache;
} callers[] = {
	{ "X", "-", NULL, FOLLOWS, "fwd=miss; collapsed" },
	{ CC, "no-store", NULL, ASKS, "fwd=bypass; detail=no-store" },
	{ CC, "no-cache", NULL, ASKS, "fwd=request; stored" },
	{ CC, "max-age=0", NULL, ASKS, "fwd=miss; stored" },
	{ CC, "max-age=60", NULL, FOLLOWS, "fwd=miss; collapsed" },
	{ CC, "max-stale=60", NULL, FOLLOWS, "fwd=miss; collapsed" },
	{ CC, "only-if-cached", NULL, NEITHER, "fwd=miss" },
	{ TTL, "0", NULL, ASKS, "fwd=miss" },
	{ TTL, "60", NULL, FOLLOWS, "fwd=miss; collapsed" },
	{ "HTTP_X_LARDER_TAG", "v7", NULL, FOLLOWS, "fwd=miss; collapsed" },
	{ "HTTP_X_LARDER_NAMESPACE", "n", NULL, ASKS, "fwd=miss; stored" },
	{ "HTTP_OPENAI_ORGANIZATION", "o", NULL, ASKS, "fwd=miss; stored" },
	{ "X", "-", "Bearer another", ASKS, "fwd=miss; stored" },
};

/* One who comes while another's answer is under way. */
static void comes_second(struct hall *h, size_t i)
{
	struct bed *b = &h->bed[0];
	const char *auth = arena_printf(b->a, "Bearer leader %zu", i);
	struct ask first = { .body = CHAT, .auth = auth };
	struct ask second = { .body = CHAT,
			      .auth = callers[i].auth ? callers[i].auth : auth,
			      .param = { callers[i].name, callers[i].value } };
	uint64_t follows = hall_count(h, 0, BOARD_FLIGHT_FOLLOWS);
	int calls = hall_calls(h);
	struct guest *l, *f;
	struct upcall *u = leads(h, &first, &l);

	bed_later(2); /* the wall clock tells who came first */
	f = hall_sends(h, 1, &second);
	if (callers[i].does == ASKS)
		replies(h, hall_call(h, calls + 1), "its own");
	else if (callers[i].does == FOLLOWS)
		hall_follows(h, 0, follows + 1);
	if (callers[i].does != FOLLOWS) /* it does not wait for the first */
		guest_ends(f);
	replies(h, u, "the first's");
	assert_int_equal(guest_ends(l), 200);
	assert_says("the first's");
	assert_int_equal(guest_ends(f), callers[i].does == NEITHER ? 504 :
								     200);
	assert_says(callers[i].does == FOLLOWS ? "the first's" :
		    callers[i].does == ASKS ? "its own" : "only-if-cached");
	if (strcmp(bed_cache(b), callers[i].cache) != 0)
		bed_fail("%s: %s is %s\n", callers[i].name, callers[i].value,
			 bed_cache(b));
	calls = hall_calls(h) - calls;
	assert_int_equal(calls, 1 + (callers[i].does == ASKS));
	hall_bills(h, 2, calls);
}

static void test_callers(void **state)
{
	struct hall *h = hall_open(&bed_plain);

	(void)state;
	for (size_t i = 0; i < COUNT(callers); i++)
		comes_second(h, i);
	hall_close(h);
}

/* Who wants a new answer is a leader like others. */
static void test_leads_with_no_cache(void **state)
{
	static const struct ask fresh = { .body = CHAT,
					  .param = { CC, "no-cache" } };
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	struct guest *l, *f;
	struct upcall *u;

	(void)state;
	u = leads(h, &chat, &l);
	replies(h, u, "old");
	guest_ends(l);
	u = leads(h, &fresh, &l);
	/* For this one the old answer is good enough. */
	f = hall_sends(h, 1, &chat);
	guest_ends(f);
	assert_hit();
	assert_says("old");
	bed_later(2); /* the wall clock tells who came first */
	f = hall_sends(h, 1, &(struct ask){ .body = CHAT,
					    .param = { CC, "max-age=0" } });
	replies(h, hall_call(h, 2), "later");
	replies(h, u, "new");
	guest_ends(f);
	assert_says("later");
	guest_ends(l);
	assert_says("new");
	hall_bills(h, 4, 3);
	hall_close(h);
}

/* -- among strangers ------------------------------------------------------ */

static const struct bed_conf by_site = { NULL, "scope = site", NULL };

static const struct ask alices = { .body = CHAT, .auth = "Bearer alice" };
static const struct ask bobs = { .body = CHAT, .auth = "Bearer bob" };
static const struct ask strangers = { .body = CHAT, .auth = "Bearer who" };

/* The upstream accepts its credential for something else. */
static void is_known(struct hall *h, const char *auth)
{
	struct ask q = { .body = "{\"model\":\"m\"," USER("known") "}",
			 .auth = auth, .param = { CC, "no-cache" } };
	struct guest *g;

	replies(h, leads(h, &q, &g), "known");
	assert_int_equal(guest_ends(g), 200);
}

static void test_stranger(void **state)
{
	struct hall *h = hall_open(&by_site);
	struct bed *b = &h->bed[0];
	struct guest *l, *s, *f;
	struct upcall *u, *own;

	(void)state;
	is_known(h, "Bearer alice");
	is_known(h, "Bearer bob");
	hall_bills(h, 2, 2);
	/* It does not follow, though what it asks is under way. */
	u = leads(h, &alices, &l);
	own = leads(h, &strangers, &s);
	f = hall_sends(h, 1, &bobs);
	hall_follows(h, 0, 1);
	up_plays(own, &(struct play){ .status = 401, .body = "{}",
				      .type = "application/json" });
	assert_int_equal(guest_ends(s), 401);
	assert_cache("fwd=miss; detail=unverified");
	replies(h, u, "alice's");
	assert_int_equal(guest_ends(f), 200);
	assert_says("alice's");
	assert_cache("fwd=miss; collapsed");
	guest_ends(l);
	hall_bills(h, 3, 1);
	hall_close(h);
}

/* Nor does it lead: whom would its error, or its time, be for? */
static void test_stranger_first(void **state)
{
	struct hall *h = hall_open(&by_site);
	struct bed *b = &h->bed[0];
	struct guest *s, *l, *f;
	struct upcall *own, *u;

	(void)state;
	is_known(h, "Bearer alice");
	own = leads(h, &strangers, &s);
	u = leads(h, &alices, &l);
	f = hall_sends(h, 1, &alices);
	hall_follows(h, 0, 1);
	replies(h, u, "alice's");
	guest_ends(f);
	assert_says("alice's");
	replies(h, own, "its own");
	guest_ends(s);
	assert_says("its own");
	hall_close(h);
}

static void test_error_of_one_account(void **state)
{
	/* The last: then alice is not known any more. */
	static const int status[] = { 400, 429, 500, 401 };
	struct hall *h = hall_open(&by_site);
	struct bed *b = &h->bed[0];

	(void)state;
	is_known(h, "Bearer alice");
	is_known(h, "Bearer bob");
	hall_bills(h, 2, 2);
	for (size_t i = 0; i < COUNT(status); i++) {
		const char *body = arena_printf(b->a, "{\"model\":\"m\","
						USER("%zu") "}", i);
		struct ask a = { .body = body, .auth = "Bearer alice" };
		struct ask q = { .body = body, .auth = "Bearer bob" };
		uint64_t follows = hall_count(h, 0, BOARD_FLIGHT_FOLLOWS);
		int calls = hall_calls(h);
		struct guest *l, *same, *f;
		struct upcall *u = leads(h, &a, &l);

		same = hall_sends(h, 1, &a);
		f = hall_sends(h, 1, &q);
		hall_follows(h, 0, follows + 2);
		up_plays(u, &(struct play){ .status = status[i],
			.type = "application/json", .body = "{\"alice\":1}" });
		u = hall_call(h, calls + 1);
		assert_string_equal(u->auth, "Bearer bob");
		replies(h, u, "bob's");
		assert_int_equal(guest_ends(l), status[i]);
		assert_int_equal(guest_ends(same), status[i]);
		assert_int_equal(guest_ends(f), 200);
		assert_says("bob's");
		assert_false(bed_has(b->body, "alice"));
		assert_int_equal(hall_calls(h), calls + 2);
		hall_bills(h, 3, 1);
		assert_int_equal(hall_logged(h, "cache", "collapsed"), 1);
	}
	hall_close(h);
}

/* What failed for all is told to all. */
static void test_no_answer_for_all(void **state)
{
	struct hall *h = hall_open(&by_site);
	struct guest *l, *f;
	struct upcall *u;

	(void)state;
	is_known(h, "Bearer alice");
	is_known(h, "Bearer bob");
	u = leads(h, &alices, &l);
	f = hall_sends(h, 1, &bobs);
	hall_follows(h, 0, 1);
	up_ends(u, NET_NO_CONNECT);
	assert_int_equal(guest_ends(l), 502);
	assert_int_equal(guest_ends(f), 502);
	assert_int_equal(hall_calls(h), 3);
	hall_close(h);
}

static void test_limits_of_one_account(void **state)
{
	static const char *const heads[] = { "x-request-id", "alices-1",
		"x-ratelimit-remaining", "7", "retry-after", "9",
		"openai-organization", "org-a", "openai-version", "v", NULL };
	struct hall *h = hall_open(&by_site);
	struct bed *b = &h->bed[0];
	struct guest *l, *same, *f;
	struct upcall *u;

	(void)state;
	is_known(h, "Bearer alice");
	is_known(h, "Bearer bob");
	u = leads(h, &alices, &l);
	same = hall_sends(h, 1, &alices);
	f = hall_sends(h, 1, &bobs);
	hall_follows(h, 0, 2);
	up_plays(u, &(struct play){ .status = 200, .header = heads,
		.type = "application/json",
		.body = bed_reply(b, SHAPE_CHAT, "yes") });
	guest_ends(l);
	assert_string_equal(bed_head(b, "x-ratelimit-remaining"), "7");
	guest_ends(same);
	assert_string_equal(bed_head(b, "x-ratelimit-remaining"), "7");
	assert_string_equal(bed_head(b, "x-request-id"), "alices-1");
	guest_ends(f);
	assert_says("yes");
	assert_string_equal(bed_head(b, "Content-Type"), "application/json");
	assert_null(bed_head(b, "x-ratelimit-remaining"));
	assert_null(bed_head(b, "retry-after"));
	assert_null(bed_head(b, "openai-version"));
	assert_string_not_equal(bed_head(b, "x-request-id"), "alices-1");
	hall_close(h);
}

/* With larder keys all use the operator's account: what it says of that is
 * for every client. */
static void test_one_account_for_all(void **state)
{
	static const char *const heads[] = { "retry-after", "9",
		"x-request-id", "ones-1", NULL };
	const struct bed_conf conf = { NULL, "scope = site", BED_OWN_KEYS };
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct ask one = { .body = CHAT, .auth = bed_client(b, "one") };
	struct ask two = { .body = CHAT, .auth = bed_client(b, "two") };
	struct guest *l, *f;
	struct upcall *u;

	(void)state;
	u = leads(h, &one, &l);
	f = hall_sends(h, 1, &two);
	hall_follows(h, 0, 1);
	up_plays(u, &(struct play){ .status = 429, .header = heads,
		.type = "application/json", .body = "{\"slow\":1}" });
	assert_int_equal(guest_ends(l), 429);
	assert_int_equal(guest_ends(f), 429);
	assert_says("slow");
	assert_string_equal(bed_head(b, "retry-after"), "9");
	assert_string_not_equal(bed_head(b, "x-request-id"), "ones-1");
	assert_int_equal(hall_calls(h), 1);
	hall_close(h);
}

/* -- purged meanwhile ----------------------------------------------------- */

static const struct {
	enum gens_kind kind;
	const char *name;
} purges[] = {
	{ GENS_TAG, "v1" }, { GENS_MODEL, "m" }, { GENS_ALL, "" },
};

/* What was asked before is for those who asked before. */
static void purge_mid_flight(struct hall *h, size_t i)
{
	struct bed *b = &h->bed[0];
	const char *auth = arena_printf(b->a, "Bearer %zu", i);
	struct ask tagged = { .body = STREAM, .auth = auth,
			      .param = { "HTTP_X_LARDER_TAG", "v1" } };
	struct ask plain = { .body = STREAM, .auth = auth };
	int calls = hall_calls(h);
	struct guest *l, *after, *later;
	struct upcall *u, *own;

	u = leads(h, &tagged, &l);
	up_head(u, 200, SSE, NULL);
	up_data(u, DELTA("old"));
	gens_raise(tier_board(h->site[1]->tier), purges[i].kind,
		   str_c(purges[i].name), clock_wall_ms());
	after = hall_sends(h, 1, &plain);
	own = hall_call(h, calls + 1);
	up_data(u, DELTA("er") STOP USAGE DONE);
	up_ends(u, NET_DONE);
	guest_ends(l);
	assert_says("old");
	assert_says(DONE);
	up_streams(own, DELTA("new") STOP USAGE DONE);
	guest_ends(after);
	assert_says("new");
	assert_false(bed_has(b->body, "old"));
	later = hall_sends(h, 0, &plain);
	guest_ends(later);
	assert_hit();
	assert_says("new");
	hall_bills(h, 3, 2);
}

static void test_purged(void **state)
{
	struct hall *h = hall_open(&bed_plain);

	(void)state;
	for (size_t i = 0; i < COUNT(purges); i++)
		purge_mid_flight(h, i);
	hall_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_callers),
		cmocka_unit_test(test_leads_with_no_cache),
		cmocka_unit_test(test_stranger),
		cmocka_unit_test(test_stranger_first),
		cmocka_unit_test(test_error_of_one_account),
		cmocka_unit_test(test_no_answer_for_all),
		cmocka_unit_test(test_limits_of_one_account),
		cmocka_unit_test(test_one_account_for_all),
		cmocka_unit_test(test_purged),
	};

	return cmocka_run_group_tests_name("corridor_share_who", tests, NULL,
					   NULL);
}
