#include "store/memc.h"

#include "base/module.h"

static struct module memcached = MODULE("memcached.so", "larder_memc",
					MEMC_ABI);

const struct memc_ops *memc_load(char *err_r, size_t err_n)
{
	return module_load(&memcached, err_r, err_n);
}
