/*
 * A provider that caches prefixes as Anthropic publishes it: a mark writes
 * what stands before it, for 5 minutes or an hour; the longest prefix that
 * is cached is read if it ends at most 20 pieces before a mark; reading makes
 * its life new; below 1,024 tokens a mark does nothing.
 *
 * In traces of blocks every block's end up to a mark is such a place, so that
 * prefixes two conversations share are found wherever they part. With
 * messages only what was marked is.
 */
#include "bill.h"

/* An entry is the time it ends, and in its lowest bit whether it lives an
 * hour. */
static enum life entry_life(uint64_t e)
{
	return e & 1 ? LIFE_1H : LIFE_5M;
}

static void entry_put(struct provider *p, uint64_t prefix, int64_t ms,
		      enum life life)
{
	*table_at(p->entries, prefix) =
		(uint64_t)(ms + LIFE_MS(life)) << 1 | (life == LIFE_1H);
}

static bool entry_alive(struct provider *p, uint64_t prefix, int64_t ms)
{
	return (int64_t)(*table_at(p->entries, prefix) >> 1) > ms;
}

static void entry_renew(struct provider *p, uint64_t prefix, int64_t ms)
{
	if (entry_alive(p, prefix, ms))
		entry_put(p, prefix, ms,
			  entry_life(*table_at(p->entries, prefix)));
}

void provider_start(struct provider *p, bool every)
{
	p->entries = table_new();
	p->every = every;
}

void provider_stop(struct provider *p)
{
	table_free(p->entries);
}

/* Pieces that are read on account of a mark behind piece `at`. */
static size_t found(struct provider *p, const struct sent *s, size_t at)
{
	size_t n, low = at + 1 > LOOK_BACK ? at + 1 - LOOK_BACK : 1;

	if (p->every) {
		for (n = 0; n <= at && entry_alive(p, s->prefix[n], s->ms);)
			n++;
		return n;
	}
	for (n = at + 1; n >= low; n--)
		if (entry_alive(p, s->prefix[n - 1], s->ms))
			return n;
	return 0;
}

size_t provider_cached(struct provider *p, const struct sent *s)
{
	size_t n;

	if (p->every)
		return found(p, s, s->n - 1);
	for (n = s->n; n && !entry_alive(p, s->prefix[n - 1], s->ms);)
		n--;
	return n;
}

static void write_to(struct provider *p, const struct sent *s, size_t from,
		     size_t upto, enum life life)
{
	size_t i;

	if (!p->every)
		entry_put(p, s->prefix[upto - 1], s->ms, life);
	for (i = from; p->every && i < upto; i++)
		entry_put(p, s->prefix[i], s->ms, life);
}

static void renew(struct provider *p, const struct sent *s, size_t n,
		  const struct marks *m)
{
	size_t i;

	for (i = 0; p->every && i < n; i++)
		entry_renew(p, s->prefix[i], s->ms);
	if (n)
		entry_renew(p, s->prefix[n - 1], s->ms);
	for (i = 0; i < m->n; i++)
		if (m->mark[i].at < n)
			entry_renew(p, s->prefix[m->mark[i].at], s->ms);
}

static bool taken(const struct sent *s, const struct marks *m, size_t i)
{
	return s->upto[m->mark[i].at] >= MIN_TOKENS;
}

struct tokens provider_call(struct provider *p, const struct sent *s,
			    const struct marks *m)
{
	struct tokens t = { 0, 0, 0, 0 };
	size_t i, n = 0, f, upto;
	uint32_t done = 0, more;

	for (i = 0; i < m->n; i++)
		if (taken(s, m, i) && (f = found(p, s, m->mark[i].at)) > n)
			n = f;
	if (n && s->upto[n - 1] < MIN_TOKENS)
		n = 0;
	renew(p, s, n, m);
	if (n)
		done = t.read = s->upto[n - 1];
	for (i = 0; i < m->n; i++) {
		upto = m->mark[i].at + 1;
		if (!taken(s, m, i) || upto <= n)
			continue;
		write_to(p, s, n, upto, m->mark[i].life);
		more = s->upto[upto - 1] - done;
		*(m->mark[i].life == LIFE_1H ? &t.write_1h : &t.write_5m) +=
			more;
		done += more;
		n = upto;
	}
	t.fresh = s->in - done;
	return t;
}
