/* What the sums were, and what they come to. */
#include "serve/tally.h"

#include "store/word.h"

#define NOW_MS 5000
#define MINUTE 12 /* of these */

#define WORDS (sizeof(struct tally_pulse) / sizeof(uint64_t))

void tally_copy(struct tally_pulse *to, const struct tally_pulse *from)
{
	uint64_t *x = (uint64_t *)to;
	const uint64_t *y = (const uint64_t *)from;

	for (size_t i = 0; i < WORDS; i++)
		word_put(&x[i], word_get(&y[i]));
}

/* Whole, as its slot is the same before and after. */
static bool copy_past(const struct tally *t, int64_t slot,
		      struct tally_pulse *was_r)
{
	size_t i = (size_t)slot % TALLY_PAST;

	if (word_get(&t->past[i].slot) != slot)
		return false;
	tally_copy(was_r, &t->past[i].was);
	return word_get(&t->past[i].slot) == slot;
}

/* A quarter without a note saw no request: it began like the next one. */
void tally_then(const struct tally *t, int64_t wall_ms, int64_t then_ms,
		struct tally_pulse *was_r)
{
	int64_t now = wall_ms / TALLY_QUARTER_MS;
	int64_t slot = then_ms / TALLY_QUARTER_MS;

	if (slot <= now - TALLY_PAST)
		slot = now - TALLY_PAST + 1;
	for (; slot > 0 && slot <= now; slot++)
		if (copy_past(t, slot, was_r))
			return;
	tally_copy(was_r, &t->pulse);
}

void tally_less(struct tally_pulse *a, const struct tally_pulse *b)
{
	uint64_t *x = (uint64_t *)a;
	const uint64_t *y = (const uint64_t *)b;

	for (size_t i = 0; i < WORDS; i++)
		x[i] = x[i] > y[i] ? x[i] - y[i] : 0;
}

uint64_t tally_lately(const struct tally *t, int64_t wall_ms, int64_t *ms_r)
{
	uint64_t all = tally_requests(&t->pulse), was;
	int64_t now = wall_ms / NOW_MS, slot = now - MINUTE;

	*ms_r = wall_ms - slot * NOW_MS;
	for (; slot > 0 && slot <= now; slot++) {
		size_t i = (size_t)slot % TALLY_NOW;

		was = word_get(&t->now[i].requests);
		if (word_get(&t->now[i].slot) == slot)
			return all > was ? all - was : 0;
	}
	return 0;
}

uint64_t tally_requests(const struct tally_pulse *p)
{
	uint64_t n = 0;

	for (size_t i = 0; i < TALLY_CACHES; i++)
		n += word_get(&p->cache[i]);
	return n;
}

void tally_hist_add(struct tally_hist *h, const struct tally_hist *more)
{
	h->sum += more->sum;
	for (size_t i = 0; i < TALLY_CELLS; i++)
		h->n[i] += more->n[i];
}

/* On a straight line between the bounds of its cell. */
static int64_t within(const struct tally_scale *s, size_t i, double part)
{
	double from = i ? (double)s->bound[i - 1] : 0;

	return i < s->n ?
	       (int64_t)(from + ((double)s->bound[i] - from) * part + 0.5) :
	       s->bound[s->n - 1];
}

int64_t tally_at(const struct tally_hist *h, const struct tally_scale *s,
		 int thousandths)
{
	double all = 0, below = 0, rank;

	for (size_t i = 0; i <= s->n; i++)
		all += (double)h->n[i];
	rank = all * thousandths / 1000;
	for (size_t i = 0; i <= s->n; i++) {
		if (h->n[i] && below + (double)h->n[i] >= rank)
			return within(s, i, (rank - below) / (double)h->n[i]);
		below += (double)h->n[i];
	}
	return -1;
}
