#include "thrift/detect_gaze.h"

#include "base/count.h"
#include "base/utf8.h"

/* How many words a request or a task may reach. */
#define REACH 8

/* --- words --- */

static void word_among_words(struct gaze *g, int kind)
{
	uint32_t now = g->l->n[SIGHT_words];

	if ((kind & KIND_CODE) && g->made && now - g->made <= REACH) {
		see(g, SIGHT_request);
		g->made = 0;
	}
	if ((kind & KIND_MATH) && g->found && now - g->found <= REACH) {
		see(g, SIGHT_task);
		g->found = 0;
	}
	if (kind & KIND_MAKE)
		g->made = now;
	if (kind & KIND_FIND)
		g->found = now;
}

static int word_listed(struct gaze *g, struct str w)
{
	int i = detect_word_find(w);

	if (i < 0)
		return 0;
	g->l->seen[i / 64] |= (uint64_t)1 << (i % 64);
	return detect_words[i].kind;
}

static bool word_ends(struct str w, struct str tail)
{
	return w.n > tail.n &&
	       memcmp(w.p + w.n - tail.n, tail.p, tail.n) == 0;
}

/* snake_case, camelCase, CONSTANT_CASE and the like. */
static void word_shape(struct gaze *g, struct str w)
{
	size_t i, under = 0, hump = 0, upper = 0;

	for (i = 0; i < w.n; i++) {
		under += w.p[i] == '_' && i && i + 1 < w.n;
		upper += is_upper(w.p[i]);
		hump += i && is_upper(w.p[i]) && is_lower(w.p[i - 1]);
	}
	if (under)
		see(g, upper + under == w.n ? SIGHT_caps_snake :
		       w.n == 3 ? SIGHT_subscript : SIGHT_snake);
	else if (hump)
		see(g, is_lower(w.p[0]) ? SIGHT_camel : SIGHT_pascal);
	else if (upper == w.n && w.n > 2)
		see(g, SIGHT_caps);
	if (word_ends(w, STR("Error")) || word_ends(w, STR("Exception")))
		see(g, SIGHT_error);
}

/* The ends of file names that programs have. */
static bool is_file_end(struct str w)
{
	static const char *const ends[] = {
		"c", "cc", "cpp", "cs", "css", "csv", "go", "h", "html",
		"ini", "java", "js", "json", "jsx", "kt", "log", "php", "py",
		"rb", "rs", "sh", "sql", "swift", "toml", "ts", "tsx", "txt",
		"vue", "xml", "yaml", "yml",
	};
	size_t i;

	for (i = 0; i < COUNT_OF(ends); i++)
		if (str_is(w, ends[i]))
			return true;
	return false;
}

static void word_beside(struct gaze *g, struct str w, char prev)
{
	const char *end = w.p + w.n;
	char next = ahead(g, end, 0), second = ahead(g, end, 1);

	if (next == '(')
		see(g, w.n == 1 ? SIGHT_of_letter :
		       second == 's' && ahead(g, end, 2) == ')' ?
		       SIGHT_words : SIGHT_call);
	if (next == '[')
		see(g, SIGHT_index);
	if (prev == '.' && is_file_end(w) && !is_letter(next))
		see(g, SIGHT_file);
	else if (next == '.' && (is_lower(second) || second == '_'))
		see(g, SIGHT_dotted);
	if (w.n == 1 && !is_among(w.p[0], "aAIs") && prev != '\'' &&
	    prev != '.' && next != '.' && next != '\'' && w.p[0] != '_')
		see(g, SIGHT_letter);
}

static const char *word_look(struct gaze *g, const char *p, char prev)
{
	struct str w = { p, 0 };
	int kind;

	while (p < g->end && (is_letter(*p) || is_digit(*p) || *p == '_' ||
			      is_accented(*p)))
		p++;
	w.n = (size_t)(p - w.p);
	see(g, SIGHT_words);
	kind = word_listed(g, w);
	word_among_words(g, kind);
	if (g->how && g->how++ < 2 && (str_is(w, "many") || str_is(w, "much") ||
				       str_is(w, "far") || str_is(w, "long") ||
				       str_is(w, "old") || str_is(w, "fast")))
		see(g, SIGHT_how_many);
	if (str_is(w, "how") || str_is(w, "How"))
		g->how = 1;
	word_shape(g, w);
	word_beside(g, w, prev);
	return p;
}

/* --- beyond ASCII --- */

/* Languages that put no blanks between words: the list's longest word here
 * of up to four characters of three bytes. */
static size_t wide_word(struct gaze *g, const char *p)
{
	struct str w = { p, 12 };
	int kind;

	if (w.n > (size_t)(g->end - p))
		w.n = (size_t)(g->end - p) / 3 * 3;
	for (; w.n; w.n -= 3) {
		kind = word_listed(g, w);
		if (kind) {
			word_among_words(g, kind);
			return w.n;
		}
	}
	return 3;
}

static const char *wide_look(struct gaze *g, const char *p)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t n = utf8_len(p, (size_t)(g->end - p));

	if (n == 0)
		return p + 1;
	if (detect_is_wide_math(u, n)) {
		see(g, SIGHT_wide_math);
		return p + n;
	}
	if (n != 3 || u[0] < 0xe3)
		return p + n;
	see(g, SIGHT_wide);
	if (u[0] == 0xef && u[1] == 0xbc && u[2] == 0x9f)
		see(g, SIGHT_question);
	return p + wide_word(g, p);
}

