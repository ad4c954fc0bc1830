/* The file behind the store: who may have it, who makes it, and where it
 * cannot be made. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "store/layout.h"
#include "store_help.h"

static void refused(struct room *r, const char *path, const char *why)
{
	struct store_conf c = { .path = path, .size = MB };

	r->err[0] = '\0';
	assert_null(store_open(&c, r->err, sizeof(r->err)));
	if (!strstr(r->err, why) || !strstr(r->err, path))
		fail_msg("\"%s\" should name %s and say \"%s\"", r->err, path,
			 why);
	assert_null(strchr(r->err, '\n'));
}

static void made_private_with_its_directories(void **state)
{
	struct room *r = *state;
	char deep[PATH_MAX];
	struct store_conf c = { .path = deep, .size = MB };
	struct stat st;
	struct store *s;

	snprintf(deep, sizeof(deep), "%s/a/b/cache.slab", r->dir);
	s = store_open(&c, r->err, sizeof(r->err));
	assert_non_null(s);
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_size <= MB && st.st_size > MB - 8192);
	assert_true(st.st_blocks * 512 >= st.st_size);
	snprintf(deep, sizeof(deep), "%s/a", r->dir);
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	store_close(&s);
}

static void keeps_content_when_opened_again(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB), *t;
	ino_t inode = room_inode(r);

	assert_int_equal(put_n(s, 1, 1, 5000), 0);
	t = room_open(r, MB);
	assert_int_equal(get_n(t, r->a, 1), 1);
	store_close(&s);
	store_close(&t);
	s = room_open(r, MB);
	assert_int_equal(get_n(s, r->a, 1), 1);
	assert_true(room_inode(r) == inode);
	store_close(&s);
}

/* A new inode takes the name; who has the old one goes on undisturbed. */
static void another_size_is_made_beside(void **state)
{
	struct room *r = *state;
	struct store *old = room_open(r, MB), *s;
	ino_t inode = room_inode(r);

	assert_int_equal(put_n(old, 1, 1, 5000), 0);
	s = room_open(r, 2 * MB);
	assert_non_null(s);
	assert_true(room_inode(r) != inode);
	assert_int_equal(get_n(s, r->a, 1), 0);
	assert_int_equal(get_n(old, r->a, 1), 1);
	assert_int_equal(put_n(old, 2, 1, 100000), 0);
	store_close(&old);
	store_close(&s);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void refuses_what_is_not_ours(void **state)
{
	struct room *r = *state;
	char other[PATH_MAX];

	snprintf(other, sizeof(other), "%s/other", r->dir);
	write_file(other, "a letter to my aunt", 0600);
	refused(r, other, "is not a larder cache");
	assert_int_equal(symlink(other, r->path), 0);
	refused(r, r->path, "symbolic link");
	unlink(r->path);
	assert_int_equal(link(other, r->path), 0);
	refused(r, r->path, "hard links");
	unlink(r->path);
	write_file(r->path, "", 0640);
	refused(r, r->path, "chmod 600");
	unlink(r->path);
	assert_int_equal(mkdir(r->path, 0700), 0);
	refused(r, r->path, "");
	rmdir(r->path);
	assert_int_equal(mkfifo(r->path, 0600), 0);
	refused(r, r->path, "not a regular file");
	unlink(r->path);
	write_file(r->path, "", 0600); /* as mktemp leaves it: welcome */
	{
		struct store *s = room_open(r, MB);

		assert_non_null(s);
		store_close(&s);
	}
}

static void refuses_another_owner(void **state)
{
	struct room *r = *state;
	struct store *s;

	if (geteuid() != 0)
		skip();
	s = room_open(r, MB);
	store_close(&s);
	assert_int_equal(chown(r->path, 1, 1), 0);
	refused(r, r->path, "belongs to user 1");
}

static void refuses_too_small(void **state)
{
	struct room *r = *state;

	assert_null(room_open(r, MB - 1));
	assert_non_null(strstr(r->err, "too small"));
}

/* In a child: exit status 0 when the opening failed, said so, and left
 * nothing behind. */
static void fails_cleanly(struct room *r, const char *path, size_t size)
{
	struct store_conf c = { .path = path, .size = size };
	char beside[PATH_MAX + 8];

	snprintf(beside, sizeof(beside), "%s.new", path);
	if (store_open(&c, r->err, sizeof(r->err)))
		_exit(1);
	if (!strstr(r->err, "set a smaller size"))
		_exit(2);
	_exit(access(path, F_OK) == 0 || access(beside, F_OK) == 0 ? 3 : 0);
}

static int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void file_size_limit(void **state)
{
	const struct rlimit half = { MB / 2, MB / 2 };
	struct room *r = *state;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_FSIZE, &half);
		fails_cleanly(r, r->path, MB);
	}
	assert_int_equal(status_of(pid), 0);
}

