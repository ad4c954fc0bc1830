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

#define D(json) "data: " json "\n\n"
#define DONE "data: [DONE]\n\n"
#define CHUNK(choices) \
	D("{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":7," \
	  "\"model\":\"m\",\"choices\":[" choices "]}")
#define CHAT(choices, more) \
	"{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":7," \
	"\"model\":\"m\",\"choices\":[" choices "]" more "}"
#define STOP0 CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}")
#define DELTA0(delta) CHUNK("{\"index\":0,\"delta\":{" delta "}}")
#define CHOICE0(message, reason) \
	"{\"index\":0,\"message\":{" message "},\"finish_reason\":\"" reason \
	"\"}"

#define START \
	"event: message_start\n" \
	D("{\"type\":\"message_start\",\"message\":{\"id\":\"m1\",\"type\":" \
	  "\"message\",\"role\":\"assistant\",\"model\":\"cl\",\"content\":" \
	  "[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{" \
	  "\"input_tokens\":9,\"cache_read_input_tokens\":4," \
	  "\"service_tier\":\"standard\",\"output_tokens\":1}}}")
#define BLOCK(n, block) \
	D("{\"type\":\"content_block_start\",\"index\":" n \
	  ",\"content_block\":" block "}")
#define BLOCK_DELTA(n, delta) \
	D("{\"type\":\"content_block_delta\",\"index\":" n ",\"delta\":{" \
	  delta "}}")
#define STOP_REASON(reason, output) \
	D("{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"" reason \
	  "\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":" output \
	  "}}")
#define MESSAGE_STOP D("{\"type\":\"message_stop\"}")
#define MESSAGE(content, reason, output) \
	"{\"id\":\"m1\",\"type\":\"message\",\"role\":\"assistant\"," \
	"\"model\":\"cl\",\"content\":[" content "],\"stop_reason\":\"" reason \
	"\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":9," \
	"\"cache_read_input_tokens\":4,\"service_tier\":\"standard\"," \
	"\"output_tokens\":" output "}}"

