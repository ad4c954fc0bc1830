/*
 * memcached.so. libmemcached says where a name lives; what is said on the
 * wire is ours (memc_wire.c), because libmemcached 1.1.4 trusts its servers.
 * Tried against it: the nine bytes "VERSION\r\n" in answer to a get, or a
 * name of 300 bytes in a VALUE line, are a SIGSEGV; "OK" in answer to a set
 * is an abort(); a length of 2^64-1 comes back as a success; the binary
 * protocol smashes its stack; another key's value is handed over as the one
 * asked for; and since its time-out is one of each poll, a server that drips
 * holds it for as long as it likes. Its own idea of who is dead would come
 * on top (node.h).
 */
#include <libmemcached/memcached.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/board.h"
#include "store/memc_dial.h"
#include "store/memc_wire.h"

#define OLDEST 1, 1, 4

struct memc_node {
	struct dial dial;
	int fd; /* -1: not connected */
};

struct memc {
	pid_t pid;          /* whose connections these are */
	memcached_st *ring; /* never connects */
	size_t *ranked;     /* which node the ring's i-th server is */
	struct memc_node *node;
	size_t n;
	struct wire_box box;
};

/* --- where a name lives --- */

static int by_name(const void *a, const void *b)
{
	const struct memc_node *x = *(const struct memc_node *const *)a;
	const struct memc_node *y = *(const struct memc_node *const *)b;
	int c = strcmp(x->dial.server.host, y->dial.server.host);

	return c ? c : x->dial.server.port - y->dial.server.port;
}

static int ring_add(memcached_st *ring, const struct memc_server *s)
{
	memcached_return_t rc;

	rc = s->port ? memcached_server_add(ring, s->host, s->port) :
		       memcached_server_add_unix_socket(ring, s->host);
	return memcached_success(rc) ? 0 : -1;
}

/* Servers are added in the order of their names: where two points of the
 * ring are equal, the server that came first would win. */
static int ring_fill(struct memc *m)
{
	const struct memc_node *sorted[BOARD_NODES];
	size_t i;

	for (i = 0; i < m->n; i++)
		sorted[i] = &m->node[i];
	qsort(sorted, m->n, sizeof(*sorted), by_name);
	for (i = 0; i < m->n; i++) {
		m->ranked[i] = (size_t)(sorted[i] - m->node);
		if (ring_add(m->ring, &sorted[i]->dial.server) < 0)
			return -1;
	}
	return 0;
}

/* Ketama comes last: libmemcached would make the ring anew with each server,
 * which takes five times as long for ten of them. */
static int ring_make(struct memc *m)
{
	m->ring = memcached_create(NULL);
	if (!m->ring || ring_fill(m) < 0)
		return -1;
	return memcached_success(memcached_behavior_set(m->ring,
			MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, 1)) ? 0 : -1;
}

static size_t memc_node_of(struct memc *m, struct str name)
{
	uint32_t at = memcached_generate_hash(m->ring, name.p, name.n);

	return m->ranked[at < m->n ? at : 0];
}

/* --- opening and closing --- */

static const char *memc_version(void)
{
	return memcached_lib_version();
}

static int version_check(void)
{
	const int oldest[] = { OLDEST };
	int is[3] = { 0, 0, 0 }, i;

	sscanf(memcached_lib_version(), "%d.%d.%d", &is[0], &is[1], &is[2]);
	for (i = 0; i < 3; i++)
		if (is[i] != oldest[i])
			return is[i] > oldest[i] ? 0 : -1;
	return 0;
}

static void hang_up(struct memc_node *node)
{
	if (node->fd >= 0)
		close(node->fd);
	node->fd = -1;
}

/* After a fork the connections are the parent's. Closing our copies says
 * nothing to the server. */
static void be_our_own(struct memc *m)
{
	size_t i;

	if (m->pid == getpid())
		return;
	for (i = 0; i < m->n; i++) {
		hang_up(&m->node[i]);
		dial_orphan(&m->node[i].dial);
	}
	m->pid = getpid();
}

static void memc_close(struct memc **mp)
{
	struct memc *m = *mp;
	size_t i;

	if (!m)
		return;
	be_our_own(m);
	for (i = 0; i < m->n; i++) {
		hang_up(&m->node[i]);
		dial_fini(&m->node[i].dial);
	}
	if (m->ring)
		memcached_free(m->ring);
	wire_box_fini(&m->box);
	free(m->ranked);
	free(m->node);
	free(m);
	*mp = NULL;
}

static struct memc *memc_alloc(size_t n)
{
	struct memc *m = calloc(1, sizeof(*m));
	size_t i;

