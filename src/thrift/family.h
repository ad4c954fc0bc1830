/*
 * Rough token counts for models whose tokenizer nobody has: how many tokens a
 * family makes of a text, learned from the usage its upstreams return.
 * Families are recognised by a model's name (claude, gemini, llama, ...).
 *
 * What is learned lives in memory the caller gives (the board, which all
 * processes share): single atomic numbers, any value of which is harmless.
 */
#ifndef THRIFT_FAMILY_H
#define THRIFT_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define FAMILIES 16
#define FAMILY_CELLS 4 /* numbers each */

struct family_board {
	uint64_t cell[FAMILIES][FAMILY_CELLS]; /* all 0: nothing learned */
};

/* 0 (any other) to FAMILIES - 1. */
unsigned family_of(struct str model);
const char *family_name(unsigned family);

/* How long a text is, in 1/1024 of a token of an average tokenizer: scripts
 * weigh differently. One quick pass over UTF-8, additive over pieces. */
uint64_t family_weight(struct str text);

/* Tokens of a text of that weight; fixed when b is NULL, else by what was
 * learned. */
size_t family_tokens(const struct family_board *b, unsigned family,
		     uint64_t weight);

/* The same for a part of a text: what was learned is looked up for the
 * weight of the whole. */
size_t family_part(const struct family_board *b, unsigned family,
		   uint64_t whole, uint64_t weight);

/* An upstream counted so many tokens for it. Outliers are bounded. */
void family_learn(struct family_board *b, unsigned family, uint64_t weight,
		  int64_t tokens);

#endif
