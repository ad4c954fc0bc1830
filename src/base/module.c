#include "base/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/count.h"

#ifndef PKGLIBDIR
#define PKGLIBDIR "/usr/lib/larder"
#endif

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
static int find(const char *file, char *path_r, size_t n)
{
	static const char *const beside[] = { "", "/../lib/larder" };
	char dir[PATH_MAX];
	size_t i;

	for (i = 0; i < COUNT_OF(beside); i++) {
		if (program_dir(dir, sizeof(dir)) < 0)
			break;
		if ((size_t)snprintf(path_r, n, "%s%s/%s", dir, beside[i],
				     file) < n &&
		    access(path_r, F_OK) == 0)
			return 0;
	}
	snprintf(path_r, n, "%s/%s", PKGLIBDIR, file);
	return access(path_r, F_OK);
}

static const void *load(const struct module *m, char *err_r, size_t err_n)
{
	char path[PATH_MAX + 64];
	const unsigned *ops;
	void *so;

	if (find(m->file, path, sizeof(path)) < 0) {
		snprintf(err_r, err_n, "%s is neither beside the program "
			 "nor in %s", m->file, PKGLIBDIR);
		return NULL;
	}
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!so) {
		snprintf(err_r, err_n, "could not load %s", dlerror());
		return NULL;
	}
	ops = dlsym(so, m->symbol);
	if (!ops || *ops != m->abi) {
		snprintf(err_r, err_n, "%s is of another version", path);
		dlclose(so);
		return NULL;
	}
	return ops;
}

const void *module_load(struct module *m, char *err_r, size_t err_n)
{
	const void *ops;

	pthread_mutex_lock(&m->lock);
	if (!m->ops)
		m->ops = load(m, err_r, err_n);
	ops = m->ops;
	pthread_mutex_unlock(&m->lock);
	return ops;
}
