/* The memcached of two hosts: memc_fake.h, for many threads. */
#include "share_bed.h"

#include "memc_fake.h"

static struct fake fake;
static const struct memc_ops *fakes;
static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic unsigned adds;

static struct memc *memc_open(const char *const *server, size_t n,
			      char *err_r, size_t err_n)
{
	struct memc *m;

	pthread_mutex_lock(&fake_lock);
	m = fakes->open(server, n, err_r, err_n);
	pthread_mutex_unlock(&fake_lock);
	return m;
}

static void memc_close(struct memc **m)
{
	pthread_mutex_lock(&fake_lock);
	fakes->close(m);
	pthread_mutex_unlock(&fake_lock);
}

static size_t memc_node_of(struct memc *m, struct str name)
{
	return fakes->node_of(m, name);
}

static enum memc_end memc_get(struct memc *m, size_t node, struct str name,
			      int64_t wait_ms, struct str *value_r)
{
	enum memc_end end;

	pthread_mutex_lock(&fake_lock);
	end = fakes->get(m, node, name, wait_ms, value_r);
	pthread_mutex_unlock(&fake_lock);
	return end;
}

static enum memc_end memc_set(struct memc *m, size_t node, struct str name,
			      struct str value, int64_t expires_s,
			      int64_t wait_ms)
{
	enum memc_end end;

	pthread_mutex_lock(&fake_lock);
	end = fakes->set(m, node, name, value, expires_s, wait_ms);
	pthread_mutex_unlock(&fake_lock);
	return end;
}

static enum memc_end memc_add(struct memc *m, size_t node, struct str name,
			      struct str value, int64_t expires_s,
			      int64_t wait_ms)
{
	enum memc_end end;

	pthread_mutex_lock(&fake_lock);
	end = fakes->add(m, node, name, value, expires_s, wait_ms);
	pthread_mutex_unlock(&fake_lock);
	adds++;
	return end;
}

static enum memc_end memc_drop(struct memc *m, size_t node, struct str name,
			       int64_t wait_ms)
{
	enum memc_end end;

	pthread_mutex_lock(&fake_lock);
	end = fakes->drop(m, node, name, wait_ms);
	pthread_mutex_unlock(&fake_lock);
	return end;
}

const struct memc_ops *hall_memcached(void)
{
	static const struct memc_ops guarded = {
		.abi = MEMC_ABI, .open = memc_open, .close = memc_close,
		.node_of = memc_node_of, .get = memc_get, .set = memc_set,
		.add = memc_add, .drop = memc_drop,
	};

	memset(&fake, 0, sizeof(fake));
	fakes = fake_ops(&fake);
	return &guarded;
}

void hall_memcached_ends(void)
{
	fake_end(&fake);
}

static bool added(const void *ctx)
{
	return adds >= *(const unsigned *)ctx;
}

void hall_lease_asked(struct hall *h, unsigned more)
{
	unsigned n = adds + more;

	hall_await(h, added, &n, "a lease to be asked for");
}

void hall_memcached_ages(long long s)
{
	pthread_mutex_lock(&fake_lock);
	fake.now_s += s;
	pthread_mutex_unlock(&fake_lock);
}
