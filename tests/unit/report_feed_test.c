#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/report_feed.h"

#define PLACE_FILE "usage.log"
#include "log_line.h"
#include "place.h"

struct taken {
	struct report_feed feed;
	int64_t n, seq;
};

static void take(void *ctx, struct report_entry *e)
{
	struct taken *t = ctx;

	t->n++;
	t->seq = e->seq;
}

static int setup(void **state)
{
	struct taken *t = calloc(1, sizeof(*t));

	report_feed_init(&t->feed, take, t);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct taken *t = *state;

	report_feed_fini(&t->feed);
	free(t);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void give(struct taken *t, const char *minute, const char *more)
{
	char line[512];

	snprintf(line, sizeof(line) - 19,
		 "{\"time\":\"2026-11-20T%s:00.000Z\"%s", minute, more);
	log_line_close(line);
	report_feed_line(&t->feed, str_c(line));
}

/* Each request once, whatever else there is. */
static void test_once(void **state)
{
	struct taken *t = *state;

	give(t, "10:00", ",\"run\":\"a\",\"seq\":1");
	give(t, "10:00", ",\"run\":\"a\",\"seq\":1");
	give(t, "10:00", ",\"run\":\"b\",\"seq\":1");
	give(t, "10:00", ",\"seq\":1");
	give(t, "10:00", ",\"seq\":1");
	give(t, "10:01", ",\"run\":\"a\",\"seq\":2,\"event\":\"budget\"");
	give(t, "10:01", ",\"run\":\"a\",\"seq\":2,\"event\":\"budget\"");
	report_feed_line(&t->feed, STR("{\"time\":"));
	report_feed_line(&t->feed, STR("hello"));
	report_feed_line(&t->feed, STR("  "));
	assert_int_equal(t->n, 4);
	assert_int_equal(t->feed.taken, 4);
	assert_int_equal(t->feed.duplicates, 2);
	assert_int_equal(t->feed.events, 1);
	assert_int_equal(t->feed.fault[REPORT_TORN], 1);
	assert_int_equal(t->feed.fault[REPORT_FOREIGN], 1);
	assert_int_equal(t->feed.fault[REPORT_EMPTY], 1);
	assert_int_equal(report_feed_damaged(&t->feed), 2);
}

static void test_time(void **state)
{
	struct taken *t = *state;

	give(t, "10:00", ",\"seq\":1");
	t->feed.since_ms = INT64_C(1795168860000); /* 10:01 */
	t->feed.until_ms = t->feed.since_ms + 60000;
	give(t, "10:00", ",\"seq\":2,\"dropped\":3");
	give(t, "10:01", ",\"seq\":3,\"dropped\":4");
	give(t, "10:02", ",\"seq\":4");
	give(t, "10:03", ",\"seq\":5");
	assert_int_equal(t->n, 3);
	assert_int_equal(t->seq, 4);
	assert_int_equal(t->feed.elsewhen, 2);
	assert_int_equal(t->feed.dropped, 4);
}

/* Lines may say any number; the sum stays at its end. */
static void test_dropped(void **state)
{
	struct taken *t = *state;

	for (int i = 0; i < 20; i++)
		give(t, "10:00", ",\"dropped\":999999999999999999");
	assert_int_equal(t->feed.dropped, INT64_MAX);
}

static void each_line(void *ctx, struct str line)
{
	report_feed_line(&((struct taken *)ctx)->feed, line);
}

/* One that is not there is said; the rest is read, each file once. */
static void test_files(void **state)
{
	struct place *at = *state;
	char *const list[] = { at->path, (char *)"/nowhere/usage.log",
			       at->path };
	FILE *f = fopen(at->path, "w");
	struct taken t = { .n = 0 };

	fputs("{\"time\":\"2026-11-20T10:00:00.000Z\"}\n"
	      "{\"time\":\"2026-11-20T10:00:00.000Z\"}", f);
	fclose(f);
	report_feed_init(&t.feed, take, &t);
	assert_int_equal(report_feed_files("test", list, 3, each_line, &t),
			 -1);
	assert_int_equal(t.n, 2);
	assert_int_equal(report_feed_files("test", list, 1, each_line, &t), 0);
	assert_int_equal(t.n, 4);
	report_feed_fini(&t.feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_once),
		TEST(test_time),
		TEST(test_dropped),
		PLACE_TEST(test_files),
	};

	return cmocka_run_group_tests_name("report_feed", tests, NULL, NULL);
}
