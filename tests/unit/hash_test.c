#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sodium/crypto_generichash.h>
#include <sodium/crypto_onetimeauth.h>

#include "base/hash.h"
#include "base/polyval.h"

static int setup(void **state)
{
	(void)state;
	return hash_setup();
}

static struct key counting(void)
{
	struct key k;

	for (int i = 0; i < HASH_BYTES; i++)
		k.b[i] = (uint8_t)i;
	return k;
}

/* As other implementations of BLAKE2b-256 have it. */
static void test_known(void **state)
{
	struct key secret = counting(), k;
	char hex[2 * HASH_BYTES + 1];

	(void)state;
	hash_of(&k, NULL, STR("abc"));
	key_hex(&k, HASH_BYTES, hex);
	assert_string_equal(hex, "bddd813c634239723171ef3fee98579b"
				 "94964e3bb1cb3e427262c8c068d52319");
	hash_of(&k, &secret, STR("abc"));
	key_hex(&k, HASH_BYTES, hex);
	assert_string_equal(hex, "d63a32d3e44738d7907f964316c241ad"
				 "aba0abfeabc32349677578a15a203f7f");
	key_hex(&k, 4, hex);
	assert_int_equal(strlen(hex), 8);
}

/* As libsodium has it, at each length around a block and several. */
static void test_other(void **state)
{
	struct key secret = counting(), k, want;
	static char text[1500];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 + i / 256);
	for (size_t n = 0; n < sizeof(text); n++) {
		const struct key *by = n % 2 ? &secret : NULL;

		crypto_generichash(want.b, HASH_BYTES, (unsigned char *)text,
				   n, by ? by->b : NULL, by ? HASH_BYTES : 0);
		hash_of(&k, by, (struct str){ text, n });
		assert_true(key_eq(&k, &want));
	}
}

/* However the bytes are cut into pieces, around the size of a block too, and
 * whether the secret is hashed now or was before, the hash is that of the
 * whole. */
static void test_pieces(void **state)
{
	static const size_t piece[] = {
		1, 7, 127, 128, 129, 255, 256, 257, 1000, 5000,
	};
	struct key secret = counting(), whole, k;
	struct hash_secret begun;
	static char text[10000];

	(void)state;
	hash_secret_set(&begun, &secret);
	assert_true(key_eq(&begun.key, &secret));
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 31 + i / 256);
	hash_of(&whole, &secret, (struct str){ text, sizeof(text) });
	for (size_t i = 0; i < 2 * sizeof(piece) / sizeof(piece[0]); i++) {
		size_t at = 0, n, most = piece[i / 2];
		struct hash h;

		if (i % 2)
			hash_begin_with(&h, &begun);
		else
			hash_begin(&h, &secret);
		for (; at < sizeof(text); at += n) {
			n = sizeof(text) - at;
			n = n < most ? n : most;
			hash_add(&h, text + at, n);
			hash_add(&h, NULL, 0);
		}
		hash_end(&h, &k);
		assert_true(key_eq(&k, &whole));
	}
}

static struct key of_fields(struct str x, struct str y)
{
	struct hash h;
	struct key k;

	hash_begin(&h, NULL);
	hash_field(&h, x);
	hash_field(&h, y);
	hash_end(&h, &k);
	return k;
}

static void test_fields(void **state)
{
	struct key ab_c = of_fields(STR("ab"), STR("c"));
	struct key a_bc = of_fields(STR("a"), STR("bc"));
	struct key again = of_fields(STR("ab"), STR("c"));

	(void)state;
	assert_false(key_eq(&ab_c, &a_bc));
	assert_true(key_eq(&ab_c, &again));
}

static struct key of_tag(const struct key *secret, struct str s)
{
	struct hash h;
	struct key k;

	hash_begin(&h, NULL);
	hash_short(&h, secret, s);
	hash_end(&h, &k);
	return k;
}

/* Its length, and 16 bytes of the hash that this processor is fit for. */
static void test_tag(void **state)
{
	struct key secret = counting(), got, want;
	struct str text = STR("Cryptographic Forum Research Group");
	uint8_t tag[16];
	struct hash h;

	(void)state;
	if (polyval_can())
		polyval(tag, secret.b, text.p, text.n);
	else
		crypto_onetimeauth(tag, (const uint8_t *)text.p, text.n,
				   secret.b);
	got = of_tag(&secret, text);
	hash_begin(&h, NULL);
	hash_add(&h, "\042\0\0\0\0\0\0\0", 8);
	hash_add(&h, tag, sizeof(tag));
	hash_end(&h, &want);
	assert_true(key_eq(&got, &want));
}

/* What differs in one bit, is longer by zeros or has another secret. */
static void test_tags(void **state)
{
	struct key secret = counting(), was, is;
	char text[300] = "of zeros all have the same";

	(void)state;
	was = of_tag(&secret, (struct str){ text, 200 });
	for (size_t i = 0; i < 200 * 8; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		is = of_tag(&secret, (struct str){ text, 200 });
		assert_false(key_eq(&was, &is));
		text[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t n = 0; n < sizeof(text); n++) {
		is = of_tag(&secret, (struct str){ text, n });
		assert_int_equal(key_eq(&was, &is), n == 200);
	}
	secret.b[0] ^= 1;
	is = of_tag(&secret, (struct str){ text, 200 });
	assert_false(key_eq(&was, &is));
}

static void test_secrets(void **state)
{
	struct key secret = counting(), other = counting(), x, y;

	(void)state;
	other.b[31] ^= 1;
	assert_false(key_eq(&secret, &other));
	hash_derive(&x, &secret, "memcached");
	hash_derive(&y, &secret, "keys");
	assert_false(key_eq(&x, &y));
	hash_derive(&y, &other, "memcached");
	assert_false(key_eq(&x, &y));
	hash_derive(&y, &secret, "memcached");
	assert_true(key_eq(&x, &y));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_tag),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
