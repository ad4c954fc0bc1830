#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/crc32c.h"

/* RFC 3720, B.4, and the usual check value. */
static void test_known(void **state)
{
	uint8_t b[32];

	(void)state;
	assert_int_equal(crc32c(0, "", 0), 0);
	assert_int_equal(crc32c(0, NULL, 0), 0);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	memset(b, 0, sizeof(b));
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x8a9136aa);
	memset(b, 0xff, sizeof(b));
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x62a8ab43);
	for (uint8_t i = 0; i < sizeof(b); i++)
		b[i] = i;
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x46dd794e);
	for (uint8_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)(31 - i);
	assert_int_equal(crc32c(0, b, sizeof(b)), 0x113fdb5c);
}

/* Bit by bit, as the definition has it. */
static uint32_t slow(const uint8_t *b, size_t n)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= b[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static void test_every_byte_and_piece(void **state)
{
	uint8_t b[512];
	uint32_t whole;

	(void)state;
	for (size_t i = 0; i < sizeof(b); i++) {
		b[i] = (uint8_t)(i * 167 + i / 256);
		assert_int_equal(crc32c(0, &b[i], 1), slow(&b[i], 1));
	}
	whole = crc32c(0, b, sizeof(b));
	assert_int_equal(whole, slow(b, sizeof(b)));
	for (size_t cut = 0; cut <= sizeof(b); cut++)
		assert_int_equal(crc32c(crc32c(0, b, cut), b + cut,
					sizeof(b) - cut), whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_every_byte_and_piece),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
