#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* cmocka's macro of that name */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/count.h"
#include "thrift/prompt.h"
#include "thrift/prompt_image.h"

#define wrong(...) \
	(print_error(__VA_ARGS__), print_error("\n"), \
	 _fail(__FILE__, __LINE__))

static struct arena *a;
static struct token_table *table[TOKEN_SETS];
static struct chat chat;
static struct json doc;

static int open_all(void **state)
{
	static const char *const files[] = { "o200k", "cl100k" };
	const char *dir = getenv("srcdir");
	char path[600], err[700];

	(void)state;
	for (int i = 0; i < TOKEN_SETS; i++) {
		snprintf(path, sizeof(path), "%s/data/%s_base.tok",
			 dir ? dir : ".", files[i]);
		table[i] = token_open(path, err, sizeof(err));
		if (!table[i]) {
			print_error("%s\n", err);
			return -1;
		}
	}
	a = arena_new();
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	for (int i = 0; i < TOKEN_SETS; i++)
		token_close(&table[i]);
	arena_free(&a);
	return 0;
}

static void view(enum shape shape, const char *body)
{
	struct json_error err;
	struct fail f = { .status = 0 };

	if (json_parse(&doc, a, str_c(body), &err) < 0)
		wrong("%s at %zu: %s", err.what, err.at, body);
	assert_int_equal(chat_view(&chat, a, &doc, shape, &f), 0);
}

static struct prompt count(const char *model, bool exact,
			   const struct family_board *learned)
{
	struct prompt_ask ask = { .chat = &chat, .model = str_c(model),
				  .learned = learned };
	struct prompt p;
	size_t sum;

	if (exact)
		ask.table = table[token_set_of(ask.model)];
	prompt_count(&p, a, &ask);
	sum = p.fixed;
	for (size_t i = 0; i < chat.nturn; i++)
		sum += p.turn[i];
	assert_int_equal(sum, p.total);
	assert_true(p.beside <= p.total);
	return p;
}

/* -- what OpenAI's cookbook counted with its API --------------------------- */

#define JARGON                                                               \
	"\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful, " \
	"pattern-following assistant that translates corporate jargon into "  \
	"plain English.\"},{\"role\":\"system\",\"name\":\"example_user\","   \
	"\"content\":\"New synergies will help drive top-line growth.\"},"    \
	"{\"role\":\"system\",\"name\":\"example_assistant\",\"content\":"    \
	"\"Things working well together will increase revenue.\"},{\"role\":" \
	"\"system\",\"name\":\"example_user\",\"content\":\"Let's circle "    \
	"back when we have more bandwidth to touch base on opportunities "    \
	"for increased leverage.\"},{\"role\":\"system\",\"name\":"           \
	"\"example_assistant\",\"content\":\"Let's talk later when we're "    \
	"less busy about how to do better.\"},{\"role\":\"user\","            \
	"\"content\":\"This late pivot means we don't have time to boil the " \
	"ocean for the client deliverable.\"}]"

#define WEATHER                                                               \
	"\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful " \
	"assistant that can answer to questions about the weather.\"},"       \
	"{\"role\":\"user\",\"content\":\"What's the weather like in San "    \
	"Francisco?\"}],\"tools\":[{\"type\":\"function\",\"function\":{"     \
	"\"name\":\"get_current_weather\",\"description\":\"Get the current " \
	"weather in a given location\",\"parameters\":{\"type\":\"object\","  \
	"\"properties\":{\"location\":{\"type\":\"string\",\"description\":"  \
	"\"The city and state, e.g. San Francisco, CA\"},\"unit\":{\"type\":" \
	"\"string\",\"description\":\"The unit of temperature to return\","   \
	"\"enum\":[\"celsius\",\"fahrenheit\"]}},\"required\":[\"location\"]" \
	"}}}]"

