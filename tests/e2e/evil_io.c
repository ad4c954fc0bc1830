#include "evil_io.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int io_path(const char *path, struct sockaddr_un *a)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(a->sun_path))
		return -1;
	strcpy(a->sun_path, path);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

int io_dial(const char *server)
{
	const char *colon = strchr(server, ':');
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_un un;
	int fd;

	if (*server == '/') {
		fd = io_path(server, &un);
		if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0)
			return fd;
	} else if (colon) {
		in.sin_port = htons((uint16_t)atoi(colon + 1));
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
			return fd;
	} else {
		return -1;
	}
	close(fd);
	return -1;
}

bool io_put(int fd, const char *p, size_t n)
{
	ssize_t sent;

	for (; n; p += sent, n -= (size_t)sent) {
		sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
	}
	return true;
}

/* --- bytes --- */

void bytes_add(struct bytes *b, const void *p, size_t n)
{
	if (b->n + n + 1 > b->room) {
		b->room = (b->n + n + 1) * 2;
		b->p = realloc(b->p, b->room);
		if (!b->p)
			abort();
	}
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void bytes_text(struct bytes *b, const char *text)
{
	bytes_add(b, text, strlen(text));
}

void bytes_set(struct bytes *b, const void *p, size_t n)
{
	b->n = 0;
	bytes_add(b, p, n);
}

bool in_fill(struct in *i)
{
	char some[65536];
	ssize_t n = recv(i->fd, some, sizeof(some), 0);

	if (n <= 0)
		return false;
	bytes_add(&i->got, some, (size_t)n);
	return true;
}

bool in_take(struct in *i, size_t n, struct bytes *to)
{
	while (i->got.n - i->at < n)
		if (!in_fill(i))
			return false;
	bytes_add(to, i->got.p + i->at, n);
	i->at += n;
	if (i->at == i->got.n)
		i->at = i->got.n = 0;
	return true;
}

bool in_line(struct in *i, struct bytes *to)
{
	const char *end = NULL;

	for (;;) {
		if (i->got.n > i->at)
			end = memchr(i->got.p + i->at, '\n',
				     i->got.n - i->at);
		if (end)
			return in_take(i, (size_t)(end - i->got.p) + 1 - i->at,
				    to);
		if (i->got.n - i->at > 1024 || !in_fill(i))
			return false;
	}
}
