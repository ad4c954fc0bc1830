/*
 * Generations: how answers are forgotten without finding them. Every model,
 * tenant, tag and key hashes to one of BOARD_GENS numbers, and one number is
 * for all; purging raises it, and the numbers enter every key. Two names may
 * share one: then a purge forgets more than was asked, never less.
 *
 * A number is a wall clock in ms, so that two hosts that purge at once agree
 * by taking the larger.
 */
#ifndef STORE_GENS_H
#define STORE_GENS_H

#include "base/buf.h"
#include "store/board.h"

enum gens_kind { GENS_ALL, GENS_MODEL, GENS_TENANT, GENS_TAG, GENS_KEY };

/* The generation of a name; GENS_ALL has none (STR("")). 0: never purged. */
uint64_t gens_of(const struct board *b, enum gens_kind kind, struct str name);

/* Raises it: now_ms, but always more than it was, unless that lay more than
 * an hour ahead: no other host would have believed it. */
void gens_raise(struct board *b, enum gens_kind kind, struct str name,
		int64_t now_ms);

/* All numbers that are not 0, to send to another host, and their hash (0:
 * none), to see whether they changed. */
void gens_pack(const struct board *b, struct buf *out);
uint64_t gens_sum(const struct board *b);

/* Takes over what is larger in a packed form. One that lies more than an
 * hour ahead of now_ms is not believed; of ours, it becomes now_ms. 0, or -1
 * when it is not one. */
int gens_merge(struct board *b, struct str packed, int64_t now_ms);

#endif
