#include "storm_http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HEAD_MAX 65536

void reply_clear(struct reply *r)
{
	char *p = r->p;
	size_t size = r->size;

	memset(r, 0, sizeof(*r));
	r->p = p;
	r->size = size;
}

void reply_free(struct reply *r)
{
	free(r->p);
	memset(r, 0, sizeof(*r));
}

/* The value of a header line, or NULL. */
static const char *value(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	line += n + 1;
	return line + strspn(line, " \t");
}

static void read_line(struct reply *r, const char *line)
{
	const char *v;

	if ((v = value(line, "content-length")))
		r->left = atoll(v);
	if ((v = value(line, "transfer-encoding")))
		r->chunked = strncasecmp(v, "chunked", 7) == 0;
	if ((v = value(line, "connection")))
		r->keep = strncasecmp(v, "close", 5) != 0;
	if ((v = value(line, "cache-status")) && strstr(v, "larder; "))
		snprintf(r->cache, sizeof(r->cache), "%s",
			 strstr(v, "larder; ") + 8);
}

/* Lines are cut where they end, so the head cannot be read again. */
static int read_head(struct reply *r)
{
	char *end = memmem(r->p, r->n, "\r\n\r\n", 4), *line, *eol;

	if (!end)
		return r->n > HEAD_MAX ? -1 : 0;
	*end = 0;
	if (sscanf(r->p, "HTTP/1.%*d %d", &r->status) != 1)
		return -1;
	r->body = r->next = (size_t)(end - r->p) + 4;
	r->left = -1;
	r->keep = true;
	for (line = r->p; line; line = eol) {
		eol = strstr(line, "\r\n");
		if (eol) {
			*eol = 0;
			eol += 2;
		}
		read_line(r, line);
	}
	if (r->chunked)
		r->left = 0;
	return 1;
}

/* The line "length CRLF" at r->next; 1 when there is a length. */
static int read_length(struct reply *r)
{
	char *eol = memmem(r->p + r->next, r->n - r->next, "\r\n", 2), *end;

	if (!eol)
		return r->n - r->next > 64 ? -1 : 0;
	r->left = strtoll(r->p + r->next, &end, 16);
	if (end == r->p + r->next || r->left < 0)
		return -1;
	r->next = (size_t)(eol - r->p) + 2;
	r->seen_end = r->left == 0;
	r->left += 2; /* the CRLF behind it */
	return 1;
}

/* Moves what has come of the chunk to the end of the body. */
static void join(struct reply *r)
{
	size_t n = r->n - r->next, bytes;

	if ((long long)n > r->left)
		n = (size_t)r->left;
	bytes = r->left > 2 ? (size_t)r->left - 2 : 0;
	if (bytes > n)
		bytes = n;
	memmove(r->p + r->body + r->body_n, r->p + r->next, bytes);
	r->body_n += bytes;
	r->next += n;
	r->left -= (long long)n;
}

static int read_chunks(struct reply *r)
{
	int rc;

	for (;;) {
		if (r->left) {
			join(r);
			if (r->left)
				return 0;
			if (r->seen_end)
				return 1;
		}
		if (r->next == r->n)
			return 0;
		rc = read_length(r);
		if (rc <= 0)
			return rc;
	}
}

static int take(struct reply *r)
{
	int rc = 1;

	if (!r->body)
		rc = read_head(r);
	if (rc <= 0)
		return rc;
	if (r->chunked)
		return read_chunks(r);
	r->body_n = r->n - r->body;
	return r->left >= 0 && (long long)r->body_n >= r->left;
}

int reply_read(struct reply *r, int fd)
{
	ssize_t got;
	int rc;

	for (;;) {
		if (r->size - r->n < 16384) {
			r->size = r->size ? r->size * 2 : 65536;
			r->p = realloc(r->p, r->size);
			if (!r->p)
				abort();
		}
		got = recv(fd, r->p + r->n, r->size - r->n - 1, MSG_DONTWAIT);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (got < 0)
			return -1;
		if (got == 0) /* the end is the length, if nothing else is */
			return r->body && !r->chunked && r->left < 0 ? 1 : -1;
		r->n += (size_t)got;
		r->p[r->n] = 0;
		rc = take(r);
		if (rc)
			return rc;
	}
}
