#include "store/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/gate.h"
#include "store/lock.h"

/* One opening: what is wanted, and where complaints go. */
struct task {
	const char *path;
	bool as_is;
	struct geometry g;
	char boot[LAYOUT_BOOT];
	char *err;
	size_t err_n;
};

enum found {
	FOUND_REFUSED = -1, /* never touch it; err says why */
	FOUND_GOOD,
	FOUND_NOTHING,
	FOUND_OTHER,  /* ours, but of another layout or size */
	FOUND_ASLEEP, /* ours, with locks from before a reboot or copy */
};

static int complain(const struct task *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(const struct task *t, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(t->err, t->err_n, "%s: ", t->path);

	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < t->err_n)
		vsnprintf(t->err + n, t->err_n - (size_t)n, fmt, ap);
	va_end(ap);
	return -1;
}

static int read_boot(struct task *t)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, t->boot, sizeof(t->boot) - 1);
		close(fd);
	}
	if (n < 36)
		return complain(t, "cannot tell one boot from another "
				   "without /proc/sys/kernel/random/boot_id: "
				   "mount /proc");
	memset(t->boot + 36, 0, sizeof(t->boot) - 36);
	return 0;
}

/* The head that our own file with that inode number has. */
static void expect(const struct task *t, uint64_t inode,
		   struct slab_head *h_r)
{
	memset(h_r, 0, sizeof(*h_r));
	memcpy(h_r->magic, LAYOUT_MAGIC, sizeof(h_r->magic));
	memcpy(h_r->magic_again, LAYOUT_MAGIC, sizeof(h_r->magic_again));
	h_r->layout = layout_id();
	h_r->size = t->g.size;
	h_r->shards = t->g.shards;
	h_r->shard_size = t->g.shard_size;
	h_r->chunks = t->g.chunks;
	h_r->buckets = t->g.buckets;
	memcpy(h_r->boot, t->boot, sizeof(h_r->boot));
	h_r->inode = inode;
}

static int check_owner(const struct task *t, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return complain(t, "not a regular file: choose another path "
				   "for the cache");
	if (st->st_uid != geteuid())
		return complain(t, "belongs to user %u, not to user %u who "
				   "runs this: chown it or remove it",
				(unsigned)st->st_uid, (unsigned)geteuid());
	if (st->st_nlink != 1)
		return complain(t, "has %lu names (hard links): remove it",
				(unsigned long)st->st_nlink);
	if (st->st_mode & 077)
		return complain(t, "mode %04o lets others at it: chmod 600 it",
				(unsigned)st->st_mode & 07777);
	return 0;
}

/* Is it a slab that may be replaced? An empty file may be, too; anything
 * else is somebody's and is left alone. */
static enum found ours_or_not(const struct task *t, int fd, off_t size)
{
	struct slab_head h;

	if (size == 0)
		return FOUND_OTHER;
	if (pread(fd, &h, sizeof(h), 0) == (ssize_t)sizeof(h) &&
	    (memcmp(h.magic, LAYOUT_MAGIC, sizeof(h.magic)) == 0 ||
	     memcmp(h.magic_again, LAYOUT_MAGIC, sizeof(h.magic)) == 0))
		return FOUND_OTHER;
	complain(t, "is not a larder cache: remove it or choose another path");
	return FOUND_REFUSED;
}

static char *map_fd(const struct task *t, int fd)
{
	char *p = mmap(NULL, t->g.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       0);

	if (p == MAP_FAILED) {
		complain(t, "cannot map %llu bytes: %s",
			 (unsigned long long)t->g.size, strerror(errno));
		return NULL;
	}
	/* Answers stay out of core files. Best effort. */
	(void)madvise(p, t->g.size, MADV_DONTDUMP);
	return p;
}

/* Holds the head against what it should be. Where it is, is compared last:
 * that is the only part that changes while others have it mapped. */
static enum found judge(const struct task *t, const char *base, ino_t inode)
{
	const struct slab_head *head = (const struct slab_head *)base;
	struct slab_head have, want;
	/* Before the rest: wake() writes it last. */
	uint64_t seen = __atomic_load_n(&head->inode, __ATOMIC_ACQUIRE);

	memcpy(&have, head, sizeof(have));
	expect(t, inode, &want);
	if (memcmp(&have, &want, offsetof(struct slab_head, boot)) != 0)
		return FOUND_OTHER;
	if (memcmp(have.boot, want.boot, sizeof(have.boot)) != 0 ||
	    seen != want.inode)
		return FOUND_ASLEEP;
	return FOUND_GOOD;
}

/* GOOD and ASLEEP give a mapping. */
static enum found look_at(const struct task *t, int fd, char **base_r)
{
	struct stat st;
	enum found found;
	char *base;

	if (fstat(fd, &st) < 0)
		return complain(t, "%s", strerror(errno));
	if (st.st_nlink == 0) /* replaced since we opened it */
		return FOUND_NOTHING;
	if (check_owner(t, &st) < 0)
		return FOUND_REFUSED;
	if ((uint64_t)st.st_size != t->g.size)
		return ours_or_not(t, fd, st.st_size);
	base = map_fd(t, fd);
	if (!base)
		return FOUND_REFUSED;
	found = judge(t, base, st.st_ino);
	if (found == FOUND_OTHER) {
		munmap(base, t->g.size);
		return ours_or_not(t, fd, st.st_size);
	}
	*base_r = base;
	return found;
}

static enum found look(const struct task *t, char **base_r)
{
	/* O_NONBLOCK: a FIFO or device at that place shall not hold us. */
	int fd = open(t->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY |
				       O_NONBLOCK);
	enum found found;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return FOUND_NOTHING;
	if (fd < 0 && errno == ELOOP)
		return complain(t, "is a symbolic link: name the file itself");
	if (fd < 0)
		return complain(t, "%s: this user must own it and reach it",
				strerror(errno));
	found = look_at(t, fd, base_r);
	close(fd);
	return found;
}

