/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, at most
 * U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Length in bytes (1 to 4) of the sequence that starts at p, or 0 when the
 * n bytes there do not start with a whole valid one. */
size_t utf8_len(const char *p, size_t n);

/* Are all n bytes whole valid sequences? */
bool utf8_valid(const char *p, size_t n);

/* Writes code point c (a lone surrogate is written as three bytes, which no
 * valid text contains) to out, at most 4 bytes; returns how many. */
size_t utf8_put(char out[4], uint32_t c);

/* Code points in s; bytes that are not UTF-8 count one each. */
size_t utf8_count(struct str s);

#endif
