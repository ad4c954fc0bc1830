#include "cmd/report_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/module.h"
#include "cmd/report_unpack.h"

#define BLOCK (256 * 1024) /* stays in the processor's cache */

/* Bytes of a file, unpacked if need be. */
struct source {
	int fd;
	char *packed;              /* BLOCK bytes, of a packed one */
	struct unpack_io io;
	const struct unpack_ops *ops; /* NULL: plain */
	void *unpacker;
	enum unpack_state state;
	int64_t bytes;             /* read from fd */
	const char *why;           /* the trouble; NULL: errno says */
	char words[256];
};

static struct module unpack_module =
	MODULE("unpack.so", "larder_unpack", UNPACK_ABI);

static ssize_t read_fd(struct source *s, char *to, size_t n)
{
	ssize_t got;

	do
		got = read(s->fd, to, n);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		s->bytes += got;
	return got;
}

/* -- packed ones ----------------------------------------------------------- */

/* More of what is packed; 0 at the end, -1. */
static ssize_t refill(struct source *s)
{
	ssize_t got = read_fd(s, s->packed, BLOCK);

	if (got > 0) {
		s->io.in = s->packed;
		s->io.in_n = (size_t)got;
	}
	if (got == 0 && s->state == UNPACK_INSIDE) {
		s->why = "ends in the middle of what is packed";
		return -1;
	}
	return got;
}

static ssize_t cannot_unpack(struct source *s)
{
	s->why = s->state == UNPACK_TOO_WIDE ?
		"needs more than 32 MB to be unpacked (zstd --long): unpack "
		"it by \"zstd -dc --long=31\" and give that on standard "
		"input" :
		"is damaged: it cannot be unpacked";
	return -1;
}

static ssize_t read_packed(struct source *s, char *to, size_t n)
{
	ssize_t got;

	s->io.out = to;
	s->io.out_n = n;
	while (s->io.out_n == n) {
		if (!s->io.in_n && (got = refill(s)) <= 0)
			return got;
		s->state = s->ops->step(s->unpacker, &s->io);
		if (s->state < 0)
			return cannot_unpack(s);
	}
	return (ssize_t)(n - s->io.out_n);
}

/* What has been read into `packed` goes through the unpacker. */
static int begin_packed(struct source *s, enum unpack_kind kind, size_t have)
{
	s->ops = module_load(&unpack_module, s->words, sizeof(s->words));
	if (!s->ops) {
		s->why = s->words;
		return -1;
	}
	s->unpacker = s->ops->begin(kind);
	if (!s->unpacker)
		abort();
	s->state = UNPACK_WHOLE;
	s->io.in = s->packed;
	s->io.in_n = have;
	return 0;
}

static ssize_t read_source(struct source *s, char *to, size_t n)
{
	return s->ops ? read_packed(s, to, n) : read_fd(s, to, n);
}

static int kind_of(struct str head)
{
	static const struct str magic[UNPACK_KINDS] = {
		[UNPACK_GZIP] = STR("\x1f\x8b"),
		[UNPACK_ZSTD] = STR("\x28\xb5\x2f\xfd"),
	};

	for (int i = 0; i < UNPACK_KINDS; i++)
		if (str_starts(head, magic[i]))
			return i;
	return -1;
}

/* Reads the first bytes: plain ones are left in buf, their number in
 * *have_r. */
static int begin(struct source *s, char *buf, size_t *have_r)
{
	size_t have = 0;
	ssize_t got;
	int kind;

	do { /* a pipe may give fewer than a kind needs */
		got = read_fd(s, buf + have, BLOCK - have);
		if (got < 0)
			return -1;
		have += (size_t)got;
	} while (got > 0 && have < 4);
	kind = kind_of((struct str){ buf, have });
	if (kind >= 0) {
		s->packed = malloc(BLOCK);
		if (!s->packed)
			abort();
		memcpy(s->packed, buf, have);
		*have_r = 0;
		return begin_packed(s, (enum unpack_kind)kind, have);
	}
	*have_r = have;
	return 0;
}

/* -- lines ----------------------------------------------------------------- */

struct lines {
	const struct report_reader *r;
	char *buf;     /* BLOCK and REPORT_LINE_MAX bytes */
	size_t rest;   /* of a line that has only begun */
	bool too_long; /* that line was given, what is left of it is not */
};

/* Gives every line of buf[0, n) and moves what is left to the front. */
static void give_lines(struct lines *l, size_t n)
{
	char *at = l->buf, *end = l->buf + n, *nl;

	while ((nl = memchr(at, '\n', (size_t)(end - at)))) {
		if (!l->too_long)
			l->r->line(l->r->ctx, (struct str){
				at, (size_t)(nl - at) });
		l->too_long = false;
		at = nl + 1;
	}
	l->rest = (size_t)(end - at);
	if (l->rest > REPORT_LINE_MAX && !l->too_long) {
		l->r->line(l->r->ctx, (struct str){ at, REPORT_LINE_MAX + 1 });
		l->too_long = true;
	}
	if (l->too_long)
		l->rest = 0;
	memmove(l->buf, at, l->rest);
}

static int read_lines(struct lines *l, struct source *s)
{
	size_t have = 0;
	ssize_t got;

	if (begin(s, l->buf, &have) < 0)
		return -1;
	do {
		give_lines(l, l->rest + have);
		if (l->r->progress)
			l->r->progress(l->r->ctx, s->bytes);
		got = read_source(s, l->buf + l->rest, BLOCK);
		have = got > 0 ? (size_t)got : 0;
	} while (got > 0);
	if (l->rest)
		l->r->line(l->r->ctx, (struct str){ l->buf, l->rest });
	return got < 0 ? -1 : 0;
}

static void end(struct source *s)
{
	if (s->unpacker)
		s->ops->end(s->unpacker);
	free(s->packed);
	if (s->fd > STDIN_FILENO)
		close(s->fd);
}

int report_read(const struct report_reader *r, const char *path, char *err_r,
		size_t err_n)
{
	struct source s = { .fd = STDIN_FILENO };
	struct lines l = { .r = r };
	int rc = -1;

	if (strcmp(path, "-") != 0)
		s.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s.fd >= 0) {
		l.buf = malloc(BLOCK + REPORT_LINE_MAX + 1);
		if (!l.buf)
			abort();
		rc = read_lines(&l, &s);
	}
	if (rc < 0)
		snprintf(err_r, err_n, "%s: %s", path,
			 s.why ? s.why : strerror(errno));
	end(&s);
	free(l.buf);
	return rc;
}
