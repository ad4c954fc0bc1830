/* memcached.so with real memcached daemons: what is there, what is gone, and
 * which node has what. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <netdb.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "store/memc_server.h"
#include "unit/memc_bed.h"

static char large[MEMC_VALUE_MAX + 1];

static enum memc_end set(struct env *e, const char *name, const char *value)
{
	return e->ops->set(e->m, 0, str_c(name), str_c(value), 60, LONG_MS);
}

static enum memc_end get_for(struct env *e, const char *name, int64_t wait_ms)
{
	struct str v;

	return e->ops->get(e->m, 0, str_c(name), wait_ms, &v);
}

static void assert_value(struct env *e, const char *name, const char *value)
{
	struct str v = STR("untouched");

	assert_int_equal(MEMC_DONE, e->ops->get(e->m, 0, str_c(name), LONG_MS,
						&v));
	assert_true(str_is(v, value));
}

/* --- words --- */

static void words(struct env *e)
{
	struct str a = STR("a"), v = STR("untouched"), no = { NULL, 0 };

	assert_int_equal(MEMC_ABSENT, e->ops->get(e->m, 0, a, LONG_MS, &v));
	assert_true(str_is(v, "untouched"));
	assert_int_equal(MEMC_DONE, set(e, "a", "one"));
	assert_value(e, "a", "one");
	assert_int_equal(MEMC_DONE, set(e, "a", "two\r\nEND\r\n"));
	assert_value(e, "a", "two\r\nEND\r\n");
	assert_int_equal(MEMC_ABSENT, e->ops->add(e->m, 0, a, STR("3"), 60,
						  LONG_MS));
	assert_value(e, "a", "two\r\nEND\r\n");
	assert_int_equal(MEMC_DONE, e->ops->drop(e->m, 0, a, LONG_MS));
	assert_int_equal(MEMC_ABSENT, e->ops->drop(e->m, 0, a, LONG_MS));
	assert_int_equal(MEMC_DONE, e->ops->add(e->m, 0, a, STR("3"), 60,
						LONG_MS));
	assert_value(e, "a", "3");
	assert_int_equal(MEMC_DONE, e->ops->set(e->m, 0, a, no, 60, LONG_MS));
	assert_value(e, "a", "");
}

static void words_over_unix(void **state)
{
	struct env *e = *state;

	memc_bed_need();
	env_use(e, memc_bed_unix(&e->bed, NULL)->server);
	words(e);
}

static void words_over_tcp(void **state)
{
	struct env *e = *state;

	memc_bed_need();
	env_use(e, memc_bed_tcp(&e->bed, NULL)->server);
	words(e);
}

/* A name is looked up on another thread. Small systems have no /etc/hosts. */
static void words_by_name(void **state)
{
	struct env *e = *state;
	struct memc_daemon d;
	struct addrinfo *there;

	memc_bed_need();
	if (getaddrinfo("localhost", NULL, NULL, &there) != 0)
		skip();
	freeaddrinfo(there);
	d = *memc_bed_tcp(&e->bed, NULL);
	snprintf(d.server, sizeof(d.server), "LocalHost:%d", d.port);
	env_use(e, d.server);
	words(e);
}

static void names_that_are_none_are_not_sent(void **state)
{
	struct env *e = *state;
	char longest[MEMC_NAME_MAX + 2];
	const char *bad[] = { "", "a b", "a\r\nflush_all", "a\tb", "\x80",
			      "\x7f", longest };
	size_t i;

	memc_bed_need();
	env_use(e, memc_bed_unix(&e->bed, NULL)->server);
	memset(longest, 'k', sizeof(longest));
	longest[MEMC_NAME_MAX] = '\0';
	assert_int_equal(MEMC_DONE, set(e, longest, "v"));
	assert_value(e, longest, "v");
	longest[MEMC_NAME_MAX] = 'k';
	longest[MEMC_NAME_MAX + 1] = '\0';
	for (i = 0; i < COUNT_OF(bad); i++) {
		assert_int_equal(MEMC_REFUSED, set(e, bad[i], "v"));
		assert_int_equal(MEMC_REFUSED, get_for(e, bad[i], LONG_MS));
	}
	assert_int_equal(MEMC_REFUSED, e->ops->drop(e->m, 1, STR("a"),
						    LONG_MS));
}

/* --- sizes and times --- */