/* --- lines --- */

static bool line_is_item(const struct gaze *g, const char *p)
{
	if (is_among(*p, "-*+") && ahead(g, p, 1) == ' ')
		return true;
	if (!is_digit(*p))
		return false;
	while (p < g->end && is_digit(*p))
		p++;
	return p < g->end && is_among(*p, ".)") && ahead(g, p, 1) == ' ';
}

/* Its first word; only in lower case or, as in SQL, in capitals. */
static int line_kind(const struct gaze *g, const char *p)
{
	struct str w = { p, 0 };
	int i;

	while (p < g->end && (is_letter(*p) || *p == '-'))
		p++;
	w.n = (size_t)(p - w.p);
	if (w.n < 2 || is_upper(w.p[0]) != is_upper(w.p[1]))
		return 0;
	i = detect_word_find(w);
	return i < 0 ? 0 : detect_words[i].kind;
}

static void line_begin(struct gaze *g, const char *p, size_t indent)
{
	int kind = line_kind(g, p);
	char last = g->end[-1], next = ahead(g, p, 1);

	if ((is_among(*p, "#") && (is_lower(next) || next == '!')) ||
	    *p == '@' || ((kind & KIND_OPEN) &&
	    (is_among(last, ";{}(),:>\"'=") || indent)))
		see(g, SIGHT_opening);
	if ((kind & KIND_SHELL) || (*p == '$' && next == ' '))
		see(g, SIGHT_command);
	if ((*p == '/' && is_among(next, "/*")) || (*p == '#' && next == ' ') ||
	    (*p == '-' && next == '-' && ahead(g, p, 2) == ' '))
		see(g, SIGHT_comment);
	if (line_is_item(g, p))
		see(g, SIGHT_item);
	else if (indent > 1)
		see(g, SIGHT_indent);
	if (g->opened && indent > g->indent)
		see(g, SIGHT_deeper);
}

static void line_end(struct gaze *g)
{
	char last = g->end[-1];

	if (last == ';')
		see(g, SIGHT_end_semi);
	if (is_among(last, "{}"))
		see(g, SIGHT_end_brace);
	if (last == ':')
		see(g, SIGHT_end_colon);
	g->opened = is_among(last, ":{([>");
}

static bool is_word_start(const struct gaze *g, const char *p)
{
	unsigned char u = (unsigned char)*p;

	if (is_letter(*p) || *p == '_')
		return true;
	return u >= 0xc3 && u <= 0xd4 &&
	       !(p + 1 < g->end &&
		 detect_is_wide_math((const unsigned char *)p, 2));
}

static void line_tokens(struct gaze *g, const char *start)
{
	const char *p = start;

	while (p < g->end) {
		if (is_word_start(g, p))
			p = word_look(g, p, before(start, p));
		else if (is_digit(*p))
			p = detect_number_look(g, p, before(start, p));
		else if ((unsigned char)*p >= 0x80)
			p = wide_look(g, p);
		else if (*p == ' ')
			p++;
		else
			p = detect_sign_look(g, start, p);
	}
}

static void line_look(struct gaze *g, const char *p)
{
	size_t indent = 0;

	for (; p < g->end && is_among(*p, " \t"); p++)
		indent += *p == '\t' ? 8 : 1;
	while (g->end > p && is_among(g->end[-1], " \t\r"))
		g->end--;
	if (p == g->end)
		return;
	see(g, SIGHT_lines);
	if (g->end - p >= 3 && (memcmp(p, "```", 3) == 0 ||
				memcmp(p, "~~~", 3) == 0))
		see(g, SIGHT_fence);
	line_begin(g, p, indent);
	line_tokens(g, p);
	line_end(g);
	g->indent = indent;
}

void detect_look(struct str text, struct looks *l_r)
{
	struct gaze g = { .l = l_r };
	const char *p = text.p, *end = text.p + text.n, *next;
	uint32_t *n = l_r->n;

	*l_r = (struct looks){ .seen = { 0 } };
	for (; p < end; p = next) {
		g.end = memchr(p, '\n', (size_t)(end - p));
		next = g.end ? g.end + 1 : end;
		if (!g.end)
			g.end = end;
		line_look(&g, p);
	}
	if (n[SIGHT_how_many])
		n[SIGHT_asked] = n[SIGHT_number];
	if (n[SIGHT_question])
		n[SIGHT_posed] = n[SIGHT_number];
}

/* --- the list --- */

/* Less, equal, more, as memcmp has it, of a word in lower case. */
static int word_compare(const char *low, size_t n, const char *listed)
{
	size_t m = strlen(listed);
	int c = memcmp(low, listed, n < m ? n : m);

	return c ? c : (n > m) - (n < m);
}

int detect_word_find(struct str w)
{
	char low[DETECT_WORD_LONGEST];
	int first, last, mid, c;
	size_t i;

	if (w.n == 0 || w.n > sizeof(low))
		return -1;
	for (i = 0; i < w.n; i++)
		low[i] = is_upper(w.p[i]) ? (char)(w.p[i] | 0x20) : w.p[i];
	first = detect_words_from[(unsigned char)low[0]];
	last = detect_words_from[(unsigned char)low[0] + 1] - 1;
	while (first <= last) {
		mid = (first + last) / 2;
		c = word_compare(low, w.n, detect_words[mid].word);
		if (c == 0)
			return mid;
		if (c < 0)
			last = mid - 1;
		else
			first = mid + 1;
	}
	return -1;
}
