/* What a run costs, by what is marked. */
#include "bill.h"

const struct prices price_large = { 3, 15 }, price_small = { 1, 5 };

const struct prices *prices_of(const struct sent *s)
{
	return s->small ? &price_small : &price_large;
}

static double cost(const struct sent *s, const struct tokens *t)
{
	const struct prices *p = prices_of(s);

	return p->in * (t->fresh + .1 * t->read + 1.25 * t->write_5m +
			2. * t->write_1h) + p->out * s->out;
}

double bill_plain(const struct load *l)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < l->calls; i++)
		sum += price_large.in * l->call[i].in +
		       price_large.out * l->call[i].out;
	return sum;
}

double bill_run(const struct run *r, const struct marker *kind, bool repeats)
{
	struct table *asked = table_new();
	const struct sent *s;
	uint64_t *seen;
	struct marker m = *kind;
	struct provider p;
	struct tokens t;
	struct marks k;
	double sum = 0;
	size_t i;

	provider_start(&p, r->load->blocks);
	m.provider = &p;
	m.start(&m, r);
	for (i = 0; i < r->n; i++) {
		s = &r->sent[i];
		seen = table_at(asked, s->prefix[s->n - 1]);
		if (repeats && *seen)
			continue;
		*seen = 1;
		m.marks(&m, i, &k);
		t = provider_call(&p, s, &k);
		sum += cost(s, &t);
	}
	m.stop(&m);
	provider_stop(&p);
	table_free(asked);
	return sum;
}
