/* The log: one line a request, and nothing that was said in it. */
#include "corridor_bed.h"
#include "serve/directive.h"

#include <stdio.h>

/* bed_ask checks the length of each line. */
static void test_longest_line(void **state)
{
	struct bed bed, *b = &bed;
	struct bed_conf conf = { 0 };
	struct buf name, model, rest;
	char tag[TAG_MAX + 1];

	(void)state;
	bed_open(b, &bed_plain);
	buf_init(&name, b->a);
	buf_init(&model, b->a);
	buf_init(&rest, b->a);
	for (int i = 0; i < 300; i++) {
		buf_puts(&name, "\x7f\xc3\xa4"); /* of sections */
		buf_puts(&model, "\\u0001");
	}
	buf_printf(&rest, "[upstream %s]\nmodels = any\n"
		   "url = https://openai.test/v1\n[route %s]\nuse = m\n",
		   name.p, name.p);
	conf.rest = rest.p;
	bed_reconfigure(b, &conf);
	memset(tag, '"', sizeof(tag) - 1);
	tag[sizeof(tag) - 1] = '\0';
	bed_plays(b, "application/json", arena_printf(b->a,
		"{\"model\":\"%s\",\"choices\":[{\"index\":0,"
		"\"finish_reason\":\"%s\",\"message\":{\"role\":"
		"\"assistant\",\"content\":\"\"}}]}", model.p, model.p));
	for (int i = 0; i < 2; i++) {
		bed_ask(b, &(struct ask){
			.body = arena_printf(b->a, "{\"model\":\"%s\","
					     USER("hi") "}", model.p),
			.param = { "HTTP_X_LARDER_TAG", tag } });
		assert_int_equal(b->status, 200);
		/* Escaped it would be longer than a value may be. */
		assert_int_equal(strlen(bed_log(b, "tag")), 64);
	}
	bed_close(b);
}

/* The first line looks at the path; later ones once a second, which would
 * take a test a second: unit tests of serve/usage.h have the rest. */
static void test_log_moves(void **state)
{
	struct bed bed, *b = &bed;
	const char *moved;

	(void)state;
	bed_open(b, &bed_plain);
	b->answer = bed_says_count;
	moved = arena_printf(b->a, "%s.1", b->log);
	assert_int_equal(rename(b->log, moved), 0);
	bed_chat(b, NULL, CHAT);
	assert_int_equal(b->lines, 1);
	assert_logged("cache", "miss");
	bed_close(b);
}

/* Nothing of the question, the answer or a credential is written down. */
static void test_log_says_nothing(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	bed_plays(b, "application/json", bed_reply(b, SHAPE_CHAT, "CANARY-2"));
	bed_chat(b, "Bearer CANARY-1",
		 "{\"model\":\"m\"," USER("CANARY-3") "}");
	assert_int_equal(b->status, 200);
	assert_false(bed_has(b->line, "CANARY"));
	bed_chat(b, "Bearer CANARY-1", "{\"CANARY-4\":}");
	assert_false(bed_has(b->line, "CANARY"));
	bed_close(b);
}

static void test_health(void **state)
{
	struct bed bed, *b = &bed;

	(void)state;
	bed_open(b, &bed_plain);
	assert_int_equal(bed_ask(b, &(struct ask){ .uri = "/larder/health",
						   .method = "GET",
						   .xkey = "" }), 200);
	assert_str(b->body, "ok\n");
	assert_int_equal(b->lines, 0);
	bed_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_log_moves),
		cmocka_unit_test(test_log_says_nothing),
		cmocka_unit_test(test_health),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
