/*
 * Real memcached daemons for tests, on Unix sockets in a directory of the
 * test's own and on loopback ports that the kernel chose. They die with the
 * thread that started them, whatever becomes of the test.
 */
#ifndef UNIT_MEMC_BED_H
#define UNIT_MEMC_BED_H

#include <stdbool.h>
#include <sys/types.h>

#include "store/memc.h"

#define MEMC_BED_NODES 8
#define LONG_MS 20000 /* a wait that no test needs */
#define SLACK_MS 2000 /* of a busy machine */

struct memc_daemon {
	char server[120]; /* as memc_ops.open takes it */
	char note[128];   /* the file in which it says its port */
	const char *item_max; /* of its -I, or NULL */
	int port; /* 0: a Unix socket */
	pid_t pid; /* 0: not running */
};

struct memc_bed {
	char dir[80];
	struct memc_daemon node[MEMC_BED_NODES];
	unsigned n;
};

/* Skips the test when there is no memcached here; fails it where CI=true. */
void memc_bed_need(void);

int memc_bed_open(struct memc_bed *b); /* 0, or -1 */
void memc_bed_close(struct memc_bed *b);

/* Starts one more; it answers when these return. */
struct memc_daemon *memc_bed_unix(struct memc_bed *b, const char *item_max);
struct memc_daemon *memc_bed_tcp(struct memc_bed *b, const char *item_max);

void memc_daemon_kill(struct memc_daemon *d);  /* SIGKILL */
void memc_daemon_again(struct memc_daemon *d); /* empty, same address */
void memc_daemon_stop(struct memc_daemon *d);  /* SIGSTOP: it hangs */
void memc_daemon_go_on(struct memc_daemon *d); /* SIGCONT */

/* A test's state: the module, and a client of one server with it. */
struct env {
	const struct memc_ops *ops;
	struct memc_bed bed;
	struct memc *m;
	char err[256];
};

int env_make(void **state);
int env_clear(void **state);
void env_use(struct env *e, const char *server);

#define MEMC_TEST(name) \
	cmocka_unit_test_setup_teardown(name, env_make, env_clear)

#endif
