#include "thrift/token_split.h"

#include "base/utf8.h"

/* -- code points ----------------------------------------------------------- */

static bool is_between(const uint8_t *p, const uint8_t *end, uint8_t from,
		       uint8_t to)
{
	return p < end && *p >= from && *p <= to;
}

size_t token_bad_len(const uint8_t *p, const uint8_t *end)
{
	bool third = is_between(p + 2 < end ? p + 2 : end, end, 0x80, 0xbf);

	if (p[0] == 0xed && is_between(p + 1, end, 0xa0, 0xbf))
		return third ? 3 : 1;
	if (p[0] < 0xe0 || p[0] > 0xf4 ||
	    !is_between(p + 1, end, p[0] == 0xe0 ? 0xa0 :
				    p[0] == 0xf0 ? 0x90 : 0x80,
			p[0] == 0xf4 ? 0x8f : 0xbf))
		return 1;
	return p[0] >= 0xf0 && third ? 3 : 2;
}

static unsigned kind_wide(const struct token_table *t, const uint8_t *p,
			  const uint8_t *end, size_t *len_r)
{
	size_t len = token_three(p, end) ? 3 :
		     utf8_len((const char *)p, (size_t)(end - p));

	*len_r = len;
	if (len == 2)
		return token_kind(t, (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu));
	if (len == 3)
		return token_kind(t, (p[0] & 0xfu) << 12 |
				     (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu));
	if (len == 4)
		return token_kind(t, (p[0] & 7u) << 18 |
				     (p[1] & 0x3fu) << 12 |
				     (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu));
	*len_r = token_bad_len(p, end);
	return token_kind(t, 0xfffd);
}

static inline unsigned kind_at(const struct token_table *t, const uint8_t *p,
			       const uint8_t *end, size_t *len_r)
{
	*len_r = 1;
	if (p == end)
		return KIND_END;
	if (*p < 0x80)
		return t->ascii[*p];
	return kind_wide(t, p, end, len_r);
}

/* -- runs ------------------------------------------------------------------ */

#define KIND_NOT_OTHER (KIND_LETTER | KIND_NUMBER | KIND_SPACE | KIND_END)

static const uint8_t *skip(const struct token_table *t, const uint8_t *p,
			   const uint8_t *end, unsigned kinds)
{
	size_t len;

	while (kind_at(t, p, end, &len) & kinds)
		p += len;
	return p;
}

static const uint8_t *skip_other(const struct token_table *t,
				 const uint8_t *p, const uint8_t *end)
{
	size_t len;

	while (!(kind_at(t, p, end, &len) & KIND_NOT_OTHER))
		p += len;
	return p;
}

static const uint8_t *skip_numbers(const struct token_table *t,
				   const uint8_t *p, const uint8_t *end)
{
	size_t len;
	int i;

	for (i = 0; i < 3 && kind_at(t, p, end, &len) & KIND_NUMBER; i++)
		p += len;
	return p;
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d)? where s is also U+017F. */
static const uint8_t *skip_contraction(const uint8_t *p, const uint8_t *end)
{
	uint8_t c, d;

	if (end - p < 2 || p[0] != '\'')
		return p;
	c = p[1] | 0x20;
	if (c == 's' || c == 't' || c == 'm' || c == 'd')
		return p + 2;
	if (end - p < 3)
		return p;
	d = p[2] | 0x20;
	if ((c == 'l' && d == 'l') || ((c == 'r' || c == 'v') && d == 'e') ||
	    (p[1] == 0xc5 && p[2] == 0xbf))
		return p + 3;
	return p;
}

/*
 * Blanks. \s*[\r\n]+ ends with the last line end among them, \s+(?!\S) leaves
 * one for what follows, and of cl100k_base \s+$ comes first.
 */
