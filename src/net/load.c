#include "net/net.h"

#include "base/module.h"

static struct module upstream = MODULE("upstream.so", "larder_net", NET_ABI);

const struct net_ops *net_load(char *err_r, size_t err_n)
{
	return module_load(&upstream, err_r, err_n);
}
