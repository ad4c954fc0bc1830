/*
 * The server's end of HTTP/1.1, as little as a scripted upstream needs:
 * reads requests (content-length and chunked) off a kept-alive connection.
 */
#ifndef FAKE_HTTP_H
#define FAKE_HTTP_H

#include <stdbool.h>

#include "base/arena.h"

#define HTTP_MAX_HEADERS 100
#define HTTP_MAX_HEAD (128 * 1024)
#define HTTP_MAX_BODY (256u * 1024 * 1024)

struct http_header {
	struct str name, value;
};

struct http_request {
	struct str method, path, query; /* the path without its query */
	struct http_header header[HTTP_MAX_HEADERS];
	size_t nheader;
	struct str body;
	bool keep; /* the client may send another on this connection */
};

struct http_conn {
	int fd;
	char *p; /* bytes read and not yet used */
	size_t n, cap;
};

void http_conn_init(struct http_conn *c, int fd);
void http_conn_fini(struct http_conn *c);

/* 1 with a request whose strings live in the arena; 0 when the client
 * closed or sent something that is not HTTP. */
int http_read(struct http_conn *c, struct arena *a, struct http_request *r);

/* A header's value, or the empty run. */
struct str http_get(const struct http_request *r, const char *name);

/* All bytes or -1. */
int http_send(int fd, const void *p, size_t n);

/* Waits so long; -1 as soon as the peer is gone. A negative ms waits for
 * exactly that. */
int http_linger(int fd, int ms);

/* A listening socket on a free port of 127.0.0.1. */
int http_listen(int *port_r);

/* A port of 127.0.0.1 that refuses connections as long as this is open. */
int http_refuse(int *port_r);

#endif
