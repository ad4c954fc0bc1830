/*
 * What dialect/compact.c saves and costs, beside zstd when libzstd is there:
 *
 *   compact TEXT [STREAM...]
 *
 * takes 300 words from the file TEXT (any prose; docs/design.md will do),
 * makes of them a stream as each API has them, and measures these and the
 * files named behind, which hold events as they came over the wire. Times
 * are the best of many, in microseconds.
 */
#include <ctype.h>
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/count.h"
#include "dialect/compact.h"

#define TOKENS 300
#define ROUNDS 50
#define LARGEST ((size_t)8 << 20)

/* --- streams --- */

struct token {
	int n;
	struct str text; /* as JSON has it between the quotes */
	const char *pad; /* what OpenAI calls obfuscation */
};

static void chat_add(struct buf *b, const struct token *t)
{
	buf_printf(b, "data: {\"id\":\"chatcmpl-C3jmyBQgTgsLd421Wg8fBhM0xkOiK"
		   "\",\"object\":\"chat.completion.chunk\",\"created\":"
		   "1755007032,\"model\":\"gpt-4o-2024-08-06\","
		   "\"service_tier\":\"default\",\"system_fingerprint\":"
		   "\"fp_7eeb46f068\",\"choices\":[{\"index\":0,\"delta\":{"
		   "\"content\":\"%.*s\"},\"logprobs\":null,"
		   "\"finish_reason\":null}],\"obfuscation\":\"%s\"}\n\n",
		   (int)t->text.n, t->text.p, t->pad);
}

static void tool_add(struct buf *b, const struct token *t)
{
	buf_printf(b, "data: {\"id\":\"chatcmpl-CiKIfaJe92tvtH3QZModD64Qz5uvn"
		   "\",\"object\":\"chat.completion.chunk\",\"created\":"
		   "1764680501,\"model\":\"gpt-4.1-nano-2025-04-14\","
		   "\"system_fingerprint\":\"fp_1a97b5aa6c\",\"choices\":[{"
		   "\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":%d,"
		   "\"function\":{\"arguments\":\"%.*s\"}}]},\"logprobs\":null,"
		   "\"finish_reason\":null}]}\n\n",
		   t->n / 50, (int)t->text.n, t->text.p);
}

static void messages_add(struct buf *b, const struct token *t)
{
	buf_printf(b, "event: content_block_delta\ndata: {\"type\":"
		   "\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
		   "\"text_delta\",\"text\":\"%.*s\"}}\n\n",
		   (int)t->text.n, t->text.p);
}

static void responses_add(struct buf *b, const struct token *t)
{
	buf_printf(b, "event: response.output_text.delta\ndata: {\"type\":"
		   "\"response.output_text.delta\",\"sequence_number\":%d,"
		   "\"item_id\":\"msg_0cc96ac817fdc57e00693337060a408198b92b\","
		   "\"output_index\":0,\"content_index\":0,\"delta\":\"%.*s\","
		   "\"logprobs\":[],\"obfuscation\":\"%s\"}\n\n",
		   t->n + 4, (int)t->text.n, t->text.p, t->pad);
}

static const struct {
	const char *name;
	void (*add)(struct buf *b, const struct token *t);
} apis[] = {
	{ "chat", chat_add },
	{ "chat, tool call", tool_add },
	{ "messages", messages_add },
	{ "responses", responses_add },
};

/* The next token: a word with the blank before it, or one other character. */
static struct str token_cut(struct str *text)
{
	struct str token = { text->p, 1 };

	while (token.n < text->n && token.n < 8 &&
	       isalpha((unsigned char)token.p[token.n]) &&
	       (token.n > 1 || token.p[0] == ' ' ||
		isalpha((unsigned char)token.p[0])))
		token.n++;
	*text = str_from(*text, token.n);
	return token;
}

