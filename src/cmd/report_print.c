#include "cmd/report.h"

#include <search.h>

#include "base/utf8.h"

#define COLUMNS 9
#define CELL 64
#define LONGEST_MODEL 40

static const char *const titles[COLUMNS] = {
	"DAY", "MODEL", "REQUESTS", "HITS", "HIT %",
	"INPUT", "OUTPUT", "COST USD", "SAVED USD",
};
#define FIRST_NUMBER 2 /* columns from here on are flush right */

struct layout {
	FILE *out;
	int places; /* of money, the same in every row, so that points align */
	int width[COLUMNS];
};

typedef char row[COLUMNS][CELL];

/* Rounded to so many places (at most 6), halves away from zero. */
static void put_money(char cell[CELL], report_money v, int places)
{
	report_money unit = 1, tens = 1;
	unsigned long long whole, part;
	bool negative = v < 0;

	for (int i = 0; i < places; i++)
		tens *= 10;
	for (int i = places; i < 12; i++)
		unit *= 10;
	v = ((negative ? -v : v) + unit / 2) / unit;
	negative = negative && v;
	whole = (unsigned long long)(v / tens);
	part = (unsigned long long)(v % tens);
	snprintf(cell, CELL, "%s%llu.%0*llu", negative ? "-" : "", whole,
		 places, part);
}

/* Cents for large bills, more for small ones. */
static int money_places(const struct report_sum *total)
{
	static const report_money usd = 1000000000000;
	report_money most = total->cost;

	if (most < total->saved)
		most = total->saved;
	return most >= 1000 * usd ? 2 : most >= usd ? 4 : 6;
}

/* A name from a log must not steer a terminal: what is no plain character
 * becomes a question mark. Long ones are cut. */
static void put_name(char cell[CELL], const char *s)
{
	size_t n = strlen(s), at = 0, put = 0, count = 0, len;

	while (at < n && count < LONGEST_MODEL && put + 5 < CELL) {
		len = utf8_len(s + at, n - at);
		if (len == 0 || (len == 1 && (s[at] < ' ' || s[at] > '~')) ||
		    (len == 2 && s[at] == '\xc2' && s[at + 1] < '\xa0')) {
			cell[put++] = '?';
			at += len ? len : 1;
		} else {
			memcpy(cell + put, s + at, len);
			put += len;
			at += len;
		}
		count++;
	}
	if (at < n)
		cell[put++] = '+';
	cell[put] = '\0';
}

static void put_sum(row r, const struct report_sum *s, int places)
{
	snprintf(r[2], CELL, "%lld", (long long)s->requests);
	snprintf(r[3], CELL, "%lld", (long long)s->hits);
	if (s->cacheable)
		snprintf(r[4], CELL, "%.1f", 100.0 * (double)s->hits /
			 (double)s->cacheable);
	else
		strcpy(r[4], "-");
	snprintf(r[5], CELL, "%lld", (long long)s->input);
	snprintf(r[6], CELL, "%lld", (long long)s->output);
	if (s->unpriced && !s->priced)
		strcpy(r[7], "?");
	else
		put_money(r[7], s->cost, places);
	put_money(r[8], s->saved, places);
}

static void fill_row(row r, const struct report_group *g, int places)
{
	snprintf(r[0], CELL, "%s", g->day);
	put_name(r[1], g->model);
	put_sum(r, &g->sum, places);
}

static int cell_width(const char *cell)
{
	return (int)utf8_count(str_c(cell));
}

static void widen(struct layout *l, row r)
{
	for (int i = 0; i < COLUMNS; i++)
		if (l->width[i] < cell_width(r[i]))
			l->width[i] = cell_width(r[i]);
}

static void print_row(const struct layout *l, row r)
{
	int pad;

	for (int i = 0; i < COLUMNS; i++) {
		pad = l->width[i] - cell_width(r[i]);
		if (i >= FIRST_NUMBER)
			fprintf(l->out, "%*s%s", pad, "", r[i]);
		else
			fprintf(l->out, "%s%*s", r[i], pad, "");
		fputs(i + 1 < COLUMNS ? "  " : "\n", l->out);
	}
}

static void each_widen(const void *node, VISIT visit, void *ctx)
{
	struct layout *l = ctx;
	row r;

	if (visit != postorder && visit != leaf)
		return;
	fill_row(r, *(const struct report_group *const *)node, l->places);
	widen(l, r);
}

static void each_print(const void *node, VISIT visit, void *ctx)
{
	struct layout *l = ctx;
	row r;

	if (visit != postorder && visit != leaf)
		return;
	fill_row(r, *(const struct report_group *const *)node, l->places);
	print_row(l, r);
}

static void print_note(FILE *out, int64_t n, const char *one,
		       const char *more)
{
	if (n)
		fprintf(out, "%lld %s\n", (long long)n, n == 1 ? one : more);
}

void report_print(const struct report *r, FILE *out)
{
	struct layout l = { .out = out, .places = money_places(&r->total) };
	row head, total;

	for (int i = 0; i < COLUMNS; i++)
		snprintf(head[i], CELL, "%s", titles[i]);
	strcpy(total[0], "TOTAL");
	total[1][0] = '\0';
	put_sum(total, &r->total, l.places);
	widen(&l, head);
	widen(&l, total);
	twalk_r(r->tree, each_widen, &l);
	print_row(&l, head);
	twalk_r(r->tree, each_print, &l);
	print_row(&l, total);
	print_note(out, r->total.unpriced,
		   "request has no known price and is not in the cost.",
		   "requests have no known price and are not in the cost.");
	print_note(out, r->damaged, "damaged line was left out.",
		   "damaged lines were left out.");
}