/* Nobody asks anything yet, and nobody holds a lock. */
static int wake_shard(const struct shard *s)
{
	const size_t rest = offsetof(struct flight_slot, key);
	uint32_t i;

	if (lock_init_robust(&s->head->lock) < 0)
		return -1;
	s->head->hurry_until_ms = 0;
	for (i = 0; i < s->flights; i++) {
		if (lock_init_robust(&s->flight[i].lead) < 0)
			return -1;
		memset((char *)&s->flight[i] + rest, 0,
		       sizeof(s->flight[i]) - rest);
	}
	return 0;
}

/* Makes all locks. The inode number goes first and comes back last: without
 * it the slab is asleep, also when we die in between. */
static int wake(const struct task *t, char *base, uint64_t inode, bool used)
{
	struct slab_head *head = (struct slab_head *)base, h;
	struct shard s;
	uint32_t i;

	__atomic_store_n(&head->inode, 0, __ATOMIC_SEQ_CST);
	for (i = 0; i < t->g.shards; i++) {
		shard_at(&s, base, &t->g, i);
		if (wake_shard(&s) < 0)
			return complain(t, "this system has no robust locks "
					   "that processes can share");
		s.head->suspect = used;
	}
	expect(t, 0, &h);
	memcpy(head, &h, sizeof(h));
	__atomic_store_n(&head->inode, inode, __ATOMIC_RELEASE);
	return 0;
}

/* Gives fd its blocks (so that no later write into the mapping can fail)
 * and an empty slab. NULL with a complaint. */
static char *fill(const struct task *t, int fd)
{
	struct stat st;
	char *base;
	int e = gate_allocate(fd, t->g.size);

	if (e != 0) {
		complain(t, "cannot make %llu bytes: %s%s",
			 (unsigned long long)t->g.size, strerror(e),
			 e == ENOSPC || e == EFBIG ?
				 ": make room or set a smaller size" :
				 "");
		return NULL;
	}
	base = map_fd(t, fd);
	if (!base)
		return NULL;
	if (fstat(fd, &st) < 0 || wake(t, base, st.st_ino, false) < 0) {
		munmap(base, t->g.size);
		return NULL;
	}
	return base;
}

/* Makes it beside and puts it in place whole; whoever has the old one
 * mapped keeps it. Only one process is here at a time. */
static int make(const struct task *t, char **base_r)
{
	char beside[PATH_MAX];
	char *base;
	int fd;

	if (gate_name(beside, t->path, ".new") < 0)
		return complain(t, "the path is too long");
	unlink(beside);
	fd = open(beside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return complain(t, "cannot be made: %s", strerror(errno));
	base = fill(t, fd);
	close(fd);
	if (base && rename(beside, t->path) < 0) {
		complain(t, "cannot be put in place: %s", strerror(errno));
		munmap(base, t->g.size);
		base = NULL;
	}
	if (!base) {
		unlink(beside);
		return -1;
	}
	*base_r = base;
	return 0;
}

static int wake_mapped(const struct task *t, char *base)
{
	struct stat st;

	if (lstat(t->path, &st) == 0 && wake(t, base, st.st_ino, true) == 0)
		return 0;
	munmap(base, t->g.size);
	return complain(t, "cannot be taken into use again");
}

/* With as_is: why it is not made. */
static int unmade(const struct task *t, enum found found)
{
	if (found == FOUND_NOTHING)
		return complain(t, "there is no cache yet: larder makes it "
				   "when it starts");
	return complain(t, "the running larder still uses a cache of another "
			   "size or version: reload or restart it first");
}

/* Behind the gate nobody else makes or wakes, so what is seen there stays
 * so; a process that lost the race finds the winner's file in order. */
static int settle(const struct task *t, char **base_r)
{
	enum found found = look(t, base_r);

	switch (found) {
	case FOUND_GOOD:
		return 0;
	case FOUND_ASLEEP:
		return wake_mapped(t, *base_r);
	case FOUND_NOTHING:
	case FOUND_OTHER:
		return t->as_is ? unmade(t, found) : make(t, base_r);
	case FOUND_REFUSED:
		break;
	}
	return -1;
}

static int settle_alone(const struct task *t, char **base_r)
{
	const char *why;
	int gate = gate_enter(t->path, &why), r;

	if (gate < 0)
		return complain(t, "%s", why);
	r = settle(t, base_r);
	close(gate);
	return r;
}

int shm_map(struct shm *m_r, const struct store_conf *c, char *err_r,
	    size_t err_n)
{
	struct task t = { .path = c->path, .as_is = c->as_is, .err = err_r,
			  .err_n = err_n };
	char *base = NULL;
	enum found found;

	if (layout_geometry(&t.g, c->size) < 0)
		return complain(&t, "a cache of %zu bytes is too small: give "
				    "it 1M or more", c->size);
	if (read_boot(&t) < 0)
		return -1;
	found = look(&t, &base);
	if (found == FOUND_REFUSED)
		return -1;
	if (t.as_is && (found == FOUND_NOTHING || found == FOUND_OTHER))
		return unmade(&t, found);
	if (found == FOUND_ASLEEP)
		munmap(base, t.g.size);
	if (found != FOUND_GOOD && settle_alone(&t, &base) < 0)
		return -1;
	m_r->base = base;
	m_r->g = t.g;
	return 0;
}

int shm_flush(const struct shm *m)
{
	return msync(m->base, LAYOUT_HEAD + LAYOUT_BOARD, MS_SYNC);
}

void shm_unmap(struct shm *m)
{
	munmap(m->base, m->g.size);
	m->base = NULL;
}
