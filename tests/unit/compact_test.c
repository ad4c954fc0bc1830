#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dialect/compact.h"
#include "reply_cases.h"

#define MB ((size_t)1 << 20)

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

static struct str made(struct str bytes)
{
	struct buf b;

	buf_init(&b, a);
	compact_make(&b, bytes);
	return buf_view(&b);
}

/* Must fail, and leave what was there alone. */
static void check_refused(struct str form, size_t max)
{
	struct str out = STR("before");

	assert_int_equal(compact_open(a, form, max, &out), -1);
	assert_string_equal(out.p, "before");
	assert_int_equal(out.n, 6);
}

/* There and back; the form's length. */
static size_t check_round(struct str bytes)
{
	struct str form = made(bytes), back;

	assert_true(form.n <= bytes.n + bytes.n / 8192 + 16);
	assert_int_equal(compact_open(a, form, bytes.n, &back), 0);
	assert_int_equal(back.n, bytes.n);
	assert_memory_equal(back.p, bytes.p, bytes.n);
	assert_int_equal(back.p[back.n], '\0');
	if (bytes.n)
		check_refused(form, bytes.n - 1);
	return form.n;
}

static void random_fill(char *p, size_t n, unsigned short seed[3])
{
	while (n--)
		*p++ = (char)nrand48(seed);
}

/* A stream as OpenAI sends it: tokens of any length, counters, padding. */
static struct str stream_make(size_t events, unsigned short seed[3])
{
	static const char *const words[] = {
		" the", " a", " quick", ".", "\\n", " unbelievably", " \xc3\xa9",
	};
	struct buf b;
	size_t i;

	buf_init(&b, a);
	for (i = 0; i < events; i++)
		buf_printf(&b, "event: response.output_text.delta\n"
			   "data: {\"type\":\"response.output_text.delta\","
			   "\"sequence_number\":%zu,\"item_id\":"
			   "\"msg_0cc96ac817fdc57e00693337060a408198\","
			   "\"output_index\":0,\"content_index\":0,\"delta\":"
			   "\"%s\",\"logprobs\":[],\"obfuscation\":\"%lx\"}"
			   "\n\n", i,
			   words[(size_t)nrand48(seed) % COUNT_OF(words)],
			   (unsigned long)nrand48(seed));
	buf_puts(&b, "data: [DONE]\n\n");
	return buf_view(&b);
}

/* The form itself; it lies in caches, so it must not change unnoticed. */
static void the_form(void **state)
{
	static const struct {
		struct str bytes, form;
	} cases[] = {
		{ STR(""), STR("\xc7\x00") },
		{ STR("a"), STR("\xc7\x01\x10" "a") },
		{ STR("abcdefghijklmno"),
		  STR("\xc7\x0f\xf0\x00" "abcdefghijklmno") },
		/* eight letters, twice: distance 8 is turn 16 */
		{ STR("abcdefghabcdefgh"),
		  STR("\xc7\x10\x8f\x01" "abcdefgh\x04") },
		/* a copy that reads what it writes, and two literals */
		{ STR("zzzzzzzzzzzzzzzz01"),
		  STR("\xc7\x12\x12z\x0b\x20" "01") },
	};
	struct str form;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(cases); i++) {
		form = made(cases[i].bytes);
		assert_int_equal(form.n, cases[i].form.n);
		assert_memory_equal(form.p, cases[i].form.p, form.n);
		check_round(cases[i].bytes);
	}
}

static void replies(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(streams); i++)
		check_round(str_c(streams[i].sse));
	for (i = 0; i < COUNT_OF(whole); i++)
		check_round(str_c(whole[i].json));
}

static void short_inputs(void **state)
{
	char two[2];
	unsigned i;

	(void)state;
	for (i = 0; i < 65536; i++) {
		two[0] = (char)i;
		two[1] = (char)(i >> 8);
		check_round((struct str){ two, 2 });
		if (i < 256)
			check_round((struct str){ two, 1 });
		arena_reset(a);
	}
}

static void streams_become_short(void **state)
{
	unsigned short seed[3] = { 1, 2, 3 };
	struct str s = stream_make(300, seed);

	(void)state;
	assert_true(s.n > 60000);
	assert_true(check_round(s) < s.n / 10);
}

static void random_bytes(void **state)
{
	unsigned short seed[3] = { 4, 5, 6 };
	static char bytes[70000];
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(bytes); n = n * 5 / 4 + 1) {
		random_fill(bytes, n, seed);
		check_round((struct str){ bytes, n });
		arena_reset(a);
	}
}

/* Pieces of a stream cut, doubled, moved and overwritten. */
static void mutated_streams(void **state)
{
	unsigned short seed[3] = { 7, 8, 9 };
	static char bytes[8192];
	int round;

	(void)state;
	for (round = 0; round < 10000; round++) {
		struct str s = stream_make((size_t)nrand48(seed) % 12, seed);
		size_t edits = (size_t)nrand48(seed) % 8;

		memcpy(bytes, s.p, s.n);
		while (edits--) {
			size_t to = (size_t)nrand48(seed) % s.n;
			size_t from = (size_t)nrand48(seed) % s.n;
			size_t len = (size_t)nrand48(seed) %
				     (s.n - (to > from ? to : from));

			if (len < 64)
				random_fill(bytes + to, len, seed);
			else
				memmove(bytes + to, bytes + from, len);
		}
		check_round((struct str){ bytes, s.n });
		arena_reset(a);
	}
}

