#include "store/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define WAIT_MS 10000
#define STEP_NS 2000000

int gate_name(char out[PATH_MAX], const char *path, const char *tail)
{
	int n = snprintf(out, PATH_MAX, "%s%s", path, tail);

	return n < 0 || n >= PATH_MAX ? -1 : 0;
}

static int open_lock(const char *name)
{
	const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
			  O_NONBLOCK | O_NOCTTY;
	int fd = open(name, flags, 0600);

	if (fd < 0 && errno == ENOENT && file_mkdirs(name, 0700) == 0)
		fd = open(name, flags, 0600);
	return fd;
}

/* An open-file-description lock: unlike a process's it is not dropped when
 * some other descriptor of the file is closed. */
static int take_lock(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const struct timespec step = { 0, STEP_NS };
	int64_t until = clock_mono_ms() + WAIT_MS;

	while (fcntl(fd, F_OFD_SETLK, &l) < 0) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return -1;
		if (clock_mono_ms() >= until)
			return -1;
		nanosleep(&step, NULL);
	}
	return 0;
}

int gate_enter(const char *path, const char **why_r)
{
	char name[PATH_MAX];
	struct stat st;
	int fd;

	if (gate_name(name, path, ".lock") < 0) {
		*why_r = "the path is too long";
		return -1;
	}
	fd = open_lock(name);
	if (fd < 0) {
		*why_r = errno == ENOENT || errno == ENOTDIR ?
				 "its directory is missing and cannot be made" :
				 "cannot write in its directory (the .lock "
				 "file): let this user own it";
		return -1;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid())
		*why_r = "the .lock file beside it is another user's: "
			 "remove it";
	else if (take_lock(fd) < 0)
		*why_r = "another process has been making it for 10 s "
			 "(it holds the .lock file)";
	else
		return fd;
	close(fd);
	return -1;
}

int gate_allocate(int fd, uint64_t size)
{
	struct rlimit most;
	int e;

	if (getrlimit(RLIMIT_FSIZE, &most) == 0 && size > most.rlim_cur)
		return EFBIG;
	do
		e = posix_fallocate(fd, 0, (off_t)size);
	while (e == EINTR);
	return e;
}
