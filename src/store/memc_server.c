#include "store/memc_server.h"

#include <stdbool.h>
#include <string.h>
#include <sys/un.h>

#include "base/str.h"

#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* Copies without regard to case; -1 when a byte is none of `allowed`. */
static int host_copy(struct str from, const char *allowed,
		     struct memc_server *s)
{
	const char *at;
	size_t i;
	char c;

	if (!from.n || from.n > MEMC_HOST_MAX)
		return -1;
	for (i = 0; i < from.n; i++) {
		c = from.p[i];
		at = c ? strchr(upper, c) : NULL;
		s->host[i] = at ? lower[at - upper] : c;
		if (!strchr(lower, s->host[i]) &&
		    !strchr(allowed, s->host[i]))
			return -1;
	}
	s->host[i] = '\0';
	return 0;
}

static int port_parse(struct str text, uint16_t *port_r)
{
	unsigned port = 0;
	size_t i;

	if (!text.n || text.n > 5)
		return -1;
	for (i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		port = port * 10 + (unsigned)(text.p[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX)
		return -1;
	*port_r = (uint16_t)port;
	return 0;
}

static int path_parse(const char *path, struct memc_server *s)
{
	size_t n = strlen(path);

	if (n < 2 || n > SOCKET_PATH_MAX)
		return -1;
	memcpy(s->host, path, n + 1);
	s->port = 0;
	return 0;
}

/* rest: what follows the host, nothing or ":port". */
static int rest_parse(struct str rest, struct memc_server *s)
{
	s->port = MEMC_PORT;
	if (!rest.n)
		return 0;
	if (rest.p[0] != ':')
		return -1;
	return port_parse(str_from(rest, 1), &s->port);
}

static int brackets_parse(struct str text, struct memc_server *s)
{
	const char *end = memchr(text.p, ']', text.n);
	struct str host;

	if (!end)
		return -1;
	host = (struct str){ text.p + 1, (size_t)(end - text.p) - 1 };
	if (!memchr(host.p, ':', host.n) ||
	    host_copy(host, "0123456789:.%", s) < 0)
		return -1;
	return rest_parse(str_from(text, host.n + 2), s);
}

static int name_parse(struct str text, struct memc_server *s)
{
	const char *colon = memchr(text.p, ':', text.n);
	struct str host = text;

	if (colon)
		host.n = (size_t)(colon - text.p);
	if (host_copy(host, "0123456789.-_", s) < 0)
		return -1;
	return rest_parse(str_from(text, host.n), s);
}

int memc_server_parse(const char *text, struct memc_server *s_r)
{
	struct memc_server s;
	int bad;

	if (text[0] == '/')
		bad = path_parse(text, &s);
	else if (text[0] == '[')
		bad = brackets_parse(str_c(text), &s);
	else
		bad = name_parse(str_c(text), &s);
	if (bad)
		return -1;
	*s_r = s;
	return 0;
}
