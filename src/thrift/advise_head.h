/* The part of a request that ought to stay the same; advise.c's helper. */
#ifndef THRIFT_ADVISE_HEAD_H
#define THRIFT_ADVISE_HEAD_H

#include <stdint.h>

#include "base/arena.h"
#include "dialect/chat.h"

struct advise_head {
	struct str tools;  /* the array as it stands; or empty */
	struct str system; /* decoded, one text behind the other */
	/* Of the tools: whatever their order and the order of members; in
	 * their order, whatever that of members; as they stand. */
	uint64_t set, order, bytes;
};

void advise_head_read(struct advise_head *h, struct arena *a,
		      const struct chat *c);

uint64_t advise_hash(struct str s);

#endif
