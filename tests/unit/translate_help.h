/* What tests of translation have in common. */
#ifndef TESTS_TRANSLATE_HELP_H
#define TESTS_TRANSLATE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#undef fail /* base/fail.h has its own */

#include "base/count.h"
#include "dialect/translate.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

/* The tables write ' for ". */
static struct str quoted(const char *s)
{
	char *p = arena_strdup(a, s), *at;

	for (at = p; (at = strchr(at, '\'')); at++)
		*at = '"';
	return str_c(p);
}

#endif