#define CANNOT_MOUNT 77

/* In a child: a file system of its own, 2 MB of memory. */
static void mount_small(const char *at)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", at, "tmpfs", 0, "size=2m") < 0)
		_exit(CANNOT_MOUNT);
}

static void on_small_disk(struct room *r,
			  void (*act)(struct room *r, const char *dir))
{
	char full[PATH_MAX / 2];
	pid_t pid;
	int got;

	snprintf(full, sizeof(full), "%s/full", r->dir);
	assert_int_equal(mkdir(full, 0700), 0);
	pid = fork();
	if (pid == 0) {
		mount_small(full);
		act(r, full);
	}
	got = status_of(pid);
	if (got == CANNOT_MOUNT)
		skip();
	assert_int_equal(got, 0);
}

static void opens_on_full_disk(struct room *r, const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/cache.slab", dir);
	fails_cleanly(r, path, 4 * MB);
}

static void disk_full(void **state)
{
	on_small_disk(*state, opens_on_full_disk);
}

static void fill_disk(const char *dir)
{
	static const char block[4096] = { 1 };
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/other", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

/* The slab's blocks are its own: what others fill later is no matter, also
 * for pages that nobody has touched yet. */
static void uses_slab_on_full_disk(struct room *r, const char *dir)
{
	struct store *s;
	uint64_t n;

	snprintf(r->path, sizeof(r->path), "%s/cache.slab", dir);
	s = room_open(r, SMALL);
	if (!s)
		_exit(1);
	fill_disk(dir);
	for (n = 0; n < 500; n++)
		if (put_n(s, n, 1, n % 100 ? 3000 : 400000) < 0 ||
		    get_n(s, r->a, n) != 1)
			_exit(2);
	_exit(store_check(s));
}

static void disk_full_later(void **state)
{
	on_small_disk(*state, uses_slab_on_full_disk);
}

#define CROWD 16
#define PATIENCE_MS 10000

/* On a busy machine the lock may not be had in 20 ms; that is no failure of
 * the opening. */
static int put_in_the_end(struct store *s, uint64_t n)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	while (put_n(s, n, 1, 3000) < 0) {
		if (clock_mono_ms() > until)
			return -1;
		sched_yield();
	}
	return 0;
}

/* All wait for the pipe to close, open, and leave something: whoever opened
 * another file than the rest would leave it where nobody finds it. */
static void crowd_opens(struct room *r, uint64_t first)
{
	pid_t pid[CROWD];
	struct store_stats st;
	struct store *s;
	int start[2];
	uint64_t i;
	char c;

	assert_int_equal(pipe(start), 0);
	for (i = 0; i < CROWD; i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			close(start[1]);
			if (read(start[0], &c, 1) != 0)
				_exit(3);
			s = room_open(r, MB);
			if (!s)
				print_error("%s\n", r->err);
			_exit(!s ? 2 : put_in_the_end(s, first + i) ? 1 : 0);
		}
	}
	close(start[0]);
	close(start[1]);
	for (i = 0; i < CROWD; i++)
		assert_int_equal(status_of(pid[i]), 0);
	s = room_open(r, MB);
	for (i = 0; i < CROWD; i++)
		assert_int_equal(get_n(s, r->a, first + i), 1);
	assert_int_equal(store_check(s), 0);
	store_stats(s, &st);
	assert_int_equal(st.damaged, 0);
	store_close(&s);
}

