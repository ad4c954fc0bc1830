#include "thrift/advise_diff.h"

#include <ctype.h>
#include <stdint.h>

#define LOOK 32   /* words that may differ before both texts go on alike */
#define AGREE 4   /* words in a row that say so */
#define NEAR 12   /* bytes between changes that are one */
#define WHOLE 40  /* bytes a change may grow by to be whole */

struct word {
	uint32_t at, end;
};

struct text {
	struct str s;
	struct word *word;
	size_t n; /* words */
};

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Letters and digits in a row are a word, any other byte is one of its own. */
static void split(struct text *t, struct arena *a, struct str s)
{
	size_t at = 0, end;

	t->s = s;
	t->n = 0;
	t->word = arena_alloc(a, (s.n + 1) * sizeof(*t->word));
	while (at < s.n) {
		end = at + 1;
		if (is_word_byte(s.p[at]))
			while (end < s.n && is_word_byte(s.p[end]))
				end++;
		t->word[t->n++] = (struct word){ (uint32_t)at, (uint32_t)end };
		at = end;
	}
}

static size_t start(const struct text *t, size_t i)
{
	return i < t->n ? t->word[i].at : t->s.n;
}

static bool same(const struct text *a, size_t i, const struct text *b,
		 size_t j)
{
	const struct word *x = &a->word[i], *y = &b->word[j];

	return x->end - x->at == y->end - y->at &&
	       memcmp(a->s.p + x->at, b->s.p + y->at, x->end - x->at) == 0;
}

static bool agree(const struct text *a, size_t i, const struct text *b,
		  size_t j)
{
	for (size_t k = 0; k < AGREE; k++) {
		if (i + k == a->n || j + k == b->n)
			return i + k == a->n && j + k == b->n;
		if (!same(a, i + k, b, j + k))
			return false;
	}
	return true;
}

/* The nearest place where both go on alike. */
static bool resume(const struct text *a, size_t *i, const struct text *b,
		   size_t *j)
{
	for (size_t sum = 1; sum <= 2 * LOOK; sum++)
		for (size_t k = sum > LOOK ? sum - LOOK : 0;
		     k <= sum && k <= LOOK; k++)
			if (*i + k <= a->n && *j + sum - k <= b->n &&
			    agree(a, *i + k, b, *j + sum - k)) {
				*i += k;
				*j += sum - k;
				return true;
			}
	return false;
}

/* -- changes --------------------------------------------------------------- */

static bool is_whole_byte(char c)
{
	return c > ' ' && c != 0x7f ? !strchr("\"'<>(){}[],;|`=", c) :
				      (unsigned char)c >= 0x80;
}

/* Does one of the two pieces touch text on this side? */
static bool touches(struct str s, size_t at, size_t end, bool behind)
{
	return end > at && is_whole_byte(s.p[behind ? end - 1 : at]);
}

/* Outwards to blanks and brackets; what is there is in both texts. */
static void make_whole(struct advise_change *c, struct str old,
		       struct str new)
{
	bool front = touches(old, c->at, c->end, false) ||
		     touches(new, c->new_at, c->new_end, false);
	bool behind = touches(old, c->at, c->end, true) ||
		      touches(new, c->new_at, c->new_end, true);

	for (int i = 0; front && i < WHOLE && c->at && c->new_at &&
	     is_whole_byte(old.p[c->at - 1]); i++) {
		c->at--;
		c->new_at--;
	}
	for (int i = 0; behind && i < WHOLE && c->end < old.n &&
	     c->new_end < new.n && old.p[c->end] == new.p[c->new_end] &&
	     is_whole_byte(old.p[c->end]); i++) {
		c->end++;
		c->new_end++;
	}
}

/* Into the one before it when that is near. */
static void add_change(struct advise_diff *d, struct str old, struct str new,
		       struct advise_change c)
{
	struct advise_change *last = d->n ? &d->change[d->n - 1] : NULL;

	make_whole(&c, old, new);
	if (last && c.at <= last->end + NEAR) {
		last->end = c.end;
		last->new_end = c.new_end;
		return;
	}
	if (d->n < ADVISE_CHANGES)
		d->change[d->n++] = c;
}

/* The words both end with, which the comparison need not reach. */
static void cut_tail(struct text *a, struct text *b, size_t *same_r)
{
	while (a->n && b->n && same(a, a->n - 1, b, b->n - 1)) {
		a->n--;
		b->n--;
		*same_r += a->word[a->n].end - a->word[a->n].at;
	}
	a->s.n = a->n ? a->word[a->n - 1].end : 0;
	b->s.n = b->n ? b->word[b->n - 1].end : 0;
}

void advise_diff(struct advise_diff *d, struct arena *arena, struct str old,
		 struct str new)
{
	struct text a, b;
	size_t i = 0, j = 0, from, new_from;

	d->n = d->same = 0;
	split(&a, arena, old);
	split(&b, arena, new);
	cut_tail(&a, &b, &d->same);
	while (i < a.n || j < b.n) {
		if (i < a.n && j < b.n && same(&a, i, &b, j)) {
			d->same += a.word[i].end - a.word[i].at;
			i++, j++;
			continue;
		}
		from = start(&a, i);
		new_from = start(&b, j);
		if (d->n == ADVISE_CHANGES || !resume(&a, &i, &b, &j)) {
			i = a.n;
			j = b.n;
		}
		add_change(d, old, new, (struct advise_change){
			from, start(&a, i), new_from, start(&b, j) });
	}
}

/* -- what it looks like ---------------------------------------------------- */

/* In a form, 0 is a digit, x a hex digit and anything else itself. */
static bool fits(const char *p, size_t n, const char *form)
{
	size_t len = strlen(form);

	if (n < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == '0' ? !isdigit((unsigned char)p[i]) :
		    form[i] == 'x' ? !isxdigit((unsigned char)p[i]) :
				     p[i] != form[i])
			return false;
	return true;
}

static bool holds(struct str s, const char *form)
{
	for (size_t i = 0; i < s.n; i++)
		if (fits(s.p + i, s.n - i, form))
			return true;
	return false;
}

static bool is_month(struct str s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (size_t i = 0; i + 3 <= s.n; i++)
		for (size_t m = 0; m < 36; m += 3)
			if (memcmp(s.p + i, months + m, 3) == 0)
				return true;
	return false;
}

static size_t count_of(struct str s, int (*is)(int))
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += is((unsigned char)s.p[i]) != 0;
	return n;
}

enum advise_kind advise_kind_of(struct str s)
{
	size_t digits = count_of(s, isdigit), letters = count_of(s, isalpha);
	size_t blanks = count_of(s, isspace);

	if (s.n > 200)
		return ADVISE_TEXT;
	if (holds(s, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"))
		return ADVISE_UUID;
	if (holds(s, "0:00") ||
	    (!letters && digits <= 13 && holds(s, "1000000000")))
		return ADVISE_TIME;
	if (holds(s, "0000-00-00") || holds(s, "0/00/00") ||
	    holds(s, "0.00.0000") || (digits && is_month(s)))
		return ADVISE_DATE;
	if (digits && !letters && !blanks)
		return ADVISE_NUMBER;
	if (digits >= 2 && letters && !blanks && s.n >= 6)
		return ADVISE_ID;
	return ADVISE_TEXT;
}
