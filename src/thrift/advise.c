#include "thrift/advise.h"

#include <stdlib.h>

#include "thrift/advise_diff.h"
#include "thrift/advise_head.h"

#define GROUPS 128
#define HEAD_BYTES 262144  /* of tools and of system text that are compared */
#define SEEN 64            /* values of a place that are remembered */
#define SAME_PERCENT 60    /* of the text that must be alike in a group */
#define MOST_PLACES 32     /* that change in a group; few are told */
#define CONTEXT 40         /* bytes shown before and behind a piece */

/* A place is worth telling when it was new at least twice, and in a quarter
 * of the requests. */
#define WORTH_CHANGES 2
#define WORTH_SHARE 4

struct place {
	struct advise_place told;
	size_t end;           /* of the piece in the first request's text */
	uint64_t seen[SEEN];  /* hashes of what stood here lately */
	size_t nseen;
};

struct group {
	struct advise_group told;
	enum shape shape;
	struct advise_head first; /* of the first request */
	struct place *place;
	size_t nplaces;
};

struct advise {
	struct arena *a;   /* of the groups */
	struct arena *tmp; /* of one request */
	struct arena *diff; /* of one comparison: there are many */
	struct group *group[GROUPS];
	size_t n;
	size_t missed;
	struct advise_group told[GROUPS];
};

struct advise *advise_new(void)
{
	struct advise *v = calloc(1, sizeof(*v));

	if (!v)
		abort();
	v->a = arena_new();
	v->tmp = arena_new();
	v->diff = arena_new();
	return v;
}

void advise_free(struct advise **v)
{
	if (!*v)
		return;
	arena_free(&(*v)->a);
	arena_free(&(*v)->tmp);
	arena_free(&(*v)->diff);
	free(*v);
	*v = NULL;
}

/* -- places ---------------------------------------------------------------- */

/* Was it not seen there lately? It is now. */
static bool is_new(struct place *p, uint64_t value)
{
	size_t known = p->nseen < SEEN ? p->nseen : SEEN;

	for (size_t i = 0; i < known; i++)
		if (p->seen[i] == value)
			return false;
	p->seen[p->nseen++ % SEEN] = value;
	return true;
}

static struct place *find_place(struct group *g, bool tools, size_t at,
				size_t end)
{
	struct place *p;

	for (size_t i = 0; i < g->nplaces; i++) {
		p = &g->place[i];
		if (p->told.tools == tools && at <= p->end &&
		    end >= p->told.at)
			return p;
	}
	return NULL;
}

static struct str part(struct str s, size_t at, size_t end)
{
	end = end < s.n ? end : s.n;
	at = at < end ? at : end;
	return (struct str){ s.p + at, end - at };
}

static bool is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The same without halves of characters, to be shown. */
static struct str shown(struct str s, size_t at, size_t end)
{
	struct str p = part(s, at, end);

	while (p.n && is_tail(p.p[0]))
		p = str_from(p, 1);
	while (p.n && p.p + p.n < s.p + s.n && is_tail(p.p[p.n]))
		p.n--;
	return p;
}

/* The first request's own text there is known from the start. */
static struct place *add_place(struct advise *v, struct group *g, bool tools,
			       const struct advise_change *c)
{
	struct str old = tools ? g->first.tools : g->first.system;
	struct place *p;

	if (g->nplaces == MOST_PLACES)
		return NULL;
	if (!g->place)
		g->place = arena_new_n(v->a, struct place, MOST_PLACES);
	p = &g->place[g->nplaces++];
	p->told.tools = tools;
	p->told.at = c->at;
	p->end = c->end;
	p->told.piece = shown(old, c->at, c->end);
	p->told.before = shown(old, c->at > CONTEXT ? c->at - CONTEXT : 0,
			       c->at);
	p->told.after = shown(old, c->end, c->end + CONTEXT);
	is_new(p, advise_hash(part(old, c->at, c->end)));
	return p;
}

/* -- one request beside the first of its group ----------------------------- */

struct request {
	const struct advise_ask *ask;
	struct advise_head head;
	struct advise_diff tools, system;
};

/* What is read again at best: all but what is new in this request. */
static size_t readable(const struct advise_ask *ask)
{
	return ask->tokens > ask->last ? ask->tokens - ask->last : 0;
}

/* The tokens that this change keeps from being read. Those in front of it
 * are, if they are enough for a cache to hold. */
static size_t lost_behind(const struct request *q, bool tools, size_t at)
{
	const struct advise_ask *ask = q->ask;
	size_t all = readable(ask), before;

	if (all < ADVISE_LEAST)
		return 0;
	before = ask->count(ask->ctx, part(tools ? q->head.tools :
						   q->head.system, 0, at));
	if (!tools && q->head.tools.n)
		before += ask->count(ask->ctx, q->head.tools);
	if (before < ADVISE_LEAST)
		before = 0;
	return all > before ? all - before : 0;
}

/* The first new thing of a request is to blame for what it lost. */
static void blame(struct group *g, struct place *p, const struct request *q,
		  size_t at, bool *blamed)
{
	size_t lost;

	p->told.changes++;
	if (*blamed)
		return;
	*blamed = true;
	lost = lost_behind(q, p->told.tools, at);
	p->told.lost += lost;
	g->told.lost += lost;
}

