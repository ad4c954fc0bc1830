/* Who is told that a budget has reached one of its marks, and how often. */
#include "spend_bed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "serve/alarm_queue.h"

#define HOOK "https://hooks.test/alarm"
#define TELL "[alarm]\nwebhook = " HOOK "\n"

static struct str told[8];
static int ntold, hook_calls, dead; /* so many calls of it fail */

static void hooks(struct bed *x, struct play *p)
{
	if (strcmp(x->net.url, HOOK) != 0) {
		bed_says_count(x, p);
		return;
	}
	assert_string_equal(x->net.method, "POST");
	assert_null(strstr(x->net.header, "sk-own"));
	*p = (struct play){ .status = hook_calls++ < dead ? 503 : 200 };
	if (p->status == 200 && ntold < 8)
		told[ntold++] = x->net.body;
}

static void hook_open(const char *rest, int fails)
{
	opens(rest);
	ntold = hook_calls = 0;
	dead = fails;
	b->answer = hooks;
}

static void goes(void)
{
	assert_int_equal(asks(NULL, ""), 200);
}

static void until_called(int times)
{
	for (goes(); hook_calls < times; goes())
		bed_later(100);
}

/* -- stderr ---------------------------------------------------------------- */

static int own_stderr = -1;

static const char *said_path;