static const struct {
	const char *what;
	enum shape shape;
	const char *sse, *json; /* json NULL: makes no reply */
} streams[] = {
	{ "text, and surrogate halves that meet", SHAPE_CHAT,
	  DELTA0("\"role\":\"assistant\",\"content\":\"\"")
	  DELTA0("\"content\":\"a\\ud83d\"") DELTA0("\"content\":\"\\ude00\"")
	  STOP0 DONE,
	  CHAT(CHOICE0("\"role\":\"assistant\",\"content\":"
		       "\"a\\ud83d\\ude00\"", "stop"), "") },
	{ "numbers as they stand, last usage wins, unknown members",
	  SHAPE_CHAT,
	  D("{\"x\":1e400,\"choices\":[],\"usage\":null,\"y\":[1]}")
	  D("{\"x\":9007199254740993,\"choices\":[{\"index\":0,\"delta\":{"
	    "\"content\":\"q\"},\"finish_reason\":\"length\",\"z\":"
	    "{\"k\":0.10}}],\"usage\":{\"prompt_tokens\":1},"
	    "\"obfuscation\":\"aaaa\"}")
	  D("{\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"b\":\"s\"}}")
	  DONE,
	  "{\"x\":9007199254740993,\"choices\":[{\"index\":0,\"message\":"
	  "{\"content\":\"q\",\"role\":\"assistant\"},\"finish_reason\":"
	  "\"length\",\"z\":{\"k\":0.10}}],\"usage\":{\"prompt_tokens\":2,"
	  "\"b\":\"s\"},\"y\":[1],\"object\":\"chat.completion\"}" },
	{ "parallel tool calls, names repeated", SHAPE_CHAT,
	  DELTA0("\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{"
		 "\"index\":0,\"id\":\"t0\",\"type\":\"function\","
		 "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]")
	  DELTA0("\"tool_calls\":[{\"index\":1,\"id\":\"t1\",\"type\":"
		 "\"function\",\"function\":{\"name\":\"g\",\"arguments\":"
		 "\"{\"}},{\"index\":0,\"id\":\"t0\",\"type\":\"function\","
		 "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\"}}]")
	  DELTA0("\"tool_calls\":[{\"index\":0,\"id\":\"\",\"function\":{"
		 "\"arguments\":\"\\\":1}\"}},{\"index\":1,\"function\":{"
		 "\"name\":\"_more\",\"arguments\":\"}\"}}]")
	  CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}")
	  DONE,
	  CHAT(CHOICE0("\"role\":\"assistant\",\"content\":null,"
		       "\"tool_calls\":[{\"id\":\"t0\",\"type\":\"function\","
		       "\"function\":{\"name\":\"f\",\"arguments\":"
		       "\"{\\\"a\\\":1}\"}},{\"id\":\"t1\",\"type\":"
		       "\"function\",\"function\":{\"name\":\"g_more\","
		       "\"arguments\":\"{}\"}}]", "tool_calls"), "") },
	{ "choices out of order, reasoning, refusal, logprobs", SHAPE_CHAT,
	  CHUNK("{\"index\":1,\"delta\":{\"refusal\":\"I \"},\"logprobs\":"
		"null}")
	  CHUNK("{\"index\":0,\"delta\":{\"reasoning_content\":\"h\","
		"\"content\":\"x\"},\"logprobs\":{\"content\":[{\"token\":"
		"\"x\",\"logprob\":-0.10}],\"refusal\":null}}")
	  CHUNK("{\"index\":0,\"delta\":{\"reasoning_content\":\"m\","
		"\"content\":\"y\"},\"logprobs\":{\"content\":[{\"token\":"
		"\"y\",\"logprob\":-1e-3}]}},{\"index\":1,\"delta\":{"
		"\"refusal\":\"won't\"}}")
	  CHUNK("{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}") STOP0
	  DONE,
	  CHAT("{\"index\":0,\"message\":{\"reasoning_content\":\"hm\","
	       "\"content\":\"xy\",\"role\":\"assistant\"},\"logprobs\":{"
	       "\"content\":[{\"token\":\"x\",\"logprob\":-0.10},{\"token\":"
	       "\"y\",\"logprob\":-1e-3}],\"refusal\":null},"
	       "\"finish_reason\":\"stop\"},{\"index\":1,\"message\":{"
	       "\"refusal\":\"I won't\",\"role\":\"assistant\",\"content\":"
	       "null},\"logprobs\":null,\"finish_reason\":\"stop\"}", "") },
	{ "reasoning details of two types under one index", SHAPE_CHAT,
	  DELTA0("\"role\":\"assistant\",\"content\":\"\","
		 "\"reasoning_details\":[{\"type\":\"s\",\"text\":\"a\","
		 "\"format\":\"v1\",\"index\":0},{\"type\":\"e\",\"data\":"
		 "\"d\",\"index\":0}]")
	  DELTA0("\"reasoning_details\":[{\"type\":\"e\",\"data\":\"D\","
		 "\"index\":0},{\"type\":\"s\",\"text\":\"b\",\"format\":"
		 "\"v1\",\"index\":0}]") STOP0 DONE,
	  CHAT(CHOICE0("\"role\":\"assistant\",\"content\":\"\","
		       "\"reasoning_details\":[{\"type\":\"s\",\"text\":"
		       "\"ab\",\"format\":\"v1\",\"index\":0},{\"type\":\"e\","
		       "\"data\":\"dD\",\"index\":0}]", "stop"), "") },
	{ "names by their decoded bytes", SHAPE_CHAT,
	  DELTA0("\"role\":\"assistant\",\"content\":\"\",\"a\\u0062\":\"1\"")
	  DELTA0("\"ab\":\"2\"") STOP0 DONE,
	  CHAT(CHOICE0("\"role\":\"assistant\",\"content\":\"\","
		       "\"a\\u0062\":\"12\"", "stop"), "") },
	{ "no terminator", SHAPE_CHAT, DELTA0("\"content\":\"a\"") STOP0,
	  NULL },
	{ "no reason", SHAPE_CHAT, DELTA0("\"content\":\"a\"") DONE, NULL },
	{ "no choices", SHAPE_CHAT, CHUNK("") DONE, NULL },
	{ "an error in the middle", SHAPE_CHAT,
	  DELTA0("\"content\":\"a\"") D("{\"error\":{\"message\":\"x\"}}")
	  STOP0 DONE, NULL },
	{ "something behind the end", SHAPE_CHAT, STOP0 DONE STOP0, NULL },
	{ "no JSON", SHAPE_CHAT, STOP0 D("{\"a\"") DONE, NULL },
	{ "legacy completion", SHAPE_COMPLETION,
	  D("{\"object\":\"text_completion\",\"choices\":[{\"text\":\"a\","
	    "\"index\":0,\"logprobs\":{\"tokens\":[\"a\"],\"text_offset\":[1]"
	    "},\"finish_reason\":null}]}")
	  D("{\"object\":\"text_completion\",\"choices\":[{\"text\":\"b\","
	    "\"index\":0,\"logprobs\":{\"tokens\":[\"b\"],\"text_offset\":[2]"
	    "},\"finish_reason\":\"stop\"}]}") DONE,
	  "{\"object\":\"text_completion\",\"choices\":[{\"text\":\"ab\","
	  "\"index\":0,\"logprobs\":{"
	  "\"tokens\":[\"a\",\"b\"],\"text_offset\":[1,2]},"
	  "\"finish_reason\":\"stop\"}]}" },
	{ "message with text, thinking, citations", SHAPE_MESSAGES,
	  START BLOCK("0", "{\"type\":\"thinking\",\"thinking\":\"\","
			   "\"signature\":\"\"}")
	  BLOCK_DELTA("0", "\"type\":\"thinking_delta\",\"thinking\":\"h\"")
	  D("{\"type\": \"ping\"}")
	  BLOCK_DELTA("0", "\"type\":\"thinking_delta\",\"thinking\":\"m\"")
	  BLOCK_DELTA("0", "\"type\":\"signature_delta\",\"signature\":\"S\"")
	  BLOCK("1", "{\"type\":\"text\",\"text\":\"\",\"citations\":[]}")
	  BLOCK_DELTA("1", "\"type\":\"citations_delta\",\"citation\":{"
			   "\"index\":0,\"u\":\"1\"}")
	  BLOCK_DELTA("1", "\"type\":\"text_delta\",\"text\":\"a\"")
	  BLOCK_DELTA("1", "\"type\":\"citations_delta\",\"citation\":{"
			   "\"index\":0,\"u\":\"2\"}")
	  BLOCK_DELTA("1", "\"type\":\"text_delta\",\"text\":\"b\\u00e9\"")
	  D("{\"type\":\"content_block_stop\",\"index\":1}")
	  STOP_REASON("end_turn", "17") MESSAGE_STOP,
	  MESSAGE("{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":"
		  "\"S\"},{\"type\":\"text\",\"text\":\"ab\\u00e9\","
		  "\"citations\":[{\"index\":0,\"u\":\"1\"},{\"index\":0,"
		  "\"u\":\"2\"}]}", "end_turn", "17") },
	{ "message with tools", SHAPE_MESSAGES,
	  START BLOCK("0", "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":"
			   "\"f\",\"input\":{}}")
	  BLOCK_DELTA("0", "\"type\":\"input_json_delta\",\"partial_json\":"
			   "\"\"")
	  BLOCK_DELTA("0", "\"type\":\"input_json_delta\",\"partial_json\":"
			   "\"{\\\"a\\\": \\\"\\\\ud83d\"")
	  BLOCK_DELTA("0", "\"type\":\"input_json_delta\",\"partial_json\":"
			   "\"\\\\ude00\\\", \\\"n\\\":1.50}\"")
	  BLOCK("1", "{\"type\":\"tool_use\",\"id\":\"u\",\"name\":\"g\","
		     "\"input\":{}}")
	  BLOCK_DELTA("1", "\"type\":\"input_json_delta\",\"partial_json\":"
			   "\"\"")
	  BLOCK("2", "{\"type\":\"web_search_tool_result\",\"content\":[{"
		     "\"index\":0,\"a\":1},{\"index\":0,\"a\":2}]}")
	  STOP_REASON("tool_use", "5") MESSAGE_STOP,
	  MESSAGE("{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\","
		  "\"input\":{\"a\": \"\\ud83d\\ude00\", \"n\":1.50}},"
		  "{\"type\":\"tool_use\",\"id\":\"u\",\"name\":\"g\","
		  "\"input\":{}},{\"type\":\"web_search_tool_result\","
		  "\"content\":[{\"index\":0,\"a\":1},{\"index\":0,\"a\":2}]}",
		  "tool_use", "5") },
	{ "tool input cut short", SHAPE_MESSAGES,
	  START BLOCK("0", "{\"type\":\"tool_use\",\"input\":{}}")
	  BLOCK_DELTA("0", "\"type\":\"input_json_delta\",\"partial_json\":"
			   "\"{\\\"a\\\"\"")
	  STOP_REASON("tool_use", "5") MESSAGE_STOP, NULL },
	{ "delta for no block", SHAPE_MESSAGES,
	  START BLOCK_DELTA("0", "\"type\":\"text_delta\",\"text\":\"a\"")
	  STOP_REASON("end_turn", "5") MESSAGE_STOP, NULL },
	{ "message without stop", SHAPE_MESSAGES,
	  START STOP_REASON("end_turn", "5"), NULL },
	{ "message without start", SHAPE_MESSAGES,
	  STOP_REASON("end_turn", "5") MESSAGE_STOP, NULL },
	{ "response", SHAPE_RESPONSES,
	  D("{\"type\":\"response.created\",\"response\":{\"id\":\"r\","
	    "\"status\":\"in_progress\",\"output\":[]}}")
	  D("{\"type\":\"response.output_text.delta\",\"delta\":\"x\"}")
	  D("{\"type\":\"response.completed\",\"response\":{\"id\":\"r\","
	    "\"status\":\"completed\",\"error\":null,\"output\":[{\"n\":1.0}]"
	    "}}"),
	  "{\"id\":\"r\",\"status\":\"completed\",\"error\":null,\"output\":"
	  "[{\"n\":1.0}]}" },
	{ "response that failed", SHAPE_RESPONSES,
	  D("{\"type\":\"response.failed\",\"response\":{\"id\":\"r\","
	    "\"status\":\"failed\",\"output\":[]}}"), NULL },
	{ "shape without streams", SHAPE_EMBEDDING, STOP0 DONE, NULL },
};

