/*
 * The file behind the slab: found by path, checked, mapped; made, or made
 * again beside and renamed, by exactly one of those who come at once.
 */
#ifndef STORE_SHM_H
#define STORE_SHM_H

#include "store/layout.h"
#include "store/store.h"

struct shm {
	char *base;
	struct geometry g;
};

/* 0, or -1 with err_r one line for the operator and m_r untouched. Opening
 * a file that is in order reads its first page only. */
int shm_map(struct shm *m_r, const struct store_conf *c, char *err_r,
	    size_t err_n);

/* Head and board to the disk: 0, or -1 with errno. */
int shm_flush(const struct shm *m);

/* Unmaps; the file stays. */
void shm_unmap(struct shm *m);

#endif
