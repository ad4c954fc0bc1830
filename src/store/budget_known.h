/*
 * Who has lately been found to be whom he says, in the file of budgets behind
 * their places: so it is known where there is no cache, and no lock has to be
 * had. Any number is harmless.
 */
#ifndef STORE_BUDGET_KNOWN_H
#define STORE_BUDGET_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#define BUDGET_KNOWN 8192 /* at most */
#define BUDGET_KNOWN_AGE 6 /* for so many times ten minutes, and a part */

struct budget_book;

/* All BUDGET_KNOWN of them. */
uint64_t *budget_known(struct budget_book *b);

/* id is a keyed hash; not two of them in 2^48 are taken for one another. */
bool budget_knows(uint64_t *known, uint64_t id, int64_t wall_ms);
void budget_know(uint64_t *known, uint64_t id, int64_t wall_ms);
/* Not any more. */
void budget_unknow(uint64_t *known, uint64_t id);

#endif
