/*
 * One question to a memcached and its answer, in memcached's text protocol,
 * before a deadline. Part of memcached.so.
 *
 * The text protocol, because every memcached and every proxy for one speaks
 * it, and because a hit repeats the name that was asked for. The binary one
 * is deprecated by memcached; the meta commands also repeat the name of what
 * was stored, but need a memcached 1.6. That an answer belongs to its
 * question otherwise follows from order: one question at a time on a
 * connection, nothing may have come before it was asked, nothing more than
 * the answer may come, and after any doubt the connection is closed.
 */
#ifndef STORE_MEMC_WIRE_H
#define STORE_MEMC_WIRE_H

#include "store/memc.h"

enum wire_verb { WIRE_GET, WIRE_SET, WIRE_ADD, WIRE_DROP };

struct wire_ask {
	enum wire_verb verb;
	struct str name, value; /* value: of set and add */
	int64_t expires_s;
};

/* What has been read of an answer. Grows with values up to
 * MEMC_VALUE_MAX; large ones do not keep their memory for long. */
struct wire_box {
	char *p;
	size_t n, room;
};

/* Is the connection open, and did nothing arrive unasked? */
int wire_idle(int fd);

/* Unless MEMC_DONE or MEMC_ABSENT comes back, fd must be closed. The value
 * lies in the box. */
enum memc_end wire_talk(int fd, const struct wire_ask *q, int64_t until_us,
			struct wire_box *box, struct str *value_r);

void wire_box_fini(struct wire_box *box);

#endif