static void streams_become_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
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

/* Replies with everything in them; each must survive JSON -> SSE -> JSON. */
static const struct {
	enum shape shape;
	const char *json;
} whole[] = {
	{ SHAPE_CHAT,
	  "{\n \"id\": \"c\", \"object\": \"chat.completion\", \"created\": 7"
	  ",\r\n \"model\": \"m\", \"choices\": [ {\"index\": 0, \"message\": "
	  "{\"role\": \"assistant\", \"content\": null, \"refusal\": null, "
	  "\"reasoning\": \"hm\\n\", \"annotations\": [{\"type\": \"u\"}], "
	  "\"audio\": {\"id\": \"x\", \"data\": \"QQ==\"}, \"tool_calls\": "
	  "[{\"id\": \"t0\", \"type\": \"function\", \"function\": {\"name\": "
	  "\"f\", \"arguments\": \"{\\\"a\\\":1}\"}},\n{\"id\": \"t1\", "
	  "\"type\": \"custom\", \"custom\": {\"name\": \"g\", \"input\": "
	  "\"\"}}]}, \"logprobs\": {\"content\": [{\"token\": \"\\ud83d\", "
	  "\"logprob\": -0.30000000000000004, \"top_logprobs\": []}], "
	  "\"refusal\": []}, \"finish_reason\": \"tool_calls\", "
	  "\"native_finish_reason\": \"TOOL\"}, {\"index\": 1, \"message\": "
	  "{\"role\": \"assistant\", \"content\": \"two\", \"tool_calls\":[]}"
	  ", \"logprobs\": null, \"finish_reason\": \"length\", "
	  "\"content_filter_results\": {\"hate\": {\"filtered\": false}}} ], "
	  "\"usage\": {\"prompt_tokens\": 9007199254740993, "
	  "\"completion_tokens\": 2}, \"service_tier\": \"default\", "
	  "\"system_fingerprint\": null, \"citations\": [\"a\", \"b\"]}" },
	{ SHAPE_COMPLETION,
	  "{\"id\":\"c\",\"object\":\"text_completion\",\"choices\":[{"
	  "\"text\":\"a\\n\",\"index\":0,\"logprobs\":{\"tokens\":[\"a\","
	  "\"\\n\"],\"token_logprobs\":[null,-1.0]},\"finish_reason\":\"stop\""
	  "},{\"text\":\"b\",\"index\":1,\"logprobs\":null,\"finish_reason\":"
	  "\"length\",\"stop_reason\":128}],\"usage\":{\"prompt_tokens\":1}}" },
	{ SHAPE_MESSAGES,
	  "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\","
	  "\"content\":[{\"type\":\"thinking\",\"thinking\":\"h\\nm\","
	  "\"signature\":\"Sig==\"},{\"type\":\"redacted_thinking\",\"data\":"
	  "\"zz\"},{\"type\":\"text\",\"text\":\"a\\\"b\",\"citations\":null},"
	  "{\"type\":\"text\",\"text\":\"c\",\"citations\":[{\"type\":\"char\","
	  "\"n\":1.0},{\"type\":\"char\",\"n\":2}]},{\"type\":\"tool_use\","
	  "\"id\":\"t\",\"name\":\"f\",\"input\":{\"a\":[1, 2],\n\"b\":"
	  "\"\\u00e9\\\\\",\"n\":1e2}},{\"type\":\"server_tool_use\",\"id\":"
	  "\"s\",\"name\":\"web_search\",\"input\":{}},{\"type\":"
	  "\"web_search_tool_result\",\"content\":[{\"index\":0},{\"index\":0}"
	  "]}],\"model\":\"cl\",\"stop_reason\":\"stop_sequence\","
	  "\"stop_sequence\":\"X\",\"container\":{\"id\":\"k\"},\"usage\":{"
	  "\"input_tokens\":3,\"output_tokens\":4,\"cache_creation\":{\"e\":1}"
	  ",\"service_tier\":\"standard\"}}" },
	{ SHAPE_MESSAGES,
	  "{\"content\":[],\"stop_reason\":\"end_turn\",\"usage\":"
	  "{\"output_tokens\":4},\"stop_sequence\":null}" },
	{ SHAPE_RESPONSES,
	  "{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\","
	  "\"model\":\"m\",\"incomplete_details\":null,\"error\":null,"
	  "\"output\":[{\"type\":\"reasoning\",\"id\":\"rs\",\"summary\":[{"
	  "\"type\":\"summary_text\",\"text\":\"hm\"}],\"content\":[{\"type\":"
	  "\"reasoning_text\",\"text\":\"deep\"}],\"encrypted_content\":\"z\"}"
	  ",{\"type\":\"message\",\"id\":\"ms\",\"status\":\"completed\","
	  "\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
	  "\"text\":\"Hi\\n\",\"annotations\":[{\"type\":\"url\"}],"
	  "\"logprobs\":[{\"token\":\"Hi\"}]},{\"type\":\"refusal\","
	  "\"refusal\":\"no\"},{\"type\":\"new_part\",\"x\":1}]},{\"type\":"
	  "\"function_call\",\"id\":\"fc\",\"call_id\":\"k\",\"name\":\"f\","
	  "\"arguments\":\"{}\",\"status\":\"completed\"},{\"type\":"
	  "\"web_search_call\",\"id\":\"ws\",\"status\":\"completed\"}],"
	  "\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}" },
	{ SHAPE_RESPONSES,
	  "{\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":"
	  "\"max_output_tokens\"},\"output\":[]}" },
};