static void listens(void)
{
	int fd;

	said_path = arena_printf(b->a, "%s/said", b->dir);
	fd = open(said_path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	own_stderr = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static const char *heard(void)
{
	struct str text;
	char err[200];

	dup2(own_stderr, STDERR_FILENO);
	close(own_stderr);
	assert_int_equal(file_read(&text, b->a, said_path, 1 << 20, err,
				   sizeof(err)), 0);
	return arena_cstr(b->a, text);
}

static size_t times(const char *all, const char *what)
{
	size_t n = 0;

	for (; (all = strstr(all, what)); all++)
		n++;
	return n;
}

/* -- by webhook ------------------------------------------------------------ */

static void test_webhook(void **state)
{
	struct json doc;
	struct json_error err;

	(void)state;
	hook_open(MODELS BUDGET("all", "0.0001", "alarm_at = 50%, 0.00008\n") TELL,
	      0);
	for (int i = 0; i < 7; i++) {
		goes();
		assert_int_equal(ntold, i < 2 ? 0 : i < 3 ? 1 : 2);
	}
	assert_int_equal(json_parse(&doc, b->a, told[0], &err), 0);
	assert_true(json_string_is(&doc, json_get(&doc, 0, "event"),
				   "budget"));
	assert_true(json_string_is(&doc, json_get(&doc, 0, "alarm_at"),
				   "50%"));
	assert_true(bed_has(told[0], "\"alarm_usd\":0.00005,"
			    "\"spent_usd\":0.00006,\"limit_usd\":0.0001,"
			    "\"every\":\"day\",\"since\":\""));
	assert_true(bed_has(told[0], "Budget all: 0.00006 of 0.0001 USD a day "
			    "are spent"));
	assert_true(bed_has(told[1], "\"alarm_at\":\"0.00008\""));
	assert_false(bed_has(told[0], "q 1"));
	assert_false(bed_has(told[0], "tenant"));
	bed_close(b);
}

static void test_once_more(void **state)
{
	(void)state;
	hook_open(MODELS BUDGET("all", "0.00001", "per_tenant = yes\n") TELL, 1);
	goes();
	assert_int_equal(hook_calls, 3); /* 80%, again, 100% */
	assert_int_equal(ntold, 2);
	assert_true(bed_has(told[0], "\"tenant\":\""));
	goes();
	assert_int_equal(hook_calls, 3);
	bed_close(b);
}

/* Then what it was not told waits for a later request, in its order. */
static void test_dead_at_first(void **state)
{
	int64_t now;

	(void)state;
	hook_open(MODELS BUDGET("all", "0.00001", "") TELL, 4);
	goes();
	assert_int_equal(hook_calls, 2); /* the second alarm is not tried */
	now = clock_mono_ms();
	goes();
	if (clock_mono_ms() < now + ALARM_REST_MIN_MS)
		assert_int_equal(hook_calls, 2); /* nor is it, so soon */
	until_called(3);
	assert_int_equal(hook_calls, 4);
	assert_int_equal(ntold, 0);
	until_called(5);
	assert_int_equal(hook_calls, 6);
	assert_int_equal(ntold, 2);
	assert_true(bed_has(told[0], "\"alarm_at\":\"80%\""));
	assert_true(bed_has(told[1], "\"alarm_at\":\"100%\""));
	goes();
	assert_int_equal(hook_calls, 6);
	bed_close(b);
}

/* What those who were killed had reserved is spent for good by now: who is
 * refused says that it is spent, and tells of it. */
static void test_dead_and_refused(void **state)
{
	struct budget_place *p;
	struct budget_turn t;
	struct budget_who w;

	(void)state;
	hook_open(MODELS BUDGET("all", "0.001", BLOCK "alarm_at = 90%\n")
		  TELL, 0);
	assert_int_equal(asks(NULL, ""), 200);
	p = only(&w);
	assert_int_equal(budget_reserve(&t, p, &w, clock_wall_ms(), 1000 * CALL,
					BUDGET_NO_LIMIT), BUDGET_GO);
	assert_int_equal(asks(NULL, ""), 429);
	assert_says("is reserved by calls under way");
	assert_int_equal(ntold, 0);
	p->held[0] = p->held[1] = 0; /* an hour later */
	assert_int_equal(asks(NULL, ""), 429);
	assert_says("The budget all is spent");
	assert_int_equal(ntold, 1);
	assert_int_equal(asks(NULL, ""), 429);
	assert_int_equal(ntold, 1);
	bed_close(b);
}

/* A call that began before midnight is told of with the day that it was
 * counted in, and not with the one in which its request came. */
static void test_days_of_alarms(void **state)
{
	struct budget_who w;
	char day[25];

	(void)state;
	hook_open(MODELS BUDGET("all", "0.001", "alarm_at = 0.00004\n")
		  TELL, 0);
	assert_int_equal(asks(NULL, ""), 200);
	only(&w)->spent += 1ull << 60; /* as after a clock was set back */
	only(&w)->told += 1ull << 60;
	assert_int_equal(asks(NULL, ""), 200);
	assert_int_equal(ntold, 1);
	clock_rfc3339(budget_begins_ms(BUDGET_DAY, 1 + budget_period(BUDGET_DAY,
			clock_wall_ms())), day);
	assert_true(bed_has(told[0], arena_printf(b->a, "\"since\":\"%s\"",
						  day)));
	bed_close(b);
}

/* A reload tells what waited, at once and as the new file says. */
static void test_reload(void **state)
{
	const char *log;

	(void)state;
	hook_open(MODELS BUDGET("all", "0.00001", "alarm_at = 100%\n") TELL, 2);
	listens();
	goes();
	assert_int_equal(hook_calls, 2);
	configure(MODELS TELL);
	goes();
	log = heard();
	assert_int_equal(ntold, 1);
	assert_true(bed_has(told[0], "\"budget\":\"all\""));
	assert_int_equal(times(log, "alarm not told"), 0);
	bed_close(b);
}

/* What nobody will be told is said. */
static void test_nobody_left_to_tell(void **state)
{
	const char *log;

	(void)state;
	hook_open(MODELS BUDGET("all", "0.00001", "alarm_at = 100%\n") TELL, 2);
	goes();
	listens();
	configure(MODELS);
	log = heard();
	assert_int_equal(times(log, "alarm not told: budget all, 0.00002 USD "
				    "spent (alarm at 100%)\n"), 1);
	goes();
	assert_int_equal(ntold, 0);
	bed_close(b);
}

static void test_stop(void **state)
{
	const char *log;

	(void)state;
	hook_open(MODELS BUDGET("all", "0.00001", "") TELL, 2);
	goes();
	listens();
	site_unref(&b->site);
	log = heard();
	assert_int_equal(times(log, "alarm not told: budget all, "), 2);
	bed_close(b);
}

/* Where nothing can be done behind an answer, and where what could be is
 * dropped, as the process is about to end. */
static void test_doors_without_errands(void **state)
{
	const char *log;

	(void)state;
	hook_open(MODELS BUDGET("all", "0.00001", "alarm_at = 100%\n") TELL, 0);
	b->holds_on = true;
	goes();
	assert_int_equal(ntold, 1);
	b->holds_on = false;
	b->drops = true;
	configure(MODELS BUDGET("two", "0.00001", "alarm_at = 100%\n") TELL);
	goes();
	assert_int_equal(ntold, 1);
	listens();
	configure(MODELS);
	log = heard();
	assert_int_equal(times(log, "alarm not told: budget two, "), 1);
	bed_close(b);
}

/* However many there are. */
static void test_too_many(void **state)
{
	struct alarms *s;
	const char *log;

	(void)state;
	bed_open(b, &bed_plain);
	s = b->site->alarms;
	listens();
	for (int i = 0; i < 300; i++)
		alarms_add(s, calloc(1, sizeof(struct alarm)));
	log = heard();
	assert_int_equal(times(log, "alarm not told"), 300 - 256);
	listens();
	bed_reconfigure(b, &bed_plain);
	log = heard();
	assert_int_equal(times(log, "alarm not told"), 256);
	bed_close(b);
}

/* -- by command ------------------------------------------------------------ */

static const char script[] =
	"#!/bin/sh\n"
	"{ echo \"$*|$LARDER_BUDGET|$LARDER_TENANT|$LARDER_SPENT_USD|"
	"$LARDER_LIMIT_USD|$LARDER_THRESHOLD|$SECRET\"; cat; } >$2.tmp\n"
	"ls /proc/self/fd | wc -l >$2.fds; mv $2.tmp $2\n";

static void test_command(void **state)
{
	struct str said;
	const char *path;
	char err[200];

	(void)state;
	bed_open(b, &bed_plain);
	path = arena_printf(b->a, "%s/told", b->dir);
	assert_int_equal(file_put(arena_printf(b->a, "%s.sh", path),
				  str_c(script), false), 0);
	assert_int_equal(chmod(arena_printf(b->a, "%s.sh", path), 0700), 0);
	setenv("SECRET", "canary", 1);
	configure(arena_printf(b->a, MODELS
		BUDGET("all", "0.00001", "alarm_at = 100%%\n")
		"[alarm]\ncommand = %s.sh  a;b %s\n", path, path));
	b->answer = bed_says_count;
	goes();
	assert_int_equal(file_read(&said, b->a, path, 4096, err, sizeof(err)),
			 0);
	assert_true(str_starts(said, str_c(arena_printf(b->a,
		"a;b %s|all||0.00002|0.00001|100%%|\n{\"event\":", path))));
	bed_close(b);
}

/* One that hangs is ended, with what it has started. */
static void test_command_hangs(void **state)
{
	int64_t began;

	(void)state;
	bed_open(b, &bed_plain);
	assert_int_equal(file_put(arena_printf(b->a, "%s/hang", b->dir),
		STR("#!/bin/sh\nsleep 1000 & wait\n"), false), 0);
	assert_int_equal(chmod(arena_printf(b->a, "%s/hang", b->dir), 0700),
			 0);
	configure(MODELS BUDGET("all", "0.00001", "alarm_at = 100%\n")
		  "[alarm]\ncommand = %1$s/hang\ntimeout = 200ms\n");
	b->answer = bed_says_count;
	began = clock_mono_ms();
	goes();
	assert_in_range(clock_mono_ms() - began, 200, 20000);
	configure(MODELS BUDGET("two", "0.00001", "alarm_at = 100%\n")
		  "[alarm]\ncommand = %1$s/none\n");
	goes();
	bed_close(b);
}

/* A webhook that is dead does not make it run twice. */
static void test_command_once(void **state)
{
	struct str said;
	const char *path;
	char err[200];

	(void)state;
	hook_open(MODELS, 2);
	path = arena_printf(b->a, "%s/runs", b->dir);
	assert_int_equal(file_put(arena_printf(b->a, "%s.sh", path), STR(
		"#!/bin/sh\necho $LARDER_THRESHOLD >>$1\n"), false), 0);
	assert_int_equal(chmod(arena_printf(b->a, "%s.sh", path), 0700), 0);
	configure(arena_printf(b->a, MODELS BUDGET("all", "0.00001", "")
			       TELL "command = %s.sh %s\n", path, path));
	until_called(3);
	assert_int_equal(hook_calls, 4);
	assert_int_equal(file_read(&said, b->a, path, 4096, err, sizeof(err)),
			 0);
	assert_str(said, "80%\n100%\n");
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_webhook),
		cmocka_unit_test(test_once_more),
		cmocka_unit_test(test_dead_at_first),
		cmocka_unit_test(test_dead_and_refused),
		cmocka_unit_test(test_days_of_alarms),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_nobody_left_to_tell),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_doors_without_errands),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_command_hangs),
		cmocka_unit_test(test_command_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
