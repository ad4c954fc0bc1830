#include "base/json.h"

#include "base/json_names.h"
#include "base/json_plain.h"
#include "base/utf8.h"

#define END (-1)
#define NEXT 0xffffff /* more than JSON_MAX_TOKENS */
#define SPARE 8 /* tokens above the limit; two come before it is looked at */

/* What reads a part of the text takes where it begins and returns where it
 * ends; NULL once there is an error. */
struct scan {
	struct arena *a;
	const char *start, *end;
	bool utf8;            /* all of it is */
	char close;           /* of the innermost bracket that is open */
	struct json_tok *tok;
	size_t n, cap, max;
	const char *grown;     /* where the list last grew, */
	size_t grown_n;        /* and of how many it was */
	struct json_names names;
	const char *at, *what; /* the error */
	size_t depth;
	uint32_t open[JSON_MAX_DEPTH]; /* tokens of the open brackets */
};

static const char *refuse(struct scan *s, const char *at, const char *what)
{
	s->at = at;
	s->what = what;
	return NULL;
}

/*
 * Room for as many tokens as there will be if the text goes on as it was
 * since the list last grew; but no less than half as many again, nor more
 * than eight times as many, for it need not, nor many more than there may be.
 */
static size_t foresee(const struct scan *s, const char *p)
{
	double rate = (double)(s->n - s->grown_n) / (double)(p - s->grown + 1);
	double like = (double)s->n + 1.1 * rate * (double)(s->end - p);
	size_t cap = s->cap + s->cap / 2;

	if (like > (double)cap)
		cap = like < (double)s->cap * 8 ? (size_t)like : s->cap * 8;
	return cap < s->max + SPARE ? cap : s->max + SPARE;
}

static void grow(struct scan *s, const char *p)
{
	size_t cap = foresee(s, p);
	struct json_tok *tok = arena_alloc(s->a, cap * sizeof(*tok));

	memcpy(tok, s->tok, s->n * sizeof(*tok));
	s->tok = tok;
	s->cap = cap;
	s->grown = p;
	s->grown_n = s->n;
}

/* A token from `from` to p. */
static inline struct json_tok *push(struct scan *s, enum json_type type,
				    const char *from, const char *p)
{
	struct json_tok *t;

	if (s->n == s->cap)
		grow(s, p);
	t = &s->tok[s->n++];
	t->at = (uint32_t)(from - s->start);
	t->end = (uint32_t)(p - s->start);
	t->next = s->n & NEXT;
	t->type = type & 7;
	t->escaped = 0;
	return t;
}

/* The byte at p; END at the end. */
static inline int byte_at(const struct scan *s, const char *p)
{
	return p < s->end ? (unsigned char)*p : END;
}

static inline const char *skip_space(const struct scan *s, const char *p)
{
	while (p < s->end && (*p == ' ' || *p == '\n' || *p == '\r' ||
			      *p == '\t'))
		p++;
	return p;
}

/* -- strings --------------------------------------------------------------- */