static const uint8_t *skip_spaces(const struct token_table *t,
				  const uint8_t *p, const uint8_t *end)
{
	const uint8_t *line = NULL, *last = p, *at = p;
	unsigned kind;
	size_t len;

	while ((kind = kind_at(t, at, end, &len)) & KIND_SPACE) {
		last = at;
		at += len;
		if (kind & KIND_NEWLINE)
			line = at;
	}
	if (line && (at < end || t->set == TOKEN_O200K))
		return line;
	return at == end || last == p ? at : last;
}

/* ` ?[^\s\p{L}\p{N}]+[\r\n]*` from behind the space; o200k_base takes slashes
 * among the line ends. */
static const uint8_t *skip_signs(const struct token_table *t,
				 const uint8_t *p, const uint8_t *end)
{
	p = skip_other(t, p, end);
	while (p < end && (*p == '\r' || *p == '\n' ||
			   (*p == '/' && t->set == TOKEN_O200K)))
		p++;
	return p;
}

/* -- the two expressions --------------------------------------------------- */

/* What neither begins with letters nor has letters behind its first sign. */
static const uint8_t *split_rest(const struct token_table *t,
				 const uint8_t *p, const uint8_t *end)
{
	size_t len, next;
	unsigned kind = kind_at(t, p, end, &len);

	if (kind & KIND_NUMBER)
		return skip_numbers(t, p, end);
	if (!(kind & KIND_SPACE))
		return skip_signs(t, p, end);
	if (*p == ' ' && !(kind_at(t, p + 1, end, &next) & KIND_NOT_OTHER))
		return skip_signs(t, p + 1, end);
	return skip_spaces(t, p, end);
}

static const uint8_t *split_cl100k(const struct token_table *t,
				   const uint8_t *p, const uint8_t *end)
{
	size_t len, next;
	unsigned kind = kind_at(t, p, end, &len);
	const uint8_t *e = skip_contraction(p, end);

	if (e > p)
		return e;
	if (kind & KIND_LETTER ||
	    (!(kind & (KIND_NUMBER | KIND_NEWLINE)) &&
	     kind_at(t, p + len, end, &next) & KIND_LETTER))
		return skip(t, p + len, end, KIND_LETTER);
	return split_rest(t, p, end);
}

/*
 * The two kinds of words of o200k_base, from behind the sign in front of
 * them: capitals and then at least one small letter, or at least one capital.
 * Letters without case and marks are both; the last of them among capitals
 * ends the word if nothing small follows. p when there is none, *small_r
 * whether it is of the first kind.
 */
static const uint8_t *skip_word(const struct token_table *t, const uint8_t *p,
				const uint8_t *end, bool *small_r)
{
	const uint8_t *both = NULL, *at = p, *low;
	unsigned kind;
	size_t len;

	while ((kind = kind_at(t, at, end, &len)) & KIND_UPPER) {
		at += len;
		if (kind & KIND_LOWER)
			both = at;
	}
	low = skip(t, at, end, KIND_LOWER);
	*small_r = low > at || both;
	return low > at || !both ? low : both;
}

static const uint8_t *split_o200k(const struct token_table *t,
				  const uint8_t *p, const uint8_t *end)
{
	size_t len;
	unsigned kind = kind_at(t, p, end, &len);
	bool sign = !(kind & (KIND_LETTER | KIND_NUMBER | KIND_NEWLINE));
	const uint8_t *word = sign ? p + len : p, *e;
	bool small;

	if (kind & (KIND_NUMBER | KIND_NEWLINE))
		return split_rest(t, p, end);
	e = skip_word(t, word, end, &small);
	if (!small && sign && kind & KIND_LOWER) /* a mark is a small word */
		return skip_contraction(p + len, end);
	if (e > word)
		return skip_contraction(e, end);
	return split_rest(t, p, end);
}

const uint8_t *token_split(const struct token_table *t, const uint8_t *p,
			   const uint8_t *end)
{
	const uint8_t *e = t->set == TOKEN_O200K ? split_o200k(t, p, end) :
						   split_cl100k(t, p, end);

	return e > p ? e : p + 1; /* a damaged table's classes make no sense */
}
