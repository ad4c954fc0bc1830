#include "net/curl_head.h"

#include <stdlib.h>

void head_reset(struct head *h)
{
	h->n = 0;
	h->count = 0;
	h->status = 0;
	h->complete = false;
}

void head_free(struct head *h)
{
	free(h->text);
	free(h->at);
	h->text = NULL;
	h->at = NULL;
	h->n = h->cap = h->count = h->at_cap = 0;
}

/* The status of "HTTP/1.1 200 OK" or "HTTP/2 200", or 0. */
static int status_of(struct str line)
{
	const char *sp = memchr(line.p, ' ', line.n);
	int status = 0, i;

	if (!sp || line.n - (size_t)(sp - line.p) < 4)
		return 0;
	for (i = 1; i <= 3; i++) {
		if (sp[i] < '0' || sp[i] > '9')
			return 0;
		status = status * 10 + (sp[i] - '0');
	}
	return status;
}

static int text_room(struct head *h, size_t more)
{
	size_t cap = h->cap ? h->cap : 1024;

	if (more > HEAD_MAX_BYTES || h->n > HEAD_MAX_BYTES - more)
		return -1;
	while (cap < h->n + more)
		cap *= 2;
	if (cap != h->cap) {
		char *p = realloc(h->text, cap);

		if (!p)
			return -1;
		h->text = p;
		h->cap = cap;
	}
	return 0;
}

static uint32_t text_add(struct head *h, struct str s)
{
	size_t at = h->n;

	memcpy(h->text + at, s.p, s.n);
	h->n += s.n;
	return (uint32_t)at; /* below HEAD_MAX_BYTES */
}

static int list_room(struct head *h)
{
	size_t cap = h->at_cap ? h->at_cap * 2 : 16;
	struct head_at *at;

	if (h->count < h->at_cap)
		return 0;
	if (h->count >= HEAD_MAX_HEADERS)
		return -1;
	at = realloc(h->at, cap * sizeof(*at));
	if (!at)
		return -1;
	h->at = at;
	h->at_cap = cap;
	return 0;
}

static int header_add(struct head *h, struct str name, struct str value)
{
	struct head_at *at;

	if (list_room(h) < 0 || text_room(h, name.n + value.n) < 0)
		return -1;
	at = &h->at[h->count++];
	at->name_n = (uint32_t)name.n;
	at->name = text_add(h, name);
	at->value_n = (uint32_t)value.n;
	at->value = text_add(h, value);
	return 0;
}

static enum head_says reply_ends(struct head *h)
{
	if (!head_begun(h)) {
		head_reset(h); /* an interim reply; the next one follows */
		return HEAD_MORE;
	}
	h->complete = true;
	return HEAD_FINAL;
}

enum head_says head_line(struct head *h, struct str line)
{
	struct str name, rest = line;

	if (h->complete)
		return HEAD_MORE; /* a trailer */
	if (str_starts(line, STR("HTTP/"))) {
		head_reset(h);
		h->status = status_of(line);
		return h->status >= 100 ? HEAD_MORE : HEAD_BAD;
	}
	if (h->status == 0)
		return HEAD_BAD;
	if (str_trim(line).n == 0)
		return reply_ends(h);
	/* A folded line (obsolete) or one without a name says nothing. */
	if (line.p[0] == ' ' || line.p[0] == '\t' ||
	    !memchr(line.p, ':', line.n) || !str_cut(&rest, ':', &name))
		return HEAD_MORE;
	return header_add(h, name, str_trim(rest)) < 0 ? HEAD_BAD : HEAD_MORE;
}

size_t head_list(const struct head *h, struct net_header *out_r)
{
	size_t i;

	for (i = 0; i < h->count; i++) {
		out_r[i].name.p = h->text + h->at[i].name;
		out_r[i].name.n = h->at[i].name_n;
		out_r[i].value.p = h->text + h->at[i].value;
		out_r[i].value.n = h->at[i].value_n;
	}
	return h->count;
}
