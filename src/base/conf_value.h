/* What a value of an INI file may look like, row by row; conf.c's helper. */
#ifndef BASE_CONF_VALUE_H
#define BASE_CONF_VALUE_H

#include "base/conf.h"

/*
 * Reads text as the row's type into base + row->offset; lists and strings
 * are copied to a. 0, or -1 when text is no such value; nothing is written
 * then.
 */
int conf_value_set(const struct conf_row *row, void *base, struct arena *a,
		   const char *text);

/* What the row allows, to stand behind "must be": "a whole number from 1 to
 * 4096", "yes or no", "a, b or c". In the arena. */
const char *conf_value_allowed(const struct conf_row *row, struct arena *a);

#endif