static void set_head(struct room *r, size_t at)
{
	FILE *f = fopen(r->path, "r+");

	assert_non_null(f);
	fseek(f, (long)at, SEEK_SET);
	fputs("another", f);
	fclose(f);
}

static void a_crowd_opens_at_once(void **state)
{
	struct room *r = *state;
	struct store *s;
	uint64_t round;

	for (round = 0; round < 5; round++) {
		unlink(r->path);
		crowd_opens(r, 0);
		set_head(r, offsetof(struct slab_head, boot));
		crowd_opens(r, 100);
		s = room_open(r, MB); /* what was there before the reboot */
		assert_int_equal(get_n(s, r->a, 5), 1);
		store_close(&s);
		s = room_open(r, 2 * MB); /* another size is in the way */
		store_close(&s);
		crowd_opens(r, 200);
	}
}

/* For who looks after a larder that runs: the file as it is, or none. */
static struct store *open_as_is(struct room *r, size_t size)
{
	struct store_conf c = { .path = r->path, .size = size, .as_is = true };

	r->err[0] = '\0';
	return store_open(&c, r->err, sizeof(r->err));
}

static void unmade(struct room *r, size_t size, const char *why)
{
	ino_t inode = room_inode(r);

	assert_null(open_as_is(r, size));
	if (!strstr(r->err, why) || !strstr(r->err, r->path) ||
	    strchr(r->err, '\n'))
		fail_msg("\"%s\" should say \"%s\"", r->err, why);
	assert_true(room_inode(r) == inode);
}

static void as_is_makes_nothing(void **state)
{
	struct room *r = *state;
	char beside[PATH_MAX];
	struct store *s, *t;

	unmade(r, MB, "there is no cache yet");
	snprintf(beside, sizeof(beside), "%s.lock", r->path);
	assert_int_equal(access(beside, F_OK), -1);
	s = room_open(r, MB);
	assert_int_equal(put_n(s, 1, 1, 5000), 0);
	unmade(r, 2 * MB, "another size or version");
	unmade(r, MB - 1, "too small");
	t = open_as_is(r, MB);
	assert_non_null(t);
	assert_int_equal(get_n(t, r->a, 1), 1);
	store_close(&s);
	store_close(&t);
	set_head(r, offsetof(struct slab_head, layout));
	unmade(r, MB, "another size or version");
	write_file(r->path, "", 0600);
	unmade(r, MB, "another size or version");
	write_file(r->path, "a letter", 0600);
	unmade(r, MB, "is not a larder cache");
}

static void as_is_wakes_after_a_reboot(void **state)
{
	struct room *r = *state;
	struct store *s = room_open(r, MB);
	ino_t inode = room_inode(r);

	assert_int_equal(put_n(s, 1, 1, 5000), 0);
	store_close(&s);
	set_head(r, offsetof(struct slab_head, boot));
	s = open_as_is(r, MB);
	assert_non_null(s);
	assert_true(room_inode(r) == inode);
	assert_int_equal(get_n(s, r->a, 1), 1);
	store_close(&s);
}

#define IN_ROOM(f) cmocka_unit_test_setup_teardown(f, room_make, room_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(made_private_with_its_directories),
		IN_ROOM(keeps_content_when_opened_again),
		IN_ROOM(another_size_is_made_beside),
		IN_ROOM(as_is_makes_nothing),
		IN_ROOM(as_is_wakes_after_a_reboot),
		IN_ROOM(refuses_what_is_not_ours),
		IN_ROOM(refuses_another_owner),
		IN_ROOM(refuses_too_small),
		IN_ROOM(file_size_limit),
		IN_ROOM(disk_full),
		IN_ROOM(disk_full_later),
		IN_ROOM(a_crowd_opens_at_once),
	};

	return cmocka_run_group_tests_name("store_file", tests, NULL, NULL);
}
