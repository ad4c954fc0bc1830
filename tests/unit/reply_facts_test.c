#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "dialect/reply.h"

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

#define USED(in, out, read, write, hour) { .input = (in), .output = (out), \
	.cache_read = (read), .cache_write = (write), .cache_write_1h = (hour) }

static const struct {
	enum shape shape;
	const char *json;
	int rc;
	struct usage usage;
	const char *model, *finish;
} facts_cases[] = {
	{ SHAPE_CHAT,
	  "{\"model\":\"m\",\"choices\":[{\"finish_reason\":\"stop\"},"
	  "{\"finish_reason\":\"length\"},{\"finish_reason\":null}],\"usage\":"
	  "{\"prompt_tokens\":10,\"completion_tokens\":2,"
	  "\"prompt_tokens_details\":{\"cached_tokens\":4}}}",
	  0, USED(10, 2, 4, -1, -1), "m", "stop,length" },
	{ SHAPE_COMPLETION, "{\"choices\":[{\"text\":\"\"}]}",
	  0, USED(-1, -1, -1, -1, -1), "", "" },
	{ SHAPE_CHAT, "{\"choices\":[{}],\"usage\":{\"prompt_tokens\":-3,"
		      "\"completion_tokens\":\"2\"},\"error\":null}",
	  0, USED(-1, -1, -1, -1, -1), "", "" },
	{ SHAPE_CHAT, "{\"choices\":[{}],\"usage\":{\"prompt_tokens\":"
		      "9223372036854775807}}",
	  0, USED(-1, -1, -1, -1, -1), "", "" },
	{ SHAPE_RESPONSES,
	  "{\"model\":\"m\",\"status\":\"completed\",\"output\":[],\"usage\":{"
	  "\"input_tokens\":10,\"output_tokens\":2,\"input_tokens_details\":{"
	  "\"cached_tokens\":0}}}",
	  0, USED(10, 2, 0, -1, -1), "m", "completed" },
	{ SHAPE_RESPONSES,
	  "{\"status\":\"incomplete\",\"output\":[],\"incomplete_details\":{"
	  "\"reason\":\"max_output_tokens\"}}",
	  0, USED(-1, -1, -1, -1, -1), "", "max_output_tokens" },
	{ SHAPE_RESPONSES, "{\"status\":\"queued\",\"output\":[]}", -1,
	  USED(0, 0, 0, 0, 0), NULL, NULL },
	{ SHAPE_RESPONSES, "{\"status\":\"failed\",\"output\":[]}", -1,
	  USED(0, 0, 0, 0, 0), NULL, NULL },
	{ SHAPE_RESPONSES, "{\"status\":\"completed\"}", -1,
	  USED(0, 0, 0, 0, 0), NULL, NULL },
	{ SHAPE_MESSAGES,
	  "{\"model\":\"cl\",\"content\":[],\"stop_reason\":\"end_turn\","
	  "\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":100,"
	  "\"cache_creation_input_tokens\":1000,\"output_tokens\":2,"
	  "\"cache_creation\":{\"ephemeral_5m_input_tokens\":300,"
	  "\"ephemeral_1h_input_tokens\":700}}}",
	  0, USED(1110, 2, 100, 1000, 700), "cl", "end_turn" },
	{ SHAPE_MESSAGES,
	  "{\"content\":[],\"usage\":{\"input_tokens\":10,"
	  "\"cache_read_input_tokens\":null}}",
	  0, USED(10, -1, -1, -1, -1), "", "" },
	{ SHAPE_MESSAGES, "{\"type\":\"error\",\"error\":{},\"content\":[]}",
	  -1, USED(0, 0, 0, 0, 0), NULL, NULL },
	{ SHAPE_EMBEDDING,
	  "{\"data\":[{\"embedding\":\"AA==\"}],\"model\":\"e\",\"usage\":{"
	  "\"prompt_tokens\":7,\"total_tokens\":7}}",
	  0, USED(7, -1, -1, -1, -1), "e", "" },
	{ SHAPE_EMBEDDING, "{\"data\":[]}", -1, USED(0, 0, 0, 0, 0), NULL, NULL },
	{ SHAPE_COUNT, "{\"input_tokens\":12}", 0, USED(-1, -1, -1, -1, -1), "",
	  "" },
	{ SHAPE_COUNT, "{}", -1, USED(0, 0, 0, 0, 0), NULL, NULL },
	{ SHAPE_MODELS, "{\"data\":[]}", 0, USED(-1, -1, -1, -1, -1), "", "" },
	{ SHAPE_OTHER, "{}", 0, USED(-1, -1, -1, -1, -1), "", "" },
	{ SHAPE_CHAT, "{\"choices\":[{}],\"error\":\"x\"}", -1,
	  USED(0, 0, 0, 0, 0), NULL, NULL },
	{ SHAPE_CHAT, "{\"choices\":[]}", -1, USED(0, 0, 0, 0, 0), NULL, NULL },
	{ SHAPE_CHAT, "[{\"choices\":[{}]}]", -1, USED(0, 0, 0, 0, 0), NULL, NULL },
	{ SHAPE_CHAT, "<html>", -1, USED(0, 0, 0, 0, 0), NULL, NULL },
	{ SHAPE_CHAT, "", -1, USED(0, 0, 0, 0, 0), NULL, NULL },
};

