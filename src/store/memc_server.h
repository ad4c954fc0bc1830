/*
 * What a memcached node is called: "host:port", "host", "[v6]:port", "[v6]"
 * or "/path". Part of larder and of memcached.so: uses nothing but headers.
 */
#ifndef STORE_MEMC_SERVER_H
#define STORE_MEMC_SERVER_H

#include <stdint.h>

#define MEMC_PORT 11211
#define MEMC_HOST_MAX 255 /* of a DNS name; a socket's path is shorter */

struct memc_server {
	char host[MEMC_HOST_MAX + 1]; /* lower case, no brackets; or a path */
	uint16_t port;                /* 0: host is the path of a socket */
};

/* 0, or -1 when it is none. */
int memc_server_parse(const char *text, struct memc_server *s_r);

#endif
