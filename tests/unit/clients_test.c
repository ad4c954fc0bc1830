#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/fail.h has its own */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "serve/clients.h"

#define PLACE_FILE "a/clients"
#include "place.h"

static void add(struct place *p, const char *name, char key[CLIENT_KEY_SIZE])
{
	p->err[0] = '\0';
	clients_add(p->path, name, key, p->err, sizeof(p->err));
	assert_string_equal(p->err, "");
}

static int check(struct place *p, struct clients *c, const char *key)
{
	struct client who = { .name = "" };

	return clients_check(c, str_c(key), &who, p->err, sizeof(p->err));
}

static void test_life_of_a_key(void **state)
{
	struct place *p = *state;
	struct clients *c = clients_open(p->path);
	char one[CLIENT_KEY_SIZE], two[CLIENT_KEY_SIZE];
	struct client who;

	assert_int_equal(check(p, c, "lk_x"), 0); /* no file yet */
	add(p, "one", one);
	add(p, "two", two);
	assert_string_not_equal(one, two);
	assert_true(client_key_shaped(str_c(one)));
	assert_true(strlen(one) >= 3 + 43); /* 256 bits */
	assert_int_equal(clients_check(c, str_c(one), &who, p->err,
				       sizeof(p->err)), 1);
	assert_string_equal(who.name, "one");
	assert_string_equal(who.revoked, "-");
	assert_int_equal(check(p, c, two), 1);
	assert_int_equal(clients_revoke(p->path, "one", p->err,
					sizeof(p->err)), 0);
	assert_int_equal(check(p, c, one), 0);
	assert_int_equal(check(p, c, two), 1);
	add(p, "one", two); /* the name is free again */
	assert_int_equal(check(p, c, two), 1);
	assert_int_equal(check(p, c, one), 0);
	clients_close(&c);
	assert_null(c);
}

static void test_no_such_key(void **state)
{
	struct place *p = *state;
	struct clients *c = clients_open(p->path);
	char key[CLIENT_KEY_SIZE];

	add(p, "one", key);
	assert_int_equal(check(p, c, ""), 0);
	assert_int_equal(check(p, c, "lk_"), 0);
	key[strlen(key) - 1] ^= 1;
	assert_int_equal(check(p, c, key), 0);
	key[strlen(key) - 1] ^= 1;
	assert_int_equal(check(p, c, arena_printf(p->a, "%s ", key)), 0);
	assert_int_equal(check(p, c, key), 1);
	clients_close(&c);
}

/* The file tells nobody a key. */
static void test_only_hashes(void **state)
{
	struct place *p = *state;
	char key[CLIENT_KEY_SIZE];
	struct str text;
	struct stat st;

	add(p, "one", key);
	assert_int_equal(file_read(&text, p->a, p->path, 1 << 20, p->err,
				   sizeof(p->err)), 0);
	assert_null(memmem(text.p, text.n, key + 3, strlen(key + 3)));
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_list_and_revoke(void **state)
{
	struct place *p = *state;
	char key[CLIENT_KEY_SIZE];
	struct client *list;
	size_t n;

	assert_int_equal(clients_list(p->path, p->a, &list, &n, p->err,
				      sizeof(p->err)), 0);
	assert_int_equal(n, 0);
	assert_int_equal(clients_revoke(p->path, "one", p->err,
					sizeof(p->err)), -1);
	assert_non_null(strstr(p->err, "\"one\""));
	add(p, "one", key);
	add(p, "two", key);
	assert_int_equal(clients_list(p->path, p->a, &list, &n, p->err,
				      sizeof(p->err)), 0);
	assert_int_equal(n, 2);
	assert_int_equal(strlen(list[1].id), 16);
	assert_int_equal(clients_revoke(p->path, list[1].id, p->err,
					sizeof(p->err)), 0);
	assert_int_equal(clients_revoke(p->path, list[1].id, p->err,
					sizeof(p->err)), -1);
	assert_int_equal(clients_list(p->path, p->a, &list, &n, p->err,
				      sizeof(p->err)), 0);
	assert_int_equal(n, 2); /* it stays, for the log's sake */
	assert_string_equal(list[0].revoked, "-");
	assert_int_equal(strlen(list[1].revoked), 24);
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"", "a b", "a\tb", "a\nb", "a/b", "\xc3\xa4", "a\"b",
		"0123456789012345678901234567890123456789012345678901234567"
		"890123", /* 64 */
	};
	struct place *p = *state;
	char key[CLIENT_KEY_SIZE];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(clients_add(p->path, bad[i], key, p->err,
					     sizeof(p->err)), -1);
	add(p, "a.b_c@d-9", key);
	assert_int_equal(clients_add(p->path, "a.b_c@d-9", key, p->err,
				     sizeof(p->err)), -1);
	assert_non_null(strstr(p->err, "already"));
}

#define HASH "00000000000000000000000000000000" \
	"00000000000000000000000000000000"
#define ID "0123456789abcdef"

static const char *const bad_lines[] = {
	"nonsense", ID, ID "\t" HASH "\tn\tm", "x\t" HASH "\tn\tm\t-",
	ID "\t00\tn\tm\t-", ID "\t" HASH "00\tn\tm\t-",
	ID "\t" HASH "\t\tm\t-",
	ID "\t" HASH "\tn\t0123456789012345678901234\t-",
	ID "\tzz" "000000000000000000000000000000"
	"00000000000000000000000000000000\tn\tm\t-",
};

/* A file that cannot be read lets nobody in, and names its line; once it is
 * the old one again, it is as it was. */
static void test_bad_file(void **state)
{
	struct place *p = *state;
	const char *aside = arena_printf(p->a, "%s.aside", p->path);
	struct clients *c = clients_open(p->path);
	char key[CLIENT_KEY_SIZE], two[CLIENT_KEY_SIZE];

	add(p, "one", key);
	assert_int_equal(check(p, c, key), 1);
	assert_int_equal(rename(p->path, aside), 0);
	for (size_t i = 0; i < sizeof(bad_lines) / sizeof(*bad_lines); i++) {
		const char *text = arena_printf(p->a, "# ok\n%s\n",
						bad_lines[i]);

		assert_int_equal(file_put(p->path, str_c(text), false), 0);
		for (int twice = 0; twice < 2; twice++)
			assert_int_equal(check(p, c, key), -1);
		assert_non_null(strstr(p->err, ":2: "));
		assert_int_equal(clients_add(p->path, "two", two, p->err,
					     sizeof(p->err)), -1);
	}
	assert_int_equal(rename(aside, p->path), 0);
	assert_int_equal(check(p, c, key), 1);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(check(p, c, key), 0);
	clients_close(&c);
}

static void test_exposed_file(void **state)
{
	struct place *p = *state;
	struct clients *c = clients_open(p->path);
	char key[CLIENT_KEY_SIZE];

	add(p, "one", key);
	assert_int_equal(chmod(p->path, 0666), 0);
	assert_int_equal(check(p, c, key), -1);
	assert_int_equal(chmod(p->path, 0600), 0);
	assert_int_equal(check(p, c, key), 1);
	clients_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(test_life_of_a_key),
		PLACE_TEST(test_no_such_key),
		PLACE_TEST(test_only_hashes),
		PLACE_TEST(test_list_and_revoke),
		PLACE_TEST(test_names),
		PLACE_TEST(test_bad_file),
		PLACE_TEST(test_exposed_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
