#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "serve/secret.h"

#define PLACE_FILE "a/b/secret"
#include "place.h"

static struct secrets must_load(struct place *p)
{
	struct secrets s;

	p->err[0] = '\0';
	secrets_load(&s, p->path, p->err, sizeof(p->err));
	assert_string_equal(p->err, "");
	return s;
}

static void test_made_once(void **state)
{
	struct place *p = *state;
	struct secrets s = must_load(p), again = must_load(p);
	struct stat st;

	assert_memory_equal(&s, &again, sizeof(s));
	assert_false(key_eq(&s.cache.key, &s.memo.key));
	assert_false(key_eq(&s.cache.key, &s.tenant.key));
	assert_false(key_eq(&s.memo.key, &s.tenant.key));
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_size, HASH_BYTES);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(unlink(p->path), 0);
	again = must_load(p); /* a new one */
	assert_false(key_eq(&s.cache.key, &again.cache.key));
}

/* None of the derived keys is the secret itself. */
static void test_derived(void **state)
{
	struct place *p = *state;
	struct secrets s = must_load(p);
	struct str raw;

	assert_int_equal(file_read(&raw, p->a, p->path, HASH_BYTES, p->err,
				   sizeof(p->err)), 0);
	assert_memory_not_equal(raw.p, s.cache.key.b, HASH_BYTES);
	assert_memory_not_equal(raw.p, s.memo.key.b, HASH_BYTES);
	assert_memory_not_equal(raw.p, s.tenant.key.b, HASH_BYTES);
}

static void must_refuse(struct place *p, const char *why)
{
	struct secrets s;

	p->err[0] = '\0';
	assert_int_equal(secrets_load(&s, p->path, p->err, sizeof(p->err)),
			 -1);
	assert_non_null(strstr(p->err, p->path));
	assert_non_null(strstr(p->err, why));
	assert_null(strchr(p->err, '\n'));
}

static void test_refused(void **state)
{
	struct place *p = *state;
	const char *other = arena_printf(p->a, "%s/other", p->dir);

	must_load(p);
	assert_int_equal(chmod(p->path, 0604), 0);
	must_refuse(p, "");
	assert_int_equal(file_put(p->path, STR("short"), false), 0);
	must_refuse(p, "32 bytes");
	assert_int_equal(file_put(p->path, STR("0123456789012345678901234567"
					       "890123"), false), 0);
	must_refuse(p, "");
	assert_int_equal(rename(p->path, other), 0);
	assert_int_equal(symlink(other, p->path), 0);
	must_refuse(p, "");
}

/* Processes that start together agree on one. */
static void test_race(void **state)
{
	struct place *p = *state;
	struct secrets s, other;
	enum { N = 8 };
	int out[2], status;
	ssize_t got;

	assert_int_equal(pipe(out), 0);
	for (int i = 0; i < N; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid)
			continue;
		if (secrets_load(&s, p->path, p->err, sizeof(p->err)) < 0)
			_exit(1);
		got = write(out[1], &s, sizeof(s));
		_exit(got != sizeof(s));
	}
	for (int i = 0; i < N; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	s = must_load(p);
	for (int i = 0; i < N; i++) {
		assert_int_equal(read(out[0], &other, sizeof(other)),
				 sizeof(other));
		assert_memory_equal(&s, &other, sizeof(s));
	}
	close(out[0]);
	close(out[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_made_once),
		PLACE_TEST(test_derived),
		PLACE_TEST(test_refused),
		PLACE_TEST(test_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