static void assert_usage(struct usage have, struct usage want)
{
	assert_int_equal(have.input, want.input);
	assert_int_equal(have.output, want.output);
	assert_int_equal(have.cache_read, want.cache_read);
	assert_int_equal(have.cache_write, want.cache_write);
	assert_int_equal(have.cache_write_1h, want.cache_write_1h);
}

static void facts_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(facts_cases) / sizeof(facts_cases[0]);
	     i++) {
		struct reply_facts f;

		facts_init(&f);
		f.usage.input = 77;
		assert_int_equal(facts_of_json(&f, a, facts_cases[i].shape,
					       str_c(facts_cases[i].json)),
				 facts_cases[i].rc);
		if (facts_cases[i].rc < 0) {
			assert_int_equal(f.usage.input, 77);
			continue;
		}
		assert_usage(f.usage, facts_cases[i].usage);
		assert_string_equal(f.model, facts_cases[i].model);
		assert_string_equal(f.finish, facts_cases[i].finish);
	}
}

/* A name that does not fit is cut between characters. */
static void long_names_are_cut(void **state)
{
	struct reply_facts f;
	struct buf b;

	(void)state;
	buf_init(&b, a);
	buf_puts(&b, "{\"data\":[{}],\"model\":\"");
	for (int i = 0; i < 60; i++)
		buf_puts(&b, "\xc3\xa9");
	buf_puts(&b, "\"}");
	assert_int_equal(facts_of_json(&f, a, SHAPE_EMBEDDING, buf_view(&b)),
			 0);
	assert_int_equal(strlen(f.model), 94);
}

/*
 * Streams, as the data of their events. What is said of them is a string of
 * flags: e ended, f failed, a after_end, u one for each usage chunk.
 */
#define PART(reason) \
	"{\"model\":\"m\",\"choices\":[{\"index\":0,\"finish_reason\":" reason \
	"}]}"
#define USAGE_CHUNK \
	"{\"choices\":[],\"usage\":{\"prompt_tokens\":3," \
	"\"completion_tokens\":4}}"

