#include "cmd/report_scan.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/utf8.h"
#include "cmd/report_member.h"

static inline uint64_t load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t load4(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* n is at least 4. */
static inline bool same(const char *p, const char *q, size_t n)
{
	size_t i;

	if (n < 8)
		return load4(p) == load4(q) &&
		       load4(p + n - 4) == load4(q + n - 4);
	for (i = 0; i + 8 < n; i += 8)
		if (load8(p + i) != load8(q + i))
			return false;
	return load8(p + n - 8) == load8(q + n - 8);
}

/* -- values ---------------------------------------------------------------- */

#define FOREIGN 16 /* more than that is for the strict reader */

struct scan {
	const char *p, *end;
	uint64_t seen;    /* a bit for each member */
	uint64_t foreign[FOREIGN]; /* other names, mixed */
	size_t nforeign;
	struct report_entry *e;
};

/* The first byte from p on that is no plain character of a string. */
static inline const char *skip_plain(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
	const __m128i blank = _mm_set1_epi8(' ');
	__m128i v;
	int odd;

	for (; end - p >= 16; p += 16) {
		v = _mm_loadu_si128((const __m128i *)p);
		odd = _mm_movemask_epi8(_mm_or_si128(
			_mm_or_si128(_mm_cmpeq_epi8(v, quote),
				     _mm_cmpeq_epi8(v, slash)),
			_mm_cmplt_epi8(v, blank))); /* also above ASCII */
		if (odd)
			return p + __builtin_ctz((unsigned)odd);
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && (signed char)*p >= ' ')
		p++;
	return p;
}

/* Behind the opening quote; leaves s->p behind the closing one. */
static inline bool scan_string(struct scan *s, struct str *out_r)
{
	const char *from = s->p, *p = skip_plain(from, s->end);
	size_t n;

	while (p < s->end && (signed char)*p < 0) {
		n = utf8_len(p, (size_t)(s->end - p));
		if (!n)
			return false;
		p = skip_plain(p + n, s->end);
	}
	if (p == s->end || *p != '"')
		return false;
	*out_r = (struct str){ from, (size_t)(p - from) };
	s->p = p + 1;
	return true;
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* At most 18 digits, as JSON writes whole numbers. */
static inline bool scan_digits(struct scan *s, int64_t *out_r)
{
	const char *from = s->p, *p = from;
	uint64_t v = 0; /* more digits may come; refused below */

	while (p < s->end && is_digit(*p))
		v = 10 * v + (uint64_t)(*p++ - '0');
	if (p == from || p - from > 18 || (*from == '0' && p - from > 1))
		return false;
	s->p = p;
	*out_r = (int64_t)v;
	return true;
}

static inline bool scan_end(const struct scan *s)
{
	return s->p < s->end && (*s->p == ',' || *s->p == '}');
}

/* Up to 999999.999999999999 without an exponent. */
static inline bool scan_money(struct scan *s, picousd *out_r)
{
	bool minus = s->p < s->end && *s->p == '-';
	picousd v;
	int places = 0;

	s->p += minus;
	if (!scan_digits(s, &v) || v > 999999)
		return false;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		for (; s->p < s->end && is_digit(*s->p) && places < 12;
		     places++)
			v = 10 * v + (*s->p++ - '0');
		if (!places)
			return false;
	}
	for (; places < 12; places++)
		v *= 10;
	*out_r = minus ? -v : v;
	return scan_end(s);
}

static inline bool scan_truth(struct scan *s, bool *out_r)
{
	static const struct str word[] = { STR("false"), STR("true") };
	struct str rest = { s->p, (size_t)(s->end - s->p) };
	bool v = s->p < s->end && *s->p == 't';

	if (!str_starts(rest, word[v]))
		return false;
	s->p += word[v].n;
	*out_r = v;
	return scan_end(s);
}

static inline bool scan_text(struct scan *s, struct str *out_r)
{
	if (s->p == s->end || *s->p != '"')
		return false;
	s->p++;
	return scan_string(s, out_r) && scan_end(s);
}

static inline bool scan_count(struct scan *s, int64_t *out_r)
{
	return scan_digits(s, out_r) && scan_end(s);
}

static inline bool scan_whole(struct scan *s, int64_t *out_r)
{
	bool minus = s->p < s->end && *s->p == '-';

	s->p += minus;
	if (!scan_count(s, out_r))
		return false;
	*out_r = minus ? -*out_r : *out_r;
	return true;
}

/* A number without an exponent, whatever it is. */
static inline bool scan_number(struct scan *s)
{
	const char *from;
	int64_t v;

	s->p += *s->p == '-';
	if (!scan_digits(s, &v))
		return false;
	if (s->p < s->end && *s->p == '.') {
		from = ++s->p;
		while (s->p < s->end && is_digit(*s->p))
			s->p++;
		if (s->p == from)
			return false;
	}
	return scan_end(s);
}

/* Of a member nobody asks for: strings, numbers and truth values pass. */
static inline bool scan_other(struct scan *s)
{
	struct str text;
	bool truth;

	switch (s->p < s->end ? *s->p : '\0') {
	case '"':
		return scan_text(s, &text);
	case 't':
	case 'f':
		return scan_truth(s, &truth);
	default:
		return scan_number(s);
	}
}

/* Two that mix alike are perhaps the same name twice. */
static inline bool scan_foreign(struct scan *s, uint64_t mixed)
{
	for (size_t i = 0; i < s->nforeign; i++)
		if (s->foreign[i] == mixed)
			return false;
	if (s->nforeign == FOREIGN)
		return false;
	s->foreign[s->nforeign++] = mixed;
	return scan_other(s);
}

static inline bool scan_value(struct scan *s, int i)
{
	uint64_t bit = (uint64_t)1 << i;
	void *field = (char *)s->e + report_members[i].at;

	if (s->seen & bit)
		return false;
	s->seen |= bit;
	switch (report_members[i].kind) {
	case REPORT_COUNT:
		return scan_count(s, field);
	case REPORT_WHOLE:
		return scan_whole(s, field);
	case REPORT_MONEY:
		return scan_money(s, field);
	case REPORT_TRUTH:
		return scan_truth(s, field);
	case REPORT_OTHER:
		return scan_other(s);
	default:
		return scan_text(s, field);
	}
}

/*
 * Which member came after this one the last time: lines are much alike, so
 * most names need not be looked up. Only a guess, of each thread.
 */
static __thread uint8_t after[REPORT_MEMBERS_MOST + 1];

static inline bool is_guessed(const struct scan *s, int i)
{
	return (size_t)(s->end - s->p) > report_heads[i].n &&
	       same(s->p, report_heads[i].text, report_heads[i].n);
}

/* *last_r is the number of the member before, and one. */
static inline bool scan_member(struct scan *s, int *last_r)
{
	int i = after[*last_r];
	struct str name;
	uint64_t mixed;

	if (is_guessed(s, i)) {
		s->p += report_heads[i].n;
		*last_r = i + 1;
		return scan_value(s, i);
	}
	if (s->p == s->end || *s->p++ != '"' || !scan_string(s, &name) ||
	    !name.n || s->p == s->end || *s->p++ != ':')
		return false;
	mixed = report_member_mix(name);
	i = report_member_number(name, mixed);
	if (i < 0)
		return scan_foreign(s, mixed);
	after[*last_r] = (uint8_t)i;
	*last_r = i + 1;
	return scan_value(s, i);
}

bool report_scan(struct report_entry *e, struct str line)
{
	struct scan s;
	char next = '{';
	int last = 0;

	report_members_ready();
	s.p = line.p;
	s.end = line.p + line.n;
	s.e = e;
	s.seen = s.nforeign = 0; /* and `foreign` as it is */
	if (!line.n || *s.p++ != next)
		return false;
	do {
		if (!scan_member(&s, &last))
			return false;
		next = *s.p++; /* scan_end() saw that it is there */
	} while (next == ',');
	return s.p == s.end;
}
