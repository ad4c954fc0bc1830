/* What the rows of the configuration alone cannot check; a part of
 * settings.c. */
#ifndef SERVE_SETTINGS_CHECK_H
#define SERVE_SETTINGS_CHECK_H

#include "serve/settings.h"

/* Checks what was read and fills what follows from it: providers, upstreams
 * of models, defaults of defaults. 0, or -1 with one line in err_r. */
int settings_check(struct settings *s, struct arena *a, char *err_r,
		   size_t err_n);

/* -- between the settings_check*.c files ----------------------------------- */

struct complaint {
	const char *path;
	char *err;
	size_t n;
};

/* "path:line: ..."; always -1. */
int settings_complain(const struct complaint *c, int line, const char *fmt,
		      ...) __attribute__((format(printf, 3, 4)));

/* "[upstream NAME] ..." or "[upstream NAME]: ...", as the text begins. */
#define COMPLAIN(c, x, fmt, ...) \
	settings_complain(c, (x)->item.line, fmt, (x)->item.name, \
			  ##__VA_ARGS__)

/* The sections that lower the bill: whom they name must exist. */
int settings_check_thrift(struct settings *s, struct arena *a,
			  const struct complaint *c);

/* Budgets and who is told of them. */
int settings_check_ledger(struct settings *s, struct arena *a,
			  const struct complaint *c);

#endif