static const struct {
	enum shape shape;
	const char *data[6];
	const char *says;
	struct usage usage;
	const char *finish;
} watch_cases[] = {
	{ SHAPE_CHAT, { PART("null"), PART("\"stop\""), "[DONE]" }, "e",
	  USED(-1, -1, -1, -1, -1), "stop" },
	{ SHAPE_CHAT, { PART("\"stop\""), USAGE_CHUNK, " [DONE] " }, "eu",
	  USED(3, 4, -1, -1, -1), "stop" },
	{ SHAPE_COMPLETION, { PART("\"stop\""), USAGE_CHUNK, "[DONE]" }, "eu",
	  USED(3, 4, -1, -1, -1), "stop" },
	{ SHAPE_CHAT,
	  { "{\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}],"
	    "\"usage\":{\"prompt_tokens\":3}}", "[DONE]" }, "e",
	  USED(3, -1, -1, -1, -1), "stop" },
	{ SHAPE_CHAT, { PART("\"stop\""), PART("\"stop\""), "[DONE]" }, "e",
	  USED(-1, -1, -1, -1, -1), "stop" },
	{ SHAPE_CHAT,
	  { PART("\"stop\""), "{\"choices\":[{\"index\":64}]}", "[DONE]" },
	  "ef", USED(-1, -1, -1, -1, -1), "stop" },
	{ SHAPE_CHAT,
	  { PART("\"stop\""), "{\"choices\":[{\"index\":64,"
			      "\"finish_reason\":\"length\"}]}", "[DONE]" },
	  "e", USED(-1, -1, -1, -1, -1), "stop,length" },
	{ SHAPE_CHAT,
	  { "{\"choices\":[{\"index\":-9e99},{\"index\":999}]}", "[DONE]" },
	  "ef", USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_CHAT, { PART("\"\""), PART("\"length\""), "[DONE]" }, "e",
	  USED(-1, -1, -1, -1, -1), "length" },
	{ SHAPE_CHAT, { PART("null"), "[DONE]" }, "ef", USED(-1, -1, -1, -1, -1),
	  "" },
	{ SHAPE_CHAT, { "[DONE]" }, "ef", USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_CHAT, { PART("\"stop\"") }, "", USED(-1, -1, -1, -1, -1), "stop" },
	{ SHAPE_CHAT, { PART("\"stop\""), "[DONE]", " ", "" }, "e",
	  USED(-1, -1, -1, -1, -1), "stop" },
	{ SHAPE_CHAT, { PART("\"stop\""), "[DONE]", "[DONE]" }, "ea",
	  USED(-1, -1, -1, -1, -1), "stop" },
	{ SHAPE_CHAT, { "{\"error\":{\"message\":\"x\"}}" }, "f",
	  USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_CHAT, { "{\"error\":null,\"choices\":[]}" }, "",
	  USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_CHAT, { "{\"choices\":[" }, "f", USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_CHAT, { "7" }, "f", USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_MESSAGES,
	  { "{\"type\":\"message_start\",\"message\":{\"model\":\"m\","
	    "\"usage\":{\"input_tokens\":5,\"cache_read_input_tokens\":20,"
	    "\"output_tokens\":1}}}",
	    "{\"type\":\"ping\"}",
	    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
	    "\"end_turn\"},\"usage\":{\"output_tokens\":9}}",
	    "{\"type\":\"message_stop\"}" },
	  "e", USED(25, 9, 20, -1, -1), "end_turn" },
	{ SHAPE_MESSAGES,
	  { "{\"type\":\"message_start\",\"message\":{\"usage\":{"
	    "\"input_tokens\":5,\"cache_read_input_tokens\":20}}}",
	    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
	    "\"end_turn\"},\"usage\":{\"input_tokens\":6,"
	    "\"cache_creation_input_tokens\":100,\"output_tokens\":9}}",
	    "{\"type\":\"message_stop\"}", "{\"type\":\"ping\"}" },
	  "ea", USED(126, 9, 20, 100, -1), "end_turn" },
	{ SHAPE_MESSAGES,
	  { "{\"type\":\"message_start\",\"message\":{}}",
	    "{\"type\":\"message_stop\"}" },
	  "ef", USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_MESSAGES, { "{\"type\":\"error\",\"error\":{}}" }, "f",
	  USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_MESSAGES, { "[DONE]" }, "f", USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_RESPONSES,
	  { "{\"type\":\"response.created\",\"response\":{\"error\":null}}",
	    "{\"type\":\"response.completed\",\"response\":{\"status\":"
	    "\"completed\",\"output\":[],\"usage\":{\"input_tokens\":3,"
	    "\"output_tokens\":4}}}" },
	  "e", USED(3, 4, -1, -1, -1), "completed" },
	{ SHAPE_RESPONSES,
	  { "{\"type\":\"response.incomplete\",\"response\":{\"status\":"
	    "\"incomplete\",\"output\":[],\"incomplete_details\":{\"reason\":"
	    "\"content_filter\"}}}" },
	  "e", USED(-1, -1, -1, -1, -1), "content_filter" },
	{ SHAPE_RESPONSES, { "{\"type\":\"response.completed\"}" }, "ef",
	  USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_RESPONSES, { "{\"type\":\"response.failed\"}" }, "f",
	  USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_RESPONSES, { "{\"type\":\"error\",\"code\":\"x\"}" }, "f",
	  USED(-1, -1, -1, -1, -1), "" },
	{ SHAPE_OTHER, { "{\"x\":1}", "[DONE]" }, "e", USED(-1, -1, -1, -1, -1),
	  "" },
};

