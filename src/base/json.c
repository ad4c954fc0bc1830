#include "base/json.h"

#include <endian.h>

#include "base/json_names.h"
#include "base/utf8.h"

#define END (-1)

struct scan {
	struct arena *a;
	const char *start, *at, *end;
	struct json_tok *tok;
	size_t n, cap, max;
	struct json_names names;
	const char *what; /* the error, once there is one */
	size_t depth;
	uint32_t open[JSON_MAX_DEPTH]; /* tokens of the open brackets */
};

static int refuse(struct scan *s, const char *what)
{
	s->what = what;
	return -1;
}

static void grow(struct scan *s)
{
	size_t cap = s->cap * 2;
	struct json_tok *tok = arena_alloc(s->a, cap * sizeof(*tok));

	memcpy(tok, s->tok, s->n * sizeof(*tok));
	s->tok = tok;
	s->cap = cap;
}

/* A token from `from` to where the scan stands. */
static struct json_tok *push(struct scan *s, enum json_type type,
			     const char *from)
{
	struct json_tok *t;

	if (s->n == s->cap)
		grow(s);
	t = &s->tok[s->n++];
	t->at = (uint32_t)(from - s->start);
	t->end = (uint32_t)(s->at - s->start);
	t->next = (uint32_t)s->n;
	t->type = (uint8_t)type;
	t->escaped = 0;
	return t;
}

/* The next byte that is no whitespace, not taken; END at the end. */
static inline int peek(struct scan *s)
{
	for (; s->at < s->end; s->at++) {
		char c = *s->at;

		if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
			return (unsigned char)c;
	}
	return END;
}

#define EACH_BYTE(c) (0x0101010101010101u * (uint64_t)(c))

/*
 * The high bit of the lowest byte of w that is a quote, a backslash, a
 * control character or not ASCII; bits above it may be set for nothing,
 * because a subtraction borrows from the byte above, but no bit is set when
 * there is no such byte.
 */
static inline uint64_t special_bytes(uint64_t w)
{
	uint64_t control = w - EACH_BYTE(0x20);
	uint64_t quote = (w ^ EACH_BYTE('"')) - EACH_BYTE(1);
	uint64_t slash = (w ^ EACH_BYTE('\\')) - EACH_BYTE(1);

	return (control | quote | slash | w) & EACH_BYTE(0x80);
}

/* The first byte from p on that is special in the sense above, or end. */
static const char *skip_plain(const char *p, const char *end)
{
	uint64_t w, special;

	for (; end - p >= 8; p += 8) {
		memcpy(&w, p, sizeof(w));
		special = special_bytes(le64toh(w));
		if (special)
			return p + (__builtin_ctzll(special) >> 3);
	}
	while (p < end && !(special_bytes((unsigned char)*p) & 0x80))
		p++;
	return p;
}

static inline bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static int scan_escape(struct scan *s)
{
	const char *p = s->at + 1;

	switch (p < s->end ? *p : '\0') {
	case '"': case '\\': case '/': case 'b':
	case 'f': case 'n': case 'r': case 't':
		s->at += 2;
		return 0;
	case 'u':
		if (s->end - p < 5 || !is_hex(p[1]) || !is_hex(p[2]) ||
		    !is_hex(p[3]) || !is_hex(p[4]))
			return refuse(s, "invalid \\u escape");
		s->at += 6;
		return 0;
	default:
		return refuse(s, "invalid escape");
	}
}

/* Three bytes that no rule but the general one applies to: most of what is
 * not ASCII in most texts, so it is worth not calling utf8_len for it. */
