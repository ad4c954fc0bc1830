/*
 * larder's marks: what serve does around mark_plan() and mark_sent(), with a table for the
 * slab. Points are where a message of a user or a tool ends, or system text;
 * in traces of blocks, where an earlier call ended or two have parted before
 * (all that can be known of messages there).
 */
#include <stdlib.h>
#include <string.h>

#include "bill.h"
#include "thrift/mark.h"

#define POINTS 64
#define BACK 8 /* earlier ends that are looked up */

struct kept {
	char memory[MARK_MEMORY];
	int64_t until_ms;
};

struct larder {
	struct mark_board board;
	struct table *where; /* of a prefix, in kept */
	struct kept *kept;
	size_t n, size;
	struct table *ended; /* prefixes that a call ended with */
};

static void start(struct marker *m, const struct run *r)
{
	struct larder *l = room(NULL, 1, sizeof(*l));

	memset(l, 0, sizeof(*l));
	l->where = table_new();
	l->ended = table_new();
	m->run = r;
	m->own = l;
}

static void stop(struct marker *m)
{
	struct larder *l = m->own;

	table_free(l->where);
	table_free(l->ended);
	free(l->kept);
	free(l);
}

/* --- the slab --- */

static bool recall(struct larder *l, uint64_t key, int64_t ms,
		   struct mark_point *p)
{
	uint64_t at = *table_at(l->where, key);

	p->known = at && l->kept[at - 1].until_ms > ms;
	if (p->known)
		memcpy(p->memory, l->kept[at - 1].memory, MARK_MEMORY);
	return p->known;
}

static void remember(struct larder *l, uint64_t key, int64_t ms,
		     const struct mark_point *p)
{
	uint64_t *at = table_at(l->where, key);

	if (!*at) {
		if (l->n == l->size) {
			l->size = l->size ? 2 * l->size : 1024;
			l->kept = room(l->kept, l->size, sizeof(*l->kept));
		}
		*at = ++l->n;
	}
	memcpy(l->kept[*at - 1].memory, p->memory, MARK_MEMORY);
	l->kept[*at - 1].until_ms = ms + p->keep_ms;
}

/* --- where prefixes may end --- */

struct places {
	struct mark_point p[POINTS];
	size_t piece[POINTS]; /* it is behind this one */
	uint64_t key[POINTS];
	size_t n;
};

static bool is_end(const struct sent *s, size_t k)
{
	return s->part[k] == PART_USER || s->part[k] == PART_TOOL;
}

static bool is_system(const struct sent *s, size_t k)
{
	return s->part[k] == PART_SYSTEM &&
	       (k + 1 == s->n || s->part[k + 1] != PART_SYSTEM);
}

static struct mark_point *place(struct places *o, const struct sent *s,
				size_t piece, size_t key)
{
	struct mark_point *p = &o->p[o->n];

	memset(p, 0, sizeof(*p));
	o->piece[o->n] = piece;
	o->key[o->n++] = s->prefix[key];
	p->tokens = s->upto[piece];
	return p;
}

/* How far back earlier ends are looked up: to the first that is known. */
static size_t back_to(struct larder *l, const struct sent *s)
{
	struct mark_point p;
	unsigned tries = 0;
	size_t k;

	for (k = s->n - 1; k-- > 0 && tries < BACK;) {
		if (!is_end(s, k))
			continue;
		tries++;
		if (recall(l, s->prefix[k], s->ms, &p))
			return k;
	}
	return k + 1;
}

static void find_last(struct larder *l, const struct sent *s,
		      struct places *o, unsigned turn)
{
	struct mark_point *p = place(o, s, s->n - 1, s->full - 1);

	p->last = true;
	p->turn = turn;
	recall(l, s->prefix[s->full - 1], s->ms, p);
}

static void find(struct larder *l, const struct sent *s, struct places *o)
{
	size_t back = back_to(l, s), k;
	struct mark_point *p;

	o->n = 0;
	for (k = 0; k + 1 < s->n; k++) {
		if (!is_system(s, k) && (k < back || !is_end(s, k)))
			continue;
		p = place(o, s, k, k);
		p->system = is_system(s, k);
		p->turn = (unsigned)k + 1;
		recall(l, s->prefix[k], s->ms, p);
	}
	find_last(l, s, o, (unsigned)s->n);
}

/* --- in a trace --- */

/*
 * Nobody knows where its messages end, and the provider keeps every block's
 * end; so here every one may be a place that is remembered, and the last one
 * known is where what was sent before ends.
 */
static void find_blocks(struct larder *l, const struct sent *s,
			struct places *o)
{
	size_t k = 0, last = s->full - 1;
	struct mark_point *p, seen;
	unsigned turn = 1;

	o->n = 0;
	for (; k < last && recall(l, s->prefix[k], s->ms, &seen); k++)
		if (*table_at(l->ended, s->prefix[k]))
			turn += 2;
	if (k && s->upto[k - 1] >= MIN_TOKENS) {
		p = place(o, s, k - 1, k - 1);
		p->turn = turn;
		recall(l, o->key[0], s->ms, p);
	}
	find_last(l, s, o, turn);
}

/* Every block's end is remembered as what was sent with it. */
static void remember_blocks(struct larder *l, const struct sent *s,
			    const struct places *o)
{
	size_t i, k = 0;

	for (i = 0; i < o->n; i++)
		for (; k < s->full && k <= o->piece[i]; k++)
			remember(l, s->prefix[k], s->ms, &o->p[i]);
	*table_at(l->ended, s->prefix[s->full - 1]) = 1;
}

static void larder(struct marker *m, size_t i, struct marks *out)
{
	const struct sent *s = &m->run->sent[i];
	struct larder *l = m->own;
	bool blocks = m->run->load->blocks;
	struct mark_ask ask = {
		.board = &l->board,
		.terms = { 100, 1250, 2000, MIN_TOKENS, true },
		.who = s->who,
		.now_ms = 1700000000000 + s->ms,
		.max = MARKS,
	};
	struct places o;
	size_t k;

	if (blocks)
		find_blocks(l, s, &o);
	else
		find(l, s, &o);
	mark_plan(&ask, o.p, o.n);
	mark_sent(&ask, o.p, o.n);
	out->n = 0;
	for (k = 0; k < o.n; k++) {
		if (o.p[k].mark != MARK_NONE) {
			out->mark[out->n].at = o.piece[k];
			out->mark[out->n++].life = o.p[k].mark == MARK_1H ?
				LIFE_1H : LIFE_5M;
		}
		if (o.p[k].remember && !blocks)
			remember(l, o.key[k], s->ms, &o.p[k]);
	}
	if (blocks)
		remember_blocks(l, s, &o);
}

const struct marker marker_larder = { "larder's marks", NULL, start, larder,
				      stop, NULL, NULL };
