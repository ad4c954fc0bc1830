/*
 * The file behind the slab: found by path, checked, mapped; made, or made
 * again beside and renamed, by exactly one of those who come at once.
 */
#ifndef STORE_SHM_H
#define STORE_SHM_H

#include "store/layout.h"

struct shm {
	char *base;
	struct geometry g;
};

/* 0, or -1 with err_r one line for the operator and m_r untouched. Opening
 * a file that is in order reads its first page only. */
int shm_map(struct shm *m_r, const char *path, size_t size, char *err_r,
	    size_t err_n);

/* Unmaps; the file stays. */
void shm_unmap(struct shm *m);

#endif
