/*
 * Hashes for the tables of a report. What is hashed comes from strangers:
 * each run of the program draws a seed, so that nobody can make names or
 * numbers that meet in one place and make a table slow. Not for anything
 * that is printed, which must be the same every time.
 */
#ifndef CMD_REPORT_MIX_H
#define CMD_REPORT_MIX_H

#include <stdint.h>

#include "base/str.h"

/* A new one each time. */
uint64_t report_mix_seed(void);

/* h, and v in it; begin with a seed. */
static inline uint64_t report_mix(uint64_t h, uint64_t v)
{
	unsigned __int128 wide = (unsigned __int128)(h ^ v) *
				 0xa0761d6478bd642fULL;

	return (uint64_t)wide ^ (uint64_t)(wide >> 64);
}

/* h, and all bytes of s in it. */
static inline uint64_t report_mix_text(uint64_t h, struct str s)
{
	uint64_t word;

	h = report_mix(h, s.n + 0x9e3779b97f4a7c15ULL);
	for (; s.n >= 8; s = str_from(s, 8)) {
		memcpy(&word, s.p, 8);
		h = report_mix(h, word);
	}
	word = 0;
	memcpy(&word, s.p, s.n);
	return report_mix(h, word);
}

#endif
