/*
 * The door to memcached. libmemcached costs milliseconds to load and so lives
 * in a module (memcached.so): plain structs and function pointers, as in
 * net/net.h. The module knows nodes, names and bytes; sealing, splitting,
 * budgets and who is dead are not its business. Which node has a name is
 * libmemcached's ketama, the wire is our own (memc_lib.c says why);
 * libmemcached older than 1.1.4 is refused.
 */
#ifndef STORE_MEMC_H
#define STORE_MEMC_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct memc; /* one thread's connections */

enum memc_end {
	MEMC_DONE,
	MEMC_ABSENT, /* get, drop: not there; add: it was there */
	MEMC_FAILED, /* no connection, time-out, or a reply that is none: the
		      * connection is closed, nothing of it is used again */
	MEMC_REFUSED, /* the node answered but would not (too large, memory);
		       * or nobody was asked: a name with other than 1 to
		       * MEMC_NAME_MAX visible ASCII bytes, too large a
		       * value */
};

#define MEMC_NAME_MAX 250
#define MEMC_VALUE_MAX 1000000 /* below the 1 MB that memcached takes */
#define MEMC_LIFE_MAX_S (30 * 24 * 3600) /* what is more it takes for a date */

struct memc_ops {
	unsigned abi; /* MEMC_ABI */
	/* server: as memc_server_parse() takes it; NULL with a line in
	 * err_r. Connects to nobody yet. */
	struct memc *(*open)(const char *const *server, size_t n,
			     char *err_r, size_t err_n);
	void (*close)(struct memc **m);
	/* Which node a name lives on, by ketama: the same on every host with
	 * the same list, in whatever order. Connects to nobody. */
	size_t (*node_of)(struct memc *m, struct str name);
	/* Each connects if it must and takes wait_ms at most, all in all.
	 * get: the value is in *value_r until the next call. expires_s is
	 * taken as between one second and MEMC_LIFE_MAX_S. In a child of
	 * fork() the nodes are called anew. */
	enum memc_end (*get)(struct memc *m, size_t node, struct str name,
			     int64_t wait_ms, struct str *value_r);
	enum memc_end (*set)(struct memc *m, size_t node, struct str name,
			     struct str value, int64_t expires_s,
			     int64_t wait_ms);
	enum memc_end (*add)(struct memc *m, size_t node, struct str name,
			     struct str value, int64_t expires_s,
			     int64_t wait_ms);
	enum memc_end (*drop)(struct memc *m, size_t node, struct str name,
			      int64_t wait_ms);
	const char *(*version)(void); /* of libmemcached */
};
#define MEMC_ABI 1u

/* As net_load(): beside the program, ../lib/larder, where it was installed.
 * Loaded once a process; NULL with a line in err_r. Thread-safe. */
const struct memc_ops *memc_load(char *err_r, size_t err_n);

#endif