/* As a stream it must be well-formed, whole and say the same. */
static void check_watch(enum shape shape, struct str sse,
			const struct reply_facts *want);

static void json_survives_streaming(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
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
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
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

	if (watch_event(&c->w, e) == WATCH_USAGE)
		c->usage_chunks++;
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

static const char *const no_replies[] = {
	"", "[]", "{}", "{\"error\":{}}", "{\"choices\":[]}",
	"{\"choices\":[1]}", "{\"choices\":[{\"index\":0}]}",
	"{\"choices\":[{\"message\":\"x\"}]}",
};

static void expand_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(no_replies) / sizeof(no_replies[0]);
	     i++) {
		struct buf b;

		buf_init(&b, a);
		buf_puts(&b, "x");
		assert_int_equal(reply_expand(&b, SHAPE_CHAT,
					      str_c(no_replies[i]), true), -1);
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
		for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]);
		     i++)
			check_mangled(streams[i].shape, streams[i].sse, true,
				      seed);
		for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
			check_mangled(whole[i].shape, whole[i].json, false,
				      seed);
		arena_reset(a);
	}
}

/* Memory used for n small deltas; time is bounded by it. */
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
	assert_true(seconds() - start < 20);
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
		cmocka_unit_test_setup_teardown(expand_refuses, setup,
						teardown),
		cmocka_unit_test_setup_teardown(poor_reply_is_completed,
						setup, teardown),
		cmocka_unit_test_setup_teardown(mangled_input, setup,
						teardown),
		cmocka_unit_test_setup_teardown(many_deltas, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
