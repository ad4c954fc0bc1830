#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/json.h"
#include "dialect/reply.h"
#include "reply_cases.h"

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

/* Broken streams never crash and never make broken JSON. */
static void mangle(char *p, size_t *n, unsigned short seed[3])
{
	static const char bytes[] = "\"\\{}[],:0-nul\n \r\xc3";
	size_t edits = 1 + (size_t)nrand48(seed) % 3;

	while (edits-- && *n > 2) {
		size_t at = (size_t)nrand48(seed) % *n;
		size_t len = (size_t)nrand48(seed) % (*n - at);

		switch (nrand48(seed) % 4) {
		case 0:
			*n = at + 1;
			break;
		case 1:
			p[at] = bytes[(size_t)nrand48(seed) %
				      (sizeof(bytes) - 1)];
			break;
		case 2:
			memmove(p + at, p + at + len, *n - at - len);
			*n -= len;
			break;
		default: /* a digit or letter of a name or index changes */
			p[at] = (char)(p[at] ^ (1 << nrand48(seed) % 4));
		}
	}
}

static void check_mangled(enum shape shape, const char *text, bool is_sse,
			  unsigned short seed[3])
{
	size_t n = strlen(text);
	char *p = malloc(n);
	struct json_error err;
	struct json doc;
	struct buf out, json;

	memcpy(p, text, n);
	mangle(p, &n, seed);
	buf_init(&out, a);
	buf_init(&json, a);
	if (is_sse) {
		if (reply_assemble(&out, shape, (struct str){ p, n }) == 0)
			assert_int_equal(json_parse(&doc, a, buf_view(&out),
						    &err), 0);
		reply_replay(&json, shape, (struct str){ p, n }, false);
	} else if (reply_expand(&out, shape, (struct str){ p, n }, true) ==
		   0) {
		if (reply_assemble(&json, shape, buf_view(&out)) == 0)
			assert_int_equal(json_parse(&doc, a, buf_view(&json),
						    &err), 0);
	}
	free(p);
}

static void mangled_input(void **state)
{
	unsigned short seed[3] = { 1, 2, 3 };

	(void)state;
	for (int round = 0; round < 400; round++) {
		for (size_t i = 0; i < COUNT_OF(streams); i++)
			check_mangled(streams[i].shape, streams[i].sse, true,
				      seed);
		for (size_t i = 0; i < COUNT_OF(whole); i++)
			check_mangled(whole[i].shape, whole[i].json, false,
				      seed);
		arena_reset(a);
	}
}

/* One value of the JSON text becomes another: what mangled bytes hardly ever
 * bring about. */
static struct str swap_value(struct str json, unsigned short seed[3])
{
	static const char *const other[] = {
		"[]", "[1]", "[[\"a\"]]", "{}", "{\"index\":0}", "null",
		"\"x\"", "7", "-1e99", "true", "[{\"index\":1},null]",
	};
	struct json_error err;
	struct json doc;
	struct buf b;
	uint32_t i;

	if (json_parse(&doc, a, json, &err) < 0 || doc.n < 2)
		return json;
	i = 1 + (uint32_t)((size_t)nrand48(seed) % (doc.n - 1));
	buf_init(&b, a);
	buf_add(&b, json.p, doc.tok[i].at);
	buf_puts(&b, other[(size_t)nrand48(seed) % COUNT_OF(other)]);
	buf_str(&b, str_from(json, doc.tok[i].end));
	return buf_view(&b);
}

/* The same with about every third event's data. */
static struct str swap_in_stream(const char *sse, unsigned short seed[3])
{
	struct buf b;
	size_t n;

	buf_init(&b, a);
	for (; *sse; sse += n) {
		n = strcspn(sse, "\n") + 1;
		if (strncmp(sse, "data: {", 7) == 0 && nrand48(seed) % 3 == 0) {
			buf_puts(&b, "data: ");
			buf_str(&b, swap_value((struct str){ sse + 6, n - 7 },
					       seed));
			buf_putc(&b, '\n');
		} else {
			buf_add(&b, sse, n);
		}
	}
	return buf_view(&b);
}

