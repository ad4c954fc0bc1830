/* A prompt as a row of blocks with the marks on them. */
#ifndef FAKE_KEPT_ROW_H
#define FAKE_KEPT_ROW_H

#include "fake/ask.h"

struct kept_block {
	uint64_t hash; /* of all up to its end, marks not counted */
	size_t bytes;  /* up to its end */
	bool marked, hour;
};

struct kept_row {
	struct kept_block *block;
	size_t n, nmark;
	const char *why; /* the request is refused; or NULL */
};

/* who and what: what else tells two prompts apart. */
void kept_row_make(struct kept_row *r, struct arena *a, const struct ask *q);

uint64_t kept_hash(uint64_t h, struct str s);
#define KEPT_HASH 14695981039346656037u /* to begin with */

#endif
