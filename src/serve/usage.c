#include "serve/usage.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc32c.h"
#include "base/file.h"
#include "base/log.h"

struct usage_log {
	pthread_mutex_t lock; /* of fd while it is replaced */
	char *path;
	int fd;
	bool torn;            /* a write failed: there may be half a line */
	int64_t look_ms;      /* when to compare path and fd again */
};

/* The process's, not the log's: a reload must not start again at 1. */
static _Atomic uint64_t seq;

static int open_append(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
			  O_NOFOLLOW, 0640);
}

struct usage_log *usage_open(const char *path, char *err_r, size_t err_n)
{
	struct usage_log *l;
	int fd = -1;

	if (file_mkdirs(path, 0700) == 0)
		fd = open_append(path);
	if (fd < 0) {
		snprintf(err_r, err_n, "cannot write the usage log %s: %s "
			 "(make its directory writable for the user larder "
			 "runs as, or name another in [log] path)", path,
			 strerror(errno));
		return NULL;
	}
	l = calloc(1, sizeof(*l));
	if (!l || !(l->path = strdup(path)))
		abort();
	pthread_mutex_init(&l->lock, NULL);
	l->fd = fd;
	return l;
}

void usage_close(struct usage_log **l)
{
	if (!*l)
		return;
	close((*l)->fd);
	pthread_mutex_destroy(&(*l)->lock);
	free((*l)->path);
	free(*l);
	*l = NULL;
}

uint64_t usage_seq(void)
{
	return atomic_fetch_add(&seq, 1) + 1;
}

/* Somebody renamed or removed the file: append to the new one. */
static void follow(struct usage_log *l)
{
	int64_t now = clock_mono_ms();
	struct stat at_path, at_fd;
	int fd;

	if (now < l->look_ms)
		return;
	l->look_ms = now + 1000;
	if (stat(l->path, &at_path) == 0 && fstat(l->fd, &at_fd) == 0 &&
	    at_path.st_ino == at_fd.st_ino && at_path.st_dev == at_fd.st_dev)
		return;
	fd = open_append(l->path);
	if (fd < 0) {
		log_seldom("cannot reopen the usage log: %s",
			   strerror(errno));
		return;
	}
	close(l->fd);
	l->fd = fd;
}

void usage_write(struct usage_log *l, struct buf *line)
{
	ssize_t put;

	buf_printf(line, ",\"crc\":\"%08x\"}\n",
		   (unsigned)crc32c(0, line->p, line->n));
	assert(line->n <= USAGE_LINE_MAX);
	pthread_mutex_lock(&l->lock);
	follow(l);
	if (l->torn && write(l->fd, "\n", 1) == 1)
		l->torn = false;
	put = write(l->fd, line->p, line->n);
	if (put != (ssize_t)line->n)
		l->torn = true;
	pthread_mutex_unlock(&l->lock);
	if (put != (ssize_t)line->n)
		log_seldom("a usage line was lost: %s",
			   put < 0 ? strerror(errno) : "short write");
}
