/*
 * The keys themselves. Hosts that share a memcached may run different
 * versions, and a cache outlives an update: whoever makes the scanner or the
 * canonical form faster must not change one of these.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "dialect/canon.h"
#include "doc_model.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return hash_setup();
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

static void key_of(struct key *k_r, enum shape shape, struct str text)
{
	static const struct key secret = { { 1, 2, 3 } };
	static const char *const ignore[] = { "trace", "a\"b" };
	struct json_error err;
	struct json doc;
	struct hash h;

	if (json_parse(&doc, a, text, &err) < 0)
		fail_msg("%.*s: %s at %zu", (int)text.n, text.p, err.what,
			 err.at);
	hash_begin(&h, &secret);
	canon_hash(&h, a, &doc, &(struct canon_ask){
		.shape = shape, .ignore = ignore, .nignore = 2 });
	hash_end(&h, k_r);
}

static void check(const char *what, const struct key *k, const char *want)
{
	char hex[2 * HASH_BYTES + 1];

	key_hex(k, HASH_BYTES, hex);
	if (strcmp(hex, want) != 0)
		fail_msg("%s: %s", what, hex);
}

/* -- bodies ---------------------------------------------------------------- */

static const struct {
	enum shape shape;
	const char *text, *key;
} bodies[] = {
#define ROW(shape, text, key) { SHAPE_ ## shape, text, key }
#include "canon_keys.h"
#undef ROW
};

static void test_bodies(void **state)
{
	struct key k;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		key_of(&k, bodies[i].shape, str_c(bodies[i].text));
		check(bodies[i].text, &k, bodies[i].key);
		arena_reset(a);
	}
}

/* -- lengths --------------------------------------------------------------- */

/* The key of all keys that follow. */
static struct hash all;

static void all_add(enum shape shape, struct str text)
{
	struct key k;

	key_of(&k, shape, text);
	hash_add(&all, k.b, HASH_BYTES);
	arena_reset(a);
}

static void all_check(const char *what, const char *want)
{
	struct key k;

	hash_end(&all, &k);
	check(what, &k, want);
}

static void add_of_length(size_t n, const char *unit)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "{\"messages\":[{\"content\":\"");
	for (size_t i = 0; i < n; i++)
		buf_putc(&b, (char)('a' + i % 26));
	buf_puts(&b, unit);
	buf_puts(&b, "tail\",\"role\":\"user\"},{\"n\":[1,2,3]}]}");
	all_add(SHAPE_CHAT, buf_view(&b));
}

/* Whatever is gathered before it is hashed, and however a piece of it ends. */
static void test_lengths(void **state)
{
	static const char *const units[] = {
		"", "\\n", "\\ud83d\\ude00", "\xf0\x9f\x98\x80",
		"\xed\x95\x9c\\\\", "\\u0000\\ud800",
	};

	(void)state;
	hash_begin(&all, NULL);
	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++)
		for (size_t n = 0; n < 2200; n += n < 300 ? 1 : 7)
			add_of_length(n, units[u]);
	all_check("lengths", KEY_OF_LENGTHS);
}

/* -- random ones ----------------------------------------------------------- */

static void test_random(void **state)
{
	static const enum shape shapes[] = { SHAPE_CHAT, SHAPE_RESPONSES,
					     SHAPE_MESSAGES, SHAPE_EMBEDDING };
	unsigned short seed[3] = { 21, 22, 23 };
	struct spelling oddly = { { 24, 25, 26 }, true, true };

	(void)state;
	hash_begin(&all, NULL);
	for (int i = 0; i < 4000; i++) {
		struct node *node = random_object(a, seed, 5);

		all_add(shapes[i % 4], node_text(a, node, &oddly));
	}
	all_check("random", KEY_OF_RANDOM);
}

/* More members than are sorted in place. */
static void test_many_members(void **state)
{
	(void)state;
	hash_begin(&all, NULL);
	for (int n = 1; n < 60; n++) {
		struct buf b;

		buf_init(&b, a);
		for (int i = 0; i < n; i++)
			buf_printf(&b, "%c\"k%d\":%d", i ? ',' : '{',
				   i * 7919 % 1000, i);
		buf_putc(&b, '}');
		all_add(SHAPE_CHAT, buf_view(&b));
	}
	all_check("many members", KEY_OF_MEMBERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_many_members),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