static void large_values(void **state)
{
	struct env *e = *state;
	struct str v = { large, MEMC_VALUE_MAX }, got;
	int i;

	memc_bed_need();
	env_use(e, memc_bed_tcp(&e->bed, NULL)->server);
	for (i = 0; i <= MEMC_VALUE_MAX; i++)
		large[i] = (char)(i * 7 + i / 251);
	assert_int_equal(MEMC_DONE, e->ops->set(e->m, 0, STR("a"), v, 60,
						LONG_MS));
	for (i = 0; i < 3; i++) {
		assert_int_equal(MEMC_DONE, e->ops->get(e->m, 0, STR("a"),
							LONG_MS, &got));
		assert_true(str_eq(v, got));
	}
	v.n++;
	assert_int_equal(MEMC_REFUSED, e->ops->set(e->m, 0, STR("b"), v, 60,
						   LONG_MS));
}

static void a_node_may_refuse(void **state)
{
	struct env *e = *state;
	struct str v = { large, MEMC_VALUE_MAX };

	memc_bed_need();
	env_use(e, memc_bed_unix(&e->bed, "512k")->server);
	assert_int_equal(MEMC_REFUSED, e->ops->set(e->m, 0, STR("a"), v, 60,
						   LONG_MS));
	assert_int_equal(MEMC_DONE, set(e, "a", "small"));
	assert_value(e, "a", "small");
}

/* 0 and less would be for ever, or never; what memcached takes for a date
 * would be long gone. */
static void values_expire(void **state)
{
	static const int64_t soon[] = { 1, 0, -5 };
	struct env *e = *state;
	int64_t begin = clock_mono_ms();
	char name[16];
	size_t i;

	memc_bed_need();
	env_use(e, memc_bed_unix(&e->bed, NULL)->server);
	for (i = 0; i < COUNT_OF(soon); i++) {
		snprintf(name, sizeof(name), "soon%zu", i);
		assert_int_equal(MEMC_DONE,
				 e->ops->set(e->m, 0, str_c(name), STR("v"),
					     soon[i], LONG_MS));
	}
	assert_int_equal(MEMC_DONE, e->ops->set(e->m, 0, STR("late"), STR("v"),
						INT64_MAX, LONG_MS));
	for (i = 0; i < COUNT_OF(soon); i++) {
		snprintf(name, sizeof(name), "soon%zu", i);
		while (get_for(e, name, LONG_MS) != MEMC_ABSENT) {
			assert_true(clock_mono_ms() - begin < LONG_MS);
			usleep(10000);
		}
	}
	assert_value(e, "late", "v");
}

/* --- nodes that are gone --- */

static void assert_fails_in(struct env *e, int64_t wait_ms)
{
	int64_t begin = clock_mono_ms();

	assert_int_equal(MEMC_FAILED, get_for(e, "a", wait_ms));
	assert_in_range(clock_mono_ms() - begin, 0, wait_ms + SLACK_MS);
}

static void gone_and_back(struct env *e, struct memc_daemon *d)
{
	env_use(e, d->server);
	assert_int_equal(MEMC_DONE, set(e, "a", "v"));
	memc_daemon_kill(d);
	assert_fails_in(e, SLACK_MS); /* refused: it need not wait */
	assert_fails_in(e, SLACK_MS);
	memc_daemon_again(d);
	assert_int_equal(MEMC_ABSENT, get_for(e, "a", LONG_MS));
	assert_int_equal(MEMC_DONE, set(e, "a", "v"));
	memc_daemon_kill(d);
	memc_daemon_again(d); /* and nobody asked in between */
	assert_int_equal(MEMC_ABSENT, get_for(e, "a", LONG_MS));
	memc_daemon_stop(d);
	assert_fails_in(e, 30);
	assert_fails_in(e, 30);
	memc_daemon_go_on(d);
	assert_int_equal(MEMC_DONE, set(e, "a", "w"));
	assert_value(e, "a", "w");
}

static void a_unix_node_goes_and_comes(void **state)
{
	struct env *e = *state;

	memc_bed_need();
	gone_and_back(e, memc_bed_unix(&e->bed, NULL));
}

static void a_tcp_node_goes_and_comes(void **state)
{
	struct env *e = *state;

	memc_bed_need();
	gone_and_back(e, memc_bed_tcp(&e->bed, NULL));
}

static void a_hung_node_cannot_hold_a_large_set(void **state)
{
	struct env *e = *state;
	struct memc_daemon *d;
	struct str v = { large, MEMC_VALUE_MAX };
	int64_t begin;

	memc_bed_need();
	d = memc_bed_unix(&e->bed, NULL);
	env_use(e, d->server);
	memc_daemon_stop(d);
	begin = clock_mono_ms();
	assert_int_equal(MEMC_FAILED, e->ops->set(e->m, 0, STR("a"), v, 60,
						  50));
	assert_in_range(clock_mono_ms() - begin, 50, 50 + SLACK_MS);
	memc_daemon_go_on(d);
}

