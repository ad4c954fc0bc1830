#include "base/count.h"
#include "net/net.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#ifndef PKGLIBDIR
#define PKGLIBDIR "/usr/lib/larder"
#endif

#define MODULE "upstream.so"

/* State of the process: the module stays loaded until it ends, because
 * libcurl's resolver threads may outlive the call that started them. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct net_ops *loaded;

/* The folder of the running program, without a slash at its end. */
static int program_dir(char *dir_r, size_t n)
{
	ssize_t got = readlink("/proc/self/exe", dir_r, n - 1);
	char *slash;

	if (got <= 0)
		return -1;
	dir_r[got] = '\0';
	slash = strrchr(dir_r, '/');
	if (!slash)
		return -1;
	*slash = '\0';
	return 0;
}

/* The first place that has the file decides, even if it will not load: a
 * broken module must not be papered over by an older one elsewhere. */
static int module_find(char *path_r, size_t n)
{
	static const char *const beside[] = { "", "/../lib/larder" };
	char dir[PATH_MAX];
	size_t i;

	for (i = 0; i < COUNT_OF(beside); i++) {
		if (program_dir(dir, sizeof(dir)) < 0)
			break;
		if ((size_t)snprintf(path_r, n, "%s%s/" MODULE, dir,
				     beside[i]) < n &&
		    access(path_r, F_OK) == 0)
			return 0;
	}
	snprintf(path_r, n, "%s/" MODULE, PKGLIBDIR);
	return access(path_r, F_OK);
}

static const struct net_ops *module_open(char *err_r, size_t err_n)
{
	char path[PATH_MAX + 32];
	const struct net_ops *ops;
	void *so;

	if (module_find(path, sizeof(path)) < 0) {
		snprintf(err_r, err_n, "%s is neither beside the program "
			 "nor in %s", MODULE, PKGLIBDIR);
		return NULL;
	}
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!so) {
		snprintf(err_r, err_n, "could not load %s", dlerror());
		return NULL;
	}
	ops = dlsym(so, "larder_net");
	if (!ops || ops->abi != NET_ABI) {
		snprintf(err_r, err_n, "%s is of another version", path);
		dlclose(so);
		return NULL;
	}
	return ops;
}

const struct net_ops *net_load(char *err_r, size_t err_n)
{
	const struct net_ops *ops;

	pthread_mutex_lock(&lock);
	if (!loaded)
		loaded = module_open(err_r, err_n);
	ops = loaded;
	pthread_mutex_unlock(&lock);
	return ops;
}
