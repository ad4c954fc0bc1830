/*
 * Text as it is compared: two phrasings that differ in case, in how Unicode
 * writes the same letters, in blanks or in the punctuation around them fold
 * to the same bytes.
 *
 * What has only ASCII in it is folded here; anything else by a module
 * (fold.so), which is loaded when it is first needed.
 */
#ifndef THRIFT_FOLD_H
#define THRIFT_FOLD_H

#include "base/arena.h"
#include "base/str.h"

/*
 * Unicode's NFKC_Casefold, but what is raised, lowered or a fraction stays
 * apart from plain letters and digits; then runs of blanks are one space, and
 * blanks and a sentence's punctuation are gone from the end (and a Spanish
 * one's from the beginning), unless nothing else is there. 0 with bytes from
 * a; -1 with a line in err_r for what is not valid UTF-8, for more than 30
 * combining marks in a row, and when the module is missing.
 */
int fold_text(struct str *out_r, struct arena *a, struct str s, char *err_r,
	      size_t err_n);

/* -- the module (fold_lib.c) ----------------------------------------------- */

#define FOLD_ABI 1
#define FOLD_MARKS_MAX 30 /* as in Unicode's stream-safe text */

struct fold_ops {
	unsigned abi;
	/* NFKC_Casefold of n bytes in memory of malloc's, its length in *n_r.
	 * NULL with a static word in *why_r when it is refused. */
	char *(*casefold)(const char *p, size_t n, size_t *n_r,
			  const char **why_r);
};

#endif
