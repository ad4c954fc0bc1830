#include "cmd/report_table.h"

#include <stdlib.h>

#include "cmd/report_mix.h"

#define FIRST_ROOM 1024 /* a power of two */
#define MARKS ((size_t)1 << 25) /* bits, of which each name has so many: */
#define MARKS_EACH 4

struct node {
	struct report_group group; /* first: a node is its group */
	uint64_t hash;
	uint16_t len[REPORT_DIMS]; /* of the names: shorter than a line */
};

struct report_table {
	struct report_by by;
	struct arena *a;
	struct node **slot; /* room of them, at most three quarters full */
	size_t n, room;
	size_t bytes;              /* of nodes, names and times */
	struct report_group others;
	uint8_t *lumped; /* a Bloom filter of names that are there; or NULL */
	struct report_sum aside;   /* times that have no room in their group */
	const struct report_group **list; /* in order; NULL: not made yet */
	uint64_t seed;
};

int report_by_parse(struct report_by *by_r, const char *text)
{
	struct report_by by = { 0 };
	struct str rest = str_c(text), word;
	bool had[REPORT_DIMS] = { 0 };
	int d;

	while (str_cut(&rest, ',', &word)) {
		for (d = 0; d < REPORT_DIMS; d++)
			if (str_is(word, report_dim_name[d]))
				break;
		if (d == REPORT_DIMS || had[d])
			return -1;
		had[d] = true;
		by.dim[by.n++] = (enum report_dim)d;
	}
	if (!by.n)
		return -1;
	*by_r = by;
	return 0;
}

struct report_table *report_table_new(const struct report_by *by)
{
	struct report_table *t = calloc(1, sizeof(*t));

	if (!t || !(t->slot = calloc(FIRST_ROOM, sizeof(*t->slot))))
		abort();
	t->seed = report_mix_seed();
	t->by = *by;
	t->others.others = true;
	for (size_t i = 0; i < by->n; i++)
		t->others.name[i] = "(others)";
	t->room = FIRST_ROOM;
	t->a = arena_new();
	return t;
}

void report_table_free(struct report_table **t)
{
	if (!*t)
		return;
	for (size_t i = 0; i < (*t)->room; i++)
		if ((*t)->slot[i])
			report_sum_free(&(*t)->slot[i]->group.sum);
	report_sum_free(&(*t)->others.sum);
	report_sum_free(&(*t)->aside);
	arena_free(&(*t)->a);
	free((*t)->lumped);
	free((*t)->slot);
	free((*t)->list);
	free(*t);
	*t = NULL;
}

const struct report_by *report_table_by(const struct report_table *t)
{
	return &t->by;
}

/* -- finding a group ------------------------------------------------------- */

static bool is_named(const struct node *g, const struct report_by *by,
		     const struct str *name)
{
	for (size_t i = 0; i < by->n; i++)
		if (g->len[i] != name[i].n ||
		    memcmp(g->group.name[i], name[i].p, name[i].n) != 0)
			return false;
	return true;
}

/* Where it is, or would be. */
static struct node **place_of(const struct report_table *t, uint64_t hash,
			      const struct str *name)
{
	size_t at = hash & (t->room - 1);

	while (t->slot[at] && (t->slot[at]->hash != hash ||
			       !is_named(t->slot[at], &t->by, name)))
		at = (at + 1) & (t->room - 1);
	return &t->slot[at];
}

static void grow(struct report_table *t)
{
	struct node **old = t->slot;
	size_t room = 2 * t->room, at;

	t->slot = calloc(room, sizeof(*t->slot));
	if (!t->slot)
		abort();
	for (size_t i = 0; i < t->room; i++) {
		if (!old[i])
			continue;
		at = old[i]->hash & (room - 1);
		while (t->slot[at])
			at = (at + 1) & (room - 1);
		t->slot[at] = old[i];
	}
	t->room = room;
	free(old);
}

static size_t bytes_of(const struct report_table *t, const struct str *name)
{
	size_t bytes = sizeof(struct node);

	for (size_t i = 0; i < t->by.n; i++)
		bytes += name[i].n + 1;
	return bytes;
}

static struct node *make(struct report_table *t, uint64_t hash,
			 const struct str *name)
{
	struct node *g = arena_zalloc(t->a, sizeof(*g));

	g->hash = hash;
	for (size_t i = 0; i < t->by.n; i++) {
		g->group.name[i] = arena_cstr(t->a, name[i]);
		g->len[i] = (uint16_t)name[i].n;
	}
	t->bytes += bytes_of(t, name);
	if (4 * ++t->n > 3 * t->room)
		grow(t);
	*place_of(t, hash, name) = g;
	return g;
}

static bool has_room(const struct report_table *t, const struct str *name,
		     bool costs)
{
	size_t share = costs ? 1 : 2;

	return t->n < REPORT_MOST_GROUPS / share &&
	       t->bytes + bytes_of(t, name) <= REPORT_MOST_BYTES / 2 / share;
}