static void test_cookbook(void **state)
{
	static const struct {
		const char *body;
		size_t o200k, cl100k;
		bool exact;
	} bodies[] = {
		{ "{\"model\":\"m\"," JARGON "}", 124, 129, true },
		{ "{\"model\":\"m\"," WEATHER "}", 101, 105, false },
	};
	struct prompt p;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		view(SHAPE_CHAT, bodies[i].body);
		p = count("gpt-4o", true, NULL);
		assert_int_equal(p.total, bodies[i].o200k);
		assert_int_equal(p.exact, bodies[i].exact);
		p = count("gpt-4-0613", true, NULL);
		assert_int_equal(p.total, bodies[i].cl100k);
	}
}

/* -- what counts, and what does not ---------------------------------------- */

#define USER(content) "{\"role\":\"user\",\"content\":" content "}"
#define CHAT(messages) "{\"model\":\"m\",\"messages\":[" messages "]}"
#define ITEMS(items) "{\"model\":\"m\",\"input\":[" items "]}"

/* By gpt-4o's table. "hello" is one token, so is "user". */
static const struct {
	enum shape shape;
	const char *body;
	size_t total, fixed;
	bool exact;
} counted[] = {
	{ SHAPE_CHAT, CHAT(""), 3, 3, true },
	{ SHAPE_CHAT, CHAT(USER("\"hello\"")), 8, 3, true },
	{ SHAPE_CHAT, CHAT(USER("\"hel\\u006co\"")), 8, 3, true },
	{ SHAPE_CHAT, CHAT(USER("\"\\ud800\"")), 8, 3, true },
	{ SHAPE_CHAT, CHAT(USER("null")), 7, 3, true },
	{ SHAPE_CHAT, CHAT("{}"), 6, 3, true },
	{ SHAPE_CHAT, CHAT(USER("[{\"type\":\"text\",\"text\":\"hello\"}]")),
	  8, 3, true },
	{ SHAPE_CHAT, CHAT("{\"role\":\"user\",\"name\":\"hello\","
			   "\"content\":\"hello\"}"), 10, 3, true },
	{ SHAPE_CHAT, CHAT("{\"role\":\"assistant\",\"content\":null,"
			   "\"tool_calls\":[{\"id\":\"call_abcdefgh\","
			   "\"type\":\"function\",\"function\":{\"name\":"
			   "\"hello\",\"arguments\":\"{}\"}}]},"
			   "{\"role\":\"tool\",\"tool_call_id\":"
			   "\"call_abcdefgh\",\"content\":\"hello\"}"),
	  17, 3, false },
	{ SHAPE_CHAT, CHAT(USER("[{\"type\":\"image\\u005furl\","
				"\"image_url\":{\"url\":\"https://a/b\"}}]")),
	  772, 3, false },
	/* Names, states and settings are no text. */
	{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
		      "\"content\":[{\"type\":\"text\",\"text\":\"hello\","
		      "\"cache_control\":{\"type\":\"ephemeral\"}}]}],\"stop\":"
		      "[\"x\"],\"user\":\"u\",\"metadata\":{\"a\":\"b\"},"
		      "\"temperature\":1,\"seed\":7,\"tool_choice\":\"none\","
		      "\"stream_options\":{\"include_usage\":true},"
		      "\"response_format\":{\"type\":\"json_object\"}}",
	  8, 3, true },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hello\",\"text\":{"
			   "\"format\":{\"type\":\"text\"},\"verbosity\":"
			   "\"low\"},\"reasoning\":{\"effort\":\"low\"},"
			   "\"include\":[\"x\"],\"conversation\":null}", 8, 8,
	  true },
	{ SHAPE_CHAT, CHAT(USER("[{\"type\":\"file\",\"file\":{\"file_data\":"
				"\"AAAA\"}}]")), 2007, 3, false },
	{ SHAPE_COMPLETION, "{\"model\":\"m\",\"prompt\":\"hello\"}", 1, 1,
	  true },
	{ SHAPE_COMPLETION, "{\"model\":\"m\",\"prompt\":[\"hello\","
			    "\"hello\"]}", 2, 2, true },
	{ SHAPE_EMBEDDING, "{\"model\":\"m\",\"input\":[1,2,3]}", 3, 3, true },
	{ SHAPE_EMBEDDING, "{\"model\":\"m\",\"input\":[[1,2],[3]]}", 3, 3,
	  true },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hello\"}", 8, 8,
	  true },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hello\","
			   "\"instructions\":\"hello\"}", 13, 13, true },
	{ SHAPE_RESPONSES, ITEMS(USER("[{\"type\":\"input_text\",\"text\":"
				      "\"hello\"}]")), 8, 3, true },
	{ SHAPE_RESPONSES, ITEMS("{\"type\":\"function_call\",\"call_id\":"
				 "\"c\",\"name\":\"hello\",\"arguments\":"
				 "\"{}\"},{\"type\":\"function_call_output\","
				 "\"call_id\":\"c\",\"output\":\"hello\"}"),
	  12, 3, false },
	{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hello\","
			   "\"previous_response_id\":\"r\"}", 8, 8, false },
	{ SHAPE_MESSAGES, "{\"model\":\"m\",\"system\":\"hello\","
			  "\"messages\":[" USER("\"hello\"") "]}",
	  13, 8, true },
	{ SHAPE_MESSAGES, "{\"model\":\"m\",\"system\":[{\"type\":\"text\","
			  "\"text\":\"hello\",\"cache_control\":{\"type\":"
			  "\"ephemeral\"}}],\"messages\":[]}", 8, 8, true },
	{ SHAPE_COUNT, CHAT("{\"role\":\"assistant\",\"content\":[{\"type\":"
			    "\"tool_use\",\"id\":\"toolu_1\",\"name\":"
			    "\"hello\",\"input\":{}}]},{\"role\":\"user\","
			    "\"content\":[{\"type\":\"tool_result\","
			    "\"tool_use_id\":\"toolu_1\",\"content\":"
			    "\"hello\"}]}"), 14, 3, true },
	{ SHAPE_MESSAGES, CHAT(USER("[{\"type\":\"document\",\"source\":{"
				    "\"type\":\"text\",\"data\":\"hello\"}}]")),
	  8, 3, false },
};

