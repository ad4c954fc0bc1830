#include "door/record.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* https://fastcgi-archives.github.io/FastCGI_Specification.html, 3.3 and 8 */
#define PROTOCOL 1
#define END_REQUEST 3
#define STDOUT 6
#define HEAD 8
#define CONTENT_MAX 65535
#define END (HEAD + HEAD + 8)

#define GATHERED 8192 /* with head and end */
#define FIRST 1024

static void head_make(const struct record *o, char *to, int type, size_t n)
{
	const unsigned char head[HEAD] = {
		PROTOCOL, (unsigned char)type,
		(unsigned char)(o->id >> 8), (unsigned char)o->id,
		(unsigned char)(n >> 8), (unsigned char)n,
	};

	memcpy(to, head, HEAD);
}

static int send_all(struct record *o, struct iovec *v, int n)
{
	struct msghdr m = { .msg_iov = v, .msg_iovlen = (size_t)n };
	ssize_t sent;

	while (m.msg_iovlen) {
		sent = sendmsg(o->fd, &m, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			o->broken = true;
			return -1;
		}
		while (m.msg_iovlen && (size_t)sent >= m.msg_iov->iov_len) {
			sent -= (ssize_t)m.msg_iov++->iov_len;
			m.msg_iovlen--;
		}
		if (m.msg_iovlen) {
			m.msg_iov->iov_base = (char *)m.msg_iov->iov_base +
					      sent;
			m.msg_iov->iov_len -= (size_t)sent;
		}
	}
	return 0;
}

/* What is gathered and the bytes behind it, as one record. */
static int send_record(struct record *o, struct str bytes)
{
	char bare[HEAD], *head = o->text ? o->text : bare;
	struct iovec v[] = { { head, HEAD + o->n },
			     { (char *)bytes.p, bytes.n } };

	head_make(o, head, STDOUT, o->n + bytes.n);
	o->n = 0;
	return send_all(o, v, bytes.n ? 2 : 1);
}

/* Room for n more and the end. */
static int gather_room(struct record *o, size_t n)
{
	size_t cap = o->cap ? o->cap : FIRST;
	char *text;

	while (cap < HEAD + o->n + n + END)
		cap *= 2;
	if (cap == o->cap)
		return 0;
	text = realloc(o->text, cap);
	if (!text) {
		o->broken = true;
		return -1;
	}
	o->text = text;
	o->cap = cap;
	return 0;
}

int record_put(struct record *o, struct str bytes)
{
	size_t n;

	if (o->broken)
		return -1;
	if (HEAD + o->n + bytes.n + END <= GATHERED) {
		if (gather_room(o, bytes.n) < 0)
			return -1;
		if (bytes.n)
			memcpy(o->text + HEAD + o->n, bytes.p, bytes.n);
		o->n += bytes.n;
		return 0;
	}
	for (; bytes.n; bytes = str_from(bytes, n)) {
		n = CONTENT_MAX - o->n;
		if (n > bytes.n)
			n = bytes.n;
		if (send_record(o, (struct str){ bytes.p, n }) < 0)
			return -1;
	}
	return 0;
}

static void forget(struct record *o)
{
	free(o->text);
	o->text = NULL;
	o->n = o->cap = 0;
}

int record_flush(struct record *o)
{
	if (!o->broken && o->n)
		send_record(o, STR(""));
	forget(o);
	return o->broken ? -1 : 0;
}

int record_end(struct record *o)
{
	struct iovec v;
	char *end;

	if (!o->broken && gather_room(o, 0) == 0) {
		head_make(o, o->text, STDOUT, o->n);
		v = (struct iovec){ o->text, (o->n ? HEAD + o->n : 0) + END };
		end = o->text + v.iov_len - END;
		head_make(o, end, STDOUT, 0);
		head_make(o, end + HEAD, END_REQUEST, 8);
		memset(end + HEAD + HEAD, 0, 8);
		send_all(o, &v, 1);
	}
	forget(o);
	return o->broken ? -1 : 0;
}
