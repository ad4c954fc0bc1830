#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "base/file.h"
#include "serve/ledger.h"

#define PLACE_FILE "a/b/usage.log"
#include "place.h"

static struct ledger *must_open(struct place *p)
{
	char err[600] = "";
	struct ledger *l = ledger_open(p->path, err, sizeof(err));

	assert_string_equal(err, "");
	assert_non_null(l);
	return l;
}

static void write_one(struct place *p, struct ledger *l, const char *text)
{
	struct buf b;

	buf_init(&b, p->a);
	buf_puts(&b, text);
	ledger_write(l, &b);
}

static const char *content(struct place *p, const char *path)
{
	struct str s;
	char err[600];

	if (file_read(&s, p->a, path, 1 << 20, err, sizeof(err)) < 0)
		return "";
	return arena_cstr(p->a, s);
}

/* Line n of the file, from 0, without blanks in front; its checksum holds. */
static const char *line(struct place *p, int n)
{
	struct str rest = str_c(content(p, p->path)), one = STR("");
	const char *crc;

	for (int i = 0; i <= n; i++)
		assert_true(str_cut(&rest, '\n', &one));
	one = str_trim(one);
	crc = one.n > 18 ? one.p + one.n - 18 : "";
	assert_int_equal(strncmp(crc, ",\"crc\":\"", 8), 0);
	assert_int_equal(strtoul(crc + 8, NULL, 16),
			 crc32c(0, one.p, one.n - 18));
	return arena_cstr(p->a, one);
}

static uint64_t member(const char *l, const char *name)
{
	const char *at = strstr(l, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

#define SEQ(l) member(l, "\"seq\":")
#define DROPPED(l) member(l, "\"dropped\":")

static void same_run(const char *a, const char *b, bool same)
{
	const char *x = strstr(a, "\"run\":\""), *y = strstr(b, "\"run\":\"");

	assert_non_null(x);
	assert_non_null(y);
	assert_int_equal(strncmp(x, y, 24) == 0, same);
}

static void test_lines(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	struct stat st;

	write_one(p, l, "{\"a\":1");
	ledger_close(&l);
	assert_null(l);
	ledger_close(&l);
	l = must_open(p); /* appends; a reload does not begin again */
	write_one(p, l, "{\"b\":2");
	ledger_close(&l);
	assert_int_equal(strncmp(line(p, 0), "{\"a\":1,\"run\":\"", 14), 0);
	assert_int_equal(strncmp(line(p, 1), "{\"b\":2,\"run\":\"", 14), 0);
	same_run(line(p, 0), line(p, 1), true);
	assert_true(SEQ(line(p, 0)) >= 1);
	assert_int_equal(SEQ(line(p, 1)), SEQ(line(p, 0)) + 1);
	assert_null(strstr(line(p, 1), "dropped"));
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0137, 0); /* 0640 at most */
}

/* A child that was made with an open log is a run of its own. */
static void test_fork(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	int status;
	pid_t pid;

	write_one(p, l, "{\"a\":1");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		write_one(p, l, "{\"b\":2");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	same_run(line(p, 0), line(p, 1), false);
	assert_int_equal(SEQ(line(p, 1)), 1);
	ledger_close(&l);
}

/* The path is looked at again with the first line, then each second; the
 * second is not waited for here. */
static void test_moved(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	const char *moved = arena_printf(p->a, "%s.1", p->path);

	assert_int_equal(rename(p->path, moved), 0);
	write_one(p, l, "{\"a\":1");
	assert_int_equal(strncmp(content(p, p->path), "{\"a\":1,", 7), 0);
	assert_string_equal(content(p, moved), "");
	ledger_close(&l);
}

/* The path cannot be opened again: on with the old file, nothing is lost. */
static void test_moved_and_blocked(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	const char *moved = arena_printf(p->a, "%s.1", p->path);

	assert_int_equal(rename(p->path, moved), 0);
	assert_int_equal(mkdir(p->path, 0700), 0);
	write_one(p, l, "{\"a\":1");
	assert_int_equal(strncmp(content(p, moved), "{\"a\":1,", 7), 0);
	ledger_close(&l);
}

/* -- a page is as much as a write writes whole ----------------------------- */

static void test_pages(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	struct str all, rest, one;
	size_t begin, n = 0;

	for (int i = 0; i < 60; i++)
		write_one(p, l, arena_printf(p->a, "{\"i\":%d,\"x\":\"%0*d\"", i,
					     1 + i * 61, 0));
	ledger_close(&l);
	all = rest = str_c(content(p, p->path));
	for (; str_cut(&rest, '\n', &one); n++) { /* without its blanks */
		begin = (size_t)(one.p - all.p);
		assert_int_equal(begin / 4096, (begin + one.n) / 4096);
		assert_int_equal(member(line(p, (int)n), "\"i\":"), n);
	}
	assert_int_equal(n, 60);
}

/* What stands at the end when a line is to be written, and how the file
 * begins then. */
static const struct {
	const char *left, *then;
} tails[] = {
	{ "", "{\"a\":1," },
	{ "x\n", "x\n{\"a\":1," },
	{ "{\"half", "{\"half\n{\"a\":1," },
	{ "{\"half ", "{\"half \n{\"a\":1," },
	{ "   ", "   {\"a\":1," }, /* of a writer that was killed */
	{ "x\n   ", "x\n   {\"a\":1," },
};

static void test_tails(void **state)
{
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		struct ledger *l = must_open(p);
		FILE *f = fopen(p->path, "w");

		assert_non_null(f);
		assert_true(fputs(tails[i].left, f) >= 0);
		assert_int_equal(fclose(f), 0);
		write_one(p, l, "{\"a\":1");
		assert_int_equal(strncmp(content(p, p->path), tails[i].then,
					 strlen(tails[i].then)), 0);
		ledger_close(&l);
	}
}

