/* Those who leave, die or are stopped while others wait; answers that have
 * expired; and other hosts. */
#include "share_bed.h"
#include "serve/tally.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct ask chat = { .body = CHAT };
static const struct ask stream = { .body = STREAM };

#define REST DELTA(" rest") STOP USAGE DONE

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

static void begins(struct upcall *u)
{
	assert_int_equal(up_head(u, 200, SSE, NULL), 0);
	assert_int_equal(up_data(u, DELTA("begun")), 0);
}

/* Is it stored, and does it say that? */
static void is_stored(struct hall *h, const char *text)
{
	struct bed *b = &h->bed[0];

	guest_ends(hall_sends(h, 1, &stream));
	assert_hit();
	assert_says(text);
}

static void is_not_stored(struct hall *h)
{
	struct bed *b = &h->bed[0];
	struct guest *g;

	replies(h, leads(h, &chat, &g), "another");
	guest_ends(g);
	assert_says("another");
}

/* -- callers that leave --------------------------------------------------- */

/* Nobody is left: the call ends. */
static void test_leaves_alone(void **state)
{
	struct hall *h = hall_open(&bed_plain);
	struct guest *g;
	struct upcall *u;

	(void)state;
	u = leads(h, &stream, &g);
	begins(u);
	guest_leaves(g);
	assert_int_not_equal(up_data(u, DELTA("more")), 0);
	guest_ends(g);
	u = leads(h, &chat, &g);
	guest_leaves(g);
	assert_int_not_equal(up_gone(u), 0);
	guest_ends(g);
	hall_bills(h, 2, 0);
	assert_int_equal(hall_logged(h, "status", "499"), 2);
	assert_int_equal(hall_logged(h, "client_aborted", "true"), 2);
	is_not_stored(h);
	hall_close(h);
}

/* Somebody follows: the call goes on for him, is kept, and is on the bill of
 * the one who left. */
static void leaves_followed(bool streams)
{
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	struct guest *l, *f[2];
	struct upcall *u;

	u = leads(h, streams ? &stream : &chat, &l);
	if (streams)
		begins(u);
	f[0] = hall_sends(h, 1, &stream);
	f[1] = hall_sends(h, 1, &chat);
	hall_follows(h, 0, 2);
	guest_leaves(l);
	assert_int_equal(up_gone(u), 0);
	assert_int_equal(up_tick(u), 0);
	if (streams) {
		assert_int_equal(up_data(u, REST), 0);
		up_ends(u, NET_DONE);
	} else {
		replies(h, u, "begun rest");
	}
	guest_ends(l);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(guest_ends(f[i]), 200);
		assert_says("begun");
		assert_says(" rest");
	}
	assert_int_equal(hall_calls(h), 1);
	hall_bills(h, 3, 1);
	assert_int_equal(hall_logged(h, "status", "499"), 1);
	assert_int_equal(hall_logged(h, "cost_usd", "0.00002"), 1);
	assert_int_equal(hall_logged(h, "cache", "collapsed"), 2);
	is_stored(h, "begun");
	(void)b;
	hall_close(h);
}

static void test_leaves_followed(void **state)
{
	(void)state;
	leaves_followed(true);
	leaves_followed(false);
}

/* First the leader's caller leaves, then the last of the others. */
static void test_all_leave(void **state)
{
	struct hall *h = hall_open(&bed_plain);
	struct guest *l, *f;
	struct upcall *u;

	(void)state;
	for (int streams = 0; streams < 2; streams++) {
		u = leads(h, streams ? &stream : &chat, &l);
		if (streams)
			begins(u);
		f = hall_sends(h, 1, &stream);
		hall_follows(h, 0, 1 + (uint64_t)streams);
		guest_leaves(l);
		assert_int_equal(up_gone(u), 0);
		guest_leaves(f);
		guest_ends(f);
		assert_int_not_equal(up_tick(u), 0);
		guest_ends(l);
		hall_bills(h, 2, 0);
		assert_int_equal(hall_logged(h, "status", "499"), 2);
		assert_int_equal(hall_logged(h, "cache", "collapsed"), 1);
	}
	is_not_stored(h);
	hall_close(h);
}

