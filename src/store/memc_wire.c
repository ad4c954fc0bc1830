#include "store/memc_wire.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/count.h"
#include "store/memc_dial.h"

#define LINE_MAX_BYTES 512 /* "VALUE", a name, two numbers; or an error */
#define BOX_FIRST 16384
#define BOX_KEPT 262144

static const struct str tail = { "\r\nEND\r\n", 7 };

int wire_idle(int fd)
{
	char c;
	ssize_t got;

	do {
		got = recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -1;
}

/* --- asking --- */

static size_t ask_line(const struct wire_ask *q, char *line, size_t n)
{
	static const char *const verb[] = { [WIRE_GET] = "get",
					    [WIRE_SET] = "set",
					    [WIRE_ADD] = "add",
					    [WIRE_DROP] = "delete" };
	int used = snprintf(line, n, "%s %.*s", verb[q->verb],
			    (int)q->name.n, q->name.p);
	size_t at = (size_t)used;

	if (q->verb == WIRE_SET || q->verb == WIRE_ADD)
		used = snprintf(line + at, n - at, " 0 %lld %zu\r\n",
				(long long)q->expires_s, q->value.n);
	else
		used = snprintf(line + at, n - at, "\r\n");
	return at + (size_t)used;
}

/* Takes n bytes off the front. */
static void iov_skip(struct msghdr *m, size_t n)
{
	while (m->msg_iovlen && n >= m->msg_iov->iov_len) {
		n -= m->msg_iov->iov_len;
		m->msg_iov++;
		m->msg_iovlen--;
	}
	if (n) {
		m->msg_iov->iov_base = (char *)m->msg_iov->iov_base + n;
		m->msg_iov->iov_len -= n;
	}
}

static int ask_send(int fd, const struct wire_ask *q, int64_t until_us)
{
	char line[MEMC_NAME_MAX + 64];
	struct iovec part[3] = {
		{ line, ask_line(q, line, sizeof(line)) },
		{ (void *)(uintptr_t)q->value.p, q->value.n },
		{ (void *)(uintptr_t)tail.p, 2 },
	};
	bool has_value = q->verb == WIRE_SET || q->verb == WIRE_ADD;
	struct msghdr m = { .msg_iov = part,
			    .msg_iovlen = has_value ? 3 : 1 };
	ssize_t sent;

	while (m.msg_iovlen) {
		sent = sendmsg(fd, &m, MSG_NOSIGNAL);
		if (sent >= 0)
			iov_skip(&m, (size_t)sent);
		else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (!dial_wait(fd, POLLOUT, until_us))
				return -1;
		} else if (errno != EINTR)
			return -1;
	}
	return 0;
}

/* --- what comes back --- */

static int box_reserve(struct wire_box *b, size_t room)
{
	char *p;

	if (room <= b->room)
		return 0;
	p = realloc(b->p, room);
	if (!p)
		return -1;
	b->p = p;
	b->room = room;
	return 0;
}

static int box_begin(struct wire_box *b)
{
	if (b->room > BOX_KEPT)
		wire_box_fini(b);
	b->n = 0;
	return box_reserve(b, BOX_FIRST);
}

void wire_box_fini(struct wire_box *b)
{
	free(b->p);
	*b = (struct wire_box){ .p = NULL };
}

/* Waits for more bytes; -1 when none came in time or ever will. */
static int box_fill(int fd, struct wire_box *b, int64_t until_us)
{
	ssize_t got;

	for (;;) {
		if (!dial_wait(fd, POLLIN, until_us))
			return -1;
		got = recv(fd, b->p + b->n, b->room - b->n, 0);
		if (got > 0) {
			b->n += (size_t)got;
			return 0;
		}
		if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK &&
				 errno != EINTR))
			return -1;
	}
}

/* The first line, without its end. */
static int box_line(int fd, struct wire_box *b, int64_t until_us,
		    struct str *line_r)
{
	const char *end = NULL;
	size_t seen = 0;