/* -- what cannot be written ------------------------------------------------ */

static void limit(rlim_t bytes)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* A limit in the middle of a line: half of it is taken back. */
static void test_full(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	uint64_t lost = 0, first;

	ledger_count_lost(l, &lost);
	write_one(p, l, "{\"a\":1");
	first = SEQ(line(p, 0));
	limit((rlim_t)strlen(content(p, p->path)) + 20);
	write_one(p, l, "{\"a\":2");
	write_one(p, l, "{\"a\":3");
	limit(RLIM_INFINITY);
	assert_int_equal(lost, 2);
	write_one(p, l, "{\"a\":4");
	write_one(p, l, "{\"a\":5");
	assert_int_equal(lost, 2);
	assert_int_equal(DROPPED(line(p, 1)), 2);
	assert_int_equal(SEQ(line(p, 1)), first + 3);
	assert_int_equal(member(line(p, 1), "\"a\":"), 4);
	assert_int_equal(DROPPED(line(p, 2)), 0);
	ledger_close(&l);
}

/* The end that ledger_write() puts to it is no longer than it says; and a line
 * that is too long is lost, not cut. */
static void test_longest(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	uint64_t lost = 0;

	ledger_count_lost(l, &lost);
	write_one(p, l, arena_printf(p->a, "{\"a\":\"%0*d\"",
				     LEDGER_LINE_MAX - LEDGER_END_MAX - 7, 0));
	assert_int_equal(lost, 0);
	write_one(p, l, arena_printf(p->a, "{\"a\":\"%0*d\"",
				     LEDGER_LINE_MAX - 8, 0));
	assert_int_equal(lost, 1);
	write_one(p, l, "{\"a\":1");
	assert_int_equal(DROPPED(line(p, 1)), 1);
	assert_int_equal(member(line(p, 1), "\"a\":"), 1);
	ledger_close(&l);
}

/* Somebody has locked the file and does not give it back: a stopped process.
 * That is waited for once, and then hardly; nothing is lost by it. */
static void test_locked(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	uint64_t lost = 0;
	int fd = open(p->path, O_RDWR);

	ledger_count_lost(l, &lost);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &all), 0);
	for (int i = 0; i < 20; i++)
		write_one(p, l, "{\"a\":1");
	close(fd);
	write_one(p, l, "{\"a\":2");
	assert_int_equal(lost, 0);
	assert_int_equal(member(line(p, 19), "\"a\":"), 1);
	assert_int_equal(member(line(p, 20), "\"a\":"), 2);
	ledger_close(&l);
}

static void test_refused(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	char err[600] = "";

	ledger_close(&l);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(symlink("/dev/null", p->path), 0);
	assert_null(ledger_open(p->path, err, sizeof(err)));
	assert_non_null(strstr(err, p->path));
	assert_non_null(strstr(err, "[log] path"));
	assert_null(ledger_open(p->dir, err, sizeof(err)));
	assert_non_null(strstr(err, p->dir));
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(mkfifo(p->path, 0600), 0);
	assert_null(ledger_open(p->path, err, sizeof(err)));
	assert_non_null(strstr(err, "no regular file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_lines),
		PLACE_TEST(test_fork),
		PLACE_TEST(test_moved),
		PLACE_TEST(test_moved_and_blocked),
		PLACE_TEST(test_pages),
		PLACE_TEST(test_tails),
		PLACE_TEST(test_full),
		PLACE_TEST(test_longest),
		PLACE_TEST(test_locked),
		PLACE_TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