static void *kill_aside(void *arg)
{
	usleep(20000); /* most likely the set is under way by then */
	memc_daemon_kill(arg);
	return NULL;
}

/* Writing to a socket that is gone must not be the end of the program. */
static void a_node_that_dies_during_a_set(void **state)
{
	struct env *e = *state;
	struct memc_daemon *d;
	struct str v = { large, MEMC_VALUE_MAX };
	int64_t begin = clock_mono_ms();
	pthread_t killer;

	memc_bed_need();
	d = memc_bed_unix(&e->bed, NULL);
	env_use(e, d->server);
	signal(SIGPIPE, SIG_DFL);
	memc_daemon_stop(d);
	assert_int_equal(0, pthread_create(&killer, NULL, kill_aside, d));
	assert_int_equal(MEMC_FAILED, e->ops->set(e->m, 0, STR("a"), v, 60,
						  LONG_MS));
	pthread_join(killer, NULL);
	assert_in_range(clock_mono_ms() - begin, 0, LONG_MS - 1);
}

static void no_time_is_a_failure(void **state)
{
	struct env *e = *state;

	memc_bed_need();
	env_use(e, memc_bed_unix(&e->bed, NULL)->server);
	assert_int_equal(MEMC_FAILED, get_for(e, "a", 0));
	assert_int_equal(MEMC_FAILED, get_for(e, "a", -1));
	assert_int_equal(MEMC_ABSENT, get_for(e, "a", LONG_MS));
}

static void a_name_that_leads_nowhere(void **state)
{
	struct memc_daemon d = { .server = "no-such-host.invalid:1" };
	struct env *e = *state;

	env_use(e, d.server);
	assert_fails_in(e, 50);
	assert_fails_in(e, 50);
}

/* --- fork --- */

static int hammer(struct env *e, const char *name)
{
	struct str v;
	int i;

	for (i = 0; i < 2000; i++)
		if (e->ops->get(e->m, 0, str_c(name), LONG_MS, &v) !=
		    MEMC_DONE || !str_is(v, name))
			return 1;
	return 0;
}

static void a_child_has_its_own_connection(void **state)
{
	struct env *e = *state;
	int status;
	pid_t child;

	memc_bed_need();
	env_use(e, memc_bed_unix(&e->bed, NULL)->server);
	assert_int_equal(MEMC_DONE, set(e, "parent", "parent"));
	assert_int_equal(MEMC_DONE, set(e, "child", "child"));
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(hammer(e, "child"));
	assert_int_equal(0, hammer(e, "parent"));
	assert_int_equal(child, waitpid(child, &status, 0));
	assert_int_equal(0, status);
	assert_int_equal(0, hammer(e, "parent"));
}

/* --- the ring --- */

#define NAMES 10000

static struct memc *ring(struct env *e, const char *const *server, size_t n)
{
	struct memc *m = e->ops->open(server, n, e->err, sizeof(e->err));

	if (!m)
		fail_msg("%s", e->err);
	return m;
}

static struct str ring_name(int i, char room[80])
{
	snprintf(room, 80, "larder1.%064d", i * 7919);
	return str_c(room);
}

static const char *const ten[] = {
	"10.0.0.1", "10.0.0.2:11211", "10.0.0.2:11212", "[fd00::1]:11211",
	"cache1.example.org", "cache2.example.org:11299", "localhost",
	"/run/memcached/a.sock", "/run/memcached/b.sock", "10.0.0.3:2"
};
/* The same, called otherwise and in another order. */
static const char *const ten_again[] = {
	"/run/memcached/b.sock", "LOCALHOST:11211", "10.0.0.2", "10.0.0.3:2",
	"CACHE1.example.org:11211", "10.0.0.1:11211", "10.0.0.2:11212",
	"/run/memcached/a.sock", "[FD00::1]", "Cache2.Example.org:11299"
};
static const size_t same_as[] = { 5, 2, 6, 8, 4, 9, 1, 7, 0, 3 };

static void order_does_not_matter(void **state)
{
	struct env *e = *state;
	struct memc *a = ring(e, ten, 10), *b = ring(e, ten_again, 10);
	char room[80];
	size_t at, share[10] = { 0 };
	int i;

	for (i = 0; i < NAMES; i++) {
		at = e->ops->node_of(a, ring_name(i, room));
		assert_in_range(at, 0, 9);
		assert_int_equal(same_as[at],
				 e->ops->node_of(b, ring_name(i, room)));
		share[at]++;
	}
	for (i = 0; i < 10; i++)
		assert_in_range(share[i], NAMES / 20, NAMES / 6);
	e->ops->close(&a);
	e->ops->close(&b);
}

