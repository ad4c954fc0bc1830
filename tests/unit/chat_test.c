#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's macro of that name */

#include "base/buf.h"
#include "dialect/chat.h"

static struct arena *a;
static struct json doc;
static struct chat chat;
static struct fail refusal;

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

static int view(enum shape shape, const char *body)
{
	struct json_error err;

	assert_int_equal(json_parse(&doc, a, str_c(body), &err), 0);
	refusal = (struct fail){ .status = 0 };
	return chat_view(&chat, a, &doc, shape, &refusal);
}

static const struct {
	enum shape shape;
	const char *body, *param, *text;
} refusals[] = {
	{ SHAPE_CHAT, "[]", NULL, "the body must be a JSON object" },
	{ SHAPE_CHAT, "{\"messages\":[]}", "model",
	  "you must provide a model parameter" },
	{ SHAPE_CHAT, "{\"model\":7,\"messages\":[]}", "model",
	  "model must be a string that names a model" },
	{ SHAPE_CHAT, "{\"model\":\"\",\"messages\":[]}", "model",
	  "model must be a string that names a model" },
	{ SHAPE_MESSAGES, "{\"model\":null,\"messages\":[]}", "model",
	  "model must be a string that names a model" },
	{ SHAPE_CHAT, "{\"model\":\"m\"}", "messages",
	  "messages must be an array of message objects" },
	{ SHAPE_COUNT, "{\"model\":\"m\",\"messages\":\"Hi\"}", "messages",
	  "messages must be an array of message objects" },
	{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[{},\"Hi\"]}",
	  "messages",
	  "messages[1] must be an object with a role and content" },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":{}}", "input",
	  "input must be a string or an array of items" },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":[null]}", "input",
	  "input[0] must be an object with a role and content" },
	{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[],\"stream\":\"yes\"}",
	  "stream", "stream must be true or false" },
	{ SHAPE_CHAT,
	  "{\"model\":\"m\",\"messages\":[],\"stream_options\":true}",
	  "stream_options", "stream_options must be an object or null" },
	{ SHAPE_EMBEDDING, "{\"input\":\"x\"}", "model",
	  "you must provide a model parameter" },
};

static void wrong_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		chat.nturn = 77;
		assert_int_equal(view(refusals[i].shape, refusals[i].body),
				 -1);
		assert_int_equal(refusal.status, 400);
		assert_string_equal(refusal.text, refusals[i].text);
		assert_int_equal(chat.nturn, 77);
		if (refusals[i].param)
			assert_string_equal(refusal.param, refusals[i].param);
		else
			assert_null(refusal.param);
	}
}

