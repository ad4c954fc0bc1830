/*
 * Inside the tiers: may a node be asked? Only one whose generations have been
 * taken over since it was last away, and lately: it could bring back what
 * was purged meanwhile.
 */
#ifndef STORE_SYNC_H
#define STORE_SYNC_H

#include "store/reach.h"

/* 0, or -1: do without, which is counted; also when generations of ours
 * changed, for the key at hand may be of an old one. */
int sync_enter(struct tier_walk *w, struct arena *a, size_t node);

/* As tier_sync() without force; whether a generation of ours changed. */
bool sync_due(struct tier_walk *w, struct arena *a);

#endif
