#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

static int complain(char *err_r, size_t n, const char *path, const char *why)
{
	snprintf(err_r, n, "%s: %s", path, why);
	return -1;
}

static int read_all(int fd, char *p, size_t n)
{
	size_t at = 0;
	ssize_t got;

	while (at < n) {
		got = read(fd, p + at, n - at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		at += (size_t)got;
	}
	return 0;
}

static const char *unfit(const struct stat *st, size_t max, bool secret)
{
	if (!S_ISREG(st->st_mode))
		return "not a regular file";
	if ((size_t)st->st_size > max)
		return "too large";
	if (secret && (st->st_mode & 027))
		return "readable or writable by others; chmod 600 it";
	return NULL;
}

static int slurp(struct str *out_r, struct arena *a, const char *path,
		 size_t max, bool secret, char *err_r, size_t err_n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | (secret ? O_NOFOLLOW : 0));
	const char *why;
	struct stat st;
	char *p;

	if (fd < 0)
		return complain(err_r, err_n, path,
				errno == ELOOP ? "is a symbolic link" :
						 strerror(errno));
	why = fstat(fd, &st) < 0 ? strerror(errno) : unfit(&st, max, secret);
	if (why) {
		close(fd);
		return complain(err_r, err_n, path, why);
	}
	p = arena_alloc(a, (size_t)st.st_size + 1);
	if (read_all(fd, p, (size_t)st.st_size) < 0) {
		close(fd);
		return complain(err_r, err_n, path, "could not be read whole");
	}
	close(fd);
	p[st.st_size] = '\0';
	*out_r = (struct str){ p, (size_t)st.st_size };
	return 0;
}

int file_read(struct str *out_r, struct arena *a, const char *path,
	      size_t max, char *err_r, size_t err_n)
{
	return slurp(out_r, a, path, max, false, err_r, err_n);
}

int file_read_secret(struct str *out_r, struct arena *a, const char *path,
		     size_t max, char *err_r, size_t err_n)
{
	return slurp(out_r, a, path, max, true, err_r, err_n);
}

static int read_to_end(struct buf *b, int fd, size_t max)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (b->n + (size_t)n > max) {
			errno = EFBIG;
			return -1;
		}
		buf_add(b, piece, (size_t)n);
	}
	return 0;
}

int file_read_any(struct str *out_r, struct arena *a, const char *path,
		  size_t max, char *err_r, size_t err_n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;
	struct buf b;

	buf_init(&b, a);
	if (fd >= 0)
		rc = read_to_end(&b, fd, max);
	if (rc < 0)
		complain(err_r, err_n, path, strerror(errno));
	else
		*out_r = buf_view(&b);
	if (fd >= 0)
		close(fd);
	return rc;
}

static bool has_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096];

	if (!slash)
		return true;
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	return access(dir, F_OK) == 0;
}

int file_mkdirs(const char *path, mode_t mode)
{
	char dir[4096];
	size_t n = strlen(path);

	if (n >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (has_dir(path))
		return 0;
	memcpy(dir, path, n + 1);
	for (char *p = strchr(dir + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(dir, mode) < 0 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return 0;
}

/* Whose the file should be: its predecessor's, or its directory's. */
static int keep_owner(int fd, const char *path)
{
	char dir[4096];
	struct stat st;
	char *slash;

	if (geteuid() != 0)
		return 0;
	if (lstat(path, &st) < 0) {
		snprintf(dir, sizeof(dir), "%s", path);
		slash = strrchr(dir, '/');
		if (!slash)
			return 0;
		slash[slash == dir] = '\0';
		if (stat(dir, &st) < 0)
			return -1;
	}
	return fchown(fd, st.st_uid, st.st_gid);
}

static int fill(int fd, const char *path, struct str bytes)
{
	ssize_t put = write(fd, bytes.p, bytes.n);

	if (put != (ssize_t)bytes.n) {
		if (put >= 0)
			errno = ENOSPC;
		return -1;
	}
	if (fchmod(fd, 0600) < 0 || keep_owner(fd, path) < 0)
		return -1;
	return fsync(fd);
}

int file_put(const char *path, struct str bytes, bool fresh)
{
	char tmp[4096];
	int fd, rc, err;

	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >=
	    (int)sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fill(fd, path, bytes);
	if (rc == 0 && fresh)
		rc = link(tmp, path); /* fails with EEXIST, atomically */
	else if (rc == 0)
		rc = rename(tmp, path);
	err = errno;
	if (rc < 0 || fresh)
		unlink(tmp);
	close(fd);
	errno = err;
	return rc;
}
