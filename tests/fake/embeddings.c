/*
 * /v1/embeddings: a bag of words. Every word adds one to a place its hash
 * chooses, so texts with words in common are near each other, and the same
 * text always has the same vector, in floats and in base64.
 */
#include "fake/turn.h"

#include <ctype.h>

#define MAX_DIMENSIONS 4096

static uint32_t word_hash(struct str w)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < w.n; i++)
		h = (h ^ (uint32_t)tolower((unsigned char)w.p[i])) * 16777619u;
	return h ^ (h >> 15);
}

/* Newton's; spares the program libm. */
static float root(float v)
{
	float x = v > 1 ? v : 1;
	int i;

	for (i = 0; i < 40; i++)
		x = (x + v / x) / 2;
	return x;
}

static void vector_make(float *v, size_t n, struct str text)
{
	struct str word;
	float sum = 0, length;
	size_t i;

	v[0] = 0.5f; /* no text is nowhere */
	while (str_cut(&text, ' ', &word))
		v[word_hash(word) % n] += 1;
	for (i = 0; i < n; i++)
		sum += v[i] * v[i];
	length = root(sum);
	for (i = 0; i < n; i++)
		v[i] /= length;
}

static void base64_add(struct buf *b, const unsigned char *p, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				    "opqrstuvwxyz0123456789+/";
	size_t i;

	for (i = 0; i < n; i += 3) {
		uint32_t w = (uint32_t)p[i] << 16;

		w |= i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0;
		w |= i + 2 < n ? p[i + 2] : 0;
		buf_putc(b, digit[w >> 18]);
		buf_putc(b, digit[w >> 12 & 63]);
		buf_putc(b, i + 1 < n ? digit[w >> 6 & 63] : '=');
		buf_putc(b, i + 2 < n ? digit[w & 63] : '=');
	}
}

static void vector_add(struct buf *b, const struct turn *t, struct str text,
		       unsigned at)
{
	int64_t want = t->ask->dimensions;
	size_t n = want > 0 && want <= MAX_DIMENSIONS ? (size_t)want : 64, i;
	float *v = arena_new_n(t->a, float, n);

	vector_make(v, n, text);
	buf_printf(b, "%s{\"object\":\"embedding\",\"index\":%u,"
		   "\"embedding\":", at ? "," : "", at);
	if (t->ask->base64) {
		buf_putc(b, '"');
		base64_add(b, (const unsigned char *)v, n * sizeof(*v));
		buf_puts(b, "\"}");
		return;
	}
	for (i = 0; i < n; i++)
		buf_printf(b, "%c%.9g", i ? ',' : '[', (double)v[i]);
	buf_puts(b, "]}");
}

/* A string, an array of strings, or token arrays taken by their text. */
static void vectors_add(struct buf *b, const struct turn *t)
{
	const struct json *d = &t->ask->doc;
	uint32_t input = json_get(d, 0, "input"), i;
	unsigned at = 0;

	i = json_is(d, input, JSON_ARRAY) ? json_first(d, input) : 0;
	if (!i || json_is(d, i, JSON_NUMBER)) {
		vector_add(b, t, i ? json_span(d, input) :
				     json_string(d, input, t->a), 0);
		return;
	}
	for (; i; i = json_next(d, input, i))
		vector_add(b, t, json_is(d, i, JSON_STRING) ?
			   json_string(d, i, t->a) : json_span(d, i), at++);
}

void embeddings_reply(struct turn *t)
{
	int64_t tokens = t->s->in >= 0 ? t->s->in :
					 (int64_t)t->ask->size / 4 + 1;
	struct buf b;

	buf_init(&b, t->a);
	buf_puts(&b, "{\"object\":\"list\",\"data\":[");
	vectors_add(&b, t);
	buf_printf(&b, "],\"model\":%.*s", (int)t->ask->model_json.n,
		   t->ask->model_json.p);
	if (!t->s->nousage)
		buf_printf(&b, ",\"usage\":{\"prompt_tokens\":%lld,"
			   "\"total_tokens\":%lld}", (long long)tokens,
			   (long long)tokens);
	buf_putc(&b, '}');
	reply_json(t, buf_view(&b));
}
