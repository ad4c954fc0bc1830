/* What a sealed value opens as: what it was sealed as, and nothing else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <stdlib.h>

#include "base/count.h"
#include "store/seal.h"

struct bench {
	struct arena *a;
	struct seal s;
	struct seal_what what;
};

static struct key key_n(uint8_t n)
{
	struct key k;

	memset(k.b, n, sizeof(k.b));
	return k;
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct key site = key_n(1);

	if (!b || hash_setup() < 0)
		return -1;
	b->a = arena_new();
	seal_init(&b->s, &site);
	b->what = (struct seal_what){ "entry", key_n(2), key_n(3), 4, 5 };
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	arena_free(&b->a);
	free(b);
	return 0;
}

static struct str closed(struct bench *b, struct str text)
{
	struct buf out;

	buf_init(&out, b->a);
	seal_close(&b->s, &b->what, text, &out);
	return buf_view(&out);
}

static void comes_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 16, 17, 4096, 100001 };
	struct bench *b = *state;
	struct seal_what what;
	struct str text, sealed, out;
	struct buf in;
	size_t i;

	for (i = 0; i < COUNT_OF(sizes); i++) {
		buf_init(&in, b->a);
		while (in.n < sizes[i])
			buf_putc(&in, (char)(in.n * 7));
		text = buf_view(&in);
		b->what.of = 1000 + i;
		sealed = closed(b, text);
		assert_int_equal(sealed.n, text.n + SEAL_EXTRA);
		what = b->what;
		what.of = 77;
		assert_int_equal(seal_open(&b->s, &what, b->a, sealed, &out),
				 0);
		assert_true(str_eq(out, text));
		assert_int_equal(what.of, 1000 + i);
	}
}

static void is_appended(void **state)
{
	struct bench *b = *state;
	struct seal_what what = b->what;
	struct str out;
	struct buf to;

	buf_init(&to, b->a);
	buf_puts(&to, "before");
	seal_close(&b->s, &b->what, STR("text"), &to);
	assert_memory_equal(to.p, "before", 6);
	assert_int_equal(seal_open(&b->s, &what, b->a,
				   str_from(buf_view(&to), 6), &out), 0);
	assert_true(str_is(out, "text"));
}

static void hides(void **state)
{
	struct bench *b = *state;
	struct str text = STR("a prompt nobody else should read");
	struct str one = closed(b, text), two = closed(b, text);

	assert_null(memmem(one.p, one.n, text.p, 8));
	assert_false(str_eq(one, two)); /* the nonce is another */
}

static void opens_only_as_sealed(void **state)
{
	struct bench *b = *state;
	struct str sealed = closed(b, STR("text")), out = STR("untouched");
	struct key site = key_n(9);
	struct seal_what what;
	struct seal other;
	size_t i;

	seal_init(&other, &site);
	what = b->what;
	assert_int_equal(seal_open(&other, &what, b->a, sealed, &out), -1);
	for (i = 0; i < HASH_BYTES; i++) {
		what = b->what;
		what.key.b[i] ^= 0x10;
		assert_int_equal(
			seal_open(&b->s, &what, b->a, sealed, &out), -1);
		what = b->what;
		what.owner.b[i] ^= 1;
		assert_int_equal(
			seal_open(&b->s, &what, b->a, sealed, &out), -1);
	}
	what = b->what;
	what.part++;
	assert_int_equal(seal_open(&b->s, &what, b->a, sealed, &out), -1);
	what = b->what;
	what.part = UINT64_C(1) << 40 | 4;
	assert_int_equal(seal_open(&b->s, &what, b->a, sealed, &out), -1);
	what = b->what;
	what.purpose = "part";
	assert_int_equal(seal_open(&b->s, &what, b->a, sealed, &out), -1);
	what = b->what;
	what.of = 99;
	what.key = key_n(8);
	assert_int_equal(seal_open(&b->s, &what, b->a, sealed, &out), -1);
	assert_int_equal(what.of, 99);
	assert_true(str_is(out, "untouched"));
}