/* A follower that leaves is nobody's trouble. */
static void test_follower_leaves(void **state)
{
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	struct guest *l, *f;
	struct upcall *u;

	(void)state;
	u = leads(h, &stream, &l);
	begins(u);
	f = hall_sends(h, 1, &stream);
	guest_hears(f, "begun");
	guest_leaves(f);
	guest_ends(f);
	assert_int_equal(up_data(u, REST), 0);
	up_ends(u, NET_DONE);
	assert_int_equal(guest_ends(l), 200);
	assert_says(" rest");
	hall_bills(h, 2, 1);
	assert_int_equal(hall_logged(h, "client_aborted", "true"), 1);
	assert_int_equal(hall_logged(h, "saved_usd", "(absent)"), 2);
	is_stored(h, "begun");
	hall_close(h);
}

/* on_client_abort = finish: it goes on for nobody. */
static void test_finishes(void **state)
{
	const struct bed_conf conf = { "on_client_abort = finish", NULL,
				       NULL };
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct guest *l, *f;
	struct upcall *u;

	(void)state;
	u = leads(h, &stream, &l);
	begins(u);
	guest_leaves(l);
	assert_int_equal(up_gone(u), 0);
	assert_int_equal(up_tick(u), 0);
	assert_int_equal(up_data(u, DELTA(" and")), 0);
	f = hall_sends(h, 1, &stream); /* comes when he has left */
	guest_hears(f, " and");
	assert_int_equal(up_data(u, REST), 0);
	up_ends(u, NET_DONE);
	guest_ends(l);
	assert_int_equal(guest_ends(f), 200);
	assert_says(" rest");
	hall_bills(h, 2, 1);
	assert_int_equal(hall_logged(h, "status", "499"), 1);
	is_stored(h, "begun");
	hall_close(h);
}

/* -- leaders that end ----------------------------------------------------- */

static int told[2]; /* by a child, that it has asked */