/* These two have a point of the ring in common (found by search); the names
 * before it, one in 320, would be the first server's. */
static void order_does_not_matter_where_points_meet(void **state)
{
	static const char *const ab[] = { "10.0.3.100", "10.0.4.1" };
	static const char *const ba[] = { "10.0.4.1", "10.0.3.100" };
	struct env *e = *state;
	struct memc *a = ring(e, ab, 2), *b = ring(e, ba, 2);
	char room[80];
	int i;

	for (i = 0; i < NAMES; i++)
		assert_int_equal(e->ops->node_of(a, ring_name(i, room)),
				 1 - e->ops->node_of(b, ring_name(i, room)));
	e->ops->close(&a);
	e->ops->close(&b);
}

/* Whichever of ten goes: at most 12 % of the names move besides its own. */
static void few_names_move(void **state)
{
	struct env *e = *state;
	struct memc *all = ring(e, ten, 10), *less;
	const char *nine[9];
	size_t gone, i, was, is;
	char room[80];
	int k, moved;

	for (gone = 0; gone < 10; gone++) {
		for (i = 0; i < 9; i++)
			nine[i] = ten[i + (i >= gone)];
		less = ring(e, nine, 9);
		for (moved = 0, k = 0; k < NAMES; k++) {
			was = e->ops->node_of(all, ring_name(k, room));
			is = e->ops->node_of(less, ring_name(k, room));
			moved += was != gone && was != is + (is >= gone);
		}
		assert_in_range(moved, 0, NAMES * 12 / 100);
		e->ops->close(&less);
	}
	e->ops->close(&all);
}

static void lists_that_are_none(void **state)
{
	struct env *e = *state;
	const char *many[65], *bad[] = { "10.0.0.1", "10.0.0.1:0" };
	size_t i;

	for (i = 0; i < 65; i++)
		many[i] = "10.0.0.1";
	assert_null(e->ops->open(many, 0, e->err, sizeof(e->err)));
	assert_null(e->ops->open(many, 65, e->err, sizeof(e->err)));
	e->err[0] = '\0';
	assert_null(e->ops->open(bad, 2, e->err, sizeof(e->err)));
	assert_non_null(strstr(e->err, "10.0.0.1:0"));
	assert_in_range(e->ops->version()[0], '1', '9');
}

/* --- what a server is called --- */

static void servers_are_checked(void **state)
{
	static const char *const good[] = {
		"localhost", "10.0.0.1", "10.0.0.1:11211", "a-b.c_d.org:1",
		"h:65535", "[::1]", "[::1]:11211", "[fe80::1%eth0]:1",
		"/s", "/run/memcached/memcached.sock"
	};
	static const char *const bad[] = {
		"", ":", ":11211", "h:", "h:0", "h:65536", "h:-1", "h:+1",
		"h:1x", "h: 1", "h:100000", "::1", "::1:11211", "[::1",
		"[]", "[]:1", "[h]:1", "[::1]x", "[::1]:", "a b", "a,b",
		"a\n", "h/p", "/", "h:1:2", "tcp://h:1"
	};
	struct memc_server s;
	char path[200];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(good); i++)
		if (memc_server_parse(good[i], &s) != 0)
			fail_msg("'%s' is a server", good[i]);
	for (i = 0; i < COUNT_OF(bad); i++)
		if (memc_server_parse(bad[i], &s) == 0)
			fail_msg("'%s' is no server", bad[i]);
	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[107] = '\0';
	assert_int_equal(0, memc_server_parse(path, &s));
	path[107] = 'p';
	path[108] = '\0';
	assert_int_equal(-1, memc_server_parse(path, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMC_TEST(words_over_unix),
		MEMC_TEST(words_over_tcp),
		MEMC_TEST(words_by_name),
		MEMC_TEST(names_that_are_none_are_not_sent),
		MEMC_TEST(large_values),
		MEMC_TEST(a_node_may_refuse),
		MEMC_TEST(values_expire),
		MEMC_TEST(a_unix_node_goes_and_comes),
		MEMC_TEST(a_tcp_node_goes_and_comes),
		MEMC_TEST(a_hung_node_cannot_hold_a_large_set),
		MEMC_TEST(a_node_that_dies_during_a_set),
		MEMC_TEST(no_time_is_a_failure),
		MEMC_TEST(a_name_that_leads_nowhere),
		MEMC_TEST(a_child_has_its_own_connection),
		MEMC_TEST(order_does_not_matter),
		MEMC_TEST(order_does_not_matter_where_points_meet),
		MEMC_TEST(few_names_move),
		MEMC_TEST(lists_that_are_none),
		cmocka_unit_test(servers_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