static void note_changes(struct advise *v, struct group *g,
			 const struct request *q, bool tools, bool *blamed)
{
	const struct advise_diff *d = tools ? &q->tools : &q->system;
	struct str text = tools ? q->head.tools : q->head.system, piece;
	const struct advise_change *c;
	struct place *p;

	for (size_t i = 0; i < d->n; i++) {
		c = &d->change[i];
		p = find_place(g, tools, c->at, c->end);
		if (!p)
			p = add_place(v, g, tools, c);
		if (!p)
			continue;
		piece = part(text, c->new_at, c->new_end);
		p->told.kind = advise_kind_of(piece.n ? piece :
					      p->told.piece);
		if (is_new(p, advise_hash(piece)))
			blame(g, p, q, c->new_at, blamed);
	}
}

/* The same tools in another order, or written in another way. */
static void note_tools(struct advise *v, struct group *g,
		       const struct request *q, bool *blamed)
{
	static const struct advise_change all = { 0 };
	struct place *p = find_place(g, true, 0, 0);

	if (q->head.bytes == g->first.bytes && !p)
		return;
	if (!p) {
		p = add_place(v, g, true, &all);
		p->seen[0] = g->first.bytes;
		p->told.before = p->told.after = STR("");
		p->told.kind = q->head.order == g->first.order ?
				       ADVISE_MEMBERS : ADVISE_ORDER;
	}
	if (is_new(p, q->head.bytes))
		blame(g, p, q, 0, blamed);
}

/* -- groups ---------------------------------------------------------------- */

static struct str bounded(struct str s)
{
	return part(s, 0, HEAD_BYTES);
}

static bool are_alike(struct advise *v, const struct group *g,
		      struct request *q)
{
	const struct advise_head *a = &g->first, *b = &q->head;
	size_t longer, same;

	q->tools.n = q->system.n = 0;
	q->tools.same = a->tools.n;
	arena_reset(v->diff);
	if (a->set != b->set)
		advise_diff(&q->tools, v->diff, a->tools, bounded(b->tools));
	advise_diff(&q->system, v->diff, a->system, bounded(b->system));
	longer = a->tools.n + a->system.n;
	if (longer < bounded(b->tools).n + bounded(b->system).n)
		longer = bounded(b->tools).n + bounded(b->system).n;
	same = q->tools.same + q->system.same;
	return same * 100 >= longer * SAME_PERCENT;
}

static struct group *find_group(struct advise *v, struct request *q)
{
	struct group *g;

	for (size_t i = 0; i < v->n; i++) {
		g = v->group[i];
		if (g->shape == q->ask->chat->shape &&
		    str_eq(g->told.model, q->ask->model) &&
		    str_eq(g->told.tenant, q->ask->tenant) &&
		    are_alike(v, g, q))
			return g;
	}
	return NULL;
}

static void add_group(struct advise *v, const struct request *q)
{
	struct group *g;

	if (v->n == GROUPS) {
		v->missed++;
		return;
	}
	g = arena_new_n(v->a, struct group, 1);
	g->told.requests = 1;
	g->told.tenant = arena_str(v->a, q->ask->tenant);
	g->told.model = arena_str(v->a, q->ask->model);
	g->shape = q->ask->chat->shape;
	g->first = q->head;
	g->first.tools = arena_str(v->a, bounded(q->head.tools));
	g->first.system = arena_str(v->a, bounded(q->head.system));
	v->group[v->n++] = g;
}

void advise_add(struct advise *v, const struct advise_ask *ask)
{
	struct request q = { .ask = ask };
	bool blamed = false;
	struct group *g;

	arena_reset(v->tmp);
	advise_head_read(&q.head, v->tmp, ask->chat);
	if (!q.head.tools.n && !q.head.system.n)
		return;
	g = find_group(v, &q);
	if (!g) {
		add_group(v, &q);
		return;
	}
	g->told.requests++;
	if (q.head.set == g->first.set)
		note_tools(v, g, &q, &blamed);
	note_changes(v, g, &q, true, &blamed);
	note_changes(v, g, &q, false, &blamed);
}

/* -- telling --------------------------------------------------------------- */

static bool is_worth(const struct group *g, const struct place *p)
{
	return p->told.changes >= WORTH_CHANGES &&
	       p->told.changes * WORTH_SHARE >= g->told.requests - 1;
}

static int by_place(const void *a, const void *b)
{
	const struct advise_place *x = a, *y = b;

	if (x->tools != y->tools)
		return x->tools ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int by_loss(const void *a, const void *b)
{
	const struct advise_group *x = a, *y = b;

	if (x->lost != y->lost)
		return x->lost < y->lost ? 1 : -1;
	return (x->requests < y->requests) - (x->requests > y->requests);
}

static void tell(struct advise_group *out, const struct group *g)
{
	const struct place *p;

	*out = g->told;
	out->lost = 0;
	for (p = g->place; p < g->place + g->nplaces; p++)
		if (is_worth(g, p) && out->nplaces < ADVISE_PLACES) {
			out->place[out->nplaces++] = p->told;
			out->lost += p->told.lost;
		}
	qsort(out->place, out->nplaces, sizeof(*out->place), by_place);
}

size_t advise_groups(struct advise *v, const struct advise_group **list_r)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++) {
		tell(&v->told[n], v->group[i]);
		n += v->told[n].nplaces > 0;
	}
	qsort(v->told, n, sizeof(*v->told), by_loss);
	*list_r = v->told;
	return n;
}

size_t advise_missed(const struct advise *v)
{
	return v->missed;
}