	if (!m)
		return NULL;
	m->pid = getpid();
	m->node = calloc(n, sizeof(*m->node));
	m->ranked = calloc(n, sizeof(*m->ranked));
	if (!m->node || !m->ranked) {
		memc_close(&m);
		return NULL;
	}
	m->n = n;
	for (i = 0; i < n; i++)
		m->node[i].fd = -1;
	return m;
}

static struct memc *memc_open(const char *const *server, size_t n,
			      char *err_r, size_t err_n)
{
	struct memc *m;
	size_t i;

	if (version_check() < 0) {
		snprintf(err_r, err_n, "libmemcached %s is too old, it must be "
			 "%d.%d.%d", memcached_lib_version(), OLDEST);
		return NULL;
	}
	/* libmemcached ends the process at more than 100. */
	if (n == 0 || n > BOARD_NODES) {
		snprintf(err_r, err_n, "%zu memcached servers are not between "
			 "1 and %d", n, BOARD_NODES);
		return NULL;
	}
	m = memc_alloc(n);
	for (i = 0; m && i < n; i++)
		if (memc_server_parse(server[i], &m->node[i].dial.server) < 0) {
			snprintf(err_r, err_n, "'%s' is no memcached server",
				 server[i]);
			memc_close(&m);
			return NULL;
		}
	if (!m || ring_make(m) < 0) {
		snprintf(err_r, err_n, "no memory for libmemcached");
		memc_close(&m);
	}
	return m;
}

/* --- asking --- */

/* Anything else could be read as more than a name. */
static bool name_ok(struct str name)
{
	size_t i;

	if (!name.n || name.n > MEMC_NAME_MAX)
		return false;
	for (i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return false;
	return true;
}

/* A node that was restarted, or said something unasked, is called anew. */
static int call_up(struct memc_node *node, int64_t until_us)
{
	if (node->fd >= 0 && wire_idle(node->fd) < 0)
		hang_up(node);
	if (node->fd < 0)
		node->fd = dial_connect(&node->dial, until_us);
	return node->fd < 0 ? -1 : 0;
}

static enum memc_end ask(struct memc *m, size_t i, const struct wire_ask *q,
			 int64_t wait_ms, struct str *value_r)
{
	int64_t until_us = clock_mono_us() + wait_ms * 1000;
	struct memc_node *node;
	enum memc_end end;

	if (i >= m->n || !name_ok(q->name) || q->value.n > MEMC_VALUE_MAX)
		return MEMC_REFUSED;
	be_our_own(m);
	node = &m->node[i];
	if (wait_ms <= 0 || call_up(node, until_us) < 0)
		return MEMC_FAILED;
	end = wire_talk(node->fd, q, until_us, &m->box, value_r);
	if (end != MEMC_DONE && end != MEMC_ABSENT)
		hang_up(node);
	return end;
}

static enum memc_end memc_get(struct memc *m, size_t node, struct str name,
			      int64_t wait_ms, struct str *value_r)
{
	struct wire_ask q = { .verb = WIRE_GET, .name = name };

	return ask(m, node, &q, wait_ms, value_r);
}

static enum memc_end put(struct memc *m, size_t node, struct wire_ask *q,
			 int64_t wait_ms)
{
	if (q->expires_s > MEMC_LIFE_MAX_S)
		q->expires_s = MEMC_LIFE_MAX_S;
	if (q->expires_s < 1)
		q->expires_s = 1; /* 0 would be for ever */
	return ask(m, node, q, wait_ms, NULL);
}

static enum memc_end memc_set(struct memc *m, size_t node, struct str name,
			      struct str value, int64_t expires_s,
			      int64_t wait_ms)
{
	struct wire_ask q = { WIRE_SET, name, value, expires_s };

	return put(m, node, &q, wait_ms);
}

static enum memc_end memc_add(struct memc *m, size_t node, struct str name,
			      struct str value, int64_t expires_s,
			      int64_t wait_ms)
{
	struct wire_ask q = { WIRE_ADD, name, value, expires_s };

	return put(m, node, &q, wait_ms);
}

static enum memc_end memc_drop(struct memc *m, size_t node, struct str name,
			       int64_t wait_ms)
{
	struct wire_ask q = { .verb = WIRE_DROP, .name = name };

	return ask(m, node, &q, wait_ms, NULL);
}

__attribute__((visibility("default")))
extern const struct memc_ops larder_memc;

const struct memc_ops larder_memc = {
	.abi = MEMC_ABI,
	.open = memc_open,
	.close = memc_close,
	.node_of = memc_node_of,
	.get = memc_get,
	.set = memc_set,
	.add = memc_add,
	.drop = memc_drop,
	.version = memc_version,
};
