/*
 * The URL of an upstream or of a proxy, read more strictly than by anybody
 * who will use it: what two readers could take for different hosts, or what
 * leaves the path below its base, is refused.
 */
#ifndef SERVE_URL_H
#define SERVE_URL_H

#include <stdbool.h>

#include "base/str.h"

struct url {
	bool tls;      /* https:// */
	bool loopback; /* localhost, 127.0.0.0/8 or ::1, by what is written */
};

/* http or https, host, port, path. NULL with *u_r filled, or what is wrong
 * with it, to stand behind "url ". */
const char *url_base(struct url *u_r, struct str text);

/* http, https, socks5 or socks5h, host and port. The same. */
const char *url_proxy(struct url *u_r, struct str text);

/* What may stand behind a '?'. NULL, or what is wrong with it. */
const char *url_query(struct str text);

#endif
