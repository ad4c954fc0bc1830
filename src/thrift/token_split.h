/*
 * Pre-tokenising: what the regular expressions of cl100k_base and o200k_base
 * match, by hand. Linear in the text.
 */
#ifndef THRIFT_TOKEN_SPLIT_H
#define THRIFT_TOKEN_SPLIT_H

#include "thrift/token_table.h"

/* How many bytes (1 or more) at p, which is before end, that are not UTF-8
 * stand for one U+FFFD: as much as begins a sequence, or a surrogate. */
size_t token_bad_len(const uint8_t *p, const uint8_t *end);

/* The end of the piece that starts at p, which is before end. */
const uint8_t *token_split(const struct token_table *t, const uint8_t *p,
			   const uint8_t *end);

#endif