static void test_counted(void **state)
{
	struct prompt p;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(counted); i++) {
		view(counted[i].shape, counted[i].body);
		p = count("gpt-4o", true, NULL);
		if (p.total != counted[i].total ||
		    p.fixed != counted[i].fixed ||
		    p.exact != counted[i].exact)
			wrong("%zu, %zu, %d: %s", p.total, p.fixed, p.exact,
				 counted[i].body);
	}
}

#define PART(part) \
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{" \
	"\"type\":" part
#define TOOL(tool) "{\"model\":\"m\",\"messages\":[],\"tools\":[{" tool

/* Every text a model reads makes the count larger. */
static void test_more(void **state)
{
	static const struct {
		enum shape shape;
		const char *before, *after;
	} texts[] = {
		{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[],\"tools\":[{"
			      "\"type\":\"function\",\"function\":{\"name\":"
			      "\"f\",\"description\":\"", "\"}}]}" },
		{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[],\"functions\":"
			      "[{\"name\":\"", "\"}]}" },
		{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[],\"tools\":[{"
			      "\"function\":{\"name\":\"f\",\"parameters\":{"
			      "\"properties\":{\"p\":{\"type\":\"array\","
			      "\"items\":{\"type\":\"object\",\"properties\":"
			      "{\"q\":{\"description\":\"", "\"}}}}}}}}]}" },
		{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[],\"tools\":[{"
			      "\"function\":{\"name\":\"f\",\"parameters\":{"
			      "\"anyOf\":[{\"const\":\"", "\"}]}}}]}" },
		{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[],"
			      "\"response_format\":{\"type\":\"json_schema\","
			      "\"json_schema\":{\"name\":\"", "\"}}}" },
		{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":"
			      "\"assistant\",\"reasoning_content\":\"",
		  "\"}]}" },
		{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":"
			      "\"assistant\",\"function_call\":{\"name\":\"f\","
			      "\"arguments\":\"", "\"}}]}" },
		{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":[],\"text\":{"
				   "\"format\":{\"type\":\"json_schema\","
				   "\"schema\":{\"title\":\"", "\"}}}}" },
		{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":[],\"tools\":[{"
				   "\"type\":\"function\",\"name\":\"f\","
				   "\"description\":\"", "\"}]}" },
		{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":[{\"type\":"
				   "\"reasoning\",\"summary\":[{\"type\":"
				   "\"summary_text\",\"text\":\"", "\"}]}]}" },
		{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":[{\"type\":"
				   "\"reasoning\",\"encrypted_content\":\"",
		  "\"}]}" },
		{ SHAPE_MESSAGES, "{\"model\":\"m\",\"messages\":[],\"tools\":"
				  "[{\"name\":\"f\",\"input_schema\":{"
				  "\"properties\":{\"p\":{\"description\":\"",
		  "\"}}}}]}" },
		{ SHAPE_MESSAGES, "{\"model\":\"m\",\"messages\":[{\"role\":"
				  "\"assistant\",\"content\":[{\"type\":"
				  "\"thinking\",\"thinking\":\"", "\"}]}]}" },
		{ SHAPE_MESSAGES, "{\"model\":\"m\",\"messages\":[{\"role\":"
				  "\"assistant\",\"content\":[{\"type\":"
				  "\"tool_use\",\"name\":\"f\",\"input\":{"
				  "\"x\":\"", "\"}}]}]}" },
		{ SHAPE_MESSAGES, "{\"model\":\"m\",\"messages\":[{\"role\":"
				  "\"user\",\"content\":[{\"type\":"
				  "\"tool_result\",\"content\":[{\"type\":"
				  "\"text\",\"text\":\"", "\"}]}]}]}" },
		/* What has been hidden from counting, or might be. */
		{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[{\"role\":"
			      "\"user\",\"cont\\u0065nt\":\"", "\"}]}" },
		{ SHAPE_CHAT, PART("\"text\",\"t\\u0065xt\":\""), "\"}]}]}" },
		{ SHAPE_CHAT, PART("\"novel\",\"novel\":\""), "\"}]}]}" },
		{ SHAPE_CHAT, PART("\"novel\",\"novel\":[{\"id\":\""),
		  "\"}]}]}]}" },
		{ SHAPE_CHAT, TOOL("\"type\":\"custom\",\"custom\":{\"name\":"
				   "\"x\",\"description\":\""), "\"}}]}" },
		{ SHAPE_CHAT, TOOL("\"type\":\"custom\",\"custom\":{\"name\":"
				   "\"x\",\"format\":{\"type\":\"grammar\","
				   "\"grammar\":{\"definition\":\""),
		  "\"}}}}]}" },
		{ SHAPE_CHAT, TOOL("\"function\":{\"name\":\"x\",\"parameters\""
				   ":{\"description\":\""), "\"}}}]}" },
		{ SHAPE_CHAT, TOOL("\"function\":{\"name\":\"x\",\"parameters\""
				   ":{\"properties\":{\"a\":{\"items\":{"
				   "\"description\":\""), "\"}}}}}}]}" },
		{ SHAPE_CHAT, TOOL("\"function\":{\"name\":\"x\",\"parameters\""
				   ":{\"properties\":{\"a\":{\"default\":\""),
		  "\"}}}}}]}" },
		{ SHAPE_CHAT, TOOL("\"functi\\u006fn\":{\"name\":\"x\","
				   "\"d\\u0065scription\":\""), "\"}}]}" },
		{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[],\"prediction\":"
			      "{\"type\":\"content\",\"content\":\"",
		  "\"}}" },
		{ SHAPE_CHAT, "{\"model\":\"m\",\"messages\":[],\"documents\":"
			      "[{\"type\":\"", "\"}]}" },
		{ SHAPE_COMPLETION, "{\"model\":\"m\",\"prompt\":\"x\","
				    "\"suffix\":\"", "\"}" },
		{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":[],\"tools\":[{"
				   "\"type\":\"custom\",\"name\":\"x\","
				   "\"format\":{\"definition\":\"", "\"}}]}" },
		{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":[],\"prompt\":{"
				   "\"id\":\"p\",\"variables\":{\"id\":\"",
		  "\"}}}" },
		{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":[],\"prompt\":{"
				   "\"id\":\"p\",\"variables\":{\"a\":\"",
		  "\"}}}" },
		{ SHAPE_MESSAGES, PART("\"search_result\",\"title\":\""),
		  "\"}]}]}" },
		{ SHAPE_MESSAGES, PART("\"search_result\",\"source\":\""),
		  "\"}]}]}" },
		{ SHAPE_MESSAGES, "{\"model\":\"m\",\"messages\":[],"
				  "\"output_config\":{\"format\":{\"type\":"
				  "\"json_schema\",\"schema\":{\"title\":\"",
		  "\"}}}}" },
		{ SHAPE_MESSAGES, "{\"model\":\"m\",\"messages\":[],"
				  "\"output_format\":{\"type\":"
				  "\"json_schema\",\"schema\":{\"title\":\"",
		  "\"}}}" },
	};
	static const char *const models[] = { "gpt-4o", "claude-x",
					      "llama-3" };
	size_t less, more, i, k;

	(void)state;
	for (i = 0; i < COUNT_OF(texts); i++) {
		for (k = 0; k < COUNT_OF(models); k++) {
			view(texts[i].shape,
			     arena_printf(a, "%sx%s", texts[i].before,
					  texts[i].after));
			less = count(models[k], k == 0, NULL).total;
			view(texts[i].shape,
			     arena_printf(a, "%sone two three four five six "
					     "seven eight nine ten%s",
					  texts[i].before, texts[i].after));
			more = count(models[k], k == 0, NULL).total;
			if (more < less + 5 || more > less + 20)
				wrong("%s: %zu, then %zu: %s", models[k],
					 less, more, texts[i].before);
		}
	}
}

/* -- estimates ------------------------------------------------------------- */

/* Turns do not change with what follows them. */
static void test_stable(void **state)
{
	struct buf b;
	size_t was[20] = { 0 };
	struct prompt p;
	int n, i;

	(void)state;
	for (n = 1; n <= 20; n++) {
		buf_init(&b, a);
		buf_puts(&b, "{\"model\":\"m\",\"messages\":[");
		for (i = 0; i < n; i++)
			buf_printf(&b, "%s{\"role\":\"%s\",\"content\":\"turn "
				       "%d of a conversation, %.*s\"}",
				   i ? "," : "", i % 2 ? "assistant" : "user",
				   i, i * 3, "which goes on and on and on, "
					     "and then on and on, to its end");
		buf_puts(&b, "]}");
		view(SHAPE_CHAT, arena_cstr(a, buf_view(&b)));
		p = count("claude-x", false, NULL);
		assert_false(p.exact);
		for (i = 0; i < n - 1; i++)
			assert_int_equal(p.turn[i], was[i]);
		for (i = 0; i < n; i++)
			was[i] = p.turn[i];
	}
}

/* What was learned raises text, not what is beside it. */
static void test_learned(void **state)
{
	struct family_board b = { { { 0 } } };
	struct prompt fixed, p;
	char *text = arena_alloc(a, 40001);

	(void)state;
	memset(text, 'x', 40000);
	text[40000] = '\0';
	view(SHAPE_CHAT, arena_printf(a, CHAT(USER("\"%s\"")), text));
	fixed = count("claude-x", false, NULL);
	p = count("claude-x", false, &b);
	assert_int_equal(p.total, fixed.total);
	for (int i = 0; i < 500; i++)
		family_learn(&b, family_of(STR("claude-x")), p.weight,
			     (int64_t)(fixed.total - p.beside) * 2);
	p = count("claude-x", false, &b);
	assert_int_equal(p.beside, fixed.beside);
	assert_in_range(p.total, fixed.total * 19 / 10, fixed.total * 2);
}

static void test_rough(void **state)
{
	static const struct {
		enum shape shape;
		const char *body;
		size_t user, most;
	} texts[] = {
		{ SHAPE_CHAT, CHAT(USER("\"hello there\"")), 3, 11 },
		{ SHAPE_CHAT, CHAT(USER("\"hello there\"") ","
				   USER("\"h\\u0065llo there\"")), 3, 19 },
		{ SHAPE_MESSAGES, CHAT(""), 0, 3 },
		{ SHAPE_RESPONSES, "{\"model\":\"m\",\"input\":\"hello "
				   "there\"}", 3, 11 },
		{ SHAPE_COMPLETION, "{\"model\":\"m\",\"prompt\":\"hello "
				    "there\"}", 3, 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		view(texts[i].shape, texts[i].body);
		assert_int_equal(prompt_rough_user(&chat), texts[i].user);
		assert_in_range(prompt_rough(&chat), texts[i].user,
				texts[i].most);
	}
	view(SHAPE_CHAT, "{\"model\":\"m\"," WEATHER "}");
	assert_in_range(prompt_rough(&chat), 80, 130);
}

/* -- images ---------------------------------------------------------------- */

/* OpenAI's, Anthropic's and Google's own examples are among them. */
static void test_prices(void **state)
{
	static const struct {
		const char *model;
		uint32_t wide, high;
		bool low;
		size_t tokens;
	} images[] = {
		{ "gpt-4o", 1024, 1024, false, 765 },
		{ "gpt-4o", 2048, 4096, false, 1105 },
		{ "gpt-4o", 4096, 8192, true, 85 },
		{ "gpt-4o", 1, 1, false, 255 },
		{ "gpt-4o", 1048576, 1, false, 765 },
		{ "openai/gpt-4.1", 1024, 1024, false, 765 },
		{ "gpt-4o-mini", 1024, 1024, false, 25501 },
		{ "gpt-4o-mini", 1024, 1024, true, 2833 },
		{ "ft:gpt-4o-mini:org::id", 1024, 1024, false, 25501 },
		{ "azure/openai.gpt-4o-mini", 1024, 1024, false, 25501 },
		{ "gpt-5", 1024, 1024, false, 630 },
		{ "o1", 1024, 1024, false, 675 },
		{ "o3", 512, 512, false, 225 },
		{ "gpt-4.1-mini", 1024, 1024, false, 1659 },
		{ "o4-mini", 1800, 2400, false, 2498 },
		{ "gpt-4.1-nano", 32, 32, false, 3 },
		{ "gpt-5-nano", 1048576, 1048576, false, 3742 },
		{ "gpt-5-mini", 1048576, 1, false, 2489 },
		{ "claude-sonnet-4-6", 1000, 1000, false, 1334 },
		{ "claude-sonnet-4-6", 200, 200, false, 54 },
		{ "claude-sonnet-4-6", 1092, 1092, false, 1590 },
		{ "claude-sonnet-4-6", 8000, 8000, false, 1600 },
		{ "gemini-2.5-flash", 384, 384, false, 258 },
		{ "gemini-2.5-flash", 768, 769, false, 516 },
		{ "gemini-2.5-flash", 1048576, 1048576, false, 4128 },
		{ "gemma-3", 10, 10, false, 256 },
		{ "qwen-vl", 1000, 1000, false, 1334 },
	};
	struct image_size size;
	struct str model;
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(images); i++) {
		size.wide = images[i].wide;
		size.high = images[i].high;
		model = str_c(images[i].model);
		n = image_tokens(model, family_of(model), &size,
				 images[i].low);
		if (n != images[i].tokens)
			wrong("%s, %u x %u: %zu, not %zu", images[i].model,
				 size.wide, size.high, n, images[i].tokens);
	}
}

static struct str base64(const char *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	struct buf b;
	uint32_t w;
	size_t i, k;

	buf_init(&b, a);
	for (i = 0; i < n; i += 3) {
		w = 0;
		for (k = 0; k < 3; k++)
			w = w << 8 | (i + k < n ? (uint8_t)bytes[i + k] : 0);
		for (k = 0; k < 4; k++)
			buf_printf(&b, "%c", i + k > n ? '=' :
				   digits[w >> (18 - 6 * k) & 63]);
	}
	return buf_view(&b);
}

#define BYTES(lit) lit, sizeof(lit) - 1
static const struct {
	const char *bytes;
	size_t n;
	uint32_t wide, high; /* 0: not known */
} heads[] = {
	{ BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\4\0\0\0\3\0\x08"), 1024,
	  768 },
	{ BYTES("GIF89a\x40\1\xf0\0\0"), 320, 240 },
	{ BYTES("\xff\xd8\xff\xe0\0\4xx\xff\xc0\0\x11\x08\1\2\3\4\3"), 0x304,
	  0x102 },
	{ BYTES("\xff\xd8\xff\xc4\0\3x\xff\xc2\0\x11\x08\1\2\3\4\3"), 0x304,
	  0x102 },
	{ BYTES("RIFF\1\2\3\4WEBPVP8X\0\0\0\0\0\0\0\0\xff\3\0\xff\1\0"), 1024,
	  512 },
	{ BYTES("RIFF\1\2\3\4WEBPVP8L\0\0\0\0\x2f\xff\xc3\x7f\0"), 1024, 512 },
	{ BYTES("RIFF\1\2\3\4WEBPVP8 \0\0\0\0\0\0\0\x9d\1\x2a\0\4\0\2"), 1024,
	  512 },
	{ BYTES("RIFF\1\2\3\4WEBPVPXX\0\0\0\0\0\0\0\x9d\1\x2a\0\4\0\2"), 0,
	  0 },
	{ BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\3\0\x08"), 0, 0 },
	{ BYTES("\xff\xd8\xff\xe0\0\0\xff\xe0\0\0"), 0, 0 },
	{ BYTES("\xff\xd8\xff\xe0\xff\xff"), 0, 0 },
	{ BYTES("BM123456789012345678901234567890"), 0, 0 },
};

static void test_sizes(void **state)
{
	struct image_size size;
	struct str s;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT_OF(heads); i++) {
		s = base64(heads[i].bytes, heads[i].n);
		if (!heads[i].wide) {
			assert_int_equal(image_size(s, &size), 0);
			continue;
		}
		assert_int_equal(image_size(s, &size), 1);
		assert_int_equal(size.wide, heads[i].wide);
		assert_int_equal(size.high, heads[i].high);
		/* Cut short: nothing behind its end is read. */
		for (n = 0; n <= s.n; n++) {
			char *room = malloc(n ? n : 1);

			memcpy(room, s.p, n);
			image_size((struct str){ room, n }, &size);
			free(room);
		}
	}
}

/* Endless segments are not walked to their end. */
static void test_segments(void **state)
{
	static char jpeg[100000] = "\xff\xd8";
	struct image_size size;

	(void)state;
	for (size_t i = 2; i + 4 <= sizeof(jpeg); i += 4)
		memcpy(jpeg + i, "\xff\xe0\0\2", 4);
	assert_int_equal(image_size(base64(jpeg, sizeof(jpeg)), &size), 0);
}

static void test_images(void **state)
{
	struct str png = base64(heads[0].bytes, heads[0].n);
	const struct {
		enum shape shape;
		const char *model, *part;
		size_t tokens;
		bool known;
	} parts[] = {
		{ SHAPE_CHAT, "gpt-4o",
		  "{\"type\":\"image_url\",\"image_url\":{\"url\":"
		  "\"data:image/png;base64,%s\"}}", 765, true },
		{ SHAPE_CHAT, "gpt-4o",
		  "{\"type\":\"image_url\",\"image_url\":{\"url\":"
		  "\"data:image\\/png;base64,%s\",\"detail\":\"low\"}}", 85,
		  true },
		{ SHAPE_CHAT, "gpt-4o",
		  "{\"type\":\"image_url\",\"image_url\":{\"url\":"
		  "\"https://x.test/%s\"}}", 765, false },
		{ SHAPE_RESPONSES, "gpt-4o",
		  "{\"type\":\"input_image\",\"detail\":\"high\","
		  "\"image_url\":\"data:image/png;base64,%s\"}", 765, true },
		{ SHAPE_RESPONSES, "gpt-4o",
		  "{\"type\":\"input_image\",\"file_id\":\"%s\"}", 765,
		  false },
		{ SHAPE_MESSAGES, "claude-x",
		  "{\"type\":\"image\",\"source\":{\"type\":\"base64\","
		  "\"media_type\":\"image/png\",\"data\":\"%s\"}}", 1049,
		  true },
		{ SHAPE_MESSAGES, "claude-x",
		  "{\"type\":\"image\",\"source\":{\"type\":\"url\","
		  "\"url\":\"%s\"}}", 1399, false },
		{ SHAPE_MESSAGES, "claude-x",
		  "{\"type\":\"tool_result\",\"content\":[{\"type\":"
		  "\"image\",\"source\":{\"type\":\"base64\",\"data\":"
		  "\"%s\"}}]}", 1049, true },
	};
	struct prompt p;
	struct buf b;
	const char *at;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		buf_init(&b, a);
		at = strstr(parts[i].part, "%s");
		buf_printf(&b, "{\"model\":\"m\",\"%s\":[{\"role\":\"user\","
			       "\"content\":[%.*s%.*s%s]}]}",
			   parts[i].shape == SHAPE_RESPONSES ? "input" :
							       "messages",
			   (int)(at - parts[i].part), parts[i].part,
			   (int)png.n, png.p, at + 2);
		view(parts[i].shape, arena_cstr(a, buf_view(&b)));
		p = count(parts[i].model, false, NULL);
		assert_int_equal(p.beside, parts[i].tokens + 6);
		if (token_set_of(str_c(parts[i].model)) >= 0)
			assert_int_equal(count(parts[i].model, true,
					       NULL).exact, parts[i].known);
	}
}

/* -- strangers ------------------------------------------------------------- */

/* Members of the wrong type, in all places. */
static void test_strange(void **state)
{
	static const char *const values[] = {
		"null", "1", "true", "\"x\"", "[]", "{}", "[null]", "[[]]",
		"[{\"type\":\"image_url\"}]", "[{\"type\":\"document\"}]",
		"[{\"type\":\"input_audio\",\"input_audio\":5}]",
		"{\"type\":\"image\",\"source\":7}", "{\"function\":3}",
		"[{\"function\":{\"name\":\"f\",\"parameters\":{"
		"\"properties\":{\"p\":4}}}}]",
		"[{\"name\":\"f\",\"input_schema\":[]}]",
	};
	static const char *const members[] = {
		"system", "instructions", "tools", "functions", "prompt",
		"response_format", "text", "input_audio", "input",
	};
	static const enum shape shapes[] = { SHAPE_CHAT, SHAPE_MESSAGES,
					     SHAPE_COMPLETION,
					     SHAPE_EMBEDDING };
	size_t s, m, v;

	(void)state;
	for (v = 0; v < COUNT_OF(values); v++) {
		for (m = 0; m < COUNT_OF(members); m++) {
			for (s = 0; s < COUNT_OF(shapes); s++) {
				view(shapes[s],
				     arena_printf(a, "{\"model\":\"m\","
						     "\"messages\":[{\"role\":"
						     "%s,\"content\":%s,"
						     "\"tool_calls\":%s}],"
						     "\"%s\":%s}",
						  values[v], values[v],
						  values[v], members[m],
						  values[v]));
				count("gpt-4o", true, NULL);
				count("claude-x", false, NULL);
				prompt_rough(&chat);
			}
		}
	}
}

/* As deep as a document may be. */
static void test_deep(void **state)
{
	static const char *const levels[][2] = {
		{ "[", "]" },
		{ "{\"content\":", "}" },
	};
	struct buf b;

	(void)state;
	for (size_t k = 0; k < COUNT_OF(levels); k++) {
		buf_init(&b, a);
		buf_puts(&b, "{\"model\":\"m\",\"messages\":[{\"role\":"
			     "\"user\",\"content\":");
		for (int i = 0; i < 250; i++)
			buf_puts(&b, levels[k][0]);
		buf_puts(&b, "\"hello\"");
		for (int i = 0; i < 250; i++)
			buf_puts(&b, levels[k][1]);
		buf_puts(&b, "}]}");
		view(SHAPE_CHAT, arena_cstr(a, buf_view(&b)));
		assert_int_equal(count("gpt-4o", true, NULL).total, 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cookbook),
		cmocka_unit_test(test_counted),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_stable),
		cmocka_unit_test(test_learned),
		cmocka_unit_test(test_rough),
		cmocka_unit_test(test_prices),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_strange),
		cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
