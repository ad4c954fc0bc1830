/*
 * Shared by route.c and read.c: labelled requests, each with
 * whether the small model and the large one answered it rightly.
 */
#ifndef BENCH_ROUTE_H
#define BENCH_ROUTE_H

#include <stdbool.h>

#include "base/arena.h"
#include "thrift/token.h"

struct item {
	size_t set;          /* which file group it came from */
	size_t chars;        /* code points of the prompt */
	bool right[2];       /* small, large */
	double cost[2];      /* USD */
	bool code, math;
};

struct items {
	struct item *v;
	size_t n, room;
};

/* USD for a token, in and out. */
struct tariff {
	double in, out;
};

struct reader {
	struct arena *a, *scratch;
	struct items *items;
	const struct token_table *tokens;
	struct tariff tariff[2];
	struct str left_out; /* JSONL: eval_prompt of what is left out */
	size_t set;
};

/* A CSV of RouteLLM: prompt, small right?, large right?, and, where it has
 * them, both answers. 0, or -1 having said why. */
int route_read(struct reader *r, const char *path);

#endif
