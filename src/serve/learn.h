/* What the board keeps for those who learn from the traffic (src/thrift). */
#ifndef SERVE_LEARN_H
#define SERVE_LEARN_H

#include <assert.h>

#include "store/board.h"
#include "thrift/family.h"
#include "thrift/mark.h"

struct learned {
	struct family_board family;
	struct mark_board mark;
};

static_assert(sizeof(struct learned) <= BOARD_THRIFT * sizeof(uint64_t),
	      "it has its place on the board");

static inline struct learned *learn_board(struct board *b)
{
	return (struct learned *)b->thrift;
}

#endif
