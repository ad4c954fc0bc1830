/* Decimal text as an exact whole number of small units; price.c's helper. */
#ifndef THRIFT_DECIMAL_H
#define THRIFT_DECIMAL_H

#include <stdint.h>

#include "base/str.h"

/*
 * Reads a JSON number ("2.5e-06", "-0.1") as a whole number of 10^-places.
 * 1, or 0 when s is no number, does not fit or (unless rounding) has digits
 * beyond the last place. Rounding goes to the nearest, halves away from 0.
 */
int decimal_read(struct str s, int places, bool rounding, int64_t *out_r);

#endif
