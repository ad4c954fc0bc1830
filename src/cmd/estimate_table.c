#include "cmd/estimate.h"

#include <stdlib.h>

#include "base/buf.h"
#include "cmd/report_sum.h"
#include "cmd/report_view.h"

#define LONGEST_NAME 40
#define CELL (4 * LONGEST_NAME + 32)

void estimate_table_init(struct estimate_table *t, struct arena *a,
			 const char *name)
{
	*t = (struct estimate_table){ .a = a, .name = name };
}

void estimate_column(struct estimate_table *t, const char *title,
		     const char *member)
{
	t->title[t->columns] = title;
	t->member[t->columns++] = member;
}

/* rows counts cells while the table is made. */
static void add(struct estimate_table *t, struct estimate_cell c)
{
	struct estimate_cell *more;

	if (t->rows == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		more = arena_new_n(t->a, struct estimate_cell, t->room);
		if (t->rows)
			memcpy(more, t->cell, t->rows * sizeof(*more));
		t->cell = more;
	}
	t->cell[t->rows++] = c;
}

void estimate_text(struct estimate_table *t, const char *text)
{
	add(t, (struct estimate_cell){ .kind = ESTIMATE_TEXT,
				       .text = arena_strdup(t->a, text) });
}

void estimate_put(struct estimate_table *t, enum estimate_kind kind,
		  forecast_money v)
{
	add(t, (struct estimate_cell){ .kind = kind, .v = v });
}

void estimate_none(struct estimate_table *t)
{
	add(t, (struct estimate_cell){ .absent = true });
}

/* -- cells ----------------------------------------------------------------- */

/* Cents for large sums, more for small ones. */
static int places_for(const struct estimate_table *t)
{
	static const forecast_money usd = 1000000000000;
	forecast_money most = 0;

	for (size_t i = 0; i < t->rows; i++)
		if (t->cell[i].kind == ESTIMATE_MONEY && t->cell[i].v > most)
			most = t->cell[i].v;
	return most >= 1000 * usd ? 2 : most >= usd ? 4 : 6;
}

static void put_percent(forecast_money v, char *out, size_t n)
{
	long long hundredths = (long long)v;

	snprintf(out, n, "%s%lld.%02lld", hundredths < 0 ? "-" : "",
		 llabs(hundredths) / 100, llabs(hundredths) % 100);
}

/* places < 0: all digits there are. */
static void cell_text(const struct estimate_cell *c, int places,
		      char out[CELL])
{
	if (c->absent)
		out[0] = '\0';
	else if (c->kind == ESTIMATE_TEXT)
		report_shown(c->text, LONGEST_NAME, out);
	else if (c->kind == ESTIMATE_PERCENT)
		put_percent(c->v, out, CELL);
	else if (c->kind == ESTIMATE_COUNT)
		snprintf(out, CELL, "%lld", (long long)c->v);
	else if (places < 0)
		report_money_exact(c->v, out);
	else
		report_money_round(c->v, places, out);
}

/* -- for people ------------------------------------------------------------ */

static size_t width_of(const struct estimate_table *t, size_t column,
		       int places)
{
	size_t most = strlen(t->title[column]), n;
	char text[CELL];

	for (size_t i = column; i < t->rows; i += t->columns) {
		cell_text(&t->cell[i], places, text);
		n = t->cell[i].absent ? 1 : strlen(text);
		if (n > most)
			most = n;
	}
	return most;
}

static void print_cell(FILE *out, size_t column, const char *text,
		       size_t width)
{
	fprintf(out, column ? "  %*s" : "%-*s", (int)width, text);
}

void estimate_print_text(const struct estimate_table *t, FILE *out)
{
	size_t width[ESTIMATE_COLUMNS];
	int places = places_for(t);
	char text[CELL];

	for (size_t i = 0; i < t->columns; i++) {
		if (!t->title[i])
			continue;
		width[i] = width_of(t, i, places);
		print_cell(out, i, t->title[i], width[i]);
	}
	for (size_t i = 0; i < t->rows; i++) {
		if (i % t->columns == 0)
			fputc('\n', out);
		if (!t->title[i % t->columns])
			continue;
		cell_text(&t->cell[i], places, text);
		print_cell(out, i % t->columns,
			   t->cell[i].absent ? "-" : text,
			   width[i % t->columns]);
	}
	fputc('\n', out);
	if (t->note)
		fprintf(out, "\n%s", t->note);
}

/* -- for programs ---------------------------------------------------------- */

static void print_csv_cell(FILE *out, const struct estimate_cell *c)
{
	char text[CELL];

	cell_text(c, -1, text);
	if (c->kind == ESTIMATE_TEXT && !c->absent)
		report_csv_name(out, c->text);
	else
		fputs(text, out);
}

void estimate_print_csv(const struct estimate_table *t, FILE *out)
{
	const char *before = "";

	for (size_t i = 0; i < t->columns; i++)
		if (t->member[i]) {
			fprintf(out, "%s%s", before, t->member[i]);
			before = ",";
		}
	for (size_t i = 0; i < t->rows; i++) {
		if (i % t->columns == 0)
			before = "\n";
		if (!t->member[i % t->columns])
			continue;
		fputs(before, out);
		print_csv_cell(out, &t->cell[i]);
		before = ",";
	}
	fputc('\n', out);
}

static void json_cell(const struct estimate_table *t, size_t i, struct buf *b)
{
	const struct estimate_cell *c = &t->cell[i];
	char text[CELL];

	if (c->absent || !t->member[i % t->columns])
		return;
	if (b->p[b->n - 1] != '{')
		buf_putc(b, ',');
	buf_printf(b, "\"%s\":", t->member[i % t->columns]);
	cell_text(c, -1, text);
	if (c->kind == ESTIMATE_TEXT)
		buf_json(b, str_c(c->text));
	else
		buf_puts(b, text);
}

void estimate_print_json(const struct estimate_table *t, FILE *out)
{
	struct buf b;

	buf_init(&b, t->a);
	buf_printf(&b, "{\"%s\":[", t->name);
	for (size_t i = 0; i < t->rows; i++) {
		if (i % t->columns == 0)
			buf_puts(&b, i ? "},\n {" : "\n {");
		json_cell(t, i, &b);
	}
	fprintf(out, "%s}\n]}\n", b.p);
}
