/* What is sent of a load's calls: all, or what a cut leaves. */
#include <stdlib.h>
#include <string.h>

#include "bill.h"

#define SIMPLE 40
#define SHORT 25 /* tokens of 100 characters */

/* Pieces in front that never go. */
static size_t pinned(const struct load *l, const struct call *c)
{
	size_t n = 0;

	if (l->blocks)
		return c->n > 0;
	while (n < c->n && l->piece[c->first + n].part == PART_SYSTEM)
		n++;
	return n;
}

/* May what remains begin here? */
static bool begins(const struct piece *p)
{
	return p->part == PART_USER || p->part == PART_BLOCK;
}

/* How many pieces behind the pinned ones go so that at most `most` tokens
 * are left, if that is possible; whole exchanges. */
static size_t slide(const struct load *l, const struct call *c, size_t pin,
		    uint32_t most)
{
	const struct piece *p = &l->piece[c->first];
	size_t i, gone = pin;
	uint32_t left = c->in;

	for (i = pin; i < c->n && left > most; i++) {
		left -= p[i].tokens;
		if (i + 1 < c->n && begins(&p[i + 1]))
			gone = i + 1;
	}
	if (left <= most && i < c->n && !begins(&p[i]))
		for (; i < c->n; i++)
			if (begins(&p[i])) {
				gone = i;
				break;
			}
	return gone - pin;
}

static void mark_gone(const struct load *l, const struct call *c,
		      const struct cut *cut, bool *gone)
{
	size_t pin = pinned(l, c), n, i;

	if (cut->how == CUT_STEP && c->in > cut->high)
		step_gone(l, c, cut, gone);
	if (cut->how != CUT_SLIDE)
		return;
	n = slide(l, c, pin, cut->high);
	for (i = 0; i < n; i++)
		gone[pin + i] = true;
}

static void fill(const struct run *r, struct sent *s, const struct call *c,
		 const struct cut *cut)
{
	const struct piece *p = &r->load->piece[c->first];
	bool *gone = room(NULL, c->n, sizeof(*gone));
	uint64_t at = mix(c->tenant, 77);
	uint32_t upto = 0;
	size_t i;

	memset(gone, 0, c->n * sizeof(*gone));
	mark_gone(r->load, c, cut, gone);

	for (i = 0; i < c->n; i++) {
		if (gone[i])
			continue;
		at = mix(at, p[i].id);
		upto += p[i].tokens;
		s->prefix[s->n] = at;
		s->id[s->n] = p[i].id;
		s->part[s->n] = p[i].part;
		s->upto[s->n++] = upto;
	}
	free(gone);
	s->in = upto;
	s->full = s->n;
	if (r->load->blocks && s->n > 1 && p[c->n - 1].tokens < BLOCK)
		s->full--;
	s->ms = c->ms;
	s->who = mix(c->tenant, 99);
	s->tenant = c->tenant;
	s->talk = c->talk;
	s->out = c->out;
	s->code = c->code;
}

/*
 * Routing as larder has it by default (thrift/route.h): code goes to the
 * large model, a first message of less than 100 characters to the small one,
 * and of the rest what a classifier calls simple, for which stands a share of
 * the conversations; BILL_SIMPLE says how many of a hundred. A conversation
 * keeps its model. Whether answers are as good is not asked here.
 */
static bool is_simple(const struct load *l, const struct call *c)
{
	const char *said = getenv("BILL_SIMPLE");
	unsigned percent = said ? (unsigned)atoi(said) : SIMPLE;
	size_t i = 0;

	if (c->code)
		return false;
	while (i < c->n && l->piece[c->first + i].part == PART_SYSTEM)
		i++;
	if (i < c->n && l->piece[c->first + i].part == PART_USER &&
	    l->piece[c->first + i].tokens < SHORT)
		return true;
	return mix(c->talk, 5) % 100 < percent;
}

void run_make(struct run *r, const struct load *l, const struct cut *cut)
{
	const struct call *c;
	struct sent *s;
	size_t i;

	*r = (struct run){ .load = l, .n = l->calls };
	r->sent = room(NULL, l->calls, sizeof(*r->sent));
	memset(r->sent, 0, l->calls * sizeof(*r->sent));
	for (i = 0; i < l->calls; i++) {
		c = &l->call[i];
		s = &r->sent[i];
		s->prefix = room(NULL, c->n, sizeof(*s->prefix));
		s->id = room(NULL, c->n, sizeof(*s->id));
		s->upto = room(NULL, c->n, sizeof(*s->upto));
		s->part = room(NULL, c->n, sizeof(*s->part));
		fill(r, s, c, cut);
		s->small = cut->routed && is_simple(l, c);
		r->mean += (double)s->in / (double)l->calls;
	}
}

void run_free(struct run *r)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		free(r->sent[i].prefix);
		free(r->sent[i].id);
		free(r->sent[i].upto);
		free(r->sent[i].part);
	}
	free(r->sent);
}