static void no_such_form(void **state)
{
	static const struct str cases[] = {
		STR(""), STR("\xc7"), STR("{\"a\":1}"), STR("data: 1\n\n"),
		STR("\xc8\x00"),		    /* another mark */
		STR("\xc7\x00\x00"),		    /* something behind it */
		STR("\xc7\x01\x10" "ab"),
		STR("\xc7\x80"),		    /* half a length */
		STR("\xc7\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00\x10" "a"),
		STR("\xc7\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10" "a"),
		STR("\xc7\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x10" "a"),
		STR("\xc7\x02\x10" "a"),	    /* less than was said */
		STR("\xc7\x01\x20" "ab"),	    /* more than was said */
		STR("\xc7\x04\x40" "abc"),	    /* too few literals */
		STR("\xc7\x20\xf0\xff\xff\xff\xff\xff\xff\xff\xff\x7f" "ab"),
		STR("\xc7\x20\xf0"),		    /* no rest of literals */
		STR("\xc7\x08\x10" "a\x03"),	    /* distance 0 */
		STR("\xc7\x05\x14" "a\x00"),	    /* before the beginning */
		STR("\xc7\x05\x11" "a\x00"),	    /* distance -1 */
		STR("\xc7\x05\x1f\x7f" "a\x00"),
		STR("\xc7\x05\x1f\xff\xff\xff\xff\xff\xff\xff\xff\x7f" "a\x00"),
		STR("\xc7\x05\x02\x01"),	    /* nothing to copy from */
		STR("\xc7\x05\x12" "a"),	    /* no copy */
		STR("\xc7\x05\x12" "a\x01"),	    /* copies too much */
		STR("\xc7\x05\x12" "a\xff\x00"),
		STR("\xc7\x05\x12" "a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(cases); i++)
		check_refused(cases[i], MB);
}

/* What the last cases above differ from in one byte. */
static void such_a_form(void **state)
{
	struct str out;

	(void)state;
	assert_int_equal(compact_open(a, STR("\xc7\x05\x12" "a\x00"), 5,
				      &out), 0);
	assert_string_equal(out.p, "aaaaa");
}

static void damaged_forms(void **state)
{
	unsigned short seed[3] = { 10, 11, 12 };
	struct str s = stream_make(12, seed);
	struct str form = made(s);
	char *bad = arena_cstr(a, form);
	struct str out;
	size_t n;
	int bit;

	(void)state;
	for (n = 0; n < form.n; n++)
		check_refused((struct str){ form.p, n }, MB);
	for (n = 0; n < form.n; n++) {
		for (bit = 0; bit < 8; bit++) {
			bad[n] = (char)(form.p[n] ^ 1 << bit);
			if (compact_open(a, (struct str){ bad, form.n },
					 2 * s.n, &out) == 0)
				assert_true(out.n <= 2 * s.n);
		}
		bad[n] = form.p[n];
	}
}

static void random_forms(void **state)
{
	unsigned short seed[3] = { 13, 14, 15 };
	char bytes[64];
	struct str out;
	int round;

	(void)state;
	for (round = 0; round < 100000; round++) {
		random_fill(bytes, sizeof(bytes), seed);
		memcpy(bytes, "\xc7\xd0\x0f", 3); /* 2,000 bytes */
		if (compact_open(a, (struct str){ bytes, sizeof(bytes) },
				 4096, &out) == 0)
			assert_int_equal(out.n, 2000);
		arena_reset(a);
	}
}

/* A few bytes that mean many are worth what max says and no more. */
static void bombs(void **state)
{
	/* one letter, and all the others copied from it */
	static const struct str
		megabyte = STR("\xc7\x80\x80\x40\x12" "a\xff\xfc\xfd\x3f"),
		more = STR("\xc7\x80\x80\x80\x80\x04\x12" "a\xff"
			   "\xfc\xfd\xff\xff\x03");
	struct str out;

	(void)state;
	check_refused(more, MB);
	check_refused(megabyte, MB - 1);
	assert_true(arena_used(a) < 4096);
	assert_int_equal(compact_open(a, megabyte, MB, &out), 0);
	assert_int_equal(out.n, MB);
	assert_int_equal(out.p[MB - 1], 'a');
}

/* Inputs that would take hours in quadratic time. */
static void long_inputs_are_linear(void **state)
{
	static char bytes[4 << 20];
	static const size_t periods[] = { 1, 2, 7, 8, 9, 250, 70000 };
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT_OF(periods); i++) {
		for (n = 0; n < sizeof(bytes); n++)
			bytes[n] = n < periods[i] ? (char)(n * n * 7 + n / 256) :
						    bytes[n - periods[i]];
		check_round((struct str){ bytes, sizeof(bytes) });
		/* and the same, broken every few bytes */
		for (n = 0; n < sizeof(bytes); n += 11)
			bytes[n] = (char)(n * n / 11);
		check_round((struct str){ bytes, sizeof(bytes) });
		arena_reset(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_form, setup, teardown),
		cmocka_unit_test_setup_teardown(replies, setup, teardown),
		cmocka_unit_test_setup_teardown(short_inputs, setup, teardown),
		cmocka_unit_test_setup_teardown(streams_become_short, setup,
						teardown),
		cmocka_unit_test_setup_teardown(random_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(mutated_streams, setup,
						teardown),
		cmocka_unit_test_setup_teardown(no_such_form, setup, teardown),
		cmocka_unit_test_setup_teardown(such_a_form, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_forms, setup,
						teardown),
		cmocka_unit_test_setup_teardown(random_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(bombs, setup, teardown),
		cmocka_unit_test_setup_teardown(long_inputs_are_linear, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