/* Each answer there is must be JSON, whatever was asked. */
static void check_answers(enum shape shape, struct str sse)
{
	struct json_error err;
	struct buf json, again;
	struct json doc;

	buf_init(&json, a);
	buf_init(&again, a);
	if (reply_assemble(&json, shape, sse) < 0)
		return;
	assert_int_equal(json_parse(&doc, a, buf_view(&json), &err), 0);
	if (reply_expand(&again, shape, buf_view(&json), true) == 0) {
		json.n = 0;
		if (reply_assemble(&json, shape, buf_view(&again)) == 0)
			assert_int_equal(json_parse(&doc, a, buf_view(&json),
						    &err), 0);
	}
}

static void swapped_values(void **state)
{
	unsigned short seed[3] = { 4, 5, 6 };

	(void)state;
	for (int round = 0; round < 400; round++) {
		for (size_t i = 0; i < COUNT_OF(streams); i++)
			check_answers(streams[i].shape,
				      swap_in_stream(streams[i].sse, seed));
		for (size_t i = 0; i < COUNT_OF(whole); i++) {
			struct str json = swap_value(str_c(whole[i].json),
						     seed);
			struct buf sse;

			buf_init(&sse, a);
			if (reply_expand(&sse, whole[i].shape, json, true) ==
			    0)
				check_answers(whole[i].shape, buf_view(&sse));
		}
		arena_reset(a);
	}
}

/* Bytes of the reply that n small deltas make. */
static size_t assemble_many(size_t n, const char *delta)
{
	struct buf sse, json;

	arena_reset(a);
	buf_init(&sse, a);
	buf_init(&json, a);
	for (size_t i = 0; i < n; i++)
		buf_printf(&sse, "data: {\"choices\":[{\"index\":0,\"delta\":"
				 "{\"%s%zu\":\"x\",\"content\":\"ab\"}}]}\n\n",
			   delta, *delta ? i : 0);
	buf_puts(&sse, STOP0 DONE);
	assert_int_equal(reply_assemble(&json, SHAPE_CHAT, buf_view(&sse)), 0);
	return json.n;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Quadratic work would take minutes here: a string that grows by copying,
 * or a search through a hundred thousand members for each new one. */
static void many_deltas(void **state)
{
	double start = seconds();

	(void)state;
	assert_true(assemble_many(100000, "") > 200000);
	assert_true(assemble_many(100000, "member") > 200000);
	assert_true(seconds() - start < 5);
}

/* A long name and many choices or parts must not multiply. */
static void repeats_are_bounded(void **state)
{
	struct buf name, chat, response, out;

	(void)state;
	buf_init(&name, a);
	buf_init(&chat, a);
	buf_init(&response, a);
	buf_init(&out, a);
	for (int i = 0; i < 100000; i++)
		buf_putc(&name, 'n');
	buf_printf(&chat, "{\"model\":\"%s\",\"choices\":[", name.p);
	buf_printf(&response, "{\"output\":[{\"type\":\"message\",\"id\":"
			      "\"%s\",\"content\":[", name.p);
	for (int i = 0; i < 1000; i++) {
		buf_puts(&chat, i ? ",{\"message\":{}}" : "{\"message\":{}}");
		buf_puts(&response, i ? ",{}" : "{}");
	}
	buf_puts(&chat, "]}");
	buf_puts(&response, "]}]}");
	assert_int_equal(reply_expand(&out, SHAPE_CHAT, buf_view(&chat),
				      true), 0);
	assert_true(out.n < 1000000);
	out.n = 0;
	assert_int_equal(reply_expand(&out, SHAPE_RESPONSES,
				      buf_view(&response), true), 0);
	assert_true(out.n < 2000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(mangled_input, setup,
						teardown),
		cmocka_unit_test_setup_teardown(swapped_values, setup,
						teardown),
		cmocka_unit_test_setup_teardown(many_deltas, setup, teardown),
		cmocka_unit_test_setup_teardown(repeats_are_bounded, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