static inline bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static inline const char *scan_escape(struct scan *s, const char *p)
{
	static const bool letters[256] = {
		['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true,
		['f'] = true, ['n'] = true, ['r'] = true, ['t'] = true,
	};
	size_t left = (size_t)(s->end - p);

	if (left > 1 && letters[(unsigned char)p[1]])
		return p + 2;
	if (left < 2 || p[1] != 'u')
		return refuse(s, p, "invalid escape");
	if (left < 6 || !is_hex(p[2]) || !is_hex(p[3]) || !is_hex(p[4]) ||
	    !is_hex(p[5]))
		return refuse(s, p, "invalid \\u escape");
	return p + 6;
}

/* As json_skip_plain(), but no farther than what is UTF-8: for texts that are
 * not, to say where. */
static const char *skip_valid(const char *p, const char *end)
{
	size_t len;

	for (; p < end && json_is_plain(*p); p += len) {
		len = utf8_len(p, (size_t)(end - p));
		if (!len)
			break;
	}
	return p;
}

static const char *scan_string(struct scan *s, const char *from)
{
	const char *p = from + 1;
	bool escaped = false;

	for (;;) {
		p = s->utf8 ? json_skip_plain(p, s->end) :
			      skip_valid(p, s->end);
		if (p == s->end)
			return refuse(s, p, "string without an end");
		if (*p == '"')
			break;
		if (*p != '\\')
			return refuse(s, p, *p & 0x80 ? "invalid UTF-8" :
					"control character in a string");
		escaped = true;
		do {
			p = scan_escape(s, p);
			if (!p)
				return NULL;
		} while (byte_at(s, p) == '\\');
	}
	push(s, JSON_STRING, from, ++p)->escaped = escaped;
	return p;
}

/* -- numbers and words ----------------------------------------------------- */

static inline const char *skip_digits(const struct scan *s, const char *p)
{
	while (p < s->end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* At least one digit. */
static inline const char *scan_digits(struct scan *s, const char *p)
{
	const char *end = skip_digits(s, p);

	return end > p ? end : refuse(s, p, "digit expected");
}

static const char *scan_exponent(struct scan *s, const char *p)
{
	int c = byte_at(s, p);

	return scan_digits(s, c == '+' || c == '-' ? p + 1 : p);
}

static const char *scan_number(struct scan *s, const char *from)
{
	const char *p = from + (*from == '-');

	p = byte_at(s, p) == '0' ? p + 1 : scan_digits(s, p);
	if (p && byte_at(s, p) == '.')
		p = scan_digits(s, p + 1);
	if (p && (byte_at(s, p) | 32) == 'e')
		p = scan_exponent(s, p + 1);
	if (p)
		push(s, JSON_NUMBER, from, p);
	return p;
}

static const char *scan_word(struct scan *s, const char *p, struct str word,
			     enum json_type type)
{
	if ((size_t)(s->end - p) < word.n || memcmp(p, word.p, word.n) != 0)
		return refuse(s, p, "value expected");
	push(s, type, p, p + word.n);
	return p + word.n;
}

static const char *scan_scalar(struct scan *s, const char *p)
{
	int c = byte_at(s, p);

	switch (c) {
	case '"':
		return scan_string(s, p);
	case 't':
		return scan_word(s, p, STR("true"), JSON_TRUE);
	case 'f':
		return scan_word(s, p, STR("false"), JSON_FALSE);
	case 'n':
		return scan_word(s, p, STR("null"), JSON_NULL);
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return scan_number(s, p);
		return refuse(s, p, c == END ? "unexpected end" :
					       "value expected");
	}
}

/* -- arrays and objects ---------------------------------------------------- */

/* A member's name and its colon. */
static const char *scan_name(struct scan *s, const char *p)
{
	p = skip_space(s, p);
	if (byte_at(s, p) != '"')
		return refuse(s, p, "member name expected");
	p = scan_string(s, p);
	if (!p)
		return NULL;
	p = skip_space(s, p);
	if (byte_at(s, p) != ':')
		return refuse(s, p, "colon expected");
	return p + 1;
}

static const char *open_value(struct scan *s, const char *p)
{
	if (s->depth == JSON_MAX_DEPTH)
		return refuse(s, p, "nested too deeply");
	s->open[s->depth++] = (uint32_t)s->n;
	s->close = *p == '{' ? '}' : ']';
	push(s, *p == '{' ? JSON_OBJECT : JSON_ARRAY, p, p + 1);
	return skip_space(s, p + 1);
}

/* The innermost bracket ends here. */
static const char *close_value(struct scan *s, const char *p)
{
	uint32_t i = s->open[--s->depth];
	struct json_tok *t = &s->tok[i];
	struct json doc;

	p++;
	t->end = (uint32_t)(p - s->start);
	t->next = s->n & NEXT;
	doc = (struct json){ { s->start, t->end }, s->tok, t->next };
	if (t->type == JSON_OBJECT && json_names_repeat(&s->names, &doc, i))
		return refuse(s, p, "duplicate member name");
	if (s->depth)
		s->close = s->tok[s->open[s->depth - 1]].type == JSON_OBJECT ?
				   '}' : ']';
	return skip_space(s, p);
}

/* A comma, and the name that must follow it in an object. */
static const char *scan_comma(struct scan *s, const char *p)
{
	if (byte_at(s, p) != ',')
		return refuse(s, p, p == s->end ? "unexpected end" :
						  "comma expected");
	return s->close == '}' ? scan_name(s, p + 1) : p + 1;
}

/* Each turn of the loop reads one scalar or opens one bracket. */
static const char *scan_document(struct scan *s, const char *p)
{
	int c;

	do {
		if (s->n > s->max)
			return refuse(s, p, "too many values");
		p = skip_space(s, p);
		c = byte_at(s, p);
		if (c == '{' || c == '[') {
			p = open_value(s, p);
			if (p && byte_at(s, p) != s->close) {
				if (c == '{')
					p = scan_name(s, p);
				continue;
			}
		} else {
			p = scan_scalar(s, p);
			p = p ? skip_space(s, p) : NULL;
		}
		while (p && s->depth && byte_at(s, p) == s->close)
			p = close_value(s, p);
		if (p && s->depth)
			p = scan_comma(s, p);
	} while (p && s->depth);
	if (p && p < s->end)
		return refuse(s, p, "text behind the document");
	return p;
}

int json_parse(struct json *doc, struct arena *a, struct str text,
	       struct json_error *err_r)
{
	return json_parse_upto(doc, a, text, JSON_MAX_TOKENS, err_r);
}

int json_parse_upto(struct json *doc, struct arena *a, struct str text,
		    size_t max_tokens, struct json_error *err_r)
{
	struct scan s;

	if (text.n >= UINT32_MAX) {
		*err_r = (struct json_error){ 0, "text too long" };
		return -1;
	}
	s.a = a;
	s.start = s.grown = text.n ? text.p : "";
	s.end = s.start + text.n;
	s.utf8 = utf8_valid(s.start, text.n);
	s.cap = text.n / 32 + 16;
	s.tok = arena_alloc(a, s.cap * sizeof(*s.tok));
	s.n = s.grown_n = s.depth = 0;
	s.max = max_tokens;
	s.names = (struct json_names){ .a = a };
	if (!scan_document(&s, s.start)) {
		*err_r = (struct json_error){ (size_t)(s.at - s.start),
					      s.what };
		return -1;
	}
	*doc = (struct json){ text, s.tok, (uint32_t)s.n };
	return 0;
}
