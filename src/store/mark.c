/*
 * A word on each node by which `larder doctor` tells whether the hosts that
 * use it have the same secret. Anybody may read or change it: only a hint.
 */
#include "store/reach.h"

void tier_mark(const struct tier *t, char mark_r[TIER_MARK_SIZE])
{
	struct key k;

	hash_of(&k, &t->seal.name, STR("the mark of this secret"));
	key_hex(&k, (TIER_MARK_SIZE - 1) / 2, mark_r);
}
