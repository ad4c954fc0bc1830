/*
 * The way out. libcurl costs 5 ms to load, so it lives in a module
 * (upstream.so) that is loaded on the first miss; this is the narrow door to
 * it. Plain structs and function pointers: the module knows nothing of
 * larder but this header.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct net; /* one thread's connections */

#define NET_POOLS 4 /* how many pools of them one keeps */

struct net_header {
	struct str name, value;
};

enum net_end {
	NET_DONE,          /* the whole reply came */
	NET_NO_CONNECT,    /* name, TCP or TLS: nothing was sent */
	NET_NO_FIRST_BYTE, /* first_byte_ms passed */
	NET_STALLED,       /* idle_ms passed between bytes */
	NET_TOO_LONG,      /* total_ms passed */
	NET_BROKEN,        /* the connection ended too early */
	NET_CALLER_GONE,   /* gone_fd hung up and gone() wanted no more */
	NET_REFUSED,       /* a callback returned non-zero */
	NET_STOPPED,       /* stop_fd became readable */
};

struct net_call {
	const char *method, *url;
	/* Sent as they are, but for those that frame the message or belong to
	 * one hop (Content-Length, Host, Accept-Encoding...): left out. */
	const struct net_header *header;
	size_t nheader;
	struct str body;
	/* 0: no limit. total_ms runs to the last byte, however slowly they
	 * came. Whichever passes before the request was on its way is a
	 * NET_NO_CONNECT. */
	int64_t connect_ms, first_byte_ms, idle_ms, total_ms;
	size_t piece;        /* of the reply is read at once, from 1024 up, in
			      * a buffer that a slow stream keeps all its
			      * life; 0, or TLS on the way: 16 KB */
	const char *ca_file; /* NULL: the system's */
	const char *proxy;   /* NULL: none, whatever the environment says */
	uint64_t pool;       /* only calls of the same number share
			      * connections */
	int gone_fd;         /* the caller's connection, or -1 */
	int gone_events;     /* poll events that mean gone (POLLRDHUP...) */
	int stop_fd;         /* readable when the process must end, or -1 */
	int64_t tick_ms;     /* call tick after so long without bytes, also
			      * before the first; 0 off */

	void *ctx;
	/* Once, when the final status and all headers are known. */
	int (*head)(void *ctx, int status, const struct net_header *h,
		    size_t n);
	int (*data)(void *ctx, struct str bytes);
	int (*tick)(void *ctx);
	/* Once, when the caller has hung up; non-zero ends the call. */
	int (*gone)(void *ctx);
};

/* What the module exports under the name "larder_net". */
struct net_ops {
	unsigned abi; /* NET_ABI */
	struct net *(*open)(void); /* NULL: libcurl would not start */
	void (*close)(struct net **n);
	/* Blocks until the end. err_r gets one line without secrets when the
	 * end is not NET_DONE. */
	enum net_end (*call)(struct net *n, const struct net_call *c,
			     char *err_r, size_t err_n);
};
#define NET_ABI 5u

/*
 * The module, loaded once a process: looked for beside the program, then in
 * ../lib/larder beside it, then where it was installed. NULL with err_r set
 * when it is not there or of another version. Thread-safe.
 */
const struct net_ops *net_load(char *err_r, size_t err_n);

#endif
