/*
 * What nobody could undercut. Piece by piece and backwards in time: what is
 * the least its tokens can cost from this call on, if they are not cached, or
 * for five minutes, or for an hour? A mark's place and number are no bounds
 * here. Pieces in front of the shortest prefix that can be cached go with the
 * piece that makes it long enough.
 */
#include <stdlib.h>

#include "bill.h"

struct least {
	int64_t ms;
	double not, five, hour; /* a token's, from then on */
	double usd;		/* its tokens' price */
};

struct leasts {
	struct table *where;
	struct least *row;
	size_t n, size;
};

static double least(double a, double b)
{
	return a < b ? a : b;
}

static struct least *row_of(struct leasts *l, uint64_t prefix)
{
	uint64_t *at = table_at(l->where, prefix);

	if (!*at) {
		if (l->n == l->size) {
			l->size = l->size ? 2 * l->size : 4096;
			l->row = room(l->row, l->size, sizeof(*l->row));
		}
		l->row[l->n] = (struct least){ .ms = INT64_MAX / 2 };
		*at = ++l->n;
	}
	return &l->row[*at - 1];
}

static void step_back(struct least *w, int64_t ms, double usd)
{
	double five = w->ms - LIFE_MS(LIFE_5M) <= ms ? w->five : w->not;
	double hour = w->ms - LIFE_MS(LIFE_1H) <= ms ? w->hour : w->not;

	w->not = least(1 + w->not, least(1.25 + five, 2 + hour));
	w->five = .1 + five;
	w->hour = .1 + hour;
	w->ms = ms;
	w->usd = usd;
}

/* Those of one call; what can not be cached is the result. */
static uint32_t call_back(struct leasts *l, const struct sent *s, double in)
{
	uint32_t from = 0;
	size_t k;

	for (k = 0; k < s->n; k++) {
		if (s->upto[k] < MIN_TOKENS)
			continue;
		step_back(row_of(l, s->prefix[k]), s->ms,
			  in * (s->upto[k] - from));
		from = s->upto[k];
	}
	return s->in - from;
}

double bill_least(const struct run *r)
{
	struct leasts l = { .where = table_new() };
	const struct prices *p;
	double sum = 0;
	size_t i;

	for (i = r->n; i-- > 0;) {
		p = prices_of(&r->sent[i]);
		sum += p->in * call_back(&l, &r->sent[i], p->in) +
		       p->out * r->sent[i].out;
	}
	for (i = 0; i < l.n; i++)
		sum += l.row[i].not * l.row[i].usd;
	table_free(l.where);
	free(l.row);
	return sum;
}
