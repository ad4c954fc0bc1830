#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

static void streams_become_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(streams); i++) {
		struct buf b;
		int rc;

		buf_init(&b, a);
		rc = reply_assemble(&b, streams[i].shape,
				    str_c(streams[i].sse));
		if (rc != (streams[i].json ? 0 : -1))
			print_error("%s\n", streams[i].what);
		assert_int_equal(rc, streams[i].json ? 0 : -1);
		assert_string_equal(buf_view(&b).p,
				    streams[i].json ? streams[i].json : "");
	}
}

/* Equal but for the order of members. */
static void assert_same(const struct json *x, uint32_t v, const struct json *y,
			uint32_t w)
{
	uint32_t i, k;

	assert_int_equal(json_type(x, v), json_type(y, w));
	assert_int_equal(json_count(x, v), json_count(y, w));
	if (json_type(x, v) == JSON_OBJECT) {
		for (i = json_first(x, v); i; i = json_next(x, v, i)) {
			k = json_get(y, w, arena_cstr(a, json_string(x, i, a)));
			if (!k)
				print_error("lost %s\n",
					    arena_cstr(a, json_span(x, i)));
			assert_int_not_equal(k, 0);
			assert_same(x, i + 1, y, k);
		}
	} else if (json_type(x, v) == JSON_ARRAY) {
		k = json_first(y, w);
		for (i = json_first(x, v); i;
		     i = json_next(x, v, i), k = json_next(y, w, k))
			assert_same(x, i, y, k);
	} else {
		assert_string_equal(arena_cstr(a, json_span(x, v)),
				    arena_cstr(a, json_span(y, w)));
	}
}

static void assert_same_json(struct str x, struct str y)
{
	struct json_error err;
	struct json dx, dy;

	assert_int_equal(json_parse(&dx, a, x, &err), 0);
	assert_int_equal(json_parse(&dy, a, y, &err), 0);
	assert_same(&dx, 0, &dy, 0);
}

/* Whatever stands where an object belongs is no danger. */
static void odd_replies_expand(void **state)
{
	static const struct {
		enum shape shape;
		const char *json;
	} odd[] = {
		{ SHAPE_CHAT, "{\"choices\":[{\"message\":{\"tool_calls\":"
			      "[[\"a\"],1]}}]}" },
		{ SHAPE_MESSAGES, "{\"usage\":[\"a\"],\"content\":[{\"type\":"
				  "\"tool_use\",\"input\":[\"a\"]}]}" },
		{ SHAPE_RESPONSES, "{\"output\":[{\"type\":\"message\","
				   "\"content\":[[\"a\"]]}]}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		struct buf sse, json;

		buf_init(&sse, a);
		buf_init(&json, a);
		assert_int_equal(reply_expand(&sse, odd[i].shape,
					      str_c(odd[i].json), true), 0);
		assert_int_equal(reply_assemble(&json, odd[i].shape,
						buf_view(&sse)), 0);
	}
}

/* As a stream it must be well-formed, whole and say the same. */
static void check_watch(enum shape shape, struct str sse,
			const struct reply_facts *want);

static void json_survives_streaming(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(whole); i++) {
		struct reply_facts facts;
		struct buf sse, json;

		buf_init(&sse, a);
		buf_init(&json, a);
		assert_int_equal(reply_expand(&sse, whole[i].shape,
					      str_c(whole[i].json), true), 0);
		assert_int_equal(reply_assemble(&json, whole[i].shape,
						buf_view(&sse)), 0);
		assert_same_json(str_c(whole[i].json), buf_view(&json));
		assert_int_equal(facts_of_json(&facts, a, whole[i].shape,
					       buf_view(&json)), 0);
		check_watch(whole[i].shape, buf_view(&sse), &facts);
	}
}

/* SSE -> JSON -> SSE -> JSON: nothing changes any more. */
static void streams_survive(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(streams); i++) {
		struct str json = str_c(streams[i].json);
		struct buf sse, again;

		if (!streams[i].json)
			continue;
		buf_init(&sse, a);
		buf_init(&again, a);
		assert_int_equal(reply_expand(&sse, streams[i].shape, json,
					      true), 0);
		assert_int_equal(reply_assemble(&again, streams[i].shape,
						buf_view(&sse)), 0);
		assert_same_json(json, buf_view(&again));
	}
}

struct check {
	struct reply_watch w;
	size_t usage_chunks;
};