static const struct {
	enum shape shape;
	const char *body;
} accepted[] = {
	{ SHAPE_OTHER, "{}" },
	{ SHAPE_MODELS, "{}" },
	{ SHAPE_RESPONSES, "{\"model\":\"m\"}" },
	{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[{\"content\":7,\"role\":"
		      "[]},{}],\"stream\":null,\"stream_options\":null,"
		      "\"temperature\":\"hot\",\"cache\":3}" },
	{ SHAPE_EMBEDDING, "{\"model\":\"m\",\"input\":[[1,2]]}" },
};

static void odd_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		assert_int_equal(view(accepted[i].shape, accepted[i].body), 0);
}

/* Turns as letters: s u a t for the roles, + calls, - results. */
static const struct {
	enum shape shape;
	const char *body, *turns, *last_user;
} conversations[] = {
	{ SHAPE_CHAT, "[]", "", "" },
	{ SHAPE_CHAT,
	  "[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"developer\"},"
	  "{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"assistant\","
	  "\"content\":\"x\",\"tool_calls\":[]},{\"role\":\"us\\u0065r\","
	  "\"content\":[{\"type\":\"text\",\"text\":\"a\\n\"},{\"type\":"
	  "\"image_url\",\"image_url\":{}},7,{\"type\":\"text\",\"text\":"
	  "\"b\"}]},{\"role\":\"assistant\",\"content\":null,\"tool_calls\":"
	  "[{\"id\":\"1\"}]},{\"role\":\"tool\"},{\"role\":\"assistant\","
	  "\"function_call\":{}},{\"role\":\"function\"},{\"role\":\"critic\"}"
	  "]", "ssuaua+t-a+t-a", "a\nb" },
	{ SHAPE_MESSAGES,
	  "[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\","
	  "\"content\":[{\"type\":\"text\",\"text\":\"x\"},{\"type\":"
	  "\"tool_use\"}]},{\"role\":\"user\",\"content\":[{\"type\":\"text\","
	  "\"text\":\"see\"},{\"type\":\"tool_result\",\"content\":\"r\"}]},"
	  "{\"role\":\"assistant\",\"content\":[{\"type\":"
	  "\"server_tool_use\"},{\"type\":\"web_search_tool_result\"}]}]",
	  "ua+t-a", "q" },
	{ SHAPE_RESPONSES,
	  "[{\"role\":\"user\",\"content\":\"q\"},{\"type\":\"reasoning\"},"
	  "{\"type\":\"function_call\",\"call_id\":\"1\"},{\"type\":"
	  "\"custom_tool_call\",\"call_id\":\"2\"},{\"type\":"
	  "\"function_call_output\",\"call_id\":\"1\"},{\"type\":"
	  "\"custom_tool_call_output\",\"call_id\":\"2\"},{\"type\":"
	  "\"reasoning\"},{\"type\":\"message\",\"role\":\"assistant\","
	  "\"content\":[{\"type\":\"output_text\",\"text\":\"x\"}]},{\"type\":"
	  "\"web_search_call\",\"id\":\"3\"},{\"type\":\"item_reference\"},"
	  "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":"
	  "\"input_text\",\"text\":\"next\"}]},{\"type\":"
	  "\"mcp_approval_request\"},{\"type\":\"mcp_approval_response\","
	  "\"approval_request_id\":\"4\"}]",
	  "ua+a+a+t-t-aaaaua+t-", "next" },
	{ SHAPE_RESPONSES,
	  "[{\"type\":\"function_call\",\"call_id\":\"1\"},{\"type\":"
	  "\"function_call\\u005foutput\",\"call_id\":\"1\"},{\"type\":"
	  "\"mess\\u0061ge\",\"role\":\"user\",\"content\":\"q\"}]",
	  "a+t-u", "q" },
};

static void turns_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(conversations) /
				       sizeof(conversations[0]); i++) {
		struct buf body, turns;

		buf_init(&body, a);
		buf_init(&turns, a);
		buf_printf(&body, "{\"model\":\"m\",\"%s\":%s}",
			   conversations[i].shape == SHAPE_RESPONSES ?
				   "input" :
				   "messages",
			   conversations[i].body);
		assert_int_equal(view(conversations[i].shape, body.p), 0);
		assert_int_equal(chat.nturn, json_count(&doc, chat.turns));
		for (size_t k = 0; k < chat.nturn; k++)
			buf_printf(&turns, "%c%s%s",
				   "suat"[chat.turn[k].role],
				   chat.turn[k].calls ? "+" : "",
				   chat.turn[k].results ? "-" : "");
		assert_string_equal(buf_view(&turns).p,
				    conversations[i].turns);
		assert_true(str_is(chat.last_user,
				   conversations[i].last_user));
	}
}

