/*
 * A number enters the hash as the digits and the exponent of
 *
 *     0.DIGITS x 10^EXPONENT
 *
 * with no zero on either side of the digits, which is the same text for
 * every spelling of one value: '#', '-' or '+', the digits, 'e', the
 * exponent in decimal, 0xff. Zero of either sign has no digits and no
 * exponent. Nothing is ever rounded, and an exponent may have any number of
 * digits itself.
 */
#include "dialect/canon.h"

/* Exponents of up to this many digits are summed as int64_t. */
#define SHORT_EXPONENT 17

static struct str without_leading_zeros(struct str s)
{
	while (s.n && s.p[0] == '0')
		s = str_from(s, 1);
	return s;
}

static struct str without_trailing_zeros(struct str s)
{
	while (s.n && s.p[s.n - 1] == '0')
		s.n--;
	return s;
}

static void add_exponent(struct hash *h, int64_t e)
{
	char text[24], *p = text + sizeof(text);
	uint64_t rest = e < 0 ? -(uint64_t)e : (uint64_t)e;

	do
		*--p = (char)('0' + rest % 10);
	while (rest /= 10);
	if (e < 0)
		*--p = '-';
	*--p = 'e';
	hash_add(h, p, (size_t)(text + sizeof(text) - p));
}

/*
 * The sum of an exponent too long for int64_t and a shift, which is far too
 * small to change its sign: the digits plus or minus |shift|, as on paper.
 */
static void add_long_exponent(struct hash *h, struct arena *a, bool negative,
			      struct str exp, int64_t shift)
{
	struct str sum = arena_str(a, exp);
	char *p = (char *)sum.p;
	int64_t carry = negative ? -shift : shift;

	for (size_t i = sum.n; i-- && carry;) {
		int64_t d = p[i] - '0' + carry % 10;

		carry /= 10;
		if (d < 0)
			d += 10, carry--;
		else if (d > 9)
			d -= 10, carry++;
		p[i] = (char)('0' + d);
	}
	hash_add(h, negative ? "e-" : "e", negative ? 2 : 1);
	if (carry)
		hash_add(h, "1", 1);
	else
		sum = without_leading_zeros(sum);
	hash_add(h, sum.p, sum.n);
}

static void add_any_exponent(struct hash *h, struct arena *a,
			     const struct json_digits *d, int64_t shift)
{
	struct str exp = without_leading_zeros(d->exp);
	int64_t e = 0;

	if (exp.n > SHORT_EXPONENT) {
		add_long_exponent(h, a, d->exp_negative, exp, shift);
		return;
	}
	for (size_t i = 0; i < exp.n; i++)
		e = e * 10 + (exp.p[i] - '0');
	add_exponent(h, (d->exp_negative ? -e : e) + shift);
}

/* Of so many digits at most, and nothing else, is a short number: what a
 * tokenised text consists of. */
#define SHORT 9

static bool is_short(struct str lexeme)
{
	if (lexeme.n > SHORT)
		return false;
	for (size_t i = 0; i < lexeme.n; i++)
		if (lexeme.p[i] < '0' || lexeme.p[i] > '9')
			return false;
	return true;
}

/* All of it at once. Only zero begins with a zero. */
static void add_short(struct hash *h, struct str digits)
{
	char text[SHORT + 8] = "#+";
	size_t n = 2;

	memcpy(text + n, digits.p, digits.n);
	n += without_trailing_zeros(digits).n;
	text[n++] = 'e';
	if (n > 3)
		text[n++] = (char)('0' + digits.n);
	text[n++] = '\xff';
	hash_add(h, text, n);
}

void canon_number(struct hash *h, struct arena *a, struct str lexeme)
{
	struct json_digits d;
	struct str whole, frac;
	int64_t shift; /* of the decimal point, to before the first digit */

	if (is_short(lexeme)) {
		add_short(h, lexeme);
		return;
	}
	json_split_number(lexeme, &d);
	whole = without_leading_zeros(d.whole);
	frac = without_trailing_zeros(d.frac);
	shift = (int64_t)whole.n;
	if (!whole.n) {
		shift = -(int64_t)frac.n;
		frac = without_leading_zeros(frac);
		shift += (int64_t)frac.n;
	}
	if (!frac.n)
		whole = without_trailing_zeros(whole);
	if (!whole.n && !frac.n) {
		hash_add(h, "#+e\xff", 4);
		return;
	}
	hash_add(h, d.negative ? "#-" : "#+", 2);
	hash_add(h, whole.p, whole.n);
	hash_add(h, frac.p, frac.n);
	add_any_exponent(h, a, &d, shift);
	hash_add(h, "\xff", 1);
}
