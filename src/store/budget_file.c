#include "store/budget.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/budget_known.h"

#define HEAD 4096
#define KNOWN_AT (HEAD + BUDGET_PLACES * sizeof(struct budget_place))
#define SIZE (KNOWN_AT + BUDGET_KNOWN * sizeof(uint64_t))

/* All of it is constant, so whoever makes the file writes the same: zeros
 * behind it are a book in which nothing is spent. */
static const struct head {
	char magic[8];
	uint32_t version, places, place_size, label;
} head = {
	"larderB\n", 2, BUDGET_PLACES, sizeof(struct budget_place),
	BUDGET_LABEL,
};

static_assert(sizeof(struct budget_place) == 192, "as the header draws it");
static_assert(sizeof(struct head) == 24, "no holes");

struct budget_book {
	char *base;
};

static int complain(char *err, size_t n, const char *path, const char *why)
{
	snprintf(err, n, "the sums of budgets in %s: %s", path, why);
	return -1;
}

static int check(int fd, const char *path, char *err, size_t n)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return complain(err, n, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return complain(err, n, path, "not a regular file: name "
				"another in [larder] budget_file");
	if (st.st_uid != geteuid())
		return complain(err, n, path, "belongs to another user than "
				"the one who runs this: chown it");
	if (st.st_mode & 077)
		return complain(err, n, path, "its mode lets others at it: "
				"chmod 600 it");
	return 0;
}

static int read_head(int fd, struct head *h)
{
	memset(h, 0, sizeof(*h));
	return pread(fd, h, sizeof(*h), 0) < 0 ? -1 : 0;
}

static int fill(int fd, bool as_is, const char *path, char *err, size_t n)
{
	static const struct head none;
	off_t end = lseek(fd, 0, SEEK_END);
	struct head h;
	int rc;

	if (read_head(fd, &h) < 0)
		return complain(err, n, path, strerror(errno));
	if (!as_is && (end == 0 || end == (off_t)SIZE) &&
	    memcmp(&h, &none, sizeof(h)) == 0) {
		rc = posix_fallocate(fd, 0, SIZE); /* the disk may be full */
		if (rc != 0)
			return complain(err, n, path, strerror(rc));
		if (pwrite(fd, &head, sizeof(head), 0) != sizeof(head))
			return complain(err, n, path, "cannot be written");
		h = head;
	}
	if (memcmp(&h, &head, sizeof(h)) != 0 ||
	    lseek(fd, 0, SEEK_END) != (off_t)SIZE)
		return complain(err, n, path, "not a file of this larder's: "
				"move it away (what was spent of the present "
				"day and month is forgotten then)");
	return 0;
}

static int open_file(const char *path, bool as_is)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

	if (as_is)
		return open(path, flags);
	if (file_mkdirs(path, 0700) < 0)
		return -1;
	return open(path, flags | O_CREAT, 0600);
}

static char *map(int fd, const char *path, char *err, size_t n)
{
	char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p != MAP_FAILED)
		return p;
	complain(err, n, path, strerror(errno));
	return NULL;
}

struct budget_book *budget_open(const char *path, bool as_is, char *err_r,
				size_t err_n)
{
	struct budget_book *b = NULL;
	char *base = NULL;
	int fd = open_file(path, as_is);

	if (fd < 0) {
		complain(err_r, err_n, path, strerror(errno));
		return NULL;
	}
	if (check(fd, path, err_r, err_n) == 0 &&
	    fill(fd, as_is, path, err_r, err_n) == 0)
		base = map(fd, path, err_r, err_n);
	close(fd);
	if (!base)
		return NULL;
	b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	b->base = base;
	return b;
}

void budget_close(struct budget_book **b)
{
	if (!*b)
		return;
	munmap((*b)->base, SIZE);
	free(*b);
	*b = NULL;
}

struct budget_place *budget_places(struct budget_book *b)
{
	return (struct budget_place *)(b->base + HEAD);
}

uint64_t *budget_known(struct budget_book *b)
{
	return (uint64_t *)(b->base + KNOWN_AT);
}
