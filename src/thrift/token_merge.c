#include "thrift/token_merge.h"

#include "base/count.h"

#define SHORT 96 /* bytes that are merged pair by pair */
#define LONG 19	 /* tokens of which there are few */
#define NEVER UINT32_MAX

/* -- short pieces ---------------------------------------------------------- */

/*
 * Parts are called by their number. A pair's number is the rank of the two as
 * one token and, below it, its left part's: the lowest of all is the next to
 * merge, of two of one rank the left one.
 *
 * At first a part is a byte; or a whole character, where that is a token and
 * no token ends or begins within it and goes on beyond it. Merging has such
 * a character together before anything is merged with it, for a token is
 * younger than what it is made of, and in no other way.
 */
#define PART_BITS 7
#define NO_PAIR INT32_MAX

_Static_assert(SHORT <= 1 << PART_BITS && SHORT % 4 == 0 &&
	       TOKEN_RANK_BITS + PART_BITS < 31, "a number holds both");

struct parts {
	const struct token_table *t;
	const uint8_t *p;
	int32_t pair[SHORT]; /* of a part and the next */
	uint8_t next[SHORT + 1], before[SHORT + 1];
	uint8_t at[SHORT + 1]; /* where it begins */
	size_t n;
};

static inline __attribute__((always_inline)) void
pair_find(struct parts *s, size_t i)
{
	size_t next = s->next[i], at = s->at[i];
	uint32_t rank = 0;

	if (next < s->n)
		rank = token_find(s->t, s->p + at, s->at[s->next[next]] - at);
	s->pair[i] = rank ? (int32_t)(rank << PART_BITS | i) : NO_PAIR;
}