	for (;;) {
		if (b->n > seen)
			end = memchr(b->p + seen, '\n', b->n - seen);
		if (end)
			break;
		seen = b->n;
		if (seen >= LINE_MAX_BYTES || box_fill(fd, b, until_us) < 0)
			return -1;
	}
	if (end == b->p || end[-1] != '\r' || end - b->p > LINE_MAX_BYTES)
		return -1;
	*line_r = (struct str){ b->p, (size_t)(end - b->p) - 1 };
	return 0;
}

/* --- understanding it --- */

static bool take(struct str *s, struct str head)
{
	if (!str_starts(*s, head))
		return false;
	*s = str_from(*s, head.n);
	return true;
}

/* Decimal digits up to max, at least one. */
static bool take_number(struct str *s, uint64_t max, uint64_t *n_r)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
		n = n * 10 + (uint64_t)(s->p[i] - '0');
		if (n > max)
			return false;
	}
	if (i == 0)
		return false;
	*s = str_from(*s, i);
	*n_r = n;
	return true;
}

/* "VALUE name flags length", of this very name. */
static int value_line(struct str line, struct str name, size_t *length_r)
{
	uint64_t flags, length;

	if (!take(&line, STR("VALUE ")) || !take(&line, name) ||
	    !take(&line, STR(" ")) ||
	    !take_number(&line, UINT32_MAX, &flags) ||
	    !take(&line, STR(" ")) ||
	    !take_number(&line, MEMC_VALUE_MAX, &length) || line.n)
		return -1;
	*length_r = (size_t)length;
	return 0;
}

/* A line that is not what this verb asks for. "ERROR" alone is no refusal: a
 * memcached that has too many connections, or no memcached at all. */
static enum memc_end refusal(struct str line)
{
	return str_starts(line, STR("SERVER_ERROR")) ||
	       str_starts(line, STR("CLIENT_ERROR")) ? MEMC_REFUSED :
						       MEMC_FAILED;
}

static enum memc_end answer_value(int fd, struct str name, int64_t until_us,
				  struct wire_box *b, struct str *value_r)
{
	struct str line;
	size_t length, at, all;

	if (box_line(fd, b, until_us, &line) < 0)
		return MEMC_FAILED;
	at = line.n + 2;
	if (str_is(line, "END"))
		return b->n == at ? MEMC_ABSENT : MEMC_FAILED;
	if (value_line(line, name, &length) < 0)
		return refusal(line);
	all = at + length + tail.n;
	if (box_reserve(b, all) < 0)
		return MEMC_FAILED;
	while (b->n < all)
		if (box_fill(fd, b, until_us) < 0)
			return MEMC_FAILED;
	if (b->n != all || memcmp(b->p + at + length, tail.p, tail.n) != 0)
		return MEMC_FAILED;
	*value_r = (struct str){ b->p + at, length };
	return MEMC_DONE;
}

static enum memc_end answer_word(int fd, enum wire_verb verb,
				 int64_t until_us, struct wire_box *b)
{
	static const struct {
		enum wire_verb verb;
		const char *line;
		enum memc_end end;
	} known[] = {
		{ WIRE_SET, "STORED", MEMC_DONE },
		{ WIRE_ADD, "STORED", MEMC_DONE },
		{ WIRE_ADD, "NOT_STORED", MEMC_ABSENT },
		{ WIRE_DROP, "DELETED", MEMC_DONE },
		{ WIRE_DROP, "NOT_FOUND", MEMC_ABSENT },
	};
	struct str line;
	size_t i;

	if (box_line(fd, b, until_us, &line) < 0 || b->n != line.n + 2)
		return MEMC_FAILED;
	for (i = 0; i < COUNT_OF(known); i++)
		if (known[i].verb == verb && str_is(line, known[i].line))
			return known[i].end;
	return refusal(line);
}

enum memc_end wire_talk(int fd, const struct wire_ask *q, int64_t until_us,
			struct wire_box *box, struct str *value_r)
{
	if (box_begin(box) < 0 || ask_send(fd, q, until_us) < 0)
		return MEMC_FAILED;
	if (q->verb == WIRE_GET)
		return answer_value(fd, q->name, until_us, box, value_r);
	return answer_word(fd, q->verb, until_us, box);
}
