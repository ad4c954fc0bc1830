/* Where two texts that are nearly the same differ; advise.c's helper. */
#ifndef THRIFT_ADVISE_DIFF_H
#define THRIFT_ADVISE_DIFF_H

#include "base/arena.h"
#include "thrift/advise.h"

#define ADVISE_CHANGES 32

struct advise_change { /* bytes [at, end) of the one and the other text */
	size_t at, end;
	size_t new_at, new_end;
};

struct advise_diff {
	struct advise_change change[ADVISE_CHANGES];
	size_t n;
	size_t same; /* bytes that are in both */
};

/*
 * Compares word by word, finding together again after short differences; a
 * long one goes on to what both texts end with. Changes next to each other
 * are one, and each is made whole (not the seconds of a time, but the time).
 * Scratch memory from a.
 */
void advise_diff(struct advise_diff *d, struct arena *a, struct str old,
		 struct str new);

/* What a piece that changes looks like. */
enum advise_kind advise_kind_of(struct str piece);

#endif
