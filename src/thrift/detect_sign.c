#include "thrift/detect_gaze.h"

#include "base/count.h"

/* --- numbers --- */

static bool is_year(struct str n)
{
	return n.n == 4 && ((n.p[0] == '1' && (n.p[1] == '9' ||
			     n.p[1] == '8' || n.p[1] == '7')) ||
			    (n.p[0] == '2' && n.p[1] == '0'));
}

const char *detect_number_look(struct gaze *g, const char *p, char prev)
{
	struct str n = { p, 0 };
	char next;

	while (p < g->end && (is_digit(*p) ||
			      (is_among(*p, ".,") && is_digit(ahead(g, p, 1)))))
		p++;
	n.n = (size_t)(p - n.p);
	next = ahead(g, p, 0);
	see(g, is_year(n) ? SIGHT_year : SIGHT_number);
	if (memchr(n.p, '.', n.n))
		see(g, SIGHT_decimal);
	if (prev == '$')
		see(g, SIGHT_money);
	if (next == '%')
		see(g, SIGHT_percent);
	if (next == ':' && is_digit(ahead(g, p, 1)))
		see(g, SIGHT_ratio);
	if (is_letter(next) && !is_letter(ahead(g, p, 1)))
		see(g, SIGHT_times);
	return p;
}

/* --- signs --- */

/* Whether what is around here, but for blanks, is a number or one letter. */
static bool operand_behind(const char *start, const char *at)
{
	while (at > start && at[-1] == ' ')
		at--;
	if (at == start)
		return false;
	if (is_digit(at[-1]) || is_among(at[-1], ")}]"))
		return true;
	return is_letter(at[-1]) && (at - 1 == start || !is_letter(at[-2]));
}

static bool operand_ahead(const struct gaze *g, const char *at)
{
	while (at < g->end && *at == ' ')
		at++;
	if (at < g->end && is_among(*at, "-("))
		at++;
	if (at == g->end)
		return false;
	if (is_digit(*at) || *at == '\\')
		return true;
	return is_letter(*at) && !is_letter(ahead(g, at, 1));
}

static bool is_latex(const struct gaze *g, const char *p)
{
	static const char *const heads[] = {
		"frac", "dfrac", "sqrt", "sum", "int", "cdot", "times", "pm",
		"le", "ge", "ne", "alpha", "beta", "gamma", "delta", "theta",
		"lambda", "mu", "pi", "sigma", "phi", "omega", "left",
		"right", "begin", "end", "text", "math", "sin", "cos", "tan",
		"log", "ln", "lim", "infty", "angle", "triangle", "circ",
		"equiv", "pmod", "binom", "overline", "dots", "ldots", "cap",
		"cup", "in", "partial", "nabla", "vec", "hat", "boxed",
	};
	size_t i, n = 0, m;

	while (n < 9 && is_lower(ahead(g, p, 1 + n)))
		n++;
	for (i = 0; i < COUNT_OF(heads) && n > 1; i++) {
		m = strlen(heads[i]);
		if ((m == n || (m < n && m > 3)) &&
		    memcmp(p + 1, heads[i], m) == 0)
			return true;
	}
	return false;
}

/* Two characters that are one sign in programs and hardly in prose. */
static bool is_compound(char c, char next)
{
	static const char pairs[][3] = {
		"==", "!=", "<=", ">=", "&&", "||", "->", "=>", "::", "+=",
		"-=", "*=", "++", ":=", "<<", ">>", "/*", "*/", "</", "/>",
		"<?", "?>", "${", "};", ");", "()", "[]", "{}", "){",
	};
	size_t i;

	for (i = 0; i < COUNT_OF(pairs); i++)
		if (c == pairs[i][0] && next == pairs[i][1])
			return true;
	return false;
}

static void sign_operator(struct gaze *g, const char *start, const char *p)
{
	bool behind = operand_behind(start, p);
	bool both = behind && operand_ahead(g, p + 1);

	if (*p == '=' && !is_among(ahead(g, p, 1), "=>") &&
	    !is_among(before(start, p), "=!<>+-*/:"))
		see(g, both ? SIGHT_equation : SIGHT_assign);
	else if (*p == '^' && behind)
		see(g, SIGHT_caret);
	else if (both && (*p != '-' || ahead(g, p, 1) == ' ' ||
			  is_digit(before(start, p))))
		see(g, SIGHT_arith);
}

static void sign_paired(struct gaze *g, const char *start, const char *p)
{
	char prev = before(start, p), next = ahead(g, p, 1);

	switch (*p) {
	case '{': case '}':
		see(g, SIGHT_brace);
		break;
	case '[': case ']':
		see(g, SIGHT_bracket);
		break;
	case '<':
		if (is_letter(next) || is_among(next, "/!?"))
			see(g, SIGHT_tag);
		break;
	case '"': case '\'':
		if (is_among(prev, "([{=,:") || is_among(next, ")]},;"))
			see(g, SIGHT_string);
		else if (*p == '"')
			see(g, SIGHT_quote);
		if (next == ':' && *p == '"')
			see(g, SIGHT_member);
		break;
	}
}

static void sign_other(struct gaze *g, const char *start, const char *p)
{
	char prev = before(start, p), next = ahead(g, p, 1);

	switch (*p) {
	case '\\':
		if (is_latex(g, p))
			see(g, SIGHT_latex);
		break;
	case '$':
		if (is_letter(next) || is_among(next, "\\({") ||
		    is_among(prev, ")}"))
			see(g, SIGHT_dollar);
		break;
	case '`':
		see(g, SIGHT_backtick);
		break;
	case '-':
		if (prev == ' ' && (next == '-' || (is_letter(next) &&
		    !is_letter(ahead(g, p, 2)))))
			see(g, SIGHT_flag);
		break;
	case '/':
		if (is_among(prev, " .~\"'") && is_letter(next))
			see(g, SIGHT_path);
		break;
	}
}

static void sign_prose(struct gaze *g, char c)
{
	switch (c) {
	case '?':
		see(g, SIGHT_question);
		break;
	case '.':
		see(g, SIGHT_stop);
		break;
	case ',':
		see(g, SIGHT_comma);
		break;
	case '!':
		see(g, SIGHT_exclaim);
		break;
	}
}

const char *detect_sign_look(struct gaze *g, const char *start, const char *p)
{
	if (is_among(*p, "+-*/=^<>"))
		sign_operator(g, start, p);
	sign_paired(g, start, p);
	sign_other(g, start, p);
	sign_prose(g, *p);
	if (is_compound(*p, ahead(g, p, 1)))
		see(g, SIGHT_compound);
	return p + 1;
}

bool detect_is_wide_math(const unsigned char *u, size_t n)
{
	if (n == 2)
		return (u[0] == 0xc2 && (u[1] == 0xb1 || u[1] == 0xb2 ||
					 u[1] == 0xb3 || u[1] == 0xb0)) ||
		       (u[0] == 0xc3 && (u[1] == 0x97 || u[1] == 0xb7));
	if (n == 3)
		return u[0] == 0xe2 && (u[1] == 0x88 || u[1] == 0x89 ||
			u[1] == 0x8a || u[1] == 0x8b || u[1] == 0x81 ||
			(u[1] == 0x82 && u[2] < 0xa0));
	return u[0] == 0xf0 && u[1] == 0x9d;
}
