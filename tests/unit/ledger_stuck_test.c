/*
 * The usage log when others do not give back its lock, when its file system
 * hangs, and when a disk is full in the middle of a line. writev() and
 * nanosleep() are this test's: so it knows who waits, and nobody waits for
 * nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "serve/ledger.h"

#define PLACE_FILE "usage.log"
#include "place.h"

/* -- the system ------------------------------------------------------------ */

static _Atomic int naps;

int nanosleep(const struct timespec *t, struct timespec *left)
{
	atomic_fetch_add(&naps, 1);
	return (int)syscall(SYS_nanosleep, t, left);
}

/* What the next write of a whole line does. */
static struct {
	_Atomic bool hangs; /* until `go` */
	sem_t hung, go;
	_Atomic int fails;  /* an errno */
	size_t takes;       /* not 0: so many bytes of it, */
	const char *path;   /* and then somebody without the lock comes */
	const char *passer;
} disk;

static void passes_by(void)
{
	int fd = open(disk.path, O_WRONLY | O_APPEND);

	assert_true(fd >= 0);
	assert_int_equal(syscall(SYS_write, fd, disk.passer,
				 strlen(disk.passer)), strlen(disk.passer));
	close(fd);
}

ssize_t writev(int fd, const struct iovec *v, int parts)
{
	char p[3 * LEDGER_LINE_MAX];
	size_t n = 0;
	ssize_t put;

	for (int i = 0; i < parts; n += v[i++].iov_len) {
		assert_in_range(v[i].iov_len, 0, sizeof(p) - n);
		memcpy(p + n, v[i].iov_base, v[i].iov_len);
	}
	if (atomic_exchange(&disk.hangs, false)) {
		sem_post(&disk.hung);
		sem_wait(&disk.go);
	}
	if (disk.fails) {
		errno = atomic_exchange(&disk.fails, 0);
		return -1;
	}
	put = syscall(SYS_write, fd, p, disk.takes ? disk.takes : n);
	disk.takes = 0;
	if (disk.passer)
		passes_by();
	disk.passer = NULL;
	return put;
}

/* -- lines ----------------------------------------------------------------- */

static struct ledger *must_open(struct place *p)
{
	char err[600] = "";
	struct ledger *l = ledger_open(p->path, err, sizeof(err));

	assert_string_equal(err, "");
	return l;
}

static void write_one(struct ledger *l, int n)
{
	struct arena *a = arena_new();
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "{\"n\":%d", n);
	ledger_write(l, &b);
	arena_free(&a);
}

static const char *content(struct place *p)
{
	struct str s;
	char err[600];

	assert_int_equal(file_read(&s, p->a, p->path, 1 << 20, err,
				   sizeof(err)), 0);
	return arena_cstr(p->a, s);
}

/* The lines' numbers and what they say was dropped: "1 2+3" for a second one
 * behind three that were lost; "?" for what is none. */
static const char *lines(struct place *p)
{
	struct str rest = str_c(content(p)), one;
	struct buf b;
	const char *s, *at;

	buf_init(&b, p->a);
	while (str_cut(&rest, '\n', &one)) {
		one = str_trim(one);
		if (!one.n && !rest.n)
			break;
		s = arena_cstr(p->a, one);
		at = strstr(s, "{\"n\":");
		buf_printf(&b, "%s%d", b.n ? " " : "",
			   at == s ? atoi(s + 5) : -1);
		at = strstr(s, "\"dropped\":");
		if (at)
			buf_printf(&b, "+%d", atoi(at + 10));
	}
	return b.n ? b.p : "";
}

/* -- a lock that is not given back ----------------------------------------- */

/* A process that has it, and is stopped. */
static pid_t stopped_holder(struct place *p)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int status, fd;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		fd = open(p->path, O_RDWR);
		if (fd < 0 || fcntl(fd, F_OFD_SETLK, &all) < 0)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	return pid;
}

