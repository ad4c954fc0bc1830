#include "memc_fake.h"

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct memc {
	size_t nodes;
	size_t node[FAKE_NODES];
	char *given; /* the last value */
};

static struct fake *fake;

struct fake_item *fake_find(struct fake *f, size_t node, const char *name)
{
	struct fake_item *it = f->items[node];

	while (it && strcmp(it->name, name) != 0)
		it = it->next;
	return it;
}

struct fake_item *fake_nth(struct fake *f, size_t node, size_t n)
{
	struct fake_item *it = f->items[node];

	while (it && n--)
		it = it->next;
	return it;
}

size_t fake_items(const struct fake *f, size_t node)
{
	const struct fake_item *it = f->items[node];
	size_t n = 0;

	for (; it; it = it->next)
		n++;
	return n;
}

static char *copy(const void *p, size_t n)
{
	char *to = malloc(n + 1);

	if (!to)
		abort();
	if (n)
		memcpy(to, p, n);
	return to;
}

void fake_put(struct fake *f, size_t node, const char *name, const void *p,
	      size_t n)
{
	struct fake_item *it = fake_find(f, node, name);
	char *bytes = copy(p, n); /* may be the old ones */

	if (!it) {
		it = calloc(1, sizeof(*it));
		if (!it || strlen(name) >= sizeof(it->name))
			abort();
		strcpy(it->name, name);
		it->next = f->items[node];
		f->items[node] = it;
	}
	free(it->old);
	it->old = it->bytes;
	it->old_n = it->n;
	it->bytes = bytes;
	it->n = n;
	it->life_s = 0;
}

void fake_forget(struct fake *f, size_t node, const char *name)
{
	struct fake_item **at = &f->items[node], *it;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	it = *at;
	if (!it)
		return;
	*at = it->next;
	free(it->bytes);
	free(it->old);
	free(it);
}

void fake_empty(struct fake *f, size_t node)
{
	while (f->items[node])
		fake_forget(f, node, f->items[node]->name);
}

void fake_end(struct fake *f)
{
	size_t i;

	for (i = 0; i < FAKE_NODES; i++)
		fake_empty(f, i);
}

/* --- the operations --- */

static struct memc *fake_open(const char *const *server, size_t n,
			      char *err_r, size_t err_n)
{
	struct memc *m = calloc(1, sizeof(*m));
	size_t i;

	fake->opened++;
	if (!m || fake->no_handle || n > FAKE_NODES) {
		strncpy(err_r, "no handle", err_n);
		free(m);
		return NULL;
	}
	m->nodes = n;
	for (i = 0; i < n; i++)
		m->node[i] = (size_t)atoi(server[i]);
	return m;
}

static void fake_close(struct memc **m)
{
	free((*m)->given);
	free(*m);
	*m = NULL;
}

static size_t fake_node_of(struct memc *m, struct str name)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < name.n; i++)
		h = (h ^ (uint8_t)name.p[i]) * 16777619u;
	return (h >> 8) % m->nodes;
}

static void spend(long long ms)
{
	struct timespec ts = { 0, (long)ms * 1000000 };

	nanosleep(&ts, NULL);
}

struct asked {
	size_t node;
	enum fake_fate fate;
	char name[64];
};

static struct asked ask(struct memc *m, enum fake_verb verb, size_t node,
			struct str name, int64_t wait_ms)
{
	struct asked q = { .node = m->node[node] };

	if (name.n >= sizeof(q.name) || wait_ms < 1 || node >= m->nodes)
		abort();
	memcpy(q.name, name.p, name.n);
	fake->asked[q.node]++;
	fake->wait_ms = wait_ms;
	q.fate = fake->fate[q.node];
	if (q.fate == FATE_FINE && fake->decide)
		q.fate = fake->decide(fake, verb, q.node, name);
	if (q.fate == FATE_LATE) {
		fake->late_ms += wait_ms;
		spend(wait_ms);
	}
	return q;
}

/* What the caller is told of an operation that went as end says. */
static enum memc_end tell(const struct asked *q, enum memc_end end)
{
	switch (q->fate) {
	case FATE_BROKEN:
	case FATE_LATE:
		return MEMC_FAILED;
	case FATE_REFUSED:
		return MEMC_REFUSED;
	case FATE_LOST:
		return MEMC_DONE;
	case FATE_FINE:
		break;
	}
	return end;
}

static bool is_done(const struct asked *q)
{
	return q->fate == FATE_FINE || q->fate == FATE_LATE;
}

/* The item if it has not expired. */
static struct fake_item *alive(const struct asked *q)
{
	struct fake_item *it = fake_find(fake, q->node, q->name);

	if (it && it->life_s && it->until_s <= fake->now_s) {
		fake_forget(fake, q->node, q->name);
		return NULL;
	}
	return it;
}

static enum memc_end fake_get(struct memc *m, size_t node, struct str name,
			      int64_t wait_ms, struct str *value_r)
{
	struct asked q = ask(m, FAKE_GET, node, name, wait_ms);
	struct fake_item *it = alive(&q);
	size_t n;

	if (q.fate == FATE_LOST)
		return MEMC_ABSENT;
	if (q.fate != FATE_FINE || !it)
		return tell(&q, MEMC_ABSENT);
	n = it->n;
	free(m->given);
	m->given = copy(it->bytes, n);
	if (fake->spoil)
		fake->spoil(fake, q.node, it, &m->given, &n);
	*value_r = (struct str){ m->given, n };
	return MEMC_DONE;
}

static enum memc_end keep(const struct asked *q, struct str value,
			  int64_t expires_s)
{
	struct fake_item *it;

	if (value.n > MEMC_VALUE_MAX || expires_s < 1)
		abort();
	if (expires_s > MEMC_LIFE_MAX_S)
		expires_s = MEMC_LIFE_MAX_S;
	if (is_done(q)) {
		fake_put(fake, q->node, q->name, value.p, value.n);
		it = fake_find(fake, q->node, q->name);
		it->life_s = expires_s;
		it->until_s = fake->now_s + expires_s;
	}
	return tell(q, MEMC_DONE);
}

static enum memc_end fake_set(struct memc *m, size_t node, struct str name,
			      struct str value, int64_t expires_s,
			      int64_t wait_ms)
{
	struct asked q = ask(m, FAKE_SET, node, name, wait_ms);

	return keep(&q, value, expires_s);
}

static enum memc_end fake_add(struct memc *m, size_t node, struct str name,
			      struct str value, int64_t expires_s,
			      int64_t wait_ms)
{
	struct asked q = ask(m, FAKE_ADD, node, name, wait_ms);

	if (is_done(&q) && alive(&q))
		return tell(&q, MEMC_ABSENT);
	return keep(&q, value, expires_s);
}

static enum memc_end fake_drop(struct memc *m, size_t node, struct str name,
			       int64_t wait_ms)
{
	struct asked q = ask(m, FAKE_DROP, node, name, wait_ms);
	bool there = alive(&q);

	if (is_done(&q))
		fake_forget(fake, q.node, q.name);
	return tell(&q, there ? MEMC_DONE : MEMC_ABSENT);
}

static const char *fake_version(void)
{
	return "fake";
}

const struct memc_ops *fake_ops(struct fake *f)
{
	static const struct memc_ops ops = {
		.abi = MEMC_ABI,
		.open = fake_open,
		.close = fake_close,
		.node_of = fake_node_of,
		.get = fake_get,
		.set = fake_set,
		.add = fake_add,
		.drop = fake_drop,
		.version = fake_version,
	};

	fake = f;
	return &ops;
}