static void streams_are_watched(void **state)
{
	struct arena *own = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(watch_cases) / sizeof(watch_cases[0]);
	     i++) {
		struct reply_watch w;
		struct buf says;
		size_t chunks = 0;

		watch_init(&w, watch_cases[i].shape, own);
		for (size_t k = 0; k < 6 && watch_cases[i].data[k]; k++) {
			struct str data = str_c(watch_cases[i].data[k]);
			struct sse_event e = { STR(""), data, data };
			struct buf shown;

			watch_event(&w, &e);
			buf_init(&shown, a);
			reply_event(&shown, w.shape, &e, false, own);
			chunks += data.n && shown.n == 0;
			assert_int_equal(arena_used(own), 0);
		}
		buf_init(&says, a);
		buf_printf(&says, "%s%s%s%s", w.ended ? "e" : "",
			   w.failed ? "f" : "", w.after_end ? "a" : "",
			   chunks ? "u" : "");
		assert_string_equal(says.p, watch_cases[i].says);
		assert_usage(w.facts.usage, watch_cases[i].usage);
		assert_string_equal(w.facts.finish, watch_cases[i].finish);
	}
	arena_free(&own);
}

static void error_event_fails(void **state)
{
	struct arena *own = arena_new();
	struct sse_event e = { STR("error"), STR("{\"message\":\"x\"}"),
			       STR("") };
	struct reply_watch w;

	(void)state;
	watch_init(&w, SHAPE_CHAT, own);
	watch_event(&w, &e);
	assert_true(w.failed);
	arena_free(&own);
}

#define CHUNK1 "data: {\"choices\":[{\"index\":0}]"

static const struct {
	enum shape shape;
	bool usage;
	const char *in, *out;
} replays[] = {
	{ SHAPE_CHAT, false,
	  CHUNK1 ",\"usage\":null}\n\ndata: " USAGE_CHUNK
	  "\n\ndata: [DONE]\n\n",
	  CHUNK1 "}\n\ndata: [DONE]\n\n" },
	{ SHAPE_CHAT, true,
	  CHUNK1 ",\"usage\":null}\n\ndata: " USAGE_CHUNK
	  "\n\ndata: [DONE]\n\n",
	  CHUNK1 ",\"usage\":null}\n\ndata: " USAGE_CHUNK
	  "\n\ndata: [DONE]\n\n" },
	{ SHAPE_CHAT, false, "data:{\"usage\":null , \"choices\":[{}]}\r\n\r\n",
	  "data: {\"choices\":[{}]}\n\n" },
	{ SHAPE_CHAT, false,
	  "event: x\ndata: {\"usage\":null,\ndata: \"choices\":[{}]}\n\n",
	  "event: x\ndata: {\"choices\":[{}]}\n\n" },
	{ SHAPE_CHAT, false,
	  "data: {\"choices\":[{\"index\":0}],\"usage\":{\"a\":1}}\n\n",
	  "data: {\"choices\":[{\"index\":0}],\"usage\":{\"a\":1}}\n\n" },
	{ SHAPE_CHAT, false,
	  "data: {\"choices\":[{\"d\":\"\\\"usage\\\" \"}]}\n\n",
	  "data: {\"choices\":[{\"d\":\"\\\"usage\\\" \"}]}\n\n" },
	{ SHAPE_CHAT, false,
	  "data: {\"choices\":[{\"usage\":null}]}\n\n",
	  "data: {\"choices\":[{\"usage\":null}]}\n\n" },
	{ SHAPE_CHAT, false, "data: {\"usage\"\n\n", "data: {\"usage\"\n\n" },
	{ SHAPE_MESSAGES, false, "data: {\"usage\":null}\r\n\r\n",
	  "data: {\"usage\":null}\r\n\r\n" },
};

static void replay_minds_usage(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(replays) / sizeof(replays[0]); i++) {
		struct buf b;

		buf_init(&b, a);
		assert_int_equal(reply_replay(&b, replays[i].shape,
					      str_c(replays[i].in),
					      replays[i].usage), 0);
		assert_string_equal(b.p, replays[i].out);
	}
}

static void some_shapes_stream(void **state)
{
	static const bool want[] = {
		[SHAPE_CHAT] = true,	   [SHAPE_RESPONSES] = true,
		[SHAPE_COMPLETION] = true, [SHAPE_EMBEDDING] = false,
		[SHAPE_MESSAGES] = true,   [SHAPE_COUNT] = false,
		[SHAPE_MODELS] = false,	   [SHAPE_OTHER] = false,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want); i++)
		assert_int_equal(shape_streams((enum shape)i), want[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(facts_are_found, setup,
						teardown),
		cmocka_unit_test_setup_teardown(long_names_are_cut, setup,
						teardown),
		cmocka_unit_test_setup_teardown(streams_are_watched, setup,
						teardown),
		cmocka_unit_test_setup_teardown(error_event_fails, setup,
						teardown),
		cmocka_unit_test_setup_teardown(replay_minds_usage, setup,
						teardown),
		cmocka_unit_test(some_shapes_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