/* Key and owner cannot change places. */
static void fields_do_not_run_together(void **state)
{
	struct bench *b = *state;
	struct str sealed = closed(b, STR("text")), out;
	struct seal_what what = b->what;

	what.key = b->what.owner;
	what.owner = b->what.key;
	assert_int_equal(seal_open(&b->s, &what, b->a, sealed, &out), -1);
}

static void any_bit_counts(void **state)
{
	struct bench *b = *state;
	struct str sealed = closed(b, STR("some text")), out;
	char *bytes = arena_alloc(b->a, sealed.n);
	struct seal_what what = b->what;
	size_t i;

	for (i = 0; i < sealed.n * 8; i++) {
		memcpy(bytes, sealed.p, sealed.n);
		bytes[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(seal_open(&b->s, &what, b->a,
					   (struct str){ bytes, sealed.n },
					   &out), -1);
	}
}

static void any_length_counts(void **state)
{
	struct bench *b = *state;
	struct str sealed = closed(b, STR("some text")), out, cut;
	struct seal_what what = b->what;
	char *bytes;
	size_t n;

	for (n = 0; n < sealed.n; n++) {
		cut.p = arena_str(b->a, (struct str){ sealed.p, n }).p;
		cut.n = n;
		assert_int_equal(seal_open(&b->s, &what, b->a, cut, &out),
				 -1);
		cut = str_from(sealed, sealed.n - n);
		assert_int_equal(seal_open(&b->s, &what, b->a, cut, &out),
				 -1);
	}
	for (n = 1; n < 64; n++) {
		bytes = arena_zalloc(b->a, sealed.n + n);
		memcpy(bytes, sealed.p, sealed.n);
		cut = (struct str){ bytes, sealed.n + n };
		assert_int_equal(seal_open(&b->s, &what, b->a, cut, &out),
				 -1);
	}
}

static void no_whole_is_4_gb(void **state)
{
	struct bench *b = *state;
	struct seal_what what = b->what;
	struct str out;

	b->what.of = UINT32_MAX;
	assert_int_equal(seal_open(&b->s, &what, b->a,
				   closed(b, STR("x")), &out), 0);
	b->what.of++;
	assert_int_equal(seal_open(&b->s, &what, b->a,
				   closed(b, STR("x")), &out), -1);
}

static void names_are_printable(void **state)
{
	struct bench *b = *state;
	char name[SEAL_NAME_SIZE];
	size_t i;

	memset(name, 1, sizeof(name));
	seal_name(&b->s, &b->what, name);
	assert_non_null(memchr(name, 0, 60));
	assert_memory_equal(name, "l1-", 3);
	assert_true(strlen(name) > 40);
	for (i = 0; name[i]; i++)
		assert_true(isalnum((unsigned char)name[i]) ||
			    name[i] == '-' || name[i] == '_');
}

static void names_tell_all_apart(void **state)
{
	struct bench *b = *state;
	char name[SEAL_NAME_SIZE], other[SEAL_NAME_SIZE];
	struct seal_what cases[5];
	struct key site = key_n(9);
	struct seal s;
	size_t i;

	for (i = 0; i < COUNT_OF(cases); i++)
		cases[i] = b->what;
	cases[0].purpose = "part";
	cases[1].key.b[31]++;
	cases[2].owner.b[0]++;
	cases[3].part++;
	cases[4].key = b->what.owner;
	cases[4].owner = b->what.key;
	seal_name(&b->s, &b->what, name);
	for (i = 0; i < COUNT_OF(cases); i++) {
		seal_name(&b->s, &cases[i], other);
		assert_string_not_equal(name, other);
	}
	seal_init(&s, &site);
	seal_name(&s, &b->what, other);
	assert_string_not_equal(name, other);

	b->what.of++; /* a reader does not know it */
	seal_name(&b->s, &b->what, other);
	assert_string_equal(name, other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(comes_back),
		TEST(is_appended),
		TEST(hides),
		TEST(opens_only_as_sealed),
		TEST(fields_do_not_run_together),
		TEST(any_bit_counts),
		TEST(any_length_counts),
		TEST(no_whole_is_4_gb),
		TEST(names_are_printable),
		TEST(names_tell_all_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