static int32_t lower(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

/* Of four at a time, without a branch. */
static int32_t pair_lowest(const struct parts *s)
{
	int32_t a = NO_PAIR, b = NO_PAIR, c = NO_PAIR, d = NO_PAIR;
	size_t i;

	for (i = 0; i < s->n; i += 4) {
		a = lower(a, s->pair[i]);
		b = lower(b, s->pair[i + 1]);
		c = lower(c, s->pair[i + 2]);
		d = lower(d, s->pair[i + 3]);
	}
	return lower(lower(a, b), lower(c, d));
}

/* Is there a token that has a part of one of the two characters that meet at
 * i, and something of the other? */
static bool is_joint(const struct token_table *t, const uint8_t *p, size_t i)
{
	return token_bit(t->joints, (size_t)p[i - 1] << 8 | p[i]);
}

/* Bytes of the first part at i. */
static size_t part_len(const struct token_table *t, const uint8_t *p, size_t i,
		       size_t n)
{
	size_t len = p[i] < 0xc0 ? 1 : p[i] < 0xe0 ? 2 : p[i] < 0xf0 ? 3 : 4;
	size_t c;

	if (len == 1 || len > n - i || (i > 0 && is_joint(t, p, i)) ||
	    (i + len < n && is_joint(t, p, i + len)))
		return 1;
	if (len == 4)
		return token_find(t, p + i, 4) ? 4 : 1;
	c = len == 2 ? (p[i] & 0x1fu) << 6 | (p[i + 1] & 0x3fu) :
		       (p[i] & 0x0fu) << 12 | (p[i + 1] & 0x3fu) << 6 |
			       (p[i + 2] & 0x3fu);
	return token_bit(t->wholes, c) ? len : 1;
}

static void parts_begin(struct parts *s, size_t n)
{
	size_t at, i = 0;

	for (at = 0; at < n; at += part_len(s->t, s->p, at, n))
		s->at[i++] = (uint8_t)at;
	s->n = i;
	s->at[i] = (uint8_t)n;
	for (i = 0; i <= s->n; i++) {
		s->next[i] = (uint8_t)(i + 1);
		s->before[i] = (uint8_t)(i - 1);
	}
	for (i = 0; i < s->n; i++)
		pair_find(s, i);
	for (; i % 4; i++)
		s->pair[i] = NO_PAIR;
}

static size_t merge_pairs(const struct token_table *t, const uint8_t *p,
			  size_t n)
{
	struct parts s TOKEN_ROOM;
	size_t count, i, gone;
	int32_t pair;

	s.t = t;
	s.p = p;
	parts_begin(&s, n);
	count = s.n;
	while ((pair = pair_lowest(&s)) != NO_PAIR) {
		i = (size_t)pair & ((1 << PART_BITS) - 1);
		gone = s.next[i];
		s.pair[gone] = NO_PAIR;
		s.next[i] = s.next[gone];
		s.before[s.next[i]] = (uint8_t)i;
		pair_find(&s, i);
		if (i > 0)
			pair_find(&s, s.before[i]);
		count--;
	}
	return count;
}

/* -- long ones ------------------------------------------------------------- */

/*
 * Does merging keep token a, which ends at mid, and token b, which begins
 * there, apart? Goes back through the merges that made them, latest first
 * (of two of one rank the left one was made first), and looks whether at any
 * time the two tokens that met at mid had been merged before the next of
 * these.
 */
static bool keeps_apart(const struct token_table *t, const uint8_t *mid,
			uint32_t a, uint32_t b)
{
	uint32_t before = NEVER, pair;
	size_t na = token_record(t, a)[0], nb = token_record(t, b)[0], left;

	for (;;) {
		pair = token_find(t, mid - na, na + nb);
		if (pair && pair < before)
			return false;
		left = token_record(t, a > b ? a : b)[1];
		if (a > b) {
			if (left == 0 || left >= na)
				return true;
			before = a;
			na -= left;
			a = token_find(t, mid - na, na);
		} else {
			if (left == 0 || left >= nb)
				return true;
			before = b + 1;
			nb = left;
			b = token_find(t, mid, nb);
		}
		if (!a || !b)
			return true; /* a damaged table */
	}
}

/* The same, remembered: texts that repeat themselves have the longest tokens,
 * and ask for few pairs. */
static bool keeps_apart_still(struct token_run *r,
			      const struct token_table *t, const uint8_t *mid,
			      uint32_t a, uint32_t b)
{
	uint64_t key = (uint64_t)a << 32 | (uint64_t)b << 1;
	uint64_t *pair = &r->pair[token_mix(0, key) >> 32 & (TOKEN_PAIRS - 1)];

	if ((*pair & ~(uint64_t)1) != key)
		*pair = key | keeps_apart(t, mid, a, b);
	return *pair & 1;
}

/* No token is longer that ends as the n bytes before end do. */
static size_t longest_end(const struct token_table *t, const uint8_t *end,
			  size_t n)
{
	static const uint8_t lengths[] = { 3, 5, 8, 12, 20, 36, 68 };
	size_t i;

	for (i = 0; i < COUNT_OF(lengths) && lengths[i] <= n; i++) {
		if (!token_may_end(t, end - lengths[i], lengths[i]))
			return lengths[i] - 1u;
	}
	return n < t->longest ? n : t->longest;
}

/* Is the last token of the prefix that ends at `end` of n bytes? Its rank. */
static uint32_t last_is(struct token_run *r, const struct token_table *t,
			const uint8_t *end, size_t n)
{
	uint32_t rank = token_find(t, end - n, n);
	uint32_t before = r->rank[(r->at - n) % TOKEN_WINDOW];

	if (!rank || n == r->at ||
	    (before && keeps_apart_still(r, t, end - n, before, rank)))
		return rank;
	return 0;
}

/* Puts a start in front, where another i was, or where the oldest is. */
static void start_note(struct token_run *r, size_t i, size_t start)
{
	if (i == TOKEN_STARTS)
		i--;
	memmove(r->start + 1, r->start, i * sizeof(*r->start));
	r->start[0] = start;
}

/* The last token, if it begins where one of these before it did. */
static uint32_t last_from(struct token_run *r, const struct token_table *t,
			  const uint8_t *end, size_t i, size_t starts)
{
	uint32_t rank;
	size_t n;

	for (; i < starts; i++) {
		n = r->at - r->start[i];
		rank = n > 0 && n <= t->longest ? last_is(r, t, end, n) : 0;
		if (rank) {
			start_note(r, i, r->start[i]);
			return rank;
		}
	}
	return 0;
}

/* The last token of the prefix that ends at `end`, r->at bytes long. It is
 * likely that of the prefix before, grown; or, where tokens are long, that of
 * one a few before. */
static uint32_t last_token(struct token_run *r, const struct token_table *t,
			   const uint8_t *end)
{
	uint32_t rank = last_from(r, t, end, 0, 1);
	size_t n;

	if (rank)
		return rank;
	n = longest_end(t, end, r->at);
	if (n >= LONG)
		rank = last_from(r, t, end, 1, TOKEN_STARTS);
	if (rank)
		return rank;
	for (; n > 0 && !rank; n--)
		rank = last_is(r, t, end, n);
	if (rank)
		start_note(r, TOKEN_STARTS, r->at - n - 1);
	return rank;
}

void token_run_begin(struct token_run *r)
{
	r->at = 0;
	r->rank[0] = 0;
	r->count[0] = 0;
	memset(r->start, 0, sizeof(r->start));
	memset(r->pair, 0, sizeof(r->pair));
}

void token_run_add(struct token_run *r, const struct token_table *t,
		   const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	uint32_t rank;
	size_t len;

	while (p < end) {
		r->at++;
		p++;
		rank = last_token(r, t, p);
		len = rank ? token_record(t, rank)[0] : 1;
		r->rank[r->at % TOKEN_WINDOW] = rank;
		r->count[r->at % TOKEN_WINDOW] =
			r->count[(r->at - len) % TOKEN_WINDOW] + 1;
	}
}

size_t token_run_count(const struct token_run *r)
{
	return r->count[r->at % TOKEN_WINDOW];
}

void token_memo_begin(struct token_memo *memo, struct str text)
{
	size_t n = 256;

	while (n < TOKEN_KNOWN && n < text.n / 8)
		n *= 2;
	memo->text = (const uint8_t *)text.p;
	memo->mask = n - 1;
	memset(memo->known, 0, n * sizeof(*memo->known));
}

static size_t merge_known(const struct token_table *t,
			  struct token_memo *memo, const uint8_t *p, size_t n,
			  uint64_t h)
{
	struct token_known *k = &memo->known[h & memo->mask];
	size_t at = (size_t)(p - memo->text);

	if (at > UINT32_MAX)
		return merge_pairs(t, p, n);
	if (k->n != n || memcmp(memo->text + k->at, p, n) != 0)
		*k = (struct token_known){ (uint32_t)at, (uint8_t)n,
					   (uint8_t)merge_pairs(t, p, n) };
	return k->count;
}

static size_t merge_long(const struct token_table *t, const uint8_t *p,
			 size_t n)
{
	struct token_run r TOKEN_ROOM;

	token_run_begin(&r);
	token_run_add(&r, t, p, n);
	return token_run_count(&r);
}

size_t token_merge(const struct token_table *t, struct token_memo *memo,
		   const uint8_t *p, size_t n)
{
	uint64_t h;

	if (n == 1)
		return 1;
	if (n <= SHORT) {
		h = token_hash(p, n);
		if (token_find_as(t, p, n, h))
			return 1;
		return memo ? merge_known(t, memo, p, n, h) :
			      merge_pairs(t, p, n);
	}
	return token_find(t, p, n) ? 1 : merge_long(t, p, n);
}
