/*
 * A directory of a test's own, gone when it is over. A test file defines
 * PLACE_FILE, the path below it that it works on, before it includes this.
 */
#ifndef UNIT_PLACE_H
#define UNIT_PLACE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hash.h"

struct place {
	char dir[400], path[450];
	struct arena *a;
	char err[600];
};

static int place_setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	const char *top = getenv("TMPDIR");

	if (!p || hash_setup() < 0)
		return -1;
	snprintf(p->dir, sizeof(p->dir), "%s/larder-unit-XXXXXX",
		 top ? top : P_tmpdir);
	if (!mkdtemp(p->dir))
		return -1;
	snprintf(p->path, sizeof(p->path), "%s/" PLACE_FILE, p->dir);
	p->a = arena_new();
	*state = p;
	return 0;
}

static int place_remove(const char *path, const struct stat *st, int type,
			struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int place_teardown(void **state)
{
	struct place *p = *state;

	nftw(p->dir, place_remove, 8, FTW_DEPTH | FTW_PHYS);
	arena_free(&p->a);
	free(p);
	return 0;
}

#define PLACE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

#endif
