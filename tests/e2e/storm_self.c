#include "storm_self.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 128
#define SUM_N 17 /* a space and 16 digits */

/* Most are small, some fill many chunks of the cache. */
static unsigned kilobytes(unsigned long number)
{
	return number % 31 == 7 ? 150 : number % 7 == 3 ? 9 : 0;
}

static int question_text(const struct question *q, char *p)
{
	unsigned kb = kilobytes(q->number);

	if (!kb)
		return snprintf(p, TEXT_MAX, "q%lu [[echo]]", q->number);
	return snprintf(p, TEXT_MAX, "q%lu [[echo]] [[big %u]]", q->number,
			kb);
}

int self_body(const struct question *q, char *p, size_t size)
{
	char text[TEXT_MAX];

	question_text(q, text);
	return snprintf(p, size, "{\"model\":\"gpt-test\",%s\"messages\":"
			"[{\"role\":\"user\",\"content\":\"%s\"}]}",
			q->stream ? "\"stream\":true," : "", text);
}

int self_who(const struct question *q, char *p, size_t size)
{
	return snprintf(p, size, "sk-storm-%lu", q->tenant);
}

static uint64_t sum_add(uint64_t h, const char *p)
{
	for (; *p; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211u;
	return h;
}

/* As fake/answer.c has it, own_text(). */
static void sum_text(const struct question *q, char sum[SUM_N + 1])
{
	char text[TEXT_MAX], who[TEXT_MAX];
	uint64_t h = 14695981039346656037u;

	question_text(q, text);
	self_who(q, who, sizeof(who));
	h = sum_add(sum_add(h, who), text);
	snprintf(sum, SUM_N + 1, " %016llx", (unsigned long long)h);
}

/* What the model said so far, compared as it is found. */
struct said {
	char head[TEXT_MAX + 8], sum[SUM_N + 1];
	size_t head_n, at;
	bool wrong;
};

static void hear(struct said *s, const char *p, size_t n)
{
	for (; n && !s->wrong; p++, n--, s->at++)
		s->wrong = s->at < s->head_n ?
			*p != s->head[s->at] :
			*p != s->sum[(s->at - s->head_n) % SUM_N];
}

/* Every "content":"..." of a document or of a stream's events. */
static void hear_all(struct said *s, const char *p, size_t n)
{
	static const char name[] = "\"content\":\"";
	const char *end = p + n, *quote;

	while ((p = memmem(p, (size_t)(end - p), name, sizeof(name) - 1))) {
		p += sizeof(name) - 1;
		quote = memchr(p, '"', (size_t)(end - p));
		hear(s, p, (size_t)((quote ? quote : end) - p));
		if (!quote)
			return;
		p = quote;
	}
}

static size_t whole_length(const struct question *q, const struct said *s)
{
	size_t want = kilobytes(q->number) * 1024u, n = s->head_n;

	do
		n += SUM_N;
	while (n < want);
	return n;
}

static bool says_whole(const struct question *q, const char *p, size_t n)
{
	return q->stream ? memmem(p, n, "data: [DONE]", 12) != NULL :
			   n && p[n - 1] == '}';
}

enum self self_judge(const struct question *q, const struct reply *r,
		     bool ended)
{
	const char *p = r->p + r->body;
	struct said s = { .at = 0 };
	char text[TEXT_MAX];

	question_text(q, text);
	s.head_n = (size_t)snprintf(s.head, sizeof(s.head), "echo: %s", text);
	sum_text(q, s.sum);
	hear_all(&s, p, r->body_n);
	if (s.wrong)
		return SELF_WRONG;
	if (!says_whole(q, p, r->body_n))
		return ended && !q->stream ? SELF_WRONG : SELF_CUT;
	return s.at == whole_length(q, &s) ? SELF_RIGHT : SELF_WRONG;
}