static void members_are_read(void **state)
{
	(void)state;
	assert_int_equal(
		view(SHAPE_CHAT,
		     "{\"model\":\"gpt\\u002d4\",\"messages\":[],\"stream\":"
		     "true,\"stream_options\":{\"include_usage\":true},"
		     "\"cache\":{\"ttl\":1},\"temperature\":0.5}"), 0);
	assert_true(str_is(chat.model_name, "gpt-4"));
	assert_true(json_is(&doc, chat.model, JSON_STRING));
	assert_true(chat.stream && chat.include_usage && chat.sampled);
	assert_true(json_is(&doc, chat.stream_options, JSON_OBJECT));
	assert_true(json_is(&doc, chat.cache, JSON_OBJECT));
	assert_false(chat.greedy || chat.stateful);
	assert_int_equal(view(SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[],"
					  "\"stream\":false,"
					  "\"temperature\":0e5}"), 0);
	assert_true(chat.greedy);
	assert_false(chat.stream || chat.include_usage || chat.sampled);
	assert_int_equal(chat.stream_options, 0);
	assert_int_equal(chat.cache, 0);
	assert_int_equal(view(SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[],"
					  "\"temperature\":null}"), 0);
	assert_false(chat.greedy || chat.sampled);
}

static const struct {
	const char *member;
	bool stateful;
} states[] = {
	{ "\"conversation\":null", false },
	{ "\"conversation\":\"c\"", true },
	{ "\"conversation\":{\"id\":\"c\"}", true },
	{ "\"background\":false", false },
	{ "\"background\":true", true },
	{ "\"previous_response_id\":\"r\"", false },
};

static void state_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		assert_int_equal(
			view(SHAPE_RESPONSES,
			     arena_printf(a, "{\"model\":\"m\",%s}",
					  states[i].member)),
			0);
		assert_int_equal(chat.stateful, states[i].stateful);
	}
}

static const struct {
	enum shape shape;
	const char *members, *prompt, *last_user;
	bool system;
} texts[] = {
	{ SHAPE_COMPLETION, "\"prompt\":\"a\\tb\"", "a\tb", "", false },
	{ SHAPE_COMPLETION, "\"prompt\":[\"a\"]", "a", "", false },
	{ SHAPE_COMPLETION, "\"prompt\":[\"a\",\"b\"]", "", "", false },
	{ SHAPE_COMPLETION, "\"n\":1", "", "", false },
	{ SHAPE_EMBEDDING, "\"input\":\"x\"", "x", "", false },
	{ SHAPE_EMBEDDING, "\"input\":[7]", "", "", false },
	{ SHAPE_RESPONSES, "\"input\":\"hi\",\"instructions\":\"1234\"", "hi",
	  "hi", true },
	{ SHAPE_MESSAGES, "\"messages\":[],\"system\":\"123\"", "", "", true },
	{ SHAPE_MESSAGES,
	  "\"messages\":[],\"system\":[{\"type\":\"text\",\"text\":\"12\"},"
	  "{\"type\":\"text\",\"text\":\"3\"}]", "", "", true },
};

static void texts_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(
			view(texts[i].shape,
			     arena_printf(a, "{\"model\":\"m\",%s}",
					  texts[i].members)),
			0);
		assert_true(str_is(chat.prompt, texts[i].prompt));
		assert_true(str_is(chat.last_user, texts[i].last_user));
		assert_int_equal(chat.system != 0, texts[i].system);
	}
}

static void paths_are_named(void **state)
{
	(void)state;
	assert_string_equal(shape_path(SHAPE_CHAT), "chat/completions");
	assert_string_equal(shape_path(SHAPE_COUNT), "messages/count_tokens");
	assert_int_equal(shape_dialect(SHAPE_MESSAGES), DIALECT_ANTHROPIC);
	assert_int_equal(shape_dialect(SHAPE_COUNT), DIALECT_ANTHROPIC);
	assert_int_equal(shape_dialect(SHAPE_MODELS), DIALECT_OPENAI);
	assert_int_equal(shape_dialect(SHAPE_OTHER), DIALECT_OPENAI);
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(wrong_bodies),     WITH_ARENA(odd_bodies),
		WITH_ARENA(members_are_read), WITH_ARENA(state_is_noticed),
		WITH_ARENA(texts_are_found),  WITH_ARENA(turns_are_told_apart),
		cmocka_unit_test(paths_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