static int watch_one(void *ctx, const struct sse_event *e)
{
	struct check *c = ctx;
	struct json_error err;
	struct json doc;

	struct buf shown;

	watch_event(&c->w, e);
	buf_init(&shown, a);
	reply_event(&shown, c->w.shape, e, false, c->w.a);
	c->usage_chunks += shown.n == 0;
	if (str_is(e->data, "[DONE]"))
		return 0;
	assert_int_equal(json_parse(&doc, a, e->data, &err), 0);
	/* Event lines name what the data says. */
	if (e->type.n)
		assert_true(json_string_is(&doc, json_get(&doc, 0, "type"),
					   arena_cstr(a, e->type)));
	return 0;
}

static void check_watch(enum shape shape, struct str sse,
			const struct reply_facts *want)
{
	struct arena *own = arena_new();
	bool choices = shape == SHAPE_CHAT || shape == SHAPE_COMPLETION;
	struct check c = { .usage_chunks = 0 };
	struct sse s;

	watch_init(&c.w, shape, own);
	sse_init(&s, a, sse.n, watch_one, &c);
	assert_int_equal(sse_feed(&s, sse), 0);
	assert_int_equal(sse_end(&s), 0);
	assert_true(c.w.ended && !c.w.failed && !c.w.after_end);
	assert_int_equal(c.usage_chunks, choices ? 1 : 0);
	assert_int_equal(c.w.facts.usage.input, want->usage.input);
	assert_int_equal(c.w.facts.usage.output, want->usage.output);
	assert_string_equal(c.w.facts.model, want->model);
	assert_string_equal(c.w.facts.finish, want->finish);
	arena_free(&own);
}

static void usage_only_if_wanted(void **state)
{
	struct buf with, without;

	(void)state;
	buf_init(&with, a);
	buf_init(&without, a);
	reply_expand(&with, SHAPE_CHAT, str_c(whole[0].json), true);
	reply_expand(&without, SHAPE_CHAT, str_c(whole[0].json), false);
	assert_non_null(strstr(with.p, "\"choices\":[],\"usage\":{"));
	assert_non_null(strstr(with.p, "\"usage\":null"));
	assert_null(strstr(without.p, "\"usage\""));
}

static const struct {
	enum shape shape;
	const char *json;
} no_replies[] = {
	{ SHAPE_CHAT, "" },
	{ SHAPE_CHAT, "[]" },
	{ SHAPE_CHAT, "{}" },
	{ SHAPE_CHAT, "{\"error\":{}}" },
	{ SHAPE_CHAT, "{\"choices\":[]}" },
	{ SHAPE_CHAT, "{\"choices\":[1]}" },
	{ SHAPE_CHAT, "{\"choices\":[{\"index\":0}]}" },
	{ SHAPE_CHAT, "{\"choices\":[{\"message\":{}},{\"message\":\"x\"}]}" },
	{ SHAPE_MESSAGES, "{\"content\":[{},1]}" },
	{ SHAPE_RESPONSES, "{\"output\":[{},1]}" },
	{ SHAPE_RESPONSES, "{\"output\":[],\"status\":\"queued\"}" },
	{ SHAPE_EMBEDDING, "{\"data\":[{}]}" },
};

static void expand_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(no_replies); i++) {
		struct buf b;

		buf_init(&b, a);
		buf_puts(&b, "x");
		assert_int_equal(reply_expand(&b, no_replies[i].shape,
					      str_c(no_replies[i].json),
					      true), -1);
		assert_int_equal(b.n, 1);
		assert_string_equal(b.p, "x");
	}
}

/* A minimal body, as small servers give it, makes a stream SDKs accept. */
static void poor_reply_is_completed(void **state)
{
	struct buf sse, json;

	(void)state;
	buf_init(&sse, a);
	buf_init(&json, a);
	assert_int_equal(reply_expand(&sse, SHAPE_CHAT,
				      STR("{\"choices\":[{\"message\":{"
					  "\"content\":\"a\"}}]}"), true), 0);
	assert_int_equal(reply_assemble(&json, SHAPE_CHAT, buf_view(&sse)), 0);
	assert_same_json(buf_view(&json),
			 STR("{\"object\":\"chat.completion\",\"choices\":[{"
			     "\"index\":0,\"message\":{\"role\":\"assistant\","
			     "\"content\":\"a\"},"
			     "\"finish_reason\":\"stop\"}]}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(streams_become_json, setup,
						teardown),
		cmocka_unit_test_setup_teardown(json_survives_streaming,
						setup, teardown),
		cmocka_unit_test_setup_teardown(streams_survive, setup,
						teardown),
		cmocka_unit_test_setup_teardown(usage_only_if_wanted, setup,
						teardown),
		cmocka_unit_test_setup_teardown(odd_replies_expand, setup,
						teardown),
		cmocka_unit_test_setup_teardown(expand_refuses, setup,
						teardown),
		cmocka_unit_test_setup_teardown(poor_reply_is_completed,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
