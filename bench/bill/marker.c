/* Markers that are no match for larder's, or no fair one. */
#include <stdlib.h>
#include <string.h>

#include "bill.h"

static void start(struct marker *m, const struct run *r)
{
	m->run = r;
}

static void stop(struct marker *m)
{
	free(m->own);
	m->own = NULL;
}

static void none(struct marker *m, size_t i, struct marks *out)
{
	(void)m, (void)i;
	out->n = 0;
}

static void add(struct marks *m, size_t at, enum life life)
{
	m->mark[m->n].at = at;
	m->mark[m->n++].life = life;
}

/* As gateways do that always mark: system text, the last two places where an
 * earlier request may have ended, and the end. */
static void everything(struct marker *m, size_t i, struct marks *out)
{
	const struct sent *s = &m->run->sent[i];
	size_t system = 0, ends[2], n = 0, k;

	out->n = 0;
	while (system < s->n && s->part[system] == PART_SYSTEM)
		system++;
	for (k = s->n - 1; !m->run->load->blocks && k-- > system && n < 2;)
		if (s->part[k] == PART_USER || s->part[k] == PART_TOOL)
			ends[n++] = k;
	if (system && system < s->n)
		add(out, system - 1, LIFE_5M);
	while (n--)
		add(out, ends[n], LIFE_5M);
	add(out, s->n - 1, LIFE_5M);
}

/*
 * The oracle knows the future: it marks the pieces that are sent again within
 * five minutes, of at least MIN_TOKENS, and reads what it has written.
 */
static void oracle_start(struct marker *m, const struct run *r)
{
	struct table *next = table_new();
	uint32_t *upto = room(NULL, r->n, sizeof(*upto));
	const struct sent *s;
	uint64_t *at;
	size_t i, k;

	start(m, r);
	for (i = r->n; i-- > 0;) {
		s = &r->sent[i];
		upto[i] = 0;
		for (k = 0; k < s->n; k++) {
			at = table_at(next, s->prefix[k]);
			if (upto[i] == k && *at &&
			    (int64_t)*at <= s->ms + 1 + LIFE_MS(LIFE_5M))
				upto[i]++;
			*at = (uint64_t)s->ms + 1;
		}
	}
	table_free(next);
	m->own = upto;
}

/* In front of what it writes it marks system text, too. */
static void oracle(struct marker *m, size_t i, struct marks *out)
{
	const struct sent *s = &m->run->sent[i];
	const uint32_t *own = m->own;
	size_t upto = own[i], read = provider_cached(m->provider, s);
	size_t system = 0;

	if (upto && s->upto[upto - 1] < MIN_TOKENS)
		upto = 0;
	out->n = 0;
	while (system < s->n && s->part[system] == PART_SYSTEM)
		system++;
	if (system && system != read && system < upto)
		add(out, system - 1, LIFE_5M);
	if (read)
		add(out, read - 1, LIFE_5M);
	if (upto > read)
		add(out, upto - 1, LIFE_5M);
}

const struct marker marker_none = { "no marks", NULL, start, none, stop, NULL,
				    NULL };
const struct marker marker_everything = { "marks on everything", NULL, start,
					  everything, stop, NULL, NULL };
const struct marker marker_oracle = { "oracle", NULL, oracle_start, oracle, stop,
				      NULL, NULL };
