#include "thrift/decimal.h"

/* Enough for every int64_t; digits behind these only round. */
#define MOST_DIGITS 30

struct number {
	bool negative;
	char digit[MOST_DIGITS]; /* without leading zeros */
	int n;
	long point; /* value = 0.digits * 10^point */
	bool more;  /* digits other than 0 were left out */
};

static bool is_digit(struct str s)
{
	return s.n && s.p[0] >= '0' && s.p[0] <= '9';
}

static void add_digit(struct number *v, char c)
{
	if (v->n == 0 && c == '0')
		return;
	if (v->n < MOST_DIGITS)
		v->digit[v->n++] = (char)(c - '0');
	else
		v->more |= c != '0';
}

static bool read_exponent(struct str *s, long *out_r)
{
	bool negative;
	long e = 0;

	*s = str_from(*s, 1);
	negative = s->n && s->p[0] == '-';
	if (s->n && (s->p[0] == '-' || s->p[0] == '+'))
		*s = str_from(*s, 1);
	if (!is_digit(*s))
		return false;
	for (; is_digit(*s); *s = str_from(*s, 1))
		if (e < 100000)
			e = 10 * e + (s->p[0] - '0');
	*out_r = negative ? -e : e;
	return true;
}

static bool read_number(struct str s, struct number *v)
{
	long e = 0;

	v->negative = s.n && s.p[0] == '-';
	if (v->negative)
		s = str_from(s, 1);
	if (!is_digit(s) || (s.p[0] == '0' && is_digit(str_from(s, 1))))
		return false;
	for (; is_digit(s); s = str_from(s, 1)) {
		add_digit(v, s.p[0]);
		v->point += v->n > 0;
	}
	if (s.n && s.p[0] == '.') {
		s = str_from(s, 1);
		if (!is_digit(s))
			return false;
		for (; is_digit(s); s = str_from(s, 1)) {
			add_digit(v, s.p[0]);
			v->point -= v->n == 0;
		}
	}
	if (s.n && (s.p[0] == 'e' || s.p[0] == 'E') && !read_exponent(&s, &e))
		return false;
	v->point += e;
	return s.n == 0;
}

int decimal_read(struct str s, int places, bool rounding, int64_t *out_r)
{
	struct number v = { 0 };
	int64_t sum = 0;
	long keep;

	if (!read_number(s, &v))
		return 0;
	keep = v.point + places; /* digits before the cut; may be negative */
	for (long i = 0; v.n && i < keep; i++)
		if (__builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, i < v.n ? v.digit[i] : 0,
					   &sum))
			return 0;
	for (long i = keep < 0 ? 0 : keep; i < v.n; i++)
		v.more |= v.digit[i] != 0;
	if (v.more && !rounding)
		return 0;
	if (keep >= 0 && keep < v.n && v.digit[keep] >= 5 &&
	    __builtin_add_overflow(sum, 1, &sum))
		return 0;
	*out_r = v.negative ? -sum : sum;
	return 1;
}