/* It is waited for once, and then no line naps for it. */
static void test_stopped(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	uint64_t lost = 0;
	pid_t pid = stopped_holder(p);

	ledger_count_lost(l, &lost);
	naps = 0;
	write_one(l, 1);
	assert_true(naps > 0);
	naps = 0;
	for (int i = 2; i <= 9; i++)
		write_one(l, i);
	assert_int_equal(naps, 0);
	assert_int_equal(lost, 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_string_equal(lines(p), "1 2 3 4 5 6 7 8 9");
	ledger_close(&l);
}

/* -- half a line ----------------------------------------------------------- */

/* It goes again; and if one who did not wait for the lock has written behind
 * it, that line stays. */
static void test_half(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	uint64_t lost = 0;

	ledger_count_lost(l, &lost);
	disk.path = p->path;
	write_one(l, 1);
	disk.takes = 20;
	write_one(l, 2);
	assert_int_equal(lost, 1);
	write_one(l, 3);
	disk.takes = 20;
	disk.passer = "{\"n\":100}\n";
	write_one(l, 4);
	assert_int_equal(lost, 2);
	write_one(l, 5);
	assert_string_equal(lines(p), "1 3+1 100 5+1");
	ledger_close(&l);
}

/* Behind what somebody else left unfinished. */
static void test_half_behind_half(void **state)
{
	struct place *p = *state;
	struct ledger *l = must_open(p);
	FILE *f = fopen(p->path, "w");

	assert_non_null(f);
	for (int i = 0; i < 100; i++)
		fputs("{\"half", f);
	assert_int_equal(fclose(f), 0);
	disk.takes = 30;
	write_one(l, 1);
	write_one(l, 2);
	assert_string_equal(lines(p), "-1 2+1");
	ledger_close(&l);
}

/* -- a file system that hangs ---------------------------------------------- */

static struct ledger *hanging;

static void *hangs(void *arg)
{
	(void)arg;
	write_one(hanging, 1);
	return NULL;
}

/* One thread hangs with it. Another drops its line when it has waited, and
 * those who come then wait no more; what was dropped is said. */
static void test_hangs(void **state)
{
	struct place *p = *state;
	uint64_t lost = 0;
	pthread_t t;

	hanging = must_open(p);
	ledger_count_lost(hanging, &lost);
	sem_init(&disk.hung, 0, 0);
	sem_init(&disk.go, 0, 0);
	disk.hangs = true;
	assert_int_equal(pthread_create(&t, NULL, hangs, NULL), 0);
	sem_wait(&disk.hung);
	for (int i = 2; i <= 5; i++)
		write_one(hanging, i);
	assert_int_equal(lost, 4);
	assert_string_equal(lines(p), "");
	sem_post(&disk.go);
	pthread_join(t, NULL);
	write_one(hanging, 6);
	write_one(hanging, 7);
	assert_string_equal(lines(p), "1 6+4 7");
	assert_int_equal(lost, 4);
	ledger_close(&hanging);
}

/* -- CGI ------------------------------------------------------------------- */

/* A process for each line: there is no next one to say what was dropped, but
 * all processes count at one place. */
static void test_each_its_own_process(void **state)
{
	struct place *p = *state;
	struct ledger *l;
	uint64_t *lost = mmap(NULL, sizeof(*lost), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	assert_true(lost != MAP_FAILED);
	for (int i = 1; i <= 4; i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			l = must_open(p);
			ledger_count_lost(l, lost);
			disk.fails = i % 2 ? 0 : ENOSPC;
			write_one(l, i);
			ledger_close(&l);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	assert_int_equal(*lost, 2);
	assert_string_equal(lines(p), "1 3");
	munmap(lost, sizeof(*lost));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_stopped),
		PLACE_TEST(test_half),
		PLACE_TEST(test_half_behind_half),
		PLACE_TEST(test_hangs),
		PLACE_TEST(test_each_its_own_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
