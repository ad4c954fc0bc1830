#include "serve/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

#define PAGE 4096
#define LOOK_MS 1000
#define LOCK_MS 1000
#define STUCK_MS 10000
#define NAP_NS 50000

static const char blank[] = { [0 ... PAGE + LEDGER_LINE_MAX] = ' ' };

/* Without O_NONBLOCK a named pipe that nobody reads would hold us up. */
static int open_append(const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC |
			    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

int ledger_file_open(struct ledger_file *f, const char *path)
{
	int fd;

	if (file_mkdirs(path, 0700) < 0 || (fd = open_append(path)) < 0)
		return -1;
	/* A file that has reached its limit is a full disk, and no reason to
	 * die. */
	signal(SIGXFSZ, SIG_IGN);
	*f = (struct ledger_file){ .path = strdup(path), .fd = fd,
				   .pid = getpid() };
	if (!f->path)
		abort();
	return 0;
}

void ledger_file_close(struct ledger_file *f)
{
	close(f->fd);
	free(f->path);
}

/* -- which file ------------------------------------------------------------ */

static void reopen(struct ledger_file *f)
{
	int fd = open_append(f->path);

	if (fd < 0) {
		log_seldom("cannot reopen the usage log: %s",
			   strerror(errno));
		return;
	}
	close(f->fd);
	f->fd = fd;
	f->pid = getpid();
	f->whole = 0;
}

static bool is_at_path(const struct ledger_file *f)
{
	struct stat at_path, at_fd;

	return stat(f->path, &at_path) == 0 && fstat(f->fd, &at_fd) == 0 &&
	       at_path.st_ino == at_fd.st_ino &&
	       at_path.st_dev == at_fd.st_dev;
}

/* Somebody renamed or removed it, or this process is a child of who opened
 * it: append to one of our own. */
static void follow(struct ledger_file *f)
{
	int64_t now = clock_mono_ms();

	if (f->pid != getpid()) {
		f->look_ms = now + LOOK_MS;
		reopen(f);
	} else if (now >= f->look_ms) {
		f->look_ms = now + LOOK_MS;
		if (!is_at_path(f))
			reopen(f);
	}
}

/* -- one writer at a time -------------------------------------------------- */

static int set_lock(int fd, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &l);
}

static bool is_taken(void)
{
	return errno == EAGAIN || errno == EACCES;
}

/*
 * False when this file system has no locks, or a process that is stopped has
 * it, which is waited for once in ten seconds and not at all between. Then a
 * line is appended without it: that puts it in one piece behind what is there,
 * too, and only a kill in the same moment may tear it.
 */
static bool lock(struct ledger_file *f)
{
	struct timespec nap = { 0, NAP_NS };
	int64_t now = clock_mono_ms(), until = now + LOCK_MS;
	bool stuck = now < f->stuck_ms;

	while (set_lock(f->fd, F_WRLCK) < 0) {
		if (stuck || !is_taken())
			return false;
		now = clock_mono_ms();
		if (now >= until) {
			f->stuck_ms = now + STUCK_MS;
			return false;
		}
		nanosleep(&nap, NULL);
	}
	f->stuck_ms = 0;
	return true;
}

/* -- a line ---------------------------------------------------------------- */

/* Is the next line one of its own? Blanks before it do no harm. */
static bool ends_whole(int fd, off_t size)
{
	char tail[PAGE];
	size_t n = 1;
	ssize_t got = size ? pread(fd, tail, 1, size - 1) : 0;

	if (got == 1 && tail[0] == ' ') {
		n = size < PAGE ? (size_t)size : PAGE;
		got = pread(fd, tail, n, size - (off_t)n);
	}
	while (got > 0 && tail[got - 1] == ' ')
		got--;
	return got <= 0 || tail[got - 1] == '\n';
}

static size_t blanks_for(off_t at, size_t n)
{
	size_t room = PAGE - (size_t)(at % PAGE);

	return n > room ? room : 0;
}

/* The last n bytes that were written here: half a line. They are not cut off,
 * since somebody without the lock may have written behind them. */
static void take_back(int fd, size_t n)
{
	off_t end = lseek(fd, 0, SEEK_CUR);
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0 || st.st_size < end ||
	    end < (off_t)n || fcntl(fd, F_SETFL, flags & ~O_APPEND) < 0)
		return;
	if (pwrite(fd, blank, n, end - (off_t)n) < 0)
		log_seldom("half a usage line stays: %s", strerror(errno));
	if (fcntl(fd, F_SETFL, flags) < 0) /* else others' lines go next */
		abort();
}

/* All of it, or nothing. */
static int append(struct ledger_file *f, struct str line)
{
	size_t newline, blanks, n;
	struct stat st;
	ssize_t put;

	if (fstat(f->fd, &st) < 0)
		return errno;
	newline = st.st_size != f->whole && !ends_whole(f->fd, st.st_size);
	blanks = blanks_for(st.st_size + (off_t)newline, line.n);
	n = newline + blanks + line.n;
	put = writev(f->fd, (struct iovec[]){ { "\n", newline },
		     { (char *)blank, blanks }, { (char *)line.p, line.n } },
		     3);
	f->whole = put == (ssize_t)n ? st.st_size + put : 0;
	if (put == (ssize_t)n)
		return 0;
	if (put < 0)
		return errno;
	if ((size_t)put > newline)
		take_back(f->fd, (size_t)put - newline);
	return ENOSPC;
}

int ledger_file_put(struct ledger_file *f, struct str line)
{
	bool locked;
	int why;

	follow(f);
	locked = lock(f);
	why = append(f, line);
	if (locked)
		set_lock(f->fd, F_UNLCK);
	return why;
}