static uint64_t hash_names(const struct report_table *t,
			   const struct str *name)
{
	uint64_t h = t->seed;

	for (size_t i = 0; i < t->by.n; i++)
		h = report_mix_text(h, name[i]);
	return h;
}

/* Two halves of the hash make the place of each of its bits. */
static size_t mark_of(uint64_t hash, int i)
{
	return (hash + (uint64_t)i * (hash >> 32 | 1)) & (MARKS - 1);
}

static bool was_lumped(const struct report_table *t, uint64_t hash)
{
	size_t at;

	for (int i = 0; t->lumped && i < MARKS_EACH; i++) {
		at = mark_of(hash, i);
		if (!(t->lumped[at / 8] & 1 << at % 8))
			return false;
	}
	return t->lumped != NULL;
}

static void lump(struct report_table *t, uint64_t hash)
{
	size_t at;

	if (!t->lumped && !(t->lumped = calloc(MARKS / 8, 1)))
		abort();
	for (int i = 0; i < MARKS_EACH; i++) {
		at = mark_of(hash, i);
		t->lumped[at / 8] |= (uint8_t)(1 << at % 8);
	}
}

static struct report_group *find_or_make(struct report_table *t,
					 const struct str *name, bool costs)
{
	uint64_t hash = hash_names(t, name);
	struct node *g = *place_of(t, hash, name);

	if (!g && !was_lumped(t, hash)) {
		if (has_room(t, name, costs))
			g = make(t, hash, name);
		else
			lump(t, hash);
	}
	return g ? &g->group : &t->others;
}

static void add(struct report_table *t, struct report_sum *s,
		const struct report_entry *e)
{
	size_t before = report_sum_bytes(s);

	report_sum_add(s, e);
	t->bytes += report_sum_bytes(s) - before;
	if (t->bytes <= REPORT_MOST_BYTES)
		return;
	t->bytes -= report_sum_bytes(s);
	report_sum_move_times(s, &t->aside);
}

void report_table_add(struct report_table *t, const struct report_entry *e)
{
	bool costs = report_entry_known(e) > 0 || report_entry_called(e);
	struct str name[REPORT_DIMS];

	for (size_t i = 0; i < t->by.n; i++) {
		name[i] = e->dim[t->by.dim[i]];
		if (!name[i].n)
			name[i] = STR("-");
	}
	free(t->list);
	t->list = NULL;
	add(t, &find_or_make(t, name, costs)->sum, e);
}

void report_table_total(const struct report_table *t,
			struct report_sum *total_r)
{
	*total_r = (struct report_sum){ 0 };
	for (size_t i = 0; i < t->room; i++)
		if (t->slot[i])
			report_sum_merge(total_r, &t->slot[i]->group.sum);
	report_sum_merge(total_r, &t->others.sum);
	report_sum_merge(total_r, &t->aside);
	total_r->latency.partial = total_r->ttfb.partial = false;
}

static int64_t lines_of(const struct report_sum *s)
{
	return s->requests + s->asides;
}

struct report_table_doubt report_table_doubt(const struct report_table *t)
{
	return (struct report_table_doubt){
		.lumped = lines_of(&t->others.sum),
		.timeless = t->aside.latency.n || t->aside.ttfb.n,
	};
}

/* -- in order -------------------------------------------------------------- */

static int by_name(const struct report_group *x, const struct report_group *y)
{
	int c = 0;

	for (size_t i = 0; c == 0 && i < REPORT_DIMS && x->name[i]; i++)
		c = strcmp(x->name[i], y->name[i]);
	return c;
}

static int compare_names(const void *a, const void *b)
{
	return by_name(*(const struct report_group *const *)a,
		       *(const struct report_group *const *)b);
}

static int compare_costs(const void *a, const void *b)
{
	const struct report_group *x = *(const struct report_group *const *)a;
	const struct report_group *y = *(const struct report_group *const *)b;

	if (x->sum.cost != y->sum.cost)
		return x->sum.cost > y->sum.cost ? -1 : 1;
	return by_name(x, y);
}

/* All but the others, for which there is room behind them. */
static const struct report_group **gather(const struct report_table *t)
{
	const struct report_group **list = calloc(t->n + 2, sizeof(*list));
	size_t n = 0;

	if (!list)
		abort();
	for (size_t i = 0; i < t->room; i++)
		if (t->slot[i])
			list[n++] = &t->slot[i]->group;
	return list;
}

const struct report_group *const *
report_table_groups(struct report_table *t, size_t *n_r)
{
	bool others = lines_of(&t->others.sum) > 0;

	if (!t->list) {
		t->list = gather(t);
		qsort(t->list, t->n, sizeof(*t->list), compare_names);
		t->list[t->n] = &t->others;
	}
	*n_r = t->n + others;
	return t->list;
}

size_t report_table_dearest(struct report_table *t, size_t n,
			    const struct report_group **list)
{
	const struct report_group **all = gather(t);

	qsort(all, t->n, sizeof(*all), compare_costs);
	if (n > t->n)
		n = t->n;
	memcpy(list, all, n * sizeof(*list));
	free(all);
	return n;
}