static void hangs(struct hall *h, const struct net_call *c)
{
	(void)h;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (c->tick_ms != 1000 || write(told[1], "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void begins_and_hangs(struct hall *h, const struct net_call *c)
{
	const struct net_header type = { STR("Content-Type"), STR(SSE) };

	if (c->head(c->ctx, 200, &type, 1) ||
	    c->data(c->ctx, STR(DELTA("begun"))))
		_exit(1);
	hangs(h, c);
}

/* A process that has asked, and does not come back. */
static pid_t child_leads(struct hall *h,
			 void (*instead)(struct hall *,
					 const struct net_call *))
{
	pid_t child;
	char c;

	assert_int_equal(pipe(told), 0);
	h->instead = instead;
	child = hall_forks(h, &stream);
	assert_true(child > 0);
	h->instead = NULL;
	close(told[1]);
	assert_int_equal(read(told[0], &c, 1), 1);
	close(told[0]);
	return child;
}

static void dies(pid_t child)
{
	int how;

	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &how, 0), child);
	assert_true(WIFSIGNALED(how));
}

/* One of those who wait takes his place. */
static void test_leader_dies(void **state)
{
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	pid_t child = child_leads(h, hangs);
	struct guest *g[6];

	(void)state;
	for (int i = 0; i < 6; i++)
		g[i] = hall_sends(h, i % 2, i % 3 ? &stream : &chat);
	hall_follows(h, 0, 6);
	assert_int_equal(hall_calls(h), 0);
	dies(child);
	hall_call(h, 0);
	hall_follows(h, 0, 11);
	replies(h, hall_call(h, 0), "the second's");
	for (int i = 0; i < 6; i++) {
		assert_int_equal(guest_ends(g[i]), 200);
		assert_says("the second's");
	}
	assert_int_equal(hall_calls(h), 1);
	assert_int_equal(hall_count(h, 0, BOARD_FLIGHT_ORPHANS), 1);
	hall_bills(h, 6, 1);
	assert_int_equal(hall_logged(h, "cache", "collapsed"), 5);
	hall_close(h);
}

/* Who was shown the beginning cannot be given another answer; who waits for
 * the whole can. */
static void test_leader_dies_mid_stream(void **state)
{
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	pid_t child = child_leads(h, begins_and_hangs);
	struct guest *s, *p;

	(void)state;
	s = hall_sends(h, 1, &stream);
	guest_hears(s, "begun");
	p = hall_sends(h, 1, &chat);
	hall_follows(h, 0, 2);
	dies(child);
	guest_ends(s);
	assert_says("\"error\"");
	assert_false(bed_has(b->body, DONE));
	replies(h, hall_call(h, 0), "the second's");
	assert_int_equal(guest_ends(p), 200);
	assert_says("the second's");
	assert_cache("fwd=miss; stored");
	hall_bills(h, 2, 1);
	hall_close(h);
}

/* A leader whose process has to end is no reason for others to fail. */
static void test_leader_is_stopped(void **state)
{
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	struct guest *l, *f;
	struct upcall *u;

	(void)state;
	u = leads(h, &chat, &l);
	f = hall_sends(h, 1, &stream);
	hall_follows(h, 0, 1);
	up_ends(u, NET_STOPPED);
	assert_int_equal(guest_ends(l), 503);
	assert_says("stopp");
	replies(h, hall_call(h, 1), "his own");
	assert_int_equal(guest_ends(f), 200);
	assert_says("his own");
	hall_bills(h, 2, 1);
	hall_close(h);
}

/* A follower whose own process has to end does not wait. */
static void test_follower_is_stopped(void **state)
{
	struct hall *h = hall_open(&bed_plain);
	struct bed *b = &h->bed[0];
	struct guest *l, *f[2];
	struct upcall *u;

	(void)state;
	u = leads(h, &stream, &l);
	f[0] = hall_sends(h, 1, &chat);
	hall_follows(h, 0, 1);
	hall_stops(h);
	assert_int_equal(guest_ends(f[0]), 503);
	begins(u);
	f[1] = hall_sends(h, 1, &stream);
	guest_ends(f[1]);
	assert_says("begun");
	assert_says("\"error\"");
	assert_int_equal(up_data(u, REST), 0);
	up_ends(u, NET_DONE);
	assert_int_equal(guest_ends(l), 200);
	hall_bills(h, 3, 1);
	hall_close(h);
}

/* -- expired -------------------------------------------------------------- */

static void stores_old(struct hall *h, int64_t ttl_ms)
{
	struct guest *g;

	replies(h, leads(h, &chat, &g), "old");
	guest_ends(g);
	bed_later(ttl_ms + 5);
	hall_bills(h, 1, 1);
}

static void test_stale_if_error(void **state)
{
	const struct bed_conf conf = { NULL, "ttl = 20ms\n"
				       "stale_if_error = 1h", NULL };
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct guest *g[5];
	struct upcall *u;

	(void)state;
	stores_old(h, 20);
	u = leads(h, &chat, &g[0]);
	for (int i = 1; i < 4; i++)
		g[i] = hall_sends(h, 1, i % 2 ? &stream : &chat);
	g[4] = hall_sends(h, 0, &(struct ask){ .body = CHAT, .param = {
					"HTTP_CACHE_CONTROL", "max-age=1" } });
	hall_follows(h, 0, 4);
	up_plays(u, &(struct play){ .status = 500, .body = "{\"oops\":1}",
				    .type = "application/json" });
	for (int i = 0; i < 5; i++) {
		assert_int_equal(guest_ends(g[i]), 200);
		assert_says("old");
		assert_hit();
		assert_true(bed_has(b->head, "detail=stale"));
		assert_non_null(bed_head(b, "X-Larder-Degraded"));
	}
	assert_int_equal(hall_count(h, 0, BOARD_STALE_ERROR), 5);
	assert_int_equal(hall_calls(h), 2);
	hall_bills(h, 5, 0);
	assert_int_equal(hall_logged(h, "cache", "stale"), 5);
	assert_int_equal(hall_logged(h, "cost_usd", "0"), 5);
	hall_close(h);
}

#define STALE 20

static void test_while_revalidate(void **state)
{
	const struct bed_conf conf = { NULL, "ttl = 300ms\n"
				       "stale_while_revalidate = 1h", NULL };
	struct hall *h = hall_open(&conf);
	struct bed *b = &h->bed[0];
	struct guest *g[STALE];
	struct upcall *u;

	(void)state;
	stores_old(h, 300);
	for (int i = 0; i < STALE; i++)
		g[i] = hall_sends(h, i % 2, i % 3 ? &stream : &chat);
	u = hall_call(h, 1);
	/* All have their answer, and one of them is still asking. */
	hall_ended(h, STALE - 1);
	for (int i = 0; i < STALE; i++)
		guest_let_go(g[i]);
	replies(h, u, "new");
	for (int i = 0; i < STALE; i++) {
		assert_int_equal(guest_ends(g[i]), 200);
		assert_says("old");
		assert_true(bed_has(b->head, "detail=stale"));
	}
	assert_int_equal(hall_calls(h), 2);
	hall_bills(h, STALE + 1, 1);
	assert_int_equal(hall_logged(h, "cache", "stale"), STALE);
	assert_int_equal(tally_of(tier_board(h->site[0]->tier))
				 ->pulse.cache[TALLY_STALE], STALE);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "newer"));
	h->plays = true; /* should it have expired by now */
	guest_ends(hall_sends(h, 1, &chat));
	assert_hit();
	assert_says("new");
	hall_close(h);
}