static inline bool is_common_wide(const char *p, const char *end)
{
	unsigned char lead = (unsigned char)*p;

	return end - p >= 3 && lead > 0xe0 && lead < 0xf0 && lead != 0xed &&
	       (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80;
}

/* A run of characters that are not ASCII. */
static int scan_wide(struct scan *s)
{
	const char *p = s->at;
	size_t len;

	do {
		len = is_common_wide(p, s->end) ?
			3 : utf8_len(p, (size_t)(s->end - p));
		p += len;
	} while (len && p < s->end && (*p & 0x80));
	s->at = p;
	return len ? 0 : refuse(s, "invalid UTF-8");
}

static int scan_string(struct scan *s)
{
	const char *from = s->at++;
	uint8_t escaped = 0;

	for (;;) {
		if (s->at < s->end && *s->at != '\\')
			s->at = skip_plain(s->at, s->end);
		if (s->at == s->end)
			return refuse(s, "string without an end");
		if (*s->at == '"')
			break;
		if (*s->at == '\\') {
			escaped = 1;
			if (scan_escape(s) < 0)
				return -1;
		} else if (!(*s->at & 0x80)) {
			return refuse(s, "control character in a string");
		} else if (scan_wide(s) < 0) {
			return -1;
		}
	}
	s->at++;
	push(s, JSON_STRING, from)->escaped = escaped;
	return 0;
}

/* At least one digit. */
static int scan_digits(struct scan *s)
{
	const char *from = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at > from ? 0 : refuse(s, "digit expected");
}

static bool take(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static int scan_number(struct scan *s)
{
	const char *from = s->at;

	take(s, '-');
	if (!take(s, '0') && scan_digits(s) < 0)
		return -1;
	if (take(s, '.') && scan_digits(s) < 0)
		return -1;
	if (take(s, 'e') || take(s, 'E')) {
		if (!take(s, '+'))
			take(s, '-');
		if (scan_digits(s) < 0)
			return -1;
	}
	push(s, JSON_NUMBER, from);
	return 0;
}

static int scan_literal(struct scan *s, struct str word, enum json_type type)
{
	const char *from = s->at;

	if ((size_t)(s->end - from) < word.n ||
	    memcmp(from, word.p, word.n) != 0)
		return refuse(s, "value expected");
	s->at += word.n;
	push(s, type, from);
	return 0;
}

static int scan_scalar(struct scan *s, int c)
{
	switch (c) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_literal(s, STR("true"), JSON_TRUE);
	case 'f':
		return scan_literal(s, STR("false"), JSON_FALSE);
	case 'n':
		return scan_literal(s, STR("null"), JSON_NULL);
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return scan_number(s);
		return refuse(s, c == END ? "unexpected end" :
					    "value expected");
	}
}

static bool in_object(const struct scan *s)
{
	return s->tok[s->open[s->depth - 1]].type == JSON_OBJECT;
}

static bool at_close(struct scan *s)
{
	return peek(s) == (in_object(s) ? '}' : ']');
}

/* A member's name and its colon. */
static int scan_name(struct scan *s)
{
	if (peek(s) != '"')
		return refuse(s, "member name expected");
	if (scan_string(s) < 0)
		return -1;
	if (peek(s) != ':')
		return refuse(s, "colon expected");
	s->at++;
	return 0;
}

static int open_value(struct scan *s, int c)
{
	const char *from = s->at;

	if (s->depth == JSON_MAX_DEPTH)
		return refuse(s, "nested too deeply");
	s->open[s->depth++] = (uint32_t)s->n;
	s->at++;
	push(s, c == '{' ? JSON_OBJECT : JSON_ARRAY, from);
	return 0;
}

/* The innermost bracket ends here. */
static int close_value(struct scan *s)
{
	uint32_t i = s->open[s->depth - 1];
	struct json_tok *t = &s->tok[i];
	struct json doc;

	s->at++;
	s->depth--;
	t->end = (uint32_t)(s->at - s->start);
	t->next = (uint32_t)s->n;
	doc = (struct json){ { s->start, t->end }, s->tok, t->next };
	if (t->type == JSON_OBJECT && json_names_repeat(&s->names, &doc, i))
		return refuse(s, "duplicate member name");
	return 0;
}

/* A comma, and the name that must follow it in an object. */
static int scan_comma(struct scan *s)
{
	if (peek(s) != ',')
		return refuse(s, s->at == s->end ? "unexpected end" :
						   "comma expected");
	s->at++;
	return in_object(s) ? scan_name(s) : 0;
}

/* Each turn of the loop reads one scalar or opens one bracket. */
static int scan_document(struct scan *s)
{
	int c;

	for (;;) {
		if (s->n > s->max)
			return refuse(s, "too many values");
		c = peek(s);
		if (c == '{' || c == '[') {
			if (open_value(s, c) < 0)
				return -1;
			if (!at_close(s)) {
				if (c == '{' && scan_name(s) < 0)
					return -1;
				continue;
			}
		} else if (scan_scalar(s, c) < 0) {
			return -1;
		}
		while (s->depth && at_close(s))
			if (close_value(s) < 0)
				return -1;
		if (!s->depth)
			break;
		if (scan_comma(s) < 0)
			return -1;
	}
	return peek(s) == END ? 0 : refuse(s, "text behind the document");
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
	s.start = s.at = text.n ? text.p : "";
	s.end = s.start + text.n;
	s.cap = text.n / 32 + 16;
	s.tok = arena_alloc(a, s.cap * sizeof(*s.tok));
	s.n = s.depth = 0;
	s.max = max_tokens;
	s.names = (struct json_names){ .a = a };
	if (scan_document(&s) < 0) {
		*err_r = (struct json_error){ (size_t)(s.at - s.start),
					      s.what };
		return -1;
	}
	*doc = (struct json){ text, s.tok, (uint32_t)s.n };
	return 0;
}
