/* What the rows of the configuration alone cannot check; a part of
 * settings.c. */
#ifndef SERVE_SETTINGS_CHECK_H
#define SERVE_SETTINGS_CHECK_H

#include "serve/settings.h"

/* Checks what was read and fills what follows from it: providers, upstreams
 * of models, defaults of defaults. 0, or -1 with one line in err_r. */
int settings_check(struct settings *s, struct arena *a, char *err_r,
		   size_t err_n);

#endif