/* -- other hosts ---------------------------------------------------------- */

#define SHARED(wait) BED_UPSTREAMS "[memcached]\nservers = 0\n" \
	"budget = 1s\nsync = 1h\nwait = " wait "\n"

static const struct bed_conf patient = { NULL, NULL, SHARED("60s") };

static void test_hosts(void **state)
{
	struct hall *h = hall_open_hosts(&patient);
	struct bed *b = &h->bed[0];
	struct guest *l, *f, *g[2];
	struct upcall *u;

	(void)state;
	u = leads(h, &chat, &l);
	f = hall_sends(h, 0, &stream);
	hall_follows(h, 0, 1);
	g[0] = hall_sends(h, 1, &stream);
	hall_leads(h, 1, 1);
	g[1] = hall_sends(h, 1, &chat);
	hall_follows(h, 1, 1);
	hall_lease_asked(h, 2); /* again and again */
	replies(h, u, "one for all");
	assert_int_equal(guest_ends(l), 200);
	assert_int_equal(guest_ends(f), 200);
	assert_cache("fwd=miss; collapsed");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(guest_ends(g[i]), 200);
		assert_says("one for all");
		assert_hit();
	}
	assert_int_equal(hall_calls(h), 1);
	hall_bills(h, 4, 1);
	assert_int_equal(hall_logged(h, "cache", "memcached"), 1);
	assert_int_equal(hall_logged(h, "cache", "local"), 1);
	assert_int_equal(hall_logged(h, "saved_usd", "0.00002"), 3);
	/* Those of the other host had nobody asked, nor another's call. */
	assert_int_equal(hall_logged(h, "attempts", "(absent)"), 2);
	hall_close(h);
}

/* What another host's upstream failed at is asked again here. */
static void test_other_host_fails(void **state)
{
	struct hall *h = hall_open_hosts(&patient);
	struct bed *b = &h->bed[0];
	struct guest *l, *g;
	struct upcall *u;

	(void)state;
	u = leads(h, &chat, &l);
	g = hall_sends(h, 1, &stream);
	hall_lease_asked(h, 1);
	assert_int_equal(hall_calls(h), 1);
	up_ends(u, NET_NO_CONNECT);
	assert_int_equal(guest_ends(l), 502);
	replies(h, hall_call(h, 1), "here");
	assert_int_equal(guest_ends(g), 200);
	assert_says("here");
	hall_bills(h, 2, 1);
	hall_close(h);
}

/* A host that was heard of last three seconds ago is not waited for. */
static void test_other_host_dies(void **state)
{
	struct hall *h = hall_open_hosts(&patient);
	struct bed *b = &h->bed[0];
	struct guest *l, *g;
	struct upcall *u;

	(void)state;
	h->no_ticks = true;
	u = leads(h, &chat, &l);
	g = hall_sends(h, 1, &stream);
	hall_lease_asked(h, 2);
	assert_int_equal(hall_calls(h), 1);
	hall_memcached_ages(LEASE_S + 1);
	replies(h, hall_call(h, 1), "here");
	assert_int_equal(guest_ends(g), 200);
	assert_says("here");
	replies(h, u, "late");
	assert_int_equal(guest_ends(l), 200);
	assert_says("late");
	hall_bills(h, 2, 2);
	hall_close(h);
}

