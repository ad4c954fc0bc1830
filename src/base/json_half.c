#include "base/json_half.h"

#include "base/json.h"
#include "base/utf8.h"

struct half {
	char close[JSON_MAX_DEPTH]; /* of what is open, outermost first */
	size_t depth;
	bool value;  /* the next string is one, and not a name */
	size_t whole; /* so many bytes end behind a value */
	bool inside; /* or in a string that is one */
};

/* How long what stands at p is of a string: a character, an escape. 0 when it
 * is not all there, or none. */
static size_t step(const char *p, size_t n)
{
	size_t len;

	if (*p != '\\')
		return utf8_len(p, n);
	len = n > 1 && p[1] == 'u' ? 6 : 2;
	return len <= n ? len : 0;
}

/* From behind its opening quote; where it ends, or can be ended. */
static size_t skip_string(struct half *h, struct str s, size_t i)
{
	size_t len;

	for (; i < s.n && s.p[i] != '"'; i += len) {
		len = step(s.p + i, s.n - i);
		if (!len)
			break;
	}
	if (i < s.n && s.p[i] == '"') {
		h->whole = h->value ? i + 1 : h->whole;
		return i + 1;
	}
	h->inside = h->value;
	h->whole = h->value ? i : h->whole;
	return s.n;
}

static bool open_one(struct half *h, char close, size_t end)
{
	if (h->depth == JSON_MAX_DEPTH)
		return false;
	h->close[h->depth++] = close;
	h->value = close == ']';
	h->whole = end;
	return true;
}

/* Behind a value: `end` bytes are whole. */
static void close_one(struct half *h, size_t end)
{
	h->depth -= h->depth > 0;
	h->whole = end;
}

/* A comma ends a number or a word, too. */
static void next_one(struct half *h, size_t end)
{
	h->whole = end;
	h->value = h->depth && h->close[h->depth - 1] == ']';
}

static bool walk(struct half *h, struct str s)
{
	for (size_t i = 0; i < s.n;) {
		char c = s.p[i++];

		if (c == '"')
			i = skip_string(h, s, i);
		else if (c == '{' || c == '[') {
			if (!open_one(h, c == '{' ? '}' : ']', i))
				return false;
		} else if (c == '}' || c == ']')
			close_one(h, i);
		else if (c == ',')
			next_one(h, i - 1);
		else if (c == ':')
			h->value = true;
	}
	return h->whole > 0;
}

bool json_half(struct buf *out, struct str half)
{
	struct half h = { .depth = 0 };
	struct str s = str_trim(half);

	if (!s.n || (s.p[0] != '{' && s.p[0] != '[') || !walk(&h, s))
		return false;
	buf_str(out, (struct str){ s.p, h.whole });
	if (h.inside)
		buf_putc(out, '"');
	while (h.depth)
		buf_putc(out, h.close[--h.depth]);
	return true;
}
