#include "cmd/report_text.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/count.h"

#define LONGEST_NAME 40

/* -- the table ------------------------------------------------------------- */

const char *const report_number_title[REPORT_NUMBERS] = {
	"REQUESTS", "HITS", "HIT %", "INPUT", "OUTPUT", "COST USD",
	"SAVED USD", "ERRORS", "P50 MS", "P95 MS", "P99 MS",
};

static void put_number(char *cell, int64_t n)
{
	snprintf(cell, REPORT_CELL, "%lld", (long long)n);
}

static void put_rate(char *cell, int64_t hits, int64_t of)
{
	if (of)
		snprintf(cell, REPORT_CELL, "%.1f",
			 100.0 * (double)hits / (double)of);
	else
		strcpy(cell, "-");
}

static void put_cost(char *cell, const struct report_sum *s, int places)
{
	if (report_sum_cost_known(s))
		report_money_round(s->cost, places, cell);
	else
		strcpy(cell, "?");
}

static void put_quantile(char *cell, const struct report_sketch *s, int q)
{
	int64_t ms = report_sketch_at(s, q);

	if (ms < 0)
		strcpy(cell, "-");
	else
		put_number(cell, ms);
}

void report_numbers(char (*cell)[REPORT_CELL], const struct report_sum *s,
		    int places)
{
	put_number(cell[0], s->requests);
	put_number(cell[1], s->hits);
	put_rate(cell[2], s->hits, s->cacheable);
	put_number(cell[3], report_sum_input(s));
	put_number(cell[4], s->tokens[USAGE_OUTPUT]);
	put_cost(cell[5], s, places);
	report_money_round(s->saved, places, cell[6]);
	put_number(cell[7], s->errors);
	put_quantile(cell[8], &s->latency, 500);
	put_quantile(cell[9], &s->latency, 950);
	put_quantile(cell[10], &s->latency, 990);
}

/* Groups, and a row of totals behind them. */
struct listing {
	const struct report_by *by;
	const struct report_group *const *list;
	size_t n;
	const struct report_sum *total;
	int places;
	int most; /* characters of a line; 0: any number */
};

static void fill_group(const void *ctx, size_t row, report_cells cells)
{
	const struct listing *l = ctx;

	for (size_t i = 0; i < l->by->n; i++)
		if (row < l->n)
			report_shown(l->list[row]->name[i], LONGEST_NAME,
				     cells[i]);
		else
			strcpy(cells[i], i ? "" : "TOTAL");
	report_numbers(&cells[l->by->n], row < l->n ?
		       &l->list[row]->sum : l->total, l->places);
}

static const char *upper(enum report_dim dim, char out[16])
{
	size_t n = 0;

	for (const char *s = report_dim_name[dim]; *s && n < 15; s++)
		out[n++] = (char)toupper((unsigned char)*s);
	out[n] = '\0';
	return out;
}

/* What a narrow terminal can do without, first what tells least. */
static const int spare[] = { 10, 8, 1, 3, 4, 7, 9, 6 };

static void print_spare(int n, FILE *out)
{
	const char *before = "\nNot shown, for lack of room: ";

	for (int i = 0; i < n; i++) {
		fprintf(out, "%s%s", before, report_number_title[spare[i]]);
		before = ", ";
	}
	if (n)
		putc('\n', out);
}

/* How many columns of `spare` are not in it. */
static int print_listing(const struct listing *l, FILE *out)
{
	int columns[COUNT_OF(spare)];
	char title[REPORT_DIMS][16];
	struct report_grid g = {
		.columns = (int)l->by->n + REPORT_NUMBERS,
		.left = (int)l->by->n,
		.most = l->most, .spare = columns, .spares = COUNT_OF(spare),
		.rows = l->n + (l->total != NULL), .fill = fill_group,
		.ctx = l,
	};

	for (size_t i = 0; i < l->by->n; i++)
		g.title[i] = upper(l->by->dim[i], title[i]);
	for (size_t i = 0; i < REPORT_NUMBERS; i++)
		g.title[l->by->n + i] = report_number_title[i];
	for (size_t i = 0; i < COUNT_OF(spare); i++)
		columns[i] = g.left + spare[i];
	return report_grid_print(&g, out);
}

/* -- who spends, what is of no use ----------------------------------------- */

static void print_spenders(const struct report_view *v, int places, FILE *out)
{
	struct listing l = { .places = places, .most = report_grid_most(out) };
	const struct report_group **list;

	if (!v->top || !v->tenant)
		return;
	list = calloc(v->top, sizeof(*list));
	if (!list)
		abort();
	l.by = report_table_by(v->tenant);
	l.list = list;
	l.n = report_table_dearest(v->tenant, v->top, list);
	if (l.n > 1 && !report_view_has_all(v, l.n)) {
		fputs("\nTop spenders\n", out);
		print_listing(&l, out);
	}
	free(list);
}

static const char *const key_titles[] = {
	"KEY", "BYTES", "HOURS KEPT", "STORED", "HITS", "SAVED USD",
};

struct key_list {
	const struct report_key *list;
	int places;
};

static void fill_key(const void *ctx, size_t row, report_cells cells)
{
	const struct key_list *l = ctx;
	const struct report_key *k = &l->list[row];

	strcpy(cells[0], k->key);
	put_number(cells[1], k->size);
	snprintf(cells[2], REPORT_CELL, "%.1f", (double)k->kept_ms / 3.6e6);
	put_number(cells[3], k->stored);
	put_number(cells[4], k->hits);
	report_money_round(k->saved, l->places, cells[5]);
}

static void print_keys(const struct report_key *list, size_t n, int places,
		       FILE *out)
{
	const struct key_list l = { list, places };
	struct report_grid g = {
		.columns = sizeof(key_titles) / sizeof(*key_titles),
		.left = 1, .rows = n, .fill = fill_key, .ctx = &l,
	};

	for (int i = 0; i < g.columns; i++)
		g.title[i] = key_titles[i];
	report_grid_print(&g, out);
}

static void print_entries(const struct report_view *v, int places, FILE *out)
{
	struct report_keys_total t;
	struct report_key *list;
	size_t n;

	if (!v->entries || !v->keys)
		return;
	list = calloc(v->entries, sizeof(*list));
	if (!list)
		abort();
	report_keys_total(v->keys, &t);
	n = report_keys_worst(v->keys, v->entries, list);
	if (n) {
		fprintf(out, "\nLeast valuable entries (%lld of %lld were "
			"never hit", (long long)t.never_hit,
			(long long)t.keys);
		if (t.one_in > 1)
			fprintf(out, "; one in %lld was looked at",
				(long long)t.one_in);
		fputs(")\n", out);
		print_keys(list, n, places, out);
	}
	free(list);
}

void report_view_text(const struct report_view *v, FILE *out)
{
	struct listing l = {
		.by = report_table_by(v->main), .total = v->total,
		.places = report_money_places(v->total),
		.most = report_grid_most(out),
	};

	l.list = report_table_groups(v->main, &l.n);
	print_spare(print_listing(&l, out), out);
	report_text_summary(v->total, l.places, out);
	print_spenders(v, l.places, out);
	print_entries(v, l.places, out);
	report_text_notes(v, out);
}
