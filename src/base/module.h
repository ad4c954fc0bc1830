/*
 * A part of larder that is a shared object, because the library behind it
 * costs milliseconds to load: looked for when it is first needed, and loaded
 * once a process. It stays until the process ends: threads of it may outlive
 * the call that started them.
 */
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

#include <pthread.h>
#include <stddef.h>

/* One of these for each module, static, made with MODULE(). */
struct module {
	const char *file;   /* "upstream.so" */
	const char *symbol; /* a struct whose first field is its abi */
	unsigned abi;
	pthread_mutex_t lock;
	const void *ops; /* NULL: not loaded yet */
};

#define MODULE(file, symbol, abi) \
	{ (file), (symbol), (abi), PTHREAD_MUTEX_INITIALIZER, NULL }

/*
 * The struct under that symbol. Looked for beside the program, then in
 * ../lib/larder beside it, then where it was installed. NULL with a line in
 * err_r when it is not there or of another version. Thread-safe.
 */
const void *module_load(struct module *m, char *err_r, size_t err_n);

#endif