/* Who waits for another host may leave, and is replaced by nobody as long as
 * somebody waits for him. */
static void test_leaves_while_other_host_asks(void **state)
{
	struct hall *h = hall_open_hosts(&patient);
	struct bed *b = &h->bed[0];
	struct guest *l, *g, *f;
	struct upcall *u;

	(void)state;
	u = leads(h, &chat, &l);
	g = hall_sends(h, 1, &stream);
	hall_lease_asked(h, 1);
	guest_leaves(g);
	guest_ends(g);
	g = hall_sends(h, 1, &chat);
	hall_leads(h, 1, 2);
	f = hall_sends(h, 1, &stream);
	hall_follows(h, 1, 1);
	guest_leaves(g);
	hall_lease_asked(h, 2);
	assert_int_equal(hall_calls(h), 1);
	replies(h, u, "for him");
	assert_int_equal(guest_ends(f), 200);
	assert_says("for him");
	assert_hit();
	guest_ends(g);
	guest_ends(l);
	assert_int_equal(hall_calls(h), 1);
	hall_bills(h, 4, 1);
	assert_int_equal(hall_logged(h, "status", "499"), 1);
	hall_close(h);
}

/* Not longer than `wait`, and not at all where that is 0. */
static void test_impatient_hosts(void **state)
{
	static const char *const rest[] = { SHARED("0"), SHARED("60ms") };

	(void)state;
	for (size_t i = 0; i < COUNT(rest); i++) {
		const struct bed_conf conf = { NULL, NULL, rest[i] };
		struct hall *h = hall_open_hosts(&conf);
		struct bed *b = &h->bed[0];
		struct guest *l, *g;
		struct upcall *u;

		u = leads(h, &chat, &l);
		g = hall_sends(h, 1, &stream);
		replies(h, hall_call(h, 1), "its own");
		guest_ends(g);
		assert_says("its own");
		replies(h, u, "its own too");
		hall_close(h);
	}
}

/* While one request makes a host's first acquaintance with a node, the others
 * there do without it; here they know it. */
static void test_hosts_in_a_hurry(void **state)
{
	struct hall *h = hall_open_hosts(&patient);
	struct bed *b = &h->bed[0];
	int questions = 3, each = 8;

	(void)state;
	bed_plays(b, SSE, bed_stream(b, SHAPE_CHAT, "yes"));
	h->plays = true;
	for (int i = 0; i < 2; i++)
		guest_ends(hall_sends(h, i, &chat));
	assert_int_equal(hall_calls(h), 1);
	for (int i = 0; i < questions * each; i++)
		hall_sends(h, i % 2, &(struct ask){
			.body = arena_printf(b->a, "{\"model\":\"m\","
				"\"stream\":%s," USER("%d") "}",
				i % 4 < 2 ? "true" : "false",
				i / 2 % questions) });
	for (size_t i = 2; i < h->nguests; i++) {
		assert_int_equal(guest_ends(h->guest[i]), 200);
		assert_says("yes");
	}
	assert_int_equal(hall_calls(h), 1 + questions);
	hall_bills(h, (size_t)(2 + questions * each), 1 + questions);
	hall_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leaves_alone),
		cmocka_unit_test(test_leaves_followed),
		cmocka_unit_test(test_all_leave),
		cmocka_unit_test(test_follower_leaves),
		cmocka_unit_test(test_finishes),
		cmocka_unit_test(test_leader_dies),
		cmocka_unit_test(test_leader_dies_mid_stream),
		cmocka_unit_test(test_leader_is_stopped),
		cmocka_unit_test(test_follower_is_stopped),
		cmocka_unit_test(test_stale_if_error),
		cmocka_unit_test(test_while_revalidate),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_other_host_fails),
		cmocka_unit_test(test_other_host_dies),
		cmocka_unit_test(test_leaves_while_other_host_asks),
		cmocka_unit_test(test_impatient_hosts),
		cmocka_unit_test(test_hosts_in_a_hurry),
	};

	return cmocka_run_group_tests_name("corridor_share_end", tests, NULL,
					   NULL);
}
