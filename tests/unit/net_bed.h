/*
 * A bed for the tests of src/net: a server in this process that plays a list
 * of raw replies, a thread for each connection, a client on upstream.so (which
 * must be beside the program), and notes of what came.
 */
#ifndef UNIT_NET_BED_H
#define UNIT_NET_BED_H

#include <pthread.h>

#include "base/buf.h"
#include "fake/http.h"
#include "net/net.h"

#define MAX_REQUESTS 8
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
#define OK OK_HEAD "\r\nok"
#define SHORT_OF_9 "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"

/* What the server does with the connection after its reply. */
enum act {
	KEEP,  /* read the next request on this connection */
	CLOSE, /* end it in good order */
	RESET, /* end it with RST */
	HOLD,  /* say nothing more until the client closes */
	DRIP,  /* a byte now and then until the client closes */
};

struct play {
	const char *say;
	enum act act;
};

struct connection {
	struct server *server;
	struct arena *a; /* of what it asked */
	pthread_t thread;
	int fd;
};

struct server {
	const struct play *play; /* one a request; ends with say NULL */
	int listener, port;
	pthread_t thread;
	struct connection conn[MAX_REQUESTS];
	int connections;
	pthread_mutex_t lock; /* of what follows */
	struct http_request asked[MAX_REQUESTS];
	int nasked, closes_seen;
};

struct got {
	int heads, status, ticks;
	struct buf header, body; /* "name=value|", bytes */
	size_t largest; /* piece of the body */
	int refuse_head, refuse_data, refuse_tick; /* at which count */
	int hang_up; /* closed when the first byte comes, if > 0 */
};

struct bed {
	struct server server;
	const struct net_ops *ops;
	struct net *net;
	struct arena *a;
	struct got got;
	struct net_call call;
	char url[64], err[256];
};

/* For call.gone: the caller is not waited for. */
int bed_gone(void *ctx);

/* Starts the server and opens the client; the call is a small POST with
 * limits that no test reaches. */
void bed_make(struct bed *b, const struct play *play);

enum net_end bed_call(struct bed *b);

/* More bytes on connection `i`, from 0, whose peer has them when this returns:
 * they wait there for whoever reads next. */
void bed_send(struct bed *b, int i, struct str bytes);

/* Closes the client, then joins the server, whose notes stand from then. */
void bed_stop(struct bed *b);
void bed_free(struct bed *b);

#endif
