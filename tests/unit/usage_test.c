#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/file.h"
#include "serve/usage.h"

#define PLACE_FILE "a/b/usage.log"
#include "place.h"

static struct usage_log *must_open(struct place *p)
{
	char err[600] = "";
	struct usage_log *l = usage_open(p->path, err, sizeof(err));

	assert_string_equal(err, "");
	assert_non_null(l);
	return l;
}

static void write_one(struct place *p, struct usage_log *l, const char *text)
{
	struct buf b;

	buf_init(&b, p->a);
	buf_puts(&b, text);
	usage_write(l, &b);
}

static const char *content(struct place *p, const char *path)
{
	struct str s;
	char err[600];

	if (file_read(&s, p->a, path, 1 << 20, err, sizeof(err)) < 0)
		return "";
	return arena_cstr(p->a, s);
}

static void test_lines(void **state)
{
	struct place *p = *state;
	struct usage_log *l = must_open(p);
	struct stat st;

	write_one(p, l, "{\"a\":1");
	usage_close(&l);
	assert_null(l);
	usage_close(&l);
	l = must_open(p); /* appends */
	write_one(p, l, "{\"b\":2");
	usage_close(&l);
	assert_string_equal(content(p, p->path), arena_printf(p->a,
		"{\"a\":1,\"crc\":\"%08x\"}\n{\"b\":2,\"crc\":\"%08x\"}\n",
		(unsigned)crc32c(0, "{\"a\":1", 6),
		(unsigned)crc32c(0, "{\"b\":2", 6)));
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0137, 0); /* 0640 at most */
}

static void test_seq(void **state)
{
	struct place *p = *state;
	struct usage_log *l = must_open(p);
	uint64_t first = usage_seq();

	assert_true(first >= 1);
	usage_close(&l);
	l = must_open(p); /* a reload does not begin again */
	assert_true(usage_seq() == first + 1);
	usage_close(&l);
}

/* The path is looked at again with the first line, then each second; the
 * second is not waited for here. */
static void test_moved(void **state)
{
	struct place *p = *state;
	struct usage_log *l = must_open(p);
	const char *moved = arena_printf(p->a, "%s.1", p->path);

	assert_int_equal(rename(p->path, moved), 0);
	write_one(p, l, "{\"a\":1");
	assert_int_equal(strncmp(content(p, p->path), "{\"a\":1,", 7), 0);
	assert_string_equal(content(p, moved), "");
	usage_close(&l);
}

/* The path cannot be opened again: on with the old file, nothing is lost. */
static void test_moved_and_blocked(void **state)
{
	struct place *p = *state;
	struct usage_log *l = must_open(p);
	const char *moved = arena_printf(p->a, "%s.1", p->path);

	assert_int_equal(rename(p->path, moved), 0);
	assert_int_equal(mkdir(p->path, 0700), 0);
	write_one(p, l, "{\"a\":1");
	assert_int_equal(strncmp(content(p, moved), "{\"a\":1,", 7), 0);
	usage_close(&l);
}

static void test_refused(void **state)
{
	struct place *p = *state;
	struct usage_log *l = must_open(p);
	char err[600] = "";

	usage_close(&l);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(symlink("/dev/null", p->path), 0);
	assert_null(usage_open(p->path, err, sizeof(err)));
	assert_non_null(strstr(err, p->path));
	assert_non_null(strstr(err, "[log] path"));
	assert_null(usage_open(p->dir, err, sizeof(err)));
	assert_non_null(strstr(err, p->dir));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_lines),
		PLACE_TEST(test_seq),
		PLACE_TEST(test_moved),
		PLACE_TEST(test_moved_and_blocked),
		PLACE_TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
