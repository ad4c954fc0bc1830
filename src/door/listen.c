#include "door/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

#define BACKLOG 1024

static int complain(int fd, char *err_r, size_t n, const char *where,
		    const char *why)
{
	if (fd >= 0)
		close(fd);
	snprintf(err_r, n, "cannot listen on %s: %s", where, why);
	return -1;
}

static int path_address(struct sockaddr_un *a, const char *path)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(a->sun_path))
		return -1;
	strcpy(a->sun_path, path);
	return 0;
}

/* Is there somebody behind that path? With a full backlog, too. */
static bool answered(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes;

	if (fd < 0)
		return false;
	yes = connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 ||
	      errno == EAGAIN;
	close(fd);
	return yes;
}

static int bind_path(int fd, const struct sockaddr_un *a)
{
	mode_t old = umask(0117);
	int rc = bind(fd, (const struct sockaddr *)a, sizeof(*a));
	struct stat st;

	if (rc < 0 && errno == EADDRINUSE) {
		if (!answered(a) && lstat(a->sun_path, &st) == 0 &&
		    S_ISSOCK(st.st_mode) && unlink(a->sun_path) == 0)
			rc = bind(fd, (const struct sockaddr *)a, sizeof(*a));
		else
			errno = EADDRINUSE;
	}
	umask(old);
	return rc;
}

static int listen_path(const char *path, char *err_r, size_t n)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;

	if (path_address(&a, path) < 0)
		return complain(fd, err_r, n, path, "the path is too long");
	if (fd < 0 || file_mkdirs(path, 0755) < 0 || bind_path(fd, &a) < 0)
		return complain(fd, err_r, n, path,
				errno == EADDRINUSE ?
				"another process is listening there, or it "
				"is no socket" : strerror(errno));
	if (listen(fd, BACKLOG) < 0)
		return complain(fd, err_r, n, path, strerror(errno));
	return fd;
}

static int loopback_address(struct sockaddr_in *a, const char *where)
{
	const char *colon = strrchr(where, ':');
	char host[64], *end;
	long port;

	if (!colon || (size_t)(colon - where) >= sizeof(host))
		return -1;
	memcpy(host, where, (size_t)(colon - where));
	host[colon - where] = '\0';
	port = strtol(colon + 1, &end, 10);
	memset(a, 0, sizeof(*a));
	a->sin_family = AF_INET;
	a->sin_port = htons((uint16_t)port);
	if (*end || end == colon + 1 || port < 1 || port > 65535 ||
	    inet_pton(AF_INET, host, &a->sin_addr) != 1)
		return -1;
	return ntohl(a->sin_addr.s_addr) >> 24 == 127 ? 0 : -1;
}

static int listen_tcp(const char *where, char *err_r, size_t n)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	struct sockaddr_in a;

	if (loopback_address(&a, where) < 0)
		return complain(fd, err_r, n, where, "give a path, or a "
				"loopback address such as 127.0.0.1:9000");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return complain(fd, err_r, n, where, strerror(errno));
	return fd;
}

int listen_open(const char *where, char *err_r, size_t err_n)
{
	return strchr(where, '/') ? listen_path(where, err_r, err_n) :
				    listen_tcp(where, err_r, err_n);
}

void listen_remove(const char *where)
{
	if (strchr(where, '/'))
		unlink(where);
}
