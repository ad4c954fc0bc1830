#include "bodies.h"

#include <stdint.h>

#include "base/count.h"

static uint64_t seed;

static size_t below(size_t n)
{
	seed = seed * 48271 % 2147483647;
	return (size_t)seed % n;
}

#define PICK(list) list[below(COUNT_OF(list))]

static const char *const english[] = {
	"the", "of", "and", "to", "in", "is", "that", "it", "was", "for",
	"answer", "question", "because", "perhaps", "function", "example",
	"should", "between", "larger", "written", "a", "on", "as", "with",
};
static const char *const asian[] = {
	"한국어", "문장을", "번역해", "주세요", "그리고", "다음", "질문에",
	"中文", "句子", "请", "翻译", "这个", "问题", "然后", "回答",
};
static const char *const code[] = {
	"if (x) {\\n\\t", "}\\n", "printf(\\\"%d\\\\n\\\");\\n\\t\\t",
	"for i in range(10):\\n    ", "caf\\u00e9 ", "\\uac00\\ub098\\ub2e4 ",
	"\\ud83d\\ude00", "path\\\\to\\/file ", "return \\\"\\\";\\n",
	"\\u4e2d\\u6587 ", "x = y + z;\\n\\t",
};

static void put_words(struct buf *b, const char *const *words, size_t nwords,
		      size_t n)
{
	size_t end = b->n + n, at = 0;

	while (b->n < end) {
		buf_puts(b, words[below(nwords)]);
		buf_puts(b, ++at % 60 ? " " : ".\\n\\n");
	}
}

/* Turns of some hundred bytes each, one of them the user's and one not. */
static void put_turns(struct buf *b, const char *const *words, size_t nwords,
		      size_t n)
{
	size_t end = b->n + n, left;

	buf_puts(b, ",\"messages\":[{\"role\":\"system\",\"content\":\"Be "
		    "brief.\"}");
	for (int i = 0; b->n < end; i++) {
		left = end - b->n;
		buf_printf(b, ", {\"role\": \"%s\", \"content\": \"",
			   i % 2 ? "assistant" : "user");
		put_words(b, words, nwords, below(left < 1500 ? left : 1500));
		buf_puts(b, "\"}");
	}
	buf_puts(b, "]");
}

static void put_chat(struct buf *b, size_t n)
{
	put_turns(b, english, COUNT_OF(english), n);
}

static void put_asian(struct buf *b, size_t n)
{
	put_turns(b, asian, COUNT_OF(asian), n);
}

static void put_escapes(struct buf *b, size_t n)
{
	put_turns(b, code, COUNT_OF(code), n);
}

static void put_schema(struct buf *b)
{
	static const char *const types[] = { "string", "integer", "boolean" };

	buf_puts(b, "{\"type\": \"object\", \"properties\": {");
	for (int i = 0; i < 5; i++)
		buf_printf(b, "%s\"%s_%d\": {\"type\": \"%s\", \"description\""
			   ": \"What the %s %s\", \"minimum\": %zu}",
			   i ? ", " : "", PICK(english), i, PICK(types),
			   PICK(english), PICK(english), below(100));
	buf_puts(b, "}, \"required\": [\"a\", \"b\"], "
		    "\"additionalProperties\": false}");
}

static void put_call(struct buf *b, int i)
{
	buf_printf(b, ",{\"role\":\"assistant\",\"content\":null,"
		   "\"tool_calls\":[{\"id\":\"call_%d\",\"type\":\"function\","
		   "\"function\":{\"name\":\"%s_%d\",\"arguments\":"
		   "\"{\\\"%s\\\": \\\"%s\\\", \\\"n\\\": %zu}\"}}]},"
		   "{\"role\":\"tool\","
		   "\"tool_call_id\":\"call_%d\",\"content\":\"", i,
		   PICK(english), i, PICK(english), PICK(english), below(1000),
		   i);
	put_words(b, english, COUNT_OF(english), 100 + below(300));
	buf_puts(b, "\"}");
}

/* Half of it tools, half of it their use. */
static void put_tools(struct buf *b, size_t n)
{
	size_t middle = b->n + n / 2, end = b->n + n;

	buf_puts(b, ",\"response_format\":{\"type\":\"json_schema\","
		    "\"json_schema\":{\"name\":\"r\",\"schema\":");
	put_schema(b);
	buf_puts(b, "}},\"tools\":[");
	for (int i = 0; b->n < middle; i++) {
		buf_printf(b, "%s{\"type\":\"function\",\"function\":{\"name\":"
			   "\"%s_%d\",\"description\":\"", i ? "," : "",
			   PICK(english), i);
		put_words(b, english, COUNT_OF(english), 80);
		buf_puts(b, "\",\"parameters\":");
		put_schema(b);
		buf_puts(b, "}}");
	}
	buf_puts(b, "],\"messages\":[{\"role\":\"user\",\"content\":\"Go.\"}");
	for (int i = 0; b->n < end; i++)
		put_call(b, i);
	buf_puts(b, "]");
}

/* Texts as tokens, as some clients send them to be embedded. */
static void put_numbers(struct buf *b, size_t n)
{
	size_t end = b->n + n;

	buf_puts(b, ",\"input\":[[101");
	while (b->n < end)
		buf_printf(b, below(200) ? ",%zu" : "],[%zu",
			   below(below(3) ? 100000 : 1000));
	buf_puts(b, "]]");
}

const struct body_kind body_kinds[] = {
	{ "chat", SHAPE_CHAT, put_chat },
	{ "tools", SHAPE_CHAT, put_tools },
	{ "escapes", SHAPE_CHAT, put_escapes },
	{ "asian", SHAPE_CHAT, put_asian },
	{ "numbers", SHAPE_EMBEDDING, put_numbers },
};
const size_t body_nkinds = COUNT_OF(body_kinds);

struct str body_make(struct arena *a, const struct body_kind *k,
		     const char *model, size_t n)
{
	struct buf b;

	seed = 7;
	buf_init(&b, a);
	buf_printf(&b, "{\"model\":\"%s\"", model);
	k->put(&b, n);
	buf_puts(&b, ",\"stream\":false}");
	return buf_view(&b);
}
