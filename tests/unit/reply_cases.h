/*
 * Replies for tests: streams with the JSON they become, and JSON with
 * everything in it.
 */
#ifndef TESTS_REPLY_CASES_H
#define TESTS_REPLY_CASES_H

#include "base/count.h"
#include "dialect/shape.h"

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
	{ "arrays where objects belong", SHAPE_MESSAGES,
	  START STOP_REASON("end_turn", "5")
	  D("{\"type\":\"message_delta\",\"delta\":[\"a\"]}") MESSAGE_STOP,
	  MESSAGE("", "end_turn", "5") },
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

#endif