static void stream_make(struct buf *b, struct str text,
			void (*add)(struct buf *b, const struct token *t))
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO"
				  "PQRSTUVWXYZ0123456789";
	unsigned short seed[3] = { 1, 2, 3 };
	struct token t = { .n = 0 };
	char pad[17];
	size_t i, n;

	for (; t.n < TOKENS && text.n; t.n++) {
		t.text = token_cut(&text);
		n = 16 - t.text.n % 16;
		for (i = 0; i < n; i++)
			pad[i] = set[(size_t)nrand48(seed) % (sizeof(set) - 1)];
		pad[n] = '\0';
		t.pad = pad;
		if (strchr("\"\\\n\t", t.text.p[0]))
			t.text = STR("\\n");
		add(b, &t);
	}
}

/* --- measuring --- */

/* The parts of libzstd that are needed; all NULL without it. */
static struct {
	size_t (*compress)(void *to, size_t room, const void *from, size_t n,
			   int level);
	size_t (*decompress)(void *to, size_t room, const void *from,
			     size_t n);
} zstd;

static char there[2 * LARGEST], back[2 * LARGEST];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void best(double *least, double since)
{
	double took = now() - since;

	if (*least == 0 || took < *least)
		*least = took;
}

static void zstd_load(void)
{
	void *lib = dlopen("libzstd.so.1", RTLD_NOW);

	if (!lib)
		return;
	*(void **)&zstd.compress = dlsym(lib, "ZSTD_compress");
	*(void **)&zstd.decompress = dlsym(lib, "ZSTD_decompress");
}

static void zstd_measure(struct str s, struct str form)
{
	double make = 0, open = 0, at;
	size_t n = 0, third, both;
	int i;

	third = zstd.compress(there, sizeof(there), s.p, s.n, 3);
	both = zstd.compress(there, sizeof(there), form.p, form.n, 1);
	for (i = 0; i < ROUNDS; i++) {
		at = now();
		n = zstd.compress(there, sizeof(there), s.p, s.n, 1);
		best(&make, at);
		at = now();
		zstd.decompress(back, sizeof(back), there, n);
		best(&open, at);
	}
	printf("  %5.1f %7.1f %7.1f  %5.1f  %5.1f", (double)s.n / (double)n,
	       make, open, (double)s.n / (double)third,
	       (double)s.n / (double)both);
}

static void measure(const char *name, struct str s)
{
	struct arena *a = arena_new();
	struct buf form;
	struct str out;
	double make = 0, open = 0, copy = 0, at;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		arena_reset(a);
		buf_init(&form, a);
		at = now();
		compact_make(&form, s);
		best(&make, at);
		at = now();
		if (compact_open(a, buf_view(&form), s.n, &out) < 0)
			abort();
		best(&open, at);
		if (!str_eq(out, s))
			abort();
		at = now();
		memcpy(back, s.p, s.n);
		best(&copy, at);
	}
	printf("%-20.20s %7zu %5.1f  %5.1f %7.1f %7.1f", name, s.n, copy,
	       (double)s.n / (double)form.n, make, open);
	if (zstd.compress)
		zstd_measure(s, buf_view(&form));
	putchar('\n');
	arena_free(&a);
}

static struct str file_read(const char *path)
{
	static char bytes[LARGEST];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f) {
		perror(path);
		exit(1);
	}
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	return (struct str){ bytes, n };
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct str text;
	const char *name;
	struct buf b;
	size_t i;

	if (argc < 2) {
		fputs("usage: compact TEXT [STREAM...]\n", stderr);
		return 2;
	}
	zstd_load();
	printf("%-20s %7s %5s  %5s %7s %7s  %s\n", "stream", "bytes", "copy",
	       "ratio", "make", "open", zstd.compress ?
	       "zstd-1   make    open zstd-3  compact+zstd-1" : "");
	text = file_read(argv[1]);
	for (i = 0; i < COUNT_OF(apis); i++) {
		buf_init(&b, a);
		stream_make(&b, text, apis[i].add);
		measure(apis[i].name, buf_view(&b));
	}
	for (argv += 2; *argv; argv++) {
		name = strrchr(*argv, '/');
		measure(name ? name + 1 : *argv, file_read(*argv));
	}
	arena_free(&a);
	return 0;
}
