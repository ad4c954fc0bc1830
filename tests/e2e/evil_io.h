/* Sockets, and bytes as they come and grow. */
#ifndef EVIL_IO_H
#define EVIL_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>

/* A socket and its address; -1 when the path is too long. */
int io_path(const char *path, struct sockaddr_un *a);

/* To a path or 127.0.0.1:PORT; -1 when there is nobody. */
int io_dial(const char *server);

/* All of it; false when the other has left. */
bool io_put(int fd, const char *p, size_t n);

struct bytes {
	char *p; /* NUL-terminated once something was added */
	size_t n, room;
};

void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_text(struct bytes *b, const char *text);
void bytes_set(struct bytes *b, const void *p, size_t n);

/* What comes in on a connection; what was read lies before `at`. */
struct in {
	int fd;
	struct bytes got;
	size_t at;
};

/* Each adds to *to; false when the other has left. A line has its end. */
bool in_fill(struct in *i);
bool in_take(struct in *i, size_t n, struct bytes *to);
bool in_line(struct in *i, struct bytes *to);

#endif
